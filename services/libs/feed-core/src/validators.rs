//! Validators of a body, kept exactly as they came.

use bytes::Bytes;

/// Longest validator that is kept, in bytes; longer ones are noise that every request would carry.
pub const MAX_VALIDATOR_BYTES: usize = 1_024;

/// What makes the next request a conditional one (RFC 9110, 13.1). Empty fields are not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validators {
    /// Goes into `If-None-Match`.
    pub etag: Bytes,
    /// Goes into `If-Modified-Since`.
    pub last_modified: Bytes,
}

impl Validators {
    /// Whether there is one to send.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.etag.is_empty() && self.last_modified.is_empty()
    }
}

/// Keeps what can be sent back byte for byte; a value with control bytes or over [`MAX_VALIDATOR_BYTES`] is dropped, never mended.
#[must_use]
pub fn keep(etag: Option<&[u8]>, last_modified: Option<&[u8]>) -> Validators {
    Validators { etag: kept(etag), last_modified: kept(last_modified) }
}

fn kept(value: Option<&[u8]>) -> Bytes {
    let value = value.unwrap_or_default();
    // RFC 9110, 5.5: a field value holds visible bytes, blanks, tabs and bytes from 0x80 on.
    let sendable = value.iter().all(|byte| *byte == b'\t' || !byte.is_ascii_control());
    if value.len() > MAX_VALIDATOR_BYTES || !sendable {
        return Bytes::new();
    }
    Bytes::copy_from_slice(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_kept_byte_for_byte() {
        let odd: [&[u8]; 4] = [b"W/\"a\"", b"unquoted", b"\"\xe9\xff\"", b" \"spaced\" "];
        for value in odd {
            assert_eq!(keep(Some(value), Some(value)).etag, value);
            assert_eq!(keep(Some(value), Some(value)).last_modified, value);
        }
    }

    #[test]
    fn values_that_cannot_be_sent_are_dropped() {
        let long = vec![b'a'; MAX_VALIDATOR_BYTES + 1];
        for value in [b"a\r\nX: y".as_slice(), b"a\0", b"\x7f", &long] {
            assert!(keep(Some(value), Some(value)).is_empty());
        }
        assert!(keep(None, None).is_empty());
    }
}
