//! Processes struck at each step of a commit, exactly there: killed, frozen, or broken so that the judge must find it out.

use std::thread;

use e2e::{
    process::{Courant, Signal},
    wait::{self},
};

use crate::{
    load::Load,
    strike::{LONG_TRANSACTIONS, ROLES, STRIKE_PATIENCE, is_undecided},
};

/// Before a transaction, with records on their way, with records there, with offsets there, and after the commit.
const STEPS: [&str; 5] = ["idle", "produced", "flushed", "sealed", "committed"];
/// Transactions of a victim before the one it is struck in.
const BEFORE: u32 = 2;
/// More than all victims get through.
const EDITIONS: u32 = 30;
/// Long enough that an heir stands at the door while a frozen predecessor could still commit.
const PATIENT_TRANSACTIONS: [&str; 2] = ["--set", "kafka.transaction_timeout=45s"];

#[test]
fn processes_killed_at_each_step_of_a_commit_lose_nothing_and_repeat_nothing() {
    let load = Load::new("steps", EDITIONS);
    let heirs = thread::scope(|scope| {
        let acts = ROLES.map(|(role, base)| scope.spawn(|| killed_at_each_step(&load, role, base)));
        acts.map(|act| act.join().unwrap())
    });
    load.finish(heirs);
    load.judge();
}

/// One victim after the other; gives the heir of the last.
fn killed_at_each_step(load: &Load, role: &str, base: &str) -> Courant {
    let world = &load.world;
    for step in STEPS {
        let points = format!("commit.{step}={BEFORE}*off->1*return(kill)");
        let mut victim = world.start_armed(role, &points, &LONG_TRANSACTIONS).unwrap();
        let code = victim.wait(STRIKE_PATIENCE).unwrap();
        assert!(code.is_none() && victim.log().contains("struck"), "{role} ended with {code:?} before {step}");
        assert!(!load.is_served(), "the load ended before {role} was killed at {step}");
        if role == "poller" {
            wait::until_true("its last transaction is decided", STRIKE_PATIENCE, || {
                let state = is_undecided(world.brokers(), &world.topic("feed-state.v1"))?;
                Ok(!state && !is_undecided(world.brokers(), &world.topic(base))?)
            })
            .unwrap();
            load.check_validators().unwrap();
        }
    }
    world.start(role, &LONG_TRANSACTIONS).unwrap()
}

#[test]
fn an_heir_restores_only_once_the_commit_of_its_frozen_predecessor_is_decided() {
    // Aborted by the broker, and committed by the predecessor once it goes on.
    for (name, more, wakes_early) in
        [("aborted", [].as_slice(), false), ("committed", PATIENT_TRANSACTIONS.as_slice(), true)]
    {
        let load = Load::new(&format!("heir-{name}"), 8);
        let world = &load.world;
        let enricher = world.start("enricher", &[]).unwrap();
        let points = format!("commit.sealed={BEFORE}*off->1*return(freeze)");
        let frozen = world.start_armed("poller", &points, more).unwrap();
        let state = world.topic("feed-state.v1");
        wait::until_true("the predecessor is frozen", STRIKE_PATIENCE, || Ok(frozen.log().contains("struck"))).unwrap();
        assert!(is_undecided(world.brokers(), &state).unwrap(), "its transaction holds states");
        let heir = world.start("poller", more).unwrap();
        let mut asked = None;
        wait::until_true("the heir waits to restore", STRIKE_PATIENCE, || {
            let waits = heir.get("/readyz")?.body.contains("poller.restore: closed, restoring");
            if waits && wakes_early {
                asked = Some(load.web.newsroom().answered());
            }
            Ok(waits || !is_undecided(world.brokers(), &state)?)
        })
        .unwrap();
        if let Some(asked) = asked {
            assert!(is_undecided(world.brokers(), &state).unwrap(), "the commit is still on its way");
            assert_eq!(load.web.newsroom().answered(), asked, "nothing is polled meanwhile");
            frozen.signal(Signal::CONT).unwrap();
        }
        wait::until_true("it is decided", STRIKE_PATIENCE, || Ok(!is_undecided(world.brokers(), &state)?)).unwrap();
        if !wakes_early {
            frozen.signal(Signal::CONT).unwrap();
        }
        load.finish([frozen, heir, enricher]);
        load.check_validators().unwrap();
        load.judge();
    }
}

#[test]
fn a_poller_that_keeps_states_before_their_items_is_found_out() {
    let load = Load::new("broken", 8);
    let world = &load.world;
    let points = format!("commit.states_first=return;commit.torn={BEFORE}*off->1*return(kill)");
    let mut broken = world.start_armed("poller", &points, &[]).unwrap();
    assert_eq!(broken.wait(STRIKE_PATIENCE).unwrap(), None);
    let ahead = load.check_validators().unwrap_err().to_string();
    assert!(ahead.contains("is missing, and the validator"), "{ahead}");

    load.finish([world.start("poller", &[]).unwrap(), world.start("enricher", &[]).unwrap()]);
    let lost = load.check().unwrap_err().to_string();
    assert!(lost.contains("missing: "), "{lost}");
}
