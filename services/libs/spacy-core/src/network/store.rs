//! Keeps what the network computes of a form alone.

use crate::lexicon::FormId;

/// A place in a [`Store`]. The first, the default, holds zeros: it stands for the rows beyond a text's ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Slot(u32);

impl Slot {
    fn index(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// A bounded number of slots. When all are taken, the ones that have not been used lately go first.
#[derive(Debug)]
pub(crate) struct Store {
    width: usize,
    values: Vec<f32>,
    slots: Vec<State>,
    by_form: Vec<Slot>,
    hand: usize,
    batch: u32,
    capacity: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    form: Option<FormId>,
    used_in: u32,
    /// Whether it was used since the hand passed.
    is_recent: bool,
}

impl Store {
    /// A store of up to `capacity` slots of `width` numbers.
    pub(crate) fn new(width: usize, capacity: usize) -> Self {
        // Reserved whole: a vector that grows holds its values twice while it is copied, and the allocator keeps what it leaves behind for a while.
        // Pages that no slot has reached yet are not resident.
        let (mut values, mut slots) =
            (Vec::with_capacity(width * capacity.max(1)), Vec::with_capacity(capacity.max(1)));
        values.resize(width, 0.0);
        slots.push(State { used_in: u32::MAX, ..State::default() });
        Self { width, values, slots, by_form: Vec::new(), hand: 1, batch: 0, capacity }
    }

    /// Forgets all forms.
    pub(crate) fn clear(&mut self) {
        self.values.truncate(self.width);
        self.slots.truncate(1);
        self.by_form.clear();
        self.hand = 1;
    }

    /// Begins a batch, whose slots stay until the next one begins. A batch may have no more forms than there are slots.
    pub(crate) fn begin_batch(&mut self) {
        self.batch = self.batch.wrapping_add(1) % u32::MAX;
    }

    /// The slot of `form`, and whether it holds the form's values already.
    pub(crate) fn slot(&mut self, form: FormId) -> (Slot, bool) {
        let known = self.by_form.get(form.index()).copied().unwrap_or_default();
        let (slot, is_known) = if known == Slot::default() { (self.take(form), false) } else { (known, true) };
        if let Some(state) = self.slots.get_mut(slot.index()) {
            state.used_in = self.batch;
            state.is_recent = is_known;
        }
        (slot, is_known)
    }

    /// A free slot, made or taken from another form.
    fn take(&mut self, form: FormId) -> Slot {
        let index = if self.slots.len() < self.capacity {
            self.slots.push(State::default());
            self.values.resize(self.values.len() + self.width, 0.0);
            self.slots.len() - 1
        } else {
            self.evict()
        };
        let slot = Slot(u32::try_from(index).unwrap_or_default());
        if let Some(state) = self.slots.get_mut(index) {
            state.form = Some(form);
        }
        if self.by_form.len() <= form.index() {
            self.by_form.resize(form.index() + 1, Slot::default());
        }
        if let Some(place) = self.by_form.get_mut(form.index()) {
            *place = slot;
        }
        slot
    }

    fn evict(&mut self) -> usize {
        for _ in 0..self.slots.len() * 2 {
            self.hand = if self.hand + 1 < self.slots.len() { self.hand + 1 } else { 1 };
            let Some(state) = self.slots.get_mut(self.hand) else {
                break;
            };
            if state.used_in == self.batch {
                continue;
            }
            if std::mem::take(&mut state.is_recent) {
                continue;
            }
            let form = state.form.take();
            if let Some(place) = form.and_then(|form| self.by_form.get_mut(form.index())) {
                *place = Slot::default();
            }
            return self.hand;
        }
        // More forms in a batch than slots: one more slot.
        self.slots.push(State::default());
        self.values.resize(self.values.len() + self.width, 0.0);
        self.slots.len() - 1
    }

    /// Writes rows of `width` numbers into the slots of `missing`, from number `at` of each slot on.
    pub(crate) fn put(&mut self, missing: &[(FormId, Slot)], at: usize, rows: &[f32], width: usize) {
        for ((_, slot), row) in missing.iter().zip(rows.chunks_exact(width)) {
            let start = self.start(*slot) + at;
            if let Some(place) = self.values.get_mut(start..start + width) {
                place.copy_from_slice(row);
            }
        }
    }

    /// Where the values of `slot` begin in [`Store::values`].
    pub(crate) fn start(&self, slot: Slot) -> usize {
        slot.index() * self.width
    }

    /// The numbers of `slot` from `at` on.
    pub(crate) fn part(&self, slot: Slot, at: usize, width: usize) -> &[f32] {
        let start = self.start(slot) + at;
        self.values.get(start..start + width).unwrap_or_default()
    }

    pub(crate) fn values(&self) -> &[f32] {
        &self.values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_that_is_used_again_outlives_one_that_is_not() {
        let mut store = Store::new(1, 4);
        for batch in 0..20 {
            store.begin_batch();
            let (_, is_known) = store.slot(FormId(0));
            assert_eq!(is_known, batch > 0, "batch {batch}");
            let (_, is_known) = store.slot(FormId(100 + batch));
            assert!(!is_known);
        }
    }

    #[test]
    fn batches_that_fit_never_make_the_store_larger_than_it_may_be() {
        let mut store = Store::new(3, 8);
        for batch in 0..50 {
            store.begin_batch();
            for form in 0..7 {
                store.slot(FormId(batch * 7 + form));
            }
        }
        assert_eq!(store.values().len(), 3 * 8);
    }

    #[test]
    fn a_batch_keeps_its_slots_even_if_it_has_more_forms_than_there_are_slots() {
        let mut store = Store::new(1, 4);
        store.begin_batch();
        let slots: Vec<_> = (0..10).map(|form| store.slot(FormId(form)).0).collect();
        for (form, slot) in (0..10).zip(slots) {
            assert_eq!(store.slot(FormId(form)), (slot, true));
        }
    }
}
