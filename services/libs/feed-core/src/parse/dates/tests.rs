use super::*;

fn shown(text: &str) -> String {
    read_date(text).map_or_else(|| "none".to_owned(), |date| date.at.to_rfc3339())
}

#[test]
fn standard_forms_are_read() {
    let cases = [
        ("Tue, 24 Nov 2026 03:34:35 GMT", "2026-11-24T03:34:35+00:00"),
        ("24 Nov 26 03:34 EST", "2026-11-24T08:34:00+00:00"),
        ("2026-11-24T03:34:35.250+01:00", "2026-11-24T02:34:35.250+00:00"),
        ("2026-11-24T03:34:35Z", "2026-11-24T03:34:35+00:00"),
        ("2026-11-24", "2026-11-24T00:00:00+00:00"),
        ("2026-11-24T04:34:35+01:00[Europe/Paris][u-ca=gregory]", "2026-11-24T03:34:35+00:00"),
    ];
    for (text, date) in cases {
        assert_eq!(shown(text), date, "{text}");
    }
}

#[test]
fn loose_forms_are_read() {
    let cases = [
        ("2026-11-24 03:34:35 +0100", "2026-11-24T02:34:35+00:00"),
        ("20261124T033435Z", "2026-11-24T03:34:35+00:00"),
        ("20261124033435", "2026-11-24T03:34:35+00:00"),
        ("2026-328", "2026-11-24T00:00:00+00:00"),
        ("November 24, 2026 3:34 pm", "2026-11-24T15:34:00+00:00"),
        ("Tuesday, 24-Nov-2026 24:00:00 GMT", "2026-11-25T00:00:00+00:00"),
        ("mar., 24 Nov 2026 03:34:35 -0800", "2026-11-24T11:34:35+00:00"),
        ("mar., 24 déc. 2026 16:11:02 +0000", "2026-12-24T16:11:02+00:00"),
        ("Tue Nov 24 03:34:35 UTC 2026", "2026-11-24T03:34:35+00:00"),
        ("2026/11/24 03:34", "2026-11-24T03:34:00+00:00"),
        ("Вт, 24 Nov 2026 06:00 MSK", "2026-11-24T03:00:00+00:00"),
        ("2026-11", "2026-11-01T00:00:00+00:00"),
        ("11/24/2026 03:34", "2026-11-24T03:34:00+00:00"),
        ("24/11/2026", "2026-11-24T00:00:00+00:00"),
        ("05.11.2026 03:34", "2026-11-05T03:34:00+00:00"),
        ("1795491275", "2026-11-24T03:34:35+00:00"),
        ("2026년 11월 24일  12:34:35", "2026-11-24T03:34:35+00:00"),
        ("24(th) Nov(ember (sic\\)) here) 2026 03:34", "2026-11-24T03:34:00+00:00"),
        ("Tue, 24th Nov 2026 03:34:35 GMT-01:00", "2026-11-24T04:34:35+00:00"),
    ];
    for (text, date) in cases {
        assert_eq!(shown(text), date, "{text}");
    }
}

#[test]
fn what_is_no_date_is_none() {
    for text in [
        "",
        "soon",
        "32 Nov 2026",
        "2026-13-01",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "99:99",
        "16 Dec 2012 11:47:32 +zz:00",
        "16 Dec 2012 1:2:3:4 GMT",
        "2026-11-24T03:34:61Z",
        "2026-11-24T03:34:35-06:00Textra",
        "24 Nov 2026 03:34 +2000000000:00",
        "1",
    ] {
        assert_eq!(shown(text), "none", "{text}");
    }
}

#[test]
fn the_rule_and_the_zone_are_told() {
    let told = |text| read_date(text).map(|date| (date.rule, date.zone)).unwrap();
    assert_eq!(told("2026-11-24T03:34:35Z"), (DateRule::Iso, DateZone::Offset));
    assert_eq!(told("24 Nov 2026 03:34 PST"), (DateRule::Words, DateZone::Named));
    assert_eq!(told("24 Nov 2026 03:34 XYZT"), (DateRule::Words, DateZone::Unknown));
    assert_eq!(told("2026-11-24T03:34:35[Europe/Paris]"), (DateRule::Iso, DateZone::Unknown));
    assert_eq!(told("11/24/2026"), (DateRule::Numbers, DateZone::Assumed));
    assert_eq!(told("1795491275"), (DateRule::Epoch, DateZone::Offset));
}
