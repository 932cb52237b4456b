//! The invented web, served from this process: it outlives the pollers that tests kill.

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
    time::Duration,
};

use anyhow::{Context, Result};
use newsroom::{Newsroom, Options};
use reqwest::{
    Client,
    dns::{Addrs, Name, Resolve, Resolving},
};
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

/// A client with the settings of the poller's, for which every host is at `at`.
///
/// # Errors
/// When it cannot be set up.
pub fn client(at: SocketAddr) -> Result<Client> {
    let client = Client::builder()
        .user_agent(concat!("courant/", env!("CARGO_PKG_VERSION"), " (news feed poller)"))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .dns_resolver(Arc::new(Everywhere(at)))
        .connect_timeout(Duration::from_secs(5))
        .http1_max_headers(100)
        .http2_max_header_list_size(64 << 10)
        .pool_idle_timeout(Duration::from_secs(5))
        .pool_max_idle_per_host(2);
    // Nothing here speaks TLS, but the client wants to be able to.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(client.build()?)
}

/// Gives every host the one address.
struct Everywhere(SocketAddr);

impl Resolve for Everywhere {
    fn resolve(&self, _: Name) -> Resolving {
        let one: Addrs = Box::new(std::iter::once(self.0));
        Box::pin(std::future::ready(Ok(one)))
    }
}
