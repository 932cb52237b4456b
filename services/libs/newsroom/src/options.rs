//! What a newsroom can be told before and while it runs.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;

use bytes::Bytes;

use crate::ledger::ServedItem;

/// How one newsroom is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 (the default, on the loopback address) takes a free port.
    pub listen: SocketAddr,
    /// Whether the bundled sites of [`crate::script::SITES`] are served; they are by default.
    pub bundled: bool,
    /// Generated feeds for load; none by default.
    pub wire: WireOptions,
    /// Pages put up before the first connection, as [`crate::Newsroom::publish`] does later.
    pub extra: Vec<Publication>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            bundled: true,
            wire: WireOptions::default(),
            extra: Vec::new(),
        }
    }
}

/// Generated feeds for load: `http://wire-0000.example/feed.xml`, `http://wire-0001.example/feed.xml` and on.
///
/// Edition `n` (from 0) of a feed holds the `window` newest of its first `items_per_poll × (n + 1)` items.
#[derive(Clone, Debug)]
pub struct WireOptions {
    /// How many feeds there are.
    pub feeds: u32,
    /// How many hosts share them, `http://wire-0000.example/0.xml` and on; without it each feed has its own.
    pub hosts: Option<NonZeroU32>,
    /// Items that each edition adds; with 0 every feed stays at its first `window` items and answers 304 to its own `ETag`.
    pub items_per_poll: u32,
    /// The most items of one answer, at least 1.
    pub window: u32,
    /// Every so many-th item is corrected once, in the edition after its first; 0 corrects none.
    ///
    /// Corrections need a `window` of two editions or more, so that every corrected item is seen twice.
    pub correct_every: u32,
    /// After so many editions a feed stays as it is and answers 304 to its own `ETag`; without it feeds grow for ever.
    pub editions: Option<NonZeroU32>,
    /// What makes a feed go on to its next edition.
    pub pace: Pace,
    /// Chooses the words of the items; their keys do not depend on it.
    pub seed: u64,
}

impl Default for WireOptions {
    fn default() -> Self {
        Self {
            feeds: 0,
            hosts: None,
            items_per_poll: 2,
            window: 20,
            correct_every: 10,
            editions: None,
            pace: Pace::EveryAnswer,
            seed: 1,
        }
    }
}

impl WireOptions {
    /// Checks the figures against each other.
    ///
    /// # Errors
    ///
    /// `InvalidInput` names the figure at fault.
    pub(crate) fn check(&self) -> io::Result<()> {
        if self.window == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "wire window must be at least 1"));
        }
        let doubled = self.items_per_poll.saturating_mul(2);
        if self.correct_every > 0 && self.window < doubled {
            let fault =
                format!("wire window is {} but corrections need two editions in it, {doubled} items", self.window);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, fault));
        }
        Ok(())
    }
}

/// What makes a wire feed go on to its next edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Every whole 200, so a client that dies with an answer in hand may never see an edition.
    EveryAnswer,
    /// A request that brings back the `ETag` of the current edition.
    ///
    /// A client that saves validators only together with the items they cover thus sees every edition, however often it is killed, and
    /// the ledger is exact: each item in each revision is due exactly once.
    Confirmed,
}

/// A page put up by a test.
#[derive(Clone, Debug)]
pub struct Publication {
    /// Where the page stands; a later publication under the same URL takes its place.
    pub url: String,
    /// The `Content-Type` it is served with.
    pub content_type: String,
    /// The body, byte for byte.
    pub body: Bytes,
    /// What the ledger says was served with this body; the newsroom does not read bodies.
    pub items: Vec<ServedItem>,
}

impl Publication {
    /// A page of which the ledger knows no items.
    #[must_use]
    pub fn new(url: impl Into<String>, content_type: impl Into<String>, body: impl Into<Bytes>) -> Self {
        Self { url: url.into(), content_type: content_type.into(), body: body.into(), items: Vec::new() }
    }

    /// The same page with the items it holds.
    #[must_use]
    pub fn with_items(mut self, items: Vec<ServedItem>) -> Self {
        self.items = items;
        self
    }
}
