//! The poller against the embedded cluster and a newsroom, seen through its topics, metrics and readiness.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod budget;
mod catalogue;
mod gaps;
mod hanging;
mod index;
mod newsroom;
mod restart;
mod start;
mod stop;
mod world;
