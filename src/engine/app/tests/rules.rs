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
