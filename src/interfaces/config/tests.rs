//! What a configuration says, and everything that can be wrong in one.

use std::path::Path;

use super::*;
use crate::engine::secret::SecretSource;

const GOOD: &str = r#"
[workspaces.acme]
app = "coassemble"
url = "https://acme.example.com/"
account = { email = "Admin@Example.com", password = { file = "acme.password" } }
policy = { protected = ["ceo@example.com"], max_removals = 7, seat_cap = 50 }
evidence = { pictures = "page" }
"#;

fn surroundings(path: &Path) -> Surroundings {
    let flags = Flags { config: Some(path.to_owned()), state_dir: Some("state".into()), ..Flags::default() };
    Surroundings::of(&flags).unwrap()
}

fn load(text: &str) -> Result<Configuration, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seatwright.toml");
    std::fs::write(&path, text).unwrap();
    Configuration::load(&surroundings(&path))
}

/// Every mistake as `line:column message`.
fn mistakes(text: &str) -> Vec<String> {
    let error = load(text).and_then(|configuration| configuration.workspace(None).map(|_| ())).unwrap_err();
    let line = |problem: &crate::engine::app::Problem| {
        format!("{}:{} {}", problem.line, problem.column, problem.message)
    };
    error.problems().iter().map(line).collect()
}

fn one_mistake(line: &str) -> String {
    let text = format!("[workspaces.acme]\napp = \"coassemble\"\n{line}\n");
    let known = ["workspace needs"];
    let found = mistakes(&text).into_iter().filter(|text| !known.iter().any(|known| text.contains(known)));
    found.collect::<Vec<_>>().join(" | ")
}

#[test]
fn a_workspace_has_what_the_file_says_and_defaults_for_the_rest() {
    let workspace = load(GOOD).unwrap().workspace(None).unwrap();
    assert_eq!(workspace.name, "acme");
    assert_eq!(workspace.account.email.as_str(), "admin@example.com");
    assert!(
        matches!(&workspace.account.password, Some(SecretSource::File(path)) if path.is_absolute() && path.ends_with("acme.password"))
    );
    assert_eq!(workspace.policy.max_removals, crate::domain::Ceiling::Count(7));
    assert_eq!((workspace.policy.seat_cap, workspace.policy.max_new_seats), (Some(50), 10));
    assert_eq!(workspace.policy.protected.len(), 1);
    assert!(workspace.whole_pages);
    assert_eq!(workspace.app.map.app, "coassemble");
}

#[test]
fn how_a_roster_is_understood_is_said_in_three_tables() {
    let plain = load(GOOD).unwrap().workspace(None).unwrap().rostered;
    assert_eq!((plain.rules.max_age_hours, plain.rules.max_shrink_percent), (36, 20));
    assert!(plain.scope.domains.is_empty() && plain.default_role.is_none());
    assert_eq!(plain.leavers, crate::domain::Leavers::default());
    let text = format!(
        "{GOOD}roster = {{ file = \"people.csv\", max_age = \"48h\", max_shrink = 5, default_role = \"Learner\" }}
scope = {{ domains = [\"Acme.example\", \"@bücher.example\"], adopted = [\"Guest@Other.example\"] }}
leaver = {{ step = \"downgrade\", role = \"learner\" }}\n"
    );
    let configuration = load(&text).unwrap();
    let workspace = configuration.workspace(None).unwrap();
    let told = &workspace.rostered;
    assert_eq!((told.rules.max_age_hours, told.rules.max_shrink_percent), (48, 5));
    let learner = crate::domain::RoleId::new("learner");
    assert_eq!(told.default_role, Some(learner.clone()));
    assert_eq!(told.leavers.step, crate::domain::Leave::Downgrade(learner));
    let domains: Vec<&str> = told.scope.domains.iter().map(String::as_str).collect();
    assert_eq!(domains, ["acme.example", "xn--bcher-kva.example"]);
    assert!(configuration.roster_file(&workspace.name).unwrap().ends_with("people.csv"));
    for (line, mistake) in [
        ("leaver = { step = \"fire\" }", "step with leavers"),
        ("leaver = { step = \"downgrade\" }", "which role leavers get is not said"),
        ("leaver = { step = \"remove\", role = \"learner\" }", "gives leavers a role"),
        ("leaver = { step = \"report\", grace_days = 3 }", "waits"),
        ("scope = { domains = [\"a@b.example\"] }", "is no domain"),
        ("roster = { max_age = \"1s\" }", "at least an hour"),
        ("roster = { default_role = \"boss\" }", "has no role `boss`"),
    ] {
        let found = mistakes(&format!("{GOOD}{line}\n")).join(" | ");
        assert!(found.contains(mistake), "{line}: {found}");
    }
}

#[test]
fn all_mistakes_are_told_at_once_with_their_places() {
    let found = mistakes(
        r#"
[workspaces.acme]
app = "coassembel"
console = 3
url = "http://acme.example.com/"
account = { email = "admin", password = "hunter2", color = "red" }
policy = { max_removal = 2, seat_cap = -1, protected = ["x@example.com", "nobody"] }
"#,
    );
    assert_eq!(
        found,
        [
            "3:7 there is no app `coassembel`",
            "4:11 `console` is a string, not an integer",
            "5:7 `url` is not encrypted: the password would travel in plain text",
            "6:21 `admin` needs exactly one @",
            "6:41 a secret never stands in the configuration itself",
            "6:52 unknown key `color` in `account`",
            "7:12 unknown key `max_removal` in `policy`",
            "7:40 `seat_cap` cannot be -1",
            "7:74 `nobody` needs exactly one @",
        ]
    );
}

#[test]
fn a_secret_in_the_file_is_refused_and_not_repeated() {
    for given in ["\"hunter2\"", "{ env = \"hunter2!\" }", "[\"hunter2\"]", "\"hunter2\" } # hunter2"] {
        let line = format!("account = {{ email = \"a@example.com\", password = {given} }}");
        let text =
            format!("[workspaces.acme]\napp = \"coassemble\"\nurl = \"https://a.example.com\"\n{line}\n");
        let error = load(&text).unwrap_err();
        let told = format!("{error} {:?} {:?}", error.problems(), error.hint());
        assert!(!told.contains("hunter2"), "{told}");
        assert_eq!(error.problems().len(), 1, "{told}");
    }
}

#[test]
fn an_address_is_encrypted_unless_it_is_this_machine() {
    let check = |url: &str, expected: &str| {
        let found = one_mistake(&format!("url = \"{url}\""));
        assert!(
            if expected.is_empty() { found.is_empty() } else { found.contains(expected) },
            "{url}: {found}"
        );
    };
    for good in [
        "https://a.example.com",
        "http://127.0.0.1:8080",
        "http://localhost/",
        "http://[::1]:1/",
        "http://x.localhost",
    ] {
        check(good, "");
    }
    check("http://localhost.example.com", "not encrypted");
    check("http://0.0.0.0", "not encrypted");
    check("ftp://a.example.com", "no address of a web page");
    check("a.example.com", "no address");
    check("https://me:secret@a.example.com", "holds a user or a password");
    check("https://a.example.com/?x=1", "goes on after the path");
}

#[test]
fn the_place_of_a_secret_is_one() {
    let check = |given: &str, expected: &str| {
        let found = one_mistake(&format!("account = {{ email = \"a@example.com\", password = {given} }}"));
        assert!(found.contains(expected) && found.is_empty() == expected.is_empty(), "{given}: {found}");
    };
    check("{ env = \"A\" }", "");
    check("{ command = [\"pass\", \"show\", \"acme\"] }", "");
    check("{}", "one of env, file and command, not 0");
    check("{ env = \"A\", file = \"b\" }", "one of env, file and command, not 2");
    check("{ command = \"pass show acme\" }", "is a list of words");
    check("{ command = [] }", "`command` is empty");
    check("{ file = \"~/acme.password\" }", "~ means nothing here");
    check("{ plain = \"x\" }", "unknown key `plain`");
}

#[test]
fn a_second_factor_and_the_key_of_sessions_have_their_places() {
    let workspace = load(GOOD).unwrap().workspace(None).unwrap();
    assert_eq!(workspace.account.totp, None);
    assert!(workspace.sessions.are_kept && workspace.sessions.key.is_made);
    assert!(
        matches!(&workspace.sessions.key.place, SecretSource::File(path) if path.is_absolute() && path.ends_with("session.key"))
    );
    let text = GOOD.replace("acme.password\" } }", "acme.password\" }, totp = { env = \"ACME_TOTP\" } }");
    let text = format!("{text}session = \"none\"\nsession_key = {{ command = [\"pass\", \"key\"] }}\n");
    let configuration = load(&text).unwrap();
    let workspace = configuration.workspace(None).unwrap();
    assert_eq!(workspace.account.totp, Some(SecretSource::Env("ACME_TOTP".to_owned())));
    assert!(!workspace.sessions.are_kept && !workspace.sessions.key.is_made);
    let settings = configuration.settings("acme").unwrap();
    let shown = |key: &str| {
        let setting = settings.iter().find(|setting| setting.key.ends_with(key)).unwrap();
        setting.value.clone()
    };
    assert_eq!(
        (shown(".session"), shown(".session_key"), shown("account.totp")),
        ("none".to_owned(), "the command pass".to_owned(), "the environment variable ACME_TOTP".to_owned())
    );
    assert_eq!(one_mistake("session = \"keep\""), "3:11 `keep` is no way with sessions");
    let found = one_mistake(&format!(
        "account = {{ email = \"a@example.com\", password = {{ env = \"A\" }}, totp = \"{}\" }}",
        "HUNTERHUNTERHUNT"
    ));
    assert!(found.contains("a secret never stands in") && !found.contains("HUNTER"), "{found}");
}

#[test]
fn a_workspace_is_chosen_by_name_or_by_being_the_only_one() {
    let second = GOOD.replace("acme", "beta");
    let configuration = load(&format!("{GOOD}{second}")).unwrap();
    let chosen = |name| {
        configuration.workspace(name).map(|workspace| workspace.name).map_err(|error| error.hint().unwrap())
    };
    assert_eq!(chosen(Some("beta")), Ok("beta".to_owned()));
    assert_eq!(chosen(None), Err("add -w NAME, one of: acme, beta".to_owned()));
    assert_eq!(chosen(Some("bata")), Err("did you mean `beta`?".to_owned()));
}

#[test]
fn what_the_map_does_not_know_is_refused() {
    assert_eq!(
        one_mistake("console = \"members-2026-02\""),
        "3:11 coassemble has no console version `members-2026-02`"
    );
    let found = mistakes(&format!("{GOOD}params = {{ workspace_id = \"7\" }}\n"));
    assert_eq!(found, ["8:27 coassemble/members-2026-03 has no parameter `workspace_id`"]);
    assert_eq!(one_mistake("app = \"x\""), "3:1 not TOML: duplicate key");
    let slash = GOOD.replace("\"coassemble\"", "\"coassemble/members-2026-03\"");
    assert_eq!(mistakes(&slash), ["3:7 the version of the console has a key of its own"]);
}

/// A data folder with a map that asks two things, and a configuration that decides as these lines say.
fn deciding(lines: &str) -> (tempfile::TempDir, String) {
    let data = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("selectors/demo/v1.toml", include_str!("../../../tests/broken/good/selectors/acme/v1.toml")),
        (
            "recordings/demo/v1/remove.toml",
            include_str!("../../../tests/broken/good/recordings/acme/v1/remove.toml"),
        ),
    ] {
        let choices = "language = \"en\"\nchoices.files = { ask = \"What becomes of the files?\", values = [\"keep\", \"delete\"] }\n\
                       choices.mails = { ask = \"Tell them?\", values = [\"yes\", \"no\"] }";
        let text = text.replace("app = \"acme\"", "app = \"demo\"").replace("language = \"en\"", choices);
        let path = data.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let text = format!(
        "[workspaces.acme]\napp = \"demo\"\ndata = {:?}\nurl = \"https://acme.example.com/\"\n\
         account = {{ email = \"a@example.com\", password = {{ env = \"A\" }} }}\n{lines}",
        data.path()
    );
    (data, text)
}

#[test]
fn the_decisions_of_a_customer_are_those_the_map_asks_for() {
    let (_data, text) = deciding("[workspaces.acme.choices]\nfiles = \"keep\"\n");
    let configuration = load(&text).unwrap();
    let made = configuration.workspace(None).unwrap().choices;
    assert_eq!(made, [("files".to_owned(), "keep".to_owned())].into());
    let settings = configuration.settings("acme").unwrap();
    let shown = |key: &str| {
        let setting = settings.iter().find(|setting| setting.key.ends_with(key)).unwrap();
        (setting.value.clone(), setting.origin.clone())
    };
    assert_eq!(shown("choices.files"), ("keep".to_owned(), "line 7".to_owned()));
    assert_eq!(shown("choices.mails"), ("not made: yes or no".to_owned(), "default".to_owned()));

    let check = |lines: &str, message: &str, hint: &str| {
        let (_data, text) = deciding(&format!("choices = {{ {lines} }}\n"));
        let error = load(&text).unwrap().workspace(None).unwrap_err();
        let problem = &error.problems()[0];
        assert_eq!((problem.message.as_str(), problem.hint.as_deref()), (message, Some(hint)), "{lines}");
        assert_eq!((error.problems().len(), problem.line), (1, 6), "{lines}");
    };
    check("file = \"keep\"", "demo/v1 has no choice `file`", "did you mean `files`?");
    check("belongings = \"keep\"", "demo/v1 has no choice `belongings`", "it has: files, mails");
    let question = "What becomes of the files? It has: keep, delete";
    check("files = \"burn\"", "the choice `files` of demo/v1 has no value `burn`", question);
    check("files = \"Keep\"", "the choice `files` of demo/v1 has no value `Keep`", "did you mean `keep`?");
    let none = mistakes(&format!("{GOOD}choices = {{ files = \"keep\" }}\n"));
    assert_eq!(none, ["8:21 coassemble/members-2026-03 has no choice `files`"]);
}

#[test]
fn an_account_without_a_password_needs_sessions_that_are_kept() {
    let start = GOOD.find(", password").unwrap();
    let end = start + GOOD[start..].find('}').unwrap() + 1;
    let without = format!("{}{}", &GOOD[..start], &GOOD[end..]);
    assert!(load(&without).unwrap().workspace(None).unwrap().account.password.is_none(), "{without}");
    let none = without.replace("app =", "session = \"none\"\napp =");
    assert!(mistakes(&none)[0].contains("has no `password`"), "{:?}", mistakes(&none));
}

#[test]
fn a_run_has_the_time_of_the_flag_before_that_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seatwright.toml");
    std::fs::write(&path, GOOD.replace("app =", "deadline = \"90m\"\napp =")).unwrap();
    let mut surroundings = surroundings(&path);
    let deadline = |surroundings: &Surroundings| {
        let settings = Configuration::load(surroundings).unwrap().settings("acme").unwrap();
        let setting = settings.into_iter().find(|setting| setting.key.ends_with(".deadline")).unwrap();
        (setting.value, setting.origin)
    };
    assert_eq!(deadline(&surroundings), ("1h 30m".to_owned(), "line 3".to_owned()));
    let value = std::time::Duration::from_secs(30);
    surroundings.deadline = Some(super::Given { value, origin: super::Origin::Flag("--deadline") });
    assert_eq!(deadline(&surroundings), ("30s".to_owned(), "--deadline".to_owned()));
    assert_eq!(one_mistake("deadline = \"soon\""), "3:12 `soon` is not a duration");
}

#[test]
fn a_workspace_has_its_own_browser_or_that_of_the_file() {
    let browser = |text: &str| {
        let configuration = load(text).unwrap();
        let settings = configuration.settings("acme").unwrap();
        let shown = settings.into_iter().find(|setting| setting.key.ends_with(".browser")).unwrap();
        (configuration.browser("acme").value.as_str(), shown.value, shown.origin)
    };
    let told = |name: &'static str, origin: &str| (name, name.to_owned(), origin.to_owned());
    assert_eq!(browser(GOOD), told("firefox", "default"));
    let all = format!("browser = \"chromium\"\n{GOOD}");
    assert_eq!(browser(&all), told("chromium", "line 1"));
    assert_eq!(browser(&format!("{all}browser = \"firefox\"\n")), told("firefox", "line 9"));
    assert_eq!(one_mistake("browser = \"chrome\""), "3:11 `chrome` is no browser");
    // A flag comes before both.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("seatwright.toml");
    std::fs::write(&path, GOOD).unwrap();
    let flags = Flags { config: Some(path), browser: Some(BrowserKind::Chromium), ..Flags::default() };
    let surroundings = Surroundings::of(&flags).unwrap();
    let given = Configuration::load(&surroundings).unwrap().browser("acme");
    assert_eq!(given, Given { value: BrowserKind::Chromium, origin: Origin::Flag("--browser") });
}

#[test]
fn nothing_at_all_is_a_mistake_too() {
    assert_eq!(mistakes(""), ["1:1 the configuration needs `workspaces`"]);
    assert_eq!(mistakes("[workspaces]\n"), ["1:2 there is no workspace"]);
    assert!(mistakes("[workspaces.\"a b\"]\n")[0].contains("is no name for a workspace"));
}

#[test]
fn a_missing_file_tells_how_to_make_one() {
    let error = Configuration::load(&surroundings(Path::new("/nowhere/seatwright.toml"))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "read the configuration: there is no file /nowhere/seatwright.toml (--config)"
    );
    let hint = error.hint().unwrap();
    let example = hint.split("\n\n").nth(1).unwrap();
    let example = example.replace("CONSOLE-OF-YOUR-WORKSPACE", "console.example.com");
    assert!(load(&example).unwrap().workspace(None).is_ok(), "{example}");
}

/// Prices are exact, of roles that take a seat, and never read as floats.
#[test]
fn what_seats_cost_is_said_in_exact_decimals() {
    assert!(load(GOOD).unwrap().workspace(None).unwrap().prices.is_none());
    let table = |seats: &str| {
        format!("{GOOD}prices = {{ currency = \"EUR\", period = \"month\", seats = {{ {seats} }} }}\n")
    };
    let configuration = load(&table("Author = \"12.50\", admin = 20")).unwrap();
    let prices = configuration.workspace(None).unwrap().prices.unwrap();
    let told: Vec<String> = prices.seats.iter().map(|(role, price)| format!("{role} {price}")).collect();
    assert_eq!(told, ["admin 20", "author 12.50"]);
    assert_eq!((prices.currency.as_str(), prices.period.as_str()), ("EUR", "month"));
    let settings = configuration.settings("acme").unwrap();
    let shown: Vec<String> = settings
        .iter()
        .filter(|setting| setting.key.contains(".prices"))
        .map(|setting| format!("{} {} {}", setting.key, setting.value, setting.origin))
        .collect();
    assert_eq!(
        shown,
        [
            "workspaces.acme.prices.currency EUR line 8",
            "workspaces.acme.prices.period month line 8",
            "workspaces.acme.prices.seats.Author 12.50 line 8",
            "workspaces.acme.prices.seats.admin 20 line 8",
        ]
    );
    for (seats, mistake) in [
        ("author = 12.5", "8:67 a price is not rounded"),
        ("author = \"12,50\"", "8:67 `12,50` is no price"),
        ("author = \"-1\"", "8:67 `-1` is no price"),
        ("author = -1", "8:67 `-1` is no price"),
        ("author = \"EUR 1\"", "8:67 `EUR 1` is no price"),
        ("author = \"0.0000001\"", "`0.0000001` is no price"),
        ("author = \"1000000001\"", "`1000000001` is no price"),
        ("author = \"\"", "`` is no price"),
        ("author = true", "8:67 "),
        ("", "no role has a price"),
        ("boss = 1", "has no role `boss`"),
        ("learner = 1", "learner takes no paid seat"),
        ("author = 1, Author = 2", "author has two prices"),
    ] {
        let found = mistakes(&table(seats)).join(" | ");
        assert!(found.contains(mistake), "{seats}: {found}");
    }
    let found = mistakes(&format!("{GOOD}prices = {{ seats = {{ author = 1 }}, curency = \"EUR\" }}\n"));
    let found = found.join(" | ");
    for mistake in ["`currency`", "`period`", "curency"] {
        assert!(found.contains(mistake), "{mistake}: {found}");
    }
    let both = format!("{}roster = {{ default_role = \"chief\" }}\n", table("boss = 1"));
    assert_eq!(mistakes(&both).len(), 2, "all mistakes at once: {:?}", mistakes(&both));
}

#[test]
fn every_value_tells_where_it_comes_from() {
    let settings = load(GOOD).unwrap().settings("acme").unwrap();
    let origin = |key: &str| {
        let setting =
            settings.iter().find(|setting| setting.key == format!("workspaces.acme.{key}")).unwrap();
        (setting.value.clone(), setting.origin.clone())
    };
    assert_eq!(origin("app"), ("coassemble".to_owned(), "line 3".to_owned()));
    assert_eq!(origin("policy.max_removals"), ("7".to_owned(), "line 6".to_owned()));
    assert_eq!(origin("policy.max_new_seats"), ("10".to_owned(), "default".to_owned()));
    assert_eq!(origin("evidence.pictures"), ("page".to_owned(), "line 7".to_owned()));
    assert_eq!(origin("deadline"), ("1h".to_owned(), "default".to_owned()));
    assert_eq!(origin("pace"), ("1s".to_owned(), "default".to_owned()), "the console of somebody else");
    assert_eq!(origin("data"), ("built in".to_owned(), "default".to_owned()));
    assert!(origin("account.password").0.ends_with("acme.password"));
}
