//! One token and its label a line.

use std::num::NonZeroUsize;

use entity_core::{Document, Mention, ModelToken, Reading};

use super::{Finder, offset};
use crate::show;

/// A line that parts documents in the files of the `CoNLL` tasks.
const DOCUMENT_START: &str = "-DOCSTART-";

/// Labels the tokens of `text`: the model's own, or words where no model reads it. Each line of the text is a sentence.
pub(super) fn label_text(finder: &Finder, text: &str) {
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let (mentions, reading) = read(finder, line);
        let tokens = reading.tokens.iter().map(|token| (token.start, token.end)).collect::<Vec<_>>();
        let tokens = if tokens.is_empty() { words(line) } else { tokens };
        let tokens = tokens
            .into_iter()
            .filter(|(start, end)| line.get(*start..*end).is_some_and(|text| !text.trim().is_empty()));
        let tokens: Vec<_> = tokens.collect();
        write(line, &tokens, &mentions);
    }
}

/// Labels tokens that are given one a line, with blank lines between sentences; so many `sentences` in a row are one text to the rules.
pub(super) fn label_tokens(finder: &Finder, input: &str, sentences: NonZeroUsize) {
    for document in documents(input) {
        if document.is_marked {
            show::line(&format!("{DOCUMENT_START}\tO"));
            show::line("");
        }
        for window in document.sentences.chunks(sentences.get()) {
            let (text, tokens) = printed(window);
            let read = finder.models.read_tokens(&text, &tokens, &finder.fallback);
            let whole = Document { content: &text, ..Document::default() };
            let mentions = finder.tagger.mentions(&whole, &read.spans);
            for tokens in tokens {
                let tokens: Vec<_> = tokens.iter().map(|token| (token.start, token.end)).collect();
                write(&text, &tokens, &mentions);
            }
        }
    }
}

/// Sentences of one document.
#[derive(Debug, Default)]
struct Sentences<'a> {
    /// Whether a line said that it begins.
    is_marked: bool,
    /// The tokens of each.
    sentences: Vec<Vec<&'a str>>,
}

fn documents(input: &str) -> Vec<Sentences<'_>> {
    let mut documents = vec![Sentences::default()];
    let mut tokens = Vec::new();
    for line in input.lines().chain([""]) {
        let token = line.split([' ', '\t']).next().unwrap_or_default().trim();
        let ends = token.is_empty() || token == DOCUMENT_START;
        if !ends {
            tokens.push(token);
        } else if let Some(document) = documents.last_mut().filter(|_| !tokens.is_empty()) {
            document.sentences.push(std::mem::take(&mut tokens));
        }
        if token == DOCUMENT_START {
            documents.push(Sentences { is_marked: true, sentences: Vec::new() });
        }
    }
    documents
}

/// Sentences as a text, tokens parted by blanks, and where the tokens of each stand in it.
fn printed(sentences: &[Vec<&str>]) -> (String, Vec<Vec<ModelToken>>) {
    let (mut text, mut places) = (String::new(), Vec::new());
    for sentence in sentences {
        let mut tokens = Vec::new();
        for token in sentence {
            if !tokens.is_empty() {
                text.push(' ');
            }
            let start = text.len();
            text.push_str(token);
            tokens.push(ModelToken { start, end: text.len() });
        }
        text.push_str("\n\n");
        places.push(tokens);
    }
    (text, places)
}

fn read(finder: &Finder, text: &str) -> (Vec<Mention>, Reading) {
    let document = Document { content: text, ..Document::default() };
    let read = finder.models.read(&document, &finder.fallback);
    (finder.tagger.mentions(&document, &read.spans), read.spans.content)
}

fn words(text: &str) -> Vec<(usize, usize)> {
    let mut at = 0;
    let words = text.split_whitespace().filter_map(|word| {
        let start = at + text.get(at..)?.find(word)?;
        at = start + word.len();
        Some((start, at))
    });
    words.collect()
}

/// A token belongs to the first mention that reaches into it, and begins it if no token before did.
fn write(text: &str, tokens: &[(usize, usize)], mentions: &[Mention]) {
    for ((start, end), label) in tokens.iter().zip(labels(tokens, mentions)) {
        show::line(&format!("{}\t{label}", text.get(*start..*end).unwrap_or_default()));
    }
    show::line("");
}

fn labels(tokens: &[(usize, usize)], mentions: &[Mention]) -> Vec<String> {
    let (mut rest, mut begun) = (mentions.iter().peekable(), false);
    let mut labels = Vec::with_capacity(tokens.len());
    for (start, end) in tokens {
        while rest.next_if(|mention| offset(mention.end) <= *start).is_some() {
            begun = false;
        }
        labels.push(match rest.peek().filter(|mention| offset(mention.start) < *end) {
            None => "O".to_owned(),
            Some(mention) => {
                let place = if std::mem::replace(&mut begun, true) { 'I' } else { 'B' };
                format!("{place}-{}", mention.entity_type.as_str())
            }
        });
    }
    labels
}

#[cfg(test)]
mod tests {
    use entity_core::Method;
    use news_model::{EntityType, TextField};

    use super::*;

    fn mention(start: u32, end: u32) -> Mention {
        let (field, entity_type, method) = (TextField::Content, EntityType::Org, Method::Dictionary);
        Mention { field, start, end, entity_type, method, confidence: 0.5 }
    }

    #[test]
    fn neighbouring_mentions_begin_anew_and_cut_tokens_are_labelled_whole() {
        // "AB CD EF's GH"
        let tokens = [(0, 2), (3, 5), (6, 10), (11, 13)];
        let labels = labels(&tokens, &[mention(0, 2), mention(3, 8)]);
        assert_eq!(labels, ["B-ORG", "B-ORG", "I-ORG", "O"]);
    }

    #[test]
    fn given_tokens_are_parted_by_sentence_and_document() {
        let documents = documents("A\tO\nB x\n\n\nC\n-DOCSTART- -X- O\n\nD");
        let shown: Vec<_> = documents.iter().map(|document| (document.is_marked, document.sentences.clone())).collect();
        assert_eq!(shown, [(false, vec![vec!["A", "B"], vec!["C"]]), (true, vec![vec!["D"]])]);
    }

    #[test]
    fn given_tokens_stand_in_the_text_as_they_were_given() {
        let (text, tokens) = printed(&[vec!["U.S.", "’s"], vec!["can't"]]);
        let shown: Vec<Vec<&str>> =
            tokens.iter().map(|tokens| tokens.iter().map(|token| &text[token.start..token.end]).collect()).collect();
        assert_eq!(shown, [vec!["U.S.", "’s"], vec!["can't"]]);
    }
}
