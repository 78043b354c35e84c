//! [`Excerpt`]: the line of a file that a problem is about, and what in it is wrong.
//!
//! Readers and checks know where a mistake begins. How far it goes, which step or table it is in, and where in a list
//! the wrong word stands is found here, for all problems of a file at once, so that nobody else has to carry it along.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problem, Word};
use super::reader::join;

/// A line of a file, and what in it is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Excerpt {
    /// Counted from 1.
    pub line: usize,
    /// The line, without its end.
    pub text: String,
    /// What is wrong.
    pub wrong: Span,
    /// Where in the file the line is: "in step 3".
    pub within: Option<String>,
    /// What would mend it, and where it would stand.
    pub fix: Option<(Span, String)>,
}

/// Bytes of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first of them.
    pub start: usize,
    /// The first behind them.
    pub end: usize,
}

/// Whose values an excerpt shows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shown {
    /// All: the file holds no secrets.
    Everything,
    /// Those of these keys. Whatever else somebody wrote may be a secret in a wrong place.
    Only(&'static [&'static str]),
}

/// Gives every problem of this file its excerpt.
pub(crate) fn attach(problems: &mut [Problem], file: &str, text: &str, shown: Shown) {
    let mine = |problem: &&mut Problem| problem.file == file && problem.line > 0 && problem.excerpt.is_none();
    let mut problems = problems.iter_mut().filter(mine).peekable();
    if problems.peek().is_none() {
        return;
    }
    let source = Source::new(text);
    if source.broken && matches!(shown, Shown::Only(_)) {
        return;
    }
    for problem in problems {
        problem.excerpt = source.excerpt(problem, shown).map(Box::new);
    }
}

struct Source<'s> {
    text: &'s str,
    tokens: Vec<Token>,
    /// It is not TOML.
    broken: bool,
}

/// A key or a value.
struct Token {
    span: Range<usize>,
    /// Where a word of it may stand: of a key, up to the end of its value.
    reach: Range<usize>,
    key: String,
    is_key: bool,
    /// It holds no other tokens.
    is_plain: bool,
    within: Option<String>,
}

/// What is around a token, from the outside in.
#[derive(Clone)]
struct Around {
    path: String,
    start: usize,
}

impl<'s> Source<'s> {
    fn new(text: &'s str) -> Self {
        let (document, mistakes) = DeTable::parse_recoverable(text);
        let mut source = Self { text, tokens: Vec::new(), broken: !mistakes.is_empty() };
        source.table(document.get_ref(), &[]);
        let spans = mistakes.iter().filter_map(toml::de::Error::span);
        let token = |span: Range<usize>| Token {
            reach: span.clone(),
            span,
            key: String::new(),
            is_key: false,
            is_plain: true,
            within: None,
        };
        source.tokens.extend(spans.map(token));
        source
    }

    fn table(&mut self, table: &DeTable<'_>, around: &[Around]) {
        for (key, value) in table {
            let within = self.within(around, key.span().start);
            let name = key.get_ref().to_string();
            let (span, end) = (key.span(), value.span().end.max(key.span().end));
            let reach = span.start..end;
            self.tokens.push(Token { span, reach, key: name, is_key: true, is_plain: true, within });
            let path = around.last().map_or("", |around| around.path.as_str());
            let path = join(path, key.get_ref());
            let around = [around, &[Around { path, start: key.span().start }]].concat();
            self.value(key.get_ref(), value, &around);
        }
    }

    fn value(&mut self, key: &str, value: &Spanned<DeValue<'_>>, around: &[Around]) {
        let is_plain = !value.get_ref().is_table() && !value.get_ref().is_array();
        let within = self.within(around, value.span().start);
        let (span, key_name) = (value.span(), key.to_owned());
        self.tokens.push(Token { reach: span.clone(), span, key: key_name, is_key: false, is_plain, within });
        match value.get_ref() {
            DeValue::Table(table) => self.table(table, around),
            DeValue::Array(items) => {
                let list = around.last().map_or("", |around| around.path.as_str());
                for (index, item) in items.iter().enumerate() {
                    let path = join(list, &index.to_string());
                    let around = [around, &[Around { path, start: item.span().start }]].concat();
                    self.value(key, item, &around);
                }
            }
            _ => {}
        }
    }

    /// The step, or what begins in a line above.
    fn within(&self, around: &[Around], offset: usize) -> Option<String> {
        if self.text[self.line(offset)].starts_with('[') {
            return None;
        }
        let step = |around: &Around| around.path.strip_prefix("steps.")?.parse::<usize>().ok();
        if let Some(step) = around.iter().find_map(step) {
            return Some(format!("in step {}", step + 1));
        }
        let begins_above = |around: &&Around| around.start < self.line(offset).start && around.is_named();
        let above = around.iter().rev().find(begins_above)?;
        let header = around.iter().rev().filter(begins_above).find(|around| self.has_header(around));
        let name = above.path.rsplit('.').next().unwrap_or_default();
        Some(match header {
            Some(header) if header.path == above.path => format!("in [{}]", header.path),
            Some(header) => format!("in `{name}` of [{}]", header.path),
            None => format!("in `{name}`"),
        })
    }

    fn has_header(&self, around: &Around) -> bool {
        self.text[self.line(around.start)].starts_with('[')
    }

    fn excerpt(&self, problem: &Problem, shown: Shown) -> Option<Excerpt> {
        let offset = self.offset(problem.line, problem.column)?;
        let token = self.tokens.iter().find(|token| token.span.start == offset);
        // What a file lacks is told at its beginning, where some key stands that has nothing to do with it.
        if let Some(token) = token
            && token.is_key
            && offset == 0
            && !problem.message.contains(&format!("`{}`", token.key))
        {
            return None;
        }
        let whole = token.map_or(offset..offset, |token| token.span.clone());
        let reach = token.map_or(offset..offset, |token| token.reach.clone());
        let find = |word: &str| self.find(word, &whole).or_else(|| self.find(word, &reach));
        let word = problem.word.as_deref().and_then(|word| Some((word, find(&word.wrong)?)));
        let wrong = match &word {
            Some((_, place)) if !self.is_quoted(place, &whole) => place.clone(),
            _ => whole,
        };
        let line = self.shown_line(wrong.start, shown);
        let hidden = self.hidden(&line, shown, word.as_ref());
        let shown_as =
            |(at, c): (usize, char)| match hidden.iter().any(|span| span.contains(&(line.start + at))) {
                true if !matches!(c, '"' | '\'') => HIDDEN,
                _ => c,
            };
        let text: String = self.text[line.clone()].char_indices().map(shown_as).collect();
        let at = |offset: usize| {
            let before = self.text[line.start..offset.min(line.end)].char_indices();
            before.map(shown_as).map(char::len_utf8).sum::<usize>()
        };
        let span = |range: &Range<usize>| Span { start: at(range.start), end: at(range.end) };
        let fix = word.and_then(|(word, place)| Some((span(&place), word.right.clone()?)));
        Some(Excerpt {
            line: self.text[..line.start].matches('\n').count() + 1,
            wrong: span(&wrong),
            within: token.and_then(|token| token.within.clone()),
            fix,
            text,
        })
    }

    fn offset(&self, line: usize, column: usize) -> Option<usize> {
        let mut starts = std::iter::once(0).chain(self.text.match_indices('\n').map(|(at, _)| at + 1));
        let start = starts.nth(line - 1)?;
        let before = self.text[start..].chars().take(column - 1).map(char::len_utf8);
        Some(start + before.sum::<usize>())
    }

    /// The line around an offset, without its end.
    fn line(&self, offset: usize) -> Range<usize> {
        let start = self.text[..offset].rfind('\n').map_or(0, |at| at + 1);
        let end = self.text[start..].find('\n').map_or(self.text.len(), |length| start + length);
        start..start + self.text[start..end].trim_end().len().max(offset.min(end) - start)
    }

    /// The line around an offset. A comment is nobody's value, and may tell a secret all the same.
    fn shown_line(&self, offset: usize, shown: Shown) -> Range<usize> {
        let line = self.line(offset);
        if matches!(shown, Shown::Everything) {
            return line;
        }
        let ends = self.tokens.iter().filter(|token| token.is_plain).map(|token| token.span.end);
        let last = ends.filter(|end| (line.start..=line.end).contains(end)).max().unwrap_or(line.end);
        let comment = self.text[last..line.end].find('#');
        line.start..comment.map_or(line.end, |at| self.text[..last + at].trim_end().len())
    }

    /// Where the word stands as a whole, if it stands there once.
    fn find(&self, word: &str, whole: &Range<usize>) -> Option<Range<usize>> {
        let belongs = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
        let stands_alone = |(at, _): &(usize, &str)| {
            let (start, end) = (whole.start + at, whole.start + at + word.len());
            !self.text[..start].ends_with(belongs) && !self.text[end..].starts_with(belongs)
        };
        let mut places = self.text[whole.clone()].match_indices(word).filter(stands_alone);
        let (at, _) = places.next()?;
        places.next().is_none().then(|| whole.start + at..whole.start + at + word.len())
    }

    /// It is all that stands between the quotes.
    fn is_quoted(&self, place: &Range<usize>, whole: &Range<usize>) -> bool {
        let quotes = |text: &str| matches!(text, "\"" | "'");
        let is_inside = whole.start <= place.start && place.end <= whole.end;
        is_inside && quotes(&self.text[whole.start..place.start]) && quotes(&self.text[place.end..whole.end])
    }

    /// The values in this line that are not to be shown. A word that the problem tells anyway is no secret.
    fn hidden(
        &self,
        line: &Range<usize>,
        shown: Shown,
        word: Option<&(&Word, Range<usize>)>,
    ) -> Vec<Range<usize>> {
        let Shown::Only(keys) = shown else { return Vec::new() };
        let told = |span: &Range<usize>| {
            word.is_some_and(|(_, place)| span.start <= place.start && place.end <= span.end)
        };
        let is_hidden = |token: &&Token| {
            let is_value = token.is_plain && !token.is_key && !keys.contains(&token.key.as_str());
            is_value && line.start < token.span.end && token.span.start < line.end && !told(&token.span)
        };
        let mut hidden: Vec<_> =
            self.tokens.iter().filter(is_hidden).map(|token| token.span.clone()).collect();
        hidden.sort_by_key(|span| span.start);
        hidden
    }
}

impl Around {
    /// It is called by a name, and not by its place in a list.
    fn is_named(&self) -> bool {
        !self.path.rsplit('.').next().unwrap_or_default().starts_with(|c: char| c.is_ascii_digit())
    }
}

/// Stands for each character that is not shown.
const HIDDEN: char = '•';

#[cfg(test)]
mod tests {
    use super::super::problem::Hint;
    use super::*;

    /// The line with what is wrong between marks, where it is, and the line as it should be.
    fn excerpt(
        text: &str,
        place: (usize, usize),
        hint: Hint,
        shown: Shown,
    ) -> (String, Option<String>, Option<String>) {
        let mut problem = Problem::of_file("a.toml", "it is wrong", "mend it");
        (problem.line, problem.column, problem.word) = (place.0, place.1, hint.word);
        let mut problems = [problem];
        attach(&mut problems, "a.toml", text, shown);
        let Some(excerpt) = problems[0].excerpt.take() else { return (String::new(), None, None) };
        let Span { start, end } = excerpt.wrong;
        let text = &excerpt.text;
        let marked = format!("{}>{}<{}", &text[..start], &text[start..end], &text[end..]);
        let mended =
            |(span, right): (Span, String)| format!("{}{right}{}", &text[..span.start], &text[span.end..]);
        (marked, excerpt.within.clone(), excerpt.fix.clone().map(mended))
    }

    fn marked(text: &str, place: (usize, usize), hint: Hint) -> String {
        excerpt(text, place, hint, Shown::Everything).0
    }

    #[test]
    fn a_value_is_wrong_to_its_end_or_to_the_end_of_the_line() {
        assert_eq!(marked("a = \"é\" # b\r\n", (1, 5), Hint::default()), "a = >\"é\"< # b");
        assert_eq!(marked("b = 1\na = [\n  1,\n]\n", (2, 5), Hint::default()), "a = >[<");
        assert_eq!(marked("a = [\n  { b = 1 },\n]", (2, 3), Hint::default()), "  >{ b = 1 }<,");
        assert_eq!(marked("[a.b]\nc = 1", (1, 4), Hint::default()), "[a.>b<]");
        assert_eq!(marked("a = \n", (1, 4), Hint::default()), "a =><");
    }

    #[test]
    fn a_word_is_found_if_it_stands_there_once_and_whole() {
        let mended = |text: &str, place| excerpt(text, place, Hint::meant("x.y", "x.z"), Shown::Everything).2;
        assert_eq!(mended("a = [ \"x.y\", \"x.yy\" ]", (1, 5)).as_deref(), Some("a = [ \"x.z\", \"x.yy\" ]"));
        assert_eq!(mended("a = [ \"x.y\", \"x.y\" ]", (1, 5)), None);
        assert_eq!(mended("a = [\n \"b\",\n \"x.y\",\n]", (1, 5)).as_deref(), Some(" \"x.z\","));
        assert_eq!(mended("\na = { b = \"x.y\" }", (2, 1)).as_deref(), Some("a = { b = \"x.z\" }"));
    }

    #[test]
    fn the_step_or_the_table_is_named() {
        let within = |text: &str, place| excerpt(text, place, Hint::default(), Shown::Everything).1;
        assert_eq!(within("steps = [\n  {},\n  { a = 1 },\n]", (3, 9)).as_deref(), Some("in step 2"));
        assert_eq!(within("[a.b]\nc = 1", (2, 5)).as_deref(), Some("in [a.b]"));
        assert_eq!(within("[a.b]\nc = [\n 1,\n]", (3, 2)).as_deref(), Some("in `c` of [a.b]"));
        assert_eq!(within("c = [\n 1,\n]", (2, 2)).as_deref(), Some("in `c`"));
        assert_eq!(within("c = 1", (1, 5)), None);
    }

    #[test]
    fn only_what_may_be_shown_is() {
        let shown = |text, place| excerpt(text, place, Hint::default(), Shown::Only(&["app"])).0;
        assert_eq!(
            shown("x = { app = \"a\", key = \"geheim\", n = 123 } # geheim", (1, 18)),
            "x = { app = \"a\", >key< = \"••••••\", n = ••• }"
        );
        assert_eq!(shown("\na = [ # geheim\n 1 ]", (2, 1)), ">a< = [");
        assert_eq!(shown("a = \"geheim", (1, 5)), "", "what is not TOML is not shown at all");
    }

    #[test]
    fn what_a_file_lacks_stands_nowhere() {
        assert_eq!(marked("a = 1", (1, 1), Hint::default()), "");
    }
}
