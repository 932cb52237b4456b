//! `fields LIST ROOT [--first]`: what feed-rs reads in the feeds of a list, as `courant parse --jsonl --inputs LIST --root ROOT` prints it.
//!
//! With `--first` only the feeds that a look at them says feed-rs reads rightly; each of the others is a line `{"file": …, "left": true}`, for
//! another reader to read. Nothing is sanitised, so a reader made of this and another would be slower than this makes it.

use std::{
    fs,
    io::{BufWriter, Write, stdout},
    panic::catch_unwind,
    path::Path,
};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use feed_rs::model::{Category, Entry, Feed, FeedType, Link, Person};
use serde_json::{Value, json};

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [list, root, rest @ ..] = arguments.as_slice() else { anyhow::bail!("usage: fields LIST ROOT [--first]") };
    let first = rest.iter().any(|argument| argument == "--first");
    let mut out = BufWriter::new(stdout().lock());
    std::panic::set_hook(Box::new(|_| {}));
    for line in fs::read_to_string(list)?.lines() {
        let input: Value = serde_json::from_str(line)?;
        let file = input["file"].as_str().context("a file")?;
        let body = fs::read(Path::new(root).join(file))?;
        let told = if first && !is_plain(&body, input["content_type"].as_str()) {
            None
        } else {
            read(&body, input["base_url"].as_str())
        };
        let shown = match told {
            Some(feed) if !first || is_whole(&body, &feed) => shown(file, &feed),
            _ if first => json!({ "file": file, "left": true }),
            _ => json!({ "file": file, "ok": false }),
        };
        writeln!(out, "{shown}")?;
    }
    Ok(out.flush()?)
}

fn read(body: &[u8], base: Option<&str>) -> Option<Feed> {
    catch_unwind(|| feed_rs::parser::Builder::new().base_uri(base).build().parse(body)).ok()?.ok()
}

/// Whether nothing in `body` is known to lead feed-rs astray: charsets, versions, entities, bases, types and elements that it knows otherwise or not at all.
fn is_plain(body: &[u8], content_type: Option<&str>) -> bool {
    let Ok(text) = std::str::from_utf8(body) else { return false };
    let head = &text[..text.floor_char_boundary(1_024)];
    let declares_other = |text: &str, mark: &str| {
        let lower = text.to_ascii_lowercase();
        lower
            .split_once(mark)
            .is_some_and(|(_, after)| !after.trim_start_matches(['"', '\'', ' ']).starts_with("utf-8"))
    };
    if declares_other(head, "encoding=")
        || content_type.is_some_and(|content_type| declares_other(content_type, "charset="))
    {
        return false;
    }
    if text.trim_start().starts_with('{') {
        return head.contains("https://jsonfeed.org/version/1");
    }
    let is_modern = head.contains("<rss version=\"2.0\"")
        || (head.contains("<feed") && head.contains("\"http://www.w3.org/2005/Atom\""));
    let odd = ["<!DOCTYPE", "xml:base", "<dc:subject", "<managingEditor", "mode=\"base64\"", "<rss:", "<atom:entry"];
    is_modern && !odd.iter().any(|odd| text.contains(odd)) && has_plain_references(text) && has_plain_types(text)
}

fn has_plain_references(text: &str) -> bool {
    let plain = ["#", "amp;", "lt;", "gt;", "quot;", "apos;"];
    text.split('&').skip(1).all(|after| plain.iter().any(|reference| after.starts_with(reference)))
        || text.contains("<![CDATA[")
}

fn has_plain_types(text: &str) -> bool {
    let plain = |value: &str| {
        ["text\"", "html\"", "xhtml\""].iter().any(|plain| value.starts_with(plain))
            || value.split('"').next().is_some_and(|value| value.contains('/'))
    };
    text.split(" type=\"").skip(1).all(plain)
}

/// Whether `feed` has all the entries and dates that a look at `body` finds.
fn is_whole(body: &[u8], feed: &Feed) -> bool {
    let text = String::from_utf8_lossy(body);
    let count = |mark: &str| text.matches(mark).count();
    let entries = match feed.feed_type {
        FeedType::JSON => feed.entries.len(),
        FeedType::Atom => count("<entry>") + count("<entry "),
        _ => count("<item>") + count("<item "),
    };
    let dated = count("<pubDate") + count("<dc:date") + count("<published") > 0;
    let has_dates = !dated || feed.entries.iter().all(|entry| entry.published.or(entry.updated).is_some());
    !feed.entries.is_empty() && entries == feed.entries.len() && has_dates
}

fn shown(file: &str, feed: &Feed) -> Value {
    json!({
        "file": file,
        "ok": true,
        "feed": {
            "id": feed.id,
            "title": feed.title.as_ref().map(|text| &text.content),
            "subtitle": feed.description.as_ref().map(|text| &text.content),
            "link": page(&feed.links),
            "links": links(&feed.links),
            "language": feed.language,
            "published": date(feed.published),
            "updated": date(feed.updated),
            "authors": people(&feed.authors),
            "categories": categories(&feed.categories),
        },
        "items": feed.entries.iter().map(item).collect::<Vec<_>>(),
    })
}

fn item(entry: &Entry) -> Value {
    let content = entry.content.as_ref().and_then(|content| content.body.as_ref());
    let summary = entry.summary.as_ref().map(|text| &text.content);
    let media = entry.media.iter().flat_map(|media| &media.content);
    json!({
        "id": entry.id,
        "title": entry.title.as_ref().map(|text| &text.content),
        "link": page(&entry.links),
        "links": links(&entry.links),
        "summary": summary.or(content),
        "content": content,
        "authors": people(&entry.authors),
        "categories": categories(&entry.categories),
        "language": entry.language,
        "published": date(entry.published),
        "updated": date(entry.updated),
        "enclosures": media.map(|content| json!({
            "url": content.url.as_ref().map(ToString::to_string),
            "type": content.content_type.as_ref().map(ToString::to_string),
            "length": content.size,
        })).collect::<Vec<_>>(),
    })
}

fn page(links: &[Link]) -> Option<&str> {
    let alternate = links.iter().find(|link| link.rel.as_deref().is_none_or(|rel| rel == "alternate"));
    alternate.or(links.first()).map(|link| link.href.as_str())
}

fn links(links: &[Link]) -> Vec<Value> {
    links.iter().map(|link| json!({ "href": link.href, "rel": link.rel, "type": link.media_type })).collect()
}

fn people(people: &[Person]) -> Vec<Value> {
    people.iter().map(|person| json!({ "name": person.name, "email": person.email, "uri": person.uri })).collect()
}

fn categories(categories: &[Category]) -> Vec<Value> {
    categories
        .iter()
        .map(|category| json!({ "term": category.term, "scheme": category.scheme, "label": category.label }))
        .collect()
}

fn date(date: Option<DateTime<Utc>>) -> Option<String> {
    date.map(|date| date.to_rfc3339())
}
