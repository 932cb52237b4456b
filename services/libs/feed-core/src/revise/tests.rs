use news_model::{ContentHash, FeedId, Identity};
use proptest::prelude::*;

use super::*;

fn item(guid: u16, text: &str) -> Item {
    let feed: FeedId = "a".parse().unwrap();
    let guid = guid.to_string();
    Item {
        id: Identity::Guid(guid.clone()).item_id(&feed),
        feed,
        guid,
        url: String::new(),
        title: text.to_owned(),
        summary: String::new(),
        content: String::new(),
        authors: Vec::new(),
        categories: Vec::new(),
        language: String::new(),
        published_at: None,
        updated_at: None,
        media: Vec::new(),
        truncated: Vec::new(),
        content_hash: ContentHash::of_fields([text]),
    }
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn told(comparison: &Comparison) -> Vec<(NewsKind, &str, u32)> {
    let events = comparison.events.iter();
    events.map(|event| (event.kind, event.item.guid.as_str(), event.revision)).collect()
}

const LIMITS: SeenLimits = SeenLimits { least_remembered: 2, windows_remembered: 1 };

#[test]
fn the_oldest_item_comes_first() {
    let found = compare(&Seen::default(), vec![item(2, "b"), item(1, "a")], at(9), &LIMITS);
    assert_eq!(told(&found), [(NewsKind::Published, "1", 1), (NewsKind::Published, "2", 1)]);
    assert!(found.changed);
}

#[test]
fn a_changed_text_is_the_next_revision() {
    let first = compare(&Seen::default(), vec![item(1, "a")], at(9), &LIMITS);
    let second = compare(&first.seen, vec![item(1, "b")], at(10), &LIMITS);
    assert_eq!(told(&second), [(NewsKind::Revised, "1", 2)]);
    let third = compare(&second.seen, vec![item(1, "a")], at(11), &LIMITS);
    assert_eq!(told(&third), [(NewsKind::Revised, "1", 3)]);
}

#[test]
fn of_two_items_with_one_id_the_first_counts() {
    let found = compare(&Seen::default(), vec![item(1, "a"), item(1, "b")], at(9), &LIMITS);
    assert_eq!(told(&found), [(NewsKind::Published, "1", 1)]);
}

#[test]
fn an_item_that_returns_is_not_published_again() {
    let first = compare(&Seen::default(), vec![item(1, "a")], at(9), &LIMITS);
    let without = compare(&first.seen, vec![item(2, "b")], at(10), &LIMITS);
    let back = compare(&without.seen, vec![item(1, "a")], at(11), &LIMITS);
    assert_eq!(told(&back), []);
}

#[test]
fn the_items_seen_longest_ago_are_forgotten_first() {
    let mut seen = Seen::default();
    for guid in 1..=4 {
        seen = compare(&seen, vec![item(guid, "a")], at(guid.into()), &LIMITS).seen;
    }
    assert_eq!(seen.items.len(), 3);
    assert_eq!(told(&compare(&seen, vec![item(2, "a")], at(9), &LIMITS)), []);
    let forgotten = compare(&seen, vec![item(1, "a")], at(9), &LIMITS);
    assert_eq!(told(&forgotten), [(NewsKind::Published, "1", 1)]);
}

#[test]
fn an_empty_body_forgets_nothing() {
    let first = compare(&Seen::default(), vec![item(1, "a")], at(9), &LIMITS);
    let empty = compare(&first.seen, Vec::new(), at(10), &LIMITS);
    assert!(!empty.changed);
    assert_eq!(empty.seen, first.seen);
}

#[test]
fn time_alone_is_written_once_a_day() {
    let first = compare(&Seen::default(), vec![item(1, "a")], at(0), &LIMITS);
    assert!(!compare(&first.seen, vec![item(1, "a")], at(86_399), &LIMITS).changed);
    let later = compare(&first.seen, vec![item(1, "a")], at(86_400), &LIMITS);
    assert!(later.changed && later.events.is_empty());
    assert_eq!(later.seen.items[0].last_seen_seconds, 86_400);
}

proptest! {
    #[test]
    fn comparing_again_gives_no_events(
        before in prop::collection::vec((0..20_u16, "[ab]"), 0..20),
        after in prop::collection::vec((0..20_u16, "[ab]"), 0..20),
    ) {
        let items = |list: &[(u16, String)]| list.iter().map(|(guid, text)| item(*guid, text)).collect::<Vec<_>>();
        let first = compare(&Seen::default(), items(&before), at(1), &LIMITS);
        let second = compare(&first.seen, items(&after), at(2), &LIMITS);
        let again = compare(&second.seen, items(&after), at(3), &LIMITS);
        prop_assert_eq!(told(&again), []);
        prop_assert!(!again.changed);
        prop_assert_eq!(again.seen, second.seen);
    }
}
