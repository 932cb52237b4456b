//! One HTTP exchange: conditional GET, redirects by hand, every limit enforced here.

use std::{error::Error, time::Duration};

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, Utc};
use news_model::{
    Schedule,
    wire::{Outcome, Redirect},
};
use reqwest::{
    Client, Response,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use url::Url;

use crate::{
    config::Fetch,
    resolve::{Guard, ResolveError},
};

/// Media types that a feed may have, best first.
const ACCEPT: &str = "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, \
                      application/json;q=0.8, application/xml;q=0.7, text/xml;q=0.7, */*;q=0.1";

/// Fetches feeds within the limits of the configuration.
#[derive(Clone, Debug)]
pub(crate) struct Fetcher {
    client: Client,
    guard: Guard,
    limits: Fetch,
}

/// An answer that was read to its end.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) started_at: DateTime<Utc>,
    pub(crate) took: Duration,
    pub(crate) final_url: Url,
    pub(crate) redirects: Vec<Redirect>,
    pub(crate) conditional: bool,
    pub(crate) result: Result<Answered, FetchError>,
}

/// Status, headers and body of the last answer.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// Empty unless the status is 200 or 203.
    pub(crate) body: Bytes,
}

/// Why no answer could be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("redirect refused: {0}")]
    Redirect(#[from] feed_core::redirect::RedirectFault),
    #[error(transparent)]
    Resolve(ResolveError),
    #[error("no connection: {0}")]
    Connect(String),
    #[error("TLS could not be agreed: {0}")]
    Tls(String),
    #[error("no answer within {0:?}")]
    TimedOut(Duration),
    #[error("body is larger than {0} bytes")]
    TooLarge(usize),
    #[error("the exchange broke off: {0}")]
    Broken(String),
}

impl FetchError {
    /// The verdict that it means for the poll.
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::Redirect(_) => Outcome::BadRedirect,
            Self::Resolve(ResolveError::Denied { .. }) => Outcome::AddressDenied,
            Self::Resolve(ResolveError::NoAddress { .. } | ResolveError::Failed { .. }) => Outcome::DnsFailed,
            Self::Connect(_) | Self::Broken(_) => Outcome::ConnectFailed,
            Self::Tls(_) => Outcome::TlsFailed,
            Self::TimedOut(_) => Outcome::TimedOut,
            Self::TooLarge(_) => Outcome::TooLarge,
        }
    }
}

/// Why the HTTP client could not be made.
#[derive(Debug, thiserror::Error)]
#[error("cannot set up the HTTP client: {0}")]
pub struct ClientError(#[source] reqwest::Error);

impl Fetcher {
    /// A fetcher within `limits`.
    pub(crate) fn new(limits: Fetch) -> Result<Self, ClientError> {
        // Several services of one process may ask for it; the first one wins and all are the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let guard = Guard::new(limits.hosts.clone(), limits.allow_networks.clone());
        let client = Client::builder()
            .user_agent(limits.user_agent.clone())
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .dns_resolver(guard.clone())
            .connect_timeout(limits.connect_timeout)
            .read_timeout(limits.read_timeout)
            .pool_idle_timeout(Duration::from_secs(30))
            .pool_max_idle_per_host(2)
            .build()
            .map_err(ClientError)?;
        Ok(Self { client, guard, limits })
    }

    /// Asks for the feed at `url`, with the validators of `schedule`. Every failure is a value.
    pub(crate) async fn fetch(&self, url: &Url, schedule: &Schedule) -> Fetched {
        let started_at = service_kit::clock::now();
        let begun = std::time::Instant::now();
        let mut trail = Trail { url: url.clone(), redirects: Vec::new() };
        let validators = validators(schedule);
        let conditional = !validators.is_empty();
        let exchange = self.exchange(&mut trail, &validators);
        let result = match tokio::time::timeout(self.limits.total_timeout, exchange).await {
            Ok(result) => result,
            Err(_) => Err(FetchError::TimedOut(self.limits.total_timeout)),
        };
        Fetched {
            started_at,
            took: begun.elapsed(),
            final_url: trail.url,
            redirects: trail.redirects,
            conditional,
            result,
        }
    }

    async fn exchange(&self, trail: &mut Trail, validators: &HeaderMap) -> Result<Answered, FetchError> {
        let mut before = Vec::new();
        loop {
            self.guard.check_literal(&trail.url).map_err(FetchError::Resolve)?;
            let response = self
                .client
                .get(trail.url.clone())
                .header(header::ACCEPT, ACCEPT)
                .headers(validators.clone())
                .send()
                .await
                .map_err(|error| self.failure(&error))?;
            let status = response.status().as_u16();
            if !matches!(status, 301 | 302 | 303 | 307 | 308) {
                return self.read(status, response).await;
            }
            let location = response.headers().get(header::LOCATION).map(HeaderValue::as_bytes);
            let next = feed_core::redirect::next_hop(&trail.url, status, location, &before, self.limits.max_redirects)?;
            trail.redirects.push(Redirect { status: u32::from(status), location: next.to_string() });
            before.push(std::mem::replace(&mut trail.url, next));
        }
    }

    /// Reads the body of a 200 or 203, counting decoded bytes; what other answers say does not matter.
    async fn read(&self, status: u16, mut response: Response) -> Result<Answered, FetchError> {
        let headers = std::mem::take(response.headers_mut());
        let mut body = BytesMut::new();
        if matches!(status, 200 | 203) {
            while let Some(chunk) = response.chunk().await.map_err(|error| self.failure(&error))? {
                if body.len().saturating_add(chunk.len()) > self.limits.max_body_bytes {
                    return Err(FetchError::TooLarge(self.limits.max_body_bytes));
                }
                body.extend_from_slice(&chunk);
            }
        }
        Ok(Answered { status, headers, body: body.freeze() })
    }

    fn failure(&self, error: &reqwest::Error) -> FetchError {
        let causes = || std::iter::successors(error.source(), |cause| (*cause).source());
        if let Some(cause) = causes().find_map(resolve_error) {
            return FetchError::Resolve(cause);
        }
        if let Some(cause) = causes().find_map(tls_error) {
            return FetchError::Tls(cause);
        }
        let innermost = causes().last().map_or_else(|| error.to_string(), ToString::to_string);
        if error.is_timeout() {
            let limit = if error.is_connect() { self.limits.connect_timeout } else { self.limits.read_timeout };
            return FetchError::TimedOut(limit);
        }
        if error.is_connect() {
            return FetchError::Connect(innermost);
        }
        FetchError::Broken(innermost)
    }
}

struct Trail {
    url: Url,
    redirects: Vec<Redirect>,
}

/// Validators exactly as received (RFC 9110, 13.1). One that is no header value any more is left out.
fn validators(schedule: &Schedule) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let pairs: [(HeaderName, &Bytes); 2] =
        [(header::IF_NONE_MATCH, &schedule.etag), (header::IF_MODIFIED_SINCE, &schedule.last_modified)];
    for (name, value) in pairs {
        if !value.is_empty()
            && let Ok(value) = HeaderValue::from_bytes(value)
        {
            headers.insert(name, value);
        }
    }
    headers
}

fn resolve_error(cause: &(dyn Error + 'static)) -> Option<ResolveError> {
    cause.downcast_ref::<ResolveError>().cloned()
}

fn tls_error(cause: &(dyn Error + 'static)) -> Option<String> {
    if let Some(error) = cause.downcast_ref::<rustls::Error>() {
        return Some(error.to_string());
    }
    // The source of an I/O error is the source of what it wraps; the wrapped one itself is found by asking, however often it was wrapped.
    tls_error(cause.downcast_ref::<std::io::Error>()?.get_ref()?)
}

#[cfg(test)]
mod tests;
