use super::*;

/// Numbers that look random, the same each time.
fn numbers(count: usize) -> Vec<f32> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f32::from(u16::try_from(state >> 16).unwrap()) / 65_536.0 - 0.5
    };
    (0..count).map(|_| next()).collect()
}

fn near(one: &[f32], other: &[f32]) {
    assert_eq!(one.len(), other.len());
    for (one, other) in one.iter().zip(other) {
        assert!((one - other).abs() < 1e-4, "{one} is not {other}");
    }
}

#[test]
fn the_largest_piece_of_each_output_is_that_of_a_plain_multiplication() {
    let (outputs, inputs) = (32, 40);
    for pieces in 1..=MAX_PIECES {
        let weights = Array { shape: vec![outputs, pieces, inputs], values: numbers(outputs * pieces * inputs) };
        let bias = numbers(outputs * pieces);
        // Windows that overlap, as those of a convolution do, and a number of rows that is no multiple of a tile.
        let x = numbers(inputs + 9 * 10);
        let starts: Vec<_> = (0..10).map(|row| row * 9).collect();
        let mut expected = Vec::new();
        for start in &starts {
            for output in 0..outputs {
                let sums = (0..pieces).map(|piece| {
                    let at = output * pieces + piece;
                    let row = &weights.values[at * inputs..(at + 1) * inputs];
                    bias[at] + row.iter().zip(&x[*start..]).map(|(w, x)| w * x).sum::<f32>()
                });
                expected.push(sums.fold(f32::MIN, f32::max));
            }
        }
        for machine in [Machine::detect(&[outputs]), Machine::scalar()] {
            let affine = Affine::pack(machine, &weights, &bias, 0..inputs).unwrap();
            let mut out = Vec::new();
            affine.maxout(&x, &starts, &mut out);
            near(&out, &expected);
        }
    }
}

#[test]
fn kept_products_add_up_to_the_whole_convolution() {
    let (outputs, pieces, width) = (16, 3, 16);
    let weights = Array { shape: vec![outputs, pieces, 3 * width], values: numbers(outputs * pieces * 3 * width) };
    let bias = numbers(outputs * pieces);
    let machine = Machine::detect(&[outputs]);
    let x = numbers(3 * width);
    let mut whole = Vec::new();
    Affine::pack(machine, &weights, &bias, 0..3 * width).unwrap().maxout(&x, &[0], &mut whole);
    let (mut store, mut starts, mut last) = (Vec::new(), Vec::new(), None);
    for place in 0..3 {
        let mut affine = Affine::pack(machine, &weights, &bias, place * width..(place + 1) * width).unwrap();
        affine.leave_bias_to_sum();
        let mut part = Vec::new();
        affine.all(&x, &[place * width], &mut part);
        starts.push(store.len());
        store.extend(part);
        last = Some(affine);
    }
    let mut out = Vec::new();
    SumMaxout { affine: &last.unwrap(), store: &store, starts: &starts, parts: 3, out: &mut out }.run();
    near(&out, &whole);
}

#[test]
fn a_normalised_row_has_mean_zero_and_variance_one() {
    for machine in [Machine::detect(&[48]), Machine::scalar()] {
        let norm = Norm::new(machine, &[1.0; 48], &[0.0; 48]);
        let mut row = vec![0.0; 48];
        norm.add(&numbers(48), &[0], &mut row);
        let mean = row.iter().sum::<f32>() / 48.0;
        let variance = row.iter().map(|x| x * x).sum::<f32>() / 48.0;
        near(&[mean, variance], &[0.0, 1.0]);
    }
}
