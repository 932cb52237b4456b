//! The `courant` binary, seen from outside: against Apache Kafka, with an invented web behind it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod broker;
mod chaos;
mod commit;
mod contract;
mod dev;
mod discovery;
mod explain;
mod faults;
mod load;
mod members;
mod newsroom;
mod pages;
mod poison;
mod protocol;
mod rebalance;
mod restore;
mod shutdown;
mod steps;
mod stories;
mod strike;
mod topics;
