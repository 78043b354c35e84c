//! The loop over a recording's steps, and the one match from a step to what the browser does.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;
use url::Url;

use super::commit::{Gate, commits_in_menu};
use super::download::Downloaded;
use super::inputs::Inputs;
use super::locate::{Need, TRIES, place_of, with};
use super::page::{Answer, Page};
use super::people::LeftOut;
use super::stop::Stop;
use super::time::LONGEST;
use super::words::{self, doing, key_named, names, unknown};
use crate::domain::email::Email;
use crate::domain::outcome::Reason;
use crate::engine::app::{App, Means, Proof, Recording, Step, Target, Template, Verb};
use crate::engine::browser::Mark;
use crate::engine::evidence::Trail;

/// How long a step may take unless its recording says otherwise.
pub(super) const STEP: Duration = Duration::from_secs(15);

/// Whose row a flow is about.
#[derive(Clone, Debug)]
pub struct Person {
    /// The address, normalised.
    pub email: Email,
    /// The key as the list may show it, in lower case.
    pub keys: Vec<String>,
    /// The row area of the map.
    pub row_area: String,
    /// The column that holds the key.
    pub column: String,
    /// The area of their own page or panel, once it is open and proved to be theirs.
    pub page: Option<String>,
}

/// How far a flow came with its commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Committed {
    /// The point of no return was not reached, or its click provably reached nobody.
    No,
    /// The committing click was sent.
    Yes,
}

/// What came of a flow that was run.
#[derive(Debug)]
pub struct Ran {
    /// Whether the change may be real now.
    pub committed: Committed,
    /// What the console said after the commit: only a voice, the reading decides (F7).
    pub said: Option<(Means, String)>,
    /// The answer that the flow waited for after the commit, where it is what decides (F12).
    pub heard: Option<String>,
    /// The moment before the committing click: what the page sent since is of the commit.
    pub since: Option<Mark>,
    /// Why it ended before its end.
    pub stop: Option<Stop>,
}

impl Ran {
    /// Of a flow that stopped before it did anything.
    pub(crate) fn nothing(stop: Stop) -> Self {
        Self { committed: Committed::No, said: None, heard: None, since: None, stop: Some(stop) }
    }
}

/// A click that committed nothing, to be done again if it reached nobody.
#[derive(Clone, Debug)]
pub(crate) struct LastClick {
    pub(crate) target: Target,
    pub(crate) more: Value,
    /// The number of its guard: only that one can tell what became of it.
    pub(crate) armed: u64,
    /// The moment before it.
    pub(crate) before: Mark,
    /// When the browser had made it.
    pub(crate) made: Instant,
}

/// One recording, or the moves of a map, played on a page.
pub struct Flow<'a> {
    pub(crate) page: &'a mut Page,
    pub(crate) app: &'a App,
    pub(crate) base: &'a Url,
    pub(crate) inputs: Inputs,
    pub(crate) person: Option<Person>,
    pub(crate) trail: &'a mut Trail,
    pub(crate) deadline: Instant,
    /// How long it may take, or go on without a further page of a list.
    pub(super) limit: Duration,
    /// Over by then, even if a list still has further pages.
    pub(super) latest: Instant,
    /// A search may begin in the document that shows the list already.
    pub(super) goes_on: bool,
    /// The sign-in page is an interrupt too (not while signing in: there it is wanted).
    pub(crate) watch: bool,
    pub(crate) map_json: Value,
    /// The last click that committed nothing, to be done again if it reached nobody.
    pub(crate) last_click: Option<LastClick>,
    /// The moment before the last move or step that may have changed what a list shows.
    pub(super) moved: Mark,
    /// The number of the guard that was armed last.
    pub(crate) armed: u64,
    /// What was typed and chosen so far, to be held against the page once more at the commit.
    pub(super) held: Vec<Value>,
    /// What was typed while signing in, and into what.
    pub(super) typed: Vec<(Target, Template)>,
    /// The addresses of all it is about, where it is about many; in lower case.
    pub(super) people: Vec<String>,
    /// Those of them whom the console leaves out, as a proved list says.
    pub(super) left_out: Vec<LeftOut>,
    /// How often something was clicked away that stood in the way.
    pub(super) dismissed: usize,
    /// Something is being clicked away right now: others are left for later.
    pub(super) dismissing: bool,
    /// Areas of later steps that only a click in the row may open.
    pub(crate) later_areas: Vec<String>,
    /// What `read` steps found, by name; nothing where the element says nothing.
    results: BTreeMap<String, Option<String>>,
    /// The file that `download` waited for.
    pub(super) downloaded: Option<Downloaded>,
    /// The console's own answer decides (F12).
    pub(super) decides: bool,
    /// What the recording does, for what it may send.
    pub(super) operations: Vec<String>,
    /// The moment before the committing click.
    pub(super) committing_since: Option<Mark>,
    /// The row as it was before the first step, for a commit in an area that names nobody.
    pub(super) row_picture: Option<Vec<u8>>,
}

impl<'a> Flow<'a> {
    /// Prepares to play on a page, with this long for all of it. Each page of a list that shows further rows gives the
    /// full time again, up to an hour in all.
    pub fn new(
        page: &'a mut Page,
        app: &'a App,
        base: &'a Url,
        inputs: Inputs,
        trail: &'a mut Trail,
        limit: Duration,
    ) -> Self {
        let map_json = Self::map_json(app, &inputs);
        inputs.secrets().for_each(|secret| trail.never_tell(secret));
        let now = Instant::now();
        Self {
            page,
            app,
            base,
            inputs,
            person: None,
            trail,
            deadline: now + limit,
            limit,
            latest: now + LONGEST,
            goes_on: false,
            watch: true,
            map_json,
            last_click: None,
            moved: Mark::default(),
            armed: 0,
            held: Vec::new(),
            typed: Vec::new(),
            people: Vec::new(),
            dismissed: 0,
            dismissing: false,
            left_out: Vec::new(),
            later_areas: Vec::new(),
            results: BTreeMap::new(),
            downloaded: None,
            decides: false,
            operations: Vec::new(),
            committing_since: None,
            row_picture: None,
        }
    }

    /// What the `read` steps of the flows played so far found.
    pub fn into_results(self) -> BTreeMap<String, Option<String>> {
        self.results
    }

    /// Whether a code of the second factor was typed, or was about to be.
    pub(crate) fn gave_code(&self) -> bool {
        self.inputs.has_code()
    }

    /// The file that the flow had the console give.
    pub fn into_download(self) -> Option<Downloaded> {
        self.downloaded
    }

    /// The same while signing in: the sign-in page is no interruption.
    #[must_use]
    pub fn signing_in(mut self) -> Self {
        self.watch = false;
        self
    }

    /// Gives the flow further inputs.
    pub fn set_inputs(&mut self, inputs: Inputs) {
        self.map_json = Self::map_json(self.app, &inputs);
        inputs.secrets().for_each(|secret| self.trail.never_tell(secret));
        self.inputs = inputs;
    }

    /// Says whose row the flow is about.
    pub fn set_person(&mut self, person: Option<Person>) {
        self.person = person;
    }

    /// Plays a recording from where the page stands. `gate` is asked before the first committing click; a recording
    /// that commits cannot be played without one.
    pub async fn play(&mut self, recording: &Recording, mut gate: Option<&mut dyn Gate>) -> Ran {
        let mut ran = Ran { committed: Committed::No, said: None, heard: None, since: None, stop: None };
        self.operations = recording.operations().to_vec();
        self.page.note_list(false);
        self.committing_since = None;
        self.held.clear();
        self.typed.clear();
        self.decides = recording.proof == Proof::Response;
        // Later it may be under a menu, which a picture of the row would scroll away.
        let in_menu = self.person.as_ref().is_some_and(|person| commits_in_menu(recording, &person.row_area));
        self.row_picture = if in_menu { self.picture_of_row().await } else { None };
        self.last_click = None;
        self.later_areas = self.opened_from_row(recording);
        let of = recording.steps.len();
        for (index, step) in recording.steps.iter().enumerate() {
            let doing = doing(step, &format!("step {} of {of}, {}", index + 1, recording.name));
            let rest = &recording.steps[index + 1..];
            if ran.committed == Committed::Yes {
                match gate.as_deref_mut().filter(|_| step.commits) {
                    Some(gate) => self.commit_further(&doing, step, gate, &mut ran).await,
                    None => self.after_commit(&doing, step, &mut ran).await,
                }
                continue;
            }
            let started = Instant::now();
            let result = if step.commits {
                match gate.as_deref_mut() {
                    Some(gate) => {
                        let committed = self.commit(&doing, step, gate).await;
                        self.leave_held();
                        committed.map(|()| ran.committed = Committed::Yes)
                    }
                    None => Err((
                        Stop::new(
                            Reason::Unsupported,
                            &doing,
                            "this flow commits and was started without a journal",
                        ),
                        Committed::No,
                    )),
                }
            } else if step.optional {
                self.optional(&doing, step, rest).await.map_err(|stop| (stop, Committed::No))
            } else {
                self.step(&doing, step).await.map_err(|stop| (stop, Committed::No))
            };
            self.log(&doing, started, result.as_ref().err().map(|(stop, _)| stop));
            if let Err((stop, committed)) = result {
                ran.stop = Some(stop);
                ran.committed = committed;
                if committed == Committed::No {
                    break;
                }
            }
        }
        ran.since = self.committing_since;
        if ran.committed == Committed::No {
            self.page.lower_guard();
        }
        if ran.stop.is_some() {
            // A guard left armed would swallow the next click in this document, a person's own one included. The page
            // may be gone, and its guard with it.
            let request = self.request("guard");
            drop(self.page.ask(request, Duration::from_secs(1)).await);
        }
        ran
    }

    /// Writes down what was done since, and how it ended.
    pub(crate) fn log(&mut self, doing: &str, since: Instant, stop: Option<&Stop>) {
        if let Some(seen) = stop.and_then(Stop::seen_in_words) {
            self.trail.saw(seen);
        }
        self.trail.requests_until_now(self.page.browser().requests().total());
        self.trail.step(doing, since.elapsed(), stop.map(Stop::to_string));
    }

    /// The one match from a step to what the browser does. Nothing here commits.
    pub(super) async fn step(&mut self, doing: &str, step: &Step) -> Result<(), Stop> {
        let wait = step.timeout.unwrap_or(STEP);
        if step.verb.acts() {
            self.moved = self.page.mark();
        }
        match &step.verb {
            Verb::Open(area) => Box::pin(self.open(area, false)).await,
            Verb::Click { target, mentions } => {
                let mentions = self.mentions(doing, mentions.as_ref())?;
                Box::pin(self.type_again(doing, wait)).await?;
                self.click(doing, target, &mentions, wait).await?;
                self.leave_held();
                Ok(())
            }
            Verb::Hover(target) => {
                let found = self.locate(doing, target, Need::Click, json!({}), wait).await?;
                self.last_click = None;
                let place = place_of(doing, &found)?;
                self.page.browser().hover(place).await.map_err(|error| Stop::browser(doing, &error))
            }
            Verb::Fill { target, value } => self.fill(doing, target, value, wait).await,
            Verb::Choose { target, value } => self.choose(doing, target, value, wait).await,
            Verb::Check { target, to } => self.check(doing, target, *to, wait).await,
            Verb::Tick { target, .. } => self.tick(doing, target, wait).await,
            Verb::Press { key, at } => {
                if let Some(target) = at {
                    self.locate(doing, target, Need::Fill, json!({}), wait).await?;
                }
                self.last_click = None;
                let pressed = self.page.browser().keys(&key_named(key).to_string()).await;
                pressed.map_err(|error| Stop::browser(doing, &error))?;
                if at.is_some() {
                    let guard = self.ask(doing, self.request("guard"), wait).await?;
                    if let Some(why) = guard.why {
                        return Err(Stop::new(Reason::ConsoleError, doing, why));
                    }
                }
                Ok(())
            }
            Verb::Expect { any, says, mentions } => {
                let mut request = self.request("expect");
                request["any"] = names(any);
                request["gone"] = json!([]);
                if let Some(says) = says {
                    request["says"] = says
                        .to_json(&|name| self.inputs.get(name))
                        .map_err(|missing| unknown(doing, &missing.0))?;
                }
                request["mentions"] = json!(self.mentions(doing, mentions.as_ref())?);
                self.expect(doing, request, wait).await
            }
            Verb::ExpectGone { any } => {
                let mut request = self.request("expect");
                request["any"] = json!([]);
                request["gone"] = names(any);
                self.expect(doing, request, wait).await
            }
            Verb::Upload { target, value } => {
                if step.writes {
                    self.page.lift_guard(&self.operations);
                }
                self.upload(doing, target, value, wait).await
            }
            Verb::Download(target) => self.download(doing, target, step.timeout).await,
            Verb::Prove { target, .. } if self.app.map.lists.contains_key(target.as_str()) => {
                let app = self.app;
                self.prove_list(doing, target.as_str(), &app.map.lists[target.as_str()], wait).await
            }
            Verb::Prove { target, value } => {
                let wanted = self.inputs.fill(value).map_err(|missing| unknown(doing, &missing.0))?;
                self.locate(doing, target, Need::Present, json!({}), wait).await?;
                let shown = self.read(doing, target).await?;
                if shown.as_deref().map(str::to_ascii_lowercase) == Some(wanted.to_ascii_lowercase()) {
                    // A page may take back what it said: it has to say so still where the change is made real.
                    let accept = json!([{ "is": wanted }]);
                    let (people, tells) = self.told_by(value, &wanted);
                    let held = json!({ "target": target.as_str(), "accept": accept, "is_proof": true });
                    self.held.push(with(&with(&held, "people", people), "tells", tells));
                    return Ok(());
                }
                Err(Stop::new(
                    Reason::Ambiguous,
                    doing,
                    format!(
                        "it says {}, not {wanted:?}",
                        shown.map_or("nothing".to_owned(), |shown| format!("{shown:?}"))
                    ),
                ))
            }
            Verb::Read { target, r#as } => {
                self.locate(doing, target, Need::Present, json!({}), wait).await?;
                let shown = self.read(doing, target).await?;
                self.results.insert(r#as.clone(), shown);
                Ok(())
            }
        }
    }

    /// An optional step before the commit: skipped once what the next needed step waits for is there (F19).
    pub(super) async fn optional(&mut self, doing: &str, step: &Step, rest: &[Step]) -> Result<(), Stop> {
        let needed = rest.iter().find(|later| !later.optional);
        let next = needed.map(|later| later.verb.targets()).unwrap_or_default();
        let mut request = self.request("race");
        request["any"] = json!(step.verb.targets().iter().map(|target| target.as_str()).collect::<Vec<_>>());
        let looks =
            |step: &&Step| matches!(step.verb, Verb::Expect { .. } | Verb::Read { .. } | Verb::Prove { .. });
        request["next_looks"] = json!(needed.is_none_or(|step| looks(&step)));
        request["next"] = json!(next.iter().map(|target| target.as_str()).collect::<Vec<_>>());
        let answer = self.ask(doing, request, step.timeout.unwrap_or(STEP)).await?;
        // The optional step may never have been wanted: what failed is getting to the needed one.
        let wanted =
            needed.map_or_else(|| doing.to_owned(), |step| words::doing(step, "the next needed step"));
        if let Some(stop) = self.said_no(&wanted, &answer) {
            return Err(stop);
        }
        if answer.ok && answer.shown.is_none() {
            return Ok(());
        }
        if !answer.ok {
            return Err(self.explain(doing, &answer).await);
        }
        self.step(doing, step).await
    }

    async fn expect(&mut self, doing: &str, mut request: Value, wait: Duration) -> Result<(), Stop> {
        // What a click that reached the page has set off may take as long as the step may: it is not sent twice.
        request["patience_ms"] = json!(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX));
        for _ in 0..TRIES {
            self.mark_lost_clicks(&mut request);
            request["surely"] = json!(true);
            let answer = self.ask(doing, request.clone(), wait).await?;
            if let Some(stop) = self.said_no(doing, &answer) {
                return Err(stop);
            }
            if answer.ok {
                return Ok(());
            }
            if answer.why() != "lost_click" {
                return Err(self.explain(doing, &answer).await);
            }
            self.click_again(doing, &answer).await?;
        }
        Err(Stop::new(
            Reason::Timeout,
            doing,
            "the click before it reached nobody, however often it was tried",
        ))
    }

    /// A message of the map that tells why it does not go on.
    pub(super) fn said_no(&self, doing: &str, answer: &Answer) -> Option<Stop> {
        let (means, text) = self.said(answer)?;
        match means {
            Means::Reason(reason) if answer.shown.is_none() => {
                Some(Stop::new(reason, doing, format!("the console says {text:?}")))
            }
            _ => None,
        }
    }

    pub(super) fn said(&self, answer: &Answer) -> Option<(Means, String)> {
        let message = answer.message.as_ref()?;
        self.app.map.messages.get(message.index).map(|known| (known.means, message.text.clone()))
    }

    pub(super) async fn read(&mut self, doing: &str, target: &Target) -> Result<Option<String>, Stop> {
        let mut request = self.request("read");
        request["target"] = json!(target.as_str());
        Ok(self.ask(doing, request, Duration::from_secs(2)).await?.value)
    }

    pub(super) fn mentions(&self, doing: &str, template: Option<&Template>) -> Result<Vec<String>, Stop> {
        let Some(template) = template else { return Ok(Vec::new()) };
        // Of many people each has to be mentioned.
        let lines = |text: String| text.lines().map(str::to_owned).collect();
        self.inputs.fill(template).map(lines).map_err(|missing| unknown(doing, &missing.0))
    }

    /// The areas of a recording's steps that lie outside the list its row is in.
    fn opened_from_row(&self, recording: &Recording) -> Vec<String> {
        let Some(person) = &self.person else { return Vec::new() };
        let mut around = vec![person.row_area.clone()];
        while let Some(outer) =
            around.last().and_then(|name| self.app.map.areas.get(name)).and_then(|area| area.within.clone())
        {
            around.push(outer);
        }
        let until = recording.commit_span().map_or(recording.steps.len(), |span| span.end);
        let mut areas: Vec<String> = Vec::new();
        for step in &recording.steps[..until] {
            for target in step.verb.targets() {
                let name = target.area().to_owned();
                let rooted = self.app.map.areas.get(&name).is_some_and(|area| area.root.is_some());
                if rooted && !around.contains(&name) && !areas.contains(&name) {
                    areas.push(name);
                }
            }
        }
        areas
    }
}
