//! Generated feeds in which every item is due exactly once in every revision, whatever is killed meanwhile.

use std::{collections::BTreeSet, num::NonZeroU32};

use anyhow::Result;
use e2e::{
    kafka::Kafka,
    truth::{self, Story},
    web::Web,
    world::World,
};
use newsroom::{Options, Pace, WireOptions};

/// Feeds under load, and what is due of them.
pub(crate) struct Load {
    pub(crate) web: Web,
    pub(crate) world: World,
    editions: u32,
}

const FEEDS: u32 = 16;
const ITEMS_PER_EDITION: u32 = 20;

impl Load {
    /// Feeds of so many editions each, known to the catalogue.
    pub(crate) fn new(name: &str, editions: u32) -> Self {
        let wire = WireOptions {
            feeds: FEEDS,
            items_per_poll: ITEMS_PER_EDITION,
            window: 3 * ITEMS_PER_EDITION,
            correct_every: 7,
            editions: NonZeroU32::new(editions),
            pace: Pace::Confirmed,
            seed: 1,
        };
        let options = Options { bundled: false, wire, ..Options::default() };
        let web = Web::serve(options).unwrap();
        let world = World::new(name, Kafka::shared().unwrap(), &web).unwrap();
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
