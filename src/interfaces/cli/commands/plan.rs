//! `plan` and `explain`: a roster held against the workspace; and a command that is written down as a plan.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Serialize;

use super::{Context, no_such_run, open, run_id};
use crate::domain::{Action, Approval, Cost, Request};
use crate::engine::plan_file::{CostPart, signed};
use crate::engine::report::{Report, SCHEMA_VERSION};
use crate::engine::rostering::{GivenRoster, ItemReport, RosterPlan};
use crate::engine::table::{Roles, RosterFile};
use crate::engine::whole_file::NotWritten;
use crate::engine::{Engine, GivenRequest, PlanFile, whole_file};
use crate::interfaces::cli::args::{Consent, Explain, Manner, Plan, PlanTo, Undo};
use crate::interfaces::cli::ask::Asker;
use crate::interfaces::cli::exit::Advice;
use crate::interfaces::cli::render;

/// What `plan --json` prints.
#[derive(Serialize)]
struct Printed<'a> {
    schema_version: u32,
    report: &'a Report,
    items: &'a [ItemReport],
    /// What the changes cost a period, if prices are configured.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<CostPart>,
    /// The plan that can be carried out, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<Written<'a>>,
}

/// A plan that can be carried out.
#[derive(Serialize)]
struct Written<'a> {
    hash: &'a str,
    expires_at: &'a str,
    changes: usize,
    /// Where it was written, if that was asked for.
    file: Option<&'a Path>,
}

pub(super) async fn run(context: &Context, arguments: Plan) -> anyhow::Result<u8> {
    let to = arguments.to;
    to.check()?;
    let plan = planned(context, arguments.roster).await?;
    show(context, &to, plan)
}

/// What undoes a run, as a plan.
pub(super) async fn undo(context: &Context, arguments: Undo) -> anyhow::Result<u8> {
    let Undo { run, to } = arguments;
    let id = run_id(&run)?;
    to.check()?;
    let surroundings = context.surroundings()?;
    let journal = context.journal(&surroundings).await?;
    let record = journal.run(&id).await?.ok_or_else(|| no_such_run(&id, &surroundings))?;
    let engine = open(&surroundings, Some(&record.began.workspace)).await?;
    let mut asker = Asker::new(&context.printer, Consent::default());
    let plan = engine.plan_undo(&id, &mut asker).await?;
    show(context, &to, plan)
}

/// What a command would do, as a plan for somebody else to agree to.
pub(super) async fn of_request(
    context: &Context,
    engine: &Engine,
    manner: &Manner,
    given: GivenRequest,
) -> anyhow::Result<u8> {
    // Of an import those who are members already are many, and only counted.
    let all = !matches!(given.request, Request::Import { .. });
    let to = PlanTo { out: manner.out.clone(), force: manner.force, all };
    to.check()?;
    let mut asker = Asker::new(&context.printer, manner.consent);
    let plan = engine.plan_request(&given, &mut asker).await?;
    show(context, &to, plan)
}

impl PlanTo {
    /// Before a browser starts.
    fn check(&self) -> Result<(), NotWritten> {
        self.out.as_ref().map_or(Ok(()), |path| whole_file::may_be_written(path, self.force))
    }
}

fn show(context: &Context, arguments: &PlanTo, plan: RosterPlan) -> anyhow::Result<u8> {
    let RosterPlan { report, items, cost, file } = plan;
    let printer = &context.printer;
    if let (Some(path), Some(file)) = (&arguments.out, &file) {
        whole_file::write(path, &file.content(), arguments.force)?;
    }
    if printer.json() {
        let plan = file.as_ref().map(|file| Written {
            hash: &file.hash,
            expires_at: &file.expires_at,
            changes: file.changes(),
            file: arguments.out.as_deref(),
        });
        printer.value(&Printed {
            schema_version: SCHEMA_VERSION,
            report: &report,
            items: &items,
            cost: cost.as_ref().map(CostPart::of),
            plan,
        });
    } else if report.reading.is_some() {
        let shown: Vec<&ItemReport> =
            items.iter().filter(|item| arguments.all || item.change.is_some() || item.is_open).collect();
        table(context, &shown);
        printer.say(&summary(&items));
        printer.say(&render::seats_in_words(report.seat_delta));
        if let Some(cost) = &cost {
            printer.say(&render::cost_in_words(cost));
        }
        consequences(context, &items);
    }
    render::plan_of_roster(printer, &report);
    match (&arguments.out, &file) {
        (Some(path), Some(file)) => next(context, path, file, &report),
        (Some(path), None) => {
            printer.warning(&format!("{} was not written: there is no plan to carry out", path.display()))
        }
        (None, _) => {}
    }
    Ok(report.exit_code)
}

/// What there is to do with a plan that was written down.
fn next(context: &Context, path: &Path, file: &PlanFile, report: &Report) {
    let printer = &context.printer;
    printer.say(&format!(
        "plan {} in {}: {}, stands until {}",
        file.short(),
        path.display(),
        render::count(file.changes(), "change", "changes"),
        file.expires_at
    ));
    let place = path.display();
    printer.hint(&format!("`seatwright review {place}` makes a page of it"));
    let to_approve = file.to_approve().count();
    if to_approve > 0 {
        let how_many = render::count(to_approve, "change has", "changes have");
        printer
            .hint(&format!("{how_many} to be approved: look at the plan, then `seatwright approve {place}`"));
    }
    if report.refusals.is_empty() {
        printer.hint(&format!("`seatwright apply {place}` carries it out"));
    } else {
        printer.hint(&format!(
            "if it is right all the same: `seatwright apply {place} --override {}:{}`",
            file.short(),
            file.changes()
        ));
    }
}

pub(super) async fn explain(context: &Context, arguments: Explain) -> anyhow::Result<u8> {
    let email = arguments.email;
    let RosterPlan { report, items, cost, .. } = planned(context, arguments.roster).await?;
    let printer = &context.printer;
    let known: Vec<&ItemReport> = items.iter().filter(|item| item.email == email.as_str()).collect();
    if printer.json() {
        let items: Vec<ItemReport> = known.into_iter().cloned().collect();
        printer.value(&Printed {
            schema_version: SCHEMA_VERSION,
            report: &report,
            items: &items,
            cost: None,
            plan: None,
        });
    } else if let [item] = known[..] {
        let name = item.name.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
        printer.line(&format!("{}{name}: {}", item.email, item.action));
        printer.line(&format!("  why: {}", item.why));
        printer.line(&format!("  change: {}", item.change.as_deref().unwrap_or("none")));
        if let Some(cost) = item_cost(item, cost.as_ref()) {
            printer.line(&format!("  cost: {cost}"));
        }
        if let Some(approval) = item.approval {
            printer.line(&format!("  needs approval: {}", words(approval)));
        }
        if let Some(consequence) = &item.consequence {
            printer.line(&format!("  note: {consequence}"));
        }
    } else if report.reading.is_some() {
        printer.line(&format!("{email}: neither in the list nor in the roster"));
    }
    render::plan_of_roster(printer, &report);
    Ok(report.exit_code)
}

async fn planned(context: &Context, roster: Option<PathBuf>) -> anyhow::Result<RosterPlan> {
    let (engine, configured) = context.engine_and_roster().await?;
    let place = roster.or(configured).ok_or_else(|| {
        let hint = "name a file, or - for what comes through a pipe; or set roster = { file = \"...\" } in the configuration";
        Advice::usage("no roster is named", hint)
    })?;
    let given = read(context, &engine, &place)?;
    let mut asker = Asker::new(&context.printer, Consent::default());
    Ok(engine.plan_roster(&given, &mut asker).await?)
}

/// The roster that lies there.
pub(super) fn read(context: &Context, engine: &Engine, place: &Path) -> anyhow::Result<GivenRoster> {
    let (bytes, written_at) = content(place).map_err(|error| {
        let hint = "name a CSV or JSON file with the addresses of everybody who shall be a member";
        Advice::usage(format!("read {}: {error}", place.display()), hint)
    })?;
    let known = engine.workspace.role_names();
    let roles = Roles { of: &|word| engine.workspace.role(word), known: &known, default: None };
    let file = RosterFile::read(&bytes, &roles)
        .map_err(|findings| super::import::wrong(&context.printer, place, &findings))?;
    for note in &file.notes {
        context.printer.note(&format!("{}: {note}", place.display()));
    }
    Ok(GivenRoster::new(file.roster, place.display().to_string(), &bytes, written_at))
}

/// The content, and when it was written, as far as anybody knows.
fn content(place: &Path) -> std::io::Result<(Vec<u8>, Option<Timestamp>)> {
    if place == Path::new("-") {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok((bytes, None));
    }
    let bytes = std::fs::read(place)?;
    let written = std::fs::metadata(place)?.modified().ok();
    Ok((bytes, written.and_then(|time| Timestamp::try_from(time).ok())))
}

fn table(context: &Context, items: &[&ItemReport]) {
    if items.is_empty() {
        return context.printer.say("nothing is to be done");
    }
    let row = |item: &&ItemReport| {
        let approval = item.approval.map(|approval| format!(" [approval: {}]", words(approval)));
        vec![
            item.action.to_owned(),
            item.email.clone(),
            item.name.clone().unwrap_or_default(),
            format!("{}{}", item.why, approval.unwrap_or_default()),
        ]
    };
    let rows: Vec<Vec<String>> = items.iter().map(row).collect();
    context.printer.table(&["action", "email", "name", "why"], &rows, &[2, 3]);
}

/// `3 changes: 2 add, 1 remove; 57 others: 55 keep, 2 unmanaged`.
fn summary(items: &[ItemReport]) -> String {
    let counted = |changes: bool| {
        let of = |item: &&ItemReport| item.change.is_some() == changes;
        let mut counts: BTreeMap<usize, (&str, usize)> = BTreeMap::new();
        for item in items.iter().filter(of) {
            let place = Action::ALL.iter().position(|action| action.as_str() == item.action);
            counts.entry(place.unwrap_or_default()).or_insert((item.action, 0)).1 += 1;
        }
        let number = items.iter().filter(of).count();
        (
            number,
            counts.values().map(|(action, count)| format!("{count} {action}")).collect::<Vec<_>>().join(", "),
        )
    };
    let ((changes, kinds), (others, rest)) = (counted(true), counted(false));
    let changes = render::count(changes, "change", "changes");
    let part =
        |words: String, kinds: String| if kinds.is_empty() { words } else { format!("{words}: {kinds}") };
    format!("{}; {}", part(changes, kinds), part(render::count(others, "other", "others"), rest))
}

/// What one change costs: `+12.50 EUR per month`.
fn item_cost(item: &ItemReport, of_all: Option<&Cost>) -> Option<String> {
    let Cost { currency, period, .. } = of_all?;
    let amount = item.cost.as_ref().map(|amount| format!("{} {currency} per {period}", signed(amount)));
    amount.or_else(|| item.unpriced.as_ref().map(|why| format!("not known: {why}")))
}

/// What the map says follows, each once.
fn consequences(context: &Context, items: &[ItemReport]) {
    let mut told: Vec<&str> = items.iter().filter_map(|item| item.consequence.as_deref()).collect();
    told.sort_unstable();
    told.dedup();
    for consequence in told {
        context.printer.warning(consequence);
    }
}

/// The kind of approval, for people.
fn words(approval: &str) -> &str {
    Approval::parse(approval).map_or(approval, |class| class.why())
}
