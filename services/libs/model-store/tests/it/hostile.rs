//! Text that nobody would write: read to the end, with offsets that hold.

use proptest::prelude::*;
use spacy_core::{Annotation, Reader};

use crate::pipeline;

/// Checks that tokens are whole characters in order, cover all but white space, and that entities are made of tokens without overlaps.
fn check(text: &str, read: &Annotation) {
    let mut at = 0;
    for token in &read.tokens {
        assert!(token.start >= at && token.end > token.start);
        assert!(text[at..token.start].chars().all(char::is_whitespace));
        assert!(!text[token.start..token.end].is_empty());
        at = token.end;
    }
    assert!(text[at..].chars().all(char::is_whitespace));
    let mut at = 0;
    for entity in &read.entities {
        assert!(entity.start >= at && entity.end > entity.start && entity.end <= read.tokens.len());
        at = entity.end;
    }
}

#[test]
fn hostile_texts_are_read_to_the_end() {
    let mut reader = Reader::new(pipeline(), 1 << 20);
    let texts = [
        "a".repeat(5_000_000),
        "(".repeat(20_000),
        "((:-)".repeat(20_000),
        "a.".repeat(20_000),
        "http://".repeat(5_000),
        "😀\u{200d}".repeat(20_000),
        "\u{202e}\u{200b}\u{feff}".repeat(5_000),
        "Anna 東京مرحبا ".repeat(3_000),
        "\n \t".repeat(20_000),
        "U.S.".repeat(249),
        "Oslo ".repeat(20_000),
        "@".repeat(999) + " " + &"x@".repeat(499),
    ];
    for text in &texts {
        check(text, &reader.read(&[text])[0]);
    }
    assert_eq!(reader.read(&["", " ", "x"])[2].tokens.len(), 1);
}

#[test]
fn a_run_without_white_space_is_cut_by_the_rules_up_to_a_bound_and_is_one_token_beyond() {
    let mut reader = Reader::new(pipeline(), 1 << 20);
    let run = "a-b,".repeat(spacy_core::MAX_CHUNK_BYTES / 4);
    assert_eq!(run.len(), spacy_core::MAX_CHUNK_BYTES);
    let read = reader.read(&[&run, &format!("{run}.")]);
    assert!(read[0].tokens.len() > 100, "{}", read[0].tokens.len());
    assert_eq!(read[1].tokens.len(), 1);
}

/// Six hundred sentences, each on a word that no other part has.
fn part_of_new_words(part: usize) -> String {
    let sentences: Vec<_> = (0..600).map(|word| format!("Qu{part}x{word} of Oslo met.")).collect();
    sentences.join(" ")
}

#[test]
fn what_is_kept_of_words_stays_within_its_bound_and_changes_nothing() {
    let mut reader = Reader::new(pipeline(), 1 << 20);
    let first = reader.read(&[&part_of_new_words(0)]);
    let mut kept = Vec::new();
    for part in 1..20 {
        reader.read(&[&part_of_new_words(part)]);
        kept.push(reader.kept_bytes());
    }
    assert!(kept[3] < 16 << 20, "{kept:?}");
    assert!(kept[3..].iter().all(|bytes| *bytes == kept[3]), "{kept:?}");
    assert_eq!(reader.read(&[&part_of_new_words(0)]), first);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn offsets_hold_for_any_text(texts in prop::collection::vec("\\PC{0,60}|[ -~\\n\\t’“”…é😀\u{200b}]{0,120}", 1..5)) {
        let mut reader = Reader::new(pipeline_once(), 1 << 20);
        let parts: Vec<_> = texts.iter().map(String::as_str).collect();
        for (text, read) in parts.iter().zip(reader.read(&parts)) {
            check(text, &read);
        }
    }
}

fn pipeline_once() -> std::sync::Arc<spacy_core::Pipeline> {
    static PIPELINE: std::sync::LazyLock<std::sync::Arc<spacy_core::Pipeline>> = std::sync::LazyLock::new(pipeline);
    PIPELINE.clone()
}
