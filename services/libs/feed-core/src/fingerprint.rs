//! A 64-bit fingerprint of a text, of which near-duplicates share all but a few bits.
//!
//! `SimHash` (M. Charikar, "Similarity Estimation Techniques from Rounding Algorithms", 2002; G. Manku, A. Jain and A. Das Sarma, "Detecting
//! Near-Duplicates for Web Crawling", 2007) over runs of three words. Each bit is the majority of that bit over the hashes of all runs, so
//! that two texts which share a part `s` of their runs (as a cosine) are expected to differ in `64 · acos(s) / π` bits: 4 at 98%, 9 at 90%, 32
//! where nothing is shared.
//!
//! The value is a contract, since consumers store and compare it:
//!
//! 1. The text is the title, then the longer of summary and content, so that a teaser which repeats the story does not count twice.
//! 2. A word is a run of letters and digits (Unicode), in lower case. A letter of a script that does not part words (Han, Kana, Thai, Lao,
//!    Khmer, Burmese) is a word by itself.
//! 3. The hash of a word is FNV-1a with 64 bits over its UTF-8 bytes.
//! 4. The hash of a run of words `a b c` is `mix(mix(mix(a) ^ b) ^ c)`, where `mix` is the finaliser of `MurmurHash3` (A. Appleby) with 64 bits. A
//!    text of fewer than three words is one run.
//! 5. A bit of the fingerprint is set where it is set in more than half of the runs. A text without words has fingerprint 0.

/// Words in a run.
const RUN: usize = 3;

/// The bits of a byte, each spread to a byte of its own, the lowest first.
const SPREAD: [u64; 256] = spread();

/// The fingerprint of a story by its plain text.
#[must_use]
pub fn fingerprint(title: &str, summary: &str, content: &str) -> u64 {
    let story = if content.len() >= summary.len() { content } else { summary };
    let mut tally = Tally::default();
    let mut run = [0_u64; RUN];
    let mut words = 0_usize;
    let mut take = |word: u64| {
        run.rotate_left(1);
        if let Some(last) = run.last_mut() {
            *last = word;
        }
        words += 1;
        if words >= RUN {
            tally.add(hash_run(&run));
        }
    };
    for text in [title, story] {
        each_word(text, &mut take);
    }
    if (1..RUN).contains(&words) {
        tally.add(hash_run(run.get(RUN - words..).unwrap_or_default()));
    }
    tally.majority()
}

/// In how many bits two fingerprints differ: up to 3 for the same text lightly edited (Manku 2007), about 32 for unrelated ones.
#[must_use]
pub fn distance(one: u64, other: u64) -> u32 {
    (one ^ other).count_ones()
}

fn each_word(text: &str, take: &mut impl FnMut(u64)) {
    const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
    let mut hash = BASIS;
    let mut inside = false;
    let mut end = |hash: &mut u64, inside: &mut bool| {
        if std::mem::take(inside) {
            take(std::mem::replace(hash, BASIS));
        }
    };
    for letter in text.chars() {
        if letter.is_ascii() {
            if letter.is_ascii_alphanumeric() {
                hash = fnv(hash, letter.to_ascii_lowercase());
                inside = true;
            } else {
                end(&mut hash, &mut inside);
            }
        } else if is_word_by_itself(letter) {
            end(&mut hash, &mut inside);
            hash = fnv(hash, letter);
            inside = true;
            end(&mut hash, &mut inside);
        } else if letter.is_alphanumeric() {
            hash = letter.to_lowercase().fold(hash, fnv);
            inside = true;
        } else if !is_mark(letter) {
            end(&mut hash, &mut inside);
        }
    }
    end(&mut hash, &mut inside);
}

fn fnv(hash: u64, letter: char) -> u64 {
    const PRIME: u64 = 0x0100_0000_01b3;
    let mut bytes = [0; 4];
    letter.encode_utf8(&mut bytes).bytes().fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

/// Letters of scripts that set no space between words.
fn is_word_by_itself(letter: char) -> bool {
    matches!(letter,
        '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// Marks within words: accents written apart, the soft hyphen and the joiners of Arabic and Indic scripts.
fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{00ad}' | '\u{0300}'..='\u{036f}' | '\u{0591}'..='\u{05c7}' | '\u{064b}'..='\u{065f}' | '\u{0900}'..='\u{0dff}' | '\u{200c}' | '\u{200d}')
}

fn hash_run(words: &[u64]) -> u64 {
    words.iter().fold(0, |hash, word| mix(hash ^ word))
}

fn mix(mut hash: u64) -> u64 {
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

/// Counts, for each bit, the hashes that have it set: eight counters of a byte in each word, emptied before one can overflow.
#[derive(Default)]
struct Tally {
    counted: u64,
    open: [u64; 8],
    open_count: u8,
    totals: Totals,
}

struct Totals([u64; 64]);

impl Default for Totals {
    fn default() -> Self {
        Self([0; 64])
    }
}

impl Tally {
    fn add(&mut self, hash: u64) {
        for (counters, byte) in self.open.iter_mut().zip(hash.to_le_bytes()) {
            *counters += SPREAD.get(usize::from(byte)).copied().unwrap_or_default();
        }
        self.counted += 1;
        self.open_count += 1;
        if self.open_count == u8::MAX {
            self.empty();
        }
    }

    fn empty(&mut self) {
        let open = std::mem::take(&mut self.open);
        let counts = open.iter().flat_map(|counters| counters.to_le_bytes());
        for (total, count) in self.totals.0.iter_mut().zip(counts) {
            *total += u64::from(count);
        }
        self.open_count = 0;
    }

    fn majority(mut self) -> u64 {
        self.empty();
        let set = |(bit, total): (usize, &u64)| u64::from(2 * total > self.counted) << bit;
        self.totals.0.iter().enumerate().map(set).fold(0, |bits, bit| bits | bit)
    }
}

const fn spread() -> [u64; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    let mut word = 0_u64;
    while byte < 256 {
        let mut bit = 0;
        let mut spread = 0;
        while bit < 8 {
            spread |= ((word >> bit) & 1) << (8 * bit);
            bit += 1;
        }
        table[byte] = spread;
        byte += 1;
        word += 1;
    }
    table
}

#[cfg(test)]
mod tests;
