//! What every reader hands on: a feed as it was found, nothing resolved or cleaned.

use std::borrow::Cow;

use news_model::DateField;

use super::{base::Base, html::Markup};

/// Most authors, categories, links or media of one entry that are kept before the item's own caps.
pub(crate) const MAX_LIST: usize = 256;

/// A feed as a reader found it.
#[derive(Debug, Default)]
pub(crate) struct RawFeed<'a> {
    pub(crate) own: RawPart<'a>,
    pub(crate) ttl_minutes: Cow<'a, str>,
    pub(crate) entries: Vec<RawPart<'a>>,
    /// The sitemaps that an index lists.
    pub(crate) sitemaps: Vec<RawSitemap<'a>>,
    /// What had to be done to read the document.
    pub(crate) trouble: Trouble,
}

/// How far a document was from what it should be, the worst last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Trouble {
    /// Nothing was wrong as far as the reader looks.
    #[default]
    None,
    /// Something had to be guessed, dropped or closed.
    Structure,
}

/// A sitemap that an index lists.
#[derive(Debug, Default)]
pub(crate) struct RawSitemap<'a> {
    pub(crate) address: Option<RawAddress<'a>>,
    /// When it last changed.
    pub(crate) changed: Cow<'a, str>,
}

/// What feeds and entries both have.
#[derive(Debug, Default)]
pub(crate) struct RawPart<'a> {
    pub(crate) id: Ranked<Cow<'a, str>>,
    /// Whether the id is said to be no address.
    pub(crate) id_is_opaque: bool,
    pub(crate) link: Ranked<RawAddress<'a>>,
    pub(crate) links: Vec<RawLink<'a>>,
    pub(crate) title: Ranked<RawText<'a>>,
    /// Teaser of an entry, subtitle of a feed.
    pub(crate) summary: Ranked<RawText<'a>>,
    pub(crate) content: Ranked<RawText<'a>>,
    pub(crate) authors: Vec<RawPerson<'a>>,
    pub(crate) categories: Vec<RawCategory<'a>>,
    pub(crate) language: Ranked<Cow<'a, str>>,
    pub(crate) published: Ranked<RawDate<'a>>,
    pub(crate) updated: Ranked<RawDate<'a>>,
    pub(crate) media: Vec<RawMedia<'a>>,
    pub(crate) base: Base,
    /// Whether the document breaks off in it, so that it may lack anything.
    pub(crate) is_cut: bool,
}

/// A value, and how well the element fits that it stood in. The best stays, of equals the first.
#[derive(Debug)]
pub(crate) struct Ranked<T> {
    rank: u8,
    value: Option<T>,
}

/// A text and what it is written in.
#[derive(Debug, Default)]
pub(crate) struct RawText<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) markup: Markup,
    pub(crate) base: Base,
}

/// An address as written.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawAddress<'a> {
    pub(crate) href: Cow<'a, str>,
    pub(crate) base: Base,
}

/// A link and what it leads to.
#[derive(Debug, Default)]
pub(crate) struct RawLink<'a> {
    pub(crate) address: RawAddress<'a>,
    pub(crate) rel: Cow<'a, str>,
    pub(crate) content_type: Cow<'a, str>,
}

/// An author: what names them, in one text or several.
#[derive(Debug, Default)]
pub(crate) struct RawPerson<'a> {
    /// How well the element fits; only the best count.
    pub(crate) rank: u8,
    pub(crate) name: Cow<'a, str>,
    pub(crate) email: Cow<'a, str>,
    pub(crate) uri: Option<RawAddress<'a>>,
}

/// A category.
#[derive(Debug, Default)]
pub(crate) struct RawCategory<'a> {
    pub(crate) term: Cow<'a, str>,
    pub(crate) scheme: Cow<'a, str>,
    pub(crate) label: Cow<'a, str>,
}

/// A date as written and where it stood.
#[derive(Debug)]
pub(crate) struct RawDate<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) field: DateField,
}

/// A picture, sound or film.
#[derive(Debug, Default)]
pub(crate) struct RawMedia<'a> {
    /// How well the element fits; only the best count.
    pub(crate) rank: u8,
    pub(crate) address: RawAddress<'a>,
    pub(crate) content_type: Cow<'a, str>,
    pub(crate) length: Cow<'a, str>,
}

impl<T> Default for Ranked<T> {
    fn default() -> Self {
        Self { rank: u8::MAX, value: None }
    }
}

impl<T> Ranked<T> {
    /// Takes `value` in unless there is one that fits as well or better.
    pub(crate) fn offer(&mut self, rank: u8, value: T) {
        if rank < self.rank || self.value.is_none() {
            *self = Self { rank, value: Some(value) };
        }
    }

    /// The value, if there is any.
    pub(crate) fn get(&self) -> Option<&T> {
        self.value.as_ref()
    }
}

impl RawPart<'_> {
    /// Whether there is nothing to know it by: no identifier, no address, no text.
    pub(crate) fn is_blank(&self) -> bool {
        let texts = [&self.title, &self.summary, &self.content];
        self.id.get().is_none()
            && self.link.get().is_none()
            && texts.into_iter().all(|text| text.get().is_none_or(|text| text.text.trim().is_empty()))
    }

    /// Its language, empty for none.
    pub(crate) fn language(&self) -> &str {
        self.language.get().map_or("", |language| language.trim())
    }
}

/// Adds to a list that is long enough at [`MAX_LIST`].
pub(crate) fn push_capped<T>(list: &mut Vec<T>, element: T) {
    if list.len() < MAX_LIST {
        list.push(element);
    }
}
