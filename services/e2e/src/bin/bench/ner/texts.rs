//! The texts that the tagging benches read: what folders hold, no paragraph twice, and invented ones up to a number of words.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use chrono::DateTime;
use feed_core::parse::{ParseContext, parse};
use news_model::FeedId;
use serde_json::Value;
use url::Url;

use super::invented::Writer;
use crate::parse::files_under;

/// Sentences of a labelled set that make up a text.
const SENTENCES: usize = 12;
/// Shorter paragraphs tell nothing.
const SHORTEST_BYTES: usize = 40;

/// Texts, and how many words they have.
pub(crate) struct Texts {
    pub(crate) texts: Vec<String>,
    /// Runs without white space.
    pub(crate) words: usize,
}

/// The English texts under `folders`, and invented ones until there are `words` words.
///
/// Read are `.bio` (a token and its label a line), `.jsonl` (the member `text` of each line), `.txt`, and feeds.
///
/// # Errors
/// When a folder cannot be read.
pub(crate) fn gather(folders: &[PathBuf], words: usize) -> Result<Texts> {
    let mut gathered = Gathered::default();
    for folder in folders {
        for file in files_under(folder)? {
            for text in texts_of(&file)? {
                gathered.add(&text);
            }
        }
    }
    let (given, texts) = (gathered.words, gathered.texts.len());
    let mut writer = Writer::new(1);
    while gathered.words < words {
        gathered.add(&writer.text());
    }
    eprintln!(
        "ner: {texts} texts of {given} words from folders, {} of {} invented",
        gathered.texts.len() - texts,
        gathered.words - given
    );
    Ok(Texts { texts: gathered.texts, words: gathered.words })
}

#[derive(Default)]
struct Gathered {
    texts: Vec<String>,
    words: usize,
    seen: HashSet<String>,
}

impl Gathered {
    /// Keeps what is new of a text.
    fn add(&mut self, text: &str) {
        let mut new = String::new();
        for paragraph in text.lines().map(str::trim).filter(|paragraph| paragraph.len() >= SHORTEST_BYTES) {
            if self.seen.insert(paragraph.to_owned()) {
                new.push_str(paragraph);
                new.push('\n');
            }
        }
        if !new.is_empty() {
            self.words += new.split_whitespace().count();
            self.texts.push(new);
        }
    }
}

fn texts_of(file: &Path) -> Result<Vec<String>> {
    let bytes = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let text = || String::from_utf8_lossy(&bytes).into_owned();
    let mut texts = match file.extension().and_then(|end| end.to_str()) {
        Some("bio") => labelled(&text()),
        Some("jsonl") => text().lines().filter_map(text_member).collect(),
        Some("txt") => vec![text()],
        _ => of_feed(&bytes)?,
    };
    texts.retain(|text| language_core::detect(text).is_none_or(|detected| detected.language == "en"));
    Ok(texts)
}

/// A dozen sentences a text, their tokens with blanks between them.
fn labelled(lines: &str) -> Vec<String> {
    let sentences: Vec<_> = lines
        .split("\n\n")
        .map(|sentence| {
            sentence.lines().filter_map(|line| line.split([' ', '\t']).next()).collect::<Vec<_>>().join(" ")
        })
        .collect();
    sentences.chunks(SENTENCES).map(|chunk| chunk.join(" ")).collect()
}

fn text_member(line: &str) -> Option<String> {
    let value: Value = serde_json::from_str(line).ok()?;
    Some(value.get("text")?.as_str()?.to_owned())
}

/// Headline, teaser and text of each item; nothing for what is no feed.
fn of_feed(bytes: &[u8]) -> Result<Vec<String>> {
    let feed: FeedId = "bench".parse()?;
    let base_url: Url = "https://feeds.example/feed.xml".parse()?;
    let context = ParseContext { feed: &feed, base_url: &base_url, content_type: None, now: DateTime::UNIX_EPOCH };
    let items = parse(bytes, &context).map(|feed| feed.items).unwrap_or_default();
    Ok(items.into_iter().map(|item| [item.title, item.summary, item.content].join("\n")).collect())
}
