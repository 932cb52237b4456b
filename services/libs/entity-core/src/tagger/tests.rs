//! Tests of tagging whole documents.

use std::{fmt::Write as _, sync::Arc};

use super::*;

const TABLE: &str = "\
id\ttype\tname\taliases\tdemonyms\tcontext\tbeside
Q1\tGPE\tSwitzerland\t\tSwiss
Q2\tPERSON\tAnton Siluanov\t\t\tSiluanov
Q3\tPERSON\tHillary Clinton\t\t\tClinton
Q4\tPERSON\tBill Clinton\t\t\tClinton
Q5\tGPE\tGeorgia\t>Georgia|Republic of Georgia
Q6\tGPE\tGeorgia (state)\tstate of Georgia|Georgia
Q7\tORG\tKremlin
courant:org:acme\tORG\tAcme
Q8\tORG\tFord Motor\t=~Ford
Q9\tGPE\tParis\t~Paris
Q10\tORG\tBank of Zarnow\t\t\tCentral Bank\tQ2
Q11\tORG\tBank of Quorrel\t\t\tCentral Bank\tQ3|Q4
";

fn tagger() -> Tagger {
    Tagger::new(Dictionary::from_tsv("t.tsv", TABLE).unwrap()).unwrap()
}

fn tags_of(content: &str) -> Vec<Tag> {
    tagger().tag(&Document { content, ..Document::default() })
}

fn ids(tags: &[Tag]) -> Vec<(&str, usize)> {
    tags.iter().map(|tag| (tag.id.as_str(), tag.mentions.len())).collect()
}

#[test]
fn a_surname_links_to_the_person_named_in_full_before_or_after() {
    assert_eq!(ids(&tags_of("Siluanov spoke. Anton Siluanov left. Siluanov slept.")), [("Q2", 3)]);
    assert_eq!(ids(&tags_of("Siluanov spoke.")), []);
}

#[test]
fn a_surname_links_across_fields() {
    let document = Document { title: "Siluanov speaks", summary: "", content: "Minister Anton Siluanov spoke." };
    let tags = tagger().tag(&document);
    assert_eq!(ids(&tags), [("Q2", 2)]);
    assert_eq!(tags[0].mentions[0].field, TextField::Title);
    assert_eq!(tags[0].mentions[1].field, TextField::Content);
}

#[test]
fn a_surname_of_two_persons_of_the_item_links_to_neither() {
    let tags = tags_of("Hillary Clinton met Bill Clinton. Clinton smiled.");
    assert_eq!(ids(&tags), [("Q3", 1), ("Q4", 1)]);
}

#[test]
fn a_name_of_many_means_the_one_whose_company_is_named() {
    assert_eq!(ids(&tags_of("Central Bank Governor Anton Siluanov spoke.")), [("Q10", 1), ("Q2", 1)]);
    assert_eq!(ids(&tags_of("The Central Bank said that Bill Clinton spoke.")), [("Q11", 1), ("Q4", 1)]);
    assert_eq!(ids(&tags_of("The Central Bank of Bill Clinton and of Anton Siluanov.")), [("Q4", 1), ("Q2", 1)]);
    assert_eq!(ids(&tags_of("The Bank of Quorrel, the Central Bank.")), [("Q11", 2)]);
    assert_eq!(ids(&tags_of("The Central Bank said that Siluanov spoke.")), []);
}

#[test]
fn a_shared_name_has_its_usual_meaning_unless_the_item_names_another_bearer() {
    let usual = tags_of("A visit to Georgia.");
    assert_eq!(ids(&usual), [("Q5", 1)]);
    assert!(usual[0].confidence < 0.8);
    assert_eq!(ids(&tags_of("In the state of Georgia. Georgia voted.")), [("Q6", 2)]);
    let both = tags_of("The Republic of Georgia and the state of Georgia. Georgia voted.");
    assert_eq!(ids(&both), [("Q5", 2), ("Q6", 1)]);
}

#[test]
fn words_for_people_make_a_norp_and_the_name_makes_it_a_place() {
    let people = tags_of("Swiss voters.");
    assert_eq!(people[0].entity_type, EntityType::Norp);
    let both = tags_of("Swiss voters in Switzerland.");
    assert_eq!(both[0].entity_type, EntityType::Gpe);
    assert_eq!(both[0].mentions[0].entity_type, EntityType::Norp);
    assert_eq!(both[0].mentions[1].entity_type, EntityType::Gpe);
}

#[test]
fn a_mention_that_the_rest_settled_is_marked_so() {
    let tags = tags_of("Anton Siluanov spoke. Siluanov left.");
    let methods: Vec<_> = tags[0].mentions.iter().map(|mention| mention.method).collect();
    assert_eq!(methods, [Method::Dictionary, Method::Coreference]);
    let entity = tags[0].clone().into_wire();
    assert_eq!(entity.method().as_str_name(), "TAG_METHOD_DICTIONARY");
}

#[test]
fn the_most_salient_tag_comes_first_and_equals_come_by_id() {
    let document =
        Document { title: "Kremlin silent", summary: "", content: "Switzerland and Switzerland, then Acme." };
    let tags = tagger().tag(&document);
    assert_eq!(ids(&tags), [("Q7", 1), ("Q1", 2), ("courant:org:acme", 1)]);
    assert!(tags[0].salience > tags[1].salience);
}

#[test]
fn local_ids_have_no_qid_on_the_wire() {
    let entity = tags_of("Acme").remove(0).into_wire();
    assert_eq!((entity.id.as_str(), entity.qid.as_str()), ("courant:org:acme", ""));
    let entity = tags_of("Kremlin").remove(0).into_wire();
    assert_eq!((entity.id.as_str(), entity.qid.as_str()), ("Q7", "Q7"));
    assert_eq!((entity.mentions[0].start, entity.mentions[0].end), (0, 7));
}

#[test]
fn mentions_are_capped_but_all_count() {
    let few = tags_of(&"Kremlin ".repeat(70));
    let many = tags_of(&"Kremlin ".repeat(100_000));
    assert_eq!(few[0].mentions.len(), MAX_MENTIONS);
    assert_eq!(many[0].mentions.len(), MAX_MENTIONS);
    assert!(many[0].salience > few[0].salience);
}

#[test]
fn tags_are_capped() {
    let mut table = String::from("id\ttype\tname\n");
    let mut content = String::new();
    for number in 1..=600 {
        writeln!(table, "Q{number}\tORG\tName{number}").unwrap();
        write!(content, "Name{number} ").unwrap();
    }
    let tagger = Tagger::new(Dictionary::from_tsv("t.tsv", &table).unwrap()).unwrap();
    let tags = tagger.tag(&Document { content: &content, ..Document::default() });
    assert_eq!(tags.len(), MAX_TAGS);
    assert_eq!(tags[0].id.as_str(), "Q1");
}

#[test]
fn hostile_texts_give_no_tags() {
    for text in ["x".repeat(5_000_000), "\u{301}".repeat(100_000), "Gulf of ".repeat(100_000), "'-".repeat(100_000)] {
        assert!(tags_of(&text).is_empty());
    }
}

#[test]
fn one_tagger_serves_many_threads() {
    let tagger = Arc::new(tagger());
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let tagger = Arc::clone(&tagger);
            std::thread::spawn(move || tagger.tag(&Document { title: "Acme", ..Document::default() }).len())
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), 1);
    }
}

#[test]
fn a_company_gives_way_to_a_person_of_its_name_and_a_place_does_not() {
    assert_eq!(ids(&tags_of("The shares of Ford fell.")), [("Q8", 1)]);
    assert_eq!(ids(&tags_of("They saw Harrison Ford; later Ford waved.")), []);
    assert_eq!(ids(&tags_of("They saw Paris Hilton in Paris.")), [("Q9", 1)]);
}
