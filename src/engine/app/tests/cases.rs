//! Recordings for some cases only, and the decisions of the customer.

use std::collections::BTreeMap;

use crate::domain::{RoleId, Status, StatusMeaning};

use super::*;

const CHOICES: &str =
    "choices.files = { ask = \"What becomes of the files?\", values = [\"keep\", \"delete\"] }\n";

/// The demo app with these lines more in the head of its map, and these recordings of `remove` by their `when`.
fn ways(head: &str, cases: &[&str]) -> Apps {
    let map = MAP.replace("\n[lists.members]", &format!("{head}\n[lists.members]"));
    let mut files = vec![("selectors/demo/v1.toml".to_owned(), map)];
    for (index, when) in cases.iter().enumerate() {
        let recording = REMOVE.replace("on = \"row\"", &format!("{when}\non = \"row\""));
        files.push((format!("recordings/demo/v1/remove_{}.toml", index + 1), recording));
    }
    Apps::from_files(files.iter().map(|(path, text)| (path.as_str(), text.as_str())))
}

/// Everything wrong with them, each as `file:line:column: message`.
fn wrong(head: &str, cases: &[&str]) -> Vec<String> {
    let problems = ways(head, cases).load("demo", "v1").unwrap_err();
    let line = |problem: &Problem| {
        let file = problem.file.rsplit('/').next().unwrap_or_default();
        format!("{file}:{}:{}: {}", problem.line, problem.column, problem.message)
    };
    problems.iter().map(line).collect()
}

/// The hint for the only mistake.
fn hint(head: &str, cases: &[&str]) -> String {
    let problems = ways(head, cases).load("demo", "v1").unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems[0].hint.clone().unwrap_or_default()
}

#[test]
fn the_recording_is_chosen_by_the_person_and_the_decisions() {
    let cases = [
        "when = { role = [\"admin\"] }",
        "when = { role = \"user\", status = [\"active\"], choice.files = [\"keep\"] }",
        "when = { role = \"user\", status = [\"active\"], choice.files = [\"delete\"] }",
        "when = { role = \"user\", status = [\"invited\", \"expired\"] }",
    ];
    let app = ways(CHOICES, &cases).load("demo", "v1").unwrap();
    assert_eq!(app.warnings, []);
    assert!(app.can("remove") && app.flow_for("remove").is_none() && !app.can("invite"));
    let check = |roles: &[&str], status: &[StatusMeaning], files: &str, expected: Option<&str>| {
        let roles = roles.iter().map(|role| RoleId::new(*role)).collect();
        let status = Status(status.iter().copied().collect());
        let choices = BTreeMap::from([("files".to_owned(), files.to_owned())]);
        let case = Case { roles: Some(&roles), status: Some(&status), choices: &choices };
        let chosen = app.flow_in("remove", &case).map(|flow| flow.name.as_str());
        assert_eq!(chosen, expected, "{case}, {files}");
    };
    use StatusMeaning::{Active, Deactivated, Expired, Invited};
    check(&["admin"], &[Deactivated], "keep", Some("remove_1"));
    check(&["user"], &[Active], "keep", Some("remove_2"));
    check(&["user"], &[Active], "delete", Some("remove_3"));
    check(&["user"], &[Invited, Expired], "keep", Some("remove_4"));
    check(&["user"], &[Invited, Active], "keep", None);
    check(&["user"], &[Deactivated], "keep", None);
    check(&["user", "admin"], &[Active], "keep", None);
}

#[test]
fn no_two_recordings_are_for_the_same_case() {
    let case = |when: &str| format!("when = {{ {when} }}");
    let check = |first: &str, second: &str, expected: &str| {
        assert_eq!(wrong(CHOICES, &[first, second]), [expected]);
    };
    check(
        &case("role = [\"admin\"], choice.files = \"keep\""),
        &case("role = [\"user\", \"admin\"]"),
        "remove_2.toml:4:1: `remove` is carried out by `remove_1` as well, for role admin, files = keep \
         (line 4 of recordings/demo/v1/remove_1.toml)",
    );
    check(
        "",
        &case("role = [\"admin\"], choice.files = \"keep\""),
        "remove_2.toml:4:1: `remove` is carried out in all cases by `remove_1` (line 3 of recordings/demo/v1/remove_1.toml)",
    );
    check(
        &case("status = \"active\", choice.files = \"keep\""),
        "",
        "remove_2.toml:3:8: `remove` is carried out by `remove_1` as well, for status active, files = keep \
         (line 4 of recordings/demo/v1/remove_1.toml)",
    );
    let apart =
        [case("role = \"admin\", choice.files = \"keep\""), case("role = \"user\", status = \"active\"")];
    assert!(ways(CHOICES, &[&apart[0], &apart[1]]).load("demo", "v1").is_ok());
}

#[test]
fn cases_that_cannot_be_are_told() {
    // At the last place where this stands in the line.
    let check = |when: &str, at: &str, expected: &str, hinted: &str| {
        let column = when.rfind(at).unwrap() + 1;
        assert_eq!(wrong(CHOICES, &[when]), [format!("remove_1.toml:4:{column}: {expected}")], "{when}");
        assert_eq!(hint(CHOICES, &[when]), hinted, "{when}");
    };
    let files = |more: &str| format!("when = {{ choice.files = \"keep\", {more} }}");
    let none = |role: &str| format!("there is no role `{role}`");
    check(&files("role = [\"user\", \"admn\"]"), "\"admn", &none("admn"), "did you mean `admin`?");
    check(&files("role = \"Member\""), "\"Member", &none("Member"), "name it by its id, `user`");
    check(&files("role = \"king\""), "\"king", &none("king"), "the roles of the map: admin, user");
    let meaning = "`activ` is no meaning of a status";
    check(&files("status = \"activ\""), "\"activ", meaning, "did you mean `active`?");
    check(&files("role = []"), "[]", "`role` is empty", "name at least one, or leave the key out");
    check(&files("roles = [\"admin\"]"), "roles", "unknown key `roles` in `when`", "did you mean `role`?");
    check(&files("choice.fils = \"x\""), "\"x", "there is no choice `fils`", "did you mean `files`?");
    let burn = "the choice `files` has no value `burn`";
    check("when = { choice.files = [\"keep\", \"burn\"] }", "\"burn", burn, "its values: keep, delete");
    let nothing = "name the cases, { role = [\"admin\"] } say, or leave `when` out";
    assert_eq!(hint("", &["when = {}"]), nothing);
    let none = "the map has none: add `choices` to its head, or leave this out";
    assert_eq!(hint("", &["when = { choice.files = \"keep\" }"]), none);
}

#[test]
fn who_is_not_in_the_list_has_no_status_and_a_sign_in_is_about_nobody() {
    check_messages(
        &[
            ("does = \"invite\"", "does = \"invite\"\nwhen = { status = [\"active\"] }"),
            ("does = \"sign_in\"", "does = \"sign_in\"\nwhen = { role = [\"admin\"] }"),
        ],
        "invite.toml:4:19: error: `status` in a case of `invite`\n\
         sign_in.toml:4:1: error: `when` in `sign_in`, which is about nobody",
    );
}

#[test]
fn an_invitation_for_one_role_has_no_role_to_choose() {
    let choose = "  { choose = \"invite.role\", value = \"{role}\" },\n";
    let when = |roles: &str| format!("does = \"invite\"\nwhen = {{ role = {roles} }}");
    check(&[(choose, ""), ("does = \"invite\"", &when("\"user\""))], "");
    check_messages(
        &[(choose, ""), ("does = \"invite\"", &when("[\"user\", \"admin\"]"))],
        "invite.toml:6:9: error: `invite` never chooses the {role}",
    );
}

#[test]
fn a_recording_knows_the_decisions_it_goes_by() {
    let head = "choices.files = { ask = \"?\", values = [\"keep\"] }\nchoices.word = { ask = \"?\", values = [\"OK\"] }\nchoices.no = { ask = \"?\", values = [\"x\"] }\n";
    let map = MAP
        .replace("\n[lists.members]", &format!("{head}\n[lists.members]"))
        .replace("menuitem = \"Remove\"", "menuitem = \"Remove {choice.word}\"");
    let remove = REMOVE.replace("on = \"row\"", "when = { choice.files = \"keep\" }\non = \"row\"");
    let files =
        [("selectors/demo/v1.toml", map.as_str()), ("recordings/demo/v1/remove.toml", remove.as_str())];
    let app = Apps::from_files(files).load("demo", "v1").unwrap();
    assert_eq!(app.flows["remove"].choices.iter().collect::<Vec<_>>(), ["files", "word"]);
    let warnings: Vec<_> = app.warnings.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(warnings, ["no recording goes by the choice `no`"]);
}

#[test]
fn a_decision_is_known_only_where_something_is_changed() {
    check_messages(
        &[
            ("\n[lists.members]", &format!("{CHOICES}\n[lists.members]")),
            ("open = \"/people\"", "open = \"/people/{choice.files}\""),
            ("value = \"{password}\"", "value = \"{choice.files}\""),
            ("mentions = \"{email}\"", "mentions = \"{choice.file}\""),
        ],
        "remove.toml:7:3: error: nothing ever gives {choice.file} a value\n\
         remove.toml:7:39: error: what has to be mentioned at the commit is nobody's\n\
         sign_in.toml:7:3: error: {choice.files} cannot be known in sign_in\n\
         v1.toml:29:8: error: {choice.files} cannot be known while the console is read",
    );
}

#[test]
fn a_choice_has_a_question_and_answers() {
    let check = |choices: &str, expected: &[&str]| {
        let told = wrong(&format!("choices = {{ {choices} }}\n"), &["when = { choice.files = \"keep\" }"]);
        assert_eq!(told, expected, "{choices}");
    };
    check("files = { values = [\"keep\"] }", &["v1.toml:13:21: a choice needs `ask`"]);
    check(
        "files = { ask = \"?\", values = [\"keep\", \"keep\"] }",
        &["v1.toml:13:52: `keep` is named twice"],
    );
    check(
        "files = { ask = \"?\", values = [\"keep\"] }, Mails = { ask = \"?\", values = [\"no\"] }",
        &["v1.toml:13:55: `Mails` cannot be the name of a placeholder"],
    );
}
