//! From a request to its answer: finds the page, lets it decide, writes the headers.

use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hyper::body::Incoming;
use hyper::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HOST, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED, LOCATION, RETRY_AFTER, VARY,
};
use hyper::{Method, Request, Response, StatusCode};

use crate::body::{NewsBody, Story};
use crate::control;
use crate::pages::{Condition, Print, Turn};
use crate::script::Wait;
use crate::web::{Receipt, Web};

/// The path under which any host answers about the newsroom itself.
pub(crate) const CONTROL_PREFIX: &str = "/_newsroom/";
/// The host of which every path is about the newsroom itself.
pub(crate) const CONTROL_HOST: &str = "control.newsroom.example";

/// Answers one request, or never does where the script is silent.
pub(crate) async fn answer(web: Arc<Web>, request: Request<Incoming>) -> Response<NewsBody> {
    let host = host_of(request.headers(), request.uri().host());
    let path = request.uri().path();
    if let Some(path) = path.strip_prefix(CONTROL_PREFIX) {
        let path = path.to_owned();
        return control::answer(web, &path, request).await;
    }
    if host.eq_ignore_ascii_case(CONTROL_HOST) {
        let path = path.trim_start_matches('/').to_owned();
        return control::answer(web, &path, request).await;
    }
    let place = request.uri().path_and_query().map_or("/", |place| place.as_str());
    let Some(page) = web.page(host, place) else {
        return plain(StatusCode::NOT_FOUND, "no such page in the newsroom\n");
    };
    if request.method() != Method::GET {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "pages are read with GET\n");
    }
    let condition = Condition {
        none_match: request.headers().get(IF_NONE_MATCH).map(HeaderValue::as_bytes),
        modified_since: request.headers().get(IF_MODIFIED_SINCE).map(HeaderValue::as_bytes),
    };
    let (from, turn) = page.turn(condition);
    let receipt = web.note(&page, from, &turn);
    match turn {
        Turn::Story { print, half, .. } => story(&print, half, receipt, takes_gzip(request.headers())),
        Turn::Unchanged { print } => {
            let mut response = Response::new(NewsBody::plain(""));
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            set_validators(response.headers_mut(), &print);
            response
        }
        Turn::Moved { status, to } => {
            let mut response = plain(status_of(status), "moved\n");
            set(response.headers_mut(), LOCATION, to);
            response
        }
        Turn::Refused { status, wait } => refusal(status, wait),
        Turn::Silence => pending().await,
    }
}

/// A short text of its own.
pub(crate) fn plain(status: StatusCode, text: &'static str) -> Response<NewsBody> {
    let mut response = Response::new(NewsBody::plain(text));
    *response.status_mut() = status;
    set(response.headers_mut(), CONTENT_TYPE, "text/plain; charset=utf-8");
    response
}

/// Sets a header unless its value is nothing that HTTP can carry.
pub(crate) fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn story(print: &Print, half: bool, receipt: Option<Receipt>, takes_gzip: bool) -> Response<NewsBody> {
    let packed = print.gzip.clone().filter(|_| takes_gzip);
    let is_packed = packed.is_some();
    let bytes = packed.unwrap_or_else(|| print.body.clone());
    let story = match receipt {
        Some(receipt) if !half => Story::whole(bytes, receipt),
        _ => Story::half(bytes),
    };
    let mut response = Response::new(NewsBody::Story(story));
    let headers = response.headers_mut();
    set(headers, CONTENT_TYPE, &print.content_type);
    set_validators(headers, print);
    if print.gzip.is_some() {
        set(headers, VARY, "Accept-Encoding");
    }
    if is_packed {
        set(headers, CONTENT_ENCODING, "gzip");
    }
    response
}

fn refusal(status: u16, wait: Wait) -> Response<NewsBody> {
    let mut response = plain(status_of(status), "no feed here\n");
    let said = match wait {
        Wait::Unsaid => return response,
        Wait::Seconds(seconds) => seconds.to_string(),
        Wait::DateIn(seconds) => date_in(Duration::from_secs(seconds.into())),
    };
    set(response.headers_mut(), RETRY_AFTER, &said);
    response
}

#[expect(
    clippy::disallowed_methods,
    reason = "a date in Retry-After means nothing unless it is near the client's present"
)]
fn date_in(wait: Duration) -> String {
    httpdate::fmt_http_date(SystemTime::now() + wait)
}

fn set_validators(headers: &mut HeaderMap, print: &Print) {
    if let Some(etag) = &print.etag {
        set(headers, ETAG, etag);
    }
    if let Some(date) = &print.last_modified {
        set(headers, LAST_MODIFIED, date);
    }
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|coding| coding.trim().starts_with("gzip"))
}

fn status_of(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// The host a request is for, without its port.
fn host_of<'a>(headers: &'a HeaderMap, in_uri: Option<&'a str>) -> &'a str {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).or(in_uri).unwrap_or_default();
    host.rsplit_once(':').map_or(host, |(name, _)| name)
}
