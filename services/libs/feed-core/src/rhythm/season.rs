//! How the items of a feed are spread over hours and days.

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use news_model::Rhythm;

/// Weight of one item.
const ITEM: u16 = 256;

/// What a weight loses with each day: a 32nd, so that about a month is remembered.
const DAILY_LOSS: u32 = 32;

/// Pseudo-items spread evenly over the hours.
const EVEN_HOURS: f64 = 8.0;

/// Pseudo-items spread evenly over the days.
const EVEN_DAYS: f64 = 10.0;

const DAY: f64 = 86_400.0;

/// What the rate is multiplied by in each hour and on each day; the means over both are 1.
#[derive(Clone, Debug)]
pub(super) struct Season {
    hours: [f64; 24],
    days: [f64; 7],
}

impl Season {
    pub(super) fn of(rhythm: &Rhythm) -> Self {
        let watched = f64::from(rhythm.levels.first().map_or(0.0, |level| level.watched));
        // A pattern shows only once each hour, or day, has come about as often as any other.
        let hours_known = ((watched - DAY) / (2.0 * DAY)).clamp(0.0, 1.0);
        let days_known = ((watched - 7.0 * DAY) / (14.0 * DAY)).clamp(0.0, 1.0);
        Self {
            hours: factors(&smoothed(&rhythm.hours.map(f64::from)), EVEN_HOURS, hours_known),
            days: factors(&rhythm.days.map(f64::from), EVEN_DAYS, days_known),
        }
    }

    pub(super) fn at(&self, time: DateTime<Utc>) -> f64 {
        let (hour, day) = places(time);
        self.hours.get(hour).unwrap_or(&1.0) * self.days.get(day).unwrap_or(&1.0)
    }

    /// Mean over the hours of a week of the root of the factor, which is that of its hour times that of its day.
    pub(super) fn mean_root(&self) -> f64 {
        mean(&self.hours.map(f64::sqrt)) * mean(&self.days.map(f64::sqrt))
    }
}

/// Has the weights of a rhythm fade for the days that have begun since.
pub(super) fn fade(rhythm: &mut Rhythm, from: DateTime<Utc>, to: DateTime<Utc>) {
    const FORGOTTEN: i64 = 400;
    let days = days_of(to.date_naive()) - days_of(from.date_naive());
    for _ in 0..days.clamp(0, FORGOTTEN) {
        for weight in rhythm.hours.iter_mut().chain(&mut rhythm.days) {
            let lost = u32::from(*weight).div_ceil(DAILY_LOSS);
            *weight = weight.saturating_sub(u16::try_from(lost).unwrap_or(u16::MAX));
        }
    }
}

/// Adds items that came at these times.
pub(super) fn weigh(rhythm: &mut Rhythm, times: &[DateTime<Utc>]) {
    for time in times {
        let (hour, day) = places(*time);
        add(&mut rhythm.hours, hour);
        add(&mut rhythm.days, day);
    }
}

fn add(weights: &mut [u16], place: usize) {
    if weights.get(place).is_some_and(|weight| *weight > u16::MAX - ITEM) {
        for weight in weights.iter_mut() {
            *weight /= 2;
        }
    }
    if let Some(weight) = weights.get_mut(place) {
        *weight += ITEM;
    }
}

/// Items rarely keep to the hour: a quarter of each counts for either neighbour.
fn smoothed(hours: &[f64; 24]) -> [f64; 24] {
    let at = |hour: usize| hours.get(hour % 24).copied().unwrap_or_default();
    std::array::from_fn(|hour| at(hour) / 2.0 + (at(hour + 23) + at(hour + 1)) / 4.0)
}

fn factors<const N: usize>(weights: &[f64; N], even: f64, known: f64) -> [f64; N] {
    let count = count(weights);
    let even = even * f64::from(ITEM);
    let sum = weights.iter().sum::<f64>() + even;
    weights.map(|weight| 1.0 + known * ((weight + even / count) * count / sum - 1.0))
}

fn mean<const N: usize>(numbers: &[f64; N]) -> f64 {
    numbers.iter().sum::<f64>() / count(numbers)
}

fn count<const N: usize>(numbers: &[f64; N]) -> f64 {
    numbers.iter().map(|_| 1.0).sum()
}

fn places(time: DateTime<Utc>) -> (usize, usize) {
    let place = |number: u32| usize::try_from(number).unwrap_or_default();
    (place(time.hour()), place(time.weekday().num_days_from_monday()))
}

fn days_of(date: NaiveDate) -> i64 {
    date.num_days_from_ce().into()
}
