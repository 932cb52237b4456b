//! Short hashes of what readers see of an item, field by field.

use sha2::{Digest, Sha256};

use crate::{ids::ContentHash, wire::ItemField};

/// The first `N` bytes of the SHA-256 of a text; all zero for an empty one, and for no other.
///
/// Two texts share it with odds of 1 in 2^(8`N`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FieldHash<const N: usize>([u8; N]);

/// Hashes of the fields in which two revisions of an item may differ.
///
/// An edit of one field goes unseen with these odds: title, summary, content and address 1 in 2^24 (16.8 million), authors 1 in 2^16 (65,536).
/// An edit of several fields goes unseen with the product of theirs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FieldHashes {
    /// Of the headline.
    pub title: FieldHash<3>,
    /// Of what the address and its variants share.
    pub url: FieldHash<3>,
    /// Of the teaser.
    pub summary: FieldHash<3>,
    /// Of the full text.
    pub content: FieldHash<3>,
    /// Of the authors, in whatever order.
    pub authors: FieldHash<2>,
}

impl<const N: usize> FieldHash<N> {
    /// The hash of an empty text.
    pub const EMPTY: Self = Self([0; N]);

    /// The hash of `text`.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self::of_parts([text])
    }

    /// The hash of a list of texts, each set apart from the next; empty ones do not count.
    #[must_use]
    pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut hasher = Sha256::new();
        let mut empty = true;
        for part in parts.into_iter().filter(|part| !part.is_empty()) {
            empty = false;
            hasher.update(part.as_bytes());
            hasher.update(b"\0");
        }
        if empty {
            return Self::EMPTY;
        }
        let mut bytes = [0; N];
        for (to, from) in bytes.iter_mut().zip(hasher.finalize()) {
            *to = from;
        }
        if bytes == [0; N]
            && let Some(last) = bytes.last_mut()
        {
            *last = 1;
        }
        Self(bytes)
    }

    /// Whether the text was empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::EMPTY
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; N] {
        &self.0
    }

    /// The hash with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; N]) -> Self {
        Self(bytes)
    }
}

impl<const N: usize> Default for FieldHash<N> {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl FieldHashes {
    /// One hash over all of them: equal where all are equal.
    #[must_use]
    pub fn content_hash(&self) -> ContentHash {
        let mut bytes = Vec::with_capacity(14);
        for hash in [&self.title, &self.url, &self.summary, &self.content] {
            bytes.extend_from_slice(hash.as_bytes());
        }
        bytes.extend_from_slice(self.authors.as_bytes());
        ContentHash::of_body(&bytes)
    }

    /// The fields that differ from those of `before`.
    #[must_use]
    pub fn changed_since(&self, before: &Self) -> Vec<ItemField> {
        let differs = [
            (ItemField::Title, self.title != before.title),
            (ItemField::Summary, self.summary != before.summary),
            (ItemField::Content, self.content != before.content),
            (ItemField::Url, self.url != before.url),
            (ItemField::Authors, self.authors != before.authors),
        ];
        differs.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn only_nothing_hashes_to_nothing() {
        assert!(FieldHash::<2>::of("").is_empty() && FieldHash::<2>::of_parts(["", ""]).is_empty());
        assert!((0..200_000).all(|number| !FieldHash::<2>::of(&number.to_string()).is_empty()));
        assert_ne!(FieldHash::<3>::of_parts(["ab", "c"]), FieldHash::<3>::of_parts(["a", "bc"]));
    }

    /// Pairs among `count` texts that share their hash.
    fn collisions<const N: usize>(count: u32) -> usize {
        let mut found: HashMap<[u8; N], usize> = HashMap::new();
        let mut pairs = 0;
        for number in 0..count {
            let same = found.entry(*FieldHash::<N>::of(&format!("Headline number {number}")).as_bytes()).or_default();
            pairs += *same;
            *same += 1;
        }
        pairs
    }

    #[test]
    fn two_texts_share_a_hash_with_the_odds_that_are_stated() {
        // n texts make n(n-1)/2 pairs: 2^31 of them at 1 in 2^24 share a hash 128 times, give or take 11; 2^25 at 1 in 2^16 512 times.
        let (long, short) = (collisions::<3>(65_536), collisions::<2>(8_192));
        assert!((84..=172).contains(&long), "{long}");
        assert!((422..=602).contains(&short), "{short}");
    }

    #[test]
    fn the_fields_that_differ_are_named() {
        let before = FieldHashes { title: FieldHash::of("a"), url: FieldHash::of("b"), ..FieldHashes::default() };
        let after = FieldHashes { title: FieldHash::of("c"), authors: FieldHash::of("d"), ..before };
        assert_eq!(after.changed_since(&before), [ItemField::Title, ItemField::Authors]);
        assert_eq!(before.changed_since(&before), []);
        assert_ne!(after.content_hash(), before.content_hash());
    }
}
