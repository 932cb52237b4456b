//! The bundled newsroom, from the feeds to the tagged items.

use std::collections::BTreeSet;

use e2e::{
    kafka::Kafka,
    topics::{Isolation, Record},
    truth::{self, Story},
    wait::{self, GRACE, PATIENCE},
    web::Web,
    world::World,
};
use newsroom::Options;

#[test]
fn each_story_of_the_newsroom_stands_once_in_items_and_in_tagged() {
    let web = Web::serve(Options::default()).unwrap();
    let world = World::new("newsroom", Kafka::shared().unwrap(), &web).unwrap();
    world.import(&web.feed_list()).unwrap();
    let scripted = truth::scripted();

    run_until_published(&world, &scripted);

    let due = truth::due(web.newsroom().items());
    assert_eq!(due, scripted, "the newsroom's log is the ground truth");
    truth::each_once(&due, &world.published().unwrap()).unwrap();
    truth::each_once(&due, &world.tagged().unwrap()).unwrap();
    assert!(due.iter().any(|story| story.item.revision == 2), "the newsroom corrects stories");

    // The same topics, new processes: what was published stays published, once.
    let polls = fetches(&world);
    let feeds = world.catalogue().unwrap().len();
    let poller = world.start_ready("poller", &[]).unwrap();
    let enricher = world.start_ready("enricher", &[]).unwrap();
    wait::until_true("every feed is polled again", PATIENCE, || Ok(fetches(&world) >= polls + 2 * feeds)).unwrap();
    poller.terminate(GRACE).unwrap();
    enricher.terminate(GRACE).unwrap();
    truth::each_once(&due, &world.published().unwrap()).unwrap();
    truth::each_once(&due, &world.tagged().unwrap()).unwrap();

    // Another set of topics, another newsroom: the ids are the same, byte for byte.
    let again = Web::serve(Options::default()).unwrap();
    let elsewhere = World::new("newsroom", Kafka::shared().unwrap(), &again).unwrap();
    elsewhere.import(&again.feed_list()).unwrap();
    run_until_published(&elsewhere, &scripted);
    assert_eq!(ids(&world, "items.v1"), ids(&elsewhere, "items.v1"));
    assert_eq!(ids(&world, "tagged.v1"), ids(&elsewhere, "tagged.v1"));
}

fn run_until_published(world: &World, stories: &BTreeSet<Story>) {
    let poller = world.start_ready("poller", &[]).unwrap();
    let enricher = world.start_ready("enricher", &[]).unwrap();
    let published = || -> anyhow::Result<bool> {
        let seen: BTreeSet<_> = world.published()?.into_iter().collect();
        Ok(seen.is_superset(stories))
    };
    wait::until_true("every story is published", PATIENCE, published)
        .map_err(|error| {
            let missed = truth::each_once(stories, &world.published().unwrap());
            error.context(format!("{missed:?}"))
        })
        .unwrap();
    world.wait_enriched(PATIENCE).unwrap();
    poller.terminate(GRACE).unwrap();
    enricher.terminate(GRACE).unwrap();
}

fn fetches(world: &World) -> usize {
    world.read("fetches.v1", Isolation::Committed).unwrap().len()
}

/// The item ids and revisions of a topic, sorted.
fn ids(world: &World, base: &str) -> Vec<(String, u32)> {
    let revision = |record: &Record| match base {
        "items.v1" => record.item_event().unwrap().revision,
        _ => record.tagged_item().unwrap().event.unwrap().revision,
    };
    let records = world.read(base, Isolation::Committed).unwrap();
    let mut ids: Vec<_> =
        records.iter().map(|record| (record.key_text().unwrap().to_owned(), revision(record))).collect();
    ids.sort();
    ids
}
