//! What holds for whatever bytes a publisher serves: the laws that the fuzz targets look for breaches of.
//!
//! ```text
//! libFuzzer ─bytes─► bin/items ─► items::check ─► html::check      a breach is a failed assertion,
//!                    bin/dates ─► dates::check                     which the fuzzer keeps the input of
//! ```

pub mod dates;
pub mod html;
pub mod items;
