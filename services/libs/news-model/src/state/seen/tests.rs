use proptest::prelude::*;

use super::*;

fn feed() -> FeedId {
    "a".parse().unwrap()
}

fn id(number: u32) -> ItemId {
    ItemId::of_identity(&feed(), "guid", &number.to_string())
}

fn live() -> impl Strategy<Value = LiveItem> {
    let text = "[a-c]{0,2}";
    let fields = (text, text, text, text, text).prop_map(|(title, url, summary, content, authors)| FieldHashes {
        title: FieldHash::of(&title),
        url: FieldHash::of(&url),
        summary: FieldHash::of(&summary),
        content: FieldHash::of(&content),
        authors: FieldHash::of(&authors),
    });
    let numbers = (any::<u32>(), prop::option::of(any::<u32>()), 1..=u32::MAX, 0..4_u8);
    (numbers, fields, text, any::<bool>()).prop_map(|((number, alias, revision, misses), fields, date, withdrawn)| {
        let alias = alias.map(|alias| KeyPrefix::of(id(alias)));
        LiveItem { id: id(number), alias, fields, date: FieldHash::of(&date), revision, misses, withdrawn }
    })
}

fn items() -> impl Strategy<Value = SeenItems> {
    let habits = (any::<bool>(), 0..4_u8, any::<bool>(), any::<i8>()).prop_map(
        |(guids_are_idle, rekeyed, newest_first, credit)| Habits { guids_are_idle, rekeyed, newest_first, credit },
    );
    let remembered = prop::collection::vec(live().prop_map(|item| item.remembered()), 0..6);
    (any::<u8>(), habits, prop::collection::vec(live(), 0..6), remembered)
        .prop_map(|(rules, habits, live, remembered)| SeenItems { rules, habits, live, remembered })
}

proptest! {
    #[test]
    fn packing_and_the_wire_lose_nothing(items in items()) {
        let seen = Seen::pack(&items);
        prop_assert_eq!(seen.unpack(), items);
        prop_assert_eq!(Seen::try_from(seen.to_wire(&feed())), Ok(seen));
    }

    #[test]
    fn an_awaited_item_shows_without_unpacking_and_without_the_mark_that_saves_looking(items in items()) {
        let awaits = items.live.iter().any(|item| item.misses > 0);
        let habits = (!awaits).then_some(items.habits);
        let seen = Seen::pack(&items);
        prop_assert_eq!(seen.habits_if_calm(), habits);
        let mut unmarked = seen.0.to_vec();
        if let Some(marks) = unmarked.get_mut(2) {
            *marks &= 0b1111;
        }
        prop_assert_eq!(Seen(unmarked.into()).habits_if_calm(), habits);
    }

    #[test]
    fn no_bytes_make_reading_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let state = wire::FeedSeen { version: SEEN_VERSION, packed: bytes.into(), ..wire::FeedSeen::default() };
        let _ = Seen::try_from(state);
    }
}

#[test]
fn an_item_takes_as_many_bytes_as_are_stated() {
    let full = FieldHashes {
        title: FieldHash::of("a"),
        url: FieldHash::of("a"),
        summary: FieldHash::of("a"),
        content: FieldHash::of("a"),
        authors: FieldHash::of("a"),
    };
    let usual = FieldHashes { content: FieldHash::EMPTY, authors: FieldHash::EMPTY, ..full };
    let date = FieldHash::of("a");
    let item = |fields| LiveItem { id: id(1), alias: None, fields, date, revision: 1, misses: 0, withdrawn: false };
    let size = |live: Vec<LiveItem>, remembered: Vec<RememberedItem>| {
        Seen::pack(&SeenItems { rules: 1, live, remembered, ..SeenItems::default() }).len_bytes()
    };
    let empty = size(Vec::new(), Vec::new());
    assert_eq!(size(vec![item(full)], Vec::new()) - empty, 33);
    assert_eq!(size(vec![item(usual)], Vec::new()) - empty, 28);
    assert_eq!(size(Vec::new(), vec![item(full).remembered()]) - empty, 9);
}

#[test]
fn the_first_layout_is_read() {
    let content = Bytes::copy_from_slice(ContentHash::of_body(b"y").as_bytes());
    let item =
        wire::SeenItem { item: Bytes::copy_from_slice(id(1).as_bytes()), content, revision: 2, last_seen_seconds: 9 };
    let first = wire::FeedSeen { version: 1, items: vec![item], ..wire::FeedSeen::default() };
    let items = Seen::try_from(first).unwrap().unpack();
    let known =
        RememberedItem { key: KeyPrefix::of(id(1)), id: Some(id(1)), content: None, revision: 2, withdrawn: false };
    assert_eq!(items.remembered, [known]);
}

#[test]
fn newer_state_is_told_apart_from_damage() {
    let newer = wire::FeedSeen { version: SEEN_VERSION + 1, ..wire::FeedSeen::default() };
    assert_eq!(Seen::try_from(newer), Err(StateFault::Newer(SEEN_VERSION + 1)));
    let short = wire::SeenItem::default();
    let damaged = wire::FeedSeen { version: 1, items: vec![short], ..wire::FeedSeen::default() };
    assert!(matches!(Seen::try_from(damaged), Err(StateFault::Damaged(_))));
    for junk in [&[9_u8, 0, 0, 0, 0][..], &[1, 0, 0], &[1, 0, 0, 0, 5, 1, 2]] {
        let packed = Bytes::copy_from_slice(junk);
        let damaged = wire::FeedSeen { version: SEEN_VERSION, packed, ..wire::FeedSeen::default() };
        assert!(matches!(Seen::try_from(damaged), Err(StateFault::Damaged(_))), "{junk:?}");
    }
}
