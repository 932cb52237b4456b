//! What a stop leaves behind.

use std::time::Duration;

use enricher::EnricherError;
use event_log::Topic;
use service_kit::exit::Exit;
use tokio::time::{sleep, timeout};

use crate::{
    flow::revisions,
    world::{PATIENCE, World, item, metrics, start_with},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_drains_and_the_next_enricher_goes_on_where_it_ended() {
    let world = World::new();
    let items = |numbers: std::ops::Range<u32>| numbers.map(|number| item(number, 1)).collect::<Vec<_>>();
    world.publish(&items(0..600));
    // Many small batches, so that the stop falls into the middle of the work.
    let first = world.enricher(&["enricher.batch.max_records=5"]);
    world.wait_for(Topic::Tagged, 20).await;

    first.stop.cancel();
    let registry = first.registry.clone();
    first.ended().await.unwrap();

    let drained = world.all(Topic::Tagged).len();

    assert!(drained < 600, "the stop came too late to show anything");
    let text = metrics(&registry);
    assert!(
        text.contains(&format!("enricher_items_total{{outcome=\"tagged\"}} {drained}\n")),
        "{drained} visible, but {text}"
    );
    world.publish(&items(600..610));
    let second = world.enricher(&[]);
    world.wait_for(Topic::Tagged, 610).await;
    second.stop.cancel();
    second.ended().await.unwrap();
    let found = revisions(&world.all(Topic::Tagged));
    assert_eq!(found.len(), 610);
    assert!(
        found.values().all(|revisions| revisions == &[1]),
        "an item was tagged twice: its offset was not committed with it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drain_that_the_cluster_does_not_take_ends_after_its_grace() {
    let world = World::new();
    // So many batches that most are still to come when the cluster goes, however late this test hears of the first.
    world.publish(&(0..6_000).map(|number| item(number, 1)).collect::<Vec<_>>());
    // And room for all of them in the process: a full queue pauses reading, which throws away what was fetched, and a cluster that goes in that
    // moment leaves nothing to commit.
    let overrides = ["enricher.batch.max_records=5", "enricher.queue_records=6000"];
    let enricher = start_with(world.cluster().clone(), world.names.clone(), &overrides, |enricher| {
        enricher.member.transaction_timeout = Duration::from_secs(1);
        enricher.drain_grace = Duration::from_secs(1);
    });
    world.wait_for(Topic::Tagged, 20).await;

    drop(world);
    // A stop between two batches would find nothing to drain.
    let untried = || metrics(&enricher.registry).contains("enricher_transactions_total{outcome=\"aborted\"} 0\n");
    timeout(PATIENCE, async {
        while untried() {
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .unwrap();
    enricher.stop.cancel();
    let error = enricher.ended().await.unwrap_err();

    assert!(matches!(error, EnricherError::DrainOverrun(_)), "{error:?}");
    assert_eq!(error.exit(), Exit::Failure);
}
