//! The stable id of an entity.

use std::{fmt, sync::Arc};

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
