//! Black-box tests of the kit: real signals, real HTTP.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod admin;
mod signals;
mod telemetry;
