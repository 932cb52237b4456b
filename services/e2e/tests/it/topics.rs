//! `courant topics apply`.

use e2e::{
    foreign,
    kafka::Kafka,
    topics::{self, Isolation},
    world::World,
};

#[test]
fn topics_are_created_once_and_what_differs_is_told() {
    let kafka = Kafka::shared().unwrap();
    let world = World::without_topics("topics", kafka.brokers(), None).unwrap();
    let names: Vec<_> = ["feeds", "feed-state", "fetches", "items", "tagged", "dead-letters"]
        .map(|base| world.topic(&format!("{base}.v1")))
        .into();

    let first = world.told(&["topics", "apply"], "").unwrap();
    for name in &names {
        assert!(first.contains(&format!("{name}: created")), "{first}");
    }
    let second = world.told(&["topics", "apply"], "").unwrap();
    assert!(!second.contains("created") && !second.contains("differs"), "{second}");
    assert_eq!(second.lines().count(), names.len(), "{second}");

    // A hand that meddles.
    foreign::alter(kafka.brokers(), &world.topic("items.v1"), "retention.ms", "60000").unwrap();
    let third = world.told(&["topics", "apply", "--set", "topics.feed_partitions=5"], "").unwrap();
    let told: Vec<_> = third.lines().filter(|line| line.contains("differs")).collect();
    let expected = [
        (world.topic("feeds.v1"), "partitions", "4", "5"),
        (world.topic("feed-state.v1"), "partitions", "4", "5"),
        (world.topic("items.v1"), "retention.ms", "60000", "2592000000"),
    ];
    assert_eq!(told.len(), expected.len(), "{third}");
    for (name, what, found, wanted) in expected {
        let line = told.iter().find(|line| line.starts_with(&format!("{name}:")));
        let line = line.unwrap_or_else(|| panic!("{name} is not told: {third}"));
        for part in [what, found, wanted] {
            assert!(line.contains(part), "{part} is not in {line}");
        }
    }
    // Told, and left as it was.
    assert_eq!(topics::ranges(kafka.brokers(), &world.topic("feeds.v1"), Isolation::Committed).unwrap().len(), 4);
}
