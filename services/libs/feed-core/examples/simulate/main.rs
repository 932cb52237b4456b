//! How early items are found under the same number of requests: Courant's rules against others, on feeds real and invented.
//!
//! ```text
//! cargo run --release -p feed-core --example simulate                                    # invented feeds
//! cargo run --release -p feed-core --example simulate -- FOLDER [MINUTES [SEED [POPULATION]]]    # and the dates of the feeds in FOLDER
//! ```
//!
//! Every row is one population of feeds over four weeks under one budget; the others get as many polls as Courant made. `gain` is the share that
//! Courant reaches of what knowledge of the future saves over a fixed interval: of the rates alone (`rates`, no schedule without sight of single
//! items does better), and of every item's moment (`items`, where hardly any waits but those closer together than polls may be). `in reach` is the share of
//! the latter that the former has: no more can be reached where items come at random.

mod compare;
mod feeds;
mod foresight;
mod plans;
mod poll;
mod random;
mod traces;

use std::{path::Path, process::ExitCode};

use compare::{Compared, compare};
use feeds::{Kind, SimulatedFeed};
use random::Random;

/// Simulated time, in days.
const DAYS: f64 = 28.0;

/// Feeds of each invented kind.
const FEEDS: usize = 300;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().filter(|folder| !folder.is_empty());
    let minutes = arguments.next().and_then(|minutes| minutes.parse::<f64>().ok()).unwrap_or(15.0);
    let seed = arguments.next().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let only = arguments.next();
    let mut random = Random::new(seed);
    let mut populations: Vec<(&str, Vec<SimulatedFeed>)> = Vec::new();
    if let Some(folder) = &folder {
        match traces::read(Path::new(folder), DAYS, &mut random) {
            Ok(feeds) => populations.push(("real", feeds)),
            Err(error) => {
                eprintln!("simulate: cannot read {folder}: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    let kinds =
        [("poisson", Kind::Poisson), ("diurnal", Kind::Diurnal), ("bursty", Kind::Bursty), ("dead", Kind::Dead)];
    for (name, kind) in kinds {
        populations.push((name, invent(kind, FEEDS, DAYS, &mut random)));
    }
    let all = populations.iter().flat_map(|(_, feeds)| feeds.clone()).collect();
    populations.push(("all", all));
    tell(&Compared::head());
    populations.retain(|(name, _)| only.as_deref().is_none_or(|only| only == *name));
    for (name, feeds) in &populations {
        tell(&compare(feeds, DAYS, minutes * 60.0, seed).row(name, feeds));
    }
    ExitCode::SUCCESS
}

fn invent(kind: Kind, count: usize, days: f64, random: &mut Random) -> Vec<SimulatedFeed> {
    (0..count).map(|_| SimulatedFeed::invent(kind, days, &mut random.split())).collect()
}

#[expect(clippy::print_stdout, reason = "the table is what the program is for")]
fn tell(line: &str) {
    println!("{line}");
}

#[cfg(test)]
mod tests;
