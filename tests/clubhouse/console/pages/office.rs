//! The pages that are not about single people: harbour, berths, and what is not there.

use super::super::person::{Person, Standing};
use super::super::state::Club;
use super::{date, escape, framed};

const PRICE: usize = 14;
const OUTINGS: [(&str, &str, &str); 4] = [
    ("Sat", "Round the lightship", "Kittiwake, Dunlin"),
    ("Sun", "Novices' morning", "Dunlin"),
    ("Wed", "Evening race 6", "all boats"),
    ("Sat", "Passage to Harrow Sound", "Kittiwake"),
];

/// Where one comes in.
pub(crate) fn harbour(club: &mut Club, session: &str) -> String {
    let count =
        |standing: Standing| club.people().iter().filter(|person| person.standing == standing).count();
    let cards: String =
        [("Aboard", Standing::Aboard), ("Awaiting", Standing::Awaiting), ("Ashore", Standing::Ashore)]
            .map(|(name, standing)| {
                format!(r#"<div class="card figure"><b>{}</b><span>{name}</span></div>"#, count(standing))
            })
            .concat();
    let outing = |(day, what, boats): &(&str, &str, &str)| {
        format!("<tr><td>{day}</td><td>{what}</td><td>{boats}</td></tr>")
    };
    let outings: String = OUTINGS.iter().map(outing).collect();
    let mut seen: Vec<&Person> = club.people().iter().filter(|person| person.last_aboard.is_some()).collect();
    seen.sort_by_key(|person| std::cmp::Reverse(person.last_aboard));
    let line = |person: &&Person| {
        let at = person.last_aboard.map_or_else(String::new, date);
        format!("<li>{} <small>{at}</small></li>", escape(person.shown()))
    };
    let lately: String = seen.iter().take(5).map(line).collect();
    let main = format!(
        r#"<div class="title"><h1>Harbour</h1></div>
<div class="figures">{cards}</div>
<div class="halves"><section class="card"><h2>Next outings</h2><table><tbody>{outings}</tbody></table></section>
<section class="card"><h2>Lately aboard</h2><ul class="lately">{lately}</ul></section></div>"#
    );
    framed(club, session, "Harbour", "/harbour", &main)
}

/// What the club pays for.
pub(crate) fn berths(club: &mut Club, session: &str) -> String {
    let (taken, all) = (club.berths_taken(), club.berths());
    let share = (100 * taken).checked_div(all).unwrap_or(100).min(100);
    let month = taken * PRICE;
    let main = format!(
        r#"<div class="title"><h1>Berths</h1></div>
<section class="card"><h2>Harbour plan</h2>
<p class="large"><strong>{taken}</strong> of <strong>{all}</strong> berths taken</p>
<div class="gauge"><div style="width:{share}%"></div></div>
<p class="quiet">Captains and mates take a berth each, from the day they are invited until they are ashore. Deckhands sail free.</p>
<table><tbody><tr><td>A berth</td><td>€{PRICE} a month</td></tr><tr><td>This month</td><td>€{month}</td></tr></tbody></table>
</section>"#
    );
    framed(club, session, "Berths", "/berths", &main)
}

/// There is no such page, or no such person any more.
pub(crate) fn missing(club: &mut Club, session: &str) -> String {
    let main = r#"<div class="card centred"><h1>Nothing moored here</h1>
<p class="quiet">The page is gone, or the person is not in the crew any more.</p>
<p><a class="button" href="/crew">To the crew</a></p></div>"#;
    framed(club, session, "Not found", "", main)
}

/// A form that was drawn for another session.
pub(crate) fn stale(club: &mut Club, session: &str) -> String {
    let main = r#"<div class="card centred"><h1>That page was too old</h1>
<p class="quiet">Nothing was changed. Open it again and try once more.</p>
<p><a class="button" href="/harbour">To the harbour</a></p></div>"#;
    framed(club, session, "Too old", "", main)
}
