//! The language that a text is written in, judged by its letters alone. No IO, no clock.
//!
//! Scripts of one language decide at once. In Latin letters small words come first (`candidates.rs`): they decide, leave a few languages, or
//! say nothing. What is then open, and Cyrillic, Arabic, Hebrew and Devanagari, alphabets and trigrams tell apart (Cavnar and Trenkle,
//! "N-Gram-Based Text Categorization", 1994), as the crate whatlang does it. The work is bounded by [`MAX_READ_BYTES`], whatever the text.

mod candidates;

use std::sync::LazyLock;

use whatlang::{Detector, Lang};

use candidates::Verdict;

/// Most bytes of a text that are looked at; more of them make no judgement surer.
pub const MAX_READ_BYTES: usize = 512;

/// Fewest letters that are judged in a script that several languages share.
const LEAST_LETTERS: usize = 12;

/// What a text seems to be written in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detected {
    /// BCP 47 tag, the language alone: `de`, `zh`, `nb`.
    pub language: &'static str,
    /// From 0, a guess, to 1, as good as certain. It grows with the length of the text and its distance to the next best language.
    pub confidence: f64,
}

/// The language of `text`, or `None` where too little of it is there to judge.
///
/// Markup counts as text; hand plain text in.
#[must_use]
pub fn detect(text: &str) -> Option<Detected> {
    let head = text.get(..text.floor_char_boundary(MAX_READ_BYTES)).unwrap_or_default();
    // The letters of Chinese, Japanese and Korean say more than one each, and no other language has them.
    let letters: usize = head
        .chars()
        .filter(|letter| letter.is_alphabetic())
        .map(|letter| if letter >= '\u{2e80}' { 4 } else { 1 })
        .sum();
    if letters < LEAST_LETTERS {
        return None;
    }
    let info = match candidates::judge(head) {
        Verdict::Sure(language, confidence) => return Some(Detected { language: tag_of(language), confidence }),
        Verdict::OneOf(few) => Detector::with_allowlist(few).detect(head)?,
        Verdict::Nothing => DETECTOR.detect(head)?,
    };
    Some(Detected { language: tag_of(info.lang()), confidence: info.confidence().clamp(0.0, 1.0) })
}

/// Languages that hardly any feed is written in, and that short texts of their neighbours are taken for, are left out.
static DETECTOR: LazyLock<Detector> =
    LazyLock::new(|| Detector::with_denylist(vec![Lang::Epo, Lang::Lat, Lang::Aka, Lang::Jav, Lang::Sna]));

/// The shortest tag of a language, as BCP 47 wants it. Source: the IANA language subtag registry.
fn tag_of(language: Lang) -> &'static str {
    TAGS.iter().find(|(known, _)| *known == language).map_or_else(|| language.code(), |(_, tag)| tag)
}

const TAGS: [(Lang, &str); 70] = [
    (Lang::Epo, "eo"),
    (Lang::Eng, "en"),
    (Lang::Rus, "ru"),
    (Lang::Cmn, "zh"),
    (Lang::Spa, "es"),
    (Lang::Por, "pt"),
    (Lang::Ita, "it"),
    (Lang::Ben, "bn"),
    (Lang::Fra, "fr"),
    (Lang::Deu, "de"),
    (Lang::Ukr, "uk"),
    (Lang::Kat, "ka"),
    (Lang::Ara, "ar"),
    (Lang::Hin, "hi"),
    (Lang::Jpn, "ja"),
    (Lang::Heb, "he"),
    (Lang::Yid, "yi"),
    (Lang::Pol, "pl"),
    (Lang::Amh, "am"),
    (Lang::Jav, "jv"),
    (Lang::Kor, "ko"),
    (Lang::Nob, "nb"),
    (Lang::Dan, "da"),
    (Lang::Swe, "sv"),
    (Lang::Fin, "fi"),
    (Lang::Tur, "tr"),
    (Lang::Nld, "nl"),
    (Lang::Hun, "hu"),
    (Lang::Ces, "cs"),
    (Lang::Ell, "el"),
    (Lang::Bul, "bg"),
    (Lang::Bel, "be"),
    (Lang::Mar, "mr"),
    (Lang::Kan, "kn"),
    (Lang::Ron, "ro"),
    (Lang::Slv, "sl"),
    (Lang::Hrv, "hr"),
    (Lang::Srp, "sr"),
    (Lang::Mkd, "mk"),
    (Lang::Lit, "lt"),
    (Lang::Lav, "lv"),
    (Lang::Est, "et"),
    (Lang::Tam, "ta"),
    (Lang::Vie, "vi"),
    (Lang::Urd, "ur"),
    (Lang::Tha, "th"),
    (Lang::Guj, "gu"),
    (Lang::Uzb, "uz"),
    (Lang::Pan, "pa"),
    (Lang::Aze, "az"),
    (Lang::Ind, "id"),
    (Lang::Tel, "te"),
    (Lang::Pes, "fa"),
    (Lang::Mal, "ml"),
    (Lang::Ori, "or"),
    (Lang::Mya, "my"),
    (Lang::Nep, "ne"),
    (Lang::Sin, "si"),
    (Lang::Khm, "km"),
    (Lang::Tuk, "tk"),
    (Lang::Aka, "ak"),
    (Lang::Zul, "zu"),
    (Lang::Sna, "sn"),
    (Lang::Afr, "af"),
    (Lang::Lat, "la"),
    (Lang::Slk, "sk"),
    (Lang::Cat, "ca"),
    (Lang::Tgl, "tl"),
    (Lang::Hye, "hy"),
    (Lang::Cym, "cy"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_its_two_letters() {
        for language in Lang::all() {
            assert_eq!(tag_of(*language).len(), 2, "{language:?}");
        }
    }

    #[test]
    fn headlines_are_told_apart() {
        let headlines = [
            ("en", "Ministers agree on a new plan to protect the coast from storms"),
            ("de", "Bundestag stimmt nach langer Debatte für das neue Klimagesetz"),
            ("fr", "Le gouvernement présente son projet de loi sur les retraites"),
            ("es", "El presidente anuncia nuevas medidas contra la sequía en el sur"),
            ("it", "Il governo approva la nuova legge di bilancio dopo una lunga notte"),
            ("pt", "Governo anuncia novas medidas para conter a inflação no país"),
            ("nl", "Kabinet trekt extra geld uit voor het onderwijs en de zorg"),
            ("pl", "Rząd zapowiada zmiany w podatkach od początku przyszłego roku"),
            ("sv", "Regeringen vill höja skatten på bensin och diesel nästa år"),
            ("tr", "Hükümet yeni ekonomi programını önümüzdeki hafta açıklayacak"),
            ("ru", "Правительство утвердило новый бюджет на следующий год"),
            ("uk", "Уряд ухвалив новий бюджет на наступний рік і підвищив виплати"),
            ("el", "Η κυβέρνηση ανακοίνωσε νέα μέτρα για την οικονομία"),
            ("ar", "أعلنت الحكومة عن خطة جديدة لدعم الاقتصاد"),
            ("he", "הממשלה אישרה את תקציב המדינה לשנה הבאה"),
            ("hi", "सरकार ने किसानों के लिए नई योजना की घोषणा की"),
            ("ja", "政府は新しい経済対策を発表しました"),
            (
                "da",
                "Regeringen vil have flere til at arbejde, og det skal ske ved at sænke skatten for dem, der har de laveste lønninger",
            ),
            (
                "ca",
                "El govern vol que els ajuntaments tinguin més recursos per a les escoles i per al transport públic",
            ),
            ("zh", "政府公布新的经济措施以应对通货膨胀"),
            ("ko", "정부가 새로운 경제 대책을 발표했다"),
        ];
        for (language, headline) in headlines {
            let detected = detect(headline).expect(headline);
            assert_eq!(detected.language, language, "{headline}");
        }
    }

    #[test]
    fn longer_texts_are_surer() {
        let sentence = "Ministers agree on a new plan to protect the coast from storms and floods. ";
        let short = detect("the new plan for storms").expect("a language");
        let long = detect(&sentence.repeat(10)).expect("a language");
        assert!(long.confidence > 0.9 && short.confidence < long.confidence, "{short:?} {long:?}");
    }

    #[test]
    fn too_little_is_not_judged() {
        for text in ["", "12:30", "BBC", "€ 1,000.00 – 2,000.00", "\u{200b}\u{feff}"] {
            assert_eq!(detect(text), None, "{text}");
        }
        assert_eq!(detect("発表した").map(|detected| detected.language), Some("ja"));
    }
}
