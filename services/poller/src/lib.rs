//! Polls feeds and publishes what is new in them: items, feed state and fetch records of many polls in one Kafka transaction.
//!
//! ```text
//!  feeds, feed-state ──► catalogue ──► table ──► schedule ──► fetch ──► digest ──► commit ──► items, feed-state,
//!   (consumer group,      restores      who is     as many      HTTP      bytes      one         fetches, offsets
//!    restored from       what is ours   due when   as allowed   within    to items   transaction
//!    the start)                           ▲                     limits    and state  per batch
//!                                         └──────────── a feed's state advances on commit only
//! ```
//!
//! A feed is locked from the moment it is due until its outcome is committed, so validators never run ahead of published items and no item is
//! published outside the transaction that records it as seen. The GET itself is at least once; what readers of committed records see is
//! exactly once. With the cluster away, outcomes fill their bounded room and fetching stops.

mod app;
mod backfill;
mod budget;
mod catalogue;
mod commit;
mod config;
mod digest;
mod encode;
mod fetch;
mod hints;
mod index;
mod intake;
mod metrics;
mod page;
mod parsers;
mod probe;
mod resolve;
mod restore;
mod schedule;
mod table;
mod turn;

pub use app::{Poller, PollerError};
pub use config::{Commit, Fetch, Poll, RawCommit, RawException, RawFetch, RawHeed, RawPoll, RawPoller, Settings};
pub use fetch::ClientError;
pub use probe::{Probe, ProbeError, Probed, ProbedFeed};
pub use resolve::HostOverride;
