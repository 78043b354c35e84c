//! Broken files and what is said of them.

mod borrowing;
mod cases;
mod commits;
mod export;
mod loading;
mod reading;
mod rules;
pub(super) mod schema;

use super::*;

/// A small map and its recordings, right in every way.
const MAP: &str = r#"format = 1
app = "demo"
version = "v1"
title = "People"
observed = 2026-01-31
evidence = "documented"
language = "en"
roles = [ { id = "admin", words = ["Admin"], privileged = true }, { id = "user", words = ["User", "/^member/i"], badge = "U" } ]
statuses = { "Pending" = "invited", "Off" = ["deactivated", "expired"], "/^act/i" = "active" }
messages = [ { at = "toast", text = "/seat limit/i", means = "seat_limit" } ]
interrupts = [ { at = "login", means = "signed_out" } ]
never = ["Delete workspace"]

[lists.members]
at = "people"
rows = ["row"]
total = "people.total"
search = [ { fill = "people.search", value = "{email}" } ]

[areas.login]
open = "/login"
ready = "password"
email = { label = "Email" }
password = { label = "Password" }
submit = { button = "Log in" }

[areas.people]
open = "/people"
root = { role = "main" }
invite = { button = "Invite" }
search = { role = "searchbox" }
total = { find = { text = '/^\d+ people$/' }, match = '/^(\d+)/' }

[areas.row]
within = "people"
root = { css = "tbody tr" }
email = { column = "Email" }
name = { column = "Name" }
menu = { button = "More" }

[areas.menu]
root = { role = "menu" }
remove = { menuitem = "Remove" }

[areas.invite]
root = { dialog = "Invite" }
email = { label = "Email" }
role = { label = "Role" }
send = { button = "Send" }

[areas.toast]
root = { role = "status" }
"#;

const SIGN_IN: &str = r#"format = 1
title = "Sign in"
does = "sign_in"
steps = [
  { open = "login" },
  { fill = "login.email", value = "{email}" },
  { fill = "login.password", value = "{password}" },
  { click = "login.submit" },
  { expect = "people" },
]
"#;

const INVITE: &str = r#"format = 1
title = "Invite"
does = "invite"
on = "list"
steps = [
  { click = "people.invite" },
  { fill = "invite.email", value = "{email}" },
  { choose = "invite.role", value = "{role}" },
  { click = "invite.send", commits = true },
  { expect_gone = "invite", timeout = "20s" },
]
"#;

const REMOVE: &str = r#"format = 1
title = "Remove"
does = "remove"
on = "row"
steps = [
  { click = "row.menu" },
  { click = "menu.remove", mentions = "{email}", commits = true },
]
"#;

/// The demo app with texts replaced, each of which must be there.
fn demo(changes: &[(&str, &str)]) -> Apps {
    demo_with(changes, &[])
}

/// The same with further recordings.
fn demo_with(changes: &[(&str, &str)], more: &[(&str, &str)]) -> Apps {
    let mut files = [
        ("selectors/demo/v1.toml", MAP.to_owned()),
        ("recordings/demo/v1/sign_in.toml", SIGN_IN.to_owned()),
        ("recordings/demo/v1/invite.toml", INVITE.to_owned()),
        ("recordings/demo/v1/remove.toml", REMOVE.to_owned()),
    ];
    for (old, new) in changes {
        let file =
            files.iter_mut().find(|(_, text)| text.contains(old)).unwrap_or_else(|| panic!("no {old}"));
        file.1 = file.1.replacen(old, new, 1);
    }
    let files = files.iter().map(|(path, text)| (*path, text.as_str()));
    Apps::from_files(files.chain(more.iter().copied()))
}

/// Everything said of the demo app with these texts replaced, a file shortened to its name.
fn report(changes: &[(&str, &str)]) -> String {
    told(&demo(changes))
}

fn told(apps: &Apps) -> String {
    let problems = match apps.load("demo", "v1") {
        Ok(app) => app.warnings,
        Err(problems) => problems,
    };
    let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n").replace("selectors/demo/", "").replace("recordings/demo/v1/", "")
}

fn check(changes: &[(&str, &str)], expected: &str) {
    assert_eq!(report(changes), expected.trim(), "\n{}", report(changes));
}

/// The same without the hints.
fn check_messages(changes: &[(&str, &str)], expected: &str) {
    let report = report(changes);
    let messages: Vec<_> = report.lines().filter(|line| !line.starts_with("  hint: ")).collect();
    assert_eq!(messages.join("\n"), expected.trim(), "\n{report}");
}
