//! Items keep their ids, and no two share one.

use super::*;
use news_model::{KeyPrefix, RememberedItem, SeenItems};

fn map(items: Vec<Item>, change: impl Fn(Item) -> Item) -> Vec<Item> {
    items.into_iter().map(change).collect()
}

fn with_guid(guid: &str, item: Item) -> Item {
    Item { guid: guid.into(), ..item }
}

/// What `polls` publish, revise and take back, after the first of them.
fn later_events(polls: impl IntoIterator<Item = Vec<Item>>) -> Vec<(NewsKind, String, u32)> {
    let mut seen = Seen::default();
    let mut all = Vec::new();
    for (number, items) in polls.into_iter().enumerate() {
        let found = poll(&seen, items);
        all.extend(told(&found).into_iter().filter(|_| number > 0));
        seen = found.seen;
    }
    all
}

#[test]
fn guids_drawn_anew_at_each_poll_name_no_new_items() {
    let drawn = |poll: u32| map(numbered([4, 3, 2, 1]), |item| with_guid(&format!("{poll}/{}", item.url), item));
    assert_eq!(later_events((0..6).map(drawn)), []);
    let mut seen = Seen::default();
    for number in 0..4 {
        seen = poll(&seen, drawn(number)).seen;
    }
    assert!(seen.unpack().habits.guids_are_idle, "twice is enough to see that they name nothing");
    let mut items = drawn(9);
    items[1].title = "Corrected".into();
    items.insert(0, with_guid("9/5", story(5)));
    let found = poll(&seen, items);
    let wanted = [(NewsKind::Revised, "Corrected".into(), 2), (NewsKind::Published, "Headline 5".into(), 1)];
    assert_eq!(told(&found), wanted);
    assert_eq!(found.guids, Guids::Idle);
}

#[test]
fn one_guid_for_all_items_merges_none() {
    let same = |numbers: &[u32]| map(numbered(numbers.iter().copied()), |item| with_guid("0", item));
    let found = poll(&Seen::default(), same(&[3, 2, 1]));
    assert_eq!(found.events.len(), 3);
    assert_eq!(later_events([same(&[3, 2, 1]), same(&[2, 3, 1]), same(&[3, 2])]), []);
    let next = later_events([same(&[3, 2, 1]), same(&[4, 3, 2])]);
    assert_eq!(next, [(NewsKind::Published, "Headline 4".into(), 1)]);
}

#[test]
fn one_guid_for_the_one_item_of_a_feed_is_seen_through() {
    let same = |numbers: &[u32]| map(numbered(numbers.iter().copied()), |item| with_guid("0", item));
    let published = |number| (NewsKind::Published, format!("Headline {number}"), 1);
    assert_eq!(later_events([same(&[1]), same(&[2]), same(&[2]), same(&[3])]), [published(2), published(3)]);
    assert_eq!(later_events([same(&[1]), same(&[2, 1]), same(&[3, 2])]), [published(2), published(3)]);
}

#[test]
fn variants_of_a_guid_that_is_an_address_are_one() {
    let by = |start: &str, end: &str| {
        map(numbered([3, 2, 1]), |item| {
            let number = item.guid.replace("tag:", "");
            with_guid(&format!("{start}?id={number}{end}"), Item { url: String::new(), title: String::new(), ..item })
        })
    };
    let polls = [
        by("https://paper.example/a", ""),
        by("http://paper.example/a", ""),
        by("https://www.paper.example/a", "&utm_source=rss"),
        by("https://paper.example/a", "&PHPSESSID=0a1b2c3d4e5f60718293"),
    ];
    assert_eq!(later_events(polls), []);
}

#[test]
fn a_feed_that_moves_to_another_system_publishes_nothing_again() {
    let moved = |item: Item| {
        let number = item.guid.replace("tag:", "");
        Item {
            guid: format!("https://news.example/?p={number}"),
            url: format!("https://news.example/{number}.html"),
            ..item
        }
    };
    let after = |numbers: Vec<u32>| map(numbered(numbers), moved);
    let events = later_events([numbered([4, 3, 2, 1]), after(vec![4, 3, 2, 1]), after(vec![5, 4, 3, 2])]);
    assert_eq!(events, [(NewsKind::Published, "Headline 5".into(), 1)]);
}

#[test]
fn an_edit_that_takes_the_guid_along_is_a_revision() {
    let edited = Item { guid: "tag:2?rev=2".into(), title: "Corrected".into(), ..story(2) };
    let events = later_events([numbered([3, 2, 1]), vec![story(3), edited, story(1)]]);
    assert_eq!(events, [(NewsKind::Revised, "Corrected".into(), 2)]);
}

#[test]
fn tomorrows_bulletin_under_todays_title_is_another_item() {
    let bulletin = |day: u32| {
        let url = "https://paper.example/bulletin".to_owned();
        Item { title: "The bulletin".into(), url, summary: "All news in five minutes".into(), ..story(day) }
    };
    let events = later_events([vec![bulletin(1)], vec![bulletin(2)], vec![bulletin(3), bulletin(2)]]);
    assert_eq!(events.len(), 2, "{events:?}");
}

#[test]
fn links_with_a_session_no_table_knows_name_no_new_items() {
    let linked = |poll: u32| {
        map(numbered([3, 2, 1]), move |item| Item {
            guid: String::new(),
            url: format!("{}?visit={poll}", item.url),
            ..item
        })
    };
    assert_eq!(later_events((0..4).map(linked)), []);
}

#[test]
fn an_item_known_by_its_text_survives_an_edit_of_part_of_it() {
    let bare = |item: Item| Item { guid: String::new(), url: String::new(), published_at: None, ..item };
    let teaser = Item { summary: "Another teaser".into(), ..story(1) };
    let title = Item { title: "Another headline".into(), ..teaser.clone() };
    let polls = [numbered([2, 1]), vec![story(2), teaser], vec![story(2), title]].map(|items| map(items, bare));
    let events = later_events(polls);
    let wanted =
        [(NewsKind::Revised, "Headline 1".to_owned(), 2), (NewsKind::Revised, "Another headline".to_owned(), 3)];
    assert_eq!(events, wanted);
}

#[test]
fn an_item_that_gains_a_guid_stays_itself() {
    let without = map(numbered([2, 1]), |item| Item { guid: String::new(), ..item });
    assert_eq!(later_events([without, numbered([2, 1]), numbered([2, 1])]), []);
}

#[test]
fn a_known_id_survives_the_change_of_state_and_of_rules() {
    // The first layout knew ids by the guid to the letter and nothing else of an item.
    let guid = "https://www.paper.example/1?utm_source=rss";
    let id = ItemId::of_identity(&feed(), "guid", guid);
    let known = RememberedItem { key: KeyPrefix::of(id), id: Some(id), content: None, revision: 4, withdrawn: false };
    let seen = Seen::pack(&SeenItems { remembered: vec![known], ..SeenItems::default() });
    let found = poll(&seen, vec![with_guid(guid, story(1))]);
    assert_eq!(told(&found), []);
    let edited = Item { title: "Corrected".into(), ..with_guid(guid, story(1)) };
    let next = poll(&found.seen, vec![edited]);
    assert_eq!((ids(&next), next.events[0].revision), (vec![id], 5));
}
