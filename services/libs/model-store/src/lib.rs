//! Statistical models on disk: published spaCy pipelines, as folders or wheels, and what they find in documents. Lexicons on disk too.
//!
//! ```text
//! wheel or folder ──install──► models folder ──Models::open──► one recogniser a language ──Models::read──► spans for tagging
//! ```
//!
//! A models folder holds one folder for each installed pipeline, complete with its licence notices. The runtime itself is `spacy-core`, which is
//! pure; this crate does its reading and writing.

mod files;
mod install;
mod lexicon;
mod models;
mod recogniser;

pub use files::SourceError;
pub use install::{InstallError, Installed, install, installed};
pub use lexicon::{LexiconFileError, open_lexicon};
pub use models::{Models, ModelsError, Read};
pub use recogniser::Recogniser;
