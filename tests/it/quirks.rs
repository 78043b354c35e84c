//! What real consoles do: a small page for each quirk, and the runner on it.
//!
//! Each test is called like its page in `tests/pages`; `docs/quirks.md` tells in a table what the page does, how a map
//! says it, and which code the test would fail without.

mod actions;
pub(crate) mod answers;
mod cases;
pub(crate) mod console;
pub(crate) mod controls;
pub(crate) mod exports;
mod lists;
pub(crate) mod many;
mod obstacles;
mod sends;
pub(crate) mod sessions;
pub(crate) mod twice;

/// No page is forgotten: each has its line in the table and its test, and stays small enough to be read at a glance.
#[test]
fn every_page_has_its_line_and_its_test() {
    let top = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = std::fs::read_to_string(top.join("docs/quirks.md")).unwrap();
    let tests = [
        include_str!("quirks/actions.rs"),
        include_str!("quirks/answers.rs"),
        include_str!("quirks/cases.rs"),
        include_str!("quirks/controls.rs"),
        include_str!("quirks/exports.rs"),
        include_str!("quirks/lists.rs"),
        include_str!("quirks/many.rs"),
        include_str!("quirks/obstacles.rs"),
        include_str!("quirks/sends.rs"),
        include_str!("quirks/sessions.rs"),
        include_str!("quirks/twice.rs"),
    ];
    let mut pages = 0;
    for entry in std::fs::read_dir(top.join("tests/pages")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        if path.extension().is_none_or(|extension| extension != "toml") || name == "console" {
            continue;
        }
        pages += 1;
        assert!(
            table.contains(&format!("| [{name}](../tests/pages/{name}.html) |")),
            "{name} has no line in docs/quirks.md"
        );
        let test = format!("\nfn {}() {{", name.replace('-', "_"));
        assert!(tests.iter().any(|text| text.contains(&test)), "{name} has no test");
        let lines = std::fs::read_to_string(path.with_extension("html")).unwrap().lines().count();
        assert!(lines < 60, "{name}.html has {lines} lines");
    }
    assert!(pages > 30, "{pages} pages");
}
