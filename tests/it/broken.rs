//! Broken maps and recordings, and exactly what their maintainer is told.
//!
//! Each case is the good app of `tests/broken/good` with one slip made in it, or with several, for all have to come at
//! once. What `selectors check` prints lies in `tests/broken/NAME.snap`; `INSTA_UPDATE=always cargo test` writes it
//! anew, and reading those files is how messages are judged.

use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::cli::{Came, came};
use crate::schemas;

const GOOD: [(&str, &str); 7] = [
    ("selectors/acme/v1.toml", include_str!("../broken/good/selectors/acme/v1.toml")),
    ("recordings/acme/v1/sign_in.toml", include_str!("../broken/good/recordings/acme/v1/sign_in.toml")),
    ("recordings/acme/v1/invite.toml", include_str!("../broken/good/recordings/acme/v1/invite.toml")),
    ("recordings/acme/v1/remove.toml", include_str!("../broken/good/recordings/acme/v1/remove.toml")),
    (
        "recordings/acme/v1/change_role.toml",
        include_str!("../broken/good/recordings/acme/v1/change_role.toml"),
    ),
    ("recordings/acme/v1/resend.toml", include_str!("../broken/good/recordings/acme/v1/resend.toml")),
    ("recordings/acme/v1/seats.toml", include_str!("../broken/good/recordings/acme/v1/seats.toml")),
];

/// The one file whose path has this.
fn path_of(file: &str) -> &'static str {
    GOOD.into_iter().find(|(path, _)| path.contains(file)).unwrap().0
}

/// The good app in a folder of its own.
struct Broken {
    folder: TempDir,
}

impl Broken {
    fn new() -> Self {
        let broken = Self { folder: tempfile::tempdir().unwrap() };
        for (path, text) in GOOD {
            broken.write(path, text);
        }
        broken
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn rename(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.folder.path().join(from)).unwrap();
        self.write(to, &text);
        std::fs::remove_file(self.folder.path().join(from)).unwrap();
    }

    /// Makes a slip in the one file whose name begins so.
    fn slip(&self, file: &str, old: &str, new: &str) {
        let path = path_of(file);
        let text = std::fs::read_to_string(self.folder.path().join(path)).unwrap();
        assert!(text.contains(old), "no {old:?} in {path}:\n{text}");
        self.write(path, &text.replacen(old, new, 1));
    }

    fn check(&self) -> Came {
        let mut command = Command::new(env!("CARGO_BIN_EXE_seatwright"));
        command.args(["selectors", "check", "--data", "."]).current_dir(self.folder.path());
        came(command.env_clear().env("HOME", self.folder.path()).output().unwrap())
    }

    /// Holds what is told against the snapshot of that name.
    fn told(&self, name: &str) {
        let came = self.check();
        assert_eq!(came.code, 2, "{name}: {}{}", came.out, came.err);
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(Path::new("../broken"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let counted = came.err.lines().last().unwrap_or_default().to_owned();
        settings.bind(|| insta::assert_snapshot!(name, format!("{}{counted}", came.out)));
    }
}

/// One slip or more, each in a file, from a text to another.
#[track_caller]
fn check(name: &str, slips: &[(&str, &str, &str)]) {
    let broken = Broken::new();
    for (file, old, new) in slips {
        broken.slip(file, old, new);
    }
    broken.told(name);
    for (file, ..) in slips {
        let path = path_of(file);
        schemas::hold_slip(name, path, &std::fs::read_to_string(broken.folder.path().join(path)).unwrap());
    }
}

#[test]
fn the_app_that_is_broken_here_is_good() {
    let came = Broken::new().check();
    assert_eq!((came.code, came.out.as_str()), (0, ""), "{}", came.err);
}

#[test]
fn toml_that_is_none() {
    check("toml-quote-not-closed", &[("v1", "title = \"People\"", "title = \"People")]);
    check("toml-bracket-not-closed", &[("invite", "timeout = \"20s\" },\n]", "timeout = \"20s\" },")]);
    check("toml-comma-missing", &[("remove", "\"row.menu\" },", "\"row.menu\" }")]);
    check("toml-value-missing", &[("v1", "language = \"en\"", "language =")]);
    check("toml-backslash-in-a-string", &[("v1", r"match = '/^(\d+)/' }", r#"match = "/^(\d+)/" }"#)]);
    check("toml-table-twice", &[("v1", "[areas.news]", "[areas.menu]")]);
    check(
        "toml-key-twice",
        &[(
            "v1",
            "email = { label = \"Email\" }",
            "email = { label = \"Email\" }\nemail = { css = \"#email\" }",
        )],
    );
}

#[test]
fn keys_and_types() {
    check(
        "key-mistyped",
        &[
            ("v1", "language", "langauge"),
            ("invite", "timeout", "tiemout"),
            ("v1", "{ label = \"Password\" }", "{ lable = \"Password\" }"),
        ],
    );
    check(
        "key-of-another-format",
        &[
            (
                "v1",
                "menu = [ { button = \"/more/i\" }, { css = \"button[aria-haspopup]\" } ]",
                "menu = { selector = \"button.menu\" }",
            ),
            ("remove", "{ click = \"row.menu\" }", "{ click = \"row.menu\", wait = \"2s\" }"),
        ],
    );
    check(
        "wrong-types",
        &[
            ("v1", "title = \"People\"", "title = 7"),
            ("v1", "2026-01-31", "\"2026-01-31\""),
            ("v1", "rows = [\"row\"]", "rows = \"row\""),
            ("v1", "privileged = true", "privileged = \"yes\""),
            ("invite", "commits = true", "commits = \"true\""),
        ],
    );
    check(
        "keys-missing",
        &[
            ("v1", "title = \"People\"\n", ""),
            ("v1", "at = \"people\"\n", ""),
            ("invite", "title = \"Invite somebody\"\n", ""),
            ("invite", ", value = \"{role}\"", ""),
        ],
    );
    check("format-of-another-year", &[("v1", "format = 1", "format = 2")]);
    check(
        "day-and-duration",
        &[("v1", "2026-01-31", "2026-01-31T10:00:00Z"), ("invite", "\"20s\"", "\"20\"")],
    );
    check(
        "nothing-in-it",
        &[
            ("v1", "rows = [\"row\"]", "rows = []"),
            ("v1", "{ button = \"Send\" }", "{}"),
            ("v1", "{ button = \"Save\" }", "{ button = \"\" }"),
            ("v1", "\"/login\"", "\"login\""),
        ],
    );
    check(
        "two-ways-to-read-a-candidate",
        &[
            ("v1", "{ button = \"Send\" }", "{ button = \"Send\", link = \"Send\" }"),
            ("v1", "{ button = \"Save\" }", "{ name = \"Save\" }"),
            ("v1", "{ column = \"Name\" }", "{ column = \"Name\", match = '/(.+)/' }"),
        ],
    );
}

#[test]
fn recordings_of_another_version() {
    let broken = Broken::new();
    let (_, map) = GOOD[0];
    let second = map.replace(
        "version = \"v1\"",
        "version = \"v2\"\nrecordings = [\"v1/sign_in\", \"v1/remov\", \"v0/*\", \"v1/change_role\"]",
    );
    broken.write("selectors/acme/v2.toml", &second.replace("[areas.role]", "[areas.role_form]"));
    broken.told("borrowed-from-nowhere");
}

#[test]
fn cases_and_choices() {
    let choices = "language = \"en\"\nchoices.files = { ask = \"What becomes of the files?\", values = [\"keep\", \"delete\"] }\n\
                   choices.mails = { values = [] }";
    check(
        "cases-that-cannot-be",
        &[
            ("v1", "language = \"en\"", choices),
            (
                "invite",
                "on = \"list\"",
                "on = \"list\"\nwhen = { status = [\"invited\"], role = [\"auther\"] }",
            ),
            (
                "remove",
                "on = \"row\"",
                "on = \"row\"\nwhen = { role = [\"Editor\"], choice.files = [\"keep\", \"burn\"] }",
            ),
            (
                "change_role",
                "on = \"row\"",
                "on = \"row\"\nwhen = { choice.file = \"keep\", status = \"actve\" }",
            ),
            ("resend", "on = \"row\"", "on = \"row\"\nwhen = {}"),
            ("sign_in", "does = \"sign_in\"", "does = \"sign_in\"\nwhen = { role = \"admin\" }"),
            (
                "seats",
                "{ open = \"billing\" }",
                "{ open = \"billing\" },\n  { prove = \"billing.used\", value = \"{choice.files}\" }",
            ),
        ],
    );
    let broken = Broken::new();
    broken.slip("remove", "on = \"row\"", "on = \"row\"\nwhen = { role = [\"author\", \"reader\"] }");
    let (path, remove) = GOOD[3];
    let other =
        remove.replace("on = \"row\"", "on = \"row\"\nwhen = { role = [\"reader\"], status = \"active\" }");
    broken.write(&path.replace("remove", "remove_reader"), &other);
    broken.write(&path.replace("remove", "remove_rest"), remove);
    broken.told("cases-that-overlap");
}

#[test]
fn words_that_are_none() {
    check(
        "words-near-misses",
        &[
            ("v1", "documented", "documentd"),
            ("v1", "\"invited\"", "\"invted\""),
            ("v1", "seat_limit", "seatlimit"),
            ("v1", "signed_out", "sign_out"),
            ("v1", "role = \"main\"", "role = \"mian\""),
            ("invite", "does = \"invite\"", "does = \"invit\""),
            ("remove", "on = \"row\"", "on = \"rows\""),
            ("remove", "click = \"row.menu\"", "clik = \"row.menu\""),
        ],
    );
    check(
        "words-of-nowhere",
        &[
            ("v1", "signed_out", "please_wait"),
            ("remove", "{ click = \"row.menu\" }", "{ wait = \"row.menu\" }"),
            ("invite", "does = \"invite\"", "does = \"onboard\""),
        ],
    );
    check(
        "step-of-two-minds",
        &[(
            "invite",
            "{ choose = \"invite.role\", value = \"{role}\" }",
            "{ click = \"invite.role\", choose = \"invite.role\", value = \"{role}\" }",
        )],
    );
    check("key-that-is-no-key", &[("invite", "{ expect_gone", "{ press = \"Esc\" },\n  { expect_gone")]);
}

#[test]
fn names_that_lead_nowhere() {
    check(
        "names-near-misses",
        &[
            ("v1", "at = \"people\"", "at = \"peple\""),
            ("v1", "\"people.total\"", "\"people.totl\""),
            ("v1", "ready = \"password\"", "ready = \"passwrd\""),
            ("v1", "within = \"people\"", "within = \"poeple\""),
            ("invite", "\"invite.send\"", "\"invite.sned\""),
        ],
    );
    check(
        "names-of-nowhere",
        &[
            ("sign_in", "expect = \"people\"", "expect = \"dashboard\""),
            ("invite", "\"people.invite\"", "\"people.add_button\""),
            ("v1", "at = \"toast\"", "at = \"banner.text\""),
        ],
    );
    check(
        "name-in-a-list-of-several-lines",
        &[(
            "invite",
            "{ expect_gone = \"invite\", timeout = \"20s\" }",
            "{ expect = [\n    \"toast\",\n    \"invite.eror\",\n    \"people\",\n  ] }",
        )],
    );
    check(
        "area-that-is-no-element",
        &[("sign_in", "\"login.submit\"", "\"login\""), ("sign_in", "open = \"login\"", "open = \"menu\"")],
    );
    check(
        "areas-in-a-circle",
        &[
            ("v1", "within = \"people\"\nroot = { css", "within = \"menu\"\nroot = { css"),
            ("v1", "[areas.menu]", "[areas.menu]\nwithin = \"row\""),
        ],
    );
    check(
        "areas-that-open-each-other",
        &[
            ("v1", "open = \"/people\"", "open = [ { open = \"billing\" }, { click = \"billing.used\" } ]"),
            (
                "v1",
                "open = \"/billing\"",
                "open = [\n  { open = \"people\" },\n  { click = \"people.invite\" },\n]",
            ),
        ],
    );
    check("area-without-a-sign", &[("v1", "ready = \"password\"\n", "")]);
    check(
        "rows-that-do-not-fit",
        &[
            ("v1", "within = \"people\"\n", ""),
            ("v1", "email = { column = \"Email\" }\n", ""),
            ("v1", "used = { find", "when = { column = \"When\" }\nused = { find"),
        ],
    );
}

#[test]
fn placeholders_nobody_can_fill() {
    check(
        "placeholders-mistyped",
        &[
            ("sign_in", "{password}", "{pasword}"),
            ("remove", "{email}", "{member.mail}"),
            ("v1", "{ menuitem = \"Remove\" }", "{ menuitem = \"Remove {member.nmae}\" }"),
        ],
    );
    check(
        "placeholders-of-another-moment",
        &[
            ("remove", "mentions = \"{email}\"", "mentions = \"{role}\""),
            ("v1", "\"/people\"", "\"/people/{member.name}\""),
            ("v1", "{ menuitem = \"Remove\" }", "{ menuitem = \"Remove {role.badge}\" }"),
        ],
    );
    check(
        "placeholders-where-none-is-filled",
        &[
            ("v1", "{ css = \"tbody tr\" }", "{ css = \"tr[data-email='{email}']\" }"),
            ("v1", "never = [\"Delete workspace\"", "never = [\"Delete {name}\""),
        ],
    );
    check("brace-that-begins-nothing", &[("invite", "\"{email}\"", "\"{Email}\"")]);
}

#[test]
fn words_of_roles_and_statuses() {
    check(
        "two-roles-of-one-word",
        &[("v1", "[\"Reader\"]", "[\"Reader\", \"Editors\"]"), ("v1", "id = \"author\"", "id = \"admin\"")],
    );
    check("role-key-that-is-nearly-one", &[("v1", "privileged = true", "privilegd = true")]);
    check("status-twice", &[("v1", "\"Off\" = [\"deactivated\", \"expired\"]", "\"pending\" = \"expired\"")]);
}

#[test]
fn patterns_out_of_the_subset() {
    check("pattern-look-ahead", &[("v1", "\"/more/i\"", "\"/more(?! info)/i\"")]);
    check(
        "pattern-named-group",
        &[("v1", "match = '/^(\\d+)/' }\ndelete", "match = '/^(?<n>\\d+)/' }\ndelete")],
    );
    check(
        "pattern-groups-of-match",
        &[
            ("v1", "match = '/^(\\d+)/' }\ndelete", "match = '/^(\\d+) (people|members)/' }\ndelete"),
            ("v1", "match = '/^(\\d+)/' }\n\n", "match = '/^\\d+/' }\n\n"),
        ],
    );
    check(
        "pattern-slips",
        &[
            ("v1", "\"/more/i\"", "\"/more\""),
            ("v1", "'/^\\d+ people$/'", "'/^\\d+ people$/gi'"),
            ("v1", "\"/^editor/i\"", "\"/^(editor/i\""),
            ("v1", "'/^\\d+ of \\d+ seats$/'", "'/^[a-/'"),
        ],
    );
    check(
        "match-that-is-no-pattern",
        &[("v1", "match = '/^(\\d+)/' }\ndelete", "match = \"people\" }\ndelete")],
    );
}

#[test]
fn flows_that_could_hit_a_person() {
    check(
        "flow-without-commit",
        &[("remove", ", commits = true }", " }"), ("remove", ", commits = true, optional = true", "")],
    );
    check(
        "flow-that-commits-twice",
        &[
            ("remove", "{ click = \"row.menu\" }", "{ click = \"row.menu\", commits = true }"),
            ("remove", "\"menu.remove\", commits = true", "\"menu.remove\""),
        ],
    );
    check(
        "commit-that-is-not-certain",
        &[
            ("invite", "commits = true", "commits = true, optional = true"),
            (
                "change_role",
                "{ choose = \"role.role\", value = \"{role}\" }",
                "{ choose = \"role.role\", value = \"{role}\", optional = true }",
            ),
        ],
    );
    check(
        "commit-by-typing",
        &[(
            "invite",
            "{ choose = \"invite.role\", value = \"{role}\" }",
            "{ choose = \"invite.role\", value = \"{role}\", commits = true }",
        )],
    );
    check(
        "second-question-about-nobody",
        &[("remove", "mentions = \"{email}\", ", ""), ("remove", "\"confirm.yes\"", "\"menu.remove\"")],
    );
    check(
        "person-not-proved",
        &[
            (
                "invite",
                "{ fill = \"invite.email\", value = \"{email}\" }",
                "{ fill = \"people.search\", value = \"{email}\" }",
            ),
            ("remove", "on = \"row\"\n", ""),
        ],
    );
    check(
        "several-in-one-control",
        &[
            ("invite", "\"invite.email\", value = \"{email}\"", "\"invite.email\", value = \"{roles}\""),
            ("invite", "value = \"{role}\"", "value = \"{roles} and more\""),
        ],
    );
    check(
        "controls-at-odds",
        &[
            (
                "v1",
                "\"Invite\" }\nemail = { label = \"Email\" }",
                "\"Invite\" }\nemail = { find = { label = \"Email\" }, chips = { css = \".chip\" } }",
            ),
            (
                "v1",
                "role = { label = \"Role\" }\nsend",
                "role = { find = { label = \"Role\" }, sep = \"and\" }\ncode = { find = { label = \"Code\" }, cells = true, sep = \",\" }\nnote = { find = { label = \"Note\" }, sep = \"Tab\" }\nsend",
            ),
        ],
    );
    check("role-never-chosen", &[("invite", "  { choose = \"invite.role\", value = \"{role}\" },\n", "")]);
    check(
        "enter-before-the-commit",
        &[("invite", "  { choose", "  { press = \"Enter\", at = \"invite.email\" },\n  { choose")],
    );
    check("never-is-never", &[("invite", "\"people.invite\"", "\"people.delete\"")]);
    check("resend-nobody-hears", &[("resend", "says = \"/^invitation resent/i\"", "timeout = \"5s\"")]);
    check(
        "resend-proved-by-reading",
        &[
            ("resend", "proof = \"response\"\n", ""),
            ("remove", "on = \"row\"", "on = \"row\"\nproof = \"response\""),
        ],
    );
    check(
        "sign-in-that-commits",
        &[
            ("sign_in", "{ click = \"login.submit\" }", "{ click = \"login.submit\", commits = true }"),
            ("sign_in", "{ expect = \"people\" }", "{ expect = \"people\", optional = true }"),
            ("sign_in", "does = \"sign_in\"", "does = \"sign_in\"\non = \"list\""),
        ],
    );
    check(
        "seats-that-clicks",
        &[
            ("seats", "{ open = \"billing\" }", "{ open = \"people\" },\n  { click = \"people.invite\" }"),
            ("seats", "as = \"used\"", "as = \"seats\""),
        ],
    );
    check(
        "many-people-not-proved",
        &[
            ("invite", "does = \"invite\"", "does = \"invite\"\nmany = 0"),
            ("remove", "does = \"remove\"", "does = \"remove\"\nmany = 20"),
            ("resend", "does = \"resend\"", "does = \"resend\"\nmany = 2"),
            ("change_role", "steps = [", "steps = [\n  { tick = \"row.name\", rows = \"{email}\" },"),
        ],
    );
    check(
        "rows-ticked-elsewhere",
        &[
            (
                "change_role",
                "on = \"row\"\nsteps = [\n  { click = \"row.menu\" },",
                "on = \"list\"\nmany = 20\nsteps = [\n  { tick = \"row.menu\", rows = \"{emails}\" },",
            ),
            ("change_role", ", mentions = \"{email}\", commits", ", commits"),
            ("v1", "[lists.members]\n", "[lists.members]\nnext = \"people.invite\"\n"),
        ],
    );
    check(
        "export-that-changes",
        &[
            ("seats", "does = \"seats\"", "does = \"export\"\non = \"row\""),
            ("seats", "{ open = \"billing\" }", "{ download = \"people.invite\" }"),
            (
                "seats",
                "{ read = \"billing.used\", as = \"used\" }",
                "{ click = \"people.invite\", commits = true }",
            ),
            (
                "v1",
                "open = \"/billing\"",
                "open = [ { open = \"people\" }, { download = \"people.invite\" } ]",
            ),
            ("remove", "{ click = \"row.menu\" }", "{ download = \"row.menu\" }"),
        ],
    );
    check("export-without-a-file", &[("seats", "does = \"seats\"", "does = \"export\"")]);
    check(
        "move-that-commits",
        &[(
            "v1",
            "open = \"/billing\"",
            "open = [ { open = \"people\" }, { click = \"people.invite\", commits = true } ]",
        )],
    );
}

#[test]
fn files_in_wrong_places() {
    check(
        "head-that-contradicts-the-path",
        &[("v1", "app = \"acme\"", "app = \"acne\""), ("v1", "version = \"v1\"", "version = \"2026\"")],
    );
    check(
        "two-flows-of-one-operation",
        &[("change_role", "does = \"change_role\"", "does = [\"change_role\", \"remove\"]")],
    );
    let broken = Broken::new();
    broken.rename("recordings/acme/v1/remove.toml", "recordings/acme/v2/remove.toml");
    broken.rename("recordings/acme/v1/seats.toml", "recordings/acme/seats.toml");
    broken.write("selectors/notes.toml", "");
    broken.told("files-nobody-looks-for");
    let broken = Broken::new();
    std::fs::write(broken.folder.path().join(GOOD[2].0), b"title = \"Einladen f\xfcr alle\"\n").unwrap();
    broken.told("file-that-is-not-utf-8");
}

#[test]
fn what_every_maintainer_meets_once() {
    check(
        "no-never-list",
        &[
            ("v1", "never = [\"Delete workspace\", \"/^transfer ownership/i\"]\n", ""),
            ("seats", "as = \"used\"", "as = 1"),
        ],
    );
    check(
        "tabs-and-other-scripts",
        &[(
            "v1",
            "invite = { button = \"Invite\" }",
            "invite\t=\t{ button = \"Zurück 戻る\",\tlable = \"Инвайт\" }",
        )],
    );
    check(
        "a-line-without-end",
        &[(
            "v1",
            "remove = { menuitem = \"Remove\" }",
            "remove = [ { menuitem = \"Remove from this workspace and from all of its projects\" }, { css = \"li.menu-item:nth-child(4) > a.menu-item__link--danger[href='#remove']\", whithin = \"menu\" } ]",
        )],
    );
}
