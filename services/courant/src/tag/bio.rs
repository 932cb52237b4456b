//! One token and its label a line.

use entity_core::{Document, Mention, Reading};

use super::{Finder, offset};
use crate::show;

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

/// Labels tokens that are given one a line, with blank lines between sentences.
pub(super) fn label_tokens(finder: &Finder, input: &str) {
    for sentence in
        input.split("\n\n").map(|sentence| sentence.trim_matches('\n')).filter(|sentence| !sentence.is_empty())
    {
        let (mut text, mut tokens) = (String::new(), Vec::new());
        for line in sentence.lines() {
            let token = line.split([' ', '\t']).next().unwrap_or_default().trim();
            if token.is_empty() {
                continue;
            }
            if !text.is_empty() {
                text.push(' ');
            }
            let start = text.len();
            text.push_str(token);
            tokens.push((start, text.len()));
        }
        let (mentions, _) = read(finder, &text);
        write(&text, &tokens, &mentions);
    }
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
        Mention { field, start, end, entity_type, method }
    }

    #[test]
    fn neighbouring_mentions_begin_anew_and_cut_tokens_are_labelled_whole() {
        // "AB CD EF's GH"
        let tokens = [(0, 2), (3, 5), (6, 10), (11, 13)];
        let labels = labels(&tokens, &[mention(0, 2), mention(3, 8)]);
        assert_eq!(labels, ["B-ORG", "B-ORG", "I-ORG", "O"]);
    }
}
