//! Which items of a feed were published: packed, as it is kept in memory and on the wire, and unpacked, as it is worked on.

mod packed;

use std::sync::Arc;

use bytes::Bytes;

use crate::{
    fields::{FieldHash, FieldHashes},
    ids::{ContentHash, FeedId, ItemId},
    keys::KeyPrefix,
    state::StateFault,
    wire,
};

/// Layout of the seen items that this process writes; it reads this and all before.
///
/// It is raised when a process that knows only lower ones would lose something by reading and writing a record: such a process refuses the
/// feed, for as long as it lives, rather than poll it.
pub const SEEN_VERSION: u32 = 2;

/// What is remembered of a feed's items, packed. The layout stands with `FeedSeen.packed` in `state.proto`.
///
/// Packed, since a poller holds it for each of its feeds: an item that stands in the feed takes 17 bytes and 2 to 3 for each field that it
/// has, one that is remembered only so as not to be published again takes 9. Copies share the bytes, which hold nothing of the record that
/// they were read from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen(Arc<[u8]>);

/// What is remembered of a feed's items, unpacked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenItems {
    /// Version of the rules by which the fields became text. Hashes of other rules say nothing.
    pub rules: u8,
    /// What was learnt of the feed's ways.
    pub habits: Habits,
    /// Items that stand in the feed, in its order, and among them those that should.
    pub live: Vec<LiveItem>,
    /// Items that stood in the feed, the last gone first.
    pub remembered: Vec<RememberedItem>,
}

/// What was learnt of a feed's ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Habits {
    /// Whether its guids name nothing: one for all, or new ones at each poll.
    pub guids_are_idle: bool,
    /// How often most of its guids changed at once, up to 3.
    pub rekeyed: u8,
    /// Whether new items come at the top.
    pub newest_first: bool,
    /// How far an item that is gone from the midst of the feed can be thought withdrawn: one more for each item that left at the end, 16 less
    /// for each that left from the midst.
    pub credit: i8,
}

/// An item that stands in the feed, or should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveItem {
    /// Its id.
    pub id: ItemId,
    /// What it is found by, where that is not its id.
    pub alias: Option<KeyPrefix>,
    /// Fields of the last published revision.
    pub fields: FieldHashes,
    /// Hash of its date; another date has the same with odds of 1 in 2^16.
    pub date: FieldHash<2>,
    /// Number of the last published revision, from 1.
    pub revision: u32,
    /// Polls in a row, up to 3, in which it was missing from where it should stand.
    pub misses: u8,
    /// Whether it was published as withdrawn.
    pub withdrawn: bool,
}

/// An item that is remembered so as not to be published again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RememberedItem {
    /// What it is found by.
    pub key: KeyPrefix,
    /// Its id, where that is not the one it is found by.
    pub id: Option<ItemId>,
    /// Start of the content hash of the last published revision, if known; another has the same with odds of 1 in 2^24.
    pub content: Option<[u8; 3]>,
    /// Number of that revision, from 1.
    pub revision: u32,
    /// Whether it was published as withdrawn.
    pub withdrawn: bool,
}

impl LiveItem {
    /// What is kept of it once it is gone from the feed.
    #[must_use]
    pub fn remembered(&self) -> RememberedItem {
        RememberedItem {
            key: self.alias.unwrap_or_else(|| KeyPrefix::of(self.id)),
            id: self.alias.map(|_| self.id),
            content: Some(content_start(self.fields.content_hash())),
            revision: self.revision,
            withdrawn: self.withdrawn,
        }
    }
}

/// What a remembered item keeps of a content hash.
#[must_use]
pub fn content_start(hash: ContentHash) -> [u8; 3] {
    let [first, second, third, ..] = *hash.as_bytes();
    [first, second, third]
}

impl Seen {
    /// The packed form.
    #[must_use]
    pub fn pack(items: &SeenItems) -> Self {
        if *items == SeenItems::default() {
            return Self::default();
        }
        Self(packed::write(items).into())
    }

    /// The unpacked form.
    #[must_use]
    pub fn unpack(&self) -> SeenItems {
        // Checked when it was read off the wire; what was packed here is whole.
        packed::read(&self.0).unwrap_or_default()
    }

    /// Habits of the feed if all of its items stand where they should, and `None` if one is awaited: without unpacking.
    #[must_use]
    pub fn habits_if_calm(&self) -> Option<Habits> {
        packed::glance(&self.0).filter(|(_, awaits)| !awaits).map(|(habits, _)| habits)
    }

    /// Bytes that it takes.
    #[must_use]
    pub fn len_bytes(&self) -> usize {
        self.0.len()
    }

    /// The wire form for `feed`.
    #[must_use]
    pub fn to_wire(&self, feed: &FeedId) -> wire::FeedSeen {
        let packed = Bytes::copy_from_slice(&self.0);
        wire::FeedSeen { version: SEEN_VERSION, feed_id: feed.to_string(), items: Vec::new(), packed }
    }
}

impl TryFrom<wire::FeedSeen> for Seen {
    type Error = StateFault;

    fn try_from(state: wire::FeedSeen) -> Result<Self, StateFault> {
        match state.version {
            0 | 1 => of_first_layout(state.items),
            SEEN_VERSION if state.packed.is_empty() => Ok(Self::default()),
            SEEN_VERSION => {
                packed::read(&state.packed).ok_or(StateFault::Damaged("packed items that break off or hold junk"))?;
                Ok(Self(state.packed[..].into()))
            }
            newer => Err(StateFault::Newer(newer)),
        }
    }
}

/// Layout 1 knew no fields and no order of the feed: its items are remembered by id, and what they hold counts as known when they are next
/// found.
fn of_first_layout(items: Vec<wire::SeenItem>) -> Result<Seen, StateFault> {
    let item = |seen: wire::SeenItem| {
        let id = ItemId::from_slice(&seen.item)?;
        ContentHash::from_slice(&seen.content)?;
        let key = KeyPrefix::of(id);
        Some(RememberedItem { key, id: Some(id), content: None, revision: seen.revision.max(1), withdrawn: false })
    };
    let remembered = items.into_iter().map(item).collect::<Option<Vec<_>>>();
    let remembered = remembered.ok_or(StateFault::Damaged("an item id or hash of the wrong length"))?;
    Ok(Seen::pack(&SeenItems { remembered, ..SeenItems::default() }))
}

#[cfg(test)]
mod tests;
