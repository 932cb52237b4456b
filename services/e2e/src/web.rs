//! The invented web, served from this process: it outlives the pollers that tests kill.

use std::{net::SocketAddr, sync::OnceLock};

use anyhow::{Context, Result};
use newsroom::{Newsroom, Options};
use tokio::runtime::Runtime;

/// A newsroom that is served until it is dropped.
#[derive(Debug)]
pub struct Web {
    newsroom: Newsroom,
}

impl Web {
    /// Serves a newsroom.
    ///
    /// # Errors
    /// When the options contradict each other or no port is free.
    pub fn serve(options: Options) -> Result<Self> {
        let newsroom = runtime()?.block_on(Newsroom::start(options))?;
        Ok(Self { newsroom })
    }

    /// Where every `*.example` host is to be looked for.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.newsroom.addr()
    }

    /// The newsroom itself.
    #[must_use]
    pub fn newsroom(&self) -> &Newsroom {
        &self.newsroom
    }

    /// Addresses to subscribe to, one a line, as `courant feeds import` takes them.
    #[must_use]
    pub fn feed_list(&self) -> String {
        let feeds = self.newsroom.feeds();
        let urls: Vec<_> = feeds.into_iter().map(|feed| feed.url).collect();
        urls.join("\n")
    }
}

/// Where asynchronous parts of the harness run.
pub(crate) fn runtime() -> Result<&'static Runtime> {
    static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();
    let started =
        RUNTIME.get_or_init(|| tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().ok());
    started.as_ref().context("the runtime cannot be started")
}
