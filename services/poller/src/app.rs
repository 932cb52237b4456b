//! Builds the stages, joins them with bounded channels, and ends them in order.

use std::{
    convert::Infallible,
    num::{NonZeroU32, NonZeroUsize},
    sync::Arc,
    time::Duration,
};

use event_log::{
    Cluster, ClusterError, GroupEvent, GroupReader, GroupWriter, Member, Start as ReadFrom, StopFlag, Topic,
    TopicNames, WriteError, WriterEvent, partition_counts,
};
use feed_core::{pace::Pace, politeness::Ledger};
use parking_lot::Mutex;
use prometheus::Registry;
use service_kit::{
    admin::{Dependency, Heartbeat, Latch, Liveness},
    clock,
    exit::Exit,
    shutdown::overrun,
    start::{Start, StartError},
};
use tokio::{
    sync::{Semaphore, mpsc},
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

use crate::{
    budget::{Budget, REPRICED_EVERY, reprice},
    catalogue::{Catalogue, CatalogueError},
    commit::{Committer, Polled},
    config::Settings,
    digest::Rules,
    encode::Places,
    fetch::{ClientError, Fetcher},
    intake::Intake,
    metrics::PollerMetrics,
    parsers::Parsers,
    schedule::{PollSteps, Scheduler},
    table::Table,
};

/// Changes of the catalogue that may wait; beyond, reading them pauses.
const CATALOGUE_QUEUE: usize = 1_024;

/// A stage that has not moved for this long hangs; none waits that long without a beat.
const STALL: Duration = Duration::from_mins(1);

/// One poller and what it needs of the process it runs in.
#[derive(Clone, Debug)]
pub struct Poller {
    /// Its place in the cluster.
    pub member: Member,
    /// How long the last batches may take after a stop; below what the process has for its whole shutdown.
    pub drain_grace: Duration,
    /// What to do.
    pub settings: Settings,
    /// Where the metrics go.
    pub registry: Registry,
    /// Opened once feeds are polled; closed with a reason while the cluster is awaited, at the start or for a commit, and after a stop.
    pub ready: Latch,
    /// Open while the state of every owned partition is restored.
    pub restored: Latch,
    /// Who hears the stages' heartbeats.
    pub liveness: Liveness,
    /// Gives evenly spread numbers from 0 to below 1, by which a poll becomes a check of its feed's 304s and its next one is jittered.
    pub draw: fn() -> f64,
}

/// Why the poller ended, other than by a stop that drained.
#[derive(Debug, thiserror::Error)]
pub enum PollerError {
    /// The registry holds a metric of one of the poller's names.
    #[error("the metrics cannot be registered")]
    Metrics(#[source] prometheus::Error),
    /// The HTTP client cannot be made.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The cluster refuses in a way that waiting does not mend.
    #[error("the cluster cannot be used")]
    Cluster(#[source] Box<ClusterError>),
    /// The cluster was not there in time.
    #[error("gave up starting after {waited:?}")]
    StartDeadline {
        /// How long the start waited.
        waited: Duration,
        /// What was missing at the end.
        #[source]
        cause: Box<ClusterError>,
    },
    /// The poller's membership in its group ended.
    #[error("following the catalogue failed: {0}")]
    Catalogue(String),
    /// A batch cannot be written.
    #[error("committing polls failed")]
    Writing(#[source] WriteError),
    /// A batch was not committed within the grace of a stop; nothing of it is visible, and its feeds are polled again.
    #[error("gave up the last batches after {0:?}: the cluster did not take them in time")]
    DrainOverrun(Duration),
    /// A stage panicked: a fault of the program.
    #[error("stage {0} panicked")]
    Panicked(&'static str),
}

/// The poller's part in the group, from joining to leaving.
struct Joined {
    /// Outlives the last commit: dropping it leaves the group.
    reader: Arc<GroupReader>,
    events: mpsc::Receiver<GroupEvent>,
    writer: GroupWriter,
    commit_beat: Arc<Heartbeat>,
    counts: Counts,
}

/// Partition counts of the topics.
#[derive(Clone, Copy, Debug)]
struct Counts {
    feeds: u16,
    places: Places,
    dead_letters: u16,
}

/// The stages and what is looked at while they run.
struct Line {
    stages: Stages,
    gauges: Gauges,
}

/// The stages, each with the ends of the channels that join it to its neighbours.
struct Stages {
    catalogue: Catalogue,
    events: mpsc::Receiver<GroupEvent>,
    scheduler: Scheduler,
    committer: Committer,
    polled: mpsc::Receiver<Box<Polled>>,
    writer: GroupWriter,
}

/// What the gauges are read from.
struct Gauges {
    table: Arc<Table>,
    reader: Arc<GroupReader>,
    room: Arc<Semaphore>,
    most_room: usize,
    budget: Arc<Budget>,
    parsers: Arc<Parsers>,
    metrics: PollerMetrics,
}

impl From<StartError<ClusterError>> for PollerError {
    fn from(error: StartError<ClusterError>) -> Self {
        match error {
            StartError::Final(cause) => Self::Cluster(Box::new(cause)),
            StartError::Deadline { waited, cause } => Self::StartDeadline { waited, cause: Box::new(cause) },
            StartError::Panicked => Self::Panicked("start"),
        }
    }
}

impl PollerError {
    /// The code for the process to end with.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::StartDeadline { .. } => Exit::Unavailable,
            Self::Cluster(cause) if cause.is_transient() => Exit::Unavailable,
            // The settings, or the topics they name, do not fit: starting again unchanged cannot help.
            Self::Cluster(_) | Self::Client(_) => Exit::Usage,
            Self::Metrics(_) | Self::Panicked(_) => Exit::Software,
            Self::Catalogue(_) | Self::Writing(_) | Self::DrainOverrun(_) => Exit::Failure,
        }
    }
}

impl Poller {
    /// Polls until `stop`, then commits what was read, leaves the group and returns.
    ///
    /// # Errors
    /// When the cluster is not there within the start's deadline, a stage fails for good, or the drain overruns its grace.
    #[tracing::instrument(name = "poller", skip_all)]
    pub async fn run(self, stop: CancellationToken) -> Result<(), PollerError> {
        let metrics = PollerMetrics::register(&self.registry).map_err(PollerError::Metrics)?;
        let fetcher = Fetcher::new(self.settings.fetch.clone())?;
        if !self.settings.fetch.has_contact {
            tracing::info!("publishers are not told how to reach you; set poller.fetch.contact");
        }
        // Dropping this future leaves no writer behind that tries on for ever.
        let give_up = StopFlag::default();
        let _guard = give_up.set_on_drop();
        let ended = match self.join(&metrics, &give_up, &stop).await {
            Ok(Some(joined)) => {
                tracing::info!(group = self.member.group, "polling feeds");
                let line = self.line(joined, fetcher, &metrics);
                self.ready.open();
                self.work(line, &give_up, &stop).await
            }
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        self.ready.close("ended");
        ended
    }

    /// Waits for the topics and joins the group; `None` when a stop came first.
    async fn join(
        &self,
        metrics: &PollerMetrics,
        give_up: &StopFlag,
        stop: &CancellationToken,
    ) -> Result<Option<Joined>, PollerError> {
        let start = Start::new(self.settings.start_deadline, &self.ready, stop);
        let (cluster, names) = (self.member.cluster.clone(), self.member.names.clone());
        let asked = start.until_done(move || counts(&cluster, &names), ClusterError::is_transient, rand::random);
        let Some(counts) = asked.await? else {
            return Ok(None);
        };
        let reading = self.member.reader_settings(Topic::Feeds, ReadFrom::Beginning, CATALOGUE_QUEUE);
        let (reader, events) =
            GroupReader::join(&self.member.cluster, &reading).map_err(|error| PollerError::Cluster(Box::new(error)))?;
        let reader = Arc::new(reader);
        // Between two beats lie at most the calls of one attempt, each bounded by the transaction timeout.
        let commit_beat = Arc::new(self.liveness.stage("poller.commit", STALL + self.member.transaction_timeout * 6));
        let open = {
            let (cluster, settings, reader) =
                (self.member.cluster.clone(), self.member.writer_settings(counts.dead_letters), reader.clone());
            let give_up = give_up.clone();
            let cluster_seen = Dependency { beat: commit_beat.clone(), ready: self.ready.clone(), stop: stop.clone() };
            let metrics = metrics.clone();
            move || {
                let (metrics, cluster_seen) = (metrics.clone(), cluster_seen.clone());
                let observe = move |event: WriterEvent| {
                    metrics.writer(event);
                    cluster_seen.heard(event.cluster());
                };
                GroupWriter::open(&cluster, settings.clone(), &reader, give_up.clone(), observe)
            }
        };
        let opened = start.until_done(open, ClusterError::is_transient, rand::random);
        let opened = commit_beat.during(opened).await?;
        Ok(opened.map(|writer| Joined { reader, events, writer, commit_beat, counts }))
    }

    /// Runs the stages until all have ended, then leaves the group.
    async fn work(&self, line: Line, give_up: &StopFlag, stop: &CancellationToken) -> Result<(), PollerError> {
        let Line { stages, gauges } = line;
        let reader = gauges.reader.clone();
        let (followed, written) = tokio::select! {
            ended = stages.run(stop) => ended,
            () = self.overrun(stop, give_up) => return Err(PollerError::DrainOverrun(self.drain_grace)),
            never = gauges.sample() => match never {},
        };
        let result = self.outcome(followed, written.map(drop));
        // A restore may still be reading on its behalf; it ends with the membership.
        reader.leave();
        let left = tokio::task::spawn_blocking(move || drop(reader)).await;
        left.map_err(|_| PollerError::Panicked("leave"))?;
        result
    }

    /// Joins the stages by bounded channels.
    fn line(&self, joined: Joined, fetcher: Fetcher, metrics: &PollerMetrics) -> Line {
        let Joined { reader, events, writer, commit_beat, counts } = joined;
        let table = Arc::new(Table::new(Ledger::new(self.settings.poll.manners())));
        let most_room = self.settings.commit.max_unsent_bytes / 1024;
        let room = Arc::new(Semaphore::new(most_room));
        // Bounded by the room in bytes; the count only keeps the channel itself small.
        let (outcomes, polled) = mpsc::channel(1024);
        let catalogue = Catalogue {
            cluster: self.member.cluster.clone(),
            names: self.member.names.clone(),
            group: reader.clone(),
            table: table.clone(),
            metrics: metrics.clone(),
            intake: Intake {
                table: table.clone(),
                metrics: metrics.clone(),
                partitions: counts.feeds,
                poll: self.settings.poll.clone(),
            },
            removals: outcomes.downgrade(),
            latch: self.restored.clone(),
        };
        let budget = Arc::new(Budget::new(&self.settings.poll));
        let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let parsers = Arc::new(Parsers::new(cores, self.settings.fetch.parse_timeout));
        let steps = PollSteps {
            budget: budget.clone(),
            table: table.clone(),
            pace: Mutex::new(NonZeroU32::new(self.settings.poll.max_polls_per_hour).map(Pace::per_hour)),
            metrics: metrics.clone(),
            fetcher,
            rules: Rules { poll: self.settings.poll.clone(), places: counts.places },
            parsers: parsers.clone(),
            draw: self.draw,
            room: room.clone(),
            most_room: u32::try_from(most_room).unwrap_or(u32::MAX),
            pending: Arc::new(Semaphore::new(usize::from(self.settings.poll.max_in_flight))),
            outcomes,
        };
        let scheduler = Scheduler {
            beat: self.liveness.stage("poller.schedule", STALL),
            places: Arc::new(Semaphore::new(usize::from(self.settings.poll.max_in_flight))),
            poll: Arc::new(steps),
        };
        let settings = self.settings.commit.clone();
        let committer = Committer { table: table.clone(), metrics: metrics.clone(), settings, beat: commit_beat };
        Line {
            stages: Stages { catalogue, events, scheduler, committer, polled, writer },
            gauges: Gauges { table, reader, room, most_room, budget, parsers, metrics: metrics.clone() },
        }
    }

    fn outcome(
        &self,
        followed: Result<(), CatalogueError>,
        written: Result<(), WriteError>,
    ) -> Result<(), PollerError> {
        match written {
            Err(WriteError::Stopped) => return Err(PollerError::DrainOverrun(self.drain_grace)),
            Err(error) => return Err(PollerError::Writing(error)),
            Ok(()) => {}
        }
        followed.map_err(|error| PollerError::Catalogue(error.to_string()))?;
        tracing::info!("drained");
        Ok(())
    }

    /// Ends when a stop is asked for, its grace is over, and the writer did not heed the order to give up.
    async fn overrun(&self, stop: &CancellationToken, give_up: &StopFlag) {
        // The writer looks at the flag between attempts, and an attempt is bounded by the calls of one transaction.
        let times = (self.drain_grace, self.member.transaction_timeout * 3);
        let leave = || {
            tracing::error!(grace = ?self.drain_grace, "giving up the polls that are not committed");
            give_up.set();
        };
        overrun(stop, &self.ready, times, leave).await;
    }
}

/// Asks whether the topics are there and fit together.
fn counts(cluster: &Cluster, names: &TopicNames) -> Result<Counts, ClusterError> {
    const PATIENCE: Duration = Duration::from_secs(5);
    let topics = [Topic::Feeds, Topic::FeedState, Topic::Items, Topic::Fetches, Topic::DeadLetters];
    let counts = partition_counts(cluster, names, &topics, PATIENCE)?;
    let count = |index: usize| counts.get(index).copied().unwrap_or(1);
    Ok(Counts { feeds: count(0), places: Places { items: count(2), fetches: count(3) }, dead_letters: count(4) })
}

impl Stages {
    /// Runs them all. The catalogue goes on until the last commit, which still needs the membership that it follows.
    async fn run(self, stop: &CancellationToken) -> (Result<(), CatalogueError>, Result<GroupWriter, WriteError>) {
        let halt = stop.child_token();
        let last_commit = CancellationToken::new();
        let following = async {
            let followed = self.catalogue.run(self.events, last_commit.clone()).await;
            halt.cancel();
            followed
        };
        let committing = async {
            let ended = self.committer.run(self.polled, self.writer).await;
            last_commit.cancel();
            halt.cancel();
            ended
        };
        let (followed, (), written) = tokio::join!(following, self.scheduler.run(halt.clone()), committing);
        (followed, written)
    }
}

impl Gauges {
    /// Looks at the gauges now and then, has the table forget sites it has nothing to do with, and the budget follow the feeds.
    async fn sample(&self) -> Infallible {
        let mut repriced = None::<Instant>;
        loop {
            if repriced.is_none_or(|then| then.elapsed() >= REPRICED_EVERY) {
                reprice(&self.budget, &self.table, &self.metrics).await;
                repriced = Some(Instant::now());
            }
            let (feeds, polling) = self.table.counts();
            let unsent = self.most_room.saturating_sub(self.room.available_permits()).saturating_mul(1024);
            self.metrics.sample(feeds, polling, unsent, self.reader.lag_records());
            self.metrics.stuck_parsers(self.parsers.stuck());
            self.table.prune(clock::now());
            sleep(Duration::from_secs(1)).await;
        }
    }
}
