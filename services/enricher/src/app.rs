//! Builds the stages, joins them with bounded channels, and ends them in order.

use std::{convert::Infallible, sync::Arc, time::Duration};

use event_log::{
    Cluster, ClusterError, GroupEvent, GroupReader, GroupWriter, Member, Start as ReadFrom, StopFlag, Topic,
    TopicNames, WriteError, partition_counts,
};
use prometheus::Registry;
use service_kit::{
    admin::{Dependency, Latch, Liveness},
    shutdown::overrun,
    start::Start,
};
use tokio::{sync::mpsc, task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    batch::Gatherer,
    commit::{self, Observer},
    config::Settings,
    consume,
    error::EnricherError,
    metrics::Metrics,
    tag::{self, Places, Transform},
};

/// A stage that has not moved for this long hangs. None waits that long without a beat, so a slow machine has time.
const STALL: Duration = Duration::from_mins(1);

/// One enricher and what it needs of the process it runs in.
#[derive(Clone, Debug)]
pub struct Enricher {
    /// Its place in the cluster.
    pub member: Member,
    /// How long the last batches may take after a stop; below what the process has for its whole shutdown.
    pub drain_grace: Duration,
    /// What to do.
    pub settings: Settings,
    /// Where the metrics go.
    pub registry: Registry,
    /// Opened once items are being worked through; closed with a reason while the cluster is awaited, at the start or for a commit, and
    /// after a stop.
    pub ready: Latch,
    /// Who hears the stages' heartbeats.
    pub liveness: Liveness,
}

/// The enricher's part in the group, from joining to leaving.
struct Joined {
    /// Outlives the last commit: dropping it leaves the group.
    reader: Arc<GroupReader>,
    events: mpsc::Receiver<GroupEvent>,
    writer: GroupWriter,
    observer: Observer,
    transform: Transform,
}

impl Enricher {
    /// Tags items until `stop`, then drains, leaves the group and returns.
    ///
    /// # Errors
    /// When the cluster is not there within the start's deadline, reading or writing fails for good, or the drain overruns its grace.
    #[tracing::instrument(name = "enricher", skip_all)]
    pub async fn run(self, stop: CancellationToken) -> Result<(), EnricherError> {
        let metrics = Arc::new(Metrics::register(&self.registry).map_err(EnricherError::Metrics)?);
        // Dropping this future leaves no writer behind that tries on for ever.
        let give_up = StopFlag::default();
        let _guard = give_up.set_on_drop();
        let ended = match self.join(&metrics, &give_up, &stop).await {
            Ok(Some(joined)) => {
                self.ready.open();
                tracing::info!(group = self.member.group, "tagging items");
                self.work(joined, &metrics, &give_up, &stop).await
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
        metrics: &Arc<Metrics>,
        give_up: &StopFlag,
        stop: &CancellationToken,
    ) -> Result<Option<Joined>, EnricherError> {
        let start = Start::new(self.settings.start_deadline, &self.ready, stop);
        let (cluster, names) = (self.member.cluster.clone(), self.member.names.clone());
        let Some(places) =
            start.until_done(move || places(&cluster, &names), ClusterError::is_transient, rand::random).await?
        else {
            return Ok(None);
        };
        let sources = self.settings.sources.clone();
        let transform = tokio::task::spawn_blocking(move || Transform::open(&sources, places))
            .await
            .map_err(|_| EnricherError::Panicked("start"))?
            .map_err(EnricherError::Tagger)?;
        let capacity = self.settings.queue_records.get();
        let reading = self.member.reader_settings(Topic::Items, ReadFrom::Committed, capacity);
        let (reader, events) = GroupReader::join(&self.member.cluster, &reading).map_err(EnricherError::Cluster)?;
        let reader = Arc::new(reader);
        // Between two beats lie at most the calls of one attempt, each bounded by the transaction timeout.
        let deadline = STALL + self.member.transaction_timeout * 6;
        let observer = Observer {
            metrics: metrics.clone(),
            cluster: Dependency {
                beat: Arc::new(self.liveness.stage("enricher.commit", deadline)),
                ready: self.ready.clone(),
                stop: stop.clone(),
            },
        };
        let open = {
            let (cluster, settings) = (self.member.cluster.clone(), self.member.writer_settings(places.dead_letters));
            let (reader, observer, give_up) = (reader.clone(), observer.clone(), give_up.clone());
            move || {
                observer.cluster.beat.now();
                let observer = observer.clone();
                let hear = move |event| observer.hear(event);
                GroupWriter::open(&cluster, settings.clone(), &reader, give_up.clone(), hear)
            }
        };
        let opened = start.until_done(open, ClusterError::is_transient, rand::random).await?;
        Ok(opened.map(|writer| Joined { reader, events, writer, observer, transform }))
    }

    /// Runs the stages until all have ended, then leaves the group.
    async fn work(
        &self,
        joined: Joined,
        metrics: &Arc<Metrics>,
        give_up: &StopFlag,
        stop: &CancellationToken,
    ) -> Result<(), EnricherError> {
        let Joined { reader, mut events, writer, observer, transform } = joined;
        // One batch waits before each stage while the stage works on another: tagging and committing overlap, memory stays bounded.
        let (to_tag, batches) = mpsc::channel(1);
        let (to_commit, tagged) = mpsc::channel(1);
        let halt = stop.child_token();
        let mut stages = JoinSet::new();
        let beat = self.liveness.stage("enricher.tag", STALL);
        stages.spawn(tag::run(batches, to_commit, Arc::new(transform), (metrics.clone(), beat)));
        stages.spawn(commit::run(tagged, writer, observer));
        let beat = self.liveness.stage("enricher.consume", STALL);
        let gatherer = Gatherer::new(self.settings.batch);
        let consume = consume::run(&mut events, to_tag, gatherer, (metrics, beat), &halt);
        let all = async {
            let (consumed, others) = tokio::join!(consume, join(&mut stages, &halt));
            others.and(consumed)
        };
        let ended = tokio::select! {
            ended = all => ended,
            () = self.overrun(stop, give_up) => Err(EnricherError::DrainOverrun(self.drain_grace)),
            never = sample_lag(&reader, metrics) => match never {},
        };
        drop(stages);
        let left = tokio::task::spawn_blocking(move || drop((events, reader))).await;
        left.map_err(|_| EnricherError::Panicked("leave"))?;
        match ended {
            Err(EnricherError::Writing(WriteError::Stopped)) => Err(EnricherError::DrainOverrun(self.drain_grace)),
            Ok(()) => {
                tracing::info!("drained");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// Ends when a stop is asked for, its grace is over, and the writer did not heed the order to give up.
    async fn overrun(&self, stop: &CancellationToken, give_up: &StopFlag) {
        // The writer looks at the flag between attempts, and an attempt is bounded by the calls of one transaction.
        let times = (self.drain_grace, self.member.transaction_timeout * 3);
        let leave = || {
            tracing::error!(grace = ?self.drain_grace, "giving up the batches that are not committed");
            give_up.set();
        };
        overrun(stop, &self.ready, times, leave).await;
    }
}

/// Joins the spawned stages. The first failure halts the first stage, so that the others drain and end.
async fn join(stages: &mut JoinSet<Result<(), EnricherError>>, halt: &CancellationToken) -> Result<(), EnricherError> {
    let mut ended = Ok(());
    while let Some(stage) = stages.join_next().await {
        let stage = stage.unwrap_or(Err(EnricherError::Panicked("tag or commit")));
        if stage.is_err() {
            halt.cancel();
        }
        ended = ended.and(stage);
    }
    ended
}

async fn sample_lag(reader: &GroupReader, metrics: &Metrics) -> Infallible {
    loop {
        metrics.lag(reader.lag_records());
        sleep(Duration::from_secs(1)).await;
    }
}

/// Asks whether the topics are there, and how many partitions those written to have.
fn places(cluster: &Cluster, names: &TopicNames) -> Result<Places, ClusterError> {
    const PATIENCE: Duration = Duration::from_secs(5);
    let topics = [Topic::Tagged, Topic::DeadLetters, Topic::Items];
    let counts = partition_counts(cluster, names, &topics, PATIENCE)?;
    let count = |index: usize| counts.get(index).copied().unwrap_or(1);
    Ok(Places { tagged: count(0), dead_letters: count(1) })
}
