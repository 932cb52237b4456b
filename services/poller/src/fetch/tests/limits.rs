//! No server makes a fetch longer or larger than it may be.

use super::*;

/// A server that answers `head` at once and then lets `tail` drip, a byte every ten milliseconds, for ever.
async fn drip(head: &'static [u8], tail: u8) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = next_request(&listener).await;
        stream.write_all(head).await.unwrap();
        while stream.write_u8(tail).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    addr
}

fn timed_out(fetched: &Fetched, at: Stage, after: Duration) -> bool {
    matches!(fetched.result, Err(FetchError::TimedOut { stage, limit }) if stage == at && limit == after)
}

#[tokio::test]
async fn a_body_may_be_as_large_as_the_limit_and_no_larger() {
    let server = serve(vec![answer("200 OK", "", &[b'x'; 1_024]), answer("200 OK", "", &[b'x'; 1_025])]).await;

    let fitting = fetch(limits(server.addr), URL).await;
    let beyond = fetch(limits(server.addr), URL).await;

    assert_eq!(fitting.result.unwrap().body.len(), 1_024);
    assert!(matches!(beyond.result, Err(FetchError::TooLarge(1_024))), "{:?}", beyond.result);
    assert_eq!(outcome(&beyond), Outcome::TooLarge);
}

#[tokio::test]
async fn a_body_of_no_announced_length_is_cut_off_at_the_limit() {
    let addr = drip(b"HTTP/1.1 200 OK\r\n\r\n", b'x').await;

    let fetched = fetch(Fetch { max_body_bytes: 20, ..limits(addr) }, URL).await;

    assert_eq!(outcome(&fetched), Outcome::TooLarge);
}

#[tokio::test]
async fn a_body_that_is_small_only_while_packed_is_cut_off_while_it_is_unpacked() {
    let bomb = gzip(&vec![0; 64 << 20]);
    let limit = 1 << 20;
    assert!(bomb.len() < limit / 10, "the packed body is within the limit: {}", bomb.len());
    let server = serve(vec![answer("200 OK", "Content-Encoding: gzip\r\n", &bomb)]).await;

    let fetched = fetch(
        Fetch { max_body_bytes: limit, max_wire_bytes: limit, ratio_from_bytes: 2 * limit, ..limits(server.addr) },
        URL,
    )
    .await;

    assert_eq!(outcome(&fetched), Outcome::TooLarge);
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let first_byte_timeout = Duration::from_millis(100);

    let fetched = fetch(Fetch { first_byte_timeout, ..limits(listener.local_addr().unwrap()) }, URL).await;

    assert!(timed_out(&fetched, Stage::Head, first_byte_timeout), "{fetched:?}");
    assert_eq!(outcome(&fetched), Outcome::TimedOut);
}

#[tokio::test]
async fn a_body_that_stops_coming_is_given_up() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = next_request(&listener).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nhalf").await.unwrap();
        // The connection stays open.
        std::future::pending::<()>().await;
    });

    let read_timeout = Duration::from_millis(100);
    let fetched = fetch(Fetch { read_timeout, ..limits(addr) }, URL).await;

    assert!(timed_out(&fetched, Stage::MoreOfTheBody, read_timeout), "{fetched:?}");
    assert_eq!(outcome(&fetched), Outcome::TimedOut);
}

#[tokio::test]
async fn a_server_that_drips_is_given_up_at_the_end_of_the_total_time() {
    let addr = drip(b"HTTP/1.1 200 OK\r\n\r\n", b'x').await;
    let total_timeout = Duration::from_millis(200);

    let fetched = fetch(Fetch { total_timeout, ..limits(addr) }, URL).await;

    assert!(timed_out(&fetched, Stage::End, total_timeout), "{fetched:?}");
    assert!(fetched.took >= total_timeout);
}

#[tokio::test]
async fn headers_that_drip_are_given_up_too() {
    let addr = drip(b"HTTP/1.1 200 OK\r\nX-Slow: ", b'x').await;

    let first_byte_timeout = Duration::from_millis(200);
    let fetched = fetch(Fetch { first_byte_timeout, ..limits(addr) }, URL).await;

    assert!(timed_out(&fetched, Stage::Head, first_byte_timeout), "{fetched:?}");
    assert_eq!(outcome(&fetched), Outcome::TimedOut);
}

#[tokio::test]
async fn the_total_time_runs_over_all_redirects() {
    let moved = |to: &str| answer("302 Found", &format!("Location: {to}\r\n"), b"");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let silent = listener.local_addr().unwrap();
    let server = serve(vec![moved("/2"), moved("http://silent.test/")]).await;
    // Long beside two answers on loopback, on a busy machine too.
    let mut limits = Fetch { total_timeout: Duration::from_secs(3), ..limits(server.addr) };
    limits.hosts.push(HostOverride::new("silent.test".parse().unwrap(), silent));

    let fetched = fetch(limits, URL).await;

    assert_eq!(outcome(&fetched), Outcome::TimedOut);
    assert_eq!(fetched.redirects.len(), 2, "the trail up to the end is kept");
}

#[tokio::test]
async fn what_comes_over_the_wire_is_counted_apart_from_what_it_becomes() {
    // Random enough that packing gains nothing.
    let noise: Vec<u8> = (0_u32..4_000).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let packed = gzip(&noise);
    assert!(packed.len() > 1_024);
    let server = serve(vec![answer("200 OK", "Content-Encoding: gzip\r\n", &packed)]).await;

    let fetched = fetch(Fetch { max_body_bytes: 1 << 20, ..limits(server.addr) }, URL).await;

    assert!(matches!(fetched.result, Err(FetchError::TooLarge(1_024))), "{:?}", fetched.result);
}

#[tokio::test]
async fn bodies_share_the_memory_for_bodies_and_a_body_without_room_is_put_off() {
    let body = vec![b'x'; 1_024];
    let server = serve(vec![answer("200 OK", "", &body), answer("200 OK", "", &body)]).await;
    let url = Url::parse(URL).unwrap();
    // Room for one body at a time.
    let fetcher = Fetcher::new(Fetch { max_bodies_bytes: 64 * 1_024, ..limits(server.addr) }).unwrap();
    let question = Question { url: &url, schedule: &Schedule::default(), conditional: true };
    let turn = || Turn::held(free_table(), Place::of_url(&url));
    let (first, _) = fetcher.fetch(question, turn()).await;
    assert_eq!(fetcher.bodies.available_permits(), 0);

    tokio::time::pause();
    let (second, _) = fetcher.fetch(question, turn()).await;
    tokio::time::resume();

    assert_eq!(outcome(&second), Outcome::Deferred, "{:?}", second.result);
    drop(first);
    assert_eq!(fetcher.bodies.available_permits(), 64);
}
