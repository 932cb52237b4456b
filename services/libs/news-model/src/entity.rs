//! What kind of thing an entity is, and where it can stand.

use std::{fmt, str::FromStr};

use crate::wire;

/// Label of the `OntoNotes` 5 scheme, as `spaCy` spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntityType {
    /// People, also fictional.
    Person,
    /// Nationalities, religious and political groups.
    Norp,
    /// Buildings, airports, highways, bridges.
    Fac,
    /// Companies, agencies, institutions.
    Org,
    /// Countries, cities, states.
    Gpe,
    /// Other places: mountain ranges, bodies of water, regions.
    Loc,
    /// Objects, vehicles, foods; not services.
    Product,
    /// Named storms, battles, wars, sports events, summits.
    Event,
    /// Titles of books, songs and the like.
    WorkOfArt,
    /// Named documents made into laws, treaties among them.
    Law,
    /// Any named language.
    Language,
    /// Dates and periods.
    Date,
    /// Times shorter than a day.
    Time,
    /// Percentages.
    Percent,
    /// Sums of money.
    Money,
    /// Measures of weight, distance and the like.
    Quantity,
    /// First, second and so on.
    Ordinal,
    /// Other numerals.
    Cardinal,
}

/// A label outside the scheme.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown entity type {0:?}: expected an OntoNotes label such as PERSON, ORG, GPE, LOC, EVENT or LAW")]
pub struct UnknownEntityType(String);

/// A text field of an item that mentions point into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TextField {
    /// The headline.
    Title,
    /// The teaser.
    Summary,
    /// The full text.
    Content,
}

impl EntityType {
    /// Every label, in the order of the scheme.
    pub const ALL: [Self; 18] = [
        Self::Person,
        Self::Norp,
        Self::Fac,
        Self::Org,
        Self::Gpe,
        Self::Loc,
        Self::Product,
        Self::Event,
        Self::WorkOfArt,
        Self::Law,
        Self::Language,
        Self::Date,
        Self::Time,
        Self::Percent,
        Self::Money,
        Self::Quantity,
        Self::Ordinal,
        Self::Cardinal,
    ];

    /// The label as `spaCy` spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Person => "PERSON",
            Self::Norp => "NORP",
            Self::Fac => "FAC",
            Self::Org => "ORG",
            Self::Gpe => "GPE",
            Self::Loc => "LOC",
            Self::Product => "PRODUCT",
            Self::Event => "EVENT",
            Self::WorkOfArt => "WORK_OF_ART",
            Self::Law => "LAW",
            Self::Language => "LANGUAGE",
            Self::Date => "DATE",
            Self::Time => "TIME",
            Self::Percent => "PERCENT",
            Self::Money => "MONEY",
            Self::Quantity => "QUANTITY",
            Self::Ordinal => "ORDINAL",
            Self::Cardinal => "CARDINAL",
        }
    }
}

impl fmt::Display for EntityType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

impl FromStr for EntityType {
    type Err = UnknownEntityType;

    fn from_str(text: &str) -> Result<Self, UnknownEntityType> {
        Self::ALL
            .into_iter()
            .find(|label| label.as_str() == text)
            .ok_or_else(|| UnknownEntityType(text.chars().take(40).collect()))
    }
}

impl From<TextField> for wire::ItemField {
    fn from(field: TextField) -> Self {
        match field {
            TextField::Title => Self::Title,
            TextField::Summary => Self::Summary,
            TextField::Content => Self::Content,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_reads_back() {
        for label in EntityType::ALL {
            assert_eq!(label.as_str().parse(), Ok(label));
        }
        assert!("Person".parse::<EntityType>().is_err());
    }
}
