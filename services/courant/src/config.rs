//! The one configuration of all roles: what may be written, then what it means.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};

use clap::Args;
use enricher::RawEnricher;
use event_log::{Cluster, DEFAULT_PREFIX, Member, TopicNames, TopicPlan};
use news_model::DEFAULT_PARTITIONS;
use poller::RawPoller;
use serde::Deserialize;
use service_kit::{
    config::{Check, Faults, Sources, load},
    telemetry::{Log, RawLog},
};

/// Flags that set the configuration; they win over the environment (`COURANT_KAFKA__BROKERS`), which wins over the file.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ConfigArgs {
    /// Configuration file (TOML).
    #[arg(long, value_name = "FILE", global = true, env = "COURANT_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Kafka brokers, as `kafka.brokers`.
    #[arg(long, value_name = "HOST:PORT,…", global = true)]
    pub(crate) brokers: Option<String>,
    /// Address of the admin port (metrics and health), as `admin.listen`.
    #[arg(long, value_name = "ADDR:PORT", global = true)]
    pub(crate) admin_listen: Option<String>,
    /// Any key of the configuration, such as `poller.poll.min_interval=5m`.
    #[arg(long = "set", value_name = "KEY=VALUE", global = true)]
    pub(crate) set: Vec<String>,
}

/// What may be written.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct RawConfig {
    kafka: RawKafka,
    topics: RawTopics,
    admin: RawAdmin,
    shutdown: RawShutdown,
    log: RawLog,
    poller: RawPoller,
    enricher: RawEnricher,
}

/// What may be written under `kafka`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawKafka {
    /// Brokers to start from, `host:port`, comma separated. Default `localhost:9092`.
    brokers: String,
    /// Put before every topic name. Default `courant.`.
    topic_prefix: String,
    /// Put before every consumer group. Default `courant.`.
    group_prefix: String,
    /// Put before every transactional id; principals are allowed by it. Default `courant.`.
    transactional_id_prefix: String,
    /// A member that is silent this long loses its partitions. Shorter takes over sooner from a dead process and trips more easily over a
    /// slow one; brokers allow 6 s and more by default. At most `5m`, the longest pause between polls. Default `30s`.
    session_timeout: String,
    /// A transaction ends within this long or is aborted. A frozen process delays readers of committed records by as much. A
    /// rebalance waits for two of them, so at most `1m`. Default `10s`.
    transaction_timeout: String,
    /// Settings handed to librdkafka as they are, such as `"security.protocol" = "SASL_SSL"`.
    properties: BTreeMap<String, String>,
}

/// What may be written under `topics`: how `courant topics apply` creates them.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawTopics {
    /// Partitions of `feeds` and `feed-state`: the most pollers that can share the work. Never changes. Default 48.
    feed_partitions: u16,
    /// Partitions of `items` and `tagged`: the most enrichers that can. Never changes. Default 24.
    item_partitions: u16,
    /// Partitions of `fetches` and `dead-letters`. Default 6.
    log_partitions: u16,
    /// Copies of each partition; 0 leaves it to the broker's `default.replication.factor`. Default 0.
    replication: u16,
}

/// What may be written under `admin`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawAdmin {
    /// Where `/metrics`, `/livez` and `/readyz` are served. Default `0.0.0.0:9464`.
    listen: String,
}

/// What may be written under `shutdown`.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct RawShutdown {
    /// From the first signal to the end of the process; then what is not committed is given up. Default `25s`, under the 30 s that
    /// Kubernetes gives a pod.
    grace: String,
}

/// The checked configuration.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) kafka: Kafka,
    pub(crate) plan: TopicPlan,
    pub(crate) admin_listen: SocketAddr,
    pub(crate) grace: Duration,
    pub(crate) log: Log,
    pub(crate) poller: poller::Settings,
    pub(crate) enricher: enricher::Settings,
}

/// Checked form of the `kafka` section.
#[derive(Clone, Debug)]
pub(crate) struct Kafka {
    pub(crate) cluster: Cluster,
    pub(crate) names: TopicNames,
    group_prefix: String,
    transactional_id_prefix: String,
    session_timeout: Duration,
    transaction_timeout: Duration,
}

impl Default for RawKafka {
    fn default() -> Self {
        Self {
            brokers: "localhost:9092".into(),
            topic_prefix: DEFAULT_PREFIX.into(),
            group_prefix: DEFAULT_PREFIX.into(),
            transactional_id_prefix: DEFAULT_PREFIX.into(),
            session_timeout: "30s".into(),
            transaction_timeout: "10s".into(),
            properties: BTreeMap::new(),
        }
    }
}

impl Default for RawTopics {
    fn default() -> Self {
        Self { feed_partitions: DEFAULT_PARTITIONS, item_partitions: 24, log_partitions: 6, replication: 0 }
    }
}

impl Default for RawAdmin {
    fn default() -> Self {
        Self { listen: "0.0.0.0:9464".into() }
    }
}

impl Default for RawShutdown {
    fn default() -> Self {
        Self { grace: "25s".into() }
    }
}

impl ConfigArgs {
    /// Reads file, environment and flags.
    ///
    /// # Errors
    /// Every fault of all of them.
    pub(crate) fn load(&self) -> Result<Config, Faults> {
        self.load_over(&[])
    }

    /// The same, over other defaults than the documented ones; they lose against everything that is written.
    ///
    /// # Errors
    /// Every fault of all of them.
    pub(crate) fn load_over(&self, defaults: &[(&str, &str)]) -> Result<Config, Faults> {
        let mut sources = Sources::new()
            .file(self.config.clone())
            .free_map("kafka.properties")
            .free_map("poller.fetch.hosts")
            .ignore_env("COURANT_CONFIG")
            // Of the scripts that bring Kafka and other tools.
            .ignore_env("COURANT_CACHE")
            .process_env();
        for (key, text) in defaults {
            sources = sources.default_to(key, text);
        }
        if let Some(brokers) = &self.brokers {
            sources = sources.flag("--brokers", "kafka.brokers", brokers);
        }
        if let Some(listen) = &self.admin_listen {
            sources = sources.flag("--admin-listen", "admin.listen", listen);
        }
        for pair in &self.set {
            sources = sources.set(pair);
        }
        let (raw, mut check) = load::<RawConfig>(&sources).into_check();
        let config = Config::check(&raw, &mut check);
        check.finish(config)
    }
}

impl Config {
    fn check(raw: &RawConfig, check: &mut Check) -> Self {
        let longest_grace = Duration::from_hours(1);
        Self {
            kafka: check.section("kafka", |check| Kafka::check(&raw.kafka, check)),
            plan: check.section("topics", |check| plan(&raw.topics, check)),
            admin_listen: check.section("admin", |check| check.socket_addr("listen", &raw.admin.listen)),
            grace: check.section("shutdown", |check| {
                check.duration("grace", &raw.shutdown.grace, Duration::from_secs(1)..=longest_grace)
            }),
            log: Log::check(&raw.log, check),
            poller: poller::Settings::check(&raw.poller, check),
            enricher: enricher::Settings::check(&raw.enricher, check),
        }
    }

    /// How long the last batches may take after a stop: the grace, less what leaving the group takes.
    pub(crate) fn drain_grace(&self) -> Duration {
        self.grace.mul_f64(0.8)
    }
}

impl Kafka {
    fn check(raw: &RawKafka, check: &mut Check) -> Self {
        let second = Duration::from_secs(1);
        let brokers = check.text("brokers", &raw.brokers);
        let named = brokers.split(',').all(|broker| is_broker(broker.trim()));
        check.require(
            !check.is_sound("brokers") || named,
            "brokers",
            "not a list of brokers",
            "write host:port, several separated by commas",
        );
        for key in ["topic_prefix", "group_prefix", "transactional_id_prefix"] {
            let prefix = match key {
                "topic_prefix" => &raw.topic_prefix,
                "group_prefix" => &raw.group_prefix,
                _ => &raw.transactional_id_prefix,
            };
            let legal = prefix.len() <= 200
                && prefix.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
            check.require(
                legal,
                key,
                "holds what a Kafka name cannot",
                "use letters, digits, dots, _ and -, at most 200",
            );
        }
        for key in raw.properties.keys().filter(|key| RESERVED.contains(&key.as_str())) {
            check.fault(
                &format!("properties.\"{key}\""),
                "set by courant itself, or the delivery promise would not hold",
                "remove it; see the kafka section for what can be set",
            );
        }
        Self {
            cluster: Cluster::new(brokers, raw.properties.clone()),
            names: TopicNames::new(raw.topic_prefix.clone()),
            group_prefix: raw.group_prefix.clone(),
            transactional_id_prefix: raw.transactional_id_prefix.clone(),
            session_timeout: check.duration("session_timeout", &raw.session_timeout, second..=second * 300),
            transaction_timeout: check.duration("transaction_timeout", &raw.transaction_timeout, second..=second * 60),
        }
    }

    /// A role's place in the cluster. Its transactional id is random, so that no two processes share one.
    pub(crate) fn member(&self, role: &str) -> Member {
        let drawn: u64 = rand::random();
        Member {
            cluster: self.cluster.clone(),
            names: self.names.clone(),
            group: format!("{}{role}", self.group_prefix),
            transactional_id: format!("{}{role}-{drawn:016x}", self.transactional_id_prefix),
            session_timeout: self.session_timeout,
            transaction_timeout: self.transaction_timeout,
        }
    }
}

/// librdkafka settings that the delivery promise depends on.
const RESERVED: [&str; 12] = [
    "metadata.broker.list",
    "auto.commit.enable",
    "max.poll.interval.ms",
    "auto.offset.reset",
    "bootstrap.servers",
    "group.id",
    "isolation.level",
    "enable.auto.commit",
    "enable.auto.offset.store",
    "transactional.id",
    "transaction.timeout.ms",
    "enable.idempotence",
];

fn is_broker(text: &str) -> bool {
    let address = text.rsplit_once("://").map_or(text, |(_, address)| address);
    address.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}

fn plan(raw: &RawTopics, check: &mut Check) -> TopicPlan {
    TopicPlan {
        feed_partitions: check.number("feed_partitions", raw.feed_partitions, 1..=10_000),
        item_partitions: check.number("item_partitions", raw.item_partitions, 1..=10_000),
        log_partitions: check.number("log_partitions", raw.log_partitions, 1..=10_000),
        replication: check.number("replication", raw.replication, 0..=15),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(set: &[&str]) -> String {
        let args = ConfigArgs { set: set.iter().map(ToString::to_string).collect(), ..ConfigArgs::default() };
        args.load().unwrap_err().to_string()
    }

    #[test]
    fn the_defaults_are_sound() {
        let config = ConfigArgs::default().load().unwrap();
        assert_eq!(config.plan.feed_partitions, 48);
        assert_eq!(config.kafka.member("poller").group, "courant.poller");
    }

    #[test]
    fn faults_of_all_sections_are_told_together() {
        let report = faults(&[
            "kafka.brokers=nowhere",
            "kafka.properties.group.id=mine",
            "topics.feed_partitions=0",
            "poller.poll.min_interval=1ms",
            "poller.fetch.allow_networks=10.0.0.0/99",
            "enricher.batch.max_records=0",
            "shutdown.grave=1s",
        ]);
        let keys = [
            "kafka.brokers",
            "group.id",
            "topics.feed_partitions",
            "poller.poll.min_interval",
            "allow_networks",
            "enricher.batch.max_records",
            "did you mean `shutdown.grace`?",
        ];
        for key in keys {
            assert!(report.contains(key), "{key} is not in {report}");
        }
        assert!(report.starts_with("7 faults"), "{report}");
    }

    #[test]
    fn written_values_win_over_other_defaults() {
        let args = ConfigArgs { set: vec!["poller.poll.ramp=7s".into()], ..ConfigArgs::default() };
        let config = args.load_over(&[("poller.poll.ramp", "1s"), ("poller.poll.min_interval", "3s")]).unwrap();
        assert_eq!(config.poller.poll.ramp, Duration::from_secs(7));
        assert_eq!(config.poller.poll.min_interval, Duration::from_secs(3));
    }

    #[test]
    fn transactional_ids_differ() {
        let kafka = ConfigArgs::default().load().unwrap().kafka;
        assert_ne!(kafka.member("poller").transactional_id, kafka.member("poller").transactional_id);
    }
}
