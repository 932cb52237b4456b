//! Plain text out of files, which has to be UTF-8.

/// Bytes that are no text.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line} is not UTF-8: its byte {byte} is 0x{value:02x}; put the text into UTF-8 first, as iconv does")]
pub(crate) struct NotUtf8 {
    /// From 1.
    pub(crate) line: usize,
    /// Within the line, from 1.
    pub(crate) byte: usize,
    pub(crate) value: u8,
}

/// The text in `bytes`, without the mark by which some programs begin files in UTF-8.
pub(crate) fn text_of(bytes: Vec<u8>) -> Result<String, NotUtf8> {
    const MARK: &str = "\u{feff}";
    let mut text =
        String::from_utf8(bytes).map_err(|error| place_of(error.utf8_error().valid_up_to(), error.as_bytes()))?;
    if text.starts_with(MARK) {
        text.drain(..MARK.len());
    }
    Ok(text)
}

fn place_of(at: usize, bytes: &[u8]) -> NotUtf8 {
    let mut lines = bytes.get(..at).unwrap_or_default().split(|byte| *byte == b'\n');
    let (line, begun) = (lines.clone().count(), lines.next_back().map_or(0, <[u8]>::len));
    NotUtf8 { line, byte: begun + 1, value: bytes.get(at).copied().unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_that_is_no_text_is_told_by_its_place() {
        assert_eq!(text_of(b"one\nK\xf6ln".to_vec()), Err(NotUtf8 { line: 2, byte: 2, value: 0xf6 }));
        assert_eq!(text_of(b"\xff\xfeA".to_vec()), Err(NotUtf8 { line: 1, byte: 1, value: 0xff }));
        // Half of a surrogate pair, as some programs write it.
        assert_eq!(text_of(b"a\n\n\xed\xa0\x80".to_vec()), Err(NotUtf8 { line: 3, byte: 1, value: 0xed }));
    }

    #[test]
    fn a_mark_at_the_start_is_no_text() {
        assert_eq!(text_of("\u{feff}Köln\u{feff}".into()).unwrap(), "Köln\u{feff}");
    }
}
