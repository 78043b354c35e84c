//! Mistakes between the parts of a map, and between a map and its recordings.

use super::*;

#[test]
fn unknown_areas_and_elements_are_told_in_maps_and_recordings() {
    check(
        &[
            ("at = \"people\"", "at = \"peple\""),
            ("\"people.total\"", "\"people.totl\""),
            ("ready = \"password\"", "ready = \"passwd\""),
            ("within = \"people\"", "within = \"poeple\""),
            ("at = \"toast\"", "at = \"toasts\""),
            ("\"invite.send\"", "\"invite.sned\""),
            ("{ open = \"login\" }", "{ open = \"row\" }"),
            ("expect = \"people\"", "expect = \"nothing.here\""),
            ("click = \"login.submit\"", "click = \"login\""),
        ],
        r#"
invite.toml:9:13: error: there is no element `invite.sned`
  hint: did you mean `invite.send`?
sign_in.toml:5:12: error: `row` cannot be opened
  hint: give [areas.row] an `open`
sign_in.toml:8:13: error: `login` is an area without a root, not an element
  hint: name an element of it, `login.…`, or give it a `root`
sign_in.toml:9:14: error: there is no area `nothing` for `nothing.here`
  hint: add [areas.nothing] to the map
v1.toml:10:21: error: there is no area `toasts`
  hint: did you mean `toast`?
v1.toml:15:6: error: there is no area `peple`
  hint: did you mean `people`?
v1.toml:17:9: error: there is no element `people.totl`
  hint: did you mean `people.total`?
v1.toml:22:9: error: `login` has no element `passwd`
  hint: did you mean `password`?
v1.toml:35:10: error: there is no area `poeple`
  hint: did you mean `people`?
"#,
    );
}

#[test]
fn areas_in_a_circle_are_told() {
    check(
        &[
            ("root = { role = \"main\" }", "root = { role = \"main\" }\nwithin = \"row\""),
            ("open = \"/people\"", "open = [ { open = \"login\" } ]"),
            ("open = \"/login\"", "open = [ { open = \"people\" } ]"),
        ],
        r#"
invite.toml:6:13: error: `people.invite` is in a row, and no row was found
  hint: add `on = "row"`, which finds and proves the person's row before the first step
sign_in.toml:9:14: error: `people` is in a row, and no row was found
  hint: add `on = "row"`, which finds and proves the person's row before the first step
v1.toml:21:8: error: opening `login` begins with `login` open
  hint: an `open` has to begin somewhere, with an address in the end
v1.toml:28:8: error: opening `people` begins with `people` open
  hint: an `open` has to begin somewhere, with an address in the end
v1.toml:30:10: error: areas within each other: people -> row -> people
  hint: an area is looked for in the one it is within; leave one `within` out
v1.toml:36:10: error: areas within each other: row -> people -> row
  hint: an area is looked for in the one it is within; leave one `within` out
"#,
    );
}

#[test]
fn placeholders_that_cannot_be_known_are_told() {
    check(
        &[
            ("mentions = \"{email}\"", "mentions = \"{role}\""),
            ("value = \"{password}\"", "value = \"{pasword}\""),
            ("value = \"{role}\"", "value = \"{role.badge}{name.given}\""),
            ("{ menuitem = \"Remove\" }", "{ menuitem = \"Remove {role.badge}\" }"),
            ("\"/people\"", "\"/people/{member.name}\""),
            ("{ css = \"tbody tr\" }", "{ css = \"tr.{email}\" }"),
        ],
        r#"
invite.toml:8:3: error: {name.given} is not supported by this version
  hint: leave it out; docs/formats.md lists the placeholders there are
remove.toml:7:3: error: {role.badge}, which `menu.remove` needs, cannot be known in remove
  hint: what can be known there: {email}, {member.email}, {member.name}
remove.toml:7:3: error: {role} cannot be known in remove
  hint: what can be known there: {email}, {member.email}, {member.name}
remove.toml:7:39: error: what has to be mentioned at the commit is nobody's
  hint: name whom it is about: mentions = "{email}"
sign_in.toml:7:3: error: nothing ever gives {pasword} a value
  hint: did you mean {password}?
v1.toml:28:8: error: {member.name} cannot be known while the console is read
  hint: no placeholder has a value there
v1.toml:36:16: error: the placeholder {email} is not filled in `css`
  hint: this value is used as it stands; find the element by role, text or label to use placeholders
"#,
    );
}

#[test]
fn words_that_could_mean_two_things_are_told() {
    check(
        &[
            ("\"User\", ", "\"User\", \"ADMIN\", "),
            ("privileged = true", "privilegd = true"),
            ("\"Pending\" = \"invited\"", "\"Pending\" = \"invited\", \"pending\" = \"actve\""),
        ],
        r#"
v1.toml:8:46: error: unknown key `privilegd` in a role
  hint: did you mean `privileged`? a word of your own needs a name less like it
v1.toml:8:89: error: the word `ADMIN` is a word of the role `admin` too
  hint: a word must tell which role is meant
v1.toml:9:49: error: `actve` is no meaning of a status
  hint: did you mean `active`?
v1.toml:9:49: error: the status `pending` is there twice
  hint: case does not matter; give one entry all meanings
"#,
    );
}

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
fn seats_are_read_and_nothing_else_is() {
    let seats = |does: &str, steps: &str| {
        report(&[(&REMOVE[REMOVE.find("does").unwrap()..], &format!("does = {does}\nsteps = [ {steps} ]\n"))])
    };
    let check = |got: String, expected: &str| assert!(got.contains(expected), "{got}");
    let read = "{ open = \"people\" }, { read = \"people.total\", as = \"used\" }";
    assert_eq!(seats("\"seats\"", read), "");
    check(
        seats("\"seats\"", "{ open = \"people\" }"),
        "remove.toml:4:9: error: the flow never reads how many seats",
    );
    check(
        seats("\"seats\"", &format!("{read}, {{ read = \"people.total\", as = \"used\" }}")),
        "error: `used` is read twice",
    );
    check(
        seats("\"seats\"", &format!("{read}, {{ click = \"people.invite\", commits = true }}")),
        "error: `seats` only looks, and does not click",
    );
    check(seats("\"seats\"\non = \"list\"", read), "error: `seats` is about nobody");
    check(
        seats("\"seats\"", &read.replace("as = \"used\"", "as = \"used\", optional = true")),
        "error: no step of `seats` is optional",
    );
    check(seats("[\"seats\", \"remove\"]", read), "error: `seats` is a flow of its own");
    check(
        report(&[(
            "{ click = \"menu.remove\",",
            "{ read = \"people.total\", as = \"x\" },\n  { click = \"menu.remove\",",
        )]),
        "remove.toml:7:3: error: `read` gives a result, which only `seats` hands on",
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
fn a_map_without_never_gets_a_warning() {
    check(
        &[("never = [\"Delete workspace\"]\n", "")],
        r#"
v1.toml:1:1: warning: the map can change things and has no `never` list
  hint: name what must never be clicked here: never = ["/^Transfer ownership/i", "Delete workspace"]
"#,
    );
}

#[test]
fn what_is_never_clicked_is_in_no_flow() {
    check(
        &[("\"Delete workspace\"", "\"/^remove/i\", { at = \"invite.send\" }")],
        r#"
invite.toml:9:13: error: `never` forbids `invite.send`
  hint: it would stop here each time; leave the step or the entry of `never` out
remove.toml:7:13: error: `never` forbids `menu.remove`
  hint: it would stop here each time; leave the step or the entry of `never` out
"#,
    );
}

#[test]
fn an_operation_has_one_flow() {
    check(
        &[("does = \"remove\"", "does = [\"remove\", \"invite\"]")],
        r#"
remove.toml:3:8: error: `invite` is carried out by `invite` as well
  hint: one flow an operation; delete one, name another operation, or say in `when` which case each is for
remove.toml:5:9: error: `invite` never chooses the {role}
  hint: choose it: { choose = "…", value = "{role}" }
"#,
    );
}

#[test]
fn moves_do_not_commit() {
    check(
        &[
            (
                "value = \"{email}\" } ]",
                "value = \"{email}\" }, { click = \"people.invite\", commits = true, optional = true } ]",
            ),
            ("open = \"/login\"", "open = \"login\""),
        ],
        r#"
sign_in.toml:5:12: error: `login` cannot be opened
  hint: give [areas.login] an `open`
v1.toml:18:59: error: a move must not commit
  hint: what changes something belongs into a recording
v1.toml:18:59: error: the last step cannot be optional
  hint: a step is left out when the next one can be done; end with one that is not optional
v1.toml:21:8: error: `login` is no address
  hint: an address on the workspace's host begins with /; anything else is a list of steps
"#,
    );
}

#[test]
fn rows_are_within_their_list_and_have_its_key() {
    check(
        &[
            ("rows = [\"row\"]", "rows = [\"toast\", \"login\", \"row\"]"),
            ("email = { column = \"Email\" }\n", ""),
            ("search = { role = \"searchbox\" }", "search = { column = \"x\" }"),
        ],
        r#"
sign_in.toml:6:12: error: `login.email` is in a row, and no row was found
  hint: add `on = "row"`, which finds and proves the person's row before the first step
sign_in.toml:7:12: error: `login.password` is in a row, and no row was found
  hint: add `on = "row"`, which finds and proves the person's row before the first step
sign_in.toml:8:13: error: `login.submit` is in a row, and no row was found
  hint: add `on = "row"`, which finds and proves the person's row before the first step
v1.toml:16:9: error: the row `toast` is not within `people`
  hint: add `within = "people"` to [areas.toast]
v1.toml:16:18: error: the row `login` has no `root`
  hint: the root says what one row is
v1.toml:16:18: error: the row `login` is not within `people`
  hint: add `within = "people"` to [areas.login]
v1.toml:31:1: error: `column` in `people`, which is no row of a list
  hint: a column is looked for in a row: name the area in `rows` of the list
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
fn an_area_without_a_root_needs_something_to_know_it_by() {
    check(
        &[("ready = \"password\"\n", "")],
        r#"
v1.toml:20:8: error: nothing tells that `login` is on the page
  hint: give it a `root`, or as `ready` the name of an element that only it shows
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
fn a_change_needs_a_list_to_be_read_back_from() {
    check(
        &[(
            "[lists.members]\nat = \"people\"\nrows = [\"row\"]\ntotal = \"people.total\"\nsearch = [ { fill = \"people.search\", value = \"{email}\" } ]\n",
            "",
        )],
        r#"
invite.toml:4:6: error: the map has no list of members
  hint: every change is proved by reading the list back: add [lists.members] to the map
remove.toml:4:6: error: the map has no list of members
  hint: every change is proved by reading the list back: add [lists.members] to the map
"#,
    );
}

#[test]
fn constant_cells_say_something_known() {
    check(
        &[
            ("[areas.row]", "[areas.row]\nis = { role = \"guest\", status = \"gone\" }"),
            ("[areas.menu]", "[areas.menu]\nis = { role = \"user\" }"),
        ],
        r#"
v1.toml:35:15: error: `guest` is no role
  hint: name the id of a role, or one of its words
v1.toml:35:33: error: `gone` is no status
  hint: a word of `statuses`, or one of active, invited, expired, deactivated, removed
v1.toml:43:1: error: `is` in `menu`, which is no row
  hint: `is` gives cells to rows: name the area in `rows` of the list
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
fn a_candidate_is_inside_an_area_with_a_root() {
    check(
        &[
            ("{ button = \"Send\" }", "{ button = \"Send\", within = \"login\" }"),
            ("{ button = \"More\" }", "{ button = \"More\", within = \"people.invite\" }"),
        ],
        r#"
v1.toml:39:1: error: there is no area `people.invite`
  hint: only an area can stand here: `people`
v1.toml:49:1: error: `within` names `login`, which has no root
  hint: give [areas.login] a `root`, or write a candidate
"#,
    );
}

#[test]
fn several_values_need_a_field_that_takes_them() {
    let several = (
        "{ fill = \"invite.email\", value = \"{email}\" }",
        "{ fill = \"invite.email\", value = \"{emails}\" }",
    );
    let takes = (
        "email = { label = \"Email\" }\nrole",
        "email = { find = { label = \"Email\" }, sep = \"; \" }\nrole",
    );
    let told =
        |changes: &[(&str, &str)]| report(changes).contains("`invite.email` takes one value, not several");
    assert!(told(&[several]));
    assert!(!told(&[several, takes]));
}
