//! `courant entities …`

mod source;
mod spill;

use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
};

use clap::{Subcommand, ValueEnum};
use entity_core::{
    BadEntityLine, BuildError, EntityEncoder, LexiconEntry, NameEncoder, Sections, Table, TableError, assemble,
    entries_of_tables, entry_of_line,
};
use model_store::{LexiconFileError, open_lexicon};
use service_kit::exit::Exit;

use crate::{
    plain::{NotUtf8, text_of},
    show,
};
use source::Lines;
use spill::Spill;

/// What can be done with lexicons of entities.
#[derive(Debug, Subcommand)]
pub(crate) enum EntitiesCommand {
    /// Builds a lexicon from a Wikidata JSON dump, in bounded memory, or from a table, which is read as a whole.
    Build {
        /// The dump or table; `.gz`, `.bz2` and `.zst` are unpacked as they are read.
        #[arg(long)]
        from: PathBuf,
        /// Where the lexicon goes; temporary files go to the same folder.
        #[arg(long)]
        out: PathBuf,
        /// What `--from` is.
        #[arg(long, default_value = "wikidata")]
        format: Format,
        /// Leaves out entities of a dump that fewer pages of Wikipedia and its sisters are about. Lower knows more, takes more room and
        /// links less surely.
        #[arg(long, default_value_t = 3)]
        min_sitelinks: u32,
    },
    /// Checks a lexicon and says what it holds.
    Check {
        /// The lexicon.
        file: PathBuf,
    },
}

/// What a lexicon is built from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A JSON dump of Wikidata: one entity a line.
    Wikidata,
    /// A table with the columns id, type, name, aliases, weight and about.
    Tsv,
}

/// Why no lexicon was built or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EntitiesError {
    /// A file could not be read or written.
    #[error("cannot use {}", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// A dump could not be read on.
    #[error("cannot read {} behind line {line}", .from.display())]
    Broken { from: PathBuf, line: u64, source: io::Error },
    /// A line is too long for any entity.
    #[error("line {0} is longer than {max} bytes: no dump with one entity a line", max = source::MAX_LINE_BYTES)]
    LongLine(u64),
    /// A dump has many lines that are no entities, or no other ones.
    #[error("{} is no Wikidata dump: {faults} of its lines are no entities, the first is line {line}", .from.display())]
    NoDump { from: PathBuf, line: u64, faults: u64, source: BadLine },
    /// A dump holds nothing at all.
    #[error("{} is empty", .0.display())]
    Empty(PathBuf),
    /// A dump opens a list and does not close it.
    #[error("{} is cut short: it begins with [ and ends in line {line} without ]; fetch it again", .from.display())]
    CutShort { from: PathBuf, line: u64 },
    /// A table is no text.
    #[error("cannot read {}", .0.display())]
    NotUtf8(PathBuf, #[source] NotUtf8),
    /// A table is malformed.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The lexicon could not be written.
    #[error("cannot build the lexicon")]
    Build(#[from] BuildError),
    /// The file is no lexicon.
    #[error(transparent)]
    Lexicon(#[from] LexiconFileError),
}

/// Why a line of a dump is no entity.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadLine {
    /// It is no text.
    #[error("it is not UTF-8; packed files are known by names that end in .gz, .bz2 or .zst")]
    NotUtf8,
    /// It is something else.
    #[error(transparent)]
    Other(#[from] BadEntityLine),
}

/// Runs one of them.
pub(crate) fn run(command: &EntitiesCommand) -> Exit {
    let done = match command {
        EntitiesCommand::Build { from, out, format, min_sitelinks } => {
            build(from, out, *format, *min_sitelinks).and_then(|()| check(out))
        }
        EntitiesCommand::Check { file } => check(file),
    };
    match done {
        Ok(()) => Exit::Success,
        Err(error) => show::failure(&show::chain(&error), Exit::Failure),
    }
}

fn check(file: &Path) -> Result<(), EntitiesError> {
    let lexicon = open_lexicon(file)?;
    let (entities, bytes) = (lexicon.len(), lexicon.size_bytes());
    show::line(&format!("{}: {entities} entities, {bytes} bytes, version {}", file.display(), lexicon.version()));
    Ok(())
}

fn build(from: &Path, out: &Path, format: Format, min_sitelinks: u32) -> Result<(), EntitiesError> {
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = |error| EntitiesError::File(out.to_owned(), error);
    let temporary = || tempfile::tempfile_in(folder).map_err(written);
    let mut entities = EntityEncoder::new(BufWriter::new(temporary()?), BufWriter::new(temporary()?));
    let mut names = Spill::new(folder.to_owned());
    let mut push = |entry: &LexiconEntry| -> Result<(), EntitiesError> {
        let place = entities.push(entry)?;
        for (key, rank) in entry.keys() {
            names.push(key, (place, rank, entry.weight)).map_err(written)?;
        }
        Ok(())
    };
    match format {
        Format::Wikidata => read_dump(from, min_sitelinks, &mut push)?,
        Format::Tsv => read_table(from, &mut push)?,
    }
    let mut encoder = NameEncoder::new(BufWriter::new(temporary()?), BufWriter::new(temporary()?))?;
    for merged in names.merge().map_err(written)? {
        let (key, candidates) = merged.map_err(written)?;
        encoder.push(&key, candidates)?;
    }
    let (entities, strings) = entities.into_writers();
    let (lists, names) = encoder.finish()?;
    let sections = Sections {
        entities: again(entities).map_err(written)?,
        strings: again(strings).map_err(written)?,
        lists: again(lists).map_err(written)?,
        names: again(names).map_err(written)?,
    };
    let mut whole = lexicon_file(folder).map_err(written)?;
    let version = from.file_name().unwrap_or_default().to_string_lossy();
    assemble(BufWriter::new(whole.as_file_mut()), &version, sections)?;
    whole.persist(out).map_err(|error| written(error.error))?;
    Ok(())
}

/// A temporary file that others may read, as they may any new file: who builds a lexicon is not always who tags by it.
fn lexicon_file(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder)
}

/// A file that was written, to be read from its start.
fn again(file: BufWriter<File>) -> io::Result<BufReader<File>> {
    let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.flush()?;
    file.rewind()?;
    Ok(BufReader::new(file))
}

fn read_dump(
    from: &Path,
    min_sitelinks: u32,
    push: &mut impl FnMut(&LexiconEntry) -> Result<(), EntitiesError>,
) -> Result<(), EntitiesError> {
    /// A dump may hold some lines of entities of other kinds; from here on it is none.
    const MAX_FAULTS: u64 = 1_000;
    let mut lines = Lines::open(from)?;
    let (mut faults, mut entries, mut first_fault) = (0, 0_u64, None);
    let (mut last, mut is_open) = (0, false);
    while let Some((number, line)) = lines.next_line()? {
        last = number;
        let bracket = line.unwrap_or_default().trim();
        is_open = (is_open || (number == 1 && bracket == "[")) && bracket != "]";
        match line.ok_or(BadLine::NotUtf8).and_then(|line| Ok(entry_of_line(line, min_sitelinks)?)) {
            Ok(Some(entry)) => {
                entries += 1;
                push(&entry)?;
            }
            Ok(None) => {}
            Err(fault) => {
                faults += 1;
                first_fault.get_or_insert((number, fault));
            }
        }
        if faults > MAX_FAULTS {
            break;
        }
    }
    if last == 0 {
        return Err(EntitiesError::Empty(from.to_owned()));
    }
    if let Some((line, source)) = first_fault {
        if faults > MAX_FAULTS || entries == 0 {
            return Err(EntitiesError::NoDump { from: from.to_owned(), line, faults, source });
        }
        show::note(&format!(
            "lines that are no entities and were left out: {faults}, the first is line {line}: {}",
            show::chain(&source)
        ));
    }
    if is_open { Err(EntitiesError::CutShort { from: from.to_owned(), line: last }) } else { Ok(()) }
}

fn read_table(
    from: &Path,
    push: &mut impl FnMut(&LexiconEntry) -> Result<(), EntitiesError>,
) -> Result<(), EntitiesError> {
    let mut bytes = Vec::new();
    let failed = |error| EntitiesError::File(from.to_owned(), error);
    source::unpacked(from).and_then(|mut source| source.read_to_end(&mut bytes)).map_err(failed)?;
    let text = text_of(bytes).map_err(|fault| EntitiesError::NotUtf8(from.to_owned(), fault))?;
    let name = from.file_name().unwrap_or_default().to_string_lossy();
    entries_of_tables(&[], &[Table { name: &name, text: &text }])?.iter().try_for_each(push)
}

#[cfg(test)]
mod tests;
