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
