//! `make bench`: what it takes to hold a roster against a list of so many people, from the bytes of the roster's file to the
//! plan. No browser and no disk are part of it. `bench_plan` starts itself once for each size, so that each has a memory of
//! its own; `bench_plan ROWS` is one of them.
//!
//! One in a hundred has another role, one in two hundred has left, as many are new; the rest is as it shall be.

#![expect(clippy::print_stdout, reason = "a bench is there to be read")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use seatwright::domain::{
    Action, Aim, Ceiling, Email, Grade, History, Leave, Leavers, Member, Policy, Reading, Reconciliation,
    Role, RoleId, RosterFacts, RosterRules, Scope, Status, StatusMeaning, reconcile,
};
use seatwright::engine::table::{Roles, RosterFile};

const SIZES: [usize; 4] = [10_000, 20_000, 50_000, 100_000];
const ROUNDS: usize = 7;
const OPERATIONS: [&str; 5] = ["invite", "resend", "cancel_invite", "change_role", "remove"];

fn main() -> Result<()> {
    if let Some(rows) = std::env::args().nth(1) {
        return of(rows.parse().context("how many rows?")?);
    }
    println!("| people | read the file, ms | plan, ms | a person, µs | changes | the most held, MB |");
    println!("|---|---|---|---|---|---|");
    for rows in SIZES {
        let status = Command::new(std::env::current_exe()?).arg(rows.to_string()).status()?;
        ensure!(status.success(), "{rows} rows: {status}");
    }
    Ok(())
}

fn of(rows: usize) -> Result<()> {
    let (file, reading) = (file(rows), reading(rows));
    let (mut reads, mut plans, mut changes) = (Vec::new(), Vec::new(), 0);
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let roles = Roles { of: &|word| Some(RoleId::new(word)), known: &[], default: None };
        let read =
            RosterFile::read(file.as_bytes(), &roles).map_err(|findings| anyhow::anyhow!("{findings:?}"))?;
        reads.push(began.elapsed());
        let began = Instant::now();
        let plan = plan(&read, &reading);
        plans.push(began.elapsed());
        changes = checked(&plan, rows)?;
    }
    let (read, plan) = (median(reads), median(plans));
    let micros = (read + plan).as_secs_f64() * 1e6 / rows as f64;
    println!(
        "| {rows} | {:.0} | {:.0} | {micros:.1} | {changes} | {} |",
        read.as_secs_f64() * 1e3,
        plan.as_secs_f64() * 1e3,
        most_held()?
    );
    Ok(())
}

fn address(number: usize) -> String {
    format!("person.number.{number}@acme.example")
}

/// What the roster says of them, if it names them.
fn role_wanted(number: usize) -> Option<&'static str> {
    match number % 200 {
        0 => None,
        1 | 2 => Some("author"),
        _ => Some("learner"),
    }
}

fn file(rows: usize) -> String {
    let mut text = "Work Email,Role,Display Name,Employment Status\n".to_owned();
    for number in 0..rows + rows / 200 {
        if let Some(role) = role_wanted(number) {
            let _ = writeln!(text, "{},{role},\"Person, Number {number}\",Active", address(number));
        }
    }
    text
}

fn reading(rows: usize) -> Reading {
    let member = |number: usize| Member {
        email: Email::parse(&address(number)).ok(),
        name: Some(format!("Person, Number {number}")),
        roles: Some(BTreeSet::from([RoleId::new(if number == 0 { "admin" } else { "learner" })])),
        status: Some(Status::from(StatusMeaning::Active)),
        ..Member::default()
    };
    let members: Vec<Member> = (0..rows).map(member).collect();
    Reading {
        total: Some(members.len() as u64),
        members: members.into(),
        grade: Grade::Total,
        unproven: None,
        without_address: 0,
        ambiguous: BTreeSet::new(),
    }
}

fn plan(roster: &RosterFile, reading: &Reading) -> Reconciliation {
    let role = |id: &str, privileged| Role {
        id: RoleId::new(id),
        seat: id != "learner",
        privileged,
        grantable: true,
    };
    let roles = [role("admin", true), role("author", false), role("learner", false)];
    let scope = Scope { domains: BTreeSet::from(["acme.example".to_owned()]), adopted: BTreeSet::new() };
    let no_limit = u32::MAX;
    let policy = Policy {
        max_removals: Ceiling::Count(no_limit),
        max_new_seats: no_limit,
        max_privileged: no_limit,
        ..Policy::default()
    };
    let aim = Aim {
        roster: &roster.roster,
        facts: RosterFacts { age_hours: Some(1), before: Some(roster.roster.len()) },
        rules: RosterRules::default(),
        scope: &scope,
        leavers: &Leavers { step: Leave::Remove, grace_days: 0 },
        default_role: None,
        days_away: &BTreeMap::new(),
        operations: &OPERATIONS.map(str::to_owned).into(),
        costly: &BTreeSet::new(),
    };
    let oneself = Email::parse(&address(0)).expect("an address");
    reconcile(&aim, reading, &roles, &policy, &History::default(), &oneself)
}

/// That it is the plan it should be, and how many changes it has.
fn checked(plan: &Reconciliation, rows: usize) -> Result<usize> {
    ensure!(plan.refusals.is_empty(), "refused: {:?}", plan.refusals);
    let count = |action: Action| plan.items.iter().filter(|item| item.action == action).count();
    let removed = rows / 200 - 1; // the first of them is oneself
    ensure!(count(Action::Remove) == removed, "{} are removed, not {removed}", count(Action::Remove));
    ensure!(count(Action::Role) == rows / 100, "{} get another role", count(Action::Role));
    let changes = plan.items.iter().filter(|item| item.change.is_some()).count();
    Ok(changes)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The most memory this process has had, in MB, as the kernel counts it.
fn most_held() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    Ok(line.trim().trim_end_matches(" kB").parse::<u64>()? / 1024)
}
