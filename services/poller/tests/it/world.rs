//! An embedded cluster, a newsroom, a poller between them, and a reader of what comes out.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use bytes::Bytes;
use event_log::{
    Cluster, EmbeddedCluster, FollowFrom, InRecord, Member, OutRecord, Topic, TopicNames, TopicPlan, follow, publish,
    snapshot,
};
use news_model::{
    Envelope, EventKind, Feed, FeedId, FetchId, TraceContext, feed_url, partition_of,
    wire::{Fetch, ItemEvent},
};
use newsroom::{Newsroom, Options, Publication, ServedItem};
use poller::{Poller, PollerError, RawPoller, Settings};
use prometheus::Registry;
use prost::Message;
use service_kit::{
    admin::{Liveness, Readiness},
    clock,
    config::{Sources, load},
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Joining the embedded cluster's group takes some seconds; nothing here takes this long.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) const FEED_PARTITIONS: u16 = 4;
const ITEM_PARTITIONS: u16 = 3;
const LOG_PARTITIONS: u16 = 2;

/// A cluster and a newsroom of its own for each test.
pub(crate) struct World {
    pub(crate) names: TopicNames,
    pub(crate) newsroom: Newsroom,
    embedded: EmbeddedCluster,
}

/// A poller at work.
pub(crate) struct Running {
    pub(crate) stop: CancellationToken,
    pub(crate) readiness: Readiness,
    pub(crate) registry: Registry,
    task: JoinHandle<Result<(), PollerError>>,
}

impl World {
    /// With the bundled newsroom.
    pub(crate) async fn bundled() -> Self {
        Self::of(Options::default()).await
    }

    /// With a newsroom that serves what is put up in it.
    pub(crate) async fn blank() -> Self {
        Self::of(Options { bundled: false, ..Options::default() }).await
    }

    async fn of(options: Options) -> Self {
        let names = TopicNames::new("test.");
        let plan = TopicPlan {
            feed_partitions: FEED_PARTITIONS,
            item_partitions: ITEM_PARTITIONS,
            log_partitions: LOG_PARTITIONS,
            replication: 1,
        };
        let embedded = EmbeddedCluster::start(&names, plan).unwrap();
        Self { names, newsroom: Newsroom::start(options).await.unwrap(), embedded }
    }

    pub(crate) fn cluster(&self) -> &Cluster {
        self.embedded.cluster()
    }

    /// Starts a poller that asks the newsroom, with `overrides` of its configuration.
    pub(crate) fn poller(&self, overrides: &[&str]) -> Running {
        self.poller_with(overrides, |_| ())
    }

    pub(crate) fn poller_with(&self, overrides: &[&str], changes: impl FnOnce(&mut Poller)) -> Running {
        let hosts = BTreeMap::from([("*.example".to_owned(), self.newsroom.addr().to_string())]);
        start(self.cluster().clone(), &self.names, (overrides, hosts), changes)
    }

    pub(crate) fn publish(&self, records: &[OutRecord]) {
        publish(self.cluster(), &self.names, records, PATIENCE).unwrap();
    }

    /// Puts a feed of these items up in the newsroom; a later call under the same address puts up its next edition.
    pub(crate) fn put_up(&self, url: &str, items: &[(&str, &str)]) {
        let lines = items.iter().map(|(guid, title)| {
            format!("<item><guid isPermaLink=\"false\">{guid}</guid><title>{title}</title></item>")
        });
        let body = format!("<rss version=\"2.0\"><channel>{}</channel></rss>", lines.collect::<String>());
        self.newsroom.publish(Publication::new(url, "application/rss+xml", body)).unwrap();
    }

    /// Follows `topic` from its start until `enough` says so; asked after each record.
    pub(crate) async fn wait_until(
        &self,
        topic: Topic,
        enough: impl Fn(&[InRecord]) -> bool + Send + 'static,
    ) -> Vec<InRecord> {
        let (cluster, name) = (self.cluster().clone(), self.names.of(topic).to_owned());
        let reading = tokio::task::spawn_blocking(move || {
            let deadline = Instant::now() + PATIENCE;
            let follower = follow(&cluster, &name, FollowFrom::Beginning, PATIENCE).unwrap();
            let mut records = Vec::new();
            while !enough(&records) {
                assert!(Instant::now() < deadline, "waited in vain, with {} records in {name}", records.len());
                records.extend(follower.next(Duration::from_millis(100)).unwrap());
            }
            records
        });
        reading.await.unwrap()
    }

    /// The first fetch record of `feed` that `matches`.
    pub(crate) async fn fetch_of(&self, feed: &Feed, matches: impl Fn(&Fetch) -> bool + Send + 'static) -> Fetch {
        let id = feed.id.to_string();
        let enough = move |records: &[InRecord]| {
            records.last().map(fetch).is_some_and(|fetch| fetch.feed_id == id && matches(&fetch))
        };
        let records = self.wait_until(Topic::Fetches, enough).await;
        fetch(records.last().unwrap())
    }

    /// Every record of `topic` as it stands.
    pub(crate) fn all(&self, topic: Topic) -> Vec<InRecord> {
        let mut records = Vec::new();
        snapshot(self.cluster(), self.names.of(topic), PATIENCE, |record| records.push(record)).unwrap();
        records
    }

    /// Every published item with its revision, sorted.
    pub(crate) fn stories(&self) -> Vec<ServedItem> {
        let mut stories: Vec<_> = self.all(Topic::Items).iter().map(story).collect();
        stories.sort();
        stories
    }
}

impl Running {
    /// Stops it and expects a clean end.
    pub(crate) async fn stopped(self) {
        self.stop.cancel();
        self.ended().await.unwrap();
    }

    /// How it ended.
    pub(crate) async fn ended(self) -> Result<(), PollerError> {
        tokio::time::timeout(PATIENCE, self.task).await.unwrap().unwrap()
    }

    /// What `/metrics` would show.
    pub(crate) fn metrics(&self) -> String {
        prometheus::TextEncoder::new().encode_to_string(&self.registry.gather()).unwrap()
    }

    /// Looks at the metrics until they hold `line`.
    pub(crate) async fn wait_for_metric(&self, line: &str) {
        self.wait_for_metrics(line, |metrics| metrics.contains(line)).await;
    }

    /// Looks at the metrics until they show `what`, as `enough` says.
    pub(crate) async fn wait_for_metrics(&self, what: &str, enough: impl Fn(&str) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !enough(&self.metrics()) {
            assert!(Instant::now() < deadline, "no {what} in {}", self.metrics());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// Starts a poller with `overrides` of its configuration, overridden hosts and `changes` to the rest.
pub(crate) fn start(
    cluster: Cluster,
    names: &TopicNames,
    (overrides, hosts): (&[&str], BTreeMap<String, String>),
    changes: impl FnOnce(&mut Poller),
) -> Running {
    let (stop, readiness, registry) = (CancellationToken::new(), Readiness::new(), Registry::new());
    let mut poller = Poller {
        member: Member {
            cluster,
            names: names.clone(),
            group: "test.poller".into(),
            transactional_id: "test.poller.1".into(),
            session_timeout: Duration::from_secs(6),
            transaction_timeout: Duration::from_secs(10),
        },
        drain_grace: Duration::from_secs(20),
        settings: settings(overrides, hosts),
        registry: registry.clone(),
        ready: readiness.latch("poller"),
        restored: readiness.latch("poller.restore"),
        liveness: Liveness::new(),
        // No poll is a check of 304s, which would come without validators.
        draw: || 0.5,
    };
    changes(&mut poller);
    let task = tokio::spawn(poller.run(stop.clone()));
    Running { stop, readiness, registry, task }
}

fn settings(overrides: &[&str], hosts: BTreeMap<String, String>) -> Settings {
    let usual = ["poller.poll.ramp=0s", "poller.poll.per_site_spacing=0s", "poller.commit.interval=50ms"];
    let all = usual.iter().chain(overrides);
    let sources = all.fold(Sources::new(), |sources, text| sources.set(text));
    let (mut raw, mut check) = load::<Raw>(&sources).into_check();
    raw.poller.fetch.hosts.extend(hosts);
    let settings = Settings::check(&raw.poller, &mut check);
    check.finish(settings).unwrap()
}

#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Raw {
    poller: RawPoller,
}

/// A feed for `url`.
pub(crate) fn feed(url: &str) -> Feed {
    Feed::of_url(feed_url(url).unwrap(), clock::now())
}

/// The catalogue's record of a feed.
pub(crate) fn added(feed: &Feed) -> OutRecord {
    of_feeds(feed, Some(feed.to_wire().encode_to_vec()))
}

/// The catalogue's tombstone of a feed.
pub(crate) fn removed(feed: &Feed) -> OutRecord {
    of_feeds(feed, None)
}

/// A record of the catalogue under the key and in the place of `feed`.
pub(crate) fn of_feeds(feed: &Feed, value: Option<Vec<u8>>) -> OutRecord {
    record(Topic::Feeds, feed, feed.id.to_string(), value)
}

/// A record of `topic` in the partition of `feed`.
pub(crate) fn record(topic: Topic, feed: &Feed, key: String, value: Option<Vec<u8>>) -> OutRecord {
    let envelope = Envelope {
        id: key.clone(),
        kind: EventKind::Feed,
        source: "/test".into(),
        time: clock::now(),
        trace: TraceContext::Poll(FetchId::from_random([3; 16])),
    };
    OutRecord::new(topic, place(feed), key, value.map(Bytes::from), &envelope)
}

/// Where the records of a feed lie.
pub(crate) fn place(feed: &Feed) -> i32 {
    partition_of(feed.shard_key.as_str().as_bytes(), FEED_PARTITIONS)
}

/// Keys of both state records of a feed.
pub(crate) fn state_keys(id: &FeedId) -> [String; 2] {
    [format!("{id}/schedule"), format!("{id}/seen")]
}

pub(crate) fn fetch(record: &InRecord) -> Fetch {
    Fetch::decode(record.value.clone().unwrap()).unwrap()
}

pub(crate) fn item_event(record: &InRecord) -> ItemEvent {
    ItemEvent::decode(record.value.clone().unwrap()).unwrap()
}

/// The story of an item record, as the newsroom's log tells it.
pub(crate) fn story(record: &InRecord) -> ServedItem {
    let event = item_event(record);
    let item = event.item.unwrap();
    let key = if item.guid.is_empty() { item.url } else { item.guid };
    ServedItem { key, title: item.title, revision: event.revision }
}
