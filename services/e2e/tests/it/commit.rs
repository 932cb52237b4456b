//! Commits whose requests or answers are held on their way, by a proxy before the node.

use e2e::{
    kafka::Kafka,
    process::Courant,
    proxy::{Api, Held},
    wait::{self},
};

use crate::{
    load::Load,
    strike::{ROLES, STRIKE_PATIENCE},
};

/// What is held past every timeout, and how the writer must come out of it.
const DELAYS: [(Held, &str); 3] = [
    (Held::Request(Api::TxnOffsetCommit), "aborted"),
    (Held::Request(Api::EndTxn), "replaced"),
    (Held::Answer(Api::EndTxn), "found_committed"),
];

#[test]
fn commits_delayed_past_their_timeout_are_made_once() {
    let kafka = Kafka::start_behind_proxy().unwrap();
    let proxy = kafka.proxy().unwrap();
    let by_proxy = format!("kafka.brokers={}", proxy.addr());
    for (victim, _) in ROLES {
        let load = Load::on(&kafka, &format!("delayed-{victim}"), 12);
        let world = &load.world;
        let running = ROLES.map(|(role, _)| {
            let properties = ["--set", by_proxy.as_str()];
            let process = world.start(role, if role == victim { &properties } else { &[] }).unwrap();
            (role, process)
        });
        let (_, watched) = running.iter().find(|(role, _)| *role == victim).unwrap();
        for (number, (held, outcome)) in (1_u8..).zip(DELAYS) {
            wait::until_true("the load goes on", STRIKE_PATIENCE, || Ok(load.progress() >= 0.2 * f64::from(number)))
                .unwrap();
            let before = transactions(watched, victim, outcome);
            proxy.hold(held);
            wait::until_true(&format!("{held:?} of the {victim} is held"), STRIKE_PATIENCE, || Ok(proxy.is_holding()))
                .unwrap();
            wait::until_true(&format!("{held:?} of the {victim} ends {outcome}"), STRIKE_PATIENCE, || {
                Ok(transactions(watched, victim, outcome) > before)
            })
            .unwrap();
            // Too late: it must change nothing.
            let committed = transactions(watched, victim, "committed");
            proxy.release();
            // What follows from this delay is over before the next.
            wait::until_true(&format!("the {victim} commits again"), STRIKE_PATIENCE, || {
                Ok(transactions(watched, victim, "committed") > committed)
            })
            .unwrap();
        }
        load.finish(running.into_iter().map(|(_, process)| process));
        load.judge();
    }
}

/// How many transactions of `role` came to this end.
fn transactions(process: &Courant, role: &str, outcome: &str) -> u64 {
    let name = format!("{role}_transactions_total{{outcome=\"{outcome}\"}} ");
    let metrics = process.get("/metrics").unwrap().body;
    metrics.lines().find_map(|line| line.strip_prefix(&name)).map_or(0, |count| count.parse().unwrap())
}
