//! What an item may be known by, from the most telling on.

use crate::ids::{FeedId, ItemId};

/// A way to know an item by, the most telling first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyKind {
    /// The publisher's identifier; of one that is an address, what its variants share.
    Guid,
    /// The identifier to the letter, where that differs.
    GuidAsWritten,
    /// What the variants of the story's address share.
    Link,
    /// The address to the letter, where that differs.
    LinkAsWritten,
    /// The text.
    Content,
    /// The text and its date.
    DatedContent,
}

/// The ids that an item would have by each kind of key that it offers and that can be trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ItemKeys([Option<ItemId>; 6]);

/// The first 5 bytes of an item id: enough to find an item among those of its feed.
///
/// Another item of the feed is taken for it with odds of 1 in 2^40 for each item remembered: 1 in 10^9 for a thousand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyPrefix([u8; 5]);

impl KeyKind {
    /// All of them, the most telling first.
    pub const ALL: [Self; 6] =
        [Self::Guid, Self::GuidAsWritten, Self::Link, Self::LinkAsWritten, Self::Content, Self::DatedContent];

    /// The word for it in the hash that makes an item id.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Guid | Self::GuidAsWritten => "guid",
            Self::Link | Self::LinkAsWritten => "link",
            Self::Content | Self::DatedContent => "content",
        }
    }

    fn place(self) -> usize {
        match self {
            Self::Guid => 0,
            Self::GuidAsWritten => 1,
            Self::Link => 2,
            Self::LinkAsWritten => 3,
            Self::Content => 4,
            Self::DatedContent => 5,
        }
    }
}

impl ItemKeys {
    /// The id by `kind`, unless the item does not offer it or it was set aside.
    #[must_use]
    pub fn get(&self, kind: KeyKind) -> Option<ItemId> {
        self.0.get(kind.place()).copied().flatten()
    }

    /// Offers `identity` as the key of this kind of an item of `feed`.
    pub fn offer(&mut self, kind: KeyKind, feed: &FeedId, identity: &str) {
        self.set(kind, Some(ItemId::of_identity(feed, kind.as_str(), identity)));
    }

    /// Sets a key aside that cannot be trusted.
    pub fn set_aside(&mut self, kind: KeyKind) {
        self.set(kind, None);
    }

    /// Those offered, the most telling first.
    pub fn iter(&self) -> impl Iterator<Item = ItemId> + '_ {
        self.0.iter().copied().flatten()
    }

    /// The most telling, by kind.
    #[must_use]
    pub fn first(&self) -> Option<(KeyKind, ItemId)> {
        KeyKind::ALL.into_iter().find_map(|kind| Some((kind, self.get(kind)?)))
    }

    fn set(&mut self, kind: KeyKind, id: Option<ItemId>) {
        if let Some(slot) = self.0.get_mut(kind.place()) {
            *slot = id;
        }
    }
}

impl KeyPrefix {
    /// The prefix of `id`.
    #[must_use]
    pub fn of(id: ItemId) -> Self {
        let mut bytes = [0; 5];
        for (to, from) in bytes.iter_mut().zip(id.as_bytes()) {
            *to = *from;
        }
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 5] {
        &self.0
    }

    /// The prefix with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 5]) -> Self {
        Self(bytes)
    }
}
