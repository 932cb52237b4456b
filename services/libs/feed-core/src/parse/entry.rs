//! What every reader hands on, and how an item is made of it.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use news_model::{FeedId, FieldHashes, Item, ItemId, ItemKeys, Media};
use url::Url;

use crate::identity::{self, Guids};

use super::{
    dates::parse_date,
    plain::{Markup, plain_line, plain_text},
};

/// A feed as a reader found it, nothing resolved or cleaned.
#[derive(Debug, Default)]
pub(crate) struct RawFeed {
    pub(crate) title: RawText,
    pub(crate) language: String,
    pub(crate) ttl_minutes: String,
    /// Authors that hold for every entry without its own.
    pub(crate) authors: Vec<String>,
    pub(crate) entries: Vec<RawEntry>,
    /// Whether something had to be guessed, dropped or closed to read the document.
    pub(crate) repaired: bool,
}

/// An entry as a reader found it.
#[derive(Debug, Default)]
pub(crate) struct RawEntry {
    pub(crate) guid: String,
    /// Whether the guid is said to be no address.
    pub(crate) guid_is_opaque: bool,
    /// Address as written, and the base it is relative to.
    pub(crate) link: Option<(String, Option<Url>)>,
    pub(crate) title: RawText,
    pub(crate) summary: RawText,
    pub(crate) content: RawText,
    pub(crate) authors: Vec<String>,
    pub(crate) categories: Vec<String>,
    pub(crate) language: String,
    pub(crate) published: RawDate,
    pub(crate) updated: RawDate,
    pub(crate) media: Vec<RawMedia>,
}

/// A text and what it is written in.
#[derive(Debug, Default)]
pub(crate) struct RawText {
    pub(crate) text: String,
    pub(crate) markup: Markup,
}

/// A date as written, or as [`parse_date`] read it on behalf of another parser.
#[derive(Debug)]
pub(crate) enum RawDate {
    Written(String),
    Read(Option<DateTime<Utc>>),
}

/// A picture, sound or film, its address as written.
#[derive(Debug, Default)]
pub(crate) struct RawMedia {
    pub(crate) url: String,
    pub(crate) base: Option<Url>,
    pub(crate) content_type: String,
    pub(crate) length: String,
}

/// The items of `feed` in document order, each story once.
pub(crate) fn items_of(feed: &RawFeed, id: &FeedId, base_url: &Url) -> Vec<Item> {
    let entries = feed.entries.iter().filter(|entry| !entry.is_blank());
    identity::settle(entries.map(|entry| item_of(entry, feed, id, base_url)).collect(), Guids::Telling)
}

fn item_of(entry: &RawEntry, feed: &RawFeed, id: &FeedId, base_url: &Url) -> Item {
    let guid = entry.guid.trim().to_owned();
    let url = entry_url(entry, &guid, base_url);
    let title = plain_line(&entry.title.text, entry.title.markup);
    let content = plain_text(&entry.content.text, entry.content.markup);
    let mut summary = plain_text(&entry.summary.text, entry.summary.markup);
    if summary == content {
        summary.clear();
    }
    let authors = if entry.authors.is_empty() { &feed.authors } else { &entry.authors };
    let authors = names_of(authors.iter().map(|author| author_name(author)));
    let categories = names_of(entry.categories.iter().map(String::as_str));
    let language = [&entry.language, &feed.language]
        .into_iter()
        .map(|language| language.trim())
        .find(|language| !language.is_empty());
    let item = Item {
        id: ItemId::default(),
        feed: id.clone(),
        guid,
        url,
        canonical_url: String::new(),
        title,
        summary,
        content,
        authors,
        categories,
        language: language.unwrap_or_default().to_lowercase(),
        published_at: entry.published.read(),
        updated_at: entry.updated.read(),
        media: media_of(entry, base_url),
        truncated: Vec::new(),
        fingerprint: 0,
        keys: ItemKeys::default(),
        fields: FieldHashes::default(),
    };
    identity::mark(item).capped()
}

impl Default for RawDate {
    fn default() -> Self {
        Self::Written(String::new())
    }
}

impl RawDate {
    /// Whether nothing was written.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Written(text) if text.is_empty())
    }

    fn read(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::Written(text) => parse_date(text),
            Self::Read(date) => *date,
        }
    }
}

impl RawEntry {
    /// Whether there is nothing to know it by: no identifier, no address, no text.
    fn is_blank(&self) -> bool {
        let texts = [&self.guid, &self.title.text, &self.summary.text, &self.content.text];
        let linked = self.link.as_ref().is_some_and(|(link, _)| !link.trim().is_empty());
        !linked && texts.into_iter().all(|text| text.trim().is_empty())
    }
}

/// The address of the story: its link, or a guid that is an address and not said to be none.
fn entry_url(entry: &RawEntry, guid: &str, base_url: &Url) -> String {
    if let Some((link, base)) = &entry.link
        && let Some(url) = absolute(link, base.as_ref().unwrap_or(base_url))
    {
        return url;
    }
    let permalink = guid.starts_with("http") && !entry.guid_is_opaque;
    let url = permalink.then(|| absolute(guid, base_url)).flatten();
    url.unwrap_or_default()
}

/// `link` against `base`, or `None` when that is no http or https address.
fn absolute(link: &str, base: &Url) -> Option<String> {
    let link = link.trim();
    if link.is_empty() {
        return None;
    }
    let url = base.join(link).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.into())
}

fn media_of(entry: &RawEntry, base_url: &Url) -> Vec<Media> {
    let mut known = HashSet::new();
    let medium = |raw: &RawMedia| {
        let url = absolute(&raw.url, raw.base.as_ref().unwrap_or(base_url))?;
        Some(Media {
            url,
            content_type: raw.content_type.trim().to_ascii_lowercase(),
            length_bytes: raw.length.trim().parse().unwrap_or(0),
        })
    };
    let media = entry.media.iter().filter_map(medium);
    media.filter(|medium| known.insert(medium.url.clone())).collect()
}

/// Names as plain text on one line each, blank and repeated ones left out.
fn names_of<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut kept = Vec::new();
    let mut known = HashSet::new();
    for name in names {
        let name = plain_line(name, Markup::Guessed);
        if !name.is_empty() && known.insert(name.clone()) {
            kept.push(name);
        }
    }
    kept
}

/// The name in `jane@paper.example (Jane Doe)` or `Jane Doe <jane@paper.example>`, or the text as it is.
fn author_name(author: &str) -> &str {
    let author = author.trim();
    if !author.contains('@') {
        return author;
    }
    if let Some((address, name)) = author.split_once('(')
        && address.contains('@')
    {
        let name = name.trim().trim_end_matches(')').trim();
        return if name.is_empty() { address.trim() } else { name };
    }
    match author.split_once('<') {
        Some((name, _)) if !name.trim().is_empty() => name.trim().trim_matches('"'),
        _ => author,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base() -> Url {
        Url::parse("https://paper.example/feeds/rss.xml").unwrap()
    }

    fn only(entry: RawEntry) -> Item {
        let feed = RawFeed { entries: vec![entry], ..RawFeed::default() };
        items_of(&feed, &"a".parse().unwrap(), &base()).remove(0)
    }

    fn linked(link: &str) -> RawEntry {
        RawEntry { link: Some((link.to_owned(), None)), ..RawEntry::default() }
    }

    #[test]
    fn authors_lose_their_addresses() {
        assert_eq!(author_name("jane@paper.example (Jane Doe)"), "Jane Doe");
        assert_eq!(author_name("Jane Doe <jane@paper.example>"), "Jane Doe");
        assert_eq!(author_name("é—jane@paper.example"), "é—jane@paper.example");
    }

    #[test]
    fn links_are_absolute_http_or_nothing() {
        assert_eq!(only(linked("../a?b=1")).url, "https://paper.example/a?b=1");
        assert_eq!(only(linked("javascript:alert(1)")).url, "");
    }

    #[test]
    fn a_guid_that_is_an_address_stands_in_for_a_missing_link() {
        let entry = |opaque| RawEntry {
            guid: "https://paper.example/1".to_owned(),
            guid_is_opaque: opaque,
            ..RawEntry::default()
        };
        assert_eq!(only(entry(false)).url, "https://paper.example/1");
        assert_eq!(only(entry(true)).url, "");
    }

    #[test]
    fn a_summary_that_repeats_the_content_is_dropped() {
        let html = |text: &str| RawText { text: text.to_owned(), markup: Markup::Html };
        let item = only(RawEntry { summary: html("<p>Same</p>"), content: html("Same"), ..linked("/x") });
        assert_eq!((item.summary.as_str(), item.content.as_str()), ("", "Same"));
    }
}
