//! The admin port: `/metrics` for Prometheus, `/livez` and `/readyz` for the orchestrator.

mod dependency;
mod liveness;
mod process;
mod readiness;
mod routes;
mod server;

pub use self::{
    dependency::Dependency,
    liveness::{Heartbeat, Liveness},
    process::{BuildInfo, register_process},
    readiness::{Latch, Readiness},
    server::{AdminError, AdminServer},
};
