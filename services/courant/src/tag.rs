//! `courant tag`: shows, for a text, what the enricher would find in it.

mod bio;
mod view;

use std::{
    cell::RefCell,
    collections::BTreeSet,
    io::{self, BufRead, Write},
    num::NonZeroUsize,
    path::PathBuf,
};

use clap::Args;
use entity_core::{Dictionary, Document, Lexicon, MIN_CONFIDENCE, Tagger};
use model_store::{Models, Read, open_lexicon};
use serde::Serialize;
use service_kit::exit::Exit;

use crate::{
    plain::{NotUtf8, text_of},
    show,
};

/// The text, and the form of the answer; without one, the text with its entities marked.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "one flag for each form of the answer, as a person writes them")]
pub(crate) struct TagArgs {
    /// File of plain text in UTF-8, or `-` for standard input.
    file: PathBuf,
    /// One JSON object with `text`, `language` and `entities`: one element for each mention, in order, without overlaps. As in a tagged item these are
    /// of the 512 most salient entities, the first 64 of each; --bio has all.
    #[arg(long, group = "form")]
    json: bool,
    /// Reads one text a line (a JSON string, or else plain text) and writes one such object a line.
    #[arg(long, group = "form")]
    jsonl: bool,
    /// One token and its label (B-, I- and an `OntoNotes` label, or O) a line, parted by a tab; a blank line between sentences, which end at line ends
    /// and behind full stops and the like.
    #[arg(long, group = "form")]
    bio: bool,
    /// A page in the manner of displaCy.
    #[arg(long, group = "form")]
    html: bool,
    /// With --bio: the input has one token a line (what follows a blank or tab is ignored) and blank lines between sentences. The model reads
    /// these very tokens, each sentence by itself, and they are labelled one for one; -DOCSTART- begins a document and is passed on.
    #[arg(long, requires = "bio", conflicts_with_all = ["json", "jsonl", "html"])]
    pretokenized: bool,
    /// With --pretokenized: so many sentences in a row are one text to the rules, which carry names through it, unless a document ends before.
    #[arg(long, value_name = "N", default_value = "12", requires = "pretokenized")]
    sentences: NonZeroUsize,
    /// Models folder.
    #[arg(long, value_name = "DIR", default_value = enricher::DEFAULT_MODELS)]
    models: PathBuf,
    /// Lexicon to link names by, as `courant entities build` writes it, in place of the one that comes with the program.
    #[arg(long, value_name = "FILE")]
    lexicon: Option<PathBuf>,
    /// Mentions less sure than this, from 0 to 1, are left out.
    #[arg(long, value_name = "SHARE", default_value_t = MIN_CONFIDENCE, value_parser = share)]
    min_confidence: f32,
    /// Language to fall back on where the text does not tell, a BCP 47 tag.
    #[arg(long, value_name = "TAG", default_value = "en")]
    language: String,
}

/// What finds entities: the models and the dictionary.
struct Finder {
    models: Models,
    tagger: Tagger,
    fallback: String,
    /// Languages of which it was said that no model reads them.
    unread: RefCell<BTreeSet<String>>,
}

/// A text with its entities, as `--json` writes it.
#[derive(Debug, Serialize)]
struct Tagged<'a> {
    text: &'a str,
    /// BCP 47 tag; `und` where nothing tells.
    language: String,
    entities: Vec<Entity<'a>>,
}

/// One mention of an entity.
#[derive(Debug, Serialize)]
struct Entity<'a> {
    /// First byte in the text, counted in UTF-8 bytes.
    start: usize,
    /// Byte behind the last.
    end: usize,
    text: &'a str,
    r#type: &'static str,
    id: String,
    qid: Option<String>,
    confidence: f32,
    method: &'static str,
    salience: f32,
}

/// Why a text is not answered.
#[derive(Debug, thiserror::Error)]
enum TagError {
    /// Reading failed.
    #[error("cannot read {}", .0.display())]
    Read(PathBuf, #[source] io::Error),
    /// What was read is no text.
    #[error("cannot read {}", .0.display())]
    NotUtf8(PathBuf, #[source] NotUtf8),
    /// The answer cannot be written.
    #[error("cannot write the answer")]
    Write(#[from] io::Error),
}

/// Reads and answers.
pub(crate) fn run(args: &TagArgs) -> Exit {
    let finder = match Finder::new(args) {
        Ok(finder) => finder,
        Err(error) => return show::failure(&show::chain(error.as_ref()), Exit::Usage),
    };
    if finder.models.is_empty() {
        let folder = args.models.display();
        show::note(&format!("no model in {folder}: tagging by dictionary alone (`courant models add` installs one)"));
    }
    match answer(args, &finder, &mut show::output()) {
        Ok(()) => Exit::Success,
        // Whoever read the answer has enough of it.
        Err(TagError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Success,
        Err(error @ TagError::Write(_)) => show::failure(&show::chain(&error), Exit::Failure),
        Err(error) => show::failure(&show::chain(&error), Exit::Usage),
    }
}

fn answer(args: &TagArgs, finder: &Finder, out: &mut impl Write) -> Result<(), TagError> {
    let unread = |error| TagError::Read(args.file.clone(), error);
    let no_text = |fault| TagError::NotUtf8(args.file.clone(), fault);
    let mut source = open(args).map_err(unread)?;
    if args.jsonl {
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            if source.read_until(b'\n', &mut line).map_err(unread)? == 0 {
                break;
            }
            let line =
                text_of(std::mem::take(&mut line)).map_err(|fault| no_text(NotUtf8 { line: number, ..fault }))?;
            let line = line.trim_end_matches(['\n', '\r']);
            let text = serde_json::from_str::<String>(line).unwrap_or_else(|_| line.to_owned());
            writeln!(out, "{}", json(&finder.tag(&text)))?;
            out.flush()?;
        }
        return Ok(());
    }
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes).map_err(unread)?;
    let text = text_of(bytes).map_err(no_text)?;
    if args.json {
        writeln!(out, "{}", json(&finder.tag(&text)))?;
    } else if args.bio && args.pretokenized {
        bio::label_tokens(finder, &text, args.sentences, out)?;
    } else if args.bio {
        bio::label_text(finder, &text, out)?;
    } else if args.html {
        writeln!(out, "{}", view::page(&finder.tag(&text)))?;
    } else {
        writeln!(out, "{}", view::marked(&finder.tag(&text), show::is_terminal()))?;
    }
    Ok(out.flush()?)
}

fn open(args: &TagArgs) -> io::Result<Box<dyn BufRead>> {
    if args.file.as_os_str() == "-" {
        return Ok(Box::new(io::stdin().lock()));
    }
    Ok(Box::new(io::BufReader::new(std::fs::File::open(&args.file)?)))
}

fn share(text: &str) -> Result<f32, String> {
    let share: f32 = text.parse().map_err(|_| "it is no number".to_owned())?;
    if (0.0..=1.0).contains(&share) { Ok(share) } else { Err("it is not between 0 and 1".to_owned()) }
}

fn json(tagged: &Tagged<'_>) -> String {
    serde_json::to_string(tagged).unwrap_or_default()
}

impl Finder {
    fn new(args: &TagArgs) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        let models = Models::open(&args.models)?;
        let mut tagger = Tagger::new(Dictionary::bundled()?)?.with_min_confidence(args.min_confidence);
        if let Some(file) = &args.lexicon {
            tagger = tagger.with_lexicon(open_lexicon(file)?);
        } else if !models.is_empty() {
            tagger = tagger.with_lexicon(Lexicon::bundled()?);
        }
        Ok(Self { models, tagger, fallback: args.language.clone(), unread: RefCell::default() })
    }

    fn read(&self, document: &Document<'_>) -> Read {
        let read = self.models.read(document, &self.fallback);
        if read.is_partial {
            show::note("the text is longer than what a model reads of an item: what is beyond is tagged without it");
        }
        self.tell_unread(&read);
        read
    }

    fn tell_unread(&self, read: &Read) {
        if let Some(note) = self.note_unread(read) {
            show::note(&note);
        }
    }

    /// What is to be said where models are there and none is for the language of a text; once for each language.
    fn note_unread(&self, read: &Read) -> Option<String> {
        let is_read = self.models.is_empty() || !read.model.is_empty();
        let is_new = !is_read && self.unread.borrow_mut().insert(read.language.clone());
        is_new.then(|| format!("no model for the language {:?}: tagging by dictionary alone", read.language))
    }

    fn tag<'a>(&self, text: &'a str) -> Tagged<'a> {
        let document = Document { content: text, ..Document::default() };
        let read = self.read(&document);
        let mut entities = Vec::new();
        for tag in self.tagger.tag_read(&document, &read.spans) {
            for mention in &tag.mentions {
                let (start, end) = (offset(mention.start), offset(mention.end));
                entities.push(Entity {
                    start,
                    end,
                    text: text.get(start..end).unwrap_or_default(),
                    r#type: mention.entity_type.as_str(),
                    id: tag.id.as_str().to_owned(),
                    qid: tag.id.qid().map(str::to_owned),
                    confidence: mention.confidence,
                    method: mention.method.as_str(),
                    salience: tag.salience,
                });
            }
        }
        entities.sort_by_key(|entity| (entity.start, entity.end));
        let language = if read.language.is_empty() { "und".to_owned() } else { read.language };
        Tagged { text, language, entities }
    }
}

fn offset(at: u32) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        args: TagArgs,
    }

    fn parsed(args: &[&str]) -> Result<TagArgs, clap::Error> {
        Alone::try_parse_from([&["tag"], args].concat()).map(|alone| alone.args)
    }

    /// What is answered, by dictionary alone, where the input holds `bytes`.
    fn answered(form: &[&str], bytes: &[u8], out: &mut impl Write) -> Result<(), TagError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("input");
        std::fs::write(&file, bytes).unwrap();
        let args = parsed(&[form, &["--models", "nowhere", file.to_str().unwrap()]].concat()).unwrap();
        answer(&args, &Finder::new(&args).unwrap(), out)
    }

    fn shown(form: &[&str], bytes: &[u8]) -> String {
        let mut out = Vec::new();
        answered(form, bytes, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn given_tokens_are_for_bio_alone() {
        assert!(parsed(&["--bio", "--pretokenized", "-"]).is_ok());
        for form in ["--json", "--jsonl", "--html"] {
            assert!(parsed(&[form, "--pretokenized", "-"]).is_err(), "{form}");
        }
    }

    #[test]
    fn a_mark_at_the_start_belongs_to_no_token_and_moves_no_offset() {
        let tokens = "\u{feff}-DOCSTART- -X-\n\nBerlin X\n".as_bytes();
        assert_eq!(shown(&["--bio", "--pretokenized"], tokens), "-DOCSTART-\tO\n\nBerlin\tB-GPE\n\n");
        assert!(shown(&["--json"], "\u{feff}Berlin".as_bytes()).contains(r#""text":"Berlin","#));
        assert!(shown(&["--json"], "\u{feff}Berlin".as_bytes()).contains(r#""start":0,"end":6,"#));
    }

    #[test]
    fn bytes_that_are_no_text_are_told_by_their_line() {
        for form in ["--json", "--jsonl", "--bio"] {
            let mut out = Vec::new();
            let refusal = show::chain(&answered(&[form], b"Berlin\nK\xf6ln\n", &mut out).unwrap_err());
            assert!(refusal.contains("input: line 2 is not UTF-8: its byte 2 is 0xf6"), "{form}: {refusal}");
        }
    }

    #[test]
    fn a_language_without_a_model_is_told_once() {
        let pinned = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.cache/models");
        let finder = Finder::new(&parsed(&["--models", pinned, "-"]).unwrap()).unwrap();
        let note = |content| {
            let document = Document { content, ..Document::default() };
            finder.note_unread(&finder.models.read(&document, "en"))
        };
        let german = "Die Regierung hat am Montag in Berlin einen neuen Haushalt beschlossen, sagte der Minister.";
        assert_eq!(note("The government has agreed on a new budget, the minister said on Monday in Berlin."), None);
        assert!(note(german).is_some_and(|note| note.contains("\"de\"")));
        assert_eq!(note(german), None);
    }

    /// Takes so many answers, then has enough.
    struct Reader(u8);

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            self.0 = self.0.checked_sub(1).ok_or(io::ErrorKind::BrokenPipe)?;
            Ok(())
        }
    }

    #[test]
    fn lines_are_read_no_longer_than_somebody_reads_the_answers() {
        let ended = answered(&["--jsonl"], &b"Berlin\n".repeat(3), &mut Reader(1));
        assert!(
            matches!(&ended, Err(TagError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe),
            "{ended:?}"
        );
        answered(&["--jsonl"], &b"Berlin\n".repeat(3), &mut Reader(3)).unwrap();
    }
}
