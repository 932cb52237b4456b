//! Starting while the cluster or its topics are away.

use std::collections::BTreeMap;

use enricher::EnricherError;
use event_log::{Cluster, ClusterError, Topic, TopicNames};
use service_kit::exit::Exit;

use crate::world::{World, item, metrics, start};

/// Nothing listens on the discard port.
fn nowhere() -> Cluster {
    Cluster::new("127.0.0.1:9", BTreeMap::new())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cluster_that_stays_away_ends_the_start_with_what_is_missing() {
    let enricher = start(nowhere(), TopicNames::new("test."), &["enricher.start_deadline=1s"]);
    let readiness = enricher.readiness.clone();

    let error = enricher.ended().await.unwrap_err();

    assert_eq!(error.exit(), Exit::Unavailable);
    assert!(matches!(error, EnricherError::StartDeadline { cause: ClusterError::Unreachable { .. }, .. }), "{error:?}");
    assert!(!readiness.is_ready());
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_topics_are_awaited_and_named() {
    let world = World::new();
    let enricher = start(world.cluster().clone(), TopicNames::new("other."), &["enricher.start_deadline=1s"]);

    let error = enricher.ended().await.unwrap_err();

    let EnricherError::StartDeadline { cause: ClusterError::MissingTopic { topic }, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(topic, "other.tagged.v1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_ends_a_start_that_waits() {
    let enricher = start(nowhere(), TopicNames::new("test."), &[]);

    enricher.stop.cancel();

    enricher.ended().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_enricher_at_work_is_ready_and_owns_the_partitions() {
    let world = World::new();
    let enricher = world.enricher(&[]);
    enricher.readiness.ready().await;
    world.publish(&[item(1, 1)]);
    world.wait_for(Topic::Tagged, 1).await;

    let text = metrics(&enricher.registry);
    assert!(
        text.contains(
            "enricher_owned_partitions 3
"
        ),
        "{text}"
    );
    let readiness = enricher.readiness.clone();
    enricher.stop.cancel();
    enricher.ended().await.unwrap();
    assert!(!readiness.is_ready());
}
