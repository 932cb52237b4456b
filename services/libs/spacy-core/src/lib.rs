//! Runs the entity recognisers of published spaCy 3 pipelines: the same tokens and the same entities, without Python. No IO, no clock.
//!
//! ```text
//! files ──Pipeline::load──► tokenizer, lexicon, network, moves        immutable, shared by all threads
//!                                      │
//! texts ──Reader::read──► tokens ──► forms ──► vectors ──► products ──► entities
//!                         (rules)    (kept)   (kept in part)           (transitions)
//! ```
//!
//! What is read: pipelines whose `ner` component is a transition-based parser on hash embeddings and a maxout convolutional encoder, which are
//! the small models of all languages. Whatever else a pipeline holds is left aside; sentence boundaries would change which moves are
//! valid, so the entities are those that spaCy finds with `ner` alone. A pipeline that needs anything else is refused by the name of what it
//! needs. Time and memory are linear in the text.

mod config;
mod error;
mod hash;
mod lexicon;
mod load;
mod network;
mod pattern;
mod reader;
mod tables;
mod tokenizer;
mod transition;
mod weights;

pub use error::LoadError;
pub use load::{ModelFiles, Pipeline};
pub use pattern::PatternError;
pub use reader::{Annotation, CacheUse, Entity, Input, Reader, Token};
pub use tables::TABLES_VERSION;
pub use tokenizer::MAX_CHUNK_BYTES;
