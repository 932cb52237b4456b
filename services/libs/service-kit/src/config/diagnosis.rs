//! From what the reader stumbled over to faults an operator can mend.

use super::{
    Fault, Origin,
    reader::{Cause, ReadError},
    secret::is_secret,
    tree::{KeyPath, Kind, Node, join},
};

/// One fault for each source that set something under an unknown key.
pub(super) fn unknown_key(whole: &Node, path: &[String], known: &[&str]) -> Vec<Fault> {
    let Some(node) = whole.get(path) else {
        return Vec::new();
    };
    let mut origins = node.outside_origins();
    if matches!(node.origin, Origin::File { .. }) {
        origins.insert(0, node.origin.clone());
    }
    let fault = |origin| Fault {
        key: join(path),
        value: None,
        help: Some(which_key(path, known, &origin)),
        origin,
        problem: "unknown key".into(),
    };
    origins.into_iter().map(fault).collect()
}

/// The faults that a value at `path` which did not fit its field stands for. `misfits` are all of them.
pub(super) fn misfit(whole: &Node, path: &KeyPath, error: &ReadError, misfits: &[(KeyPath, ReadError)]) -> Vec<Fault> {
    let (key, problem, help) = match &error.cause {
        Cause::UnknownKey(_, known) => return unknown_key(whole, path, known),
        Cause::Missing(field) => {
            let missing = below(path, field);
            // Taking out a faulty value makes its field missing; that fault is told already.
            if misfits.iter().any(|(other, _)| *other == missing) {
                return Vec::new();
            }
            (join(&missing), "must be set".into(), None)
        }
        _ if is_secret(&join(path)) => (join(path), "not a fitting value (hidden)".into(), None),
        Cause::UnknownChoice(choice, choices) => {
            let help = match closest(choice, choices) {
                Some(choice) => format!("did you mean `{choice}`?"),
                None => format!("write one of {}", choices.join(", ")),
            };
            (join(path), "not one of the choices".into(), Some(help))
        }
        Cause::Expected(what) => {
            let bare = what == "text" && whole.get(path).is_some_and(is_bare);
            (join(path), format!("expected {what}"), bare.then(|| "put it in quotes".into()))
        }
        Cause::Custom(text) => (join(path), text.clone(), None),
    };
    let nearest = (0..=path.len()).rev().find_map(|length| whole.get(path.get(..length)?));
    let origin = nearest.map_or(Origin::Default, |node| node.origin.clone());
    let value = nearest.and_then(|node| node.shown(&key));
    vec![Fault { key, value, origin, problem, help }]
}

fn which_key(path: &[String], known: &[&str], origin: &Origin) -> String {
    let Some((name, around)) = path.split_last() else {
        return String::new();
    };
    // `COURANT_POLL_INTERVAL`: one underscore where a step into a table needs two.
    let half_step = known.iter().find_map(|table| {
        let rest = name.strip_prefix(table)?.strip_prefix('_')?;
        Some(below(&below(around, table), rest))
    });
    let meant = match (origin, half_step) {
        (Origin::Env(_), Some(path)) => Some(path),
        _ => closest(name, known).map(|key| below(around, key)),
    };
    match meant {
        Some(meant) => format!("did you mean `{}`?", spelled(&meant, path, origin)),
        None if known.is_empty() => "this table has no keys".into(),
        None => format!("known here: {}", known.join(", ")),
    }
}

/// The key `meant` in the spelling of the source that named the key `written`.
fn spelled(meant: &[String], written: &[String], origin: &Origin) -> String {
    let as_variable = |path: &[String]| format!("COURANT_{}", path.join("__").to_uppercase());
    match origin {
        Origin::Env(variable) => {
            // The variable may go on below the unknown table; that part of it may well be right.
            let rest = variable.strip_prefix(&as_variable(written)).unwrap_or_default();
            as_variable(meant) + rest
        }
        Origin::Default | Origin::File { .. } | Origin::Flag(_) => join(meant),
    }
}

/// The known name that `name` is most likely a slip of.
fn closest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let distance = |key: &&str| strsim::damerau_levenshtein(name, key);
    let nearest = known.iter().copied().min_by_key(distance)?;
    (distance(&nearest) <= 1 + name.chars().count() / 4).then_some(nearest)
}

fn below(path: &[String], step: &str) -> KeyPath {
    path.iter().cloned().chain([step.to_owned()]).collect()
}

/// Whether this is a number or boolean written without quotes.
fn is_bare(node: &Node) -> bool {
    matches!(node.kind, Kind::Bool(_) | Kind::Integer(_) | Kind::Float(_))
}
