//! Log lines: text for a person at a terminal, JSON for a collector, always to standard error.

use std::{backtrace::Backtrace, io::IsTerminal, panic};

use serde::Deserialize;
use tracing_subscriber::{EnvFilter, Registry, fmt, layer::SubscriberExt, util::SubscriberInitExt};

use crate::config::Check;

/// What may be written under `log`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RawLog {
    /// Which lines are written, in the syntax of `tracing`'s `EnvFilter`: `info`, or `info,poller=debug`. Default `info`: state
    /// changes and what a person must act on.
    pub filter: String,
    /// How a line looks. Default `auto`.
    pub format: LogFormat,
}

/// How a log line looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text if standard error is a terminal, JSON otherwise.
    #[default]
    Auto,
    /// One readable line an event, coloured on a terminal unless `NO_COLOR` is set.
    Text,
    /// One JSON object a line.
    Json,
}

/// The checked form of [`RawLog`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// A filter that parses.
    filter: String,
    format: LogFormat,
}

/// Why log lines cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// A subscriber is already in place in this process.
    #[error("logging is already set up in this process")]
    AlreadySet,
}

impl Default for RawLog {
    fn default() -> Self {
        Self { filter: "info".into(), format: LogFormat::Auto }
    }
}

impl Log {
    /// Checks `raw`, whose keys lie under `log` in the configuration.
    pub fn check(raw: &RawLog, check: &mut Check) -> Self {
        check.section("log", |check| {
            if let Err(error) = EnvFilter::try_new(&raw.filter) {
                check.fault("filter", format!("not a log filter: {error}"), "write a level, or `info,poller=debug`");
            }
        });
        Self { filter: raw.filter.clone(), format: raw.format }
    }
}

/// Sends this process's log lines, panics included, to standard error.
///
/// # Errors
///
/// Something has set it up before; that set-up stays in force.
pub fn init(log: &Log) -> Result<(), TelemetryError> {
    let terminal = std::io::stderr().is_terminal();
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    // `lossy` cannot drop anything here: `Log` holds a filter that parses.
    let registry = Registry::default().with(EnvFilter::builder().parse_lossy(&log.filter));
    let lines = fmt::layer().with_writer(std::io::stderr);
    let set = if writes_text(log.format, terminal) {
        registry.with(lines.with_ansi(terminal && !plain)).try_init()
    } else {
        registry.with(lines.json().flatten_event(true)).try_init()
    };
    set.map_err(|_| TelemetryError::AlreadySet)?;
    log_panics();
    Ok(())
}

fn writes_text(format: LogFormat, terminal: bool) -> bool {
    match format {
        LogFormat::Auto => terminal,
        LogFormat::Text => true,
        LogFormat::Json => false,
    }
}

/// A panic becomes one log line, so that a collector sees it whole; the backtrace rides along if `RUST_BACKTRACE` asks for it.
fn log_panics() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let cause = info.payload_as_str().unwrap_or("no message");
        tracing::error!(cause, place, backtrace = %Backtrace::capture(), "panicked");
    }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Sources, load};

    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Raw {
        log: RawLog,
    }

    #[test]
    fn auto_writes_text_to_a_terminal_only() {
        assert!(writes_text(LogFormat::Auto, true));
        assert!(!writes_text(LogFormat::Auto, false));
        assert!(!writes_text(LogFormat::Json, true));
        assert!(writes_text(LogFormat::Text, false));
    }

    #[test]
    fn a_bad_filter_and_a_bad_format_are_faults_of_the_configuration() {
        let sources = Sources::new().set("log.filter=poller=loud").set("log.format=jsn");
        let (raw, mut check) = load::<Raw>(&sources).into_check();

        let log = Log::check(&raw.log, &mut check);
        let report = check.finish(log).unwrap_err().to_string();

        assert!(report.contains("log.filter = \"poller=loud\" (flag --set): not a log filter"), "{report}");
        assert!(report.contains("did you mean `json`?"), "{report}");
    }
}
