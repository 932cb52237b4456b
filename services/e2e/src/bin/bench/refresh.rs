//! Feeds refreshed a second of processor time, against Miniflux on the same feeds from a server of the same kind.
//!
//! Miniflux reaches the newsroom as its proxy and is told to refresh all of its feeds, in a process that ends when that is done; its processor time is
//! that process's alone, and that of its database is told on standard error. Ours is a running `courant poller` whose feeds are due
//! again after a second; Kafka keeps its state. Both are at their defaults but for the pace, and both have read every feed before.
//!
//! ```text
//! refresh_304    nothing is new, every answer is a 304
//! refresh_new    every answer holds twenty items, of which five are new
//! ```

use std::{
    net::SocketAddr,
    num::NonZeroU32,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use e2e::{cpu, kafka::Kafka, process::Courant, web::Web, world::World};
use newsroom::{Options, Pace, WireOptions};
use tempfile::TempDir;

use crate::{
    figure::Figure,
    not_modified::{set, until_all_asked},
    peer,
};

const PATIENCE: Duration = Duration::from_mins(5);
const GRACE: Duration = Duration::from_secs(30);
/// Answers of each feed before anything is measured: by then it lists as many items as it ever will.
const WARM_UP: usize = 4;

#[derive(Clone, Copy)]
struct Size {
    feeds: u32,
    rounds: usize,
    /// How long ours is watched in a round.
    watched: Duration,
}

const FULL: Size = Size { feeds: 1_000, rounds: 3, watched: Duration::from_secs(10) };
const SMALL: Size = Size { feeds: 50, rounds: 1, watched: Duration::from_secs(2) };

/// What the feeds bring at each refresh.
#[derive(Clone, Copy)]
enum Brings {
    Nothing,
    News,
}

/// Measures both sides, turn by turn; nothing where Miniflux cannot be had.
///
/// # Errors
/// When anything fails, or a refresh does not reach every feed.
pub(crate) fn run(kafka: &Kafka, quick: bool) -> Result<Vec<Figure>> {
    let Some((_, command)) = peer::commands("miniflux")?.into_iter().next() else {
        return Ok(Vec::new());
    };
    let program = PathBuf::from(command.first().context("no program")?);
    let size = if quick { SMALL } else { FULL };
    let mut figures = Vec::new();
    for (bench, brings) in [("refresh_304", Brings::Nothing), ("refresh_new", Brings::News)] {
        let mut figure = Figure {
            bench,
            unit: "feeds/CPU-s",
            against: "Miniflux on the same feeds",
            ours: Vec::new(),
            peer: Vec::new(),
        };
        let miniflux = Miniflux::start(&program, size, brings)?;
        let web = Web::serve(options(size, brings))?;
        let world = World::without_topics("refresh", kafka.brokers(), Some(&web))?;
        world.told(&set(&["topics", "apply"]), "")?;
        world.told(&set(&["feeds", "import", "-"]), &web.feed_list())?;
        for number in 1..=size.rounds {
            let mut poller = world.start_ready("poller", &set(&[]))?;
            let ours = watch(&mut poller, &web, size)?;
            poller.terminate(GRACE)?;
            let peer = miniflux.measure(size)?;
            eprintln!("{bench}: round {number}: {ours:.0} and {peer:.0} feeds a CPU-second");
            figure.ours.push(ours);
            figure.peer.push(peer);
        }
        figures.push(figure);
    }
    Ok(figures)
}

fn options(size: Size, brings: Brings) -> Options {
    let (items_per_poll, editions) = match brings {
        Brings::Nothing => (20, Some(NonZeroU32::MIN)),
        Brings::News => (5, None),
    };
    let wire = WireOptions {
        feeds: size.feeds,
        hosts: None,
        items_per_poll,
        window: 20,
        correct_every: 0,
        editions,
        pace: Pace::EveryAnswer,
        seed: 1,
    };
    Options { bundled: false, wire, ..Options::default() }
}

/// Polls a CPU-second of the poller, once every feed was asked a few times.
fn watch(poller: &mut Courant, web: &Web, size: Size) -> Result<f64> {
    until_all_asked(poller, web, (size.feeds, WARM_UP), PATIENCE)?;
    let now = || Ok::<_, anyhow::Error>((web.newsroom().answered(), cpu::used_by(poller.id())?));
    let (first, used_before) = now()?;
    thread::sleep(size.watched);
    let (last, used) = now()?;
    let polls = f64::from(u32::try_from(last - first)?);
    Ok(polls / used.saturating_sub(used_before).as_secs_f64())
}

/// Miniflux with a newsroom and a database of its own.
struct Miniflux {
    program: PathBuf,
    folder: TempDir,
    /// Number of the process of its database.
    store: u32,
    web: Web,
}

impl Miniflux {
    /// Starts the database, has every feed known and read.
    fn start(program: &Path, size: Size, brings: Brings) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("courant-miniflux-").tempdir()?;
        let store = store(&folder, "start")?.trim().parse()?;
        let web = Web::serve(options(size, brings))?;
        let miniflux = Self { program: program.to_owned(), folder, store, web };
        miniflux.command("-migrate")?;
        miniflux.sql("INSERT INTO users (username, password) VALUES ('bench', '')")?;
        miniflux.sql("INSERT INTO categories (user_id, title) SELECT id, 'Feeds' FROM users")?;
        miniflux.sql("INSERT INTO integrations (user_id) SELECT id FROM users")?;
        let rows: Vec<_> = miniflux.web.newsroom().feeds().iter().map(|feed| format!("('{}')", feed.url)).collect();
        miniflux.sql(&format!(
            "INSERT INTO feeds (user_id, category_id, title, feed_url, site_url) SELECT users.id, categories.id, url, url, url \
             FROM users, categories, (VALUES {}) AS urls (url)",
            rows.join(", ")
        ))?;
        // It would ask for the icon of each site.
        miniflux.sql("INSERT INTO icons (hash, mime_type, content) VALUES ('', 'image/png', '')")?;
        miniflux.sql("INSERT INTO feed_icons (feed_id, icon_id) SELECT feeds.id, icons.id FROM feeds, icons")?;
        for _ in 0..WARM_UP {
            miniflux.refresh(size)?;
        }
        Ok(miniflux)
    }

    /// Feeds refreshed a CPU-second.
    fn measure(&self, size: Size) -> Result<f64> {
        let (here, kept_before) = (std::process::id(), cpu::used_by_family(self.store)?);
        let (used_before, begun) = (cpu::used_by_ended_children(here)?, Instant::now());
        self.refresh(size)?;
        let used = cpu::used_by_ended_children(here)?.saturating_sub(used_before).as_secs_f64();
        let kept = cpu::used_by_family(self.store)?.saturating_sub(kept_before).as_secs_f64();
        let feeds = f64::from(size.feeds);
        eprintln!(
            "refresh: Miniflux took {used:.2} CPU-s for {feeds} feeds, PostgreSQL {kept:.2}, in {:.1?}",
            begun.elapsed()
        );
        Ok(feeds / used)
    }

    /// Refreshes every feed once.
    fn refresh(&self, size: Size) -> Result<()> {
        self.sql("UPDATE feeds SET next_check_at = now() - interval '1 hour'")?;
        let before = self.web.newsroom().answered();
        self.command("-refresh-feeds")?;
        let asked = self.web.newsroom().answered() - before;
        ensure!(asked == usize::try_from(size.feeds)?, "Miniflux asked for {asked} of {} feeds", size.feeds);
        let failed = self.sql("SELECT count(*) FROM feeds WHERE parsing_error_count > 0")?;
        ensure!(failed.trim() == "0", "Miniflux could not read {failed} feeds");
        Ok(())
    }

    /// Runs it once, waiting for its end.
    fn command(&self, verb: &str) -> Result<()> {
        let proxy: SocketAddr = self.web.addr();
        let folder = self.folder.path().display();
        let ended = Command::new(&self.program)
            .arg(verb)
            .env("DATABASE_URL", format!("user=miniflux dbname=miniflux host={folder}/store sslmode=disable"))
            .env("HTTP_CLIENT_PROXIES", format!("http://{proxy}"))
            .env("FETCHER_ALLOW_PRIVATE_NETWORKS", "1")
            .env("BATCH_SIZE", "100000")
            .stdin(Stdio::null())
            .output()
            .context("Miniflux cannot be run")?;
        let told = String::from_utf8_lossy(&ended.stderr);
        ensure!(ended.status.success(), "Miniflux {verb} ended with {}: {told}", ended.status);
        Ok(())
    }

    /// What the database answers.
    fn sql(&self, statement: &str) -> Result<String> {
        let socket = self.folder.path().join("store");
        let ended = Command::new("psql")
            .args(["-X", "-q", "-t", "-A", "-v", "ON_ERROR_STOP=1", "-U", "miniflux", "-d", "miniflux", "-h"])
            .arg(socket)
            .args(["-c", statement])
            .output()
            .context("psql cannot be run")?;
        let told = String::from_utf8_lossy(&ended.stderr);
        ensure!(ended.status.success(), "psql ended with {}: {told}", ended.status);
        Ok(String::from_utf8(ended.stdout)?)
    }
}

impl Drop for Miniflux {
    fn drop(&mut self) {
        if let Err(error) = store(&self.folder, "stop") {
            eprintln!("refresh: PostgreSQL was not stopped: {error:#}");
        }
    }
}

/// Starts or stops the database in `folder`.
fn store(folder: &TempDir, verb: &str) -> Result<String> {
    use std::os::unix::fs::PermissionsExt as _;
    // Its owner is another user where this is root.
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))?;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/miniflux/store.sh");
    let log = std::fs::File::create(folder.path().join(format!("{verb}.log")))?;
    let ended = Command::new(&script)
        .arg(verb)
        .arg(folder.path().join("store"))
        .stderr(log)
        .output()
        .with_context(|| format!("{} cannot be run", script.display()))?;
    ensure!(ended.status.success(), "{} {verb} ended with {}", script.display(), ended.status);
    Ok(String::from_utf8(ended.stdout)?)
}
