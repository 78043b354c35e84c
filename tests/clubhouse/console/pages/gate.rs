//! The two pages of the sign-in.

use super::{CLUB, document, escape, refusal};

/// Asks for the address.
pub(crate) fn address(next: &str, why: Option<&str>) -> String {
    let (next, refusal) = (escape(next), refusal(why));
    gate(
        "Sign in",
        &format!(
            r#"<h1>Welcome back</h1>
<p class="quiet">Sign in to {CLUB}.</p>
{refusal}
<form method="post" action="/sign-in">
<input type="hidden" name="next" value="{next}">
<label for="address">Your e-mail address</label>
<input id="address" name="address" type="email" autocomplete="username" required autofocus>
<button class="main">Continue</button>
</form>"#
        ),
    )
}

/// Asks for the password of that address.
pub(crate) fn password(email: &str, next: &str, why: Option<&str>) -> String {
    let (email, next, refusal) = (escape(email), escape(next), refusal(why));
    gate(
        "Password",
        &format!(
            r#"<h1>Your password</h1>
<p class="quiet">for {email} · <a href="/sign-in">not you?</a></p>
{refusal}
<form method="post" action="/sign-in/password">
<input type="hidden" name="next" value="{next}">
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required autofocus>
<button class="main">Sign in</button>
</form>"#
        ),
    )
}

fn gate(title: &str, inside: &str) -> String {
    document(
        title,
        &format!(
            r#"<div class="gate"><p class="brand"><span class="pennant"></span>Clubhouse</p>
<div class="card">{inside}</div>
<p class="quiet">Trouble getting in? Any captain can call you again.</p></div>"#
        ),
    )
}
