//! What happened in a feed: the items of a body against those that were published.
//!
//! ```text
//! seen ─unpack─► live, remembered ─┐
//! items ─settle─► unique keys ─────┴─matching─► new │ known │ gone ─window─► withdrawn │ still awaited │ remembered ─pack─► seen
//! ```
//!
//! The next state is a fold over the bodies: the same bodies in the same order always give the same events and the same state.

mod matching;
mod missed;
mod place;
mod window;

use std::collections::HashSet;

use news_model::{ContentHash, FeedId, Habits, Item, ItemField, KeyKind, LiveItem, RememberedItem, Seen, SeenItems};

use crate::identity::{Guids, settle};
use matching::{Known, Matches, find_known};
pub use missed::{Missed, add_missed, missed_in};
use place::place_all;
use window::{Evidence, judge_gone, merge};

/// Version of the rules by which fields become text. It is raised when the same bytes give another text: then what differs from the state is
/// the reading and not the story, and the next body is taken for what was published, without a revision.
pub(crate) const RULES: u8 = 1;

/// How often most guids of a feed may change at once before they are taken to name nothing: a publisher moves to another system once, and
/// a feed that draws its guids anew does so again at the next poll.
const REKEYED_BEFORE_IDLE: u8 = 2;

/// How many items are remembered that no longer stand in the feed, so that one that returns is not published again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenLimits {
    /// At least so many.
    pub least_remembered: usize,
    /// Or so many times the items that stand in the feed, if that is more.
    pub windows_remembered: usize,
}

/// The items of a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// In document order.
    pub items: Vec<Item>,
    /// Whether they are all that the feed lists.
    pub extent: Extent,
}

/// Whether the items that were read are all that a feed lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// They are.
    Whole,
    /// Some may be missing: the body broke off, was repaired, or lists what changed alone.
    Partial,
}

/// What an event says happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewsKind {
    /// Seen for the first time.
    Published,
    /// A field that readers see changed.
    Revised,
    /// Gone from where it should still stand.
    Withdrawn,
    /// Standing again after it was withdrawn.
    Restored,
}

/// One thing that happened to an item.
#[derive(Clone, Debug, PartialEq)]
pub struct NewsEvent {
    /// What happened.
    pub kind: NewsKind,
    /// The item as it stands; of a withdrawn one its id alone.
    pub item: Item,
    /// Number of the revision, from 1.
    pub revision: u32,
    /// Fields that differ from the revision before, where that is known field by field.
    pub changed: Vec<ItemField>,
    /// Hash of the revision before, if there was one and it is known.
    pub before: Option<ContentHash>,
    /// Hash of what stands; none for a withdrawn item.
    pub after: Option<ContentHash>,
}

/// What a body brought.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// Events, oldest item first, withdrawals last.
    pub events: Vec<NewsEvent>,
    /// What to remember from here on.
    pub seen: Seen,
    /// Whether `seen` must be written. If not, it equals what was remembered before.
    pub changed: bool,
    /// Items of the body that were known before.
    pub known_in_window: usize,
    /// Items of the body that are new.
    pub new_in_window: usize,
    /// Events at the begin of `events` that are of items from older pages, which came in a gap.
    pub backfilled: usize,
    /// Whether the feed's guids name its items.
    pub guids: Guids,
}

impl Default for SeenLimits {
    /// A hundred items take 900 bytes, so that a poller of 100,000 feeds keeps them in 90 MB.
    fn default() -> Self {
        Self { least_remembered: 100, windows_remembered: 2 }
    }
}

/// Compares the items of a body with those that were published.
///
/// Feeds list the newest first, so events come in reverse order of the document. Comparing the same items again publishes and revises nothing.
/// A window without items says nothing: a feed that is bare is more often broken than empty.
#[must_use]
pub fn compare(seen: &Seen, window: Window, limits: &SeenLimits) -> Comparison {
    let memory = seen.unpack();
    let mut habits = memory.habits;
    habits.guids_are_idle |= guids_were_set_aside(&window.items);
    let items = settle(window.items, guids_of(habits));
    let Some(feed) = items.first().map(|item| item.feed.clone()) else {
        return unmoved(seen, habits);
    };
    let matches = find_known(&memory, &items);
    learn_of_guids(&mut habits, &matches);
    let dates_fall = dates_fall(&items);
    let (placed, mut events) = place_all(&memory, &matches, habits, items);
    let known_in_window = placed.iter().filter(|placed| !placed.is_new).count();
    let new_in_window = placed.len() - known_in_window;
    let gone = judge_gone(&memory, &placed, &mut habits, Evidence { extent: window.extent, dates_fall });
    events.reverse();
    events.extend(gone.withdrawn.iter().map(|item| withdrawal(&feed, item)));
    let next = SeenItems {
        rules: RULES,
        habits,
        remembered: remember(&memory, &matches, &gone.left, limits.of(&memory, placed.len(), window.extent)),
        live: merge(&placed, gone.awaited),
    };
    let changed = !events.is_empty() || !same_but_for_order(&memory, &next);
    let seen = if changed { Seen::pack(&next) } else { seen.clone() };
    Comparison { events, seen, changed, known_in_window, new_in_window, backfilled: 0, guids: guids_of(habits) }
}

/// What a poll tells that found the body of the last one again: items that were missing from it are missing still.
#[must_use]
pub fn confirm(seen: &Seen, feed: &FeedId) -> Comparison {
    if let Some(habits) = seen.habits_if_calm() {
        return unmoved(seen, habits);
    }
    let mut memory = seen.unpack();
    let withdrawn = window::miss_again(&mut memory);
    let changed = memory != seen.unpack();
    let events = withdrawn.iter().map(|item| withdrawal(feed, item)).collect();
    let next = if changed { Seen::pack(&memory) } else { seen.clone() };
    Comparison { events, seen: next, changed, ..unmoved(seen, memory.habits) }
}

fn unmoved(seen: &Seen, habits: Habits) -> Comparison {
    Comparison {
        events: Vec::new(),
        seen: seen.clone(),
        changed: false,
        known_in_window: 0,
        new_in_window: 0,
        backfilled: 0,
        guids: guids_of(habits),
    }
}

/// Whether most guids of a body were set aside since one stood for several stories.
fn guids_were_set_aside(items: &[Item]) -> bool {
    let idle = |item: &&Item| !item.guid.is_empty() && item.keys.get(KeyKind::Guid).is_none();
    items.iter().filter(idle).count() * 2 > items.len()
}

fn guids_of(habits: Habits) -> Guids {
    if habits.guids_are_idle { Guids::Idle } else { Guids::Telling }
}

fn learn_of_guids(habits: &mut Habits, matches: &Matches) {
    if matches.rekeyed > matches.anchored {
        habits.rekeyed = habits.rekeyed.saturating_add(1).min(3);
    }
    habits.guids_are_idle |= matches.guid_reused || habits.rekeyed >= REKEYED_BEFORE_IDLE;
}

/// Whether all items are dated and none is newer than the one before.
fn dates_fall(items: &[Item]) -> bool {
    const FEWEST: usize = 3;
    let dates: Vec<_> = items.iter().map_while(|item| item.published_at).collect();
    items.len() >= FEWEST
        && dates.len() == items.len()
        && dates.first() > dates.last()
        && dates.is_sorted_by(|a, b| a >= b)
}

fn withdrawal(feed: &FeedId, item: &LiveItem) -> NewsEvent {
    NewsEvent {
        kind: NewsKind::Withdrawn,
        item: Item::withdrawn(item.id, feed.clone(), item.fields),
        revision: item.revision,
        changed: Vec::new(),
        before: Some(item.fields.content_hash()),
        after: None,
    }
}

/// What is remembered from here on: what has just left, then what had left before and has not come back.
fn remember(memory: &SeenItems, matches: &Matches, left: &[LiveItem], most: usize) -> Vec<RememberedItem> {
    let back: HashSet<usize> = matches.known.iter().filter_map(Known::remembered).collect();
    let before = memory.remembered.iter().enumerate().filter(|(place, _)| !back.contains(place)).map(|(_, item)| *item);
    left.iter().map(LiveItem::remembered).chain(before).take(most).collect()
}

/// Whether nothing differs but the order in which the feed lists its items: not worth a record by itself.
fn same_but_for_order(one: &SeenItems, other: &SeenItems) -> bool {
    let sorted = |items: &SeenItems| {
        let mut live = items.live.clone();
        live.sort_unstable_by_key(|item| item.id);
        live
    };
    one.rules == other.rules
        && one.habits == other.habits
        && one.remembered == other.remembered
        && one.live.len() == other.live.len()
        && sorted(one) == sorted(other)
}

impl SeenLimits {
    fn of(self, memory: &SeenItems, window: usize, extent: Extent) -> usize {
        /// Most items that parts of a body add to those remembered: 18 kB.
        const MOST_BESIDE_PARTS: usize = 2_000;
        let usual = self.least_remembered.max(window.saturating_mul(self.windows_remembered));
        match extent {
            Extent::Whole => usual,
            // What a part leaves out may stand in the next body.
            Extent::Partial => usual.max((memory.live.len() + memory.remembered.len()).min(MOST_BESIDE_PARTS)),
        }
    }
}

#[cfg(test)]
mod tests;
