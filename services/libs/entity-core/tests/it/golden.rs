//! One folder per case: `input.txt` with the headline in its first line and the text behind it, `expected.json` with the tags.
//!
//! With the variable `BLESS` set the expected files are written anew, to be reviewed as a diff.

use std::{fs, path::Path};

use entity_core::{Dictionary, Document, Tag, Tagger};
use news_model::TextField;
use serde_json::{Value, json};

#[test]
fn every_golden_case_is_tagged_as_expected() {
    let tagger = Tagger::new(Dictionary::bundled().unwrap()).unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut cases = 0;
    for case in fs::read_dir(folder).unwrap() {
        let case = case.unwrap().path();
        let input = fs::read_to_string(case.join("input.txt")).unwrap();
        let (title, content) = input.split_once('\n').unwrap();
        let document = Document { title, summary: "", content };
        let found: Vec<Value> = tagger.tag(&document).iter().map(|tag| shown(tag, &document)).collect();
        let expected = case.join("expected.json");
        if std::env::var_os("BLESS").is_some() {
            let lines: Vec<String> = found.iter().map(Value::to_string).collect();
            fs::write(&expected, format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
        }
        let expected: Vec<Value> = serde_json::from_str(&fs::read_to_string(expected).unwrap()).unwrap();
        assert_eq!(found, expected, "{}", case.display());
        cases += 1;
    }
    assert!(cases >= 6, "{cases}");
}

fn shown(tag: &Tag, document: &Document<'_>) -> Value {
    let mentions: Vec<Value> = tag
        .mentions
        .iter()
        .map(|mention| {
            let text = match mention.field {
                TextField::Title => document.title,
                TextField::Summary => document.summary,
                TextField::Content => document.content,
            };
            let (start, end) = (mention.start.try_into().unwrap(), mention.end.try_into().unwrap());
            let slice: &str = text.get::<std::ops::Range<usize>>(start..end).unwrap();
            json!(format!("{:?} {}: {slice} ({:?})", mention.field, mention.start, mention.method))
        })
        .collect();
    json!({
        "id": tag.id.as_str(),
        "type": tag.entity_type.as_str(),
        "name": &*tag.name,
        "mentions": mentions,
    })
}
