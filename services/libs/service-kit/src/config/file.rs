//! The configuration file, read into a tree that knows its lines.

use std::{fs, io, ops::Range, path::Path, sync::Arc};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Fault, Origin,
    tree::{Kind, Node},
};

/// Reads the file at `path`. Its faults of syntax are added to `faults`, and what can be read of it is still given.
pub(super) fn read(path: &Path, faults: &mut Vec<Fault>) -> Option<Node> {
    let whole = Origin::File { path: path.into(), line: None };
    match fs::read(path).map(String::from_utf8) {
        Ok(Ok(text)) => Some(parse(&text, path, faults)),
        Ok(Err(_)) => {
            faults.push(of_source(whole, "not UTF-8 text".into(), "save the file as UTF-8"));
            None
        }
        Err(error) => {
            faults.push(of_source(whole, cannot_read(&error), "name a readable TOML file"));
            None
        }
    }
}

/// Reads `text` as one TOML value, with `origin` for all of it.
pub(super) fn parse_value(text: &str, origin: &Origin) -> Option<Node> {
    let lines = Lines { text, origin: origin.clone() };
    DeValue::parse(text).ok().map(|value| lines.node(value.span(), value.get_ref()))
}

/// Why a file cannot be read, without the system's error number.
pub(super) fn cannot_read(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file".into(),
        io::ErrorKind::PermissionDenied => "permission denied".into(),
        io::ErrorKind::IsADirectory => "is a directory".into(),
        _ => format!("cannot be read: {error}"),
    }
}

fn parse(text: &str, path: &Path, faults: &mut Vec<Fault>) -> Node {
    let path: Arc<Path> = path.into();
    let lines = Lines { text, origin: Origin::File { path, line: None } };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        // The error's own Display quotes the line, which may hold a secret.
        let origin = lines.origin_at(error.span().unwrap_or(0..0));
        faults.push(of_source(origin, format!("not TOML: {}", error.message()), "mend the syntax of this line"));
    }
    lines.table(table.span(), table.get_ref())
}

fn of_source(origin: Origin, problem: String, help: &str) -> Fault {
    Fault { key: String::new(), value: None, origin, problem, help: Some(help.into()) }
}

/// Places in a text, as origins.
struct Lines<'a> {
    text: &'a str,
    origin: Origin,
}

impl Lines<'_> {
    fn origin_at(&self, span: Range<usize>) -> Origin {
        match &self.origin {
            Origin::File { path, .. } => {
                let before = self.text.get(..span.start).unwrap_or(self.text);
                let line = before.matches('\n').count() + 1;
                Origin::File { path: Arc::clone(path), line: Some(line) }
            }
            whole @ (Origin::Default | Origin::Env(_) | Origin::Flag(_)) => whole.clone(),
        }
    }

    fn table(&self, span: Range<usize>, table: &DeTable<'_>) -> Node {
        let entries =
            table.iter().map(|(key, value)| (key.get_ref().to_string(), self.node(key.span(), value.get_ref())));
        Node { origin: self.origin_at(span), kind: Kind::Table(entries.collect()) }
    }

    fn node(&self, span: Range<usize>, value: &DeValue<'_>) -> Node {
        let kind = match value {
            DeValue::Table(table) => return self.table(span, table),
            DeValue::Array(list) => Kind::List(
                list.iter().map(|element: &Spanned<_>| Some(self.node(element.span(), element.get_ref()))).collect(),
            ),
            DeValue::String(text) => Kind::Text(text.to_string()),
            DeValue::Boolean(value) => Kind::Bool(*value),
            DeValue::Datetime(moment) => Kind::Text(moment.to_string()),
            DeValue::Integer(digits) => match i128::from_str_radix(digits.as_str(), digits.radix()) {
                Ok(number) => Kind::Integer(number),
                Err(_) => Kind::Text(digits.to_string()),
            },
            DeValue::Float(digits) => match digits.as_str().parse() {
                Ok(number) => Kind::Float(number),
                Err(_) => Kind::Text(digits.to_string()),
            },
        };
        Node { origin: self.origin_at(span), kind }
    }
}
