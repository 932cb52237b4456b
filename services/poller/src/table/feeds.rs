//! Feeds by the slots they stand in: queues name them by these, which take less room than an id and lead to the feed without hashing.

use std::{collections::hash_map::Entry as Known, sync::Arc};

use foldhash::HashMap;
use news_model::FeedId;

use super::{entry::Entry, target::Target};

/// Where a feed stands, until it is gone; then another may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot(u32);

#[derive(Debug, Default)]
pub(super) struct Feeds {
    slots: HashMap<FeedId, Slot>,
    /// Boxed, since there is room for more of them than there are.
    entries: Vec<Option<Box<Entry>>>,
    vacant: Vec<Slot>,
}

impl Feeds {
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().flatten().map(|entry| &**entry)
    }

    /// The feed that stands there.
    pub(super) fn at(&mut self, slot: Slot) -> Option<&mut Entry> {
        self.entries.get_mut(index(slot))?.as_deref_mut()
    }

    /// The feed of this one's id, which stood in `slot`, or stands elsewhere or under another configuration since it was taken in again.
    pub(super) fn find(&mut self, feed: &Arc<Target>, slot: Slot) -> Option<(Slot, &mut Entry)> {
        let there = self.entries.get(index(slot)).and_then(Option::as_ref);
        // Nothing of a feed is read to see that it is the same.
        let stays = there.is_some_and(|entry| Arc::ptr_eq(&entry.feed, feed));
        let slot = if stays { slot } else { *self.slots.get(&feed.id)? };
        Some((slot, self.at(slot)?))
    }

    /// Takes a feed in; in the slot of the one that has its id, if there is one.
    pub(super) fn insert(&mut self, entry: Box<Entry>) -> Slot {
        let slot = match self.slots.entry(entry.feed.id.clone()) {
            Known::Occupied(known) => *known.get(),
            Known::Vacant(new) => *new.insert(self.vacant.pop().unwrap_or_else(|| {
                self.entries.push(None);
                Slot(u32::try_from(self.entries.len() - 1).unwrap_or(u32::MAX))
            })),
        };
        if let Some(place) = self.entries.get_mut(index(slot)) {
            *place = Some(entry);
        }
        slot
    }

    /// Takes a feed out.
    pub(super) fn remove(&mut self, id: &FeedId) -> Option<(Slot, Box<Entry>)> {
        let slot = self.slots.remove(id)?;
        self.vacant.push(slot);
        Some((slot, self.entries.get_mut(index(slot))?.take()?))
    }

    /// Takes all out but those that `keeps` says.
    pub(super) fn retain(&mut self, keeps: impl Fn(&Entry) -> bool) {
        let Self { slots, entries, vacant } = self;
        slots.retain(|_, slot| {
            let place = entries.get_mut(index(*slot));
            let kept = place.as_ref().and_then(|place| place.as_deref()).is_some_and(&keeps);
            if let Some(place) = place.filter(|_| !kept) {
                *place = None;
                vacant.push(*slot);
            }
            kept
        });
        if slots.is_empty() {
            *self = Self::default();
        }
    }

    pub(super) fn is_held(&self, slot: Slot) -> bool {
        self.entries.get(index(slot)).is_some_and(Option::is_some)
    }
}

/// Numbers of slots are numbers of entries in memory.
fn index(slot: Slot) -> usize {
    usize::try_from(slot.0).unwrap_or(usize::MAX)
}
