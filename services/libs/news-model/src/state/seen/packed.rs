//! The bytes of packed seen items.

use super::{FieldHash, FieldHashes, Habits, ItemId, KeyPrefix, LiveItem, RememberedItem, SeenItems};

/// First byte of the packed form: which form it is.
const FORM: u8 = 1;

const TITLE: u8 = 1;
const URL: u8 = 1 << 1;
const SUMMARY: u8 = 1 << 2;
const CONTENT: u8 = 1 << 3;
const AUTHORS: u8 = 1 << 4;
const DATE: u8 = 1 << 5;
/// A revision above 1 follows.
const REVISED: u8 = 1 << 6;
/// A byte of the marks below follows.
const MARKED: u8 = 1 << 7;

const ALIAS: u8 = 1;
const WITHDRAWN: u8 = 1 << 1;
const MISSES_SHIFT: u8 = 2;

const OWN_ID: u8 = 1;
const KNOWN_CONTENT: u8 = 1 << 2;
const REMEMBERED_REVISED: u8 = 1 << 3;

const IDLE_GUIDS: u8 = 1;
const NEWEST_FIRST: u8 = 1 << 1;
const REKEYED_SHIFT: u8 = 2;
/// No item is missing from where it should stand. Unset it says nothing: a process that does not know it leaves it out.
const CALM: u8 = 1 << 4;

pub(super) fn write(items: &SeenItems) -> Vec<u8> {
    let mut out = Vec::with_capacity(16 + items.live.len() * 32 + items.remembered.len() * 10);
    let Habits { guids_are_idle, rekeyed, newest_first, credit } = items.habits;
    let calm = items.live.iter().all(|item| item.misses == 0);
    let habits = flag(guids_are_idle, IDLE_GUIDS)
        | flag(newest_first, NEWEST_FIRST)
        | (rekeyed.min(3) << REKEYED_SHIFT)
        | flag(calm, CALM);
    out.extend_from_slice(&[FORM, items.rules, habits, credit.cast_unsigned()]);
    write_number(&mut out, items.live.len());
    for item in &items.live {
        write_live(&mut out, item);
    }
    for item in &items.remembered {
        write_remembered(&mut out, item);
    }
    out
}

/// What `bytes` hold, or `None` when they are not what [`write`] writes.
pub(super) fn read(bytes: &[u8]) -> Option<SeenItems> {
    if bytes.is_empty() {
        return Some(SeenItems::default());
    }
    let mut rest = Rest(bytes);
    let Head { rules, habits, count, .. } = read_head(&mut rest)?;
    let mut live = Vec::with_capacity(count.min(bytes.len()) / 17);
    for _ in 0..count {
        live.push(read_live(&mut rest)?);
    }
    let mut remembered = Vec::with_capacity(rest.0.len() / 9);
    while !rest.0.is_empty() {
        remembered.push(read_remembered(&mut rest)?);
    }
    Some(SeenItems { rules, habits, live, remembered })
}

/// What `bytes` hold of habits, and whether an item is missing from where it should stand, without room for the items.
pub(super) fn glance(bytes: &[u8]) -> Option<(Habits, bool)> {
    if bytes.is_empty() {
        return Some((Habits::default(), false));
    }
    let mut rest = Rest(bytes);
    let Head { habits, calm, count, .. } = read_head(&mut rest)?;
    if calm {
        return Some((habits, false));
    }
    for _ in 0..count {
        if read_live(&mut rest)?.misses > 0 {
            return Some((habits, true));
        }
    }
    Some((habits, false))
}

/// What stands before the items.
struct Head {
    rules: u8,
    habits: Habits,
    /// Whether it is known that no item is missing from where it should stand.
    calm: bool,
    /// Items that stand in the feed.
    count: usize,
}

fn read_head(rest: &mut Rest<'_>) -> Option<Head> {
    let [form, rules, habits, credit] = rest.take()?;
    if form != FORM {
        return None;
    }
    let calm = habits & CALM != 0;
    let habits = Habits {
        guids_are_idle: habits & IDLE_GUIDS != 0,
        newest_first: habits & NEWEST_FIRST != 0,
        rekeyed: (habits >> REKEYED_SHIFT) & 3,
        credit: credit.cast_signed(),
    };
    Some(Head { rules, habits, calm, count: rest.number()? })
}

fn write_live(out: &mut Vec<u8>, item: &LiveItem) {
    let LiveItem { id, alias, fields, date, revision, misses, withdrawn } = item;
    let marks = flag(alias.is_some(), ALIAS) | flag(*withdrawn, WITHDRAWN) | ((*misses).min(3) << MISSES_SHIFT);
    out.push(
        flag(!fields.title.is_empty(), TITLE)
            | flag(!fields.url.is_empty(), URL)
            | flag(!fields.summary.is_empty(), SUMMARY)
            | flag(!fields.content.is_empty(), CONTENT)
            | flag(!fields.authors.is_empty(), AUTHORS)
            | flag(!date.is_empty(), DATE)
            | flag(*revision > 1, REVISED)
            | flag(marks != 0, MARKED),
    );
    out.extend_from_slice(id.as_bytes());
    for hash in [&fields.title, &fields.url, &fields.summary, &fields.content] {
        write_hash(out, hash);
    }
    write_hash(out, &fields.authors);
    write_hash(out, date);
    if *revision > 1 {
        write_number(out, usize::try_from(*revision).unwrap_or(usize::MAX));
    }
    if marks != 0 {
        out.push(marks);
    }
    if let Some(alias) = alias {
        out.extend_from_slice(alias.as_bytes());
    }
}

fn read_live(rest: &mut Rest<'_>) -> Option<LiveItem> {
    let [head] = rest.take()?;
    let id = ItemId::from_slice(&rest.take::<16>()?)?;
    let fields = FieldHashes {
        title: rest.hash(head & TITLE)?,
        url: rest.hash(head & URL)?,
        summary: rest.hash(head & SUMMARY)?,
        content: rest.hash(head & CONTENT)?,
        authors: rest.hash(head & AUTHORS)?,
    };
    let date = rest.hash(head & DATE)?;
    let revision = rest.revision(head & REVISED)?;
    let marks = if head & MARKED == 0 { 0 } else { rest.take::<1>().map(|[marks]| marks)? };
    let alias = if marks & ALIAS == 0 { None } else { Some(KeyPrefix::from_bytes(rest.take()?)) };
    let misses = (marks >> MISSES_SHIFT) & 3;
    Some(LiveItem { id, alias, fields, date, revision, misses, withdrawn: marks & WITHDRAWN != 0 })
}

fn write_remembered(out: &mut Vec<u8>, item: &RememberedItem) {
    let RememberedItem { key, id, content, revision, withdrawn } = item;
    out.push(
        flag(id.is_some(), OWN_ID)
            | flag(*withdrawn, WITHDRAWN)
            | flag(content.is_some(), KNOWN_CONTENT)
            | flag(*revision > 1, REMEMBERED_REVISED),
    );
    out.extend_from_slice(key.as_bytes());
    if let Some(content) = content {
        out.extend_from_slice(content);
    }
    if *revision > 1 {
        write_number(out, usize::try_from(*revision).unwrap_or(usize::MAX));
    }
    if let Some(id) = id {
        out.extend_from_slice(id.as_bytes());
    }
}

fn read_remembered(rest: &mut Rest<'_>) -> Option<RememberedItem> {
    let [head] = rest.take()?;
    let key = KeyPrefix::from_bytes(rest.take()?);
    let content = if head & KNOWN_CONTENT == 0 { None } else { Some(rest.take()?) };
    let revision = rest.revision(head & REMEMBERED_REVISED)?;
    let id = if head & OWN_ID == 0 { None } else { Some(ItemId::from_slice(&rest.take::<16>()?)?) };
    Some(RememberedItem { key, id, content, revision, withdrawn: head & WITHDRAWN != 0 })
}

fn flag(set: bool, bit: u8) -> u8 {
    if set { bit } else { 0 }
}

fn write_hash<const N: usize>(out: &mut Vec<u8>, hash: &FieldHash<N>) {
    if !hash.is_empty() {
        out.extend_from_slice(hash.as_bytes());
    }
}

/// Seven bits a byte, the lowest first; the top bit says that more follow (LEB128).
fn write_number(out: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        out.push(0x80 | u8::try_from(number & 0x7f).unwrap_or_default());
        number >>= 7;
    }
    out.push(u8::try_from(number).unwrap_or_default());
}

/// The bytes not read yet.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn hash<const N: usize>(&mut self, present: u8) -> Option<FieldHash<N>> {
        if present == 0 { Some(FieldHash::EMPTY) } else { Some(FieldHash::from_bytes(self.take()?)) }
    }

    fn revision(&mut self, present: u8) -> Option<u32> {
        if present == 0 { Some(1) } else { u32::try_from(self.number()?).ok() }
    }

    fn number(&mut self) -> Option<usize> {
        let mut number = 0_usize;
        for shift in (0..35).step_by(7) {
            let [byte] = self.take()?;
            number |= usize::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }
}
