//! An embedded cluster, an enricher on it, and a reader of what comes out.

use std::time::{Duration, Instant};

use bytes::Bytes;
use enricher::{Enricher, EnricherError, RawEnricher, Settings};
use event_log::{
    Cluster, EmbeddedCluster, FollowFrom, InRecord, Member, OutRecord, Topic, TopicNames, TopicPlan, follow, publish,
    snapshot,
};
use news_model::{
    Envelope, EventKind, FeedId, FetchId, ItemId, TraceContext, partition_of,
    wire::{Item, ItemEvent},
};
use prometheus::Registry;
use prost::Message;
use service_kit::{
    admin::{Liveness, Readiness},
    config::{Sources, load},
};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Joining the embedded cluster's group takes some seconds; nothing here takes this long.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

const PARTITIONS: u16 = 3;

/// A cluster of its own for each test.
pub(crate) struct World {
    pub(crate) names: TopicNames,
    embedded: EmbeddedCluster,
}

/// An enricher at work.
pub(crate) struct Running {
    pub(crate) stop: CancellationToken,
    pub(crate) readiness: Readiness,
    pub(crate) registry: Registry,
    task: JoinHandle<Result<(), EnricherError>>,
}

impl World {
    pub(crate) fn new() -> Self {
        let names = TopicNames::new("test.");
        let plan = TopicPlan { feed_partitions: 1, item_partitions: PARTITIONS, log_partitions: 2, replication: 1 };
        let embedded = EmbeddedCluster::start(&names, plan).unwrap();
        Self { names, embedded }
    }

    pub(crate) fn cluster(&self) -> &Cluster {
        self.embedded.cluster()
    }

    pub(crate) fn enricher(&self, overrides: &[&str]) -> Running {
        start(self.cluster().clone(), self.names.clone(), overrides)
    }

    pub(crate) fn publish(&self, records: &[OutRecord]) {
        publish(self.cluster(), &self.names, records, PATIENCE).unwrap();
    }

    /// The first `count` records of `topic`, as they come.
    pub(crate) async fn wait_for(&self, topic: Topic, count: usize) -> Vec<InRecord> {
        let (cluster, name) = (self.cluster().clone(), self.names.of(topic).to_owned());
        let reading = tokio::task::spawn_blocking(move || {
            let deadline = Instant::now() + PATIENCE;
            let follower = follow(&cluster, &name, FollowFrom::Beginning, PATIENCE).unwrap();
            let mut records = Vec::new();
            while records.len() < count {
                assert!(Instant::now() < deadline, "{} of {count} records in {name}", records.len());
                records.extend(follower.next(Duration::from_millis(100)).unwrap());
            }
            records
        });
        reading.await.unwrap()
    }

    /// Every record of `topic` as it stands.
    pub(crate) fn all(&self, topic: Topic) -> Vec<InRecord> {
        let mut records = Vec::new();
        snapshot(self.cluster(), self.names.of(topic), PATIENCE, |record| {
            records.push(record);
        })
        .unwrap();
        records
    }
}

impl Running {
    /// How it ended.
    pub(crate) async fn ended(self) -> Result<(), EnricherError> {
        tokio::time::timeout(PATIENCE, self.task).await.unwrap().unwrap()
    }
}

/// What `/metrics` would show.
pub(crate) fn metrics(registry: &Registry) -> String {
    prometheus::TextEncoder::new().encode_to_string(&registry.gather()).unwrap()
}

/// Starts an enricher with `overrides` of its configuration.
pub(crate) fn start(cluster: Cluster, names: TopicNames, overrides: &[&str]) -> Running {
    start_with(cluster, names, overrides, |_| ())
}

/// Starts an enricher with `overrides` of its configuration and `changes` to the rest.
pub(crate) fn start_with(
    cluster: Cluster,
    names: TopicNames,
    overrides: &[&str],
    changes: impl FnOnce(&mut Enricher),
) -> Running {
    let (stop, readiness, registry) = (CancellationToken::new(), Readiness::new(), Registry::new());
    let mut enricher = Enricher {
        member: Member {
            cluster,
            names,
            group: "test.enricher".into(),
            transactional_id: "test.enricher.1".into(),
            session_timeout: Duration::from_secs(6),
            transaction_timeout: Duration::from_secs(10),
        },
        drain_grace: Duration::from_secs(20),
        settings: settings(overrides),
        registry: registry.clone(),
        ready: readiness.latch("enricher"),
        liveness: Liveness::new(),
    };
    changes(&mut enricher);
    let task = tokio::spawn(enricher.run(stop.clone()));
    Running { stop, readiness, registry, task }
}

fn settings(overrides: &[&str]) -> Settings {
    let sources = overrides.iter().fold(Sources::new(), |sources, text| sources.set(text));
    let (raw, mut check) = load::<Raw>(&sources).into_check();
    let settings = Settings::check(&raw.enricher, &mut check);
    check.finish(settings).unwrap()
}

#[derive(Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Raw {
    enricher: RawEnricher,
}

/// Id of the test item of this number.
pub(crate) fn item_id(number: u32) -> String {
    let feed: FeedId = "harbourpost".parse().unwrap();
    ItemId::of_identity(&feed, "guid", &number.to_string()).to_string()
}

/// An item event as the poller writes it.
pub(crate) fn item(number: u32, revision: u32) -> OutRecord {
    let id = item_id(number);
    let event = ItemEvent {
        version: 1,
        kind: 1,
        item: Some(Item {
            id: id.clone(),
            title: format!("Report {number} from Canada"),
            content: "Officials in Kabul and Tirana agreed.".into(),
            ..Item::default()
        }),
        revision,
        ..ItemEvent::default()
    };
    of_value(&id, event.encode_to_vec())
}

/// A record of the items topic with this value.
pub(crate) fn of_value(key: &str, value: Vec<u8>) -> OutRecord {
    let envelope = Envelope {
        id: key.to_owned(),
        kind: EventKind::ItemPublished,
        source: "/feeds/harbourpost".into(),
        time: service_kit::clock::now(),
        trace: TraceContext::Poll(FetchId::from_random([7; 16])),
    };
    let partition = partition_of(key.as_bytes(), PARTITIONS);
    OutRecord::new(Topic::Items, partition, key.to_owned(), Some(Bytes::from(value)), &envelope)
}
