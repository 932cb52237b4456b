//! From sources to a raw value, with every fault of shape noted on the way.

use std::cell::RefCell;

use serde::de::DeserializeOwned;

use super::{
    Check, Fault, Faults, Origins, Sources, diagnosis,
    reader::{Cause, ReadError, Reader, UnknownKey},
    tree::{KeyPath, Node},
};

/// What was written, as far as it could be read.
#[derive(Clone, Debug)]
pub struct Loaded<R> {
    /// The raw value; a faulty key has its default.
    pub raw: R,
    /// Where each value came from.
    pub origins: Origins,
    /// The faults of shape: syntax, unknown keys, wrong types.
    pub faults: Vec<Fault>,
}

impl<R> Loaded<R> {
    /// Goes on to the checks of meaning, whose faults join those found here.
    #[must_use]
    pub fn into_check(self) -> (R, Check) {
        (self.raw, Check::new(self.origins).with_faults(self.faults))
    }

    /// The raw value, if it needs no further check.
    ///
    /// # Errors
    ///
    /// Every fault that was found.
    pub fn into_result(self) -> Result<R, Faults> {
        match Faults::of(self.faults) {
            None => Ok(self.raw),
            Some(faults) => Err(faults),
        }
    }
}

/// Reads `sources` into `R`.
///
/// It never fails: see [`Loaded::faults`].
#[must_use]
pub fn load<R: DeserializeOwned + Default>(sources: &Sources) -> Loaded<R> {
    let mut faults = Vec::new();
    let mut whole = sources.assemble(&mut faults);
    let Reading { raw, strangers, misfits } = read(whole.clone());
    let of_keys = strangers.iter().flat_map(|stranger| diagnosis::unknown_key(&whole, &stranger.path, stranger.known));
    let of_values = misfits.iter().flat_map(|(path, error)| diagnosis::misfit(&whole, path, error, &misfits));
    for fault in of_keys.chain(of_values) {
        // What recovery makes of a line with broken syntax is not the operator's doing.
        let line_is_broken = faults.iter().any(|other: &Fault| other.key.is_empty() && other.origin == fault.origin);
        if !line_is_broken {
            faults.push(fault);
        }
    }
    // Not even the name of an unknown key says whether its value is secret: it may be a slip of `password`.
    for stranger in &strangers {
        whole.take(&stranger.path);
    }
    Loaded { raw, origins: whole.origins(), faults }
}

/// What one tree gave.
struct Reading<R> {
    raw: R,
    strangers: Vec<UnknownKey>,
    misfits: Vec<(KeyPath, ReadError)>,
}

/// Reads the tree again and again, each time without the value that did not fit, until the rest fits.
///
/// serde stops at its first error, so this is how the others are found. Each round takes something out, so it ends.
fn read<R: DeserializeOwned + Default>(mut rest: Node) -> Reading<R> {
    let unknown = RefCell::new(Vec::new());
    let mut misfits = Vec::new();
    let raw = loop {
        let error = match R::deserialize(Reader::new(rest.clone(), &unknown)) {
            Ok(raw) => break raw,
            Err(error) => error,
        };
        let path = path_of(&error);
        let removed = rest.remove(&path);
        misfits.push((path, error));
        if !removed {
            break R::default();
        }
    };
    let mut strangers: Vec<UnknownKey> = Vec::new();
    for stranger in unknown.into_inner() {
        if !strangers.contains(&stranger) {
            strangers.push(stranger);
        }
    }
    Reading { raw, strangers, misfits }
}

fn path_of(error: &ReadError) -> KeyPath {
    let mut path = error.path.clone().unwrap_or_default();
    if let Cause::UnknownKey(name, _) = &error.cause
        && path.last() != Some(name)
    {
        path.push(name.clone());
    }
    path
}
