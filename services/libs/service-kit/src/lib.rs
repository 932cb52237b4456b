//! What every service needs: configuration, telemetry, admin port, clock, signals.
//!
//! A service starts in this order, and each step has its module:
//!
//! 1. [`config`] turns defaults, file, environment and flags into one checked value, or reports every fault at once;
//! 2. [`telemetry`] sends log lines to standard error;
//! 3. [`shutdown`] turns signals into a cancellation token and bounds the drain that follows;
//! 4. [`admin`] serves metrics, liveness and readiness;
//! 5. [`start`] waits for what is outside and away, paced by [`backoff`];
//! 6. [`exit`] names the code the process ends with.
//!
//! [`clock`] is the one place that reads the wall clock.

pub mod admin;
pub mod backoff;
pub mod clock;
pub mod config;
pub mod exit;
pub mod shutdown;
pub mod start;
pub mod telemetry;
