//! Laws of dates.

use chrono::{Datelike, SecondsFormat};
use feed_core::parse::read_date;

/// Holds `text` to the laws of dates: whatever is read is read the same again, also after it was written as the two standards write it.
///
/// # Panics
/// Where a law is broken.
pub fn check(text: &str) {
    let read = read_date(text);
    assert_eq!(read, read_date(text), "{text:?} is read otherwise the second time");
    let Some(read) = read else { return };
    assert!(
        (1..=9999).contains(&read.at.year()),
        "{text:?} is {:?}, which no timestamp of the contract can hold",
        read.at
    );
    let written = [read.at.to_rfc3339_opts(SecondsFormat::Millis, true), read.at.to_rfc2822()];
    for (form, kept_millis) in written.iter().zip([true, false]) {
        let again = read_date(form).map(|again| again.at.timestamp_millis());
        let kept = read.at.timestamp_millis().div_euclid(1000) * 1000;
        let expected = if kept_millis { read.at.timestamp_millis() } else { kept };
        assert_eq!(again, Some(expected), "{text:?}, written as {form:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn common_dates_break_no_law() {
        for text in
            ["Tue, 24 Nov 2026 03:34:35 +0100", "2026-11-24T03:34:35.25Z", "24.11.2026", "1795491275", "no date", ""]
        {
            check(text);
        }
    }
}
