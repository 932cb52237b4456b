//! JSON Feed 1.0 and 1.1, and what is meant to be one.

mod kept;
mod loose;

use std::borrow::Cow;

use news_model::DateField;
use serde_json::{Map, Value};

use super::{
    MAX_ITEMS, ParseError,
    base::Base,
    html::Markup,
    raw::{
        RawAddress, RawCategory, RawDate, RawFeed, RawLink, RawMedia, RawPart, RawPerson, RawText, Trouble, push_capped,
    },
};

/// The object in `text`, and what was wrong with the text.
pub(crate) fn document(text: &str) -> Result<(Map<String, Value>, Trouble), ParseError> {
    let (value, trouble) = match kept::read(text) {
        Ok((value, true)) => (value, Trouble::None),
        Ok((value, false)) => (value, Trouble::Structure),
        Err(error) => match loose::read(text) {
            Some(value) => (value, Trouble::Structure),
            None => return Err(ParseError::Json(error.to_string())),
        },
    };
    match value {
        Value::Object(document) => Ok((document, trouble)),
        _ => Err(ParseError::NotAFeed("a JSON list".to_owned())),
    }
}

/// Reads a JSON Feed: an object with a list of `items`. The version is not asked for, since many write it wrongly.
pub(crate) fn read<'a>(document: &'a Map<String, Value>, base: &Base) -> Result<RawFeed<'a>, ParseError> {
    let declared = string(document, "version").contains("jsonfeed.org");
    let items = match document.get("items").and_then(Value::as_array) {
        Some(items) => items.as_slice(),
        None if declared => &[],
        None => return Err(ParseError::NotAFeed("a JSON object without items".to_owned())),
    };
    let items = items.iter().filter_map(Value::as_object).take(MAX_ITEMS);
    let mut own = part_of(document, base);
    link(&mut own, document, "home_page_url", "alternate", base);
    link(&mut own, document, "feed_url", "self", base);
    offer_text(&mut own.summary, string(document, "description"), Markup::Plain, base);
    own.id.offer(0, string(document, "feed_url"));
    let entries = items.map(|item| entry_of(item, base)).collect();
    Ok(RawFeed { own, entries, ..RawFeed::default() })
}

/// What feeds and items have alike.
fn part_of<'a>(object: &'a Map<String, Value>, base: &Base) -> RawPart<'a> {
    let mut part = RawPart { base: base.clone(), authors: authors_of(object, base), ..RawPart::default() };
    offer_text(&mut part.title, string(object, "title"), Markup::Guessed, base);
    let language = string(object, "language");
    if !language.is_empty() {
        part.language.offer(0, language);
    }
    part
}

fn entry_of<'a>(item: &'a Map<String, Value>, base: &Base) -> RawPart<'a> {
    let mut part = part_of(item, base);
    let id = string(item, "id");
    if !id.trim().is_empty() {
        part.id.offer(0, id);
    }
    link(&mut part, item, "url", "alternate", base);
    link(&mut part, item, "external_url", "related", base);
    offer_text(&mut part.content, string(item, "content_html"), Markup::Html, base);
    offer_text(&mut part.content, string(item, "content_text"), Markup::Plain, base);
    offer_text(&mut part.summary, string(item, "summary"), Markup::Guessed, base);
    let tags = match item.get("tags") {
        Some(Value::Array(tags)) => tags.as_slice(),
        Some(tag) => std::slice::from_ref(tag),
        None => &[],
    };
    for tag in tags.iter().filter_map(Value::as_str).filter(|tag| !tag.trim().is_empty()) {
        push_capped(&mut part.categories, RawCategory { term: Cow::Borrowed(tag), ..RawCategory::default() });
    }
    let date =
        |name, field| Some(RawDate { text: string(item, name), field }).filter(|date| !date.text.trim().is_empty());
    if let Some(date) = date("date_published", DateField::JsonPublished) {
        part.published.offer(0, date);
    }
    if let Some(date) = date("date_modified", DateField::JsonModified) {
        part.updated.offer(0, date);
    }
    part.media = media_of(item, base);
    part
}

fn offer_text<'a>(slot: &mut super::raw::Ranked<RawText<'a>>, text: Cow<'a, str>, markup: Markup, base: &Base) {
    if !text.trim().is_empty() {
        slot.offer(0, RawText { text, markup, base: base.clone() });
    }
}

fn link<'a>(part: &mut RawPart<'a>, object: &'a Map<String, Value>, name: &str, rel: &'static str, base: &Base) {
    let href = string(object, name);
    if href.trim().is_empty() {
        return;
    }
    let address = RawAddress { href, base: base.clone() };
    // What an item is about stands in for a page of its own.
    match rel {
        "alternate" => part.link.offer(0, address.clone()),
        "related" => part.link.offer(1, address.clone()),
        _ => {}
    }
    push_capped(&mut part.links, RawLink { address, rel: Cow::Borrowed(rel), content_type: Cow::Borrowed("") });
}

/// The text under `name`; a number counts as its digits.
fn string<'a>(object: &'a Map<String, Value>, name: &str) -> Cow<'a, str> {
    match object.get(name) {
        Some(Value::String(text)) => Cow::Borrowed(text),
        Some(Value::Number(number)) => Cow::Owned(number.to_string()),
        _ => Cow::Borrowed(""),
    }
}

/// Names under `authors` (1.1) and `author` (1.0), as objects, lists of objects or bare names.
fn authors_of<'a>(object: &'a Map<String, Value>, base: &Base) -> Vec<RawPerson<'a>> {
    let mut people = Vec::new();
    for key in ["authors", "author"] {
        let authors = match object.get(key) {
            Some(Value::Array(list)) => list.as_slice(),
            Some(single) => std::slice::from_ref(single),
            None => &[],
        };
        for author in authors {
            let person = match author {
                Value::String(name) => RawPerson { name: Cow::Borrowed(name), ..RawPerson::default() },
                Value::Object(author) => {
                    let href = string(author, "url");
                    let uri = (!href.is_empty()).then(|| RawAddress { href, base: base.clone() });
                    RawPerson { name: string(author, "name"), email: string(author, "email"), uri, rank: 0 }
                }
                _ => continue,
            };
            if !person.name.trim().is_empty() || person.uri.is_some() {
                push_capped(&mut people, person);
            }
        }
    }
    people
}

/// Attachments and pictures of an item.
fn media_of<'a>(item: &'a Map<String, Value>, base: &Base) -> Vec<RawMedia<'a>> {
    let attachments = item.get("attachments").and_then(Value::as_array);
    let address = |href| RawAddress { href, base: base.clone() };
    let attachment = |value: &'a Value| {
        let attachment = value.as_object()?;
        Some(RawMedia {
            rank: 0,
            address: address(string(attachment, "url")),
            content_type: string(attachment, "mime_type"),
            length: string(attachment, "size_in_bytes"),
        })
    };
    let image = ["image", "banner_image"].map(|name| string(item, name)).into_iter().filter(|href| !href.is_empty());
    let image = image.map(|href| RawMedia {
        address: address(href),
        content_type: Cow::Borrowed("image"),
        ..RawMedia::default()
    });
    attachments.into_iter().flatten().filter_map(attachment).chain(image).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loose_feeds_are_read() {
        let text = r#"{"version": "http://jsonfeed.org/version/1", "authors": {"name": "Desk"}, "items": [
            {"id": 7, "content_text": "A\n\nB", "authors": ["Jane"]}, null, {"id": "8", "author": {"name": "Joe"}}]}"#;
        let (document, trouble) = document(text).unwrap();
        assert_eq!(trouble, Trouble::None);
        let feed = read(&document, &Base::default()).unwrap();
        assert_eq!(feed.own.authors[0].name, "Desk");
        let guids: Vec<_> = feed.entries.iter().map(|entry| entry.id.get().unwrap().as_ref()).collect();
        assert_eq!(guids, ["7", "8"]);
        assert_eq!(feed.entries[0].authors[0].name, "Jane");
        assert_eq!(feed.entries[1].authors[0].name, "Joe");
    }

    #[test]
    fn other_json_is_no_feed() {
        let (document_without_items, _) = document("{\"a\": 1}").unwrap();
        assert!(matches!(read(&document_without_items, &Base::default()), Err(ParseError::NotAFeed(_))));
        assert!(matches!(document("[1]"), Err(ParseError::NotAFeed(_))));
        assert!(matches!(document(&"[".repeat(1_000)), Err(ParseError::Json(_))));
    }
}
