//! Members of both groups that join, leave, die and come back under load.

use std::thread;

use anyhow::Result;
use e2e::{
    process::{Courant, Signal},
    topics::{self, Isolation},
    wait::{self, GRACE},
    world::World,
};

use crate::{
    load::Load,
    strike::{LONG_TRANSACTIONS, ROLES, STRIKE_PATIENCE, freeze_in_transaction, is_undecided},
};

/// Enough for every act below to find work.
const EDITIONS: u32 = 30;

#[test]
fn members_that_join_leave_die_and_return_lose_nothing_and_repeat_nothing() {
    let load = Load::new("members", EDITIONS);
    let staying = thread::scope(|scope| {
        let acts = ROLES.map(|(role, base)| scope.spawn(|| takeover_of_a_frozen_member(&load, role, base)));
        acts.map(|act| act.join().unwrap())
    });
    load.finish(staying.into_iter().flatten());
    load.judge();
}

/// Three members join, one leaves, one dies, and the last is frozen inside a transaction; two others take over, which they may only once that
/// transaction is decided. Then the frozen one wakes up with a batch that is no longer its own. Gives those that run on.
fn takeover_of_a_frozen_member(load: &Load, role: &str, base: &str) -> Vec<Courant> {
    let world = &load.world;
    let start = || world.start(role, &LONG_TRANSACTIONS).unwrap();
    let topic = world.topic(base);
    let goes_on = || {
        let begins = decided(world, &topic).unwrap();
        wait::until_true(&format!("{topic} grows"), STRIKE_PATIENCE, || Ok(decided(world, &topic)? > begins)).unwrap();
    };
    let mut first = start();
    goes_on();
    let (second, last) = (start(), start());
    goes_on();
    second.terminate(GRACE).unwrap();
    goes_on();
    first.kill().unwrap();

    assert!(freeze_in_transaction(load, &last, base), "the load ended before a {role} was frozen");
    let (heir, other) = (start(), start());
    wait::until_true("the broker aborts the transaction", STRIKE_PATIENCE, || {
        Ok(!is_undecided(world.brokers(), &topic)?)
    })
    .unwrap();
    goes_on();
    last.signal(Signal::CONT).unwrap();
    goes_on();
    vec![last, heir, other]
}

/// How many offsets of all partitions readers of committed records have behind them.
fn decided(world: &World, topic: &str) -> Result<i64> {
    let ranges = topics::ranges(world.brokers(), topic, Isolation::Committed)?;
    Ok(ranges.values().map(|range| range.high).sum())
}
