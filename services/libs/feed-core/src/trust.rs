//! Whether a 304 is to be believed.
//!
//! Some servers answer 304 whatever came since (validators of a template, caches that forget to ask). Nothing in a 304 shows it, so a small
//! share of polls leaves the validators out. What such a poll finds settles the matter: new items under the very validators that were held, or
//! dated before a 304 that denied them, are a contradiction. Doubt raises the share, each check without a contradiction lowers it again, so a feed that
//! is honest costs one full answer in 64 polls or a day, and one that is not is read in full three times in four.

use chrono::{DateTime, TimeDelta, Utc};
use news_model::{Doubt, Schedule};

use crate::{gap::PUBLISHING_DELAY, validators::Validators};

/// Share of polls without validators, in 64ths, by steps of doubt.
const SHARES: [u8; 7] = [1, 2, 4, 8, 16, 32, 48];

/// Checks without a contradiction that it takes for one step of trust; fewer, and a false server would be trusted again between two items.
const CHECKS_A_STEP: u8 = 4;

/// However much a feed is trusted, it is read in full after this time of 304s.
const LONGEST_UNCHECKED: TimeDelta = TimeDelta::days(1);

/// What a full answer to a question without validators brought.
#[derive(Clone, Copy, Debug)]
pub struct Check<'a> {
    /// Validators of the answer.
    pub validators: &'a Validators,
    /// Dates of the items that were new in it, where they have one.
    pub new_items: &'a [Option<DateTime<Utc>>],
}

/// What a check showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Nothing speaks against the 304s.
    Confirmed,
    /// At least one of them was false.
    Contradicted,
}

/// Whether the next poll leaves the validators out. `draw` is a random number from 0 to below 1.
#[must_use]
pub fn wants_check(schedule: &Schedule, now: DateTime<Utc>, draw: f64) -> bool {
    if schedule.etag.is_empty() && schedule.last_modified.is_empty() {
        return false;
    }
    let unchecked = schedule.last_full.is_some_and(|full| now - full >= LONGEST_UNCHECKED);
    unchecked || draw < share(schedule.doubt)
}

/// Share of the polls that leave the validators out.
#[must_use]
pub fn share(doubt: Doubt) -> f64 {
    let step = usize::from(doubt.level().div_ceil(CHECKS_A_STEP)).min(SHARES.len() - 1);
    f64::from(SHARES.get(step).copied().unwrap_or(1)) / 64.0
}

/// What `check` shows of the 304s that were given since the last full answer, and the doubt that is left; `None` when there were none.
#[must_use]
pub fn judge(before: &Schedule, check: &Check<'_>) -> Option<(Finding, Doubt)> {
    let last_unchanged = before.last_success.filter(|success| before.last_full.is_none_or(|full| *success > full))?;
    let held = Validators { etag: before.etag.clone(), last_modified: before.last_modified.clone() };
    let same_validators = !held.is_empty() && held == *check.validators;
    let denied = |date: &Option<DateTime<Utc>>| {
        let newer_than_full = |date: DateTime<Utc>| before.last_full.is_none_or(|full| date > full);
        date.is_some_and(|date| date < last_unchanged - PUBLISHING_DELAY && newer_than_full(date))
    };
    let level = before.doubt.level();
    if !check.new_items.is_empty() && same_validators {
        return Some((Finding::Contradicted, Doubt::MOST));
    }
    if check.new_items.iter().any(denied) {
        return Some((Finding::Contradicted, Doubt::of_level(level.saturating_add(2 * CHECKS_A_STEP))));
    }
    Some((Finding::Confirmed, Doubt::of_level(level.saturating_sub(1))))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + minutes * 60, 0).unwrap()
    }

    fn validators(etag: &'static str) -> Validators {
        Validators { etag: Bytes::from_static(etag.as_bytes()), last_modified: Bytes::new() }
    }

    /// Read in full at 0, a 304 at 100.
    fn unchanged() -> Schedule {
        Schedule {
            etag: Bytes::from_static(b"\"1\""),
            last_full: Some(at(0)),
            last_success: Some(at(100)),
            ..Schedule::default()
        }
    }

    fn checked(before: &Schedule, etag: &'static str, new_items: &[Option<DateTime<Utc>>]) -> Option<(Finding, Doubt)> {
        judge(before, &Check { validators: &validators(etag), new_items })
    }

    #[test]
    fn new_items_under_the_validators_that_were_held_are_a_contradiction() {
        assert_eq!(checked(&unchanged(), "\"1\"", &[None]), Some((Finding::Contradicted, Doubt::MOST)));
    }

    #[test]
    fn new_items_dated_before_a_304_are_a_contradiction() {
        let (finding, doubt) = checked(&unchanged(), "\"2\"", &[Some(at(120)), Some(at(50))]).unwrap();
        assert_eq!(finding, Finding::Contradicted);
        assert!(share(doubt) > share(unchanged().doubt));
    }

    #[test]
    fn items_that_came_after_the_last_304_or_bear_no_date_contradict_nothing() {
        for new in [Some(at(101)), Some(at(95)), None, Some(at(-1_000))] {
            let (finding, doubt) = checked(&unchanged(), "\"2\"", &[new]).unwrap();
            assert_eq!(finding, Finding::Confirmed, "{new:?}");
            assert!(doubt < unchanged().doubt);
        }
    }

    #[test]
    fn without_a_304_since_the_last_full_answer_there_is_nothing_to_check() {
        let full = Schedule { last_success: Some(at(0)), ..unchanged() };
        assert_eq!(checked(&full, "\"1\"", &[None]), None);
    }

    #[test]
    fn a_feed_without_validators_is_always_read_in_full_and_needs_no_check() {
        let bare = Schedule { etag: Bytes::new(), ..unchanged() };
        assert!(!wants_check(&bare, at(100_000), 0.0));
    }

    #[test]
    fn the_most_trusted_feed_is_checked_once_a_day_all_the_same() {
        let trusted = Schedule { doubt: Doubt::of_level(0), ..unchanged() };
        assert!(!wants_check(&trusted, at(24 * 60 - 1), 0.5));
        assert!(wants_check(&trusted, at(24 * 60), 0.5));
    }

    /// Polls a feed every ten minutes that gets an item an hour, whose server answers 304 falsely or not. The requests without validators, and
    /// the longest time an item waited, in polls.
    fn simulate(polls: u32, lies: bool) -> (u32, u32) {
        // A multiplicative generator; any seed shows the same.
        let mut state = 7_u32;
        let mut draw = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(state) / 4_294_967_296.0
        };
        let (mut schedule, mut full, mut longest, mut waiting_since) = (unchanged(), 0, 0, None);
        for poll in 1..polls {
            let now = at(i64::from(poll) * 10);
            if poll % 6 == 0 {
                waiting_since = waiting_since.or(Some(poll));
            }
            let check = wants_check(&schedule, now, draw());
            if check || (!lies && waiting_since.is_some()) {
                let items: Vec<_> = waiting_since.iter().map(|since| Some(at(i64::from(*since) * 10 - 5))).collect();
                let etag = if lies { validators("\"1\"") } else { validators("\"2\"") };
                if check {
                    full += 1;
                    let judged = judge(&schedule, &Check { validators: &etag, new_items: &items });
                    schedule.doubt = judged.map_or(schedule.doubt, |(_, doubt)| doubt);
                }
                longest = longest.max(waiting_since.map_or(0, |since| poll - since));
                waiting_since = None;
                schedule.last_full = Some(now);
            }
            schedule.last_success = Some(now);
        }
        (full, longest)
    }

    #[test]
    fn an_honest_server_costs_few_full_answers_and_a_false_one_is_found_out() {
        let (cost, _) = simulate(10_000, false);
        assert!(cost < 10_000 / 40, "{cost} of 10,000");
        let (cost, longest) = simulate(10_000, true);
        assert!(cost > 10_000 / 4, "{cost} of 10,000");
        assert!(longest < 60, "an item waited for {longest} polls");
    }

    #[test]
    fn trust_recovers_once_the_304s_are_true_again() {
        let mut schedule = Schedule { doubt: Doubt::MOST, ..unchanged() };
        for _ in 0..24 {
            schedule.doubt = checked(&schedule, "\"2\"", &[]).unwrap().1;
        }
        assert_eq!(schedule.doubt.level(), 0);
    }
}
