//! Bytes to items and events.

#![no_main]

libfuzzer_sys::fuzz_target!(|body: &[u8]| fuzz::items::check(body));
