//! One token and its label a line.

use std::{
    io::{self, Write},
    iter::Peekable,
    num::NonZeroUsize,
    slice::Iter,
};

use entity_core::{Document, Mention, ModelToken};

use super::{Finder, offset};

/// A line that parts documents in the files of the `CoNLL` tasks.
const DOCUMENT_START: &str = "-DOCSTART-";

/// Signs that end a sentence where they are a token of their own; in "U.S." they are part of one.
const SENTENCE_ENDS: [&str; 10] = [".", "!", "?", "…", "...", "。", "！", "？", "؟", "।"];
/// Signs that still belong to the sentence that ended before them.
const CLOSING: [&str; 8] = ["\"", "'", "”", "’", "»", ")", "]", "''"];

/// Labels the tokens of `text`: the model's own, and words where no model read it. A sentence ends at the end of a line or behind a sign that ends
/// sentences.
pub(super) fn label_text(finder: &Finder, text: &str, out: &mut impl Write) -> io::Result<()> {
    let document = Document { content: text, ..Document::default() };
    let read = finder.read(&document);
    let mentions = finder.tagger.mentions(&document, &read.spans);
    let mut tokens: Vec<_> = read.spans.content.tokens.iter().map(|token| (token.start, token.end)).collect();
    let is_blank = |(start, end): (usize, usize)| text.get(start..end).is_none_or(|token| token.trim().is_empty());
    tokens.extend(words(text, tokens.last().map_or(0, |(_, end)| *end)));
    tokens.retain(|token| !is_blank(*token));
    let mut labeller = Labeller::new(&mentions);
    for sentence in tokens.chunk_by(|one, next| !parts_sentences(text, *one, *next)) {
        write(text, sentence, &mut labeller, out)?;
    }
    Ok(())
}

/// Whether a sentence ends between two tokens of `text`.
fn parts_sentences(text: &str, one: (usize, usize), next: (usize, usize)) -> bool {
    let token = |(start, end): (usize, usize)| text.get(start..end).unwrap_or_default();
    let gap = text.get(one.1..next.0).unwrap_or_default();
    let before = text.get(..one.0).unwrap_or_default().trim_end();
    let has_ended = SENTENCE_ENDS.contains(&token(one))
        || (CLOSING.contains(&token(one)) && SENTENCE_ENDS.iter().any(|end| before.ends_with(end)));
    let goes_on = CLOSING.contains(&token(next)) || SENTENCE_ENDS.contains(&token(next));
    gap.contains('\n') || (has_ended && !goes_on)
}

/// Labels tokens that are given one a line, with blank lines between sentences; so many `sentences` in a row are one text to the rules.
pub(super) fn label_tokens(
    finder: &Finder,
    input: &str,
    sentences: NonZeroUsize,
    out: &mut impl Write,
) -> io::Result<()> {
    for document in documents(input) {
        if document.is_marked {
            writeln!(out, "{DOCUMENT_START}\tO\n")?;
        }
        for window in document.sentences.chunks(sentences.get()) {
            let (text, tokens) = printed(window);
            let read = finder.models.read_tokens(&text, &tokens, &finder.fallback);
            finder.tell_unread(&read);
            let whole = Document { content: &text, ..Document::default() };
            let mentions = finder.tagger.mentions(&whole, &read.spans);
            let mut labeller = Labeller::new(&mentions);
            for tokens in tokens {
                let tokens: Vec<_> = tokens.iter().map(|token| (token.start, token.end)).collect();
                write(&text, &tokens, &mut labeller, out)?;
            }
        }
    }
    Ok(())
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

/// What white space parts in `text` from byte `at` on.
fn words(text: &str, mut at: usize) -> Vec<(usize, usize)> {
    let words = text.get(at..).unwrap_or_default().split_whitespace().filter_map(|word| {
        let start = at + text.get(at..)?.find(word)?;
        at = start + word.len();
        Some((start, at))
    });
    words.collect()
}

fn write(text: &str, tokens: &[(usize, usize)], labeller: &mut Labeller<'_>, out: &mut impl Write) -> io::Result<()> {
    for ((start, end), label) in tokens.iter().zip(labeller.of_sentence(tokens)) {
        writeln!(out, "{}\t{label}", text.get(*start..*end).unwrap_or_default())?;
    }
    writeln!(out)
}

/// Gives tokens their labels, sentence after sentence.
struct Labeller<'a> {
    rest: Peekable<Iter<'a, Mention>>,
}

impl<'a> Labeller<'a> {
    fn new(mentions: &'a [Mention]) -> Self {
        Self { rest: mentions.iter().peekable() }
    }

    /// A token belongs to the first mention that reaches into it, and begins it if no token of the sentence before it did.
    fn of_sentence(&mut self, tokens: &[(usize, usize)]) -> Vec<String> {
        let mut begun = false;
        let label = |(start, end): &(usize, usize)| {
            while self.rest.next_if(|mention| offset(mention.end) <= *start).is_some() {
                begun = false;
            }
            match self.rest.peek().filter(|mention| offset(mention.start) < *end) {
                None => "O".to_owned(),
                Some(mention) => {
                    let place = if std::mem::replace(&mut begun, true) { 'I' } else { 'B' };
                    format!("{place}-{}", mention.entity_type.as_str())
                }
            }
        };
        tokens.iter().map(label).collect()
    }
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
        let mentions = [mention(0, 2), mention(3, 8)];
        let mut labeller = Labeller::new(&mentions);
        assert_eq!(labeller.of_sentence(&tokens), ["B-ORG", "B-ORG", "I-ORG", "O"]);
    }

    #[test]
    fn a_mention_begins_anew_in_the_next_sentence() {
        let mentions = [mention(0, 8)];
        let mut labeller = Labeller::new(&mentions);
        assert_eq!(labeller.of_sentence(&[(0, 2), (3, 4)]), ["B-ORG", "I-ORG"]);
        assert_eq!(labeller.of_sentence(&[(5, 8), (9, 10)]), ["B-ORG", "O"]);
    }

    #[test]
    fn sentences_end_at_lines_and_behind_their_signs() {
        let sentences = |text: &str| -> Vec<String> {
            let tokens = words(text, 0);
            let parts = tokens.chunk_by(|one, next| !parts_sentences(text, *one, *next));
            parts.map(|part| text[part[0].0..part[part.len() - 1].1].to_owned()).collect()
        };
        assert_eq!(sentences("He left . She , of the U.S. came"), ["He left .", "She , of the U.S. came"]);
        assert_eq!(sentences("“ Go ! ” he said . One\nTwo"), ["“ Go ! ”", "he said .", "One", "Two"]);
        assert_eq!(sentences("来 。 去 ！ ！"), ["来 。", "去 ！ ！"]);
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
