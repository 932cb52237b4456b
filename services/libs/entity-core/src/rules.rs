//! The rules that refine what a model found, each of which can be switched off so that its gain can be measured.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// One rule on top of model and dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// Drops the leading article of a name: "the Kremlin".
    Articles,
    /// Drops the possessive behind a name: "Putin's".
    Possessives,
    /// Splits titles and roles, and the organisation before them, from a person: "Sberbank CEO German Gref".
    Roles,
    /// Splits enumerations that the model took for one name: "Angola and Mozambique".
    Lists,
    /// Joins the reviewed dictionary's names with the model's.
    Dictionary,
    /// Finds and bounds names by the lexicon.
    Gazetteer,
    /// Lets the lexicon say what a name is.
    KnownTypes,
    /// Lets head nouns say what a name is: "Harbin Institute of Technology".
    HeadWords,
    /// Lets first names say what a name is, and finds names by them.
    GivenNames,
    /// Lets the words beside a name say what it is: "a suburb of Aarhus".
    Cues,
    /// Finds acronyms that the text defines in brackets: "Belt and Road Initiative (BRI)".
    Acronyms,
    /// In headlines and lines of capitals, where capitals mark nothing, keeps only names that something else speaks for.
    Headlines,
    /// Drops names without a capital where the line is written with capitals: "the mandarin leaders".
    Capitals,
    /// Gives all mentions of a name in a document one label.
    Agreement,
    /// Finds a name that is known once wherever it stands again, and surnames of persons named in full.
    Propagation,
}

/// The rules in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleSet(BTreeSet<Rule>);

impl Rule {
    /// Every rule, in the order in which they are applied.
    pub const ALL: [Self; 15] = [
        Self::Articles,
        Self::Possessives,
        Self::Roles,
        Self::Lists,
        Self::Dictionary,
        Self::Gazetteer,
        Self::KnownTypes,
        Self::HeadWords,
        Self::GivenNames,
        Self::Cues,
        Self::Acronyms,
        Self::Headlines,
        Self::Capitals,
        Self::Agreement,
        Self::Propagation,
    ];
}

impl RuleSet {
    /// No rule: what the model found stands as it is.
    #[must_use]
    pub fn none() -> Self {
        Self(BTreeSet::new())
    }

    /// These rules without `rule`.
    #[must_use]
    pub fn without(mut self, rule: Rule) -> Self {
        self.0.remove(&rule);
        self
    }

    /// Whether `rule` is in force.
    #[must_use]
    pub fn has(&self, rule: Rule) -> bool {
        self.0.contains(&rule)
    }
}

impl Default for RuleSet {
    /// All rules.
    fn default() -> Self {
        Self::from_iter(Rule::ALL)
    }
}

impl FromIterator<Rule> for RuleSet {
    fn from_iter<T: IntoIterator<Item = Rule>>(rules: T) -> Self {
        Self(rules.into_iter().collect())
    }
}
