//! One typed configuration from defaults, a TOML file, the environment and flags, later ones winning.
//!
//! ```
//! use std::time::Duration;
//! use serde::Deserialize;
//! use service_kit::config::{Check, Faults, Sources, load};
//!
//! /// What may be written.
//! #[derive(Deserialize)]
//! #[serde(default, deny_unknown_fields)]
//! struct RawPoll { interval_min: String }
//!
//! impl Default for RawPoll {
//!     fn default() -> Self { Self { interval_min: "5m".into() } }
//! }
//!
//! #[derive(Default, Deserialize)]
//! #[serde(default, deny_unknown_fields)]
//! struct Raw { poll: RawPoll }
//!
//! /// What it means.
//! struct Poll { interval_min: Duration }
//!
//! fn check_poll(raw: &RawPoll, check: &mut Check) -> Poll {
//!     let bounds = Duration::from_mins(1)..=Duration::from_hours(24);
//!     check.section("poll", |check| Poll {
//!         interval_min: check.duration("interval_min", &raw.interval_min, bounds),
//!     })
//! }
//!
//! fn configure(sources: &Sources) -> Result<Poll, Faults> {
//!     let (raw, mut check) = load::<Raw>(sources).into_check();
//!     let poll = check_poll(&raw.poll, &mut check);
//!     check.finish(poll)
//! }
//!
//! assert_eq!(configure(&Sources::new().set("poll.interval_min=90s"))?.interval_min.as_secs(), 90);
//! let report = configure(&Sources::new().set("poll.interval_min=1s").set("pol.x=1")).err().unwrap().to_string();
//! assert_eq!(report, "2 faults in the configuration:
//!   1. pol (flag --set): unknown key; did you mean `poll`?
//!   2. poll.interval_min = \"1s\" (flag --set): outside its range; write a duration from 1m to 1day");
//! # Ok::<(), Faults>(())
//! ```
//!
//! # Where values come from
//!
//! - The file is TOML; the structs give its shape. Every struct on the way has `#[serde(default)]`.
//! - `COURANT_POLL__INTERVAL_MIN=90s` sets `poll.interval_min`: the prefix is dropped, `__` steps into a table, the rest is
//!   lower-cased. An empty variable means "none" for an optional key.
//! - `--set poll.interval_min=90s` and a command's own flags set keys likewise.
//!
//! Text from the environment and from flags becomes what its field asks for: a number, a boolean, text, a list (split at commas,
//! or a TOML array), a table (a TOML inline table).
//!
//! Under a free map ([`Sources::free_map`]) names are open and hold dots. Only there does a variable's `_` mean a dot:
//! `COURANT_KAFKA__PROPERTIES__SASL_PASSWORD` sets `kafka.properties."sasl.password"`. A property whose own name has an
//! underscore is set by file or flag.
//!
//! # Faults
//!
//! Nothing stops at the first fault. A faulty value is noted and left out, so its key falls back to the default while the rest is
//! read and checked; [`Check::finish`] then gives every fault of shape and of range in one report. Values under names that look
//! secret are never printed.

mod check;
mod diagnosis;
mod fault;
mod file;
mod free_map;
mod load;
mod origin;
mod reader;
mod secret;
mod sources;
#[cfg(test)]
mod tests;
mod tree;

pub use self::{
    check::Check,
    fault::{Fault, Faults},
    load::{Loaded, load},
    origin::{Origin, Origins},
    secret::Secret,
    sources::Sources,
};
