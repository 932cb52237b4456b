//! The battery of `misprints`: what stands whole in a damaged feed is read as if nothing had happened.

use std::collections::HashMap;

use feed_core::parse::ParsedFeed;
use misprints::{Case, Format, cases, rewritings, seed};
use news_model::Item;

use crate::parsed;

/// What a reader of the item sees of it. What follows from the rest of the feed, such as a language detected, is left out.
#[derive(Debug, PartialEq)]
struct Seen<'a> {
    url: &'a str,
    title: &'a str,
    summary: &'a str,
    content: &'a str,
    authors: &'a [String],
    categories: &'a [String],
    published_at: Option<i64>,
    media: Vec<&'a str>,
}

fn seen(item: &Item) -> Seen<'_> {
    Seen {
        url: &item.url,
        title: &item.title,
        summary: &item.summary,
        content: &item.content,
        authors: &item.authors,
        categories: &item.categories,
        published_at: item.published_at.map(|date| date.timestamp()),
        media: item.media.iter().map(|medium| medium.url.as_str()).collect(),
    }
}

fn read(case: &Case) -> HashMap<String, Item> {
    let feed = parsed(&case.bytes, case.content_type);
    let items = feed.map(|ParsedFeed { items, .. }| items).unwrap_or_default();
    items.into_iter().map(|item| (item.guid.clone(), item)).collect()
}

/// What is wrong with the reading of `case`: identifiers missing, and fields that differ.
fn faults(case: &Case, clean: &HashMap<String, Item>) -> Vec<String> {
    let found = read(case);
    let mut faults = Vec::new();
    for id in &case.whole {
        match (found.get(id), clean.get(id)) {
            (Some(item), Some(expected)) if seen(item) == seen(expected) => {}
            (Some(item), Some(expected)) => {
                faults.push(format!("{id} differs:\n  found    {:?}\n  expected {:?}", seen(item), seen(expected)));
            }
            _ => faults.push(format!("{id} is whole and missing")),
        }
    }
    let missing = case.findable.iter().filter(|id| !found.contains_key(*id));
    faults.extend(missing.map(|id| format!("{id} is findable and missing")));
    faults
}

#[test]
fn the_seeds_are_read_in_full() {
    for format in Format::ALL {
        let items = read(&seed(format));
        assert_eq!(items.len(), 12, "{}", format.as_str());
        for item in items.values() {
            let full = [&item.url, &item.title, &item.content].iter().all(|text| !text.is_empty());
            assert!(full && item.published_at.is_some() && item.authors.len() == 1, "{item:?}");
        }
    }
}

#[test]
fn every_whole_item_is_recovered_in_each_class_of_damage() {
    let clean: HashMap<_, _> = Format::ALL.map(|format| (format.as_str(), read(&seed(format)))).into();
    let mut report = Vec::new();
    for case in cases() {
        let faults = faults(&case, &clean[case.format.as_str()]);
        if let Some(first) = faults.first() {
            let Case { class, format, variant, .. } = case;
            report.push(format!("{class}, {}, variant {variant}, {} faults: {first}", format.as_str(), faults.len()));
        }
    }
    assert!(report.is_empty(), "{}", report.join("\n"));
}

#[test]
fn a_feed_written_otherwise_has_the_same_items_of_the_same_ids() {
    for case in rewritings() {
        let clean = read(&seed(case.format));
        let found = read(&case);
        assert_eq!(found.len(), clean.len(), "{}, {}", case.class, case.format.as_str());
        for (guid, item) in &clean {
            let other = &found[guid];
            let same = seen(other) == seen(item) && other.id == item.id && other.content_hash() == item.content_hash();
            assert!(same, "{}, {}: {other:?} for {item:?}", case.class, case.format.as_str());
        }
    }
}
