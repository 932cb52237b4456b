//! Tags documents: settles what each name means in the whole item and gathers the mentions of each entity.

use std::collections::{BTreeMap, HashSet};

use news_model::{EntityType, TextField};

use crate::{
    Dictionary, Document, Mention, Method, Tag,
    dictionary::{Entry, Form},
    form::Role,
    salience::{Evidence, salience},
    scan::{Hit, Scanner},
};

/// Tags kept for a document, the most salient ones.
pub const MAX_TAGS: usize = 512;

/// Mentions kept for a tag, the first ones; those beyond still count for salience.
pub const MAX_MENTIONS: usize = 64;

/// Tags documents by a dictionary. Immutable, so one tagger behind an `Arc` serves all threads.
#[derive(Debug)]
pub struct Tagger {
    dictionary: Dictionary,
    scanner: Scanner,
}

/// What a name means in an item, and how sure that is.
#[derive(Clone, Copy, Debug)]
struct Meaning {
    entity: usize,
    role: Role,
    method: Method,
    /// Hundredths.
    confidence: u8,
}

/// What is known of one entity of a document so far.
#[derive(Debug)]
struct Tally {
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
        Ok(Self { dictionary, scanner })
    }

    /// The dictionary it tags by.
    #[must_use]
    pub fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    /// The entities of `document`, one tag each, the most salient first, then by id.
    #[must_use]
    pub fn tag(&self, document: &Document<'_>) -> Vec<Tag> {
        let forms = &self.dictionary.forms;
        let found = document.fields().map(|(field, text)| (field, self.scanner.scan(forms, text)));
        let certain = self.named_for_certain(found.iter().flat_map(|(_, found)| &found.hits));
        let others: HashSet<usize> = found
            .iter()
            .flat_map(|(_, found)| found.other_persons.iter().copied())
            .filter(|form| self.gives_way_to_persons(*form))
            .collect();
        let mut tallies: BTreeMap<usize, Tally> = BTreeMap::new();
        let mut before = 0;
        for ((field, found), (_, text)) in found.iter().zip(document.fields()) {
            for hit in &found.hits {
                let meaning =
                    forms.get(hit.form).filter(|_| !others.contains(&hit.form)).and_then(|form| settle(form, &certain));
                let Some(meaning) = meaning else {
                    continue;
                };
                let mention = self.mention(*field, *hit, meaning);
                tallies.entry(meaning.entity).or_insert_with(|| Tally::new(before + hit.start)).add(mention, meaning);
            }
            if *field != TextField::Title {
                before += text.len();
            }
        }
        self.rank(tallies, before)
    }

    /// Entities that a name of their own, which nothing else shares, stands for somewhere in the document.
    fn named_for_certain<'a>(&self, hits: impl Iterator<Item = &'a Hit>) -> HashSet<usize> {
        hits.filter_map(|hit| self.dictionary.forms.get(hit.form))
            .filter(|form| form.context.is_empty())
            .filter_map(|form| form.owner)
            .map(|owner| owner.entity)
            .collect()
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

    fn mention(&self, field: TextField, hit: Hit, meaning: Meaning) -> Mention {
        let own = self.entity(meaning.entity).map_or(EntityType::Norp, |entity| entity.entity_type);
        Mention {
            field,
            start: u32::try_from(hit.start).unwrap_or(u32::MAX),
            end: u32::try_from(hit.end).unwrap_or(u32::MAX),
            entity_type: match meaning.role {
                Role::Demonym => EntityType::Norp,
                Role::Name | Role::Context => own,
            },
            method: meaning.method,
        }
    }

    fn rank(&self, tallies: BTreeMap<usize, Tally>, body_bytes: usize) -> Vec<Tag> {
        let mut tags: Vec<Tag> = tallies
            .into_iter()
            .filter_map(|(entity, tally)| Some(tally.into_tag(self.entity(entity)?, body_bytes)))
            .collect();
        tags.sort_by(|one, other| {
            let by_salience = other.salience.total_cmp(&one.salience);
            by_salience.then_with(|| one.id.cmp(&other.id))
        });
        tags.truncate(MAX_TAGS);
        tags
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

impl Tally {
    fn new(before_first: usize) -> Self {
        Self {
            mentions: Vec::new(),
            count: 0,
            in_title: false,
            before_first,
            confidence: 0,
            method: Method::Coreference,
            people_only: true,
        }
    }

    fn add(&mut self, mention: Mention, meaning: Meaning) {
        self.count = self.count.saturating_add(1);
        self.in_title |= mention.field == TextField::Title;
        self.confidence = self.confidence.max(meaning.confidence);
        self.method = self.method.min(meaning.method);
        self.people_only &= meaning.role == Role::Demonym;
        if self.mentions.len() < MAX_MENTIONS {
            self.mentions.push(mention);
        }
    }

    fn into_tag(self, entity: &Entry, body_bytes: usize) -> Tag {
        Tag {
            id: entity.id.clone(),
            entity_type: if self.people_only { EntityType::Norp } else { entity.entity_type },
            name: entity.name.clone(),
            confidence: f32::from(self.confidence) / 100.0,
            salience: salience(Evidence {
                in_title: self.in_title,
                before_first: self.before_first,
                body_bytes,
                mentions: self.count,
            }),
            method: self.method,
            mentions: self.mentions,
        }
    }
}

#[cfg(test)]
mod tests;
