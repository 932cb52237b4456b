//! What a rebalance moves, and what a poller asks that takes over.

use std::time::{Duration, Instant};

use e2e::{
    process::Courant,
    topics::Isolation,
    wait::{self, GRACE, PATIENCE},
};
use serde_json::Value;

use crate::{
    load::{FEEDS, Load},
    protocol::CONSUMER_PROTOCOL,
};

/// As many as the topic of feeds has in these tests.
const PARTITIONS: i64 = 4;

#[test]
fn a_rebalance_leaves_alone_what_does_not_change_hands() {
    let load = Load::new("cooperative", 1);
    for protocol in [&[][..], &CONSUMER_PROTOCOL] {
        let first = load.world.start_ready("poller", protocol).unwrap();
        wait_for_sum(&first, PARTITIONS);
        let second = load.world.start_ready("poller", protocol).unwrap();
        wait::until_true("the second poller takes partitions over", PATIENCE, || Ok(sum(&moves(&second)) > 0)).unwrap();
        let taken = sum(&moves(&second));
        wait_for_sum(&first, PARTITIONS - taken);
        second.terminate(GRACE).unwrap();
        wait_for_sum(&first, PARTITIONS);

        let owned = moves(&first).into_iter().scan(0, |sum, change| {
            *sum += change;
            Some(*sum)
        });
        let owned: Vec<_> = owned.skip_while(|count| *count < PARTITIONS).collect();
        let least = owned.iter().min();
        assert!(taken < PARTITIONS, "the second poller took all over");
        assert_eq!(least, Some(&(PARTITIONS - taken)), "{protocol:?}: owned one after the other: {owned:?}");
        first.terminate(GRACE).unwrap();
    }
    assert!(load.web.newsroom().answered() > 0);
}

#[test]
fn a_poller_that_takes_over_goes_on_where_the_other_was_and_asks_nobody_early() {
    let interval = ["min_interval", "mean_interval", "max_interval", "first_interval"]
        .map(|name| ["--set".to_owned(), format!("poller.poll.{name}=15s")]);
    let settings: Vec<_> = interval.as_flattened().iter().map(String::as_str).collect();
    let load = Load::new("takeover", 1);
    let world = &load.world;
    let asked = || load.web.newsroom().answered();
    let polls = |times: u32| usize::try_from(FEEDS * times).unwrap();

    let poller = world.start_ready("poller", &settings).unwrap();
    // The second poll finds nothing new, and the state does not say that it was made.
    let kept = || world.read("fetches.v1", Isolation::Committed);
    wait::until_true("two polls of each feed are kept", PATIENCE, || Ok(kept()?.len() >= polls(2))).unwrap();
    let second_polls = Instant::now();
    poller.terminate(GRACE).unwrap();
    assert_eq!(asked(), polls(2));
    let heir = world.start_ready("poller", &settings).unwrap();
    wait::until_true("a feed is asked a third time", PATIENCE, || Ok(asked() > polls(2))).unwrap();

    let waited = second_polls.elapsed();
    assert!(waited > Duration::from_secs(10), "asked again after {waited:?}, and it was not due for 13 seconds");
    heir.terminate(GRACE).unwrap();
}

/// How many partitions were assigned, and, below zero, given up, one after the other.
fn moves(poller: &Courant) -> Vec<i64> {
    let log = poller.log();
    let change = |line: &str| {
        let line: Value = serde_json::from_str(line).ok()?;
        let count = line.get("partitions")?.as_i64()?;
        match line.get("message")?.as_str()? {
            "partitions assigned" => Some(count),
            "partitions given up" => Some(-count),
            _ => None,
        }
    };
    log.lines().filter_map(change).collect()
}

fn sum(moves: &[i64]) -> i64 {
    moves.iter().sum()
}

fn wait_for_sum(poller: &Courant, partitions: i64) {
    let what = format!("a poller has {partitions} partitions");
    wait::until_true(&what, PATIENCE, || Ok(sum(&moves(poller)) == partitions)).unwrap();
}
