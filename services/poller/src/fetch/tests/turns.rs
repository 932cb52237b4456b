//! Redirects wait for their turn at the host that they lead to.

use super::{redirects::Untouched, *};

const TARGET: &str = "http://target.test/feed";

fn target() -> Place {
    Place::of_url(&Url::parse(TARGET).unwrap())
}

/// A server that redirects to [`TARGET`], at which `target` answers.
async fn leading_to(target: SocketAddr) -> (Server, Fetch) {
    let server = serve(vec![answer("302 Found", &format!("Location: {TARGET}\r\n"), b"")]).await;
    let mut limits = limits(server.addr);
    limits.hosts.push(HostOverride::new("target.test".parse().unwrap(), target));
    (server, limits)
}

#[tokio::test]
async fn a_redirect_waits_until_the_host_that_it_leads_to_has_a_place_free() {
    let mut there = serve(vec![answer("200 OK", "", b"<rss/>")]).await;
    let (mut here, limits) = leading_to(there.addr).await;
    let table = table_of(SiteRules { concurrency: NonZeroU32::MIN, spacing: Duration::ZERO });
    let busy = Turn::held(table.clone(), target());
    table.admit(&target(), service_kit::clock::now());
    let fetching = tokio::spawn({
        let table = table.clone();
        async move { fetch_under(limits, URL, &Schedule::default(), table).await }
    });
    assert!(here.asked.recv().await.is_some());
    // Nothing can be heard of what does not happen; a fetch that does not wait is there well before.
    let early = tokio::time::timeout(Duration::from_millis(200), there.asked.recv()).await;
    assert!(early.is_err(), "the host was asked while it was busy");

    busy.leave(service_kit::clock::now(), Heard::Nothing);

    assert!(there.asked.recv().await.is_some());
    assert_eq!(fetching.await.unwrap().result.unwrap().status, 200);
}

#[tokio::test]
async fn a_redirect_to_a_host_that_wants_to_be_left_alone_is_put_off_and_nothing_is_sent_there() {
    let (port, addr) = Untouched::listen();
    let (_here, limits) = leading_to(addr).await;
    let table = free_table();
    let now = service_kit::clock::now();
    let until = now + chrono::TimeDelta::hours(1);
    // Two of its feeds were limited: it is the host's wish.
    table.leave(&target(), now, Heard::Quiet(until));
    table.leave(&target(), now, Heard::Quiet(until));

    let fetched = fetch_under(limits, URL, &Schedule::default(), table).await;

    assert_eq!(outcome(&fetched), Outcome::Deferred, "{:?}", fetched.result);
    assert_eq!(fetched.result.unwrap_err().not_before(), Some(until));
    port.assert_untouched();
}

#[tokio::test]
async fn the_turn_is_left_at_the_host_that_answered_last() {
    let there = serve(vec![answer("429 Too Many Requests", "", b"")]).await;
    let (_here, limits) = leading_to(there.addr).await;
    let table = free_table();
    let url = Url::parse(URL).unwrap();
    let question = Question { url: &url, schedule: &Schedule::default(), conditional: true };

    let turn = Turn::held(table.clone(), Place::of_url(&url));
    let (fetched, turn) = Fetcher::new(limits).unwrap().fetch(question, turn).await;

    assert_eq!(fetched.result.unwrap().status, 429);
    assert_eq!(*turn.unwrap().place(), target());
}
