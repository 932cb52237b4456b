//! Tests of building lexicons from files in the format of a Wikidata dump, packed in each way.

use std::{fmt::Write as _, fs, io::Write as _};

use super::*;

/// A dump of persons as Wikidata writes it, a list with an entity a line; here the lines are broken for the eye and joined at the end.
fn dump(persons: u32) -> String {
    let mut dump = "[\n".to_owned();
    for number in 1..=persons {
        let _ = writeln!(
            dump,
            r#"{{"type":"item","id":"Q{number}","labels":{{"en":{{"language":"en","value":"Person {number} Doe"}}}},"aliases":{{"en":
            [{{"language":"en","value":"Doe of House {}"}}]}},"descriptions":{{"en":{{"value":"citizen of Testland"}}}},"claims":{{"P31":
            [{{"mainsnak":{{"datavalue":{{"value":{{"id":"Q5"}}}}}}}}]}},"sitelinks":{{"enwiki":{{}},"dewiki":{{}},"frwiki":{{}}}}}},"#,
            number % 7,
        );
    }
    dump.replace("\n            ", "") + "]\n"
}

fn packed(folder: &Path, end: &str, text: &str) -> PathBuf {
    let file = folder.join(format!("dump.json{end}"));
    let bytes = match end {
        ".gz" => {
            let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gz.write_all(text.as_bytes()).unwrap();
            gz.finish().unwrap()
        }
        // Wikidata's own files are made of several streams.
        ".bz2" => {
            let (one, two) = text.as_bytes().split_at(text.len() / 2);
            let stream = |bytes: &[u8]| {
                let mut bz2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
                bz2.write_all(bytes).unwrap();
                bz2.finish().unwrap()
            };
            [stream(one), stream(two)].concat()
        }
        ".zst" => zstd::encode_all(text.as_bytes(), 1).unwrap(),
        _ => text.as_bytes().to_vec(),
    };
    fs::write(&file, bytes).unwrap();
    file
}

#[test]
fn a_dump_gives_the_same_lexicon_however_it_is_packed() {
    let folder = tempfile::tempdir().unwrap();
    let text = dump(300);
    let mut sizes = Vec::new();
    for end in ["", ".gz", ".bz2", ".zst"] {
        let out = folder.path().join(format!("out{end}"));
        build(&packed(folder.path(), end, &text), &out, Format::Wikidata, 3).unwrap();
        let lexicon = open_lexicon(&out).unwrap();
        assert_eq!(lexicon.len(), 300, "{end}");
        sizes.push(lexicon.size_bytes());
    }
    assert!(sizes.windows(2).all(|pair| pair[0] == pair[1]), "{sizes:?}");
}

#[test]
fn entities_known_too_little_are_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    build(&packed(folder.path(), "", &dump(5)), &out, Format::Wikidata, 4).unwrap();
    assert!(open_lexicon(&out).unwrap().is_empty());
}

#[test]
fn a_dump_that_is_cut_short_is_refused_however_it_is_packed() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    for end in ["", ".gz", ".bz2", ".zst"] {
        let from = packed(folder.path(), end, &dump(300));
        let whole = fs::read(&from).unwrap();
        fs::write(&from, &whole[..whole.len() * 2 / 3]).unwrap();
        let refusal = show::chain(&build(&from, &out, Format::Wikidata, 3).unwrap_err());
        let is_told = if end.is_empty() {
            refusal.contains("is cut short: it begins with [ and ends in line 202 without ]")
        } else {
            refusal.contains(&format!("dump.json{end} behind line "))
        };
        assert!(is_told && !out.exists(), "{end}: {refusal}");
    }
}

#[test]
fn a_list_of_lines_without_brackets_is_a_dump_too() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let text = dump(5);
    let lines = text.strip_prefix("[\n").unwrap().strip_suffix("]\n").unwrap();
    build(&packed(folder.path(), "", lines), &out, Format::Wikidata, 3).unwrap();
    assert_eq!(open_lexicon(&out).unwrap().len(), 5);
}

#[test]
fn bytes_that_are_no_text_are_no_dump() {
    let folder = tempfile::tempdir().unwrap();
    let (from, out) = (packed(folder.path(), ".gz", &dump(5)), folder.path().join("out"));
    let unnamed = folder.path().join("dump.json");
    fs::rename(&from, &unnamed).unwrap();
    let refusal = show::chain(&build(&unnamed, &out, Format::Wikidata, 3).unwrap_err());
    assert!(refusal.contains("the first is line 1: it is not UTF-8; packed files are known by"), "{refusal}");
    fs::write(&unnamed, "").unwrap();
    let refusal = show::chain(&build(&unnamed, &out, Format::Wikidata, 3).unwrap_err());
    assert!(refusal.ends_with("dump.json is empty"), "{refusal}");
}

#[test]
fn a_table_that_is_no_text_is_refused_by_its_place_and_a_mark_at_its_start_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let (from, out) = (folder.path().join("t.tsv"), folder.path().join("out"));
    fs::write(&from, b"id\ttype\tname\nQ365\tGPE\tK\xf6ln\n").unwrap();
    let refusal = show::chain(&build(&from, &out, Format::Tsv, 0).unwrap_err());
    assert!(refusal.contains("t.tsv: line 2 is not UTF-8: its byte 11 is 0xf6"), "{refusal}");
    fs::write(&from, "\u{feff}id\ttype\tname\nQ365\tGPE\tKöln\n").unwrap();
    build(&from, &out, Format::Tsv, 0).unwrap();
    assert_eq!(open_lexicon(&out).unwrap().len(), 1);
}

#[test]
fn a_table_gives_a_lexicon_too() {
    let folder = tempfile::tempdir().unwrap();
    let (from, out) = (folder.path().join("t.tsv"), folder.path().join("out"));
    fs::write(&from, "id\ttype\tname\tweight\nQ64\tGPE\tBerlin\t200\n").unwrap();
    build(&from, &out, Format::Tsv, 0).unwrap();
    assert_eq!((open_lexicon(&out).unwrap().len(), open_lexicon(&out).unwrap().version()), (1, "t.tsv"));
}

#[test]
fn files_that_are_no_dump_and_no_lexicon_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let (from, out) = (folder.path().join("t.tsv"), folder.path().join("out"));
    fs::write(&from, "id\ttype\tname\nQ64\tGPE\tBerlin\n").unwrap();
    assert!(matches!(build(&from, &out, Format::Wikidata, 0), Err(EntitiesError::NoDump { line: 1, faults: 2, .. })));
    assert!(!out.exists(), "nothing is left behind");
    let refused = |file: &Path| show::chain(&open_lexicon(file).unwrap_err());
    assert!(refused(&from).contains("not an entity lexicon"), "{}", refused(&from));
    fs::write(&from, "").unwrap();
    assert!(refused(&from).contains("not an entity lexicon"), "{}", refused(&from));
    build(&packed(folder.path(), "", &dump(5)), &out, Format::Wikidata, 0).unwrap();
    let whole = fs::read(&out).unwrap();
    fs::write(&from, &whole[..whole.len() - 20]).unwrap();
    assert!(refused(&from).contains("cut short"), "{}", refused(&from));
}

#[test]
fn a_damaged_lexicon_is_refused_wherever_the_damage_is() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    build(&packed(folder.path(), "", &dump(5)), &out, Format::Wikidata, 0).unwrap();
    let whole = fs::read(&out).unwrap();
    // Behind magic and layout, before the checksum.
    for at in (12..whole.len() - 40).step_by(7) {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        fs::write(&out, damaged).unwrap();
        let refusal = show::chain(&open_lexicon(&out).err().unwrap_or_else(|| panic!("byte {at} was not missed")));
        assert!(refusal.contains("damaged") || refusal.contains("cut short"), "{at}: {refusal}");
    }
}

#[test]
#[cfg(unix)]
fn a_lexicon_may_be_read_by_those_who_may_read_any_new_file() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let (from, out) = (packed(folder.path(), "", &dump(5)), folder.path().join("out"));
    build(&from, &out, Format::Wikidata, 0).unwrap();
    let mode = |file: &Path| fs::metadata(file).unwrap().permissions().mode();
    assert_eq!(mode(&out), mode(&from));
}

#[test]
#[cfg(target_os = "linux")]
fn a_lexicon_is_mapped_and_outlives_its_replacement() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("people.lexicon");
    build(&packed(folder.path(), "", &dump(50)), &out, Format::Wikidata, 0).unwrap();
    let lexicon = open_lexicon(&out).unwrap();
    let maps = || fs::read_to_string("/proc/self/maps").unwrap();
    assert!(maps().contains("people.lexicon"));

    build(&packed(folder.path(), "", &dump(5)), &out, Format::Wikidata, 0).unwrap();

    assert_eq!((lexicon.len(), open_lexicon(&out).unwrap().len()), (50, 5));
    drop(lexicon);
    assert!(!maps().contains("people.lexicon"), "a lexicon that is let go is unmapped");
}
