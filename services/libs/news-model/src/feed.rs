//! A configured feed, checked.

use std::{borrow::Cow, time::Duration};

use chrono::{DateTime, Utc};
use url::Url;

use crate::{
    WIRE_VERSION,
    ids::{BadId, FeedId, ShardKey},
    time::{from_timestamp, to_timestamp},
    wire,
};

/// Longest address of a feed, in bytes.
pub const MAX_URL_BYTES: usize = 2_048;

/// One configured feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Its key.
    pub id: FeedId,
    /// Address that is polled.
    pub url: Url,
    /// What its partition is chosen by, for ever.
    pub shard_key: ShardKey,
    /// Name for people, or empty.
    pub title: String,
    /// OPML folder path, outermost first.
    pub folders: Vec<String>,
    /// Free labels.
    pub tags: Vec<String>,
    /// Shortest time between polls, where it differs from the poller's.
    pub min_interval: Option<Duration>,
    /// Longest time between polls, where it differs from the poller's.
    pub max_interval: Option<Duration>,
    /// What the first poll does with what it finds.
    pub backlog: Backlog,
    /// Name of credentials, or empty. Kept as it is read; no poller knows any.
    pub credentials: String,
    /// When it was added.
    pub created_at: Option<DateTime<Utc>>,
    /// When a person last asked for a poll.
    pub poll_requested_at: Option<DateTime<Utc>>,
}

/// What the first poll of a feed does with the items it finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backlog {
    /// Publish them.
    #[default]
    Emit,
    /// Publish them, marked.
    Mark,
    /// Remember them and publish none.
    Skip,
}

/// Why a record of the catalogue is no feed that can be polled.
#[derive(Debug, thiserror::Error)]
pub enum FeedFault {
    /// A newer Courant wrote it.
    #[error("written in layout version {0}, this process knows {WIRE_VERSION}; upgrade it to poll this feed")]
    Newer(u32),
    /// Its id or shard key is out of form.
    #[error(transparent)]
    Id(#[from] BadId),
    /// Its address cannot be polled.
    #[error("url {url:?}: {problem}")]
    Url {
        /// The address at fault.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl Feed {
    /// A feed for `url` with nothing else said about it.
    #[must_use]
    pub fn of_url(url: Url, created_at: DateTime<Utc>) -> Self {
        Self {
            id: FeedId::of_url(&url),
            shard_key: ShardKey::of_url(&url),
            url,
            title: String::new(),
            folders: Vec::new(),
            tags: Vec::new(),
            min_interval: None,
            max_interval: None,
            backlog: Backlog::Emit,
            credentials: String::new(),
            created_at: Some(created_at),
            poll_requested_at: None,
        }
    }

    /// The wire form.
    #[must_use]
    pub fn to_wire(&self) -> wire::Feed {
        let seconds = |span: Option<Duration>| span.map_or(0, |span| u32::try_from(span.as_secs()).unwrap_or(u32::MAX));
        let policy = wire::PollPolicy {
            min_interval_seconds: seconds(self.min_interval),
            max_interval_seconds: seconds(self.max_interval),
            backlog: i32::from(match self.backlog {
                Backlog::Emit => wire::Backlog::Emit,
                Backlog::Mark => wire::Backlog::Mark,
                Backlog::Skip => wire::Backlog::Skip,
            }),
        };
        wire::Feed {
            version: WIRE_VERSION,
            id: self.id.to_string(),
            url: self.url.to_string(),
            shard_key: self.shard_key.to_string(),
            title: self.title.clone(),
            folders: self.folders.clone(),
            tags: self.tags.clone(),
            policy: Some(policy),
            credentials: self.credentials.clone(),
            created_at: self.created_at.map(to_timestamp),
            poll_requested_at: self.poll_requested_at.map(to_timestamp),
        }
    }
}

impl TryFrom<wire::Feed> for Feed {
    type Error = FeedFault;

    fn try_from(feed: wire::Feed) -> Result<Self, FeedFault> {
        if feed.version > WIRE_VERSION {
            return Err(FeedFault::Newer(feed.version));
        }
        let policy = feed.policy.unwrap_or_default();
        let span = |seconds: u32| (seconds > 0).then(|| Duration::from_secs(seconds.into()));
        Ok(Self {
            id: feed.id.parse()?,
            url: feed_url(&feed.url)?,
            shard_key: feed.shard_key.parse()?,
            title: feed.title,
            folders: feed.folders,
            tags: feed.tags,
            min_interval: span(policy.min_interval_seconds),
            max_interval: span(policy.max_interval_seconds),
            backlog: match policy.backlog() {
                wire::Backlog::Unspecified | wire::Backlog::Emit => Backlog::Emit,
                wire::Backlog::Mark => Backlog::Mark,
                wire::Backlog::Skip => Backlog::Skip,
            },
            credentials: feed.credentials,
            created_at: feed.created_at.as_ref().and_then(from_timestamp),
            poll_requested_at: feed.poll_requested_at.as_ref().and_then(from_timestamp),
        })
    }
}

/// The address of a feed as a person wrote it: http or https, with a host, without user name, password or fragment.
///
/// # Errors
/// What is wrong with it and what to write instead.
pub fn feed_url(text: &str) -> Result<Url, FeedFault> {
    let text = text.trim();
    let fault = |problem: &str| FeedFault::Url { url: text.chars().take(200).collect(), problem: problem.to_owned() };
    if text.len() > MAX_URL_BYTES {
        return Err(fault("longer than 2,048 bytes"));
    }
    let mut url = match Url::parse(&without_feed_scheme(text)) {
        Ok(url) => url,
        Err(url::ParseError::RelativeUrlWithoutBase) => {
            return Err(fault("no scheme; write it with http:// or https://"));
        }
        Err(error) => return Err(fault(&error.to_string())),
    };
    if !matches!(url.scheme(), "http" | "https") {
        return Err(fault("only http and https feeds can be polled"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(fault(
            "holds a user name or password, which would stand in topics for all to read; such feeds are not polled",
        ));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(fault("no host"));
    }
    url.set_fragment(None);
    Ok(url)
}

/// `feed:https://a.example/` and `feed://a.example/` as links to feeds and exported lists write them, by the address that is meant.
fn without_feed_scheme(text: &str) -> Cow<'_, str> {
    let Some(rest) = text.split_at_checked(5).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("feed:")) else {
        return text.into();
    };
    match rest.1 {
        host if host.starts_with("//") => format!("http:{host}").into(),
        address => address.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_survives_the_wire() {
        let mut feed = Feed::of_url(feed_url("https://a.example/rss").unwrap(), DateTime::UNIX_EPOCH);
        feed.title = "A".into();
        feed.backlog = Backlog::Skip;
        feed.min_interval = Some(Duration::from_secs(90));
        assert_eq!(Feed::try_from(feed.to_wire()).unwrap(), feed);
    }

    #[test]
    fn a_newer_layout_is_refused() {
        let feed = wire::Feed { version: WIRE_VERSION + 1, ..wire::Feed::default() };
        assert!(matches!(Feed::try_from(feed), Err(FeedFault::Newer(2))));
    }

    #[test]
    fn addresses_that_cannot_be_polled_say_why() {
        let cases = [
            ("harbourpost.example/rss", "http:// or https://"),
            ("ftp://a.example/", "only http and https"),
            ("http://user:secret@a.example/", "user name or password"),
            ("http://", "host"),
            ("http://a b/", "invalid"),
        ];
        for (text, word) in cases {
            let message = feed_url(text).unwrap_err().to_string();
            assert!(message.contains(word), "{message}");
        }
    }

    #[test]
    fn the_scheme_of_feeds_means_http_or_what_stands_behind_it() {
        for (text, meant) in [
            ("feed://a.example/x", "http://a.example/x"),
            ("FEED:https://a.example/x", "https://a.example/x"),
            ("http://feed:80/x", "http://feed/x"),
        ] {
            assert_eq!(feed_url(text).unwrap().as_str(), meant);
        }
        for text in ["feed:", "feed:a.example", "feed:javascript:alert(1)", "feed:feed://a.example/", "feéd://a/"] {
            assert!(feed_url(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_fragment_is_dropped() {
        assert_eq!(feed_url(" http://a.example/f#x ").unwrap().as_str(), "http://a.example/f");
    }
}
