//! The enricher against the embedded cluster, seen through its topics, metrics and readiness.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod flow;
mod start;
mod stop;
mod world;
