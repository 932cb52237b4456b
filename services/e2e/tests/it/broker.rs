//! The broker itself dies and comes back, under load.

use std::{thread, time::Duration};

use e2e::{kafka::Kafka, process::Signal, wait};

use crate::{
    load::Load,
    strike::{LONG_TRANSACTIONS, ROLES, STRIKE_PATIENCE, is_undecided},
};

/// Longer than a broker takes from a transaction's decision to its last marker, by far.
const DECIDED: Duration = Duration::from_secs(1);
/// How long the broker is away: not at all, and until open transactions are overdue.
const ABSENCES: [(f64, Duration); 2] = [(0.15, Duration::ZERO), (0.45, Duration::from_secs(10))];
/// A broker that comes back aborts overdue transactions before it leads their partitions again.
const ABORTS_AT_ONCE: &str = "transaction.abort.timed.out.transaction.cleanup.interval.ms=100";

/// A lone broker that comes back has no leader for its partitions at first, and leaves out the markers of transactions that are decided just
/// then. Transactions that are open meanwhile must be ended by their producers. Of one that its client holds for committed no client knows
/// that its markers are missing, so all processes are frozen for the kill, between one commit and the next.
#[test]
fn a_broker_killed_and_started_again_under_load_loses_nothing_and_repeats_nothing() {
    let mut kafka = Kafka::start(&[ABORTS_AT_ONCE]).unwrap();
    let load = Load::on(&kafka, "broker", 24);
    let running: Vec<_> = ROLES
        .iter()
        .flat_map(|(role, _)| [(); 2].map(|()| load.world.start(role, &LONG_TRANSACTIONS).unwrap()))
        .collect();
    let signal_all = |signal| running.iter().try_for_each(|process| process.signal(signal)).unwrap();
    for (moment, away) in ABSENCES {
        wait::until_true("the load goes on", STRIKE_PATIENCE, || Ok(load.progress() >= moment)).unwrap();
        wait::until_true("a poller is frozen inside a transaction", STRIKE_PATIENCE, || {
            signal_all(Signal::STOP);
            thread::sleep(DECIDED);
            let caught = is_undecided(load.world.brokers(), &load.world.topic("items.v1"))?;
            if !caught {
                signal_all(Signal::CONT);
            }
            Ok(caught)
        })
        .unwrap();
        kafka.kill_and_restart(away).unwrap();
        signal_all(Signal::CONT);
        assert!(!load.is_served(), "the broker died in the middle of the load");
    }
    load.finish(running);
    load.judge();
}
