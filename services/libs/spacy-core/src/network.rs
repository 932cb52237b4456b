//! The network of a recogniser: from forms to what the transition system decides by.
//!
//! ```text
//! form ──hash tables──► mix ──► vector ┐ kept by form, with its products
//!                                      ├──► first convolution: sums of kept products
//!                                      └──► further convolutions ──► projection ──► products for each state feature
//! ```
//!
//! A convolution looks at a token and its neighbours, so its sum falls into one product for each place in the window. Those of the first
//! convolution depend on the form alone: they are kept, which saves the embedding and one layer wherever a form comes again. This changes
//! nothing but the order of additions.

pub(crate) mod kernel;
mod load;
mod store;

use kernel::{Affine, Norm, SumMaxout};

pub(crate) use load::Shape;
pub(crate) use store::{Slot, Store};

use crate::{
    hash::murmur3_of_u64,
    lexicon::{FormId, Forms},
};

/// A network that has been read. Immutable.
#[derive(Debug)]
pub(crate) struct Network {
    embeds: Vec<HashEmbed>,
    width: usize,
    mix: Affine,
    mix_norm: Norm,
    /// How many neighbours on each side a convolution sees.
    window: usize,
    /// The first convolution by place in the window.
    first: Vec<Affine>,
    first_norm: Norm,
    further: Vec<(Affine, Norm)>,
    project: Affine,
    lower: Affine,
    pub(crate) step: Step,
}

/// An embedding table, four rows of which make up a vector.
#[derive(Debug)]
struct HashEmbed {
    seed: u32,
    rows: u32,
    values: Vec<f32>,
}

/// What one decision needs.
#[derive(Debug)]
pub(crate) struct Step {
    /// Features of a state.
    pub(crate) features: usize,
    pub(crate) hidden: usize,
    pub(crate) pieces: usize,
    /// Pieces × hidden.
    pub(crate) bias: Vec<f32>,
    /// Features × pieces × hidden, for features that a state lacks.
    pub(crate) pad: Vec<f32>,
    /// Classes × hidden.
    pub(crate) scores: Vec<f32>,
    pub(crate) scores_bias: Vec<f32>,
}

/// Room to compute in, kept from batch to batch.
#[derive(Debug, Default)]
pub(crate) struct Scratch {
    x: Vec<f32>,
    y: Vec<f32>,
    rows: Vec<f32>,
    places: Vec<usize>,
    starts: Vec<usize>,
    projected: Vec<f32>,
    /// For each core token of the batch, its products: features × pieces × hidden.
    pub(crate) products: Vec<f32>,
}

/// A run of tokens within a batch's rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment {
    /// The first row that is wanted; before it and behind the last stand [`Network::reach`] rows of context.
    pub(crate) start: usize,
    /// Behind the last row that is wanted.
    pub(crate) end: usize,
}

impl Network {
    /// How many tokens on each side what is computed for a token depends on.
    pub(crate) fn reach(&self) -> usize {
        (self.further.len() + 1) * self.window
    }

    /// Numbers that a store keeps of a form.
    pub(crate) fn slot_width(&self) -> usize {
        self.width + self.first.iter().map(Affine::width).sum::<usize>()
    }

    /// Fills `store` for those of `forms` that it does not hold.
    pub(crate) fn fill(&self, missing: &[(FormId, Slot)], forms: &Forms, store: &mut Store, scratch: &mut Scratch) {
        let columns = self.embeds.len();
        let input = columns * self.width;
        scratch.x.clear();
        scratch.x.resize(missing.len() * input, 0.0);
        for ((form, _), row) in missing.iter().zip(scratch.x.chunks_exact_mut(input)) {
            let parts = row.chunks_exact_mut(self.width).zip(&self.embeds).zip(forms.ids(*form, columns));
            for ((part, embed), id) in parts {
                embed.add(*id, part);
            }
        }
        let starts = |stride: usize| (0..missing.len()).map(|row| row * stride).collect::<Vec<_>>();
        self.mix.maxout(&scratch.x, &starts(input), &mut scratch.rows);
        scratch.y.clear();
        scratch.y.resize(missing.len() * self.width, 0.0);
        let vectors = starts(self.width);
        self.mix_norm.add(&scratch.rows, &vectors, &mut scratch.y);
        let mut at = 0;
        store.put(missing, at, &scratch.y, self.width);
        at += self.width;
        for part in &self.first {
            part.all(&scratch.y, &vectors, &mut scratch.rows);
            store.put(missing, at, &scratch.rows, part.width());
            at += part.width();
        }
    }

    /// Computes the products of the tokens of `segments`, whose forms stand in `slots` of `store`.
    pub(crate) fn run(&self, slots: &[Slot], segments: &[Segment], store: &Store, scratch: &mut Scratch) {
        let width = self.width;
        scratch.x.clear();
        for slot in slots {
            scratch.x.extend_from_slice(store.part(*slot, 0, width));
        }
        self.first_layer(slots, segments, store, scratch);
        for (layer, (affine, norm)) in self.further.iter().enumerate() {
            let left = self.reach() - (layer + 2) * self.window;
            rows_within(segments, left, &mut scratch.places);
            scratch.starts.clear();
            scratch.starts.extend(scratch.places.iter().map(|row| row.saturating_sub(self.window) * width));
            affine.maxout(&scratch.x, &scratch.starts, &mut scratch.rows);
            for start in &mut scratch.places {
                *start *= width;
            }
            // What was read above is not needed any more, so the residual is added in place.
            norm.add(&scratch.rows, &scratch.places, &mut scratch.x);
        }
        rows_within(segments, 0, &mut scratch.places);
        for start in &mut scratch.places {
            *start *= width;
        }
        self.project.maxout(&scratch.x, &scratch.places, &mut scratch.projected);
        let projected = self.project.outputs();
        scratch.starts.clear();
        scratch.starts.extend((0..scratch.places.len()).map(|row| row * projected));
        self.lower.all(&scratch.projected, &scratch.starts, &mut scratch.products);
    }

    fn first_layer(&self, slots: &[Slot], segments: &[Segment], store: &Store, scratch: &mut Scratch) {
        rows_within(segments, self.reach() - self.window, &mut scratch.places);
        scratch.starts.clear();
        for row in &scratch.places {
            let mut within = self.width;
            for (place, part) in self.first.iter().enumerate() {
                let slot = (row + place).checked_sub(self.window).and_then(|row| slots.get(row));
                scratch.starts.push(store.start(slot.copied().unwrap_or_default()) + within);
                within += part.width();
            }
        }
        // The bias belongs to one place of the window alone, so any of them serves.
        if let Some(affine) = self.first.first() {
            let (parts, out) = (self.first.len(), &mut scratch.rows);
            SumMaxout { affine, store: store.values(), starts: &scratch.starts, parts, out }.run();
        }
        for start in &mut scratch.places {
            *start *= self.width;
        }
        self.first_norm.add(&scratch.rows, &scratch.places, &mut scratch.x);
    }
}

impl HashEmbed {
    /// Adds to `vector` the four rows of `id`.
    fn add(&self, id: u64, vector: &mut [f32]) {
        let width = vector.len();
        for key in murmur3_of_u64(id, self.seed) {
            let row = usize::try_from(key % self.rows).unwrap_or_default() * width;
            let row = self.values.get(row..row + width).unwrap_or_default();
            for (sum, value) in vector.iter_mut().zip(row) {
                *sum += value;
            }
        }
    }
}

/// The rows of the segments, and `margin` rows on each side of each.
fn rows_within(segments: &[Segment], margin: usize, rows: &mut Vec<usize>) {
    rows.clear();
    for segment in segments {
        rows.extend(segment.start.saturating_sub(margin)..segment.end + margin);
    }
}
