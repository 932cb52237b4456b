//! Finds the items of a body among those that are known.
//!
//! First by key, the most telling kind of key first. What is left is held against what is left, by evidence: of title, address and date,
//! each of which counts only where it is unlike that of every other item, two have to agree. So an item keeps its id though its guid changes,
//! and its guid and address together when a whole feed moves, but tomorrow's bulletin under today's title and address is another item.

use std::{collections::HashMap, hash::Hash};

use news_model::{FieldHash, Item, ItemId, KeyKind, KeyPrefix, LiveItem, SeenItems};

use crate::identity::date_of;

/// What an item of the body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Unheard of.
    New,
    /// The one that stood at this place of the feed.
    Live(usize),
    /// The one remembered at this place, and its id.
    Remembered(usize, ItemId),
}

/// What the items of a body are.
#[derive(Debug)]
pub(super) struct Matches {
    /// By item.
    pub(super) known: Vec<Known>,
    /// How many stood in the feed under a key that they still have.
    pub(super) anchored: usize,
    /// How many stood there under another guid.
    pub(super) rekeyed: usize,
    /// Whether the one guid of the feed went from one story to another.
    pub(super) guid_reused: bool,
}

/// Fewest items on both sides from which a change of all their keys can be told from a change of all items.
const FEWEST_FOR_MOVE: usize = 3;

impl Known {
    pub(super) fn live(&self) -> Option<usize> {
        match self {
            Self::Live(place) => Some(*place),
            Self::New | Self::Remembered(..) => None,
        }
    }

    pub(super) fn remembered(&self) -> Option<usize> {
        match self {
            Self::Remembered(place, _) => Some(*place),
            Self::New | Self::Live(_) => None,
        }
    }
}

/// Finds each of `items`, whose keys are settled.
pub(super) fn find_known(memory: &SeenItems, items: &[Item]) -> Matches {
    let mut search = Search {
        memory,
        items,
        taken: vec![false; memory.live.len()],
        matches: Matches { known: vec![Known::New; items.len()], anchored: 0, rekeyed: 0, guid_reused: false },
    };
    search.by_key();
    search.among_remembered();
    search.by_evidence();
    search.matches
}

struct Search<'a> {
    memory: &'a SeenItems,
    items: &'a [Item],
    /// Live items that are found.
    taken: Vec<bool>,
    matches: Matches,
}

impl Search<'_> {
    fn by_key(&mut self) {
        let live = self.memory.live.iter().enumerate();
        let ids: HashMap<ItemId, usize> = live.clone().map(|(place, item)| (item.id, place)).collect();
        let aliases: HashMap<KeyPrefix, usize> = live.filter_map(|(place, item)| Some((item.alias?, place))).collect();
        let lone = self.memory.live.len() == 1 && self.items.len() == 1;
        for kind in KeyKind::ALL {
            for (at, item) in self.items.iter().enumerate() {
                let Some(id) = item.keys.get(kind).filter(|_| self.is_new(at)) else { continue };
                let found = ids.get(&id).or_else(|| aliases.get(&KeyPrefix::of(id))).copied();
                let Some((place, live)) = found.and_then(|place| Some((place, self.memory.live.get(place)?))) else {
                    continue;
                };
                if lone && matches!(kind, KeyKind::Guid | KeyKind::GuidAsWritten) && is_another_story(item, live) {
                    self.matches.guid_reused = true;
                    return;
                }
                if self.take(at, place) {
                    self.matches.anchored += 1;
                }
            }
        }
    }

    fn among_remembered(&mut self) {
        let remembered = self.memory.remembered.iter().enumerate().rev();
        let mut places: HashMap<KeyPrefix, usize> = remembered.map(|(place, item)| (item.key, place)).collect();
        for (at, item) in self.items.iter().enumerate() {
            if !self.is_new(at) || self.matches.guid_reused {
                continue;
            }
            let find = |id: ItemId| places.remove(&KeyPrefix::of(id)).map(|place| (place, id));
            let Some((place, key)) = item.keys.iter().find_map(find) else { continue };
            let id = self.memory.remembered.get(place).and_then(|known| known.id).unwrap_or(key);
            if let Some(known) = self.matches.known.get_mut(at) {
                *known = Known::Remembered(place, id);
            }
        }
    }

    fn by_evidence(&mut self) {
        if self.taken.iter().all(|taken| *taken) || self.matches.guid_reused {
            return;
        }
        let clues = Clues::of(self.memory, self.items);
        let (mut sure, mut likely) = (Vec::new(), Vec::new());
        for (at, item) in self.items.iter().enumerate().filter(|(at, _)| self.is_new(*at)) {
            match clues.verdict(item, &self.memory.live) {
                Verdict::Same(place) => sure.push((at, place)),
                Verdict::Perhaps(place) => likely.push((at, place)),
                Verdict::None => {}
            }
        }
        let (items, live) = (self.items.len(), self.memory.live.len());
        let moved = self.matches.anchored == 0
            && items.min(live) >= FEWEST_FOR_MOVE
            && (sure.len() + likely.len()) * 3 >= items.min(live) * 2;
        if moved {
            sure.append(&mut likely);
        }
        for (at, place) in sure {
            let had_guid = self.items.get(at).is_some_and(|item| item.keys.get(KeyKind::Guid).is_some());
            if self.take(at, place) && had_guid {
                self.matches.rekeyed += 1;
            }
        }
    }

    fn is_new(&self, at: usize) -> bool {
        self.matches.known.get(at) == Some(&Known::New)
    }

    /// Notes that item `at` is the live one at `place`, unless that is found already.
    fn take(&mut self, at: usize, place: usize) -> bool {
        match (self.taken.get_mut(place), self.matches.known.get_mut(at)) {
            (Some(taken), Some(known)) if !*taken => {
                *taken = true;
                *known = Known::Live(place);
                true
            }
            _ => false,
        }
    }
}

/// Whether nothing but the guid says that these are one story.
fn is_another_story(item: &Item, live: &LiveItem) -> bool {
    fn differ<const N: usize>(one: FieldHash<N>, other: FieldHash<N>) -> bool {
        !one.is_empty() && !other.is_empty() && one != other
    }
    let (new, old) = (item.fields, live.fields);
    let text_differs = new.summary != old.summary || new.content != old.content || new.summary.is_empty();
    differ(new.title, old.title) && differ(new.url, old.url) && differ(date_of(item), live.date) && text_differs
}

/// Where the clues of an item point.
enum Verdict {
    /// To this live item.
    Same(usize),
    /// To this one, if the whole feed changed its keys.
    Perhaps(usize),
    /// Nowhere, or to several.
    None,
}

/// The live item that each clue points to, and whether it is unlike that of every other item on its side.
struct Clues {
    titles: Pointers<FieldHash<3>>,
    urls: Pointers<FieldHash<3>>,
    dates: Pointers<FieldHash<2>>,
    texts: Pointers<(FieldHash<3>, FieldHash<3>)>,
}

/// By clue: the one live item that has it, and how many items of the body do.
struct Pointers<K> {
    live: HashMap<K, Option<usize>>,
    items: HashMap<K, usize>,
}

impl Clues {
    fn of(memory: &SeenItems, items: &[Item]) -> Self {
        let live = || memory.live.iter();
        let text = |fields: &news_model::FieldHashes| (fields.summary, fields.content);
        Self {
            titles: Pointers::of(live().map(|live| live.fields.title), items.iter().map(|item| item.fields.title)),
            urls: Pointers::of(live().map(|live| live.fields.url), items.iter().map(|item| item.fields.url)),
            dates: Pointers::of(live().map(|live| live.date), items.iter().map(date_of)),
            texts: Pointers::of(live().map(|live| text(&live.fields)), items.iter().map(|item| text(&item.fields))),
        }
    }

    fn verdict(&self, item: &Item, live: &[LiveItem]) -> Verdict {
        let (fields, date) = (item.fields, date_of(item));
        let title = self.titles.point(fields.title, fields.title.is_empty());
        let url = self.urls.point(fields.url, fields.url.is_empty());
        let dated = self.dates.point(date, date.is_empty());
        let text = (fields.summary, fields.content);
        let text = self.texts.point(text, fields.summary.is_empty() && fields.content.is_empty());
        if let Some(place) = dated.filter(|_| dated == title || dated == url) {
            return Verdict::Same(place);
        }
        if let Some(place) = title.filter(|_| title == url) {
            let Some(known) = live.get(place) else { return Verdict::None };
            let dates_differ = !date.is_empty() && !known.date.is_empty() && date != known.date;
            let has_guid = item.keys.get(KeyKind::Guid).is_some();
            return if has_guid && dates_differ { Verdict::Perhaps(place) } else { Verdict::Same(place) };
        }
        let known_by_text = matches!(item.keys.first(), Some((KeyKind::Content | KeyKind::DatedContent, _)));
        match (known_by_text, title, text) {
            (true, Some(place), _) | (true, None, Some(place)) => Verdict::Same(place),
            (false, Some(place), Some(other)) if place == other => Verdict::Perhaps(place),
            _ => Verdict::None,
        }
    }
}

impl<K: Copy + Eq + Hash> Pointers<K> {
    fn of(live: impl Iterator<Item = K>, items: impl Iterator<Item = K>) -> Self {
        let mut pointers = Self { live: HashMap::new(), items: HashMap::new() };
        for (place, clue) in live.enumerate() {
            pointers.live.entry(clue).and_modify(|first| *first = None).or_insert(Some(place));
        }
        for clue in items {
            *pointers.items.entry(clue).or_default() += 1;
        }
        pointers
    }

    fn point(&self, clue: K, is_empty: bool) -> Option<usize> {
        let alone = !is_empty && self.items.get(&clue) == Some(&1);
        self.live.get(&clue).copied().flatten().filter(|_| alone)
    }
}
