//! Reads the tables of the dictionary and says what is wrong with them, line by line.
//!
//! A table is tab-separated text. Its first line names the columns: `id`, `type` and `name`, then any of `aliases`, `demonyms` and `context`,
//! whose cells hold names separated by `|`, and `beside`, whose cells hold ids separated by `|`. Blank lines and lines that begin with `#` are skipped. The marks of names are those of
//! [`crate::form`].

use std::{fmt, str::FromStr, sync::Arc};

use news_model::EntityType;

use crate::{
    EntityId,
    form::{Alias, Role},
};

/// One table: its name for faults, and its text.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    /// Name that faults are reported under, such as `people.tsv`.
    pub name: &'a str,
    /// Tab-separated text with a header line.
    pub text: &'a str,
}

/// Everything that is wrong with a set of tables.
#[derive(Debug, thiserror::Error)]
#[error("the entity tables have {} fault(s): {}", .faults.len(), Listed(.faults))]
pub struct TableError {
    faults: Vec<TableFault>,
}

/// One fault of a table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{table}:{line}: {kind}")]
pub struct TableFault {
    /// Name of the table.
    pub table: String,
    /// Line of the table, from 1; 0 where it lacks its header.
    pub line: usize,
    /// What is wrong there.
    pub kind: FaultKind,
}

/// What is wrong in a line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultKind {
    /// The header lacks this column.
    #[error("the header lacks column {0:?}")]
    MissingColumn(&'static str),
    /// The header has a column that means nothing.
    #[error("unknown column {0:?}")]
    UnknownColumn(String),
    /// A line has more cells than the header.
    #[error("more cells than columns")]
    ExtraCells,
    /// The id has no known form.
    #[error("{0}")]
    BadId(String),
    /// The type is no label of the scheme.
    #[error("{0}")]
    BadType(String),
    /// The weight is no whole number.
    #[error("bad weight {0:?}: expected a whole number")]
    BadWeight(String),
    /// A name is empty, begins with a sign or has no letter.
    #[error("bad name {0:?}: a name begins with a letter or digit")]
    BadName(String),
    /// The name is longer than a lexicon takes.
    #[error("a name of {bytes} bytes: the longest that is taken has {most}")]
    LongName {
        /// How long it is.
        bytes: usize,
        /// How long it may be.
        most: usize,
    },
    /// The id stands in an earlier line.
    #[error("id {id} stands in {first} too")]
    SharedId {
        /// The id.
        id: String,
        /// Table and line of its first row.
        first: String,
    },
    /// Several entities have the name and none is marked as the usual meaning.
    #[error("{name:?} is a name of {others} too: mark its usual meaning with > or move it to the context column")]
    SharedName {
        /// The name.
        name: String,
        /// Tables and lines of the others.
        others: String,
    },
    /// No line has the id of an entity that this one is known beside.
    #[error("no line has the id {0:?}")]
    UnknownId(String),
    /// The name is marked as the usual meaning, though no other entity has it.
    #[error("{0:?} is marked with > but no other entity has this name")]
    NeedlessPrior(String),
}

/// One line of a table, checked by itself.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) place: String,
    pub(crate) table: String,
    pub(crate) line: usize,
    pub(crate) id: EntityId,
    pub(crate) entity_type: EntityType,
    pub(crate) name: Arc<str>,
    pub(crate) aliases: Vec<Alias>,
    /// Ids of entities that name this one by being named.
    pub(crate) beside: Vec<String>,
}

impl TableError {
    /// The faults, in the order of tables and lines.
    #[must_use]
    pub fn faults(&self) -> &[TableFault] {
        &self.faults
    }

    /// `value`, or the error that holds `faults` where there are any.
    pub(crate) fn unless_clean<T>(faults: Vec<TableFault>, value: T) -> Result<T, Self> {
        if faults.is_empty() { Ok(value) } else { Err(Self { faults }) }
    }
}

impl Row {
    /// A fault of this line.
    pub(crate) fn fault(&self, kind: FaultKind) -> TableFault {
        TableFault { table: self.table.clone(), line: self.line, kind }
    }
}

/// The rows of `table`; what is wrong goes to `faults`.
pub(crate) fn read_rows(table: Table<'_>, faults: &mut Vec<TableFault>) -> Vec<Row> {
    let mut lines = table
        .text
        .lines()
        .enumerate()
        .map(|(index, text)| (index + 1, text))
        .filter(|(_, text)| !text.trim().is_empty() && !text.starts_with('#'));
    let mut report = |line, kind| {
        faults.push(TableFault { table: table.name.to_owned(), line, kind });
    };
    let (header_line, header) = lines.next().unwrap_or_default();
    let columns: Vec<_> = header.split('\t').map(Column::from_str).collect();
    for wanted in [Column::Id, Column::Type, Column::Name] {
        if !columns.contains(&Ok(wanted)) {
            report(header_line, FaultKind::MissingColumn(wanted.title()));
            return Vec::new();
        }
    }
    let mut rows = Vec::new();
    for column in &columns {
        if let Err(kind) = column {
            report(header_line, kind.clone());
        }
    }
    for (line, text) in lines {
        match read_row(table.name, line, text, &columns) {
            Ok(row) => rows.push(row),
            Err(kind) => report(line, kind),
        }
    }
    rows
}

fn read_row(table: &str, line: usize, text: &str, columns: &[Result<Column, FaultKind>]) -> Result<Row, FaultKind> {
    let cells: Vec<&str> = text.split('\t').collect();
    if cells.len() > columns.len() {
        return Err(FaultKind::ExtraCells);
    }
    let cell = |wanted: Column| {
        columns
            .iter()
            .position(|column| *column == Ok(wanted))
            .and_then(|at| cells.get(at))
            .map_or("", |cell| cell.trim())
    };
    let id = EntityId::try_from(cell(Column::Id)).map_err(|bad| FaultKind::BadId(bad.to_string()))?;
    let entity_type =
        cell(Column::Type).parse().map_err(|bad: <EntityType as FromStr>::Err| FaultKind::BadType(bad.to_string()))?;
    let name = cell(Column::Name);
    let mut aliases = Vec::new();
    for (column, role) in
        [(Column::Aliases, Role::Name), (Column::Demonyms, Role::Demonym), (Column::Context, Role::Context)]
    {
        for text in parts(cell(column)) {
            aliases.push(Alias::parse(text, role)?);
        }
    }
    let own = Alias::parse(name, Role::Name)?;
    if !aliases.iter().any(|alias| alias.text == own.text) {
        aliases.insert(0, own);
    }
    Ok(Row {
        place: format!("{table}:{line}"),
        table: table.to_owned(),
        line,
        id,
        entity_type,
        name: name.into(),
        aliases,
        beside: parts(cell(Column::Beside)).map(str::to_owned).collect(),
    })
}

/// What a cell lists.
fn parts(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('|').filter(|text| !text.is_empty())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Id,
    Type,
    Name,
    Aliases,
    Demonyms,
    Context,
    Beside,
}

impl Column {
    const ALL: [Self; 7] =
        [Self::Id, Self::Type, Self::Name, Self::Aliases, Self::Demonyms, Self::Context, Self::Beside];

    fn title(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Type => "type",
            Self::Name => "name",
            Self::Aliases => "aliases",
            Self::Demonyms => "demonyms",
            Self::Context => "context",
            Self::Beside => "beside",
        }
    }
}

impl FromStr for Column {
    type Err = FaultKind;

    fn from_str(text: &str) -> Result<Self, FaultKind> {
        Self::ALL
            .into_iter()
            .find(|column| column.title() == text.trim())
            .ok_or_else(|| FaultKind::UnknownColumn(text.to_owned()))
    }
}

struct Listed<'a>(&'a [TableFault]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        /// More of them tell a person no more.
        const MOST: usize = 20;
        for (index, fault) in self.0.iter().take(MOST).enumerate() {
            if index > 0 {
                out.write_str("; ")?;
            }
            write!(out, "{fault}")?;
        }
        match self.0.len().saturating_sub(MOST) {
            0 => Ok(()),
            more => write!(out, "; and {more} more"),
        }
    }
}
