use chrono::DateTime;
use news_model::{FieldHashes, ItemId, ItemKeys};

use super::*;
use crate::identity::mark;

mod identity;
mod laws;
mod missed;
mod size;
mod withdrawals;

const LIMITS: SeenLimits = SeenLimits { least_remembered: 2, windows_remembered: 1 };

fn feed() -> FeedId {
    "a".parse().unwrap()
}

/// A story of a well-made feed: a guid, an address, a headline, a teaser, and a date by its number.
fn story(number: u32) -> Item {
    Item {
        guid: format!("tag:{number}"),
        url: format!("https://paper.example/{number}"),
        title: format!("Headline {number}"),
        summary: format!("Teaser of {number}"),
        published_at: DateTime::from_timestamp(i64::from(number) * 600, 0),
        ..Item::withdrawn(ItemId::default(), feed(), FieldHashes::default())
    }
}

fn numbered(numbers: impl IntoIterator<Item = u32>) -> Vec<Item> {
    numbers.into_iter().map(story).collect()
}

/// The next state, after `items` as a body that was read whole.
fn poll(seen: &Seen, items: Vec<Item>) -> Comparison {
    let fresh = |item: Item| mark(Item { keys: ItemKeys::default(), ..item });
    let items = settle(items.into_iter().map(fresh).collect(), Guids::Telling);
    compare(seen, Window { items, extent: Extent::Whole }, &LIMITS)
}

fn first(items: Vec<Item>) -> Seen {
    poll(&Seen::default(), items).seen
}

fn told(comparison: &Comparison) -> Vec<(NewsKind, String, u32)> {
    let name = |event: &NewsEvent| (event.kind, event.item.title.clone(), event.revision);
    comparison.events.iter().map(name).collect()
}

/// Kinds and ids of events.
fn traces(comparison: &Comparison) -> Vec<(NewsKind, ItemId)> {
    comparison.events.iter().map(|event| (event.kind, event.item.id)).collect()
}

fn ids(comparison: &Comparison) -> Vec<ItemId> {
    comparison.events.iter().map(|event| event.item.id).collect()
}

#[test]
fn the_oldest_item_comes_first() {
    let found = poll(&Seen::default(), numbered([2, 1]));
    let published = |number| (NewsKind::Published, format!("Headline {number}"), 1);
    assert_eq!(told(&found), [published(1), published(2)]);
    assert_eq!((found.changed, found.known_in_window, found.new_in_window), (true, 0, 2));
    let next = poll(&found.seen, numbered([4, 3, 2, 1]));
    assert_eq!((next.known_in_window, next.new_in_window), (2, 2));
}

#[test]
fn a_revision_names_its_number_its_fields_and_the_hashes_around_it() {
    let seen = first(numbered([2, 1]));
    let edited = Item { title: "Corrected".into(), authors: vec!["Jane Doe".into()], ..story(1) };
    let found = poll(&seen, vec![story(2), edited.clone()]);
    assert_eq!(told(&found), [(NewsKind::Revised, "Corrected".into(), 2)]);
    let event = &found.events[0];
    assert_eq!(event.changed, [ItemField::Title, ItemField::Authors]);
    assert_eq!(event.before, Some(mark(story(1)).content_hash()));
    assert_eq!(event.after, Some(mark(edited).content_hash()));
    let back = poll(&found.seen, numbered([2, 1]));
    assert_eq!(told(&back), [(NewsKind::Revised, "Headline 1".into(), 3)]);
    assert_eq!((back.events[0].before, back.events[0].after), (event.after, event.before));
}

#[test]
fn what_readers_do_not_see_is_no_revision() {
    let seen = first(numbered([2, 1]));
    let moved = Item {
        url: "http://www.paper.example/1/?utm_source=rss&utm_medium=feed#comments".into(),
        categories: vec!["b".into(), "a".into()],
        published_at: DateTime::from_timestamp(5, 0),
        updated_at: DateTime::from_timestamp(9, 0),
        ..story(1)
    };
    let found = poll(&seen, vec![story(2), moved]);
    assert_eq!((told(&found), found.changed), (Vec::new(), false));
    let authors = |names: [&str; 2]| Item { authors: names.map(String::from).to_vec(), ..story(1) };
    let seen = first(vec![authors(["Jane", "John"])]);
    assert_eq!(told(&poll(&seen, vec![authors(["John", "Jane"])])), []);
}

#[test]
fn an_item_that_returns_is_not_published_again() {
    let away = poll(&first(numbered([1])), numbered([3, 2]));
    assert_eq!(told(&poll(&away.seen, numbered([3, 2, 1]))), []);
    let edited = Item { title: "Corrected".into(), ..story(1) };
    let back = poll(&away.seen, vec![story(3), story(2), edited]);
    assert_eq!(told(&back), [(NewsKind::Revised, "Corrected".into(), 2)]);
    assert_eq!((back.events[0].before, back.events[0].changed.len()), (None, 0));
}

#[test]
fn the_items_seen_longest_ago_are_forgotten_first() {
    let mut seen = Seen::default();
    for number in 1..=4 {
        seen = poll(&seen, numbered([number])).seen;
    }
    let items = seen.unpack();
    assert_eq!((items.live.len(), items.remembered.len()), (1, 2));
    assert_eq!(told(&poll(&seen, numbered([2]))), []);
    assert_eq!(told(&poll(&seen, numbered([1]))), [(NewsKind::Published, "Headline 1".into(), 1)]);
}

#[test]
fn an_empty_body_forgets_nothing() {
    let seen = first(numbered([2, 1]));
    let empty = poll(&seen, Vec::new());
    assert!(!empty.changed && empty.events.is_empty());
    assert_eq!(empty.seen, seen);
}

#[test]
fn another_order_alone_is_not_written() {
    let seen = first(numbered([4, 3, 2, 1]));
    let shuffled = poll(&seen, numbered([2, 4, 1, 3]));
    assert!(!shuffled.changed && shuffled.events.is_empty());
    assert_eq!(shuffled.seen, seen);
}

#[test]
fn other_rules_of_reading_revise_nothing() {
    let mut items = first(numbered([2, 1])).unpack();
    items.rules = RULES + 1;
    let edited = || vec![story(2), Item { summary: "Read otherwise".into(), ..story(1) }];
    let found = poll(&Seen::pack(&items), edited());
    assert!(found.events.is_empty() && found.changed);
    assert_eq!(told(&poll(&found.seen, edited())), []);
    assert_eq!(told(&poll(&found.seen, numbered([2, 1])))[0].0, NewsKind::Revised);
}

#[test]
fn a_feed_that_moves_to_other_addresses_revises_no_story() {
    let seen = first(numbered([3, 2, 1]));
    let moved = |item: Item| Item { url: item.url.replace("paper.example", "news.example"), ..item };
    let found = poll(&seen, numbered([3, 2, 1]).into_iter().map(moved).collect());
    assert!(found.events.is_empty() && found.changed);
    let one = poll(&seen, vec![story(3), story(2), moved(story(1))]);
    assert_eq!(one.events[0].changed, [ItemField::Url]);
}
