//! The names to look for and the entities they stand for.

mod bundled;

use std::{
    collections::{BTreeMap, btree_map},
    sync::Arc,
};

use news_model::{ContentHash, EntityType};

use crate::{
    EntityId, FaultKind, Method, Table, TableError, TableFault,
    form::{Alias, Role, Spelling, spelling},
    table::{Row, read_rows},
};

/// Entities and their names, checked: each name has one meaning, or the table says which is the usual one.
#[derive(Debug)]
pub struct Dictionary {
    pub(crate) entities: Vec<Entry>,
    pub(crate) forms: Vec<Form>,
    /// Spelling to place in `forms`.
    pub(crate) spellings: BTreeMap<String, Spelled>,
    /// Places in `entities` of those that others name by being named.
    pub(crate) known_beside: Vec<usize>,
    version: String,
}

/// One entity of the dictionary.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) id: EntityId,
    pub(crate) entity_type: EntityType,
    pub(crate) name: Arc<str>,
    /// Entities that name this one by being named, as its governor does a central bank.
    pub(crate) beside: Vec<usize>,
}

/// One name and what it can stand for. Entities are places in [`Dictionary::entities`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Form {
    /// Whom it stands for by itself.
    pub(crate) owner: Option<Owner>,
    /// Whom it stands for where the item names them otherwise.
    pub(crate) context: Vec<usize>,
    /// Never in a line of capitals.
    pub(crate) exact: bool,
    /// Not before a further capitalised word.
    pub(crate) given: bool,
    /// Whether it is one word that names a person.
    pub(crate) surname: bool,
}

/// Whom a name stands for by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) entity: usize,
    pub(crate) role: Role,
}

/// What a name means in an item, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Meaning {
    /// Place in [`Dictionary::entities`].
    pub(crate) entity: usize,
    pub(crate) role: Role,
    pub(crate) method: Method,
    /// Hundredths.
    pub(crate) confidence: u8,
}

/// A spelling of a form.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spelled {
    pub(crate) form: usize,
    pub(crate) dotted: bool,
    owner: Option<usize>,
    rank: Rank,
}

/// Whether a table wrote a spelling or it follows from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Written,
    Derived,
}

/// A name as one row claims it.
struct Claim<'a> {
    entity: usize,
    alias: &'a Alias,
}

impl Dictionary {
    /// The dictionary that comes with the crate.
    ///
    /// # Errors
    ///
    /// The bundled tables contradict themselves, which a test of the crate rules out.
    pub fn bundled() -> Result<Self, TableError> {
        Self::from_tables(bundled::REVIEWED, &bundled::TABLES)
    }

    /// The tables that come with the crate.
    #[must_use]
    pub fn bundled_tables() -> Vec<Table<'static>> {
        bundled::TABLES.to_vec()
    }

    /// A dictionary of one table; `name` is for faults, and stands for the date in the version.
    ///
    /// # Errors
    ///
    /// The table is malformed, an id stands in two lines, or a name has two meanings and none is marked as the usual one.
    pub fn from_tsv(name: &str, text: &str) -> Result<Self, TableError> {
        Self::from_tables(name, &[Table { name, text }])
    }

    /// A dictionary of several tables, which share one space of ids and names.
    ///
    /// # Errors
    ///
    /// As [`Self::from_tsv`]; every fault of every table is in the error.
    pub fn from_tables(reviewed: &str, tables: &[Table<'_>]) -> Result<Self, TableError> {
        let mut faults = Vec::new();
        let rows: Vec<Row> = tables.iter().flat_map(|table| read_rows(*table, &mut faults)).collect();
        let places = places_of_ids(&rows, &mut faults);
        let beside: Vec<_> = rows.iter().map(|row| named_beside(row, &places, &mut faults)).collect();
        let mut forms = Vec::new();
        let mut spellings = BTreeMap::new();
        for (text, claims) in claims_by_text(&rows) {
            let form = settle(&text, &claims, &rows, &mut faults);
            for (rank, spelling) in spellings_of(&claims) {
                let spelled = Spelled {
                    form: forms.len(),
                    owner: form.owner.map(|owner| owner.entity),
                    dotted: spelling.dotted,
                    rank,
                };
                if let Some(rival) = insert_spelling(&mut spellings, spelling.pattern, spelled) {
                    faults.extend(shared_spelling(&text, spelled.owner, rival, &rows));
                }
            }
            forms.push(form);
        }
        let dictionary = Self {
            known_beside: (0..).zip(&beside).filter(|(_, beside)| !beside.is_empty()).map(|(place, _)| place).collect(),
            version: Self::version_of(reviewed, tables),
            entities: rows.into_iter().zip(beside).map(|(row, beside)| Entry::new(row, beside)).collect(),
            forms,
            spellings,
        };
        TableError::unless_clean(faults, dictionary)
    }

    /// Date of review and a hash of the tables, such as `2026-11-24+1f3a09bc`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// A version that names what was built and a hash of the tables it was built from.
    pub(crate) fn version_of<'a>(named: &str, tables: impl IntoIterator<Item = &'a Table<'a>>) -> String {
        use std::fmt::Write as _;

        let hash = ContentHash::of_fields(tables.into_iter().flat_map(|table| [table.name, table.text]));
        let mut version = format!("{named}+");
        for byte in &hash.as_bytes()[..4] {
            let _ = write!(version, "{byte:02x}");
        }
        version
    }

    /// Whether `text` means the place or thing with this id only where the document names it otherwise too. Surnames of persons are left to be
    /// weighed.
    pub(crate) fn needs_support(&self, text: &str, id: &EntityId) -> bool {
        let form = self.spellings.get(&spelling(text).pattern).and_then(|spelled| self.forms.get(spelled.form));
        let is_thing = |entry: &Entry| entry.id == *id && entry.entity_type != EntityType::Person;
        let is_own = |entity: &usize| self.entities.get(*entity).is_some_and(is_thing);
        form.is_some_and(|form| form.context.iter().any(is_own))
    }

    /// How many entities it knows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entities.len()
    }

    /// Whether it knows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entities.is_empty()
    }
}

impl Entry {
    fn new(row: Row, beside: Vec<usize>) -> Self {
        Self { id: row.id, entity_type: row.entity_type, name: row.name, beside }
    }
}

/// The place of each id among `rows`; an id that stands twice is a fault.
fn places_of_ids(rows: &[Row], faults: &mut Vec<TableFault>) -> BTreeMap<String, usize> {
    let mut places = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        let first = *places.entry(row.id.to_string()).or_insert(place);
        if let Some(first) = rows.get(first).filter(|_| first != place) {
            faults.push(row.fault(FaultKind::SharedId { id: row.id.to_string(), first: first.place.clone() }));
        }
    }
    places
}

/// The places of the entities that name `row` by being named; an id that no line has is a fault.
fn named_beside(row: &Row, places: &BTreeMap<String, usize>, faults: &mut Vec<TableFault>) -> Vec<usize> {
    let unknown = row.beside.iter().filter(|id| !places.contains_key(*id));
    faults.extend(unknown.map(|id| row.fault(FaultKind::UnknownId(id.clone()))));
    row.beside.iter().filter_map(|id| places.get(id).copied()).collect()
}

fn claims_by_text(rows: &[Row]) -> BTreeMap<String, Vec<Claim<'_>>> {
    let mut claims: BTreeMap<String, Vec<Claim<'_>>> = BTreeMap::new();
    for (entity, row) in rows.iter().enumerate() {
        for alias in &row.aliases {
            claims.entry(alias.text.clone()).or_default().push(Claim { entity, alias });
        }
    }
    claims
}

/// Decides whom a name stands for; unexplained rivals are faults.
fn settle(text: &str, claims: &[Claim<'_>], rows: &[Row], faults: &mut Vec<TableFault>) -> Form {
    let mut named: Vec<&Claim<'_>> = claims.iter().filter(|claim| claim.alias.role != Role::Context).collect();
    // A row may list one name in two columns, as "Chinese" of a people and a party; the first column counts.
    named.dedup_by_key(|claim| claim.entity);
    let usual: Vec<_> = named.iter().filter(|claim| claim.alias.prior).collect();
    let owner = match (named.as_slice(), usual.as_slice()) {
        ([], _) => None,
        ([only], _) => {
            if only.alias.prior {
                faults.extend(rows.get(only.entity).map(|row| row.fault(FaultKind::NeedlessPrior(text.to_owned()))));
            }
            Some(*only)
        }
        (_, [usual]) => Some(**usual),
        ([first, others @ ..], _) => {
            faults.extend(
                rows.get(first.entity).map(|row| {
                    row.fault(FaultKind::SharedName { name: text.to_owned(), others: places(others, rows) })
                }),
            );
            Some(*first)
        }
    };
    let mut context: Vec<usize> = claims
        .iter()
        .map(|claim| claim.entity)
        .filter(|entity| owner.is_none_or(|owner| owner.entity != *entity))
        .collect();
    context.dedup();
    let is_person = |entity: usize| rows.get(entity).is_some_and(|row| row.entity_type == EntityType::Person);
    Form {
        owner: owner.map(|claim| Owner { entity: claim.entity, role: claim.alias.role }),
        exact: claims.iter().any(|claim| claim.alias.exact),
        given: claims.iter().any(|claim| claim.alias.given),
        surname: !text.contains(' ')
            && owner.map_or_else(|| context.iter().all(|entity| is_person(*entity)), |owner| is_person(owner.entity)),
        context,
    }
}

fn places(claims: &[&Claim<'_>], rows: &[Row]) -> String {
    let places: Vec<_> =
        claims.iter().filter_map(|claim| rows.get(claim.entity)).map(|row| row.place.as_str()).collect();
    places.join(", ")
}

fn spellings_of(claims: &[Claim<'_>]) -> Vec<(Rank, Spelling)> {
    let exact = claims.iter().any(|claim| claim.alias.exact);
    let Some(claim) = claims.first() else {
        return Vec::new();
    };
    let derived = if exact { Vec::new() } else { claim.alias.derived() };
    std::iter::once((Rank::Written, claim.alias.written()))
        .chain(derived.into_iter().map(|spelling| (Rank::Derived, spelling)))
        .collect()
}

/// Keeps the spelling that a table wrote over one that follows from another name ("WHO" over capitals of "Who"), and of two equals the one that
/// stands for an entity by itself. Returns the entity that owns an equal spelling, if it is another one.
fn insert_spelling(spellings: &mut BTreeMap<String, Spelled>, pattern: String, spelled: Spelled) -> Option<usize> {
    match spellings.entry(pattern) {
        btree_map::Entry::Vacant(entry) => {
            entry.insert(spelled);
            None
        }
        btree_map::Entry::Occupied(mut entry) => {
            let kept = *entry.get();
            let equal = spelled.rank == kept.rank;
            let surer = equal && kept.owner.is_none();
            let chosen = if spelled.rank < kept.rank || surer { spelled } else { kept };
            entry.insert(Spelled { dotted: kept.dotted || spelled.dotted, ..chosen });
            let differs = kept.owner != spelled.owner && spelled.owner.is_some();
            kept.owner.filter(|_| equal && differs)
        }
    }
}

fn shared_spelling(text: &str, owner: Option<usize>, rival: usize, rows: &[Row]) -> Option<TableFault> {
    let row = rows.get(owner?)?;
    Some(row.fault(FaultKind::SharedName { name: text.to_owned(), others: rows.get(rival)?.place.clone() }))
}

#[cfg(test)]
mod tests;
