//! Memory of an enricher that has model, dictionary and lexicon, at its peak under load.
//!
//! One `courant enricher`, default settings, works through a backlog of items whose texts are those of `ner`, every hundredth one a text of 256 kB. What
//! Linux saw resident at most (`VmHWM`) is measured against the budget.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use e2e::{binary, kafka::Kafka, topics, wait, world::World};
use news_model::{
    WIRE_VERSION, partition_of,
    wire::{Item, ItemEvent, ItemEventKind},
};
use prost::Message;

use crate::{
    bare::{self, Bare, Outgoing},
    count,
    figure::Figure,
    ner,
};

/// What the enricher may take.
const BUDGET_MEGABYTES: f64 = 200.0;
const PATIENCE: Duration = Duration::from_mins(5);
const GRACE: Duration = Duration::from_secs(30);
/// One in so many items is as long as an item can be.
const LONG_EVERY: usize = 100;
const LONG_BYTES: usize = 256 << 10;

/// `enricher_memory`, and the rate of the same work.
///
/// # Errors
/// When anything fails or an item is not tagged.
pub(crate) fn run(kafka: &Kafka, folders: &[PathBuf], quick: bool) -> Result<Vec<Figure>> {
    let words = if quick { 30_000 } else { 1_200_000 };
    let texts = ner::gather(folders, words)?.texts;
    let world = World::without_topics("memory", kafka.brokers(), None)?;
    world.told(&["topics", "apply", "--set", "topics.item_partitions=24"], "")?;
    publish(&world, &texts)?;
    let models = format!("enricher.models={}", binary::workspace().join(ner::MODELS).display());
    let begun = Instant::now();
    let mut enricher = world.start_ready("enricher", &["--set", &models])?;
    let tagged = world.topic("tagged.v1");
    wait::until_true("every item is tagged", PATIENCE, || {
        ensure!(enricher.runs()?, "the enricher ended by itself");
        let ends = topics::ranges(world.brokers(), &tagged, topics::Isolation::Committed)?;
        let offsets = usize::try_from(ends.values().map(|range| range.high).sum::<i64>())?;
        Ok(offsets >= texts.len() && count::committed(world.brokers(), &tagged)? >= texts.len())
    })?;
    let peak = peak_megabytes(enricher.id())?;
    eprintln!("enricher_memory: {} items within {:.1?}", texts.len(), begun.elapsed());
    let model = model_of_one(&world)?;
    ensure!(!model.is_empty(), "the items were tagged without a model");
    enricher.terminate(GRACE)?;
    let against = "the budget";
    Ok(vec![Figure {
        bench: "enricher_memory",
        unit: "MB at most",
        against,
        ours: vec![peak],
        peer: vec![BUDGET_MEGABYTES],
    }])
}

/// Publishes an item for each text.
fn publish(world: &World, texts: &[String]) -> Result<()> {
    let topic = world.topic("items.v1");
    let partitions = u16::try_from(topics::partitions(world.brokers(), &topic)?.len())?;
    let bare = Bare::connect(world.brokers())?;
    for (number, text) in texts.iter().enumerate() {
        let id = format!("{number:032x}");
        let long = text.repeat(LONG_BYTES / text.len().max(1));
        let content = if number.is_multiple_of(LONG_EVERY) { long } else { text.clone() };
        let item = Item { id: id.clone(), content, language: "en".to_owned(), ..Item::default() };
        let kind = ItemEventKind::Published.into();
        let event = ItemEvent { version: WIRE_VERSION, kind, item: Some(item), revision: 1, ..ItemEvent::default() };
        bare.send(Outgoing {
            topic: &topic,
            partition: partition_of(id.as_bytes(), partitions),
            key: id.as_bytes(),
            value: Some(&event.encode_to_vec()),
            headers: bare::headers([].into_iter()),
        })?;
    }
    bare.wait_delivered()
}

fn model_of_one(world: &World) -> Result<String> {
    let records = world.read("tagged.v1", topics::Isolation::Committed)?;
    let tagged = records.first().context("nothing is tagged")?.tagged_item()?;
    Ok(tagged.made_by.unwrap_or_default().model)
}

/// The most memory that process `id` ever had resident.
pub(crate) fn peak_megabytes(id: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{id}/status")).context("memory is read from Linux's /proc")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no VmHWM")?;
    let kibibytes: u32 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(f64::from(kibibytes) * 1024.0 / 1e6)
}
