use proptest::prelude::*;

use super::*;

const POLICY: Policy = Policy {
    min: Duration::from_mins(5),
    max: Duration::from_hours(6),
    first: Duration::from_mins(15),
    retired: Duration::from_hours(24 * 7),
    longest_wait: Duration::from_hours(24),
};

fn schedule(interval_minutes: u64, failures: u32) -> Schedule {
    Schedule {
        interval: Duration::from_mins(interval_minutes),
        failures,
        last_success: Some(DateTime::UNIX_EPOCH),
        ..Schedule::default()
    }
}

fn wait(previous: &Schedule, outcome: Outcome, hints: Hints) -> (u64, Due) {
    let now = DateTime::from_timestamp(1_000_000, 0).unwrap();
    let due = next_due(&DueInput { now, draw: 0.5, policy: &POLICY, previous, outcome, hints });
    let minutes = u64::try_from((due.at - now).num_minutes()).unwrap();
    (minutes, due)
}

fn minutes(previous: &Schedule, outcome: Outcome) -> u64 {
    wait(previous, outcome, Hints::default()).0
}

#[test]
fn news_quicken_a_feed_and_silence_slows_it_within_bounds() {
    assert_eq!(minutes(&schedule(100, 0), Outcome::NewItems), 80);
    assert_eq!(minutes(&schedule(100, 0), Outcome::Unchanged), 150);
    assert_eq!(wait(&schedule(5, 0), Outcome::NewItems, Hints::default()).1.interval, POLICY.min);
    assert_eq!(wait(&schedule(360, 0), Outcome::NothingNew, Hints::default()).1.interval, POLICY.max);
}

#[test]
fn a_feed_without_history_starts_at_the_first_interval() {
    let due = wait(&Schedule::default(), Outcome::NothingNew, Hints::default()).1;
    assert_eq!(due.interval, POLICY.first);
}

#[test]
fn failures_lengthen_the_wait_and_keep_the_rhythm() {
    for (failures, expected) in [(0, 20), (1, 40), (2, 80), (20, 342)] {
        let (minutes, due) = wait(&schedule(20, failures), Outcome::Unreadable, Hints::default());
        assert_eq!(minutes, expected, "{failures}");
        assert_eq!(due.interval, Duration::from_mins(20));
    }
}

#[test]
fn retry_after_is_heeded_and_hostile_ones_are_capped() {
    let asked = |seconds| Hints { retry_after: Some(Duration::from_secs(seconds)), ..Hints::default() };
    let (minutes, due) = wait(&schedule(20, 0), Outcome::RateLimited, asked(7_200));
    assert!((120..=132).contains(&minutes), "{minutes}");
    assert!(due.because.contains("asked for a wait of 7200 s"), "{}", due.because);
    let (minutes, _) = wait(&schedule(20, 0), Outcome::RateLimited, asked(u64::MAX));
    assert!((1_440..=1_584).contains(&minutes), "{minutes}");
}

#[test]
fn freshness_and_ttl_stretch_the_wait_but_not_the_rhythm() {
    let hints =
        Hints { fresh_for: Some(Duration::from_hours(1)), ttl: Some(Duration::from_mins(90)), retry_after: None };
    let (minutes, due) = wait(&schedule(10, 0), Outcome::NewItems, hints);
    assert!((90..=99).contains(&minutes), "{minutes}");
    assert_eq!(due.interval, Duration::from_mins(8));
    let forever = Hints { fresh_for: Some(Duration::MAX), ..Hints::default() };
    assert!(wait(&schedule(10, 0), Outcome::NewItems, forever).0 <= 396);
}

#[test]
fn gone_retires_at_once_and_not_found_after_some_tries() {
    assert_eq!(retirement_after(&schedule(10, 0), Outcome::Gone), Some(Retirement::Gone));
    let missing = |not_found| Schedule { not_found, ..schedule(10, 9) };
    assert_eq!(retirement_after(&missing(3), Outcome::NotFound), None, "failures of other kinds do not count");
    assert_eq!(retirement_after(&missing(4), Outcome::NotFound), Some(Retirement::NotFound));
    assert!(minutes(&missing(4), Outcome::NotFound) > 6 * 24 * 60);
}

#[test]
fn what_an_adopted_address_answers_retires_nothing() {
    let moved = Schedule { adopted_url: Some("http://b.example/".into()), not_found: 9, ..schedule(10, 9) };
    for outcome in [Outcome::Gone, Outcome::NotFound] {
        assert_eq!(retirement_after(&moved, outcome), None, "the configured address is asked again first");
    }
}

#[test]
fn a_retired_feed_stays_so_through_faults_and_comes_back_by_an_answer() {
    let retired = Schedule { retirement: Some(Retirement::Gone), ..schedule(10, 9) };
    assert_eq!(retirement_after(&retired, Outcome::TimedOut), Some(Retirement::Gone));
    assert_eq!(retirement_after(&retired, Outcome::NewItems), None);
    assert_eq!(minutes(&retired, Outcome::NewItems), 8);
}

proptest! {
    #[test]
    fn the_wait_stays_within_its_bounds(
        draw in 0.0..1.0_f64,
        interval in 0..1_000_000_u64,
        failures in 0..u32::MAX,
        outcome in (0..=17_i32).prop_map(|number| Outcome::try_from(number).unwrap()),
        asked in prop::option::of(0..u64::MAX),
    ) {
        let previous = Schedule { interval: Duration::from_secs(interval), ..schedule(0, failures) };
        let now = DateTime::from_timestamp(1_000_000, 0).unwrap();
        let asked = asked.map(Duration::from_secs);
        let hints = Hints { retry_after: asked, fresh_for: asked, ttl: asked };
        let due = next_due(&DueInput { now, draw, policy: &POLICY, previous: &previous, outcome, hints });
        let wait = (due.at - now).to_std().unwrap();
        prop_assert!(wait >= POLICY.min);
        let retired = retirement_after(&previous, outcome).is_some();
        let longest = if retired { POLICY.retired } else if outcome == Outcome::RateLimited { POLICY.longest_wait } else { POLICY.max };
        prop_assert!(wait <= longest.mul_f64(1.1), "{wait:?}");
        prop_assert!((POLICY.min..=POLICY.max).contains(&due.interval));
        prop_assert!(due.because.len() < 256);
    }

    #[test]
    fn jitter_is_a_tenth_to_either_side(draw in 0.0..1.0_f64) {
        let previous = schedule(60, 0);
        let now = DateTime::UNIX_EPOCH;
        let due = next_due(&DueInput { now, draw, policy: &POLICY, previous: &previous, outcome: Outcome::NewItems, hints: Hints::default() });
        let wait = (due.at - now).to_std().unwrap();
        prop_assert!(wait >= due.interval.mul_f64(0.9) && wait <= due.interval.mul_f64(1.1));
    }
}
