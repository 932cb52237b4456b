//! How items are made of what a reader found.

use std::collections::HashSet;

use chrono::{DateTime, TimeDelta, Utc};
use news_model::{Category, DateFacts, Detected, FeedId, FieldHashes, Item, ItemField, ItemId, ItemKeys, Person};

use crate::identity::{self, Guids};

use super::{
    dates::read_date,
    document::{categories_of, web_link_of, web_media_of},
    html::{Clean, clean, plain_line},
    people::people_of,
    raw::{Ranked, RawDate, RawFeed, RawPart, RawText},
};

/// Fewest items whose dates, all the same, say nothing of them.
const LEAST_SHARED: usize = 3;

/// The items of `feed` in document order, each story once.
pub(crate) fn items_of(feed: &RawFeed<'_>, id: &FeedId, now: DateTime<Utc>, hands_authors_down: bool) -> Vec<Item> {
    let own = if hands_authors_down { people_of(&feed.own.authors) } else { Vec::new() };
    let entries = feed.entries.iter().filter(|entry| !entry.is_blank() && !entry.is_cut);
    let mut items: Vec<_> = entries.map(|entry| item_of(entry, feed, id, now, &own)).collect();
    mark_shared(&mut items, |item| (item.published_at, &mut item.published_facts));
    mark_shared(&mut items, |item| (item.updated_at, &mut item.updated_facts));
    identity::settle(items, Guids::Telling)
}

fn item_of(entry: &RawPart<'_>, feed: &RawFeed<'_>, id: &FeedId, now: DateTime<Utc>, own: &[Person]) -> Item {
    let guid = entry.id.get().map(|id| id.trim().to_owned()).unwrap_or_default();
    let url = web_link_of(entry, &guid);
    let title = entry.title.get().map(|title| plain_line(&title.text, title.markup)).unwrap_or_default();
    let content = cleaned(&entry.content);
    let mut summary = cleaned(&entry.summary);
    if summary.plain == content.plain {
        summary = Clean::default();
    }
    let mut people = people_of(&entry.authors);
    if people.is_empty() {
        people = own.to_vec();
    }
    let authors = names_of(people.iter().map(shown_name));
    if people.iter().all(|person| person.email.is_empty() && person.uri.is_empty()) {
        people.clear();
    }
    let mut details = categories_of(&entry.categories);
    details.retain(|category| !shown_category(category).is_empty());
    let categories = names_of(details.iter().map(shown_category));
    if details.iter().all(|category| category.scheme.is_empty() && category.label.is_empty()) {
        details.clear();
    }
    let language = [entry.language(), feed.own.language()].into_iter().find(|language| !language.is_empty());
    let (published_at, published_facts) = dated(&entry.published, now);
    let (updated_at, updated_facts) = dated(&entry.updated, now);
    let cut = [(summary.is_cut, ItemField::Summary), (content.is_cut, ItemField::Content)];
    let truncated = cut.into_iter().filter_map(|(is_cut, field)| is_cut.then_some(field)).collect();
    let item = Item {
        id: ItemId::default(),
        feed: id.clone(),
        guid,
        url,
        canonical_url: String::new(),
        title,
        summary: summary.plain,
        content: content.plain,
        authors,
        categories,
        language: language.unwrap_or_default().to_lowercase(),
        published_at,
        updated_at,
        summary_html: if summary.has_elements { summary.html } else { String::new() },
        content_html: if content.has_elements { content.html } else { String::new() },
        people,
        category_details: details,
        published_facts,
        updated_facts,
        detected: None,
        media: web_media_of(&entry.media),
        truncated,
        fingerprint: 0,
        keys: ItemKeys::default(),
        fields: FieldHashes::default(),
    };
    let detected = detected_in(&item);
    identity::mark(Item { detected, ..item }).capped()
}

/// The language of the longest text.
fn detected_in(item: &Item) -> Option<Detected> {
    let longest = [&item.content, &item.summary, &item.title].into_iter().max_by_key(|text| text.len())?;
    let found = language_core::detect(longest)?;
    Some(Detected { language: found.language.to_owned(), confidence: found.confidence })
}

fn cleaned(text: &Ranked<RawText<'_>>) -> Clean {
    text.get().map(|text| clean(&text.text, text.markup, &text.base)).unwrap_or_default()
}

fn dated(date: &Ranked<RawDate<'_>>, now: DateTime<Utc>) -> (Option<DateTime<Utc>>, Option<DateFacts>) {
    let Some(raw) = date.get() else { return (None, None) };
    let Some(read) = read_date(&raw.text) else { return (None, None) };
    let is_future = read.at.signed_duration_since(now) > TimeDelta::hours(1);
    let facts = DateFacts { field: raw.field, rule: read.rule, zone: read.zone, is_future, is_shared: false };
    (Some(read.at), Some(facts))
}

/// Notes of a date that all items have.
fn mark_shared(items: &mut [Item], date: impl Fn(&mut Item) -> (Option<DateTime<Utc>>, &mut Option<DateFacts>)) {
    let Some((first, others)) = items.split_first_mut() else { return };
    let (shared, _) = date(first);
    if others.len() + 1 < LEAST_SHARED || shared.is_none() || others.iter_mut().any(|item| date(item).0 != shared) {
        return;
    }
    for item in items {
        if let (_, Some(facts)) = date(item) {
            facts.is_shared = true;
        }
    }
}

fn shown_name(person: &Person) -> &str {
    if person.name.is_empty() { &person.email } else { &person.name }
}

/// The name for people, which Atom calls the label.
fn shown_category(category: &Category) -> &str {
    if category.label.is_empty() { &category.term } else { &category.label }
}

/// `names`, blank and repeated ones left out.
fn names_of<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut known = HashSet::new();
    names.filter(|name| !name.is_empty() && known.insert(*name)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::parse::{
        base::Base,
        html::{MAX_HTML_BYTES, Markup},
        raw::RawAddress,
    };
    use url::Url;

    fn only(entry: RawPart<'_>) -> Item {
        let feed = RawFeed { entries: vec![entry], ..RawFeed::default() };
        items_of(&feed, &"a".parse().unwrap(), DateTime::UNIX_EPOCH, true).remove(0)
    }

    fn linked(link: &str) -> RawPart<'_> {
        let mut entry = RawPart::default();
        let base = Base::of(Some(&Url::parse("https://paper.example/feeds/rss.xml").unwrap()));
        entry.link.offer(0, RawAddress { href: Cow::Borrowed(link), base });
        entry
    }

    #[test]
    fn links_are_absolute_http_or_nothing() {
        assert_eq!(only(linked("../a?b=1")).url, "https://paper.example/a?b=1");
        assert_eq!(only(linked("javascript:alert(1)")).url, "");
    }

    #[test]
    fn a_guid_that_is_an_address_stands_in_for_a_missing_link() {
        let entry = |opaque| {
            let mut entry = RawPart { id_is_opaque: opaque, ..RawPart::default() };
            entry.id.offer(0, Cow::Borrowed("https://paper.example/1"));
            entry
        };
        assert_eq!(only(entry(false)).url, "https://paper.example/1");
        assert_eq!(only(entry(true)).url, "");
    }

    #[test]
    fn what_a_cap_cuts_or_drops_is_named() {
        let html = |text: String| RawText { text: Cow::Owned(text), markup: Markup::Html, base: Base::default() };
        let mut entry = linked("/x");
        entry.title.offer(0, html("t".repeat(Item::MAX_TITLE_BYTES + 1)));
        // Short as plain text, too long as HTML.
        entry.summary.offer(0, html("<b>a</b>".repeat(Item::MAX_SUMMARY_HTML_BYTES / 8 + 1)));
        // Longer than what is read of a text, and short as plain text.
        entry.content.offer(0, html("<p>a</p>".repeat(MAX_HTML_BYTES / 8 + 1)));
        let item = only(entry);
        let lengths = (item.title.len(), item.summary.len(), item.summary_html.len(), item.content_html.len());
        assert_eq!(lengths, (Item::MAX_TITLE_BYTES, Item::MAX_SUMMARY_HTML_BYTES / 8 + 1, 0, 0));
        let named = [ItemField::Content, ItemField::Title, ItemField::SummaryHtml, ItemField::ContentHtml];
        assert_eq!(item.truncated, named);
        assert_eq!(item.clone().capped(), item);
    }

    #[test]
    fn a_summary_that_repeats_the_content_is_dropped() {
        let html = |text| RawText { text: Cow::Borrowed(text), markup: Markup::Html, base: Base::default() };
        let mut entry = linked("/x");
        entry.summary.offer(0, html("<p>Same</p>"));
        entry.content.offer(0, html("Same"));
        let item = only(entry);
        assert_eq!((item.summary.as_str(), item.content.as_str()), ("", "Same"));
    }
}
