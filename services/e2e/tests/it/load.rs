//! Generated feeds in which every item is due exactly once in every revision, whatever is killed meanwhile.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroU32,
};

use anyhow::{Context, Result};
use e2e::{
    kafka::Kafka,
    process::Courant,
    topics::Isolation,
    truth::{self, Story},
    wait::{self, GRACE, PATIENCE},
    web::Web,
    world::World,
};
use news_model::wire::FeedSchedule;
use newsroom::{Options, Pace, WireOptions};

use crate::strike::{STRIKE_PATIENCE, revisions_have_no_holes};

/// Feeds under load, and what is due of them.
pub(crate) struct Load {
    pub(crate) web: Web,
    pub(crate) world: World,
    editions: u32,
}

pub(crate) const FEEDS: u32 = 16;
const ITEMS_PER_EDITION: u32 = 20;

impl Load {
    /// Feeds of so many editions each, known to the catalogue.
    pub(crate) fn new(name: &str, editions: u32) -> Self {
        Self::on(Kafka::shared().unwrap(), name, editions)
    }

    /// The same on a node of the test's own.
    pub(crate) fn on(kafka: &Kafka, name: &str, editions: u32) -> Self {
        let wire = WireOptions {
            feeds: FEEDS,
            hosts: None,
            items_per_poll: ITEMS_PER_EDITION,
            window: 3 * ITEMS_PER_EDITION,
            correct_every: 7,
            editions: NonZeroU32::new(editions),
            pace: Pace::Confirmed,
            seed: 1,
        };
        let options = Options { bundled: false, wire, ..Options::default() };
        let web = Web::serve(options).unwrap();
        let world = World::new(name, kafka, &web).unwrap();
        world.import(&web.feed_list()).unwrap();
        Self { web, world, editions }
    }

    /// Answers that brought an edition, of the `FEEDS × editions` that are to come; kills let some be asked for again.
    pub(crate) fn progress(&self) -> f64 {
        let log = self.web.newsroom().log();
        let editions: BTreeSet<_> = log
            .iter()
            .filter(|answer| answer.whole && answer.status == Some(200))
            .filter_map(|answer| Some((&answer.url, answer.items.first()?)))
            .collect();
        let served = u32::try_from(editions.len()).unwrap_or(u32::MAX);
        f64::from(served) / f64::from(FEEDS * self.editions)
    }

    /// Whether every feed has answered 304, which it does only to a client that kept its last edition.
    pub(crate) fn is_served(&self) -> bool {
        let log = self.web.newsroom().log();
        let ended: BTreeSet<_> =
            log.iter().filter(|answer| answer.status == Some(304)).map(|answer| &answer.url).collect();
        ended.len() == usize::try_from(FEEDS).unwrap_or(usize::MAX)
    }

    /// What is due of all editions.
    pub(crate) fn due(&self) -> BTreeSet<Story> {
        truth::due(self.web.newsroom().items())
    }

    /// Checks that every edition whose validator is kept, and all before it, stand in the items.
    pub(crate) fn check_validators(&self) -> Result<()> {
        let mut kept = BTreeMap::new();
        for record in self.world.read("feed-state.v1", Isolation::Committed)? {
            if record.key_text()?.ends_with("/schedule") {
                kept.insert(record.key.clone(), record.decoded::<FeedSchedule>()?.etag);
            }
        }
        let published: BTreeSet<_> = self.world.published()?.into_iter().map(|story| story.item.key).collect();
        for etag in kept.into_values().filter(|etag| !etag.is_empty()) {
            let etag = String::from_utf8(etag.to_vec())?;
            let (feed, edition) = etag.trim_matches('"').rsplit_once('-').context("an edition's validator")?;
            for number in 1..=ITEMS_PER_EDITION * (edition.parse::<u32>()? + 1) {
                let key = format!("{feed}:{number}");
                anyhow::ensure!(published.contains(&key), "{key} is missing, and the validator {etag} is kept");
            }
        }
        Ok(())
    }

    /// Lets the rest of the load through, item events and tags, and ends the processes in good order.
    pub(crate) fn finish(&self, running: impl IntoIterator<Item = Courant>) {
        wait::until_true("every edition is kept", STRIKE_PATIENCE, || Ok(self.is_served())).unwrap();
        self.world.wait_enriched(PATIENCE).unwrap();
        for process in running {
            process.terminate(GRACE).unwrap();
        }
    }

    /// Judges what is left: each story once in both topics, no hole in its revisions, no validator ahead of its items.
    pub(crate) fn judge(&self) {
        self.check().unwrap();
        self.check_validators().unwrap();
        revisions_have_no_holes(&self.world);
    }

    /// Checks both topics against what is due.
    pub(crate) fn check(&self) -> Result<()> {
        let due = self.due();
        let per_feed = u64::from(self.editions * ITEMS_PER_EDITION);
        let firsts = due.iter().filter(|story| story.item.revision == 1).count();
        anyhow::ensure!(u64::try_from(firsts)? == per_feed * u64::from(FEEDS), "the newsroom served {firsts} items");
        anyhow::ensure!(firsts < due.len(), "no item was corrected");
        truth::each_once(&due, &self.world.published()?)?;
        truth::each_once(&due, &self.world.tagged()?)
    }
}
