//! The list of the crew: a tab for each role, one for the invited, one for those ashore.

use super::super::faults::Faults;
use super::super::person::{Person, REASONS, Role, Standing};
use super::super::state::{ACCOUNT_EMAIL, Club};
use super::{date, escape, framed, initials};

const PAGE_SIZE: usize = 12;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tab {
    Of(Role),
    Awaiting,
    Ashore,
}

impl Tab {
    const ALL: [Self; 5] = [
        Self::Of(Role::Captain),
        Self::Of(Role::Mate),
        Self::Of(Role::Deckhand),
        Self::Awaiting,
        Self::Ashore,
    ];

    fn slug(self) -> &'static str {
        match self {
            Self::Of(role) => role.slug(),
            Self::Awaiting => "awaiting",
            Self::Ashore => "ashore",
        }
    }

    fn label(self) -> String {
        match self {
            Self::Of(role) => format!("{}s", role.word()),
            Self::Awaiting => "Awaiting".to_owned(),
            Self::Ashore => "Ashore".to_owned(),
        }
    }

    fn holds(self, person: &Person) -> bool {
        match self {
            Self::Of(role) => person.standing == Standing::Aboard && person.role == role,
            Self::Awaiting => person.standing == Standing::Awaiting,
            Self::Ashore => person.standing == Standing::Ashore,
        }
    }

    /// The titles of its columns.
    fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Of(_) => &["Crew member", "Contact", "Joined", "Last aboard"],
            Self::Awaiting => &["Crew member", "Invited as", "Invited"],
            Self::Ashore => &["Crew member", "Contact", "Was", "Why"],
        }
    }

    fn row(self, person: &Person) -> String {
        let (id, shown, email) = (person.id, escape(person.shown()), escape(&person.email));
        let you = if person.email == ACCOUNT_EMAIL { r#" <span class="badge">you</span>"# } else { "" };
        let initials = escape(&initials(person.shown()));
        let who = format!(
            r#"<td class="who"><span class="round">{initials}</span><a href="/crew/{id}">{shown}</a>{you}</td>"#
        );
        let contact = format!(r#"<td><a class="mail" href="mailto:{email}">{email}</a></td>"#);
        let since = date(person.since);
        let rest = match self {
            Self::Of(_) => {
                let seen = person.last_aboard.map_or_else(|| "–".to_owned(), date);
                format!("{contact}<td>{since}</td><td>{seen}</td>")
            }
            Self::Awaiting => format!("<td>{}</td><td>{since}</td>", person.role.word()),
            Self::Ashore => {
                let why = REASONS
                    .iter()
                    .find(|(slug, _)| person.reason == Some(slug))
                    .map_or("–", |(_, text)| text);
                format!("{contact}<td>{}</td><td>{why}</td>", person.role.word())
            }
        };
        format!("<tr>{who}{rest}</tr>\n")
    }
}

/// A page of the list; the first tab that has anybody where the wanted one has nobody.
pub(crate) fn page(club: &mut Club, session: &str, wanted: &str, number: usize) -> String {
    let found = club.found();
    let filter = club.filter().to_owned();
    let counted = Tab::ALL.map(|tab| (tab, found.iter().filter(|person| tab.holds(person)).count()));
    let tabs: Vec<(Tab, usize)> = counted
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(tab, count)| (tab, club.faults.miscount(count)))
        .collect();
    let current = tabs.iter().find(|(tab, _)| tab.slug() == wanted).or(tabs.first());
    let body = match current {
        Some((tab, _)) => shown(&tabs, *tab, &found, number, &mut club.faults),
        None => r#"<p class="nobody">No one in the crew fits.</p>"#.to_owned(),
    };
    let slug = current.map_or("", |(tab, _)| tab.slug());
    let (shown_filter, note) = (escape(&filter), filter_note(&filter));
    let main = format!(
        r#"<div class="title"><h1>Crew</h1><a class="button main" href="/crew/invite">Invite to the crew</a></div>
<form class="find" method="get" action="/crew">
<input type="hidden" name="role" value="{slug}">
<input type="search" name="q" value="{shown_filter}" placeholder="Name or address" title="Find in the crew">
<button>Find</button>
</form>
{note}
{body}"#
    );
    framed(club, session, "Crew", "/crew", &main)
}

fn filter_note(filter: &str) -> String {
    if filter.is_empty() {
        return String::new();
    }
    let filter = escape(filter);
    format!(
        r#"<p class="filter">Only crew matching <b>“{filter}”</b>. <a href="/crew?clear=1">Show everyone</a></p>"#
    )
}

fn shown(tabs: &[(Tab, usize)], tab: Tab, found: &[Person], number: usize, faults: &mut Faults) -> String {
    let link = |(each, count): &(Tab, usize)| {
        let current = if *each == tab { r#" class="here" aria-current="page""# } else { "" };
        let (slug, label) = (each.slug(), each.label());
        format!(r#"<a href="/crew?role={slug}"{current}>{label} <span class="tally">{count}</span></a>"#)
    };
    let links: String = tabs.iter().map(link).collect();
    let titles: String = tab.columns().iter().map(|title| format!("<th>{title}</th>")).collect();
    let all: Vec<&Person> = found.iter().filter(|person| tab.holds(person)).collect();
    let last = all.len().div_ceil(PAGE_SIZE);
    let number = number.clamp(1, last);
    let mut page: Vec<&Person> = all.into_iter().skip((number - 1) * PAGE_SIZE).take(PAGE_SIZE).collect();
    if let Some(place) = faults.left_out(page.len()) {
        page.remove(place);
    }
    let rows: String = page.into_iter().map(|person| tab.row(person)).collect();
    let pager = pager(tab, number, last);
    format!(
        r#"<nav class="tabs">{links}</nav>
<div class="sheet"><table><thead><tr>{titles}</tr></thead>
<tbody>
{rows}</tbody></table></div>
{pager}"#
    )
}

/// Links to the pages beside this one; nothing where there is only one.
fn pager(tab: Tab, number: usize, last: usize) -> String {
    if last == 1 {
        return String::new();
    }
    let slug = tab.slug();
    let newer = match number {
        1 => String::new(),
        _ => format!(r#"<a href="/crew?role={slug}&amp;page={}">Newer</a>"#, number - 1),
    };
    let older = if number == last {
        format!(r##"<a href="/crew?role={slug}&amp;page={number}" aria-disabled="true">Older</a>"##)
    } else {
        format!(r#"<a href="/crew?role={slug}&amp;page={}">Older</a>"#, number + 1)
    };
    format!(r#"<nav class="pager">{newer}<span>Page {number} of {last}</span>{older}</nav>"#)
}
