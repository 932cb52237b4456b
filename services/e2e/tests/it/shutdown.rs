//! A stop that was asked for, in the middle of the work.

use e2e::{
    topics,
    wait::{self, GRACE, PATIENCE},
};

use crate::load::Load;

#[test]
fn a_stop_in_mid_batch_drains_and_a_restart_goes_on_where_it_was() {
    let load = Load::new("shutdown", 8);
    let world = &load.world;
    for stop_at in [0.2, 0.5] {
        let poller = world.start("poller", &[]).unwrap();
        let enricher = world.start("enricher", &[]).unwrap();
        wait::until_true("the load goes on", PATIENCE, || Ok(load.progress() >= stop_at)).unwrap();
        assert!(!load.is_served(), "the stop comes in the middle");
        for (role, process) in [("poller", poller), ("enricher", enricher)] {
            let members = || topics::members(world.brokers(), &world.group(role)).unwrap();
            assert_eq!(members(), 1);
            process.terminate(GRACE).unwrap();
            assert_eq!(members(), 0, "the {role} leaves its group, so that nobody waits for its session to end");
        }
    }
    let poller = world.start("poller", &[]).unwrap();
    let enricher = world.start("enricher", &[]).unwrap();
    load.finish([poller, enricher]);
    load.judge();
}
