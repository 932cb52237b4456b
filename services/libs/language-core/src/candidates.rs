//! The languages in Latin letters that a text may be in, by its most frequent small words.
//!
//! Telling three dozen languages apart by trigrams takes longer than reading the feed they stand in, and mistakes short texts in English for half
//! of them. Small words decide most texts, and leave a few languages for most others.

use std::{cmp::Reverse, collections::HashMap, sync::LazyLock};

use whatlang::Lang;

/// Most candidates that are left, those with the most words.
const MOST: usize = 6;

/// Fewest small words of one language that make a text its candidate; fewer are chance.
const LEAST_HITS: u32 = 3;

/// Fewest small words of a language, twice as many as of any other, that need no trigrams to be believed.
const SURE_HITS: u32 = 8;

/// Longest small word, in bytes.
const LONGEST_BYTES: usize = 8;

/// The small words of each language, by frequency in running text.
const WORDS: [(Lang, &str); 29] = [
    (Lang::Eng, "the of and to in a is for on that with by at as it was from be are this has have will an not its"),
    (Lang::Spa, "de la el en y que los del las se por un con una para su al es lo como más no ha sus este"),
    (Lang::Por, "de a o que e do da em um para com uma os no se na por mais as dos como ao das não foi é"),
    (Lang::Ita, "di e il la che in un per del è una con i non della le si da dei al ha alla nel sono più gli"),
    (Lang::Fra, "de la le et les des en un du une que est pour dans qui par au sur il plus pas ce a son avec ne"),
    (
        Lang::Deu,
        "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus",
    ),
    (
        Lang::Nld,
        "de van het een en in is dat op te voor met zijn die niet aan er om ook als bij door over naar uit worden",
    ),
    (Lang::Afr, "die van en in is het dat te vir met n op nie wat aan om sy word by deur as hulle ook na was"),
    (Lang::Cat, "de la i el que en a per un les amb una del els es al dels més va no han és com ha seva"),
    (Lang::Ron, "de și în a la cu care nu un pe o din este pentru că mai să au fost sunt prin după ale al se"),
    (Lang::Pol, "w i na z się do nie że to jest o od za po jak przez oraz dla ze być co przy już tym roku"),
    (Lang::Ces, "a v se na je že s z do o to i pro ve za by jako po si ale jsou od podle které při která"),
    (Lang::Slk, "a v sa na je že s z do o to aj pre vo za by ako po si ale sú od podľa ktoré pri ktorý"),
    (Lang::Slv, "je in v na se za da so z ki pa tudi bo po ne s iz od pri bi kot ob še do o"),
    (Lang::Hrv, "je i u na se za da su s od će koji iz kako ne o bi te ali nije što po biti do ili"),
    (Lang::Hun, "a az és hogy nem is egy ez meg volt el csak már mint de azt még vagy ha ki kell szerint lesz után"),
    (Lang::Fin, "ja on ei että se oli myös kun hän joka ovat mutta tai kuin ole sen mukaan jo niin vuoden voi nyt"),
    (Lang::Est, "ja on ei et see ka mis oli kui oma aga või tema kes ning seda pole veel selle nii siis üle kuid"),
    (Lang::Swe, "och i att det som en på är av för med den till har de inte om ett från men var sig så kan ska"),
    (Lang::Dan, "og i at det en den til er som på de med af for ikke der har et var han om fra men vi kan"),
    (Lang::Nob, "og i det på som er en til å av for at har med de ikke den om et fra men var han seg vil"),
    (Lang::Lit, "ir į kad iš su tai o bet buvo ne yra per kaip už dėl nuo ar jau taip savo pat po apie prie bus"),
    (Lang::Lav, "un ir ka no uz ar par tas bet kas tika arī lai gan ja kā pēc pie vai jau nav to šo tā"),
    (Lang::Tur, "ve bir bu da de için ile olarak çok daha olan en gibi ne sonra kadar ise var ama o her olduğu göre"),
    (Lang::Aze, "və bu bir ilə üçün da də olan sonra edib olub daha ki onun qeyd çox isə kimi hər ən belə görə"),
    (Lang::Ind, "yang di dan untuk dengan dari ini dalam itu pada tidak akan ke oleh juga telah ada para saat karena"),
    (Lang::Vie, "và của là các có được cho trong với không một người đã những khi này để đến từ về ở ra năm"),
    (Lang::Tgl, "ang ng sa na mga at ay ni si para kay hindi nang ito niya o kung may din rin pa siya ko"),
    (Lang::Cym, "y yn a i o ar yr ei am wedi gan gyda fod mae bod ac wrth eu oedd sydd cael na hyn er"),
];

/// The languages of each small word, a bit for each row of [`WORDS`].
static LANGUAGES_OF: LazyLock<HashMap<&'static str, u32>> = LazyLock::new(|| {
    let mut languages_of = HashMap::new();
    for (row, (_, words)) in WORDS.iter().enumerate() {
        for word in words.split(' ') {
            *languages_of.entry(word).or_default() |= 1 << row;
        }
    }
    languages_of
});

/// What the small words of a text say of its language.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// It is this one, with that confidence.
    Sure(Lang, f64),
    /// It is one of these.
    OneOf(Vec<Lang>),
    /// Too little.
    Nothing,
}

/// What the small words of `text` say.
pub(crate) fn judge(text: &str) -> Verdict {
    let mut found = hits(text);
    found.sort_by_key(|(count, _)| Reverse(*count));
    match *found.as_slice() {
        [(most, language), ref rest @ ..]
            if most >= SURE_HITS && rest.first().is_none_or(|(next, _)| next * 2 <= most) =>
        {
            let lead = most - rest.first().map_or(0, |(next, _)| *next);
            Verdict::Sure(language, f64::from(lead.min(SURE_HITS)) / f64::from(SURE_HITS))
        }
        [(most, _), _, ..] if most >= LEAST_HITS => {
            Verdict::OneOf(found.into_iter().take(MOST).map(|(_, language)| language).collect())
        }
        _ => Verdict::Nothing,
    }
}

/// How many small words of each language stand in `text`, of those that have any.
fn hits(text: &str) -> Vec<(u32, Lang)> {
    let lower = text.to_lowercase();
    let mut hits = [0_u32; WORDS.len()];
    let words = lower.split(|letter: char| !letter.is_alphabetic());
    for word in words.filter(|word| !word.is_empty() && word.len() <= LONGEST_BYTES) {
        let mut rows = LANGUAGES_OF.get(word).copied().unwrap_or_default();
        while rows != 0 {
            let row = usize::try_from(rows.trailing_zeros()).unwrap_or_default();
            if let Some(count) = hits.get_mut(row) {
                *count += 1;
            }
            rows &= rows - 1;
        }
    }
    let counted = hits.into_iter().zip(WORDS).filter(|(count, _)| *count > 0);
    counted.map(|(count, (language, _))| (count, language)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_words_are_short_and_stand_once_in_a_row() {
        for (language, words) in WORDS {
            let mut words: Vec<_> = words.split(' ').collect();
            assert!(words.iter().all(|word| word.len() <= LONGEST_BYTES), "{language:?}");
            let count = words.len();
            words.sort_unstable();
            words.dedup();
            assert_eq!(words.len(), count, "{language:?}");
        }
    }

    #[test]
    fn many_small_words_of_one_language_decide() {
        let text = "The ministers of the north said that they will not be in the talks, and that it is for the others to end the war";
        assert_eq!(judge(text), Verdict::Sure(Lang::Eng, 1.0));
    }

    #[test]
    fn what_neighbours_share_leaves_them_all() {
        let Verdict::OneOf(few) = judge("Det er en god dag for dem som har en bil og et hus, og den er lang") else {
            panic!("undecided")
        };
        assert!(few.contains(&Lang::Dan) && few.contains(&Lang::Nob), "{few:?}");
    }

    #[test]
    fn names_and_other_letters_say_nothing() {
        for text in ["", "Angela Merkel, Emmanuel Macron", "Правительство утвердило бюджет", "12 34"]
        {
            assert_eq!(judge(text), Verdict::Nothing, "{text}");
        }
    }
}
