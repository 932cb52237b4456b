use news_model::{FieldHashes, ItemId};

use super::*;
use crate::{
    identity::{Guids, mark, settle},
    revise::{SeenLimits, Window, compare},
};

fn at(minutes: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + minutes * 60, 0).unwrap()
}

/// An item of this number, dated by it in minutes if it is dated at all.
fn story(number: i64, dated: bool) -> Item {
    mark(Item {
        guid: format!("tag:{number}"),
        title: format!("Headline {number}"),
        published_at: dated.then(|| at(number)),
        ..Item::withdrawn(ItemId::default(), "a".parse().unwrap(), FieldHashes::default())
    })
}

fn dated(numbers: impl IntoIterator<Item = i64>) -> Vec<Item> {
    numbers.into_iter().map(|number| story(number, true)).collect()
}

fn news(seen: &Seen, items: Vec<Item>, extent: Extent) -> Comparison {
    compare(seen, Window { items: settle(items, Guids::Telling), extent }, &SeenLimits::default())
}

/// Five items, the newest the first.
fn seen() -> Seen {
    news(&Seen::default(), dated((-35..-30).rev()), Extent::Whole).seen
}

/// Read in full at minute -10, and unchanged at 0.
fn schedule() -> Schedule {
    Schedule { last_full: Some(at(-10)), last_success: Some(at(0)), ..Schedule::default() }
}

/// The gap before a body that is read at minute 60.
fn gap(items: Vec<Item>) -> Option<Gap> {
    let (seen, schedule) = (seen(), schedule());
    let news = news(&seen, items, Extent::Whole);
    gap_of(Before { seen: &seen, schedule: &schedule }, Extent::Whole, &news, at(60))
}

#[test]
fn a_body_that_shares_nothing_leaves_a_gap_up_to_its_oldest_item() {
    let gap = gap(dated((40..45).rev())).unwrap();
    assert_eq!(gap, Gap { since: at(0), until: at(40), came_at_least: 5, missed_at_least: 0 });
}

#[test]
fn one_known_item_leaves_none() {
    assert_eq!(gap(dated([44, 43, -31])), None);
    assert_eq!(gap(dated([-31])), None);
    assert_eq!(gap(Vec::new()), None);
}

#[test]
fn items_that_were_pushed_out_by_more_than_stand_there_were_missed_for_sure() {
    let gap = gap(dated([44, 43])).unwrap();
    assert_eq!((gap.came_at_least, gap.missed_at_least), (5, 3));
}

#[test]
fn a_body_that_reaches_back_beyond_the_last_look_leaves_none() {
    assert_eq!(gap(dated([44, 43, -25])), None);
    assert!(gap(dated([44, 43, -24])).is_some(), "it may have appeared late");
}

#[test]
fn items_from_before_a_304_open_the_gap_at_the_last_body() {
    assert_eq!(gap(dated([44, -14])).unwrap().since, at(0));
    assert_eq!(gap(dated([44, -15])).unwrap().since, at(-10), "the 304 at 0 was false");
}

#[test]
fn without_dates_the_gap_ends_with_the_poll() {
    let items = [44, 43].map(|number| story(number, number == 44));
    assert_eq!(gap(items.into()).unwrap().until, at(60));
}

#[test]
fn parts_first_polls_and_new_addresses_leave_none() {
    let (seen, schedule) = (seen(), schedule());
    let body = || dated((40..45).rev());
    let before = Before { seen: &seen, schedule: &schedule };
    assert_eq!(gap_of(before, Extent::Partial, &news(&seen, body(), Extent::Partial), at(60)), None);
    let moved = Before { schedule: &Schedule::default(), ..before };
    assert_eq!(gap_of(moved, Extent::Whole, &news(&seen, body(), Extent::Whole), at(60)), None);
    let nothing = Seen::default();
    let first = Before { seen: &nothing, ..before };
    assert_eq!(gap_of(first, Extent::Whole, &news(&nothing, body(), Extent::Whole), at(60)), None);
}

#[test]
fn what_a_gap_may_have_held_follows_from_the_rhythm() {
    let gap = Gap { since: at(0), until: at(60), came_at_least: 5, missed_at_least: 2 };
    assert!((gap.missed_expected(None) - 2.0).abs() < 1e-9);
    let hourly: Vec<_> = (0..200).map(|hour| Some(at(-60 * hour))).collect();
    let expected = gap.missed_expected(Some(&crate::rhythm::begin(&hourly, at(60))));
    assert!((2.0..3.0).contains(&expected), "no fewer than for sure, and about one an hour is less: {expected}");
    let busy: Vec<_> = (0..2_000).map(|tenth| Some(at(-6 * tenth))).collect();
    let expected = gap.missed_expected(Some(&crate::rhythm::begin(&busy, at(60))));
    assert!((7.0..13.0).contains(&expected), "ten an hour: {expected}");
}
