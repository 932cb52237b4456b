//! Laws of bodies: what is read in them, and what a poller that knows nothing makes of it.

use std::{collections::HashSet, sync::LazyLock};

use chrono::DateTime;
use feed_core::{
    parse::{ParseContext, ParsedFeed, parse, read_document},
    revise::{Extent, NewsKind, SeenLimits, Window, compare},
};
use news_model::{FeedId, Item, Seen};
use url::Url;

use crate::html;

/// What a body may be served as; its length chooses, so that a change of length tries another.
const CONTENT_TYPES: [Option<&str>; 8] = [
    None,
    Some("text/xml"),
    Some("application/rss+xml; charset=utf-8"),
    Some("application/feed+json"),
    Some("text/xml; charset=windows-1252"),
    Some("text/xml; charset=utf-16"),
    Some("text/html; charset=shift_jis"),
    Some("application/xml; charset=nonsense"),
];

/// Where every body is served.
static ADDRESS: LazyLock<Option<Url>> = LazyLock::new(|| Url::parse("https://paper.example/feeds/feed.xml").ok());

/// Holds `body` to the laws of parsing and of history.
///
/// # Panics
/// Where a law is broken.
pub fn check(body: &[u8]) {
    let Some(base_url) = ADDRESS.as_ref() else { return };
    let content_type = CONTENT_TYPES.get(body.len() % CONTENT_TYPES.len()).copied().flatten();
    let feed = FeedId::of_url(base_url);
    let context = ParseContext { feed: &feed, base_url, content_type, now: DateTime::UNIX_EPOCH };
    let parsed = parse(body, &context);
    assert_eq!(parsed, parse(body, &context), "the body is read otherwise the second time");
    let document = read_document(body, Some(base_url), content_type);
    assert_eq!(parsed.is_ok(), document.is_ok(), "items and fields do not agree on whether it is a feed");
    let Ok(parsed) = parsed else { return };
    let ids: HashSet<_> = parsed.items.iter().map(|item| item.id).collect();
    assert_eq!(ids.len(), parsed.items.len(), "two items have one id");
    for item in &parsed.items {
        check_item(item);
    }
    check_history(parsed);
}

fn check_item(item: &Item) {
    assert_safe(&item.summary_html);
    assert_safe(&item.content_html);
    for address in [&item.url, &item.canonical_url] {
        let is_web = address.starts_with("http://") || address.starts_with("https://");
        assert!(address.is_empty() || is_web, "{address:?} is no address of the web");
    }
    assert!(!item.title.contains(['\n', '\r']), "the title has several lines: {:?}", item.title);
    assert_eq!(item.clone().capped(), *item, "an item is beyond its caps");
}

fn assert_safe(html: &str) {
    if let Err(problem) = html::check(html) {
        assert!(html.is_empty(), "{problem} in {html:?}");
    }
}

/// All items of a feed that nothing is known of are new, and what is remembered of them makes the same body bring nothing.
fn check_history(parsed: ParsedFeed) {
    let count = parsed.items.len();
    let window = Window { items: parsed.items, extent: Extent::Whole };
    let limits = SeenLimits::default();
    let first = compare(&Seen::default(), window.clone(), &limits);
    assert!(first.events.iter().all(|event| event.kind == NewsKind::Published && event.revision == 1));
    assert!(first.events.len() <= count, "{} events of {count} items", first.events.len());
    let again = compare(&first.seen, window, &limits);
    let events: Vec<_> = again.events.iter().map(|event| (event.kind, &event.item.guid, &event.changed)).collect();
    assert!(events.is_empty(), "polled again it brings {events:?}");
    assert_eq!(again.new_in_window, 0);
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn common_bodies_break_no_law() {
        let item = "<item><guid>1</guid><title>A</title><description>&lt;p&gt;B&lt;/p&gt;</description></item>";
        for body in
            [String::new(), "x".into(), "{\"items\":[]}".into(), format!("<rss><channel>{item}</channel></rss>")]
        {
            check(body.as_bytes());
        }
    }
}
