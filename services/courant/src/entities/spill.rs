//! Sorts more names than memory holds: sorted runs go to temporary files, which are then read side by side.

use std::{
    cmp::Reverse,
    collections::BinaryHeap,
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Seek, Write},
    path::PathBuf,
};

/// One entity that has a name: its place, the place of the name among its names, its weight.
pub(super) type Bearer = (u32, u8, u32);

/// Bytes of names and bearers kept in memory before a run is written.
const RUN_BYTES: usize = 64 << 20;
/// Bytes that a bearer takes beside its name, with what the vector takes.
const BEARER_BYTES: usize = 48;
/// Bearers of one name that are kept; only the best known are asked for.
const MAX_BEARERS: usize = 1 << 16;

/// Names with bearers, in any order.
pub(super) struct Spill {
    folder: PathBuf,
    run_bytes: usize,
    kept: Vec<(String, Bearer)>,
    kept_bytes: usize,
    runs: Vec<File>,
}

/// The names in the order of their bytes, each once, with all its bearers.
pub(super) struct Merge {
    runs: Vec<Run>,
    heap: BinaryHeap<Reverse<(String, Bearer, usize)>>,
}

struct Run {
    lines: BufReader<File>,
    line: String,
}

impl Spill {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self::with_run_bytes(folder, RUN_BYTES)
    }

    /// A spill whose runs have about `run_bytes`.
    pub(super) fn with_run_bytes(folder: PathBuf, run_bytes: usize) -> Self {
        Self { folder, run_bytes, kept: Vec::new(), kept_bytes: 0, runs: Vec::new() }
    }

    /// Takes a name. One with a line end, which no text has within a paragraph, is left out.
    pub(super) fn push(&mut self, name: String, bearer: Bearer) -> io::Result<()> {
        if name.contains('\n') {
            return Ok(());
        }
        self.kept_bytes += name.len() + BEARER_BYTES;
        self.kept.push((name, bearer));
        if self.kept_bytes >= self.run_bytes { self.write_run() } else { Ok(()) }
    }

    fn write_run(&mut self) -> io::Result<()> {
        self.kept.sort_unstable();
        let mut run = BufWriter::new(tempfile::tempfile_in(&self.folder)?);
        for (name, (entity, rank, weight)) in self.kept.drain(..) {
            writeln!(run, "{entity} {rank} {weight} {name}")?;
        }
        let mut run = run.into_inner().map_err(io::IntoInnerError::into_error)?;
        run.rewind()?;
        self.runs.push(run);
        self.kept_bytes = 0;
        Ok(())
    }

    /// Ends the collecting.
    pub(super) fn merge(mut self) -> io::Result<Merge> {
        self.write_run()?;
        let runs = self.runs.into_iter().map(|run| Run { lines: BufReader::new(run), line: String::new() });
        let mut merge = Merge { runs: runs.collect(), heap: BinaryHeap::new() };
        for run in 0..merge.runs.len() {
            merge.refill(run)?;
        }
        Ok(merge)
    }
}

impl Merge {
    fn refill(&mut self, index: usize) -> io::Result<()> {
        let next = self.runs.get_mut(index).map_or(Ok(None), Run::next)?;
        self.heap.extend(next.map(|(name, bearer)| Reverse((name, bearer, index))));
        Ok(())
    }

    fn next_name(&mut self) -> io::Result<Option<(String, Vec<Bearer>)>> {
        let Some(Reverse((name, bearer, run))) = self.heap.pop() else {
            return Ok(None);
        };
        self.refill(run)?;
        let mut bearers = vec![bearer];
        while self.heap.peek().is_some_and(|Reverse((next, ..))| *next == name) {
            let Some(Reverse((_, bearer, run))) = self.heap.pop() else {
                break;
            };
            self.refill(run)?;
            if bearers.len() < MAX_BEARERS {
                bearers.push(bearer);
            }
        }
        Ok(Some((name, bearers)))
    }
}

impl Iterator for Merge {
    type Item = io::Result<(String, Vec<Bearer>)>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_name().transpose()
    }
}

impl Run {
    fn next(&mut self) -> io::Result<Option<(String, Bearer)>> {
        self.line.clear();
        if self.lines.read_line(&mut self.line)? == 0 {
            return Ok(None);
        }
        let bad = || io::Error::new(io::ErrorKind::InvalidData, "a temporary file is not as it was written");
        let mut cells = self.line.trim_end_matches('\n').splitn(4, ' ');
        let mut number = || cells.next().and_then(|cell| cell.parse::<u32>().ok()).ok_or_else(bad);
        let (entity, rank, weight) = (number()?, number()?, number()?);
        let name = cells.next().ok_or_else(bad)?.to_owned();
        Ok(Some((name, (entity, u8::try_from(rank).map_err(|_| bad())?, weight))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_once_and_sorted_however_many_runs_there_are() {
        let folder = tempfile::tempdir().unwrap();
        let merged = |run_bytes| {
            let mut spill = Spill::with_run_bytes(folder.path().to_owned(), run_bytes);
            for place in 0..500_u32 {
                spill.push(format!("\u{2}Name {}\u{3}", place % 37), (place, 0, 1)).unwrap();
            }
            let runs = spill.runs.len();
            (runs, spill.merge().unwrap().map(Result::unwrap).collect::<Vec<_>>())
        };
        let (one_run, expected) = merged(usize::MAX);
        let (runs, found) = merged(1_000);
        assert!(one_run == 0 && runs > 10, "{runs}");
        assert_eq!(found.len(), 37);
        assert!(found.is_sorted_by(|one, next| one.0 < next.0));
        assert_eq!(found, expected);
    }
}
