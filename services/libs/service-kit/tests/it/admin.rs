//! The admin port over real HTTP.

use std::{io::ErrorKind, net::SocketAddr, time::Duration};

use prometheus::{IntCounter, Registry};
use service_kit::admin::{AdminServer, BuildInfo, Liveness, Readiness, register_process};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinHandle,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

struct Running {
    addr: SocketAddr,
    registry: Registry,
    readiness: Readiness,
    liveness: Liveness,
    stop: CancellationToken,
    serving: JoinHandle<()>,
}

impl Running {
    async fn start() -> Self {
        Self::start_at(ANY_PORT).await
    }

    async fn start_at(listen: SocketAddr) -> Self {
        let server = AdminServer::bind(listen).await.unwrap();
        let (registry, readiness, liveness) = (Registry::new(), Readiness::new(), Liveness::new());
        let stop = CancellationToken::new();
        Self {
            addr: server.local_addr(),
            serving: tokio::spawn(server.serve(registry.clone(), readiness.clone(), liveness.clone(), stop.clone())),
            registry,
            readiness,
            liveness,
            stop,
        }
    }

    async fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(self.addr).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: admin\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }
}

#[tokio::test]
async fn metrics_of_the_given_registry_and_of_the_process_are_served() {
    let running = Running::start().await;
    let polls = IntCounter::new("poller_polls_total", "Polls.").unwrap();
    running.registry.register(Box::new(polls.clone())).unwrap();
    register_process(&running.registry, BuildInfo { version: "1.2.3", revision: "abc" }).unwrap();
    polls.inc_by(3);

    let answer = running.get("/metrics").await;

    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("content-type: text/plain; version=0.0.4"), "{answer}");
    assert!(answer.contains("\npoller_polls_total 3\n"), "{answer}");
    assert!(answer.contains("courant_build_info{revision=\"abc\",version=\"1.2.3\"} 1"), "{answer}");
    #[cfg(target_os = "linux")]
    for name in ["process_resident_memory_bytes", "process_start_time_seconds"] {
        assert!(answer.contains(&format!("\n{name} ")), "{name} is missing: {answer}");
    }
}

#[tokio::test]
async fn readiness_follows_the_latches() {
    let running = Running::start().await;
    let (kafka, state) = (running.readiness.latch("kafka"), running.readiness.latch("state"));
    state.open();

    let before = running.get("/readyz").await;
    kafka.open();
    let after = running.get("/readyz").await;
    kafka.close("stopping");
    let last = running.get("/readyz").await;

    assert!(before.starts_with("HTTP/1.1 503"), "{before}");
    assert!(before.ends_with("\r\n\r\nnot ready\nkafka: closed, starting\nstate: open\n"), "{before}");
    assert!(after.starts_with("HTTP/1.1 200"), "{after}");
    assert!(last.contains("kafka: closed, stopping\n"), "{last}");
}

#[tokio::test]
async fn liveness_names_the_stage_that_stands_still() {
    let running = Running::start().await;
    let commit = running.liveness.stage("commit", Duration::from_hours(1));
    let alive = running.get("/livez").await;

    let _fetch = running.liveness.stage("fetch", Duration::ZERO);
    let stalled = running.get("/livez").await;

    assert!(alive.starts_with("HTTP/1.1 200"), "{alive}");
    assert!(stalled.starts_with("HTTP/1.1 503"), "{stalled}");
    assert!(stalled.contains("\r\n\r\nfetch: silent for "), "{stalled}");
    assert!(!stalled.contains("commit:"), "{stalled}");
    drop(commit);
}

#[tokio::test]
async fn the_index_names_every_endpoint_and_other_paths_are_not_found() {
    let running = Running::start().await;

    let index = running.get("/").await;

    for path in ["/metrics", "/livez", "/readyz"] {
        assert!(index.contains(path), "{path} is missing: {index}");
    }
    assert!(running.get("/nothing").await.starts_with("HTTP/1.1 404"));
}

#[tokio::test]
async fn a_taken_port_is_told_in_one_clear_line() {
    let first = AdminServer::bind(ANY_PORT).await.unwrap();

    let error = AdminServer::bind(first.local_addr()).await.unwrap_err().to_string();

    assert_eq!(error, format!("admin.listen: cannot bind {}: address in use", first.local_addr()));
}

#[tokio::test]
async fn the_stop_ends_the_server_and_frees_the_port() {
    // An address of its own: on the common one, another test may be given the port as soon as it is free.
    let running = Running::start_at(SocketAddr::from(([127, 0, 0, 77], 0))).await;
    running.get("/livez").await;

    running.stop.cancel();
    running.serving.await.unwrap();

    // A process that another test is starting has a copy of the listener for a moment, until it turns into its program.
    let closed = async {
        while TcpStream::connect(running.addr).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(10), closed).await.expect("the listener is closed");
    let refused = TcpStream::connect(running.addr).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    AdminServer::bind(running.addr).await.unwrap();
}
