//! Log lines as they reach standard error, from a copy of this test binary.

use std::process::{Command, Output, Stdio};

use service_kit::{
    config::{Check, Origins},
    telemetry::{Log, RawLog, TelemetryError, init},
};

const ROLE: &str = "TELEMETRY_ROLE";

/// The program under test; does nothing when run as a test.
#[test]
fn program_in_a_child_process() {
    let Some(role) = std::env::var_os(ROLE) else {
        return;
    };
    init(&defaults()).unwrap();
    if role == "twice" {
        let TelemetryError::AlreadySet = init(&defaults()).unwrap_err();
        eprintln!("{}", TelemetryError::AlreadySet);
        return;
    }
    tracing::info!(feed = "a-feed", "polled");
    tracing::debug!("below the filter");
    let _ = std::panic::catch_unwind(|| panic!("broken invariant"));
}

#[test]
fn lines_and_panics_reach_a_collector_as_json() {
    let output = child("lines");

    let text = String::from_utf8(output.stderr).unwrap();

    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    assert!(lines[0].starts_with('{') && lines[0].ends_with('}'), "{text}");
    assert!(lines[0].contains(r#""level":"INFO","message":"polled","feed":"a-feed""#), "{text}");
    assert!(lines[1].contains(r#""message":"panicked","cause":"broken invariant""#), "{text}");
    assert!(lines[1].contains("telemetry.rs:"), "{text}");
}

#[test]
fn a_second_set_up_is_an_error_and_no_panic() {
    let output = child("twice");

    let text = String::from_utf8(output.stderr).unwrap();

    assert!(output.status.success(), "{text}");
    assert_eq!(text, "logging is already set up in this process\n");
}

/// Set-up is for a whole process, panic hook included, so each test has a process of its own.
fn child(role: &str) -> Output {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "telemetry::program_in_a_child_process", "--nocapture"])
        .env(ROLE, role)
        .stdout(Stdio::null())
        .output()
        .unwrap()
}

fn defaults() -> Log {
    Log::check(&RawLog::default(), &mut Check::new(Origins::default()))
}
