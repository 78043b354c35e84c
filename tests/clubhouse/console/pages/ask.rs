//! The pages that ask before something is done.

use super::super::person::{Person, REASONS};
use super::super::state::Club;
use super::{escape, framed, refusal, stamp};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Question {
    Ashore,
    Strike,
    Withdraw,
}

/// The page, with what was missing from the last answer.
pub(crate) fn page(
    club: &mut Club,
    session: &str,
    person: &Person,
    question: Question,
    why: Option<&str>,
) -> String {
    let (name, email, id) = (escape(person.shown()), escape(&person.email), person.id);
    let (title, path, inside, button, back) = match question {
        Question::Ashore => {
            let options: String = REASONS
                .iter()
                .map(|(slug, text)| format!(r#"<option value="{slug}">{text}</option>"#))
                .collect();
            let inside = format!(
                r#"<label for="reason">Reason</label>
<select id="reason" name="reason"><option value="">Choose…</option>{options}</select>"#
            );
            (format!("Put {name} ashore?"), "ashore", inside, "Put ashore", "Keep aboard")
        }
        Question::Strike => {
            let inside = format!(
                r#"<p>{name} ({email}) loses everything: outings, log entries, the place in the list. Nobody can bring it back.</p>
<label for="word">Type <b>STRIKE</b> to go on</label>
<input id="word" name="word" autocomplete="off" spellcheck="false">"#
            );
            (format!("Strike {name} off the list?"), "strike", inside, "Strike off", "Cancel")
        }
        Question::Withdraw => {
            let inside = "<p>The link in the mail will lead nowhere.</p>".to_owned();
            ("Withdraw this invitation?".to_owned(), "withdraw", inside, "Withdraw", "Keep it")
        }
    };
    let (stamp, refusal) = (stamp(club, session), refusal(why));
    let main = format!(
        r#"<div class="card centred"><h1>{title}</h1>
{refusal}
<form method="post" action="/crew/{id}/{path}">{stamp}
{inside}
<p class="buttons"><button class="main danger">{button}</button> <a class="button" href="/crew/{id}">{back}</a></p>
</form></div>"#
    );
    framed(club, session, "Are you sure?", "/crew", &main)
}
