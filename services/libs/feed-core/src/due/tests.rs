use proptest::prelude::*;

use super::*;

const POLICY: Policy = Policy {
    min: Duration::from_mins(5),
    max: Duration::from_hours(6),
    first: Duration::from_mins(15),
    retired: Duration::from_hours(24 * 7),
    longest_wait: Duration::from_hours(24),
    heeded: Heeded::FULLY,
};

fn schedule(interval_minutes: u64, failures: u32) -> Schedule {
    Schedule {
        interval: Duration::from_mins(interval_minutes),
        failures,
        last_success: Some(DateTime::UNIX_EPOCH),
        ..Schedule::default()
    }
}

/// The poll that these tests are about, in the middle of the jitter.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_000_000, 0).unwrap()
}

/// A price at which a feed of unknown rhythm is polled every so many minutes.
fn price_of(minutes: u64) -> Price {
    let rate = Forecast::new(&Rhythm::unknown(now()), now()).rate(now());
    Price::of_interval(Duration::from_mins(minutes), rate)
}

fn input(previous: &Schedule, outcome: Outcome, hints: Hints) -> DueInput<'_> {
    let price = price_of(30);
    DueInput { now: now(), draw: 0.5, policy: &POLICY, previous, outcome, hints, rhythm: None, price, missed: false }
}

fn wait(previous: &Schedule, outcome: Outcome, hints: Hints) -> (u64, Due) {
    let (now, due) = (now(), next_due(&input(previous, outcome, hints)));
    let minutes = u64::try_from((due.at - now).num_minutes()).unwrap();
    (minutes, due)
}

fn minutes(previous: &Schedule, outcome: Outcome) -> u64 {
    wait(previous, outcome, Hints::default()).0
}

#[test]
fn the_price_of_a_poll_sets_the_interval_within_bounds() {
    let previous = schedule(100, 0);
    let at = |minutes: u64| {
        let due =
            next_due(&DueInput { price: price_of(minutes), ..input(&previous, Outcome::Unchanged, Hints::default()) });
        (due.interval.as_secs() + 30) / 60
    };
    assert_eq!([30, 120].map(at), [30, 120]);
    assert_eq!([1, 2_000].map(at), [5, 360]);
}

#[test]
fn wishes_of_publishers_are_heeded_as_far_as_the_policy_has_it() {
    let heeded = Heeded { update_period: Duration::ZERO, ttl: Duration::from_hours(1), ..Heeded::FULLY };
    let policy = Policy { heeded, ..POLICY };
    let previous = schedule(100, 0);
    let minutes = |hints: Hints| {
        let due = next_due(&DueInput { policy: &policy, ..input(&previous, Outcome::Unchanged, hints) });
        ((due.at - now()).num_minutes(), due.because)
    };
    let hours = |hours| Some(Duration::from_hours(hours));
    let (ignored, because) = minutes(Hints { update_period: hours(1), ..Hints::default() });
    assert!((27..=33).contains(&ignored) && !because.contains("update period"), "{ignored} {because}");
    let (capped, because) = minutes(Hints { ttl: hours(5), ..Hints::default() });
    assert!((60..=66).contains(&capped) && because.contains("its ttl asks"), "{capped} {because}");
    let (in_full, _) = minutes(Hints { fresh_for: hours(5), ..Hints::default() });
    assert!((300..=330).contains(&in_full), "{in_full}");
}

#[test]
fn a_busy_feed_is_asked_more_often_than_a_quiet_one() {
    let previous = schedule(100, 0);
    let with = |items: u32| {
        let mut rhythm = Rhythm::unknown(now());
        for level in &mut rhythm.levels {
            *level = news_model::Level { items: f32::from(u16::try_from(items).unwrap()), watched: 86_400.0 };
        }
        let due =
            next_due(&DueInput { rhythm: Some(&rhythm), ..input(&previous, Outcome::Unchanged, Hints::default()) });
        (due.interval, due.demand, due.because)
    };
    let (busy, quiet) = (with(48), with(0));
    assert!(busy.0 < quiet.0 / 3, "{busy:?} {quiet:?}");
    assert!(busy.1.mean_root > 3.0 * quiet.1.mean_root);
    assert!(busy.2.contains("items an hour") && quiet.2.contains("an item in"), "{busy:?} {quiet:?}");
}

#[test]
fn the_second_poll_comes_after_the_first_interval_at_the_latest() {
    let with = |minutes: u64| {
        let blank = Schedule::default();
        next_due(&DueInput { price: price_of(minutes), ..input(&blank, Outcome::NothingNew, Hints::default()) })
            .interval
    };
    assert_eq!(with(60), POLICY.first);
    assert!(with(10) < POLICY.first);
}

#[test]
fn a_feed_that_let_go_of_items_is_asked_at_least_twice_as_often() {
    let previous = schedule(20, 0);
    let due = next_due(&DueInput { missed: true, ..input(&previous, Outcome::NewItems, Hints::default()) });
    assert_eq!(due.interval, Duration::from_mins(10));
    assert!(due.because.contains("let go of items unseen"), "{}", due.because);
    let shortest = schedule(6, 0);
    let due = next_due(&DueInput { missed: true, ..input(&shortest, Outcome::NewItems, Hints::default()) });
    assert_eq!(due.interval, POLICY.min);
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
fn a_wait_beyond_what_the_server_asked_for_is_explained() {
    let short = Hints { retry_after: Some(Duration::from_secs(7)), ..Hints::default() };
    let told = |failures, outcome, hints| wait(&schedule(20, failures), outcome, hints).1.because;
    let limited = told(3, Outcome::RateLimited, short);
    assert!(limited.ends_with("the server asked for a wait of 7 s, and 4 failed polls in a row"), "{limited}");
    let put_off = told(0, Outcome::Deferred, Hints::default());
    assert!(put_off.contains("the poller had no turn or no room") && !put_off.contains("server"), "{put_off}");
}

#[test]
fn what_publishers_ask_for_stretches_the_wait_but_not_the_rhythm() {
    let of = |hints: Hints| wait(&schedule(10, 0), Outcome::NewItems, hints);
    let hour = Some(Duration::from_hours(1));
    for hints in [
        Hints { fresh_for: hour, ..Hints::default() },
        Hints { ttl: hour, ..Hints::default() },
        Hints { update_period: hour, ttl: Some(Duration::from_mins(45)), ..Hints::default() },
    ] {
        let (minutes, due) = of(hints);
        assert!((60..=66).contains(&minutes), "{minutes}");
        assert!((1_790..=1_801).contains(&due.interval.as_secs()), "{:?}", due.interval);
        assert!((due.demand.most * 3_600.0 - 1.0).abs() < 1e-9, "{:?}", due.demand);
    }
    let forever = Hints { fresh_for: Some(Duration::MAX), ..Hints::default() };
    assert!(of(forever).0 <= 396);
}

#[test]
fn a_poll_is_moved_out_of_the_hours_to_be_skipped() {
    let mut hints = Hints::default();
    // The poll is at 13:46 on a Monday; half an hour later it is 14.
    hints.skips.skip_hour("14");
    let (_, due) = wait(&schedule(10, 0), Outcome::NewItems, hints);
    assert_eq!(due.at.to_rfc3339(), "1970-01-12T15:00:00+00:00");
    assert!(due.because.contains("skipHours"), "{}", due.because);
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
    assert!((29..=30).contains(&minutes(&retired, Outcome::NewItems)));
}

proptest! {
    #[test]
    fn the_wait_stays_within_its_bounds(
        draw in 0.0..1.0_f64,
        interval in 0..1_000_000_u64,
        failures in 0..u32::MAX,
        outcome in (0..=17_i32).prop_map(|number| Outcome::try_from(number).unwrap()),
        asked in prop::option::of(0..u64::MAX),
        price in 0..10_000_u64,
    ) {
        let previous = Schedule { interval: Duration::from_secs(interval), ..schedule(0, failures) };
        let now = now();
        let asked = asked.map(Duration::from_secs);
        let hints = Hints { retry_after: asked, fresh_for: asked, ttl: asked, update_period: asked, ..Hints::default() };
        let due = next_due(&DueInput { draw, price: price_of(price), ..input(&previous, outcome, hints) });
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
        let due = next_due(&DueInput { draw, ..input(&previous, Outcome::NewItems, Hints::default()) });
        let now = now();
        let wait = (due.at - now).to_std().unwrap();
        prop_assert!(wait >= due.interval.mul_f64(0.9) && wait <= due.interval.mul_f64(1.1));
    }
}

#[test]
fn a_feed_that_was_followed_is_due_as_if_all_its_polls_were_stored() {
    let at = |minutes: i64| now() + TimeDelta::minutes(minutes);
    let due = |stored: &Schedule, until: i64| presumably_due(stored, at(until), TimeDelta::hours(1));
    let stored = Schedule { last_polled: Some(at(-50)), next_due: at(-35), ..schedule(15, 0) };
    assert_eq!(due(&stored, -21), at(-20), "polled 35 minutes ago, and the follower was gone by then");
    assert_eq!(due(&stored, -6), at(-5), "polled 35 and 20 minutes ago");
    assert_eq!(due(&stored, -5), at(10), "what was due in the very moment is taken as done");
    assert_eq!(due(&stored, 30), at(10), "a poll in ten minutes would be stored, an hour after the last");
    assert_eq!(due(&stored, -40), at(-35), "it was not due any more");

    let failing = Schedule { failures: 1, ..stored.clone() };
    assert_eq!(due(&failing, -1), at(-35), "a further failure would be stored");
    let rare = Schedule { last_polled: Some(at(-180)), next_due: at(-60), ..schedule(120, 0) };
    assert_eq!(due(&rare, -1), at(-60), "so would each poll of one that is rarely polled");
    let never = Schedule { last_polled: None, ..stored.clone() };
    assert_eq!(due(&never, -1), at(-35));
    let odd = Schedule { last_polled: Some(at(10)), ..stored };
    assert_eq!(due(&odd, -1), at(-35), "a clock that was set back");
}
