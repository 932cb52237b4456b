//! A feed in pieces, so that damage knows which items it touched.

use crate::{Format, draw::Draw, stories::STORIES};

/// A feed before it is put together.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) format: Format,
    /// All before the first item.
    pub(crate) head: Vec<u8>,
    pub(crate) items: Vec<Piece>,
    /// Between two items.
    pub(crate) gap: Vec<u8>,
    /// All behind the last item.
    pub(crate) tail: Vec<u8>,
    /// The `Content-Type` it is served with.
    pub(crate) content_type: Option<&'static str>,
    /// What is done to the bytes at the very end.
    pub(crate) finish: Finish,
}

/// One item of a draft.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    /// Index of its story.
    pub(crate) story: usize,
    pub(crate) bytes: Vec<u8>,
    /// Whether its bytes are those of the seed.
    pub(crate) whole: bool,
    /// Whether a reader is held to find it all the same.
    pub(crate) findable: bool,
}

/// The last step from pieces to bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Finish {
    /// As they are.
    Utf8,
    /// In windows-1252, for drafts of western stories.
    Windows1252,
    /// In UTF-16, little-endian or big, with a byte order mark or without.
    Utf16 { big: bool, mark: bool },
    /// Cut off behind that many hundredths.
    Cut(usize),
}

impl Draft {
    /// Leaves out the stories that windows-1252 cannot write.
    pub(crate) fn keep_western(&mut self) {
        self.items.retain(|piece| STORIES.get(piece.story).is_some_and(|story| story.western));
    }

    /// Replaces the first `from` of the head by `to`.
    pub(crate) fn edit_head(&mut self, from: &str, to: &str) {
        self.head = replaced(&self.head, from, to, 1);
    }

    /// Replaces the first `from` of the tail by `to`.
    pub(crate) fn edit_tail(&mut self, from: &str, to: &str) {
        self.tail = replaced(&self.tail, from, to, 1);
    }

    /// Replaces every `from` of the whole document by `to`, where that leaves the meaning as it is: the items stay whole.
    pub(crate) fn rewrite(&mut self, from: &str, to: &str) {
        self.head = replaced(&self.head, from, to, usize::MAX);
        self.tail = replaced(&self.tail, from, to, usize::MAX);
        for piece in &mut self.items {
            piece.bytes = replaced(&piece.bytes, from, to, usize::MAX);
        }
    }

    /// Damages a third of the items with `damage`, which tells whether it found something to damage.
    pub(crate) fn mar(&mut self, draw: &mut Draw, findable: bool, damage: impl Fn(&mut Vec<u8>, &mut Draw) -> bool) {
        let mut left = self.items.len().div_ceil(3);
        for _ in 0..self.items.len() * 4 {
            let index = draw.below(self.items.len());
            let Some(piece) = self.items.get_mut(index) else { return };
            if piece.whole && damage(&mut piece.bytes, draw) {
                piece.whole = false;
                piece.findable = findable;
                left -= 1;
            }
            if left == 0 {
                return;
            }
        }
    }

    /// Puts it together: the bytes, and the places of the items in them where that is known.
    pub(crate) fn joined(&self) -> (Vec<u8>, Vec<(usize, usize)>) {
        let mut bytes = self.head.clone();
        let mut spans = Vec::new();
        for (index, piece) in self.items.iter().enumerate() {
            if index > 0 {
                bytes.extend_from_slice(&self.gap);
            }
            let start = bytes.len();
            bytes.extend_from_slice(&piece.bytes);
            spans.push((start, bytes.len()));
        }
        bytes.extend_from_slice(&self.tail);
        (bytes, spans)
    }

    /// The bytes as they are served, and the items that stand whole in them.
    pub(crate) fn served(&mut self) -> Vec<u8> {
        let (bytes, spans) = self.joined();
        match self.finish {
            Finish::Utf8 => bytes,
            Finish::Windows1252 => String::from_utf8_lossy(&bytes).chars().map(windows_1252).collect(),
            Finish::Utf16 { big, mark } => utf_16(&String::from_utf8_lossy(&bytes), big, mark),
            Finish::Cut(hundredths) => {
                let cut = bytes.len() * hundredths / 100;
                for (piece, (_, end)) in self.items.iter_mut().zip(spans) {
                    piece.whole = end <= cut;
                }
                bytes.get(..cut).unwrap_or_default().to_vec()
            }
        }
    }
}

/// `bytes` with at most `times` of `from` replaced by `to`.
pub(crate) fn replaced(bytes: &[u8], from: &str, to: &str, times: usize) -> Vec<u8> {
    let mut made = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    for _ in 0..times {
        let Some(at) = position(rest, from) else { break };
        made.extend_from_slice(rest.get(..at).unwrap_or_default());
        made.extend_from_slice(to.as_bytes());
        rest = rest.get(at + from.len()..).unwrap_or_default();
    }
    made.extend_from_slice(rest);
    made
}

/// Where `word` first stands in `bytes`.
pub(crate) fn position(bytes: &[u8], word: &str) -> Option<usize> {
    bytes.windows(word.len()).position(|window| window == word.as_bytes())
}

fn utf_16(text: &str, big: bool, mark: bool) -> Vec<u8> {
    let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
}

/// The byte of `letter` in windows-1252, `?` for one that it lacks.
///
/// Bytes 0x80 to 0x9f by the table of <https://encoding.spec.whatwg.org/index-windows-1252.txt>, as far as the stories need them.
pub(crate) fn windows_1252(letter: char) -> u8 {
    match letter {
        '€' => 0x80,
        '„' => 0x84,
        '‘' => 0x91,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        '–' => 0x96,
        '—' => 0x97,
        letter => match u8::try_from(letter) {
            Ok(byte) if !(0x80..0xa0).contains(&byte) => byte,
            _ => b'?',
        },
    }
}
