//! What each rule costs: words a second that dictionary, rules and linking take behind the model, with all rules and without one of them.
//!
//! The model reads the texts once, outside the measurement. A ratio of 0.9 says that a tenth of the time goes into the rule and what it brings about:
//! without some, less is found and less has to be linked.

use std::{
    hint::black_box,
    path::{Path, PathBuf},
};

use anyhow::Result;
use entity_core::{Document, ModelSpans, Rule, RuleSet, Tagger};
use model_store::Models;

use super::{
    MODELS, rate, tagger,
    texts::{self, Texts},
    used,
};
use crate::figure::Figure;

const FIGURES: [(Rule, &str); Rule::ALL.len()] = [
    (Rule::Articles, "tag_rule_articles"),
    (Rule::Possessives, "tag_rule_possessives"),
    (Rule::Roles, "tag_rule_roles"),
    (Rule::Lists, "tag_rule_lists"),
    (Rule::Dictionary, "tag_rule_dictionary"),
    (Rule::Gazetteer, "tag_rule_gazetteer"),
    (Rule::KnownTypes, "tag_rule_known_types"),
    (Rule::HeadWords, "tag_rule_head_words"),
    (Rule::GivenNames, "tag_rule_given_names"),
    (Rule::Cues, "tag_rule_cues"),
    (Rule::Acronyms, "tag_rule_acronyms"),
    (Rule::Headlines, "tag_rule_headlines"),
    (Rule::Capitals, "tag_rule_capitals"),
    (Rule::Agreement, "tag_rule_agreement"),
    (Rule::Propagation, "tag_rule_propagation"),
];

/// A figure for each rule.
///
/// # Errors
/// When a folder cannot be read or the model is not there.
pub(crate) fn run(folders: &[PathBuf], quick: bool) -> Result<Vec<Figure>> {
    let (words, rounds) = if quick { (30_000, 1) } else { (300_000, 3) };
    let texts = texts::gather(folders, words)?;
    let models = Models::open(Path::new(MODELS))?;
    let read: Vec<ModelSpans> = texts.texts.iter().map(|text| models.read(&document(text), "en").spans).collect();
    let new = |(_, bench): &(Rule, &'static str)| {
        let (unit, against) = ("words/s a core", "the same without the rule");
        Figure { bench, unit, against, ours: Vec::new(), peer: Vec::new() }
    };
    let mut figures: Vec<Figure> = FIGURES.iter().map(new).collect();
    for _ in 0..rounds {
        for ((rule, _), figure) in FIGURES.iter().zip(&mut figures) {
            figure.ours.push(tag(&texts, &read, &tagger()?)?);
            let without = RuleSet::default().without(*rule);
            figure.peer.push(tag(&texts, &read, &tagger()?.with_rules(without))?);
        }
    }
    Ok(figures)
}

fn document(text: &str) -> Document<'_> {
    Document { content: text, ..Document::default() }
}

fn tag(texts: &Texts, read: &[ModelSpans], tagger: &Tagger) -> Result<f64> {
    let start = used()?;
    for (text, spans) in texts.texts.iter().zip(read) {
        black_box(tagger.tag_read(&document(text), spans));
    }
    rate(texts.words, start)
}
