//! Tags documents whose model spans are given, under one or more sets of rules; `check/quality.py` scores what it prints.
//!
//! `refine RULE_SETS [MIN_CONFIDENCE] < DOCUMENTS`: `RULE_SETS` is a JSON list of lists of rules, `DOCUMENTS` has one JSON object a line with `text`
//! and `model`, a list of `start`, `end`, `label` and perhaps `margin`. Prints one JSON list a line: for each rule set the `mentions`, the `tags`, and
//! with a `MIN_CONFIDENCE` the `grounds` of confidence. `refine terms` prints the terms of these grounds with their weights.

use std::{
    error::Error,
    io::{self, Write},
};

use entity_core::{
    Dictionary, Document, Grounds, LINK_TERMS, Lexicon, MIN_CONFIDENCE, Mention, ModelSpan, ModelSpans, NAME_TERMS,
    Reading, RuleSet, Tag, Tagger,
};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let sets = std::env::args().nth(1).ok_or("which rule sets?")?;
    if sets == "terms" {
        writeln!(io::stdout(), "{}", json!({ "name": NAME_TERMS, "link": LINK_TERMS }))?;
        return Ok(());
    }
    let sets: Vec<RuleSet> = serde_json::from_str(&sets)?;
    let bound: Option<f32> = std::env::args().nth(2).map(|text| text.parse()).transpose()?;
    let min_confidence = bound.unwrap_or(MIN_CONFIDENCE);
    let lexicon = Lexicon::bundled()?;
    let tagger = |rules| -> Result<Tagger, Box<dyn Error>> {
        let tagger = Tagger::new(Dictionary::bundled()?)?.with_lexicon(lexicon.clone());
        Ok(tagger.with_rules(rules).with_min_confidence(min_confidence))
    };
    let taggers = sets.into_iter().map(tagger).collect::<Result<Vec<_>, _>>()?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lines() {
        let document: Value = serde_json::from_str(&line?)?;
        let text = document["text"].as_str().ok_or("no text")?;
        let spans = document["model"].as_array().ok_or("no model")?.iter().map(span).collect::<Option<_>>();
        let reading = Reading { spans: spans.ok_or("bad span")?, ..Reading::default() };
        let model = ModelSpans { content: reading, ..ModelSpans::default() };
        let document = Document { content: text, ..Document::default() };
        let results: Vec<Value> = taggers
            .iter()
            .map(|tagger| {
                let mentions: Vec<Value> = tagger.mentions(&document, &model).iter().map(shown).collect();
                let tags: Vec<Value> = tagger.tag_read(&document, &model).iter().map(shown_tag).collect();
                let grounds = bound.map(|_| tagger.grounds(&document, &model)).unwrap_or_default();
                let grounds: Vec<Value> = grounds.iter().map(shown_grounds).collect();
                json!({ "mentions": mentions, "tags": tags, "grounds": grounds })
            })
            .collect();
        writeln!(out, "{}", Value::Array(results))?;
    }
    Ok(out.flush()?)
}

fn span(value: &Value) -> Option<ModelSpan> {
    let offset = |key: &str| usize::try_from(value[key].as_u64()?).ok();
    let margin = value["margin"].as_number().map(|margin| margin.to_string().parse()).transpose().ok()?;
    Some(ModelSpan {
        start: offset("start")?,
        end: offset("end")?,
        label: value["label"].as_str()?.parse().ok()?,
        margin,
    })
}

fn shown(mention: &Mention) -> Value {
    json!({
        "start": mention.start,
        "end": mention.end,
        "label": mention.entity_type.as_str(),
        "method": mention.method.as_str(),
        "confidence": mention.confidence,
    })
}

fn shown_tag(tag: &Tag) -> Value {
    let mentions: Vec<Value> = tag.mentions.iter().map(shown).collect();
    json!({
        "id": tag.id.as_str(),
        "qid": tag.id.qid(),
        "name": &*tag.name,
        "type": tag.entity_type.as_str(),
        "confidence": tag.confidence,
        "salience": tag.salience,
        "method": tag.method.as_str(),
        "mentions": mentions,
    })
}

fn shown_grounds(grounds: &Grounds) -> Value {
    json!({ "mention": shown(&grounds.mention), "qid": grounds.id.qid(), "terms": grounds.terms })
}
