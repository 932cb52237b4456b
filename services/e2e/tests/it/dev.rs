//! The first look: `courant dev`.

use std::collections::{BTreeMap, BTreeSet};

use e2e::{
    kafka::Kafka,
    process::{self, Ended},
    topics::{self, Isolation},
    wait::PATIENCE,
};
use serde_json::Value;

#[test]
fn the_same_first_look_twice_gives_the_same_ids_with_entities() {
    let first = look(&[]);
    let second = look(&[]);

    assert!(first.len() > 40, "{} items", first.len());
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    let types: BTreeSet<_> = first
        .values()
        .flat_map(|item| item["entities"].as_array().unwrap())
        .map(|entity| entity["type"].as_str().unwrap())
        .collect();
    assert!(types.is_superset(&["GPE", "ORG", "PERSON"].into()), "{types:?}");
    let languages: BTreeSet<_> = first.values().filter_map(|item| item["language"].as_str()).collect();
    assert!(languages.len() > 5, "{languages:?}");
}

#[test]
fn a_first_look_on_apache_kafka_gives_the_ids_of_the_embedded_one() {
    let kafka = Kafka::shared().unwrap();
    let prefix = "--set=kafka.topic_prefix=first-look.";
    let real = look(&["--brokers", kafka.brokers(), prefix]);

    assert_eq!(real.keys().collect::<Vec<_>>(), look(&[]).keys().collect::<Vec<_>>());
    let records = topics::read(kafka.brokers(), "first-look.tagged.v1", Isolation::Committed).unwrap();
    let stored: BTreeSet<_> = records.iter().map(|record| record.key_text().unwrap().to_owned()).collect();
    assert_eq!(stored, real.into_keys().collect());
}

/// One round; its items by id.
fn look(more: &[&str]) -> BTreeMap<String, Value> {
    let dir = tempfile::tempdir().unwrap();
    let args = ["dev", "--once", "--json"].iter().chain(more);
    let Ended { code, stdout, stderr } = process::run(dir.path(), args, "", PATIENCE).unwrap();
    assert_eq!(code, Some(0), "{stderr}");
    let item = |line: &str| {
        let item: Value = serde_json::from_str(line).unwrap();
        (item["id"].as_str().unwrap().to_owned(), item)
    };
    let items: BTreeMap<_, _> = stdout.lines().map(item).collect();
    assert_eq!(items.len(), stdout.lines().count(), "each item once");
    items
}
