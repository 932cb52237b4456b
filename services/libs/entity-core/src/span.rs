//! A name where it stands, with what speaks for each label it may have.

use news_model::EntityType;

use crate::{ModelSpan, dictionary::Meaning, page::Page};

/// What a model's label is worth; all other evidence is measured by it.
pub(crate) const MODEL_VOTE: f32 = 1.0;

/// The margin of a model's span of which none is told: what half of all have at least.
const USUAL_MARGIN: f32 = 2.6;

/// What speaks for each label.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Votes([f32; EntityType::ALL.len()]);

/// Whence a span comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The model marked it, or a part of it.
    Model,
    /// A name of the reviewed dictionary.
    Dictionary,
    /// A name of the lexicon, or the words alone.
    Words,
    /// A name known from elsewhere in the document.
    Document,
}

/// A name in a text, by its first and last word and its bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Span {
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) votes: Votes,
    pub(crate) origin: Origin,
    /// What the reviewed dictionary says it means.
    pub(crate) meaning: Option<Meaning>,
    /// By how much the model's decisions for it outscored the next best ones; 0 where it made none.
    pub(crate) margin: f32,
}

impl Votes {
    /// Votes for one label.
    pub(crate) fn of(label: EntityType, weight: f32) -> Self {
        let mut votes = Self::default();
        votes.add(label, weight);
        votes
    }

    pub(crate) fn add(&mut self, label: EntityType, weight: f32) {
        for (sum, own) in self.0.iter_mut().zip(EntityType::ALL) {
            if own == label {
                *sum += weight;
            }
        }
    }

    pub(crate) fn join(&mut self, other: &Self) {
        for (sum, more) in self.0.iter_mut().zip(other.0) {
            *sum += more;
        }
    }

    /// The label that most speaks for, the earlier of the scheme among equals.
    pub(crate) fn label(&self) -> EntityType {
        let mut best = (EntityType::Person, f32::MIN);
        for (label, sum) in EntityType::ALL.into_iter().zip(self.0) {
            if sum > best.1 {
                best = (label, sum);
            }
        }
        best.0
    }

    /// What speaks for `label`.
    pub(crate) fn for_label(&self, label: EntityType) -> f32 {
        EntityType::ALL.into_iter().zip(self.0).find(|(own, _)| *own == label).map_or(0.0, |(_, sum)| sum)
    }

    pub(crate) fn total(&self) -> f32 {
        self.0.iter().sum()
    }
}

impl Span {
    /// The span over words `first` to `last`.
    pub(crate) fn of_words(page: &Page<'_>, first: usize, last: usize, votes: Votes, origin: Origin) -> Option<Self> {
        let (start, end) = (page.word(first)?.start, page.word(last)?.end);
        (first <= last).then_some(Self { first, last, start, end, votes, origin, meaning: None, margin: 0.0 })
    }

    /// The span between two bytes, both at the edge of a word or of signs that belong to it.
    pub(crate) fn of_bytes(
        page: &Page<'_>,
        (start, end): (usize, usize),
        votes: Votes,
        origin: Origin,
    ) -> Option<Self> {
        let first = page.word_from(start);
        let last = page.word_before(end)?;
        let span = Self::of_words(page, first, last, votes, origin)?;
        Some(Self { end: end.max(span.end), ..span })
    }

    /// A model's span, unless its label is a measure and no name. Signs around its words are left out, but for full stops, `!`, `?` and `+`
    /// that the model took to belong to the last word.
    pub(crate) fn of_model(page: &Page<'_>, found: ModelSpan) -> Option<Self> {
        if !is_name_label(found.label) || found.end > page.source.len() {
            return None;
        }
        let first = page.word_from(found.start);
        let last = page.word_before(found.end)?;
        let span = Self::of_words(page, first, last, Votes::of(found.label, MODEL_VOTE), Origin::Model)?;
        let span = Self { margin: found.margin.unwrap_or(USUAL_MARGIN), ..span };
        let tail = page.source.get(span.end..found.end).unwrap_or_default();
        let kept = tail.trim_end_matches(|sign: char| !matches!(sign, '.' | '!' | '?' | '+'));
        let belongs = !kept.is_empty() && kept.chars().all(|sign| matches!(sign, '.' | '!' | '?' | '+' | ' '));
        Some(if belongs { Self { end: span.end + kept.len(), ..span } } else { span })
    }

    pub(crate) fn text<'a>(&self, page: &Page<'a>) -> &'a str {
        page.source.get(self.start..self.end).unwrap_or_default()
    }

    pub(crate) fn words(&self) -> usize {
        self.last + 1 - self.first
    }

    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    pub(crate) fn contains(&self, other: &Self) -> bool {
        self.first <= other.first && other.last <= self.last
    }

    /// The part of the span over words `first` to `last`, which keeps signs behind the last word only where that is the span's own.
    pub(crate) fn part(&self, page: &Page<'_>, first: usize, last: usize) -> Option<Self> {
        let part = Self { margin: self.margin, ..Self::of_words(page, first, last, self.votes, self.origin)? };
        Some(if last == self.last { Self { end: self.end, ..part } } else { part })
    }
}

/// The first of `spans`, which are in order and do not overlap, that overlaps `span`.
pub(crate) fn overlapping<'a>(spans: &'a [Span], span: &Span) -> Option<&'a Span> {
    let at = spans.partition_point(|other| other.last < span.first);
    spans.get(at).filter(|other| other.overlaps(span))
}

/// Whether things with this label have names of their own.
pub(crate) fn is_name_label(label: EntityType) -> bool {
    match label {
        EntityType::Date
        | EntityType::Time
        | EntityType::Percent
        | EntityType::Money
        | EntityType::Quantity
        | EntityType::Ordinal
        | EntityType::Cardinal => false,
        EntityType::Person
        | EntityType::Norp
        | EntityType::Fac
        | EntityType::Org
        | EntityType::Gpe
        | EntityType::Loc
        | EntityType::Product
        | EntityType::Event
        | EntityType::WorkOfArt
        | EntityType::Law
        | EntityType::Language => true,
    }
}
