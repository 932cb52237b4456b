//! Which entity a name means: candidates of the lexicon are weighed against each other and against "none of them".

mod forms;

use std::collections::HashSet;

use news_model::EntityType;

use crate::{
    Document, Lexicon,
    lexicon::Candidate,
    words::{hash_word, telling_words},
};

/// A name is linked from this probability on.
pub(crate) const LINKED_FROM: f32 = 0.75;

/// Words of a document that are looked at for agreement, the first ones.
const MAX_CONTEXT_WORDS: usize = 20_000;

/// What a document speaks of besides one name.
#[derive(Debug, Default)]
pub(crate) struct Context {
    words: HashSet<u32>,
}

/// One name to be linked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Named<'a> {
    pub(crate) text: &'a str,
    pub(crate) label: EntityType,
    pub(crate) words: usize,
}

/// The entity a name means, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Link {
    pub(crate) entity: u32,
    pub(crate) probability: f32,
}

impl Context {
    pub(crate) fn of(document: &Document<'_>) -> Self {
        let texts = [document.title, document.summary, document.content];
        let words = texts.into_iter().flat_map(telling_words).take(MAX_CONTEXT_WORDS).map(hash_word);
        Self { words: words.collect() }
    }

    /// Whether the document reports on sport, where places stand for their teams.
    pub(crate) fn is_sport(&self) -> bool {
        /// So many words of sport make it a report on it.
        const ENOUGH: usize = 5;
        self.words_of_sport() >= ENOUGH
    }

    /// How many different words of sport the document has.
    pub(crate) fn words_of_sport(&self) -> usize {
        const WORDS: [&str; 41] = [
            "hattrick",
            "strikers",
            "scorer",
            "kickoff",
            "matches",
            "coach",
            "season",
            "quarterback",
            "touchdown",
            "touchdowns",
            "league",
            "championship",
            "tournament",
            "scored",
            "defeat",
            "defeated",
            "match",
            "striker",
            "goalkeeper",
            "midfielder",
            "halftime",
            "innings",
            "wicket",
            "batsman",
            "pitcher",
            "playoffs",
            "playoff",
            "semifinal",
            "semifinals",
            "quarterfinal",
            "teammate",
            "teammates",
            "football",
            "soccer",
            "basketball",
            "baseball",
            "hockey",
            "cricket",
            "rugby",
            "tennis",
            "qualifier",
        ];
        WORDS.into_iter().filter(|word| self.words.contains(&hash_word(word))).count()
    }

    /// How many words said of an entity stand in the document, the words of its own name left out.
    fn shared(&self, lexicon: &Lexicon, entity: u32, named: &str) -> u8 {
        let own: Vec<u32> = telling_words(named).map(hash_word).collect();
        let Some(view) = lexicon.entity(entity) else {
            return 0;
        };
        let shared = view.about_words().filter(|word| self.words.contains(word) && !own.contains(word)).count();
        u8::try_from(shared.min(4)).unwrap_or_default()
    }
}

/// The entity that `named` means with a probability of at least [`LINKED_FROM`].
///
/// The odds of each candidate are its prior, times how well its type agrees with the label, times how much of what is said of it stands in the
/// document; against them stand the odds that the name means something the lexicon does not know, which are high for surnames and other single
/// words and low for names of several words that are the label of a well-known entity.
pub(crate) fn link(lexicon: &Lexicon, named: Named<'_>, context: &Context) -> Option<Link> {
    if let Some(bare) = forms::without_legal_form(named.text).filter(|_| named.label == EntityType::Org) {
        // The name with its legal form is a name of its own where the lexicon has it.
        let words = bare.split(' ').count();
        let whole = weigh(lexicon, named, context);
        return whole.or_else(|| weigh(lexicon, Named { text: bare, words, ..named }, context));
    }
    weigh(lexicon, named, context)
}

/// What stands behind a comma and is a short form of a state, by its full name.
pub(crate) fn link_state(lexicon: &Lexicon, short: &str, context: &Context) -> Option<Link> {
    let text = forms::state_in_full(short)?;
    weigh(lexicon, Named { text, label: EntityType::Gpe, words: 2 }, context)
}

fn weigh(lexicon: &Lexicon, named: Named<'_>, context: &Context) -> Option<Link> {
    /// What each shared word multiplies the odds with.
    const SHARED: f32 = 1.6;
    let candidates = lexicon.candidates_of(named.text);
    let first = candidates.first()?;
    let strangers = odds_of_strangers(lexicon, named, first);
    let odds: Vec<f32> = candidates
        .iter()
        .map(|candidate| {
            let shared = context.shared(lexicon, candidate.entity, named.text);
            candidate.prior * agreement(candidate.entity_type, named.label) * SHARED.powi(shared.into())
        })
        .collect();
    let total = strangers + odds.iter().sum::<f32>();
    let (best, odds) = candidates.iter().zip(odds).max_by(|(_, one), (_, other)| one.total_cmp(other))?;
    let probability = odds / total.max(f32::MIN_POSITIVE);
    (probability >= LINKED_FROM).then_some(Link { entity: best.entity, probability })
}

/// How well a type goes with a label, as a factor of odds.
fn agreement(own: Option<EntityType>, label: EntityType) -> f32 {
    let is_place = |label| matches!(label, EntityType::Gpe | EntityType::Loc | EntityType::Fac);
    match own {
        None => 1.0,
        Some(own) if own == label => 2.0,
        Some(own) if is_place(own) && is_place(label) => 1.5,
        // Places act in the news as organisations do, and their people have their names.
        Some(EntityType::Gpe) if matches!(label, EntityType::Org | EntityType::Norp) => 0.6,
        Some(EntityType::Org) if is_place(label) || label == EntityType::Product => 0.4,
        Some(EntityType::Person) => 0.03,
        Some(_) if label == EntityType::Person => 0.03,
        Some(_) => 0.25,
    }
}

/// Whether a single word is one of several that make up a candidate's label: "Emirates", "Macedonia", "Blues". As surnames do, such words stand for
/// many things.
fn is_part_of_label(lexicon: &Lexicon, named: Named<'_>, candidate: &Candidate) -> bool {
    let is_word = |word: &str| !matches!(word, "The" | "the") && word.starts_with(char::is_uppercase);
    let label = lexicon.entity(candidate.entity).map(|view| view.name).unwrap_or_default();
    let words = || label.split([' ', '-', ',']).filter(|word| is_word(word));
    named.words == 1 && candidate.rank > 0 && words().count() > 1 && words().any(|word| word == named.text)
}

/// The odds that a name means something the lexicon does not know, beside a sure candidate's 2.
fn odds_of_strangers(lexicon: &Lexicon, named: Named<'_>, first: &Candidate) -> f32 {
    let is_acronym = !named.text.chars().any(char::is_lowercase);
    // A person known by one word that is nobody else's first name.
    let is_mononym = first.rank == 0 && lexicon.bearers_of(named.text) <= 1;
    let by_shape = match (named.words, named.label) {
        (1, EntityType::Person) if is_mononym => 0.5,
        (1, EntityType::Person) => 2.0,
        (1, _) if is_part_of_label(lexicon, named, first) => 1.5,
        (1, _) if is_acronym => 0.5,
        (1, EntityType::Gpe | EntityType::Loc | EntityType::Norp) => 0.25,
        (1, _) => 0.5,
        (_, _) if first.rank == 0 => 0.1,
        (_, _) => 0.2,
    };
    // The better known an entity is, the likelier it is the one that is meant.
    let known = match first.weight {
        0..4 => 1.5,
        4..16 => 1.0,
        16..64 => 0.7,
        _ => 0.5,
    };
    by_shape * known
}
