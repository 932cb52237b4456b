//! Exchanges with servers of our own on the loopback address, which every name below `example` leads to.

use std::{
    io::{ErrorKind, Write as _},
    net::{Ipv4Addr, SocketAddr},
};

use flate2::{Compression, write::GzEncoder};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::mpsc,
};

use std::num::NonZeroU32;

use feed_core::politeness::{Ledger, Manners, SiteRules};
use news_model::wire::Outcome;

use super::*;
use crate::{resolve::HostOverride, table::Table};

mod encodings;
mod heads;
mod http2;
mod limits;
mod redirects;
mod tls;
mod turns;

/// What a server was asked, request by request.
struct Server {
    addr: SocketAddr,
    asked: mpsc::Receiver<Vec<u8>>,
}

/// A server that gives each connection the next of `answers` and then closes it.
async fn serve(answers: Vec<Vec<u8>>) -> Server {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (asking, asked) = mpsc::channel(16);
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, request) = next_request(&listener).await;
            asking.send(request).await.unwrap();
            // A client that has heard enough closes first.
            let _ = stream.write_all(&answer).await;
        }
    });
    Server { addr, asked }
}

/// The next connection with an HTTP request, and the request. Ports are given anew once they are free, and clients of the server that had this one
/// before, in whatever process, may still knock: they are heard and get nothing.
async fn next_request(listener: &TcpListener) -> (TcpStream, Vec<u8>) {
    let (found, mut finding) = mpsc::channel(1);
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let ((mut stream, _), found) = (accepted.unwrap(), found.clone());
                tokio::spawn(async move {
                    let request = request(&mut stream).await;
                    if request.starts_with(b"GET ") {
                        let _ = found.send((stream, request)).await;
                    }
                });
            }
            Some(client) = finding.recv() => return client,
        }
    }
}

/// Reads a request up to the end of its headers, or what comes before the connection closes.
async fn request(stream: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => request.push(byte),
            Err(_) => break,
        }
    }
    request
}

fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

fn limits(addr: SocketAddr) -> Fetch {
    Fetch {
        user_agent: "courant-test/1".into(),
        has_contact: true,
        connect_timeout: Duration::from_secs(20),
        first_byte_timeout: Duration::from_secs(20),
        read_timeout: Duration::from_secs(20),
        total_timeout: Duration::from_secs(40),
        parse_timeout: Duration::from_secs(20),
        max_body_bytes: 1_024,
        max_wire_bytes: 1_024,
        max_ratio: 100,
        ratio_from_bytes: 1 << 20,
        max_header_bytes: 16 * 1_024,
        max_headers: 100,
        max_bodies_bytes: 8 << 20,
        max_redirects: 5,
        allow_ports: vec![80, 443],
        ca_file: None,
        allow_networks: Vec::new(),
        hosts: vec![HostOverride::new("*.example".parse().unwrap(), addr)],
    }
}

async fn fetch_with(limits: Fetch, url: &str, schedule: &Schedule) -> Fetched {
    fetch_under(limits, url, schedule, free_table()).await
}

/// Begins under a turn that nobody else waits for.
async fn fetch_under(limits: Fetch, url: &str, schedule: &Schedule, table: Arc<Table>) -> Fetched {
    let url = Url::parse(url).unwrap();
    let turn = Turn::held(table, Place::of_url(&url));
    let question = Question { url: &url, schedule, conditional: true };
    Fetcher::new(limits).unwrap().fetch(question, turn).await.0
}

/// A table that lets everybody go everywhere.
fn free_table() -> Arc<Table> {
    table_of(SiteRules { concurrency: NonZeroU32::MAX, spacing: Duration::ZERO })
}

fn table_of(rules: SiteRules) -> Arc<Table> {
    Arc::new(Table::new(Ledger::new(Manners::uniform(rules))))
}

async fn fetch(limits: Fetch, url: &str) -> Fetched {
    fetch_with(limits, url, &Schedule::default()).await
}

const URL: &str = "http://harbourpost.example/rss.xml";

/// The outcome of a fetch that failed.
fn outcome(fetched: &Fetched) -> Outcome {
    match &fetched.result {
        Err(error) => error.outcome(),
        Ok(answered) => panic!("answered with {}", answered.status),
    }
}

/// Values of the header `name` in a request, byte for byte.
fn header_of(request: &[u8], name: &str) -> Vec<Vec<u8>> {
    let lines = request.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    let split = |line: &[u8]| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (key, value) = line.split_at(colon);
        key.eq_ignore_ascii_case(name.as_bytes()).then(|| value.get(2..).unwrap_or_default().to_vec())
    };
    lines.filter_map(split).collect()
}

#[tokio::test]
async fn an_answer_comes_with_its_status_headers_and_body() {
    let mut server = serve(vec![answer("200 OK", "ETag: \"a\"\r\n", b"<rss/>")]).await;

    let fetched = fetch(limits(server.addr), URL).await;

    let answered = fetched.result.unwrap();
    assert_eq!((answered.status, &answered.body[..]), (200, b"<rss/>".as_slice()));
    assert_eq!(answered.headers.get(header::ETAG).unwrap(), "\"a\"");
    assert_eq!((fetched.final_url.as_str(), fetched.redirects.len(), fetched.conditional), (URL, 0, false));
    let asked = server.asked.recv().await.unwrap();
    assert!(asked.starts_with(b"GET /rss.xml HTTP/1.1\r\n"));
    assert_eq!(header_of(&asked, "host"), [b"harbourpost.example"]);
    assert_eq!(header_of(&asked, "user-agent"), [b"courant-test/1"]);
    assert_eq!(header_of(&asked, "accept").len(), 1);
    assert_eq!(header_of(&asked, "accept-encoding"), [b"gzip, deflate, br, zstd"]);
}

#[tokio::test]
async fn validators_are_sent_back_byte_for_byte() {
    let mut server = serve(vec![answer("304 Not Modified", "", b"")]).await;
    let schedule = Schedule {
        etag: Bytes::from_static(b"W/\"caf\xe9\x80\xff\" , not,quite\tright"),
        last_modified: Bytes::from_static(b"Hier, 16 f\xc3\xa9v 2026"),
        ..Schedule::default()
    };

    let fetched = fetch_with(limits(server.addr), URL, &schedule).await;

    assert!(fetched.conditional);
    assert_eq!(fetched.result.unwrap().status, 304);
    let asked = server.asked.recv().await.unwrap();
    assert_eq!(header_of(&asked, "if-none-match"), [schedule.etag]);
    assert_eq!(header_of(&asked, "if-modified-since"), [schedule.last_modified]);
    assert_eq!(header_of(&asked, "a-im"), [b"feed"]);
}

#[tokio::test]
async fn without_a_validator_that_can_be_sent_there_is_no_condition() {
    for etag in [Bytes::new(), Bytes::from_static(b"\"a\r\nX: y\"")] {
        let mut server = serve(vec![answer("200 OK", "", b"")]).await;

        let fetched = fetch_with(limits(server.addr), URL, &Schedule { etag, ..Schedule::default() }).await;

        assert!(!fetched.conditional);
        let asked = server.asked.recv().await.unwrap();
        assert_eq!(header_of(&asked, "if-none-match").len() + header_of(&asked, "if-modified-since").len(), 0);
        assert_eq!(header_of(&asked, "a-im").len(), 0);
        assert_eq!(header_of(&asked, "x").len(), 0);
    }
}

#[tokio::test]
async fn what_comes_with_another_status_is_not_read() {
    // More is announced than ever comes, and more than a body may hold.
    let head = b"HTTP/1.1 404 Not Found\r\nContent-Length: 5000000\r\n\r\nNo such".to_vec();
    let server = serve(vec![head]).await;

    let answered = fetch(limits(server.addr), URL).await.result.unwrap();

    assert_eq!((answered.status, answered.body.len()), (404, 0));
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn a_stranger_who_knocks_takes_no_answer_away() {
    let server = serve(vec![answer("200 OK", "", b"<rss/>")]).await;
    let _silent = TcpStream::connect(server.addr).await.unwrap();
    let mut babbling = TcpStream::connect(server.addr).await.unwrap();
    babbling.write_all(b"\0\0\0\x1c no HTTP \r\n\r\n").await.unwrap();

    assert_eq!(fetch(limits(server.addr), URL).await.result.unwrap().body, "<rss/>");
}

#[tokio::test]
async fn nobody_at_the_port_is_a_failed_connection() {
    // Bound, so that nobody else is given the port, and not listening.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();

    let fetched = fetch(limits(socket.local_addr().unwrap()), URL).await;

    assert!(matches!(fetched.result, Err(FetchError::Connect(_))), "{:?}", fetched.result);
    assert_eq!(outcome(&fetched), Outcome::ConnectFailed);
}

#[tokio::test]
async fn a_connection_that_closes_without_an_answer_or_within_one_is_broken() {
    let cut_short = b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n<rss>".to_vec();
    for bytes in [Vec::new(), b"SSH-2.0-nonsense\r\n".to_vec(), cut_short] {
        let server = serve(vec![bytes.clone()]).await;

        let fetched = fetch(limits(server.addr), URL).await;

        assert!(matches!(fetched.result, Err(FetchError::Broken(_))), "{bytes:?} {:?}", fetched.result);
        assert_eq!(outcome(&fetched), Outcome::ConnectFailed);
    }
}

#[tokio::test]
async fn a_name_that_cannot_be_resolved_is_a_failure_of_dns() {
    // Longer than a label may be: no resolver needs to be asked.
    let url = format!("http://{}.invalid/", "a".repeat(64));

    let fetched = fetch(limits(SocketAddr::from((Ipv4Addr::LOCALHOST, 1))), &url).await;

    assert_eq!(outcome(&fetched), Outcome::DnsFailed);
}

#[tokio::test]
async fn a_server_without_tls_behind_https_is_a_failure_of_tls() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut greeted = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(&answer("400 Bad Request", "", b"plain HTTP here")).await;
            // Closed with the greeting unread, the connection would be reset before the client has read why.
            greeted.push(stream);
        }
    });

    let fetched = fetch(limits(addr), "https://harbourpost.example/").await;

    assert_eq!(outcome(&fetched), Outcome::TlsFailed, "{:?}", fetched.result);
}
