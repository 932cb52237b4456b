//! What a person is told of a feed, and what happens when one asks for a poll.

use e2e::{
    kafka::Kafka,
    topics::Isolation,
    wait::{self, GRACE, PATIENCE},
    web::Web,
    world::World,
};
use news_model::wire::{Fetch, Outcome, PollReason};
use newsroom::Options;
use serde_json::Value;

const GONE: &str = "http://closedcourier.example/rss.xml";
const SILENT_HOST: &str = "http://silentstandard.example/rss.xml";
const WELL: &str = "http://harbourpost.example/rss.xml";

#[test]
fn feeds_are_explained_listed_by_how_they_stand_and_polled_when_a_person_asks() {
    let web = Web::serve(Options::default()).unwrap();
    let world = World::new("explain", Kafka::shared().unwrap(), &web).unwrap();
    world.import(&[GONE, SILENT_HOST, WELL].join("\n")).unwrap();
    let poller = world.start_ready("poller", &[]).unwrap();
    let ended_so = |url: &str, outcome: Outcome| {
        let all = fetches(&world, url);
        Ok(all.iter().filter(|fetch| fetch.outcome() == outcome).count() >= 2)
    };
    wait::until_true("a feed is gone", PATIENCE, || Ok(!fetches(&world, GONE).is_empty())).unwrap();
    wait::until_true("a host stays silent", PATIENCE, || ended_so(SILENT_HOST, Outcome::TimedOut)).unwrap();
    let nothing_new = |fetch: &Fetch| fetch.outcome() == Outcome::Unchanged && fetch.status == 304;
    wait::until_true("a feed has nothing new", PATIENCE, || Ok(fetches(&world, WELL).iter().any(nothing_new))).unwrap();

    assert_eq!(listed(&world, &["--gone"]), [GONE]);
    assert_eq!(listed(&world, &["--failing"]), [SILENT_HOST]);
    assert_eq!(listed(&world, &["--silent=1s"]), [WELL]);
    assert!(listed(&world, &["--silent"]).is_empty(), "it brought items today");
    assert_eq!(listed(&world, &["--failing", "--gone"]).len(), 2);

    let told = world.told(&["explain", WELL], "").unwrap();
    for words in ["answers, last read", "next poll", "unchanged", "published", "status 304"] {
        assert!(told.contains(words), "{words} is not in\n{told}");
    }
    let account = explained(&world, SILENT_HOST);
    assert_eq!(account["standing"], "failing");
    assert!(account["failures"].as_u64().unwrap() >= 2 && !account["next_due"].is_null(), "{account}");

    // A feed that is gone is looked at weekly; a person need not wait.
    let before = explained(&world, GONE);
    assert_eq!((&before["standing"], before["lately"]["polls"].as_u64()), (&Value::from("gone"), Some(1)));
    world.told(&["feeds", "poll", GONE], "").unwrap();
    wait::until_true("the wish is met", PATIENCE, || Ok(fetches(&world, GONE).len() >= 2)).unwrap();
    poller.terminate(GRACE).unwrap();
    let reasons: Vec<_> = fetches(&world, GONE).iter().map(Fetch::reason).collect();
    assert_eq!(reasons, [PollReason::First, PollReason::Requested]);
    let after = explained(&world, GONE);
    assert_eq!((&after["requested_at"], &after["polls"][0]["reason"]), (&Value::Null, &Value::from("requested")));

    let unknown = world.command(&["feeds", "poll", "http://nobody.example/"], "").unwrap();
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.stderr.contains("nobody.example"), "{}", unknown.stderr);
}

fn fetches(world: &World, url: &str) -> Vec<Fetch> {
    let records = world.read("fetches.v1", Isolation::Committed).unwrap();
    records.iter().map(|record| record.decoded::<Fetch>().unwrap()).filter(|fetch| fetch.url == url).collect()
}

fn listed(world: &World, conditions: &[&str]) -> Vec<String> {
    let args: Vec<_> = ["feeds", "list", "--json"].iter().chain(conditions).copied().collect();
    let feeds = world.told(&args, "").unwrap();
    let url = |line: &str| serde_json::from_str::<Value>(line).unwrap()["url"].as_str().unwrap().to_owned();
    feeds.lines().map(url).collect()
}

fn explained(world: &World, feed: &str) -> Value {
    serde_json::from_str(&world.told(&["explain", feed, "--json"], "").unwrap()).unwrap()
}
