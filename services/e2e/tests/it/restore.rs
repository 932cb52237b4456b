//! A transaction of another process that is still open when a poller starts.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use e2e::{
    foreign::OpenTransaction,
    kafka::Kafka,
    topics::{self, Isolation},
    truth,
    wait::{self, GRACE, PATIENCE},
    web::Web,
    world::World,
};
use event_log::Cluster;
use newsroom::Options;

use crate::pages::{Entry, rss};

/// Longer than a restore without obstacles takes by far.
const OBSERVED: Duration = Duration::from_secs(4);

#[test]
fn a_poller_restores_only_after_an_open_transaction_is_decided() {
    let story = Entry { guid: "one", title: "Talks in Tokyo", content: "<p>Talks.</p>" };
    let page = rss("http://written.example/feed.xml", &[story]);
    let web = Web::serve(Options { bundled: false, extra: vec![page], ..Options::default() }).unwrap();
    let world = World::new("restore", Kafka::shared().unwrap(), &web).unwrap();
    world.import(&web.feed_list()).unwrap();
    let poller = world.start_ready("poller", &[]).unwrap();
    wait::until_true("the story is published", PATIENCE, || Ok(!world.published()?.is_empty())).unwrap();
    poller.terminate(GRACE).unwrap();
    let state = world.topic("feed-state.v1");
    let partition = world.read("feed-state.v1", Isolation::Committed).unwrap()[0].partition;

    // The previous owner's last commit, on its way for a long time.
    let open = OpenTransaction::begin(world.brokers(), &world.topic("foreign")).unwrap();
    open.produce(&state, partition, "undecided/schedule", b"never to be seen").unwrap();
    let end = |isolation| topics::ranges(world.brokers(), &state, isolation).unwrap()[&partition].high;
    assert!(
        end(Isolation::Committed) < end(Isolation::Uncommitted),
        "the last stable offset lies before the high watermark"
    );
    let undecided = end(Isolation::Committed);
    let cluster = Cluster::new(world.brokers(), BTreeMap::new());
    let error = event_log::snapshot(&cluster, &state, Duration::from_secs(2), |_| {}).unwrap_err().to_string();
    assert!(error.contains(&format!("from offset {undecided} on wait for a transaction that is open")), "{error}");

    let asked = web.newsroom().answered();
    let mut poller = world.start("poller", &[]).unwrap();
    wait::until_true("the poller waits for its state", PATIENCE, || {
        let answer = poller.get("/readyz")?;
        Ok(answer.status == 503 && answer.body.contains("poller.restore: closed, restoring"))
    })
    .unwrap();
    let until = Instant::now() + OBSERVED;
    wait::until_true("it was observed long enough", PATIENCE, || {
        assert_eq!(poller.get("/readyz")?.status, 503, "it went on though the transaction is open");
        Ok(Instant::now() > until)
    })
    .unwrap();
    assert_eq!(web.newsroom().answered(), asked, "no feed is polled before the state is known");

    open.abort().unwrap();
    poller.wait_ready(PATIENCE).unwrap();
    wait::until_true("the feed is polled again", PATIENCE, || Ok(web.newsroom().answered() > asked + 1)).unwrap();
    poller.terminate(GRACE).unwrap();
    assert_eq!(end(Isolation::Committed), end(Isolation::Uncommitted));
    truth::each_once(&truth::due(web.newsroom().items()), &world.published().unwrap()).unwrap();
}
