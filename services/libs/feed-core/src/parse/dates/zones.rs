//! Zones: offsets, and the names in common use.

use news_model::DateZone;

/// Seconds east of UTC of what `zone` names, and how it names it.
///
/// Letters stand for the zones of RFC 822 and others in common use. A name that several regions use is taken for the one whose press writes
/// it most; the letters of RFC 822's military zones, used with both signs, count as UTC (RFC 5322, 4.3).
pub(super) fn zone_of(zone: &str) -> Option<(i32, DateZone)> {
    let upper = zone.to_ascii_uppercase();
    let upper = upper.strip_prefix("ETC/").unwrap_or(&upper);
    let signed =
        ["GMT", "UTC", "UT"].into_iter().find_map(|name| upper.strip_prefix(name).filter(|rest| !rest.is_empty()));
    if let Some(offset) = offset_of(signed.unwrap_or(upper)) {
        return Some((offset, DateZone::Offset));
    }
    if let Some(minutes) = minutes_of(upper) {
        let kind = if minutes == 0 { DateZone::Offset } else { DateZone::Named };
        return Some((minutes * 60, kind));
    }
    let military = upper.len() == 1 && upper.bytes().all(|byte| byte.is_ascii_uppercase() && byte != b'T');
    military.then_some((0, DateZone::Unknown))
}

/// Seconds east of UTC of `+01:00`, `-0130` or `+1`.
fn offset_of(text: &str) -> Option<i32> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    if !rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b':') {
        return None;
    }
    let (hours, minutes): (i32, i32) = match rest.split_once(':') {
        Some((hours, minutes)) => (hours.parse().ok()?, minutes.parse().ok()?),
        None if rest.len() <= 2 => (rest.parse().ok()?, 0),
        None => {
            let number: i32 = rest.parse().ok().filter(|_| rest.len() <= 4)?;
            (number / 100, number % 100)
        }
    };
    let valid = (0..=15).contains(&hours) && (0..60).contains(&minutes);
    valid.then(|| sign * (hours * 3600 + minutes * 60))
}

fn minutes_of(name: &str) -> Option<i32> {
    let half_hours = match name {
        "Z" | "UT" | "UTC" | "GMT" | "WET" => 0,
        "BST" | "CET" | "MET" | "MEZ" | "WEST" | "WAT" => 2,
        "CEST" | "MEST" | "MESZ" | "EET" | "SAST" | "CAT" => 4,
        "EEST" | "MSK" | "EAT" | "TRT" => 6,
        "MSD" | "GST" => 8,
        "PKT" => 10,
        "IST" => 11,
        "ICT" | "WIB" => 14,
        "HKT" | "SGT" | "PHT" | "AWST" => 16,
        "JST" | "KST" => 18,
        "ACST" => 19,
        "AEST" => 20,
        "ACDT" => 21,
        "AEDT" => 22,
        "NZST" => 24,
        "NZDT" => 26,
        "NDT" => -5,
        "ADT" | "BRT" | "ART" => -6,
        "NST" => -7,
        "AST" | "EDT" => -8,
        "EST" | "ET" | "CDT" => -10,
        "CST" | "CT" | "MDT" => -12,
        "MST" | "MT" | "PDT" => -14,
        "PST" | "PT" | "AKDT" => -16,
        "AKST" => -18,
        "HST" => -20,
        _ => return None,
    };
    Some(half_hours * 30)
}
