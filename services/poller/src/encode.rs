//! Turns outcomes into records: the wire form, the key, the place and the headers of each.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use event_log::{MAX_VALUE_BYTES, OutRecord, Topic};
use news_model::{
    Envelope, EventKind, FeedId, FetchId, Schedule, Seen, StateKey, TraceContext, fit_event, partition_of,
    wire::{self, ItemEventKind},
};
use prost::Message;

/// Partition counts of the topics that the poller writes to by key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places {
    pub(crate) items: u16,
    pub(crate) fetches: u16,
}

/// What all records of one poll share.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PollHeader<'a> {
    pub(crate) feed: &'a FeedId,
    pub(crate) fetch: FetchId,
    /// Partition of the feed's state.
    pub(crate) partition: i32,
    pub(crate) at: DateTime<Utc>,
}

impl PollHeader<'_> {
    fn envelope(&self, id: String, kind: EventKind) -> Envelope {
        Envelope {
            id,
            kind,
            source: format!("/feeds/{}", self.feed),
            time: self.at,
            trace: TraceContext::Poll(self.fetch),
        }
    }

    /// The record of an item event, trimmed to what a broker takes.
    pub(crate) fn item(&self, mut event: wire::ItemEvent, places: Places) -> OutRecord {
        let _ = fit_event(&mut event, MAX_VALUE_BYTES);
        let key = event.item.as_ref().map(|item| item.id.clone()).unwrap_or_default();
        let kind = match event.kind() {
            ItemEventKind::Unspecified | ItemEventKind::Published => EventKind::ItemPublished,
            ItemEventKind::Revised => EventKind::ItemRevised,
            ItemEventKind::Withdrawn => EventKind::ItemWithdrawn,
            ItemEventKind::Restored => EventKind::ItemRestored,
        };
        // A withdrawal and a restoration keep the number of their revision; the poll that saw them sets them apart.
        let id = match event.kind() {
            ItemEventKind::Unspecified | ItemEventKind::Published | ItemEventKind::Revised => {
                format!("{key}.{}", event.revision)
            }
            ItemEventKind::Withdrawn | ItemEventKind::Restored => format!("{key}.{}.{}", event.revision, self.fetch),
        };
        let envelope = self.envelope(id, kind);
        let partition = partition_of(key.as_bytes(), places.items);
        let value = Bytes::from(event.encode_to_vec());
        OutRecord::new(Topic::Items, partition, key, Some(value), &envelope)
    }

    /// The record of the poll itself.
    pub(crate) fn fetch(&self, fetch: &wire::Fetch, places: Places) -> OutRecord {
        let key = self.feed.as_str().to_owned();
        let envelope = self.envelope(fetch.id.clone(), EventKind::Fetch);
        let partition = partition_of(key.as_bytes(), places.fetches);
        let value = Bytes::from(fetch.encode_to_vec());
        OutRecord::new(Topic::Fetches, partition, key, Some(value), &envelope)
    }

    /// The record of the schedule.
    pub(crate) fn schedule(&self, schedule: &Schedule) -> OutRecord {
        let value = schedule.to_wire(self.feed).encode_to_vec();
        self.state(&StateKey::Schedule(self.feed.clone()), Some(value.into()))
    }

    /// The record of the seen items.
    pub(crate) fn seen(&self, seen: &Seen) -> OutRecord {
        let value = seen.to_wire(self.feed).encode_to_vec();
        self.state(&StateKey::Seen(self.feed.clone()), Some(value.into()))
    }

    fn state(&self, key: &StateKey, value: Option<Bytes>) -> OutRecord {
        let key = key.to_string();
        let envelope = self.envelope(format!("{key}@{}", self.fetch), EventKind::FeedState);
        OutRecord::new(Topic::FeedState, self.partition, key, value, &envelope)
    }
}

/// Tombstones for both records of a feed that is configured no more.
pub(crate) fn state_tombstones(feed: &FeedId, partition: i32, at: DateTime<Utc>) -> Vec<OutRecord> {
    let fetch = FetchId::from_random(rand::random());
    let header = PollHeader { feed, fetch, partition, at };
    let keys = [StateKey::Schedule(feed.clone()), StateKey::Seen(feed.clone())];
    keys.iter().map(|key| header.state(key, None)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(feed: &FeedId) -> PollHeader<'_> {
        PollHeader { feed, fetch: FetchId::from_random([1; 16]), partition: 5, at: DateTime::UNIX_EPOCH }
    }

    fn text(record: &OutRecord, name: &str) -> String {
        String::from_utf8(record.headers.value(name).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn all_revisions_of_an_item_lie_in_one_partition_and_differ_in_id() {
        let feed: FeedId = "a".parse().unwrap();
        let places = Places { items: 24, fetches: 6 };
        let event = |revision, title: &str| {
            let item = wire::Item { id: "00ff".into(), title: title.into(), ..wire::Item::default() };
            wire::ItemEvent { kind: 2, revision, item: Some(item), ..wire::ItemEvent::default() }
        };
        let first = header(&feed).item(event(1, "one"), places);
        let second = header(&feed).item(event(2, "two"), places);
        assert_eq!((first.partition, &first.key), (second.partition, &second.key));
        assert_eq!(text(&first, "ce_id"), "00ff.1");
        assert_eq!(text(&second, "ce_id"), "00ff.2");
        assert_eq!(text(&second, "ce_type"), "courant.news.v1.item.revised");
        assert_eq!(text(&first, "ce_source"), "/feeds/a");
    }

    #[test]
    fn both_state_records_lie_with_their_feed_and_are_removed_together() {
        let feed: FeedId = "a".parse().unwrap();
        let schedule = header(&feed).schedule(&Schedule::default());
        let seen = header(&feed).seen(&Seen::default());
        let tombstones = state_tombstones(&feed, 5, DateTime::UNIX_EPOCH);
        let place = |record: &OutRecord| (record.topic, record.partition, record.key.clone());
        assert_eq!(tombstones.iter().map(place).collect::<Vec<_>>(), [place(&schedule), place(&seen)]);
        assert!(tombstones.iter().all(|record| record.value.is_none()));
    }
}
