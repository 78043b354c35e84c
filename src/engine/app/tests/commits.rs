//! Mistakes in what makes a flow safe: its one commit, who it is about, and what decides.

use super::*;

#[test]
fn a_flow_has_one_commit_be_it_of_several_clicks() {
    check(
        &[
            (", commits = true },\n  { expect_gone", " },\n  { expect_gone"),
            ("{ click = \"row.menu\" }", "{ click = \"row.menu\", commits = true }"),
            (
                "mentions = \"{email}\", commits = true },",
                "mentions = \"{email}\" },\n  { click = \"menu.remove\", commits = true },",
            ),
        ],
        r#"
invite.toml:5:9: error: the flow commits nothing
  hint: mark the click that makes the change real with `commits = true`
remove.toml:7:3: error: a step between two that commit does not commit
  hint: the steps that commit follow each other; what only waits comes after the last of them
remove.toml:8:3: error: `menu` was clicked in before
  hint: only a question that opens after the first click belongs to the same commit
remove.toml:8:3: error: a later click of the commit does not check whom it is about
  hint: add `mentions = "{email}"`: what is asked has to name whom it is about
"#,
    );
    let twice = |second: &str| {
        let clicks = format!(
            "{{ click = \"menu.remove\", commits = true }},\n  {{ click = {second}, commits = true }},"
        );
        report(&[("{ click = \"menu.remove\", mentions = \"{email}\", commits = true },", &clicks)])
    };
    assert_eq!(twice("\"invite.send\", mentions = \"{email}\", optional = true"), "");
    assert_eq!(
        twice("\"menu.remove\", optional = true"),
        r#"
remove.toml:8:3: error: `menu` was clicked in before
  hint: only a question that opens after the first click belongs to the same commit
remove.toml:8:3: error: a later click of the commit does not check whom it is about
  hint: add `mentions = "{email}"`: what is asked has to name whom it is about
"#
        .trim()
    );
}

#[test]
fn what_decides_fits_what_is_done() {
    let resend = |head: &str, end: &str| {
        report(&[
            ("does = \"remove\"", head),
            ("mentions = \"{email}\", commits = true },", &format!("commits = true }},{end}")),
        ])
    };
    let hears = "\n  { expect = \"toast\", says = \"sent\" },";
    assert_eq!(resend("does = \"resend\"\nproof = \"response\"", hears), "");
    let check = |got: String, expected: &str| assert!(got.contains(expected), "{got}");
    check(
        resend("does = \"resend\"", hears),
        "remove.toml:3:8: error: the list does not show that an invitation was sent again",
    );
    check(
        resend("does = \"resend\"\nproof = \"response\"", "\n  { expect = \"toast\" },"),
        "remove.toml:4:9: error: nothing after the commit waits for what the console answers",
    );
    check(
        resend("does = \"remove\"\nproof = \"response\"", hears),
        "remove.toml:4:9: error: `proof = \"response\"` is for `resend` only",
    );
    check(
        resend("does = [\"resend\", \"remove\"]\nproof = \"response\"", hears),
        "error: `resend` is a flow of its own",
    );
}

#[test]
fn the_person_has_to_be_proved_before_the_commit() {
    check(
        &[
            (
                "{ fill = \"invite.email\", value = \"{email}\" }",
                "{ fill = \"people.search\", value = \"{email}\" }",
            ),
            ("on = \"row\"\n", ""),
            (", mentions = \"{email}\"", ""),
        ],
        r#"
invite.toml:9:3: error: nothing proves before the commit who is changed
  hint: add `on = "row"`, or a step before the commit that fills in or proves "{email}"
remove.toml:5:13: error: `row.menu` is in a row, and no row was found
  hint: add `on = "row"`, which finds and proves the person's row before the first step
remove.toml:6:3: error: nothing proves before the commit who is changed
  hint: add `on = "row"`, or a step before the commit that fills in or proves "{email}"
"#,
    );
}

#[test]
fn the_step_before_the_commit_is_not_optional() {
    check(
        &[
            ("value = \"{role}\" }", "value = \"{role}\", optional = true }"),
            ("{ expect = \"people\" }", "{ expect = \"people\", optional = true, commits = true }"),
        ],
        r#"
invite.toml:8:3: error: the last step before the commit cannot be optional
  hint: what is clicked next has to be certain; put the optional step earlier
sign_in.toml:9:3: error: `expect` cannot commit
  hint: only click can; mark the step that makes the change real
"#,
    );
}

#[test]
fn enter_and_space_may_send_a_form() {
    check(
        &[(
            "{ choose = \"invite.role\"",
            "{ press = \"Enter\", at = \"invite.email\" },\n  { press = \"Space\", harmless = true },\n { choose = \"invite.role\"",
        )],
        r#"
invite.toml:8:3: error: Enter is pressed before the commit
  hint: it may send a form; mark it `commits = true`, or `harmless = true` if it cannot
"#,
    );
}

#[test]
fn an_invitation_chooses_its_role() {
    check(
        &[("  { choose = \"invite.role\", value = \"{role}\" },\n", "")],
        r#"
invite.toml:5:9: error: `invite` never chooses the {role}
  hint: choose it: { choose = "…", value = "{role}" }
"#,
    );
}

#[test]
fn an_import_shows_whom_it_takes() {
    let import = ("does = \"invite\"", "does = \"import\"");
    check_messages(
        &[import],
        r#"
invite.toml:3:8: error: nothing tells which columns the console's file has
invite.toml:5:9: error: the flow never gives the console the file
invite.toml:7:3: error: {email} cannot be known in import
invite.toml:8:3: error: {role} cannot be known in import
invite.toml:9:3: error: nothing shows before the commit whom the console took out of the file
"#,
    );
    let file = "file = { columns = { email = \"Email\", age = \"Age\" }, rows = 0 }";
    check_messages(
        &[("does = \"remove\"", &format!("does = \"remove\"\n{file}"))],
        r#"
remove.toml:4:8: error: `rows` is how many people the console takes at once
remove.toml:4:39: error: `age` is not known of the people of a file
"#,
    );
}

#[test]
fn a_sign_in_changes_nothing() {
    check(
        &[
            ("does = \"sign_in\"", "does = [\"sign_in\"]\non = \"list\""),
            ("{ click = \"login.submit\" }", "{ click = \"login.submit\", commits = true }"),
            ("{ expect = \"people\" }", "{ expect = \"people\", optional = true }"),
        ],
        r#"
sign_in.toml:4:6: error: nobody is signed in yet, so no list can be opened
  hint: leave `on` out
sign_in.toml:9:3: error: a sign-in does not commit
  hint: signing in changes nothing; leave `commits` out
sign_in.toml:10:3: error: the last step cannot be optional
  hint: end with what tells that it worked: { expect = "home.…" }
"#,
    );
}

#[test]
fn the_commit_itself_is_not_optional() {
    check(
        &[("commits = true },\n  { expect_gone", "commits = true, optional = true },\n  { expect_gone")],
        r#"
invite.toml:9:3: error: the step that commits cannot be optional
  hint: only later steps of the same commit may be optional
"#,
    );
}

#[test]
fn somebody_is_found_by_a_column_that_is_there() {
    let by = |head: &str| report(&[("on = \"row\"\n", head)]);
    assert_eq!(by("on = \"row\"\nby = \"name\"\n"), "");
    for (head, expected) in [
        ("on = \"row\"\nby = \"email\"\n", "remove.toml:5:6: error: `email` is the key of the list\n"),
        ("on = \"row\"\nby = \"nmae\"\n", "remove.toml:5:6: error: no row has the column `nmae`\n"),
        ("on = \"row\"\nby = \"menu\"\n", "remove.toml:5:6: error: no row has the column `menu`\n"),
        (
            "on = \"list\"\nby = \"name\"\n",
            "remove.toml:5:6: error: `by` says how a row is found, and none is\n",
        ),
    ] {
        assert!(by(head).contains(expected), "{}", by(head));
    }
    let invite = report(&[("on = \"list\"", "on = \"row\"\nby = \"name\"")]);
    assert!(invite.contains("`invite` is about nobody who is in the list"), "{invite}");
}

/// The demo with a second save of an operation; `second` are the lines at its head.
fn two_saves(changes: &[(&str, &str)], second: &str) -> String {
    let steps =
        "steps = [ { choose = \"row.role\", value = \"{role}\" }, { click = \"row.menu\", commits = true } ]";
    let file = format!("format = 1\ntitle = \"Finish\"\n{second}\n{steps}\n");
    let map = [
        ("menu = { button = \"More\" }", "menu = { button = \"More\" }\nrole = { label = \"Role\" }"),
        (
            "email = { label = \"Email\" }\nrole",
            "email = { label = \"Email\" }\nname = { label = \"Name\" }\nrole",
        ),
    ];
    let changes: Vec<_> = map.iter().chain(changes).copied().collect();
    told(&demo_with(&changes, &[("recordings/demo/v1/finish.toml", &file)]))
}

#[test]
fn two_saves_fit_each_other() {
    let typed = ("fill = \"invite.email\"", "fill = \"invite.name\"");
    let invite = |first: &str, second: &str, more: &[(&str, &str)]| {
        let head = format!("on = \"list\"\n{first}");
        two_saves(&[&[("on = \"list\"", head.as_str())], more].concat(), second)
    };
    let (then, row) = ("then = \"finish\"", "on = \"row\"");
    assert_eq!(invite(then, row, &[]), "");
    assert_eq!(invite(then, "on = \"row\"\nby = \"name\"", &[typed]), "");
    for (first, second, expected) in [
        ("", row, "finish.toml:1:1: error: a recording needs `does`; a free flow is not supported"),
        ("then = \"finsh\"", row, "invite.toml:5:8: error: there is no recording `finsh`"),
        (then, "does = \"deactivate\"", "error: `finish` is a recording of an operation of its own"),
        (then, "on = \"row\"\nthen = \"finish\"", "error: a second save is followed by none"),
        ("then = \"finish\"\nmany = 2", row, "error: two saves are made for one person at a time"),
        (then, "on = \"list\"", "error: nothing finds the person whom the first save was about"),
        // Whose it is would be told by nothing but the order in which things happened.
        (then, "on = \"row\"\nby = \"name\"", "error: nothing tells which `name` is the person's"),
    ] {
        let told = invite(first, second, &[]);
        assert!(told.contains(expected), "{told}");
    }
    // Somebody who was there before has to read otherwise after the first save.
    let remove = |first: &str, second: &str| {
        let head = format!("does = \"remove\"\nthen = \"finish\"\n{first}");
        let second = format!("on = \"row\"\n{second}");
        two_saves(&[("does = \"remove\"", head.as_str())], &second)
    };
    let same = remove("", "when = { status = \"deactivated\" }");
    assert!(same.contains("nothing in the list tells whether `remove` is done already"), "{same}");
    let apart = remove("when = { status = \"active\" }", "when = { status = \"deactivated\" }");
    assert!(!apart.contains("tells whether"), "{apart}");
}
