//! What another process sees and does over HTTP.

use newsroom::{Newsroom, Options, Publication, Served};

use crate::client;

async fn newsroom() -> Newsroom {
    Newsroom::start(Options::default()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_over_http_is_the_log() {
    let newsroom = newsroom().await;
    let addr = newsroom.addr();
    // More answers than one page of the log holds.
    for _ in 0..30 {
        for url in [
            "http://almina.example/rss.xml",
            "http://closedcourier.example/rss.xml",
            "http://harbourpost.example/rss.xml",
        ] {
            client::get(addr, url, &[]);
        }
    }
    let read = |url: &str| -> Vec<Served> {
        client::get(addr, url, &[]).text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let log = newsroom.log();
    assert_eq!(log.len(), 90);
    assert_eq!(read("http://any.example/_newsroom/log"), log);
    assert_eq!(read("http://control.newsroom.example/log?since=88"), log[88..]);
    newsroom.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_are_listed_plain_and_as_opml() {
    let newsroom = newsroom().await;
    let plain = client::get(newsroom.addr(), "http://x/_newsroom/feeds", &[]).text();
    let urls: Vec<_> = newsroom.feeds().into_iter().map(|feed| feed.url).collect();
    assert_eq!(plain.lines().collect::<Vec<_>>(), urls);
    assert!(urls.len() >= 20, "only {} feeds", urls.len());
    let opml = client::get(newsroom.addr(), "http://x/_newsroom/feeds.opml", &[]).text();
    assert_eq!(opml.matches("xmlUrl=").count(), urls.len());
    assert!(opml.contains("<outline text=\"Europe\">"));
    newsroom.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_published_page_is_served_and_answers_304_until_the_next_edition() {
    let newsroom = newsroom().await;
    let addr = newsroom.addr();
    let control = "http://x/_newsroom/publish?url=http%3A%2F%2Ftest.example%2Ffeed%3Fa%3D1";
    let put = |body: &[u8]| client::send(addr, "PUT", control, &[("Content-Type", "text/xml")], body).status;
    let url = "http://test.example/feed?a=1";
    assert_eq!(put(b"<rss/>"), 201);
    let first = client::get(addr, url, &[]);
    assert_eq!((first.text().as_str(), first.header("content-type")), ("<rss/>", Some("text/xml")));
    let etag = first.header("etag").unwrap();
    assert_eq!(client::get(addr, url, &[("If-None-Match", etag)]).status, 304);
    assert_eq!(put(b"<rss></rss>"), 201);
    assert_eq!(client::get(addr, url, &[("If-None-Match", etag)]).text(), "<rss></rss>");
    newsroom.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn scripted_pages_cannot_be_published_over() {
    let newsroom = newsroom().await;
    let publish = |url: &str| newsroom.publish(Publication::new(url, "text/xml", ""));
    assert!(publish("http://harbourpost.example/rss.xml").is_err());
    assert!(publish("no url").is_err());
    assert!(publish("ftp://files.example/feed").is_err());
    assert!(publish("http://new.example/rss.xml").is_ok());
    newsroom.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_can_be_moved_on_without_a_poll() {
    let newsroom = newsroom().await;
    let addr = newsroom.addr();
    for _ in 0..2 {
        assert_eq!(
            client::send(addr, "POST", "http://x/_newsroom/advance?site=harbourpost.example", &[], b"").status,
            200
        );
    }
    assert!(client::get(addr, "http://harbourpost.example/rss.xml", &[]).text().contains("hp-2026-11-16-0009"));
    assert_eq!(client::send(addr, "POST", "http://x/_newsroom/advance?site=nobody.example", &[], b"").status, 404);
    newsroom.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unfit_control_requests_are_refused() {
    let newsroom = newsroom().await;
    let status = |method: &str, path: &str| {
        client::send(newsroom.addr(), method, &format!("http://x/_newsroom/{path}"), &[], b"").status
    };
    assert_eq!(status("GET", "nothing"), 404);
    assert_eq!(status("GET", "advance?site=x"), 405);
    assert_eq!(status("POST", "advance"), 400);
    assert_eq!(status("PUT", "publish"), 400);
    assert_eq!(status("PUT", "publish?url=rss.xml"), 400);
    assert_eq!(status("GET", "log?since=yesterday"), 400);
    newsroom.stop().await;
}
