//! Figures: medians over rounds, as JSON lines and as a table.

use std::io::Write;

use anyhow::{Context, Result, ensure};
use serde::Serialize;

/// One figure: the same thing measured for us and for a peer, round by round.
#[derive(Debug)]
pub(crate) struct Figure {
    /// Its name.
    pub(crate) bench: &'static str,
    /// Unit of `ours` and `peer`.
    pub(crate) unit: &'static str,
    /// What the peer does.
    pub(crate) against: &'static str,
    /// One value a round.
    pub(crate) ours: Vec<f64>,
    /// The peer's, in the same rounds.
    pub(crate) peer: Vec<f64>,
}

/// The line that other programs read.
#[derive(Serialize)]
struct Line {
    bench: &'static str,
    value: f64,
    unit: &'static str,
    ratio: f64,
    against: &'static str,
}

/// Median and extremes of a few values.
#[derive(Clone, Copy)]
struct Spread {
    median: f64,
    least: f64,
    most: f64,
}

impl Figure {
    /// Writes the figure as one JSON line.
    ///
    /// # Errors
    /// When there is no round, or it cannot be written.
    pub(crate) fn print_line(&self, out: &mut impl Write) -> Result<()> {
        let Self { bench, unit, against, .. } = *self;
        let value = rounded(spread(&self.ours)?.median);
        let line = Line { bench, value, unit, ratio: rounded(spread(&self.ratios())?.median), against };
        writeln!(out, "{}", serde_json::to_string(&line)?)?;
        Ok(out.flush()?)
    }

    /// Ours by the peer's, of each round by itself, so that what disturbs a round meets both sides.
    fn ratios(&self) -> Vec<f64> {
        self.ours.iter().zip(&self.peer).map(|(ours, peer)| ours / peer).collect()
    }
}

/// Writes all figures as a table, the extremes in brackets.
///
/// # Errors
/// When a figure has no round, or the table cannot be written.
pub(crate) fn print_table(figures: &[Figure], out: &mut impl Write) -> Result<()> {
    let head = ["figure", "unit", "ours", "peer", "ours / peer", "rounds", "peer is"];
    let mut rows = vec![head.map(str::to_owned)];
    for figure in figures {
        rows.push([
            figure.bench.to_owned(),
            figure.unit.to_owned(),
            spread(&figure.ours)?.text(),
            spread(&figure.peer)?.text(),
            spread(&figure.ratios())?.text(),
            figure.ours.len().to_string(),
            figure.against.to_owned(),
        ]);
    }
    let mut widths = [0; 7];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.len().max(*width);
        }
    }
    writeln!(out)?;
    for row in &rows {
        let cells: Vec<_> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(())
}

impl Spread {
    fn text(self) -> String {
        let Self { median, least, most } = self;
        format!("{} ({}..{})", rounded(median), rounded(least), rounded(most))
    }
}

fn spread(values: &[f64]) -> Result<Spread> {
    ensure!(values.iter().all(|value| value.is_finite()), "a round gave no number: {values:?}");
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let (least, most) = (*sorted.first().context("no round")?, *sorted.last().context("no round")?);
    // The mean of the middle two, which are one and the same where the count is odd.
    let middle = |index: usize| sorted.get(index).copied().unwrap_or(least);
    let median = f64::midpoint(middle((sorted.len() - 1) / 2), middle(sorted.len() / 2));
    Ok(Spread { median, least, most })
}

/// As many digits as a figure of a shared machine deserves: none after the point from 100 on, two from 1 on, four below.
fn rounded(value: f64) -> f64 {
    let scale = match value.abs() {
        100.0.. => 1.0,
        1.0.. => 100.0,
        _ => 10_000.0,
    };
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_is_the_median_of_the_rounds_own_ratios() {
        let figure = Figure {
            bench: "b",
            unit: "u",
            against: "a",
            ours: vec![10.0, 40.0, 300.0],
            peer: vec![20.0, 400.0, 100.0],
        };
        let mut line = Vec::new();
        figure.print_line(&mut line).unwrap();
        let expected = r#"{"bench":"b","value":40.0,"unit":"u","ratio":0.5,"against":"a"}"#;
        assert_eq!(String::from_utf8(line).unwrap().trim_end(), expected);
    }

    #[test]
    fn an_even_count_has_its_median_between_the_middle_two() {
        let spread = spread(&[4.0, 1.0, 2.0, 100.0]).unwrap();
        assert_eq!(spread.text(), "3 (1..100)");
    }

    #[test]
    fn a_round_without_a_number_is_no_figure() {
        assert!(spread(&[1.0, f64::NAN]).is_err());
        assert!(spread(&[]).is_err());
    }
}
