//! An item as the core hands it on, within its caps.

use chrono::{DateTime, Utc};

use crate::{
    caps::{Capped, cap_text},
    fields::FieldHashes,
    ids::{ContentHash, FeedId, ItemId},
    keys::ItemKeys,
    time::to_timestamp,
    wire,
};

pub use wire::ItemField;

/// One story of a feed.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Id, stable over polls, edits and restarts.
    pub id: ItemId,
    /// Feed it came from.
    pub feed: FeedId,
    /// The publisher's identifier, or empty.
    pub guid: String,
    /// Absolute address of the story, or empty.
    pub url: String,
    /// The same without what says nothing of the story, or empty.
    pub canonical_url: String,
    /// Headline, plain text.
    pub title: String,
    /// Teaser, plain text.
    pub summary: String,
    /// Full text, plain.
    pub content: String,
    /// Names of the authors.
    pub authors: Vec<String>,
    /// Categories as given.
    pub categories: Vec<String>,
    /// Declared language in lower case, or empty.
    pub language: String,
    /// Date of publication by the publisher's clock.
    pub published_at: Option<DateTime<Utc>>,
    /// Date of change by the publisher's clock.
    pub updated_at: Option<DateTime<Utc>>,
    /// Pictures, sounds and films.
    pub media: Vec<Media>,
    /// Fields that were cut.
    pub truncated: Vec<ItemField>,
    /// 64 bits of which near-duplicates share all but a few; 0 for no text.
    pub fingerprint: u64,
    /// What it may be known by, from its fields before any cut.
    pub keys: ItemKeys,
    /// Hashes of the fields that readers see, before any cut.
    pub fields: FieldHashes,
}

/// One picture, sound or film of an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// Absolute address.
    pub url: String,
    /// Declared media type, or empty.
    pub content_type: String,
    /// Declared size, 0 for none.
    pub length_bytes: u64,
}

impl Item {
    /// Longest headline, in bytes.
    pub const MAX_TITLE_BYTES: usize = 1_024;
    /// Longest teaser, in bytes.
    pub const MAX_SUMMARY_BYTES: usize = 16_384;
    /// Longest full text, in bytes.
    pub const MAX_CONTENT_BYTES: usize = 262_144;
    /// Longest address or identifier, in bytes.
    pub const MAX_ADDRESS_BYTES: usize = 2_048;
    /// Longest author or category, in bytes.
    pub const MAX_NAME_BYTES: usize = 256;
    /// Most authors kept.
    pub const MAX_AUTHORS: usize = 32;
    /// Most categories kept.
    pub const MAX_CATEGORIES: usize = 64;
    /// Most media kept.
    pub const MAX_MEDIA: usize = 16;

    /// The item with every field within its cap, the fields that were cut named in `truncated`.
    #[must_use]
    pub fn capped(mut self) -> Self {
        let texts = [
            (&mut self.title, Self::MAX_TITLE_BYTES, ItemField::Title),
            (&mut self.summary, Self::MAX_SUMMARY_BYTES, ItemField::Summary),
            (&mut self.content, Self::MAX_CONTENT_BYTES, ItemField::Content),
            (&mut self.guid, Self::MAX_ADDRESS_BYTES, ItemField::Guid),
        ];
        let mut cut = Vec::new();
        for (text, cap, field) in texts {
            if cap_text(text, cap) == Capped::Cut {
                cut.push(field);
            }
        }
        if self.url.len() > Self::MAX_ADDRESS_BYTES {
            // Part of an address is no address.
            self.url.clear();
            cut.push(ItemField::Url);
        }
        if self.canonical_url.len() > Self::MAX_ADDRESS_BYTES {
            self.canonical_url.clear();
        }
        if cap_names(&mut self.authors, Self::MAX_AUTHORS) == Capped::Cut {
            cut.push(ItemField::Authors);
        }
        if cap_names(&mut self.categories, Self::MAX_CATEGORIES) == Capped::Cut {
            cut.push(ItemField::Categories);
        }
        let given = self.media.len();
        self.media.retain(|medium| medium.url.len() <= Self::MAX_ADDRESS_BYTES);
        self.media.truncate(Self::MAX_MEDIA);
        for medium in &mut self.media {
            let _ = cap_text(&mut medium.content_type, Self::MAX_NAME_BYTES);
        }
        if self.media.len() < given {
            cut.push(ItemField::Media);
        }
        let _ = cap_text(&mut self.language, 64);
        self.truncated = cut;
        self
    }

    /// The hash over all fields that readers see.
    #[must_use]
    pub fn content_hash(&self) -> ContentHash {
        self.fields.content_hash()
    }

    /// The wire form.
    #[must_use]
    pub fn into_wire(self) -> wire::Item {
        wire::Item {
            id: self.id.to_string(),
            feed_id: self.feed.to_string(),
            guid: self.guid,
            url: self.url,
            title: self.title,
            summary: self.summary,
            content: self.content,
            authors: self.authors,
            categories: self.categories,
            language: self.language,
            published_at: self.published_at.map(to_timestamp),
            updated_at: self.updated_at.map(to_timestamp),
            media: self.media.into_iter().map(Media::into_wire).collect(),
            truncated: self.truncated.into_iter().map(i32::from).collect(),
            content_hash: self.fields.content_hash().to_string(),
            fingerprint: self.fingerprint,
            canonical_url: self.canonical_url,
        }
    }

    /// What is left to say of an item of `feed` that is gone: its id and nothing of what it held.
    #[must_use]
    pub fn withdrawn(id: ItemId, feed: FeedId, fields: FieldHashes) -> Self {
        Self {
            id,
            feed,
            guid: String::new(),
            url: String::new(),
            canonical_url: String::new(),
            title: String::new(),
            summary: String::new(),
            content: String::new(),
            authors: Vec::new(),
            categories: Vec::new(),
            language: String::new(),
            published_at: None,
            updated_at: None,
            media: Vec::new(),
            truncated: Vec::new(),
            fingerprint: 0,
            keys: ItemKeys::default(),
            fields,
        }
    }
}

impl Media {
    fn into_wire(self) -> wire::Media {
        wire::Media { url: self.url, content_type: self.content_type, length_bytes: self.length_bytes }
    }
}

fn cap_names(names: &mut Vec<String>, most: usize) -> Capped {
    let mut capped = if names.len() > most { Capped::Cut } else { Capped::Whole };
    names.truncate(most);
    for name in names {
        if cap_text(name, Item::MAX_NAME_BYTES) == Capped::Cut {
            capped = Capped::Cut;
        }
    }
    capped
}
