//! One test's own set of topics on the shared node, with the configuration that leads there.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

use crate::{
    kafka::Kafka,
    process::{self, Courant, Ended},
    topics::{self, Isolation, Record},
    truth::{self, Story},
    wait,
    web::Web,
};

/// How long a command may take; by its own promise it gives a broker up earlier.
const COMMAND: Duration = Duration::from_secs(30);

/// Topics, groups and transactional ids under one prefix.
#[derive(Debug)]
pub struct World {
    brokers: String,
    prefix: String,
    dir: TempDir,
    started: AtomicU32,
}

impl World {
    /// A fresh set of topics on `kafka`, created by `courant topics apply`; feeds are polled from `web` as often as they may.
    ///
    /// # Errors
    /// When the topics cannot be created.
    pub fn new(name: &str, kafka: &Kafka, web: &Web) -> Result<Self> {
        let world = Self::without_topics(name, kafka.brokers(), Some(web))?;
        world.told(&["topics", "apply"], "")?;
        Ok(world)
    }

    /// The same before any topic exists, with brokers that need not be there.
    ///
    /// # Errors
    /// When no directory can be made.
    pub fn without_topics(name: &str, brokers: &str, web: Option<&Web>) -> Result<Self> {
        static WORLDS: AtomicU32 = AtomicU32::new(1);
        let number = WORLDS.fetch_add(1, Ordering::Relaxed);
        let world = Self {
            brokers: brokers.to_owned(),
            prefix: format!("{name}-{number}."),
            dir: tempfile::Builder::new().prefix("courant-e2e-").tempdir()?,
            started: AtomicU32::new(0),
        };
        fs::write(world.config(), world.settings(web)?)?;
        Ok(world)
    }

    /// The node.
    #[must_use]
    pub fn brokers(&self) -> &str {
        &self.brokers
    }

    /// The configuration file, which a test may extend.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.dir.path().join("courant.toml")
    }

    /// A directory for the test's files.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Full name of a topic, such as `items.v1`.
    #[must_use]
    pub fn topic(&self, base: &str) -> String {
        format!("{}{base}", self.prefix)
    }

    /// Full name of a role's consumer group.
    #[must_use]
    pub fn group(&self, role: &str) -> String {
        format!("{}{role}", self.prefix)
    }

    /// Starts a role; `more` are further arguments.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(&self, role: &str, more: &[&str]) -> Result<Courant> {
        self.start_armed(role, "", more)
    }

    /// Starts a role with fail points, as [`Courant::start_armed`] does.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start_armed(&self, role: &str, fail_points: &str, more: &[&str]) -> Result<Courant> {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let log = self.dir.path().join(format!("{role}-{number}.log"));
        Courant::start_armed(&log, fail_points, self.args(&[role]).chain(more.iter().map(Into::into)))
    }

    /// Starts a role and waits until it is ready.
    ///
    /// # Errors
    /// When it does not get ready in time.
    pub fn start_ready(&self, role: &str, more: &[&str]) -> Result<Courant> {
        let mut process = self.start(role, more)?;
        process.wait_ready(Duration::from_mins(1))?;
        Ok(process)
    }

    /// Runs a command to its end, `stdin` at its standard input.
    ///
    /// # Errors
    /// When it takes too long.
    pub fn command(&self, args: &[&str], stdin: &str) -> Result<Ended> {
        process::run(self.dir.path(), self.args(args), stdin, COMMAND)
    }

    /// Runs a command that must succeed; gives its standard output.
    ///
    /// # Errors
    /// When it does not.
    pub fn told(&self, args: &[&str], stdin: &str) -> Result<String> {
        let Ended { code, stdout, stderr } = self.command(args, stdin)?;
        ensure!(code == Some(0), "courant {args:?} ended with {code:?}\n{stdout}{stderr}");
        Ok(stdout)
    }

    /// Adds feeds to the catalogue, one address a line.
    ///
    /// # Errors
    /// When an address is refused.
    pub fn import(&self, list: &str) -> Result<()> {
        self.told(&["feeds", "import", "-"], list).map(drop)
    }

    /// The catalogue: feed id to address.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn catalogue(&self) -> Result<BTreeMap<String, String>> {
        let listed = self.told(&["feeds", "list", "--json"], "")?;
        let entry = |line: &str| -> Result<_> {
            let feed: serde_json::Value = serde_json::from_str(line)?;
            let text = |key: &str| Some(feed.get(key)?.as_str()?.to_owned());
            Ok((text("id").context("a feed without an id")?, text("url").context("a feed without an address")?))
        };
        listed.lines().map(entry).collect()
    }

    /// Every record of a topic, such as `items.v1`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&self, base: &str, isolation: Isolation) -> Result<Vec<Record>> {
        topics::read(&self.brokers, &self.topic(base), isolation)
    }

    /// What a reader of committed records sees in `items`, in the terms of the newsroom's log.
    ///
    /// # Errors
    /// When a record is no item event.
    pub fn published(&self) -> Result<Vec<Story>> {
        let catalogue = self.catalogue()?;
        let records = self.read("items.v1", Isolation::Committed)?;
        let story = |record: &Record| truth::story_of(&record.item_event()?, &catalogue);
        records.iter().map(story).collect()
    }

    /// The same of `tagged`.
    ///
    /// # Errors
    /// When a record is no tagged item.
    pub fn tagged(&self) -> Result<Vec<Story>> {
        let catalogue = self.catalogue()?;
        let records = self.read("tagged.v1", Isolation::Committed)?;
        let story = |record: &Record| {
            let event = record.tagged_item()?.event.context("no event in it")?;
            truth::story_of(&event, &catalogue)
        };
        records.iter().map(story).collect()
    }

    /// Waits until every item that stands in `items` is tagged or a dead letter.
    ///
    /// # Errors
    /// When that is not so within `patience`.
    pub fn wait_enriched(&self, patience: Duration) -> Result<()> {
        let items = self.topic("items.v1");
        let ends = |isolation| topics::ranges(&self.brokers, &items, isolation);
        let count = |base| self.read(base, Isolation::Committed).map(|all| all.len());
        wait::until_true("every item is tagged", patience, || {
            // No transaction is open, so the count is the last word.
            Ok(ends(Isolation::Committed)? == ends(Isolation::Uncommitted)?
                && count("items.v1")? <= count("tagged.v1")? + count("dead-letters.v1")?)
        })
    }

    fn args(&self, args: &[&str]) -> impl Iterator<Item = std::ffi::OsString> {
        let mut all: Vec<std::ffi::OsString> = args.iter().map(Into::into).collect();
        all.push("--config".into());
        all.push(self.config().into());
        all.into_iter()
    }

    fn settings(&self, web: Option<&Web>) -> Result<String> {
        let Self { brokers, prefix, .. } = self;
        let mut text = format!(
            r#"[kafka]
brokers = "{brokers}"
topic_prefix = "{prefix}"
group_prefix = "{prefix}"
transactional_id_prefix = "{prefix}"
session_timeout = "6s"
transaction_timeout = "10s"

[topics]
feed_partitions = 4
item_partitions = 4
log_partitions = 2

[poller.poll]
min_interval = "1s"
max_interval = "1s"
first_interval = "1s"
longest_wait = "5s"
ramp = "0s"
per_site_spacing = "0s"

[poller.fetch]
read_timeout = "1s"
first_byte_timeout = "1s"
total_timeout = "2s"

[poller.commit]
interval = "50ms"
"#
        );
        if let Some(web) = web {
            write!(text, "\n[poller.fetch.hosts]\n\"*.example\" = \"{}\"\n", web.addr())?;
        }
        Ok(text)
    }
}
