//! Texts to dates.

#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| fuzz::dates::check(text));
