//! Tests of the whole way from sources to a checked value.

mod faults;
mod layers;
mod meaning;

use std::{collections::BTreeMap, path::PathBuf};

use serde::Deserialize;

use super::{Fault, Loaded, Secret, Sources, load};

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Raw {
    poll: RawPoll,
    kafka: RawKafka,
    feeds: Vec<RawFeed>,
}

#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawPoll {
    interval_min: String,
    workers: u16,
    jitter: f64,
    eager: bool,
    order: Order,
    note: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawKafka {
    brokers: Vec<String>,
    password: Option<Secret>,
    password_file: Option<PathBuf>,
    properties: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFeed {
    url: String,
    #[serde(default)]
    weight: u8,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Order {
    OldestFirst,
    NewestFirst,
}

impl Default for RawPoll {
    fn default() -> Self {
        Self { interval_min: "5m".into(), workers: 8, jitter: 0.1, eager: false, order: Order::OldestFirst, note: None }
    }
}

/// A file that lives as long as the test.
struct ConfigFile {
    _dir: tempfile::TempDir,
    path: PathBuf,
}

impl ConfigFile {
    fn of(text: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("courant.toml");
        std::fs::write(&path, text).unwrap();
        Self { _dir: dir, path }
    }

    fn sources(&self) -> Sources {
        Sources::new().file(Some(self.path.clone())).free_map("kafka.properties")
    }
}

fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

/// The faults as lines, with the file's folder cut out.
fn lines(loaded: &Loaded<Raw>) -> Vec<String> {
    loaded.faults.iter().map(line).collect()
}

fn line(fault: &Fault) -> String {
    let text = fault.to_string();
    match (text.find('/'), text.find("courant.toml")) {
        (Some(from), Some(to)) if from < to => format!("{}{}", &text[..from], &text[to..]),
        _ => text,
    }
}
