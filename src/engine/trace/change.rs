//! What the page says of one change: what became of it, its pictures, its steps.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use maud::{Markup, html};

use super::page::Told;
use super::words::{Mood, duration, kind_of, mood, sentence, word};
use crate::domain::outcome::OutcomeKind;
use crate::engine::evidence::StepRecord;
use crate::engine::report::ChangeReport;

/// A picture that stands in the page.
pub(super) struct Picture {
    name: String,
    png: Vec<u8>,
}

/// The pictures of a change in the page, and whether some were left out of it.
pub(super) struct Pictures {
    pub(super) shown: Vec<Picture>,
    pub(super) left_out: bool,
}

impl Picture {
    /// Of what was proven around a commit, if the name says so. A picture of a whole page shows other people, and stays in
    /// the folder.
    pub(super) fn of(told: &Told<'_>, name: &str) -> Option<Self> {
        if name.ends_with("-failed.png") {
            return None;
        }
        Some(Self { name: name.to_owned(), png: told.evidence.read(name).ok()? })
    }

    /// How much of the page it takes.
    pub(super) fn size(&self) -> usize {
        self.png.len().div_ceil(3) * 4
    }

    fn caption(&self) -> &'static str {
        match self.name.trim_end_matches(".png").split_once('-').map(|(_, what)| what) {
            Some("before") => "Before: what proved the person, right before the click",
            Some("after") => "After: the row, read back from a new document",
            Some("asked-again") => "The console asked again",
            _ => "Picture",
        }
    }
}

/// The change as the page shows it; the more it needs somebody, the more of it is open.
pub(super) fn change(
    told: &Told<'_>,
    change: &ChangeReport,
    pictures: &Pictures,
    steps: &[&StepRecord],
) -> Markup {
    let kind = kind_of(told.report, change);
    let answers = (!change.answers.is_empty())
        .then(|| change.answers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "));
    let hint = change.hint.as_deref().map(|hint| sentence(told.report, hint));
    let is_calm = matches!(mood(kind), Mood::Good | Mood::Plain);
    let said = |name: &str, value: Option<&str>| {
        html! { @if let Some(value) = value.filter(|value| !value.is_empty()) { dt { (name) } dd { (told.text(value)) } } }
    };
    let has_more = !pictures.shown.is_empty() || !steps.is_empty();
    html! {
        article class=(format!("change {}", mood(kind).class())) id=[change.id.map(|id| format!("change-{id}"))] {
            h3 {
                (badge(mood(kind), word(told.report, change)))
                " " span.what { (told.text(&change.change)) @for (name, value) in &change.choices { " " span.choice { (told.text(&format!("{name} = {value}"))) } } }
            }
            dl {
                (said("Why", change.reason.as_deref().map(|reason| reason.replace('_', " ")).as_deref()))
                (said("Particulars", change.detail.as_deref()))
                // What is in doubt nothing decided yet, and what to do about it stands at the top.
                @if kind != OutcomeKind::InDoubt {
                    @if !is_calm { (said("What to do", hint.as_deref())) }
                    (said("Decided by", change.settled_by.as_deref()))
                }
                (said("The console said", change.console_said.as_deref()))
                (said("Its server", answers.as_deref()))
                (said("Look at it", change.disagreement.as_deref()))
            }
            @if has_more {
                details open[!is_calm && steps.len() < 40] {
                    summary { "Pictures and steps" @if let Some(id) = change.id { " of change " (id) } }
                    @if !pictures.shown.is_empty() {
                        div.pictures {
                            @for picture in &pictures.shown {
                                figure {
                                    img src=(format!("data:image/png;base64,{}", BASE64_STANDARD.encode(&picture.png))) alt=(picture.caption());
                                    figcaption { (picture.caption()) }
                                }
                            }
                        }
                    }
                    @if pictures.left_out {
                        p.note { "Pictures of this change are left out, so that this page stays small. They are in the run's folder." }
                    }
                    (steps_table(told, steps))
                }
            }
        }
    }
}

pub(super) fn badge(mood: Mood, word: &str) -> Markup {
    html! { span class=(format!("badge {}", mood.class())) { span aria-hidden="true" { (mood.sign()) " " } (word) } }
}

/// The steps, with what was seen of the page at each.
pub(super) fn steps_table(told: &Told<'_>, steps: &[&StepRecord]) -> Markup {
    html! {
        @if !steps.is_empty() {
            div.scrolls {
                table.steps {
                    thead { tr { th { "Step" } th.number { "Took" } th.number { "Requests" } th { "Found by" } } }
                    tbody {
                        @for step in steps {
                            tr class=[step.problem.as_ref().map(|_| "problem")] {
                                td {
                                    (told.text(&step.step))
                                    @if let Some(problem) = &step.problem { div.problem-text { (told.text(problem.strip_prefix(&format!("{}: ", step.step)).unwrap_or(problem))) } }
                                    @if let Some(seen) = &step.seen { div.seen { "The page then: " (told.text(seen)) } }
                                    @for note in &step.drift { div.drift { "Drift: " (told.text(note)) } }
                                }
                                td.number { (duration(step.took_ms)) @if step.waited_ms > 0 { div.seen { (duration(step.waited_ms)) " in the page" } } }
                                td.number { (step.requests) }
                                td.votes {
                                    @for votes in &step.votes {
                                        div title=(format!("how many elements each candidate matched: {:?}", votes.counts)) {
                                            code { (told.text(&votes.element)) } " " (found_by(votes.served, &votes.counts))
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// `1st of 3 (1, 0, 1)`.
fn found_by(served: usize, counts: &[usize]) -> String {
    if counts.len() == 1 {
        return String::new();
    }
    let counts_in_words = counts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    format!("candidate {} of {} ({counts_in_words})", served + 1, counts.len())
}
