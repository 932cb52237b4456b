//! Real signals, sent to a copy of this test binary that plays the service.

use std::{process::Stdio, time::Duration};

use service_kit::shutdown::Signals;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStderr, Command},
};

const ROLE: &str = "SIGNALS_ROLE";

/// The service under test; does nothing when run as a test.
#[tokio::test]
async fn service_in_a_child_process() {
    let Some(role) = std::env::var_os(ROLE) else {
        return;
    };
    let signals = Signals::listen().unwrap();
    eprintln!("listening");
    signals.token().cancelled().await;
    eprintln!("stopping");
    if role == "stuck" {
        std::future::pending::<()>().await;
    }
}

#[tokio::test]
async fn the_first_signal_lets_the_service_drain() {
    for signal in ["TERM", "INT"] {
        let (mut child, mut lines) = start("drains").await;

        send(&child, signal).await;

        wait_for(&mut lines, "stopping").await;
        assert_eq!(child.wait().await.unwrap().code(), Some(0), "after SIG{signal}");
    }
}

#[tokio::test]
async fn the_second_signal_aborts_with_its_own_code() {
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let (mut child, mut lines) = start("stuck").await;
        send(&child, "TERM").await;
        wait_for(&mut lines, "stopping").await;

        send(&child, signal).await;

        let ended = tokio::time::timeout(Duration::from_secs(30), child.wait()).await.unwrap();
        assert_eq!(ended.unwrap().code(), Some(code));
    }
}

async fn start(role: &str) -> (Child, Lines<BufReader<ChildStderr>>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "signals::service_in_a_child_process", "--nocapture"])
        .env(ROLE, role)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    wait_for(&mut lines, "listening").await;
    (child, lines)
}

async fn send(child: &Child, signal: &str) {
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-s", signal, &pid]).status().await.unwrap().success());
}

async fn wait_for(lines: &mut Lines<BufReader<ChildStderr>>, wanted: &str) {
    while let Some(line) = lines.next_line().await.unwrap() {
        if line == wanted {
            return;
        }
    }
    panic!("the child ended before saying {wanted:?}");
}
