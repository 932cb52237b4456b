//! The `newsroom` program as other processes use it.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use crate::client;

fn start(flags: &[&str]) -> (Child, SocketAddr) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_newsroom"))
        .args(flags)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let said: serde_json::Value = serde_json::from_str(&line).unwrap();
    (child, said["listening"].as_str().unwrap().parse().unwrap())
}

#[test]
fn it_says_where_it_listens_and_ends_with_its_input() {
    let (mut child, addr) = start(&["--no-bundled", "--wire-feeds", "2", "--items-per-poll", "3"]);
    assert_eq!(client::get(addr, "http://wire-0001.example/feed.xml", &[]).text().matches("<item>").count(), 3);
    assert_eq!(client::get(addr, "http://harbourpost.example/rss.xml", &[]).status, 404);
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn it_ends_well_on_sigterm() {
    let (mut child, addr) = start(&[]);
    assert_eq!(client::get(addr, "http://harbourpost.example/rss.xml", &[]).status, 200);
    assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    assert!(child.wait().unwrap().success());
}
