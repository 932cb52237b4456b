//! How outcomes are committed.

use std::time::Duration;

use serde::Deserialize;
use service_kit::config::Check;

use super::{MIB, SECOND, size};

/// What may be written under `poller.commit`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawCommit {
    /// Outcomes gather this long before they are committed together. Shorter is fresher, longer is cheaper. Default `250ms`.
    pub interval: String,
    /// A batch is cut at this many bytes of records. Default 4 MiB.
    pub max_batch_bytes: u64,
    /// Bytes of records that may wait for a commit; beyond, fetching stops. Default 64 MiB.
    pub max_unsent_bytes: u64,
}

/// Checked form of [`RawCommit`].
#[derive(Clone, Debug)]
pub struct Commit {
    /// Outcomes gather this long.
    pub interval: Duration,
    /// A batch is cut at this size.
    pub max_batch_bytes: usize,
    /// Bytes that may wait for a commit.
    pub max_unsent_bytes: usize,
}

impl Default for RawCommit {
    fn default() -> Self {
        Self { interval: "250ms".into(), max_batch_bytes: 4 * MIB, max_unsent_bytes: 64 * MIB }
    }
}

impl Commit {
    pub(super) fn check(raw: &RawCommit, check: &mut Check) -> Self {
        let interval = Duration::from_millis(1)..=SECOND * 10;
        Self {
            interval: check.duration("interval", &raw.interval, interval),
            max_batch_bytes: size(check.bytes("max_batch_bytes", raw.max_batch_bytes, 64 * 1024..=32 * MIB)),
            max_unsent_bytes: size(check.bytes("max_unsent_bytes", raw.max_unsent_bytes, 2 * MIB..=1024 * MIB)),
        }
    }
}
