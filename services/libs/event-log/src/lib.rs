//! Kafka for Courant, and the only user of rdkafka beside the black-box tests.
//!
//! ```text
//! GroupReader ── Assigned, Revoked, Record ──► the service ── Batch ──► GroupWriter
//!      │                                                                  │ begin, produce, flush, send offsets, commit
//!      └────────── Ownership: who may write what, and when ◄──────────────┘
//! ```
//!
//! The delivery promise is kept in one place, [`GroupWriter::commit`]: the records of a batch and the offsets of the partitions they follow
//! from become visible together or not at all, and only while this process owns those partitions. An aborted batch leaves nothing behind for
//! `read_committed` readers and is sent again.
//!
//! [`EmbeddedCluster`] serves a first look: it keeps everything in memory and promises none of this.

mod admin;
mod cluster;
mod dead_letter;
mod embedded;
mod fail_points;
mod group;
mod member;
mod offsets;
mod ownership;
mod positions;
mod publish;
mod reader;
mod record;
mod stop_flag;
mod sweep;
mod token;
mod topics;
mod transaction;
mod writer;

pub use admin::{Difference, TopicReport, apply_topics, partition_counts};
pub use cluster::{Cluster, ClusterError, Guarantee};
pub use dead_letter::dead_letter;
pub use embedded::{EmbeddedCluster, EmbeddedError};
#[cfg(feature = "fail-points")]
pub use fail_points::FailPoints;
pub use group::{GroupEvent, GroupReader, GroupSettings, KafkaFailure, Start};
pub use member::Member;
pub use ownership::Stamp;
pub use publish::publish;
pub use reader::{FollowFrom, Follower, ReadError, Restore, Restored, follow, snapshot, snapshot_of};
pub use record::{Headers, InRecord, MAX_VALUE_BYTES, OutRecord, USUAL_HEADERS};
pub use stop_flag::{StopFlag, StopGuard};
pub use topics::{DEFAULT_PREFIX, Topic, TopicNames, TopicPlan, TopicSpec};
pub use writer::{Batch, Committed, GroupWriter, Part, WriteError, WriterEvent, WriterSettings};
