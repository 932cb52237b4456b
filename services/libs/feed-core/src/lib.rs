//! The rules of polling: when to ask, what an answer means, what a body holds, what is new in it. No IO, no clock.
//!
//! ```text
//! politeness ──► redirect ──► verdict ──► parse ──► revise ──► schedule_after
//!  (may I ask)   (address)   (validators)  (items)   (events)   (due, retry_after)
//! ```
//!
//! Every function takes values, the present time and the random draw among them, and returns a decision. [`opml`] reads and writes lists of
//! feeds.

pub mod address;
pub mod backoff;
pub mod budget;
pub mod canonical;
pub mod channel;
pub mod discover;
pub mod due;
pub mod fingerprint;
pub mod gap;
pub mod host_pattern;
pub mod identity;
pub mod moved;
pub mod opml;
pub mod pace;
pub mod parse;
pub mod politeness;
pub mod quiet;
pub mod redirect;
pub mod retry_after;
pub mod revise;
pub mod rhythm;
pub mod schedule_after;
pub mod skip;
pub mod trust;
pub mod validators;
pub mod verdict;
