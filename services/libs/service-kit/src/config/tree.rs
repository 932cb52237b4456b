//! The values of all sources laid over one another, each with its origin.

use std::collections::BTreeMap;

use super::{
    Origin, Origins,
    secret::{is_secret, printable},
};

/// Steps from the root to a value; a step into a list is written `[0]`.
pub(super) type KeyPath = Vec<String>;

/// One value and where it came from.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) origin: Origin,
    pub(super) kind: Kind,
}

/// What was written.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Table(BTreeMap<String, Node>),
    /// A removed element stays as a gap, so that the others keep their index.
    List(Vec<Option<Node>>),
    Bool(bool),
    Integer(i128),
    Float(f64),
    /// Text from the file, quoted there, so meant as text.
    Text(String),
    /// Text from the environment or a flag, which becomes what its field asks for.
    Loose(String),
}

/// `poll.interval_min`, `feeds[0].url`.
pub(super) fn join(path: &[String]) -> String {
    let mut key = String::new();
    for step in path {
        if !key.is_empty() && !step.starts_with('[') {
            key.push('.');
        }
        key.push_str(step);
    }
    key
}

impl Node {
    pub(super) fn table(origin: Origin) -> Self {
        Self { origin, kind: Kind::Table(BTreeMap::new()) }
    }

    pub(super) fn loose(origin: Origin, text: &str) -> Self {
        Self { origin, kind: Kind::Loose(text.to_owned()) }
    }

    /// Puts `node` at `path`, over what a weaker source put there or on the way.
    ///
    /// Gives `node` back if it is no table and a table stands there: it would hide the table's keys and their faults.
    pub(super) fn put(&mut self, path: &[String], node: Node) -> Result<(), Node> {
        let Some((step, rest)) = path.split_first() else {
            if matches!(self.kind, Kind::Table(_)) {
                return Err(node);
            }
            *self = node;
            return Ok(());
        };
        if !matches!(self.kind, Kind::Table(_)) {
            *self = Self::table(node.origin.clone());
        }
        let Kind::Table(table) = &mut self.kind else {
            return Err(node);
        };
        match table.get_mut(step) {
            Some(child) => child.put(rest, node),
            None if rest.is_empty() => {
                table.insert(step.clone(), node);
                Ok(())
            }
            None => {
                let mut child = Self::table(node.origin.clone());
                let placed = child.put(rest, node);
                table.insert(step.clone(), child);
                placed
            }
        }
    }

    pub(super) fn get(&self, path: &[String]) -> Option<&Node> {
        let Some((step, rest)) = path.split_first() else {
            return Some(self);
        };
        match &self.kind {
            Kind::Table(table) => table.get(step)?.get(rest),
            Kind::List(list) => list.get(index_of(step)?)?.as_ref()?.get(rest),
            Kind::Bool(_) | Kind::Integer(_) | Kind::Float(_) | Kind::Text(_) | Kind::Loose(_) => None,
        }
    }

    pub(super) fn get_mut(&mut self, path: &[String]) -> Option<&mut Node> {
        let Some((step, rest)) = path.split_first() else {
            return Some(self);
        };
        match &mut self.kind {
            Kind::Table(table) => table.get_mut(step)?.get_mut(rest),
            Kind::List(list) => list.get_mut(index_of(step)?)?.as_mut()?.get_mut(rest),
            Kind::Bool(_) | Kind::Integer(_) | Kind::Float(_) | Kind::Text(_) | Kind::Loose(_) => None,
        }
    }

    /// Takes out the value at `path`, or the nearest one around it; `false` if that is the root.
    pub(super) fn remove(&mut self, path: &[String]) -> bool {
        match path.split_last() {
            Some((_, around)) => self.take(path).is_some() || self.remove(around),
            None => false,
        }
    }

    /// Takes out the value at exactly `path`.
    pub(super) fn take(&mut self, path: &[String]) -> Option<Node> {
        let (step, around) = path.split_last()?;
        match &mut self.get_mut(around)?.kind {
            Kind::Table(table) => table.remove(step),
            Kind::List(list) => list.get_mut(index_of(step)?)?.take(),
            Kind::Bool(_) | Kind::Integer(_) | Kind::Float(_) | Kind::Text(_) | Kind::Loose(_) => None,
        }
    }

    /// The value in printable form; none for what must not or cannot be shown on a line.
    pub(super) fn shown(&self, key: &str) -> Option<String> {
        if is_secret(key) {
            return None;
        }
        match &self.kind {
            Kind::Table(_) => None,
            Kind::List(list) => {
                let elements: Option<Vec<_>> = list.iter().flatten().map(|node| node.shown(key)).collect();
                Some(format!("[{}]", elements?.join(", ")))
            }
            Kind::Bool(value) => Some(value.to_string()),
            Kind::Integer(value) => Some(value.to_string()),
            Kind::Float(value) => Some(value.to_string()),
            // An inline table may hold a secret under a name of its own.
            Kind::Loose(text) if text.contains('{') => None,
            Kind::Text(text) | Kind::Loose(text) => Some(printable(text)),
        }
    }

    pub(super) fn origins(&self) -> Origins {
        let mut origins = Origins::default();
        self.note_origins(&mut Vec::new(), &mut origins);
        origins
    }

    /// Every variable and flag that set something in here.
    pub(super) fn outside_origins(&self) -> Vec<Origin> {
        match &self.kind {
            Kind::Table(table) => table.values().flat_map(Self::outside_origins).collect(),
            _ if matches!(self.origin, Origin::Env(_) | Origin::Flag(_)) => {
                vec![self.origin.clone()]
            }
            _ => Vec::new(),
        }
    }

    fn note_origins(&self, path: &mut KeyPath, origins: &mut Origins) {
        let key = join(path);
        match &self.kind {
            Kind::Table(table) => {
                for (step, child) in table {
                    path.push(step.clone());
                    child.note_origins(path, origins);
                    path.pop();
                }
                return;
            }
            Kind::List(list) => {
                for (index, child) in list.iter().enumerate() {
                    path.push(format!("[{index}]"));
                    if let Some(child) = child {
                        child.note_origins(path, origins);
                    }
                    path.pop();
                }
            }
            Kind::Bool(_) | Kind::Integer(_) | Kind::Float(_) | Kind::Text(_) | Kind::Loose(_) => {}
        }
        let shown = self.shown(&key);
        origins.note(key, self.origin.clone(), shown);
    }
}

fn index_of(step: &str) -> Option<usize> {
    step.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}
