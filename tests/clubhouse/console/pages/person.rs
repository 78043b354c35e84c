//! A person's own page, the only place where anything can be done to them.

use super::super::person::{Person, REASONS, Role, Standing};
use super::super::state::{ACCOUNT_EMAIL, Club};
use super::{date, escape, framed, initials, refusal, stamp};

/// The page, with the reason why something was not done.
pub(crate) fn page(club: &mut Club, session: &str, person: &Person, why: Option<&str>) -> String {
    let stamp = stamp(club, session);
    let actions = if person.email == ACCOUNT_EMAIL {
        r#"<p class="note">This is you. Another captain can change your role or put you ashore.</p>"#
            .to_owned()
    } else {
        match person.standing {
            Standing::Aboard => format!("{}{}", role_form(person, &stamp), leaving(person)),
            Standing::Awaiting => format!("{}{}", calling(person, &stamp), role_form(person, &stamp)),
            Standing::Ashore => ashore(person, &stamp),
        }
    };
    let (shown, initials, refusal) =
        (escape(person.shown()), escape(&initials(person.shown())), refusal(why));
    let facts = facts(person);
    let main = format!(
        r#"<p class="back"><a href="/crew">← Crew</a></p>
<div class="title person"><span class="round large">{initials}</span><h1>{shown}</h1></div>
{refusal}
{facts}
{actions}"#
    );
    framed(club, session, person.shown(), "/crew", &main)
}

/// The page that answers "Call again".
pub(crate) fn called(club: &mut Club, session: &str, person: &Person) -> String {
    let email = escape(&person.email);
    let main = format!(
        r#"<div class="card centred"><h1>We wrote to {email} again.</h1>
<p class="quiet">The old invitation works no longer, the new one for thirty days.</p>
<p><a class="button" href="/crew?role=awaiting">Back to the crew</a></p></div>"#
    );
    framed(club, session, "Called again", "/crew", &main)
}

fn facts(person: &Person) -> String {
    let mut facts = vec![("Address", escape(&person.email))];
    let since = date(person.since);
    match person.standing {
        Standing::Aboard => {
            facts.push(("Role", person.role.word().to_owned()));
            facts.push(("Standing", "Aboard".to_owned()));
            facts.push(("Joined", since));
        }
        Standing::Awaiting => {
            facts.push(("Invited as", person.role.word().to_owned()));
            facts.push(("Standing", format!("Awaiting an answer since {since}")));
        }
        Standing::Ashore => {
            let why =
                REASONS.iter().find(|(slug, _)| person.reason == Some(slug)).map_or("–", |(_, text)| text);
            facts.push(("Was", person.role.word().to_owned()));
            facts.push(("Standing", "Ashore".to_owned()));
            facts.push(("Why", why.to_owned()));
        }
    }
    if person.standing != Standing::Awaiting {
        facts.push(("Last aboard", person.last_aboard.map_or_else(|| "–".to_owned(), date)));
    }
    let rows: String =
        facts.iter().map(|(name, value)| format!("<div><dt>{name}</dt><dd>{value}</dd></div>")).collect();
    format!(r#"<dl class="card facts">{rows}</dl>"#)
}

/// The real radio buttons lie under their labels. The button wakes up once another role is chosen.
fn role_form(person: &Person, stamp: &str) -> String {
    let choice = |role: Role| {
        let (slug, word, about) = (role.slug(), role.word(), role.about());
        let checked = if role == person.role { " checked" } else { "" };
        format!(
            r#"<div class="choice"><input type="radio" name="role" id="role-{slug}" value="{slug}"{checked}><label for="role-{slug}"><b>{word}</b><small>{about}</small></label></div>"#
        )
    };
    let choices: String = Role::ALL.into_iter().map(choice).collect();
    let id = person.id;
    format!(
        r#"<section class="card"><h2>Role</h2>
<form method="post" action="/crew/{id}/role" onchange="this.querySelector('button').disabled = false">{stamp}
<div class="choices">{choices}</div>
<button class="main" disabled>Save role</button>
</form></section>"#
    )
}

fn leaving(person: &Person) -> String {
    let id = person.id;
    format!(
        r#"<section class="card"><h2>Leaving</h2>
<p class="quiet">Who is ashore keeps a place in the list and cannot sign in. Who is struck off is gone, logbook and all.</p>
<p class="buttons"><a class="button" href="/crew/{id}/ashore">Put ashore</a> <a class="button danger" href="/crew/{id}/strike">Strike off</a></p></section>"#
    )
}

fn ashore(person: &Person, stamp: &str) -> String {
    let id = person.id;
    format!(
        r#"<section class="card"><h2>Ashore</h2>
<p class="quiet">Aboard again, the role is the one from before.</p>
<div class="buttons"><form method="post" action="/crew/{id}/aboard">{stamp}<button class="main">Bring aboard</button></form>
<a class="button danger" href="/crew/{id}/strike">Strike off</a></div></section>"#
    )
}

fn calling(person: &Person, stamp: &str) -> String {
    let id = person.id;
    format!(
        r#"<section class="card"><h2>Invitation</h2>
<div class="buttons"><form method="post" action="/crew/{id}/call">{stamp}<button class="main">Call again</button></form>
<a class="button" href="/crew/{id}/withdraw">Withdraw</a></div></section>"#
    )
}
