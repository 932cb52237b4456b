use chrono::Datelike;
use proptest::prelude::*;

use super::*;

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A Wednesday.
fn noon() -> DateTime<Utc> {
    time("2027-01-13T12:00:00Z")
}

fn minutes(count: i64) -> TimeDelta {
    TimeDelta::minutes(count)
}

/// A feed that is read every half hour for `days`, up to noon, with an item at each of the times for which `comes` is true.
fn watched_for(days: i64, dated: bool, comes: impl Fn(DateTime<Utc>) -> bool) -> Rhythm {
    let mut rhythm = Rhythm::unknown(noon() - TimeDelta::days(days));
    for step in (0..days * 48).rev() {
        let now = noon() - minutes(step * 30);
        let date = now - minutes(10);
        let new: Vec<_> = comes(date).then_some(dated.then_some(date)).into_iter().collect();
        rhythm = observe(&rhythm, &new, now);
    }
    rhythm
}

fn daily(rhythm: &Rhythm, at: DateTime<Utc>) -> f64 {
    Forecast::new(rhythm, noon()).rate(at) * DAY
}

#[test]
fn a_steady_feed_is_known_by_its_rate() {
    for dated in [true, false] {
        // Every other hour.
        let rhythm = watched_for(30, dated, |date| date.minute() < 30 && date.hour() % 2 == 0);
        let expected = daily(&rhythm, noon());
        assert!((10.0..14.0).contains(&expected), "{expected}");
    }
}

#[test]
fn the_hours_of_a_feed_are_learnt() {
    let rhythm = watched_for(30, true, |date| (8..12).contains(&date.hour()));
    let (morning, night) =
        (daily(&rhythm, noon() + TimeDelta::hours(22)), daily(&rhythm, noon() + TimeDelta::hours(14)));
    assert!(morning > 8.0 * night, "{morning} {night}");
}

#[test]
fn a_free_weekend_is_learnt() {
    let is_weekday = |date: DateTime<Utc>| chrono::Datelike::weekday(&date).num_days_from_monday() < 5;
    let rhythm = watched_for(40, true, |date| date.minute() < 30 && is_weekday(date));
    let (thursday, sunday) = (daily(&rhythm, noon() + TimeDelta::days(1)), daily(&rhythm, noon() + TimeDelta::days(4)));
    assert!(thursday > 4.0 * sunday, "{thursday} {sunday}");
}

#[test]
fn a_burst_is_followed_within_the_hour_and_forgotten_within_a_day() {
    let quiet = watched_for(30, true, |date| date.hour() == 6 && date.minute() < 30);
    let before = daily(&quiet, noon());
    let date = Some(noon() + minutes(20));
    let burst = observe(&quiet, &[date; 6], noon() + minutes(30));
    let rate = |after: i64| Forecast::new(&burst, noon() + minutes(30)).rate(noon() + minutes(after)) * DAY;
    assert!(rate(30) > 5.0 * before, "{} {before}", rate(30));
    assert!(rate(30 + 24 * 60) < 0.2 * rate(30), "{}", rate(30 + 24 * 60));
}

#[test]
fn a_feed_that_falls_silent_is_given_up_step_by_step() {
    let busy = watched_for(30, true, |date| date.minute() < 30);
    let mut rates = vec![daily(&busy, noon())];
    let mut rhythm = busy;
    for day in 1..=6 {
        for step in 1..=12 {
            rhythm = observe(&rhythm, &[], noon() + TimeDelta::days(day - 1) + TimeDelta::hours(step * 2));
        }
        rates.push(Forecast::new(&rhythm, noon() + TimeDelta::days(day)).rate(noon() + TimeDelta::days(day)) * DAY);
    }
    assert!(rates.is_sorted_by(|a, b| a > b), "{rates:?}");
    assert!(rates[1] < 0.4 * rates[0] && rates[6] < 0.1 * rates[0], "{rates:?}");
}

#[test]
fn the_first_reading_tells_the_rate_by_its_dates() {
    let hourly: Vec<_> = (0..20).map(|hours| Some(noon() - TimeDelta::hours(hours))).collect();
    assert!((18.0..30.0).contains(&daily(&begin(&hourly, noon()), noon())));
    let weekly: Vec<_> = (0..10).map(|weeks| Some(noon() - TimeDelta::days(3 + 7 * weeks))).collect();
    let all_week = Forecast::new(&begin(&weekly, noon()), noon()).mean_root().powi(2) * DAY;
    assert!(all_week < 0.3, "{all_week}");
}

#[test]
fn a_feed_that_ended_long_ago_is_known_to_be_silent() {
    let old: Vec<_> = (0..20).map(|hours| Some(noon() - TimeDelta::days(400) - TimeDelta::hours(hours))).collect();
    assert!(daily(&begin(&old, noon()), noon()) < 0.05);
}

#[test]
fn dates_that_tell_no_history_leave_what_is_expected_of_any_feed() {
    let made_now = vec![Some(noon() - minutes(5)); 30];
    let ahead = vec![Some(noon() + TimeDelta::days(5)); 30];
    for dates in [made_now, ahead, vec![None; 30], Vec::new()] {
        assert_eq!(begin(&dates, noon()), Rhythm::unknown(noon()));
    }
}

#[test]
fn the_mean_root_is_that_over_each_hour_of_a_week() {
    // Mornings of working days.
    let rhythm = watched_for(40, true, |date| date.weekday().num_days_from_monday() < 5 && date.hour() < 12);
    let season = Season::of(&rhythm);
    let roots = (0..168).map(|hours| season.at(noon() + TimeDelta::hours(hours)).sqrt());
    let mean = roots.sum::<f64>() / 168.0;
    assert!((season.mean_root() - mean).abs() < 1e-9, "{mean}");
    assert!(mean < 0.95, "{mean}");
}

#[test]
fn the_wait_is_the_one_at_which_delay_and_polls_cost_alike() {
    let forecast = Forecast::new(&Rhythm::unknown(noon()), noon());
    let rate = forecast.rate(noon());
    let price = 1_800.0_f64.powi(2) * rate / 2.0;
    let wait = forecast.wait(price, Duration::from_hours(2));
    assert!((wait.as_secs_f64() - 1_800.0).abs() < 1.0, "{wait:?}");
    assert_eq!(forecast.wait(price * 1e6, Duration::from_hours(2)), Duration::from_hours(2));
}

#[test]
fn a_clock_set_back_teaches_nothing() {
    let rhythm = watched_for(2, true, |_| true);
    assert_eq!(observe(&rhythm, &[None; 5], noon() - minutes(5)), rhythm);
}

#[test]
fn a_flood_overflows_nothing() {
    let dates = vec![Some(noon() + minutes(1)); 10_000];
    let rhythm = observe(&watched_for(1, true, |_| true), &dates, noon() + minutes(2));
    assert!(daily(&rhythm, noon() + minutes(2)).is_finite());
    assert!(rhythm.hours.iter().enumerate().all(|(hour, weight)| hour == 12 || *weight <= rhythm.hours[12]));
}

proptest! {
    #[test]
    fn rates_stay_positive_and_waits_bounded(
        steps in prop::collection::vec((1..20_000_i64, 0..40_usize, any::<bool>()), 0..60),
        price in 1e-6..1e9_f64,
    ) {
        let mut now = noon();
        let mut rhythm = Rhythm::unknown(now);
        for (minutes_on, count, dated) in steps {
            now += minutes(minutes_on);
            rhythm = observe(&rhythm, &vec![dated.then_some(now - minutes(1)); count], now);
        }
        prop_assert_eq!(Rhythm::unpack(&rhythm.pack()).map(|read| read.levels), Some(rhythm.levels));
        let forecast = Forecast::new(&rhythm, now);
        for hours in [0, 1, 30, 200] {
            let rate = forecast.rate(now + TimeDelta::hours(hours));
            prop_assert!(rate.is_finite() && rate > 0.0, "{}", rate);
        }
        prop_assert!(forecast.mean_root() > 0.0);
        prop_assert!(forecast.wait(price, Duration::from_hours(2)) <= Duration::from_hours(2));
    }
}
