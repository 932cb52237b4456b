//! One folder a case under `tests/golden`: `input.*`, perhaps `headers.json`, `expected.json`, `SOURCE.md`.
//!
//! `COURANT_BLESS=1` writes the expected files anew, to be reviewed as a diff.

use std::{
    fs,
    path::{Path, PathBuf},
};

use feed_core::parse::{ParseError, ParsedFeed};
use news_model::Item;
use serde_json::{Value, json};

use crate::parsed;

/// Folders with an input, by name.
pub(crate) fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let folders = fs::read_dir(root).expect("the golden folder");
    let mut cases: Vec<_> = folders.map(|folder| folder.expect("a folder").path()).collect();
    cases.sort();
    cases
}

/// The input of a case and its content type.
pub(crate) fn input_of(case: &Path) -> (Vec<u8>, Option<String>) {
    let mut files = fs::read_dir(case).expect("a case").map(|file| file.expect("a file").path());
    let input = files.find(|file| file.file_stem().is_some_and(|stem| stem == "input"));
    let body = fs::read(input.expect("an input file")).expect("a readable input");
    let headers = fs::read(case.join("headers.json")).ok();
    let content_type = headers.map(|headers| {
        let headers: Value = serde_json::from_slice(&headers).expect("headers in JSON");
        headers["content-type"].as_str().expect("a content type").to_owned()
    });
    (body, content_type)
}

fn shown(result: Result<ParsedFeed, ParseError>) -> Value {
    match result {
        Err(error) => json!({ "error": error.to_string() }),
        Ok(feed) => json!({
            "title": feed.title,
            "format": feed.format.as_str(),
            "reading": feed.reading.as_str(),
            "ttl_seconds": feed.ttl.map(|ttl| ttl.as_secs()),
            "items": feed.items.iter().map(shown_item).collect::<Vec<_>>(),
        }),
    }
}

fn shown_item(item: &Item) -> Value {
    let media = item.media.iter();
    json!({
        "id": item.id.to_string(),
        "guid": item.guid,
        "url": item.url,
        "title": item.title,
        "summary": item.summary,
        "content": item.content,
        "authors": item.authors,
        "categories": item.categories,
        "language": item.language,
        "published_at": item.published_at.map(|date| date.to_rfc3339()),
        "updated_at": item.updated_at.map(|date| date.to_rfc3339()),
        "media": media.map(|medium| json!([medium.url, medium.content_type, medium.length_bytes])).collect::<Vec<_>>(),
        "content_hash": item.content_hash().to_string(),
    })
}

#[test]
fn every_golden_feed_reads_as_expected() {
    let bless = std::env::var_os("COURANT_BLESS").is_some();
    let mut differing = Vec::new();
    for case in cases() {
        let (body, content_type) = input_of(&case);
        let found = shown(parsed(&body, content_type.as_deref()));
        let file = case.join("expected.json");
        if bless {
            let text = serde_json::to_string_pretty(&found).expect("plain values") + "\n";
            fs::write(&file, text).expect("a writable golden folder");
        }
        let expected = fs::read(&file).expect("expected.json; write it with COURANT_BLESS=1");
        let expected: Value = serde_json::from_slice(&expected).expect("expected.json in JSON");
        if found != expected {
            differing.push(format!("{}: found {found:#}", case.display()));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn every_case_names_its_source() {
    assert!(cases().len() >= 12);
    for case in cases() {
        assert!(case.join("SOURCE.md").is_file(), "{}", case.display());
    }
}
