//! The bundled sources hold what their lists and the table promise.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// The one bundled format that `feed-rs` takes for no feed of its own: it knows the entries of Atom 1.0 only.
const ATOM_03: &str = "countyledger.example";

/// A title without the inline markup of XHTML titles and the one HTML entity among the HTML titles.
fn plain(title: &str) -> String {
    let mut depth = 0;
    let mut text = String::new();
    for letter in title.chars() {
        match letter {
            '<' => depth += 1,
            '>' if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            other => text.push(other),
        }
    }
    text.replace("&uuml;", "ü")
}

fn well_formed() -> impl Iterator<Item = (&'static Site, &'static Source)> {
    let well = |site: &&Site| matches!(site.answers, Answers::Well | Answers::AfterAWait);
    SITES.iter().filter(well).flat_map(|site| site.editions.iter().map(move |source| (site, source)))
}

#[test]
fn every_well_formed_edition_parses_to_its_list() {
    for (site, source) in well_formed().filter(|(site, _)| site.host != ATOM_03) {
        let bytes = site.form.charset.encode(source.body);
        let feed = feed_rs::parser::parse(&bytes[..]).unwrap_or_else(|fault| panic!("{}: {fault}", site.host));
        let titles: Vec<_> = feed.entries.iter().map(|entry| plain(&entry.title.as_ref().unwrap().content)).collect();
        let listed: Vec<_> = source.served().into_iter().map(|item| item.title).collect();
        assert_eq!(titles, listed, "{}", site.host);
        for (entry, item) in feed.entries.iter().zip(source.served()) {
            let is_link = entry.links.iter().any(|link| link.href == item.key);
            assert!(entry.id == item.key || is_link, "{}: {} is neither id nor link", site.host, item.key);
        }
    }
}

#[test]
fn feed_rs_finds_nothing_in_atom_03_or_broken_or_html_pages() {
    let others = SITES
        .iter()
        .filter(|site| site.host == ATOM_03 || !matches!(site.answers, Answers::Well | Answers::AfterAWait));
    let mut count = 0;
    for source in others.filter(|site| site.host != "halfwayherald.example").flat_map(|site| site.editions) {
        let entries = feed_rs::parser::parse(source.body.as_bytes()).map(|feed| feed.entries.len());
        assert!(entries.is_err() || entries.is_ok_and(|count| count == 0), "{}", source.body);
        count += 1;
    }
    assert_eq!(count, 3);
}

#[test]
fn every_item_of_a_list_stands_in_its_source() {
    for (site, source) in SITES.iter().flat_map(|site| site.editions.iter().map(move |source| (site, source))) {
        let served = source.served();
        assert_eq!(served.len(), source.items.lines().count(), "{}: a line is malformed", site.host);
        for item in served {
            let key = item.key.replace('&', "&amp;");
            assert!(source.body.contains(&key), "{}: no {key}", site.host);
        }
    }
}

#[test]
fn revisions_rise_by_one_where_a_body_changes() {
    for site in SITES {
        let mut last: BTreeMap<String, u32> = BTreeMap::new();
        for item in site.editions.iter().flat_map(Source::served) {
            let before = last.insert(item.key.clone(), item.revision);
            assert!(item.revision == 1 || item.revision - before.unwrap() <= 1, "{}", item.key);
            assert!(before.is_none_or(|before| before <= item.revision), "{}", item.key);
        }
    }
    let corrected: Vec<_> =
        SITES.iter().flat_map(|site| site.editions).flat_map(Source::served).filter(|i| i.revision == 2).collect();
    assert_eq!(corrected.iter().map(|item| &item.key).collect::<BTreeSet<_>>().len(), 2);
}

#[test]
fn no_source_needs_a_letter_its_charset_lacks() {
    for (site, source) in well_formed() {
        let bytes = site.form.charset.encode(source.body);
        let references = |text: &[u8]| text.windows(2).filter(|pair| pair == b"&#").count();
        if site.form.charset != Charset::Utf16Marked {
            assert_eq!(references(&bytes), references(source.body.as_bytes()), "{}", site.host);
        }
    }
}

#[test]
fn every_step_has_its_edition_and_every_site_a_place_of_its_own() {
    let mut places = BTreeSet::new();
    for site in SITES {
        assert!(places.insert(site.url()), "{} twice", site.url());
        assert!(site.host.ends_with(".example") && site.path.starts_with('/'));
        assert!(!site.steps.is_empty());
        for step in site.steps {
            if let Step::Show(index) | Step::Half(index) = step {
                assert!(*index < site.editions.len(), "{}", site.host);
            }
        }
    }
}

#[test]
fn the_script_table_of_the_docs_lists_every_page() {
    let docs = include_str!("../script.rs");
    for site in SITES {
        assert!(docs.contains(&format!("//! | `{}{}` |", site.host, site.path)), "{} is not in the docs", site.url());
    }
}
