//! Items that came in a gap and were found on an older page.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use news_model::{Item, ItemId, LiveItem, Seen, SeenItems};

use super::{Comparison, Extent, NewsEvent, NewsKind, SeenLimits, Window, compare, guids_of};
use crate::{gap::PUBLISHING_DELAY, identity::settle};

/// What an older page of a feed holds of a gap.
#[derive(Clone, Debug, PartialEq)]
pub struct Missed {
    /// Items that came in the gap, in document order, those that the pages before left undecided first.
    pub items: Vec<Item>,
    /// Items without a date of this page and those before, none of which holds an item that was known: a page further back decides.
    pub undecided: Vec<Item>,
    /// Whether the page reaches back to what was known before the gap, so that older ones hold no more of it.
    pub reached: bool,
}

/// Picks the items that came after `since` out of an older page and of what the pages before it left `undecided`: those that neither `before` the gap
/// nor by `news` after it are known.
///
/// An item without a date is taken for one of them only where it stands above one that was known, on its own page or on one further back, for
/// pages list the newest first.
#[must_use]
pub fn missed_in(
    page: Vec<Item>,
    undecided: Vec<Item>,
    before: &Seen,
    news: &Comparison,
    since: DateTime<Utc>,
) -> Missed {
    let items = settle(page, guids_of(before.unpack().habits));
    let (new_then, new_since) = (unknown(before, &items), unknown(&news.seen, &items));
    let known_at = items.iter().position(|item| !new_then.contains(&item.id));
    let is_late = |date: DateTime<Utc>| date > since - PUBLISHING_DELAY;
    let reached = known_at.is_some() || items.iter().any(|item| item.published_at.is_some_and(|date| !is_late(date)));
    let mut missed = Missed { items: Vec::new(), undecided: Vec::new(), reached };
    match known_at {
        Some(_) => missed.items = undecided,
        None => missed.undecided = undecided,
    }
    for (place, item) in items.into_iter().enumerate() {
        if !new_since.contains(&item.id) {
            continue;
        }
        match (item.published_at, known_at) {
            (Some(date), _) if is_late(date) => missed.items.push(item),
            (None, Some(known_at)) if place < known_at => missed.items.push(item),
            (None, None) => missed.undecided.push(item),
            (Some(_), _) | (None, Some(_)) => {}
        }
    }
    missed
}

/// Adds items that were missed to what a body brought: published before those of the body, and remembered as gone from the feed.
pub fn add_missed(news: &mut Comparison, items: Vec<Item>, limits: &SeenLimits) {
    let mut memory = news.seen.unpack();
    let blank = Seen::pack(&SeenItems { habits: memory.habits, ..SeenItems::default() });
    let found = compare(&blank, Window { items, extent: Extent::Partial }, limits);
    let mut events: Vec<NewsEvent> = found.events;
    events.retain(|event| event.kind == NewsKind::Published);
    if events.is_empty() {
        return;
    }
    let most = limits.of(&memory, memory.live.len(), Extent::Partial);
    let gone = found.seen.unpack().live;
    memory.remembered = gone.iter().map(LiveItem::remembered).chain(memory.remembered).take(most).collect();
    news.backfilled += events.len();
    events.append(&mut news.events);
    (news.events, news.seen, news.changed) = (events, Seen::pack(&memory), true);
}

/// Ids of the items that are not known.
fn unknown(seen: &Seen, items: &[Item]) -> HashSet<ItemId> {
    let window = Window { items: items.to_vec(), extent: Extent::Partial };
    let events = compare(seen, window, &SeenLimits::default()).events;
    events.into_iter().filter(|event| event.kind == NewsKind::Published).map(|event| event.item.id).collect()
}
