//! The record of a poll.

use std::mem;

use chrono::{DateTime, Utc};
use feed_core::{due::Due, identity::Guids, parse::Reading as BodyReading};
use news_model::{WIRE_VERSION, to_timestamp, wire};

use super::{Chance, Filled, Reading};
use crate::{fetch::Fetched, table::Job};

/// What is told of a poll, texts that nobody else needs moved into it; its changes are still to be counted.
pub(super) fn fetch_record(
    job: &Job,
    fetched: &Fetched,
    reading: &mut Reading,
    due: &mut Due,
    chance: Chance,
) -> wire::Fetch {
    let answered = fetched.result.as_ref().ok();
    let final_url = if fetched.redirects.is_empty() { String::new() } else { fetched.final_url.to_string() };
    let identity = match reading.news.as_ref().map(|news| news.guids) {
        None => wire::ItemIdentity::Unspecified,
        Some(Guids::Telling) => wire::ItemIdentity::Guid,
        Some(Guids::Idle) => wire::ItemIdentity::Link,
    };
    wire::Fetch {
        version: WIRE_VERSION,
        id: chance.fetch.to_string(),
        feed_id: job.feed.id.as_str().to_owned(),
        outcome: i32::from(reading.outcome),
        detail: mem::take(&mut reading.detail),
        reason: i32::from(job.reason),
        due_at: Some(to_timestamp(job.due_at)),
        started_at: Some(to_timestamp(fetched.started_at)),
        duration_ms: u32::try_from(fetched.took.as_millis()).unwrap_or(u32::MAX),
        url: job.url().as_str().to_owned(),
        final_url,
        redirects: fetched.redirects.clone(),
        status: answered.map_or(0, |answered| u32::from(answered.status)),
        conditional: fetched.conditional,
        body_bytes: answered.map_or(0, |answered| u64::try_from(answered.body.len()).unwrap_or(u64::MAX)),
        items: u32::try_from(reading.items).unwrap_or(u32::MAX),
        published: 0,
        revised: 0,
        next_due: Some(to_timestamp(due.at)),
        next_due_because: mem::take(&mut due.because),
        wire_bytes: answered.map_or(0, |answered| u64::try_from(answered.wire_bytes).unwrap_or(u64::MAX)),
        validator_check: 0,
        delta: reading.delta,
        next_url: String::new(),
        gap: reading.filled.as_ref().map(gap_record),
        withdrawn: 0,
        restored: 0,
        identity: i32::from(identity),
        reading: i32::from(reading.body.map_or(wire::BodyReading::Unspecified, |body| reading_of(body.reading))),
        format: reading.body.map_or_else(String::new, |body| body.format.as_str().to_owned()),
        charset: reading.body.map_or_else(String::new, |body| body.charset.to_owned()),
        sitemaps: reading.sitemaps_read,
    }
}

fn reading_of(reading: BodyReading) -> wire::BodyReading {
    match reading {
        BodyReading::Standard => wire::BodyReading::Standard,
        BodyReading::Lenient => wire::BodyReading::Lenient,
        BodyReading::Repaired => wire::BodyReading::Repaired,
    }
}

fn gap_record(filled: &Filled) -> wire::Gap {
    let count = |many: usize| u32::try_from(many).unwrap_or(u32::MAX);
    let time = |at: DateTime<Utc>| Some(to_timestamp(at));
    wire::Gap {
        since: time(filled.gap.since),
        until: time(filled.gap.until),
        came_at_least: count(filled.gap.came_at_least),
        missed_at_least: count(filled.gap.missed_at_least),
        missed_expected: 0.0,
        pages: filled.pages,
        backfilled: count(filled.backfilled),
        closed: filled.closed,
    }
}
