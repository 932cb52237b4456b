//! A draw that is the same on every machine and in every run.

/// The generator `SplitMix64` (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
#[derive(Debug)]
pub(crate) struct Draw(u64);

impl Draw {
    /// A draw that depends on `words` alone.
    pub(crate) fn of(words: &[&str]) -> Self {
        // FNV-1a, 64 bits.
        let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
        Self(bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`; zero where that is zero.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % limit).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_is_known_by_its_words() {
        let mut once = Draw::of(&["a", "b"]);
        let mut again = Draw::of(&["a", "b"]);
        let mut other = Draw::of(&["ab"]);
        let drawn: Vec<_> = (0..20).map(|_| once.below(1000)).collect();
        assert!(drawn.iter().all(|number| *number == again.below(1000)));
        assert!(drawn.iter().any(|number| *number != other.below(1000)));
    }
}
