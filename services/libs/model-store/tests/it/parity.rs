//! Tokens and entities of invented sentences, as spaCy 3.8 gives them with `ner` alone (`check/beside_spacy.py` writes them).

use serde::Deserialize;
use spacy_core::{Annotation, Input, Pipeline, Reader, Token};

use crate::pipeline;

#[derive(Deserialize)]
struct Case {
    text: String,
    tokens: Vec<(usize, usize)>,
    entities: Vec<(usize, usize, String)>,
}

fn cases() -> Vec<Case> {
    include_str!("parity.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn entities(pipeline: &Pipeline, read: &Annotation) -> Vec<(usize, usize, String)> {
    let place = |entity: &spacy_core::Entity| (read.tokens[entity.start].start, read.tokens[entity.end - 1].end);
    let label = |entity: &spacy_core::Entity| pipeline.labels()[entity.label].clone();
    read.entities.iter().map(|entity| (place(entity).0, place(entity).1, label(entity))).collect()
}

#[test]
fn tokens_and_entities_are_those_of_spacy() {
    let (pipeline, cases) = (pipeline(), cases());
    assert!(cases.len() >= 300);
    let texts: Vec<_> = cases.iter().map(|case| case.text.as_str()).collect();
    let read = Reader::new(pipeline.clone(), 1 << 20).read(&texts);
    for (case, read) in cases.iter().zip(&read) {
        let tokens: Vec<_> = read.tokens.iter().map(|token| (token.start, token.end)).collect();
        assert_eq!(tokens, case.tokens, "tokens of {:?}", case.text);
        assert_eq!(entities(&pipeline, read), case.entities, "entities of {:?}", case.text);
    }
}

#[test]
fn what_is_read_does_not_depend_on_what_was_read_before_or_beside_it() {
    let (pipeline, cases) = (pipeline(), cases());
    let texts: Vec<_> = cases.iter().map(|case| case.text.as_str()).collect();
    let together = Reader::new(pipeline.clone(), 1 << 20).read(&texts);
    // One reader for all, backwards, one at a time.
    let mut reader = Reader::new(pipeline.clone(), 1 << 20);
    for (text, together) in texts.iter().zip(&together).rev() {
        assert_eq!(&reader.read(&[text])[0], together, "{text:?}");
    }
}

#[test]
fn a_long_text_is_read_as_one_though_it_goes_through_the_network_in_portions() {
    let pipeline = pipeline();
    let sentence = "Anna Karlsson of Northgate Bank paid $4.2 billion in Lagos last Friday . ";
    // Some 5,000 tokens; wherever a portion ends, each sentence is read as its neighbours are.
    let read = &Reader::new(pipeline.clone(), 1 << 20).read(&[&sentence.repeat(400)])[0];
    let starts =
        entities(&pipeline, read).into_iter().map(|(start, end, label)| (start % sentence.len(), end - start, label));
    let mut counts = std::collections::HashMap::new();
    for entity in starts {
        *counts.entry(entity).or_insert(0) += 1;
    }
    assert!(counts.len() >= 4, "{counts:?}");
    // The sentences at the ends have other neighbours.
    assert!(counts.values().all(|count| *count >= 398 || *count <= 2), "{counts:?}");
}

#[test]
fn a_text_that_takes_too_long_is_told_as_far_as_it_was_read() {
    let pipeline = pipeline();
    let text = "Anna Karlsson of Northgate Bank paid $4.2 billion in Lagos last Friday . ".repeat(400);
    let mut reader = Reader::new(pipeline.clone(), 1 << 20);
    let whole = reader.read(&[&text]).remove(0);
    assert!(!whole.is_partial);
    let mut portions = 2;
    let goes_on = || {
        portions -= 1;
        portions > 0
    };
    let read = reader.read_while(&["Short.", &text, "Never read."], goes_on);
    assert!(!read[0].is_partial && read[1].is_partial && read[2].is_partial);
    let (part, tokens) = (&read[1], read[1].tokens.len());
    assert!(tokens > 1_000 && tokens < 3_000 && read[2].tokens.is_empty(), "{tokens}");
    assert_eq!(part.tokens[..], whole.tokens[..tokens]);
    assert_eq!(part.entities[..], whole.entities[..part.entities.len()]);
    assert!(entities(&pipeline, part).len() > 100);
}

#[test]
fn given_tokens_are_read_as_spacy_reads_a_doc_of_words() {
    // Its own rules would cut "Karlsson-Northgate", "U.S.-based" or "Vik/Northgate" otherwise and find other entities.
    let cases: [WordsCase; 3] = [
        (
            "Anna Karlsson-Northgate 's bank in St. Petersburg-Lagos paid $4.2bn to U.S.-based Harbour Ltd. yesterday",
            &[(0, 3, "PERSON"), (5, 7, "GPE"), (11, 13, "ORG"), (13, 14, "DATE")],
        ),
        (
            "The Lagos-based Northgate Bank ( NGB ) said Mr.Adeyemi would n't leave for U.K.-held Port-Stanley on 3-May-2021",
            &[(2, 4, "ORG"), (16, 17, "CARDINAL")],
        ),
        (
            "Gov. Lena Vik/Northgate visited New York-Dakar offices of ACME's Mon. evening",
            &[(1, 2, "PERSON"), (4, 6, "GPE"), (10, 11, "TIME")],
        ),
    ];
    let pipeline = pipeline();
    let tokens: Vec<Vec<Token>> = cases.iter().map(|(text, _)| words_of(text)).collect();
    let inputs: Vec<_> =
        cases.iter().zip(&tokens).map(|((text, _), tokens)| Input { text, tokens: Some(tokens) }).collect();
    let read = Reader::new(pipeline.clone(), 1 << 20).read_inputs_while(&inputs, || true);
    for (((text, expected), tokens), read) in cases.iter().zip(&tokens).zip(&read) {
        assert_eq!(&read.tokens, tokens, "{text}");
        let label = |entity: &spacy_core::Entity| pipeline.labels()[entity.label].as_str();
        let found: Vec<_> = read.entities.iter().map(|entity| (entity.start, entity.end, label(entity))).collect();
        assert_eq!(&found, expected, "{text}");
        assert!(read.entities.iter().all(|entity| entity.margin > 0.0), "{:?}", read.entities);
    }
}

/// Words parted by blanks, and the entities by first word, word behind the last and label.
type WordsCase = (&'static str, &'static [(usize, usize, &'static str)]);

fn words_of(text: &str) -> Vec<Token> {
    let mut at = 0;
    let words = text.split(' ').map(|word| {
        let start = at;
        at += word.len() + 1;
        Token { start, end: start + word.len() }
    });
    words.collect()
}

#[test]
fn a_reader_that_may_keep_nothing_reads_the_same() {
    let (pipeline, cases) = (pipeline(), cases());
    let texts: Vec<_> = cases.iter().map(|case| case.text.as_str()).collect();
    let usual = Reader::new(pipeline.clone(), 1 << 20).read(&texts);
    let mut forgetful = Reader::new(pipeline, 0).with_words_bytes(0);
    for (text, usual) in texts.iter().zip(&usual) {
        assert_eq!(&forgetful.read(&[text])[0], usual, "{text:?}");
    }
}
