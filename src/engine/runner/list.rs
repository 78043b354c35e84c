//! Reads the members: page by page, pass by pass, until the reading is proven or it is known why it is not (D7.1, F6).

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::flow::Flow;
use super::page::Answer;
use super::parts::{Opened, Section, sections};
use super::pass::Pass;
use super::stop::Stop;
use crate::domain::outcome::Reason;
use crate::domain::reading::Reading;
use crate::engine::app::{App, List, Move, Target};

/// How long a page of the list may take to settle.
const SETTLE: Duration = Duration::from_secs(15);
/// How long the part that shows first may take to do so, before another is opened.
const PART: Duration = Duration::from_secs(8);
/// A list of more pages than this is a loop.
const MOST_PAGES: usize = 2_000;
/// Two passes have to agree; this many are made at the most.
const MOST_PASSES: usize = 3;
/// Walks that contradict themselves are made again, up to this many in all.
const MOST_WALKS: usize = 6;
/// Rows that change sides between two pages now and then are seen right sooner or later: so many walks are made for them,
/// as long as they are short.
const MOST_SHORT_WALKS: usize = 12;
const SHORT: u64 = 6; // pages
/// The same contradiction in so many walks is the console's own: it does not go away by looking.
const LASTING: usize = 2;
/// The same, where it may be by chance that the same rows changed sides.
const LASTING_BY_CHANCE: usize = 5;
/// A page that never settles takes its full time in each walk, and seldom does better in the next.
const MOST_UNSETTLED: usize = 2;
/// The list an administrator means by "members".
pub(crate) const MEMBERS: &str = "members";

/// How many walks are worth it after these.
fn most_walks(broken: &[Pass]) -> usize {
    let is_worth_more =
        broken.iter().any(Pass::may_be_order) && broken.iter().all(|pass| pass.pages() <= SHORT);
    if is_worth_more { MOST_SHORT_WALKS } else { MOST_WALKS }
}

impl Flow<'_> {
    /// Reads the members until two passes agree, three at the most, and says how well the list is proven. A walk that
    /// contradicts itself (somebody twice, another total than rows) is no pass and is made again, unless it contradicts
    /// itself in the same way once more.
    ///
    /// # Errors
    /// A page that cannot be read at all. A list that can be read and not be proven is a reading of grade `none`.
    pub async fn read_members(&mut self) -> Result<Reading, Stop> {
        let mut passes: Vec<Pass> = Vec::new();
        let mut broken: Vec<Pass> = Vec::new();
        while passes.len() < MOST_PASSES
            && passes.len() + broken.len() < most_walks(&broken)
            && broken.iter().filter(|pass| pass.unsettled).count() < MOST_UNSETTLED
        {
            let pass = self.read_pass().await?;
            if !pass.doubts.is_empty() {
                let alike = 1 + broken.iter().filter(|earlier| earlier.is_as(&pass)).count();
                let lasting = if pass.may_be_order() { LASTING_BY_CHANCE } else { LASTING };
                broken.push(pass);
                if alike >= lasting {
                    break;
                }
            } else if passes.iter().any(|earlier| earlier.agreed() == pass.agreed()) {
                return Ok(pass.into_reading(None));
            } else {
                passes.push(pass);
            }
        }
        let mut doubts: Vec<String> = broken.iter().flat_map(|pass| pass.doubts.clone()).collect();
        doubts.sort();
        doubts.dedup();
        if passes.len() == MOST_PASSES {
            let counts: Vec<String> = passes.iter().map(|pass| pass.members.len().to_string()).collect();
            doubts.insert(0, format!("{MOST_PASSES} readings disagree ({} rows)", counts.join(", ")));
        }
        doubts.truncate(4);
        let last = passes.pop().or_else(|| broken.pop()).expect("at least one walk was made");
        if last.has_no_address() {
            // Of nobody it could be said that they are there or not: the map no longer fits.
            let key = &members_list(self.app)?.key;
            let cause = format!(
                "none of the {} rows shows an address; is `{key}` of the row still right?",
                last.members.len()
            );
            return Err(Stop::new(Reason::SelectorMissing, "read the members", cause));
        }
        Ok(last.into_reading(Some(doubts.join("; "))))
    }

    /// One walk from a new document to the last page, through all parts.
    async fn read_pass(&mut self) -> Result<Pass, Stop> {
        let app = self.app;
        let list = members_list(app)?;
        let sections = sections(app, list, &self.inputs);
        let own = self.inputs.clone();
        let mut pass = Pass::new();
        for section in &sections {
            self.set_inputs(section.inputs.clone());
            let read = self.read_section(list, section, &mut pass).await;
            self.set_inputs(own.clone());
            read?;
        }
        pass.judge(list, sections.len());
        Ok(pass)
    }

    async fn read_section(
        &mut self,
        list: &List,
        section: &Section<'_>,
        pass: &mut Pass,
    ) -> Result<(), Stop> {
        pass.begin_part();
        let Some(first) = self.open_list(list, section).await? else {
            pass.miss_part(section);
            return Ok(());
        };
        pass.open_part();
        let count = first.count.clone();
        if list.scroll.is_some() {
            pass.note_page(&first, list, &section.place(1));
            self.read_scrolled(list, section, pass).await?;
        } else if list.more.is_some() {
            let (whole, place) = (self.lengthen(list, section, first).await?, section.place(1));
            pass.reached_end &= !is_longer(&whole);
            pass.note_page(&whole, list, &place);
            pass.take(&whole.rows, section, self.app, list, &place);
        } else {
            self.read_pages(list, section, first, pass).await?;
        }
        pass.end_part(section, count.as_deref());
        Ok(())
    }

    async fn read_pages(
        &mut self,
        list: &List,
        section: &Section<'_>,
        first: Answer,
        pass: &mut Pass,
    ) -> Result<(), Stop> {
        let mut page = first;
        for number in 1..=MOST_PAGES {
            let place = section.place(number);
            pass.note_page(&page, list, &place);
            pass.take(&page.rows, section, self.app, list, &place);
            if page.next.as_deref() != Some("enabled") {
                pass.reached_end &= page.next.as_deref() != Some("ambiguous");
                return Ok(());
            }
            if !page.fresh {
                break;
            }
            page = self.next_page(list, section, &page.signature).await?;
        }
        pass.reached_end = false;
        Ok(())
    }

    /// Makes a list longer until nothing more comes, and reads it then: what is read in between is read again anyway.
    async fn lengthen(&mut self, list: &List, section: &Section<'_>, first: Answer) -> Result<Answer, Stop> {
        let mut page = first;
        for _ in 0..MOST_PAGES {
            if !is_longer(&page) || !page.fresh {
                break;
            }
            page = self.next_page(list, section, &page.signature).await?;
        }
        Ok(page)
    }

    async fn read_scrolled(
        &mut self,
        list: &List,
        section: &Section<'_>,
        pass: &mut Pass,
    ) -> Result<(), Stop> {
        let mut walk = Scroll::default();
        loop {
            walk.counted = pass.counted();
            let Some(window) = self.scroll(list, section, &mut walk).await? else { break };
            if window.gap {
                pass.doubts.push("rows changed while the list was scrolled".to_owned());
            }
            pass.take(&window.rows, section, self.app, list, &section.place(1));
        }
        pass.reached_end &= walk.is_at_end;
        Ok(())
    }

    /// Scrolls on, and gives the rows that came into view for the first time. `None`: there are no more, or none came
    /// for as long as a page may take to settle.
    pub(crate) async fn scroll(
        &mut self,
        list: &List,
        section: &Section<'_>,
        walk: &mut Scroll,
    ) -> Result<Option<Answer>, Stop> {
        let doing = "scroll through the list";
        let end = Instant::now() + SETTLE;
        while !walk.is_at_end && Instant::now() < end {
            let mut request = self.list_request(list, &Reads::view(section));
            request["do"] = json!("scroll");
            request["from_top"] = json!(!walk.is_begun);
            request["tail"] = json!(walk.tail);
            request["counted"] = json!(walk.counted);
            request["seek"] = json!(walk.seek);
            let mut window = self.ask(doing, request, SETTLE).await?;
            if !window.ok {
                return Err(self.explain(doing, &window).await);
            }
            walk.is_begun = true;
            // More rows may be on their way to where the list seems to end.
            walk.is_at_end = window.at_end && !self.is_filling(list);
            walk.tail = std::mem::take(&mut window.tail);
            if !window.rows.is_empty() {
                self.got_on();
                return Ok(Some(window));
            }
        }
        Ok(None)
    }

    /// Opens the list by a new document, in its full state, and reads the first page of a part. `None`: the part may
    /// be missing, and what opens it is not there.
    pub(crate) async fn open_list(
        &mut self,
        list: &List,
        section: &Section<'_>,
    ) -> Result<Option<Answer>, Stop> {
        self.open(&list.at, true).await?;
        self.page.note_list(true);
        if let Some(prepare) = &list.prepare {
            self.make_move("prepare the list", prepare).await?;
        }
        if !matches!(section.open, Some(Move::Steps(_))) {
            return self.shown_part(list, section, None).await.map(Some);
        }
        // Its rows are told from those of the part before by their keys: that one has to be there first.
        let shown = self.read_page(list, Reads { wait: PART, is_glance: true, ..Reads::all(list) }).await?;
        if section.optional && !self.has_opener(section).await? {
            return Ok(None);
        }
        let before = shown.signature;
        self.shown_part(list, section, Some(&before)).await.map(Some)
    }

    async fn shown_part(
        &mut self,
        list: &List,
        section: &Section<'_>,
        before: Option<&str>,
    ) -> Result<Answer, Stop> {
        let before = match self.open_section(section).await? {
            Opened::Shown | Opened::NewDocument => None,
            Opened::Changed => before,
        };
        let reads = Reads { before, all: list.all_rows(), ..Reads::view(section) };
        self.read_page(list, reads).await
    }

    /// Turns the page, or makes the list longer. The click is done again only where it provably reached nobody: a page turned twice would leave
    /// people out.
    pub(crate) async fn next_page(
        &mut self,
        list: &List,
        section: &Section<'_>,
        before: &str,
    ) -> Result<Answer, Stop> {
        let doing = if list.more.is_some() { "make the list longer" } else { "turn the page" };
        let missing = || Stop::new(Reason::SelectorMissing, doing, "the list has no `next`");
        let next = list.next.as_ref().or(list.more.as_ref()).ok_or_else(missing)?;
        let reads = Reads { before: Some(before), ..Reads::view(section) };
        let page = self.click_and_read(doing, next, list, reads).await?;
        if page.fresh {
            self.got_on();
        }
        Ok(page)
    }

    async fn click_and_read(
        &mut self,
        doing: &str,
        target: &Target,
        list: &List,
        reads: Reads<'_>,
    ) -> Result<Answer, Stop> {
        self.moved = self.page.mark();
        self.click(doing, target, &[], SETTLE).await?;
        let end = Instant::now() + SETTLE;
        while Instant::now() < end {
            let page = self.read_page(list, reads.clone()).await?;
            if page.why() != "lost_click" {
                return Ok(page);
            }
            self.click_again(doing, &page).await?;
        }
        Err(Stop::new(Reason::Timeout, doing, "the click reached nobody, however often it was tried"))
    }

    pub(super) fn list_request(&self, list: &List, reads: &Reads<'_>) -> Value {
        let kinds = reads.rows.iter().filter_map(|area| self.app.map.areas.get(*area));
        let columns: BTreeSet<&str> = kinds.flat_map(|area| area.columns().map(|(name, _)| name)).collect();
        let name = |target: &Option<Target>| target.as_ref().map(|target| target.as_str().to_owned());
        let mut request = self.request("list");
        request["list"] = json!({
            "at": list.at, "rows": reads.rows, "all": reads.all, "key": list.key, "columns": columns,
            "total": name(&list.total), "next": name(&list.next).or(name(&list.more)),
            "scroll": name(&list.scroll), "busy": name(&list.busy), "empty": name(&list.empty),
            "count": reads.count.map(|target| target.as_str()), "tabs": name(&list.tabs),
        });
        request["before"] = json!(reads.before);
        request["is_glance"] = json!(reads.is_glance);
        request
    }
}

/// How a page of a list is read.
#[derive(Clone, Debug)]
pub(crate) struct Reads<'a> {
    /// The kinds of row.
    pub(crate) rows: Vec<&'a str>,
    /// The kinds of row whose keys tell one state of the list from another.
    pub(crate) all: Vec<&'a str>,
    /// Where the number of its rows stands.
    pub(crate) count: Option<&'a Target>,
    /// What the keys must differ from; nothing in a new document.
    pub(crate) before: Option<&'a str>,
    /// How long it may take to settle.
    pub(crate) wait: Duration,
    /// What it shows is only told from what comes next: it need not be the whole page.
    pub(crate) is_glance: bool,
    /// It is what a search shows, of which nothing follows but where somebody is: it may show nobody, and not say so.
    pub(crate) is_search: bool,
}

impl<'a> Reads<'a> {
    /// A page of this part.
    pub(crate) fn view(section: &Section<'a>) -> Self {
        Self {
            rows: section.rows.clone(),
            all: section.rows.clone(),
            count: section.count,
            before: None,
            wait: SETTLE,
            is_glance: false,
            is_search: false,
        }
    }

    /// Whatever part shows.
    pub(super) fn all(list: &'a List) -> Self {
        let rows = list.all_rows();
        Self {
            rows: rows.clone(),
            all: rows,
            count: None,
            before: None,
            wait: SETTLE,
            is_glance: false,
            is_search: false,
        }
    }
}

/// A walk through a list that is scrolled.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scroll {
    /// The last rows read, to tell where the next ones begin.
    tail: Vec<String>,
    is_begun: bool,
    is_at_end: bool,
    /// How many people were read so far: with all that the total says, the end is reached.
    counted: u64,
    /// Stop where one of these keys shows.
    seek: Vec<String>,
}

impl Scroll {
    /// Until a row with this key is in view.
    pub(crate) fn to(key: &str) -> Self {
        Self { seek: vec![key.to_ascii_lowercase()], ..Self::default() }
    }
}

/// There is more of it to be had.
fn is_longer(page: &Answer) -> bool {
    page.next.as_deref() == Some("enabled")
}

pub(crate) fn members_list(app: &App) -> Result<&List, Stop> {
    app.map
        .lists
        .get(MEMBERS)
        .ok_or_else(|| Stop::new(Reason::Unsupported, "read the members", "the map has no [lists.members]"))
}
