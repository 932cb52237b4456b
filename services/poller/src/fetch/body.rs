//! Reads a body: unpacks one layer, and counts what comes over the wire and what it becomes while it does so.

use std::{
    io::{self, Write},
    sync::Arc,
    time::Duration,
};

use brotli_decompressor::DecompressorWriter;
use bytes::Bytes;
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use reqwest::header::{self, HeaderMap, HeaderValue};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

use super::FetchError;
use crate::config::Fetch;

/// What the poller can unpack.
pub(super) const ACCEPT_ENCODING: HeaderValue = HeaderValue::from_static("gzip, deflate, br, zstd");

/// A body is unpacked in slices of this many packed bytes, so that little happens between two looks at the limits.
const SLICE_BYTES: usize = 4 * 1024;

/// Longest wait for room among the bodies in memory.
const LONGEST_WAIT_FOR_ROOM: Duration = Duration::from_secs(10);

/// Room that every body takes, and steps in which it takes more.
const LEAST_ROOM_KIB: u32 = 64;

/// Packed and unpacked bytes of one body within its limits.
pub(super) struct Body {
    packing: Packing,
    room: Room,
}

/// What came of a body.
#[derive(Debug)]
pub(super) struct Unpacked {
    pub(super) bytes: Bytes,
    pub(super) wire_bytes: usize,
    pub(super) room: Room,
}

/// Memory that a body takes of what all bodies may take.
#[derive(Debug)]
pub(crate) struct Room {
    pool: Arc<Semaphore>,
    held: Vec<OwnedSemaphorePermit>,
    held_kib: u32,
}

enum Packing {
    /// Said to be packed in nothing. The first bytes tell a file that lies packed on the publisher's disk, as sitemaps do.
    Unsaid(Vec<u8>, Sink),
    Plain(Sink),
    Gzip(MultiGzDecoder<Sink>),
    /// The first bytes tell zlib (RFC 9110, 8.4.1.2) from the bare deflate that some servers send.
    DeflateOfAKind(Vec<u8>, Sink),
    Zlib(ZlibDecoder<Sink>),
    Deflate(DeflateDecoder<Sink>),
    Brotli(Box<DecompressorWriter<Sink>>),
    Zstd(zstd::stream::write::Decoder<'static, Sink>),
    /// Taken apart; nothing more can be fed.
    Over,
}

/// Takes unpacked bytes up to the limits.
#[derive(Debug)]
struct Sink {
    body: Vec<u8>,
    wire_bytes: usize,
    limits: Limits,
    refused: Option<Refused>,
}

#[derive(Clone, Copy, Debug)]
struct Limits {
    wire_bytes: usize,
    body_bytes: usize,
    ratio: usize,
    ratio_from_bytes: usize,
}

#[derive(Clone, Copy, Debug)]
enum Refused {
    TooLarge(usize),
    Inflated,
}

impl Body {
    /// A body packed as `headers` say.
    pub(super) fn new(headers: &HeaderMap, limits: &Fetch, pool: Arc<Semaphore>) -> Result<Self, FetchError> {
        let limits = Limits {
            wire_bytes: limits.max_wire_bytes,
            body_bytes: limits.max_body_bytes,
            ratio: limits.max_ratio,
            ratio_from_bytes: limits.ratio_from_bytes,
        };
        let sink = Sink { body: Vec::new(), wire_bytes: 0, limits, refused: None };
        let room = Room { pool, held: Vec::new(), held_kib: 0 };
        Ok(Self { packing: Packing::named(&layer(headers)?, sink)?, room })
    }

    /// Takes what came over the wire.
    pub(super) async fn feed(&mut self, chunk: &[u8]) -> Result<(), FetchError> {
        for slice in chunk.chunks(SLICE_BYTES) {
            self.packing.feed(slice)?;
            let bytes = self.packing.sink().map_or(0, |sink| sink.body.capacity());
            self.room.take(bytes).await?;
        }
        Ok(())
    }

    /// Unpacks what is left.
    pub(super) fn finish(self) -> Result<Unpacked, FetchError> {
        let sink = self.packing.finish()?;
        Ok(Unpacked { bytes: sink.body.into(), wire_bytes: sink.wire_bytes, room: self.room })
    }
}

impl Room {
    async fn take(&mut self, bytes: usize) -> Result<(), FetchError> {
        let needed = u32::try_from(bytes / 1024 + 1).unwrap_or(u32::MAX).max(LEAST_ROOM_KIB);
        let more = needed.saturating_sub(self.held_kib);
        if more == 0 {
            return Ok(());
        }
        match timeout(LONGEST_WAIT_FOR_ROOM, self.pool.clone().acquire_many_owned(more)).await {
            Ok(Ok(permit)) => {
                self.held.push(permit);
                self.held_kib = needed;
                Ok(())
            }
            Ok(Err(_)) | Err(_) => Err(FetchError::NoRoom),
        }
    }
}

/// The one layer that a body is packed in (RFC 9110, 8.4); empty for none.
fn layer(headers: &HeaderMap) -> Result<String, FetchError> {
    let mut found = String::new();
    for value in headers.get_all(header::CONTENT_ENCODING) {
        let text = String::from_utf8_lossy(value.as_bytes());
        for name in text.split(',').map(|name| name.trim().to_ascii_lowercase()) {
            if name.is_empty() || name == "identity" {
                continue;
            }
            if !found.is_empty() {
                return Err(FetchError::Encoding(format!("packed more than once: {found}, then {name}")));
            }
            found = name;
        }
    }
    Ok(found)
}

impl Packing {
    fn named(name: &str, sink: Sink) -> Result<Self, FetchError> {
        /// RFC 9659: a decoder of HTTP need not take windows above 8 MiB.
        const ZSTD_WINDOW_LOG: u32 = 23;
        const BROTLI_BUFFER_BYTES: usize = 16 * 1024;
        Ok(match name {
            "" => Self::Unsaid(Vec::new(), sink),
            "gzip" | "x-gzip" => Self::Gzip(MultiGzDecoder::new(sink)),
            "deflate" => Self::DeflateOfAKind(Vec::new(), sink),
            "br" => Self::Brotli(Box::new(DecompressorWriter::new(sink, BROTLI_BUFFER_BYTES))),
            "zstd" => {
                let mut decoder = zstd::stream::write::Decoder::new(sink).map_err(|error| corrupt(&error))?;
                decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(|error| corrupt(&error))?;
                Self::Zstd(decoder)
            }
            other => {
                let shown: String = other.chars().take(40).collect();
                return Err(FetchError::Encoding(format!("packed as {shown:?}, which was not asked for")));
            }
        })
    }

    fn sink(&mut self) -> Option<&mut Sink> {
        Some(match self {
            Self::Unsaid(_, sink) | Self::Plain(sink) | Self::DeflateOfAKind(_, sink) => sink,
            Self::Gzip(decoder) => decoder.get_mut(),
            Self::Zlib(decoder) => decoder.get_mut(),
            Self::Deflate(decoder) => decoder.get_mut(),
            Self::Brotli(decoder) => decoder.get_mut(),
            Self::Zstd(decoder) => decoder.get_mut(),
            Self::Over => return None,
        })
    }

    fn feed(&mut self, slice: &[u8]) -> Result<(), FetchError> {
        if let Some(sink) = self.sink() {
            sink.wire_bytes = sink.wire_bytes.saturating_add(slice.len());
            if sink.wire_bytes > sink.limits.wire_bytes {
                return Err(FetchError::TooLarge(sink.limits.wire_bytes));
            }
        }
        let written = match self {
            Self::Unsaid(begun, _) => {
                begun.extend_from_slice(slice);
                self.tell_gzip()
            }
            Self::Plain(sink) => sink.write_all(slice),
            Self::Gzip(decoder) => decoder.write_all(slice),
            Self::DeflateOfAKind(begun, _) => {
                begun.extend_from_slice(slice);
                self.tell_deflate()
            }
            Self::Zlib(decoder) => decoder.write_all(slice),
            Self::Deflate(decoder) => decoder.write_all(slice),
            Self::Brotli(decoder) => decoder.write_all(slice),
            Self::Zstd(decoder) => decoder.write_all(slice),
            Self::Over => Ok(()),
        };
        written.map_err(|error| self.refusal().unwrap_or_else(|| corrupt(&error)))
    }

    /// A gzip stream begins with two bytes that no feed begins with in any charset (RFC 1952, 2.3.1).
    fn tell_gzip(&mut self) -> io::Result<()> {
        let Self::Unsaid(begun, _) = self else { return Ok(()) };
        let [first, second, ..] = **begun else { return Ok(()) };
        let Self::Unsaid(begun, mut sink) = std::mem::replace(self, Self::Over) else { return Ok(()) };
        if [first, second] == [0x1f, 0x8b] {
            let mut decoder = MultiGzDecoder::new(sink);
            let written = decoder.write_all(&begun);
            *self = Self::Gzip(decoder);
            written
        } else {
            let written = sink.write_all(&begun);
            *self = Self::Plain(sink);
            written
        }
    }

    /// A zlib stream begins with its method and a checksum of two bytes (RFC 1950, 2.2).
    fn tell_deflate(&mut self) -> io::Result<()> {
        let Self::DeflateOfAKind(begun, _) = self else { return Ok(()) };
        let [method, flags, ..] = **begun else { return Ok(()) };
        let zlib = method & 0x0f == 8 && u16::from_be_bytes([method, flags]).is_multiple_of(31);
        let Self::DeflateOfAKind(begun, sink) = std::mem::replace(self, Self::Over) else { return Ok(()) };
        if zlib {
            let mut decoder = ZlibDecoder::new(sink);
            let written = decoder.write_all(&begun);
            *self = Self::Zlib(decoder);
            written
        } else {
            let mut decoder = DeflateDecoder::new(sink);
            let written = decoder.write_all(&begun);
            *self = Self::Deflate(decoder);
            written
        }
    }

    fn refusal(&mut self) -> Option<FetchError> {
        let sink = self.sink()?;
        sink.refused.map(|refused| refused.error(sink))
    }

    fn finish(mut self) -> Result<Sink, FetchError> {
        // What was still to be unpacked may pass a limit, and the sink is lost with the error.
        if let Self::Zstd(decoder) = &mut self
            && let Err(error) = decoder.flush()
        {
            return Err(self.refusal().unwrap_or_else(|| corrupt(&error)));
        }
        let nothing_came = self.sink().is_some_and(|sink| sink.wire_bytes == 0);
        let sink = match self {
            Self::Unsaid(begun, mut sink) => sink.write_all(&begun).map(|()| sink),
            Self::Plain(sink) | Self::DeflateOfAKind(_, sink) => Ok(sink),
            Self::Gzip(decoder) if nothing_came => Ok(decoder.get_ref().emptied()),
            Self::Gzip(decoder) => decoder.finish(),
            Self::Zlib(decoder) => decoder.finish(),
            Self::Deflate(decoder) => decoder.finish(),
            Self::Brotli(decoder) if nothing_came => Ok(decoder.get_ref().emptied()),
            Self::Brotli(mut decoder) => {
                decoder.close().and_then(|()| decoder.into_inner().map_err(|_| io::ErrorKind::UnexpectedEof.into()))
            }
            Self::Zstd(decoder) => Ok(decoder.into_inner()),
            Self::Over => Err(io::ErrorKind::UnexpectedEof.into()),
        };
        let sink = sink.map_err(|error| corrupt(&error))?;
        match sink.refused {
            Some(refused) => Err(refused.error(&sink)),
            None => Ok(sink),
        }
    }
}

impl Sink {
    fn emptied(&self) -> Self {
        Self { body: Vec::new(), wire_bytes: 0, limits: self.limits, refused: None }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let size = self.body.len().saturating_add(bytes.len());
        let Limits { body_bytes, ratio, ratio_from_bytes, .. } = self.limits;
        let inflated = size > ratio_from_bytes && size > self.wire_bytes.saturating_mul(ratio);
        if inflated || size > body_bytes {
            self.refused = Some(if inflated { Refused::Inflated } else { Refused::TooLarge(body_bytes) });
            return Err(io::Error::other("limit passed"));
        }
        self.body.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Refused {
    fn error(self, sink: &Sink) -> FetchError {
        match self {
            Self::TooLarge(limit) => FetchError::TooLarge(limit),
            Self::Inflated => FetchError::Inflated { wire_bytes: sink.wire_bytes, limit_ratio: sink.limits.ratio },
        }
    }
}

fn corrupt(error: &io::Error) -> FetchError {
    FetchError::Encoding(format!("it cannot be unpacked: {error}"))
}
