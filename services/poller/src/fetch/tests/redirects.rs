//! Where redirects may lead.

use super::*;
use crate::resolve::ResolveError;

fn moved(status: &str, location: &str) -> Vec<u8> {
    answer(status, &format!("Location: {location}\r\n"), b"elsewhere")
}

/// A port that tells whether anybody ever connected to it.
pub(super) struct Untouched(std::net::TcpListener);

impl Untouched {
    pub(super) fn listen() -> (Self, SocketAddr) {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let addr = listener.local_addr().unwrap();
        (Self(listener), addr)
    }

    /// A connection stands in the queue as soon as the client has it, so there is nothing to wait for.
    pub(super) fn assert_untouched(&self) {
        let error = self.0.accept().expect_err("somebody connected");
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
    }
}

#[tokio::test]
async fn redirects_are_followed_and_the_trail_is_kept() {
    let mut server = serve(vec![
        moved("301 Moved Permanently", "/feeds/"),
        moved("307 Temporary Redirect", "http://www.harbourpost.example/feeds/all.xml#top"),
        answer("200 OK", "", b"<rss/>"),
    ])
    .await;
    let schedule = Schedule { etag: Bytes::from_static(b"\"a\""), ..Schedule::default() };

    let fetched = fetch_with(limits(server.addr), URL, &schedule).await;

    assert_eq!(fetched.result.unwrap().body, "<rss/>");
    assert_eq!(fetched.final_url.as_str(), "http://www.harbourpost.example/feeds/all.xml");
    let trail: Vec<_> = fetched.redirects.iter().map(|hop| (hop.status, hop.location.as_str())).collect();
    assert_eq!(
        trail,
        [(301, "http://harbourpost.example/feeds/"), (307, "http://www.harbourpost.example/feeds/all.xml")]
    );
    for (line, host) in [
        ("GET /rss.xml ", "harbourpost.example"),
        ("GET /feeds/ ", "harbourpost.example"),
        ("GET /feeds/all.xml ", "www.harbourpost.example"),
    ] {
        let asked = server.asked.recv().await.unwrap();
        assert!(asked.starts_with(line.as_bytes()), "{line}");
        assert_eq!(header_of(&asked, "host"), [host.as_bytes()]);
        assert_eq!(header_of(&asked, "if-none-match"), [b"\"a\""], "the validator may belong to any hop");
        assert_eq!(header_of(&asked, "referer").len(), 0);
    }
}

#[tokio::test]
async fn as_many_redirects_are_followed_as_the_limit_says() {
    for (limit, followed) in [(0, false), (1, false), (2, true), (3, true)] {
        let server = serve(vec![moved("302 Found", "/2"), moved("302 Found", "/3"), answer("200 OK", "", b"")]).await;

        let fetched = fetch(Fetch { max_redirects: limit, ..limits(server.addr) }, URL).await;

        if followed {
            assert!(fetched.result.is_ok(), "limit {limit}: {:?}", fetched.result);
        } else {
            assert_eq!(outcome(&fetched), Outcome::BadRedirect, "limit {limit}");
            assert_eq!(fetched.redirects.len(), limit);
        }
    }
}

#[tokio::test]
async fn redirects_that_go_round_are_refused() {
    let server = serve(vec![moved("302 Found", "/2"), moved("302 Found", "/rss.xml")]).await;

    let fetched = fetch(limits(server.addr), URL).await;

    assert_eq!(outcome(&fetched), Outcome::BadRedirect);
    assert!(fetched.result.unwrap_err().to_string().contains("lead back to"), "a loop is told apart from a long way");
}

/// Loopback in every spelling that a client takes for an address.
const LOOPBACK: [&str; 8] = [
    "127.0.0.1",
    "2130706433",
    "0x7f.1",
    "127.1",
    "0177.0.0.1",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "\u{ff11}\u{ff12}\u{ff17}.0.0.1",
];

/// Limits that allow the port of `private`, so that the address alone can be what is refused.
fn with_port_of(private: SocketAddr, server: SocketAddr) -> Fetch {
    Fetch { allow_ports: vec![80, private.port()], ..limits(server) }
}

fn is_denied(fetched: &Fetched) -> bool {
    matches!(fetched.result, Err(FetchError::Resolve(ResolveError::Denied { .. })))
}

#[tokio::test]
async fn a_redirect_to_a_private_literal_is_refused_before_a_byte_is_sent_there() {
    let (port, private) = Untouched::listen();
    for host in LOOPBACK {
        let server = serve(vec![moved("302 Found", &format!("http://{host}:{}/admin", private.port()))]).await;

        let fetched = fetch(with_port_of(private, server.addr), URL).await;

        assert!(is_denied(&fetched), "{host}: {:?}", fetched.result);
        port.assert_untouched();
    }
}

#[tokio::test]
async fn a_private_literal_is_refused_before_a_byte_is_sent_there() {
    let (port, private) = Untouched::listen();
    for host in LOOPBACK {
        let fetched = fetch(with_port_of(private, private), &format!("http://{host}:{}/rss", private.port())).await;

        assert!(is_denied(&fetched), "{host}: {:?}", fetched.result);
        port.assert_untouched();
    }
    let elsewhere =
        ["169.254.169.254", "[fd00:ec2::254]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:0:1::1]", "100.64.0.1"];
    for host in elsewhere {
        let fetched = fetch(limits(private), &format!("http://{host}/")).await;
        assert!(is_denied(&fetched), "{host}: {:?}", fetched.result);
    }
}

#[tokio::test]
async fn a_redirect_to_a_name_of_a_private_address_is_refused_before_a_byte_is_sent_there() {
    let (port, private) = Untouched::listen();
    let server = serve(vec![moved("302 Found", &format!("http://localhost:{}/admin", private.port()))]).await;

    let fetched = fetch(with_port_of(private, server.addr), URL).await;

    assert_eq!(outcome(&fetched), Outcome::AddressDenied, "{:?}", fetched.result);
    port.assert_untouched();
}

#[tokio::test]
async fn a_redirect_out_of_the_web_is_refused() {
    for target in ["file:///etc/passwd", "ftp://a.example/", "http://user:secret@a.example/"] {
        let server = serve(vec![moved("302 Found", target)]).await;

        assert_eq!(outcome(&fetch(limits(server.addr), URL).await), Outcome::BadRedirect, "{target}");
    }
}

#[tokio::test]
async fn a_loopback_literal_is_asked_once_its_network_is_allowed() {
    let mut server = serve(vec![answer("200 OK", "", b"<rss/>")]).await;
    let allowing = Fetch { allow_networks: vec!["127.0.0.0/8".parse().unwrap()], ..limits(server.addr) };
    let fetched = fetch(allowing, &format!("http://{}/rss", server.addr)).await;

    assert_eq!(fetched.result.unwrap().status, 200);
    assert!(server.asked.recv().await.is_some());
}

#[tokio::test]
async fn a_port_that_feeds_are_not_served_at_is_refused_before_a_byte_is_sent_there() {
    let (port, addr) = Untouched::listen();
    let url = format!("http://localhost:{}/rss", addr.port());

    let fetched = fetch(limits(addr), &url).await;

    assert!(matches!(&fetched.result, Err(FetchError::Resolve(error)) if error.to_string().contains("allow_ports")));
    assert_eq!(outcome(&fetched), Outcome::AddressDenied);
    port.assert_untouched();
}
