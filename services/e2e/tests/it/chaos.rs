//! Processes that die at any moment, under load: nothing is lost, nothing is there twice.
//!
//! Half of the kills, drawn by lot, come at a random moment, half while the victim writes, so that they fall into its transaction.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    time::Duration,
};

use anyhow::Result;
use e2e::{
    process::Courant,
    topics::{self, Isolation, Watch},
    wait::{self, GRACE, PATIENCE},
    world::World,
};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::load::Load;

/// Kills unless `COURANT_CHAOS_KILLS` says otherwise.
const KILLS: u32 = 5;
/// Editions between two kills: some seconds of work.
const EDITIONS_PER_KILL: u32 = 4;
/// Editions behind the last planned kill, for those that follow if none fell into a transaction, and for the work after the last.
const EDITIONS_BEHIND: u32 = 12;
/// Longest wait for a victim to write; above what a takeover and an abort take.
const LONGEST_AIM: Duration = Duration::from_secs(25);
/// Most kills of one role beyond those planned.
const MORE_KILLS: u32 = 3;
/// Takes a takeover by the session timeout and an abort by the transaction timeout twice.
const CHAOS_PATIENCE: Duration = Duration::from_mins(4);

/// The two roles, each with the topic that it alone writes its items to.
const ROLES: [(&str, &str); 2] = [("poller", "items.v1"), ("enricher", "tagged.v1")];

/// Each record travels alone, one after the other, and a batch gathers many, so that transactions last long enough to be hit.
const LONG_TRANSACTIONS: [&str; 8] = [
    "--set",
    "kafka.properties.batch.num.messages=1",
    "--set",
    "kafka.properties.max.in.flight.requests.per.connection=1",
    "--set",
    "poller.commit.interval=300ms",
    "--set",
    "enricher.batch.max_wait=300ms",
];

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
        wait::until_true("the load goes on", CHAOS_PATIENCE, || Ok(load.progress() >= moment)).unwrap();
        let victim = (first + usize::try_from(kill).unwrap()) % ROLES.len();
        strike(world, &mut running, victim, random.random());
    }
    // Not vacuous: deaths of both roles should have left records behind that were never committed, if need be further ones.
    for (victim, (_, base)) in ROLES.into_iter().enumerate() {
        wait_decided(world, base);
        let mut more = 0;
        while !aborted(world).unwrap().contains_key(base) && more < MORE_KILLS && !load.is_served() {
            strike(world, &mut running, victim, true);
            wait_decided(world, base);
            more += 1;
        }
    }

    wait::until_true("every edition is kept", CHAOS_PATIENCE, || Ok(load.is_served())).unwrap();
    world.wait_enriched(PATIENCE).unwrap();
    for process in running {
        process.terminate(GRACE).unwrap();
    }
    load.check().unwrap();
    revisions_have_no_holes(world);
    let aborted = aborted(world).unwrap();
    eprintln!("chaos: a reader of uncommitted records saw aborted ones: {aborted:?}");
    // Whether a kill falls into the few milliseconds of a transaction is chance; the long run has kills enough to demand it.
    assert!(kills <= KILLS || !aborted.is_empty(), "no kill fell into a transaction");
}

/// Kills one process and puts a new one in its place at once. With `aimed` it waits for the victim to write something first, so that the
/// transaction is most likely still open.
fn strike(world: &World, running: &mut [Courant; 2], victim: usize, aimed: bool) {
    let (role, base) = ROLES[victim];
    if aimed {
        let watch = Watch::from_end(world.brokers(), &world.topic(base)).unwrap();
        // At the end of the load there may be nothing more to write.
        let _ = watch.sees_one(LONGEST_AIM).unwrap();
    }
    running[victim].kill().unwrap();
    running[victim] = world.start(role, &LONG_TRANSACTIONS).unwrap();
    eprintln!("chaos: killed the {role}{}", if aimed { " while it wrote" } else { "" });
}

/// Waits until all that was written to a topic up to here is committed or aborted.
fn wait_decided(world: &World, base: &str) {
    let topic = world.topic(base);
    let written = topics::ranges(world.brokers(), &topic, Isolation::Uncommitted).unwrap();
    wait::until_true("open transactions are decided", CHAOS_PATIENCE, || {
        let decided = topics::ranges(world.brokers(), &topic, Isolation::Committed)?;
        Ok(written.iter().all(|(partition, range)| decided[partition].high >= range.high))
    })
    .unwrap();
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

/// In each topic the revisions of an item stand in order: 1, 2, 3 …
fn revisions_have_no_holes(world: &World) {
    let mut items = BTreeMap::<String, u32>::new();
    for record in world.read("items.v1", Isolation::Committed).unwrap() {
        let event = record.item_event().unwrap();
        let latest = items.entry(record.key_text().unwrap().to_owned()).or_default();
        *latest += 1;
        assert_eq!(event.revision, *latest, "revision of {:?}", event.item);
    }
    let mut tagged = BTreeMap::<String, u32>::new();
    for record in world.read("tagged.v1", Isolation::Committed).unwrap() {
        let event = record.tagged_item().unwrap().event.unwrap();
        let latest = tagged.entry(record.key_text().unwrap().to_owned()).or_default();
        *latest += 1;
        assert_eq!(event.revision, *latest, "tagged revision of {:?}", event.item);
    }
    assert_eq!(items, tagged);
}

fn number(variable: &str) -> Option<u64> {
    env::var_os(variable)?.to_str()?.parse().ok()
}
