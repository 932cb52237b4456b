//! What may be written about polling, then what it means.

mod commit;
mod fetch;
mod poll;

use std::time::Duration;

use serde::Deserialize;
use service_kit::config::Check;

pub use self::{
    commit::{Commit, RawCommit},
    fetch::{Fetch, RawFetch},
    poll::{Poll, RawException, RawHeed, RawPoll},
};

/// What may be written under `poll`, `fetch` and `commit` of a poller.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawPoller {
    /// How long the start may wait for the brokers and the topics; then the process ends with 69. Shorter than a broker's restart makes
    /// the orchestrator restart the poller over and over. Default `10m`.
    pub start_deadline: String,
    /// When feeds are polled.
    pub poll: RawPoll,
    /// How they are fetched.
    pub fetch: RawFetch,
    /// How outcomes are committed.
    pub commit: RawCommit,
}

/// The checked settings of a poller.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How long the start may wait for the cluster.
    pub start_deadline: Duration,
    /// When feeds are polled.
    pub poll: Poll,
    /// How they are fetched.
    pub fetch: Fetch,
    /// How outcomes are committed.
    pub commit: Commit,
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const MIB: u64 = 1 << 20;

impl Default for RawPoller {
    fn default() -> Self {
        Self {
            start_deadline: "10m".into(),
            poll: RawPoll::default(),
            fetch: RawFetch::default(),
            commit: RawCommit::default(),
        }
    }
}

impl Settings {
    /// Checks `raw`, whose keys lie under `poller`; faults go to `check`.
    pub fn check(raw: &RawPoller, check: &mut Check) -> Self {
        check.section("poller", |check| Self {
            start_deadline: check.duration("start_deadline", &raw.start_deadline, SECOND..=DAY),
            poll: check.section("poll", |check| Poll::check(&raw.poll, check)),
            fetch: check.section("fetch", |check| Fetch::check(&raw.fetch, check)),
            commit: check.section("commit", |check| Commit::check(&raw.commit, check)),
        })
    }
}

fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
