//! The words of Courant: ids, feeds, items, tags, and their form on the wire. No IO, no clock.
//!
//! ```text
//! text, bytes ──TryFrom──► FeedId, ItemId, Feed, Schedule, Seen ──► wire::* ──prost──► record value
//!                                                       Placement ──► partition
//!                                                        Envelope ──► record headers
//! ```
//!
//! The generated [`wire`] types are the contract of the topics; the checked types beside them carry the rules.

mod caps;
mod entity;
mod envelope;
mod feed;
mod fields;
mod ids;
mod item;
mod keys;
mod placement;
mod state;
mod time;

pub use caps::{Capped, cap_text, fit_event, fit_tagged};
pub use entity::{EntityType, TextField, UnknownEntityType};
pub use envelope::{CONTENT_TYPE_PROTOBUF, Envelope, EventKind, TraceContext};
pub use feed::{Backlog, Feed, FeedFault, MAX_URL_BYTES, feed_url};
pub use fields::{FieldHash, FieldHashes};
pub use ids::{BadId, ContentHash, FeedId, FetchId, ItemId, ShardKey};
pub use item::{Category, DateFacts, DateField, DateRule, DateZone, Detected, Item, ItemField, Media, Person};
pub use keys::{ItemKeys, KeyKind, KeyPrefix};
pub use placement::{DEFAULT_PARTITIONS, partition_of};
pub use state::{
    Doubt, Habits, Level, LiveItem, Moving, RememberedItem, Retirement, Rhythm, SEEN_VERSION, STATE_VERSION, Schedule,
    Seen, SeenItems, StateFault, StateKey, content_start,
};
pub use time::{from_timestamp, to_timestamp};

/// Types generated from `proto/courant/news/v1`, whose comments are the documentation of every field.
#[expect(clippy::pedantic, reason = "generated code")]
pub mod wire {
    include!(concat!(env!("OUT_DIR"), "/courant.news.v1.rs"));
}

/// Layout version written into every message; a reader refuses higher ones where it would have to overwrite them.
pub const WIRE_VERSION: u32 = 1;
