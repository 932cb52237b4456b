//! Hours and days at which a publisher wants not to be asked (RSS 2.0, `skipHours` and `skipDays`, both in GMT).

use std::time::Duration;

use chrono::{DateTime, Datelike, TimeDelta, Timelike, Utc};

/// Hours and days to be skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skips {
    /// A bit for each hour of the day, from midnight.
    hours: u32,
    /// A bit for each day of the week, from Monday.
    days: u8,
}

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl Skips {
    /// Notes an hour, from 0 to 24, where 24 is midnight as 0 is; anything else says nothing.
    pub fn skip_hour(&mut self, text: &str) {
        if let Ok(hour) = text.trim().parse::<u32>()
            && hour <= 24
        {
            self.hours |= 1 << (hour % 24);
        }
    }

    /// Notes a day by its English name; anything else says nothing.
    pub fn skip_day(&mut self, text: &str) {
        if let Some(day) = DAYS.iter().position(|day| text.trim().eq_ignore_ascii_case(day)) {
            self.days |= 1 << day;
        }
    }

    /// Whether nothing is to be skipped.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// The first moment from `planned` on that is not to be skipped, no more than `longest` later.
    ///
    /// A publisher that wants to be skipped always is taken for one that made a mistake.
    #[must_use]
    pub fn next_open(self, planned: DateTime<Utc>, longest: Duration) -> DateTime<Utc> {
        const HOURS_OF_WEEK: i32 = 168;
        if !self.skips(planned) {
            return planned;
        }
        let into_hour = TimeDelta::seconds((planned.minute() * 60 + planned.second()).into());
        let Some(hour) = planned.checked_sub_signed(into_hour) else { return planned };
        let mut later = (1..=HOURS_OF_WEEK).filter_map(|hours| hour.checked_add_signed(TimeDelta::hours(hours.into())));
        let Some(open) = later.find(|time| !self.skips(*time)) else { return planned };
        let latest = TimeDelta::from_std(longest).ok().and_then(|longest| planned.checked_add_signed(longest));
        open.min(latest.unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    fn skips(self, time: DateTime<Utc>) -> bool {
        let day = time.weekday().num_days_from_monday();
        self.hours & (1 << time.hour()) != 0 || self.days & (1 << day) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEK: Duration = Duration::from_hours(168);

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_in_a_skipped_hour_moves_to_the_next_open_one() {
        let mut skips = Skips::default();
        for hour in ["23", "24", " 1 ", "25", "-1", "noon"] {
            skips.skip_hour(hour);
        }
        assert_eq!(skips.next_open(time("2027-01-15T22:59:59Z"), WEEK), time("2027-01-15T22:59:59Z"));
        assert_eq!(skips.next_open(time("2027-01-15T23:10:05Z"), WEEK), time("2027-01-16T02:00:00Z"));
    }

    #[test]
    fn days_are_skipped_by_name_and_bounded_by_the_longest_wait() {
        let mut skips = Skips::default();
        skips.skip_day("Saturday");
        skips.skip_day("SUNDAY");
        skips.skip_day("holiday");
        // 2027-01-16 is a Saturday.
        assert_eq!(skips.next_open(time("2027-01-16T10:30:00Z"), WEEK), time("2027-01-18T00:00:00Z"));
        let day = Duration::from_hours(24);
        assert_eq!(skips.next_open(time("2027-01-16T10:30:00Z"), day), time("2027-01-17T10:30:00Z"));
    }

    #[test]
    fn who_skips_always_is_asked_all_the_same() {
        let mut skips = Skips::default();
        for hour in 0..24 {
            skips.skip_hour(&hour.to_string());
        }
        assert!(!skips.is_empty());
        assert_eq!(skips.next_open(time("2027-01-15T22:00:00Z"), WEEK), time("2027-01-15T22:00:00Z"));
    }
}
