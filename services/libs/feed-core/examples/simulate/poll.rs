//! Plays a schedule against feeds and notes how long each item waited.

use std::{cmp::Reverse, collections::BinaryHeap};

use crate::{feeds::SimulatedFeed, random::Random};

/// What decides when feeds are polled.
pub(crate) trait Plan {
    /// A feed was polled at `now` and held these new items, the first time its whole window. When it is to be polled again.
    fn polled(&mut self, feed: usize, now: f64, new: &[f64], draw: f64) -> f64;

    /// Called as time goes on, before the polls of a stretch.
    fn goes_on(&mut self, _now: f64) {}
}

/// What a schedule came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Played {
    /// Polls within the time, first ones aside.
    pub(crate) polls: u32,
    /// How long each item waited for the poll that found it, in seconds, sorted.
    pub(crate) delays: Vec<f64>,
}

impl Played {
    pub(crate) fn of(polls: u32, mut delays: Vec<f64>) -> Self {
        delays.sort_by(f64::total_cmp);
        Self { polls, delays }
    }

    pub(crate) fn mean(&self) -> f64 {
        let count: f64 = self.delays.iter().map(|_| 1.0).sum();
        self.delays.iter().sum::<f64>() / f64::max(count, 1.0)
    }

    pub(crate) fn p95(&self) -> f64 {
        self.delays.get(self.delays.len() * 19 / 20).copied().unwrap_or_default()
    }
}

/// Plays `plan` over `end` seconds. First polls are spread over the first quarter of an hour.
pub(crate) fn play(feeds: &[SimulatedFeed], end: f64, seed: u64, plan: &mut dyn Plan) -> Played {
    const STRETCH: f64 = 300.0;
    let mut random = Random::new(seed);
    // Times in milliseconds, since floating point has no order.
    let mut due: BinaryHeap<_> = (0..feeds.len()).map(|feed| Reverse((whole(900.0 * random.unit()), feed))).collect();
    let mut found = vec![None::<usize>; feeds.len()];
    let mut played = Played::default();
    let mut delays = Vec::new();
    let mut stretch_end = 0.0;
    while let Some(Reverse((at, place))) = due.pop() {
        let now = seconds(at);
        while stretch_end <= now.min(end) {
            plan.goes_on(stretch_end);
            stretch_end += STRETCH;
        }
        let (Some(feed), Some(known)) = (feeds.get(place), found.get_mut(place)) else { continue };
        let until = feed.arrivals.partition_point(|time| *time <= now);
        let new = feed.arrivals.get(known.unwrap_or(0)..until).unwrap_or_default();
        let next = if known.is_none() {
            let window = [&feed.window, new].concat();
            plan.polled(place, now, &window, random.unit())
        } else {
            played.polls += u32::from(now < end);
            delays.extend(new.iter().map(|time| now - time));
            plan.polled(place, now, new, random.unit())
        };
        *known = Some(until);
        // What came before the end is awaited, so that no schedule gains by leaving it out.
        if next < end || until < feed.arrivals.len() {
            due.push(Reverse((whole(next), place)));
        }
    }
    Played::of(played.polls, delays)
}

fn whole(seconds: f64) -> u64 {
    let span = std::time::Duration::from_secs_f64(seconds.max(0.0));
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

fn seconds(milliseconds: u64) -> f64 {
    std::time::Duration::from_millis(milliseconds).as_secs_f64()
}
