//! Processes that die at any moment, under load: nothing is lost, nothing is there twice.
//!
//! The first kill of each role, and half of the others, drawn by lot, are aimed: the victim is frozen while it writes and killed only if its
//! transaction is then open. The rest come at a random moment.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
};

use anyhow::Result;
use e2e::{
    process::Courant,
    topics::{self, Isolation},
    wait::{self},
    world::World,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::{
    load::Load,
    strike::{LONG_TRANSACTIONS, ROLES, STRIKE_PATIENCE, freeze_in_transaction},
};

/// Kills unless `COURANT_CHAOS_KILLS` says otherwise.
const KILLS: u32 = 5;
/// Editions between two kills: some seconds of work.
const EDITIONS_PER_KILL: u32 = 4;
/// Editions behind the last kill, so that there is work left in which it would show.
const EDITIONS_BEHIND: u32 = 12;

#[test]
fn killed_pollers_and_enrichers_lose_nothing_and_repeat_nothing_in_chaos() {
    let kills = number("COURANT_CHAOS_KILLS").map_or(KILLS, |kills| u32::try_from(kills).unwrap());
    let seed = number("COURANT_CHAOS_SEED").unwrap_or_else(rand::random);
    eprintln!("chaos: {kills} kills, COURANT_CHAOS_SEED={seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let load = Load::new("chaos", kills * EDITIONS_PER_KILL + EDITIONS_BEHIND);
    let world = &load.world;
    let mut running = ROLES.map(|(role, _)| world.start(role, &LONG_TRANSACTIONS).unwrap());
    let planned = f64::from(kills * EDITIONS_PER_KILL) / f64::from(kills * EDITIONS_PER_KILL + EDITIONS_BEHIND);

    let first = random.random_range(0..ROLES.len());
    for kill in 0..kills {
        // Somewhere in this kill's share of the work; the roles take turns.
        let moment = planned * (f64::from(kill) + random.random::<f64>()) / f64::from(kills);
        wait::until_true("the load goes on", STRIKE_PATIENCE, || Ok(load.progress() >= moment)).unwrap();
        let victim = (first + usize::try_from(kill).unwrap()) % ROLES.len();
        // The first of each role; drawn in any case, so that one seed gives one course.
        let aimed = random.random::<bool>() || usize::try_from(kill).unwrap() < ROLES.len();
        strike(&load, &mut running, victim, aimed);
    }

    load.finish(running);
    load.judge();
    let aborted = aborted(world).unwrap();
    eprintln!("chaos: a reader of uncommitted records saw aborted ones: {aborted:?}");
    for (role, base) in ROLES {
        assert!(aborted.contains_key(base), "no kill of the {role} fell into a transaction: {aborted:?}");
    }
}

/// Kills one process and puts a new one in its place at once; with `aimed`, inside a transaction if the load lasts that long.
fn strike(load: &Load, running: &mut [Courant; 2], victim: usize, aimed: bool) {
    let (role, base) = ROLES[victim];
    let caught = aimed && freeze_in_transaction(load, &running[victim], base);
    running[victim].kill().unwrap();
    running[victim] = load.world.start(role, &LONG_TRANSACTIONS).unwrap();
    eprintln!("chaos: killed the {role}{}", if caught { " inside a transaction" } else { "" });
}

/// Records by topic that a reader of uncommitted records saw, and a reader of committed ones never will.
fn aborted(world: &World) -> Result<BTreeMap<&'static str, usize>> {
    let mut counts = BTreeMap::new();
    for base in ["items.v1", "tagged.v1", "feed-state.v1", "fetches.v1"] {
        let everything = world.read(base, Isolation::Uncommitted)?;
        let decided = topics::ranges(world.brokers(), &world.topic(base), Isolation::Committed)?;
        let committed: BTreeSet<_> =
            world.read(base, Isolation::Committed)?.iter().map(|record| (record.partition, record.offset)).collect();
        let aborted = everything.iter().filter(|record| {
            let is_decided = decided.get(&record.partition).is_some_and(|range| record.offset < range.high);
            is_decided && !committed.contains(&(record.partition, record.offset))
        });
        let count = aborted.count();
        if count > 0 {
            counts.insert(base, count);
        }
    }
    Ok(counts)
}

fn number(variable: &str) -> Option<u64> {
    env::var_os(variable)?.to_str()?.parse().ok()
}
