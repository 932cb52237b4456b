//! Laws that hold for any history of a feed.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

/// How a publisher serves a story.
#[derive(Clone, Debug)]
struct Serving {
    number: u32,
    edit: u8,
    dressed: bool,
}

/// How the items of a feed are known.
#[derive(Clone, Copy, Debug)]
enum Manner {
    Guids,
    OneGuid,
    Links,
}

fn served(serving: &Serving, manner: Manner) -> Item {
    let mut item = story(serving.number);
    if serving.edit > 0 {
        item.summary = format!("{} as of {}", item.summary, serving.edit);
    }
    match manner {
        Manner::Guids => {}
        Manner::OneGuid => item.guid = "0".into(),
        Manner::Links => item.guid.clear(),
    }
    if serving.dressed {
        item.url = item.url.replace("https://", "http://www.") + "/?utm_source=rss";
        item.categories = vec!["later".into()];
    }
    item
}

fn history() -> impl Strategy<Value = (Manner, Vec<Vec<Serving>>)> {
    let serving =
        (0..12_u32, 0..3_u8, any::<bool>()).prop_map(|(number, edit, dressed)| Serving { number, edit, dressed });
    let body = prop::collection::vec(serving, 0..10).prop_map(|mut body| {
        let mut known = std::collections::HashSet::new();
        body.retain(|serving| known.insert(serving.number));
        body
    });
    let manner = prop::sample::select(vec![Manner::Guids, Manner::OneGuid, Manner::Links]);
    // One guid among one item is one guid; what it names then is told by other tests.
    (manner, prop::collection::vec(body, 1..8)).prop_map(|(manner, mut polls)| {
        polls.retain(|body| body.len() >= 2);
        (manner, polls)
    })
}

fn replay(manner: Manner, polls: &[Vec<Serving>]) -> (Seen, Vec<NewsEvent>) {
    let limits = SeenLimits { least_remembered: 100, windows_remembered: 1 };
    let (mut seen, mut events) = (Seen::default(), Vec::new());
    for body in polls {
        let items = body.iter().map(|serving| mark(served(serving, manner))).collect();
        let items = settle(items, Guids::Telling);
        let found = compare(&seen, Window { items, extent: Extent::Whole }, &limits);
        assert_eq!(found.changed, found.seen != seen);
        events.extend(found.events);
        // The state as another process would read it.
        seen = Seen::try_from(found.seen.to_wire(&feed())).unwrap();
    }
    (seen, events)
}

proptest! {
    #[test]
    fn a_history_replays_to_the_same_state_and_events((manner, polls) in history()) {
        prop_assert_eq!(replay(manner, &polls), replay(manner, &polls));
    }

    #[test]
    fn each_story_has_one_id_and_each_id_one_story((manner, polls) in history()) {
        let (_, events) = replay(manner, &polls);
        let (mut stories, mut ids) = (BTreeMap::new(), BTreeMap::new());
        for event in events.iter().filter(|event| event.kind != NewsKind::Withdrawn) {
            let (id, title) = (event.item.id, event.item.title.clone());
            prop_assert_eq!(stories.entry(id).or_insert_with(|| title.clone()), &title);
            prop_assert_eq!(*ids.entry(title).or_insert(id), id);
        }
    }

    #[test]
    fn revisions_have_no_holes_and_chain_by_their_hashes((manner, polls) in history()) {
        let (_, events) = replay(manner, &polls);
        let mut last: BTreeMap<ItemId, (u32, bool, Option<ContentHash>)> = BTreeMap::new();
        for event in &events {
            let before = last.get(&event.item.id).copied();
            match (event.kind, before) {
                (NewsKind::Published, None) => prop_assert_eq!((event.revision, event.before), (1, None)),
                (NewsKind::Revised, Some((revision, stood, hash))) => {
                    prop_assert!(stood && event.revision == revision + 1 && event.before.is_none_or(|was| Some(was) == hash));
                }
                (NewsKind::Withdrawn, Some((revision, stood, hash))) => {
                    prop_assert!(stood && event.revision == revision && event.before == hash);
                }
                (NewsKind::Restored, Some((revision, stood, _))) => {
                    prop_assert!(!stood && event.revision - revision <= 1);
                }
                (kind, before) => prop_assert!(false, "{kind:?} after {before:?}"),
            }
            let hash = event.after.or(event.before);
            last.insert(event.item.id, (event.revision, event.kind != NewsKind::Withdrawn, hash));
        }
    }

    #[test]
    fn comparing_again_publishes_and_revises_nothing((manner, polls) in history()) {
        let (mut seen, _) = replay(manner, &polls);
        let Some(body) = polls.last() else { return Ok(()) };
        for round in 0..5 {
            let items = settle(body.iter().map(|serving| mark(served(serving, manner))).collect(), Guids::Telling);
            let again = compare(&seen, Window { items, extent: Extent::Whole }, &SeenLimits::default());
            prop_assert!(again.events.iter().all(|event| event.kind == NewsKind::Withdrawn));
            prop_assert!(round < 3 || !again.changed, "awaited items are settled after three polls");
            prop_assert_eq!(again.new_in_window, 0);
            seen = again.seen;
        }
    }

    #[test]
    fn dress_and_order_change_no_story((manner, polls) in history(), seed in any::<u64>()) {
        let (seen, _) = replay(manner, &polls);
        let Some(body) = polls.last() else { return Ok(()) };
        let mut items: Vec<_> = body.iter().map(|serving| {
            served(&Serving { dressed: !serving.dressed, ..serving.clone() }, manner)
        }).collect();
        items.sort_by_key(|item| ItemId::of_identity(&feed(), &seed.to_string(), &item.title));
        let items = settle(items.into_iter().map(mark).collect(), Guids::Telling);
        let again = compare(&seen, Window { items, extent: Extent::Whole }, &SeenLimits::default());
        prop_assert!(again.events.iter().all(|event| event.kind == NewsKind::Withdrawn), "{:?}", traces(&again));
    }
}
