//! Tags the entities of published items, exactly once: a member of a consumer group that consumes, transforms and produces in one transaction.
//!
//! ```text
//!  items ──GroupReader──► consume ──InBatch──► tag ──OutBatch──► commit ──► tagged, dead letters, offsets
//!                        one batch by        all cores,         one transaction
//!                     count, bytes, time    order kept          per batch
//! ```
//!
//! The delivery promise is that of [`event_log::GroupWriter::commit`]: what was made of a batch and the offsets behind it become visible
//! together or not at all. A record that cannot be used goes to the dead-letter topic with its cause, in the same transaction; the records
//! around it flow on. The stages form a line of bounded channels, so with Kafka away reading pauses and memory stays within a few batches.
//! On a stop, `consume` takes nothing more, the others drain, and the group is left after the last commit.

mod app;
mod batch;
mod commit;
mod config;
mod consume;
mod error;
mod metrics;
mod poison;
mod tag;

pub use app::Enricher;
pub use config::{Batching, DEFAULT_MODELS, RawBatch, RawEnricher, Settings};
pub use error::EnricherError;
