//! The multiplications: rows times a packed matrix, with the largest of each output's pieces taken while they are still in registers.
//!
//! A matrix is packed for one width of vector registers: outputs stand in blocks of that width, each block by input, then piece. A tile of
//! rows goes through a block at a time, so a weight that was loaded is used for each; a tile has as many rows as keep all sums in registers.

#![expect(
    clippy::inline_always,
    reason = "only what is inlined into the dispatched function is compiled for the instructions it checked for"
)]

use pulp::{Arch, Scalar, Simd, WithSimd};

use crate::weights::Array;

/// The vector instructions of this machine, if the network's sizes suit them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Machine {
    arch: Option<Arch>,
    lanes: usize,
}

impl Machine {
    /// What this machine has, for networks whose every number of outputs is in `sizes`.
    pub(crate) fn detect(sizes: &[usize]) -> Self {
        let arch = Arch::new();
        let lanes = arch.dispatch(Lanes);
        if sizes.iter().all(|size| size.is_multiple_of(lanes)) {
            Self { arch: Some(arch), lanes }
        } else {
            Self::scalar()
        }
    }

    /// One number at a time.
    pub(crate) fn scalar() -> Self {
        Self { arch: None, lanes: 1 }
    }

    pub(crate) fn run<Op: WithSimd>(self, op: Op) -> Op::Output {
        match self.arch {
            Some(arch) => arch.dispatch(op),
            None => Scalar.vectorize(op),
        }
    }
}

struct Lanes;

impl WithSimd for Lanes {
    type Output = usize;

    fn with_simd<S: Simd>(self, _simd: S) -> usize {
        S::F32_LANES
    }
}

/// A matrix packed for a machine: `outputs` × `pieces` × `inputs`.
#[derive(Debug)]
pub(crate) struct Affine {
    machine: Machine,
    pub(crate) inputs: usize,
    outputs: usize,
    pieces: usize,
    weights: Vec<f32>,
    bias: Vec<f32>,
    /// Added by [`SumMaxout`] alone.
    sum_bias: Vec<f32>,
}

/// The most pieces of a maxout that are supported.
pub(crate) const MAX_PIECES: usize = 3;

impl Affine {
    /// Packs weights of the shape outputs × pieces × inputs, of which only the inputs in `columns` are taken, and a bias of outputs × pieces.
    ///
    /// `None` if the sizes do not fit together.
    pub(crate) fn pack(
        machine: Machine,
        weights: &Array,
        bias: &[f32],
        columns: std::ops::Range<usize>,
    ) -> Option<Self> {
        let [outputs, pieces, stride] = *weights.shape.as_slice() else {
            return None;
        };
        let inputs = columns.len();
        let fits = columns.end <= stride
            && (1..=MAX_PIECES).contains(&pieces)
            && outputs.is_multiple_of(machine.lanes)
            && bias.len() == outputs * pieces
            && inputs > 0;
        if !fits {
            return None;
        }
        let lanes = machine.lanes;
        let at = |output: usize, piece: usize| output * pieces + piece;
        let mut packed = Vec::with_capacity(outputs * pieces * inputs);
        let mut packed_bias = Vec::with_capacity(bias.len());
        for block in 0..outputs / lanes {
            let outputs = || block * lanes..(block + 1) * lanes;
            for column in columns.clone() {
                for piece in 0..pieces {
                    for output in outputs() {
                        packed.push(*weights.values.get(at(output, piece) * stride + column)?);
                    }
                }
            }
            for piece in 0..pieces {
                for output in outputs() {
                    packed_bias.push(*bias.get(at(output, piece))?);
                }
            }
        }
        Some(Self { machine, inputs, outputs, pieces, weights: packed, bias: packed_bias, sum_bias: Vec::new() })
    }

    /// Numbers that [`Affine::maxout`] makes of a row.
    pub(crate) fn outputs(&self) -> usize {
        self.outputs
    }

    /// Numbers that [`Affine::all`] makes of a row.
    pub(crate) fn width(&self) -> usize {
        self.outputs * self.pieces
    }

    /// Keeps the bias for [`SumMaxout`] and out of [`Affine::all`].
    pub(crate) fn leave_bias_to_sum(&mut self) {
        let zeros = vec![0.0; self.width()];
        self.sum_bias = std::mem::replace(&mut self.bias, zeros);
    }

    /// For each row, which begins at a place of `starts` in `x`, the largest piece of each output.
    pub(crate) fn maxout(&self, x: &[f32], starts: &[usize], out: &mut Vec<f32>) {
        out.resize(starts.len() * self.outputs, 0.0);
        self.machine.run(Multiply { affine: self, x, starts, out, only_largest: true });
    }

    /// For each row every piece of every output, in the order of the packing.
    pub(crate) fn all(&self, x: &[f32], starts: &[usize], out: &mut Vec<f32>) {
        out.resize(starts.len() * self.width(), 0.0);
        self.machine.run(Multiply { affine: self, x, starts, out, only_largest: false });
    }
}

struct Multiply<'a> {
    affine: &'a Affine,
    x: &'a [f32],
    starts: &'a [usize],
    out: &'a mut [f32],
    only_largest: bool,
}

impl WithSimd for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.affine.pieces {
            1 => self.blocks::<S, 8, 1>(simd),
            2 => self.blocks::<S, 4, 2>(simd),
            _ => self.blocks::<S, 3, 3>(simd),
        }
    }
}

/// Tiles that go through all blocks together: their numbers stay in the nearest cache while the weights pass by.
const GROUP_TILES: usize = 16;

impl Multiply<'_> {
    #[inline(always)]
    fn blocks<S: Simd, const ROWS: usize, const PIECES: usize>(self, simd: S) {
        let Self { affine, x, starts, out, only_largest } = self;
        let lanes = S::F32_LANES;
        let stride = if only_largest { affine.outputs } else { affine.outputs * PIECES };
        let (weights, _) = S::as_simd_f32s(&affine.weights);
        let (bias, _) = S::as_simd_f32s(&affine.bias);
        let (weights, _) = weights.as_chunks::<PIECES>();
        let (bias, _) = bias.as_chunks::<PIECES>();
        let mut tiles: Vec<[f32; ROWS]> = vec![[0.0; ROWS]; GROUP_TILES * affine.inputs];
        for (group, starts) in starts.chunks(GROUP_TILES * ROWS).enumerate() {
            for (tile, starts) in tiles.chunks_exact_mut(affine.inputs).zip(starts.chunks(ROWS)) {
                gather(x, starts, tile);
            }
            for (block, (weights, bias)) in weights.chunks_exact(affine.inputs).zip(bias).enumerate() {
                for (at, (tile, starts)) in tiles.chunks_exact(affine.inputs).zip(starts.chunks(ROWS)).enumerate() {
                    let sums = tile_sums(simd, weights, *bias, tile);
                    for (row, sums) in sums.iter().take(starts.len()).enumerate() {
                        let from = ((group * GROUP_TILES + at) * ROWS + row) * stride;
                        if only_largest {
                            let largest = largest(simd, *sums);
                            store::<S>(out, from + block * lanes, largest);
                        } else {
                            for (piece, sum) in sums.iter().enumerate() {
                                store::<S>(out, from + (block * PIECES + piece) * lanes, *sum);
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Puts the rows that begin at `starts` side by side, number by number. Rows that are lacking keep what was there; nobody reads it.
#[inline(always)]
fn gather<const ROWS: usize>(x: &[f32], starts: &[usize], tile: &mut [[f32; ROWS]]) {
    for (place, start) in starts.iter().enumerate() {
        let row = x.get(*start..*start + tile.len()).unwrap_or_default();
        for (side_by_side, number) in tile.iter_mut().zip(row) {
            if let Some(place) = side_by_side.get_mut(place) {
                *place = *number;
            }
        }
    }
}

#[inline(always)]
fn tile_sums<S: Simd, const ROWS: usize, const PIECES: usize>(
    simd: S,
    weights: &[[S::f32s; PIECES]],
    bias: [S::f32s; PIECES],
    tile: &[[f32; ROWS]],
) -> [[S::f32s; PIECES]; ROWS] {
    let mut sums = [bias; ROWS];
    for (weights, numbers) in weights.iter().zip(tile) {
        for (sums, number) in sums.iter_mut().zip(numbers) {
            let number = simd.splat_f32s(*number);
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum = simd.mul_add_e_f32s(number, *weight, *sum);
            }
        }
    }
    sums
}

#[inline(always)]
fn largest<S: Simd, const PIECES: usize>(simd: S, sums: [S::f32s; PIECES]) -> S::f32s {
    let mut sums = sums.into_iter();
    let first = sums.next().unwrap_or_else(|| simd.splat_f32s(0.0));
    sums.fold(first, |largest, sum| simd.max_f32s(largest, sum))
}

#[inline(always)]
fn store<S: Simd>(out: &mut [f32], from: usize, value: S::f32s) {
    let place = out.get_mut(from..from + S::F32_LANES).unwrap_or_default();
    if let Some(place) = S::as_mut_simd_f32s(place).0.first_mut() {
        *place = value;
    }
}

/// For each output row the sum of some stored parts and the bias of `affine`, and of that the largest piece of each output.
pub(crate) struct SumMaxout<'a> {
    pub(crate) affine: &'a Affine,
    /// The store; a part is [`Affine::width`] numbers in packed order.
    pub(crate) store: &'a [f32],
    /// Where the parts begin, `parts` of them for each row.
    pub(crate) starts: &'a [usize],
    pub(crate) parts: usize,
    pub(crate) out: &'a mut Vec<f32>,
}

impl SumMaxout<'_> {
    pub(crate) fn run(self) {
        let rows = self.starts.len() / self.parts.max(1);
        self.out.resize(rows * self.affine.outputs, 0.0);
        self.affine.machine.run(self);
    }

    #[inline(always)]
    fn rows<S: Simd, const PIECES: usize>(self, simd: S) {
        let Self { affine, store, starts, parts, out } = self;
        let (bias, _) = S::as_simd_f32s(&affine.sum_bias);
        let (bias, _) = bias.as_chunks::<PIECES>();
        let (out, _) = S::as_mut_simd_f32s(out);
        let width = affine.outputs * PIECES;
        let mut sums: Vec<[S::f32s; PIECES]> = Vec::with_capacity(bias.len());
        for (starts, out) in starts.chunks_exact(parts).zip(out.chunks_exact_mut(bias.len())) {
            sums.clear();
            sums.extend_from_slice(bias);
            for start in starts {
                let part = store.get(*start..*start + width).unwrap_or_default();
                let (part, _) = S::as_simd_f32s(part);
                let (part, _) = part.as_chunks::<PIECES>();
                for (sums, part) in sums.iter_mut().zip(part) {
                    for (sum, part) in sums.iter_mut().zip(part) {
                        *sum = simd.add_f32s(*sum, *part);
                    }
                }
            }
            for (sums, out) in sums.iter().zip(out) {
                *out = largest(simd, *sums);
            }
        }
    }
}

impl WithSimd for SumMaxout<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.affine.pieces {
            1 => self.rows::<S, 1>(simd),
            2 => self.rows::<S, 2>(simd),
            _ => self.rows::<S, 3>(simd),
        }
    }
}

/// Scale and shift behind a normalisation to mean 0 and variance 1.
#[derive(Debug)]
pub(crate) struct Norm {
    machine: Machine,
    gain: Vec<f32>,
    bias: Vec<f32>,
}

/// Added to the variance, as thinc does.
const EPSILON: f32 = 1e-8;

impl Norm {
    pub(crate) fn new(machine: Machine, gain: &[f32], bias: &[f32]) -> Self {
        Self { machine, gain: gain.to_vec(), bias: bias.to_vec() }
    }

    /// Normalises each row of `rows` and adds it to the row of `onto` that begins at its place of `starts`.
    pub(crate) fn add(&self, rows: &[f32], starts: &[usize], onto: &mut [f32]) {
        self.machine.run(Normalise { norm: self, rows, starts, onto });
    }
}

struct Normalise<'a> {
    norm: &'a Norm,
    rows: &'a [f32],
    starts: &'a [usize],
    onto: &'a mut [f32],
}

impl WithSimd for Normalise<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { norm, rows, starts, onto } = self;
        let width = norm.gain.len();
        let (gain, _) = S::as_simd_f32s(&norm.gain);
        let (bias, _) = S::as_simd_f32s(&norm.bias);
        for (row, start) in rows.chunks_exact(width).zip(starts) {
            let (mean, scale) = moments(simd, row, norm.reciprocal_width());
            let (mean, scale) = (simd.splat_f32s(mean), simd.splat_f32s(scale));
            let (row, _) = S::as_simd_f32s(row);
            let (onto, _) = S::as_mut_simd_f32s(onto.get_mut(*start..*start + width).unwrap_or_default());
            for (((x, onto), gain), bias) in row.iter().zip(onto).zip(gain).zip(bias) {
                let x = simd.mul_f32s(simd.sub_f32s(*x, mean), scale);
                *onto = simd.add_f32s(*onto, simd.mul_add_e_f32s(x, *gain, *bias));
            }
        }
    }
}

impl Norm {
    fn reciprocal_width(&self) -> f32 {
        let width = u16::try_from(self.gain.len()).unwrap_or(u16::MAX);
        1.0 / f32::from(width)
    }
}

/// The mean of `row`, and one over its standard deviation.
#[inline(always)]
fn moments<S: Simd>(simd: S, row: &[f32], reciprocal: f32) -> (f32, f32) {
    let (row, _) = S::as_simd_f32s(row);
    let mut sum = simd.splat_f32s(0.0);
    for x in row {
        sum = simd.add_f32s(sum, *x);
    }
    let mean = simd.reduce_sum_f32s(sum) * reciprocal;
    let (center, mut squares) = (simd.splat_f32s(mean), simd.splat_f32s(0.0));
    for x in row {
        let off = simd.sub_f32s(*x, center);
        squares = simd.mul_add_e_f32s(off, off, squares);
    }
    let variance = simd.reduce_sum_f32s(squares) * reciprocal + EPSILON;
    (mean, 1.0 / variance.sqrt())
}

#[cfg(test)]
mod tests;
