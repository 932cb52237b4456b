//! Tests of building, reading and refusing lexicons.

use super::*;
use crate::Table;

const TABLE: &str = "\
id\ttype\tname\taliases\tweight\tabout
Q230\tGPE\tGeorgia\t\t90\tcountry in the Caucasus
Q1428\tGPE\tGeorgia\tState of Georgia\t30\tstate of the United States of America
Q100\tGPE\tBoston\t\t20\tcapital of Massachusetts
Q42\tPERSON\tDouglas Adams\tDouglas N. Adams\t10\tEnglish writer
Q7\t-\tDouglas Bay\t\t1
";

fn lexicon() -> Lexicon {
    let table = Table { name: "test.tsv", text: TABLE };
    build_lexicon("test", &entries_of_tables(&[], &[table]).unwrap()).unwrap()
}

fn bytes() -> Vec<u8> {
    let mut bytes = Vec::new();
    let lexicon = lexicon();
    let sections = Sections {
        entities: &*lexicon.entities,
        strings: &*lexicon.strings,
        lists: &*lexicon.lists,
        names: lexicon.names.as_fst().as_bytes(),
    };
    assemble(&mut bytes, "test", sections).unwrap();
    bytes
}

fn ids(lexicon: &Lexicon, name: &str) -> Vec<String> {
    lexicon
        .candidates_of(name)
        .iter()
        .map(|candidate| lexicon.entity(candidate.entity).unwrap().id.to_owned())
        .collect()
}

#[test]
fn a_name_gives_its_candidates_the_best_known_first() {
    let lexicon = lexicon();
    assert_eq!(ids(&lexicon, "Georgia"), ["Q230", "Q1428"]);
    assert_eq!(ids(&lexicon, "State of Georgia"), ["Q1428"]);
    assert_eq!(ids(&lexicon, "georgia"), [""; 0]);
    let priors: Vec<f32> = lexicon.candidates_of("Georgia").iter().map(|candidate| candidate.prior).collect();
    assert!((priors[0] - 0.75).abs() < 1e-6 && (priors[1] - 0.25).abs() < 1e-6, "{priors:?}");
}

#[test]
fn capitals_find_the_name_in_title_case() {
    assert_eq!(ids(&lexicon(), "BOSTON"), ["Q100"]);
}

#[test]
fn an_open_type_stays_open_and_first_names_are_counted_of_persons_only() {
    let lexicon = lexicon();
    assert_eq!(lexicon.candidates_of("Douglas Bay")[0].entity_type, None);
    assert_eq!((lexicon.bearers_of("Douglas"), lexicon.bearers_of("Boston")), (1, 0));
    assert_eq!(lexicon.candidates_of("Douglas"), []);
}

#[test]
fn a_table_with_faults_is_refused_with_the_place_of_each() {
    let faults = |text: &str| {
        let error = entries_of_tables(&[], &[Table { name: "t.tsv", text }]).unwrap_err();
        error.faults().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let twice = "id\ttype\tname\nQ1\tGPE\tOne\nQ2\tGPE\tTwo\n\nQ1\tORG\tOne more\n";
    assert_eq!(faults(twice), ["t.tsv:5: id Q1 stands in t.tsv:2 too"]);
    assert_eq!(faults("id\ttype\tname\tweigth\nQ1\tGPE\tOne\t5\n"), ["t.tsv:1: unknown column \"weigth\""]);
    let long = format!("id\ttype\tname\nQ1\tGPE\t{}\n", "O".repeat(70_000));
    assert_eq!(faults(&long), ["t.tsv:2: a name of 70000 bytes: the longest that is taken has 1000"]);
}

#[test]
fn of_many_faults_the_first_are_told() {
    let text = format!("id\ttype\tname\n{}", "x\n".repeat(10_000));
    let error = entries_of_tables(&[], &[Table { name: "t.tsv", text: &text }]).unwrap_err();
    let told = error.to_string();
    assert!(error.faults().len() == 10_000 && told.len() < 4_000 && told.ends_with("; and 9980 more"), "{told}");
}

#[test]
fn the_longest_name_is_found_in_folded_text() {
    let lexicon = lexicon();
    let folded = fold("The State of Georgia");
    let at = folded.words[1].mark;
    assert_eq!(lexicon.longest_at(&folded.text, at).unwrap().end, folded.text.len());
    assert_eq!(lexicon.longest_at(&folded.text, 0), None);
    assert_eq!(lexicon.longest_at(&fold("Bostonian").text, 0), None);
}

#[test]
fn a_lexicon_reads_back_as_it_was_written() {
    let read = Lexicon::from_bytes(&Bytes::from(bytes())).unwrap();
    assert_eq!((read.version(), read.len()), ("test", 5));
    assert_eq!(ids(&read, "Douglas N. Adams"), ["Q42"]);
}

#[test]
fn foreign_truncated_later_and_damaged_lexicons_are_refused_by_name() {
    let whole = bytes();
    let read = |bytes: &[u8]| Lexicon::from_bytes(&Bytes::copy_from_slice(bytes)).unwrap_err();
    assert_eq!(read(b"id\ttype\tname"), LexiconError::Foreign);
    assert_eq!(read(b""), LexiconError::Foreign);
    for end in 8..whole.len() {
        let error = read(&whole[..end]);
        assert!(matches!(error, LexiconError::Truncated | LexiconError::Damaged), "{end}: {error}");
    }
    let mut later = whole.clone();
    later[8] = 2;
    assert_eq!(read(&later), LexiconError::Format(2));
    for at in 12..whole.len() - 8 {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        assert!(Lexicon::from_bytes(&Bytes::from(damaged)).is_err(), "{at}");
    }
}

#[test]
fn the_bundled_lexicon_knows_the_reviewed_tables_and_the_reference() {
    let lexicon = Lexicon::bundled().unwrap();
    assert_eq!(ids(&lexicon, "Vladimir Putin")[0], "Q7747");
    assert_eq!(ids(&lexicon, "Douglas Adams"), ["Q42"]);
    assert!(lexicon.len() > 15_000 && lexicon.size_bytes() < 8_000_000, "{lexicon:?} {}", lexicon.size_bytes());
}
