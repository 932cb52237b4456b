use std::collections::HashSet;

use super::*;

#[test]
fn a_seed_has_its_twelve_items_once_each() {
    for format in Format::ALL {
        let seed = seed(format);
        let text = String::from_utf8(seed.bytes).expect("UTF-8");
        assert_eq!(seed.whole.len(), 12);
        for id in &seed.whole {
            assert_eq!(text.matches(&format!("{id}<")).count() + text.matches(&format!("{id}\"")).count(), 1, "{id}");
        }
    }
}

#[test]
fn the_battery_is_the_same_each_time() {
    let bytes = |cases: Vec<Case>| cases.into_iter().map(|case| case.bytes).collect::<Vec<_>>();
    assert_eq!(bytes(cases()), bytes(cases()));
}

#[test]
fn every_class_has_cases() {
    let befallen: HashSet<&str> = cases().iter().map(|case| case.class).collect();
    for class in damage::classes() {
        assert!(befallen.contains(class.name), "{}", class.name);
    }
}

#[test]
fn whole_items_stand_letter_for_letter_where_the_charset_is_kept() {
    let texts: HashSet<&str> = ["UTF-16", "windows-1252 as UTF-8", "windows-1252 as ISO-8859-1", "line ends"].into();
    for case in cases().into_iter().filter(|case| case.variant < 2 && !texts.contains(case.class)) {
        let seed = seeds::seed(case.format);
        for piece in &seed.items {
            let id = stories::STORIES.get(piece.story).map(seeds::guid).expect("a story");
            let stands = case.bytes.windows(piece.bytes.len()).any(|window| window == piece.bytes);
            assert_eq!(stands, case.whole.contains(&id), "{} {} {id}", case.class, case.format.as_str());
        }
    }
}
