//! The places a configuration is gathered from.

use std::path::PathBuf;

use super::{
    Fault, Origin,
    file::{self, parse_value},
    free_map,
    tree::{KeyPath, Kind, Node, join},
};

const PREFIX: &str = "COURANT_";

/// The places a configuration is gathered from, and what in them is not for this process.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    defaults: Vec<(String, String)>,
    file: Option<PathBuf>,
    env: Vec<(String, String)>,
    flags: Vec<FlagText>,
    free_maps: Vec<String>,
    ignored_env: Vec<String>,
    ignored_keys: Vec<String>,
    faults: Vec<Fault>,
}

#[derive(Clone, Debug)]
struct FlagText {
    flag: String,
    key: String,
    text: String,
}

impl Sources {
    /// No source at all: the defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes `text` for `key` where nothing else sets it: a default that differs from the documented one, for a special role.
    #[must_use]
    pub fn default_to(mut self, key: &str, text: &str) -> Self {
        self.defaults.push((key.into(), text.into()));
        self
    }

    /// Reads this TOML file, if one is named.
    #[must_use]
    pub fn file(mut self, path: Option<PathBuf>) -> Self {
        self.file = path;
        self
    }

    /// Reads these variables; those without the prefix `COURANT_` are left alone.
    #[must_use]
    pub fn env(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.env.extend(variables);
        self.env.sort();
        self
    }

    /// Reads the variables of this process.
    #[must_use]
    pub fn process_env(mut self) -> Self {
        let mut variables = Vec::new();
        for (name, text) in std::env::vars_os() {
            let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
                continue;
            };
            match text.into_string() {
                Ok(text) => variables.push((name.to_owned(), text)),
                Err(_) => self.faults.push(Fault {
                    key: String::new(),
                    value: None,
                    origin: Origin::Env(name.to_owned()),
                    problem: "not UTF-8 text".into(),
                    help: None,
                }),
            }
        }
        self.env(variables)
    }

    /// Takes `text` for `key`, as given with `flag` (spelled with its dashes). The last flag for a key wins.
    #[must_use]
    pub fn flag(mut self, flag: &str, key: &str, text: &str) -> Self {
        self.flags.push(FlagText { flag: flag.into(), key: key.into(), text: text.into() });
        self
    }

    /// Takes one `key=value` pair, as given with `--set`.
    #[must_use]
    pub fn set(mut self, pair: &str) -> Self {
        match pair.split_once('=') {
            Some((key, text)) if !key.trim().is_empty() => self.flag("--set", key.trim(), text),
            _ => {
                self.faults.push(Fault {
                    key: pair.trim().to_owned(),
                    value: None,
                    origin: Origin::Flag("--set".into()),
                    problem: "no value given".into(),
                    help: Some("write `--set key.path=value`".into()),
                });
                self
            }
        }
    }

    /// Declares that `key` is a table of text whose names are open and hold dots, such as `kafka.properties`.
    #[must_use]
    pub fn free_map(mut self, key: &str) -> Self {
        self.free_maps.push(key.into());
        self
    }

    /// Leaves the variable `name` alone though it has the prefix: something else reads it.
    #[must_use]
    pub fn ignore_env(mut self, name: &str) -> Self {
        self.ignored_env.push(name.into());
        self
    }

    /// Leaves `key` and all below it alone: a role that shares the file and the environment reads it.
    #[must_use]
    pub fn ignore_key(mut self, key: &str) -> Self {
        self.ignored_keys.push(key.into());
        self
    }

    /// Lays the sources over one another.
    pub(super) fn assemble(&self, faults: &mut Vec<Fault>) -> Node {
        faults.extend(self.faults.iter().cloned());
        let file = self.file.as_deref().and_then(|path| file::read(path, faults));
        let mut root = file.unwrap_or_else(|| Node::table(Origin::Default));
        for (name, text) in &self.env {
            if let Some(path) = self.path_of_variable(name, text) {
                lay(&mut root, &path, Node::loose(Origin::Env(name.clone()), text), faults);
            }
        }
        for FlagText { flag, key, text } in &self.flags {
            let path: KeyPath = key.split('.').map(str::to_owned).collect();
            lay(&mut root, &path, Node::loose(Origin::Flag(flag.clone()), text), faults);
        }
        for (key, text) in &self.defaults {
            let path = steps(key);
            if root.get(&path).is_none() {
                lay(&mut root, &path, Node::loose(Origin::Default, text), faults);
            }
        }
        for key in &self.ignored_keys {
            root.take(&steps(key));
        }
        for key in &self.free_maps {
            free_map::flatten(&mut root, &steps(key));
        }
        root
    }

    fn path_of_variable(&self, name: &str, text: &str) -> Option<KeyPath> {
        let rest = name.strip_prefix(PREFIX)?;
        if self.ignored_env.iter().any(|ignored| ignored == name) || is_service_link(rest, text) {
            return None;
        }
        let path: KeyPath = rest.to_lowercase().split("__").map(str::to_owned).collect();
        let free =
            self.free_maps.iter().map(|key| steps(key)).find(|map| path.len() > map.len() && path.starts_with(map));
        Some(match free {
            Some(map) => {
                let property = path.get(map.len()..).unwrap_or_default().join("_").replace('_', ".");
                map.into_iter().chain([property]).collect()
            }
            None => path,
        })
    }
}

fn steps(key: &str) -> KeyPath {
    key.split('.').map(str::to_owned).collect()
}

/// Lays `node` over the tree; text that meets a table must itself be a TOML inline table.
fn lay(root: &mut Node, path: &[String], node: Node, faults: &mut Vec<Fault>) {
    let Err(node) = root.put(path, node) else {
        return;
    };
    let inline = match &node.kind {
        Kind::Loose(text) => parse_value(text, &node.origin),
        _ => None,
    };
    match inline.map(|inline| inline.kind) {
        Some(Kind::Table(entries)) => {
            for (step, child) in entries {
                let path: KeyPath = path.iter().cloned().chain([step]).collect();
                lay(root, &path, child, faults);
            }
        }
        _ => faults.push(Fault {
            key: join(path),
            value: node.shown(&join(path)),
            origin: node.origin,
            problem: "expected a table".into(),
            help: Some("set the keys below it one by one, or write `{ key = value }`".into()),
        }),
    }
}

/// Whether Kubernetes put this variable into the pod for a Service named `courant-…`, as `COURANT_POLLER_SERVICE_HOST`.
///
/// Without this a release whose name starts with the prefix could not start beside its own Service.
fn is_service_link(rest: &str, text: &str) -> bool {
    // Such a name has no step into a table.
    if rest.contains("__") {
        return false;
    }
    let address = text.starts_with("tcp://") || text.starts_with("udp://");
    let of_port = ["_TCP", "_UDP"].iter().any(|protocol| {
        rest.rsplit_once(protocol).is_some_and(|(port, part)| {
            matches!(part, "" | "_PROTO" | "_PORT" | "_ADDR")
                && port.rsplit_once("PORT_").is_some_and(|(_, digits)| digits.parse::<u16>().is_ok())
        })
    });
    rest.ends_with("SERVICE_HOST")
        || (rest.rsplit_once("SERVICE_PORT").is_some_and(|(_, name)| name.is_empty() || name.starts_with('_'))
            && text.parse::<u16>().is_ok())
        || (rest.ends_with("PORT") && address)
        || of_port
}
