//! What tests that kill and freeze processes under load have in common: catching one inside a transaction, and judging what is left.

use std::{collections::BTreeMap, time::Duration};

use anyhow::Result;
use e2e::{
    process::{Courant, Signal},
    topics::{self, Isolation, Watch},
    wait,
    world::World,
};

use crate::load::Load;

/// Covers a takeover by the session timeout and an abort by the transaction timeout twice.
pub(crate) const STRIKE_PATIENCE: Duration = Duration::from_mins(4);
/// Longest silence of a victim before the look at its topic begins anew.
const WRITES_AGAIN: Duration = Duration::from_secs(5);

/// The two roles, each with the topic that it alone writes its items to.
pub(crate) const ROLES: [(&str, &str); 2] = [("poller", "items.v1"), ("enricher", "tagged.v1")];

/// Each record travels alone, one after the other, and a batch gathers many, so that transactions last long enough to be hit.
pub(crate) const LONG_TRANSACTIONS: [&str; 8] = [
    "--set",
    "kafka.properties.batch.num.messages=1",
    "--set",
    "kafka.properties.max.in.flight.requests.per.connection=1",
    "--set",
    "poller.commit.interval=1s",
    "--set",
    "enricher.batch.max_wait=1s",
];

/// Stops a process as soon as it is seen to write to its topic, until that finds its transaction open; false when the load ended before.
pub(crate) fn freeze_in_transaction(load: &Load, victim: &Courant, base: &str) -> bool {
    let (brokers, topic) = (load.world.brokers(), load.world.topic(base));
    wait::until(&format!("a transaction on {topic} is caught open"), STRIKE_PATIENCE, || {
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
pub(crate) fn is_undecided(brokers: &str, topic: &str) -> Result<bool> {
    let written = topics::ranges(brokers, topic, Isolation::Uncommitted)?;
    let decided = topics::ranges(brokers, topic, Isolation::Committed)?;
    Ok(written.iter().any(|(partition, range)| decided[partition].high < range.high))
}

/// In each topic the revisions of an item stand in order: 1, 2, 3 …
pub(crate) fn revisions_have_no_holes(world: &World) {
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
