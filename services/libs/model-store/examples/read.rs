//! Reads texts by a model alone, without rules; `check/beside_spacy.py` holds what it prints against spaCy.
//!
//! `read MODELS < TEXTS`: `MODELS` is a models folder with a model for English, `TEXTS` has a JSON string a line. Prints one JSON object a line:
//! `tokens`, pairs of UTF-8 bytes, and `entities`, such pairs with a label.

use std::{
    error::Error,
    io::{self, Write},
    path::PathBuf,
    sync::Arc,
};

use model_store::installed;
use serde_json::{Value, json};
use spacy_core::{Annotation, Pipeline, Reader};

/// Texts that are read together.
const BATCH: usize = 256;
/// What the reader keeps of single words.
const CACHE_BYTES: usize = 16 << 20;

fn main() -> Result<(), Box<dyn Error>> {
    let folder: PathBuf = std::env::args_os().nth(1).ok_or("which models folder?")?.into();
    let found = installed(&folder)?.into_iter().filter_map(|installed| installed.pipeline.ok());
    let pipeline = found.into_iter().find(|pipeline| pipeline.language() == "en").ok_or("no model for English")?;
    let pipeline = Arc::new(pipeline);
    let mut reader = Reader::new(pipeline.clone(), CACHE_BYTES);
    let texts = io::stdin().lines().map(|line| Ok(serde_json::from_str::<String>(&line?)?));
    let texts = texts.collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    for batch in texts.chunks(BATCH) {
        let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
        for read in reader.read(&batch) {
            writeln!(out, "{}", shown(&pipeline, &read))?;
        }
    }
    Ok(out.flush()?)
}

fn shown(pipeline: &Pipeline, read: &Annotation) -> Value {
    let tokens: Vec<_> = read.tokens.iter().map(|token| (token.start, token.end)).collect();
    let entities = read.entities.iter().filter_map(|entity| {
        let (first, last) = (read.tokens.get(entity.start)?, read.tokens.get(entity.end.checked_sub(1)?)?);
        Some((first.start, last.end, pipeline.labels().get(entity.label)?))
    });
    json!({ "tokens": tokens, "entities": entities.collect::<Vec<_>>() })
}
