//! Mistakes that a file has by itself.

use super::*;

#[test]
fn a_file_that_is_not_toml_is_told_its_first_slip() {
    check(
        &[("app = \"demo\"", "app = demo\nä = \"x"), ("does = \"sign_in\"", "does = [\"sign_in\"")],
        r#"
sign_in.toml:4:1: error: not TOML: missing comma between array elements, expected `,`
  hint: put a comma behind what stands before this place, or close the list there
v1.toml:2:7: error: not TOML: string values must be quoted, expected literal string
  hint: put the text between quotes; give a key without a value one, or take it out
"#,
    );
}

#[test]
fn a_key_given_twice_is_told() {
    check(
        &[("version = \"v1\"", "version = \"v1\"\napp = \"x\"")],
        r#"
v1.toml:4:1: error: not TOML: duplicate key
  hint: a key may stand once in a table, and a [table] once in a file
"#,
    );
}

#[test]
fn an_unknown_format_is_refused() {
    check(
        &[("format = 1", "format = 2")],
        r#"
v1.toml:1:10: error: format 2 is not known
  hint: this version of the program reads format 1 only
"#,
    );
}

#[test]
fn the_head_is_held_against_the_path() {
    check(
        &[
            ("app = \"demo\"", "app = \"demo2\""),
            ("version = \"v1\"\n", ""),
            ("observed = 2026-01-31", "observed = \"2026-01-31\""),
            ("\"documented\"", "\"documentd\""),
        ],
        r#"
v1.toml:1:1: error: a map needs `version`
v1.toml:2:7: error: `app` is `demo2`, the file lies under `demo`
  hint: the file of a map is selectors/APP/VERSION.toml
v1.toml:4:12: error: `observed` is a day
  hint: written without quotes: 2026-01-31
v1.toml:5:12: error: `documentd` is no kind of evidence
  hint: did you mean `documented`?
"#,
    );
}

#[test]
fn unknown_keys_are_told_with_the_nearest_known_one() {
    check(
        &[
            ("language = ", "lang = \"ä\"\nlanguge = "),
            ("{ label = \"Email\" }", "{ lable = \"Email\" }"),
            ("{ button = \"More\" }", "{ buton = \"More\" }"),
        ],
        r#"
v1.toml:1:1: error: a map needs `language`
v1.toml:7:1: error: unknown key `lang` in a map
  hint: known here: format, app, version, title, observed, evidence, language, test_attribute, settle_after, params, recordings, recognise, roles, statuses, messages, interrupts, never, consequences, choices, lists, and others: see docs/formats.md
v1.toml:8:1: error: unknown key `languge` in a map
  hint: did you mean `language`?
v1.toml:24:11: error: unknown key `lable` in an element
  hint: did you mean `label`?
v1.toml:40:10: error: unknown key `buton` in an element
  hint: did you mean `button`?
"#,
    );
}

#[test]
fn what_the_program_cannot_do_yet_is_refused() {
    check_messages(
        &[
            ("on = \"row\"", "on = \"row\"\ninputs = [\"who\"]"),
            ("{ click = \"people.invite\" }", "{ read_list = \"members\" }"),
            ("value = \"{role}\"", "value = [\"{role}\"]"),
        ],
        r#"
invite.toml:6:5: error: `read_list` in a step is not supported by this version
invite.toml:8:37: error: a list as `value` is not supported by this version
remove.toml:5:1: error: `inputs` in a recording is not supported by this version
"#,
    );
}

#[test]
fn what_fills_a_list_may_be_sent_while_it_is_read() {
    let (total, with) = ("total = \"people.total\"", "total = \"people.total\"\nrequest = \"POST /search\"");
    check(
        &[(total, with)],
        r#"
v1.toml:18:11: error: `POST /search` is refused while the list is read
  hint: name it in `reads` of [network]: reads = ["POST /search"]
"#,
    );
    check(&[(total, with), ("[areas.toast]", "[network]\nreads = [\"POST /search\"]\n[areas.toast]")], "");
    check(&[(total, "total = \"people.total\"\nrequest = \"GET /people*\"")], "");
}

#[test]
fn what_may_be_sent_is_told_as_requests_hosts_and_operations() {
    check_messages(
        &[
            (
                "[areas.toast]",
                "[network]\nhosts = [\"https://api.x\"]\nreads = [\"post /x\", { body = \"/x/\" }]\nhabits = [\"/x\"]\nsockets = \
             \"open\"\nwrites = { remov = [\"DELETE /x\"], invite = [] }\n[areas.toast]",
            ),
            (
                "[\"Delete workspace\"]",
                "[\"Delete workspace\", { at = \"people.total\", request = \"GET /x\" }]",
            ),
        ],
        r#"
v1.toml:12:30: error: an entry of `never` needs either `at` or `request`
v1.toml:52:10: error: `https://api.x` is no host: say api.acme.example, or *.acme.example
v1.toml:53:10: error: `post /x` is no kind of request: `post` is no method: capitals only, or * for any
v1.toml:53:21: error: an entry of `reads` needs `request`
v1.toml:54:11: error: `/x` is no kind of request: a method and a path are needed
v1.toml:55:11: error: `open` is no `sockets`
v1.toml:56:12: error: `remov` is no operation
v1.toml:56:44: error: `invite` is empty
"#,
    );
}

#[test]
fn patterns_outside_the_shared_subset_are_told() {
    check(
        &[
            ("\"/seat limit/i\"", "'/(?<=seat )limit/'"),
            ("'/^(\\d+)/'", "'/^(\\d+)( people)?/'"),
            ("\"/^member/i\"", "\"/^member/g\""),
        ],
        r#"
v1.toml:8:99: error: `g` behind the pattern is not known
  hint: the only flag is i (ignore case)
v1.toml:10:37: error: the pattern has a look-behind
  hint: match the words around it as well, or use another candidate; docs/formats.md tells what patterns may have
v1.toml:32:55: error: `match` needs exactly one group, it has 2
  hint: the value is what the group (…) matches; write (?:…) for the others
"#,
    );
}

#[test]
fn keys_have_names() {
    check(
        &[(
            "{ choose = \"invite.role\"",
            "{ press = \"Enter\", at = \"invite.email\" },\n  { press = \"Entr\" },\n  { choose = \"invite.role\"",
        )],
        r#"
invite.toml:9:13: error: `Entr` is no key
  hint: did you mean `Enter`?
"#,
    );
}

#[test]
fn harmless_is_said_of_keys_only() {
    check(
        &[(
            "{ choose = \"invite.role\"",
            "{ press = \"Enter\", at = \"invite.email\" },\n  { press = \"Space\", harmless = true },\n  { click = \"invite.role\", harmless = true},\n { choose = \"invite.role\"",
        )],
        r#"
invite.toml:10:3: error: `harmless` says something only of `press`
  hint: leave it out
"#,
    );
}

#[test]
fn a_candidate_finds_something_in_one_way() {
    check(
        &[
            ("{ button = \"More\" }", "{ button = \"More\", link = \"More\" }"),
            ("{ button = \"Invite\" }", "\"Invite\""),
            ("{ menuitem = \"Remove\" }", "{ has = \"x\" }"),
            ("{ label = \"Role\" }", "{ name = \"Role\", text = \"Role\" }"),
            ("{ button = \"Send\" }", "{ button = \"Send\", read = \"value\" }"),
            ("name = { column = \"Name\" }", "name = { find = [], read = \"valu\", split = \"\" }"),
        ],
        r#"
v1.toml:30:10: error: element `invite` is not a candidate
  hint: say how it is found: { button = "Send" }, { text = "Send" }, { css = "…" }
v1.toml:38:17: error: `find` is empty
  hint: name at least one, or leave the key out
v1.toml:38:28: error: `valu` is no way to read
  hint: did you mean `value`?
v1.toml:38:44: error: `split` is empty
v1.toml:39:8: error: the candidate has more than one role
  hint: write two candidates, the better one first
v1.toml:43:10: error: the candidate finds nothing
  hint: give a role or one of label, text, placeholder, title, alt, test_id, column, css, xpath
v1.toml:48:8: error: `name` needs `role`
  hint: write { button = "…" }, or find it by text or label
v1.toml:49:8: error: `read` stands beside `find`, not in a candidate
  hint: write { find = { … }, match = "…" }
"#,
    );
}

#[test]
fn a_step_does_one_known_thing() {
    check(
        &[
            (
                "{ click = \"people.invite\" }",
                "{ clik = \"people.invite\" },\n  { click = \"people.invite\", hover = \"people.invite\" },\n  { fill = \"invite.email\" },\n  { click = \"people.invite\", tiemout = \"2s\" },\n  { expect = [], timeout = \"soon\" }",
            ),
            ("{ open = \"login\" }", "{ }"),
        ],
        r#"
invite.toml:6:5: error: `clik` is no step
  hint: did you mean `click`?
invite.toml:7:3: error: a step does one thing, not `click` and `hover`
  hint: write a step for each
invite.toml:8:3: error: a step needs `value`
invite.toml:9:30: error: unknown key `tiemout` in a step
  hint: did you mean `timeout`?
invite.toml:10:14: error: `expect` is empty
  hint: name at least one, or leave the key out
invite.toml:10:28: error: `soon` is not a duration
  hint: a number and a unit: "500ms", "60s", "2m"
sign_in.toml:5:3: error: the step is empty
  hint: a step is one of open, click, hover, fill, choose, check, press, expect, expect_gone, prove, read, upload, tick, download
"#,
    );
}

#[test]
fn values_have_their_type() {
    check(
        &[
            ("title = \"People\"", "title = 3"),
            ("rows = [\"row\"]", "rows = \"row\""),
            ("{ role = \"status\" }", "{ role = \"statsu\" }"),
            ("steps = [\n  { open", "steps = 3\nx = [\n  { open"),
        ],
        r#"
sign_in.toml:4:9: error: `steps` is a list, not an integer
sign_in.toml:5:1: error: unknown key `x` in a recording
  hint: known here: format, title, does, then, when, on, by, proof, many, file, steps
v1.toml:4:9: error: `title` is a string, not an integer
v1.toml:16:8: error: `rows` is a list, not a string
  hint: write ["row"]
v1.toml:52:17: error: `statsu` is no role
  hint: did you mean `status`?
"#,
    );
}

#[test]
fn messages_and_interrupts_have_one_known_meaning() {
    check(
        &[
            ("means = \"seat_limit\"", "means = \"seatlimit\""),
            ("means = \"signed_out\"", "means = \"signed_out\", click = \"login.submit\""),
        ],
        r#"
v1.toml:10:62: error: `seatlimit` is no reason
  hint: did you mean `seat_limit`?
v1.toml:11:16: error: an interrupt needs either `click` or `means`
"#,
    );
}

#[test]
fn durations_have_a_unit() {
    check(
        &[("never =", "settle_after = \"soon\"\nnever =")],
        r#"
v1.toml:12:16: error: `soon` is not a duration
  hint: a number and a unit: "500ms", "60s", "2m"
"#,
    );
}

#[test]
fn names_of_values_can_stand_in_placeholders() {
    check(
        &[
            ("never =", "params = { Team = \"x\", email = \"y\", space = \"the space\" }\nnever ="),
            ("badge = \"U\"", "Badge = \"U\""),
            ("{ label = \"Role\" }", "{ label = \"{space}\" }"),
            ("on = \"list\"", "on = \"lits\""),
            ("does = \"remove\"", "does = \"removed\""),
        ],
        r#"
invite.toml:4:6: error: `lits` is no value of `on`
  hint: did you mean `list`?
remove.toml:3:8: error: `removed` is no operation
  hint: did you mean `remove`?
v1.toml:8:114: error: `Badge` cannot be the name of a placeholder
  hint: a name here begins with a small letter and has small letters, digits and _
v1.toml:12:12: error: `Team` cannot be the name of a placeholder
  hint: a name here begins with a small letter and has small letters, digits and _
v1.toml:12:24: error: {email} has a value of its own
  hint: give it another name
"#,
    );
}

#[test]
fn places_are_right_behind_something_unreadable() {
    check(
        &[
            ("{ click = \"people.invite\" }", "{ clik = \"people.invite\" }"),
            ("\"invite.role\"", "\"invite.rule\""),
            (
                "messages = [",
                "messages = [ { at = 3, means = \"done\" }, { at = \"taost\", means = \"done\" },",
            ),
        ],
        r#"
invite.toml:6:5: error: `clik` is no step
  hint: did you mean `click`?
invite.toml:8:14: error: there is no element `invite.rule`
  hint: did you mean `invite.role`?
v1.toml:10:21: error: `at` is a string, not an integer
v1.toml:10:49: error: there is no area `taost`
  hint: did you mean `toast`?
"#,
    );
}

#[test]
fn free_flows_are_not_supported_yet() {
    check(
        &[
            ("does = \"remove\"\n", "inputs = [\"x\"]\n"),
            ("on = \"list\"", "on = \"list\"\nwhen = {}\nthen = \"x\""),
            ("{ expect_gone", "{ read = \"invite.role\", as = \"x\", writes = true },\n  { expect_gone"),
        ],
        r#"
invite.toml:5:8: error: `when` says nothing
  hint: name the cases, { role = ["admin"] } say, or leave `when` out
invite.toml:6:8: error: there is no recording `x`
  hint: write x.toml beside it
invite.toml:12:3: error: `writes` says something only of `upload`
  hint: leave it out
remove.toml:1:1: error: a recording needs `does`; a free flow is not supported by this version
  hint: name the operation it carries out, does = "invite"; or name it in the `then` of another recording
remove.toml:3:1: error: `inputs` in a recording is not supported by this version
  hint: leave it out, or use a version of the program that has it; docs/formats.md lists what this one has
"#,
    );
}

proptest::proptest! {
    /// Half-typed files are read all the time, by an editor's check for instance.
    #[test]
    fn no_slip_stops_the_reader(
        flow in proptest::bool::ANY,
        start in 0..1200_usize,
        length in 0..40_usize,
        typed in "[\\[\\]{}\"'=,./a-z0-9 \n\\\\ä]{0,12}",
    ) {
        let mut text = if flow { INVITE.to_owned() } else { MAP.to_owned() };
        let start = start % text.len();
        let end = (start + length).min(text.len());
        text.replace_range(start..end, &typed);
        let (map, invite) = if flow { (MAP, text.as_str()) } else { (text.as_str(), INVITE) };
        let files = [("selectors/demo/v1.toml", map), ("recordings/demo/v1/invite.toml", invite)];
        if let Err(problems) = Apps::from_files(files).load("demo", "v1") {
            let (lines, is_placed) = (text.lines().count() + 1, |problem: &Problem| problem.column > 0);
            proptest::prop_assert!(problems.iter().all(is_placed), "{problems:?}");
            let changed = if flow { "invite.toml" } else { "v1.toml" };
            let of_changed = problems.iter().filter(|problem| problem.file.ends_with(changed));
            proptest::prop_assert!(of_changed.into_iter().all(|problem| problem.line <= lines), "{problems:?}");
        }
    }
}
