//! The oracle: what a schedule could do that knew the moment of every item.
//!
//! It polls right after items, each time after as many as make a poll worth its price; which ones is the least sum of delay and price over all ways
//! to cut a feed's items into runs, found by dynamic programming. The bounds on intervals do not bind it, so no schedule can do better.

use crate::{feeds::SimulatedFeed, poll::Played};

/// The best that `polls` polls can do.
pub(crate) fn foreseen(feeds: &[SimulatedFeed], polls: u32) -> Played {
    let (mut low, mut high) = (1e-3_f64.ln(), 1e9_f64.ln());
    let mut best = plan_all(feeds, high.exp());
    let cheapest = plan_all(feeds, low.exp());
    if cheapest.polls <= polls {
        return cheapest;
    }
    for _ in 0..24 {
        let middle = f64::midpoint(low, high);
        let planned = plan_all(feeds, middle.exp());
        if planned.polls > polls {
            low = middle;
        } else {
            high = middle;
            best = planned;
        }
    }
    best
}

fn plan_all(feeds: &[SimulatedFeed], price: f64) -> Played {
    let mut delays = Vec::new();
    let mut polls = 0;
    for feed in feeds {
        polls += plan(&feed.arrivals, price, &mut delays);
    }
    Played::of(polls, delays)
}

/// Cuts `arrivals` into runs, each found by a poll at its last item; gives back how many.
fn plan(arrivals: &[f64], price: f64, delays: &mut Vec<f64>) -> u32 {
    // For each count of items from the first on: least cost, and where its last run begins.
    let mut best = vec![(0.0_f64, 0_usize)];
    for (last, end) in arrivals.iter().enumerate() {
        let (mut least, mut begin) = (f64::INFINITY, last);
        let mut delay = 0.0;
        for (first, time) in arrivals.iter().enumerate().take(last + 1).rev() {
            delay += end - time;
            // A first item that waits for longer than the price is worth a poll of its own.
            if end - time > price {
                break;
            }
            let cost = best.get(first).map_or(f64::INFINITY, |(cost, _)| cost + delay + price);
            if cost < least {
                (least, begin) = (cost, first);
            }
        }
        best.push((least, begin));
    }
    let (mut polls, mut count) = (0, arrivals.len());
    while let Some(&(_, begin)) = best.get(count).filter(|_| count > 0) {
        let run = arrivals.get(begin..count).unwrap_or_default();
        let end = run.last().copied().unwrap_or_default();
        delays.extend(run.iter().map(|time| end - time));
        polls += 1;
        count = begin;
    }
    polls
}
