//! What the newsroom tells about itself over HTTP, and lets a test in another process do to it.
//!
//! | request | answer |
//! |---|---|
//! | `GET /_newsroom/log?since=N` | every answer from order number `N` (0 by default) on, a JSON line each |
//! | `GET /_newsroom/items` | every item in every revision that was served whole, a JSON line each, with its URL |
//! | `GET /_newsroom/feeds` | the addresses to subscribe to, one a line |
//! | `GET /_newsroom/feeds.opml` | the same as OPML |
//! | `PUT /_newsroom/publish?url=U` | puts the request's body up at `U`, with its content type |
//! | `POST /_newsroom/advance?site=H` | moves every page of host `H` one answer on |

use std::fmt::Write as _;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::{Method, Request, Response, StatusCode};
use serde::Serialize;
use url::form_urlencoded;

use crate::answer::{plain, set};
use crate::body::NewsBody;
use crate::ledger::ServedItem;
use crate::listing;
use crate::options::Publication;
use crate::web::{PublishError, Web};

/// The largest body that may be published.
const MOST_PUBLISHED_BYTES: usize = 16 * 1024 * 1024;
/// Ledger entries rendered at once while the log is read.
const LOG_PAGE: usize = 64;

/// Reads the ledger a page at a time, up to where it ended when the request came.
#[derive(Debug)]
pub(crate) struct LogPager {
    web: Arc<Web>,
    next: usize,
    end: usize,
}

impl LogPager {
    pub(crate) fn next_page(&mut self) -> Option<Bytes> {
        if self.next >= self.end {
            return None;
        }
        let served = self.web.log(self.next, LOG_PAGE.min(self.end - self.next));
        self.next += served.len().max(1);
        Some(json_lines(&served).into())
    }
}

/// One line of `/_newsroom/items`.
#[derive(Serialize)]
struct ItemLine<'a> {
    url: &'a str,
    #[serde(flatten)]
    item: &'a ServedItem,
}

/// Answers a request about the newsroom itself.
pub(crate) async fn answer(web: Arc<Web>, path: &str, request: Request<Incoming>) -> Response<NewsBody> {
    let wanted = match path {
        "log" | "items" | "feeds" | "feeds.opml" => Method::GET,
        "publish" => Method::PUT,
        "advance" => Method::POST,
        _ => {
            return plain(StatusCode::NOT_FOUND, "the newsroom knows nothing of this\n");
        }
    };
    if *request.method() != wanted {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "another method is wanted here\n");
    }
    match path {
        "log" => log(web, &request),
        "items" => text("application/x-ndjson", item_lines(&web)),
        "feeds" => text("text/plain; charset=utf-8", feed_lines(&web)),
        "feeds.opml" => text("text/x-opml; charset=utf-8", listing::opml(&web.listed())),
        "publish" => publish(&web, request).await,
        _ => advance(&web, &request),
    }
}

fn log(web: Arc<Web>, request: &Request<Incoming>) -> Response<NewsBody> {
    let Ok(next) = parameter(request, "since").map_or(Ok(0), |since| since.parse()) else {
        return plain(StatusCode::BAD_REQUEST, "since is an order number\n");
    };
    let end = web.ledger.len();
    let mut response = Response::new(NewsBody::Log(LogPager { web, next, end }));
    set(response.headers_mut(), CONTENT_TYPE, "application/x-ndjson");
    response
}

async fn publish(web: &Web, request: Request<Incoming>) -> Response<NewsBody> {
    let Some(url) = parameter(&request, "url") else {
        return plain(StatusCode::BAD_REQUEST, "publish needs a url\n");
    };
    let content_type = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or("application/octet-stream").to_owned();
    let Ok(body) = Limited::new(request.into_body(), MOST_PUBLISHED_BYTES).collect().await else {
        return plain(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large or was cut short\n");
    };
    match web.publish(Publication::new(url, content_type, body.to_bytes())) {
        Ok(()) => plain(StatusCode::CREATED, "published\n"),
        Err(PublishError::BadUrl(_)) => plain(StatusCode::BAD_REQUEST, "url is no absolute http url\n"),
        Err(PublishError::Taken(_)) => plain(StatusCode::CONFLICT, "url belongs to a scripted page\n"),
        Err(PublishError::Full) => plain(StatusCode::INSUFFICIENT_STORAGE, "too many pages\n"),
    }
}

fn advance(web: &Web, request: &Request<Incoming>) -> Response<NewsBody> {
    match parameter(request, "site").map(|site| web.advance(&site)) {
        None => plain(StatusCode::BAD_REQUEST, "advance needs a site\n"),
        Some(0) => plain(StatusCode::NOT_FOUND, "no page of that site\n"),
        Some(_) => plain(StatusCode::OK, "advanced\n"),
    }
}

fn item_lines(web: &Web) -> String {
    let items = web.items();
    let lines: Vec<_> = items.iter().map(|(url, item)| ItemLine { url, item }).collect();
    json_lines(&lines)
}

fn feed_lines(web: &Web) -> String {
    let mut text = String::new();
    for feed in web.listed() {
        let _ = writeln!(text, "{}", feed.url);
    }
    text
}

fn json_lines<T: Serialize>(values: &[T]) -> String {
    let mut text = String::new();
    for value in values {
        // Plain structs of text and numbers: there is nothing in them that JSON refuses.
        text.push_str(&serde_json::to_string(value).unwrap_or_default());
        text.push('\n');
    }
    text
}

fn text(content_type: &str, text: String) -> Response<NewsBody> {
    let mut response = Response::new(NewsBody::plain(text));
    set(response.headers_mut(), CONTENT_TYPE, content_type);
    response
}

fn parameter(request: &Request<Incoming>, name: &str) -> Option<String> {
    let query = request.uri().query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
