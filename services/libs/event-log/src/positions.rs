//! How far each owned partition has been read, so that nothing is handed over twice.

use std::collections::HashMap;

use crate::ownership::Stamp;

/// Next expected offset of each stretch of ownership.
///
/// A transaction commits offsets, not single records: a record that the client brings again within one stretch (as clients do that look for
/// their place in the log after a leader's return) would be published again under a higher offset.
#[derive(Debug, Default)]
pub(crate) struct Positions {
    next: HashMap<i32, (u64, i64)>,
}

impl Positions {
    /// Whether the record at `offset` is the first of its offset under `stamp`; notes that it was read.
    pub(crate) fn advance(&mut self, stamp: Stamp, offset: i64) -> bool {
        let (epoch, next) = self.next.entry(stamp.partition).or_insert((stamp.epoch, offset));
        if *epoch != stamp.epoch {
            (*epoch, *next) = (stamp.epoch, offset);
        }
        let is_new = offset >= *next;
        if is_new {
            *next = offset + 1;
        }
        is_new
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_again_is_told_from_what_is_new_and_from_what_a_new_owner_reads() {
        let mut positions = Positions::default();
        let first = Stamp { partition: 2, epoch: 1 };
        // Offsets have holes where transactions end.
        assert!([7, 8, 11].iter().all(|offset| positions.advance(first, *offset)));
        assert!([8, 11].iter().all(|offset| !positions.advance(first, *offset)));
        assert!(positions.advance(first, 12));
        assert!(positions.advance(Stamp { partition: 3, epoch: 2 }, 8));
        assert!(
            positions.advance(Stamp { partition: 2, epoch: 3 }, 8),
            "it was won back and starts where its group was"
        );
    }
}
