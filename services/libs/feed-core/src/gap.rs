//! Stretches in which items may have come and gone unseen.
//!
//! A feed lists the newest of its items, so two bodies overlap unless more items came between them than it lists. One that shares no item with
//! what was known before leaves a gap: a stretch that nobody saw, from when the feed was last known to stand as remembered to the oldest item of the body.
//! None is left by a body that reaches back beyond that time by the dates of its items, as a feed of the last hours or days does that had none.

use chrono::{DateTime, TimeDelta, Utc};
use news_model::{Item, Rhythm, Schedule, Seen};

use crate::{
    revise::{Comparison, Extent, NewsKind},
    rhythm::Forecast,
};

/// How much later than its date an item may appear: publishers date items by the minute at which they were written.
pub const PUBLISHING_DELAY: TimeDelta = TimeDelta::minutes(15);

/// A stretch in which items may have come and gone unseen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// When the feed was last known to stand as it was remembered.
    pub since: DateTime<Utc>,
    /// Date of the oldest item of the body; where not all are dated, when it was read.
    pub until: DateTime<Utc>,
    /// Items that came since then at the least: those of the body, or as many as the feed listed before, since that many push those out.
    pub came_at_least: usize,
    /// Those of them that do not stand in the body, and so were missed.
    pub missed_at_least: usize,
}

/// What was known before a body.
#[derive(Clone, Copy, Debug)]
pub struct Before<'a> {
    /// Its items.
    pub seen: &'a Seen,
    /// When it was read.
    pub schedule: &'a Schedule,
}

/// The gap that a body of this extent leaves, compared as `news` at `now`.
#[must_use]
pub fn gap_of(before: Before<'_>, extent: Extent, news: &Comparison, now: DateTime<Utc>) -> Option<Gap> {
    if extent == Extent::Partial || news.known_in_window > 0 || news.new_in_window == 0 {
        return None;
    }
    let (last_full, last_success) = (before.schedule.last_full?, before.schedule.last_success?);
    let memory = before.seen.unpack();
    let held = memory.live.iter().filter(|item| !item.withdrawn).count();
    if held == 0 {
        return None;
    }
    let new = news.events.iter().filter(|event| event.kind == NewsKind::Published);
    let dates: Vec<_> = new.filter_map(|event| dated(&event.item, now)).collect();
    let oldest = dates.iter().min().copied().filter(|_| dates.len() == news.new_in_window);
    if oldest.is_some_and(|oldest| oldest <= last_full - PUBLISHING_DELAY) {
        return None;
    }
    // Items from before the last 304 show that it was false: then only the last body counts.
    let denied = dates.iter().any(|date| *date <= last_success - PUBLISHING_DELAY);
    let since = if denied { last_full } else { last_success };
    let came_at_least = held.max(news.new_in_window);
    Some(Gap {
        since,
        until: oldest.map_or(now, |oldest| oldest.max(since)),
        came_at_least,
        missed_at_least: came_at_least - news.new_in_window,
    })
}

impl Gap {
    /// Items that the stretch may have held, were they to come as of late by `rhythm`; never fewer than were missed for sure.
    ///
    /// No more than an estimate, and a low one of a feed that is always faster than its polls, whose rhythm is learnt from what is seen.
    #[must_use]
    pub fn missed_expected(&self, rhythm: Option<&Rhythm>) -> f64 {
        let least = f64::from(u32::try_from(self.missed_at_least).unwrap_or(u32::MAX));
        let unseen = (self.until - self.since).as_seconds_f64();
        rhythm.map_or(least, |rhythm| (Forecast::new(rhythm, self.until).rate(self.until) * unseen).max(least))
    }
}

fn dated(item: &Item, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    item.published_at.filter(|date| *date <= now)
}

#[cfg(test)]
mod tests;
