//! One HTTP exchange: conditional GET, redirects by hand, every limit enforced here.

use std::{path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use feed_core::{
    politeness::{Heard, Place},
    redirect::{is_redirect, next_hop},
};
use news_model::{Schedule, wire::Redirect};
use reqwest::{
    Certificate, Client, RequestBuilder, Response,
    header::{self, HeaderMap, HeaderName, HeaderValue},
};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout_at},
};
use url::Url;

use self::body::{ACCEPT_ENCODING, Body, Room};
pub(crate) use self::error::{FetchError, Stage};
use crate::{config::Fetch, resolve::Guard, turn::Turn};

mod body;
mod error;

/// How long a connection is kept for another request. The feeds of a site are polled seconds apart, those of others not before their connections would have
/// to be opened anew anyway; each that idles takes some thirty kilobytes, and a hundred polls a second leave as many behind.
const LONGEST_IDLE: Duration = Duration::from_secs(5);

/// Media types that a feed may have, best first.
const ACCEPT: HeaderValue = HeaderValue::from_static(
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, \
     application/json;q=0.8, application/xml;q=0.7, text/xml;q=0.7, */*;q=0.1",
);

/// Fetches feeds within the limits of the configuration.
#[derive(Clone, Debug)]
pub(crate) struct Fetcher {
    client: Client,
    guard: Guard,
    limits: Fetch,
    /// What all bodies in memory may take, in permits of a KiB.
    bodies: Arc<Semaphore>,
}

/// What makes a request a conditional one.
#[derive(Debug, Default)]
struct Validators {
    etag: Option<HeaderValue>,
    last_modified: Option<HeaderValue>,
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) url: &'a Url,
    pub(crate) schedule: &'a Schedule,
    /// Whether the validators are sent, where there are any.
    pub(crate) conditional: bool,
}

/// What came of a fetch.
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
    /// Empty unless the status is 200, 203 or 226.
    pub(crate) body: Bytes,
    /// Bytes of the body as they came, before they were unpacked.
    pub(crate) wire_bytes: usize,
    /// What the body takes of the memory for bodies, for as long as it is kept.
    #[expect(dead_code, reason = "held, not read: it is given back when the body goes")]
    pub(crate) room: Option<Room>,
}

/// Why the HTTP client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The TLS store or the client is not to be had.
    #[error("cannot set up the HTTP client")]
    Client(#[source] reqwest::Error),
    /// The file of `poller.fetch.ca_file`.
    #[error("cannot read the certificates of {path:?}")]
    Certificates {
        /// Where they should be.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
}

impl Fetcher {
    /// A fetcher within `limits`.
    pub(crate) fn new(limits: Fetch) -> Result<Self, ClientError> {
        // Several services of one process may ask for it; the first one wins and all are the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let guard = Guard::new(&limits);
        let max_header_bytes = u32::try_from(limits.max_header_bytes).unwrap_or(u32::MAX);
        let mut client = Client::builder()
            .user_agent(limits.user_agent.clone())
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .dns_resolver(guard.clone())
            .connect_timeout(limits.connect_timeout)
            .http1_max_headers(limits.max_headers)
            .http2_max_header_list_size(max_header_bytes)
            .pool_idle_timeout(LONGEST_IDLE)
            .pool_max_idle_per_host(2);
        if let Some(path) = &limits.ca_file {
            client = client.tls_certs_merge(certificates(path)?);
        }
        let client = client.build().map_err(ClientError::Client)?;
        let bodies = Arc::new(Semaphore::new(limits.max_bodies_bytes / 1024));
        Ok(Self { client, guard, limits, bodies })
    }

    /// Asks what `question` says, beginning under `turn`; gives back the turn under which the last answer came, if there is one still to be left.
    /// Every failure is a value.
    pub(crate) async fn fetch(&self, question: Question<'_>, turn: Turn) -> (Fetched, Option<Turn>) {
        let validators = if question.conditional { Validators::of(question.schedule) } else { Validators::default() };
        let conditional = !validators.is_empty();
        let (started_at, begun) = (service_kit::clock::now(), Instant::now());
        let mut trail = Trail {
            url: question.url.clone(),
            redirects: Vec::new(),
            asked: Vec::new(),
            turn: Some(turn),
            started_at,
            left: self.limits.total_timeout,
        };
        let result = self.exchange(&mut trail, &validators, begun).await;
        let fetched = Fetched {
            started_at,
            took: begun.elapsed(),
            final_url: trail.url,
            redirects: trail.redirects,
            conditional,
            result,
        };
        (fetched, trail.turn)
    }

    /// Follows redirects, each under a turn of its own, from `begun` on. Waiting for a turn does not count as time of the fetch.
    async fn exchange(
        &self,
        trail: &mut Trail,
        validators: &Validators,
        mut begun: Instant,
    ) -> Result<Answered, FetchError> {
        loop {
            match self.hop(trail, validators, begun).await? {
                Hop::Answered(answered) => return Ok(*answered),
                Hop::Elsewhere(next) => {
                    trail.left = trail.left.saturating_sub(begun.elapsed());
                    trail.move_to(next).await?;
                    (trail.started_at, begun) = (service_kit::clock::now(), Instant::now());
                }
            }
        }
    }

    async fn hop(&self, trail: &mut Trail, validators: &Validators, begun: Instant) -> Result<Hop, FetchError> {
        let end = begun + trail.left;
        self.guard.check(&trail.url, trail.asked.last()).map_err(FetchError::Resolve)?;
        let request = self.client.get(trail.url.clone());
        let request = request.header(header::ACCEPT, ACCEPT).header(header::ACCEPT_ENCODING, ACCEPT_ENCODING);
        let request = validators.put(request);
        let by = self.deadline(begun, end, Stage::Head, self.limits.first_byte_timeout);
        let response = timeout_at(by.at, request.send()).await.map_err(|_| by.passed())?;
        let response = response.map_err(|error| self.failure(&error))?;
        self.check_head(&response)?;
        let status = response.status().as_u16();
        if !is_redirect(status) {
            return self.read(status, response, end).await.map(Box::new).map(Hop::Answered);
        }
        let location = response.headers().get(header::LOCATION).map(HeaderValue::as_bytes);
        let next = next_hop(&trail.url, status, location, &trail.asked, self.limits.max_redirects)?;
        trail.redirects.push(Redirect { status: u32::from(status), location: next.to_string() });
        Ok(Hop::Elsewhere(next))
    }

    /// The peer is looked at as well as what its name resolved to, in case that connections are made in some way not known here.
    fn check_head(&self, response: &Response) -> Result<(), FetchError> {
        if let Some(peer) = response.remote_addr() {
            self.guard.check_peer(peer).map_err(FetchError::Resolve)?;
        }
        // As they stand in HTTP/1.1: a colon, a blank and a line end to each.
        let line = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + 4;
        let bytes: usize = response.headers().iter().map(line).sum();
        if bytes > self.limits.max_header_bytes {
            return Err(FetchError::HeadTooLarge(self.limits.max_header_bytes));
        }
        Ok(())
    }

    /// Reads the body of a 200, 203 or 226; what other answers say does not matter.
    async fn read(&self, status: u16, mut response: Response, end: Instant) -> Result<Answered, FetchError> {
        let headers = std::mem::take(response.headers_mut());
        if !matches!(status, 200 | 203 | 226) {
            return Ok(Answered { status, headers, body: Bytes::new(), wire_bytes: 0, room: None });
        }
        let mut body = Body::new(&headers, &self.limits, self.bodies.clone())?;
        loop {
            let by = self.deadline(Instant::now(), end, Stage::MoreOfTheBody, self.limits.read_timeout);
            match timeout_at(by.at, response.chunk()).await.map_err(|_| by.passed())? {
                Ok(Some(chunk)) => {
                    let whole = self.whole(end);
                    timeout_at(whole.at, body.feed(&chunk)).await.map_err(|_| whole.passed())??;
                }
                Ok(None) => break,
                Err(error) => return Err(self.failure(&error)),
            }
        }
        let unpacked = body.finish()?;
        Ok(Answered {
            status,
            headers,
            body: unpacked.bytes,
            wire_bytes: unpacked.wire_bytes,
            room: Some(unpacked.room),
        })
    }

    /// Until when a stage may last that began at `begun` and is limited to `limit`: not beyond `end`, where the time of the whole fetch is over.
    fn deadline(&self, begun: Instant, end: Instant, stage: Stage, limit: Duration) -> Deadline {
        let at = begun + limit;
        if end < at { self.whole(end) } else { Deadline { at, stage, limit } }
    }

    /// Until when the whole fetch may last.
    fn whole(&self, end: Instant) -> Deadline {
        Deadline { at: end, stage: Stage::End, limit: self.limits.total_timeout }
    }

    fn failure(&self, error: &reqwest::Error) -> FetchError {
        FetchError::of_client(error, self.limits.connect_timeout, self.limits.max_header_bytes)
    }
}

/// When something must have come.
#[derive(Clone, Copy, Debug)]
struct Deadline {
    at: Instant,
    stage: Stage,
    limit: Duration,
}

impl Deadline {
    /// What is said when it did not come.
    fn passed(self) -> FetchError {
        FetchError::TimedOut { stage: self.stage, limit: self.limit }
    }
}

impl Answered {
    /// Where the server is asked next, as it matters for politeness: whether the answer asks for quiet is told by its verdict.
    pub(crate) fn is_welcoming(&self) -> bool {
        matches!(self.status, 200..=399 | 404 | 410)
    }
}

/// The way of a fetch so far.
struct Trail {
    url: Url,
    redirects: Vec<Redirect>,
    /// Addresses asked before `url`.
    asked: Vec<Url>,
    turn: Option<Turn>,
    /// When `url` was asked.
    started_at: DateTime<Utc>,
    /// Time left of the fetch.
    left: Duration,
}

enum Hop {
    Answered(Box<Answered>),
    Elsewhere(Url),
}

impl Trail {
    async fn move_to(&mut self, next: Url) -> Result<(), FetchError> {
        self.asked.push(std::mem::replace(&mut self.url, next));
        let place = Place::of_url(&self.url);
        let Some(turn) = self.turn.take() else { return Ok(()) };
        let host = place.host.clone();
        let moved = turn.move_on(place, Heard::Welcome(self.started_at)).await;
        self.turn = Some(moved.map_err(|until| FetchError::NoTurn { host, until })?);
        Ok(())
    }
}

impl Validators {
    /// Those of `schedule` exactly as received (RFC 9110, 13.1). One that is no header value any more is left out.
    fn of(schedule: &Schedule) -> Self {
        let value = |bytes: &Bytes| {
            let bytes = Some(bytes.clone()).filter(|bytes| !bytes.is_empty());
            bytes.and_then(|bytes| HeaderValue::from_maybe_shared(bytes).ok())
        };
        Self { etag: value(&schedule.etag), last_modified: value(&schedule.last_modified) }
    }

    fn is_empty(&self) -> bool {
        self.etag.is_none() && self.last_modified.is_none()
    }

    /// Makes `request` a conditional one.
    fn put(&self, mut request: RequestBuilder) -> RequestBuilder {
        /// A delta is taken from what an `ETag` names (RFC 3229, 10.5.3).
        const A_IM: HeaderName = HeaderName::from_static("a-im");
        if let Some(etag) = &self.etag {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        if let Some(last_modified) = &self.last_modified {
            request = request.header(header::IF_MODIFIED_SINCE, last_modified);
        }
        if self.etag.is_some() {
            request = request.header(A_IM, HeaderValue::from_static("feed"));
        }
        request
    }
}

fn certificates(path: &PathBuf) -> Result<Vec<Certificate>, ClientError> {
    let pem = std::fs::read(path).map_err(|cause| ClientError::Certificates { path: path.clone(), cause })?;
    Certificate::from_pem_bundle(&pem).map_err(ClientError::Client)
}

#[cfg(test)]
mod tests;
