//! States of feeds that were polled before: every feed is read once by the bench itself, by the parser and the comparison of the poller, and
//! its schedule and seen items are written as the poller writes them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
    mpsc,
};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use e2e::{
    topics::{Isolation, Record},
    web::Web,
    world::World,
};
use feed_core::{
    parse::{ParseContext, parse},
    revise::{Extent, SeenLimits, Window, compare},
};
use news_model::{ContentHash, Doubt, FeedId, Rhythm, Schedule, Seen, StateKey, partition_of, wire};
use prost::Message as _;
use reqwest::{Client, header};
use service_kit::clock;

use crate::bare::{self, Bare, Outgoing};

/// Polls that are due at different times.
const SLOTS: u16 = 50_000;
/// Requests of the bench itself under way at a time.
const READERS: usize = 64;

/// What a poller knows of a feed.
pub(crate) struct Known {
    feed: FeedId,
    partition: i32,
    schedule: Schedule,
    /// Encoded.
    seen: Vec<u8>,
}

/// Reads every feed, to be polled at `interval`.
///
/// # Errors
/// When one cannot be read.
pub(crate) fn read_feeds(world: &World, web: &Web, interval: TimeDelta) -> Result<Vec<Known>> {
    let feeds: Arc<[Record]> = world.read("feeds.v1", Isolation::Committed)?.into();
    let client = e2e::web::client(web.addr())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (next, began) = (Arc::new(AtomicUsize::new(0)), clock::now());
    let (sender, found) = mpsc::sync_channel(feeds.len());
    for _ in 0..READERS {
        let (feeds, client, next, sender) = (feeds.clone(), client.clone(), next.clone(), sender.clone());
        runtime.spawn(async move {
            while let Some(feed) = feeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                if sender.send(known(&client, feed, interval, began).await).is_err() {
                    break;
                }
            }
        });
    }
    drop(sender);
    let known: Vec<_> = found.into_iter().collect::<Result<_>>()?;
    ensure!(known.len() == feeds.len(), "{} of {} feeds were read", known.len(), feeds.len());
    Ok(known)
}

/// Writes what a poller would know of every feed, the first due at `first_due` and the last after `spread`; gives the bytes.
///
/// # Errors
/// When the broker does not take a record.
pub(crate) fn write_states(
    world: &World,
    known: Vec<Known>,
    first_due: DateTime<Utc>,
    spread: TimeDelta,
) -> Result<usize> {
    let bare = Bare::connect(world.brokers())?;
    let topic = world.topic("feed-state.v1");
    let mut bytes = 0;
    for known in known {
        bytes += known.send(&bare, &topic, (first_due, spread))?;
    }
    bare.wait_delivered()?;
    Ok(bytes)
}

/// What a poller knows of a feed after it has read it for the first time, and long enough after to trust its 304s.
async fn known(client: &Client, record: &Record, interval: TimeDelta, began: DateTime<Utc>) -> Result<Known> {
    let feed: FeedId = record.key_text()?.parse()?;
    let url = record.decoded::<wire::Feed>()?.url;
    // As many connections as hosts would be left open otherwise.
    let request = client.get(&url).header(header::CONNECTION, "close");
    let answer = request.send().await?.error_for_status()?;
    let etag = answer.headers().get(header::ETAG).context("a feed without ETag")?.as_bytes().to_vec();
    let body = answer.bytes().await?;
    let base_url = url.parse()?;
    let context = ParseContext { feed: &feed, base_url: &base_url, content_type: None, now: began };
    let read = parse(&body, &context)?;
    let window = Window { items: read.items, extent: Extent::Whole };
    let seen = compare(&Seen::default(), window, &SeenLimits::default()).seen;
    let schedule = Schedule {
        configured_url: url,
        etag: Bytes::from(etag),
        interval: interval.to_std()?,
        last_polled: Some(began),
        last_success: Some(began),
        last_full: Some(began),
        rhythm: Some(Box::new(Rhythm::unknown(began))),
        last_new: Some(began),
        body_hash: Some(ContentHash::of_body(&body)),
        doubt: Doubt::of_level(0),
        ..Schedule::default()
    };
    let seen = seen.to_wire(&feed).encode_to_vec();
    Ok(Known { feed, partition: record.partition, schedule, seen })
}

impl Known {
    /// Hands both records over, with a time of the next poll from `first_due` on and within `spread`; gives their bytes.
    fn send(self, bare: &Bare, topic: &str, (first_due, spread): (DateTime<Utc>, TimeDelta)) -> Result<usize> {
        let slot = partition_of(self.feed.as_str().as_bytes(), SLOTS);
        let next_due = first_due + spread * slot / i32::from(SLOTS);
        let schedule = Schedule { next_due, ..self.schedule }.to_wire(&self.feed).encode_to_vec();
        let records = [(StateKey::Schedule(self.feed.clone()), &schedule), (StateKey::Seen(self.feed), &self.seen)];
        for (key, value) in records {
            bare.send(Outgoing {
                topic,
                partition: self.partition,
                key: key.to_string().as_bytes(),
                value: Some(value),
                headers: bare::headers([].into_iter()),
            })?;
        }
        Ok(schedule.len() + self.seen.len())
    }
}
