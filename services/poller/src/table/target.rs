//! A feed as a poll knows it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use news_model::{Backlog, Feed, FeedId};
use url::Url;

/// What a poll needs to know of a configured feed: of a hundred thousand of them a poller keeps no more, and this ready for use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// Key of the feed.
    pub(crate) id: FeedId,
    /// The configured address.
    pub(crate) url: Url,
    /// Shortest time between polls, where it differs from the poller's.
    pub(crate) min_interval: Option<Duration>,
    /// Longest time between polls, where it differs from the poller's.
    pub(crate) max_interval: Option<Duration>,
    /// What the first poll does with what it finds.
    pub(crate) backlog: Backlog,
    /// When a person last asked for a poll.
    pub(crate) poll_requested_at: Option<DateTime<Utc>>,
}

impl From<&Feed> for Target {
    fn from(feed: &Feed) -> Self {
        Self {
            id: feed.id.clone(),
            url: feed.url.clone(),
            min_interval: feed.min_interval,
            max_interval: feed.max_interval,
            backlog: feed.backlog,
            poll_requested_at: feed.poll_requested_at,
        }
    }
}
