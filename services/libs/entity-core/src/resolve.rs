//! Which thing each name of a document means: an entity of the dictionary or the lexicon, or one known by its name alone.

use std::{cell::OnceCell, collections::HashMap, sync::Arc};

use news_model::EntityType;

use crate::{
    Dictionary, Document, EntityId, Lexicon, Method,
    form::Role,
    link::{Context, Named, link, link_state},
    page::Page,
    refine::{Field, acronym_behind},
    rules::{Rule, RuleSet},
    span::Span,
    sureness,
};

/// A thing that a document speaks of.
#[derive(Clone, Debug)]
pub(crate) struct Thing {
    pub(crate) id: EntityId,
    pub(crate) name: Arc<str>,
    pub(crate) entity_type: EntityType,
}

/// What one span means.
#[derive(Clone, Debug)]
pub(crate) struct Resolved {
    pub(crate) thing: Arc<Thing>,
    /// Label of the mention.
    pub(crate) label: EntityType,
    pub(crate) method: Method,
    /// Hundredths.
    pub(crate) confidence: u8,
    /// Of a link, the logarithm of the odds by which it was chosen; 0 for all else.
    pub(crate) log_odds: f32,
}

/// Settles the names of one document.
pub(crate) struct Resolver<'a> {
    dictionary: &'a Dictionary,
    lexicon: Option<&'a Lexicon>,
    rules: &'a RuleSet,
    document: &'a Document<'a>,
    context: OnceCell<Context>,
    by_name: HashMap<(&'a str, EntityType), Resolved>,
    /// First and last names of persons named in full, and acronyms that the text defines; `None` where two bear one.
    short: HashMap<&'a str, Option<Resolved>>,
}

impl<'a> Resolver<'a> {
    pub(crate) fn new(
        dictionary: &'a Dictionary,
        lexicon: Option<&'a Lexicon>,
        rules: &'a RuleSet,
        document: &'a Document<'a>,
    ) -> Self {
        Self {
            dictionary,
            lexicon,
            rules,
            document,
            context: OnceCell::new(),
            by_name: HashMap::new(),
            short: HashMap::new(),
        }
    }

    /// What each span of each page means. Names in full come first, since short ones hang on them.
    pub(crate) fn resolve(mut self, pages: &[Page<'a>], spans: &[Vec<Span>]) -> Vec<Vec<Resolved>> {
        for (page, spans) in pages.iter().zip(spans) {
            for span in spans.iter().filter(|span| span.words() > 1 || span.meaning.is_some()) {
                let resolved = self.whole(page, span);
                self.note_short_names(page, span, &resolved);
            }
        }
        let mut all = Vec::new();
        for (page, spans) in pages.iter().zip(spans) {
            let resolved = spans.iter().enumerate().map(|(place, span)| {
                let is_other = self.lexicon.is_some_and(|lexicon| is_among_persons(lexicon, page, spans, place));
                if is_other { local(span.text(page), span) } else { self.one(page, span) }
            });
            all.push(resolved.collect());
        }
        all
    }

    fn one(&mut self, page: &Page<'a>, span: &Span) -> Resolved {
        /// A short name is no surer than this, in hundredths, that the name in full is meant; of 80 in labelled texts all were.
        const SHORT: u8 = 95;
        let by_short = (span.words() == 1 && span.meaning.is_none())
            .then(|| self.short.get(span.text(page)))
            .flatten()
            .and_then(Option::as_ref)
            .filter(|full| fits_short(full.label, span.votes.label()));
        match by_short {
            Some(full) => {
                Resolved { method: Method::Coreference, confidence: full.confidence.min(SHORT), ..full.clone() }
            }
            None => self.whole(page, span),
        }
    }

    fn whole(&mut self, page: &Page<'a>, span: &Span) -> Resolved {
        if self.is_team(page, span) || is_code_name(page, span) {
            return local(span.text(page), span);
        }
        if let Some(known) = self.reviewed(span) {
            return known;
        }
        let (text, label) = (span.text(page), span.votes.label());
        if let Some(known) = self.by_name.get(&(text, label)) {
            // What is known by its name alone is as sure as it is there where it stands.
            let confidence = if known.method == Method::Model { sureness::of_name(span) } else { known.confidence };
            return Resolved { confidence, ..known.clone() };
        }
        let resolved = self.linked(page, span).unwrap_or_else(|| local(text, span));
        self.by_name.insert((text, label), resolved.clone());
        resolved
    }

    /// Whether a place that a report on sport names without a word of place before it may well be its team. It is not linked then.
    fn is_team(&self, page: &Page<'_>, span: &Span) -> bool {
        const OF_PLACE: [&str; 14] = [
            "in", "at", "from", "near", "to", "of", "outside", "into", "across", "around", "through", "leaving", "the",
            "between",
        ];
        let before = span.first.checked_sub(1).filter(|_| page.gap_before(span.first).trim().is_empty());
        let is_placed = before.is_some_and(|word| OF_PLACE.contains(&page.text(word).to_lowercase().as_str()))
            || page.source.get(span.end..).is_some_and(|rest| rest.trim_start().starts_with(','))
            || page.gap_before(span.first).contains(',');
        if self.lexicon.is_none() || span.votes.label() != EntityType::Gpe {
            return false;
        }
        let context = self.context.get_or_init(|| Context::of(self.document));
        plays_for(page, span, context) || (!is_placed && context.is_sport())
    }

    fn reviewed(&self, span: &Span) -> Option<Resolved> {
        let meaning = span.meaning?;
        let entry = self.dictionary.entities.get(meaning.entity)?;
        let thing = Thing { id: entry.id.clone(), name: entry.name.clone(), entity_type: entry.entity_type };
        let label = if meaning.role == Role::Demonym { EntityType::Norp } else { entry.entity_type };
        let (method, confidence) = (meaning.method, meaning.confidence);
        Some(Resolved { thing: Arc::new(thing), label, method, confidence, log_odds: 0.0 })
    }

    fn linked(&self, page: &Page<'_>, span: &Span) -> Option<Resolved> {
        let lexicon = self.lexicon?;
        let context = self.context.get_or_init(|| Context::of(self.document));
        let (text, label, words) = (span.text(page), span.votes.label(), span.words());
        let behind_comma = || page.gap_before(span.first).trim() == ",";
        let found = link(lexicon, Named { text, label, words }, context)
            .or_else(|| link_state(lexicon, text, context).filter(|_| label == EntityType::Gpe && behind_comma()))?;
        let (view, own) = (lexicon.entity(found.entity)?, lexicon.type_of(found.entity));
        let id = EntityId::try_from(view.id).ok().filter(|id| !self.dictionary.needs_support(text, id))?;
        let thing = Thing { id, name: view.name.into(), entity_type: own.unwrap_or(label) };
        let log_odds = sureness::log_odds(found.probability);
        Some(Resolved {
            thing: Arc::new(thing),
            label,
            method: Method::Linked,
            confidence: sureness::of_link(log_odds),
            log_odds,
        })
    }

    fn note_short_names(&mut self, page: &Page<'a>, span: &Span, resolved: &Resolved) {
        let mut note = |short: &'a str| {
            let known = self.short.entry(short).or_insert_with(|| Some(resolved.clone()));
            if known.as_ref().is_some_and(|known| known.thing.id != resolved.thing.id) {
                *known = None;
            }
        };
        if resolved.label == EntityType::Person && span.words() > 1 {
            note(page.text(span.last));
            note(page.text(span.first));
        }
        if self.rules.has(Rule::Acronyms) && span.words() > 1 {
            let field = Field { page, lexicon: self.lexicon, rules: self.rules };
            if let Some(acronym) = acronym_behind(field, span) {
                note(acronym.text(page));
            }
        }
    }
}

/// Whether the words before a place make it a team by themselves: "plays for Aachen", and "against England" where the document has a word of sport.
fn plays_for(page: &Page<'_>, span: &Span, context: &Context) -> bool {
    let word = |back: usize| span.first.checked_sub(back).map_or("", |word| page.text(word));
    match word(1) {
        "for" => matches!(word(2), "play" | "plays" | "played" | "playing" | "scored" | "scores"),
        "against" | "beat" | "beats" | "beating" | "defeated" => context.words_of_sport() > 0,
        _ => false,
    }
}

/// Whether the text says that a name was given to something else: "code-named Cairo", "Cairo was the code name for a project".
fn is_code_name(page: &Page<'_>, span: &Span) -> bool {
    let says = |word: usize| {
        let (text, next) = (page.text(word).to_lowercase(), page.text(word + 1));
        matches!(text.as_str(), "codename" | "codenamed" | "nicknamed" | "dubbed")
            || (text == "code" && matches!(next, "name" | "named"))
    };
    let before = |back: usize| span.first.checked_sub(back).is_some_and(says);
    let is_given = page.gap_before(span.first).trim_matches(['"', '“', ' ']).is_empty()
        && (before(1) || (page.text(span.first.saturating_sub(1)) == "named" && before(2)));
    let told = span.last + 2;
    let article = usize::from(matches!(page.text(told), "the" | "a"));
    is_given || (matches!(page.text(span.last + 1), "was" | "is") && says(told + article))
}

/// Whether a place or organisation of one word is more likely a person, since it stands in a row of persons who are named by one word each: between
/// two of them, or beside one where it is a first name too ("Paris and Kim").
fn is_among_persons(lexicon: &Lexicon, page: &Page<'_>, spans: &[Span], place: usize) -> bool {
    let Some(span) = spans.get(place).filter(|span| span.words() == 1 && span.votes.label() != EntityType::Person)
    else {
        return false;
    };
    let is_joined = |before: &Span, behind: &Span| {
        let between = page.source.get(before.end..behind.start).unwrap_or_default();
        matches!(between.trim(), "," | "and" | "or" | ", and" | ", or")
    };
    let is_person = |other: &Span| other.words() == 1 && other.votes.label() == EntityType::Person;
    let before = place.checked_sub(1).and_then(|before| spans.get(before));
    let before = before.is_some_and(|other| is_person(other) && is_joined(other, span));
    let behind = spans.get(place + 1).is_some_and(|other| is_person(other) && is_joined(span, other));
    (before && behind) || ((before || behind) && lexicon.bearers_of(page.text(span.first)) > 0)
}

/// Whether a short name with label `short` can mean a thing whose full name has label `full`.
fn fits_short(full: EntityType, short: EntityType) -> bool {
    full == short || (full != EntityType::Person && short != EntityType::Person)
}

/// A thing known by its name alone.
fn local(text: &str, span: &Span) -> Resolved {
    let label = span.votes.label();
    let thing = Thing { id: EntityId::local(label, text), name: text.into(), entity_type: label };
    let confidence = sureness::of_name(span);
    Resolved { thing: Arc::new(thing), label, method: Method::Model, confidence, log_odds: 0.0 }
}
