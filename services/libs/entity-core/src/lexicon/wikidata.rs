//! Reads lines of a Wikidata JSON dump: a list with one entity a line, documented at mediawiki.org under "Wikibase/DataModel/JSON".

use std::{collections::HashMap, fmt, marker::PhantomData, sync::LazyLock};

use news_model::EntityType;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

use super::{LexiconEntry, build::MAX_NAME_BYTES};
use crate::EntityId;

/// Further names kept of one entity, the first ones.
const MAX_ALIASES: usize = 24;

/// What instances of a class are; `None` for pages that are about no thing.
static CLASSES: LazyLock<HashMap<&str, Option<EntityType>>> = LazyLock::new(|| {
    let lines = include_str!("../../table/classes.tsv").lines().filter(|line| line.starts_with('Q'));
    let cells = lines.filter_map(|line| line.split_once('\t'));
    cells.map(|(class, rest)| (class, rest.split('\t').next().and_then(|label| label.parse().ok()))).collect()
});

/// A line that is no entity of a dump.
#[derive(Debug, thiserror::Error)]
pub enum BadEntityLine {
    /// It is something else, or cut off.
    #[error("it is not the JSON of an entity")]
    Json(#[from] serde_json::Error),
    /// No lexicon holds names of so many bytes.
    #[error("the name of the entity has {0} bytes; the longest that is taken has {MAX_NAME_BYTES}")]
    LongName(usize),
}

#[derive(Deserialize)]
struct Line {
    id: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    labels: Lenient<OfLanguage<Text>>,
    #[serde(default)]
    aliases: Lenient<OfLanguage<Vec<Text>>>,
    #[serde(default)]
    descriptions: Lenient<OfLanguage<Text>>,
    #[serde(default)]
    claims: Lenient<Claims>,
    #[serde(default)]
    sitelinks: Lenient<Count>,
}

#[derive(Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
struct OfLanguage<T> {
    en: Option<T>,
    /// Names that are the same in all languages.
    mul: Option<T>,
}

#[derive(Deserialize)]
struct Text {
    value: String,
}

#[derive(Default, Deserialize)]
struct Claims {
    #[serde(default, rename = "P31")]
    instance_of: Vec<Claim>,
}

#[derive(Deserialize)]
struct Claim {
    mainsnak: Snak,
}

#[derive(Deserialize)]
struct Snak {
    datavalue: Option<DataValue>,
}

#[derive(Deserialize)]
struct DataValue {
    value: Target,
}

#[derive(Deserialize)]
struct Target {
    id: Option<String>,
}

/// How many keys an object has.
#[derive(Default)]
struct Count(u32);

/// An object, or its default where the dump has an empty list in its place, as PHP writes empty objects.
#[derive(Default)]
struct Lenient<T>(T);

impl<T> Default for OfLanguage<T> {
    fn default() -> Self {
        Self { en: None, mul: None }
    }
}

/// The entry of one line, or `None` for the brackets of the list, properties, pages about no thing, entities without an English name and those
/// that fewer than `min_sitelinks` pages of Wikipedia and its sisters are about.
///
/// # Errors
///
/// The line is no entity.
pub fn entry_of_line(line: &str, min_sitelinks: u32) -> Result<Option<LexiconEntry>, BadEntityLine> {
    let object = line.trim().trim_end_matches(',');
    if matches!(object, "" | "[" | "]") {
        return Ok(None);
    }
    let read: Line = serde_json::from_str(object)?;
    let Some(name) = read.labels.0.en.or(read.labels.0.mul).map(|label| label.value) else {
        return Ok(None);
    };
    if name.len() > MAX_NAME_BYTES {
        return Err(BadEntityLine::LongName(name.len()));
    }
    let classes =
        read.claims.0.instance_of.iter().filter_map(|claim| claim.mainsnak.datavalue.as_ref()?.value.id.as_deref());
    let known: Vec<Option<EntityType>> = classes.filter_map(|class| CLASSES.get(class).copied()).collect();
    let Lenient(Count(sitelinks)) = read.sitelinks;
    let is_thing = read.kind != "property" && !known.contains(&None) && sitelinks >= min_sitelinks;
    let Some(id) = EntityId::try_from(read.id.as_str()).ok().filter(|id| is_thing && id.qid().is_some()) else {
        return Ok(None);
    };
    let aliases = read.aliases.0;
    let aliases = aliases.en.into_iter().chain(aliases.mul).flatten().map(|alias| alias.value);
    Ok(Some(LexiconEntry {
        id,
        entity_type: known.into_iter().flatten().next(),
        aliases: aliases.filter(|alias| *alias != name && is_name(alias)).take(MAX_ALIASES).collect(),
        name,
        about: read.descriptions.0.en.map(|text| text.value).unwrap_or_default(),
        weight: sitelinks.max(1),
    }))
}

/// Whether an alias is written as a name and is no code of two letters or ordinary word.
fn is_name(alias: &str) -> bool {
    alias.chars().count() > 2 && alias.starts_with(char::is_alphanumeric) && alias.chars().any(char::is_uppercase)
}

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Lenient<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ObjectOrList(PhantomData))
    }
}

struct ObjectOrList<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for ObjectOrList<T> {
    type Value = Lenient<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object, or an empty list in its place")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Lenient)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Lenient(T::default()))
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Keys)
    }
}

struct Keys;

impl<'de> Visitor<'de> for Keys {
    type Value = Count;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Count, A::Error> {
        let mut count = 0_u32;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            count = count.saturating_add(1);
        }
        Ok(Count(count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"type":"item","id":"Q42","labels":{"de":{"language":"de","value":"X"},"en":{"language":"en","value":"Douglas Adams"}},
        "descriptions":{"en":{"language":"en","value":"English writer"}},"aliases":{"en":[{"language":"en","value":"Douglas Noel Adams"},
        {"language":"en","value":"da"}]},"claims":{"P31":[{"mainsnak":{"snaktype":"value","property":"P31","datavalue":
        {"value":{"entity-type":"item","numeric-id":5,"id":"Q5"},"type":"wikibase-entityid"}}}],"P18":[{"mainsnak":{"datavalue":
        {"value":"a.jpg","type":"string"}}}]},"sitelinks":{"enwiki":{"title":"Douglas Adams"},"dewiki":{"title":"Douglas Adams"}}},"#;

    #[test]
    fn a_line_gives_names_type_weight_and_what_is_said_of_it() {
        let entry = entry_of_line(LINE, 2).unwrap().unwrap();
        assert_eq!((entry.id.as_str(), entry.name.as_str(), entry.weight), ("Q42", "Douglas Adams", 2));
        assert_eq!(entry.entity_type, Some(EntityType::Person));
        assert_eq!((entry.aliases, entry.about.as_str()), (vec!["Douglas Noel Adams".to_owned()], "English writer"));
    }

    #[test]
    fn brackets_obscure_entities_and_pages_about_no_thing_give_none() {
        for line in ["[", "]", "", &LINE.replace("\"Q5\"", "\"Q4167410\""), &LINE.replace("\"en\"", "\"fr\"")] {
            assert_eq!(entry_of_line(line, 2).unwrap(), None, "{line}");
        }
        assert_eq!(entry_of_line(LINE, 3).unwrap(), None);
    }

    #[test]
    fn empty_lists_stand_for_empty_objects_and_other_text_is_refused() {
        let line = r#"{"id":"Q1","type":"item","labels":{"mul":{"value":"Xi"}},"aliases":[],"descriptions":[],"claims":[],"sitelinks":[]}"#;
        let entry = entry_of_line(line, 0).unwrap().unwrap();
        assert_eq!((entry.entity_type, entry.weight, entry.aliases.len()), (None, 1, 0));
        assert!(entry_of_line("{\"id\":7}", 0).is_err());
        assert!(entry_of_line("Q1\tGPE", 0).is_err());
    }

    #[test]
    fn a_name_that_no_lexicon_holds_is_a_fault_of_its_line() {
        let line = LINE.replace("Douglas Adams", &"D".repeat(70_000));
        let fault = entry_of_line(&line, 0).unwrap_err().to_string();
        assert!(fault.contains("has 70000 bytes"), "{fault}");
    }
}
