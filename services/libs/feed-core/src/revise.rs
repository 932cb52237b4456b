//! What is new in a feed: the items of a body against those that were published.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use news_model::{Item, ItemId, Seen, SeenItem};

/// How stale a "last seen" may grow before it alone is worth a write: a day, in seconds.
///
/// It only decides which remembered items are dropped first, so a coarse one serves, and an unchanged feed writes once a day at most.
const LAST_SEEN_STALE_SECONDS: u32 = 86_400;

/// How many items are remembered that no longer stand in the feed, so that one that returns is not published again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenLimits {
    /// At least so many.
    pub least_remembered: usize,
    /// Or so many times the items that stand in the feed, if that is more.
    pub windows_remembered: usize,
}

/// What an event says happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewsKind {
    /// Seen for the first time.
    Published,
    /// A field that readers see changed.
    Revised,
}

/// One thing that happened to an item.
#[derive(Clone, Debug, PartialEq)]
pub struct NewsEvent {
    /// What happened.
    pub kind: NewsKind,
    /// The item as it stands.
    pub item: Item,
    /// Number of the revision, from 1.
    pub revision: u32,
}

/// What a body brought.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Events, oldest item first.
    pub events: Vec<NewsEvent>,
    /// What to remember from here on.
    pub seen: Seen,
    /// Whether `seen` must be written. If not, it equals what was remembered before.
    pub changed: bool,
}

impl Default for SeenLimits {
    fn default() -> Self {
        Self { least_remembered: 1_000, windows_remembered: 3 }
    }
}

/// Compares the items of a body, in document order, with those that were published.
///
/// Feeds list the newest first, so events come in reverse order of the document. Of two items with one id the first counts. Comparing
/// the same items again gives no events.
#[must_use]
pub fn compare(seen: &Seen, items: Vec<Item>, now: DateTime<Utc>, limits: &SeenLimits) -> Comparison {
    let now_seconds = u32::try_from(now.timestamp().max(0)).unwrap_or(u32::MAX);
    let known: HashMap<ItemId, &SeenItem> = seen.items.iter().map(|item| (item.item, item)).collect();
    let mut events = Vec::new();
    let mut window = Vec::new();
    let mut present = HashSet::new();
    let mut stale = false;
    for item in items {
        if !present.insert(item.id) {
            continue;
        }
        let before = known.get(&item.id).copied();
        let next = next_seen(before, &item, now_seconds);
        if let Some(before) = before {
            stale |= now_seconds.saturating_sub(before.last_seen_seconds) >= LAST_SEEN_STALE_SECONDS;
        }
        if before.is_none_or(|before| before.revision != next.revision) {
            let kind = if before.is_some() { NewsKind::Revised } else { NewsKind::Published };
            let revision = next.revision;
            events.push(NewsEvent { kind, item, revision });
        }
        window.push(next);
    }
    events.reverse();
    let remembered = limits.least_remembered.max(window.len().saturating_mul(limits.windows_remembered));
    let gone = seen.items.iter().filter(|item| !present.contains(&item.item));
    let next: Vec<_> = window.into_iter().chain(gone.copied().take(remembered)).collect();
    let changed = stale || !events.is_empty() || next.len() != seen.items.len();
    let seen = if changed { Seen { items: next } } else { seen.clone() };
    Comparison { events, seen, changed }
}

fn next_seen(before: Option<&SeenItem>, item: &Item, now_seconds: u32) -> SeenItem {
    let revision = match before {
        None => 1,
        Some(before) if before.content == item.content_hash => before.revision,
        Some(before) => before.revision.saturating_add(1),
    };
    SeenItem { item: item.id, content: item.content_hash, revision, last_seen_seconds: now_seconds }
}

#[cfg(test)]
mod tests;
