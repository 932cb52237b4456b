//! The schedules that are compared.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use feed_core::{
    budget::{Demand, Price, price},
    due::{DueInput, Heeded, Hints, Policy, demand_at_rest, next_due},
    rhythm::{begin, observe},
};
use news_model::{Schedule, wire::Outcome};

use crate::{
    feeds::{STRETCH, SimulatedFeed, stretches},
    poll::Plan,
};

/// Bounds of every schedule: the poller's defaults.
pub(crate) const POLICY: Policy = Policy {
    min: Duration::from_mins(2),
    max: Duration::from_hours(2),
    first: Duration::from_mins(15),
    retired: Duration::from_hours(168),
    longest_wait: Duration::from_hours(24),
    heeded: Heeded::FULLY,
};

/// Every feed as often as any other.
pub(crate) struct Fixed {
    pub(crate) interval: f64,
}

/// An interval that falls to 4/5 with news and grows to 3/2 without, all scaled alike to meet a budget.
pub(crate) struct Stepped {
    pub(crate) scale: f64,
    intervals: Vec<f64>,
}

/// Courant's own rules, under a budget.
pub(crate) struct Courant<'a> {
    feeds: &'a [SimulatedFeed],
    schedules: Vec<Schedule>,
    demands: Vec<Demand>,
    polls_per_second: f64,
    price: Price,
}

/// As Courant, told the rates of all feeds at all times, those to come included; needs no learning and has no chance in it.
pub(crate) struct Told<'a> {
    pub(crate) feeds: &'a [SimulatedFeed],
    pub(crate) price: f64,
}

impl Plan for Fixed {
    fn polled(&mut self, _feed: usize, now: f64, _new: &[f64], _draw: f64) -> f64 {
        now + self.interval
    }
}

impl Stepped {
    pub(crate) fn new(feeds: usize, scale: f64) -> Self {
        Self { scale, intervals: vec![POLICY.first.as_secs_f64(); feeds] }
    }
}

impl Plan for Stepped {
    fn polled(&mut self, feed: usize, now: f64, new: &[f64], draw: f64) -> f64 {
        let Some(interval) = self.intervals.get_mut(feed) else { return f64::MAX };
        let step = if new.is_empty() { 1.5 } else { 0.8 };
        *interval = (*interval * step).clamp(POLICY.min.as_secs_f64(), POLICY.max.as_secs_f64());
        now + (*interval * self.scale * (0.9 + 0.2 * draw)).max(POLICY.min.as_secs_f64())
    }
}

impl<'a> Courant<'a> {
    /// Under a budget of one poll of each feed every `mean_interval`.
    pub(crate) fn new(feeds: &'a [SimulatedFeed], mean_interval: f64) -> Self {
        let demand = demand_at_rest(&Schedule::default(), &POLICY, moment(0.0));
        let count: f64 = feeds.iter().map(|_| 1.0).sum();
        let mut new = Self {
            feeds,
            schedules: vec![Schedule::default(); feeds.len()],
            demands: vec![demand; feeds.len()],
            polls_per_second: count / mean_interval,
            price: Price::new(1.0),
        };
        new.goes_on(0.0);
        new
    }
}

impl Plan for Courant<'_> {
    fn polled(&mut self, place: usize, now: f64, new: &[f64], draw: f64) -> f64 {
        let (Some(feed), Some(schedule), Some(demand)) =
            (self.feeds.get(place), self.schedules.get_mut(place), self.demands.get_mut(place))
        else {
            return f64::MAX;
        };
        let at = moment(now);
        let dates: Vec<_> = new.iter().map(|time| feed.dated.then(|| moment(*time))).collect();
        let rhythm = match schedule.rhythm.as_deref() {
            None => begin(&dates, at),
            Some(before) => observe(before, &dates, at),
        };
        let outcome = if new.is_empty() { Outcome::Unchanged } else { Outcome::NewItems };
        let due = next_due(&DueInput {
            now: at,
            draw,
            policy: &POLICY,
            previous: schedule,
            outcome,
            hints: Hints::default(),
            rhythm: Some(&rhythm),
            price: self.price,
            missed: false,
        });
        schedule.interval = due.interval;
        schedule.last_success = Some(at);
        schedule.rhythm = Some(Box::new(rhythm));
        *demand = due.demand;
        now + (due.at - at).as_seconds_f64()
    }

    fn goes_on(&mut self, _now: f64) {
        self.price = price(&self.demands, self.polls_per_second);
    }
}

impl Plan for Told<'_> {
    fn polled(&mut self, feed: usize, now: f64, _new: &[f64], _draw: f64) -> f64 {
        let Some(feed) = self.feeds.get(feed) else { return f64::MAX };
        let (min, max) = (POLICY.min.as_secs_f64(), POLICY.max.as_secs_f64());
        let (mut at, mut share) = (now, 0.0);
        while at < now + max {
            let rate = feed.curve.get(stretches(at)).copied().unwrap_or_default();
            let pace = (rate / (2.0 * self.price)).sqrt();
            let step = STRETCH - at.rem_euclid(STRETCH) + 1e-6;
            if share + pace * step >= 1.0 {
                return (at + (1.0 - share) / pace).max(now + min);
            }
            share += pace * step;
            at += step;
        }
        now + max
    }
}

fn moment(seconds: f64) -> DateTime<Utc> {
    /// 2024-01-01, a Monday.
    const MONDAY: i64 = 1_704_067_200;
    let milliseconds = TimeDelta::from_std(Duration::from_secs_f64(seconds.abs())).unwrap_or_default();
    let start = DateTime::from_timestamp(MONDAY, 0).unwrap_or_default();
    if seconds < 0.0 { start - milliseconds } else { start + milliseconds }
}
