//! The rules of `export`, on slips in the example.

use super::{REMOVE, report};

#[test]
fn an_export_ends_with_its_file_and_changes_nothing() {
    let export = |does: &str, steps: &str| {
        report(&[(&REMOVE[REMOVE.find("does").unwrap()..], &format!("does = {does}\nsteps = [ {steps} ]\n"))])
    };
    let check = |got: String, expected: &str| assert!(got.contains(expected), "{got}");
    let download = "{ download = \"people.invite\" }";
    assert_eq!(export("\"export\"\non = \"list\"", download), "");
    check(export("\"export\"", "{ open = \"people\" }"), "error: the flow never downloads the file");
    check(
        export("\"export\"", &format!("{download}, {{ click = \"people.invite\" }}")),
        "error: there is a step after the download",
    );
    check(
        export("\"export\"", &format!("{{ click = \"people.invite\", commits = true }}, {download}")),
        "error: `export` does not commit",
    );
    check(
        export("\"export\"", &download.replace(" }", ", optional = true }")),
        "error: the download cannot be optional",
    );
    check(export("\"export\"\non = \"row\"", download), "error: `export` is about nobody");
    check(export("\"export\"\nproof = \"response\"", download), "error: `export` changes nothing to be");
    check(
        export("\"export\"", &format!("{{ press = \"Enter\" }}, {download}")),
        "error: a key is pressed that may send a form",
    );
    check(export("\"export\"\nmany = 2", download), "error: `export` is about nobody, so not");
    check(export("[\"export\", \"remove\"]", download), "error: `export` is a flow of its own");
    check(
        export("\"export\"", &download.replace("people.invite", "people.file")),
        "no element `people.file`",
    );
    check(
        export("\"seats\"", &format!("{{ read = \"people.total\", as = \"used\" }}, {download}")),
        "error: `download` is for `export` only",
    );
    check(
        report(&[("open = \"/people\"", "open = [ { download = \"people.invite\" } ]")]),
        "error: a move must not download",
    );
}
