//! `Tue, 24 Nov 2026 03:34:35 +0100`, and whatever else names a day, a month, a year and perhaps a time.

use std::borrow::Cow;

use chrono::{Days, NaiveTime, Timelike};
use news_model::{DateRule, DateZone};

use super::{ReadDate, at, clock_time, date_of, full_year, iso, zones::zone_of};

/// Seconds east of UTC of Korea, whose own words for a date come without a zone.
const KOREA: i32 = 9 * 3600;

/// The time that `text` names in words.
pub(super) fn read(text: &str) -> Option<ReadDate> {
    let (text, home) = spelt_out(text);
    // What stands before a comma at the start is the day of the week, in whatever language.
    let text = match text.split_once(',') {
        Some((day, rest)) if is_word(day.trim()) => rest,
        _ => &text,
    };
    // What Koreans write in the order of ISO 8601 is in their own time all the same.
    if home.is_none()
        && let Some(date) = iso::read(text.trim())
    {
        return Some(date);
    }
    let mut parts = Parts { zone: home.map(|offset| (offset, DateZone::Named)), ..Parts::default() };
    for word in text.split(|letter: char| letter.is_whitespace() || letter == ',') {
        parts.read(word)?;
    }
    let date = date_of(parts.year?, parts.month?, parts.day?)?;
    let (time, days) = parts.time.unwrap_or((NaiveTime::MIN, Days::new(0)));
    let time = match parts.afternoon {
        Some(afternoon) => twelve_hours(time, afternoon)?,
        None => time,
    };
    let (offset, zone) = parts.zone.unwrap_or((0, DateZone::Assumed));
    let rule = if parts.numeric { DateRule::Numbers } else { DateRule::Words };
    Some(ReadDate { at: at(date, (time, days), offset)?, rule, zone })
}

/// `text` with the words of Korean, Chinese and Japanese dates as the letters and signs that others use, and the offset they imply.
fn spelt_out(text: &str) -> (Cow<'_, str>, Option<i32>) {
    if text.is_ascii() {
        return (Cow::Borrowed(text), None);
    }
    let korean = ["오전", "오후", "년", "월"].into_iter().any(|word| text.contains(word));
    let mut plain = text.to_owned();
    for (word, sign) in
        [("오전", " am "), ("오후", " pm "), ("上午", " am "), ("下午", " pm "), ("午前", " am "), ("午後", " pm ")]
    {
        plain = plain.replace(word, sign);
    }
    let separator = |letter: char| matches!(letter, '년' | '월' | '年' | '月');
    let day = |letter: char| matches!(letter, '일' | '日');
    if plain.contains(separator) {
        let joined: String = plain.chars().map(|letter| if separator(letter) { '-' } else { letter }).collect();
        plain = joined.replace("- ", "-").replace(day, " ");
    }
    (Cow::Owned(plain), korean.then_some(KOREA))
}

fn is_word(text: &str) -> bool {
    text.chars().next().is_some_and(char::is_alphabetic)
        && text.chars().all(|letter| letter.is_alphabetic() || matches!(letter, '.' | '-' | '\u{300}'..='\u{36f}'))
}

#[derive(Default)]
struct Parts {
    year: Option<u32>,
    month: Option<u32>,
    /// Whether the month was the first word, where it may be the day of the week (`mar.`).
    month_led: bool,
    words: usize,
    day: Option<u32>,
    time: Option<(NaiveTime, Days)>,
    afternoon: Option<bool>,
    zone: Option<(i32, DateZone)>,
    numeric: bool,
    offset: bool,
}

impl Parts {
    /// Takes one word into account, or `None` when it belongs to no date.
    fn read(&mut self, word: &str) -> Option<()> {
        let word = word.trim_matches('.');
        if word.is_empty() {
            return Some(());
        }
        self.words += 1;
        let lower = word.to_lowercase();
        match lower.as_str() {
            "at" | "of" | "the" | "t" | "-" | "–" | "|" | "de" | "à" | "um" | "uhr" | "kl" => {}
            "am" | "a.m" => self.afternoon = Some(false),
            "pm" | "p.m" => self.afternoon = Some(true),
            _ if word.contains(':') && word.starts_with(|letter: char| letter.is_ascii_digit()) => {
                self.read_clock(word)?;
            }
            _ if word.bytes().all(|byte| byte.is_ascii_digit()) => self.number(word)?,
            _ if word.starts_with(|letter: char| letter.is_alphanumeric()) && word.contains(['-', '/', '.']) => {
                self.joined(word, &lower)?;
            }
            _ => self.name_or_zone(word, &lower)?,
        }
        Some(())
    }

    /// A clock with what may be glued to it: `10:20:30Z`, `10:20pm`, `10:20:30+0100`.
    fn read_clock(&mut self, word: &str) -> Option<()> {
        let end =
            word.bytes().position(|byte| !byte.is_ascii_digit() && byte != b':' && byte != b'.').unwrap_or(word.len());
        let (clock, tail) = word.split_at(end);
        let time = clock_time(clock.trim_end_matches('.'))?;
        // A date with a time of its own that is all zeros may be followed by the real one.
        self.time = Some(time);
        if tail.is_empty() { Some(()) } else { self.read(tail) }
    }

    fn number(&mut self, word: &str) -> Option<()> {
        if word.len() <= 2 && self.day.is_none() {
            self.day = Some(word.parse().ok()?);
        } else if self.year.is_none() && matches!(word.len(), 2 | 4) {
            self.year = Some(full_year(word)?);
        } else if self.zone.is_none() && word.len() == 4 {
            // A zone whose plus sign was lost on the way, as a blank in a URL.
            self.zone = zone_of(&format!("+{word}"));
        } else {
            return None;
        }
        Some(())
    }

    /// A date whose parts are joined by one sign, or a word that holds one: `24-Nov-26`, `11/24/2026`, `America/New_York`.
    fn joined(&mut self, word: &str, lower: &str) -> Option<()> {
        let parts: Vec<&str> = word.split(['-', '/', '.']).collect();
        let numbers = parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        if let ([first, second, third], true, None) = (parts.as_slice(), numbers, self.day) {
            return self.numbers(first, second, third, word.contains('/'));
        }
        if parts.len() == 3 && self.month.is_none() && word.starts_with(|letter: char| letter.is_ascii_alphanumeric()) {
            for part in parts {
                // A time may be glued to the day.
                match part.split_once(['T', 't']) {
                    Some((day, time)) if time.contains(':') => {
                        self.read(day)?;
                        self.read(time)?;
                    }
                    _ => self.read(part)?,
                }
            }
            return Some(());
        }
        self.name_or_zone(word, lower)
    }

    fn numbers(&mut self, first: &str, second: &str, third: &str, slashes: bool) -> Option<()> {
        self.numeric = true;
        let (a, b): (u32, u32) = (first.parse().ok()?, second.parse().ok()?);
        if first.len() == 4 {
            (self.year, self.month, self.day) = (Some(a), Some(b), Some(third.parse().ok()?));
            return Some(());
        }
        let month_first = if slashes { a <= 12 } else { b > 12 };
        self.year = Some(full_year(third)?);
        (self.month, self.day) = if month_first { (Some(a), Some(b)) } else { (Some(b), Some(a)) };
        Some(())
    }

    fn name_or_zone(&mut self, word: &str, lower: &str) -> Option<()> {
        const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
        let start: String = lower.chars().take(3).collect();
        let ordinal = ["st", "nd", "rd", "th", "er", "º", "ª"]
            .iter()
            .find_map(|ending| lower.strip_suffix(ending))
            .filter(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()));
        let is_month = self.month.is_none() || self.month_led;
        if let Some(month) = month_of(lower).filter(|_| is_month) {
            self.month_led = self.words == 1 && self.day.is_none();
            self.month = Some(month);
        } else if let Some(number) = ordinal {
            self.day = Some(number.parse().ok()?);
        } else if let Some(zone) = zone_of(word).filter(|_| self.day.is_some() || self.year.is_some()) {
            // The name of an offset that was given already says no more.
            if !self.offset {
                self.zone = Some(zone);
            }
            self.offset |= word.contains(['+', '-']);
        } else if !WEEKDAYS.contains(&start.as_str()) {
            return self.ignore(word);
        }
        Some(())
    }

    /// Passes over an unknown word that does no harm: before the day it is a weekday in some language, behind the time a zone nobody knows.
    /// Between them it may be a month.
    fn ignore(&mut self, word: &str) -> Option<()> {
        let named = word.starts_with(char::is_alphabetic) && !word.contains(|letter: char| letter.is_ascii_digit());
        if named && self.time.is_some() {
            self.zone = self.zone.or(Some((0, DateZone::Unknown)));
            return Some(());
        }
        (named && self.day.is_none()).then_some(())
    }
}

/// The number of the month that begins like `word`, in the languages of Europe that have papers of their own.
///
/// The longest start that fits decides: `juil` before `jun`, `červenec` before `červen`.
fn month_of(word: &str) -> Option<u32> {
    const MONTHS: [&[&str]; 12] = [
        &["jan", "jän", "ene", "gen", "янв", "sty", "led", "ιαν", "ian", "oca", "січ", "tammi"],
        &["feb", "fév", "fev", "лют", "фев", "lut", "úno", "φεβ", "şub", "helmi"],
        &["mar", "mär", "mrt", "maa", "мар", "bře", "μάρ", "μαρ", "бер", "már"],
        &["apr", "avr", "abr", "апр", "kwi", "dub", "απρ", "ápr", "nis", "кві", "huhti"],
        &[
            "may", "mai", "mag", "maj", "mei", "май", "мая", "kvě", "μάι", "μαΐ", "μαι", "μάϊ", "máj", "máu", "тра",
            "touko",
        ],
        &["jun", "juin", "giu", "июн", "cze", "ιούν", "ιουν", "jún", "haz", "чер", "kesä", "iun", "červen"],
        &["jul", "juil", "lug", "июл", "lip", "ιούλ", "ιουλ", "júl", "tem", "heinä", "iul", "červenec"],
        &["aug", "aoû", "aou", "ago", "авг", "sie", "srp", "αύγ", "αυγ", "ağu", "сер", "elo"],
        &["sep", "set", "сен", "wrz", "zář", "σεπ", "sze", "eyl", "вер", "syys"],
        &["oct", "okt", "ott", "out", "окт", "paź", "říj", "οκτ", "eki", "жов", "loka"],
        &["nov", "ноя", "lis", "νοέ", "νοε", "noi", "kas", "marras"],
        &["dec", "déc", "dez", "dic", "des", "дек", "gru", "pro", "δεκ", "ara", "гру", "joulu"],
    ];
    let months = (1..).zip(MONTHS);
    let starts = months.flat_map(|(number, starts)| starts.iter().map(move |start| (number, *start)));
    let fitting = starts.filter(|(_, start)| word.starts_with(start));
    fitting.max_by_key(|(_, start)| start.len()).map(|(number, _)| number)
}

fn twelve_hours(time: NaiveTime, afternoon: bool) -> Option<NaiveTime> {
    let hour = match (time.hour(), afternoon) {
        (12, false) => 0,
        (hour @ 1..12, true) => hour + 12,
        (hour, _) => hour,
    };
    time.with_hour(hour)
}
