//! The oracle: what a schedule could do that knew the moment of every item.
//!
//! It polls when an item comes, or as soon after the poll before as the shortest interval allows, each time after as many items as make a poll worth its
//! price. Which ones is the least sum of delay and price over all ways to cut a feed's items into runs, found by dynamic programming.
//! The longest interval does not bind it, so no schedule that keeps to the shortest one can do better.

use crate::{feeds::SimulatedFeed, poll::Played};

/// The best that `polls` polls can do, those of a feed at least `shortest` seconds apart.
pub(crate) fn foreseen(feeds: &[SimulatedFeed], polls: u32, shortest: f64) -> Played {
    let (mut low, mut high) = (1e-3_f64.ln(), 1e9_f64.ln());
    let plan_all = |price: f64| plan_all(feeds, Terms { price, shortest });
    let mut best = plan_all(high.exp());
    let cheapest = plan_all(low.exp());
    if cheapest.polls <= polls {
        return cheapest;
    }
    for _ in 0..24 {
        let middle = f64::midpoint(low, high);
        let planned = plan_all(middle.exp());
        if planned.polls > polls {
            low = middle;
        } else {
            high = middle;
            best = planned;
        }
    }
    best
}

/// What polls cost and may do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// Seconds of delay that a poll must save.
    pub(crate) price: f64,
    /// Seconds from one poll of a feed to the next, at least.
    pub(crate) shortest: f64,
}

/// A way to find a feed's first items.
#[derive(Clone, Copy, Debug)]
struct Way {
    /// Delay and prices so far.
    cost: f64,
    /// When the last poll was.
    polled: f64,
    /// How many items the polls before that one had found, and by which of the ways to find so many.
    before: (usize, usize),
}

fn plan_all(feeds: &[SimulatedFeed], terms: Terms) -> Played {
    let mut delays = Vec::new();
    let mut polls = 0;
    for feed in feeds {
        polls += plan(&feed.arrivals, terms, &mut delays);
    }
    Played::of(polls, delays)
}

/// Cuts `arrivals` into runs, each found by one poll; gives back how many.
pub(crate) fn plan(arrivals: &[f64], terms: Terms, delays: &mut Vec<f64>) -> u32 {
    // For each count of items from the first on, the ways to find them of which none is both cheaper and done earlier than another.
    let mut ways = vec![vec![Way { cost: 0.0, polled: f64::NEG_INFINITY, before: (0, 0) }]];
    for count in 1..=arrivals.len() {
        let found = ways_to_find(arrivals.get(..count).unwrap_or_default(), &ways, terms);
        ways.push(found);
    }
    let cheapest =
        |ways: &Vec<Way>| ways.iter().enumerate().min_by(|(_, a), (_, b)| a.cost.total_cmp(&b.cost)).map(|(at, _)| at);
    let mut place = (arrivals.len(), ways.last().and_then(cheapest).unwrap_or_default());
    let mut polls = 0;
    while place.0 > 0 {
        let Some(way) = ways.get(place.0).and_then(|ways| ways.get(place.1)) else { break };
        let run = arrivals.get(way.before.0..place.0).unwrap_or_default();
        delays.extend(run.iter().map(|time| way.polled - time));
        polls += 1;
        place = way.before;
    }
    polls
}

/// The ways to find all of `items`, whose last poll finds the last one, by those to find fewer.
fn ways_to_find(items: &[f64], shorter: &[Vec<Way>], terms: Terms) -> Vec<Way> {
    let Some(last) = items.last() else { return Vec::new() };
    let longest = terms.price.max(terms.shortest);
    let mut found = Vec::new();
    let (mut run, mut sum) = (0.0, 0.0);
    for (first, time) in items.iter().enumerate().rev() {
        if last - time > longest + terms.shortest {
            break;
        }
        run += 1.0;
        sum += time;
        for (number, way) in shorter.get(first).into_iter().flatten().enumerate() {
            let earliest = time.max(way.polled + terms.shortest);
            let finds_more = way.polled >= *time;
            // A poll at the earliest would fit in between, and be worth its price.
            let waits_too_long = last - earliest > longest;
            if !(finds_more || waits_too_long) {
                let polled = earliest.max(*last);
                let cost = way.cost + run * polled - sum + terms.price;
                found.push(Way { cost, polled, before: (first, number) });
            }
        }
    }
    undominated(found)
}

/// Leaves out what is neither cheaper nor done earlier than another.
fn undominated(mut ways: Vec<Way>) -> Vec<Way> {
    ways.sort_by(|a, b| a.polled.total_cmp(&b.polled).then(a.cost.total_cmp(&b.cost)));
    let mut least = f64::INFINITY;
    ways.retain(|way| {
        let better = way.cost < least;
        least = least.min(way.cost);
        better
    });
    ways
}
