//! The publication rhythm of a feed: learnt from when its items came, asked for the rate to be expected.
//!
//! ```text
//! rate(t) = season(hour, day of t) × (slow + what the last days differ by, fading + what the last hours differ by, fading)
//! ```
//!
//! The slow rate is that of the last month. Those of shorter scales start from the next longer one and move off it by evidence, so that a feed of one
//! item a week keeps to its month while one in a burst is followed within the hour. Seasons are shares of hours and days with some
//! pseudo-items spread evenly among them, so that few items make no pattern.

mod season;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use news_model::{Level, Rhythm};

use season::Season;

/// Scales of [`Rhythm::levels`], in seconds: 30 days, 2 days, 3 hours.
const SCALES: [f64; 3] = [30.0 * DAY, 2.0 * DAY, 3.0 * HOUR];

/// Items' worth of belief that each scale has in the rate of the next longer one, the longest in [`PRIOR_RATE`].
const BELIEFS: [f64; 3] = [0.5, 1.0, 2.0];

/// Items a second expected of a feed that nothing is known of: three a day.
const PRIOR_RATE: f64 = 3.0 / DAY;

const HOUR: f64 = 3_600.0;
const DAY: f64 = 86_400.0;

/// Items a second expected of a feed that nothing is known of.
#[must_use]
pub fn prior_rate() -> f64 {
    PRIOR_RATE
}

/// Longest stretch of dates that the first reading of a feed is taken as a history of.
const LONGEST_HISTORY: TimeDelta = TimeDelta::days(90);

/// Shortest one: dates closer together are those of a list that was made just now.
const SHORTEST_HISTORY: TimeDelta = TimeDelta::hours(1);

/// The rate at which items are expected, from a moment on.
#[derive(Clone, Debug)]
pub struct Forecast {
    from: DateTime<Utc>,
    season: Season,
    /// Items a second, season aside, on the scales of falling length.
    rates: [f64; 3],
}

/// The rhythm of a feed after its first reading, from the dates of the items that stand in it.
///
/// The oldest item only marks where the stretch begins that the others fell in. Dates in the future and before the longest history count for
/// nothing, but that the feed was silent.
#[must_use]
pub fn begin(dates: &[Option<DateTime<Utc>>], now: DateTime<Utc>) -> Rhythm {
    let past: Vec<_> = dates.iter().flatten().copied().filter(|date| *date <= now).collect();
    let Some(oldest) = past.iter().min().copied().filter(|oldest| now - *oldest >= SHORTEST_HISTORY) else {
        return Rhythm::unknown(now);
    };
    let start = oldest.max(now - LONGEST_HISTORY);
    let within: Vec<_> = past.into_iter().filter(|date| *date > start).map(Some).collect();
    observe(&Rhythm::unknown(start), &within, now)
}

/// Takes in what a reading at `now` brought: the dates of the new items, where they have one.
///
/// A date counts where it lies since the last reading; items without such a one are spread evenly over that time.
#[must_use]
pub fn observe(before: &Rhythm, new: &[Option<DateTime<Utc>>], now: DateTime<Utc>) -> Rhythm {
    let from = before.as_of;
    // A clock that was set back; the time until it has caught up was watched already.
    let Some(span) = (now - from).to_std().ok().filter(|span| !span.is_zero()) else {
        return before.clone();
    };
    let times = times_of(new, from, span);
    let season = Season::of(before);
    let mut next = Rhythm { as_of: now, ..before.clone() };
    for (level, scale) in next.levels.iter_mut().zip(SCALES) {
        let fade = (-span.as_secs_f64() / scale).exp();
        let came: f64 = times.iter().map(|time| (-seconds(now - *time) / scale).exp()).sum();
        let watched = watched(&season, (from, now), scale);
        *level = Level {
            items: narrow(f64::from(level.items) * fade + came),
            watched: narrow(f64::from(level.watched) * fade + watched),
        };
    }
    season::fade(&mut next, from, now);
    season::weigh(&mut next, &times);
    next
}

impl Forecast {
    /// What is to be expected from `now` on of a feed with this rhythm.
    #[must_use]
    pub fn new(rhythm: &Rhythm, now: DateTime<Utc>) -> Self {
        let mut expected = PRIOR_RATE;
        let mut rates = [0.0; 3];
        for ((rate, level), belief) in rates.iter_mut().zip(&rhythm.levels).zip(BELIEFS) {
            expected = (f64::from(level.items) + belief) / (f64::from(level.watched) + belief / expected);
            *rate = expected;
        }
        Self { from: now, season: Season::of(rhythm), rates }
    }

    /// Items a second expected at a moment.
    #[must_use]
    pub fn rate(&self, at: DateTime<Utc>) -> f64 {
        self.season.at(at) * self.level(at)
    }

    /// Mean over a week of the root of the rate, were its level to stay as it is: what the feed asks of a budget.
    ///
    /// A level that is expected to change is not reckoned with. Over many feeds those that rise and those that fall make up for each other, while the root of an
    /// expected level lies above the expected root, so that budgets made of it would be left unspent.
    #[must_use]
    pub fn mean_root(&self) -> f64 {
        self.level(self.from).sqrt() * self.season.mean_root()
    }

    /// Time from the forecast on after which `price` item-seconds of delay are to be expected, were the rate to go on; at most `longest`.
    ///
    /// A feed of constant rate r is then polled every √(2 price / r): the interval at which delay r·t/2 and requests price/t together cost least.
    #[must_use]
    pub fn wait(&self, price: f64, longest: Duration) -> Duration {
        const STEP: f64 = 900.0;
        let longest = longest.as_secs_f64();
        let (mut waited, mut share) = (0.0, 0.0);
        while waited < longest {
            let step = STEP.min(longest - waited);
            let pace = (self.rate(self.from + delta(waited + step / 2.0)) / (2.0 * price)).sqrt();
            if share + pace * step >= 1.0 {
                return span(waited + (1.0 - share) / pace);
            }
            share += pace * step;
            waited += step;
        }
        span(longest)
    }

    fn level(&self, at: DateTime<Utc>) -> f64 {
        let ahead = seconds(at - self.from).max(0.0);
        let [slow, days, hours] = self.rates;
        let [_, days_scale, hours_scale] = SCALES;
        let moved = slow + (days - slow) * (-ahead / days_scale).exp() + (hours - days) * (-ahead / hours_scale).exp();
        positive(moved)
    }
}

/// Rates are positive, so only rounding can lead to nothing.
fn positive(rate: f64) -> f64 {
    rate.max(f64::MIN_POSITIVE)
}

/// When new items came, as far as that is known.
fn times_of(new: &[Option<DateTime<Utc>>], from: DateTime<Utc>, span: Duration) -> Vec<DateTime<Utc>> {
    let believed = |date: &DateTime<Utc>| *date > from && *date <= from + span;
    let mut times: Vec<_> = new.iter().flatten().copied().filter(believed).collect();
    let undated = u32::try_from(new.len() - times.len()).unwrap_or(u32::MAX);
    let share = span.as_secs_f64() / f64::from(undated.max(1));
    times.extend((0..undated).map(|place| from + delta((f64::from(place) + 0.5) * share)));
    times
}

/// Seconds of a stretch, each weighed by its season and by how far it lies behind the end.
fn watched(season: &Season, (from, to): (DateTime<Utc>, DateTime<Utc>), scale: f64) -> f64 {
    // What lies further back weighs less than a thousandth.
    let mut start = from.max(to - delta(scale * 7.0));
    let mut sum = 0.0;
    while start < to {
        let end = next_hour(start).min(to);
        let (older, newer) = (seconds(to - start), seconds(to - end));
        sum += season.at(start) * scale * ((-newer / scale).exp() - (-older / scale).exp());
        start = end;
    }
    sum
}

fn next_hour(time: DateTime<Utc>) -> DateTime<Utc> {
    let past = TimeDelta::seconds((time.minute() * 60 + time.second()).into())
        + TimeDelta::nanoseconds(time.nanosecond().into());
    time - past + TimeDelta::hours(1)
}

fn seconds(span: TimeDelta) -> f64 {
    span.as_seconds_f64()
}

fn delta(seconds: f64) -> TimeDelta {
    TimeDelta::from_std(span(seconds)).unwrap_or(TimeDelta::MAX)
}

fn span(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

/// The nearest number of half the width, by way of text-free arithmetic: `f32` has no lossless conversion from `f64`.
fn narrow(number: f64) -> f32 {
    Duration::try_from_secs_f64(number).map_or(0.0, |number| number.as_secs_f32())
}

#[cfg(test)]
mod tests;
