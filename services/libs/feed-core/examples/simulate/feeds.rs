//! The feeds of a simulation: when their items come, and the rates behind that.
//!
//! Rates of invented feeds are spread as those of real ones are, over three decades: log-normal around one item a day. Each kind has its own
//! curve over time; items come as a Poisson process of that curve.

use crate::random::Random;

/// Seconds before the start from which on items are drawn, to stand in the feeds at their first poll.
pub(crate) const BEFORE: f64 = 30.0 * DAY;

/// Length of a stretch of constant rate.
pub(crate) const STRETCH: f64 = 900.0;

/// Items that stand in a feed at a time.
const WINDOW: usize = 20;

pub(crate) const HOUR: f64 = 3_600.0;
pub(crate) const DAY: f64 = 86_400.0;

/// One feed of a simulation; times in seconds from its start.
#[derive(Clone, Debug)]
pub(crate) struct SimulatedFeed {
    /// Items that stand in the feed at the start.
    pub(crate) window: Vec<f64>,
    /// Items that come from then on.
    pub(crate) arrivals: Vec<f64>,
    /// Items a second in each stretch from the start on; empty where they are not known.
    pub(crate) curve: Vec<f64>,
    /// Whether the items tell when they were published.
    pub(crate) dated: bool,
}

/// How the items of a feed come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// At any time alike.
    Poisson,
    /// By day, in a time zone of the feed's, and little at weekends.
    Diurnal,
    /// In bursts that fade over two hours.
    Bursty,
    /// Ever as before, until the feed falls silent: at the start, or in the midst.
    Dead,
}

impl SimulatedFeed {
    /// A feed whose items come at `times`, sorted.
    pub(crate) fn of_times(times: &[f64], curve: Vec<f64>, dated: bool) -> Self {
        let start = times.partition_point(|time| *time < 0.0);
        let (past, arrivals) = times.split_at(start);
        let window = past.get(past.len().saturating_sub(WINDOW)..).unwrap_or_default();
        Self { window: window.to_vec(), arrivals: arrivals.to_vec(), curve, dated }
    }

    /// An invented feed over `days`.
    pub(crate) fn invent(kind: Kind, days: f64, random: &mut Random) -> Self {
        let daily = (2.0 * random.normal()).exp().min(200.0);
        // An item in five comes from a feed without dates.
        let dated = random.unit() < 0.8;
        let whole = curve_of(kind, (daily / DAY, days), random);
        let times = draw(&whole, random);
        let before = stretches(BEFORE);
        Self::of_times(&times, whole.get(before..).unwrap_or_default().to_vec(), dated)
    }
}

/// Whole stretches in `seconds`.
pub(crate) fn stretches(seconds: f64) -> usize {
    let whole = std::time::Duration::from_secs_f64(seconds / STRETCH).as_secs();
    usize::try_from(whole).unwrap_or_default()
}

/// The rate in each stretch from [`BEFORE`] on.
fn curve_of(kind: Kind, (rate, days): (f64, f64), random: &mut Random) -> Vec<f64> {
    let count = stretches(BEFORE + days * DAY);
    let zone = (24.0 * random.unit()).floor() * HOUR;
    let silent_from = if random.unit() < 0.6 { 0.0 } else { random.unit() * days * DAY };
    let mut bursts = Vec::new();
    if kind == Kind::Bursty {
        // Half of the items come in bursts of sixteen, so there are as many bursts as that makes.
        let mut at = -BEFORE;
        while at < days * DAY {
            bursts.push(at);
            at += random.exponential() * 32.0 / rate;
        }
    }
    let mut middle = STRETCH / 2.0 - BEFORE;
    let mut curve = Vec::with_capacity(count);
    for _ in 0..count {
        curve.push(match kind {
            Kind::Poisson => rate,
            Kind::Diurnal => rate * by_day(middle + zone),
            Kind::Bursty => rate / 2.0 + bursts.iter().map(|start| burst(middle - start)).sum::<f64>(),
            Kind::Dead => {
                if middle < silent_from {
                    rate
                } else {
                    0.0
                }
            }
        });
        middle += STRETCH;
    }
    curve
}

/// From seven to nineteen six times what comes by night; at weekends a third. The mean over the week is 1.
fn by_day(local: f64) -> f64 {
    let hour = local.rem_euclid(DAY) / HOUR;
    let day = if (7.0..19.0).contains(&hour) { 12.0 / 7.0 } else { 2.0 / 7.0 };
    let week = if local.rem_euclid(7.0 * DAY) < 5.0 * DAY { 7.0 / (5.0 + 2.0 / 3.0) } else { 7.0 / 17.0 };
    day * week
}

/// Rate of a burst of sixteen items so long after its start.
fn burst(since: f64) -> f64 {
    const FADES: f64 = 2.0 * HOUR;
    if (0.0..20.0 * FADES).contains(&since) { 16.0 / FADES * (-since / FADES).exp() } else { 0.0 }
}

fn draw(curve: &[f64], random: &mut Random) -> Vec<f64> {
    let mut times = Vec::new();
    let mut start = -BEFORE;
    let mut left = random.exponential();
    for rate in curve {
        let mut at = 0.0;
        while (STRETCH - at) * rate >= left {
            at += left / rate;
            times.push(start + at);
            left = random.exponential();
        }
        left -= (STRETCH - at) * rate;
        start += STRETCH;
    }
    times
}
