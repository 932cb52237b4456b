//! Where the cluster is, how to speak to it, and what it can promise.

use std::{collections::BTreeMap, time::Duration};

use rdkafka::{
    ClientConfig, ClientContext,
    config::RDKafkaLogLevel,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
};

/// What writes to the cluster are worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarantee {
    /// Records and offsets are committed in transactions; readers see each exactly once.
    Transactional,
    /// Records are sent and offsets committed one after the other: the embedded cluster has no transactions worth the name.
    None,
}

/// How to reach one Kafka cluster.
#[derive(Clone, Debug)]
pub struct Cluster {
    brokers: String,
    properties: BTreeMap<String, String>,
    guarantee: Guarantee,
}

/// Why the cluster cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// librdkafka refused a setting.
    #[error("kafka settings are refused: {0}")]
    Settings(KafkaError),
    /// No broker answered in time.
    #[error(
        "no broker of {brokers} answered within {waited:?}: {cause}; check kafka.brokers and that the cluster is up"
    )]
    Unreachable {
        /// Brokers that were tried.
        brokers: String,
        /// How long.
        waited: Duration,
        /// What the client said.
        cause: KafkaError,
    },
    /// A topic is not there.
    #[error("topic {topic} does not exist; create the topics with `courant topics apply`")]
    MissingTopic {
        /// Its full name.
        topic: String,
    },
    /// Topics that must agree do not.
    #[error(
        "{feeds} has {feeds_partitions} partitions and {states} has {states_partitions}: they must be equal and never change; \
         make both topics anew with one count (`courant topics apply`) and import the feeds again"
    )]
    UnequalPartitions {
        /// Name of the catalogue topic.
        feeds: String,
        /// Its partitions.
        feeds_partitions: u16,
        /// Name of the state topic.
        states: String,
        /// Its partitions.
        states_partitions: u16,
    },
    /// The cluster refused a request.
    #[error("kafka refused to {what}: {cause}")]
    Refused {
        /// What was asked.
        what: String,
        /// What it said.
        cause: KafkaError,
    },
}

impl ClusterError {
    /// Whether trying again later may help without anybody changing the configuration.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Settings(_) | Self::UnequalPartitions { .. } => false,
            Self::Unreachable { .. } | Self::MissingTopic { .. } | Self::Refused { .. } => true,
        }
    }
}

impl Cluster {
    /// The cluster at `brokers` (`host:port`, comma separated), spoken to with librdkafka's `properties` on top of Courant's own.
    #[must_use]
    pub fn new(brokers: impl Into<String>, properties: BTreeMap<String, String>) -> Self {
        Self { brokers: brokers.into(), properties, guarantee: Guarantee::Transactional }
    }

    /// The embedded cluster at `brokers`.
    pub(crate) fn embedded(brokers: String) -> Self {
        Self { brokers, properties: BTreeMap::new(), guarantee: Guarantee::None }
    }

    /// What writes are worth here.
    #[must_use]
    pub fn guarantee(&self) -> Guarantee {
        self.guarantee
    }

    /// The brokers as given.
    #[must_use]
    pub fn brokers(&self) -> &str {
        &self.brokers
    }

    /// Asks the cluster who it is, for at most `patience`; returns the number of brokers.
    ///
    /// # Errors
    /// When the settings are refused, or no broker answers in time.
    pub fn ping(&self, patience: Duration) -> Result<usize, ClusterError> {
        let metadata = self
            .plain_client()?
            .fetch_metadata(Some(""), patience)
            .map_err(|cause| self.unreachable(patience, cause))?;
        Ok(metadata.brokers().len())
    }

    /// A client for metadata and watermarks.
    pub(crate) fn plain_client(&self) -> Result<BaseConsumer<LoggedClient>, ClusterError> {
        self.client_config().create_with_context(LoggedClient).map_err(ClusterError::Settings)
    }

    pub(crate) fn unreachable(&self, waited: Duration, cause: KafkaError) -> ClusterError {
        ClusterError::Unreachable { brokers: self.brokers.clone(), waited, cause }
    }

    /// Settings common to all clients.
    pub(crate) fn client_config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set_log_level(RDKafkaLogLevel::Warning);
        config
            .set("bootstrap.servers", &self.brokers)
            .set("client.id", "courant")
            // A broker that went away is tried again within this long, not the default 10 s.
            .set("reconnect.backoff.max.ms", "2000")
            .set("socket.keepalive.enable", "true");
        for (key, value) in &self.properties {
            config.set(key, value);
        }
        config
    }

    /// Settings of a consumer that follows committed data only.
    pub(crate) fn consumer_config(&self, group: &str) -> ClientConfig {
        let mut config = self.client_config();
        config
            .set("group.id", group)
            .set("isolation.level", "read_committed")
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            .set("auto.offset.reset", "earliest")
            // Bounds what librdkafka reads ahead, over all partitions together, and what one answer brings on top of it: one of the usual size
            // would hold a megabyte of each partition.
            .set("queued.max.messages.kbytes", "8192")
            .set("fetch.max.bytes", "4194304")
            // A queue that is full is soon taken in; by default the client would look again a second later.
            .set("fetch.queue.backoff.ms", "5");
        config
    }

    /// Settings of a producer whose records are delivered within `timeout`, or not at all.
    pub(crate) fn producer_config(&self, timeout: Duration) -> ClientConfig {
        let mut config = self.client_config();
        config
            .set("delivery.timeout.ms", timeout.as_millis().to_string())
            .set("linger.ms", "5")
            .set("compression.type", "zstd")
            .set("message.max.bytes", "1179648");
        if !self.properties.contains_key("compression.level") {
            // The fastest: processor time is dearer to a poller than what the usual level saves of the rest.
            config.set("compression.level", "1");
        }
        config
    }
}

/// Hands librdkafka's log lines and errors to tracing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LoggedClient;

impl ClientContext for LoggedClient {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        log_error(&error, reason);
    }
}

impl rdkafka::consumer::ConsumerContext for LoggedClient {}

/// One log line of librdkafka. Its warnings are mostly about connections that it mends by itself, so they are ours at debug.
pub(crate) fn log(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
            tracing::warn!(target: "librdkafka", facility, message, "kafka client");
        }
        RDKafkaLogLevel::Error
        | RDKafkaLogLevel::Warning
        | RDKafkaLogLevel::Notice
        | RDKafkaLogLevel::Info
        | RDKafkaLogLevel::Debug => {
            tracing::debug!(target: "librdkafka", facility, message, "kafka client");
        }
    }
}

/// One error event of librdkafka; what matters of it comes back from the calls that fail.
pub(crate) fn log_error(error: &KafkaError, reason: &str) {
    tracing::debug!(target: "librdkafka", %error, reason, "kafka client error");
}
