//! Gives each item of a body its id and revision, and tells what happened to it.

use std::collections::HashSet;

use news_model::{
    ContentHash, FieldHashes, Habits, Item, ItemField, ItemId, KeyKind, KeyPrefix, LiveItem, RememberedItem, SeenItems,
    content_start,
};

use super::{Known, Matches, NewsEvent, NewsKind, RULES};
use crate::identity::date_of;

/// An item where it stands in the body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    /// What is kept of it.
    pub(super) item: LiveItem,
    /// Where it stood in the feed before.
    pub(super) stood: Option<usize>,
    /// Whether nothing was known of it.
    pub(super) is_new: bool,
}

/// What was known of an item, and what it is published as.
struct Before {
    id: ItemId,
    alias: Option<KeyPrefix>,
    revision: u32,
    withdrawn: bool,
    edit: Edit,
}

/// How an item differs from its last revision.
enum Edit {
    None,
    /// In these fields, from what had this hash.
    Of(Vec<ItemField>, ContentHash),
    /// In fields that are not known any more.
    Somewhere,
}

/// Places `items`, with one event at most for each, both in document order.
pub(super) fn place_all(
    memory: &SeenItems,
    matches: &Matches,
    habits: Habits,
    items: Vec<Item>,
) -> (Vec<Placed>, Vec<NewsEvent>) {
    let addresses_move = addresses_move(memory, matches, &items);
    let mut ids: HashSet<ItemId> = memory.live.iter().map(|item| item.id).collect();
    let (mut placed, mut events) = (Vec::with_capacity(items.len()), Vec::new());
    for (mut item, known) in items.into_iter().zip(&matches.known) {
        let usable = usable_keys(&item, habits);
        let before = match *known {
            Known::New => None,
            Known::Live(place) => memory.live.get(place).map(|live| of_live(live, &item, memory.rules, addresses_move)),
            Known::Remembered(place, id) => {
                memory.remembered.get(place).map(|known| of_remembered(known, id, &item, memory.rules))
            }
        };
        let id =
            before.as_ref().map(|before| before.id).or_else(|| usable.iter().copied().find(|id| !ids.contains(id)));
        // None is left only where every key of the item is that of another one: it is a second listing of that.
        let Some(id) = id else { continue };
        ids.insert(id);
        item.id = id;
        let stood = known.live();
        let kept = stood.and_then(|place| memory.live.get(place));
        let (live, event) = publish(item, before, kept, &usable);
        placed.push(Placed { item: live, stood, is_new: matches!(known, Known::New) });
        events.extend(event);
    }
    (placed, events)
}

fn publish(
    item: Item,
    before: Option<Before>,
    kept: Option<&LiveItem>,
    usable: &[ItemId],
) -> (LiveItem, Option<NewsEvent>) {
    let is_found = usable.contains(&item.id);
    let old_alias = before.as_ref().and_then(|before| before.alias);
    let alias = old_alias
        .filter(|alias| usable.iter().any(|id| KeyPrefix::of(*id) == *alias))
        .or_else(|| usable.first().map(|id| KeyPrefix::of(*id)))
        .filter(|_| !is_found);
    let after = item.content_hash();
    // A date that moved is not worth a record; the first one is as good to know the item by.
    let date = kept.filter(|kept| kept.fields == item.fields).map_or_else(|| date_of(&item), |kept| kept.date);
    let mut live = LiveItem { id: item.id, alias, fields: item.fields, date, revision: 1, misses: 0, withdrawn: false };
    let Some(before) = before else {
        let (kind, changed) = (NewsKind::Published, Vec::new());
        return (live, Some(NewsEvent { kind, item, revision: 1, changed, before: None, after: Some(after) }));
    };
    let (changed, was, step) = match before.edit {
        Edit::None => (Vec::new(), Some(after), 0),
        Edit::Of(changed, was) => (changed, Some(was), 1),
        Edit::Somewhere => (Vec::new(), None, 1),
    };
    live.revision = before.revision.saturating_add(step);
    let kind = match (before.withdrawn, step) {
        (true, _) => NewsKind::Restored,
        (false, 0) => return (live, None),
        (false, _) => NewsKind::Revised,
    };
    let revision = live.revision;
    (live, Some(NewsEvent { kind, item, revision, changed, before: was, after: Some(after) }))
}

fn of_live(live: &LiveItem, item: &Item, rules: u8, addresses_move: bool) -> Before {
    let was = if addresses_move { FieldHashes { url: item.fields.url, ..live.fields } } else { live.fields };
    let changed = item.fields.changed_since(&was);
    let edit =
        if rules != RULES || changed.is_empty() { Edit::None } else { Edit::Of(changed, live.fields.content_hash()) };
    Before { id: live.id, alias: live.alias, revision: live.revision, withdrawn: live.withdrawn, edit }
}

fn of_remembered(known: &RememberedItem, id: ItemId, item: &Item, rules: u8) -> Before {
    let same = known.content.is_none_or(|content| content == content_start(item.content_hash()));
    let edit = if same || rules != RULES { Edit::None } else { Edit::Somewhere };
    Before { id, alias: known.id.map(|_| known.key), revision: known.revision, withdrawn: known.withdrawn, edit }
}

/// The ids by which an item can be found again, the most telling first.
fn usable_keys(item: &Item, habits: Habits) -> Vec<ItemId> {
    let tells = |kind: &KeyKind| !(habits.guids_are_idle && matches!(kind, KeyKind::Guid | KeyKind::GuidAsWritten));
    KeyKind::ALL.into_iter().filter(tells).filter_map(|kind| item.keys.get(kind)).collect()
}

/// Whether the addresses of the whole feed changed and nothing else did, as where it moved to another site or marks each reader in a way that
/// no table knows: no story was revised then.
fn addresses_move(memory: &SeenItems, matches: &Matches, items: &[Item]) -> bool {
    let (mut moved, mut known) = (0_usize, 0_usize);
    for (item, place) in items.iter().zip(&matches.known) {
        if let Some(live) = place.live().and_then(|place| memory.live.get(place)) {
            known += 1;
            moved += usize::from(item.fields.changed_since(&live.fields) == [ItemField::Url]);
        }
    }
    moved >= 2 && moved * 2 > known
}
