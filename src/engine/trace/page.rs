//! The page itself, from what it says first to what is only looked up.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::change::{Picture, Pictures, badge, change, steps_table};
use super::words::{counts, duration, headline, meaning, order, sentence, todos};
use crate::engine::evidence::{Evidence, Shared, StepRecord};
use crate::engine::journal::NewRun;
use crate::engine::report::{ChangeReport, Report};
use crate::engine::visible::visible;

const STYLE: &str = include_str!("style.css");

/// All pictures of a page together, as they stand in it: a page of 100 changes stays below 5 MB.
const MOST_OF_PICTURES: usize = 4_300_000;
/// So many people are named beside something to do; of others there is their number.
const NAMED: usize = 5;

/// What the page tells of.
pub(super) struct Told<'a> {
    pub(super) report: &'a Report,
    pub(super) began: &'a NewRun,
    pub(super) evidence: &'a Evidence,
    pub(super) shared: &'a Shared<'a>,
}

impl Told<'_> {
    /// A text from outside: without secrets and other people, and harmless. The template escapes its signs.
    pub(super) fn text(&self, text: &str) -> Markup {
        html! { bdi { (visible(&self.shared.text(text))) } }
    }
}

/// The page as it is written.
pub(super) fn page(told: &Told<'_>) -> String {
    let report = told.report;
    let steps = told.evidence.steps();
    let (mood, line) = headline(report);
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            (head(&format!("{line} · {} · run {}", report.workspace, report.run)))
            body {
                header class=(mood.class()) {
                    p.over { (visible(&report.workspace)) " · " (report.operation.replace('_', " ")) " · " (moment(&report.started_at)) }
                    h1 { span.sign aria-hidden="true" { (mood.sign()) } (line) }
                    @let counts = counts(report);
                    @if counts.len() > 1 || report.changes.len() > 1 {
                        p.counts { @for (word, mood, count) in &counts { (badge(*mood, &format!("{count} {word}"))) " " } }
                    }
                }
                main {
                    (next(told))
                    (failure(told))
                    (refusals(told))
                    (changes(told, &steps))
                    (drift(told))
                    (about(told))
                    (network(told))
                    (others(told, &steps))
                }
                footer {
                    p { "Written by seatwright " (env!("CARGO_PKG_VERSION")) ". Passwords, codes and tokens are not on this page. Names and addresses of people this run was not about stand under other names, the same ones all through the run." }
                }
            }
        }
    };
    markup.into_string()
}

/// What a browser has to know of a page that needs nothing but itself.
pub(super) fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'";
            meta name="referrer" content="no-referrer";
            meta name="color-scheme" content="light dark";
            title { (visible(title)) }
            style { (PreEscaped(STYLE)) }
        }
    }
}

fn next(told: &Told<'_>) -> Markup {
    let todos = todos(told.report);
    html! {
        section.next {
            h2 { "What to do next" }
            @if todos.is_empty() { p { "Nothing." } }
            @else {
                ol {
                    @for todo in &todos {
                        li {
                            (told.text(&todo.what))
                            @if let Some(command) = &todo.command { pre { code { (visible(command)) } } }
                            @if !todo.whom.is_empty() { div.whom { (told.text(&some(&todo.whom))) } }
                        }
                    }
                }
            }
        }
    }
}

/// `a, b, c and 4 others`.
fn some(whom: &[String]) -> String {
    match whom.len() {
        0..=NAMED => whom.join(", "),
        all => format!("{} and {} others", whom[..NAMED - 1].join(", "), all + 1 - NAMED),
    }
}

fn failure(told: &Told<'_>) -> Markup {
    html! {
        @if let Some(error) = &told.report.error {
            section.failure {
                h2 { "What went wrong" }
                p { (told.text(&error.message)) }
                @if let Some(reason) = &error.reason { p.note { "Reason: " code { (visible(reason)) } @if error.retryable { ". Trying again can help." } } }
            }
        }
    }
}

fn refusals(told: &Told<'_>) -> Markup {
    html! {
        @if !told.report.refusals.is_empty() {
            section {
                h2 { "Refused by guards" }
                ul.refusals {
                    @for refusal in &told.report.refusals {
                        li {
                            code { (visible(&refusal.guard)) } " "
                            @if let Some(email) = refusal.email.as_ref().filter(|email| !refusal.message.contains(email.as_str())) { (told.text(email)) ": " }
                            (told.text(&refusal.message))
                        }
                    }
                }
            }
        }
    }
}

fn changes(told: &Told<'_>, steps: &[StepRecord]) -> Markup {
    let report = told.report;
    let mut listed: Vec<&ChangeReport> = report.changes.iter().collect();
    listed.sort_by_key(|change| order(change.outcome().kind));
    let mut pictures = pictures(told, &listed);
    let left_out = pictures.iter().filter(|pictures| pictures.left_out).count();
    html! {
        @if !listed.is_empty() {
            section {
                h2 { "Changes" }
                @if left_out > 0 {
                    p.note { "Pictures of " (left_out) " of the changes, the oldest of those that went well first, are left out, so that this page stays small." }
                }
                @for one in &listed {
                    @let own: Vec<&StepRecord> = steps.iter().filter(|step| step.change.is_some() && step.change == one.id).collect();
                    (change(told, one, &pictures.remove(0), &own))
                }
            }
        }
    }
}

/// The pictures of each change. Where they are too many, those of what went well go first, the oldest before the others.
fn pictures(told: &Told<'_>, changes: &[&ChangeReport]) -> Vec<Pictures> {
    let all = |change: &&ChangeReport| {
        let shown = change.evidence.iter().filter_map(|name| Picture::of(told, name)).collect();
        Pictures { shown, left_out: false }
    };
    let mut found: Vec<Pictures> = changes.iter().map(all).collect();
    let mut total: usize = found.iter().flat_map(|pictures| &pictures.shown).map(Picture::size).sum();
    let mut by_worth: Vec<usize> = (0..changes.len()).collect();
    by_worth.sort_by_key(|at| (!changes[*at].outcome().kind.is_fine(), changes[*at].id));
    for at in by_worth {
        if total <= MOST_OF_PICTURES {
            break;
        }
        let pictures = &mut found[at];
        pictures.left_out = !pictures.shown.is_empty();
        total -= pictures.shown.drain(..).map(|picture| picture.size()).sum::<usize>();
    }
    found
}

fn drift(told: &Told<'_>) -> Markup {
    html! {
        @if !told.report.drift.is_empty() {
            section {
                h2 { "Drift: the console is no longer quite as the map says" }
                ul { @for note in &told.report.drift { li { (told.text(note)) } } }
            }
        }
    }
}

fn about(told: &Told<'_>) -> Markup {
    let (report, began) = (told.report, told.began);
    let row = |name: &str, value: Markup| html! { dt { (name) } dd { (value) } };
    let plain = |text: &str| html! { (visible(text)) };
    html! {
        section {
            h2 { "The run" }
            dl.about {
                (row("Run", html! { code { (visible(&report.run)) } }))
                (row("Workspace", plain(&report.workspace)))
                (row("Asked", html! { (visible(&report.operation)) (asked(told)) }))
                (row("By", plain(&began.os_user)))
                @if let Some(key) = &began.key { (row("Key", html! { code { (visible(key.as_str())) } })) }
                (row("Console", plain(&report.console)))
                (row("Map", html! { code { (visible(&report.map_sha256)) } }))
                (row("Began", plain(&moment(&report.started_at))))
                (row("Ended", html! { (visible(&moment(&report.ended_at))) @if let Some(took) = took(report) { ", after " (duration(took)) } }))
                (row("Exit code", html! { (report.exit_code) ": " (meaning(report.exit_code)) }))
                @if let Some(reading) = &report.reading {
                    (row("List", html! {
                        (reading.rows) " people, "
                        @match &reading.unproven {
                            None => { "proven complete (" (visible(&reading.grade)) ")" }
                            Some(why) => { strong { "not proven complete" } ": " (told.text(why)) }
                        }
                        @if reading.without_address > 0 { "; " (reading.without_address) " rows without an address, never touched" }
                    }))
                }
                @if !report.changes.is_empty() { (row("Paid seats", html! { @if report.seat_delta > 0 { "+" } (report.seat_delta) })) }
                @if let Some(file) = &report.file { (row("File", html! { (file.bytes) " bytes, SHA-256 " code { (visible(&file.sha256)) } })) }
                @if let Some(browser) = &report.browser { (row("Browser", html! { (visible(browser)) })) }
                (row("Driver requests", html! { (requests(&report.driver_requests)) }))
                @if let Some(head) = &report.chain_head { (row("Journal", html! { code { (visible(head)) } })) }
            }
        }
    }
}

/// Where the console stood when something failed, as snapshots, and what is kept beside the page.
fn others(told: &Told<'_>, steps: &[StepRecord]) -> Markup {
    let common: Vec<&StepRecord> = steps.iter().filter(|step| step.change.is_none()).collect();
    let snapshots = told.evidence.snapshots();
    html! {
        @if !common.is_empty() {
            section {
                details {
                    summary { h2 { "Steps that served all of it (" (common.len()) ")" } }
                    (steps_table(told, &common))
                }
            }
        }
        @if !snapshots.is_empty() {
            section {
                details {
                    summary { h2 { "Snapshots of the console (" (snapshots.len()) ")" } }
                    p.note { "Beside this page, without secrets and other people, and without its looks. What the map looks for is found in them as it was." }
                    ul { @for name in &snapshots { li { a href=(name) { (name) } } } }
                }
            }
        }
    }
}

/// What the console's pages sent. No more is claimed than was seen.
fn network(told: &Told<'_>) -> Markup {
    html! {
        @if let Some(writes) = &told.report.writes {
            section {
                h2 { "Network" }
                p { (told.text(&sentence(told.report, &writes.to_string()))) "." }
                @if !writes.requests.is_empty() {
                    div.scrolls {
                        table {
                            thead { tr { th { "Request" } th { "What became of it" } th.number { "How often" } } }
                            tbody {
                                @for sent in &writes.requests {
                                    tr { td { code { (told.text(&sent.request)) } } td { (told.text(&sent.what)) } td.number { (sent.count) } }
                                }
                            }
                        }
                    }
                }
                @if !writes.elsewhere.is_empty() {
                    p.note { "Something was read from other hosts too: " (told.text(&writes.elsewhere.iter().cloned().collect::<Vec<_>>().join(", "))) }
                }
            }
        }
    }
}

fn asked(told: &Told<'_>) -> Markup {
    // What takes two saves is two changes of one person.
    let people: BTreeSet<&str> = told.report.changes.iter().map(|change| change.email.as_str()).collect();
    let arguments = &told.began.arguments;
    let role = arguments["role"].as_str().map(|role| format!(", role {role}")).unwrap_or_default();
    let whom = match people.len() {
        0 => String::new(),
        1 => format!(" {}", told.report.changes[0].email),
        people => format!(", {people} people"),
    };
    told.text(&format!("{whom}{role}{}", if told.report.dry_run { ", as a rehearsal" } else { "" }))
}

/// `124: run 80, click 20`.
fn requests(by_verb: &BTreeMap<String, u64>) -> String {
    let verbs: Vec<(&String, &u64)> = by_verb.iter().filter(|(verb, _)| !verb.contains('.')).collect();
    let total: u64 = verbs.iter().map(|(_, count)| **count).sum();
    let words: Vec<String> = verbs.iter().map(|(verb, count)| format!("{verb} {count}")).collect();
    if words.is_empty() { "none".to_owned() } else { format!("{total}: {}", words.join(", ")) }
}

fn moment(text: &str) -> String {
    let time = text.parse::<Timestamp>();
    time.map_or_else(|_| text.to_owned(), |time| time.strftime("%Y-%m-%d %H:%M:%S UTC").to_string())
}

fn took(report: &Report) -> Option<u64> {
    let (began, ended) =
        (report.started_at.parse::<Timestamp>().ok()?, report.ended_at.parse::<Timestamp>().ok()?);
    u64::try_from(ended.duration_since(began).as_millis()).ok()
}
