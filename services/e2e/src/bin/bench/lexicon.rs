//! Memory of `courant entities build` at its peak, for a dump and for one four times as large.
//!
//! The dumps have Wikidata's format and hold invented persons, each with a name and an alias of its own. Both give more names than are sorted in memory at
//! a time, so what grows with the dump would show.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use anyhow::{Result, ensure};
use e2e::binary;

use crate::{figure::Figure, memory::peak_megabytes};

/// Entities of the smaller dump.
const ENTITIES: usize = 500_000;
/// How often the peak so far is read. The peak never falls, so what is missed is what comes in the last moment.
const OFTEN: Duration = Duration::from_millis(10);

/// `lexicon_memory`.
///
/// # Errors
/// When a dump cannot be written or the build fails.
pub(crate) fn run(quick: bool) -> Result<Vec<Figure>> {
    let entities = if quick { ENTITIES / 50 } else { ENTITIES };
    let smaller = built(entities)?;
    let larger = built(4 * entities)?;
    let against = "a quarter of the dump";
    Ok(vec![Figure { bench: "lexicon_memory", unit: "MB at most", against, ours: vec![larger], peer: vec![smaller] }])
}

/// The most memory that building a lexicon of so many entities took.
fn built(entities: usize) -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let (dump, out) = (folder.path().join("dump.json"), folder.path().join("out.lexicon"));
    write_dump(&dump, entities)?;
    let mut build = Command::new(binary::courant()?)
        .args(["entities", "build", "--from"])
        .arg(&dump)
        .arg("--out")
        .arg(&out)
        .stdout(Stdio::null())
        .spawn()?;
    let mut peak = 0.0_f64;
    let ended = loop {
        // A process that has ended has no memory to tell of.
        peak = peak.max(peak_megabytes(build.id()).unwrap_or_default());
        if let Some(ended) = build.try_wait()? {
            break ended;
        }
        thread::sleep(OFTEN);
    };
    ensure!(ended.success() && peak > 0.0, "the build of {entities} entities ended with {ended}");
    eprintln!("lexicon_memory: {} bytes of dump gave {} bytes", dump.metadata()?.len(), out.metadata()?.len());
    Ok(peak)
}

fn write_dump(file: &Path, entities: usize) -> Result<()> {
    let mut out = BufWriter::new(File::create(file)?);
    writeln!(out, "[")?;
    for number in 1..=entities {
        writeln!(
            out,
            "{{\"type\":\"item\",\"id\":\"Q{number}\",\"labels\":{{\"en\":{{\"language\":\"en\",\"value\":\"Ola Karg {number}\"}}}},\
             \"aliases\":{{\"en\":[{{\"language\":\"en\",\"value\":\"O. K. {number} of Northgate\"}}]}},\
             \"descriptions\":{{\"en\":{{\"language\":\"en\",\"value\":\"harbour master of berth {number}\"}}}},\
             \"claims\":{{\"P31\":[{{\"mainsnak\":{{\"datavalue\":{{\"value\":{{\"id\":\"Q5\"}}}}}}}}]}},\
             \"sitelinks\":{{\"enwiki\":{{}},\"dewiki\":{{}},\"frwiki\":{{}}}}}},"
        )?;
    }
    writeln!(out, "]")?;
    Ok(out.flush()?)
}
