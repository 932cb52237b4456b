//! Generated RSS feeds for load: any edition of any feed is a function of its number, so nothing is stored.

use std::fmt::Write as _;
use std::num::NonZeroU32;
use std::sync::Arc;

use bytes::Bytes;
use chrono::DateTime;

use crate::ledger::ServedItem;
use crate::listing::escaped;
use crate::options::{Pace, WireOptions};
use crate::pages::Print;

mod words;

/// When the first item of every feed was published: 2026-11-02 06:00 UTC, in Unix seconds.
const FIRST_ITEM_SECONDS: i64 = 1_793_599_200;
/// Seconds between two items of a feed.
const ITEM_SECONDS: i64 = 37;

/// One generated feed.
#[derive(Debug)]
pub(crate) struct WireFeed {
    number: u32,
    hosts: Option<NonZeroU32>,
    items_per_poll: u64,
    window: u64,
    correct_every: u64,
    /// The number of the last edition, if there is one.
    last_edition: u32,
    pace: Pace,
    seed: u64,
}

impl WireFeed {
    pub(crate) fn new(number: u32, options: &WireOptions) -> Self {
        let last_edition = match (options.items_per_poll, options.editions) {
            (0, _) => 0,
            (_, None) => u32::MAX - 1,
            (_, Some(editions)) => editions.get() - 1,
        };
        Self {
            number,
            hosts: options.hosts,
            items_per_poll: options.items_per_poll.into(),
            window: options.window.into(),
            correct_every: options.correct_every.into(),
            last_edition,
            pace: options.pace,
            seed: options.seed,
        }
    }

    pub(crate) fn url(&self) -> String {
        let Self { number, hosts, .. } = self;
        match hosts {
            None => format!("http://wire-{number:04}.example/feed.xml"),
            Some(hosts) => format!("http://wire-{:04}.example/{number}.xml", *number % *hosts),
        }
    }

    pub(crate) fn title(&self) -> String {
        format!("Wire {:04}", self.number)
    }

    /// The edition a request gets that finds the feed at edition `current`.
    pub(crate) fn next_edition(&self, current: u32, none_match: Option<&[u8]>) -> u32 {
        let current = current.min(self.last_edition);
        let confirmed = none_match.is_some_and(|tag| tag == self.etag(current).as_bytes());
        match self.pace {
            Pace::Confirmed if confirmed => current.saturating_add(1).min(self.last_edition),
            Pace::Confirmed | Pace::EveryAnswer => current,
        }
    }

    /// The edition after the whole answer that held edition `served`.
    pub(crate) fn after_whole(&self, served: u32) -> u32 {
        match self.pace {
            Pace::EveryAnswer => served.saturating_add(1).min(self.last_edition),
            Pace::Confirmed => served,
        }
    }

    /// Everything of an edition but its body.
    pub(crate) fn validators(&self, edition: u32) -> Print {
        Print {
            content_type: "application/rss+xml; charset=utf-8".into(),
            etag: Some(Arc::from(self.etag(edition))),
            ..Print::default()
        }
    }

    /// The body of an edition: RSS 2.0, newest item first.
    pub(crate) fn render(&self, edition: u32) -> Bytes {
        let (name, title) = (format!("wire-{:04}", self.number), self.title());
        let mut text = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>{title}</title>\
             <link>http://{name}.example/</link><description>Generated dispatches</description>\n"
        );
        for number in self.numbers(edition).rev() {
            let (title, story) = self.words(number, self.revision(number, edition));
            let seconds = i64::try_from(number).unwrap_or(0).wrapping_mul(ITEM_SECONDS);
            let date = DateTime::from_timestamp(FIRST_ITEM_SECONDS.saturating_add(seconds), 0).unwrap_or_default();
            let _ = writeln!(
                text,
                "<item><title>{}</title><link>http://{name}.example/dispatch/{number}</link>\
                 <guid isPermaLink=\"false\">{name}:{number}</guid><pubDate>{}</pubDate>\
                 <description>{}</description></item>",
                escaped(&title),
                date.to_rfc2822(),
                escaped(&story),
            );
        }
        text.push_str("</channel></rss>\n");
        text.into()
    }

    /// What a reader should find in [`WireFeed::render`] of the same edition.
    pub(crate) fn items(&self, edition: u32) -> Vec<ServedItem> {
        let item = |number| {
            let revision = self.revision(number, edition);
            let key = format!("wire-{:04}:{number}", self.number);
            ServedItem { key, title: self.words(number, revision).0, revision }
        };
        self.numbers(edition).rev().map(item).collect()
    }

    fn etag(&self, edition: u32) -> String {
        format!("\"wire-{:04}-{edition}\"", self.number)
    }

    /// The numbers of an edition's items, oldest first; the first item of a feed is number 1.
    fn numbers(&self, edition: u32) -> std::ops::RangeInclusive<u64> {
        let newest = match self.items_per_poll {
            0 => self.window,
            added => added.saturating_mul(u64::from(edition) + 1),
        };
        newest.saturating_sub(self.window) + 1..=newest
    }

    /// 2 once an item that is due for correction has been in an edition before, else 1.
    fn revision(&self, number: u64, edition: u32) -> u32 {
        let due = self.correct_every > 0 && number.is_multiple_of(self.correct_every);
        let first_edition = (number - 1).checked_div(self.items_per_poll);
        match first_edition {
            Some(first) if due && first < u64::from(edition) => 2,
            _ => 1,
        }
    }

    fn words(&self, number: u64, revision: u32) -> (String, String) {
        let seed = self.seed ^ (u64::from(self.number) << 40) ^ number;
        words::dispatch(seed, number, revision)
    }
}

#[cfg(test)]
mod tests;
