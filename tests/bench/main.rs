//! `make bench`: what an operation costs, and how that compares with the same work done by a script inside the page (a)
//! and by a plain fantoccini script (b), in one run on one practice console; `make bench-peers`: also by a Playwright
//! script (c). `bench 9 SEED MODULES` for nine rounds, and with the playwright-core in that folder.
//!
//! Everybody does the same to the same people: before each of them the console is put back to its beginning and signed in
//! to, which is not measured. What is measured of *ours* goes from the beginning of the look for the person's row; (a) and (b) begin
//! by loading the list, signed in and on the list already.
//! Nothing is asserted of times: the machine may do other things as well. The figures are medians, with least and most.

#![expect(clippy::print_stdout, reason = "a bench is there to be read")]

#[path = "../studies/circumstances.rs"]
mod circumstances;
mod ours;
mod peers;
mod phases;
mod playwright;
#[path = "../studies/processes.rs"]
#[expect(dead_code, reason = "nothing is killed here")]
mod processes;
mod script;
mod start;
mod tables;
mod timed;
mod work;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use seatwright::engine::browser::BrowserOptions;
use tracing_subscriber::layer::SubscriberExt as _;

use ours::Ours;
use peers::Peers;
use phases::Run;
use playwright::Playwright;
use script::Way;
use start::Place;
use tables::{Spread, head};
use timed::Steps;
use work::{Console, Operation, Times, Work};

const SEED: u64 = 20_261_121;
const ROUNDS: usize = 7;

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let rounds: usize =
        arguments.next().map_or(Ok(ROUNDS), |text| text.parse()).context("how many rounds?")?;
    ensure!(rounds > 0, "of no round there is nothing to tell");
    let seed = arguments.next().map_or(Ok(SEED), |text| text.parse()).context("which seed?")?;
    let playwright = arguments.next().map(PathBuf::from);
    let program = program()?;
    let folder = tempfile::Builder::new().prefix("seatwright-bench-").tempdir()?;
    let console = Console::start(seed).await?;
    println!("{}, {rounds} rounds, load {}\n", circumstances::circumstances(seed), load());
    let bench = Bench::start(&console, &program, folder.path(), playwright.as_deref()).await?;
    let rounds = bench.all(rounds).await?;
    print_ratios(&rounds);
    print_requests(&rounds);
    for operation in [Operation::SetRole, Operation::Remove] {
        println!("\n### Where the time of {operation} goes\n");
        tables::phases(&rounds.ours[&operation]).iter().for_each(|line| println!("{line}"));
    }
    tokio::task::block_in_place(|| print_start(&program, folder.path(), &console))?;
    println!("\nload at the end: {}", load());
    Ok(())
}

/// Whom the same work is done by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Who {
    Inside,
    Script,
    ByAddress,
    Playwright,
}

impl Who {
    const ALL: [Self; 4] = [Self::Inside, Self::Script, Self::ByAddress, Self::Playwright];

    fn name(self) -> &'static str {
        match self {
            Self::Inside => "(a)",
            Self::Script => "(b)",
            Self::ByAddress => "(b) by address",
            Self::Playwright => "(c)",
        }
    }
}

/// What the rounds gave; those of one index were done one after the other.
#[derive(Default)]
struct Rounds {
    ours: BTreeMap<Operation, Vec<Run>>,
    theirs: BTreeMap<(Operation, Who), Vec<Times>>,
}

struct Bench<'a> {
    console: &'a Console,
    ours: Ours,
    peers: Peers,
    playwright: Option<Playwright>,
}

impl<'a> Bench<'a> {
    async fn start(
        console: &'a Console,
        program: &Path,
        folder: &Path,
        playwright: Option<&Path>,
    ) -> Result<Self> {
        let mut options = BrowserOptions::new(program, folder.join("browsers"));
        options.cache_dir = Some(program.with_file_name("browser-cache"));
        options.loopback_only = true;
        let ours = Ours::new(&console.ready, folder, options).await?;
        tracing::subscriber::set_global_default(
            tracing_subscriber::registry().with(Steps(ours.moments.clone())),
        )?;
        let peers = Peers::start(&console.ready).await?;
        let playwright = playwright.map(|modules| Playwright::start(&console.ready, modules)).transpose()?;
        Ok(Self { console, ours, peers, playwright })
    }

    /// One round more than is asked for: the first fills caches and counts for nothing.
    async fn all(mut self, rounds: usize) -> Result<Rounds> {
        let mut seen = Rounds::default();
        let mut done = Ok(());
        'all: for operation in Operation::ALL {
            for round in 0..=rounds {
                done = self.round(operation, (round > 0).then_some(&mut seen)).await;
                if done.is_err() {
                    break 'all;
                }
                eprint(operation, round);
            }
        }
        let mut ended = self.peers.end().await;
        if let Some(playwright) = self.playwright {
            ended = ended.and(playwright.end().await);
        }
        self.ours.end().await?;
        done.and(ended).map(|()| seen)
    }

    async fn round(&mut self, operation: Operation, seen: Option<&mut Rounds>) -> Result<()> {
        let work = self.begin(operation)?;
        self.ours.sign_in().await?;
        let began = Instant::now();
        let report = self.ours.run(&work).await.with_context(|| format!("ours: {work:?}"))?;
        let took = began.elapsed();
        let moments = self.ours.moments.take();
        self.console.check(&work)?;
        let run = Run { began, took, moments, requests: report.driver_requests };
        let mut theirs = Vec::new();
        for who in Who::ALL {
            let work = self.begin(operation)?;
            let Some(times) = self.by(who, &work).await.with_context(|| format!("{who:?}: {work:?}"))? else {
                continue;
            };
            self.console.check(&work)?;
            theirs.push((who, times));
        }
        if let Some(seen) = seen {
            seen.ours.entry(operation).or_default().push(run);
            for (who, times) in theirs {
                seen.theirs.entry((operation, who)).or_default().push(times);
            }
        }
        Ok(())
    }

    /// Nothing where there is no such peer.
    async fn by(&mut self, who: Who, work: &Work) -> Result<Option<Times>> {
        if who == Who::Playwright {
            let Some(playwright) = &mut self.playwright else { return Ok(None) };
            playwright.prepare().await?;
            return playwright.run(work).await.map(Some);
        }
        self.peers.prepare().await?;
        let way = if who == Who::ByAddress { Way::Address } else { Way::Links };
        match who {
            Who::Inside => self.peers.inside(work).await,
            _ => self.peers.script(way).run(work).await,
        }
        .map(Some)
    }

    fn begin(&self, operation: Operation) -> Result<Work> {
        self.console.reset()?;
        self.console.work(operation)
    }
}

#[expect(clippy::print_stderr, reason = "it takes minutes, and stdout is for the tables")]
fn eprint(operation: Operation, round: usize) {
    eprintln!("{operation}: round {round}");
}

type Pick = fn(&Times) -> Option<Duration>;

fn print_ratios(rounds: &Rounds) {
    println!("### Ratios\n");
    let there = |who: &Who| rounds.theirs.keys().any(|(_, known)| known == who);
    let all: Vec<Who> = Who::ALL.into_iter().filter(there).collect();
    let mut columns = vec!["operation".to_owned(), "until".to_owned(), "ours, ms".to_owned()];
    columns.extend(all.iter().map(|who| format!("{}, ms", who.name())));
    columns.extend(all.iter().map(|who| format!("ours / {}", who.name())));
    println!("{}", head(&columns.iter().map(String::as_str).collect::<Vec<_>>()));
    for operation in Operation::ALL {
        let runs = &rounds.ours[&operation];
        let of_ours = |pick: Pick| -> Vec<Option<Duration>> {
            runs.iter().map(|run| pick(&run.of_change().unwrap_or_else(|| run.of_reading()))).collect()
        };
        let confirmed: Pick = |times| times.confirmed;
        let verified: Pick = |times| times.verified;
        let either: Pick = |times| times.verified.or(times.confirmed);
        let whole = runs.iter().map(|run| Some(run.took)).collect();
        for (until, own, pick) in [
            ("confirmed", of_ours(confirmed), confirmed),
            ("verified", of_ours(verified), verified),
            ("end of the command", whole, either),
        ] {
            print_ratio(rounds, &all, (operation, until), &own, pick);
        }
    }
}

fn print_ratio(
    rounds: &Rounds,
    all: &[Who],
    (operation, until): (Operation, &str),
    own: &[Option<Duration>],
    pick: Pick,
) {
    let Some(ours) = Spread::in_ms(own.iter().flatten().copied()) else { return };
    let (mut times, mut ratios) = (vec![ours.whole()], Vec::new());
    for who in all {
        let theirs: Vec<Option<Duration>> = rounds.theirs[&(operation, *who)].iter().map(pick).collect();
        let ratio = |(own, their): (&Option<Duration>, &Option<Duration>)| {
            Some((*own)?.as_secs_f64() / (*their)?.as_secs_f64())
        };
        let spread = Spread::of(own.iter().zip(&theirs).filter_map(ratio));
        times.push(Spread::in_ms(theirs.iter().flatten().copied()).map_or(String::new(), Spread::whole));
        ratios.push(spread.map_or(String::new(), Spread::ratio));
    }
    // What nobody else can be compared in says nothing.
    if ratios.iter().any(|ratio| !ratio.is_empty()) {
        println!("| {operation} | {until} | {} | {} |", times.join(" | "), ratios.join(" | "));
    }
}

fn print_requests(rounds: &Rounds) {
    println!("\n### Driver requests of ours\n");
    let (lines, differences) = tables::requests(&rounds.ours);
    lines.iter().for_each(|line| println!("{line}"));
    if differences.is_empty() {
        println!("\nthe same in all rounds, but for what was asked again");
    }
    differences.iter().for_each(|difference| println!("\n{difference}"));
}

fn print_start(program: &Path, folder: &Path, console: &Console) -> Result<()> {
    const LISTS: usize = 5;
    console.reset()?;
    let place = Place::new(program, folder.join("place"), &console.ready)?;
    place.list()?; // signs in, and keeps the session
    let starts = (0..LISTS).map(|_| place.list()).collect::<Result<Vec<_>>>()?;
    println!("\n### A second `list`, with a kept session, {LISTS} times\n");
    start::table(&starts).iter().for_each(|line| println!("{line}"));
    println!("\n### The program\n");
    start::memory(&starts).iter().for_each(|line| println!("{line}"));
    let helps = place.helps()?.map_or(String::new(), Spread::whole);
    println!("| `--help`, from start to end, ms | {helps} |");
    let bytes = program.metadata()?.len() as f64;
    println!("| the file, with line tables, MB | {:.0} |", bytes / 1_048_576.0);
    Ok(())
}

/// The three load averages: what else the machine does.
fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().take(3).collect::<Vec<_>>().join(" ")
}

/// The program of the same build.
fn program() -> Result<PathBuf> {
    let examples = std::env::current_exe()?;
    let program =
        examples.ancestors().nth(2).context("find the folder above the examples")?.join("seatwright");
    ensure!(program.is_file(), "there is no {}: cargo build --release --bin seatwright", program.display());
    Ok(program)
}
