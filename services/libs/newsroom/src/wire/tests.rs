//! The laws of generated feeds.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use super::*;

fn feed(options: &WireOptions) -> WireFeed {
    options.check().unwrap();
    WireFeed::new(7, options)
}

fn small() -> WireOptions {
    WireOptions { items_per_poll: 3, window: 9, correct_every: 4, ..WireOptions::default() }
}

#[test]
fn every_edition_adds_its_items_on_top_of_the_window() {
    let feed = feed(&small());
    let keys = |edition| feed.items(edition).into_iter().map(|item| item.key).collect::<Vec<_>>();
    assert_eq!(keys(0), ["wire-0007:3", "wire-0007:2", "wire-0007:1"]);
    assert_eq!(keys(9).len(), 9);
    assert_eq!(keys(9)[3..], keys(8)[..6]);
}

#[test]
fn each_due_item_is_corrected_once_after_its_first_edition() {
    let feed = feed(&small());
    let mut seen: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for item in (0..20).flat_map(|edition| feed.items(edition)) {
        let revisions = seen.entry(item.key).or_default();
        if revisions.last() != Some(&item.revision) {
            revisions.push(item.revision);
        }
    }
    // The items of the last edition are too new to have been corrected.
    for number in 1..=57_u64 {
        let expected: &[u32] = if number % 4 == 0 { &[1, 2] } else { &[1] };
        assert_eq!(seen[&format!("wire-0007:{number}")], expected, "item {number}");
    }
}

#[test]
fn rendered_items_are_the_listed_items() {
    let feed = feed(&small());
    for edition in [0, 1, 5] {
        let parsed = feed_rs::parser::parse(&feed.render(edition)[..]).unwrap();
        let read: Vec<_> = parsed.entries.into_iter().map(|entry| (entry.id, entry.title.unwrap().content)).collect();
        let listed: Vec<_> = feed.items(edition).into_iter().map(|item| (item.key, item.title)).collect();
        assert_eq!(read, listed);
    }
}

#[test]
fn the_seed_changes_words_and_never_keys() {
    let (one, two) = (feed(&small()), feed(&WireOptions { seed: 2, ..small() }));
    let keys = |feed: &WireFeed| feed.items(4).into_iter().map(|item| item.key).collect::<BTreeSet<_>>();
    assert_eq!(keys(&one), keys(&two));
    assert_eq!(one.render(4), feed(&small()).render(4));
    assert_ne!(one.render(4), two.render(4));
}

#[test]
fn a_confirmed_feed_waits_for_its_validator() {
    let feed = feed(&WireOptions { pace: Pace::Confirmed, editions: NonZeroU32::new(3), ..small() });
    assert_eq!(feed.next_edition(0, None), 0);
    assert_eq!(feed.after_whole(0), 0);
    assert_eq!(feed.next_edition(0, Some(b"\"wire-0007-0\"")), 1);
    assert_eq!(feed.next_edition(1, Some(b"\"wire-0007-0\"")), 1);
    assert_eq!(feed.next_edition(2, Some(b"\"wire-0007-2\"")), 2);
}

#[test]
fn corrections_that_would_leave_the_window_unseen_are_refused() {
    let fault = WireOptions { items_per_poll: 6, ..small() }.check().unwrap_err();
    assert!(fault.to_string().contains("window is 9"), "{fault}");
}
