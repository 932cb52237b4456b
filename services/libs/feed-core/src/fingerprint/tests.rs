//! On invented text: a generator writes stories of which every sentence differs from those of the others.

use super::*;

/// Draws numbers; the same ones in each run (xorshift64*, Vigna 2014).
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(drawn).unwrap() % bound
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

const LINKS: [&str; 12] = ["the", "of", "a", "to", "in", "and", "that", "on", "for", "with", "by", "was"];
const SYLLABLES: [&str; 16] =
    ["ba", "ren", "tol", "mi", "sko", "va", "lun", "der", "pa", "ges", "ti", "or", "fen", "ca", "ril", "zu"];

/// A word of an invented language of 4,096, low numbers drawn more often, as in languages that are spoken.
fn word(draw: &mut Draw) -> String {
    let number = draw.below(64) * draw.below(64);
    [number % 16, number / 16 % 16, number / 256].iter().map(|syllable| SYLLABLES[*syllable]).collect()
}

fn sentence(draw: &mut Draw) -> String {
    let words: Vec<_> = (0..9).map(|at| if at % 2 == 0 { draw.of(&LINKS).to_owned() } else { word(draw) }).collect();
    format!("{}.", words.join(" "))
}

fn story(number: usize, sentences: usize) -> String {
    let mut draw = Draw(0x9e37_79b9_7f4a_7c15 ^ u64::try_from(number + 1).unwrap().wrapping_mul(0xd134_2543_de82_ef95));
    (0..sentences).map(|_| sentence(&mut draw)).collect::<Vec<_>>().join(" ")
}

/// What papers do to a wire story: a headline and a dateline of their own, a word replaced here and there, the last sentence cut.
fn edited(text: &str, number: usize) -> String {
    let mut sentences: Vec<_> = text.split_inclusive(". ").map(str::to_owned).collect();
    if number.is_multiple_of(2) {
        sentences.pop();
    }
    let at = number % sentences.len();
    sentences[at] = sentences[at].replacen(' ', " moreover ", 1);
    format!("HARBOUR CITY (Wire) - {}", sentences.concat())
}

fn quantile(sorted: &[u32], part: f64) -> u32 {
    let place = (f64::from(u32::try_from(sorted.len() - 1).unwrap()) * part).round();
    let at = (0..sorted.len()).find(|at| f64::from(u32::try_from(*at).unwrap()) >= place).unwrap();
    sorted[at]
}

#[test]
fn edits_move_few_bits_and_other_stories_many() {
    let (mut near, mut far) = (Vec::new(), Vec::new());
    let stories: Vec<_> = (0..300).map(|number| story(number, 40)).collect();
    let prints: Vec<_> = stories.iter().map(|text| fingerprint("Ferry contract rejected", "", text)).collect();
    for (number, text) in stories.iter().enumerate() {
        let other = fingerprint("Council rejects contract for ferry", "", &edited(text, number));
        near.push(distance(prints[number], other));
        far.extend(prints.iter().take(number).map(|print| distance(*print, prints[number])));
    }
    near.sort_unstable();
    far.sort_unstable();
    let shown = |sorted: &[u32]| [0.0, 0.01, 0.5, 0.99, 1.0].map(|part| quantile(sorted, part));
    assert!(quantile(&near, 0.5) <= 6 && quantile(&near, 0.99) <= 11, "{:?}", shown(&near));
    assert!(quantile(&far, 0.01) >= 16 && quantile(&far, 0.5) >= 24, "{:?}", shown(&far));
    assert!(near.last() < far.first(), "no edited copy is as far as the nearest other story");
}

#[test]
fn layout_case_and_a_repeated_teaser_move_no_bit() {
    let text = story(1, 10);
    let plain = fingerprint("Title", "", &text);
    assert_eq!(fingerprint("TITLE!", "", &text.to_uppercase().replace(' ', " \n ")), plain);
    assert_eq!(fingerprint("Title", &text[..80], &text), plain);
    assert_eq!(fingerprint("Title", &text, ""), plain);
}

#[test]
fn scripts_without_spaces_have_words() {
    let text = "政府は二十五日、新しい港の建設計画を承認した。工事は来年の春に始まり、三年かかる見通しだ。費用は四百億円とされる。";
    let edited = text.replace("見通し", "予定");
    let other = "サッカーの国内リーグは最終節を迎え、首位のチームが二対一で勝って五年ぶりの優勝を決めた。観客は三万人を超えた。";
    let print = fingerprint("", "", text);
    let (near, far) = (distance(print, fingerprint("", "", &edited)), distance(print, fingerprint("", "", other)));
    assert!(near <= 16 && far >= 20, "{near} {far}");
}

#[test]
fn short_texts_have_prints_and_none_has_none() {
    assert_eq!(fingerprint("", "", ""), 0);
    assert_eq!(fingerprint("!?", " ", "…"), 0);
    assert_ne!(fingerprint("War", "", ""), fingerprint("Peace", "", ""));
    assert_ne!(fingerprint("War", "", ""), 0);
}

#[test]
fn the_values_stay_what_they_are() {
    assert_eq!(hash_run(&[fnv(0xcbf2_9ce4_8422_2325, 'a')]), fingerprint("a", "", ""));
    assert_eq!(format!("{:016x}", fingerprint("Ferry contract rejected", "", &story(0, 3))), "02a3e807bb9029e5");
}
