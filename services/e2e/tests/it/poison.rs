//! Records that no enricher can use.

use e2e::{
    foreign,
    kafka::Kafka,
    topics::{Isolation, Record},
    wait::{GRACE, PATIENCE},
    web::Web,
    world::World,
};
use news_model::wire::{Item, ItemEvent, ItemEventKind};
use newsroom::Options;
use prost::Message as _;

#[test]
fn poison_becomes_dead_letters_and_the_items_around_it_are_tagged() {
    let web = Web::serve(Options { bundled: false, ..Options::default() }).unwrap();
    let world = World::new("poison", Kafka::shared().unwrap(), &web).unwrap();
    let garbage = b"\xff\xff\xffno item\x00".to_vec();
    let newer = ItemEvent { version: 99, ..event("newer") }.encode_to_vec();
    let other_key = event("other").encode_to_vec();
    // All in one partition, so that each has to be passed to reach the next.
    let records = [
        ("one", Some(event("one").encode_to_vec())),
        ("garbage", Some(garbage.clone())),
        ("two", Some(event("two").encode_to_vec())),
        ("newer", Some(newer.clone())),
        ("mismatch", Some(other_key.clone())),
        ("none", None),
        ("three", Some(event("three").encode_to_vec())),
    ];
    let items = world.topic("items.v1");
    for (key, value) in &records {
        foreign::produce(world.brokers(), (&items, 1), key, value.as_deref(), &[("mark", key)]).unwrap();
    }

    let enricher = world.start_ready("enricher", &[]).unwrap();
    world.wait_enriched(PATIENCE).unwrap();
    enricher.terminate(GRACE).unwrap();

    let tagged = world.read("tagged.v1", Isolation::Committed).unwrap();
    let mut keys: Vec<_> = tagged.iter().map(|record| record.key_text().unwrap()).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["one", "three", "two"]);
    let letters = world.read("dead-letters.v1", Isolation::Committed).unwrap();
    assert_eq!(letters.len(), 4);
    let reasons = [
        (1, "garbage", Some(garbage), "no item event"),
        (3, "newer", Some(newer), "99"),
        (4, "mismatch", Some(other_key), "other"),
        (5, "none", None, "no value"),
    ];
    for (offset, key, value, reason) in reasons {
        let letter = letters.iter().find(|letter| letter.key == key.as_bytes());
        let letter = letter.unwrap_or_else(|| panic!("no letter of {key}"));
        assert_eq!(letter.value, value, "the value of {key} is untouched");
        assert_eq!(letter.header("mark"), Some(key), "its own headers too");
        let header = |name: &str| letter.header(name).unwrap_or_else(|| panic!("{key} has no {name}"));
        assert!(header("courant-error-reason").contains(reason), "{}", header("courant-error-reason"));
        assert_eq!(header("courant-error-topic"), items);
        assert_eq!(header("courant-error-partition"), "1");
        assert_eq!(header("courant-error-offset"), offset.to_string());
    }
    assert!(all_differ(&letters));
}

#[test]
fn an_item_that_is_poison_a_thousand_times_in_a_row_becomes_as_many_dead_letters_even_over_a_death() {
    const TIMES: usize = 1_000;
    let web = Web::serve(Options { bundled: false, ..Options::default() }).unwrap();
    let world = World::new("poisoned", Kafka::shared().unwrap(), &web).unwrap();
    let good: Vec<_> = (0..20).map(|number| format!("good-{number}")).collect();
    let values: Vec<_> = good.iter().map(|key| event(key).encode_to_vec()).collect();
    let good = || good.iter().map(String::as_str).zip(values.iter().map(Vec::as_slice));
    let poison = std::iter::repeat_n(("bad", b"\xff poison".as_slice()), TIMES);
    let all = good().take(10).chain(poison).chain(good().skip(10));
    foreign::produce_all(world.brokers(), (&world.topic("items.v1"), 1), all).unwrap();

    // Batches of a hundred, so that it dies among the poison, with records sent and offsets not yet committed.
    let small = ["--set", "enricher.batch.max_records=100"];
    let mut victim = world.start_armed("enricher", "commit.sealed=2*off->1*return(kill)", &small).unwrap();
    assert_eq!(victim.wait(PATIENCE).unwrap(), None);
    let heir = world.start_ready("enricher", &small).unwrap();
    world.wait_enriched(PATIENCE).unwrap();
    heir.terminate(GRACE).unwrap();

    let letters = world.read("dead-letters.v1", Isolation::Committed).unwrap();
    let mut offsets: Vec<usize> =
        letters.iter().map(|letter| letter.header("courant-error-offset").unwrap().parse().unwrap()).collect();
    offsets.sort_unstable();
    assert_eq!(offsets, (10..10 + TIMES).collect::<Vec<_>>());
    let tagged = world.read("tagged.v1", Isolation::Committed).unwrap();
    let mut keys: Vec<_> = tagged.iter().map(|record| record.key_text().unwrap()).collect();
    keys.sort_unstable();
    let mut expected: Vec<_> = good().map(|(key, _)| key).collect();
    expected.sort_unstable();
    assert_eq!(keys, expected);
}

fn event(id: &str) -> ItemEvent {
    let item = Item {
        id: id.to_owned(),
        feed_id: "by-hand".to_owned(),
        title: "Talks in Tokyo".to_owned(),
        ..Item::default()
    };
    ItemEvent {
        version: 1,
        kind: ItemEventKind::Published.into(),
        item: Some(item),
        revision: 1,
        ..ItemEvent::default()
    }
}

fn all_differ(letters: &[Record]) -> bool {
    let keys: std::collections::BTreeSet<_> = letters.iter().map(|letter| &letter.key).collect();
    keys.len() == letters.len()
}
