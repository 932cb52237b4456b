//! Lexicons on disk, mapped into memory.
//!
//! Of a mapped file only the pages that names were looked up in are resident, and the system may take them back, so a lexicon may be larger than
//! what the process is allowed. The price: what stands in the file while it is mapped is what is read. A lexicon is therefore replaced by renaming
//! another over it, as `courant entities build` does, which leaves those who have it mapped with the one they opened; whoever writes into the file or
//! cuts it short makes them read nonsense or ends them with SIGBUS.

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use entity_core::{Lexicon, LexiconError, lexicon_is_whole};
use mmap_io::{MemoryMappedFile, MmapIoError};

/// Why a lexicon cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LexiconFileError {
    /// The file cannot be read.
    #[error("cannot read the lexicon {}", .0.display())]
    Io(PathBuf, #[source] io::Error),
    /// The file cannot be mapped.
    #[error("cannot map the lexicon {} into memory", .0.display())]
    Map(PathBuf, #[source] MmapIoError),
    /// It holds no lexicon that can be read.
    #[error("cannot use the lexicon {}", .0.display())]
    Lexicon(PathBuf, #[source] LexiconError),
}

/// A file in memory.
struct Mapped(MemoryMappedFile);

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        self.0.as_slice_bytes(0, self.0.len()).unwrap_or_default()
    }
}

/// The lexicon in `file`, mapped. Reads the file once, through a small buffer, for its checksum.
///
/// # Errors
///
/// The file cannot be read or mapped, or is no lexicon, of another layout, cut short or damaged.
pub fn open_lexicon(file: &Path) -> Result<Lexicon, LexiconFileError> {
    let fail = |error| LexiconFileError::Io(file.to_owned(), error);
    let refuse = |error| LexiconFileError::Lexicon(file.to_owned(), error);
    let source = File::open(file).map_err(fail)?;
    let length = source.metadata().map_err(fail)?.len();
    if length == 0 {
        return Err(refuse(LexiconError::Foreign)); // there is nothing that could be mapped
    }
    let mapped = MemoryMappedFile::open_ro(file).map_err(|error| LexiconFileError::Map(file.to_owned(), error))?;
    let lexicon = Lexicon::from_checked(&Bytes::from_owner(Mapped(mapped))).map_err(refuse)?;
    if !lexicon_is_whole(source, length).map_err(fail)? {
        return Err(refuse(LexiconError::Damaged));
    }
    Ok(lexicon)
}
