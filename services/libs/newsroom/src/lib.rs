//! An invented web of news publishers behind one local TCP port, which keeps a log of what it served.
//!
//! ```text
//! connection ──► server ──► answer ──► pages: script | wire | published ──► body ──► connection
//!                              │                                             │
//!                              └──► control (/_newsroom/…) ◄── ledger ◄──────┘ whole, or not
//! ```
//!
//! Sites carry reserved names (`*.example`) and no port: a client maps every such name to [`Newsroom::addr`] and the newsroom tells
//! the sites apart by the `Host` header. URLs, item keys and bodies are therefore equal from run to run.
//!
//! What a page answers depends on how many answers it gave before and never on the clock. The ledger is the ground truth for tests: an
//! item was served once the whole body of a 200 went to the connection.

mod answer;
mod body;
mod charset;
mod control;
mod ledger;
mod listing;
mod options;
mod pages;
pub mod script;
mod server;
mod web;
mod wire;

pub use crate::ledger::{Served, ServedItem};
pub use crate::listing::FeedListing;
pub use crate::options::{Options, Pace, Publication, WireOptions};

pub use crate::server::Newsroom;
pub use crate::web::PublishError;
