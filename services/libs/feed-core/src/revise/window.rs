//! What became of the items that a body does not list any more.
//!
//! A feed that lists the newest items lets go of the oldest: an item below the lowest known one that still stands has left at the end, and
//! that says nothing. An item that is gone from above it should still stand, and was withdrawn, if the feed is of that kind at all. A list of
//! chosen or most read stories lets go of any item at any time. So a withdrawal is believed only
//!
//! - of a body that was read whole, whose known items stand in the order in which they stood;
//! - of a few items: two, or a fifth of those known;
//! - of a feed that has let go of items at its end, and of hardly any from its midst (one in sixteen at most), or one that is new to us and
//!   dates its items in falling order;
//! - after three polls in a row.

use super::{Extent, place::Placed};
use news_model::{Habits, LiveItem, SeenItems};

/// Polls in a row in which an item has to be missing.
const MISSES_TO_WITHDRAW: u8 = 3;

/// Most credit: so many items that left at the end are remembered.
const MOST_CREDIT: i8 = 15;

/// Cost of an item that left from the midst.
const COST: i8 = 16;

/// Least credit.
const LEAST_CREDIT: i8 = -32;

/// Items that the body does not list.
#[derive(Debug, Default)]
pub(super) struct Gone {
    /// Those that may come back where they stood, by that place.
    pub(super) awaited: Vec<(usize, LiveItem)>,
    /// Those that have left, in the order of the feed.
    pub(super) left: Vec<LiveItem>,
    /// Those that are withdrawn; they are awaited too.
    pub(super) withdrawn: Vec<LiveItem>,
}

/// What a body says beside its items' places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Evidence {
    pub(super) extent: Extent,
    /// Whether all items are dated and none is newer than the one before.
    pub(super) dates_fall: bool,
}

/// Between which places of the feed as it was items still stand.
struct Span {
    first: usize,
    last: usize,
    /// Whether what stood above the first should stand there too.
    open_above: bool,
}

/// Judges the items that were live and are not among `placed`.
pub(super) fn judge_gone(memory: &SeenItems, placed: &[Placed], habits: &mut Habits, evidence: Evidence) -> Gone {
    let standing: Vec<usize> = placed.iter().filter_map(|placed| placed.stood).collect();
    let mut stands = vec![false; memory.live.len()];
    for place in &standing {
        if let Some(stands) = stands.get_mut(*place) {
            *stands = true;
        }
    }
    let absent = memory.live.iter().enumerate().zip(stands).filter(|(_, stands)| !stands).map(|(item, _)| item);
    let absent: Vec<(usize, &LiveItem)> = absent.collect();
    let (Some(first), Some(last)) = (standing.first(), standing.last()) else {
        // Nothing known stands: the feed went on for long, or is another one.
        return Gone { left: absent.into_iter().map(|(_, item)| *item).collect(), ..Gone::default() };
    };
    learn_direction(habits, placed);
    let span = Span { first: *first, last: *last, open_above: habits.newest_first || evidence.dates_fall };
    let missing = absent.iter().filter(|(place, item)| span.holds(*place) && !item.withdrawn).count();
    let believed = evidence.extent == Extent::Whole
        && is_in_order(&standing)
        && missing <= 2.max(standing.len() / 5)
        && (habits.credit > 0 || (habits.credit == 0 && evidence.dates_fall));
    let mut gone = Gone::default();
    for (place, item) in absent {
        let awaits = item.withdrawn || believed || (evidence.extent == Extent::Partial && item.misses > 0);
        if span.holds(place) && awaits {
            let mut item = *item;
            if believed && miss(&mut item, habits) {
                gone.withdrawn.push(item);
            }
            gone.awaited.push((place, item));
            continue;
        }
        gone.left.push(*item);
        if evidence.extent == Extent::Whole && !item.withdrawn {
            let change = if span.holds(place) { -COST } else { 1 };
            charge(habits, change);
        }
    }
    gone
}

/// Counts one more poll in which the awaited items were missing, and gives back those that are withdrawn by it.
pub(super) fn miss_again(memory: &mut SeenItems) -> Vec<LiveItem> {
    let mut withdrawn = Vec::new();
    for item in memory.live.iter_mut().filter(|item| item.misses > 0) {
        if miss(item, &mut memory.habits) {
            withdrawn.push(*item);
        }
    }
    withdrawn
}

/// The items of a feed in its order: those that stand, and the awaited ones where they stood among them.
pub(super) fn merge(placed: &[Placed], awaited: Vec<(usize, LiveItem)>) -> Vec<LiveItem> {
    let mut live = Vec::with_capacity(placed.len() + awaited.len());
    let mut awaited = awaited.into_iter().peekable();
    for placed in placed {
        if let Some(stood) = placed.stood {
            while let Some((_, item)) = awaited.next_if(|(place, _)| *place < stood) {
                live.push(item);
            }
        }
        live.push(placed.item);
    }
    live.extend(awaited.map(|(_, item)| item));
    live
}

impl Span {
    fn holds(&self, place: usize) -> bool {
        place < self.last && (place > self.first || self.open_above)
    }
}

/// Counts a miss of an item that is not withdrawn. Whether it is withdrawn by it.
fn miss(item: &mut LiveItem, habits: &mut Habits) -> bool {
    if item.withdrawn {
        return false;
    }
    item.misses = item.misses.saturating_add(1).min(MISSES_TO_WITHDRAW);
    if item.misses < MISSES_TO_WITHDRAW {
        return false;
    }
    item.withdrawn = true;
    item.misses = 0;
    charge(habits, -COST);
    true
}

fn charge(habits: &mut Habits, change: i8) {
    habits.credit = habits.credit.saturating_add(change).clamp(LEAST_CREDIT, MOST_CREDIT);
}

/// Learns at which end new items come.
fn learn_direction(habits: &mut Habits, placed: &[Placed]) {
    let is_new = |placed: Option<&Placed>| placed.is_some_and(|placed| placed.is_new);
    match (is_new(placed.first()), is_new(placed.last())) {
        (true, false) => habits.newest_first = true,
        (false, true) => habits.newest_first = false,
        (true, true) | (false, false) => {}
    }
}

/// Whether items stand in the order in which they stood; one in ten, and one, may have been moved to the top by an edit.
fn is_in_order(standing: &[usize]) -> bool {
    let steps_back = standing.windows(2).filter(|pair| pair.first() > pair.last()).count();
    steps_back <= 1 + standing.len() / 10
}
