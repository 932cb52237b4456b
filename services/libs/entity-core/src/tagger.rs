//! Tags documents: settles what each name means in the whole item and gathers the mentions of each entity.

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use news_model::{EntityType, TextField};

use crate::{
    Dictionary, Document, EntityId, Lexicon, Mention, Method, ModelSpans, Reading, RuleSet, Tag,
    dictionary::{Entry, Form, Meaning},
    form::Role,
    page::Page,
    propagate::propagate,
    refine::{Field, Known, refine},
    resolve::{Resolved, Resolver, Thing},
    salience::{Evidence, salience},
    scan::{Hit, Scanner},
    span::Span,
    sureness,
};

/// Tags kept for a document, the most salient ones.
pub const MAX_TAGS: usize = 512;

/// Mentions kept for a tag, the first ones; those beyond still count for salience.
pub const MAX_MENTIONS: usize = 64;

/// Mentions less sure than this are left out unless another bound is set ([`Tagger::with_min_confidence`]). Of those below, three in four are
/// wrong; leaving them out gives the best F1 on both labelled sets (the table in `docs/entities.md`).
pub const MIN_CONFIDENCE: f32 = 0.3;

/// Tags documents by a dictionary, and by a lexicon and what a model found where they are at hand. Immutable, so one tagger behind an `Arc`
/// serves all threads.
#[derive(Debug)]
pub struct Tagger {
    dictionary: Dictionary,
    scanner: Scanner,
    lexicon: Option<Lexicon>,
    rules: RuleSet,
    min_confidence: f32,
}

/// What the confidence of a mention was reckoned from.
#[derive(Clone, Debug, PartialEq)]
pub struct Grounds {
    /// The mention.
    pub mention: Mention,
    /// What it means.
    pub id: EntityId,
    /// One number for each term.
    pub terms: Vec<f32>,
}

/// What a document holds: its names that are sure enough, field by field, and what each means.
struct Read {
    fields: Vec<(TextField, Vec<(Span, Resolved)>)>,
    body_bytes: usize,
    /// Bytes of summary and content before each field.
    before: Vec<usize>,
}

/// What is known of one entity of a document so far.
#[derive(Debug)]
struct Tally {
    thing: Arc<Thing>,
    mentions: Vec<Mention>,
    count: u32,
    in_title: bool,
    before_first: usize,
    confidence: u8,
    method: Method,
    /// Whether only words for its people were found.
    people_only: bool,
}

impl Tagger {
    /// A tagger for `dictionary`. Takes some ten milliseconds for the bundled one, so it is made once.
    ///
    /// # Errors
    ///
    /// The names of the dictionary are more than an automaton can hold (about two thousand million bytes of states).
    pub fn new(dictionary: Dictionary) -> Result<Self, aho_corasick::BuildError> {
        let scanner = Scanner::new(&dictionary)?;
        Ok(Self { dictionary, scanner, lexicon: None, rules: RuleSet::default(), min_confidence: MIN_CONFIDENCE })
    }

    /// This tagger with a lexicon to find and link further names by, in documents that a model has read.
    #[must_use]
    pub fn with_lexicon(self, lexicon: Lexicon) -> Self {
        Self { lexicon: Some(lexicon), ..self }
    }

    /// This tagger with other rules in force.
    #[must_use]
    pub fn with_rules(self, rules: RuleSet) -> Self {
        Self { rules, ..self }
    }

    /// This tagger with another bound: mentions less sure than `confidence`, from 0 to 1, are left out. With 0 all are kept.
    #[must_use]
    pub fn with_min_confidence(self, confidence: f32) -> Self {
        Self { min_confidence: confidence, ..self }
    }

    /// The dictionary it tags by.
    #[must_use]
    pub fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    /// Version of the names it goes by: the dictionary's and, where there is one, the lexicon's.
    #[must_use]
    pub fn version(&self) -> String {
        let lexicon = self.lexicon.as_ref().map(|lexicon| format!(" {}", lexicon.version()));
        format!("{}{}", self.dictionary.version(), lexicon.unwrap_or_default())
    }

    /// The entities of `document`, one tag each, the most salient first, then by id.
    #[must_use]
    pub fn tag(&self, document: &Document<'_>) -> Vec<Tag> {
        self.tag_read(document, &ModelSpans::default())
    }

    /// The entities of `document` by the names that a model found in it and those that the tagger knows.
    #[must_use]
    pub fn tag_read(&self, document: &Document<'_>, model: &ModelSpans) -> Vec<Tag> {
        let read = self.read(document, model);
        let mut tallies: BTreeMap<&EntityId, Tally> = BTreeMap::new();
        for ((field, names), before) in read.fields.iter().zip(&read.before) {
            for (span, resolved) in names {
                let tally = tallies
                    .entry(&resolved.thing.id)
                    .or_insert_with(|| Tally::new(&resolved.thing, before + span.start));
                tally.add(mention(*field, span, resolved), resolved);
            }
        }
        rank(tallies.into_values(), read.body_bytes)
    }

    /// Every mention in `document`, by field, then start, without the bounds of [`Self::tag_read`] and without what they mean.
    #[must_use]
    pub fn mentions(&self, document: &Document<'_>, model: &ModelSpans) -> Vec<Mention> {
        let read = self.read(document, model);
        let of_field = |(field, names): &(TextField, Vec<(Span, Resolved)>)| {
            names.iter().map(|(span, resolved)| mention(*field, span, resolved)).collect::<Vec<_>>()
        };
        read.fields.iter().flat_map(of_field).collect()
    }

    /// What the confidence of each mention was reckoned from, where it was: of those known by their name alone the terms of [`crate::NAME_TERMS`],
    /// of those linked by the lexicon the terms of [`crate::LINK_TERMS`]. For fitting the weights of these; by field, then start.
    #[must_use]
    pub fn grounds(&self, document: &Document<'_>, model: &ModelSpans) -> Vec<Grounds> {
        let read = self.read(document, model);
        let names = read.fields.iter().flat_map(|(field, names)| names.iter().map(move |name| (*field, name)));
        let grounds = names.filter_map(|(field, (span, resolved))| {
            let terms = match resolved.method {
                Method::Model => sureness::terms_of_name(span).to_vec(),
                Method::Linked => sureness::terms_of_link(resolved.log_odds).to_vec(),
                Method::Dictionary | Method::Coreference => return None,
            };
            Some(Grounds { mention: mention(field, span, resolved), id: resolved.thing.id.clone(), terms })
        });
        grounds.collect()
    }

    fn read(&self, document: &Document<'_>, model: &ModelSpans) -> Read {
        let pages = document.fields().map(|(_, text)| Page::new(text));
        // By dictionary alone a document tells nothing that its tables do not.
        let is_read = |reading: &Reading| !(reading.tokens.is_empty() && reading.spans.is_empty());
        let by_model = model.fields().iter().any(|(_, reading)| is_read(reading));
        let lexicon = self.lexicon.as_ref().filter(|_| by_model);
        let known = self.known(&pages);
        let mut spans: Vec<Vec<Span>> = pages
            .iter()
            .zip(model.fields())
            .zip(&known)
            .map(|((page, (_, reading)), known)| {
                let field = Field { page, lexicon, rules: &self.rules };
                refine(field, &reading.spans, known)
            })
            .collect();
        if by_model {
            propagate(&pages, &mut spans, &self.rules);
        }
        let meanings = Resolver::new(&self.dictionary, lexicon, &self.rules, document).resolve(&pages, &spans);
        let mut body_bytes = 0;
        let mut before = Vec::new();
        for (field, text) in document.fields() {
            before.push(body_bytes);
            body_bytes += if field == TextField::Title { 0 } else { text.len() };
        }
        let is_sure = |(_, resolved): &(Span, Resolved)| share(resolved.confidence) >= self.min_confidence;
        let names = spans.into_iter().zip(meanings).map(|(spans, meanings)| spans.into_iter().zip(meanings));
        let names = names.map(|names| names.filter(is_sure).collect());
        let fields = document.fields().into_iter().map(|(field, _)| field).zip(names).collect();
        Read { fields, body_bytes, before }
    }

    /// The mentions of the reviewed dictionary, with what each means in the whole document.
    fn known(&self, pages: &[Page<'_>]) -> Vec<Vec<Known>> {
        let forms = &self.dictionary.forms;
        let found: Vec<_> = pages.iter().map(|page| self.scanner.scan(forms, page)).collect();
        let certain = self.named_for_certain(found.iter().flat_map(|found| &found.hits));
        let others: HashSet<usize> = found
            .iter()
            .flat_map(|found| found.other_persons.iter().copied())
            .filter(|form| self.gives_way_to_persons(*form))
            .collect();
        let known = |hit: &Hit| {
            let form = forms.get(hit.form).filter(|_| !others.contains(&hit.form))?;
            let meaning = settle(form, &certain)?;
            let own = self.entity(meaning.entity)?.entity_type;
            let label = if meaning.role == Role::Demonym { EntityType::Norp } else { own };
            Some(Known { start: hit.start, end: hit.end, label, meaning })
        };
        found.iter().map(|found| found.hits.iter().filter_map(known).collect()).collect()
    }

    /// Entities that a name of their own, which nothing else shares, stands for somewhere in the document, and those known by being beside them.
    fn named_for_certain<'a>(&self, hits: impl Iterator<Item = &'a Hit>) -> HashSet<usize> {
        let owners = hits
            .filter_map(|hit| self.dictionary.forms.get(hit.form))
            .filter(|form| form.context.is_empty())
            .filter_map(|form| form.owner);
        let named: HashSet<usize> = owners.map(|owner| owner.entity).collect();
        let is_named = |entry: &Entry| entry.beside.iter().any(|other| named.contains(other));
        let beside = self.dictionary.known_beside.iter().copied();
        let beside: Vec<_> = beside.filter(|place| self.entity(*place).is_some_and(is_named)).collect();
        named.into_iter().chain(beside).collect()
    }

    /// Whether `form` by itself means the person whose name it is part of elsewhere in the item: organisations do, places do not, since an
    /// item on Paris Hilton may well be set in Paris.
    fn gives_way_to_persons(&self, form: usize) -> bool {
        self.dictionary
            .forms
            .get(form)
            .and_then(|form| self.entity(form.owner?.entity))
            .is_some_and(|owner| owner.entity_type == EntityType::Org)
    }

    fn entity(&self, entity: usize) -> Option<&Entry> {
        self.dictionary.entities.get(entity)
    }
}

/// What `form` means where the entities in `certain` are named in full, if that can be told.
///
/// Its owner, unless the item names exactly one other bearer of the name and not the owner; without an owner the one bearer that is named.
fn settle(form: &Form, certain: &HashSet<usize>) -> Option<Meaning> {
    let mut bearers = form.context.iter().copied().filter(|entity| certain.contains(entity));
    let only_bearer = bearers.next().filter(|_| bearers.next().is_none());
    let by_context =
        only_bearer.map(|entity| Meaning { entity, role: Role::Context, method: Method::Coreference, confidence: 80 });
    let Some(owner) = form.owner else {
        return by_context;
    };
    let by_itself = Meaning {
        entity: owner.entity,
        role: owner.role,
        method: Method::Dictionary,
        confidence: match (form.context.is_empty(), form.surname, owner.role) {
            (false, _, _) => 70,
            (true, _, Role::Demonym) => 85,
            (true, true, _) => 90,
            (true, false, _) => 95,
        },
    };
    Some(match by_context {
        Some(other) if !certain.contains(&owner.entity) => other,
        _ => by_itself,
    })
}

fn mention(field: TextField, span: &Span, resolved: &Resolved) -> Mention {
    Mention {
        field,
        start: u32::try_from(span.start).unwrap_or(u32::MAX),
        end: u32::try_from(span.end).unwrap_or(u32::MAX),
        entity_type: resolved.label,
        method: resolved.method,
        confidence: share(resolved.confidence),
    }
}

fn share(hundredths: u8) -> f32 {
    f32::from(hundredths) / 100.0
}

fn rank(tallies: impl Iterator<Item = Tally>, body_bytes: usize) -> Vec<Tag> {
    let mut tags: Vec<Tag> = tallies.map(|tally| tally.into_tag(body_bytes)).collect();
    tags.sort_by(|one, other| {
        let by_salience = other.salience.total_cmp(&one.salience);
        by_salience.then_with(|| one.id.cmp(&other.id))
    });
    tags.truncate(MAX_TAGS);
    tags
}

impl Tally {
    fn new(thing: &Arc<Thing>, before_first: usize) -> Self {
        Self {
            thing: thing.clone(),
            mentions: Vec::new(),
            count: 0,
            in_title: false,
            before_first,
            confidence: 0,
            method: Method::Coreference,
            people_only: true,
        }
    }

    fn add(&mut self, mention: Mention, resolved: &Resolved) {
        self.count = self.count.saturating_add(1);
        self.in_title |= mention.field == TextField::Title;
        self.confidence = self.confidence.max(resolved.confidence);
        self.method = self.method.min(resolved.method);
        self.people_only &= resolved.label == EntityType::Norp;
        if self.mentions.len() < MAX_MENTIONS {
            self.mentions.push(mention);
        }
    }

    fn into_tag(self, body_bytes: usize) -> Tag {
        Tag {
            id: self.thing.id.clone(),
            entity_type: if self.people_only { EntityType::Norp } else { self.thing.entity_type },
            name: self.thing.name.clone(),
            confidence: share(self.confidence),
            salience: salience(Evidence {
                in_title: self.in_title,
                before_first: self.before_first,
                body_bytes,
                mentions: self.count,
            }),
            method: self.method,
            count: self.count,
            mentions: self.mentions,
        }
    }
}

#[cfg(test)]
mod tests;
