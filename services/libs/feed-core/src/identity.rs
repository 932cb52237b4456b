//! What an item is known by: its guid, else its link, else its text, each only where it tells the items of its feed apart.
//!
//! ```text
//! item ─mark─► every key that it offers ─settle─► the first that no other story of the body shares ─revise─► the id it was published with
//! ```
//!
//! [`mark`] and [`settle`] are pure functions of feed and body, so a body read anywhere gives the same ids. What only several polls can tell,
//! that guids change from one to the next, is learnt by [`crate::revise`], kept with the seen items, and told to `settle`. An
//! item that was published keeps its id whatever is learnt later.

use std::collections::{HashMap, HashSet};

use news_model::{FieldHash, FieldHashes, Item, ItemId, ItemKeys, KeyKind};
use url::Url;

use crate::{
    canonical::{StoryKey, canonical_url},
    fingerprint::fingerprint,
};

/// Whether the guids of a feed name its items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guids {
    /// As far as is known they do.
    Telling,
    /// They name nothing.
    Idle,
}

/// Fills in what follows from the fields of an item before they are cut: keys, id, canonical address, hashes and fingerprint.
#[must_use]
pub fn mark(mut item: Item) -> Item {
    let url = Url::parse(&item.url).ok();
    let address = url.as_ref().map(identity_of);
    item.canonical_url = url.as_ref().map_or_else(String::new, |url| canonical_url(url).into());
    let mut authors: Vec<&str> = item.authors.iter().map(String::as_str).collect();
    authors.sort_unstable();
    item.fields = FieldHashes {
        title: FieldHash::of(&item.title),
        url: FieldHash::of(address.as_deref().unwrap_or_default()),
        summary: FieldHash::of(&item.summary),
        content: FieldHash::of(&item.content),
        authors: FieldHash::of_parts(authors),
    };
    item.keys = keys_of(&item, address.as_deref());
    item.id = item.keys.first().map_or(item.id, |(_, id)| id);
    item.fingerprint = fingerprint(&item.title, &item.summary, &item.content);
    item
}

/// The items of one body, each story once and under an id of its own, in document order.
///
/// A key that several stories share is set aside for all of them. Of two listings of one story the first stays. The order of the items
/// decides about nothing else.
#[must_use]
pub fn settle(mut items: Vec<Item>, guids: Guids) -> Vec<Item> {
    if guids == Guids::Idle {
        for item in &mut items {
            item.keys.set_aside(KeyKind::Guid);
            item.keys.set_aside(KeyKind::GuidAsWritten);
        }
    }
    let mut repeated = HashSet::new();
    // Each round but the last sets a kind of key aside for some item, and no item has more of them.
    for _ in KeyKind::ALL {
        let shared = shared_keys(&items, &repeated);
        if shared.is_empty() {
            break;
        }
        for (kind, places) in shared {
            let stories = distinct_stories(&items, kind, &places);
            repeated.extend(places.iter().filter(|place| !stories.contains(place)));
            if stories.len() > 1 {
                for story in stories {
                    if let Some(item) = items.get_mut(story) {
                        item.keys.set_aside(kind);
                    }
                }
            }
        }
    }
    let mut place = 0;
    items.retain(|_| {
        place += 1;
        !repeated.contains(&(place - 1))
    });
    for item in &mut items {
        item.id = item.keys.first().map_or(item.id, |(_, id)| id);
    }
    items
}

/// The hash of an item's date, by which two editions under one title are told apart.
#[must_use]
pub(crate) fn date_of(item: &Item) -> FieldHash<2> {
    item.published_at.map_or(FieldHash::EMPTY, |date| FieldHash::of(&date.timestamp().to_string()))
}

/// What the variants of an address share. It begins like a plain address, so that the id of an item whose guid or link is one is the same
/// as if it were taken to the letter.
fn identity_of(url: &Url) -> String {
    format!("http://{}", StoryKey::of(url))
}

fn keys_of(item: &Item, address: Option<&str>) -> ItemKeys {
    let mut keys = ItemKeys::default();
    let guid = item.guid.trim();
    if !guid.is_empty() {
        let url = Url::parse(guid).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let shared = url.map(|url| identity_of(&url));
        keys.offer(KeyKind::Guid, &item.feed, shared.as_deref().unwrap_or(guid));
        if shared.is_some_and(|shared| shared != guid) {
            keys.offer(KeyKind::GuidAsWritten, &item.feed, guid);
        }
    }
    if let Some(address) = address {
        keys.offer(KeyKind::Link, &item.feed, address);
        if address != item.url {
            keys.offer(KeyKind::LinkAsWritten, &item.feed, &item.url);
        }
    }
    let FieldHashes { title, summary, content, .. } = item.fields;
    let text = [title, summary, content];
    let text = text.iter().flat_map(|hash| *hash.as_bytes()).fold(0_u128, |text, byte| (text << 8) | u128::from(byte));
    let text = format!("{text:018x}");
    keys.offer(KeyKind::Content, &item.feed, &text);
    let date = item.published_at.map_or(0, |date| date.timestamp());
    keys.offer(KeyKind::DatedContent, &item.feed, &format!("{text}@{date}"));
    keys
}

/// The first keys that more than one item has, with the places of those items, in document order.
fn shared_keys(items: &[Item], repeated: &HashSet<usize>) -> Vec<(KeyKind, Vec<usize>)> {
    let mut places: HashMap<(KeyKind, ItemId), Vec<usize>> = HashMap::new();
    for (place, item) in items.iter().enumerate() {
        if let Some(key) = item.keys.first().filter(|_| !repeated.contains(&place)) {
            places.entry(key).or_default().push(place);
        }
    }
    let mut shared: Vec<_> =
        places.into_iter().filter(|(_, places)| places.len() > 1).map(|((kind, _), places)| (kind, places)).collect();
    shared.sort_unstable();
    shared
}

/// The first listing of each story among items that share a key.
fn distinct_stories(items: &[Item], kind: KeyKind, places: &[usize]) -> Vec<usize> {
    // One guid for most of a feed is no identifier; for a few of many it is one, used twice.
    let for_most = places.len() * 2 > items.len();
    let (mut whole, mut titles, mut urls) = (HashSet::new(), HashSet::new(), HashSet::new());
    let mut stories = Vec::new();
    for place in places {
        let Some(item) = items.get(*place) else { continue };
        let FieldHashes { title, url, summary, content, .. } = item.fields;
        let date = date_of(item);
        let is_new = match kind {
            KeyKind::Guid | KeyKind::GuidAsWritten => {
                let new_title = titles.insert(title) || title.is_empty();
                let new_url = urls.insert(url) || url.is_empty();
                let new_whole = whole.insert((title, url, summary, content, date));
                new_whole && (for_most || (new_title && new_url))
            }
            KeyKind::Link | KeyKind::LinkAsWritten => {
                whole.insert((title, url, FieldHash::EMPTY, FieldHash::EMPTY, date))
            }
            KeyKind::Content => whole.insert((title, url, summary, content, date)),
            KeyKind::DatedContent => stories.is_empty(),
        };
        if is_new {
            stories.push(*place);
        }
    }
    stories
}

#[cfg(test)]
mod tests;
