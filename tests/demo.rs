//! `make demo`: works on a practice console with the real command line, then holds what was reported against the truth.
//!
//! It types what a person would type and shows what the program answers. Configuration, journal and evidence go into
//! a fresh temporary folder; the console is ended by its process id, whatever happens.

#![expect(clippy::print_stdout, reason = "a demonstration is there to be read")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const MEMBERS: &str = "60";
const ROLE_OF_INVITED: &str = "learner";
const NEW_ROLE: &str = "author";

/// How long the practice console may take to listen, and to end.
const LIMIT: Duration = Duration::from_secs(20);

fn main() -> Result<ExitCode> {
    let began = Instant::now();
    let folder = tempfile::Builder::new().prefix("seatwright-demo-").tempdir()?;
    let shell = Shell::new(folder.path())?;
    shell.explain();

    let mut sandbox = Sandbox::start(&shell)?;
    let before = sandbox.truth()?;
    let cast = Cast::choose(&before)?;
    let mut all_well = true;
    for words in cast.commands() {
        all_well &= shell.show(&words)?;
    }
    let wish = Wish::choose(&cast, &sandbox.truth()?)?;
    for (words, code) in wish.commands(folder.path(), &sandbox.truth()?, shell.config())? {
        all_well &= shell.show_code(&words, code)?;
    }
    let reported = Reported::gather(&shell)?;
    let rows = compare(&cast, &wish, &reported, &before, &sandbox.truth()?);
    sandbox.end()?;
    print_table(&rows);

    let equal = rows.iter().all(|row| row.equal);
    println!(
        "\n{} of {} rows equal, {:.0} s",
        rows.iter().filter(|row| row.equal).count(),
        rows.len(),
        began.elapsed().as_secs_f64()
    );
    println!("to look around yourself: target/debug/seatwright sandbox --write-config practice.toml");
    Ok(if equal && all_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Where the commands are typed: the program, and an environment that is not the user's.
struct Shell {
    program: PathBuf,
    environment: [(&'static str, String); 4],
}

impl Shell {
    fn new(folder: &Path) -> Result<Self> {
        let examples = std::env::current_exe()?;
        let program =
            examples.ancestors().nth(2).context("find the folder above the examples")?.join("seatwright");
        ensure!(program.is_file(), "there is no {}: cargo build --bin seatwright", program.display());
        let inside = |name: &str| folder.join(name).display().to_string();
        let environment = [
            ("SEATWRIGHT_CONFIG", inside("practice.toml")),
            ("SEATWRIGHT_STATE_DIR", inside("state")),
            // Beside the program, for the next demo.
            ("SEATWRIGHT_CACHE_DIR", program.with_file_name("browser-cache").display().to_string()),
            ("SEATWRIGHT_LOOPBACK_ONLY", "1".to_owned()),
        ];
        Ok(Self { program, environment })
    }

    fn config(&self) -> &str {
        &self.environment[0].1
    }

    fn explain(&self) {
        for (name, value) in &self.environment {
            println!("$ export {name}={value}");
        }
    }

    fn command(&self, words: &[String]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(words).stdin(Stdio::null()).env_remove("SEATWRIGHT_DATA").envs(self.environment.clone());
        command
    }

    /// Types a command; what it prints is seen as it comes. Whether it ended well.
    fn show(&self, words: &[String]) -> Result<bool> {
        self.show_code(words, 0)
    }

    /// The same where it ends well with this exit code.
    fn show_code(&self, words: &[String], code: i32) -> Result<bool> {
        println!("\n$ seatwright {}", words.join(" "));
        let status = self.command(words).status().context("start seatwright")?;
        if !status.success() {
            println!("({status})");
        }
        Ok(status.code() == Some(code))
    }

    /// Types a command whose output is for the table below.
    fn read(&self, words: &[&str]) -> Result<Value> {
        println!("$ seatwright {}", words.join(" "));
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        let output = self.command(&words).stderr(Stdio::inherit()).output().context("start seatwright")?;
        serde_json::from_slice(&output.stdout)
            .with_context(|| format!("read what `seatwright {}` printed", words.join(" ")))
    }
}

/// The practice console, a process of its own; ended when dropped.
struct Sandbox {
    process: Child,
    ready: Value,
}

impl Sandbox {
    fn start(shell: &Shell) -> Result<Self> {
        let words = ["sandbox", "--members", MEMBERS, "--write-config", shell.config()].map(str::to_owned);
        println!("\n$ seatwright {} &", words.join(" "));
        let mut process = shell.command(&words).stdout(Stdio::piped()).spawn().context("start seatwright")?;
        let stdout = process.stdout.take().context("take the console's stdout")?;
        let mut sandbox = Self { process, ready: Value::Null };
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            let read = BufReader::new(stdout).read_line(&mut line);
            // Nobody listens any more if it took too long.
            let _ = tell.send(read.map(|_| line));
        });
        let line = told.recv_timeout(LIMIT).context("wait for the practice console")??;
        print!("{line}");
        sandbox.ready = serde_json::from_str(&line).context("read the practice console's address")?;
        Ok(sandbox)
    }

    /// What is so, from the console's own record.
    fn truth(&self) -> Result<Truth> {
        let say = |key: &str| {
            self.ready[key].as_str().with_context(|| format!("find `{key}` in what the console said"))
        };
        let mut answer = ureq::get(format!("{}/truth", say("control")?))
            .header("authorization", format!("Bearer {}", say("token")?))
            .call()
            .context("ask for the truth")?;
        let mut truth = Truth::of(&answer.body_mut().read_json::<Value>()?);
        truth.account = self.ready["account"]["email"].as_str().unwrap_or_default().to_owned();
        Ok(truth)
    }

    fn end(&mut self) -> Result<()> {
        if self.process.try_wait()?.is_some() {
            return Ok(());
        }
        let pid = Pid::from_child(&self.process);
        kill_process(pid, Signal::TERM)?;
        let asked = Instant::now();
        while self.process.try_wait()?.is_none() {
            if asked.elapsed() > LIMIT {
                self.process.kill()?;
                self.process.wait()?;
                bail!("the practice console did not end when it was told to");
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// A person's role and status.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Standing {
    role: String,
    status: String,
}

/// The people as the console knows them, by address, and the mails it sent.
struct Truth {
    people: BTreeMap<String, Standing>,
    names: BTreeMap<String, String>,
    mails: Vec<String>,
    account: String,
}

impl Truth {
    fn of(answer: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_lowercase();
        let list = |key: &str| answer[key].as_array().cloned().unwrap_or_default();
        let standing = |member: &Value| Standing {
            role: text(&member["roles"][0]),
            status: status(&text(&member["status"])),
        };
        let members = list("members");
        Self {
            people: members.iter().map(|member| (text(&member["email"]), standing(member))).collect(),
            names: members.iter().map(|member| (text(&member["email"]), text(&member["name"]))).collect(),
            mails: list("mails").iter().map(|mail| text(&mail["to"])).collect(),
            account: String::new(),
        }
    }

    fn tell(&self, email: &str) -> String {
        match self.people.get(email) {
            Some(standing) => format!("{}, {}", standing.role, standing.status),
            None => "not a member".to_owned(),
        }
    }

    fn mails_to(&self, email: &str) -> usize {
        self.mails.iter().filter(|to| *to == email).count()
    }
}

/// The console says pending where reports say invited.
fn status(word: &str) -> String {
    if word == "pending" { "invited".to_owned() } else { word.to_owned() }
}

/// Who is invited, who gets another role, who goes.
struct Cast {
    invited: Vec<String>,
    promoted: String,
    removed: String,
}

impl Cast {
    /// Goes: one of two people with the same name, so that the right one has to be found by address.
    fn choose(truth: &Truth) -> Result<Self> {
        let learner = |email: &&String| {
            let standing = &truth.people[*email];
            **email != truth.account && standing.role == ROLE_OF_INVITED && standing.status == "active"
        };
        let has_namesake =
            |email: &&String| truth.names.values().filter(|name| **name == truth.names[*email]).count() > 1;
        let mut learners = truth.people.keys().filter(learner);
        let removed =
            learners.clone().find(has_namesake).context("find two people with the same name")?.clone();
        let promoted =
            learners.find(|email| **email != removed).context("find somebody for another role")?.clone();
        let (_, domain) = truth.account.split_once('@').context("find the account's domain")?;
        let invited =
            ["ada.lovelace", "grace.hopper", "katherine.johnson"].map(|name| format!("{name}@{domain}"));
        ensure!(invited.iter().all(|email| !truth.people.contains_key(email)), "they are members already");
        Ok(Self { invited: invited.to_vec(), promoted, removed })
    }

    fn commands(&self) -> Vec<Vec<String>> {
        let words = |text: String| text.split(' ').map(str::to_owned).collect();
        vec![
            words("list".to_owned()),
            words(format!("invite {} --role {ROLE_OF_INVITED} --yes", self.invited.join(" "))),
            words(format!("set-role {} --role {NEW_ROLE} --yes", self.promoted)),
            words(format!("remove {} --yes", self.removed)),
            words("runs".to_owned()),
        ]
    }
}

/// What a roster wants that the people before do not.
struct Wish {
    newcomer: String,
    moved: String,
    leaver: String,
}

impl Wish {
    fn choose(cast: &Cast, truth: &Truth) -> Result<Self> {
        let mut learners = truth.people.iter().filter(|(email, standing)| {
            **email != truth.account
                && **email != cast.promoted
                && standing.role == ROLE_OF_INVITED
                && standing.status == "active"
        });
        let mut next = || learners.next().map(|(email, _)| email.clone()).context("find two learners");
        let (moved, leaver) = (next()?, next()?);
        let (_, domain) = truth.account.split_once('@').context("find the account's domain")?;
        Ok(Self { newcomer: format!("alan.turing@{domain}"), moved, leaver })
    }

    /// Writes the roster, and what a configuration has to say of it; then from the plan to a plan with nothing in it.
    fn commands(&self, folder: &Path, truth: &Truth, config: &str) -> Result<Vec<(Vec<String>, i32)>> {
        let mut roster = "email,role\n".to_owned();
        for (email, standing) in truth.people.iter().filter(|(email, _)| **email != self.leaver) {
            let role = if *email == self.moved { NEW_ROLE } else { &standing.role };
            roster.push_str(&format!("{email},{role}\n"));
        }
        roster.push_str(&format!("{},{ROLE_OF_INVITED}\n", self.newcomer));
        let place = |name: &str| folder.join(name).display().to_string();
        std::fs::write(place("people.csv"), roster).context("write the roster")?;
        let (_, domain) = self.leaver.split_once('@').context("find the leaver's domain")?;
        let about_rosters = format!(
            "scope = {{ domains = [\"{domain}\"] }}\nleaver = {{ step = \"remove\" }}\napproval = {{ yes_approves = true }}\n"
        );
        println!("\n$ cat >> {config}\n{}", about_rosters.trim_end());
        let configured = std::fs::read_to_string(config).context("read the configuration")?;
        std::fs::write(config, configured + &about_rosters).context("write the configuration")?;
        let (roster, plan) = (place("people.csv"), place("plan.json"));
        let words = |text: String| text.split(' ').map(str::to_owned).collect();
        Ok(vec![
            (words(format!("plan {roster} --out {plan}")), 10),
            (words(format!("review {plan}")), 0),
            (words(format!("approve {plan} --yes")), 0),
            (words(format!("apply {plan} --yes")), 0),
            (words(format!("plan {roster}")), 0),
        ])
    }
}

/// What the program says of its own runs.
struct Reported {
    /// Outcomes by address.
    outcomes: BTreeMap<String, String>,
    /// The first list: how many rows, and how well proven.
    rows: u64,
    grade: String,
    /// Everybody, read once more.
    people: BTreeMap<String, Standing>,
}

impl Reported {
    /// Every report by `show RUN --json`, and the members as they are listed now.
    fn gather(shell: &Shell) -> Result<Self> {
        println!("\nFor the table:");
        let mut reported =
            Self { outcomes: BTreeMap::new(), rows: 0, grade: String::new(), people: BTreeMap::new() };
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let runs = shell.read(&["runs", "--json"])?;
        for run in runs["runs"].as_array().context("find the runs")? {
            let report = shell.read(&["show", &text(&run["run"]), "--json"])?;
            if report["operation"] == "list" {
                reported.rows = report["reading"]["rows"].as_u64().unwrap_or_default();
                reported.grade = text(&report["reading"]["grade"]);
            }
            for change in report["changes"].as_array().into_iter().flatten() {
                reported.outcomes.insert(text(&change["email"]), text(&change["outcome"]));
            }
        }
        let listed = shell.read(&["list", "--quiet", "--json"])?;
        for member in listed["members"].as_array().context("find the members")? {
            let standing = Standing { role: text(&member["roles"][0]), status: text(&member["status"][0]) };
            reported.people.insert(text(&member["email"]), standing);
        }
        Ok(reported)
    }

    fn outcome(&self, email: &str) -> &str {
        self.outcomes.get(email).map_or("nothing", String::as_str)
    }
}

struct Row {
    asked: String,
    reported: String,
    truth: String,
    equal: bool,
}

fn compare(cast: &Cast, wish: &Wish, reported: &Reported, before: &Truth, after: &Truth) -> Vec<Row> {
    let count = before.people.len();
    let mut rows = vec![Row {
        asked: "list".to_owned(),
        reported: format!("{} people, proof: {}", reported.rows, reported.grade),
        truth: format!("{count} people"),
        equal: reported.rows == count as u64 && reported.grade != "none",
    }];
    for email in cast.invited.iter().chain([&wish.newcomer]) {
        let mails = after.mails_to(email);
        let truth = after.tell(email);
        let claimed = matches!(reported.outcome(email), "done" | "pending");
        rows.push(Row {
            asked: format!("invite {email} as {ROLE_OF_INVITED}"),
            reported: reported.outcome(email).to_owned(),
            equal: claimed && truth == format!("{ROLE_OF_INVITED}, invited") && mails == 1,
            truth: format!("{truth}, {mails} mail"),
        });
    }
    for promoted in [&cast.promoted, &wish.moved] {
        rows.push(Row {
            asked: format!("make {promoted} {NEW_ROLE}"),
            reported: reported.outcome(promoted).to_owned(),
            truth: after.tell(promoted),
            equal: reported.outcome(promoted) == "done"
                && after.tell(promoted) == format!("{NEW_ROLE}, active"),
        });
    }
    for removed in [&cast.removed, &wish.leaver] {
        rows.push(Row {
            asked: format!("remove {removed}"),
            reported: reported.outcome(removed).to_owned(),
            truth: after.tell(removed),
            equal: reported.outcome(removed) == "done" && !after.people.contains_key(removed),
        });
    }
    let changed = [&cast.promoted, &cast.removed, &wish.moved, &wish.leaver];
    let others: Vec<&String> = before.people.keys().filter(|email| !changed.contains(email)).collect();
    let same = others.iter().filter(|email| before.people.get(**email) == after.people.get(**email)).count();
    let touched = others.iter().filter(|email| reported.outcomes.contains_key(**email)).count();
    rows.push(Row {
        asked: "leave everybody else alone".to_owned(),
        reported: format!("{touched} changes"),
        truth: format!("{same} of {} as before", others.len()),
        equal: same == others.len()
            && touched == 0
            && after.people.len() == count + cast.invited.len() + 1 - 2,
    });
    let right =
        after.people.iter().filter(|(email, standing)| reported.people.get(*email) == Some(standing)).count();
    rows.push(Row {
        asked: "list again: address, role, status".to_owned(),
        reported: format!("{} people", reported.people.len()),
        truth: format!("{} people, {right} as listed", after.people.len()),
        equal: reported.people == after.people,
    });
    rows
}

fn print_table(rows: &[Row]) {
    let mut table = comfy_table::Table::new();
    table.load_style(comfy_table::presets::UTF8_BORDERS_ONLY);
    table.set_header(["asked", "reported", "truth", "equal"]);
    for row in rows {
        let equal = if row.equal { "yes" } else { "NO" };
        table.add_row([row.asked.as_str(), &row.reported, &row.truth, equal]);
    }
    println!("\n{table}");
}
