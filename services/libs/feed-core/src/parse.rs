//! Bytes to items: whatever a publisher serves, well-formed or not.
//!
//! ```text
//!                       ┌─ fit ────► standard (feed-rs) ─┐
//! bytes ─decode─► text ─┤                                ├─► raw entries ─entry (plain, dates)─► items
//!                       └─ others ─► xml (markup), json ─┘
//! ```
//!
//! A document that feed-rs reads rightly is read by it: RSS 2.0, RSS 1.0, Atom 1.0 and JSON Feed, well-formed and free of what
//! [`standard`] lists. Every other one is read by the lenient readers, which close, drop and guess. Whoever reads, identity and fields are
//! decided behind the readers in `entry`, and both give the same items for a document that both can read: a feed that breaks for
//! a day changes its reader, and publishes no revision for it.

mod dates;
mod decode;
mod entry;
mod json;
mod markup;
mod plain;
mod references;
mod standard;
mod xml;

use std::time::Duration;

use chrono::{DateTime, Utc};
use news_model::{FeedId, Item};
use url::Url;

use entry::RawFeed;

pub use dates::parse_date;

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
    /// How long the publisher says the body stays good (RSS `ttl`).
    pub ttl: Option<Duration>,
    /// What it is written in.
    pub format: FeedFormat,
    /// Which reader read it, and whether it had to be repaired.
    pub reading: Reading,
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
}

/// How a body could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reading {
    /// By the standard parser, as it stood.
    Standard,
    /// By the lenient reader, as it stood.
    Lenient,
    /// By the lenient reader, with something guessed, dropped or closed; complete items are all there.
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
    let text = decode::decode(body, context.content_type);
    let start = text.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '\u{feff}');
    let read = match start.chars().next() {
        None => return Err(ParseError::Empty),
        Some('{' | '[') => read_json(start)?,
        Some(_) => read_xml(start)?,
    };
    Ok(finish(&read, context))
}

/// A document read, not yet made items of.
struct Read {
    format: FeedFormat,
    feed: RawFeed,
    reading: Reading,
}

fn read_xml(text: &str) -> Result<Read, ParseError> {
    if let Some((format, feed)) = standard::read_xml(text) {
        return Ok(Read { format, feed, reading: Reading::Standard });
    }
    let (format, feed) = xml::read(text)?;
    let reading = if feed.repaired { Reading::Repaired } else { Reading::Lenient };
    Ok(Read { format, feed, reading })
}

fn read_json(text: &str) -> Result<Read, ParseError> {
    let document = json::document(text)?;
    let (feed, reading) = match standard::read_json(text, &document) {
        Some(feed) => (feed, Reading::Standard),
        None => (json::read(&document)?, Reading::Lenient),
    };
    Ok(Read { format: FeedFormat::Json, feed, reading })
}

/// The text of a file that may be in any charset.
pub(crate) fn text_of(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    decode::decode(bytes, None)
}

fn finish(read: &Read, context: &ParseContext<'_>) -> ParsedFeed {
    let Read { format, feed, reading } = read;
    let minutes: Option<u64> = feed.ttl_minutes.trim().parse().ok();
    let ttl = minutes
        .filter(|minutes| *minutes > 0)
        .map(|minutes| Duration::from_secs(minutes.saturating_mul(60)).min(LONGEST_TTL));
    ParsedFeed {
        title: plain::plain_line(&feed.title.text, feed.title.markup),
        items: entry::items_of(feed, context.feed, context.base_url),
        ttl,
        format: *format,
        reading: *reading,
    }
}
