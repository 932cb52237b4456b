//! What a poll may cost, so that all feeds together keep to a number of requests and find new items as early as that number allows.
//!
//! A feed of rate r that is polled every t leaves its items waiting for t/2 each, r·t/2 item-seconds a second. Under Σ 1/t = budget the sum over
//! all feeds is least where one more poll would save the same everywhere (Lagrange): r·t²/2 = price for all, so t = √(2 price / r), between
//! each feed's shortest and longest interval. The price is what makes the sum meet the budget.

use std::time::Duration;

/// What a poll must save to be worth it, in item-seconds of delay.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Price(f64);

/// What one feed asks of the budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand {
    /// Mean of the root of its rate, in items a second.
    pub mean_root: f64,
    /// Polls a second that it gets at least: by its longest interval.
    pub least: f64,
    /// Polls a second that it gets at most: by its shortest interval, or what its publisher asks for.
    pub most: f64,
}

impl Price {
    /// The price at which a feed of `rate` items a second is polled every `interval`.
    #[must_use]
    pub fn of_interval(interval: Duration, rate: f64) -> Self {
        Self::new(interval.as_secs_f64().powi(2) * rate / 2.0)
    }

    /// A price that makes some sense: positive and finite.
    #[must_use]
    pub fn new(item_seconds: f64) -> Self {
        Self(if item_seconds.is_nan() { 1.0 } else { item_seconds.clamp(Self::LEAST, Self::MOST) })
    }

    /// In item-seconds.
    #[must_use]
    pub fn item_seconds(self) -> f64 {
        self.0
    }

    /// Every feed at its shortest interval.
    const LEAST: f64 = 1e-6;
    /// Every feed at its longest.
    const MOST: f64 = 1e15;
}

impl Demand {
    /// A feed that is polled every `interval` whatever the price.
    #[must_use]
    pub fn fixed(interval: Duration) -> Self {
        let polls = interval.as_secs_f64().max(1.0).recip();
        Self { mean_root: 0.0, least: polls, most: polls }
    }

    /// Polls a second at this price.
    #[must_use]
    pub fn polls_per_second(&self, price: Price) -> f64 {
        (self.mean_root / (2.0 * price.0).sqrt()).min(self.most).max(self.least)
    }
}

/// The price at which `demands` together make for `budget` polls a second.
///
/// Where even the longest intervals ask for more, it is as high as can be; where the shortest ask for less, as low.
#[must_use]
pub fn price(demands: &[Demand], budget: f64) -> Price {
    /// Halvings of the range on a scale of logarithms: to within a thousandth.
    const STEPS: u32 = 16;
    let (mut low, mut high) = (Price::LEAST.ln(), Price::MOST.ln());
    for _ in 0..STEPS {
        let middle = f64::midpoint(low, high);
        let spent: f64 = demands.iter().map(|demand| demand.polls_per_second(Price(middle.exp()))).sum();
        if spent > budget { low = middle } else { high = middle }
    }
    Price(high.exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand(rate: f64) -> Demand {
        Demand { mean_root: rate.sqrt(), least: 1e-9, most: 1.0 }
    }

    #[test]
    fn the_price_spends_the_budget() {
        let demands: Vec<_> = (1..=50).map(|step| demand(f64::from(step) / 86_400.0)).collect();
        let price = price(&demands, 0.05);
        let spent: f64 = demands.iter().map(|demand| demand.polls_per_second(price)).sum();
        assert!((spent / 0.05 - 1.0).abs() < 0.01, "{spent}");
    }

    #[test]
    fn polls_go_with_the_root_of_the_rate() {
        let demands = [demand(1e-4), demand(4e-4)];
        let price = price(&demands, 0.003);
        let [slow, fast] = demands.map(|demand| demand.polls_per_second(price));
        assert!((fast / slow - 2.0).abs() < 1e-9 && (slow - 0.001).abs() < 1e-5, "{slow} {fast}");
    }

    #[test]
    fn no_other_sharing_of_the_budget_makes_for_less_delay() {
        let rates = [1e-5, 3e-4, 2e-3];
        let demands = rates.map(demand);
        let polls = demands.map(|one| one.polls_per_second(price(&demands, 0.01)));
        let delay = |polls: [f64; 3]| rates.iter().zip(polls).map(|(rate, polls)| rate / polls / 2.0).sum::<f64>();
        for (from, to) in [(0, 1), (1, 0), (1, 2), (2, 1), (0, 2), (2, 0)] {
            let mut other = polls;
            other[from] -= 2e-5;
            other[to] += 2e-5;
            assert!(delay(other) > delay(polls), "{from} {to}");
        }
    }

    #[test]
    fn a_budget_beyond_the_bounds_leaves_all_feeds_at_them() {
        let demands = [Demand { mean_root: 0.01, least: 0.001, most: 0.01 }; 3];
        assert!(demands[0].polls_per_second(price(&demands, 1.0)) >= 0.01);
        assert!(demands[0].polls_per_second(price(&demands, 1e-6)) <= 0.001);
        assert!(price(&[], 1.0).item_seconds() <= 1.1e-6);
    }
}
