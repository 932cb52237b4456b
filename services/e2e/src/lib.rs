//! What the black-box tests and the benches share: a Kafka node, an invented web, the `courant` binary, and readers that trust neither.
//!
//! ```text
//! Web (newsroom) ◄──HTTP── courant poller ──► Kafka ◄──► courant enricher
//!    │ truth                                    │
//!    └───────────► compared with ◄── topics ────┘
//! ```
//!
//! Everything here blocks, so that a test reads from top to bottom. Every wait has a deadline and fails with what it waited for.

pub mod binary;
pub mod cpu;
pub mod foreign;
pub mod kafka;
pub mod process;
pub mod proxy;
pub mod topics;
pub mod truth;
pub mod wait;
pub mod web;
pub mod world;
