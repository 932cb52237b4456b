//! Reads texts by a model alone, without rules; `check/beside_spacy.py` holds what it prints against spaCy.
//!
//! `read MODELS [LANGUAGE] < TEXTS`: `MODELS` is a models folder with a model for the language, `en` unless told otherwise, `TEXTS` has a JSON string a line, or an object with `text` and its
//! `tokens`. Prints one JSON object a line: `tokens`, pairs of UTF-8 bytes, `entities`, such pairs with a label, and `margins`, one an entity.

use std::{
    error::Error,
    io::{self, Write},
    path::PathBuf,
    sync::Arc,
};

use model_store::installed;
use serde_json::{Value, json};
use spacy_core::{Annotation, Input, Pipeline, Reader, Token};

/// Texts that are read together.
const BATCH: usize = 256;
/// What the reader keeps of single words.
const CACHE_BYTES: usize = 16 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let folder: PathBuf = std::env::args_os().nth(1).ok_or("which models folder?")?.into();
    let found = installed(&folder)?.into_iter().filter_map(|installed| installed.pipeline.ok());
    let language = std::env::args().nth(2).unwrap_or_else(|| "en".to_owned());
    let pipeline = found.into_iter().find(|pipeline| pipeline.language() == language);
    let pipeline = pipeline.ok_or_else(|| format!("no model for {language}"))?;
    let pipeline = Arc::new(pipeline);
    let mut reader = Reader::new(pipeline.clone(), CACHE_BYTES);
    let texts = io::stdin().lines().map(|line| text_of(&serde_json::from_str(&line?)?).ok_or("no text".into()));
    let texts = texts.collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    for batch in texts.chunks(BATCH) {
        let batch: Vec<_> = batch.iter().map(|(text, tokens)| Input { text, tokens: tokens.as_deref() }).collect();
        for read in reader.read_inputs_while(&batch, || true) {
            writeln!(out, "{}", shown(&pipeline, &read))?;
        }
    }
    Ok(out.flush()?)
}

fn text_of(value: &Value) -> Option<(String, Option<Vec<Token>>)> {
    if let Some(text) = value.as_str() {
        return Some((text.to_owned(), None));
    }
    let place = |at: &Value| usize::try_from(at.as_u64()?).ok();
    let token = |pair: &Value| Some(Token { start: place(&pair[0])?, end: place(&pair[1])? });
    let tokens = value["tokens"].as_array()?.iter().map(token).collect::<Option<_>>()?;
    Some((value["text"].as_str()?.to_owned(), Some(tokens)))
}

fn shown(pipeline: &Pipeline, read: &Annotation) -> Value {
    let tokens: Vec<_> = read.tokens.iter().map(|token| (token.start, token.end)).collect();
    let entities = read.entities.iter().filter_map(|entity| {
        let (first, last) = (read.tokens.get(entity.start)?, read.tokens.get(entity.end.checked_sub(1)?)?);
        Some((first.start, last.end, pipeline.labels().get(entity.label)?))
    });
    let margins: Vec<f32> = read.entities.iter().map(|entity| entity.margin).collect();
    json!({ "tokens": tokens, "entities": entities.collect::<Vec<_>>(), "margins": margins })
}
