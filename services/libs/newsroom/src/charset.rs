//! Turns feed sources, all kept in UTF-8, into the encodings that their sites serve.

use std::io::{self, Write};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

/// The encoding of a site's bodies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8 without a mark.
    Utf8,
    /// UTF-8 after a byte order mark.
    Utf8Marked,
    /// ISO-8859-1, as browsers and feed readers take it (windows-1252).
    Latin1,
    /// windows-1251.
    Windows1251,
    /// `Shift_JIS`.
    ShiftJis,
    /// UTF-16, little end first, after a byte order mark.
    Utf16Marked,
}

impl Charset {
    /// Encodes `text`; characters the encoding lacks become numeric references.
    #[must_use]
    pub fn encode(self, text: &str) -> Bytes {
        match self {
            Self::Utf8 => Bytes::copy_from_slice(text.as_bytes()),
            Self::Utf8Marked => [b"\xEF\xBB\xBF", text.as_bytes()].concat().into(),
            Self::Utf16Marked => [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
            Self::Latin1 => encode_with(encoding_rs::WINDOWS_1252, text),
            Self::Windows1251 => encode_with(encoding_rs::WINDOWS_1251, text),
            Self::ShiftJis => encode_with(encoding_rs::SHIFT_JIS, text),
        }
    }
}

/// Packs a body as gzip, the same bytes each time.
///
/// # Errors
///
/// Writing to memory does not fail; the error is what the encoder's interface allows.
pub(crate) fn gzip(body: &[u8]) -> io::Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body)?;
    Ok(encoder.finish()?.into())
}

fn encode_with(encoding: &'static encoding_rs::Encoding, text: &str) -> Bytes {
    let (bytes, _, _) = encoding.encode(text);
    Bytes::from(bytes.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_charset_writes_its_own_bytes() {
        assert_eq!(&Charset::Utf8.encode("é")[..], b"\xC3\xA9");
        assert_eq!(&Charset::Utf8Marked.encode("é")[..], b"\xEF\xBB\xBF\xC3\xA9");
        assert_eq!(&Charset::Latin1.encode("é")[..], b"\xE9");
        assert_eq!(&Charset::Windows1251.encode("Я")[..], b"\xDF");
        assert_eq!(&Charset::ShiftJis.encode("日")[..], b"\x93\xFA");
        assert_eq!(&Charset::Utf16Marked.encode("é")[..], b"\xFF\xFE\xE9\x00");
    }
}
