//! The standard parser, feed-rs, for the documents that it reads as our lenient readers do.
//!
//! Texts, dates, links, names and categories are feed-rs's. A date is read by our own rules, an identifier is never made up, and the
//! markup of a text is what its element declares. What it gets wrong or drops is settled by a look at the document before
//! (`xml::survey`, and [`fits`] for JSON):
//!
//! | feed-rs | here |
//! |---|---|
//! | refuses or empties RSS 0.9x, RSS without a version, Atom 0.3, odd default namespaces | lenient |
//! | loses every item to one bare `&`, bad reference, missing end tag, cut | lenient |
//! | takes an undeclared prefix for none, a namespace by its exact name only | lenient |
//! | decodes again by the XML declaration | is handed the root element alone, decoded |
//! | makes up random ids | a generator that gives none |
//! | drops `isPermaLink` and `rdf:about` | noted by the survey |
//! | drops `medium=`, lone thumbnails, enclosures beside Media RSS, pictures of JSON Feed | all media noted by the survey |
//! | keeps the last of repeated fields, ours the first that says something | lenient |
//! | drops `dc:subject`, `dc:date` beside `pubDate`, `category` in RSS 1.0, `dcterms:*`, stand-ins by `media:` and `itunes:` | lenient, stand-ins only where the field is missing |
//! | drops RSS 1.0 items without a link | lenient, known by the count |
//! | keeps text up to the first element only, writes inline markup anew | lenient |
//! | an error on `type=` other than text and html, or `src` beside text | lenient |
//! | resolves no `xml:base` in texts, no `xml:lang` but the root's | lenient |
//! | takes mail addresses out of RSS and JSON names, and panics on some | lenient; guarded |
//! | puts `content_text` into the summary, drops an item's language | lenient |
//! | recurses into Media RSS and iTunes elements | bounded depth |

use std::panic::{UnwindSafe, catch_unwind};

use feed_rs::{
    model::{Content, Entry, Feed, Link, Person, Text},
    parser,
};
use serde_json::{Map, Value};

use super::{
    FeedFormat, MAX_ITEMS,
    dates::parse_date,
    entry::{RawDate, RawEntry, RawFeed, RawText},
    json::media_of,
    plain::Markup,
    xml::{Kind, MAX_LIST, Noted, is_plain_address, survey},
};

/// What a document is written in, as far as the meaning of its fields goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    Rss2,
    Rdf,
    Atom,
    Json,
}

/// Reads the XML document in `text`, or leaves it to the lenient reader.
pub(crate) fn read_xml(text: &str) -> Option<(FeedFormat, RawFeed)> {
    let survey = survey(text).ok()?;
    let (format, dialect) = match survey.kind {
        Kind::Rss2 => (FeedFormat::Rss, Dialect::Rss2),
        Kind::Rdf => (FeedFormat::Rdf, Dialect::Rdf),
        Kind::Atom => (FeedFormat::Atom, Dialect::Atom),
    };
    let feed = guarded(survey.document, parse)?;
    Some((format, feed_of(dialect, feed, survey.entries)?))
}

/// Reads the JSON Feed in `text`, which holds `document`, or leaves it to the lenient reader.
pub(crate) fn read_json(text: &str, document: &Map<String, Value>) -> Option<RawFeed> {
    let items = document.get("items")?.as_array()?;
    let objects: Vec<_> = items.iter().filter_map(Value::as_object).collect();
    let fit = objects.len() <= MAX_ITEMS && authors_fit(document) && objects.iter().all(|item| fits(item));
    if !fit {
        return None;
    }
    let noted = objects.into_iter().map(|item| Noted { media: media_of(item), ..Noted::default() });
    feed_of(Dialect::Json, guarded(text, parse)?, noted.collect())
}

/// What `parse` makes of `text`, nothing where it panics.
///
/// feed-rs slices names at bytes that need not be the ends of characters, and asserts what a document can refute. It is called with a
/// borrowed text and a parser of its own, so nothing half-done outlives the panic.
fn guarded(text: &str, parse: impl FnOnce(&str) -> Option<Feed> + UnwindSafe) -> Option<Feed> {
    catch_unwind(|| parse(text)).ok().flatten()
}

fn parse(text: &str) -> Option<Feed> {
    let builder = parser::Builder::new().timestamp_parser(parse_date).id_generator(|_, _, _| String::new());
    builder.build().parse(text.as_bytes()).ok()
}

/// Whether an item of a JSON Feed means the same to both readers.
fn fits(item: &Map<String, Value>) -> bool {
    let has = |name| item.get(name).is_some_and(|value| !value.is_null());
    let address = |name| match item.get(name) {
        Some(Value::String(address)) => address.is_empty() || (is_plain_address(address) && !address.trim().is_empty()),
        _ => true,
    };
    let texts = has("content_html") && has("content_text");
    !texts && !has("language") && address("url") && address("external_url") && authors_fit(item)
}

fn authors_fit(object: &Map<String, Value>) -> bool {
    let list = object.get("authors").and_then(Value::as_array).into_iter().flatten();
    let single = object.get("author");
    let both = single.is_some_and(|author| !author.is_null()) && object.contains_key("authors");
    let addressed = |author: &Value| author.get("name").and_then(Value::as_str).is_some_and(|name| name.contains('@'));
    !both && !list.chain(single).any(addressed)
}

/// The feed that feed-rs gave, with what was noted of each entry; nothing where it dropped entries.
fn feed_of(dialect: Dialect, feed: Feed, noted: Vec<Noted>) -> Option<RawFeed> {
    if feed.entries.len() != noted.len() {
        return None;
    }
    // Only Atom and JSON Feed hand a feed's author down to its entries.
    let authors = match dialect {
        Dialect::Rss2 | Dialect::Rdf => Vec::new(),
        Dialect::Atom | Dialect::Json => names_of(feed.authors),
    };
    let entries = feed.entries.into_iter().zip(noted);
    Some(RawFeed {
        title: text_of(dialect, feed.title, title_markup(dialect)),
        language: feed.language.unwrap_or_default(),
        ttl_minutes: feed.ttl.map(|ttl| ttl.to_string()).unwrap_or_default(),
        authors,
        entries: entries.map(|(entry, noted)| entry_of(dialect, entry, noted)).collect(),
        repaired: false,
    })
}

fn entry_of(dialect: Dialect, entry: Entry, noted: Noted) -> RawEntry {
    let guid = if entry.id.trim().is_empty() { noted.about } else { entry.id };
    let link = entry.links.into_iter().find(|link| is_story(dialect, link));
    let summary = match dialect {
        Dialect::Json => Markup::Guessed,
        Dialect::Rss2 | Dialect::Rdf | Dialect::Atom => Markup::Html,
    };
    // feed-rs copies the one date of RSS into the other.
    let updated = match dialect {
        Dialect::Rss2 | Dialect::Rdf => None,
        Dialect::Atom | Dialect::Json => entry.updated,
    };
    let categories = entry.categories.into_iter().map(|category| {
        let label = category.label.filter(|label| !label.trim().is_empty());
        label.unwrap_or(category.term)
    });
    let categories = categories.filter(|name| !name.trim().is_empty()).take(MAX_LIST);
    RawEntry {
        guid,
        guid_is_opaque: noted.guid_is_opaque,
        link: link.map(|link| (link.href, None)),
        title: text_of(dialect, entry.title, title_markup(dialect)),
        summary: text_of(dialect, entry.summary, summary),
        content: content_of(entry.content),
        authors: entry_authors(dialect, entry.authors),
        categories: categories.collect(),
        language: String::new(),
        published: RawDate::Read(entry.published),
        updated: RawDate::Read(updated),
        media: noted.media,
    }
}

/// Whether a link leads to the story itself.
fn is_story(dialect: Dialect, link: &Link) -> bool {
    let fit = match dialect {
        Dialect::Rss2 | Dialect::Rdf => link.target.is_none(),
        Dialect::Atom => link.rel.as_deref().is_some_and(|rel| matches!(rel.trim(), "" | "alternate")),
        // Attachments are links with a type.
        Dialect::Json => link.media_type.is_none(),
    };
    // The first of Atom counts even when it leads nowhere, as it does for the lenient reader.
    fit && (dialect == Dialect::Atom || !link.href.trim().is_empty())
}

fn title_markup(dialect: Dialect) -> Markup {
    match dialect {
        Dialect::Rss2 | Dialect::Rdf | Dialect::Json => Markup::Guessed,
        Dialect::Atom => Markup::Html,
    }
}

/// A text in `markup`, save that Atom says itself what it is in.
fn text_of(dialect: Dialect, text: Option<Text>, markup: Markup) -> RawText {
    let Some(text) = text else {
        return RawText::default();
    };
    let plain = dialect == Dialect::Atom && text.content_type.as_str() == "text/plain";
    RawText { text: text.content, markup: if plain { Markup::Plain } else { markup } }
}

fn content_of(content: Option<Content>) -> RawText {
    let Some(content) = content else {
        return RawText::default();
    };
    let plain = content.content_type.as_str() == "text/plain";
    RawText { text: content.body.unwrap_or_default(), markup: if plain { Markup::Plain } else { Markup::Html } }
}

fn entry_authors(dialect: Dialect, people: Vec<Person>) -> Vec<String> {
    let unnamed = people.iter().all(|person| person.name.as_ref().is_none_or(|name| name.trim().is_empty()));
    if dialect == Dialect::Atom && unnamed {
        let addresses = people.into_iter().filter_map(|person| person.email);
        return addresses.filter(|address| !address.trim().is_empty()).take(MAX_LIST).collect();
    }
    names_of(people)
}

fn names_of(people: Vec<Person>) -> Vec<String> {
    let names = people.into_iter().filter_map(|person| person.name);
    names.filter(|name| !name.trim().is_empty()).take(MAX_LIST).collect()
}

#[cfg(test)]
mod tests;
