//! Plans and reports in words. What is data goes to stdout, what is for people to stderr.

use std::collections::BTreeMap;

use super::printer::{Printer, Style};
use crate::domain::{Change, Cost, Email, Found, OutcomeKind, Reading};
use crate::engine::Proposal;
use crate::engine::report::{ChangeReport, ReadingReport, RefusalReport, Report};
use crate::engine::traffic::Writes;

/// `1 person`, `3 people`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// What is about to be done, on stderr.
pub(crate) fn proposal(printer: &Printer, proposal: &Proposal<'_>) {
    let plan = proposal.plan;
    let changes = count(plan.changes.len(), "change", "changes");
    let place = format!(" for {}, {}: {changes}", proposal.workspace, proposal.console);
    printer.say_styled(Style::Bold, "Plan", &place);
    for change in &plan.changes {
        let decided = proposal.choices.get(change.email()).map(decided).unwrap_or_default();
        printer.say(&format!("  {change}{}{decided}", who(change, proposal.reading)));
    }
    if !plan.settled.is_empty() {
        printer.say(&format!("Nothing is done about {}:", count(plan.settled.len(), "person", "people")));
        for (email, outcome) in &plan.settled {
            printer.say(&format!("  {email}: {outcome}"));
        }
    }
    printer.say(&seats_in_words(plan.seat_delta));
    for consequence in &proposal.consequences {
        printer.say_styled(Style::Warn, "Note: ", consequence);
    }
    if !proposal.reading.grade.is_proven() {
        let why = proposal.reading.unproven.as_deref().unwrap_or("no reason is known");
        printer.warning(&format!("the list of members is not proven complete: {why}"));
    }
}

/// What the list says of somebody, so that a person can see that it is the one they mean.
fn who(change: &Change, reading: &Reading) -> String {
    let Found::One(member) = reading.find(change.email()) else { return String::new() };
    let roles =
        || member.roles.iter().flatten().map(|role| role.as_str().to_owned()).collect::<Vec<_>>().join(", ");
    let mut known: Vec<String> = member.name.iter().cloned().collect();
    if change.ends_in_absence() {
        known.push(roles());
    }
    known.extend(member.cells.get("status").cloned());
    known.retain(|word| !word.trim().is_empty());
    if known.is_empty() { String::new() } else { format!("  ({})", known.join("; ")) }
}

/// The decisions of the customer beside a change: `  [files = keep]`.
pub(crate) fn decided(choices: &BTreeMap<String, String>) -> String {
    let words: Vec<String> = choices.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    if words.is_empty() { String::new() } else { format!("  [{}]", words.join(", ")) }
}

/// How many paid seats are used more or fewer afterwards.
pub(crate) fn seats_in_words(delta: i64) -> String {
    let seats = match delta {
        0 => "as many as before".to_owned(),
        more if more > 0 => format!("{more} more"),
        fewer => format!("{} fewer", fewer.unsigned_abs()),
    };
    format!("Paid seats: {seats}")
}

/// What changes cost a period.
pub(crate) fn cost_in_words(cost: &Cost) -> String {
    format!("Cost: {}", cost.in_words())
}

/// What speaks against a plan, and how the list was read that it was made on.
pub(crate) fn plan_of_roster(printer: &Printer, report: &Report) {
    if !report.refusals.is_empty() {
        let how_many = count(report.refusals.len(), "guard says", "guards say");
        printer.say_styled(Style::Bad, "refused: ", &format!("{how_many} no to it as it is"));
        told(printer, report);
    }
    reading(printer, report);
}

/// What came of a request: a line for each person on stdout, what to do next on stderr.
pub(crate) fn outcome(printer: &Printer, report: &Report) {
    if printer.json() {
        printer.value(report);
    } else {
        let width =
            report.changes.iter().map(|change| change.email.chars().count()).max().unwrap_or_default();
        for change in &report.changes {
            let word = word(report, change);
            let rest = format!(
                "{:pad$}  {:width$}  {}",
                "",
                change.email,
                detail(report, change),
                pad = 12 - word.len().min(12)
            );
            printer.styled_line(style(change), word, rest.trim_end());
        }
    }
    refusals(printer, report);
    hints(printer, report);
    failure(printer, report);
    if is_in_doubt(report) {
        printer.hint(&how_to_decide(report));
    }
    drift(printer, report);
    disagreements(printer, report);
    left(printer, report);
    sent(printer, report);
    closing(printer, report);
}

/// What a new plan would say, by the reading at the end.
fn left(printer: &Printer, report: &Report) {
    match report.left {
        None => {}
        Some(0) => printer.say("the workspace is as the roster wants it, by the reading at the end"),
        Some(changes) => {
            let changes = count(changes, "change is", "changes are");
            printer.say(&format!("{changes} still to be made, by the reading at the end"));
            printer.hint("`seatwright plan` tells them");
        }
    }
}

/// So many people are named; of more, only their number is told.
const NAMED: usize = 3;

/// What became of many people: who did not come in, by name, and the others as a number, by name if they are few.
pub(crate) fn import(printer: &Printer, report: &Report) {
    if printer.json() {
        return outcome(printer, report);
    }
    let is_fine = |change: &&ChangeReport| {
        matches!(change.outcome().kind, OutcomeKind::Done | OutcomeKind::Pending | OutcomeKind::AlreadySo)
            || is_planned(report, change)
    };
    let (fine, others): (Vec<&ChangeReport>, Vec<&ChangeReport>) = report.changes.iter().partition(is_fine);
    for (word, people) in tally(report, &fine) {
        printer.styled_line(Style::Good, word, &format!("  {people}"));
    }
    let short = Report { changes: others.into_iter().cloned().collect(), ..report.clone() };
    outcome(printer, &short);
}

/// The people of each word: `12 people`, `1 person: anna@example.com`.
fn tally<'a>(report: &Report, changes: &[&'a ChangeReport]) -> BTreeMap<&'a str, String> {
    let mut words: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for change in changes {
        words.entry(word(report, change)).or_default().push(&change.email);
    }
    let told = |people: Vec<&str>| {
        let number = count(people.len(), "person", "people");
        if people.len() > NAMED { number } else { format!("{number}: {}", people.join(", ")) }
    };
    words.into_iter().map(|(word, people)| (word, told(people))).collect()
}

/// The word for what became of somebody. In a rehearsal, what would have been done is no failure.
pub(crate) fn word<'a>(report: &Report, change: &'a ChangeReport) -> &'a str {
    if is_planned(report, change) { "planned" } else { &change.outcome }
}

fn is_planned(report: &Report, change: &ChangeReport) -> bool {
    report.dry_run && change.outcome().kind == OutcomeKind::Skipped
}

fn style(change: &ChangeReport) -> Style {
    match change.outcome().kind {
        OutcomeKind::Done | OutcomeKind::Pending => Style::Good,
        OutcomeKind::AlreadySo => Style::Plain,
        OutcomeKind::Skipped | OutcomeKind::NeedsPerson => Style::Warn,
        OutcomeKind::Failed | OutcomeKind::Refused | OutcomeKind::InDoubt => Style::Bad,
    }
}

/// Reason and particulars; the change itself where there are none, or where it is only planned.
fn detail(report: &Report, change: &ChangeReport) -> String {
    let said = [change.reason.clone(), change.detail.clone()];
    let said: Vec<String> = said.into_iter().flatten().collect();
    if is_planned(report, change) || (said.is_empty() && change.outcome().kind != OutcomeKind::AlreadySo) {
        return format!("{}{}", change.change, decided(&change.choices));
    }
    if said.is_empty() { "nothing to do".to_owned() } else { said.join(": ") }
}

/// A change of this very run is in doubt; one of an earlier run names that run in its particulars.
pub(crate) fn is_in_doubt(report: &Report) -> bool {
    report.changes.iter().any(|change| change.id.is_some() && change.outcome().kind == OutcomeKind::InDoubt)
}

/// What is in doubt a new reading decides, where the list shows it; else somebody has to look.
pub(crate) fn how_to_decide(report: &Report) -> String {
    let run = &report.run;
    if report.operation != "resend" {
        return format!("`seatwright resume {run}` decides what is in doubt by new readings");
    }
    let doubtful = |change: &&ChangeReport| change.outcome().kind == OutcomeKind::InDoubt;
    let id = report.changes.iter().filter(doubtful).find_map(|change| change.id).unwrap_or_default();
    format!(
        "look in the console, or ask the person, whether it was sent; then `seatwright resume {run} --settle {id}=done` \
         or `{id}=not-done`"
    )
}

fn refusals(printer: &Printer, report: &Report) {
    if report.refusals.is_empty() {
        return;
    }
    let how_many = count(report.refusals.len(), "guard says", "guards say");
    printer.say_styled(Style::Bad, "refused: ", &format!("{how_many} no, so nothing was done"));
    told(printer, report);
}

/// Each refusal, with what to do next.
fn told(printer: &Printer, report: &Report) {
    for refusal in &report.refusals {
        printer.say(&format!("  {}", refused(refusal)));
        printer.hint(&refusal.hint);
    }
}

/// The guard, whom it is about, and what it says; the address once.
pub(crate) fn refused(refusal: &RefusalReport) -> String {
    match &refusal.email {
        Some(email) if !refusal.message.contains(email.as_str()) => {
            format!("{}: {email}: {}", refusal.guard, refusal.message)
        }
        _ => format!("{}: {}", refusal.guard, refusal.message),
    }
}

/// What to do next about one person. Of what is in doubt only a new reading can say more, so there is no other hint.
pub(crate) fn hint_of(change: &ChangeReport) -> Option<&str> {
    change.hint.as_deref().filter(|_| change.outcome().kind != OutcomeKind::InDoubt)
}

/// Each hint once, with the people it is for.
fn hints(printer: &Printer, report: &Report) {
    let mut hints: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for change in &report.changes {
        if let Some(hint) = hint_of(change) {
            hints.entry(hint).or_default().push(&change.email);
        }
    }
    for (hint, emails) in hints {
        let whom = match emails.as_slice() {
            [first, second, third, more @ ..] if more.len() > 1 => {
                format!("{first}, {second}, {third} and {} others", more.len())
            }
            few => few.join(", "),
        };
        printer.hint(&format!("{hint} ({whom})"));
    }
}

fn failure(printer: &Printer, report: &Report) {
    if let Some(error) = &report.error {
        printer.say_styled(Style::Bad, "error: ", &error.message);
        if !error.hint.is_empty() {
            printer.hint(&error.hint);
        }
    }
}

fn drift(printer: &Printer, report: &Report) {
    for note in &report.drift {
        printer.warning(&format!("the console is no longer quite as the map says: {note}"));
    }
}

fn closing(printer: &Printer, report: &Report) {
    let head = report.chain_head.as_deref().unwrap_or("unknown");
    printer.note(&format!(
        "run {}: `seatwright show {}` tells all of it; journal head {head}",
        report.run, report.run
    ));
}

/// What became of a run that read the members, on stderr.
pub(crate) fn reading(printer: &Printer, report: &Report) {
    failure(printer, report);
    drift(printer, report);
    sent(printer, report);
    closing(printer, report);
    let Some(reading) = &report.reading else { return };
    if reading.without_address > 0 {
        let rows = count(reading.without_address, "row has", "rows have");
        printer.warning(&format!("{rows} no address: listed, and never touched"));
    }
    if reading.unproven.is_none() {
        printer.say(&completeness(reading));
    } else {
        printer.warning(&completeness(reading));
        printer.hint(
            "take nobody's absence from this list for granted; run it again when the workspace is quiet",
        );
    }
}

/// Where the console's page, its server and its list do not say the same.
fn disagreements(printer: &Printer, report: &Report) {
    for change in &report.changes {
        if let Some(told) = &change.disagreement {
            printer.warning(&format!("{}: {told}", change.change));
        }
    }
}

/// What the console's pages sent, where that is worth a word: what was refused may be why something did not go on.
fn sent(printer: &Printer, report: &Report) {
    let Some(writes) = &report.writes else { return };
    let changes_nothing = report.dry_run || report.changes.is_empty();
    if !changes_nothing && writes.refused == 0 {
        return;
    }
    let [first, rest @ ..] = &writes_in_lines(writes)[..] else { return };
    printer.say(first);
    rest.iter().for_each(|line| printer.say(line));
    if writes.refused > 0 && (report.error.is_some() || report.exit_code == 4) {
        printer.hint(
            "a refused request may be why it did not go on; if it changes nothing, name it under `reads` or `habits` in \
             the map's [network]",
        );
    }
}

/// What was sent and refused, and what kinds of requests were.
pub(crate) fn writes_in_lines(writes: &Writes) -> Vec<String> {
    let refused = writes.refused_by_request().into_iter();
    let kinds = refused.map(|(request, count)| match count {
        1 => format!("  refused: {request}"),
        count => format!("  refused: {request}, {count} times"),
    });
    std::iter::once(writes.to_string()).chain(kinds).collect()
}

/// What the console's server answered to a commit.
pub(crate) fn answers(change: &ChangeReport) -> Option<String> {
    let answers: Vec<String> = change.answers.iter().map(ToString::to_string).collect();
    (!answers.is_empty()).then(|| answers.join(", "))
}

/// How well the list is proven, in a line.
pub(crate) fn completeness(reading: &ReadingReport) -> String {
    let members = count(reading.rows, "member", "members");
    match &reading.unproven {
        None => format!("{members}, list proven complete ({})", reading.grade),
        Some(why) => format!("{members} read, list NOT proven complete: {why}"),
    }
}

/// The addresses of a request, for people.
pub(crate) fn addresses(emails: &[Email]) -> String {
    emails.iter().map(Email::as_str).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Outcome, Reason};

    fn report(changes: Vec<ChangeReport>, dry_run: bool) -> Report {
        let report = serde_json::json!({
            "schema_version": 1, "run": "r", "workspace": "w", "operation": "invite", "console": "a/b",
            "map_sha256": "", "started_at": "", "ended_at": "", "reading": null, "changes": [], "refusals": [],
            "seat_delta": 0, "error": null, "dry_run": dry_run, "drift": [], "writes": "unproven",
            "driver_requests": {}, "chain_head": null, "exit_code": 0,
        });
        Report { changes, ..serde_json::from_value(report).unwrap() }
    }

    fn change(id: Option<i64>, outcome: &Outcome) -> ChangeReport {
        ChangeReport::of(id, "anna@example.com", "invite anna@example.com as viewer".to_owned(), outcome)
    }

    #[test]
    fn a_person_has_a_word_and_a_reason() {
        let check = |outcome: Outcome, dry_run, expected: (&str, &str)| {
            let change = change(None, &outcome);
            let report = report(vec![change.clone()], dry_run);
            assert_eq!((word(&report, &change), detail(&report, &change).as_str()), expected);
        };
        let asked = "invite anna@example.com as viewer";
        check(Outcome::done(), false, ("done", asked));
        check(Outcome::already_so(), false, ("already_so", "nothing to do"));
        check(Outcome::failed(Reason::SeatLimit), false, ("failed", "seat_limit"));
        check(Outcome::failed(Reason::NotFound).with_detail("gone"), true, ("failed", "not_found: gone"));
        let skipped = Outcome::new(OutcomeKind::Skipped).with_detail("only rehearsed");
        check(skipped.clone(), true, ("planned", asked));
        check(skipped, false, ("skipped", "only rehearsed"));
    }

    #[test]
    fn a_few_people_of_an_import_are_named() {
        let came = |number: usize, outcome: Outcome| {
            (1..=number).map(move |one| ChangeReport {
                email: format!("person{one}@example.com"),
                ..change(None, &outcome)
            })
        };
        let told = |changes: Vec<ChangeReport>, dry_run| {
            let report = report(changes, dry_run);
            let tally = tally(&report, &report.changes.iter().collect::<Vec<_>>());
            tally.iter().map(|(word, people)| format!("{word}  {people}\n")).collect::<String>()
        };
        let fine = [(1, OutcomeKind::Pending), (3, OutcomeKind::AlreadySo), (4, OutcomeKind::Done)];
        let fine = fine.into_iter().flat_map(|(number, kind)| came(number, Outcome::new(kind)));
        let planned = came(2, Outcome::new(OutcomeKind::Skipped));
        insta::assert_snapshot!(told(fine.collect(), false) + &told(planned.collect(), true), @r"
        already_so  3 people: person1@example.com, person2@example.com, person3@example.com
        done  4 people
        pending  1 person: person1@example.com
        planned  2 people: person1@example.com, person2@example.com
        ");
    }

    #[test]
    fn what_the_customer_decided_stands_beside_the_change() {
        let planned = Outcome::new(OutcomeKind::Skipped).with_detail("only rehearsed");
        let mut change = change(None, &planned);
        change.choices =
            [("files", "Keep"), ("mails", "no")].map(|(a, b)| (a.to_owned(), b.to_owned())).into();
        let report = report(vec![change.clone()], true);
        let expected = "invite anna@example.com as viewer  [files = Keep, mails = no]";
        assert_eq!(detail(&report, &change), expected);
        let json = serde_json::to_value(&change).unwrap();
        assert_eq!(json["choices"], serde_json::json!({ "files": "Keep", "mails": "no" }));
    }

    #[test]
    fn what_is_in_doubt_has_no_hint_but_to_resume() {
        let doubt = Outcome::in_doubt(Reason::NotApplied);
        assert_eq!(hint_of(&change(Some(1), &doubt)), None);
        assert!(hint_of(&change(Some(1), &Outcome::failed(Reason::SeatLimit))).is_some());
        assert!(is_in_doubt(&report(vec![change(Some(1), &doubt)], false)));
        // It belongs to an earlier run: resuming this one would decide nothing.
        assert!(!is_in_doubt(&report(vec![change(None, &doubt)], false)));
    }

    #[test]
    fn a_list_that_is_not_proven_says_so_aloud() {
        let mut reading = ReadingReport {
            rows: 1,
            total: Some(1),
            grade: "total".to_owned(),
            unproven: None,
            without_address: 0,
        };
        assert_eq!(completeness(&reading), "1 member, list proven complete (total)");
        (reading.rows, reading.unproven) = (58, Some("the console says 60 members and shows 58".to_owned()));
        let expected = "58 members read, list NOT proven complete: the console says 60 members and shows 58";
        assert_eq!(completeness(&reading), expected);
    }
}
