//! The group protocol of KIP-848, in which the broker assigns the partitions.

use e2e::wait::{self, GRACE};

use crate::{
    load::Load,
    strike::{ROLES, STRIKE_PATIENCE},
};

pub(crate) const CONSUMER_PROTOCOL: [&str; 2] = ["--set", "kafka.properties.group.protocol=consumer"];

#[test]
fn members_join_leave_and_die_by_the_consumer_protocol_too() {
    let load = Load::new("protocol", 16);
    let world = &load.world;
    let start = || ROLES.map(|(role, _)| world.start(role, &CONSUMER_PROTOCOL).unwrap());
    let reaches = |part: f64| {
        wait::until_true("the load goes on", STRIKE_PATIENCE, || Ok(load.progress() >= part)).unwrap();
    };
    let first = start();
    reaches(0.1);
    let second = start();
    reaches(0.35);
    for mut process in first {
        process.kill().unwrap();
    }
    reaches(0.6);
    let third = start();
    for process in second {
        process.terminate(GRACE).unwrap();
    }
    assert!(!load.is_served(), "members came and went in the middle of the load");
    load.finish(third);
    load.judge();
}
