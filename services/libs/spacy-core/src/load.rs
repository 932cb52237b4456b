//! Loads a pipeline from its files.

use std::{collections::HashMap, hash::BuildHasher};

use foldhash::fast::RandomState;
use rmpv::decode::read_value_ref;
use serde_json::Value;

use crate::{
    config::Config,
    error::LoadError,
    lexicon::{Attribute, Lexicon},
    network::{Network, Shape},
    tables::Tables,
    tokenizer::{Memory, Tokenizer},
    transition::Moves,
    weights::{Node, as_map, as_text, field, read_nodes},
};

/// Layers of a network, and tokens that one of them looks to each side, at most; published pipelines have 4 and 1, or 8 and 1.
const MOST_LAYERS: usize = 64;

/// The files of a published pipeline: the folder that holds `config.cfg`.
pub trait ModelFiles {
    /// The content of the file at `path`, whose parts are parted by `/`; `None` if there is none.
    fn read(&self, path: &str) -> Option<Vec<u8>>;
}

impl<S: BuildHasher> ModelFiles for HashMap<String, Vec<u8>, S> {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.get(path).cloned()
    }
}

/// A pipeline's entity recogniser. Immutable, so one behind an `Arc` serves the readers of all threads.
#[derive(Debug)]
pub struct Pipeline {
    pub(crate) lexicon: Lexicon,
    pub(crate) tokenizer: Tokenizer,
    /// What readers begin with: the forms of the exceptions.
    pub(crate) memory: Memory,
    pub(crate) network: Network,
    pub(crate) moves: Moves,
    name: String,
    language: String,
}

impl Pipeline {
    /// Loads the recogniser of the pipeline in `files`. Takes some hundred milliseconds.
    ///
    /// # Errors
    ///
    /// A file is missing or malformed, or the pipeline needs something that this runtime does not have; the error names it.
    pub fn load(files: &dyn ModelFiles) -> Result<Self, LoadError> {
        let config = Config::parse(&text(files, "config.cfg")?)?;
        let language = config.text("nlp.lang")?;
        let tables = Tables::of_language(&language)?;
        config
            .expect("nlp.tokenizer", &[], "spacy.Tokenizer.v1")
            .or_else(|refusal| rules_tokenizer(&config, refusal))?;
        let component = recogniser(&config)?;
        let (embedding, attributes, shape) = architecture(&config, &component)?;
        let lexicon = Lexicon::new(tables, norms(files)?, attributes)?;
        let mut memory = Memory::default();
        let tokenizer = Tokenizer::load(&bytes(files, "tokenizer")?, &lexicon, &mut memory)?;
        let moves = moves(files, &component)?;
        let own = nodes(files, &component)?;
        let shared = if embedding == component { None } else { Some(nodes(files, &embedding)?) };
        let (own_file, embedding_file) = (model_file(&component), model_file(&embedding));
        let shape = Shape { classes: moves.classes, ..shape };
        let tables = (shared.as_deref().unwrap_or(&own), embedding_file.as_str());
        let network = Network::load((&own, &own_file), tables, &shape)?;
        let name = name(files, &language)?;
        Ok(Self { lexicon, tokenizer, memory, network, moves, name, language })
    }

    /// Name and version by which the pipeline was published, such as `en_core_web_sm-3.8.0`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Code of its language, such as `en`.
    #[must_use]
    pub fn language(&self) -> &str {
        &self.language
    }

    /// The labels it gives.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.moves.labels
    }
}

fn bytes(files: &dyn ModelFiles, path: &str) -> Result<Vec<u8>, LoadError> {
    files.read(path).ok_or_else(|| LoadError::NoFile(path.to_owned()))
}

fn text(files: &dyn ModelFiles, path: &str) -> Result<String, LoadError> {
    String::from_utf8(bytes(files, path)?).map_err(|_| LoadError::malformed(path, "not UTF-8"))
}

fn model_file(component: &str) -> String {
    format!("{component}/model")
}

fn nodes(files: &dyn ModelFiles, component: &str) -> Result<Vec<Node>, LoadError> {
    let file = model_file(component);
    read_nodes(&bytes(files, &file)?, &file)
}

/// Refuses tokenizers that are not made of rules.
fn rules_tokenizer(config: &Config, refusal: LoadError) -> Result<(), LoadError> {
    let value = config.value("nlp.tokenizer").ok();
    let named = value.as_ref().and_then(|value| value.get("@tokenizers")).and_then(Value::as_str);
    let named = named.map_or_else(|| config.text("nlp.tokenizer.@tokenizers").ok(), |named| Some(named.to_owned()));
    match named {
        Some(name) if name == "spacy.Tokenizer.v1" => Ok(()),
        Some(found) => {
            let place = "nlp.tokenizer.@tokenizers".to_owned();
            Err(LoadError::Unsupported { place, found, known: "spacy.Tokenizer.v1" })
        }
        None => Err(refusal),
    }
}

/// The component of the pipeline that recognises entities.
fn recogniser(config: &Config) -> Result<String, LoadError> {
    let pipeline = config.texts("nlp.pipeline")?;
    for component in &pipeline {
        if config.text(&format!("components.{component}.factory")).is_ok_and(|factory| factory == "ner") {
            return Ok(component.clone());
        }
    }
    Err(LoadError::NoRecogniser(pipeline))
}

/// The component that holds the embedding, its attributes, and the sizes of the network.
fn architecture(config: &Config, component: &str) -> Result<(String, Vec<Attribute>, Shape), LoadError> {
    let model = format!("components.{component}.model");
    let parsers = ["spacy.TransitionBasedParser.v1", "spacy.TransitionBasedParser.v2"];
    config.expect(&format!("{model}.@architectures"), &parsers, "spacy.TransitionBasedParser.v1 and v2")?;
    let (mut holder, mut tok2vec) = (component.to_owned(), format!("{model}.tok2vec"));
    if config.text(&format!("{tok2vec}.@architectures"))? == "spacy.Tok2VecListener.v1" {
        holder = config.text(&format!("{tok2vec}.upstream"))?;
        if holder == "*" {
            "tok2vec".clone_into(&mut holder);
        }
        tok2vec = format!("components.{holder}.model");
    }
    let kinds = ["spacy.Tok2Vec.v1", "spacy.Tok2Vec.v2"];
    let known = "spacy.Tok2Vec.v1 and v2, as small pipelines (_sm) have";
    config.expect(&format!("{tok2vec}.@architectures"), &kinds, known)?;
    let (embed, encode) = (format!("{tok2vec}.embed"), format!("{tok2vec}.encode"));
    let embeds = ["spacy.MultiHashEmbed.v1", "spacy.MultiHashEmbed.v2"];
    config.expect(&format!("{embed}.@architectures"), &embeds, "spacy.MultiHashEmbed.v1 and v2")?;
    let bare = "false, as small pipelines (_sm) have";
    config.expect_switch(&format!("{embed}.include_static_vectors"), false, bare)?;
    let encoders = ["spacy.MaxoutWindowEncoder.v1", "spacy.MaxoutWindowEncoder.v2"];
    config.expect(&format!("{encode}.@architectures"), &encoders, "spacy.MaxoutWindowEncoder.v1 and v2")?;
    config.expect_switch(&format!("{model}.use_upper"), true, "true")?;
    config.expect_switch(&format!("{model}.extra_state_tokens"), false, "false")?;
    let attributes: Vec<_> = config
        .texts(&format!("{embed}.attrs"))?
        .iter()
        .map(|name| Attribute::of_name(name))
        .collect::<Result<_, _>>()?;
    let small = |key: &str| config.number_up_to(&format!("{encode}.{key}"), MOST_LAYERS);
    let (depth, window) = (small("depth")?, small("window_size")?);
    let shape = Shape { attributes: attributes.len(), depth, window, classes: 0 };
    Ok((holder, attributes, shape))
}

fn moves(files: &dyn ModelFiles, component: &str) -> Result<Moves, LoadError> {
    let file = format!("{component}/moves");
    let bytes = bytes(files, &file)?;
    let root = read_value_ref(&mut bytes.as_slice()).map_err(|error| LoadError::malformed(&file, error.to_string()))?;
    let text = field(&root, "moves").and_then(as_text).ok_or_else(|| LoadError::malformed(&file, "no moves"))?;
    Moves::parse(text, &file)
}

/// The norms that the pipeline brings along, by the id of the word; a pipeline may have none.
fn norms(files: &dyn ModelFiles) -> Result<HashMap<u64, String, RandomState>, LoadError> {
    const FILE: &str = "vocab/lookups.bin";
    let Some(bytes) = files.read(FILE) else {
        return Ok(HashMap::default());
    };
    let root = read_value_ref(&mut bytes.as_slice()).map_err(|error| LoadError::malformed(FILE, error.to_string()))?;
    let pairs = field(&root, "lexeme_norm").and_then(as_map).unwrap_or_default();
    let norms = pairs.iter().map(|(id, norm)| Some((id.as_u64()?, as_text(norm)?.to_owned()))).collect::<Option<_>>();
    norms.ok_or_else(|| LoadError::malformed(FILE, "lexeme_norm does not map ids to texts"))
}

fn name(files: &dyn ModelFiles, language: &str) -> Result<String, LoadError> {
    let meta = text(files, "meta.json")?;
    let meta: Value =
        serde_json::from_str(&meta).map_err(|error| LoadError::malformed("meta.json", error.to_string()))?;
    let of = |key: &str| meta.get(key).and_then(Value::as_str).unwrap_or("unknown");
    Ok(format!("{language}_{}-{}", of("name"), of("version")))
}
