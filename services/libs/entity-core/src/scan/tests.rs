//! Tests of finding names in one text.

use super::*;

const TABLE: &str = "\
id\ttype\tname\taliases\tdemonyms\tcontext
Q1\tGPE\tOman
Q2\tGPE\tIran\t\tIranian|Iranians
Q3\tGPE\tUnited States\t=US|U.S.|America
Q4\tORG\tWorld Health Organization\t=WHO
Q5\tORG\tEuropean Union\tEU
Q6\tORG\tOPEC
Q7\tORG\tOPEC+
Q8\tPERSON\tXi Jinping\t~Xi
Q9\tPERSON\tVladimir Putin\tPutin
Q10\tGPE\tJordan\t~Jordan
Q11\tLOC\tGulf of Oman
Q12\tGPE\tChina
Q13\tGPE\tRussia
Q14\tORG\tApple Inc.\t=Apple
Q15\tGPE\tSão Tomé\tN'Djamena|Guinea-Bissau
Q16\tEVENT\tOlympics
";

fn found(text: &str) -> Vec<&str> {
    let dictionary = Dictionary::from_tsv("t.tsv", TABLE).unwrap();
    let scanner = Scanner::new(&dictionary).unwrap();
    let found = scanner.scan(&dictionary.forms, &Page::new(text));
    found.hits.iter().map(|hit| &text[hit.start..hit.end]).collect()
}

#[test]
fn names_match_whole_words_only() {
    assert_eq!(found("Romania, Omani, womanly, Oman2 and Oman."), ["Oman"]);
    assert_eq!(found("the Iranian side"), ["Iranian"]);
}

#[test]
fn the_longest_name_wins() {
    assert_eq!(found("in the Gulf of Oman and Oman"), ["Gulf of Oman", "Oman"]);
}

#[test]
fn possessives_and_hyphens_end_words() {
    assert_eq!(
        found("Iran's, Xi’s, US-led, anti-US and China-Russia, China–Russia"),
        ["Iran", "Xi", "US", "US", "China", "Russia", "China", "Russia"]
    );
}

#[test]
fn names_with_signs_inside_are_found() {
    assert_eq!(found("in N’Djamena and Guinea‑Bissau"), ["N’Djamena", "Guinea‑Bissau"]);
    assert_eq!(found("OPEC+ and OPEC"), ["OPEC+", "OPEC"]);
    assert_eq!(found("the U.S. army; in the U.S. It was U.S-made"), ["U.S.", "U.S.", "U.S"]);
}

#[test]
fn acronyms_match_in_capitals_only() {
    assert_eq!(found("who told us that Who, eu and Eu are not the EU or the WHO"), ["EU", "WHO"]);
}

#[test]
fn ordinary_words_do_not_count_in_a_line_of_capitals() {
    assert_eq!(found("WHO TOLD US THIS ABOUT IRAN"), ["IRAN"]);
    assert_eq!(found("WHO TOLD US THIS?\nThe US and the WHO did."), ["US", "WHO"]);
}

#[test]
fn names_match_in_capitals_and_title_case_but_not_in_small_letters() {
    assert_eq!(found("GULF OF OMAN"), ["GULF OF OMAN"]);
    assert_eq!(found("Gulf Of Oman"), ["Gulf Of Oman"]);
    assert_eq!(found("gulf of oman, china, apple, putin"), [""; 0]);
}

#[test]
fn sums_of_money_are_no_country() {
    assert_eq!(found("it cost US$100, the US said"), ["US"]);
}

#[test]
fn a_surname_after_another_given_name_is_another_person() {
    assert_eq!(found("It was Lyudmila Putin who spoke of Putin and of President Putin."), ["Putin", "Putin"]);
    assert_eq!(found("On Tuesday Putin spoke. Then Putin left. Mr. Putin waved."), ["Putin", "Putin", "Putin"]);
}

#[test]
fn a_name_before_a_surname_is_no_given_name() {
    assert_eq!(found("It was said that Iranian Putin fans met."), ["Iranian", "Putin"]);
}

#[test]
fn in_a_headline_in_title_case_capitals_tell_nothing_of_names() {
    assert_eq!(found("Moldova Answers Putin Threat Before Summit"), ["Putin"]);
}

#[test]
fn a_given_name_before_a_surname_is_another_person() {
    assert_eq!(found("They saw Jordan Peterson and Michael Jordan in Jordan."), ["Jordan"]);
    assert_eq!(found("they saw the Jordan Olympics"), ["Jordan", "Olympics"]);
}

#[test]
fn white_space_of_any_kind_stands_between_words_but_no_paragraph() {
    assert_eq!(found("Gulf\u{a0}of\n Oman"), ["Gulf\u{a0}of\n Oman"]);
    assert_eq!(found("Gulf of\n\nOman"), ["Oman"]);
}

#[test]
fn decomposed_accents_match_with_the_offsets_of_the_text() {
    assert_eq!(found("in Sa\u{303}o Tome\u{301}."), ["Sa\u{303}o Tome\u{301}"]);
}

#[test]
fn other_scripts_pass_and_names_inside_them_are_found() {
    assert_eq!(found("Путин и 习近平 في \u{202b}إيران\u{202c} — Iran, 中国 (China) ไทย हिन्दी"), ["Iran", "China"]);
    assert_eq!(found("\u{2}Oman\u{3}\0\u{301}\u{200d}👩‍👩‍👧"), ["Oman"]);
}
