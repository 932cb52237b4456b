use chrono::DateTime;
use news_model::{FeedId, FieldHashes};

use super::*;

fn feed() -> FeedId {
    "a".parse().unwrap()
}

fn item(guid: &str, url: &str, title: &str) -> Item {
    mark(Item {
        guid: guid.into(),
        url: url.into(),
        title: title.into(),
        ..Item::withdrawn(ItemId::default(), feed(), FieldHashes::default())
    })
}

fn dated(day: i64, item: Item) -> Item {
    mark(Item { published_at: DateTime::from_timestamp(day * 86_400, 0), ..item })
}

fn by(kind: &str, identity: &str) -> ItemId {
    ItemId::of_identity(&feed(), kind, identity)
}

fn settled(items: &[Item]) -> Vec<ItemId> {
    settle(items.to_vec(), Guids::Telling).iter().map(|item| item.id).collect()
}

#[test]
fn identity_is_guid_then_link_then_text() {
    assert_eq!(item(" g ", "https://paper.example/x", "One").id, by("guid", "g"));
    assert_eq!(item("", "https://paper.example/x", "One").id, by("link", "http://paper.example/x"));
    assert_eq!(item("", "", "One").id, item("", "", "One").id);
    assert_ne!(item("", "", "One").id, item("", "", "Two").id);
}

#[test]
fn plain_guids_and_addresses_are_taken_to_the_letter() {
    for guid in ["tag:paper.example,2026:1", "urn:uuid:6F9619FF", "12345", "http://paper.example/story/1"] {
        assert_eq!(item(guid, "", "One").id, by("guid", guid));
    }
}

#[test]
fn variants_of_an_address_give_one_id() {
    let id = item("https://paper.example/1", "", "One").id;
    for guid in ["http://paper.example/1", "https://www.paper.example/1/", "https://paper.example:443/1?utm_source=rss"]
    {
        assert_eq!(item(guid, "", "One").id, id, "{guid}");
    }
}

#[test]
fn a_guid_that_most_items_share_is_set_aside() {
    let url = |number: u32| format!("https://paper.example/{number}");
    let items: Vec<_> = (1..=3).map(|number| item("0", &url(number), &format!("Story {number}"))).collect();
    let links = (1..=3).map(|number| by("link", &format!("http://paper.example/{number}"))).collect::<Vec<_>>();
    assert_eq!(settled(&items), links);
    // And the address too where that is one for all.
    let home: Vec<_> = (1..=3).map(|number| item("0", "https://paper.example/", &format!("Story {number}"))).collect();
    let ids = settled(&home);
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 3);
    let bulletins: Vec<_> = (1..=3).map(|day| dated(day, item("0", "https://paper.example/", "Bulletin"))).collect();
    assert_eq!(settled(&bulletins).iter().collect::<HashSet<_>>().len(), 3);
}

#[test]
fn a_guid_used_twice_among_many_names_two_stories_or_one() {
    let others = ["a", "b", "c"].map(|guid| item(guid, &format!("https://paper.example/{guid}"), guid));
    let twice = |second: Item| {
        let mut items = others.to_vec();
        items.extend([item("x", "https://paper.example/x", "Story"), second]);
        settled(&items).len()
    };
    assert_eq!(twice(item("x", "https://paper.example/y", "Another story")), 5, "copied by mistake");
    assert_eq!(
        twice(item("x", "https://paper.example/x", "Story, corrected")),
        4,
        "an older version (RFC 4287, 4.1.1)"
    );
    assert_eq!(twice(item("x", "https://paper.example/y", "Story")), 4, "under a second address");
}

#[test]
fn a_story_listed_twice_is_one() {
    let twice = [item("", "https://paper.example/1", "One"), item("", "http://paper.example/1?ref=rss", "One")];
    assert_eq!(settled(&twice).len(), 1);
    let plain = [item("", "", "One"), item("", "", "One")];
    assert_eq!(settled(&plain).len(), 1);
    let whole = [item("0", "https://paper.example/", "One"), item("0", "https://paper.example/", "One")];
    assert_eq!(settled(&whole).len(), 1);
}

#[test]
fn the_order_of_items_decides_about_no_id() {
    let mut items: Vec<_> = (0..12_u32)
        .map(|number| {
            item(&(number % 4).to_string(), &format!("https://paper.example/{}", number % 6), &format!("{number}"))
        })
        .collect();
    let mut forth = settled(&items);
    items.reverse();
    let mut back = settled(&items);
    forth.sort_unstable();
    back.sort_unstable();
    assert_eq!((forth.len(), &forth), (12, &back));
}

#[test]
fn idle_guids_are_not_looked_at() {
    let items = vec![item("1", "https://paper.example/1", "One"), item("2", "https://paper.example/1", "Two")];
    let ids: Vec<_> = settle(items, Guids::Idle).iter().map(|item| item.id).collect();
    assert!(ids[0] != ids[1] && ids[0] != by("guid", "1") && ids[0] != by("link", "http://paper.example/1"));
}
