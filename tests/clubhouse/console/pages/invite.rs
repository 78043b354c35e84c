//! The page to invite somebody.

use super::super::person::Role;
use super::super::state::Club;
use super::{escape, framed, refusal, stamp};

/// The form as it was filled in, with the reason why it was not taken.
pub(crate) fn page(club: &mut Club, session: &str, email: &str, role: Role, why: Option<&str>) -> String {
    let option = |each: Role| {
        let (slug, word) = (each.slug(), each.word());
        let selected = if each == role { " selected" } else { "" };
        format!(r#"<option value="{slug}"{selected}>{word}</option>"#)
    };
    let options: String = Role::ALL.into_iter().map(option).collect();
    let (stamp, refusal, email) = (stamp(club, session), refusal(why), escape(email));
    let main = format!(
        r#"<p class="back"><a href="/crew">← Crew</a></p>
<div class="title"><h1>Invite to the crew</h1></div>
<div class="card">{refusal}
<form method="post" action="/crew/invite">{stamp}
<label for="address">E-mail address</label>
<input id="address" name="address" type="text" inputmode="email" autocomplete="off" value="{email}">
<label for="role">Comes aboard as</label>
<select id="role" name="role">{options}</select>
<label for="words">A few words <small>(goes into the mail)</small></label>
<textarea id="words" name="words" rows="3"></textarea>
<p class="buttons"><button class="main">Send invitation</button> <a class="button" href="/crew">Cancel</a></p>
</form></div>"#
    );
    framed(club, session, "Invite to the crew", "/crew", &main)
}
