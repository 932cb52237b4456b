//! The record of every answer: the ground truth that tests compare with.
//!
//! A record is 12 bytes and names an edition; its items are looked up when somebody reads the log, so long load runs stay small.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// One answer of a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// The order number of the answer over all pages, from 0.
    pub at: u64,
    /// The page that answered; after a redirect that is the place it pointed to.
    pub url: String,
    /// The HTTP status, or nothing where the page took the request and never answered.
    pub status: Option<u16>,
    /// Whether the whole answer went to the connection.
    pub whole: bool,
    /// The items of a whole 200; empty for every other answer.
    pub items: Vec<ServedItem>,
}

/// One item as a reader of the feed should know it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ServedItem {
    /// The guid or id where the format has one, else the link.
    pub key: String,
    /// The title as plain text, entities decoded.
    pub title: String,
    /// 1 as first served, one more with each change of title or body.
    pub revision: u32,
}

/// A record before its edition is looked up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    pub(crate) page: u32,
    pub(crate) edition: Option<Edition>,
    pub(crate) status: Option<u16>,
    pub(crate) whole: bool,
}

/// The number of an edition among those of its page, counted from 0 and kept one up so that `Option` needs no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Edition(std::num::NonZeroU32);

impl Edition {
    pub(crate) fn new(number: u32) -> Self {
        Self(std::num::NonZeroU32::MIN.saturating_add(number))
    }

    pub(crate) fn number(self) -> u32 {
        self.0.get() - 1
    }
}

/// All answers of one newsroom, in order.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    entries: Mutex<Vec<Entry>>,
}

impl Ledger {
    /// Notes an answer and returns its order number.
    pub(crate) fn note(&self, entry: Entry) -> usize {
        let mut entries = self.entries();
        entries.push(entry);
        entries.len() - 1
    }

    /// Notes that the body of answer `at` went to its connection whole.
    pub(crate) fn note_whole(&self, at: usize) {
        if let Some(entry) = self.entries().get_mut(at) {
            entry.whole = true;
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries().len()
    }

    /// Up to `most` entries from order number `from` on.
    pub(crate) fn read(&self, from: usize, most: usize) -> Vec<Entry> {
        self.entries().iter().skip(from).take(most).copied().collect()
    }

    fn entries(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_stay_small() {
        assert!(size_of::<Entry>() <= 16, "an entry takes {} bytes", size_of::<Entry>());
    }

    #[test]
    fn an_answer_is_whole_only_once_said_so() {
        let ledger = Ledger::default();
        let entry = Entry { page: 0, edition: Some(Edition::new(0)), status: Some(200), whole: false };
        let first = ledger.note(entry);
        let second = ledger.note(entry);
        ledger.note_whole(second);
        let read = ledger.read(0, 10);
        assert!(!read[first].whole);
        assert!(read[second].whole);
    }
}
