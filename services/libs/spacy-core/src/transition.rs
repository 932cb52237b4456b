//! Decides token by token: opens, continues and closes entities by the highest score among the moves that are valid.
//!
//! The moves are those of the BILUO scheme: begin, in, last and unit for each label, and out. Without sentence boundaries a move is valid by
//! what is open, by how many tokens are left and by whether the token is white space.

use serde_json::Value;

use crate::{error::LoadError, network::Step};

/// Numbers by which the file knows the moves.
const BEGIN: u64 = 1;
const IN: u64 = 2;
const LAST: u64 = 3;
const UNIT: u64 = 4;
const OUT: u64 = 5;

/// The moves of a recogniser; a number is a class of the network's scores.
#[derive(Debug)]
pub(crate) struct Moves {
    pub(crate) labels: Vec<String>,
    pub(crate) classes: usize,
    /// By label.
    inside: Vec<usize>,
    last: Vec<usize>,
    /// The classes of opening moves, by class, with what they do.
    opening: Vec<(usize, Move)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    Begin(usize),
    Unit(usize),
    Out,
}

impl Moves {
    /// Reads the JSON text of a recogniser's moves: numbers of moves to labels with their frequencies.
    ///
    /// The classes are numbered by move, then by frequency and label, both falling; labels of negative frequency, which were added later,
    /// come after all others, by frequency, label by label.
    pub(crate) fn parse(text: &str, file: &str) -> Result<Self, LoadError> {
        let fault = |what: &str| LoadError::malformed(file, what.to_owned());
        let parsed: Value = serde_json::from_str(text).map_err(|error| fault(&error.to_string()))?;
        let mut actions = Vec::new();
        for (action, labels) in parsed.as_object().ok_or_else(|| fault("the moves are no map"))? {
            let action: u64 = action.parse().map_err(|_| fault("a move is no number"))?;
            for (label, frequency) in labels.as_object().ok_or_else(|| fault("the labels of a move are no map"))? {
                let frequency = frequency.as_i64().ok_or_else(|| fault("a frequency is no number"))?;
                actions.push((action, frequency, label.clone()));
            }
        }
        let (mut old, mut added): (Vec<_>, Vec<_>) = actions.into_iter().partition(|(_, frequency, _)| *frequency >= 0);
        old.sort_by(|(action, frequency, label), other| {
            action.cmp(&other.0).then_with(|| other.1.cmp(frequency)).then_with(|| other.2.cmp(label))
        });
        added.sort_by(|(action, frequency, label), other| {
            other.1.cmp(frequency).then_with(|| other.2.cmp(label)).then_with(|| action.cmp(&other.0))
        });
        Self::number(old.into_iter().chain(added).map(|(action, _, label)| (action, label)), file)
    }

    fn number(actions: impl Iterator<Item = (u64, String)>, file: &str) -> Result<Self, LoadError> {
        let fault = |what: String| LoadError::malformed(file, what);
        let (mut labels, mut places) = (Vec::<String>::new(), Vec::<[Option<usize>; 4]>::new());
        let (mut classes, mut out, mut seen) = (0, None, Vec::new());
        for (action, label) in actions {
            if action == 0 || (action == OUT && !label.is_empty()) || seen.contains(&(action, label.clone())) {
                continue;
            }
            let class = classes;
            classes += 1;
            seen.push((action, label.clone()));
            if action == OUT {
                out = Some(class);
                continue;
            }
            if label.is_empty() {
                continue; // blocks a token on order; never chosen
            }
            let at = labels.iter().position(|known| *known == label).unwrap_or_else(|| {
                labels.push(label.clone());
                places.push([None; 4]);
                labels.len() - 1
            });
            let which = match action {
                BEGIN => 0,
                IN => 1,
                LAST => 2,
                UNIT => 3,
                other => return Err(fault(format!("move {other} is unknown"))),
            };
            if let Some(place) = places.get_mut(at).and_then(|places| places.get_mut(which)) {
                *place = Some(class);
            }
        }
        let of = |which: usize| -> Result<Vec<usize>, LoadError> {
            let classes = places.iter().map(|places| places.get(which).copied().flatten()).collect::<Option<_>>();
            classes.ok_or_else(|| fault("a label lacks one of its moves".to_owned()))
        };
        let (begin, inside, last, unit) = (of(0)?, of(1)?, of(2)?, of(3)?);
        let out = out.ok_or_else(|| fault("no move leaves a token outside".to_owned()))?;
        let begins = begin.iter().enumerate().map(|(label, class)| (*class, Move::Begin(label)));
        let units = unit.iter().enumerate().map(|(label, class)| (*class, Move::Unit(label)));
        let mut opening: Vec<_> = begins.chain(units).chain([(out, Move::Out)]).collect();
        opening.sort_by_key(|(class, _)| *class);
        Ok(Self { labels, classes, inside, last, opening })
    }
}

/// An entity, by tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) start: usize,
    /// Behind the last token.
    pub(crate) end: usize,
    /// Place in [`Moves::labels`].
    pub(crate) label: usize,
    /// By how much the least certain of its moves outscored the next best one.
    pub(crate) margin: f32,
}

/// How far a text has been decided. Tokens come in order, in as many portions as one likes.
#[derive(Debug, Default)]
pub(crate) struct State {
    at: usize,
    open: Option<Open>,
    /// The previous token's products as the last feature.
    previous: Vec<f32>,
    pub(crate) found: Vec<Found>,
    hidden: Vec<f32>,
}

#[derive(Debug)]
struct Open {
    start: usize,
    label: usize,
    margin: f32,
    /// The first token's products as the second feature.
    products: Vec<f32>,
}

impl State {
    /// How many tokens have been decided.
    pub(crate) fn decided(&self) -> usize {
        self.at
    }

    /// Decides one more token, behind which there are `left` others.
    pub(crate) fn advance(&mut self, products: &[f32], left: usize, is_space: bool, (moves, step): (&Moves, &Step)) {
        let one = step.hidden * step.pieces;
        let own = |feature: usize| products.get(feature * one..(feature + 1) * one).unwrap_or_default();
        let pad = |feature: usize| step.pad.get(feature * one..(feature + 1) * one).unwrap_or_default();
        let (second, third) = match &self.open {
            Some(open) => (open.products.as_slice(), self.previous.as_slice()),
            None => (pad(1), pad(2)),
        };
        hidden(step, [own(0), second, third], &mut self.hidden);
        let score = |class: usize| score(step, class, &self.hidden);
        match &mut self.open {
            Some(open) => {
                // The last token can only end the entity, which tells nothing.
                let classes = moves.inside.get(open.label).zip(moves.last.get(open.label)).filter(|_| left > 0);
                let goes_on = classes.is_some_and(|(inside, last)| {
                    let (inside_score, last_score) = (score(*inside), score(*last));
                    open.margin = open.margin.min((inside_score - last_score).abs());
                    inside_score > last_score || (inside_score >= last_score && inside < last)
                });
                if !goes_on {
                    let Open { start, label, margin, .. } = *open;
                    self.found.push(Found { start, end: self.at + 1, label, margin });
                    self.open = None;
                }
            }
            None if is_space => {}
            None => {
                let (mut best, mut next): (Option<(f32, Move)>, f32) = (None, f32::NEG_INFINITY);
                for (class, action) in &moves.opening {
                    if matches!(action, Move::Begin(_)) && left == 0 {
                        continue;
                    }
                    let score = score(*class);
                    if best.is_some_and(|(best, _)| score <= best) {
                        next = next.max(score);
                    } else {
                        next = best.map_or(next, |(beaten, _)| beaten);
                        best = Some((score, *action));
                    }
                }
                match best {
                    Some((best, Move::Begin(label))) => {
                        let products = own(1).to_vec();
                        self.open = Some(Open { start: self.at, label, margin: best - next, products });
                    }
                    Some((best, Move::Unit(label))) => {
                        self.found.push(Found { start: self.at, end: self.at + 1, label, margin: best - next });
                    }
                    Some((_, Move::Out)) | None => {}
                }
            }
        }
        if self.open.is_some() {
            self.previous.clear();
            self.previous.extend_from_slice(own(2));
        }
        self.at += 1;
    }
}

/// The largest piece of each unit of the sum of the features.
fn hidden(step: &Step, features: [&[f32]; 3], hidden: &mut Vec<f32>) {
    let [first, second, third] = features;
    hidden.clear();
    hidden.resize(step.hidden, f32::NEG_INFINITY);
    let pieces =
        first.chunks_exact(step.hidden).zip(second.chunks_exact(step.hidden)).zip(third.chunks_exact(step.hidden));
    for (((first, second), third), bias) in pieces.zip(step.bias.chunks_exact(step.hidden)) {
        let sums = first.iter().zip(second).zip(third).zip(bias);
        for (unit, (((first, second), third), bias)) in hidden.iter_mut().zip(sums) {
            *unit = unit.max(first + second + third + bias);
        }
    }
}

/// The score of `class`, in eight sums that vector registers hold side by side.
fn score(step: &Step, class: usize, hidden: &[f32]) -> f32 {
    let weights = step.scores.get(class * step.hidden..(class + 1) * step.hidden).unwrap_or_default();
    let (weights, weights_rest) = weights.as_chunks::<8>();
    let (units, units_rest) = hidden.as_chunks::<8>();
    let mut sums = [0.0_f32; 8];
    for (weights, units) in weights.iter().zip(units) {
        for ((sum, weight), unit) in sums.iter_mut().zip(weights).zip(units) {
            *sum += weight * unit;
        }
    }
    let rest: f32 = weights_rest.iter().zip(units_rest).map(|(weight, unit)| weight * unit).sum();
    sums.iter().sum::<f32>() + rest + step.scores_bias.get(class).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
