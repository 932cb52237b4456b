//! Items in, tagged items out.

use std::collections::{BTreeMap, BTreeSet};

use event_log::{InRecord, Topic};
use news_model::wire::TaggedItem;
use prost::Message;

use crate::world::{World, item, item_id, metrics, of_value};

fn tagged(record: &InRecord) -> TaggedItem {
    TaggedItem::decode(record.value.clone().unwrap()).unwrap()
}

/// Revisions of each item, in the order of its partition.
pub(crate) fn revisions(records: &[InRecord]) -> BTreeMap<String, Vec<u32>> {
    let mut revisions: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    for record in records {
        let key = record.key_text().unwrap().to_owned();
        revisions.entry(key).or_default().push(tagged(record).event.unwrap().revision);
    }
    revisions
}

#[tokio::test(flavor = "multi_thread")]
async fn every_item_comes_out_tagged_in_the_order_of_its_revisions() {
    let world = World::new();
    let items: Vec<_> = (1..=3).flat_map(|revision| (0..100).map(move |number| item(number, revision))).collect();
    world.publish(&items);

    let enricher = world.enricher(&["enricher.batch.max_records=40"]);
    world.wait_for(Topic::Tagged, items.len()).await;
    enricher.stop.cancel();
    let registry = enricher.registry.clone();
    enricher.ended().await.unwrap();

    let records = world.all(Topic::Tagged);
    let expected: BTreeMap<_, _> = (0..100).map(|number| (item_id(number), vec![1, 2, 3])).collect();
    assert_eq!(revisions(&records), expected);
    let first = tagged(&records[0]);
    let ids: BTreeSet<_> = first.entities.iter().map(|entity| entity.id.as_str()).collect();
    assert_eq!(ids, BTreeSet::from(["Q16", "Q19689", "Q5838"]));
    assert_eq!(records[0].header("traceparent").map(|trace| &trace[3..35]), Some("07".repeat(16).as_str()));
    let text = metrics(&registry);
    assert!(text.contains("enricher_items_total{outcome=\"tagged\"} 300\n"), "{text}");
    assert!(text.contains("enricher_entities_total{type=\"GPE\"} 900\n"), "{text}");
    assert!(text.contains("enricher_freshness_seconds_count{stage=\"kafka_to_tagged\"} 300\n"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_item_that_is_poison_a_thousand_times_in_a_row_does_not_stop_the_rest() {
    let world = World::new();
    let mut records = vec![item(1, 1)];
    // All lie in one partition, as items behind them do.
    records.extend((0..1_000).map(|_| of_value(&item_id(0), b"\xff poison".to_vec())));
    records.extend((2..=20).map(|number| item(number, 1)));
    world.publish(&records);

    let enricher = world.enricher(&[]);
    let tagged = world.wait_for(Topic::Tagged, 20).await;
    let letters = world.wait_for(Topic::DeadLetters, 1_000).await;

    assert_eq!(revisions(&tagged).len(), 20);
    let origins: BTreeSet<_> = letters
        .iter()
        .map(|letter| {
            (letter.header("courant-error-partition").unwrap(), letter.header("courant-error-offset").unwrap())
        })
        .collect();
    assert_eq!(origins.len(), 1_000, "each poison record has its own letter");
    assert!(letters.iter().all(|letter| letter.value.as_deref() == Some(b"\xff poison".as_slice())));
    assert!(letters.iter().all(|letter| letter.header("courant-error-kind") == Some("undecodable")));
    enricher.stop.cancel();
    enricher.ended().await.unwrap();
}
