//! Bytes of state that an item takes: one that stands in its feed, and one remembered only so as not to be published again.
//!
//! The feeds are invented and differ in what their items have: a full text or none, authors or none, a teaser or none, guids or links, and in
//! ten items one that is corrected once. Each is polled 120 times with a window of 30. The peer is the plain protobuf form of an id, a hash, a
//! revision and a time for each item.

use std::fmt::Write as _;

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use feed_core::{
    parse::{ParseContext, parse},
    revise::{Extent, SeenLimits, Window, compare},
};
use news_model::{FeedId, Seen, SeenItems, wire};
use prost::Message;
use url::Url;

use crate::figure::Figure;

/// Kinds of feeds: every combination of five traits.
const SHAPES: u32 = 32;
/// Items that a feed lists.
const WINDOW: u32 = 30;
/// Polls of each feed, each with one new item.
const POLLS: u32 = 120;

/// `seen_state_live` and `seen_state_remembered`.
///
/// # Errors
/// When an invented feed cannot be read.
pub(crate) fn run() -> Result<Vec<Figure>> {
    let (mut live, mut remembered) = (Mean::default(), Mean::default());
    for shape in 0..SHAPES {
        let seen = history(shape)?;
        let items = seen.unpack();
        let standing = Seen::pack(&SeenItems { remembered: Vec::new(), ..items.clone() }).len_bytes();
        live.add(standing, items.live.len())?;
        remembered.add(seen.len_bytes().saturating_sub(standing), items.remembered.len())?;
    }
    let plain = wire::SeenItem {
        item: Bytes::from_static(&[1; 16]),
        content: Bytes::from_static(&[1; 8]),
        revision: 1,
        last_seen_seconds: 1_800_000_000,
    };
    let record = wire::FeedSeen { items: vec![plain], ..wire::FeedSeen::default() };
    let peer = f64::from(u32::try_from(record.encoded_len())?);
    let figure = |bench, mean: &Mean| {
        let against = "an id, a hash, a revision and a time in protobuf";
        Figure { bench, unit: "bytes an item", against, ours: vec![mean.value()], peer: vec![peer] }
    };
    Ok(vec![figure("seen_state_live", &live), figure("seen_state_remembered", &remembered)])
}

#[derive(Default)]
struct Mean {
    bytes: u32,
    items: u32,
}

impl Mean {
    fn add(&mut self, bytes: usize, items: usize) -> Result<()> {
        self.bytes += u32::try_from(bytes)?;
        self.items += u32::try_from(items)?;
        Ok(())
    }

    fn value(&self) -> f64 {
        f64::from(self.bytes) / f64::from(self.items.max(1))
    }
}

/// What is remembered of a feed after its polls.
fn history(shape: u32) -> Result<Seen> {
    let feed: FeedId = "bench".parse()?;
    let base_url: Url = "https://paper.example/feed.xml".parse()?;
    let context =
        ParseContext { feed: &feed, base_url: &base_url, content_type: None, now: chrono::DateTime::UNIX_EPOCH };
    let mut seen = Seen::default();
    for newest in WINDOW..WINDOW + POLLS {
        let read = parse(body(shape, newest).as_bytes(), &context).context("an invented feed")?;
        ensure!(read.items.len() == usize::try_from(WINDOW)?, "an invented feed of {} items", read.items.len());
        let window = Window { items: read.items, extent: Extent::Whole };
        seen = compare(&seen, window, &SeenLimits::default()).seen;
    }
    Ok(seen)
}

fn body(shape: u32, newest: u32) -> String {
    let has = |bit: u32| (shape >> bit) & 1 == 0;
    let mut text =
        String::from("<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\"><channel>");
    for number in (newest + 1 - WINDOW..=newest).rev() {
        let edit = if number.is_multiple_of(10) && newest > number + 3 { ", corrected" } else { "" };
        let date = chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::minutes(number.into());
        let _ = write!(text, "<item><title>Story {number}{edit}</title><link>https://paper.example/{number}</link>");
        let _ = write!(text, "<pubDate>{}</pubDate>", date.to_rfc2822());
        if has(0) {
            let _ = write!(text, "<guid isPermaLink=\"false\">{number}</guid>");
        }
        if has(1) || has(4) {
            let _ = write!(text, "<description>Teaser of {number}</description>");
        }
        if has(2) {
            let _ = write!(text, "<author>desk@paper.example (Author {})</author>", number % 5);
        }
        if has(3) && has(4) {
            let _ = write!(text, "<content:encoded>The whole of story {number}.</content:encoded>");
        }
        text.push_str("</item>");
    }
    text.push_str("</channel></rss>");
    text
}
