//! Each behaviour of the bundled sites.

use std::io::Read as _;
use std::time::{Duration, SystemTime};

use newsroom::{FeedListing, Newsroom, Options, Publication, Served, ServedItem};

use crate::client::{self, Connection};

async fn newsroom() -> Newsroom {
    Newsroom::start(Options::default()).await.unwrap()
}

/// Titles of what the last answer of the log brought.
fn last(newsroom: &Newsroom) -> Served {
    newsroom.log().pop().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_poll_is_a_304_to_the_validators_of_the_first() {
    let newsroom = newsroom().await;
    let (addr, url) = (newsroom.addr(), "http://harbourpost.example/rss.xml");
    let first = client::get(addr, url, &[]);
    let etag = first.header("etag").unwrap();
    let second = client::get(addr, url, &[("If-None-Match", etag)]);
    assert_eq!((first.status, second.status), (200, 304));
    assert_eq!(second.header("etag"), Some(etag));
    assert_eq!(second.body, b"");
    let third = client::get(addr, url, &[("If-None-Match", etag)]);
    assert_eq!(third.status, 200);
    assert!(third.text().contains("hp-2026-11-16-0009"));
    newsroom.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn validators_count_byte_for_byte() {
    let newsroom = newsroom().await;
    let addr = newsroom.addr();
    let quoted = client::get(addr, "http://almina.example/rss.xml", &[("If-None-Match", "\"almina-without-quotes\"")]);
    let exact = client::get(addr, "http://almina.example/rss.xml", &[("If-None-Match", "almina-without-quotes")]);
    assert_eq!((quoted.status, exact.status), (200, 304));
    let faro = "http://elfarodelsur.example/rss";
    let other_date = client::get(addr, faro, &[("If-Modified-Since", "Wed, 18 Nov 2026 17:20:10 GMT")]);
    let same_date = client::get(addr, faro, &[("If-Modified-Since", "Wed, 18 Nov 2026 17:20:09 GMT")]);
    let tag_first = [("If-Modified-Since", "Wed, 18 Nov 2026 17:20:09 GMT"), ("If-None-Match", "\"x\"")];
    assert_eq!((other_date.status, same_date.status), (200, 304));
    assert_eq!(client::get(addr, faro, &tag_first).status, 200);
    newsroom.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn redirects_point_to_pages_that_answer() {
    let newsroom = newsroom().await;
    for (url, status) in [("http://northfield-times.example/rss", 301), ("http://balticobserver.example/feed.xml", 302)]
    {
        let moved = client::get(newsroom.addr(), url, &[]);
        assert_eq!(moved.status, status);
        let target = moved.header("location").unwrap();
        assert_eq!(client::get(newsroom.addr(), target, &[]).status, 200);
        assert_eq!(last(&newsroom).url, target);
        assert_eq!(last(&newsroom).items.len(), 2);
    }
    newsroom.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gone_and_missing_feeds_stay_so() {
    let newsroom = newsroom().await;
    for _ in 0..2 {
        assert_eq!(client::get(newsroom.addr(), "http://closedcourier.example/rss.xml", &[]).status, 410);
        assert_eq!(client::get(newsroom.addr(), "http://lostletters.example/rss.xml", &[]).status, 404);
    }
    assert_eq!(newsroom.log().len(), 4);
    assert_eq!(client::get(newsroom.addr(), "http://nobody.example/", &[]).status, 404);
    assert_eq!(newsroom.log().len(), 4, "places that do not exist are in no log");
    newsroom.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn busy_sites_name_their_wait_and_answer_afterwards() {
    let newsroom = newsroom().await;
    let busy = client::get(newsroom.addr(), "http://busybulletin.example/rss.xml", &[]);
    assert_eq!((busy.status, busy.header("retry-after")), (429, Some("1")));
    assert_eq!(client::get(newsroom.addr(), "http://busybulletin.example/rss.xml", &[]).status, 200);
    let weary = client::get(newsroom.addr(), "http://wearyweekly.example/rss.xml", &[]);
    assert_eq!(weary.status, 503);
    let until = httpdate::parse_http_date(weary.header("retry-after").unwrap()).unwrap();
    let since_epoch = until.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    assert!(since_epoch > Duration::from_secs(1_700_000_000));
    assert_eq!(client::get(newsroom.addr(), "http://wearyweekly.example/rss.xml", &[]).status, 200);
    newsroom.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_site_takes_the_request_and_says_nothing() {
    let newsroom = newsroom().await;
    let mut silent = Connection::open(newsroom.addr());
    silent.send("GET", "http://silentstandard.example/rss.xml", &[], b"");
    assert!(!silent.hears_within(Duration::from_millis(200)));
    let served = last(&newsroom);
    assert_eq!((served.status, served.whole), (None, false));
    tokio::time::timeout(Duration::from_secs(20), newsroom.stop()).await.unwrap();
    assert!(silent.closes(), "a silent connection outlived its newsroom");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_hangs_halfway_is_never_whole() {
    let newsroom = newsroom().await;
    let mut half = Connection::open(newsroom.addr());
    half.send("GET", "http://halfwayherald.example/rss.xml", &[], b"");
    let head = half.head();
    let promised: usize = head.header("content-length").unwrap().parse().unwrap();
    assert!(half.bytes(promised / 2).starts_with(b"<?xml"));
    assert!(!half.hears_within(Duration::from_millis(200)));
    let served = last(&newsroom);
    assert_eq!((served.status, served.whole, served.items.len()), (Some(200), false, 0));
    newsroom.stop().await;
    assert!(half.closes());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_the_client_stopped_reading_is_never_whole() {
    let newsroom = newsroom().await;
    let url = "http://large.example/rss.xml";
    let item = ServedItem { key: "k".into(), title: "t".into(), revision: 1 };
    // Far beyond what socket buffers hold.
    let body = vec![b'x'; 64 * 1024 * 1024];
    newsroom.publish(Publication::new(url, "text/xml", body).with_items(vec![item.clone()])).unwrap();
    let mut connection = Connection::open(newsroom.addr());
    connection.send("GET", url, &[], b"");
    assert_eq!(connection.head().status, 200);
    connection.bytes(1024);
    assert!(!last(&newsroom).whole);
    connection.hang_up();
    assert!(!last(&newsroom).whole);
    assert_eq!(newsroom.items(), []);
    client::get(newsroom.addr(), url, &[]);
    assert_eq!(newsroom.items(), [(url.to_owned(), item)]);
    newsroom.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gzip_is_sent_to_clients_that_take_it() {
    let newsroom = newsroom().await;
    let url = "http://climatedesk.example/feed.json";
    let plain = client::get(newsroom.addr(), url, &[]);
    let packed = client::get(newsroom.addr(), url, &[("Accept-Encoding", "gzip, br")]);
    assert_eq!((plain.header("content-encoding"), packed.header("content-encoding")), (None, Some("gzip")));
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&packed.body[..]).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
    newsroom.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_are_served_in_the_encoding_they_declare() {
    let newsroom = newsroom().await;
    let body = |url| client::get(newsroom.addr(), url, &[]).body;
    assert!(body("http://polarreport.example/rss.xml").starts_with(b"\xFF\xFE<\0"));
    assert!(body("http://kurierwislany.example/rss.xml").starts_with(b"\xEF\xBB\xBF<?xml"));
    for url in [
        "http://lecourrierdelisle.example/rss.xml",
        "http://nevskayakhronika.example/rss.xml",
        "http://minatoshimbun.example/index.rdf",
    ] {
        assert!(String::from_utf8(body(url)).is_err(), "{url} came as UTF-8");
    }
    newsroom.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_keeps_its_key_and_is_a_second_revision() {
    let newsroom = newsroom().await;
    for _ in 0..2 {
        client::get(newsroom.addr(), "http://meridianwire.example/feed", &[]);
    }
    let story = |(_, item): (String, ServedItem)| item.key.ends_with("/88077").then_some((item.revision, item.title));
    let revisions: Vec<_> = newsroom.items().into_iter().filter_map(story).collect();
    assert_eq!(
        revisions,
        [
            (1, "WASHINGTON - Federal Reserve says 12 banks passed its test".to_owned()),
            (2, "WASHINGTON - Federal Reserve says 21 banks passed its test".to_owned()),
        ]
    );
    newsroom.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_newsrooms_serve_the_same_sequence() {
    let mut logs = Vec::new();
    for _ in 0..2 {
        let newsroom = newsroom().await;
        let mut bodies = Vec::new();
        let feeds: Vec<_> = newsroom.feeds().into_iter().filter(FeedListing::answers_well).collect();
        for _ in 0..4 {
            let mut connection = Connection::open(newsroom.addr());
            bodies.extend(feeds.iter().map(|feed| connection.get(&feed.url, &[]).body));
        }
        logs.push((newsroom.log(), bodies));
        newsroom.stop().await;
    }
    assert!(logs[0].0.iter().filter(|served| !served.items.is_empty()).count() > 60);
    assert_eq!(logs[0], logs[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_in_the_host_header_does_not_matter() {
    let newsroom = newsroom().await;
    let url = format!("http://AlMina.example:{}/rss.xml", newsroom.addr().port());
    assert_eq!(client::get(newsroom.addr(), &url, &[]).status, 200);
    newsroom.stop().await;
}
