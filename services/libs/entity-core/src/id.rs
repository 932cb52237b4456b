//! The stable id of an entity.

use std::{fmt, sync::Arc};

use news_model::{ContentHash, EntityType};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A Wikidata id (`Q30`) where the entity is linked, else a local id (`courant:person:jane-doe`).
///
/// A local id is `courant:`, a kind and a slug, both of `[a-z0-9-]`. It stays when the name for people changes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EntityId(Arc<str>);

/// A text that is no entity id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("bad entity id {0:?}: expected a Wikidata id such as Q30, or courant:<kind>:<slug> of [a-z0-9-]")]
pub struct BadEntityId(String);

impl EntityId {
    /// A stable local id for something known by its name alone: the kind of its label and a slug of the name, whose letters lose their accents. A
    /// name without Latin letters or digits is told by a hash.
    #[must_use]
    pub fn local(label: EntityType, name: &str) -> Self {
        const LONGEST_SLUG: usize = 60;
        let kind = label.as_str().to_lowercase().replace('_', "-");
        let mut slug = String::new();
        let mut left_out = false;
        for letter in name.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_lowercase) {
            if letter.is_ascii_alphanumeric() {
                slug.push(letter);
            } else if letter.is_alphanumeric() {
                left_out = true;
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        let too_long = slug.len() > LONGEST_SLUG;
        slug.truncate(LONGEST_SLUG);
        let mut slug = slug.trim_end_matches('-').to_owned();
        if left_out || too_long || slug.is_empty() {
            let joint = if slug.is_empty() { "" } else { "-" };
            let hash = ContentHash::of_fields([name]);
            let number = u64::from_le_bytes(*hash.as_bytes());
            slug = format!("{slug}{joint}{number:016x}");
        }
        Self(format!("courant:{kind}:{slug}").into())
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The Wikidata id, or `None` where the entity has only a local one.
    #[must_use]
    pub fn qid(&self) -> Option<&str> {
        self.0.starts_with('Q').then_some(&*self.0)
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl TryFrom<&str> for EntityId {
    type Error = BadEntityId;

    fn try_from(text: &str) -> Result<Self, BadEntityId> {
        if is_qid(text) || is_local(text) {
            Ok(Self(text.into()))
        } else {
            Err(BadEntityId(text.chars().take(80).collect()))
        }
    }
}

fn is_qid(text: &str) -> bool {
    text.strip_prefix('Q').is_some_and(|number| {
        !number.starts_with('0')
            && (1..=12).contains(&number.len())
            && number.bytes().all(|digit| digit.is_ascii_digit())
    })
}

fn is_local(text: &str) -> bool {
    let is_slug = |part: &str| {
        (1..=80).contains(&part.len())
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    };
    text.strip_prefix("courant:")
        .and_then(|rest| rest.split_once(':'))
        .is_some_and(|(kind, slug)| is_slug(kind) && is_slug(slug))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_ids_are_stable_and_well_formed_for_every_name() {
        let local = |name| EntityId::local(EntityType::Person, name);
        assert_eq!(local("Müller-Thurgau, Jane ").as_str(), "courant:person:muller-thurgau-jane");
        assert_eq!(local("JANE DOE"), local("Jane Doe"));
        assert_ne!(local("中国"), local("美国"));
        for name in ["中国", "", "…", "Ŵ", &"long ".repeat(100), "--x--"] {
            let id = local(name);
            assert_eq!(EntityId::try_from(id.as_str()), Ok(id), "{name}");
        }
    }

    #[test]
    fn ids_have_one_of_two_forms() {
        assert_eq!(EntityId::try_from("Q30").unwrap().qid(), Some("Q30"));
        let local = EntityId::try_from("courant:person:jane-doe").unwrap();
        assert_eq!(local.qid(), None);
        for bad in
            ["", "Q", "Q0", "Q03", "q30", "Q3x", "courant:jane", "courant::x", "courant:person:Jane", "courant:a:b:c"]
        {
            assert!(EntityId::try_from(bad).is_err(), "{bad}");
        }
    }
}
