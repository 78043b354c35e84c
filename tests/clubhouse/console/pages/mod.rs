//! The pages: what all of them share, and a file for each kind.

pub(crate) mod ask;
pub(crate) mod crew;
pub(crate) mod gate;
pub(crate) mod invite;
pub(crate) mod office;
pub(crate) mod person;

use jiff::Timestamp;

use super::state::{ACCOUNT_NAME, Club};

const CLUB: &str = "Tern Quay Sailing Club";
/// Where the navigation leads.
const PLACES: [(&str, &str); 3] = [("/harbour", "Harbour"), ("/crew", "Crew"), ("/berths", "Berths")];

/// Text as it stands in HTML, in attributes too.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

fn date(at: Timestamp) -> String {
    at.strftime("%-d %b %Y").to_string()
}

/// The head and the body of a page.
fn document(title: &str, body: &str) -> String {
    let title = escape(title);
    format!(
        r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · {CLUB}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/assets/clubhouse.css">
</head>
<body>
{body}
</body>
</html>
"#
    )
}

/// A page for somebody who is signed in; shows the message of the last action.
fn framed(club: &mut Club, session: &str, title: &str, here: &str, main: &str) -> String {
    let place = |(path, name): &(&str, &str)| {
        let current = if *path == here { r#" class="here""# } else { "" };
        format!(r#"<a href="{path}"{current}>{name}</a>"#)
    };
    let places: String = PLACES.iter().map(place).collect();
    let flash = club.flash(session).map_or_else(String::new, |flash| {
        let (kind, text) = (if flash.good { "good" } else { "bad" }, escape(&flash.text));
        format!(
            r#"<div class="flash {kind}"><p>{text}</p><button type="button" onclick="this.parentNode.remove()" title="Dismiss">×</button></div>"#
        )
    });
    let stamp = stamp(club, session);
    document(
        title,
        &format!(
            r#"<header class="mast">
<a class="brand" href="/harbour"><span class="pennant"></span>Clubhouse</a>
<nav>{places}</nav>
<div class="me"><span>{ACCOUNT_NAME}</span><form method="post" action="/sign-out">{stamp}<button class="plain">Sign out</button></form></div>
</header>
{flash}
<main>
{main}
</main>
<footer>{CLUB} · kept in Clubhouse</footer>"#
        ),
    )
}

/// The hidden field every form has.
fn stamp(club: &Club, session: &str) -> String {
    format!(r#"<input type="hidden" name="stamp" value="{}">"#, club.stamp(session))
}

/// A line above a form that says why it was not taken.
fn refusal(why: Option<&str>) -> String {
    why.map_or_else(String::new, |why| format!(r#"<p class="refusal">{}</p>"#, escape(why)))
}

/// The letters in the round badge beside a name.
fn initials(name: &str) -> String {
    let letters =
        name.split([' ', '@', '.']).filter_map(|word| word.chars().find(|letter| letter.is_alphabetic()));
    letters.take(2).flat_map(char::to_uppercase).collect()
}
