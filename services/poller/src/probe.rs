//! Asks single addresses for a person, by the rules of any fetch.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use feed_core::{
    parse::{ParseContext, parse},
    politeness::{Ledger, Place},
};
use news_model::{FeedId, Schedule};
use reqwest::header;
use service_kit::clock;
use url::Url;

use crate::{
    config::Settings,
    digest::heard,
    fetch::{Answered, ClientError, Fetched, Fetcher, Question},
    table::Table,
    turn::Turn,
};

/// Asks addresses within the limits of a poller, and no faster than it would.
#[derive(Debug)]
pub struct Probe {
    fetcher: Fetcher,
    table: Arc<Table>,
    settings: Settings,
}

/// What an address answered with.
#[derive(Clone, Debug)]
pub struct Probed {
    /// Address that answered, after redirects.
    pub final_url: Url,
    /// Whether every redirect on the way was a permanent one.
    pub moved_for_good: bool,
    /// `Content-Type` of the answer.
    pub content_type: Option<String>,
    /// The body, unpacked.
    pub body: Bytes,
    /// The feed in it, if it is one.
    pub feed: Option<ProbedFeed>,
}

/// A feed that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbedFeed {
    /// Its name for itself, or empty.
    pub title: String,
    /// Items in it.
    pub items: usize,
    /// Date of the newest of them.
    pub newest: Option<DateTime<Utc>>,
}

/// Why an address gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// It was refused, or did not answer.
    #[error("{0}")]
    Failed(String),
    /// It answered with something else than a body.
    #[error("it answers with status {0}")]
    Status(u16),
}

impl Probe {
    /// A probe that keeps to `settings`.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(settings: &Settings) -> Result<Self, ClientError> {
        let fetcher = Fetcher::new(settings.fetch.clone())?;
        let table = Arc::new(Table::new(Ledger::new(settings.poll.manners())));
        Ok(Self { fetcher, table, settings: settings.clone() })
    }

    /// Asks `url` once.
    ///
    /// # Errors
    /// When it is refused, does not answer in time, or has no body to give.
    pub async fn ask(&self, url: &Url) -> Result<Probed, ProbeError> {
        let turn = Turn::wait(&self.table, Place::of_url(url)).await;
        let turn = turn.map_err(|until| ProbeError::Failed(format!("it wants no request before {until}")))?;
        let blank = Schedule::default();
        let (fetched, turn) = self.fetcher.fetch(Question { url, schedule: &blank, conditional: false }, turn).await;
        if let Some(turn) = turn {
            let now = clock::now();
            turn.leave(now, heard(&fetched, now, self.settings.poll.longest_wait));
        }
        let Fetched { final_url, redirects, result, .. } = fetched;
        let Answered { status, headers, body, .. } = result.map_err(|error| ProbeError::Failed(error.to_string()))?;
        if status != 200 {
            return Err(ProbeError::Status(status));
        }
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let moved_for_good = redirects.iter().all(|redirect| matches!(redirect.status, 301 | 308));
        let feed = feed_in(&body, content_type, &final_url);
        Ok(Probed { feed, final_url, moved_for_good, content_type: content_type.map(Into::into), body })
    }
}

fn feed_in(body: &Bytes, content_type: Option<&str>, final_url: &Url) -> Option<ProbedFeed> {
    let id = FeedId::of_url(final_url);
    let context = ParseContext { feed: &id, base_url: final_url, content_type, now: clock::now() };
    let parsed = parse(body, &context).ok()?;
    let newest = parsed.items.iter().filter_map(|item| item.published_at).max();
    Some(ProbedFeed { title: parsed.title, items: parsed.items.len(), newest })
}
