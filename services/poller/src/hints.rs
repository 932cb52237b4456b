//! What the headers of an answer say about the time of the next one.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{self, HeaderMap};

/// `Retry-After` in seconds or as a date (RFC 9110, 10.2.3). Of several, as a server and the shield before it send them, the longest counts.
pub(crate) fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let values = headers.get_all(header::RETRY_AFTER).into_iter();
    values.filter_map(|value| feed_core::retry_after::parse(value.as_bytes(), now)).max()
}

/// Whether the body is said to be a delta of the kind that readers of feeds ask for (RFC 3229, 10.5.2, and the "feed" manipulation of B. Wyman).
pub(crate) fn is_feed_delta(headers: &HeaderMap) -> bool {
    let manipulations = headers.get_all("im");
    manipulations.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|name| {
        let name = name.split(';').next().unwrap_or_default();
        name.trim().eq_ignore_ascii_case("feed")
    })
}

/// Whether the headers say that no request is left in a rate limit: `RateLimit-Remaining` (draft-ietf-httpapi-ratelimit-headers, 03) or its elder `X-` form.
pub(crate) fn limit_is_spent(headers: &HeaderMap) -> bool {
    let remaining = ["ratelimit-remaining", "x-ratelimit-remaining"];
    remaining.iter().any(|name| headers.get(*name).is_some_and(|value| value.as_bytes().trim_ascii() == b"0"))
}

/// How long the answer stays fresh: `max-age`, else `Expires` (RFC 9111, 4.2.1). `no-cache` and `no-store` say nothing about it.
pub(crate) fn fresh_for(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    max_age(headers).or_else(|| expires(headers, now))
}

fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all(header::CACHE_CONTROL);
    let mut directives = values.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
    directives.find_map(|directive| {
        let (name, seconds) = directive.split_once('=')?;
        let seconds = seconds.trim().trim_matches('"');
        name.trim().eq_ignore_ascii_case("max-age").then(|| seconds.parse().ok().map(Duration::from_secs))?
    })
}

fn expires(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let date = httpdate::parse_http_date(headers.get(header::EXPIRES)?.to_str().ok()?).ok()?;
    (DateTime::<Utc>::from(date) - now).to_std().ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn max_age_is_found_among_directives() {
        let found =
            fresh_for(&headers(header::CACHE_CONTROL, "public, Max-Age=\"600\", s-maxage=5"), DateTime::UNIX_EPOCH);
        assert_eq!(found, Some(Duration::from_mins(10)));
    }

    #[test]
    fn the_longest_of_several_waits_that_can_be_read_counts() {
        let waits = |values: [&'static str; 3]| {
            let fields = values.map(|value| (header::RETRY_AFTER, HeaderValue::from_static(value)));
            retry_after(&HeaderMap::from_iter(fields), DateTime::UNIX_EPOCH)
        };
        assert_eq!(waits(["7", "4000", "soon"]), Some(Duration::from_secs(4_000)));
        assert_eq!(waits(["Tue, 99 Foo", "5", "-1"]), Some(Duration::from_secs(5)));
        assert_eq!(waits(["Tue, 99 Foo", "", "-1"]), None);
    }

    #[test]
    fn junk_and_the_past_say_nothing() {
        let now = DateTime::from_timestamp(2_000_000_000, 0).unwrap();
        assert_eq!(fresh_for(&headers(header::CACHE_CONTROL, "max-age=soon"), now), None);
        assert_eq!(fresh_for(&headers(header::EXPIRES, "0"), now), None);
        assert_eq!(fresh_for(&headers(header::EXPIRES, "Thu, 01 Jan 1970 00:00:00 GMT"), now), None);
    }

    #[test]
    fn expires_counts_from_now() {
        let found = fresh_for(&headers(header::EXPIRES, "Thu, 01 Jan 1970 00:01:30 GMT"), DateTime::UNIX_EPOCH);
        assert_eq!(found, Some(Duration::from_secs(90)));
    }
}
