//! The newsroom over real connections.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod binary;
mod client;
mod control;
mod sites;
mod wire;
