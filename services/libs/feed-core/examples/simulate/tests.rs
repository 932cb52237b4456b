//! The claims of the table, on small populations.

use super::*;

const WEEK: f64 = 7.0;
const QUARTER_HOUR: f64 = 900.0;

fn compared(kinds: &[Kind], seed: u64) -> Compared {
    compared_over(WEEK, kinds, seed)
}

fn compared_over(days: f64, kinds: &[Kind], seed: u64) -> Compared {
    let mut random = Random::new(seed);
    let feeds: Vec<_> = kinds.iter().flat_map(|kind| invent(*kind, 40, days, &mut random)).collect();
    compare(&feeds, days, QUARTER_HOUR, seed)
}

const MIXED: [Kind; 4] = [Kind::Poisson, Kind::Diurnal, Kind::Bursty, Kind::Dead];

#[test]
fn items_are_found_earlier_than_by_fixed_or_stepped_intervals() {
    for seed in [1, 2] {
        let Compared { fixed, stepped, courant, .. } = compared(&MIXED, seed);
        assert!(courant.polls <= fixed.polls && courant.polls <= stepped.polls, "the others have no fewer polls");
        assert!(courant.mean() < 0.6 * fixed.mean() && courant.mean() < 0.8 * stepped.mean(), "{}", courant.mean());
        assert!(courant.p95() < fixed.p95() && courant.p95() < stepped.p95(), "{}", courant.p95());
    }
}

#[test]
fn four_fifths_of_what_knowledge_of_all_rates_gains_are_reached_on_feeds_that_live() {
    // Of so few feeds that die, hardly any bring items; their figure is that of two or three feeds.
    for kind in [Kind::Poisson, Kind::Diurnal, Kind::Bursty] {
        // Long enough that learning the feeds counts for little.
        let compared = compared_over(3.0 * WEEK, &[kind], 3);
        assert!(compared.gain(&compared.told) >= 0.8, "{kind:?} {}", compared.gain(&compared.told));
    }
}

#[test]
fn the_budget_is_kept() {
    for kinds in [[Kind::Poisson, Kind::Diurnal], [Kind::Bursty, Kind::Dead]] {
        let courant = compared(&kinds, 4).courant;
        let budget = 80.0 * WEEK * 96.0;
        let spent = f64::from(courant.polls) / budget;
        assert!((0.95..1.03).contains(&spent), "{kinds:?} {spent}");
    }
}

#[test]
fn no_schedule_beats_foresight() {
    let Compared { courant, told, foreseen, .. } = compared(&MIXED, 5);
    assert!(foreseen.mean() < told.mean() && foreseen.mean() < courant.mean());
    assert!(foreseen.polls <= courant.polls);
}

fn feed(arrivals: &[f64]) -> SimulatedFeed {
    SimulatedFeed::of_times(arrivals, Vec::new(), true)
}

#[test]
fn foresight_cuts_runs_where_it_costs_least() {
    let feeds = [feed(&[10.0, 11.0, 100.0]), feed(&[50.0])];
    let delays = |polls| foresight::foreseen(&feeds, polls, 0.0).delays;
    assert_eq!(delays(4), [0.0; 4]);
    assert_eq!(delays(3), [0.0, 0.0, 0.0, 1.0]);
}

#[test]
fn foresight_keeps_to_the_shortest_interval() {
    let delays = |arrivals: &[f64]| foresight::foreseen(&[feed(arrivals)], 100, 20.0).delays;
    assert_eq!(delays(&[0.0, 12.0, 38.0]), [0.0, 2.0, 8.0], "polls at 0, 20 and 40");
    assert_eq!(delays(&[0.0, 12.0, 33.0]), [0.0, 0.0, 12.0], "polls at 12 and 33");
}

#[test]
fn no_polls_so_far_apart_cost_less_than_those_of_foresight() {
    const SHORTEST: u32 = 4;
    const MOMENTS: u32 = 14;
    let mut random = Random::new(7);
    for price in [0.5, 2.0, 6.0, 15.0].repeat(6) {
        let mut arrivals: Vec<f64> = (0..5).map(|_| (10.0 * random.unit()).floor()).collect();
        arrivals.sort_by(f64::total_cmp);
        // Every choice of whole moments to poll at.
        let least = (1_u32..1 << MOMENTS)
            .filter(|polls| (1..SHORTEST).all(|apart| polls & (polls >> apart) == 0))
            .filter_map(|polls| {
                let moments = || (0..MOMENTS).filter(move |moment| polls >> moment & 1 == 1).map(f64::from);
                let found = |time: &f64| Some(moments().find(|poll| poll >= time)? - time);
                let delays = arrivals.iter().map(found).sum::<Option<f64>>()?;
                Some(delays + price * f64::from(polls.count_ones()))
            })
            .fold(f64::INFINITY, f64::min);
        let mut delays = Vec::new();
        let polls = foresight::plan(&arrivals, foresight::Terms { price, shortest: SHORTEST.into() }, &mut delays);
        let planned = delays.iter().sum::<f64>() + price * f64::from(polls);
        assert!((planned - least).abs() < 1e-9, "{arrivals:?} at {price}: {planned} in place of {least}");
    }
}

#[test]
fn the_same_seed_gives_the_same_figures() {
    let once = || compared(&[Kind::Bursty], 6).courant.delays;
    assert_eq!(once(), once());
}
