//! Processes that die at any moment, under load: nothing is lost, nothing is there twice.
//!
//! The first kill of each role, and half of the others, drawn by lot, are aimed: the victim is frozen while it writes and killed only if its
//! transaction is then open. The rest come at a random moment.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    time::Duration,
};

use anyhow::Result;
use e2e::{
    process::{Courant, Signal},
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
/// Editions behind the last kill, so that there is work left in which it would show.
const EDITIONS_BEHIND: u32 = 12;
/// Longest silence of a victim before the look at its topic begins anew.
const WRITES_AGAIN: Duration = Duration::from_secs(5);
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
    "poller.commit.interval=1s",
    "--set",
    "enricher.batch.max_wait=1s",
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
        // The first of each role; drawn in any case, so that one seed gives one course.
        let aimed = random.random::<bool>() || usize::try_from(kill).unwrap() < ROLES.len();
        strike(&load, &mut running, victim, aimed);
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

/// Stops a process as soon as it is seen to write to its topic, until that finds its transaction open; false when the load ended before.
fn freeze_in_transaction(load: &Load, victim: &Courant, base: &str) -> bool {
    let (brokers, topic) = (load.world.brokers(), load.world.topic(base));
    wait::until(&format!("a transaction on {topic} is caught open"), CHAOS_PATIENCE, || {
        // A transaction left open by an earlier victim would be taken for this one's.
        if is_undecided(brokers, &topic)? || !Watch::from_end(brokers, &topic)?.sees_one(WRITES_AGAIN)? {
            return Ok(load.is_served().then_some(false));
        }
        victim.signal(Signal::STOP)?;
        let caught = is_undecided(brokers, &topic)?;
        if !caught {
            victim.signal(Signal::CONT)?;
        }
        Ok(caught.then_some(true))
    })
    .unwrap()
}

/// Whether a transaction that wrote to `topic` is open: its records are there, and readers of committed ones may not pass them.
fn is_undecided(brokers: &str, topic: &str) -> Result<bool> {
    let written = topics::ranges(brokers, topic, Isolation::Uncommitted)?;
    let decided = topics::ranges(brokers, topic, Isolation::Committed)?;
    Ok(written.iter().any(|(partition, range)| decided[partition].high < range.high))
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
