//! An item as the core hands it on, within its caps.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use crate::{
    caps::{Capped, cap_text},
    fields::FieldHashes,
    ids::{ContentHash, FeedId, ItemId},
    keys::ItemKeys,
    time::to_timestamp,
    wire,
};

pub use wire::{DateField, DateRule, DateZone, ItemField};

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
    /// Teaser as safe HTML, or empty.
    pub summary_html: String,
    /// Full text as safe HTML, or empty.
    pub content_html: String,
    /// The authors with their addresses; empty where no author has one.
    pub people: Vec<Person>,
    /// The categories with scheme and label; empty where no category has more than a name.
    pub category_details: Vec<Category>,
    /// How the date of publication was found.
    pub published_facts: Option<DateFacts>,
    /// How the date of change was found.
    pub updated_facts: Option<DateFacts>,
    /// Detected language.
    pub detected: Option<Detected>,
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

/// An author of an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Name, or empty.
    pub name: String,
    /// Mail address, or empty.
    pub email: String,
    /// Absolute address of a page of theirs, or empty.
    pub uri: String,
}

/// A category of an item.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Category {
    /// Name by which programs know it.
    pub term: String,
    /// What the term is one of, or empty.
    pub scheme: String,
    /// Name for people, or empty for none beside the term.
    pub label: String,
}

/// How a date was found, and how far it can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateFacts {
    /// Element it stood in.
    pub field: DateField,
    /// Rule by which its text was read.
    pub rule: DateRule,
    /// How its zone is known.
    pub zone: DateZone,
    /// Whether it lay more than an hour in the future when the feed was read.
    pub is_future: bool,
    /// Whether all items of the feed, at least three, have this very date.
    pub is_shared: bool,
}

/// A language that was detected.
#[derive(Clone, Debug, PartialEq)]
pub struct Detected {
    /// Its BCP 47 tag.
    pub language: String,
    /// How sure that is, 0 to 1.
    pub confidence: f64,
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
    /// Longest teaser as HTML, in bytes. A longer one is left out: part of an element is none.
    pub const MAX_SUMMARY_HTML_BYTES: usize = 32_768;
    /// Longest full text, plain or as HTML, in bytes.
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

    /// The item with every field within its cap, the fields that were cut named in `truncated` beside those named there before.
    #[must_use]
    pub fn capped(mut self) -> Self {
        let texts = [
            (&mut self.title, Self::MAX_TITLE_BYTES, ItemField::Title),
            (&mut self.summary, Self::MAX_SUMMARY_BYTES, ItemField::Summary),
            (&mut self.content, Self::MAX_CONTENT_BYTES, ItemField::Content),
            (&mut self.guid, Self::MAX_ADDRESS_BYTES, ItemField::Guid),
        ];
        let mut cut = std::mem::take(&mut self.truncated);
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
        self.cap_people_and_categories();
        cut.extend(cap_html(&mut self.summary_html, Self::MAX_SUMMARY_HTML_BYTES, ItemField::SummaryHtml));
        cut.extend(cap_html(&mut self.content_html, Self::MAX_CONTENT_BYTES, ItemField::ContentHtml));
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
        let mut known = HashSet::new();
        cut.retain(|field| known.insert(*field));
        self.truncated = cut;
        self
    }

    fn cap_people_and_categories(&mut self) {
        self.people.truncate(Self::MAX_AUTHORS);
        for person in &mut self.people {
            let _ = cap_text(&mut person.name, Self::MAX_NAME_BYTES);
            // Part of an address is no address.
            person.email.truncate(if person.email.len() > Self::MAX_NAME_BYTES { 0 } else { usize::MAX });
            person.uri.truncate(if person.uri.len() > Self::MAX_ADDRESS_BYTES { 0 } else { usize::MAX });
        }
        self.category_details.truncate(Self::MAX_CATEGORIES);
        for category in &mut self.category_details {
            for text in [&mut category.term, &mut category.scheme, &mut category.label] {
                let _ = cap_text(text, Self::MAX_NAME_BYTES);
            }
        }
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
            summary_html: self.summary_html,
            content_html: self.content_html,
            people: self.people.into_iter().map(Person::into_wire).collect(),
            category_details: self.category_details.into_iter().map(Category::into_wire).collect(),
            published_facts: self.published_facts.map(DateFacts::into_wire),
            updated_facts: self.updated_facts.map(DateFacts::into_wire),
            detected_language_confidence: self.detected.as_ref().map_or(0.0, |detected| detected.confidence),
            detected_language: self.detected.map(|detected| detected.language).unwrap_or_default(),
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
            summary_html: String::new(),
            content_html: String::new(),
            people: Vec::new(),
            category_details: Vec::new(),
            published_facts: None,
            updated_facts: None,
            detected: None,
            media: Vec::new(),
            truncated: Vec::new(),
            fingerprint: 0,
            keys: ItemKeys::default(),
            fields,
        }
    }
}

impl Person {
    fn into_wire(self) -> wire::Person {
        wire::Person { name: self.name, email: self.email, uri: self.uri }
    }
}

impl Category {
    fn into_wire(self) -> wire::Category {
        wire::Category { term: self.term, scheme: self.scheme, label: self.label }
    }
}

impl DateFacts {
    fn into_wire(self) -> wire::DateFacts {
        wire::DateFacts {
            field: self.field.into(),
            rule: self.rule.into(),
            zone: self.zone.into(),
            future: self.is_future,
            shared: self.is_shared,
        }
    }
}

impl Media {
    fn into_wire(self) -> wire::Media {
        wire::Media { url: self.url, content_type: self.content_type, length_bytes: self.length_bytes }
    }
}

/// Empties `html` where it is longer than `cap`, since part of an element is none, and then names its field.
fn cap_html(html: &mut String, cap: usize, field: ItemField) -> Option<ItemField> {
    let is_long = html.len() > cap;
    if is_long {
        html.clear();
    }
    is_long.then_some(field)
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
