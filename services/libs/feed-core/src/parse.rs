//! Bytes to items: whatever a publisher serves, well-formed or not.
//!
//! ```text
//! bytes ─decode─► text ─xml, json─► raw entries ─┬─entry (html, dates, people)─► items
//!                                                └─document─► every field of the feed
//! ```
//!
//! One lenient reader reads RSS, RDF, Atom, CDF and sitemaps, another JSON Feed. Both close, drop and guess where a document is ill-formed,
//! and tell how far they had to go ([`Reading`]).

mod base;
mod dates;
mod decode;
mod document;
mod entry;
mod html;
mod json;
mod markup;
mod people;
mod raw;
mod references;
mod sitemaps;
mod xml;

use std::{borrow::Cow, time::Duration};

use chrono::{DateTime, Utc};
use news_model::{FeedId, Item};
use url::Url;

use crate::channel::{self, Channel};

use base::Base;
use raw::{RawFeed, Trouble};

pub use dates::{ReadDate, read_date};
pub use document::{Document, Link, Part};
pub use sitemaps::ListedSitemap;

pub(crate) use markup::{Tag, Token, Tokens, attribute};

/// Most items that are read from one body; those behind are left for nobody, since no feed in use lists so many.
pub const MAX_ITEMS: usize = 10_000;

/// Longest `ttl` that is believed: a week. Beyond it stand typing errors and units mixed up.
const LONGEST_TTL: Duration = Duration::from_hours(168);

/// What is known of a body beside its bytes.
#[derive(Clone, Copy, Debug)]
pub struct ParseContext<'a> {
    /// Feed the body belongs to; item ids follow from it.
    pub feed: &'a FeedId,
    /// Address that answered; relative links are resolved against it.
    pub base_url: &'a Url,
    /// `Content-Type` of the answer.
    pub content_type: Option<&'a str>,
    /// When the body was read.
    pub now: DateTime<Utc>,
}

/// What a body held.
#[derive(Clone, Debug, PartialEq)]
pub struct ParsedFeed {
    /// Name of the feed, plain text on one line; empty for none.
    pub title: String,
    /// Items within their caps, in document order, each id once.
    pub items: Vec<Item>,
    /// What the feed says of itself for those who poll it.
    pub channel: Channel,
    /// How long the publisher says the body stays good (RSS `ttl`).
    pub ttl: Option<Duration>,
    /// The sitemaps that it lists, if it is an index of them, those that changed last first.
    pub sitemaps: Vec<ListedSitemap>,
    /// What it is written in.
    pub format: FeedFormat,
    /// How it could be read.
    pub reading: Reading,
    /// Name of the charset it was decoded by.
    pub charset: &'static str,
}

/// What a feed is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FeedFormat {
    /// RSS 0.91 to 2.0.
    Rss,
    /// RSS 0.90 or 1.0, in RDF.
    Rdf,
    /// Atom 0.3 or 1.0.
    Atom,
    /// JSON Feed.
    Json,
    /// Channel Definition Format.
    Cdf,
    /// A sitemap, perhaps of news, or an index of sitemaps, which has no items.
    Sitemap,
}

/// How a body could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reading {
    /// As it stood: nothing was wrong as far as the readers look.
    Standard,
    /// As it stood, save for letters that meant nothing, were put right or belied the declared charset.
    Lenient,
    /// With something guessed, dropped or closed; complete items are all there.
    Repaired,
}

/// Why a body gave no feed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// There was nothing but white space.
    #[error("the body is empty")]
    Empty,
    /// It is something else.
    #[error("not a feed: it looks like {0}")]
    NotAFeed(String),
    /// It is JSON that breaks off or is ill-formed.
    #[error("malformed JSON: {0}")]
    Json(String),
}

impl FeedFormat {
    /// Name for labels and records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rss => "rss",
            Self::Rdf => "rdf",
            Self::Atom => "atom",
            Self::Json => "json",
            Self::Cdf => "cdf",
            Self::Sitemap => "sitemap",
        }
    }
}

impl Reading {
    /// Name for labels and records.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Lenient => "lenient",
            Self::Repaired => "repaired",
        }
    }
}

/// Reads the feed in `body`.
///
/// A feed without items is a feed. Dates are the publisher's, also in the future. Work and memory are linear in the body, whose
/// size the caller bounds.
///
/// # Errors
/// When the body is no feed, with what it looks like.
pub fn parse(body: &[u8], context: &ParseContext<'_>) -> Result<ParsedFeed, ParseError> {
    read(body, Some(context.base_url), context.content_type, |read| {
        let minutes: Option<u64> = read.feed.ttl_minutes.trim().parse().ok();
        let ttl = minutes
            .filter(|minutes| *minutes > 0)
            .map(|minutes| Duration::from_secs(minutes.saturating_mul(60)).min(LONGEST_TTL));
        let title = read.feed.own.title.get();
        // RSS names the editor of the channel, who is not the author of its items (RFC 4287, 4.2.1, has it otherwise).
        let hands_authors_down = matches!(read.format, FeedFormat::Atom | FeedFormat::Json);
        ParsedFeed {
            title: title.map(|title| html::plain_line(&title.text, title.markup)).unwrap_or_default(),
            items: entry::items_of(read.feed, context.feed, context.now, hands_authors_down),
            channel: read.hints.channel(context.base_url),
            ttl,
            sitemaps: sitemaps::listed(&read.feed.sitemaps, context.base_url),
            format: read.format,
            reading: read.reading,
            charset: read.charset,
        }
    })
}

/// Reads every field of the feed in `body`, which came with `content_type` from `base_url`; without an address relative links stay relative.
///
/// # Errors
/// As [`parse`].
pub fn read_document(body: &[u8], base_url: Option<&Url>, content_type: Option<&str>) -> Result<Document, ParseError> {
    read(body, base_url, content_type, |read| document::document_of(read.feed, read.format, read.reading, read.charset))
}

/// A document read, not yet made items of.
struct Read<'a> {
    format: FeedFormat,
    feed: &'a RawFeed<'a>,
    reading: Reading,
    charset: &'static str,
    hints: Hints<'a>,
}

/// Where a document says what its pollers want to know.
#[derive(Clone, Copy)]
enum Hints<'a> {
    Xml(&'a str),
    Json { next_url: Option<&'a str> },
}

impl Hints<'_> {
    fn channel(self, base_url: &Url) -> Channel {
        match self {
            Self::Xml(text) => channel::of_xml(text, base_url),
            Self::Json { next_url } => channel::of_json(next_url, base_url),
        }
    }
}

fn read<T>(
    body: &[u8],
    base_url: Option<&Url>,
    content_type: Option<&str>,
    make: impl FnOnce(&Read<'_>) -> T,
) -> Result<T, ParseError> {
    let decoded = decode::decode(body, content_type);
    let text = one_line_end(&decoded.text);
    let start = text.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
    let base = Base::of(base_url);
    let finish = |format, feed: &RawFeed<'_>, trouble: Trouble, hints| {
        let reading = match trouble {
            Trouble::None if decoded.repaired => Reading::Lenient,
            Trouble::None => Reading::Standard,
            Trouble::Structure => Reading::Repaired,
        };
        make(&Read { format, feed, reading, charset: decoded.charset, hints })
    };
    if start.is_empty() {
        return Err(ParseError::Empty);
    }
    if is_json(start) {
        let (document, trouble) = json::document(start)?;
        let feed = json::read(&document, &base)?;
        let next_url = document.get("next_url").and_then(serde_json::Value::as_str);
        return Ok(finish(FeedFormat::Json, &feed, trouble, Hints::Json { next_url }));
    }
    let (format, feed) = xml::read(start, &base)?;
    Ok(finish(format, &feed, feed.trouble, Hints::Xml(start)))
}

/// `text` with every line ended by a line feed (XML 1.0, 2.11); in JSON no other line end means anything.
fn one_line_end(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        return Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n"));
    }
    Cow::Borrowed(text)
}

/// Whether `text` is JSON, perhaps in a call or behind junk, rather than XML.
fn is_json(text: &str) -> bool {
    const HEAD_BYTES: usize = 4_096;
    if text.starts_with(['{', '[']) {
        return true;
    }
    let head = text.get(..text.floor_char_boundary(HEAD_BYTES)).unwrap_or_default();
    let brace = head.find('{');
    brace.is_some_and(|brace| {
        !head.split_at(brace).0.contains('<') && head.contains("\"items\"") || head.contains("jsonfeed.org")
    }) && !head.trim_start().starts_with('<')
}

/// The plain text of `html` on a single line, as a person reads the texts of a [`Document`].
#[must_use]
pub fn plain_line(html: &str) -> String {
    html::plain_line(html, html::Markup::Html)
}

/// The text of a file that may be in any charset.
pub(crate) fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    decode::decode(bytes, None).text
}
