//! Free maps: tables whose names are open, hold dots, and whose values are text.

use std::collections::BTreeMap;

use super::{
    Origin,
    tree::{Kind, Node, join},
};

/// Brings the free map at `path` into one flat table of text.
///
/// `sasl.password = "x"` written bare in TOML means nested tables, and so does a dotted flag; both become the one name
/// `sasl.password`. Numbers and booleans become text, as properties are.
pub(super) fn flatten(root: &mut Node, path: &[String]) {
    let Some(node) = root.get_mut(path) else {
        return;
    };
    let Kind::Table(table) = &mut node.kind else {
        return;
    };
    let mut flat = BTreeMap::new();
    for (name, child) in std::mem::take(table) {
        flatten_into(&mut flat, &mut vec![name], child);
    }
    *table = flat;
}

fn flatten_into(flat: &mut BTreeMap<String, Node>, name: &mut Vec<String>, node: Node) {
    let text = match node.kind {
        Kind::Table(table) => {
            for (step, child) in table {
                name.push(step);
                flatten_into(flat, name, child);
                name.pop();
            }
            return;
        }
        Kind::Bool(value) => Kind::Text(value.to_string()),
        Kind::Integer(value) => Kind::Text(value.to_string()),
        Kind::Float(value) => Kind::Text(value.to_string()),
        kind @ (Kind::List(_) | Kind::Text(_) | Kind::Loose(_)) => kind,
    };
    let node = Node { origin: node.origin, kind: text };
    let name = join(name);
    // The same name may come nested from one source and whole from another: the stronger source wins.
    match flat.get(&name) {
        Some(other) if rank(&other.origin) > rank(&node.origin) => {}
        _ => {
            flat.insert(name, node);
        }
    }
}

fn rank(origin: &Origin) -> u8 {
    match origin {
        Origin::Default => 0,
        Origin::File { .. } => 1,
        Origin::Env(_) => 2,
        Origin::Flag(_) => 3,
    }
}
