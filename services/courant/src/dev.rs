//! `courant dev`: every service in one process, for a first look.

mod progress;
mod view;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use clap::Args;
use event_log::{
    Cluster, ClusterError, EmbeddedCluster, EmbeddedError, FollowFrom, Follower, ReadError, Topic, apply_topics, follow,
};
use feed_core::host_pattern::HostPattern;
use news_model::{Feed, feed_url};
use newsroom::Newsroom;
use prometheus::Registry;
use service_kit::{
    admin::{AdminError, AdminServer, Liveness, Readiness, register_process},
    clock,
    exit::Exit,
    shutdown::{Overrun, within_grace},
};
use tokio::{
    sync::mpsc,
    task::{JoinHandle, JoinSet},
    time::{Instant, interval, sleep_until},
};
use tokio_util::sync::CancellationToken;

use self::{
    progress::{Progress, Sighting},
    view::View,
};
use crate::{
    catalogue,
    config::{Config, ConfigArgs},
    enricher, feeds, poller,
    role::{Surroundings, begin, build_info},
    show,
    topics::PATIENCE,
};

/// What a first look shows.
#[derive(Debug, Args)]
pub(crate) struct DevArgs {
    /// Prints tagged items as JSON, one object a line.
    #[arg(long)]
    json: bool,
    /// Ends after every feed was polled once and its items are tagged.
    #[arg(long)]
    once: bool,
    /// Polls the feeds of this file (OPML, or an address a line) in place of the bundled newsroom.
    #[arg(long, value_name = "FILE")]
    feeds: Option<PathBuf>,
}

/// Why a first look ended early.
#[derive(Debug, thiserror::Error)]
enum DevError {
    #[error(transparent)]
    Embedded(#[from] EmbeddedError),
    #[error(transparent)]
    Cluster(Box<ClusterError>),
    #[error(transparent)]
    Read(Box<ReadError>),
    #[error("the newsroom cannot be served: {0}")]
    Newsroom(#[source] std::io::Error),
    #[error("cannot read {0}: {1}")]
    Feeds(PathBuf, #[source] std::io::Error),
    #[error("{0} names no feed that can be polled")]
    NoFeeds(PathBuf),
    #[error(transparent)]
    Admin(#[from] AdminError),
    #[error(transparent)]
    Metrics(#[from] prometheus::Error),
    #[error("the poller ended")]
    Poller(#[source] ::poller::PollerError),
    #[error("the enricher ended")]
    Enricher(#[source] Box<::enricher::EnricherError>),
    #[error(transparent)]
    Overrun(Overrun),
    #[error("not every feed was polled and every item tagged within {0:?}")]
    RoundOverrun(Duration),
}

impl From<ClusterError> for DevError {
    fn from(error: ClusterError) -> Self {
        Self::Cluster(Box::new(error))
    }
}

impl From<ReadError> for DevError {
    fn from(error: ReadError) -> Self {
        Self::Read(Box::new(error))
    }
}

/// What runs around the services.
struct Stage {
    config: Config,
    /// Ends after the services, which are its clients.
    embedded: Option<EmbeddedCluster>,
    newsroom: Option<Newsroom>,
    feeds: Vec<Feed>,
}

/// Defaults of a first look: small topics of their own, little patience. Anything that is written wins over them.
const DEFAULTS: [(&str, &str); 10] = [
    ("admin.listen", "127.0.0.1:9464"),
    ("log.filter", "warn"),
    ("kafka.topic_prefix", "courant-dev."),
    ("kafka.group_prefix", "courant-dev."),
    ("kafka.transactional_id_prefix", "courant-dev."),
    ("kafka.session_timeout", "6s"),
    ("topics.feed_partitions", "8"),
    ("topics.item_partitions", "8"),
    ("topics.log_partitions", "2"),
    ("poller.commit.interval", "100ms"),
];

/// The newsroom is our own server, so it can be asked often; publishers of a file are asked as politely as ever.
const NEWSROOM_DEFAULTS: [(&str, &str); 7] = [
    ("poller.poll.min_interval", "3s"),
    ("poller.poll.max_interval", "20s"),
    ("poller.poll.first_interval", "4s"),
    ("poller.poll.mean_interval", "5s"),
    ("poller.poll.ramp", "1s"),
    ("poller.poll.per_site_spacing", "250ms"),
    ("poller.fetch.total_timeout", "6s"),
];

/// One round asks every feed once, however long the slowest takes.
const ONCE_DEFAULTS: [(&str, &str); 3] =
    [("poller.poll.min_interval", "1h"), ("poller.poll.max_interval", "2h"), ("poller.poll.first_interval", "1h")];

/// Longest time of one round.
const ROUND: Duration = Duration::from_mins(3);

/// Runs it.
pub(crate) async fn run(args: &ConfigArgs, dev: DevArgs) -> Exit {
    let mut defaults = Vec::new();
    if dev.once {
        defaults.extend(ONCE_DEFAULTS);
    }
    if dev.feeds.is_none() {
        defaults.extend(NEWSROOM_DEFAULTS);
    }
    defaults.extend(DEFAULTS);
    let config = match args.load_over(&defaults) {
        Ok(config) => config,
        Err(faults) => return show::faults(&faults),
    };
    let signals = match begin(&config) {
        Ok(signals) => signals,
        Err(exit) => return exit,
    };
    match look(args, &dev, config, signals.token()).await {
        Ok(()) => Exit::Success,
        Err(error) => {
            let exit = match &error {
                DevError::Feeds(..) | DevError::NoFeeds(_) => Exit::Usage,
                DevError::Cluster(_) | DevError::Read(_) | DevError::Admin(_) => Exit::Unavailable,
                DevError::Poller(cause) => cause.exit(),
                DevError::Enricher(cause) => cause.exit(),
                DevError::Embedded(_)
                | DevError::Newsroom(_)
                | DevError::Metrics(_)
                | DevError::Overrun(_)
                | DevError::RoundOverrun(_) => Exit::Failure,
            };
            show::failure(&show::chain(&error), exit)
        }
    }
}

async fn look(args: &ConfigArgs, dev: &DevArgs, config: Config, stop: CancellationToken) -> Result<(), DevError> {
    let stage = set_up(args, dev, config).await?;
    let admin = bind_admin(&stage.config, args).await?;
    let registry = Registry::new();
    register_process(&registry, build_info())?;
    let around = Surroundings {
        config: stage.config.clone(),
        registry,
        readiness: Readiness::new(),
        liveness: Liveness::new(),
        stop: stop.clone(),
    };
    let mut audience = Audience {
        view: View::new(dev.json, &stage.feeds, admin.local_addr()),
        progress: Progress::new(stage.feeds.iter().map(|feed| feed.id.clone())),
        once: dev.once,
    };
    audience.view.greet(stage.config.kafka.cluster.brokers(), stage.embedded.is_some());
    // Followed from here on, before anything is written.
    let (sightings, watcher) = watch(&stage.config, stage.embedded.is_some()).await?;
    // Made before the first probe is answered: their latches keep it from finding the process ready.
    let services = (poller::service(&around), enricher::service(&around));
    let served = CancellationToken::new();
    let serving = tokio::spawn(admin.serve(
        around.registry.clone(),
        around.readiness.clone(),
        around.liveness.clone(),
        served.clone(),
    ));
    let (kafka, feeds) = (stage.config.kafka.clone(), stage.feeds.clone());
    blocking(move || catalogue::write(&kafka, &feeds)).await?;
    let ended = within_grace(&stop, stage.config.grace, perform(services, &stop, sightings, &mut audience)).await;
    served.cancel();
    // Its last exchanges are cut off after two seconds; it cannot fail.
    let _ = serving.await;
    // Every client of the embedded cluster ends before it does.
    let _ = watcher.await;
    if let Some(newsroom) = stage.newsroom {
        newsroom.stop().await;
    }
    drop(stage.embedded);
    ended.map_err(DevError::Overrun)?
}

/// Whoever watches.
struct Audience {
    view: View,
    progress: Progress,
    once: bool,
}

async fn set_up(args: &ConfigArgs, dev: &DevArgs, mut config: Config) -> Result<Stage, DevError> {
    let embedded = if args.brokers.is_some() {
        let specs = config.kafka.names.specs(config.plan);
        apply_topics(&config.kafka.cluster, &specs, PATIENCE).await?;
        None
    } else {
        let (names, plan) = (config.kafka.names.clone(), config.plan);
        let embedded = blocking(move || EmbeddedCluster::start(&names, plan)).await?;
        config.kafka.cluster = Cluster::clone(embedded.cluster());
        Some(embedded)
    };
    let (newsroom, mut feeds) = if let Some(file) = &dev.feeds {
        (None, listed(file)?)
    } else {
        let newsroom = Newsroom::start(newsroom::Options::default()).await.map_err(DevError::Newsroom)?;
        config.poller.fetch.hosts.push(::poller::HostOverride::new(HostPattern::below("example"), newsroom.addr()));
        let feeds = bundled(&newsroom);
        (Some(newsroom), feeds)
    };
    for feed in &mut feeds {
        // On a cluster that knows the feed already the round begins at once all the same.
        feed.poll_requested_at = Some(clock::now());
    }
    Ok(Stage { config, embedded, newsroom, feeds })
}

fn listed(file: &Path) -> Result<Vec<Feed>, DevError> {
    let read = feeds::read_file(file).map_err(|error| DevError::Feeds(file.to_owned(), error))?;
    for fault in &read.faults {
        show::note(&format!("{}: {fault}", file.display()));
    }
    let feeds: Vec<_> = read
        .feeds
        .into_iter()
        .map(|listed| Feed { title: listed.title, folders: listed.folders, ..Feed::of_url(listed.url, clock::now()) })
        .collect();
    if feeds.is_empty() { Err(DevError::NoFeeds(file.to_owned())) } else { Ok(feeds) }
}

fn bundled(newsroom: &Newsroom) -> Vec<Feed> {
    let listings = newsroom.feeds();
    let feeds = listings.into_iter().filter_map(|listing| {
        let url = feed_url(&listing.url).ok()?;
        Some(Feed { title: listing.title, folders: vec![listing.folder], ..Feed::of_url(url, clock::now()) })
    });
    feeds.collect()
}

/// The configured admin port, or any free one when it was not asked for by name and is taken.
async fn bind_admin(config: &Config, args: &ConfigArgs) -> Result<AdminServer, DevError> {
    match AdminServer::bind(config.admin_listen).await {
        Err(_) if args.admin_listen.is_none() => {
            let any = std::net::SocketAddr::new(config.admin_listen.ip(), 0);
            Ok(AdminServer::bind(any).await?)
        }
        bound => Ok(bound?),
    }
}

/// Follows the topics that tell what happens; ends when the receiver is dropped.
async fn watch(config: &Config, embedded: bool) -> Result<(mpsc::Receiver<Sighting>, JoinHandle<()>), DevError> {
    // The embedded cluster is empty, and its answer about the end of a topic cannot be relied on.
    let from = if embedded { FollowFrom::Beginning } else { FollowFrom::Now };
    let kafka = config.kafka.clone();
    let followers = blocking(move || {
        let follow = |topic| follow(&kafka.cluster, kafka.names.of(topic), from, PATIENCE);
        Ok::<_, ReadError>([
            (Topic::Fetches, follow(Topic::Fetches)?),
            (Topic::Tagged, follow(Topic::Tagged)?),
            (Topic::DeadLetters, follow(Topic::DeadLetters)?),
        ])
    });
    let followers = followers.await?;
    let (sender, sightings) = mpsc::channel(256);
    let watcher = tokio::task::spawn_blocking(move || relay(&followers, &sender));
    Ok((sightings, watcher))
}

fn relay(followers: &[(Topic, Follower)], sightings: &mpsc::Sender<Sighting>) {
    const WAIT: Duration = Duration::from_millis(20);
    while !sightings.is_closed() {
        for (topic, follower) in followers {
            match follower.next(WAIT) {
                Ok(None) => {}
                Ok(Some(record)) => {
                    if sightings.blocking_send(Sighting::new(*topic, &record)).is_err() {
                        return;
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "watching ended");
                    return;
                }
            }
        }
    }
}

/// Runs the services and shows what they do, until the stop, the end of the round, or the end of a service.
async fn perform(
    (poller, enricher): (::poller::Poller, ::enricher::Enricher),
    stop: &CancellationToken,
    mut sightings: mpsc::Receiver<Sighting>,
    audience: &mut Audience,
) -> Result<(), DevError> {
    let stop = stop.child_token();
    let mut services = JoinSet::new();
    let (poller_stop, enricher_stop) = (stop.clone(), stop.clone());
    services.spawn(async move { Box::pin(poller.run(poller_stop)).await.map_err(DevError::Poller) });
    services
        .spawn(async move { enricher.run(enricher_stop).await.map_err(|error| DevError::Enricher(Box::new(error))) });
    let deadline = Instant::now() + ROUND;
    let mut tick = interval(Duration::from_millis(500));
    let mut ended = loop {
        tokio::select! {
            Some(sighting) = sightings.recv() => {
                audience.progress.note(&sighting);
                audience.view.show(&sighting, &audience.progress);
                if audience.once && audience.progress.is_round_over() {
                    break Ok(());
                }
            }
            Some(service) = services.join_next() => match service {
                Ok(ended) => break ended,
                Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
            },
            _ = tick.tick() => audience.view.refresh(&audience.progress),
            () = sleep_until(deadline), if audience.once => break Err(DevError::RoundOverrun(ROUND)),
        }
    };
    stop.cancel();
    while let Some(service) = services.join_next().await {
        match service {
            Ok(last) => ended = ended.and(last),
            Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
        }
    }
    audience.view.farewell(&audience.progress);
    ended
}

async fn blocking<T: Send + 'static, E: Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(panicked) => std::panic::resume_unwind(panicked.into_panic()),
    }
}
