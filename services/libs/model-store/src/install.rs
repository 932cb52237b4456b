//! Puts pipelines into a models folder and tells what is there.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use spacy_core::{LoadError, Pipeline};

use crate::files::{Folder, SourceError, gather};

/// A pipeline in a models folder.
#[derive(Debug)]
pub struct Installed {
    /// Its folder.
    pub folder: PathBuf,
    /// The pipeline, or why it cannot be used.
    pub pipeline: Result<Pipeline, LoadError>,
}

/// Why a pipeline cannot be installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// Its files cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// It is not one that can be run.
    #[error("{0} cannot be used")]
    Load(PathBuf, #[source] LoadError),
    /// Writing failed.
    #[error("cannot write to {0}")]
    Write(PathBuf, #[source] io::Error),
}

/// Installs the pipeline at `source`, a folder or a wheel, into `models`, in a folder of its name that takes the place of one that was there.
///
/// Nothing of the source is run; the pipeline is loaded once to see that it can be used.
///
/// # Errors
///
/// The source holds no pipeline, the pipeline needs something that the runtime does not have, or writing fails.
pub fn install(source: &Path, models: &Path) -> Result<Installed, InstallError> {
    let files = gather(source)?;
    let pipeline = Pipeline::load(&files).map_err(|error| InstallError::Load(source.to_owned(), error))?;
    let fail = |error| InstallError::Write(models.to_owned(), error);
    fs::create_dir_all(models).map_err(fail)?;
    let unfinished = tempfile::Builder::new().prefix(".unfinished-").tempdir_in(models).map_err(fail)?;
    let inner = unfinished.path().join("pipeline");
    for (name, bytes) in &files {
        let path = inner.join(name);
        fs::create_dir_all(path.parent().unwrap_or(&inner)).map_err(fail)?;
        fs::write(&path, bytes).map_err(fail)?;
    }
    let folder = models.join(pipeline.name().replace(['/', '\\'], "-"));
    if folder.exists() {
        fs::rename(&folder, unfinished.path().join("replaced")).map_err(fail)?;
    }
    fs::rename(&inner, &folder).map_err(fail)?;
    Ok(Installed { folder, pipeline: Ok(pipeline) })
}

/// The pipelines in `models`, by folder. A folder that is not there has none.
///
/// # Errors
///
/// The folder cannot be read.
pub fn installed(models: &Path) -> io::Result<Vec<Installed>> {
    let entries = match fs::read_dir(models) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut folders: Vec<_> = entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
    folders.sort();
    let folders = folders.into_iter().filter(|folder| folder.join("config.cfg").is_file());
    Ok(folders.map(|folder| Installed { pipeline: Pipeline::load(&Folder(folder.clone())), folder }).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_pipeline_is_refused_and_leaves_nothing_behind() {
        let (source, models) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        assert!(matches!(install(source.path(), models.path()), Err(InstallError::Source(SourceError::NoPipeline(_)))));
        fs::write(source.path().join("config.cfg"), "[nlp]\nlang = \"tlh\"\n").unwrap();
        let refusal = install(source.path(), models.path()).unwrap_err();
        assert!(std::error::Error::source(&refusal).unwrap().to_string().contains("tlh"), "{refusal:?}");
        fs::write(source.path().join("not-a-wheel.whl"), "no zip").unwrap();
        assert!(matches!(
            install(&source.path().join("not-a-wheel.whl"), models.path()),
            Err(InstallError::Source(SourceError::Archive(..)))
        ));
        assert_eq!(fs::read_dir(models.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_damaged_wheel_is_told_by_the_file_that_is_damaged() {
        let (work, models) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let wheel = work.path().join("model.whl");
        let mut zip = zip::ZipWriter::new(fs::File::create(&wheel).unwrap());
        let stored = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        zip.start_file("module/config.cfg", stored).unwrap();
        std::io::Write::write_all(&mut zip, b"[nlp]\nlang = \"en\"\n").unwrap();
        zip.finish().unwrap();
        let mut bytes = fs::read(&wheel).unwrap();
        let at = bytes.windows(4).position(|window| window == b"lang").unwrap();
        bytes[at] ^= 1;
        fs::write(&wheel, bytes).unwrap();
        let refusal = install(&wheel, models.path()).unwrap_err();
        let told = format!("{} is damaged, fetch it again: cannot unpack module/config.cfg", wheel.display());
        assert_eq!(refusal.to_string(), told);
    }

    #[test]
    fn a_models_folder_that_is_not_there_is_empty() {
        assert!(installed(Path::new("/nowhere/at/all")).unwrap().is_empty());
    }
}
