//! Why a pipeline cannot be used.

use crate::pattern::PatternError;

/// Why a published pipeline cannot be loaded. The text names the file and what in it is missing, malformed or not supported.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A file of the pipeline is not there.
    #[error("the pipeline has no file {0}")]
    NoFile(String),
    /// A file is not in the form that spaCy writes.
    #[error("{file} is malformed: {fault}")]
    Malformed {
        /// Path within the pipeline.
        file: String,
        /// What is wrong.
        fault: String,
    },
    /// The configuration lacks a value.
    #[error("config.cfg has no value for {0}")]
    NoValue(String),
    /// The language is not one whose lexical rules are known here.
    #[error("language {0:?} is not supported: its lexical attributes are not among the tables of this build")]
    Language(String),
    /// The pipeline has no entity recogniser.
    #[error("the pipeline {0:?} has no component of the factory \"ner\"")]
    NoRecogniser(Vec<String>),
    /// A component, architecture, tokenizer or feature that this runtime does not know.
    #[error("{place} = {found:?} is not supported: this runtime knows {known}")]
    Unsupported {
        /// Key of the configuration or place in a file.
        place: String,
        /// What stands there.
        found: String,
        /// What could stand there.
        known: &'static str,
    },
    /// A pattern of the tokenizer cannot be compiled.
    #[error("the tokenizer's {name} cannot be used: {source}")]
    Pattern {
        /// Name of the pattern in the tokenizer's file.
        name: &'static str,
        /// Why.
        source: PatternError,
    },
}

impl LoadError {
    pub(crate) fn malformed(file: &str, fault: impl Into<String>) -> Self {
        Self::Malformed { file: file.to_owned(), fault: fault.into() }
    }
}
