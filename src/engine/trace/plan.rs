//! One page for one plan: what is to be done about whom, why, what follows from it and what has to be approved, for
//! whoever decides about it. Like the page of a run it needs no script and no other file. It names people, as the plan does.

use std::path::Path;

use maud::{DOCTYPE, Markup, html};

use super::change::badge;
use super::page::head;
use super::words::Mood;
use crate::domain::Approval;
use crate::engine::plan_file::{ActionPart, CostPart, PlanFile, signed};
use crate::engine::visible::visible;

/// The page of a plan that lies in this file.
#[must_use]
pub fn plan_page(file: &PlanFile, place: &Path) -> String {
    let changes = file.changes();
    let line = match changes {
        0 => "Nothing is to be done".to_owned(),
        1 => "1 change is planned".to_owned(),
        more => format!("{more} changes are planned"),
    };
    let mood = match () {
        () if file.is_edited() => Mood::Bad,
        () if file.to_approve().next().is_some() => Mood::Warn,
        () => Mood::Plain,
    };
    let (made, open): (Vec<&ActionPart>, Vec<&ActionPart>) =
        file.plan.actions.iter().partition(|action| action.change.is_some());
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            (head(&format!("{line} · {} · plan {}", file.plan.workspace, file.short())))
            body {
                header class=(mood.class()) {
                    p.over { (visible(&file.plan.workspace)) " · plan " (visible(file.short())) " · " (visible(&file.planned_at)) }
                    h1 { span.sign aria-hidden="true" { (mood.sign()) } (line) }
                    p.over { "Paid seats: " (format!("{:+}", file.plan.seat_delta)) @if let Ok(Some(cost)) = file.cost() { " · Cost: " (text(&cost.in_words())) } }
                    p.counts { @for (action, count) in counts(&made) { (badge(Mood::Plain, &format!("{count} {action}"))) " " } }
                }
                main {
                    (next(file, place))
                    @if !made.is_empty() { section { h2 { "Changes, in their order" } @for action in made { (card(action, file.plan.cost.as_ref())) } } }
                    @if !open.is_empty() {
                        section {
                            h2 { "Somebody should look" }
                            p.note { "Nothing is done about these." }
                            @for action in open { (card(action, None)) }
                        }
                    }
                    (about(file))
                }
                footer { p { "Written by seatwright " (env!("CARGO_PKG_VERSION")) ". This page names people: pass it on only to whoever may know them." } }
            }
        }
    };
    markup.into_string()
}

/// How many there are of each kind, in their order.
fn counts<'a>(actions: &[&'a ActionPart]) -> Vec<(&'a str, usize)> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for action in actions {
        match counts.iter_mut().find(|(known, _)| *known == action.action) {
            Some((_, count)) => *count += 1,
            None => counts.push((&action.action, 1)),
        }
    }
    counts
}

fn next(file: &PlanFile, place: &Path) -> Markup {
    let place = place.display().to_string();
    let to_approve = file.to_approve().count();
    html! {
        section.next {
            h2 { "What to do next" }
            @if file.is_edited() {
                p { "Nothing: this plan was edited, and is refused. Make it anew." }
            } @else if file.changes() == 0 {
                p { "Nothing." }
            } @else {
                ol {
                    li { "Look at each change below: is it the person you mean, and the right thing to do?" }
                    @if to_approve > 0 {
                        li { "Approve what has to be approved, " (to_approve) " of them." pre { code { "seatwright approve " (visible(&place)) } } }
                    }
                    li { "Carry it out, until " (visible(&file.expires_at)) "." pre { code { "seatwright apply " (visible(&place)) } } }
                }
            }
        }
    }
}

fn card(action: &ActionPart, of_all: Option<&CostPart>) -> Markup {
    let class = action.approval.as_deref().and_then(Approval::parse);
    let mood = match (class, action.change.is_some()) {
        (Some(_), _) => Mood::Warn,
        (None, true) => Mood::Plain,
        (None, false) => Mood::Bad,
    };
    html! {
        article class=(format!("change {}", mood.class())) {
            h3 {
                (badge(mood, &action.action))
                span.what { (text(&action.email)) }
                @if let Some(name) = &action.name { span.choice { (text(name)) } }
            }
            dl {
                dt { "Why" } dd { (text(&action.why)) }
                @if action.change.is_some() { dt { "Change" } dd { (text(&action.words())) } }
                dt { "In the list" } dd { (text(&seen(action))) }
                @if action.seat_delta != 0 { dt { "Paid seats" } dd { (format!("{:+}", action.seat_delta)) } }
                @if let (Some(amount), Some(cost)) = (&action.cost, of_all) {
                    dt { "Cost" } dd { (text(&format!("{} {} per {}", signed(amount), cost.currency, cost.period))) }
                }
                @if let Some(why) = &action.unpriced { dt { "Cost" } dd { "not known: " (text(why)) } }
                @if let Some(consequence) = &action.consequence { dt { "Note" } dd { (text(consequence)) } }
                @if let Some(class) = class { dt { "To be approved" } dd { (class.why()) } }
            }
        }
    }
}

/// How the list showed somebody, in words.
fn seen(action: &ActionPart) -> String {
    let words = |words: &Option<Vec<String>>, unknown: &str| match words.as_deref() {
        None => unknown.to_owned(),
        Some([]) => "none".to_owned(),
        Some(words) => words.join(", "),
    };
    match action.seen.rows {
        0 => "not there".to_owned(),
        1 => format!(
            "{}; {}",
            words(&action.seen.roles, "role unknown"),
            words(&action.seen.status, "status unknown")
        ),
        _ => "in several rows".to_owned(),
    }
}

fn about(file: &PlanFile) -> Markup {
    let plan = &file.plan;
    html! {
        section {
            h2 { "What it was made under" }
            dl {
                dt { "Hash" } dd { code { (visible(&file.hash)) } }
                dt { "Made" } dd { (visible(&file.planned_at)) ", by run " (visible(&file.run)) }
                dt { "Stands until" } dd { (visible(&file.expires_at)) }
                @if let Some(roster) = &plan.roster {
                    dt { "Roster" } dd { (text(&file.roster_file)) ", " (roster.people.len() + roster.twice.len()) " people" }
                }
                @if let Some(request) = &plan.request {
                    dt { "Asked for" } dd { (visible(&request.operation)) @if file.roster_file != request.operation { ", " (text(&file.roster_file)) } }
                }
                dt { "Paid seats" } dd { (format!("{:+}", plan.seat_delta)) " in all" }
                @if let Ok(Some(cost)) = file.cost() { dt { "Cost" } dd { (text(&cost.in_words())) } }
                dt { "Console" } dd { (visible(&plan.console)) " at " (visible(&plan.url)) }
                dt { "Account" } dd { (text(&plan.account)) }
                dt { "Map" } dd { code { (visible(&plan.map_sha256)) } }
                dt { "Policy" } dd { code { (visible(&plan.policy_sha256)) } }
            }
        }
    }
}

/// A text of strangers. The template escapes its signs.
fn text(text: &str) -> Markup {
    html! { bdi { (visible(text)) } }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::Roster;
    use crate::engine::plan_file::{ChangePart, PlanPart, RosterPart, SeenPart, UnpricedPart};

    fn file(name: &str, approval: Option<&str>) -> PlanFile {
        let action = |email: &str, change| ActionPart {
            email: email.to_owned(),
            name: Some(name.to_owned()),
            action: "remove".to_owned(),
            change,
            seen: SeenPart { rows: 1, roles: Some(vec!["admin".to_owned()]), status: None },
            why: format!("not in the roster of {name}"),
            approval: approval.map(str::to_owned),
            consequence: Some("what becomes of their courses is not known".to_owned()),
            seat_delta: -1,
            cost: Some("-12.50".to_owned()),
            unpriced: None,
        };
        let remove = ChangePart { operation: "remove".to_owned(), from: None, to: None };
        let plan = PlanPart {
            workspace: "acme".to_owned(),
            url: "https://console.example/".to_owned(),
            account: "me@example.com".to_owned(),
            console: "app/one".to_owned(),
            map_sha256: "m".to_owned(),
            policy_sha256: "p".to_owned(),
            after: None,
            reading_sha256: "r".to_owned(),
            seat_delta: -1,
            cost: Some(CostPart {
                currency: "EUR".to_owned(),
                period: "month".to_owned(),
                amount: Some("-12.50".to_owned()),
                unpriced: vec![UnpricedPart { why: "no price is known for owner".to_owned(), changes: 1 }],
            }),
            actions: vec![action("ann@example.com", Some(remove)), action("odd@example.com", None)],
            roster: Some(RosterPart::of(&Roster::default(), None)),
            request: None,
        };
        let noon = "2026-12-01T12:00:00Z".parse().unwrap();
        PlanFile::new(plan, "20261201-120000-abcd", "people.csv", noon, Duration::from_secs(3600))
    }

    #[test]
    fn the_page_says_who_what_why_and_what_to_do_next() {
        let page = plan_page(&file("Ann Lee", Some("data_loss")), Path::new("plan.json"));
        for told in [
            "1 change is planned",
            "Ann Lee",
            "remove ann@example.com",
            "not in the roster",
            "data may be lost",
            "what becomes of their courses",
            "seatwright approve plan.json",
            "seatwright apply plan.json",
            "Somebody should look",
            "status unknown",
            "12.50 EUR less per month, without 1 change: no price is known for owner",
            "-12.50 EUR per month",
            "2026-12-01T13:00:00Z",
            "width=device-width",
            "default-src 'none'",
        ] {
            assert!(page.contains(told), "{told}: {page}");
        }
        assert!(!plan_page(&file("Ann Lee", None), Path::new("plan.json")).contains("seatwright approve"));
        let mut without = file("Ann Lee", None);
        without.plan.cost = None;
        without.plan.actions[0].cost = None;
        assert!(
            !plan_page(&without, Path::new("plan.json")).contains("Cost"),
            "without prices nothing is claimed"
        );
    }

    #[test]
    fn nothing_of_a_strangers_name_acts_on_the_page() {
        let hostile = "<script>alert(1)</script>\u{202e}\"'&<img src=x onerror=y>\u{1b}[31m";
        let page = plan_page(&file(hostile, None), Path::new("<b>.json"));
        for acts in ["<script", "<img", "<b>", "\u{202e}", "\u{1b}"] {
            assert!(!page.contains(acts), "{acts:?}");
        }
        assert!(page.contains("&lt;script&gt;"));
    }

    #[test]
    fn an_edited_plan_is_told_as_that() {
        let content = String::from_utf8(file("Ann Lee", None).content()).unwrap();
        let edited = PlanFile::read(content.replace("not in the roster", "left").as_bytes()).unwrap();
        let page = plan_page(&edited, Path::new("plan.json"));
        assert!(page.contains("was edited") && !page.contains("seatwright apply"), "{page}");
    }
}
