//! Folders, hashes, and what a loaded map answers.

use super::*;

#[test]
fn what_is_shipped_loads_without_a_word() {
    let apps = Apps::builtin();
    let problems: Vec<_> = apps.check_all().iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(apps.list().contains(&("coassemble".to_owned(), "members-2026-03".to_owned())));
    let app = apps.load("coassemble", "members-2026-03").unwrap();
    assert_eq!(app.id(), "coassemble/members-2026-03");
    assert_eq!(app.sha256.len(), 64);
    // The documented console knows no deactivation.
    for operation in OPERATIONS {
        let is_there = !["deactivate", "reactivate"].contains(&operation);
        assert_eq!(app.flow_for(operation).is_some(), is_there, "{operation}");
    }
}

#[test]
fn the_built_in_files_are_those_of_the_checkout() {
    let checkout = Apps::from_dir(std::path::Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let builtin = Apps::builtin();
    assert_eq!(checkout.list(), builtin.list());
    for (app, version) in builtin.list() {
        let sha256 = |apps: &Apps| apps.load(&app, &version).unwrap().sha256;
        assert_eq!(sha256(&checkout), sha256(&builtin), "{app}/{version}");
    }
}

#[test]
fn words_of_roles_and_statuses_are_understood() {
    let map = demo(&[]).load("demo", "v1").unwrap().map;
    let role = |word| map.role_of(word).map(|role| role.role.id.as_str().to_owned());
    assert_eq!(role(" admin\n").as_deref(), Some("admin"));
    assert_eq!(role("Member (guest)").as_deref(), Some("user"));
    assert_eq!(role("Owner"), None);
    let status = |word| {
        map.status_of(word)
            .map(|meanings| meanings.iter().map(|meaning| meaning.as_str()).collect::<Vec<_>>())
    };
    assert_eq!(status("PENDING"), Some(vec!["invited"]));
    assert_eq!(status("off"), Some(vec!["expired", "deactivated"]));
    assert_eq!(status("Removed"), Some(vec!["removed"]));
    assert_eq!(status("Active since May"), Some(vec!["active"]));
    assert_eq!(status("Away"), None);
}

#[test]
fn a_row_has_columns_and_other_elements() {
    let map = demo(&[]).load("demo", "v1").unwrap().map;
    let columns: Vec<_> = map.areas["row"].columns().map(|(name, _)| name).collect();
    assert_eq!(columns, ["email", "name"]);
    assert_eq!(map.roles[1].fields["badge"], "U");
    assert_eq!(map.roles[1].word(), Some("User"));
}

#[test]
fn the_hash_is_over_map_and_recordings() {
    let sha256 = |changes: &[(&str, &str)]| demo(changes).load("demo", "v1").unwrap().sha256;
    let plain = sha256(&[]);
    assert_eq!(plain, sha256(&[]));
    assert_ne!(plain, sha256(&[("title = \"People\"", "title = \"Persons\"")]));
    assert_ne!(plain, sha256(&[("title = \"Remove\"", "title = \"Remove somebody\"")]));
}

#[test]
fn a_map_that_is_not_there_is_told_with_the_nearest_one() {
    let problems = demo(&[]).load("demo", "v2").unwrap_err();
    assert_eq!(problems.len(), 1);
    assert_eq!(
        problems[0].to_string(),
        "selectors/demo/v2.toml: error: there is no map for `demo/v2`\n  hint: did you mean `demo/v1`?"
    );
}

#[test]
fn files_where_nothing_looks_for_them_are_told() {
    let apps = Apps::from_files([
        ("selectors/demo/v1.toml", MAP),
        ("selectors/v1.toml", ""),
        ("recordings/demo/v2/invite.toml", INVITE),
    ]);
    let problems: Vec<_> =
        apps.check_all().iter().map(|problem| format!("{}: {}", problem.file, problem.message)).collect();
    assert_eq!(
        problems,
        [
            "recordings/demo/v2/invite.toml: there is no map `selectors/demo/v2.toml` for this recording",
            "selectors/v1.toml: nothing looks for a file here",
        ]
    );
}

#[test]
fn a_data_folder_is_read_and_its_files_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let missing = Apps::from_dir(folder.path()).unwrap_err();
    assert!(matches!(&missing, DataError::Missing(path) if path.ends_with("selectors")), "{missing}");
    assert!(!missing.hint().is_empty());
    let write = |path: &str, bytes: &[u8]| {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let map = write("selectors/demo/v1.toml", MAP.as_bytes());
    let flow = write("recordings/demo/v1/invite.toml", INVITE.as_bytes());
    write("recordings/demo/v1/notes.md", b"no recording");
    assert!(Apps::from_dir(folder.path()).unwrap().load("demo", "v1").is_ok());
    assert_eq!(Apps::check_files(&[map.clone(), flow.clone()]).unwrap(), []);

    write("recordings/demo/v1/remove.toml", b"title = \"\xff\"");
    let stray = write("stray.toml", b"");
    let problems = Apps::check_files(&[flow, stray, folder.path().join("selectors/demo/v9.toml")]).unwrap();
    let messages: Vec<_> = problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(
        messages,
        ["the file is not UTF-8", "there is no such file", "the file is neither a map nor a recording"]
    );
    assert!(problems[0].file.ends_with("recordings/demo/v1/remove.toml"), "{}", problems[0].file);
}

/// The reference for people; its example is checked like any other map.
const REFERENCE: &str = include_str!("../../../../docs/formats.md");

#[test]
fn the_example_of_the_reference_loads_without_a_word() {
    let mut files = Vec::new();
    for (fence, _) in REFERENCE.match_indices("```toml\n") {
        let line_before = REFERENCE[..fence].trim_end().lines().last().unwrap_or_default();
        let path = line_before.strip_prefix('`').and_then(|line| line.strip_suffix("`:"));
        let text = REFERENCE[fence..].strip_prefix("```toml\n").and_then(|rest| rest.split_once("```"));
        files.extend(path.zip(text.map(|(text, _)| text)));
    }
    assert_eq!(files.len(), 4);
    let apps = Apps::from_files(files);
    let problems: Vec<_> = apps.check_all().iter().map(ToString::to_string).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    assert!(apps.load("acme", "people-2026").is_ok());
}

#[test]
fn the_reference_names_all_there_is() {
    let words = OPERATIONS
        .into_iter()
        .chain(recording::KEYS)
        .chain(map::COLUMNS)
        .chain(recording_reader::VERBS)
        .chain(recording_reader::LATER_VERBS)
        .chain(element_reader::ELEMENT_KEYS)
        .chain(element_reader::FINDING)
        .chain(crate::domain::StatusMeaning::ALL.map(crate::domain::StatusMeaning::as_str))
        .chain(Evidence::ALL.map(Evidence::as_str));
    let missing: Vec<_> = words.filter(|word| !REFERENCE.contains(word)).collect();
    assert!(missing.is_empty(), "docs/formats.md says nothing of {missing:?}");
}
