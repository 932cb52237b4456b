//! Reads the entries of a lexicon from tables.
//!
//! A table of a lexicon has the columns `id`, `type` (`-` where open), `name`, `aliases`, `weight` and `about`, in any order and named in its first
//! line; `aliases` holds names separated by `|`. Each id stands in one line. The tables of [`crate::Dictionary`] are read too: their entities were chosen by hand, so they
//! outweigh namesakes.

use std::collections::BTreeMap;

use news_model::EntityType;

use super::{
    BuildError, Lexicon, LexiconEntry,
    build::{MAX_NAME_BYTES, build_lexicon},
};
use crate::{
    Dictionary, EntityId, FaultKind, Table, TableError, TableFault,
    form::Role,
    table::{Row, read_rows},
};

/// Name of the bundled table of entities that were not reviewed one by one.
const REFERENCE: &str = "reference.tsv";
/// The columns that a table of a lexicon may have.
const COLUMNS: [&str; 6] = ["id", "type", "name", "aliases", "weight", "about"];
/// What being chosen by hand multiplies a weight with.
const CHOSEN: u32 = 8;
/// Weight of an entity that only the reviewed tables have.
const CHOSEN_ALONE: u32 = 64;

/// The bundled lexicon.
pub(super) fn bundled() -> Result<Lexicon, BuildError> {
    let reference = Table { name: REFERENCE, text: include_str!("../../table/reference.tsv") };
    let reviewed = Dictionary::bundled_tables();
    let entries = entries_of_tables(&reviewed, &[reference])?;
    let version = Dictionary::version_of("bundled", reviewed.iter().chain([&reference]));
    build_lexicon(&version, &entries)
}

/// The entries of tables reviewed name by name and of tables of a lexicon. What both say of an id is put together: the type and the name of
/// the reviewed table, the names of both.
///
/// # Errors
///
/// Every fault of every table.
pub fn entries_of_tables(reviewed: &[Table<'_>], tables: &[Table<'_>]) -> Result<Vec<LexiconEntry>, TableError> {
    let mut faults = Vec::new();
    let mut entries: Vec<LexiconEntry> = Vec::new();
    let mut places: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for table in tables {
        for (line, entry) in read_entries(*table, &mut faults) {
            let (id, place) = (entry.id.to_string(), format!("{}:{line}", table.name));
            if let Some((_, first)) = places.get(&id) {
                let kind = FaultKind::SharedId { id, first: first.clone() };
                faults.push(TableFault { table: table.name.to_owned(), line, kind });
            } else {
                places.insert(id, (entries.len(), place));
                entries.push(entry);
            }
        }
    }
    for row in reviewed.iter().flat_map(|table| read_rows(*table, &mut faults)) {
        match places.get(row.id.as_str()).and_then(|(place, _)| entries.get_mut(*place)) {
            Some(entry) => join(entry, &row),
            None => entries.push(LexiconEntry::from(row)),
        }
    }
    TableError::unless_clean(faults, entries)
}

impl From<Row> for LexiconEntry {
    fn from(row: Row) -> Self {
        Self {
            aliases: names_of(&row),
            id: row.id,
            entity_type: Some(row.entity_type),
            name: row.name.to_string(),
            about: String::new(),
            weight: CHOSEN_ALONE,
        }
    }
}

/// The names of a row, those that stand for it by themselves first.
fn names_of(row: &Row) -> Vec<String> {
    let of_role = |role| row.aliases.iter().filter(move |alias| alias.role == role);
    [Role::Name, Role::Demonym, Role::Context].into_iter().flat_map(of_role).map(|alias| alias.text.clone()).collect()
}

fn join(entry: &mut LexiconEntry, row: &Row) {
    let mut names = names_of(row);
    names.push(std::mem::take(&mut entry.name));
    names.append(&mut entry.aliases);
    entry.aliases = names;
    entry.name = row.name.to_string();
    entry.entity_type = Some(row.entity_type);
    entry.weight = entry.weight.saturating_mul(CHOSEN);
}

/// The entries of `table` with their lines; what is wrong goes to `faults`.
fn read_entries(table: Table<'_>, faults: &mut Vec<TableFault>) -> Vec<(usize, LexiconEntry)> {
    let mut lines = table.text.lines().zip(1..).filter(|(text, _)| !text.trim().is_empty() && !text.starts_with('#'));
    let (header, header_line) = lines.next().unwrap_or_default();
    let columns: Vec<&str> = header.split('\t').map(str::trim).collect();
    let mut report = |line, kind| faults.push(TableFault { table: table.name.to_owned(), line, kind });
    for wanted in ["id", "type", "name"] {
        if !columns.contains(&wanted) {
            report(header_line, FaultKind::MissingColumn(wanted));
            return Vec::new();
        }
    }
    for unknown in columns.iter().filter(|column| !COLUMNS.contains(*column)) {
        report(header_line, FaultKind::UnknownColumn((*unknown).to_owned()));
    }
    let mut entries = Vec::new();
    for (text, line) in lines {
        match read_entry(text, &columns) {
            Ok(entry) => entries.push((line, entry)),
            Err(kind) => report(line, kind),
        }
    }
    entries
}

fn read_entry(text: &str, columns: &[&str]) -> Result<LexiconEntry, FaultKind> {
    let cells: Vec<&str> = text.split('\t').collect();
    if cells.len() > columns.len() {
        return Err(FaultKind::ExtraCells);
    }
    let cell = |wanted: &str| {
        let at = columns.iter().position(|column| *column == wanted);
        at.and_then(|at| cells.get(at)).map_or("", |cell| cell.trim())
    };
    let entity_type = match cell("type") {
        "-" => None,
        label => Some(label.parse::<EntityType>().map_err(|bad| FaultKind::BadType(bad.to_string()))?),
    };
    let name = cell("name");
    if !name.chars().any(char::is_alphanumeric) {
        return Err(FaultKind::BadName(name.to_owned()));
    }
    if name.len() > MAX_NAME_BYTES {
        return Err(FaultKind::LongName { bytes: name.len(), most: MAX_NAME_BYTES });
    }
    let weight = match cell("weight") {
        "" => 1,
        number => number.parse().map_err(|_| FaultKind::BadWeight(number.to_owned()))?,
    };
    Ok(LexiconEntry {
        id: EntityId::try_from(cell("id")).map_err(|bad| FaultKind::BadId(bad.to_string()))?,
        entity_type,
        name: name.to_owned(),
        aliases: cell("aliases").split('|').filter(|name| !name.is_empty()).map(str::to_owned).collect(),
        about: cell("about").to_owned(),
        weight,
    })
}
