//! Bounds of names, names that are ordinary words, and which namesake is meant.

use std::sync::LazyLock;

use entity_core::{Dictionary, Lexicon, Rule, RuleSet, Table, Tagger, build_lexicon, entries_of_tables};

use crate::refined::{names, tagger, tags};

/// Namesakes that only the document can tell apart.
static NAMESAKES: LazyLock<Tagger> = LazyLock::new(|| {
    let text = "id\ttype\tname\tweight\tabout\n\
        Q1\tGPE\tQuorrel\t10\tfishing harbour in northern Norway\n\
        Q2\tGPE\tQuorrel\t10\tmining settlement in Chile\n\
        Q3\tPERSON\tVornex Adair\t10\t\n\
        Q4\tORG\tVornex Adair\t10\t\n\
        Q5\tGPE\tZarnovia\t2\t\n";
    let entries = entries_of_tables(&[], &[Table { name: "namesakes.tsv", text }]).unwrap();
    let lexicon: Lexicon = build_lexicon("namesakes", &entries).unwrap();
    Tagger::new(Dictionary::bundled().unwrap()).unwrap().with_lexicon(lexicon).with_min_confidence(0.0)
});

fn id(tagger: &Tagger, text: &str, name: &str) -> String {
    let found = tags(tagger, text);
    found.iter().find(|tag| &*tag.name == name).map(|tag| tag.id.to_string()).unwrap_or_default()
}

#[test]
fn names_end_at_lines_brackets_and_small_words() {
    let bare = tagger(RuleSet::none());
    let cases: [(&str, &[&str]); 7] = [
        ("[PERSON:Elsbeth Karg\nVornex] came.", &["PERSON:Elsbeth Karg"]),
        ("The [EVENT:Quorrel Trade Forum (QTF]) met.", &["EVENT:Quorrel Trade Forum"]),
        ("The ([ORG:QTF) Quorrel Forum] met.", &["ORG:Quorrel Forum"]),
        ("The [ORG:Quorrel (Northern) Forum] met.", &["ORG:Quorrel (Northern) Forum"]),
        ("At [ORG:Quorrel Press of] old.", &["ORG:Quorrel Press"]),
        ("Here [ORG:and Quorrel Press] came.", &["ORG:Quorrel Press"]),
        ("One [ORG:of] them.", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(names(&bare, text), expected, "{text}");
    }
}

#[test]
fn a_word_that_mostly_stands_unmarked_is_no_name_elsewhere() {
    let propagating = tagger([Rule::Propagation].into_iter().collect());
    let text = |unmarked| format!("The [PRODUCT:Quorrel] came.{}", " A Quorrel came.".repeat(unmarked));
    assert_eq!(names(&propagating, &text(3)).len(), 4);
    assert_eq!(names(&propagating, &text(4)).len(), 1);
}

#[test]
fn what_the_document_speaks_of_tells_namesakes_apart() {
    let of = |about: &str| id(&NAMESAKES, &format!("{about} The mayor of [GPE:Quorrel] spoke."), "Quorrel");
    assert_eq!(of("The fishing boats left the harbour in northern Norway."), "Q1");
    assert_eq!(of("A mining company bought the settlement from Chile."), "Q2");
    assert_eq!(of("The company came from Chile."), "courant:gpe:quorrel", "one word is too little");
    assert_eq!(of("Nothing was said."), "courant:gpe:quorrel");
}

#[test]
fn a_link_has_to_agree_with_what_the_name_is_here() {
    assert_eq!(id(&NAMESAKES, "Then [PERSON:Vornex Adair] spoke.", "Vornex Adair"), "Q3");
    assert_eq!(id(&NAMESAKES, "Shares of [ORG:Vornex Adair] fell.", "Vornex Adair"), "Q4");
}

#[test]
fn what_a_code_name_stands_for_elsewhere_is_not_meant() {
    let cairo = |text: &str| id(&tagger(RuleSet::default()), text, "Cairo");
    assert_eq!(cairo("[GPE:Cairo] was the capital of the project."), "Q85");
    for text in [
        "[GPE:Cairo] was the code name for a project.",
        "[GPE:Cairo] is codenamed well.",
        "A project codenamed [GPE:Cairo] began.",
        "A project code named “[GPE:Cairo]” began.",
    ] {
        assert_eq!(cairo(text), "courant:gpe:cairo", "{text}");
    }
}

#[test]
fn a_name_that_the_dictionary_holds_for_ambiguous_needs_more_of_the_document() {
    let mars = |text: &str| id(&tagger(RuleSet::default()), text, "Mars");
    assert_eq!(mars("[LOC:Mars] and Bounty are chocolate."), "courant:loc:mars");
    assert_eq!(mars("NASA flew to [LOC:Mars]."), "Q111");
}

#[test]
fn a_single_word_is_a_person_where_it_is_the_whole_name_and_nobodys_first_name() {
    let of = |text: &str, name: &str| id(&tagger(RuleSet::default()), text, name);
    assert_eq!(of("Then [PERSON:Madonna] sang.", "Madonna"), "Q1744");
    assert_eq!(of("Then [PERSON:Nixon] spoke.", "Nixon"), "courant:person:nixon");
}

#[test]
fn a_surname_that_two_persons_bear_means_neither() {
    let karg = |text: &str| id(&NAMESAKES, text, "Karg");
    assert_eq!(karg("[PERSON:Elsbeth Karg] met [PERSON:Jonas Karg]. Then [PERSON:Karg] left."), "courant:person:karg");
    assert_eq!(
        karg("[PERSON:Elsbeth Karg] met [PERSON:Jonas Vik]. Then [PERSON:Karg] left."),
        "",
        "she has her own tag"
    );
}

#[test]
fn an_organisation_that_nobody_knows_is_parted_from_the_person_behind_it() {
    let roles = tagger([Rule::Roles].into_iter().collect());
    assert_eq!(names(&roles, "By [PERSON:Quorrelex Leonid Brandvold]."), ["ORG:Quorrelex", "PERSON:Leonid Brandvold"]);
    assert_eq!(names(&roles, "By [PERSON:Leonid Quorrelex Brandvold]."), ["PERSON:Leonid Quorrelex Brandvold"]);
}

#[test]
fn a_place_that_the_model_missed_is_found_by_the_lexicon_where_it_is_well_known() {
    let text = "Then [PERSON:Elsbeth Karg] went to Zarnovia and on to Quorrel.";
    assert_eq!(names(&NAMESAKES, text), ["PERSON:Elsbeth Karg", "GPE:Quorrel"]);
}
