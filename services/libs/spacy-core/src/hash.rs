//! The two hashes by which a pipeline knows strings and embedding rows.
//!
//! Both are public-domain functions by Austin Appleby (the `MurmurHash` family): `MurmurHash64A` names strings, `MurmurHash3` x64 128 of such a
//! name picks four rows of an embedding table.

/// `MurmurHash64A` of `bytes` with `seed`.
#[must_use]
pub(crate) fn murmur64a(bytes: &[u8], seed: u64) -> u64 {
    const M: u64 = 0xc6a4_a793_5bd1_e995;
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let mut hash = seed ^ length.wrapping_mul(M);
    let (words, rest) = bytes.as_chunks::<8>();
    for word in words {
        let word = u64::from_le_bytes(*word).wrapping_mul(M);
        hash = (hash ^ (word ^ (word >> 47)).wrapping_mul(M)).wrapping_mul(M);
    }
    if !rest.is_empty() {
        let mut last = [0; 8];
        for (place, byte) in last.iter_mut().zip(rest) {
            *place = *byte;
        }
        hash = (hash ^ u64::from_le_bytes(last)).wrapping_mul(M);
    }
    hash = (hash ^ (hash >> 47)).wrapping_mul(M);
    hash ^ (hash >> 47)
}

/// The four 32-bit words of `MurmurHash3` x64 128 of the eight little-endian bytes of `key`, with `seed`.
///
/// thinc calls it by the name of the x86 variant; what it computes is the x64 one.
#[must_use]
pub(crate) fn murmur3_of_u64(key: u64, seed: u32) -> [u32; 4] {
    let mut low = u64::from(seed);
    let mut high = low;
    // Eight bytes are less than a block of sixteen: all of them are tail.
    low ^= key.wrapping_mul(0x87c3_7b91_1142_53d5).rotate_left(31).wrapping_mul(0x4cf5_ad43_2745_937f);
    (low, high) = (low ^ 8, high ^ 8);
    low = low.wrapping_add(high);
    high = high.wrapping_add(low);
    (low, high) = (avalanche(low), avalanche(high));
    low = low.wrapping_add(high);
    high = high.wrapping_add(low);
    let half = |word: u64| u32::try_from(word & 0xffff_ffff).unwrap_or_default();
    [half(low), half(low >> 32), half(high), half(high >> 32)]
}

fn avalanche(mut hash: u64) -> u64 {
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_have_the_ids_that_spacy_gives_them() {
        // spacy.strings.hash_string of 3.8.
        for (text, id) in HASHED {
            assert_eq!(murmur64a(text.as_bytes(), 1), id, "{text}");
        }
    }

    #[test]
    fn keys_have_the_rows_that_thinc_gives_them() {
        // thinc's NumpyOps.hash.
        for ((key, seed), words) in ROWS {
            assert_eq!(murmur3_of_u64(key, seed), words, "{key}");
        }
    }

    const HASHED: [(&str, u64); 7] = [
        ("a", 11_901_859_001_352_538_922),
        ("apple", 8_566_208_034_543_834_098),
        ("Courant news", 10_942_009_005_914_848_542),
        ("Zürich", 9_452_955_988_637_137_518),
        ("12345678", 9_871_996_032_675_327_904),
        ("“", 16_073_121_960_489_476_521),
        ("😀 and more text", 8_693_156_543_936_124_534),
    ];

    const ROWS: [((u64, u32), [u32; 4]); 4] = [
        ((0, 8), [0, 0, 0, 0]),
        ((1, 9), [2_205_482_518, 2_060_344_464, 1_125_017_477, 2_005_428_196]),
        ((8_566_208_034_543_834_098, 10), [647_952_602, 615_160_478, 4_013_361_253, 552_060_450]),
        ((18_446_744_073_709_551_615, 11), [4_189_684_446, 521_356_938, 719_335_244, 3_372_527_160]),
    ];
}
