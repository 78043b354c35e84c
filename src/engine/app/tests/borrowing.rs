//! Recordings of another version: which file is taken, what it is checked against, and what the hash says.

use super::*;

/// The demo app, and a second version of it whose map has this line more, with these recordings of its own.
fn two_versions(line: &str, own: &[(&str, &str)]) -> Apps {
    let second = MAP.replace("version = \"v1\"", &format!("version = \"v2\"\n{line}"));
    let mut files = vec![
        ("selectors/demo/v1.toml".to_owned(), MAP.to_owned()),
        ("selectors/demo/v2.toml".to_owned(), second),
        ("recordings/demo/v1/sign_in.toml".to_owned(), SIGN_IN.to_owned()),
        ("recordings/demo/v1/invite.toml".to_owned(), INVITE.to_owned()),
        ("recordings/demo/v1/remove.toml".to_owned(), REMOVE.to_owned()),
    ];
    files.extend(
        own.iter().map(|(name, text)| (format!("recordings/demo/v2/{name}.toml"), (*text).to_owned())),
    );
    Apps::from_files(files.iter().map(|(path, text)| (path.as_str(), text.as_str())))
}

/// What is wrong with the second version.
fn wrong(line: &str, own: &[(&str, &str)]) -> Vec<String> {
    let problems = two_versions(line, own).load("demo", "v2").unwrap_err();
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn all_recordings_of_another_version_serve_and_own_ones_come_first() {
    let own = REMOVE.replace("title = \"Remove\"", "title = \"My own\"");
    let apps = two_versions("recordings = [\"v1/*\"]", &[("remove", &own)]);
    assert_eq!(apps.check_all(), []);
    let app = apps.load("demo", "v2").unwrap();
    assert_eq!(app.flows.keys().collect::<Vec<_>>(), ["invite", "remove", "sign_in"]);
    assert_eq!(app.flow_for("remove").unwrap().title, "My own");
    assert_eq!(app.flow_for("invite").unwrap().title, "Invite");
}

#[test]
fn one_recording_is_borrowed_by_name() {
    let app = two_versions("recordings = [\"v1/sign_in\"]", &[]).load("demo", "v2").unwrap();
    assert_eq!(app.flows.keys().collect::<Vec<_>>(), ["sign_in"]);
}

#[test]
fn nothing_is_borrowed_by_nobody() {
    assert!(two_versions("", &[]).load("demo", "v2").unwrap().flows.is_empty());
}

#[test]
fn what_is_borrowed_is_checked_against_the_map_that_borrows_it() {
    let line = "recordings = [\"v1/*\"]";
    let second = MAP
        .replace("version = \"v1\"", &format!("version = \"v2\"\n{line}"))
        .replace("[areas.menu]", "[areas.popup]");
    let apps = Apps::from_files([
        ("selectors/demo/v1.toml", MAP),
        ("selectors/demo/v2.toml", second.as_str()),
        ("recordings/demo/v1/remove.toml", REMOVE),
    ]);
    assert!(apps.load("demo", "v1").is_ok());
    let problems: Vec<_> = apps.check_all().iter().map(ToString::to_string).collect();
    assert_eq!(
        problems,
        [
            "recordings/demo/v1/remove.toml:7:13: error: there is no area `menu` for `menu.remove` (borrowed by demo/v2)\n  \
          hint: add [areas.menu] to the map"
        ]
    );
}

#[test]
fn versions_that_borrow_from_each_other_do_no_harm() {
    let circle = |version: &str, other: &str| {
        MAP.replace("version = \"v1\"", &format!("version = \"{version}\"\nrecordings = [\"{other}/*\"]"))
    };
    let (first, second) = (circle("v1", "v2"), circle("v2", "v1"));
    let apps = Apps::from_files([
        ("selectors/demo/v1.toml", first.as_str()),
        ("selectors/demo/v2.toml", second.as_str()),
        ("recordings/demo/v1/invite.toml", INVITE),
        ("recordings/demo/v2/remove.toml", REMOVE),
    ]);
    assert_eq!(apps.check_all(), []);
    for version in ["v1", "v2"] {
        let app = apps.load("demo", version).unwrap();
        assert_eq!(app.flows.keys().collect::<Vec<_>>(), ["invite", "remove"], "{version}");
    }
}

#[test]
fn what_a_borrowed_version_borrows_itself_is_not_borrowed_along() {
    let map = |version: &str, line: &str| {
        MAP.replace("version = \"v1\"", &format!("version = \"{version}\"\n{line}"))
    };
    let (second, third) = (map("v2", "recordings = [\"v1/*\"]"), map("v3", "recordings = [\"v2/*\"]"));
    let apps = Apps::from_files([
        ("selectors/demo/v1.toml", MAP),
        ("selectors/demo/v2.toml", second.as_str()),
        ("selectors/demo/v3.toml", third.as_str()),
        ("recordings/demo/v1/invite.toml", INVITE),
        ("recordings/demo/v2/remove.toml", REMOVE),
    ]);
    let app = apps.load("demo", "v3").unwrap();
    assert_eq!(app.flows.keys().collect::<Vec<_>>(), ["remove"]);
}

#[test]
fn the_hash_is_over_what_is_borrowed_too() {
    let sha256 = |remove: &str| {
        let second = MAP.replace("version = \"v1\"", "version = \"v2\"\nrecordings = [\"v1/remove\"]");
        let apps = Apps::from_files([
            ("selectors/demo/v1.toml", MAP),
            ("selectors/demo/v2.toml", second.as_str()),
            ("recordings/demo/v1/remove.toml", remove),
            ("recordings/demo/v1/invite.toml", INVITE),
        ]);
        apps.load("demo", "v2").unwrap().sha256
    };
    assert_eq!(sha256(REMOVE), sha256(REMOVE));
    assert_ne!(sha256(REMOVE), sha256(&REMOVE.replace("title = \"Remove\"", "title = \"Another\"")));
}

#[test]
fn a_recording_that_is_not_there_is_told_at_its_line() {
    let check = |entry: &str, message: &str, hint: &str| {
        let own = [("remove", REMOVE)];
        let told = wrong(&format!("recordings = [{entry}]"), &own);
        let column = 15 + entry.rfind(", ").map_or(0, |at| at + 2);
        let expected = format!("selectors/demo/v2.toml:4:{column}: error: {message}\n  hint: {hint}");
        assert_eq!(told, [expected], "{entry}");
    };
    check("\"v0/*\"", "there are no recordings of `demo/v0`", "did you mean `v1`?");
    check("\"members/*\"", "there are no recordings of `demo/members`", "there are: v1");
    check("\"v1/invit\"", "`v1` has no recording `invit`", "did you mean `invite`?");
    check("\"v1/resend\"", "`v1` has no recording `resend`", "there are: invite, remove, sign_in");
    let own = "the recordings in the folder of the map's own version are used anyway; leave it out";
    check("\"v2/*\"", "`v2` is this version itself", own);
    let first = "delete the file of that name in this version's own folder, or leave this out";
    check("\"v1/remove\"", "`remove` is not borrowed, for this version has its own", first);
    check("\"v1/*\", \"v1/sign_on\"", "`v1` has no recording `sign_on`", "did you mean `sign_in`?");
    let usage = "VERSION/FLOW, or VERSION/* for all recordings of that version of the same app";
    for entry in ["v1", "/remove", "v1/", "demo/v1/remove", "*/remove"] {
        check(&format!("\"{entry}\""), &format!("`{entry}` names no recordings"), usage);
    }
    let alone = "* stands for all of them, and only alone";
    check("\"v1/rem*\"", "`rem*` is no recording", alone);
    check("\"v1/invite.toml\"", "`invite.toml` is no recording", "without the ending: v1/invite");
}

#[test]
fn checking_a_recording_checks_the_versions_that_borrow_it() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    };
    let second = MAP
        .replace("version = \"v1\"", "version = \"v2\"\nrecordings = [\"v1/remove\"]")
        .replace("[areas.menu]", "[areas.popup]");
    write("selectors/demo/v1.toml", MAP);
    write("selectors/demo/v2.toml", &second);
    write("selectors/demo/v3.toml", &MAP.replace("version = \"v1\"", "version = \"vv\""));
    let remove = write("recordings/demo/v1/remove.toml", REMOVE);
    let problems = Apps::check_files(&[remove]).unwrap();
    let messages: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(messages, ["there is no area `menu` for `menu.remove` (borrowed by demo/v2)"]);
}
