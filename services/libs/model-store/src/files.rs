//! The files of a published pipeline, in a folder or in a wheel, which is a zip archive.

use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
};

use spacy_core::ModelFiles;
use zip::ZipArchive;

/// The file by which a pipeline's folder is known.
const CONFIG: &str = "config.cfg";

/// Folders that may lie around a pipeline's own: a package holds a module, which holds the pipeline.
const MAX_DEPTH: usize = 3;

/// What a pipeline may unpack to, in bytes.
const MAX_BYTES: u64 = 1 << 30;

/// Why the files of a pipeline cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Reading failed.
    #[error("cannot read {0}")]
    Io(PathBuf, #[source] io::Error),
    /// It is no zip archive, or a damaged one.
    #[error("{0} is neither a folder nor a wheel")]
    Archive(PathBuf, #[source] zip::result::ZipError),
    /// A file in a wheel cannot be unpacked.
    #[error("{wheel} is damaged, fetch it again: cannot unpack {file}")]
    Entry {
        /// The wheel.
        wheel: PathBuf,
        /// The file's path within it.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// Nothing in it looks like a pipeline.
    #[error("{0} holds no spaCy pipeline: there is no config.cfg in it")]
    NoPipeline(PathBuf),
    /// It would unpack to more than a gibibyte.
    #[error("{0} unpacks to more than a gibibyte")]
    TooLarge(PathBuf),
}

/// A pipeline's folder.
#[derive(Debug)]
pub(crate) struct Folder(pub(crate) PathBuf);

impl ModelFiles for Folder {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        fs::read(self.0.join(path)).ok()
    }
}

/// The files of the pipeline at `source`, by their paths within it.
pub(crate) fn gather(source: &Path) -> Result<HashMap<String, Vec<u8>>, SourceError> {
    if source.is_dir() { gather_folder(source) } else { gather_wheel(source) }
}

fn gather_folder(source: &Path) -> Result<HashMap<String, Vec<u8>>, SourceError> {
    let no_pipeline = || SourceError::NoPipeline(source.to_owned());
    let root = find_root(source, MAX_DEPTH).ok_or_else(no_pipeline)?;
    let (mut files, mut folders, mut left) = (HashMap::new(), vec![root.clone()], MAX_BYTES);
    while let Some(folder) = folders.pop() {
        let fail = |error| SourceError::Io(folder.clone(), error);
        for entry in fs::read_dir(&folder).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            // Hubs of models keep files once and link to them; linked folders are left aside, since they may lead in a circle.
            let (path, is_link) = (entry.path(), entry.file_type().map_err(fail)?.is_symlink());
            let Ok(kind) = fs::metadata(&path) else {
                continue; // a link that leads nowhere
            };
            if kind.is_dir() && !is_link {
                folders.push(path);
            } else if kind.is_file() {
                let size = kind.len();
                left = left.checked_sub(size).ok_or_else(|| SourceError::TooLarge(source.to_owned()))?;
                let bytes = fs::read(&path).map_err(|error| SourceError::Io(path.clone(), error))?;
                let inner = path.strip_prefix(&root).map_err(|_| no_pipeline())?;
                files.insert(inner.to_string_lossy().replace('\\', "/"), bytes);
            }
        }
    }
    Ok(files)
}

fn find_root(folder: &Path, depth: usize) -> Option<PathBuf> {
    if folder.join(CONFIG).is_file() {
        return Some(folder.to_owned());
    }
    let inner =
        fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path()).filter(|path| path.is_dir());
    let mut inner: Vec<_> = inner.collect();
    inner.sort();
    inner.into_iter().filter(|_| depth > 0).find_map(|inner| find_root(&inner, depth - 1))
}

fn gather_wheel(wheel: &Path) -> Result<HashMap<String, Vec<u8>>, SourceError> {
    let fail = |error| SourceError::Io(wheel.to_owned(), error);
    let broken = |error| SourceError::Archive(wheel.to_owned(), error);
    let mut archive = ZipArchive::new(File::open(wheel).map_err(fail)?).map_err(broken)?;
    let names = archive.file_names().filter_map(Result::ok);
    let configs = names.filter(|name| name == CONFIG || name.ends_with(&format!("/{CONFIG}")));
    let config = configs.min_by_key(|name| name.len()).map(std::borrow::Cow::into_owned);
    let config = config.ok_or_else(|| SourceError::NoPipeline(wheel.to_owned()))?;
    let root = config.strip_suffix(CONFIG).unwrap_or_default();
    let (mut files, mut left) = (HashMap::new(), MAX_BYTES);
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(broken)?;
        // A name that would lead out of the folder has no enclosed form.
        let Some(name) = entry.enclosed_name().filter(|_| entry.is_file()) else {
            continue;
        };
        let name = name.to_string_lossy().replace('\\', "/");
        let Some(inner) = name.strip_prefix(root) else {
            continue;
        };
        let (inner, mut bytes) = (inner.to_owned(), Vec::new());
        let broken = |source| SourceError::Entry { wheel: wheel.to_owned(), file: name.clone(), source };
        entry.take(left + 1).read_to_end(&mut bytes).map_err(broken)?;
        let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        left = left.checked_sub(size).ok_or_else(|| SourceError::TooLarge(wheel.to_owned()))?;
        files.insert(inner, bytes);
    }
    Ok(files)
}
