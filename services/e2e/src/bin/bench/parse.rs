//! Megabytes of feeds a second and core, bytes to events, against other parsers on the same files.
//!
//! `parse` is parsing and sanitising alone, to every field that a document has; `parse_full` all that an item event needs: items within their caps,
//! facts of dates, identity, language, fingerprint, and the comparison with what was seen. Their peer is bare feed-rs with ammonia on each summary and content. `parse_full_vs_…` is the same against other
//! languages' parsers, which do less: of them only feedparser sanitises, and none knows languages, fingerprints or events.
//!
//! Each pair is measured on the files in which both sides find items, so that neither wins by giving up early; how many were left out is
//! said on standard error. Both are single-threaded, take turns, and count the processor time of their own process, so that
//! other work on the machine meets both. Files come from `--feeds`; without it they are the sample feeds of `newsroom` and the seeds
//! of `misprints`, which are smaller than real ones.

use std::{
    fs,
    hint::black_box,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use feed_core::{
    parse::{ParseContext, parse, read_document},
    revise::{Extent, SeenLimits, Window, compare},
};
use news_model::{FeedId, Seen};
use rustix::time::{ClockId, clock_gettime};
use tempfile::TempDir;
use url::Url;

use crate::{
    figure::Figure,
    peer::{self, Peer},
};

const MEGABYTE: f64 = 1e6;

/// How long and how often each side is measured.
#[derive(Clone, Copy)]
struct Pace {
    rounds: usize,
    turn: Duration,
}

/// A parser to compare with.
struct Rival {
    /// What `peers.sh` calls it.
    name: &'static str,
    /// Name of its figure.
    bench: &'static str,
    /// What it does.
    against: &'static str,
}

/// The rivals in other languages.
const RIVALS: [Rival; 4] = [
    Rival { name: "feedparser", bench: "parse_full_vs_feedparser", against: "Python feedparser, which sanitises" },
    Rival { name: "fastfeedparser", bench: "parse_full_vs_fastfeedparser", against: "Python fastfeedparser (lxml)" },
    Rival { name: "gofeed", bench: "parse_full_vs_gofeed", against: "Go gofeed" },
    Rival { name: "ROME", bench: "parse_full_vs_rome", against: "Java ROME" },
];
const BARE: &str = "bare feed-rs and ammonia";

/// What is done with a body; gives the number of items.
type Work = fn(&[u8], &Known) -> usize;

/// What parsing is told beside the bytes.
struct Known {
    feed: FeedId,
    base_url: Url,
}

/// The files to read, and their folder if it was made for the run.
struct Corpus {
    files: Vec<PathBuf>,
    bodies: Vec<Vec<u8>>,
    _made: Option<TempDir>,
}

/// `parse` and `parse_full` against bare feed-rs with ammonia.
///
/// # Errors
/// When there are no feeds, or the peer cannot be built.
pub(crate) fn run(feeds: Option<&Path>, quick: bool) -> Result<Vec<Figure>> {
    let corpus = Corpus::of(feeds)?;
    let mut peers = started("bare", &corpus)?;
    let bare = peers.first_mut().context("the peer needs cargo")?;
    measured(&corpus, bare, &[("parse", BARE, parsed), ("parse_full", BARE, events)], pace(quick))
}

/// `parse_full` against the parsers of other languages, as far as their tool chains are there.
///
/// # Errors
/// As [`run`].
pub(crate) fn run_rivals(feeds: Option<&Path>, quick: bool) -> Result<Vec<Figure>> {
    let corpus = Corpus::of(feeds)?;
    let mut figures = Vec::new();
    for mut peer in started("rivals", &corpus)? {
        let rival =
            RIVALS.iter().find(|rival| rival.name == peer.name).context("peers.sh names a rival unknown here")?;
        figures.extend(measured(&corpus, &mut peer, &[(rival.bench, rival.against, events)], pace(quick))?);
    }
    Ok(figures)
}

fn pace(quick: bool) -> Pace {
    if quick {
        Pace { rounds: 1, turn: Duration::from_millis(200) }
    } else {
        Pace { rounds: 7, turn: Duration::from_secs(2) }
    }
}

fn started(which: &str, corpus: &Corpus) -> Result<Vec<Peer>> {
    let commands = peer::commands(which)?;
    commands.into_iter().map(|(name, command)| Peer::start(name, &command, &corpus.files)).collect()
}

/// Measures each of `works` against `peer` in turns.
fn measured(
    corpus: &Corpus,
    peer: &mut Peer,
    works: &[(&'static str, &'static str, Work)],
    pace: Pace,
) -> Result<Vec<Figure>> {
    let known = Known { feed: "bench".parse()?, base_url: "https://feeds.example/feed.xml".parse()? };
    let both = |(index, body): (usize, &Vec<u8>)| {
        let theirs = peer.counts.get(index).is_some_and(|count| *count > 0);
        (theirs && parsed(body, &known) > 0).then_some(index)
    };
    let chosen: Vec<usize> = corpus.bodies.iter().enumerate().filter_map(both).collect();
    ensure!(!chosen.is_empty(), "{} finds no items in any file that has some for us", peer.name);
    let bodies: Vec<_> = chosen.iter().filter_map(|index| corpus.bodies.get(*index)).collect();
    let bytes: usize = bodies.iter().map(|body| body.len()).sum();
    eprintln!("bench: {}: {} of {} files, {bytes} bytes", peer.name, chosen.len(), corpus.bodies.len());
    peer.choose(&chosen)?;
    let empty = |(bench, against, _): &(&'static str, &'static str, Work)| Figure {
        bench,
        unit: "MB/s a core",
        against,
        ours: Vec::new(),
        peer: Vec::new(),
    };
    let mut figures: Vec<_> = works.iter().map(empty).collect();
    for _ in 0..pace.rounds {
        for ((.., work), figure) in works.iter().zip(&mut figures) {
            figure.peer.push(peer.measure(pace.turn)? / MEGABYTE);
            figure.ours.push(rate(&bodies, &known, *work, pace.turn)? / MEGABYTE);
        }
    }
    Ok(figures)
}

/// Bytes a second of processor time that `work` gets through.
fn rate(bodies: &[&Vec<u8>], known: &Known, work: Work, limit: Duration) -> Result<f64> {
    let start = used()?;
    let mut bytes = 0_u32;
    loop {
        for body in bodies {
            black_box(work(body, known));
            bytes = bytes.saturating_add(u32::try_from(body.len())?);
        }
        let spent = used()?.saturating_sub(start);
        if spent >= limit {
            return Ok(f64::from(bytes) / spent.as_secs_f64());
        }
    }
}

fn used() -> Result<Duration> {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Ok(Duration::new(time.tv_sec.try_into()?, time.tv_nsec.try_into()?))
}

fn context(known: &Known) -> ParseContext<'_> {
    let now = chrono::DateTime::UNIX_EPOCH;
    ParseContext { feed: &known.feed, base_url: &known.base_url, content_type: None, now }
}

fn parsed(body: &[u8], known: &Known) -> usize {
    read_document(body, Some(&known.base_url), None).map_or(0, |document| black_box(document).entries.len())
}

fn events(body: &[u8], known: &Known) -> usize {
    parse(body, &context(known)).map_or(0, |feed| {
        let window = Window { items: feed.items, extent: Extent::Whole };
        let comparison = compare(&Seen::default(), window, &SeenLimits::default());
        black_box(comparison).events.len()
    })
}

impl Corpus {
    /// All files under `folder`, or the feeds that the repository brings.
    fn of(folder: Option<&Path>) -> Result<Self> {
        let (files, made) = if let Some(folder) = folder {
            (files_under(folder)?, None)
        } else {
            let made = TempDir::new()?;
            let mut files = files_under(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../libs/newsroom/feeds"))?;
            files.retain(|file| file.extension().is_some_and(|end| end == "xml" || end == "json"));
            for format in misprints::Format::ALL {
                let file = made.path().join(format.as_str());
                fs::write(&file, misprints::seed(format).bytes)?;
                files.push(file);
            }
            (files, Some(made))
        };
        ensure!(!files.is_empty(), "no feeds to read");
        let bodies = files.iter().map(fs::read).collect::<Result<_, _>>()?;
        Ok(Self { files, bodies, _made: made })
    }
}

/// Every file under `folder`, in a fixed order.
///
/// # Errors
/// When a folder cannot be read.
pub(crate) fn files_under(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    Ok(files)
}
