//! Bodies are unpacked once, and no further than they may grow.

use flate2::write::{DeflateEncoder, ZlibEncoder};

use super::*;

const FEED: &[u8] = b"<rss>a</rss>";

/// `FEED` as brotli packs it.
const BROTLI_FEED: [u8; 16] =
    [0x8b, 0x05, 0x80, 0x3c, 0x72, 0x73, 0x73, 0x3e, 0x61, 0x3c, 0x2f, 0x72, 0x73, 0x73, 0x3e, 0x03];

/// 64 MiB of zeros as brotli packs them.
const BROTLI_BOMB: [u8; 102] = [
    0xcb, 0xff, 0xff, 0x3f, 0x00, 0x24, 0x00, 0xe2, 0xb1, 0x40, 0x72, 0xef, 0xff, 0xf8, 0xff, 0xff, 0x07, 0x80, 0x04,
    0x40, 0x1c, 0x16, 0x80, 0xee, 0xfd, 0x1f, 0xff, 0xff, 0xff, 0x00, 0x90, 0x00, 0x88, 0xc3, 0x02, 0xd0, 0xbd, 0xff,
    0xe3, 0xff, 0xff, 0x1f, 0x00, 0x12, 0x00, 0x71, 0x58, 0x00, 0xba, 0xf7, 0x7f, 0xfc, 0xff, 0xff, 0x03, 0x40, 0x02,
    0x20, 0x0e, 0x0b, 0x40, 0xf7, 0xfe, 0x8f, 0xff, 0xff, 0x7f, 0x00, 0x48, 0x00, 0xc4, 0x61, 0x01, 0xe8, 0xde, 0xff,
    0xf1, 0xff, 0xff, 0x0f, 0x00, 0x09, 0x80, 0x38, 0x2c, 0x00, 0xdd, 0xfb, 0x3f, 0xfe, 0xff, 0xff, 0x01, 0x20, 0x01,
    0x10, 0x87, 0x05, 0xa0, 0x7b, 0xff, 0x37,
];

fn zlib(body: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn bare_deflate(body: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

fn zstd_of(body: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(body, 19).unwrap()
}

/// Fetches `body`, packed as `headers` say.
async fn fetch_packed(limits_of: impl FnOnce(SocketAddr) -> Fetch, headers: &str, body: &[u8]) -> Fetched {
    let server = serve(vec![answer("200 OK", headers, body)]).await;
    fetch(limits_of(server.addr), URL).await
}

#[tokio::test]
async fn every_packing_that_is_asked_for_is_unpacked() {
    let cases = [
        ("gzip", gzip(FEED)),
        ("GZip", gzip(FEED)),
        ("x-gzip", gzip(FEED)),
        ("identity, gzip", gzip(FEED)),
        ("gzip", [gzip(b"<rss>a"), gzip(b"</rss>")].concat()),
        ("deflate", zlib(FEED)),
        ("deflate", bare_deflate(FEED)),
        ("br", BROTLI_FEED.to_vec()),
        ("zstd", zstd_of(FEED)),
        ("identity", FEED.to_vec()),
        ("", FEED.to_vec()),
    ];
    for (name, body) in cases {
        let fetched = fetch_packed(limits, &format!("Content-Encoding: {name}\r\n"), &body).await;

        let answered = fetched.result.unwrap();
        assert_eq!((&answered.body[..], answered.wire_bytes), (FEED, body.len()), "{name}");
    }
}

#[tokio::test]
async fn a_packed_file_is_unpacked_that_nobody_says_is_packed() {
    for headers in ["Content-Type: application/gzip\r\n", "Content-Encoding: identity\r\n", ""] {
        let fetched = fetch_packed(limits, headers, &gzip(FEED)).await;

        assert_eq!(fetched.result.unwrap().body, FEED, "{headers:?}");
    }
    let short = fetch_packed(limits, "", b"<").await;
    assert_eq!(&short.result.unwrap().body[..], b"<");
}

#[tokio::test]
async fn an_empty_body_is_empty_however_it_is_said_to_be_packed() {
    for name in ["gzip", "deflate", "br", "zstd"] {
        let fetched = fetch_packed(limits, &format!("Content-Encoding: {name}\r\n"), b"").await;

        assert_eq!(fetched.result.unwrap().body.len(), 0, "{name}");
    }
}

#[tokio::test]
async fn a_body_packed_twice_or_in_a_way_not_asked_for_is_refused() {
    let twice = gzip(&gzip(FEED));
    for headers in [
        "Content-Encoding: gzip, gzip\r\n",
        "Content-Encoding: gzip\r\nContent-Encoding: gzip\r\n",
        "Content-Encoding: gzip,identity,br\r\n",
        "Content-Encoding: compress\r\n",
        "Content-Encoding: \u{e9}\r\n",
    ] {
        let fetched = fetch_packed(limits, headers, &twice).await;

        assert_eq!(outcome(&fetched), Outcome::BadEncoding, "{headers:?} {:?}", fetched.result);
    }
}

#[tokio::test]
async fn a_body_that_cannot_be_unpacked_is_refused() {
    let mut damaged = gzip(&[b'x'; 900]);
    let last = damaged.len() - 6;
    damaged[last] ^= 0xff;
    let cut = gzip(FEED)[..15].to_vec();
    let cases = [
        ("gzip", b"this is no gzip".to_vec()),
        ("gzip", damaged),
        ("gzip", cut),
        ("br", vec![0xff; 40]),
        ("zstd", FEED.to_vec()),
    ];
    for (name, body) in cases {
        let fetched = fetch_packed(limits, &format!("Content-Encoding: {name}\r\n"), &body).await;

        assert_eq!(outcome(&fetched), Outcome::BadEncoding, "{name} {:?}", fetched.result);
    }
}

#[tokio::test]
async fn a_body_that_grows_out_of_proportion_is_cut_off_while_it_is_unpacked() {
    let zeros = vec![0; 64 << 20];
    let bombs =
        [("gzip", gzip(&zeros)), ("deflate", zlib(&zeros)), ("br", BROTLI_BOMB.to_vec()), ("zstd", zstd_of(&zeros))];
    for (name, bomb) in bombs {
        let large = |addr| Fetch { max_body_bytes: 256 << 20, max_wire_bytes: 1 << 20, ..limits(addr) };
        let fetched = fetch_packed(large, &format!("Content-Encoding: {name}\r\n"), &bomb).await;

        assert_eq!(outcome(&fetched), Outcome::Inflated, "{name} {:?}", fetched.result);
    }
}

#[tokio::test]
async fn a_body_packed_very_well_passes_while_it_stays_small() {
    let zeros = vec![0; 200 << 10];
    let limits = |addr| Fetch { max_body_bytes: 1 << 20, ..limits(addr) };
    let fetched = fetch_packed(limits, "Content-Encoding: br\r\n", &BROTLI_FEED).await;
    assert!(fetched.result.is_ok());
    let fetched = fetch_packed(limits, "Content-Encoding: gzip\r\n", &gzip(&zeros)).await;

    assert_eq!(fetched.result.unwrap().body.len(), 200 << 10);
}
