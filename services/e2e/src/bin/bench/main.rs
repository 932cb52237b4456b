//! `make bench`: what Courant's promises cost, each figure a ratio measured in one run on one Apache Kafka node.
//!
//! ```text
//! end_to_end     newsroom ─► courant poller ─► Kafka ─► courant enricher   against   producing the same records, bare
//! transactions   event-log's writer, a transaction for each batch          against   the same batches without transactions
//! ```
//!
//! Standard output takes one JSON line a figure, then a table; progress goes to standard error. Both sides of a ratio share the node, its
//! settings and the machine and take turns, so that what else the machine does meets both. Values are medians over rounds; the table adds
//! the extremes. What was written is counted by reading it back before a figure is believed. No figure makes the run fail.

mod bare;
mod count;
mod cpu;
mod end_to_end;
mod figure;
mod transactions;

use std::io;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use e2e::kafka::Kafka;

/// Measures throughput on Apache Kafka as ratios against bare librdkafka.
#[derive(Debug, Parser)]
struct Args {
    /// Measure this alone.
    #[arg(long, value_enum)]
    only: Option<Bench>,
    /// Small sizes and one round, to see that the benches work; the figures mean little.
    #[arg(long)]
    quick: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Bench {
    EndToEnd,
    Transactions,
}

fn main() -> Result<()> {
    let args = Args::parse();
    if cfg!(debug_assertions) {
        eprintln!("bench: built without optimisation, so the figures mean nothing; use --release");
    }
    let kafka = Kafka::start(&[])?;
    let mut figures = Vec::new();
    let mut stdout = io::stdout().lock();
    for bench in Bench::value_variants() {
        if args.only.is_some_and(|only| only != *bench) {
            continue;
        }
        let measured = match bench {
            Bench::EndToEnd => end_to_end::run(&kafka, args.quick).context("end_to_end")?,
            Bench::Transactions => transactions::run(&kafka, args.quick).context("transactions")?,
        };
        for figure in &measured {
            figure.print_line(&mut stdout)?;
        }
        figures.extend(measured);
    }
    figure::print_table(&figures, &mut stdout)
}
