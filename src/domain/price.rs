//! [`cost`]: what changes cost in a billing period, from the prices that somebody wrote down (D7.6).
//!
//! Amounts are exact decimals. Nothing is guessed: a change whose seat has no known price is told as that, and is in no
//! sum. It is computed from how the list showed each person, as a plan keeps it, so that what a plan was shown to cost
//! can be computed again by the prices of another day.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::change::Change;
use super::guard::{Guard, Refusal};
use super::member::{Member, RoleId, Status, StatusMeaning};
use super::planned::Seen;
use super::role::{self, Role};

/// What a paid seat costs, by the role that takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prices {
    /// The currency, in the words of whoever wrote the prices: `EUR`.
    pub currency: String,
    /// What the prices are for, in the same way: `month`, `year`.
    pub period: String,
    /// For one seat in one period. A role with a seat that is not here has no known price.
    pub seats: BTreeMap<RoleId, Decimal>,
}

/// What changes cost more (or less) in a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The currency.
    pub currency: String,
    /// The billing period.
    pub period: String,
    /// The sum of all changes whose price is known, negative if less is paid afterwards; `None` where something changes the
    /// seats and nothing of it has a known price.
    pub amount: Option<Decimal>,
    /// Why changes are not in the sum, and how many for that reason.
    pub unpriced: BTreeMap<String, usize>,
}

impl Prices {
    /// No seat costs more, so that no sum is too large to be exact.
    pub const MOST: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);
    /// No price is finer.
    pub const MOST_DECIMALS: u32 = 6;

    /// So many decimals as the finest price has: amounts are written like prices.
    fn decimals(&self) -> u32 {
        self.seats.values().map(Decimal::scale).max().unwrap_or(0)
    }

    /// What somebody with these roles pays a period.
    fn of(&self, held: &BTreeSet<RoleId>, roles: &[Role]) -> Result<Decimal, String> {
        let takes_seat = |id: &&RoleId| role::find(roles, id).is_none_or(|role| role.seat);
        let mut prices = BTreeSet::new();
        for id in held.iter().filter(takes_seat) {
            prices.insert(*self.seats.get(id).ok_or_else(|| format!("no price is known for {id}"))?);
        }
        match (prices.pop_first(), prices.is_empty()) {
            (None, _) => Ok(Decimal::ZERO),
            (Some(price), true) => Ok(price),
            (Some(_), false) => Err("somebody holds several roles of different prices".to_owned()),
        }
    }
}

/// What one change costs more (or less) a period to somebody whom the list showed like this.
///
/// # Errors
/// Why that is not known, in words.
pub fn cost_of(change: &Change, seen: &Seen, roles: &[Role], prices: &Prices) -> Result<Decimal, String> {
    let held = || match seen {
        Seen::As { roles: Some(held), .. } => prices.of(held, roles),
        Seen::As { roles: None, .. } | Seen::No | Seen::Twice => {
            Err("the role somebody holds is not known".to_owned())
        }
    };
    let given = |role: &RoleId| prices.of(&BTreeSet::from([role.clone()]), roles);
    let has_seat = match seen {
        Seen::As { status, .. } => takes_part(status.as_ref()),
        Seen::No | Seen::Twice => true,
    };
    let mut cost = match change {
        Change::Invite { role, .. } => given(role)?,
        Change::Reactivate { .. } => held()?,
        Change::ChangeRole { to, .. } if has_seat => given(to)? - held()?,
        Change::CancelInvite { .. } | Change::Deactivate { .. } | Change::Remove { .. } if has_seat => {
            -held()?
        }
        Change::Resend { .. }
        | Change::ChangeRole { .. }
        | Change::CancelInvite { .. }
        | Change::Deactivate { .. }
        | Change::Remove { .. } => Decimal::ZERO,
    };
    cost.rescale(prices.decimals());
    Ok(cost)
}

/// What these changes cost together. Each comes with how the list showed its person.
#[must_use]
pub fn cost<'a>(
    changes: impl IntoIterator<Item = (&'a Change, &'a Seen)>,
    roles: &[Role],
    prices: &Prices,
) -> Cost {
    let each = changes.into_iter().map(|(change, seen)| cost_of(change, seen, roles, prices));
    summed(each, prices)
}

/// What the seats of all these people cost a period, and why somebody's is not known.
#[must_use]
pub fn standing(members: &[Member], roles: &[Role], prices: &Prices) -> Cost {
    let takes_part = members.iter().filter(|member| takes_part(member.status.as_ref()));
    let price = |member: &Member| match &member.roles {
        Some(held) => prices.of(held, roles),
        None => Err("the role somebody holds is not known".to_owned()),
    };
    summed(takes_part.map(price), prices)
}

/// The sum of what is known. Who pays as much as before, or nothing, says nothing about what is not known.
fn summed(each: impl Iterator<Item = Result<Decimal, String>>, prices: &Prices) -> Cost {
    let mut sum = Decimal::ZERO;
    sum.rescale(prices.decimals());
    let (mut priced, mut unpriced) = (0_usize, BTreeMap::new());
    for price in each {
        match price {
            Ok(price) => {
                priced += usize::from(!price.is_zero());
                sum += price;
            }
            Err(why) => *unpriced.entry(why).or_default() += 1,
        }
    }
    Cost {
        currency: prices.currency.clone(),
        period: prices.period.clone(),
        amount: (priced > 0 || unpriced.is_empty()).then_some(sum),
        unpriced,
    }
}

/// How many of these people are known to take a paid seat.
#[must_use]
pub fn seats(members: &[Member], roles: &[Role]) -> usize {
    let takes = |member: &&Member| {
        let mut held = member.roles.iter().flatten();
        takes_part(member.status.as_ref())
            && held.any(|id| role::find(roles, id).is_some_and(|role| role.seat))
    };
    members.iter().filter(takes).count()
}

/// What speaks against a plan that was shown to cost something else than it does by the prices of `now`. A plan that was
/// shown without a cost, or has none now, says nothing that could be wrong.
#[must_use]
pub fn overpriced(shown: Option<&Cost>, now: Option<&Cost>) -> Option<Refusal> {
    let (shown, now) = (shown?, now?);
    (shown != now).then(|| Refusal {
        email: None,
        guard: Guard::Plan,
        message: format!(
            "the plan was shown to cost {}, and by the prices of today it is {}",
            shown.in_words(),
            now.in_words()
        ),
        hint: "make it anew with `plan`, and look at it again".to_owned(),
    })
}

impl Cost {
    /// `25.50 EUR more per month, without 2 changes: no price is known for author`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Self { currency, period, amount, unpriced } = self;
        let known = amount.map(|amount| match amount {
            same if same.is_zero() => format!("as much as before per {period}"),
            more if more.is_sign_positive() => format!("{more} {currency} more per {period}"),
            less => format!("{} {currency} less per {period}", less.abs()),
        });
        let reasons: Vec<&str> = unpriced.keys().map(String::as_str).collect();
        let reasons = reasons.join("; ");
        match (known, unpriced.values().sum::<usize>()) {
            (Some(known), 0) => known,
            (Some(known), 1) => format!("{known}, without 1 change: {reasons}"),
            (Some(known), more) => format!("{known}, without {more} changes: {reasons}"),
            (None, _) => format!("not known: {reasons}"),
        }
    }
}

/// As [`super::guard::seat_delta`] counts: not known to be without access for good.
fn takes_part(status: Option<&Status>) -> bool {
    let without = [StatusMeaning::Expired, StatusMeaning::Deactivated, StatusMeaning::Removed];
    !status.is_some_and(|status| status.is_only(&without))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::StatusMeaning::{Active, Deactivated, Expired, Invited};
    use crate::domain::tests::{email, role, roles};

    fn decimal(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    fn prices(seats: &[(&str, &str)]) -> Prices {
        let seats = seats.iter().map(|(id, price)| (role(id), decimal(price))).collect();
        Prices { currency: "EUR".to_owned(), period: "month".to_owned(), seats }
    }

    fn seen(held: &[&str], status: StatusMeaning) -> Seen {
        let roles = held.iter().map(|id| role(id)).collect();
        Seen::As { roles: Some(roles), status: Some(status.into()) }
    }

    #[test]
    fn what_all_seats_cost_is_told_with_what_is_not_known() {
        let one = |name: &str, role_id: &str, status| crate::domain::tests::member(name, role_id, status);
        let members = [
            one("ann", "admin", Active),
            one("bo", "editor", Active),
            one("cy", "editor", Invited),
            one("di", "viewer", Active),
            one("ed", "editor", Deactivated),
            one("flo", "editor", Expired),
        ];
        assert_eq!(seats(&members, &roles()), 3);
        let cost = standing(&members, &roles(), &prices(&[("admin", "20.00"), ("editor", "12.5")]));
        assert_eq!((cost.amount, cost.unpriced.len()), (Some(decimal("45.00")), 0));
        let cost = standing(&members, &roles(), &prices(&[("editor", "12.5")]));
        assert_eq!(cost.amount, Some(decimal("25.0")));
        assert_eq!(cost.unpriced, BTreeMap::from([("no price is known for admin".to_owned(), 1)]));
        assert_eq!(standing(&members[..1], &roles(), &prices(&[])).amount, None, "nothing is known");
        assert_eq!(standing(&members[3..4], &roles(), &prices(&[])).amount, Some(Decimal::ZERO));
    }

    fn invite(to: &str) -> Change {
        Change::Invite { email: email("new"), role: role(to) }
    }

    fn to(to: &str) -> Change {
        Change::ChangeRole { email: email("ann"), from: BTreeSet::new(), to: role(to) }
    }

    fn remove() -> Change {
        Change::Remove { email: email("ann") }
    }

    #[track_caller]
    fn check(change: &Change, seen: &Seen, prices: &Prices, expected: Result<&str, &str>) {
        let told = cost_of(change, seen, &roles(), prices).map(|cost| cost.to_string());
        match (told, expected) {
            (Ok(told), Ok(expected)) => assert_eq!(told, expected, "{change}"),
            (Err(told), Err(expected)) => assert!(told.contains(expected), "{change}: {told}"),
            (told, expected) => panic!("{change}: {told:?}, not {expected:?}"),
        }
    }

    #[test]
    fn a_change_costs_what_its_seat_does() {
        let prices = prices(&[("admin", "20"), ("editor", "12.50")]);
        check(&invite("editor"), &Seen::No, &prices, Ok("12.50"));
        check(&invite("viewer"), &Seen::No, &prices, Ok("0.00"));
        check(&invite("owner"), &Seen::No, &prices, Err("no price is known for owner"));
        check(&to("admin"), &seen(&["editor"], Active), &prices, Ok("7.50"));
        check(&to("viewer"), &seen(&["editor"], Invited), &prices, Ok("-12.50"));
        check(&to("editor"), &seen(&["viewer"], Active), &prices, Ok("12.50"));
        check(&to("editor"), &seen(&["owner"], Active), &prices, Err("owner"));
        check(&remove(), &seen(&["admin"], Active), &prices, Ok("-20.00"));
        // Who has no access for good pays nothing that could be saved.
        check(&remove(), &seen(&["owner"], Deactivated), &prices, Ok("0.00"));
        check(&to("admin"), &seen(&["editor"], Expired), &prices, Ok("0.00"));
        let back = Change::Reactivate { email: email("ann") };
        check(&back, &seen(&["admin"], Deactivated), &prices, Ok("20.00"));
        check(&Change::Resend { email: email("ann") }, &seen(&["owner"], Invited), &prices, Ok("0.00"));
    }

    #[test]
    fn what_is_not_known_is_not_guessed() {
        let prices = prices(&[("admin", "20"), ("editor", "12.50"), ("owner", "20.00")]);
        let unknown = Seen::As { roles: None, status: Some(Active.into()) };
        check(&remove(), &unknown, &prices, Err("role somebody holds is not known"));
        check(&remove(), &Seen::Twice, &prices, Err("role somebody holds is not known"));
        check(&remove(), &seen(&["admin", "editor"], Active), &prices, Err("of different prices"));
        check(&remove(), &seen(&["admin", "owner"], Active), &prices, Ok("-20.00"));
        check(&remove(), &seen(&["other"], Active), &prices, Err("no price is known for other"));
    }

    #[track_caller]
    fn words(changes: &[(&Change, &Seen)], prices: &Prices, expected: &str) {
        let cost = cost(changes.iter().copied(), &roles(), prices);
        assert_eq!(cost.in_words(), expected);
    }

    #[test]
    fn a_sum_says_what_is_not_in_it() {
        let prices = prices(&[("editor", "0.10"), ("admin", "0.30")]);
        let (editor, admin, owner) = (invite("editor"), invite("admin"), invite("owner"));
        let none = &Seen::No;
        // Three tenths of a float are not three times a tenth.
        let three = [(&editor, none), (&editor, none), (&editor, none)];
        words(&three, &prices, "0.30 EUR more per month");
        let gone = seen(&["admin"], Active);
        let remove = remove();
        words(&[three[0], three[1], three[2], (&remove, &gone)], &prices, "as much as before per month");
        words(&[(&editor, none), (&remove, &gone)], &prices, "0.20 EUR less per month");
        words(&[], &prices, "as much as before per month");
        words(
            &[(&admin, none), (&owner, none)],
            &prices,
            "0.30 EUR more per month, without 1 change: no price is known for owner",
        );
        // Nothing known is not nothing to pay.
        let free = invite("viewer");
        words(
            &[(&free, none), (&owner, none), (&owner, none)],
            &prices,
            "not known: no price is known for owner",
        );
    }

    #[test]
    fn a_plan_stands_until_the_cost_it_was_shown_with_is_another() {
        let editor = invite("editor");
        let by = |seats: &[(&str, &str)]| cost([(&editor, &Seen::No)], &roles(), &prices(seats));
        let shown = by(&[("editor", "12.50")]);
        let (same, other, more) =
            (by(&[("editor", "12.5")]), by(&[("editor", "12.50"), ("admin", "99")]), by(&[("editor", "14")]));
        for now in [Some(&same), Some(&other), None] {
            assert_eq!(overpriced(Some(&shown), now), None, "{now:?}");
        }
        assert_eq!(overpriced(None, Some(&more)), None);
        let refusal = overpriced(Some(&shown), Some(&more)).unwrap();
        assert!(
            refusal
                .message
                .contains("shown to cost 12.50 EUR more per month, and by the prices of today it is 14 EUR"),
            "{}",
            refusal.message
        );
        let yearly = Cost { period: "year".to_owned(), ..shown.clone() };
        assert!(overpriced(Some(&shown), Some(&yearly)).is_some());
        assert!(overpriced(Some(&shown), Some(&by(&[]))).is_some(), "no price is known any more");
    }
}
