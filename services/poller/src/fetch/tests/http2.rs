//! Servers that speak HTTP/2.

use std::{
    convert::Infallible,
    sync::atomic::{AtomicUsize, Ordering},
};

use http_body_util::Full;
use hyper::{Request, Response, Version, body::Incoming, server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::{tls::Authority, *};

const HOST: &str = "harbourpost.example";

/// What a server was asked.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    connection: usize,
    version: Version,
    path: String,
    etag: Option<Vec<u8>>,
}

/// A server that speaks HTTP/2 alone, and tells of each request which connection it came by.
async fn serve_http2(authority: &Authority) -> (SocketAddr, mpsc::Receiver<Asked>) {
    let acceptor = authority.acceptor(HOST, |_| (), &[b"h2"]);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let addr = listener.local_addr().unwrap();
    let (asking, asked) = mpsc::channel(16);
    tokio::spawn(async move {
        let connections = AtomicUsize::new(0);
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let (connection, asking) = (connections.fetch_add(1, Ordering::Relaxed), asking.clone());
            let service = service_fn(move |request: Request<Incoming>| {
                let asking = asking.clone();
                async move {
                    let etag = request.headers().get(header::IF_NONE_MATCH).map(|etag| etag.as_bytes().to_vec());
                    let (version, path) = (request.version(), request.uri().path().to_owned());
                    let status = if etag.is_some() { 304 } else { 200 };
                    asking.send(Asked { connection, version, path, etag }).await.unwrap();
                    let body = Full::new(Bytes::from(if status == 200 { gzip(b"<rss/>") } else { Vec::new() }));
                    let answer = Response::builder().status(status).header("content-encoding", "gzip");
                    Ok::<_, Infallible>(answer.header("etag", "\"a\"").body(body).unwrap())
                }
            });
            tokio::spawn(http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service));
        }
    });
    (addr, asked)
}

#[tokio::test]
async fn a_server_that_speaks_http2_is_asked_so_and_one_connection_serves_several_requests() {
    let authority = Authority::new();
    let (addr, mut asked) = serve_http2(&authority).await;
    let fetcher = Fetcher::new(authority.trusted(addr)).unwrap();
    let known = Schedule { etag: Bytes::from_static(b"\"a\""), ..Schedule::default() };
    let mut answers = Vec::new();
    for (path, schedule) in [("/one", &Schedule::default()), ("/two", &known)] {
        let url = Url::parse(&format!("https://{HOST}{path}")).unwrap();
        let turn = Turn::held(free_table(), Place::of_url(&url));
        let question = Question { url: &url, schedule, conditional: true };
        answers.push(fetcher.fetch(question, turn).await.0.result.unwrap());
    }

    assert_eq!((answers[0].status, &answers[0].body[..]), (200, b"<rss/>".as_slice()));
    assert_eq!(answers[1].status, 304);
    let of = |path: &str, etag: Option<&[u8]>| Asked {
        connection: 0,
        version: Version::HTTP_2,
        path: path.to_owned(),
        etag: etag.map(<[u8]>::to_vec),
    };
    assert_eq!(asked.recv().await, Some(of("/one", None)));
    assert_eq!(asked.recv().await, Some(of("/two", Some(b"\"a\""))));
}
