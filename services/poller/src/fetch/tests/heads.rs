//! Heads that are too large or say what they must not.

use std::fmt::Write as _;

use super::*;

#[tokio::test]
async fn ten_thousand_headers_are_refused() {
    let lines = (0..10_000).fold(String::new(), |mut lines, n| {
        write!(lines, "X-{n}: y\r\n").unwrap();
        lines
    });
    let server = serve(vec![answer("200 OK", &lines, b"<rss/>")]).await;

    let fetched = fetch(limits(server.addr), URL).await;

    assert_eq!(outcome(&fetched), Outcome::HeadersTooLarge, "{:?}", fetched.result);
}

#[tokio::test]
async fn a_head_may_be_as_large_as_the_limit_and_no_larger() {
    for (size, fits) in [(15_000, true), (17_000, false), (2_000_000, false)] {
        let server = serve(vec![answer("200 OK", &format!("X-Long: {}\r\n", "y".repeat(size)), b"<rss/>")]).await;

        let fetched = fetch(limits(server.addr), URL).await;

        if fits {
            assert!(fetched.result.is_ok(), "{size}: {:?}", fetched.result);
        } else {
            assert_eq!(outcome(&fetched), Outcome::HeadersTooLarge, "{size}: {:?}", fetched.result);
        }
    }
}

#[tokio::test]
async fn the_head_of_a_redirect_is_held_to_the_same_limit() {
    let long = "y".repeat(20_000);
    let server = serve(vec![answer("302 Found", &format!("Location: /2\r\nX-Long: {long}\r\n"), b"")]).await;

    assert_eq!(outcome(&fetch(limits(server.addr), URL).await), Outcome::HeadersTooLarge);
}

#[tokio::test]
async fn a_line_end_in_a_validator_smuggles_no_header_into_the_next_request() {
    let head = "ETag: \"a\r\nX-Smuggled: y\"\r\nLast-Modified: b\rX-Smuggled: z\r\n";
    let mut server = serve(vec![answer("200 OK", head, b"<rss/>"), answer("304 Not Modified", "", b"")]).await;
    let first = fetch(limits(server.addr), URL).await;
    let schedule = match first.result {
        Ok(answered) => {
            let bytes = |name| answered.headers.get(name).map(HeaderValue::as_bytes);
            let kept = feed_core::validators::keep(bytes(header::ETAG), bytes(header::LAST_MODIFIED));
            Schedule { etag: kept.etag, last_modified: kept.last_modified, ..Schedule::default() }
        }
        // A bare CR in a value is a fault of the whole answer (RFC 9112, 2.2).
        Err(_) => Schedule { etag: Bytes::from_static(b"\"a\r\nX-Smuggled: y\""), ..Schedule::default() },
    };

    fetch_with(limits(server.addr), URL, &schedule).await;

    assert!(server.asked.recv().await.is_some());
    let asked = server.asked.recv().await.unwrap();
    assert_eq!(header_of(&asked, "x-smuggled").len(), 0, "{}", String::from_utf8_lossy(&asked));
}
