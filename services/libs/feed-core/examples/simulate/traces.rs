//! Feeds whose items come when those of real files were published.
//!
//! A file holds a window of some dozen items. One that covers four weeks or more is used as it stands, ending with the simulation. A shorter one is
//! repeated: one of more than a week in steps of whole weeks and one of more than a day in whole days, so that the hours and days
//! keep their places; a shorter one follows upon itself at its own rate. In each repetition every item moves by up to a quarter of an hour, or
//! hours learnt once would foretell the minute.

use std::{fs, path::Path};

use feed_core::parse::{ParseContext, parse};
use news_model::FeedId;
use url::Url;

use crate::{
    feeds::{BEFORE, DAY, HOUR, STRETCH, SimulatedFeed, stretches},
    random::Random,
};

/// Fewest items with dates of their own in a file that says something.
const FEWEST: usize = 5;

/// How far the rate at a moment is read off the items around it.
const REACH: f64 = 2.0 * HOUR;

const WEEK: f64 = 7.0 * DAY;

/// Feeds of all files under `folder`, in the order of their paths.
///
/// # Errors
/// When the folder cannot be read.
pub(crate) fn read(folder: &Path, days: f64, random: &mut Random) -> std::io::Result<Vec<SimulatedFeed>> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut windows: Vec<_> = files.iter().filter_map(|file| window_of(&fs::read(file).ok()?)).collect();
    // Test files repeat one another.
    let mut known = std::collections::HashSet::new();
    windows.retain(|window| known.insert(window.iter().map(|time| time.to_bits()).collect::<Vec<_>>()));
    Ok(windows.iter().map(|window| spread(window, days, &mut random.split())).collect())
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    Ok(())
}

/// Dates of publication in a file, sorted, in seconds from a Monday.
fn window_of(bytes: &[u8]) -> Option<Vec<f64>> {
    /// 2024-01-01, a Monday.
    const MONDAY: i64 = 1_704_067_200;
    let feed: FeedId = "trace".parse().ok()?;
    let base_url = Url::parse("http://trace.example/").ok()?;
    let now = chrono::DateTime::from_timestamp(MONDAY, 0)?;
    let parsed = parse(bytes, &ParseContext { feed: &feed, base_url: &base_url, content_type: None, now }).ok()?;
    let dates = parsed.items.iter().filter_map(|item| item.published_at);
    let mut times: Vec<f64> =
        dates.map(|date| (date - now).as_seconds_f64()).filter(|time| time.abs() < 30.0 * 366.0 * DAY).collect();
    times.sort_by(f64::total_cmp);
    times.dedup();
    let span = times.last()? - times.first()?;
    (times.len() >= FEWEST && span > 600.0).then_some(times)
}

fn spread(window: &[f64], days: f64, random: &mut Random) -> SimulatedFeed {
    let (first, last) = (window.first().copied().unwrap_or_default(), window.last().copied().unwrap_or_default());
    let (span, end) = (last - first, days * DAY);
    let gaps: f64 = window.iter().skip(1).map(|_| 1.0).sum();
    let natural = span + span / gaps;
    let period = match natural {
        _ if natural >= 28.0 * DAY => f64::INFINITY,
        _ if natural > WEEK => (natural / WEEK).ceil() * WEEK,
        _ if natural > DAY => (natural / DAY).ceil() * DAY,
        _ => natural,
    };
    // By whole weeks, so that hours and days stay; the last item comes in the last week.
    let shift = ((end - last) / WEEK).floor() * WEEK;
    let mut times = Vec::new();
    if period.is_finite() {
        let mut offset = shift + ((-BEFORE - last - shift) / period).floor() * period;
        while first + offset < end {
            times.extend(window.iter().map(|time| time + offset + (random.unit() * 2.0 - 1.0) * 900.0));
            offset += period;
        }
    } else {
        times.extend(window.iter().map(|time| time + shift));
    }
    times.retain(|time| *time < end);
    times.sort_by(f64::total_cmp);
    let curve = curve_of(&times, days);
    SimulatedFeed::of_times(&times, curve, random.unit() < 0.8)
}

/// The rate in each stretch, from all items within [`REACH`] before and after it.
fn curve_of(times: &[f64], days: f64) -> Vec<f64> {
    let mut middle = STRETCH / 2.0;
    let mut curve = Vec::new();
    for _ in 0..stretches(days * DAY) {
        let from = times.partition_point(|time| *time < middle - REACH);
        let near = times.iter().skip(from).take_while(|time| **time < middle + REACH);
        curve.push(near.map(|time| (1.0 - (time - middle).abs() / REACH) / REACH).sum());
        middle += STRETCH;
    }
    curve
}
