//! All schedules on one population, with as many polls each.

use crate::{
    feeds::{DAY, SimulatedFeed},
    foresight::foreseen,
    plans::{Courant, Fixed, POLICY, Stepped, Told},
    poll::{Played, play},
};

/// What each schedule came to.
#[derive(Clone, Debug)]
pub(crate) struct Compared {
    pub(crate) fixed: Played,
    pub(crate) stepped: Played,
    pub(crate) courant: Played,
    /// Told all rates.
    pub(crate) told: Played,
    /// Told every item.
    pub(crate) foreseen: Played,
}

/// Plays all schedules over `days`, Courant's under a budget of a poll of each feed every `mean_interval` seconds, the others with as many
/// polls as it made.
pub(crate) fn compare(feeds: &[SimulatedFeed], days: f64, mean_interval: f64, seed: u64) -> Compared {
    let end = days * DAY;
    let courant = play(feeds, end, seed, &mut Courant::new(feeds, mean_interval));
    let polls = courant.polls;
    let fixed = meeting(polls, (60.0, 86_400.0), |interval| play(feeds, end, seed, &mut Fixed { interval }));
    let stepped = meeting(polls, (0.01, 100.0), |scale| play(feeds, end, seed, &mut Stepped::new(feeds.len(), scale)));
    let told = meeting(polls, (1e-3, 1e7), |price| play(feeds, end, seed, &mut Told { feeds, price }));
    Compared { fixed, stepped, courant, told, foreseen: foreseen(feeds, polls, POLICY.min.as_secs_f64()) }
}

/// Plays with the number between two that makes for as many polls, and no fewer where that can be: the doubt is to the others' good.
fn meeting(polls: u32, (least, most): (f64, f64), mut played: impl FnMut(f64) -> Played) -> Played {
    let (mut low, mut high) = (least.ln(), most.ln());
    let mut best = None;
    for _ in 0..15 {
        let middle = f64::midpoint(low, high);
        let tried = played(middle.exp());
        if tried.polls >= polls {
            low = middle;
            best = Some(tried);
        } else {
            high = middle;
        }
    }
    best.unwrap_or_else(|| played(low.exp()))
}

impl Compared {
    /// Share that Courant reaches of what `oracle` saves over the fixed interval.
    pub(crate) fn gain(&self, oracle: &Played) -> f64 {
        self.share(&self.courant, oracle)
    }

    /// Share of what knowledge of every item saves that knowledge of all rates does: what the items' own chance leaves within reach.
    pub(crate) fn within_reach(&self) -> f64 {
        self.share(&self.told, &self.foreseen)
    }

    fn share(&self, schedule: &Played, oracle: &Played) -> f64 {
        (self.fixed.mean() - schedule.mean()) / (self.fixed.mean() - oracle.mean())
    }

    pub(crate) fn head() -> String {
        "population  feeds   items    polls | mean delay, s: fixed stepped courant  rates  items | p95, s: fixed stepped courant | gain: rates  items in reach"
            .to_owned()
    }

    pub(crate) fn row(&self, name: &str, feeds: &[SimulatedFeed]) -> String {
        let Self { fixed, stepped, courant, told, foreseen } = self;
        format!(
            "{name:<10} {:6} {:7} {:8} | {:20.0} {:7.0} {:7.0} {:6.0} {:6.0} | {:13.0} {:7.0} {:7.0} | {:10.1}% {:5.1}% {:7.1}%",
            feeds.len(),
            courant.delays.len(),
            courant.polls,
            fixed.mean(),
            stepped.mean(),
            courant.mean(),
            told.mean(),
            foreseen.mean(),
            fixed.p95(),
            stepped.p95(),
            courant.p95(),
            100.0 * self.gain(told),
            100.0 * self.gain(foreseen),
            100.0 * self.within_reach(),
        )
    }
}
