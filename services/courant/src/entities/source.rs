//! Reads packed files line by line.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;

use super::EntitiesError;

/// Bytes of the longest line; the largest entities of Wikidata have some four million.
pub(super) const MAX_LINE_BYTES: usize = 64 << 20;

/// The lines of a file, one at a time.
pub(super) struct Lines {
    from: PathBuf,
    source: BufReader<Box<dyn Read>>,
    line: Vec<u8>,
    number: u64,
}

/// The contents of `file`, unpacked as the end of its name tells.
pub(super) fn unpacked(file: &Path) -> io::Result<Box<dyn Read>> {
    let raw = BufReader::with_capacity(1 << 16, File::open(file)?);
    Ok(match file.extension().and_then(|end| end.to_str()) {
        Some("gz") => Box::new(MultiGzDecoder::new(raw)),
        Some("bz2") => Box::new(MultiBzDecoder::new(raw)),
        Some("zst") => Box::new(zstd::Decoder::with_buffer(raw)?),
        _ => Box::new(raw),
    })
}

impl Lines {
    pub(super) fn open(from: &Path) -> Result<Self, EntitiesError> {
        let source = unpacked(from).map_err(|error| EntitiesError::File(from.to_owned(), error))?;
        Ok(Self {
            from: from.to_owned(),
            source: BufReader::with_capacity(1 << 16, source),
            line: Vec::new(),
            number: 0,
        })
    }

    /// The next line with its number, from 1; no text where it is not UTF-8.
    pub(super) fn next_line(&mut self) -> Result<Option<(u64, Option<&str>)>, EntitiesError> {
        self.line.clear();
        self.number += 1;
        let most = u64::try_from(MAX_LINE_BYTES).unwrap_or(u64::MAX);
        let read = self.source.by_ref().take(most).read_until(b'\n', &mut self.line);
        let broken = |source| EntitiesError::Broken { from: self.from.clone(), line: self.number - 1, source };
        match read.map_err(broken)? {
            0 => Ok(None),
            MAX_LINE_BYTES if !self.line.ends_with(b"\n") => Err(EntitiesError::LongLine(self.number)),
            _ => Ok(Some((self.number, std::str::from_utf8(&self.line).ok()))),
        }
    }
}
