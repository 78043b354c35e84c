//! The rules of the source tree that the compiler does not know, checked by reading the files.
//!
//! A rule takes one file and returns what it finds; that each of them can fail is tested below on small made-up files.
//! What is looked for is looked for in code: comments may say anything, and strings count only where a rule says so.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

/// A file, by its path from the top of the project.
struct Source {
    path: String,
    text: String,
}

/// A line and what is wrong with it.
type Finding = (usize, String);
type Rule = fn(&Source) -> Vec<Finding>;

const RULES: [Rule; 8] = [
    begins_with_its_docs,
    is_short_enough,
    domain_is_pure,
    imports_go_down,
    crate_has_its_place,
    prints_in_one_place,
    names_no_app,
    links_resolve,
];

/// No file of src is longer.
const MOST_LINES: usize = 500;

/// What rules without IO, clock and async never need.
const IMPURE: [&str; 10] = [
    "serde",
    "serde_json",
    "tokio",
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
    "std::time::Instant",
    "std::time::SystemTime",
];

/// Who may not import whom. The later an altitude, the more it may see; the practice console sees nothing of ours.
const DIRECTIONS: [(&str, &[&str]); 4] = [
    ("src/domain/", &["crate::engine", "crate::interfaces", "crate::sandbox"]),
    ("src/engine/", &["crate::interfaces", "crate::sandbox"]),
    ("src/interfaces/config", &["crate::interfaces::cli"]),
    ("src/sandbox/", &["crate::domain", "crate::engine", "crate::interfaces"]),
];

/// Crates that one place only knows, so that they can be replaced there.
const PLACES: [(&str, &[&str]); 4] = [
    (
        "fantoccini",
        &["src/engine/browser/webdriver.rs", "src/engine/browser/webdriver/", "src/engine/browser/raw.rs"],
    ),
    ("rusqlite", &["src/engine/journal/"]),
    ("clap", &["src/interfaces/cli/args.rs", "src/interfaces/cli/args/"]),
    ("axum", &["src/sandbox/"]),
];

/// The one place that writes to the terminal.
const PRINTER: &str = "src/interfaces/cli/printer.rs";

/// Names and labels of consoles: they belong into selectors/ and recordings/.
const APPS: [&str; 3] = ["coassemble", "workspace settings", "invite members"];

#[test]
fn the_sources_keep_the_rules_of_the_tree() {
    let sources = sources();
    assert!(sources.len() > 50, "these are not the sources: {} files", sources.len());
    let found: Vec<String> = sources.iter().flat_map(|source| findings(source, &RULES)).collect();
    assert!(found.is_empty(), "{} findings:\n{}", found.len(), found.join("\n"));
}

fn findings(source: &Source, rules: &[Rule]) -> Vec<String> {
    let of = |rule: &Rule| rule(source);
    rules.iter().flat_map(of).map(|(line, what)| format!("{}:{line}: {what}", source.path)).collect()
}

fn sources() -> Vec<Source> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    for name in ["src", "tests", "docs"] {
        collect(top, &top.join(name), &mut sources);
    }
    for name in ["README.md", "CHANGELOG.md"] {
        sources
            .push(Source { path: name.to_owned(), text: std::fs::read_to_string(top.join(name)).unwrap() });
    }
    sources
}

fn collect(top: &Path, folder: &Path, sources: &mut Vec<Source>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(top, &path, sources);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "rs" || extension == "js" || extension == "md")
        {
            let name = path.strip_prefix(top).unwrap().to_str().unwrap().to_owned();
            sources.push(Source { path: name, text: std::fs::read_to_string(&path).unwrap() });
        }
    }
}

// The rules

fn begins_with_its_docs(source: &Source) -> Vec<Finding> {
    let missing = source.is_rust() && !source.text.starts_with("//! ");
    missing.then(|| (1, "has no //! that says what it is for".to_owned())).into_iter().collect()
}

fn is_short_enough(source: &Source) -> Vec<Finding> {
    let lines = source.text.lines().count();
    let long = source.path.starts_with("src/") && lines > MOST_LINES;
    long.then(|| (lines, format!("is longer than {MOST_LINES} lines"))).into_iter().collect()
}

fn domain_is_pure(source: &Source) -> Vec<Finding> {
    if !source.path.starts_with("src/domain/") {
        return Vec::new();
    }
    static ASYNC: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\basync\b|\.await\b").unwrap());
    let code = source.code();
    let mut found: Vec<Finding> = ASYNC
        .find_iter(&code)
        .map(|at| (line_of(&code, at.start()), "the domain has no async".to_owned()))
        .collect();
    for (line, path) in paths(&code) {
        found.extend(
            IMPURE
                .iter()
                .filter(|impure| is_in(&path, impure))
                .map(|impure| (line, format!("the domain has no {impure}"))),
        );
    }
    found
}

fn imports_go_down(source: &Source) -> Vec<Finding> {
    if source.is_test() {
        return Vec::new();
    }
    let barred: Vec<&str> = DIRECTIONS
        .iter()
        .filter(|(from, _)| source.path.starts_with(from))
        .flat_map(|(_, barred)| *barred)
        .copied()
        .collect();
    let mut found = Vec::new();
    for (line, path) in paths(&source.code_outside_tests()) {
        let path = source.rooted(&path);
        found.extend(
            barred
                .iter()
                .filter(|barred| is_in(&path, barred))
                .map(|barred| (line, format!("may not see {barred}"))),
        );
    }
    found
}

fn crate_has_its_place(source: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    if !source.path.starts_with("src/") {
        return found;
    }
    for (line, path) in paths(&source.code()) {
        for (name, places) in PLACES {
            if is_in(&path, name) && !places.iter().any(|place| source.path.starts_with(place)) {
                found.push((line, format!("{name} is known to {} only", places.join(", "))));
            }
        }
    }
    found
}

fn prints_in_one_place(source: &Source) -> Vec<Finding> {
    static PRINT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\be?print(ln)?!").unwrap());
    if !source.path.starts_with("src/") || source.is_test() || source.path == PRINTER {
        return Vec::new();
    }
    let code = source.code_outside_tests();
    PRINT.find_iter(&code).map(|at| (line_of(&code, at.start()), format!("only {PRINTER} prints"))).collect()
}

fn names_no_app(source: &Source) -> Vec<Finding> {
    let ours =
        source.is_rust() && source.path.starts_with("src/") && !source.path.starts_with("src/sandbox/");
    if !ours || source.is_test() {
        return Vec::new();
    }
    let said = outside_tests(&blanked(&source.text, false)).to_lowercase();
    let found = |app: &'static str| {
        said.match_indices(app)
            .map(|(at, _)| (line_of(&said, at), format!("{app:?} belongs into selectors/ or recordings/")))
            .collect()
    };
    APPS.into_iter().flat_map::<Vec<Finding>, _>(found).collect()
}

fn links_resolve(source: &Source) -> Vec<Finding> {
    static LINK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\]\(([^)#\s]+)").unwrap());
    if !source.path.ends_with(".md") {
        return Vec::new();
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(&source.path);
    let folder = folder.parent().unwrap();
    let broken = |target: &str| !target.contains("://") && !folder.join(target).exists();
    let links = LINK.captures_iter(&source.text).map(|link| link.get(1).unwrap());
    links
        .filter(|link| broken(link.as_str()))
        .map(|link| (line_of(&source.text, link.start()), format!("there is no {}", link.as_str())))
        .collect()
}

// Reading Rust, as far as the rules need it

impl Source {
    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    fn is_test(&self) -> bool {
        self.path.starts_with("tests/") || self.path.contains("/tests/") || self.path.ends_with("/tests.rs")
    }

    /// The text with comments and the insides of strings blanked.
    fn code(&self) -> String {
        if self.is_rust() { blanked(&self.text, true) } else { String::new() }
    }

    fn code_outside_tests(&self) -> String {
        outside_tests(&self.code())
    }

    /// A path as it is called from the crate's root, if it begins with `super`; else as it is.
    fn rooted(&self, path: &str) -> String {
        let file = self.path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod");
        let mut modules: Vec<&str> = file.split('/').collect();
        let mut rest = path;
        while let Some(shorter) = rest.strip_prefix("super::") {
            modules.pop();
            rest = shorter;
        }
        if rest == path {
            return path.to_owned();
        }
        ["crate"].into_iter().chain(modules).chain([rest]).collect::<Vec<_>>().join("::")
    }
}

fn is_in(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// Every path in the code with its line; those of a braced `use` are written out.
fn paths(code: &str) -> Vec<Finding> {
    static USE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\buse\s+([^;]+);").unwrap());
    static PATH: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b[a-z_]\w*(::\w+)+").unwrap());
    let mut found: Vec<Finding> =
        PATH.find_iter(code).map(|path| (line_of(code, path.start()), path.as_str().to_owned())).collect();
    for tree in USE.captures_iter(code).map(|import| import.get(1).unwrap()) {
        let mut written_out = Vec::new();
        write_out("", tree.as_str(), &mut written_out);
        found.extend(written_out.into_iter().map(|path| (line_of(code, tree.start()), path)));
    }
    found.sort();
    found.dedup();
    found
}

/// Writes `a::{b, c::{d}}` out as `a::b` and `a::c::d`.
fn write_out(before: &str, tree: &str, found: &mut Vec<String>) {
    let tree = tree.trim().trim_start_matches("::");
    let Some((head, rest)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap().trim();
        found.push(format!("{before}{path}").trim_end_matches("::self").to_owned());
        return;
    };
    let inside = rest.trim_end().strip_suffix('}').unwrap_or(rest);
    let before = format!("{before}{}", head.trim());
    let (mut depth, mut begin) = (0_usize, 0);
    for (at, c) in inside.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                write_out(&before, &inside[begin..at], found);
                begin = at + 1;
            }
            _ => {}
        }
    }
    if !inside[begin..].trim().is_empty() {
        write_out(&before, &inside[begin..], found);
    }
}

/// The text without its `#[cfg(test)] mod … { … }`; lines stay where they were.
fn outside_tests(text: &str) -> String {
    static TESTS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?ms)^#\[cfg\(test\)\]\s*(#\[[^\n]*\]\s*)*mod \w+ \{$.*?^\}$").unwrap()
    });
    TESTS
        .replace_all(text, |tests: &regex::Captures<'_>| "\n".repeat(tests[0].matches('\n').count()))
        .into_owned()
}

/// The text with comments, and the insides of strings if asked, overwritten by spaces; lines stay where they were.
fn blanked(text: &str, strings_too: bool) -> String {
    static TOKEN: LazyLock<Regex> = LazyLock::new(|| {
        let comment = r"(?<comment>//[^\n]*|/\*(?s:.*?)\*/)";
        let string = r###"(?<string>r"[^"]*"|r#"(?s:.*?)"#|r##"(?s:.*?)"##|"(?:[^"\\]|\\(?s:.))*"|'(?:[^'\\\n]|\\[^\n]{1,9}?)')"###;
        Regex::new(&format!("{comment}|{string}")).unwrap()
    });
    let blank = |text: &str| text.chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect::<String>();
    let cover = |token: &regex::Captures<'_>| {
        if token.name("comment").is_some() || strings_too { blank(&token[0]) } else { token[0].to_owned() }
    };
    TOKEN.replace_all(text, cover).into_owned()
}

// Each rule can fail

/// Checks that the rule finds something in exactly these lines.
#[track_caller]
fn check(rule: Rule, path: &str, text: &str, lines: &[usize]) {
    let source = Source { path: path.to_owned(), text: text.to_owned() };
    let found = rule(&source);
    assert_eq!(found.iter().map(|(line, _)| *line).collect::<Vec<_>>(), lines, "{path}: {found:?}\n{text}");
}

#[test]
fn a_file_without_its_docs_is_found() {
    check(begins_with_its_docs, "src/domain/plan.rs", "use std::fmt;\n//! Late.\n", &[1]);
    check(begins_with_its_docs, "src/domain/plan.rs", "//! What is to be done.\n", &[]);
    check(begins_with_its_docs, "src/sandbox/skins/a.js", "// Not Rust.\n", &[]);
}

#[test]
fn a_long_file_is_found() {
    check(is_short_enough, "src/engine/apply.rs", &"\n".repeat(MOST_LINES + 1), &[MOST_LINES + 1]);
    check(is_short_enough, "src/engine/apply.rs", &"\n".repeat(MOST_LINES), &[]);
    check(is_short_enough, "tests/it/operations.rs", &"\n".repeat(MOST_LINES + 1), &[]);
}

#[test]
fn a_domain_that_does_something_is_found() {
    check(domain_is_pure, "src/domain/plan.rs", "//! No async, no serde.\nfn plan() {}\n", &[]);
    check(domain_is_pure, "src/domain/plan.rs", "async fn plan() {}\n", &[1]);
    check(domain_is_pure, "src/domain/plan.rs", "use std::time::{Duration, SystemTime};\n", &[1]);
    check(domain_is_pure, "src/domain/plan.rs", "use std::time::Duration;\n", &[]);
    check(domain_is_pure, "src/domain/plan.rs", "\n#[derive(serde::Serialize)]\nstruct Plan;\n", &[2]);
    check(
        domain_is_pure,
        "src/domain/plan.rs",
        "fn a() -> String { std::fs::read_to_string(\"a\") }\n",
        &[1],
    );
    check(
        domain_is_pure,
        "src/domain/plan.rs",
        "use std::{collections::BTreeMap, net};\nuse tokio;\n",
        &[1, 2],
    );
    check(domain_is_pure, "src/domain/plan.rs", "const A: &str = \"std::fs::read\";\n", &[]);
    check(domain_is_pure, "src/engine/apply.rs", "use tokio::fs;\n", &[]);
}

#[test]
fn an_import_of_what_lies_above_is_found() {
    check(imports_go_down, "src/domain/plan.rs", "use crate::engine::report::Report;\n", &[1]);
    check(imports_go_down, "src/domain/plan.rs", "use crate::{domain::change::Change, engine};\n", &[1]);
    check(imports_go_down, "src/domain/plan.rs", "use super::super::engine::Engine;\n", &[1]);
    check(imports_go_down, "src/domain/mod.rs", "use super::engine::Engine;\n", &[1]);
    check(imports_go_down, "src/domain/plan.rs", "use super::change::Change;\n", &[]);
    check(
        imports_go_down,
        "src/engine/apply.rs",
        "use crate::domain::Plan;\n\nfn a() { crate::interfaces::cli::run() }\n",
        &[3],
    );
    check(imports_go_down, "src/interfaces/cli/mod.rs", "use crate::{domain, engine, sandbox};\n", &[]);
    check(imports_go_down, "src/interfaces/config/mod.rs", "use super::cli::exit;\n", &[1]);
    check(
        imports_go_down,
        "src/sandbox/state.rs",
        "use crate::domain::Email;\nuse crate::sandbox::Fault;\n",
        &[1],
    );
    let tests = "use super::*;\n#[cfg(test)]\nmod tests {\n    use crate::domain::Email;\n}\nuse crate::engine::Engine;\n";
    check(imports_go_down, "src/sandbox/state.rs", tests, &[6]);
    check(imports_go_down, "src/sandbox/tests.rs", "use crate::domain::Email;\n", &[]);
}

#[test]
fn a_crate_outside_its_place_is_found() {
    check(crate_has_its_place, "src/engine/session.rs", "use fantoccini::Client;\n", &[1]);
    check(crate_has_its_place, "src/engine/browser/webdriver.rs", "use fantoccini::Client;\n", &[]);
    check(crate_has_its_place, "src/engine/settle.rs", "\nfn a(row: &rusqlite::Row) {}\n", &[2]);
    check(crate_has_its_place, "src/engine/journal/store.rs", "use rusqlite::{Connection, params};\n", &[]);
    check(crate_has_its_place, "src/interfaces/cli/printer.rs", "use clap::Parser;\n", &[1]);
    check(
        crate_has_its_place,
        "src/engine/mod.rs",
        "// fantoccini::Client was turned down.\nuse axum::Router;\n",
        &[2],
    );
}

#[test]
fn a_print_elsewhere_is_found() {
    check(
        prints_in_one_place,
        "src/engine/apply.rs",
        "fn a() {\n    println!(\"a\");\n    eprint!(\"b\");\n}\n",
        &[2, 3],
    );
    check(prints_in_one_place, PRINTER, "fn a() { println!(\"a\") }\n", &[]);
    check(prints_in_one_place, "src/engine/apply.rs", "// No println!\nconst A: &str = \"println!\";\n", &[]);
    let tests = "#[cfg(test)]\nmod tests {\n    fn a() { println!(\"a\") }\n}\nfn b() { print!(\"b\") }\n";
    check(prints_in_one_place, "src/engine/apply.rs", tests, &[5]);
}

#[test]
fn an_app_s_name_in_the_program_is_found() {
    check(names_no_app, "src/engine/apply.rs", "const APP: &str = \"Coassemble\";\n", &[1]);
    check(
        names_no_app,
        "src/engine/apply.rs",
        "fn a() {}\nconst B: &str = r#\"a \"Invite Members\"\"#;\n",
        &[2],
    );
    check(
        names_no_app,
        "src/engine/apply.rs",
        "// Say `coassemble/members`.\nconst A: &str = \"https://a.example\";\n",
        &[],
    );
    check(names_no_app, "src/sandbox/skins.rs", "const APP: &str = \"coassemble\";\n", &[]);
    check(names_no_app, "src/engine/app/tests/loading.rs", "const APP: &str = \"coassemble\";\n", &[]);
}

#[test]
fn a_link_to_nothing_is_found() {
    check(
        links_resolve,
        "docs/a.md",
        "[a](../README.md) [b](#b) [c](https://c.example/)\n[d](gone.md#d)\n",
        &[2],
    );
    check(links_resolve, "README.md", "![a](docs/screenshots/gone.png)\n", &[1]);
    check(links_resolve, "src/lib.rs", "//! [a](gone.md)\n", &[]);
}
