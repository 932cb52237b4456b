//! Processor time of a poll that finds nothing new, against conditional requests in a bare loop.
//!
//! Ours: one `courant poller`, default settings but for the pace (every feed is due again after a second, and sites are asked without a pause, one
//! request at a time), over more feeds than can be polled in a second, known for long enough for their 304s to be trusted. A poll is then all but the parsing: when it is
//! due, politeness, the request, what the answer says of the next one, and the schedule and the fetch record in a transaction; one in 64
//! leaves the validators out, to see whether the 304s are true, and reads the whole feed. The peer: `bare_polls`, a process that makes the
//! same requests with a client of the same settings, as many at a time, and forgets the answers.
//!
//! Both are processes of their own; newsroom and broker run elsewhere and count in neither. They take turns of a second or two, the
//! poller stopped (SIGSTOP) while the peer has its turn: how fast a shared machine is changes within a minute, which then meets both. The polls of ours are those that the newsroom
//! answered in the time measured, and all of the run but those that its end cut off must stand in `fetches`.

use std::{
    collections::BTreeMap,
    env,
    io::{BufRead as _, BufReader, Write as _},
    num::NonZeroU32,
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use chrono::TimeDelta;
use e2e::{cpu, kafka::Kafka, process::Courant, wait, web::Web, world::World};
use newsroom::{Options, Pace, WireOptions};
use rustix::process::Signal;
use serde::Deserialize;
use service_kit::clock;

use crate::{count, figure::Figure, known};

/// As in `end_to_end`: Courant's own defaults in place of the harness's, which are made to fail fast.
const SETTINGS: [&str; 8] = [
    "topics.feed_partitions=48",
    "topics.item_partitions=24",
    "topics.log_partitions=6",
    "poller.commit.interval=250ms",
    "poller.fetch.read_timeout=15s",
    "poller.fetch.first_byte_timeout=15s",
    "poller.fetch.total_timeout=30s",
    "kafka.session_timeout=30s",
];
/// One request at a time to a site, as the order of the peer's has it: a second connection that is needed now and then would be made anew each time.
const ONE_TO_A_SITE: [&str; 2] = ["--set", "poller.poll.per_site_concurrency=1"];
/// Requests under way at a time, the poller's default.
const TASKS: usize = 256;
const PATIENCE: Duration = Duration::from_mins(3);
const GRACE: Duration = Duration::from_secs(30);
/// Of so many polls at most one may read the whole feed.
const MOST_WHOLE_SHARE: usize = 40;
/// From the first 304 of the last feed until the rhythm is that of every day: connections open, buffers grown.
const SETTLED: Duration = Duration::from_secs(3);
/// The same where the poller was stopped for the peer's turn.
const RESUMED: Duration = Duration::from_millis(500);

/// How much is measured.
#[derive(Clone, Copy)]
struct Size {
    feeds: u32,
    /// Pollers and peers, one pair after the other: one process may lie in memory better than another.
    pairs: usize,
    /// Turns of each.
    turns: usize,
    /// How long ours is watched in a turn.
    watched: Duration,
    /// How often the peer asks for each page in a turn.
    passes: usize,
}

/// Fewer than feeds: poller and peer hold a connection to each, which together must be fewer than the newsroom has seats for.
const HOSTS: u32 = 3_000;
const FULL: Size = Size { feeds: 32_000, pairs: 3, turns: 9, watched: Duration::from_secs(2), passes: 2 };
const SMALL: Size = Size { feeds: 200, pairs: 1, turns: 2, watched: Duration::from_secs(1), passes: 10 };

/// What the peer says of itself.
#[derive(Deserialize)]
struct Told {
    polls: u32,
    seconds: f64,
    cpu_seconds: f64,
}

/// Measures both sides, turn by turn, while the poller goes on.
///
/// # Errors
/// When anything fails or a poll is missing in `fetches`.
pub(crate) fn run(kafka: &Kafka, quick: bool) -> Result<Vec<Figure>> {
    let size = if quick { SMALL } else { FULL };
    let web = Web::serve(options(size))?;
    let world = World::without_topics("polls", kafka.brokers(), Some(&web))?;
    world.told(&set(&["topics", "apply"]), "")?;
    let mut figure = Figure {
        bench: "poller_304",
        unit: "polls/CPU-s",
        against: "the same requests in a bare loop on the same client",
        ours: Vec::new(),
        peer: Vec::new(),
    };
    world.told(&set(&["feeds", "import", "-"]), &web.feed_list())?;
    let known = known::read_feeds(&world, &web, TimeDelta::seconds(1))?;
    known::write_states(&world, known, clock::now(), TimeDelta::zero())?;
    let mut asked_by_others = web.newsroom().answered();
    for number in 1..=size.pairs {
        let mut poller = world.start_ready("poller", &set(&ONE_TO_A_SITE))?;
        until_all_asked(&mut poller, &web, (size.feeds, 2), PATIENCE)?;
        thread::sleep(SETTLED);
        let mut peer = {
            let _stopped = Stopped::new(&poller)?;
            Bare::start(&web, size.passes)?
        };
        for turn in 1..=size.turns {
            thread::sleep(RESUMED);
            let ours = watch(&poller, &web, size)?;
            let _stopped = Stopped::new(&poller)?;
            let theirs = peer.turn()?;
            eprintln!("poller_304: pair {number}, turn {turn}: {ours:.0} and {theirs:.0} polls a CPU-second");
            figure.ours.push(ours);
            figure.peer.push(theirs);
        }
        poller.terminate(GRACE)?;
        asked_by_others += peer.asked;
        let answered = web.newsroom().answered() - asked_by_others;
        let kept = count::committed(world.brokers(), &world.topic("fetches.v1"))?;
        // Those under way when a poller ends are given up.
        let given_up = number * TASKS;
        ensure!(
            kept <= answered && answered - kept <= given_up,
            "the newsroom answered {answered} polls and {kept} stand in fetches"
        );
    }
    Ok(vec![figure])
}

/// Feeds of one edition.
fn options(size: Size) -> Options {
    let wire = WireOptions {
        feeds: size.feeds,
        hosts: NonZeroU32::new(HOSTS),
        items_per_poll: 20,
        window: 20,
        correct_every: 0,
        editions: Some(NonZeroU32::MIN),
        pace: Pace::Confirmed,
        seed: 1,
    };
    Options { bundled: false, wire, ..Options::default() }
}

/// Waits until `poller` has from now on asked so many feeds, each so many times.
///
/// # Errors
/// When it ends, or takes longer than `patience`.
pub(crate) fn until_all_asked(
    poller: &mut Courant,
    web: &Web,
    (feeds, times): (u32, usize),
    patience: Duration,
) -> Result<()> {
    let begun = web.newsroom().answered();
    wait::until_true(&format!("every feed was asked {times} times"), patience, || {
        ensure!(poller.runs()?, "the poller ended by itself");
        let mut asked = BTreeMap::<_, usize>::new();
        for answer in web.newsroom().log_from(begun) {
            *asked.entry(answer.url).or_default() += 1;
        }
        Ok(asked.len() == usize::try_from(feeds)? && asked.values().all(|count| *count >= times))
    })
}

/// Polls a CPU-second of the poller, whose feeds all answer 304.
fn watch(poller: &Courant, web: &Web, size: Size) -> Result<f64> {
    let now = || Ok::<_, anyhow::Error>((web.newsroom().answered(), cpu::used_by(poller.id())?, Instant::now()));
    let (first, used_before, since) = now()?;
    thread::sleep(size.watched);
    let (last, used, until) = now()?;
    let answers = web.newsroom().log_from(first);
    let answers = answers.get(..last - first).context("the newsroom forgot answers")?;
    let whole = answers.iter().filter(|answer| answer.status != Some(304)).count();
    ensure!(whole * MOST_WHOLE_SHARE < answers.len(), "{whole} of {} answers were no 304", answers.len());
    let polls = f64::from(u32::try_from(answers.len())?);
    let used = used.saturating_sub(used_before).as_secs_f64();
    let took = (until - since).as_secs_f64();
    eprintln!(
        "poller_304: ours: {:.0} polls a second, {:.2} cores; {whole} not conditional",
        polls / took,
        used / took
    );
    Ok(polls / used)
}

/// A poller that is stopped, to go on when this is dropped.
struct Stopped<'a>(&'a Courant);

impl<'a> Stopped<'a> {
    fn new(poller: &'a Courant) -> Result<Self> {
        poller.signal(Signal::STOP)?;
        Ok(Self(poller))
    }
}

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        if let Err(error) = self.0.signal(Signal::CONT) {
            eprintln!("poller_304: {error:#}");
        }
    }
}

/// The pages with the validators of their only edition, as the peer takes them.
fn pages(web: &Web) -> Vec<String> {
    let line = |url: String| {
        let number = url.strip_suffix(".xml").and_then(|rest| rest.rsplit('/').next()).unwrap_or_default();
        format!("{url}\t\"wire-{number:0>4}-0\"")
    };
    web.newsroom().feeds().into_iter().map(|feed| line(feed.url)).collect()
}

/// The peer, its connections open.
struct Bare {
    child: Child,
    asks: ChildStdin,
    tells: mpsc::Receiver<std::io::Result<String>>,
    /// Polls so far.
    asked: usize,
}

impl Bare {
    /// Starts it and waits until it has asked for each page once.
    fn start(web: &Web, passes: usize) -> Result<Self> {
        let here = env::current_exe()?;
        let program = here.with_file_name(format!("bare_polls{}", env::consts::EXE_SUFFIX));
        let mut child = Command::new(&program)
            .args(["--at", &web.addr().to_string(), "--tasks", &TASKS.to_string(), "--passes", &passes.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} cannot be run; `make bench` builds it", program.display()))?;
        let asks = child.stdin.take().context("no standard input")?;
        let stdout = BufReader::new(child.stdout.take().context("no standard output")?);
        let (sender, tells) = mpsc::sync_channel(1);
        // Ends with the peer, or with whoever listens.
        thread::spawn(move || stdout.lines().try_for_each(|line| sender.send(line)));
        let pages = pages(web);
        let mut bare = Self { child, asks, tells, asked: pages.len() };
        writeln!(bare.asks, "{}\n", pages.join("\n"))?;
        bare.line()?;
        Ok(bare)
    }

    /// Polls a CPU-second over some passes.
    fn turn(&mut self) -> Result<f64> {
        writeln!(self.asks)?;
        let told: Told = serde_json::from_str(&self.line()?)?;
        self.asked += usize::try_from(told.polls)?;
        let polls = f64::from(told.polls);
        eprintln!(
            "poller_304: peer: {:.0} polls a second, {:.2} cores",
            polls / told.seconds,
            told.cpu_seconds / told.seconds
        );
        Ok(polls / told.cpu_seconds)
    }

    fn line(&mut self) -> Result<String> {
        Ok(self.tells.recv_timeout(PATIENCE).context("the peer ended or says nothing")??)
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        // It has nothing to lose.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `args` with the settings.
pub(crate) fn set<'a>(args: &[&'a str]) -> Vec<&'a str> {
    args.iter().copied().chain(SETTINGS.into_iter().flat_map(|setting| ["--set", setting])).collect()
}
