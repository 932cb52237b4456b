//! The entry being read.

use super::names::Field;
use crate::parse::{
    entry::{RawDate, RawEntry, RawText},
    markup::{Tag, attribute},
};

/// Most authors, categories or media of one entry that are kept before the item's own caps.
pub(crate) const MAX_LIST: usize = 256;

/// The entry being read, and what stands in for its missing fields.
#[derive(Default)]
pub(crate) struct OpenEntry {
    pub(crate) own: RawEntry,
    pub(crate) fallback: RawEntry,
}

impl OpenEntry {
    /// The entry, its missing fields filled from those that stand in for them.
    pub(crate) fn merged(self) -> RawEntry {
        let Self { mut own, fallback } = self;
        for (text, other) in [
            (&mut own.title, fallback.title),
            (&mut own.summary, fallback.summary),
            (&mut own.content, fallback.content),
        ] {
            if text.text.is_empty() {
                *text = other;
            }
        }
        for (text, other) in [(&mut own.guid, fallback.guid), (&mut own.language, fallback.language)] {
            if text.is_empty() {
                *text = other;
            }
        }
        for (date, other) in [(&mut own.published, fallback.published), (&mut own.updated, fallback.updated)] {
            if date.is_empty() {
                *date = other;
            }
        }
        own.link = own.link.or(fallback.link);
        if own.authors.is_empty() {
            own.authors = fallback.authors;
        }
        if own.media.is_empty() {
            own.media = fallback.media;
        }
        own
    }
}

/// Sets a field of an entry, of which the first that says something stays.
pub(crate) fn set_field(entry: &mut RawEntry, field: Field, text: RawText) {
    let first = |slot: &mut String, text: RawText| {
        if slot.is_empty() {
            *slot = text.text;
        }
    };
    let first_text = |slot: &mut RawText, text: RawText| {
        if slot.text.is_empty() {
            *slot = text;
        }
    };
    let first_date = |slot: &mut RawDate, text: RawText| {
        if slot.is_empty() {
            *slot = RawDate::Written(text.text);
        }
    };
    match field {
        Field::Title => first_text(&mut entry.title, text),
        Field::Summary => first_text(&mut entry.summary, text),
        Field::Content | Field::Body => first_text(&mut entry.content, text),
        Field::Guid => first(&mut entry.guid, text),
        Field::Published => first_date(&mut entry.published, text),
        Field::Updated => first_date(&mut entry.updated, text),
        Field::Language => first(&mut entry.language, text),
        Field::Author => push_capped(&mut entry.authors, text.text),
        Field::Category => push_capped(&mut entry.categories, text.text),
        Field::Link | Field::Ttl => {}
    }
}

/// Adds to a list that is long enough at [`MAX_LIST`].
pub(crate) fn push_capped<T>(list: &mut Vec<T>, element: T) {
    if list.len() < MAX_LIST {
        list.push(element);
    }
}

/// Whether a guid's tag says that it is no address.
pub(crate) fn is_opaque(tag: Tag<'_>) -> bool {
    attribute(tag.attributes, "ispermalink").is_some_and(|value| value.eq_ignore_ascii_case("false"))
}
