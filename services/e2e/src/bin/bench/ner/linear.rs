//! Whether the time to read and tag a text grows as the text does, for texts that nobody would write.
//!
//! Each shape is read whole, by model, rules, dictionary and lexicon, at sizes that double up to five million bytes; a figure is how many times as
//! long the double size takes. The enricher reads less of a text by the model than is read here.

use std::{hint::black_box, path::Path, time::Duration};

use anyhow::{Context, Result};
use entity_core::{Document, ModelSpans, Tagger};
use model_store::{Models, Recogniser};

use super::{MODELS, tagger, used};
use crate::figure::Figure;

/// A text of about so many bytes.
type Shape = fn(usize) -> String;

const SHAPES: [(&str, Shape); 8] = [
    ("tag_linear_token", |bytes| "a".repeat(bytes)),
    ("tag_linear_names", names),
    ("tag_linear_acronyms", acronyms),
    ("tag_linear_one_name", |bytes| repeated("Anna Karlsson, ", bytes)),
    ("tag_linear_marks", |bytes| repeated("\u{202e}Anna\u{200b}\u{2066}Smith\u{2069}\u{feff}\u{200d}\u{202c}", bytes)),
    ("tag_linear_unspaced", |bytes| repeated("東京都庁と大阪市役所は、", bytes)),
    ("tag_linear_emoji", |bytes| repeated("👩\u{200d}👩\u{200d}👧🇳🇴 😀", bytes)),
    ("tag_linear_scripts", |bytes| repeated("Аnnа Ѕmіth и محمد 東京 Ελλάς (EU) ", bytes)),
];

const LARGEST_BYTES: usize = 5_000_000;
const DOUBLINGS: u32 = 4;
/// Shorter measurements are repeated until they take so long together.
const LEAST: Duration = Duration::from_millis(100);

/// One figure a shape, one value a doubling.
///
/// # Errors
/// When the model is not there.
pub(crate) fn run(quick: bool) -> Result<Vec<Figure>> {
    let models = Models::open(Path::new(MODELS))?;
    let recogniser = models.of_language("en").context("no model for English; run `make models`")?;
    let tagger = tagger()?;
    let (largest, doublings) = if quick { (LARGEST_BYTES / 16, 2) } else { (LARGEST_BYTES, DOUBLINGS) };
    let mut figures = Vec::new();
    for (bench, shape) in SHAPES {
        let mut seconds = Vec::new();
        for doubling in (0..=doublings).rev() {
            seconds.push(taken(recogniser, &tagger, &shape(largest >> doubling))?);
        }
        eprintln!("{bench}: {seconds:.2?} seconds up to {largest} bytes");
        let ratios: Vec<f64> = seconds.windows(2).filter_map(|pair| Some(pair.last()? / pair.first()?)).collect();
        let peer = vec![2.0; ratios.len()];
        figures.push(Figure { bench, unit: "times as long", against: "twice the text", ours: ratios, peer });
    }
    Ok(figures)
}

fn taken(recogniser: &Recogniser, tagger: &Tagger, text: &str) -> Result<f64> {
    let document = Document { content: text, ..Document::default() };
    let (start, mut times) = (used()?, 0.0);
    loop {
        let content = recogniser.read(&[text]).pop().unwrap_or_default();
        black_box(tagger.tag_read(&document, &ModelSpans { content, ..ModelSpans::default() }));
        times += 1.0;
        let spent = used()?.saturating_sub(start);
        if spent >= LEAST {
            return Ok(spent.as_secs_f64() / times);
        }
    }
}

fn repeated(part: &str, bytes: usize) -> String {
    part.repeat(bytes / part.len())
}

/// A hundred thousand different names and more in five million bytes.
fn names(bytes: usize) -> String {
    let sentence =
        |number: usize| format!("{} {} met the Mayor of {}. ", name(number), name(number / 7), name(number * 3));
    until(bytes, sentence)
}

fn acronyms(bytes: usize) -> String {
    until(bytes, |number| {
        let (first, second, third) = (name(number), name(number / 5), name(number * 7));
        let initials: String = [&first, &second, &third].into_iter().filter_map(|word| word.chars().next()).collect();
        format!("The {first} {second} {third} ({initials}) pays Sberbank CEO {first} {third}. ")
    })
}

fn until(bytes: usize, sentence: impl Fn(usize) -> String) -> String {
    let mut text = String::with_capacity(bytes + 200);
    let mut number = 0;
    while text.len() < bytes {
        text.push_str(&sentence(number));
        number += 1;
    }
    text
}

/// A capitalised word for a number.
fn name(number: usize) -> String {
    const SYLLABLES: [&str; 16] =
        ["ba", "ker", "dol", "fin", "gar", "hul", "jan", "lor", "mi", "nes", "pol", "ras", "sten", "tor", "vik", "wen"];
    let (mut name, mut rest) = (String::new(), number);
    loop {
        name.push_str(SYLLABLES.get(rest % SYLLABLES.len()).copied().unwrap_or_default());
        rest /= SYLLABLES.len();
        if rest == 0 {
            break;
        }
    }
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
