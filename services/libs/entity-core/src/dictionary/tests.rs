//! Tests of the dictionary: what it refuses, and that the bundled one is sound.

use super::*;

const HEADER: &str = "id\ttype\tname\taliases\tdemonyms\tcontext\n";

fn load(rows: &str) -> Result<Dictionary, TableError> {
    Dictionary::from_tsv("t.tsv", &format!("{HEADER}{rows}"))
}

fn faults(rows: &str) -> Vec<String> {
    let error = load(rows).unwrap_err();
    error.faults().iter().map(ToString::to_string).collect()
}

#[test]
fn the_bundled_tables_are_sound() {
    let dictionary = Dictionary::bundled().unwrap_or_else(|error| {
        let lines: Vec<_> = error.faults().iter().map(ToString::to_string).collect();
        panic!("{}", lines.join("\n"));
    });
    assert!(dictionary.len() > 2_000, "{}", dictionary.len());
    assert!(!dictionary.is_empty());
}

#[test]
fn the_bundled_tables_hold_every_kind() {
    let dictionary = Dictionary::bundled().unwrap();
    for kind in ["PERSON", "ORG", "GPE", "LOC", "FAC", "NORP", "LAW", "EVENT", "PRODUCT"] {
        let wanted = kind.parse().unwrap();
        let count = dictionary.entities.iter().filter(|entity| entity.entity_type == wanted).count();
        assert!(count >= 10, "{count} of {kind}");
    }
}

#[test]
fn a_version_is_the_review_and_eight_hex_digits_of_the_content() {
    let one = load("Q1\tGPE\tOne").unwrap();
    let same = load("Q1\tGPE\tOne").unwrap();
    let other = load("Q1\tGPE\tOther").unwrap();
    assert_eq!(one.version(), same.version());
    assert_ne!(one.version(), other.version());
    let (review, hash) = one.version().split_once('+').unwrap();
    assert_eq!(review, "t.tsv");
    assert_eq!(hash.len(), 8);
    assert!(hash.bytes().all(|digit| digit.is_ascii_hexdigit()));
}

#[test]
fn a_shared_name_without_a_usual_meaning_is_refused_with_its_lines() {
    let faults = faults("Q1\tGPE\tGeorgia\nQ2\tGPE\tGeorgia");
    assert_eq!(faults.len(), 1);
    assert!(faults[0].starts_with("t.tsv:2: \"Georgia\" is a name of t.tsv:3 too"), "{}", faults[0]);
}

#[test]
fn an_entity_can_be_known_beside_those_of_the_tables_only() {
    let table = "id\ttype\tname\tbeside\nQ1\tORG\tOne\tQ2\nQ2\tPERSON\tTwo\tQ1|Q3";
    let error = Dictionary::from_tsv("t.tsv", table).unwrap_err();
    assert_eq!(error.to_string(), "the entity tables have 1 fault(s): t.tsv:3: no line has the id \"Q3\"");
}

#[test]
fn one_usual_meaning_settles_a_shared_name_and_two_do_not() {
    assert!(load("Q1\tGPE\tOne\t>Georgia\nQ2\tGPE\tTwo\tGeorgia").is_ok());
    assert_eq!(faults("Q1\tGPE\tOne\t>Georgia\nQ2\tGPE\tTwo\t>Georgia").len(), 1);
}

#[test]
fn a_needless_prior_is_refused() {
    let faults = faults("Q1\tGPE\tOne\t>Georgia");
    assert!(faults[0].contains("no other entity"), "{}", faults[0]);
}

#[test]
fn names_that_differ_in_case_only_by_derivation_are_refused() {
    let faults = faults("Q1\tORG\tBank of Japan\nQ2\tORG\tBank Of japan");
    assert!(faults.iter().any(|fault| fault.contains("is a name of")), "{faults:?}");
}

#[test]
fn a_written_acronym_wins_over_the_capitals_of_another_name() {
    let dictionary = load("Q1\tORG\tAlpha\tEMMA\nQ2\tPERSON\tEmma").unwrap();
    let spelled = dictionary.spellings["\u{2}EMMA\u{3}"];
    assert_eq!(dictionary.forms[spelled.form].owner.unwrap().entity, 0);
}

#[test]
fn an_id_in_two_lines_is_refused() {
    let faults = faults("Q1\tGPE\tOne\nQ1\tGPE\tTwo");
    assert_eq!(faults, ["t.tsv:3: id Q1 stands in t.tsv:2 too"]);
}

#[test]
fn every_malformed_line_is_reported_at_once() {
    let faults = faults("x\tGPE\tOne\nQ2\tPLACE\tTwo\nQ3\tGPE\t\nQ4\tGPE\tFour\ta\tb\tc\td\nQ5\tGPE\tFive\t(x)");
    assert_eq!(faults.len(), 5, "{faults:?}");
    for (fault, line) in faults.iter().zip(2..) {
        assert!(fault.starts_with(&format!("t.tsv:{line}: ")), "{fault}");
    }
}

#[test]
fn a_header_must_name_the_columns() {
    let missing = Dictionary::from_tsv("t.tsv", "id\tname\nQ1\tOne").unwrap_err();
    assert_eq!(missing.faults()[0].kind, FaultKind::MissingColumn("type"));
    let unknown = Dictionary::from_tsv("t.tsv", "id\ttype\tname\tqid\n").unwrap_err();
    assert_eq!(unknown.faults()[0].kind, FaultKind::UnknownColumn("qid".into()));
    assert!(Dictionary::from_tsv("t.tsv", "").is_err());
}

#[test]
fn blank_lines_and_comments_are_skipped_but_counted() {
    let faults = faults("# about\n\nx\tGPE\tOne");
    assert!(faults[0].starts_with("t.tsv:4: "), "{}", faults[0]);
}
