//! A feed as it was read, every field of it, for people and programs that look at feeds rather than at news.

use chrono::{DateTime, Utc};
use news_model::{Category, Media, Person};
use url::Url;

use super::{
    FeedFormat, Reading,
    dates::read_date,
    html::{Markup, clean},
    people::people_of,
    raw::{Ranked, RawCategory, RawDate, RawFeed, RawMedia, RawPart, RawText},
};

/// A feed and its entries.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// What the feed says of itself.
    pub feed: Part,
    /// Its entries in document order.
    pub entries: Vec<Part>,
    /// Addresses of the sitemaps it lists, if it is an index of them.
    pub sitemaps: Vec<String>,
    /// What it is written in.
    pub format: FeedFormat,
    /// How it could be read.
    pub reading: Reading,
    /// Name of the charset it was decoded by.
    pub charset: &'static str,
}

/// A link, and what it leads to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// Absolute address.
    pub href: String,
    /// How what is there is related to the feed or entry; empty for not said.
    pub rel: String,
    /// Its media type, or empty.
    pub content_type: String,
}

/// What feeds and entries have alike. Texts are safe HTML, or plain where they were declared so; all are empty where there is nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    /// Identifier as given.
    pub id: String,
    /// Absolute address of the page.
    pub link: String,
    /// All links, that to the page among them.
    pub links: Vec<Link>,
    /// Headline or name.
    pub title: String,
    /// Teaser or subtitle.
    pub summary: String,
    /// Full text.
    pub content: String,
    /// Authors.
    pub authors: Vec<Person>,
    /// Categories.
    pub categories: Vec<Category>,
    /// Declared language.
    pub language: String,
    /// Date of publication.
    pub published: Option<DateTime<Utc>>,
    /// Date of change.
    pub updated: Option<DateTime<Utc>>,
    /// Pictures, sounds and films.
    pub media: Vec<Media>,
    /// Whether the document breaks off in it: what is there is whole, and anything may be missing. No item is made of such an entry.
    pub is_cut: bool,
}

pub(crate) fn document_of(feed: &RawFeed<'_>, format: FeedFormat, reading: Reading, charset: &'static str) -> Document {
    let entries = feed.entries.iter().map(part_of).collect();
    let addresses = feed.sitemaps.iter().filter_map(|sitemap| sitemap.address.as_ref());
    let sitemaps = addresses.filter_map(|address| address.base.resolve(&address.href)).map(Into::into);
    Document { feed: part_of(&feed.own), entries, sitemaps: sitemaps.collect(), format, reading, charset }
}

fn part_of(part: &RawPart<'_>) -> Part {
    let links = part.links.iter().filter_map(|link| {
        let href = link.address.base.resolve_or_self(&link.address.href)?.into_owned();
        Some(Link { href, rel: link.rel.trim().to_owned(), content_type: link.content_type.trim().to_owned() })
    });
    Part {
        id: part.id.get().map(|id| id.trim().to_owned()).unwrap_or_default(),
        link: link_of(part).unwrap_or_default(),
        links: links.collect(),
        title: shown(&part.title),
        summary: shown(&part.summary),
        content: shown(&part.content),
        authors: people_of(&part.authors),
        categories: categories_of(&part.categories),
        language: part.language().to_owned(),
        published: part.published.get().and_then(date_of),
        updated: part.updated.get().and_then(date_of),
        media: part.media.iter().filter_map(medium_of).collect(),
        is_cut: part.is_cut,
    }
}

/// The text as it is to be shown: safe HTML, or plain text to the letter.
fn shown(text: &Ranked<RawText<'_>>) -> String {
    match text.get() {
        None => String::new(),
        Some(text) if text.markup == Markup::Plain => text.text.trim().to_owned(),
        Some(text) => clean(&text.text, text.markup, &text.base).html,
    }
}

/// The address of the page: its link, or an id that is an address and not said to be none.
fn link_of(part: &RawPart<'_>) -> Option<String> {
    if let Some(link) = part.link.get() {
        return link.base.resolve(&link.href).map(Into::into);
    }
    let id = part.id.get().map(|id| id.trim()).filter(|id| id.starts_with("http") && !part.id_is_opaque)?;
    Some(id.to_owned())
}

/// The story's address by the rules for items: absolute http or https, normalised.
pub(crate) fn web_link_of(part: &RawPart<'_>, id: &str) -> String {
    if let Some(link) = part.link.get()
        && let Some(url) = link.base.web_address(&link.href)
    {
        return url;
    }
    let permalink = id.starts_with("http") && !part.id_is_opaque;
    let url = permalink.then(|| Url::parse(id).ok()).flatten();
    url.filter(|url| matches!(url.scheme(), "http" | "https")).map(Into::into).unwrap_or_default()
}

pub(crate) fn categories_of(raw: &[RawCategory<'_>]) -> Vec<Category> {
    let text = |text: &str| super::html::plain_line(text, Markup::Guessed);
    let category = |raw: &RawCategory<'_>| Category {
        term: text(&raw.term),
        scheme: raw.scheme.trim().to_owned(),
        label: text(&raw.label),
    };
    raw.iter().map(category).collect()
}

fn date_of(date: &RawDate<'_>) -> Option<DateTime<Utc>> {
    read_date(&date.text).map(|date| date.at)
}

fn medium_of(raw: &RawMedia<'_>) -> Option<Media> {
    let url = raw.address.base.resolve(&raw.address.href).filter(|url| !url.is_empty())?;
    Some(Media {
        url: url.into_owned(),
        content_type: raw.content_type.trim().to_owned(),
        length_bytes: raw.length.trim().parse().unwrap_or(0),
    })
}

/// Media of items: absolute web addresses, each once, those of the best elements alone.
pub(crate) fn web_media_of(raw: &[RawMedia<'_>]) -> Vec<Media> {
    let best = raw.iter().map(|medium| medium.rank).min().unwrap_or(0);
    let mut known = std::collections::HashSet::new();
    let medium = |raw: &RawMedia<'_>| {
        let url = raw.address.base.web_address(&raw.address.href)?;
        Some(Media {
            url,
            content_type: raw.content_type.trim().to_ascii_lowercase(),
            length_bytes: raw.length.trim().parse().unwrap_or(0),
        })
    };
    let media = raw.iter().filter(|medium| medium.rank == best).filter_map(medium);
    media.filter(|medium| known.insert(medium.url.clone())).collect()
}
