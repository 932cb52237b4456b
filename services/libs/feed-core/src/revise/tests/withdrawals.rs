//! What is withdrawn, what is restored, and what only left.

use super::*;

/// The events of each of `polls`, the first left out.
fn run(polls: impl IntoIterator<Item = Vec<Item>>) -> Vec<Vec<(NewsKind, ItemId)>> {
    let mut seen = Seen::default();
    let mut all = Vec::new();
    for items in polls {
        let found = poll(&seen, items);
        all.push(traces(&found));
        seen = found.seen;
    }
    all.split_off(1)
}

fn id(number: u32) -> ItemId {
    mark(story(number)).id
}

/// Numbers from `top` down to 1, without these.
fn without(top: u32, missing: &[u32]) -> Vec<Item> {
    numbered((1..=top).rev().filter(|number| !missing.contains(number)))
}

#[test]
fn an_item_missing_three_times_from_the_midst_is_withdrawn_and_can_be_restored() {
    let mut seen = first(without(8, &[]));
    for _ in 0..2 {
        let found = poll(&seen, without(8, &[5]));
        assert_eq!((traces(&found), found.changed), (Vec::new(), true));
        seen = found.seen;
    }
    let found = poll(&seen, without(8, &[5]));
    assert_eq!(traces(&found), [(NewsKind::Withdrawn, id(5))]);
    let event = &found.events[0];
    assert_eq!((event.revision, event.before, event.after), (1, Some(mark(story(5)).content_hash()), None));
    assert_eq!((event.item.feed.clone(), event.item.title.as_str()), (feed(), ""));
    let still = poll(&found.seen, without(8, &[5]));
    assert_eq!((traces(&still), still.changed), (Vec::new(), false), "it is told once");

    let back = poll(&still.seen, without(8, &[]));
    assert_eq!(traces(&back), [(NewsKind::Restored, id(5))]);
    assert_eq!((back.events[0].revision, back.events[0].before), (1, back.events[0].after));
    let edited = numbered((1..=8).rev())
        .into_iter()
        .map(|item| if item.guid == "tag:5" { Item { title: "Corrected".into(), ..item } } else { item });
    let back = poll(&still.seen, edited.collect());
    assert_eq!(told(&back), [(NewsKind::Restored, "Corrected".into(), 2)]);
    assert_eq!(back.events[0].changed, [ItemField::Title]);
}

#[test]
fn the_newest_item_can_be_withdrawn() {
    let events = run([without(8, &[]), without(8, &[8]), without(8, &[8]), without(9, &[8])]);
    assert_eq!(events[2], [(NewsKind::Published, id(9)), (NewsKind::Withdrawn, id(8))]);
}

#[test]
fn unchanged_bodies_count_as_polls() {
    let found = poll(&first(without(8, &[])), without(8, &[5]));
    let second = confirm(&found.seen, &feed());
    assert!(second.changed && second.events.is_empty());
    let third = confirm(&second.seen, &feed());
    assert_eq!(traces(&third), [(NewsKind::Withdrawn, id(5))]);
    let fourth = confirm(&third.seen, &feed());
    assert!(!fourth.changed && fourth.events.is_empty());
    assert!(!confirm(&first(without(8, &[])), &feed()).changed);
}

#[test]
fn what_falls_off_the_end_is_not_withdrawn() {
    let polls = (8..40).map(|top| numbered((top - 7..=top).rev()));
    for events in run(polls) {
        assert!(events.iter().all(|(kind, _)| *kind == NewsKind::Published), "{events:?}");
    }
    let shrinking = (1..8).map(|from| numbered((from..=8).rev()));
    assert!(run(shrinking).concat().is_empty());
}

#[test]
fn an_awaited_item_that_the_window_has_passed_is_not_withdrawn() {
    let events =
        run([without(8, &[]), without(8, &[2]), numbered([9, 8, 7, 6, 5, 4, 3]), numbered([10, 9, 8, 7, 6, 5, 4])]);
    assert!(events.concat().iter().all(|(kind, _)| *kind == NewsKind::Published));
}

#[test]
fn a_list_of_chosen_stories_withdraws_nothing() {
    // Neither in the order of dates nor with a past that speaks for it.
    let chosen = |poll: u32| numbered((0..8).map(move |place| 1 + (place * 5 + poll * 3) % 17));
    let events = run((0..60).map(|poll| chosen(poll / 3))).concat();
    assert!(events.iter().all(|(kind, _)| *kind == NewsKind::Published), "{events:?}");
}

#[test]
fn a_list_in_the_order_of_dates_that_drops_any_item_is_believed_once_at_most() {
    let mut gone = Vec::new();
    let mut polls = Vec::new();
    for step in 0..40_u32 {
        gone.push(3 + step * 2 % 11 + step);
        let shown: Vec<u32> = (step..step + 16).rev().filter(|number| !gone.contains(number)).collect();
        polls.extend(std::iter::repeat_n(numbered(shown), 4));
    }
    let events = run(polls).concat();
    let withdrawn = events.iter().filter(|(kind, _)| *kind == NewsKind::Withdrawn).count();
    assert!(withdrawn <= 2, "{withdrawn}");
}

#[test]
fn a_feed_that_lists_the_oldest_first_withdraws_nothing_as_it_goes_on() {
    let polls = (8..30).map(|top| numbered(top - 7..=top));
    let events = run(polls).concat();
    assert!(events.iter().all(|(kind, _)| *kind == NewsKind::Published), "{events:?}");
}

#[test]
fn many_items_missing_at_once_are_no_withdrawals() {
    let polls = std::iter::once(without(12, &[])).chain((0..5).map(|_| without(12, &[3, 4, 6, 9])));
    assert!(run(polls).concat().is_empty());
}

#[test]
fn a_body_that_was_repaired_withdraws_nothing() {
    let mut seen = first(without(8, &[]));
    for _ in 0..6 {
        let items = without(8, &[5]).into_iter().map(mark).collect();
        let found = compare(&seen, Window { items, extent: Extent::Partial }, &SeenLimits::default());
        assert!(found.events.is_empty());
        seen = found.seen;
    }
    assert_eq!(told(&poll(&seen, without(8, &[]))), [], "nor is the item published again");
}

#[test]
fn a_withdrawn_item_keeps_its_mark_after_it_has_left() {
    let mut seen = first(without(8, &[]));
    for _ in 0..3 {
        seen = poll(&seen, without(8, &[5])).seen;
    }
    let passed = compare(
        &seen,
        Window { items: numbered((7..=14).rev()).into_iter().map(mark).collect(), extent: Extent::Whole },
        &SeenLimits::default(),
    );
    let back = poll(&passed.seen, numbered([14, 13, 12, 11, 10, 9, 8, 7, 5]));
    assert_eq!(traces(&back), [(NewsKind::Restored, id(5))]);
}

#[test]
fn parts_of_a_body_make_no_item_new() {
    let mut seen = first(without(300, &[]));
    for top in [3, 5, 2] {
        let items = without(top, &[]).into_iter().map(mark).collect();
        let part = compare(&seen, Window { items, extent: Extent::Partial }, &SeenLimits::default());
        assert!(part.events.is_empty());
        seen = part.seen;
    }
    assert_eq!(told(&poll(&seen, without(300, &[]))), []);
}

#[test]
fn a_body_in_another_order_withdraws_nothing() {
    let mut seen = Seen::default();
    for top in 8..=20 {
        seen = poll(&seen, numbered((top - 7..=top).rev())).seen;
    }
    let sorted_otherwise = || numbered([14, 18, 20, 16, 19, 15, 13]);
    for _ in 0..4 {
        let found = poll(&seen, sorted_otherwise());
        assert_eq!(traces(&found), []);
        seen = found.seen;
    }
}
