//! `make bench`: what Courant's promises cost, each figure a ratio measured in one run, on one Apache Kafka node where it needs Kafka.
//!
//! ```text
//! end_to_end     newsroom ─► courant poller ─► Kafka ─► courant enricher   against   producing the same records, bare
//! transactions   event-log's writer, a transaction for each batch          against   the same batches without transactions
//! poller_304     the poller's processor time a poll that finds nothing     against   the same requests in a bare loop
//! refresh        feeds refreshed a CPU-second, unchanged and with news     against   Miniflux on the same feeds
//! scale          a poller with 100,000 feeds: memory, lag, restore         against   300 MB, 1 s, a bare reading
//! parse          bytes of feeds ─► items, parse_full ─► events             against   bare feed-rs and ammonia on the same files
//! parse_rivals   parse_full                                                against   feedparser, fastfeedparser, gofeed, ROME
//! seen_state     bytes of state that an item takes                         against   the same facts in protobuf
//! ner            model alone; model, rules and linking                     against   spaCy with the same model on the same texts
//! tag_rules      all rules together                                        against   the same without one of them
//! memory         memory of a whole enricher under load                     against   200 MB
//! lexicon        memory to build a lexicon from a dump                     against   a quarter of the dump
//! tag_linear     time to tag hostile texts of twice the size               against   twice
//! ```
//!
//! Standard output takes one JSON line a figure, then a table; progress goes to standard error. Both sides of a ratio share the node, its
//! settings and the machine and take turns, so that what else the machine does meets both. Values are medians over rounds; the table adds
//! the extremes. What was written is counted by reading it back before a figure is believed. No figure makes the run fail.

mod bare;
mod count;
mod end_to_end;
mod figure;
mod known;
mod lexicon;
mod memory;
mod ner;
mod not_modified;
mod parse;
mod peer;
mod refresh;
mod scale;
mod seen;
mod transactions;

use std::{io, path::PathBuf};

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use e2e::kafka::Kafka;

/// Measures throughput as ratios against the bare libraries that others would use.
#[derive(Debug, Parser)]
struct Args {
    /// Measure this alone.
    #[arg(long, value_enum)]
    only: Option<Bench>,
    /// Folder of feeds that `parse` and `parse_rivals` read; the repository's own by default.
    #[arg(long)]
    feeds: Option<PathBuf>,
    /// Folder of texts that `ner` and `memory` read (labelled sets, JSON lines, plain text, feeds), may be given more than once; invented ones
    /// make up what lacks of a million words.
    #[arg(long)]
    texts: Vec<PathBuf>,
    /// Small sizes and one round, to see that the benches work; the figures mean little.
    #[arg(long)]
    quick: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Bench {
    EndToEnd,
    Transactions,
    #[value(name = "poller_304")]
    Poller304,
    Refresh,
    Scale,
    Parse,
    ParseRivals,
    SeenState,
    Ner,
    TagRules,
    Memory,
    Lexicon,
    TagLinear,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if cfg!(debug_assertions) {
        eprintln!("bench: built without optimisation, so the figures mean nothing; use --release");
    }
    let mut kafka = None;
    let mut figures = Vec::new();
    let mut stdout = io::stdout().lock();
    for bench in Bench::value_variants() {
        if args.only.is_some_and(|only| only != *bench) {
            continue;
        }
        let measured = match bench {
            Bench::EndToEnd => end_to_end::run(started(&mut kafka)?, args.quick).context("end_to_end")?,
            Bench::Transactions => transactions::run(started(&mut kafka)?, args.quick).context("transactions")?,
            Bench::Poller304 => not_modified::run(started(&mut kafka)?, args.quick).context("poller_304")?,
            Bench::Refresh => refresh::run(started(&mut kafka)?, args.quick).context("refresh")?,
            Bench::Scale => scale::run(started(&mut kafka)?, args.quick).context("scale")?,
            Bench::Parse => parse::run(args.feeds.as_deref(), args.quick).context("parse")?,
            Bench::ParseRivals => parse::run_rivals(args.feeds.as_deref(), args.quick).context("parse_rivals")?,
            Bench::SeenState => seen::run().context("seen_state")?,
            Bench::Ner => ner::run(&args.texts, args.quick).context("ner")?,
            Bench::TagRules => ner::run_rules(&args.texts, args.quick).context("tag_rules")?,
            Bench::Memory => memory::run(started(&mut kafka)?, &args.texts, args.quick).context("memory")?,
            Bench::Lexicon => lexicon::run(args.quick).context("lexicon")?,
            Bench::TagLinear => ner::run_linear(args.quick).context("tag_linear")?,
        };
        for figure in &measured {
            figure.print_line(&mut stdout)?;
        }
        figures.extend(measured);
    }
    figure::print_table(&figures, &mut stdout)
}

/// The one node of the run, started when a bench first asks for it.
fn started(kafka: &mut Option<Kafka>) -> Result<&Kafka> {
    if kafka.is_none() {
        *kafka = Some(Kafka::start(&[])?);
    }
    kafka.as_ref().context("no Kafka")
}
