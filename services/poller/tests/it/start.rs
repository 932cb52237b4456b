//! Starting while the cluster or its topics are away.

use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use event_log::{Cluster, ClusterError, TopicNames};
use poller::PollerError;
use prometheus::Registry;
use service_kit::{
    admin::{AdminServer, Liveness, Readiness},
    exit::Exit,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_util::sync::CancellationToken;

use crate::world::{PATIENCE, Running, World, start};

/// Nothing listens on the discard port.
fn nowhere() -> Cluster {
    Cluster::new("127.0.0.1:9", BTreeMap::new())
}

fn begin(cluster: Cluster, prefix: &str, overrides: &[&str]) -> Running {
    start(cluster, &TopicNames::new(prefix), (overrides, BTreeMap::new()), |_| ())
}

/// What `/readyz` answers once it says `part`.
async fn readyz_with(part: &str, readiness: &Readiness) -> String {
    let server = AdminServer::bind((Ipv4Addr::LOCALHOST, 0).into()).await.unwrap();
    let addr = server.local_addr();
    let stop = CancellationToken::new();
    let serving = tokio::spawn(server.serve(Registry::new(), readiness.clone(), Liveness::new(), stop.clone()));
    let deadline = Instant::now() + PATIENCE;
    let text = loop {
        let text = get(addr, "/readyz").await;
        assert!(text.starts_with("HTTP/1.1 503 "), "{text}");
        if text.contains(part) {
            break text;
        }
        assert!(Instant::now() < deadline, "no {part} in {text}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    stop.cancel();
    serving.await.unwrap();
    text
}

/// The whole answer, head and body.
async fn get(addr: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {addr}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_cluster_is_away_readiness_says_so_and_a_stop_ends_the_wait() {
    let poller = begin(nowhere(), "test.", &[]);

    readyz_with("poller: closed, no broker of 127.0.0.1:9 answered", &poller.readiness).await;

    let readiness = poller.readiness.clone();
    poller.stopped().await;
    assert!(!readiness.is_ready());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_stays_away_ends_the_start_with_what_is_missing() {
    let poller = begin(nowhere(), "test.", &["poller.start_deadline=1s"]);

    let error = poller.ended().await.unwrap_err();

    assert_eq!(error.exit(), Exit::Unavailable);
    let PollerError::StartDeadline { cause, .. } = error else {
        panic!("{error:?}");
    };
    assert!(matches!(*cause, ClusterError::Unreachable { .. }), "{cause:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_topics_are_awaited_and_named() {
    let world = World::blank().await;
    let poller = begin(world.cluster().clone(), "other.", &["poller.start_deadline=1s"]);

    let PollerError::StartDeadline { cause, .. } = poller.ended().await.unwrap_err() else {
        panic!("no deadline");
    };

    assert!(matches!(&*cause, ClusterError::MissingTopic { topic } if topic == "other.feeds.v1"), "{cause:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poller_is_ready_once_its_partitions_are_restored_and_not_after_its_stop() {
    let world = World::blank().await;
    let poller = world.poller(&[]);

    poller.readiness.ready().await;

    assert!(poller.metrics().contains("poller_partitions 4\n"), "ready before anything was restored");

    let readiness = poller.readiness.clone();
    poller.stopped().await;
    assert!(!readiness.is_ready());
}
