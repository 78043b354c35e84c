//! A [`Problem`] as a person sees it: what is wrong, the line with the place underlined, what to do, and where the
//! right word is known the line as it should be.

use std::path::Path;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Patch, Renderer, Snippet};

use crate::engine::app::excerpt::{Excerpt, Span};
use crate::engine::app::problem::{Problem, Severity};
use crate::engine::visible::{is_hidden, visible};

/// Columns before the text of a line: its number and a bar.
const MARGIN: usize = 12;
/// Wide enough for every line: nothing is cut where nobody looks at a terminal.
const ENDLESS: usize = 100_000;

/// The problem on several lines. `width` is that of the terminal; without one, lines are as long as they are.
pub(super) fn render(problem: &Problem, is_coloured: bool, width: Option<usize>) -> String {
    let renderer = if is_coloured { Renderer::styled() } else { Renderer::plain() };
    let width = width.unwrap_or(ENDLESS);
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let message = wrapped(&problem.message, width.saturating_sub(MARGIN));
    let hint = problem.hint.as_ref().map(|hint| wrapped(hint, width.saturating_sub(MARGIN)));
    let excerpt = problem.excerpt.as_deref().map(printable);
    let file = visible(&from_here(&problem.file));
    let mut what = Group::with_title(level.primary_title(message));
    what = match &excerpt {
        Some(excerpt) => what.element(cause(excerpt).path(file)),
        None => what.element(origin(problem, file)),
    };
    // A line that does not fit is cut around its mistake; told twice more in full it would only be in the way.
    let fits = |excerpt: &&Excerpt| excerpt.text.chars().count() + MARGIN <= width;
    let fix = excerpt.as_ref().filter(fits).and_then(|excerpt| Some((excerpt, excerpt.fix.as_ref()?)));
    let groups = match (hint, fix) {
        (Some(hint), Some((excerpt, (span, right)))) => {
            let patch = Patch::new(span.start..span.end, right.as_str());
            let line = Snippet::source(excerpt.text.as_str()).line_start(excerpt.line).patch(patch);
            vec![what, Group::with_title(Level::HELP.secondary_title(hint)).element(line)]
        }
        (Some(hint), None) => vec![what.element(Level::HELP.message(hint))],
        (None, _) => vec![what],
    };
    renderer.term_width(width).render(&groups)
}

fn origin(problem: &Problem, file: String) -> Origin<'_> {
    let origin = Origin::path(file);
    if problem.line > 0 { origin.line(problem.line).char_column(problem.column) } else { origin }
}

/// The file as one would name it here.
fn from_here(file: &str) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let path = Path::new(file).strip_prefix(here).unwrap_or(Path::new(file));
    path.display().to_string()
}

fn cause(excerpt: &Excerpt) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
    let wrong = AnnotationKind::Primary.span(excerpt.wrong.start..excerpt.wrong.end);
    Snippet::source(excerpt.text.as_str())
        .line_start(excerpt.line)
        .annotation(wrong.label(excerpt.within.as_deref()))
}

/// The excerpt with a sign for each character a terminal would act on. Tabs are spaces when they are shown.
fn printable(excerpt: &Excerpt) -> Excerpt {
    let sign = |c: char| if is_hidden(c) && c != '\t' { char::REPLACEMENT_CHARACTER } else { c };
    let at = |offset: usize| excerpt.text[..offset].chars().map(|c| sign(c).len_utf8()).sum();
    let span = |span: Span| Span { start: at(span.start), end: at(span.end) };
    Excerpt {
        text: excerpt.text.chars().map(sign).collect(),
        wrong: span(excerpt.wrong),
        within: excerpt.within.as_deref().map(visible),
        fix: excerpt.fix.as_ref().map(|(place, right)| (span(*place), visible(right))),
        line: excerpt.line,
    }
}

/// The text in lines of at most this many characters, broken between words.
fn wrapped(text: &str, width: usize) -> String {
    let mut lines = String::new();
    let mut used = 0;
    for word in visible(text).split(' ') {
        let length = word.chars().count();
        if used > 0 && used + 1 + length > width {
            lines.push('\n');
            used = 0;
        } else if used > 0 {
            lines.push(' ');
            used += 1;
        }
        lines.push_str(word);
        used += length;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str, wrong: &str, right: Option<&str>) -> Problem {
        let start = text.find(wrong).unwrap();
        let span = Span { start, end: start + wrong.len() };
        let mut problem =
            Problem::of_file("a.toml", format!("`{wrong}` is wrong"), "write it in another way");
        (problem.line, problem.column) = (7, text[..start].chars().count() + 1);
        problem.excerpt = Some(Box::new(Excerpt {
            line: problem.line,
            text: text.to_owned(),
            wrong: span,
            within: Some("in [areas.people]".to_owned()),
            fix: right.map(|right| (span, right.to_owned())),
        }));
        problem
    }

    /// The line that underlines, and the one above it.
    fn underlined(text: &str, wrong: &str) -> (String, String) {
        let shown = render(&problem(text, wrong, None), false, None);
        let lines: Vec<&str> = shown.lines().collect();
        let at = lines.iter().position(|line| line.contains('^')).unwrap();
        (lines[at - 1].to_owned(), lines[at].to_owned())
    }

    #[test]
    fn the_place_is_underlined_below_tabs_and_wide_characters() {
        assert_eq!(
            underlined("\tname = \"Zurück 戻る\", wrong = 1", "wrong"),
            (
                "7 |     name = \"Zurück 戻る\", wrong = 1".to_owned(),
                format!("  |                           {} in [areas.people]", "^^^^^")
            )
        );
    }

    #[test]
    fn what_a_terminal_would_act_on_is_a_sign() {
        let shown = render(&problem("a = \"\u{1b}[31m\u{202e}\u{9b}\", b = 1", "b", None), false, None);
        assert!(shown.contains("a = \"�[31m��\", b = 1"), "{shown}");
        assert!(!shown.contains('\u{1b}'), "{shown}");
    }

    #[test]
    fn a_known_word_is_shown_in_its_place() {
        let shown = render(&problem("click = \"a.b\"", "a.b", Some("a.c")), false, None);
        assert!(shown.contains("7 - click = \"a.b\"\n7 + click = \"a.c\""), "{shown}");
    }

    #[test]
    fn a_long_line_is_cut_around_the_place_in_a_terminal_only() {
        let text = format!("a = \"{}\", wrong = 1, c = \"{}\"", "x".repeat(150), "y".repeat(150));
        let narrow = render(&problem(&text, "wrong", None), false, Some(80));
        assert!(narrow.lines().all(|line| line.chars().count() <= 80), "{narrow}");
        assert!(narrow.contains("wrong = 1"), "{narrow}");
        assert!(render(&problem(&text, "wrong", None), false, None).contains(&text));
    }

    #[test]
    fn colour_is_there_only_if_wanted() {
        let problem = problem("a = 1", "a", None);
        assert!(render(&problem, true, None).contains("\u{1b}["));
        assert!(!render(&problem, false, None).contains('\u{1b}'));
    }
}
