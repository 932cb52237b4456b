//! The budget of requests: what a poll may cost at present.

use std::{sync::Arc, time::Duration};

use feed_core::{
    budget::{Demand, Price, price},
    rhythm::prior_rate,
};
use parking_lot::Mutex;

use crate::{config::Poll, metrics::PollerMetrics, table::Table};

/// How often the price is worked out anew: often enough for feeds that come by the thousand, whose first polls are spread anyway.
pub(crate) const REPRICED_EVERY: Duration = Duration::from_secs(10);

/// The requests that this replica may make, shared by its feeds.
#[derive(Debug)]
pub(crate) struct Budget {
    mean_interval: Duration,
    /// Polls an hour that are not to be passed however many feeds there are.
    most_per_hour: Option<f64>,
    price: Mutex<Price>,
}

/// What was planned under a budget, in polls a second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Plan {
    pub(crate) budget: f64,
    pub(crate) planned: f64,
}

impl Budget {
    pub(crate) fn new(poll: &Poll) -> Self {
        let most_per_hour = (poll.max_polls_per_hour > 0).then(|| f64::from(poll.max_polls_per_hour));
        let price = Mutex::new(Price::of_interval(poll.mean_interval, prior_rate()));
        Self { mean_interval: poll.mean_interval, most_per_hour, price }
    }

    /// What a poll must save to be worth it.
    pub(crate) fn price(&self) -> Price {
        *self.price.lock()
    }

    /// Sets the price at which these feeds keep to the budget.
    pub(crate) fn reprice(&self, demands: &[Demand]) -> Plan {
        const HOUR: f64 = 3_600.0;
        let feeds = u32::try_from(demands.len()).unwrap_or(u32::MAX);
        let shared = f64::from(feeds) / self.mean_interval.as_secs_f64();
        let budget = self.most_per_hour.map_or(shared, |most| shared.min(most / HOUR));
        // Without feeds there is nothing to learn a price from, and the first that comes is not to be asked at any cost.
        if demands.is_empty() {
            return Plan { budget, planned: 0.0 };
        }
        let price = price(demands, budget);
        *self.price.lock() = price;
        Plan { budget, planned: demands.iter().map(|demand| demand.polls_per_second(price)).sum() }
    }
}

/// Works the price out on a thread of its own, for a hundred thousand feeds take some milliseconds.
pub(crate) async fn reprice(budget: &Arc<Budget>, table: &Arc<Table>, metrics: &PollerMetrics) {
    let (budget, table) = (budget.clone(), table.clone());
    let planned = tokio::task::spawn_blocking(move || (budget.reprice(&table.demands()), budget.price()));
    match planned.await {
        Ok((plan, price)) => metrics.planned(plan, price),
        Err(error) => tracing::error!(%error, "working out the price of a poll broke down; it stays as it was"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{RawPoller, Settings};

    fn budget(change: impl FnOnce(&mut Poll)) -> Budget {
        let mut check = service_kit::config::Check::new(service_kit::config::Origins::default());
        let mut poll = Settings::check(&RawPoller::default(), &mut check).poll;
        change(&mut poll);
        Budget::new(&poll)
    }

    fn feeds(count: usize) -> Vec<Demand> {
        vec![Demand { mean_root: 0.005, least: 1.0 / 7_200.0, most: 1.0 / 120.0 }; count]
    }

    #[test]
    fn feeds_alike_are_polled_at_the_mean_interval() {
        let plan = budget(|_| ()).reprice(&feeds(90));
        assert!((plan.budget - 0.1).abs() < 1e-9 && (plan.planned - 0.1).abs() < 1e-3, "{plan:?}");
    }

    #[test]
    fn the_most_polls_an_hour_hold_however_many_feeds_there_are() {
        let capped = budget(|poll| poll.max_polls_per_hour = 3_600);
        let before = capped.price();
        let plan = capped.reprice(&feeds(2_000));
        assert!((plan.planned - 1.0).abs() < 1e-2, "{plan:?}");
        assert!(capped.price() > before);
    }

    #[test]
    fn without_feeds_the_price_stays() {
        let budget = budget(|_| ());
        let before = budget.price();
        assert!(budget.reprice(&[]).planned.abs() < 1e-12);
        assert_eq!(budget.price(), before);
    }
}
