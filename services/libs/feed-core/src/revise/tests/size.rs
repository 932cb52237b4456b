//! What the seen items of a feed take, and how seldom they mistake one item for another.

use super::*;

/// A feed by the fields that its items have, told from headline to date.
fn shaped(shape: u32, number: u32) -> Item {
    let mut item = story(number);
    if shape.is_multiple_of(3) {
        item.content = format!("The whole story of {number}");
    }
    if shape.is_multiple_of(2) {
        item.authors = vec![format!("Author {}", number % 5)];
    }
    if shape.is_multiple_of(7) {
        item.summary.clear();
    }
    item
}

#[test]
fn items_stay_within_their_bytes() {
    let (mut live_bytes, mut live_items, mut remembered_bytes, mut remembered_items) = (0, 0, 0, 0);
    for shape in 0..42_u32 {
        let mut seen = Seen::default();
        for top in 30..150_u32 {
            let edited = |number: u32| {
                let item = shaped(shape, number);
                if number.is_multiple_of(10) && top > number + 3 {
                    Item { title: "Corrected".into(), ..item }
                } else {
                    item
                }
            };
            let items = (top - 29..=top).rev().map(edited).map(mark).collect();
            seen = compare(&seen, Window { items, extent: Extent::Whole }, &SeenLimits::default()).seen;
        }
        let items = seen.unpack();
        let only = |items: SeenItems| Seen::pack(&items).len_bytes();
        let live = only(SeenItems { remembered: Vec::new(), ..items.clone() });
        live_bytes += live;
        remembered_bytes += seen.len_bytes() - live;
        live_items += items.live.len();
        remembered_items += items.remembered.len();
    }
    let mean = |bytes: usize, items: usize| {
        f64::from(u32::try_from(bytes).unwrap()) / f64::from(u32::try_from(items).unwrap())
    };
    let (live, remembered) = (mean(live_bytes, live_items), mean(remembered_bytes, remembered_items));
    assert_eq!((live_items, remembered_items), (42 * 30, 42 * 100));
    assert!(live <= 32.0, "{live}");
    assert!(remembered <= 10.0, "{remembered}");
}

#[test]
fn no_edit_is_missed_and_no_item_mistaken_among_many() {
    let mut seen = Seen::default();
    let limits = SeenLimits { least_remembered: 5_000, windows_remembered: 1 };
    let mut published = 0;
    for page in 0..5_u32 {
        let items = |edit: &str| {
            let change = |number: u32| mark(Item { title: format!("Headline {number}{edit}"), ..story(number) });
            Window { items: (page * 1_000..(page + 1) * 1_000).rev().map(change).collect(), extent: Extent::Whole }
        };
        let found = compare(&seen, items(""), &limits);
        published += found.events.iter().filter(|event| event.kind == NewsKind::Published).count();
        let edited = compare(&found.seen, items(", corrected"), &limits);
        assert_eq!(edited.events.len(), 1_000);
        assert!(edited.events.iter().all(|event| event.changed == [ItemField::Title]));
        seen = edited.seen;
    }
    assert_eq!(published, 5_000);
}
