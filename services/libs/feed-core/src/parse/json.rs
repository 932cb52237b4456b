//! JSON Feed 1.0 and 1.1, and what is meant to be one.

use serde_json::{Map, Value};

use super::{
    MAX_ITEMS, ParseError,
    entry::{RawDate, RawEntry, RawFeed, RawMedia, RawText},
    plain::Markup,
};

/// The object in `text`.
pub(crate) fn document(text: &str) -> Result<Map<String, Value>, ParseError> {
    let value: Value = serde_json::from_str(text).map_err(|error| ParseError::Json(error.to_string()))?;
    let Value::Object(document) = value else {
        return Err(ParseError::NotAFeed("a JSON list".to_owned()));
    };
    Ok(document)
}

/// Reads a JSON Feed: an object with a list of `items`. The version is not asked for, since many write it wrongly.
pub(crate) fn read(document: &Map<String, Value>) -> Result<RawFeed, ParseError> {
    let declared = string(document, "version").contains("jsonfeed.org");
    let Some(items) = document.get("items").and_then(Value::as_array) else {
        if declared {
            return Ok(feed_of(document, Vec::new()));
        }
        return Err(ParseError::NotAFeed("a JSON object without items".to_owned()));
    };
    let items = items.iter().filter_map(Value::as_object).take(MAX_ITEMS);
    Ok(feed_of(document, items.map(entry_of).collect()))
}

fn feed_of(document: &Map<String, Value>, entries: Vec<RawEntry>) -> RawFeed {
    RawFeed {
        title: text(string(document, "title"), Markup::Guessed),
        language: string(document, "language"),
        authors: authors_of(document),
        entries,
        ..RawFeed::default()
    }
}

fn entry_of(item: &Map<String, Value>) -> RawEntry {
    let html = string(item, "content_html");
    let content =
        if html.is_empty() { text(string(item, "content_text"), Markup::Plain) } else { text(html, Markup::Html) };
    let link = ["url", "external_url"].map(|name| string(item, name)).into_iter().find(|link| !link.is_empty());
    RawEntry {
        guid: string(item, "id"),
        link: link.map(|link| (link, None)),
        title: text(string(item, "title"), Markup::Guessed),
        summary: text(string(item, "summary"), Markup::Guessed),
        content,
        authors: authors_of(item),
        categories: strings(item.get("tags")),
        language: string(item, "language"),
        published: RawDate::Written(string(item, "date_published")),
        updated: RawDate::Written(string(item, "date_modified")),
        media: media_of(item),
        ..RawEntry::default()
    }
}

fn text(text: String, markup: Markup) -> RawText {
    RawText { text, markup }
}

/// The text under `name`; a number counts as its digits.
fn string(object: &Map<String, Value>, name: &str) -> String {
    match object.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let list = value.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Names under `authors` (1.1) and `author` (1.0), as objects, lists of objects or bare names.
fn authors_of(object: &Map<String, Value>) -> Vec<String> {
    let mut names = Vec::new();
    for key in ["authors", "author"] {
        let authors = match object.get(key) {
            Some(Value::Array(list)) => list.as_slice(),
            Some(single) => std::slice::from_ref(single),
            None => &[],
        };
        for author in authors {
            match author {
                Value::String(name) => names.push(name.clone()),
                Value::Object(author) => names.push(string(author, "name")),
                _ => {}
            }
        }
    }
    names.retain(|name| !name.trim().is_empty());
    names
}

/// Attachments and pictures of an item.
pub(crate) fn media_of(item: &Map<String, Value>) -> Vec<RawMedia> {
    let attachments = item.get("attachments").and_then(Value::as_array);
    let attachment = |value: &Value| {
        let attachment = value.as_object()?;
        Some(RawMedia {
            url: string(attachment, "url"),
            content_type: string(attachment, "mime_type"),
            length: string(attachment, "size_in_bytes"),
            base: None,
        })
    };
    let image = ["image", "banner_image"].map(|name| RawMedia { url: string(item, name), ..RawMedia::default() });
    let attached = attachments.into_iter().flatten().filter_map(attachment);
    attached.chain(image).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loose_feeds_are_read() {
        let text = r#"{"version": "http://jsonfeed.org/version/1", "authors": {"name": "Desk"}, "items": [
            {"id": 7, "content_text": "A\n\nB", "authors": ["Jane"]}, null, {"id": "8", "author": {"name": "Joe"}}]}"#;
        let feed = read(&document(text).unwrap()).unwrap();
        assert_eq!(feed.authors, ["Desk"]);
        let guids: Vec<_> = feed.entries.iter().map(|entry| entry.guid.as_str()).collect();
        assert_eq!(guids, ["7", "8"]);
        assert_eq!(feed.entries[0].authors, ["Jane"]);
        assert_eq!(feed.entries[1].authors, ["Joe"]);
    }

    #[test]
    fn other_json_is_no_feed() {
        assert!(matches!(read(&document("{\"a\": 1}").unwrap()), Err(ParseError::NotAFeed(_))));
        assert!(matches!(document("[1]"), Err(ParseError::NotAFeed(_))));
        assert!(matches!(document("{\"items\": ["), Err(ParseError::Json(_))));
    }
}
