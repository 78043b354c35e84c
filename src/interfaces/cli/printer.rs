//! [`Printer`]: the one owner of stdout and stderr.
//!
//! stdout is data, stderr is for people. Names and addresses come from strangers, so whatever is printed for people
//! goes through [`visible`] on its way out (D5.11). Colour carries no meaning alone. In a terminal one line of status may
//! stand below everything else; whatever comes next takes its place. A pipe that was closed is no
//! error: what nobody reads is not written.

use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use serde::Serialize;

use super::args::Color;
use super::exit::Verdict;
use super::snippet;
use crate::engine::app::problem::Problem;
use crate::engine::visible::{is_hidden, visible};
use crate::interfaces::config::env;

/// Columns of a terminal that does not tell how wide it is.
const WIDTH: u16 = 100;
/// Columns that a part of a table keeps however narrow the terminal is.
const FLEXIBLE: u16 = 14;
/// Columns between two parts of a table.
const GAP: u16 = 2;

/// A line of status stands in the terminal: what is written next has to take its place, be it a log.
static STATUS_STANDS: AtomicBool = AtomicBool::new(false);

/// How something looks where there is colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    Plain,
    Bold,
    Dim,
    Good,
    Warn,
    Bad,
}

impl Style {
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "0",
            Self::Bold => "1",
            Self::Dim => "2",
            Self::Good => "32",
            Self::Warn => "33",
            Self::Bad => "1;31",
        }
    }
}

/// Owns both streams.
#[derive(Debug)]
pub(crate) struct Printer {
    json: bool,
    quiet: bool,
    progress: bool,
    status: bool,
    color_out: bool,
    color_err: bool,
    closed: AtomicBool,
    failed: AtomicBool,
}

impl Printer {
    pub(crate) fn new(color: Color, json: bool, quiet: bool, verbose: bool) -> Self {
        let styled = |terminal: bool| match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => terminal && env::NO_COLOR.value().is_none() && !is_dumb(),
        };
        let err = io::stderr().is_terminal();
        Self {
            json,
            quiet,
            progress: !quiet && (err || verbose),
            status: !quiet && !verbose && err && env::LOG.value().is_none() && !is_dumb(),
            color_out: styled(io::stdout().is_terminal()),
            color_err: styled(err),
            closed: AtomicBool::new(false),
            failed: AtomicBool::new(false),
        }
    }

    /// Data is wanted as JSON.
    pub(crate) fn json(&self) -> bool {
        self.json
    }

    pub(crate) fn quiet(&self) -> bool {
        self.quiet
    }

    pub(crate) fn color_on_stderr(&self) -> bool {
        self.color_err
    }

    /// Something of the data could not be written, for another reason than that nobody reads it.
    pub(crate) fn data_was_lost(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// A line of data.
    pub(crate) fn line(&self, text: &str) {
        self.data(&format!("{}\n", visible(text)));
    }

    /// A line of data whose beginning stands out.
    pub(crate) fn styled_line(&self, style: Style, start: &str, rest: &str) {
        self.data(&format!("{}{}\n", paint(self.color_out, style, &visible(start)), visible(rest)));
    }

    /// A mistake in a file, with a line that is empty after it.
    pub(crate) fn problem(&self, problem: &Problem) {
        self.data(&snippet_of(problem, self.color_out, io::stdout().is_terminal()));
    }

    /// A value as JSON, on several lines.
    pub(crate) fn value<T: Serialize>(&self, value: &T) {
        let text = serde_json::to_string_pretty(value).expect("what is printed as JSON is plain data");
        self.data(&format!("{}\n", escaped_json(&text)));
    }

    /// A value as JSON, on one line.
    pub(crate) fn value_line<T: Serialize>(&self, value: &T) {
        let text = serde_json::to_string(value).expect("what is printed as JSON is plain data");
        self.data(&format!("{}\n", escaped_json(&text)));
    }

    /// A table as CSV. A file gets what the cells hold; on a terminal somebody looks at it, who is shown what hides.
    pub(crate) fn csv(&self, text: &str) {
        if io::stdout().is_terminal() {
            self.data(&format!("{}\n", visible_lines(text)));
        } else {
            self.data(text);
        }
    }

    /// A file as it is. On a terminal somebody looks at it, who is shown what hides; one that is no text is not shown
    /// there, which gives `false`.
    pub(crate) fn file(&self, content: &[u8]) -> bool {
        match std::str::from_utf8(content) {
            Ok(text) if io::stdout().is_terminal() => self.csv(text),
            Err(_) if io::stdout().is_terminal() => return false,
            _ => self.bytes(content),
        }
        true
    }

    /// Rows below a header. In a narrow terminal the `flexible` columns go on in the next line; the others stay whole,
    /// for people copy from them. Where that does not fit, and where no terminal is, a row is one line.
    pub(crate) fn table(&self, header: &[&str], rows: &[Vec<String>], flexible: &[usize]) {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        table.set_header(header.iter().map(|title| title.to_uppercase()));
        for row in rows {
            table.add_row(row.iter().map(|cell| visible(cell)));
        }
        let widths = table.column_max_content_widths();
        let least =
            |index: usize, width: u16| if flexible.contains(&index) { width.min(FLEXIBLE) } else { width };
        let needed: u16 = widths.iter().enumerate().map(|(index, width)| least(index, *width) + GAP).sum();
        let fits = io::stdout().is_terminal() && needed <= width();
        let arrangement = if fits { ContentArrangement::Dynamic } else { ContentArrangement::Disabled };
        table.set_content_arrangement(arrangement).set_width(width());
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, GAP));
            column.set_constraint(match flexible.contains(&index) {
                true => ColumnConstraint::LowerBoundary(Width::Fixed(least(index, widths[index]) + GAP)),
                false => ColumnConstraint::ContentWidth,
            });
        }
        for line in table.lines() {
            self.data(&format!("{}\n", line.trim_end()));
        }
    }

    /// Text that is data and was laid out by somebody who knows what is in it: help.
    pub(crate) fn help(&self, text: &str) {
        self.data(text);
    }

    /// Text for people that was laid out already.
    pub(crate) fn usage(&self, text: &str) {
        self.tell(text);
    }

    /// A line for people.
    pub(crate) fn say(&self, text: &str) {
        self.tell(&format!("{}\n", visible(text)));
    }

    /// A line for people whose beginning stands out.
    pub(crate) fn say_styled(&self, style: Style, start: &str, rest: &str) {
        self.tell(&format!("{}{}\n", paint(self.color_err, style, &visible(start)), visible(rest)));
    }

    /// A line for people that can be done without.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.tell(&format!("{}\n", paint(self.color_err, Style::Dim, &visible(text))));
        }
    }

    /// How far something is.
    pub(crate) fn progress(&self, text: &str) {
        if self.progress {
            self.tell(&format!("{}\n", paint(self.color_err, Style::Dim, &visible(text))));
        }
    }

    /// How far something is can be told in one line that is written over.
    pub(crate) fn has_status(&self) -> bool {
        self.status
    }

    /// How far something is, in place of what was told before.
    pub(crate) fn status(&self, text: &str) {
        if self.status {
            // A line that wraps cannot be written over.
            let text: String = visible(text).chars().take(usize::from(width().saturating_sub(1))).collect();
            self.tell(&paint(self.color_err, Style::Dim, &text));
            STATUS_STANDS.store(true, Ordering::Relaxed);
        }
    }

    /// What to be careful about.
    pub(crate) fn warning(&self, text: &str) {
        self.say_styled(Style::Warn, "warning: ", text);
    }

    /// What to do next; on several lines if need be.
    pub(crate) fn hint(&self, text: &str) {
        let mut lines = text.lines();
        self.say_styled(Style::Bold, "hint: ", lines.next().unwrap_or_default());
        for line in lines {
            self.say(&if line.is_empty() { String::new() } else { format!("  {line}") });
        }
    }

    /// A question; the answer is typed behind it.
    pub(crate) fn question(&self, text: &str) {
        self.tell(&format!("{} ", paint(self.color_err, Style::Bold, &visible(text))));
    }

    /// Why it did not work.
    pub(crate) fn verdict(&self, verdict: &Verdict) {
        for problem in &verdict.problems {
            self.tell(&snippet_of(problem, self.color_err, io::stderr().is_terminal()));
        }
        self.say_styled(Style::Bad, "error: ", &verdict.text);
        if let Some(hint) = &verdict.hint {
            self.hint(hint);
        }
    }

    fn data(&self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn bytes(&self, bytes: &[u8]) {
        if self.closed.load(Ordering::Relaxed) {
            return;
        }
        take_back_status(&mut io::stderr().lock());
        let mut stdout = io::stdout().lock();
        if let Err(error) = stdout.write_all(bytes).and_then(|()| stdout.flush()) {
            self.closed.store(true, Ordering::Relaxed);
            if error.kind() != io::ErrorKind::BrokenPipe {
                self.failed.store(true, Ordering::Relaxed);
                self.say_styled(Style::Bad, "error: ", &format!("write to stdout: {error}"));
            }
        }
    }

    fn tell(&self, text: &str) {
        let mut stderr = io::stderr().lock();
        take_back_status(&mut stderr);
        // Nobody is left to be told.
        let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
    }
}

impl Drop for Printer {
    fn drop(&mut self) {
        take_back_status(&mut io::stderr().lock());
    }
}

/// Where logs go: to stderr, in place of a line of status.
#[derive(Debug)]
pub(crate) struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut stderr = io::stderr().lock();
        take_back_status(&mut stderr);
        stderr.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

fn take_back_status(stderr: &mut impl Write) {
    if STATUS_STANDS.swap(false, Ordering::Relaxed) {
        // To the line's beginning, and everything behind it away. Nobody is left to see it if it fails.
        let _ = stderr.write_all(b"\r\x1b[K").and_then(|()| stderr.flush());
    }
}

/// Whether help and complaints about arguments may be coloured, before the arguments are known.
pub(crate) fn color_before_arguments() -> bool {
    io::stderr().is_terminal() && io::stdout().is_terminal() && env::NO_COLOR.value().is_none() && !is_dumb()
}

fn width() -> u16 {
    terminal_size::terminal_size().map_or(WIDTH, |(width, _)| width.0)
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

fn paint(on: bool, style: Style, text: &str) -> String {
    if on && style != Style::Plain && !text.is_empty() {
        format!("\u{1b}[{}m{text}\u{1b}[0m", style.code())
    } else {
        text.to_owned()
    }
}

/// The same JSON with everything escaped that [`visible`] escapes. Control characters of ASCII are so already, and what
/// is left of the others can stand within strings only.
fn escaped_json(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_control() && c != '\u{7f}' || !is_hidden(c) {
            escaped.push(c);
        } else {
            escaped.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    escaped
}

fn visible_lines(text: &str) -> String {
    text.lines().map(visible).collect::<Vec<_>>().join("\n")
}

fn snippet_of(problem: &Problem, is_coloured: bool, in_terminal: bool) -> String {
    let width = in_terminal.then(|| usize::from(width()));
    format!("{}\n\n", snippet::render(problem, is_coloured, width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_shown() {
        assert_eq!(visible("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(visible("two\nlines\r"), "two\\nlines\\r");
        assert_eq!(visible("\u{202e}gpj.exe"), "\\u{202e}gpj.exe");
        assert_eq!(visible("\u{9b}2J\u{7}"), "\\u{9b}2J\\u{7}");
    }

    #[test]
    fn json_hides_nothing_and_says_the_same() {
        let names = vec!["a\u{1b}\u{9b}2J\u{7f}", "\u{202e}gpj", "\u{e0041}\u{200b}", "Zoë 👩\u{200d}💻"];
        let text = escaped_json(&serde_json::to_string_pretty(&names).unwrap());
        assert!(text.lines().all(|line| visible(line) == line), "{text}");
        assert_eq!(serde_json::from_str::<Vec<&str>>(&text).ok(), None, "some of them are escaped");
        assert_eq!(serde_json::from_str::<Vec<String>>(&text).unwrap(), names);
        assert!(text.contains("\\udb40\\udc41\\u200b") && text.contains("Zoë 👩\u{200d}💻"), "{text}");
    }

    #[test]
    fn names_of_all_scripts_stay_as_they_are() {
        for name in
            ["Zoë Müller", "محمد الحسيني", "अनिल शर्मा", "佐藤 健", "Adéyẹmí", "क्\u{200d}ष", "👩\u{200d}💻"]
        {
            assert_eq!(visible(name), name);
        }
    }

    #[test]
    fn colour_is_off_unless_wanted() {
        assert_eq!(paint(false, Style::Bad, "x"), "x");
        assert_eq!(paint(true, Style::Bad, "x"), "\u{1b}[1;31mx\u{1b}[0m");
        assert_eq!(paint(true, Style::Plain, "x"), "x");
    }
}
