//! [`Recording`]: one flow of one console, step by step, without selectors and without branches.
//!
//! Only the types. Reading TOML into them is `recording_reader`; what must hold between a recording and
//! its map is `check`.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use super::case::When;
use super::map::Target;
use super::text::{Template, Text};

/// One flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// The file's name without `.toml`.
    pub name: String,
    /// For people.
    pub title: String,
    /// The operations it carries out; none for the second of two saves.
    pub does: Vec<String>,
    /// The recording of the second save, for what takes two (F2).
    pub then: Option<String>,
    /// The operations of which it is the second save.
    pub finishes: Vec<String>,
    /// The cases it is for; all unless said.
    pub when: Option<When>,
    /// The decisions of the customer it goes by, in its cases, in its steps or in the elements they need, by name.
    pub choices: BTreeSet<String>,
    /// What is opened, found and proved before the first step.
    pub on: Option<On>,
    /// The column by which the person's row is found, where that is not the key.
    pub by: Option<String>,
    /// What decides whether it worked.
    pub proof: Proof,
    /// For how many people at the most its commit is, where it is for several at once (F16).
    pub many: Option<usize>,
    /// The file of people that the console takes, for `import`.
    pub file: Option<PeopleColumns>,
    /// What to do, in order.
    pub steps: Vec<Step>,
}

/// How the console wants a file of people (F16).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeopleColumns {
    /// The titles of its columns in their order, each with what stands in it: `email`, `role` or `name`.
    pub columns: Vec<(String, String)>,
    /// How many people it takes at once.
    pub rows: usize,
}

/// What the runner brings about before the first step (F24).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// The list of members is open, in its full state.
    List,
    /// The person's row is found and proved.
    Row,
    /// The person's own page or panel is open and proved.
    Person,
}

/// What decides whether a change was applied.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Proof {
    /// The members, read back from a fresh page.
    #[default]
    Reading,
    /// The console's own answer, because no list shows it (F12).
    Response,
}

/// One step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What to do.
    pub verb: Verb,
    /// Left out as soon as the next step that is not optional can be done (F19).
    pub optional: bool,
    /// How long it may take; the runner's own limit unless said.
    pub timeout: Option<Duration>,
    /// Makes the change real. The first such step is the point of no return (F2).
    pub commits: bool,
    /// The key pressed here cannot send a form (F27).
    pub harmless: bool,
    /// Sends something before the commit, as an upload may.
    pub writes: bool,
    /// Where it stands in its file, counted from 1.
    pub line: usize,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum Verb {
    /// Go to this area, unless it is open and nothing was committed since.
    Open(String),
    /// Click.
    Click {
        /// What.
        target: Target,
        /// The area clicked in has to mention this (F1).
        mentions: Option<Template>,
    },
    /// Move the pointer over.
    Hover(Target),
    /// Replace what is typed, and read it back.
    Fill {
        /// Where.
        target: Target,
        /// What.
        value: Template,
    },
    /// Choose an option, and read it back.
    Choose {
        /// Where.
        target: Target,
        /// What.
        value: Template,
    },
    /// Tick, or untick, and read it back.
    Check {
        /// What.
        target: Target,
        /// Ticked afterwards.
        to: bool,
    },
    /// Tick the rows of just these people.
    Tick {
        /// What is ticked in each row.
        target: Target,
        /// Whose: `{emails}`.
        rows: Template,
    },
    /// Press a key.
    Press {
        /// Its name, as in [`KEYS`].
        key: String,
        /// Where; what has the focus unless said.
        at: Option<Target>,
    },
    /// Wait until one of these is there.
    Expect {
        /// Any of them is enough.
        any: Vec<Target>,
        /// It has to say this.
        says: Option<Text>,
        /// It has to mention this.
        mentions: Option<Template>,
    },
    /// Wait until one of these is gone.
    ExpectGone {
        /// Any of them is enough.
        any: Vec<Target>,
    },
    /// Stop unless the element says exactly this; of a list, unless it shows exactly these people (F16).
    Prove {
        /// What is read: an element, or a list by its name.
        target: Target,
        /// What it has to be.
        value: Template,
    },
    /// Give a file to a file input.
    Upload {
        /// Where.
        target: Target,
        /// Its path: `{file}`.
        value: Template,
    },
    /// Click what has the console give a file, and wait for the file.
    Download(Target),
    /// Keep what the element says, as a result of `seats`.
    Read {
        /// What is read.
        target: Target,
        /// The name of the result.
        r#as: String,
    },
}

/// The operations that change nothing; every other one commits.
pub const READING: [&str; 3] = ["sign_in", "seats", "export"];

/// The keys that `press` knows.
pub const KEYS: [&str; 14] = [
    "Enter",
    "Space",
    "Escape",
    "Tab",
    "Backspace",
    "Delete",
    "Home",
    "End",
    "PageUp",
    "PageDown",
    "ArrowUp",
    "ArrowDown",
    "ArrowLeft",
    "ArrowRight",
];

impl Verb {
    /// Its key in a recording.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Open(_) => "open",
            Self::Click { .. } => "click",
            Self::Hover(_) => "hover",
            Self::Fill { .. } => "fill",
            Self::Choose { .. } => "choose",
            Self::Check { .. } => "check",
            Self::Tick { .. } => "tick",
            Self::Press { .. } => "press",
            Self::Expect { .. } => "expect",
            Self::ExpectGone { .. } => "expect_gone",
            Self::Prove { .. } => "prove",
            Self::Upload { .. } => "upload",
            Self::Download(_) => "download",
            Self::Read { .. } => "read",
        }
    }

    /// Whether it does something on the page, rather than going somewhere, looking or waiting.
    #[must_use]
    pub fn acts(&self) -> bool {
        match self {
            Self::Click { .. }
            | Self::Hover(_)
            | Self::Fill { .. }
            | Self::Choose { .. }
            | Self::Check { .. }
            | Self::Tick { .. }
            | Self::Press { .. }
            | Self::Upload { .. }
            | Self::Download(_) => true,
            Self::Open(_)
            | Self::Expect { .. }
            | Self::ExpectGone { .. }
            | Self::Prove { .. }
            | Self::Read { .. } => false,
        }
    }

    /// Every element it names.
    #[must_use]
    pub fn targets(&self) -> Vec<&Target> {
        match self {
            Self::Open(_) => Vec::new(),
            Self::Click { target, .. }
            | Self::Hover(target)
            | Self::Download(target)
            | Self::Fill { target, .. }
            | Self::Choose { target, .. }
            | Self::Check { target, .. }
            | Self::Tick { target, .. }
            | Self::Prove { target, .. }
            | Self::Upload { target, .. }
            | Self::Read { target, .. } => vec![target],
            Self::Press { at, .. } => at.iter().collect(),
            Self::Expect { any, .. } | Self::ExpectGone { any } => any.iter().collect(),
        }
    }

    /// What stands between the braces of each placeholder it brings along, `a|b` in one.
    #[must_use]
    pub fn placeholders(&self) -> Vec<&str> {
        match self {
            Self::Click { mentions, .. } => mentions.iter().flat_map(Template::placeholders).collect(),
            Self::Fill { value, .. }
            | Self::Choose { value, .. }
            | Self::Prove { value, .. }
            | Self::Upload { value, .. } => value.placeholders(),
            Self::Tick { rows, .. } => rows.placeholders(),
            Self::Expect { says, mentions, .. } => {
                let mentions = mentions.iter().flat_map(Template::placeholders);
                says.iter().flat_map(Text::placeholders).chain(mentions).collect()
            }
            _ => Vec::new(),
        }
    }
}

impl Recording {
    /// It carries out an operation that changes something.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.operations().iter().any(|operation| !READING.contains(&operation.as_str()))
    }

    /// The operations it carries out, or is the second save of.
    #[must_use]
    pub fn operations(&self) -> &[String] {
        if self.does.is_empty() { &self.finishes } else { &self.does }
    }

    /// It is the second of two saves.
    #[must_use]
    pub fn is_second(&self) -> bool {
        self.does.is_empty()
    }

    /// The kind of row of which it ticks some, if it does.
    #[must_use]
    pub fn ticked_kind(&self) -> Option<&str> {
        self.steps.iter().find_map(|step| match &step.verb {
            Verb::Tick { target, .. } => Some(target.area()),
            _ => None,
        })
    }

    /// The steps from the first to the last that commits, or `None` for a flow that changes nothing (F2).
    #[must_use]
    pub fn commit_span(&self) -> Option<Range<usize>> {
        let first = self.steps.iter().position(|step| step.commits)?;
        let last = self.steps.iter().rposition(|step| step.commits)?;
        Some(first..last + 1)
    }
}
