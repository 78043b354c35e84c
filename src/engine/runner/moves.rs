//! How a flow gets somewhere: the areas of the map opened, and the console recognised on the way (F11, F18, F20).

use std::time::Duration;

use serde_json::json;

use super::flow::Flow;
use super::locate::Need;
use super::stop::Stop;
use super::words::{doing as doing_step, unknown};
use crate::domain::outcome::Reason;
use crate::engine::app::{Move, Step, Target, Template, Verb};

impl Flow<'_> {
    /// Goes to an area. `fresh`: by a new document in any case (F20).
    pub(crate) async fn open(&mut self, area: &str, fresh: bool) -> Result<(), Stop> {
        let doing = format!("open \"{area}\"");
        if !fresh && self.is_there(&doing, area).await? {
            return Ok(());
        }
        if fresh {
            self.page.lower_guard();
        }
        let app = self.app;
        match app.map.areas.get(area).and_then(|spec| spec.open.as_ref()) {
            Some(Move::Address(address)) => self.load(&doing, address).await?,
            Some(Move::Steps(steps)) => {
                for (index, step) in steps.iter().enumerate() {
                    let doing = doing_step(step, &doing);
                    match &step.verb {
                        Verb::Open(before) => Box::pin(self.open(before, fresh)).await?,
                        _ if step.optional => {
                            Box::pin(self.optional(&doing, step, &steps[index + 1..])).await?;
                        }
                        _ => Box::pin(self.step(&doing, step)).await?,
                    }
                }
            }
            None => {}
        }
        self.locate(&doing, &Target::new(area), Need::Present, json!({}), Duration::from_secs(20)).await?;
        self.recognise(&doing, area).await
    }

    /// Whether this is the console the map is of: judged once at each area that a `recognise` entry names, when that
    /// area first shows (F18).
    async fn recognise(&mut self, doing: &str, area: &str) -> Result<(), Stop> {
        if self.page.recognised.contains(area) {
            return Ok(());
        }
        for entry in self.app.map.recognise.iter().filter(|entry| entry.at == area) {
            let targets: Vec<&str> = entry.present.iter().chain(&entry.absent).map(Target::as_str).collect();
            let there = self.present(doing, &targets).await?;
            let shows = |target: &&Target| there.iter().any(|name| name == target.as_str());
            let missing = entry
                .present
                .iter()
                .find(|target| !shows(target))
                .map(|target| format!("{target} is missing"));
            let odd = entry.absent.iter().find(shows).map(|target| format!("{target} is there"));
            if let Some(what) = missing.or(odd) {
                return Err(Stop::new(
                    Reason::UnknownConsole,
                    doing,
                    format!("this is not {}: {what}", self.app.id()),
                ));
            }
        }
        self.page.recognised.insert(area.to_owned());
        Ok(())
    }

    /// Which of these show right now: elements, or areas. Nothing is waited for, and nothing is clicked away.
    pub(crate) async fn present(&mut self, doing: &str, targets: &[&str]) -> Result<Vec<String>, Stop> {
        let mut request = self.request("present");
        request["targets"] = json!(targets);
        Ok(self.ask(doing, request, Duration::from_secs(2)).await?.present)
    }

    pub(super) async fn is_there(&mut self, doing: &str, area: &str) -> Result<bool, Stop> {
        match self.present(doing, &[area]).await {
            Ok(present) => Ok(!present.is_empty()),
            // What could not be loaded a moment ago, or was of no use, is loaded anew, and that decides.
            Err(Stop {
                reason: Reason::ConsoleDown | Reason::ConsoleError | Reason::UnknownConsole, ..
            }) => Ok(false),
            Err(stop) => Err(stop),
        }
    }

    /// Runs a move that leads to no area: a search, say.
    pub(crate) async fn make_move(&mut self, doing: &str, way: &Move) -> Result<(), Stop> {
        self.go(doing, way).await
    }

    /// Makes a move from where the page stands: an address of the workspace's host, or steps.
    pub(super) async fn go(&mut self, doing: &str, way: &Move) -> Result<(), Stop> {
        match way {
            Move::Address(address) => self.load(doing, address).await,
            Move::Steps(steps) => self.make_steps(doing, steps).await,
        }
    }

    /// Loads an address of the workspace's host as a new document.
    pub(super) async fn load(&mut self, doing: &str, address: &Template) -> Result<(), Stop> {
        let path = self.inputs.fill(address).map_err(|missing| unknown(doing, &missing.0))?;
        let address = self.base.join(&path).map_err(|error| {
            Stop::new(Reason::ConsoleDown, doing, format!("{path} is no address: {error}"))
        })?;
        self.last_click = None;
        self.leave_held();
        self.moved = self.page.mark();
        self.page.load(&address).await.map_err(|error| Stop::browser(doing, &error))
    }

    pub(super) async fn make_steps(&mut self, doing: &str, steps: &[Step]) -> Result<(), Stop> {
        for (index, step) in steps.iter().enumerate() {
            let doing = doing_step(step, doing);
            match step.optional {
                true => self.optional(&doing, step, &steps[index + 1..]).await?,
                false => self.step(&doing, step).await?,
            }
        }
        Ok(())
    }
}
