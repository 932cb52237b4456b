//! The crate from outside: golden feeds and laws that hold for any bytes.

#![expect(clippy::expect_used, reason = "tests panic, their helpers too")]

mod battery;
mod golden;
mod laws;
mod memory;
mod oracle;

use chrono::DateTime;
use feed_core::parse::{ParseContext, ParseError, ParsedFeed, parse};

/// Parses `body` as the feed `golden`, fetched from a fixed address.
fn parsed(body: &[u8], content_type: Option<&str>) -> Result<ParsedFeed, ParseError> {
    let feed = "golden".parse().expect("a valid id");
    let base_url = "https://base.example/feeds/feed.xml".parse().expect("a valid address");
    let context = ParseContext { feed: &feed, base_url: &base_url, content_type, now: DateTime::UNIX_EPOCH };
    parse(body, &context)
}
