//! Other forms of a name by which the lexicon may know it: a company without its legal form, a state of the United States in full.

/// Legal forms of companies, as they stand behind names in the news.
const LEGAL_FORMS: [&str; 22] = [
    "Inc",
    "Corp",
    "Co",
    "Ltd",
    "LLC",
    "LLP",
    "PLC",
    "Plc",
    "plc",
    "AG",
    "SE",
    "SA",
    "NV",
    "AB",
    "ASA",
    "Oyj",
    "GmbH",
    "KG",
    "SpA",
    "Incorporated",
    "Corporation",
    "Limited",
];

/// How newspapers shorten the states of the United States behind the name of a town, with a name that nothing else has.
const STATES: [(&str, &str); 42] = [
    ("Ala", "Alabama"),
    ("Ariz", "Arizona"),
    ("Ark", "Arkansas"),
    ("Calif", "California"),
    ("Colo", "Colorado"),
    ("Conn", "Connecticut"),
    ("Del", "Delaware"),
    ("Fla", "Florida"),
    ("Ga", "State of Georgia"),
    ("Ill", "Illinois"),
    ("Ind", "Indiana"),
    ("Kan", "Kansas"),
    ("Ky", "Kentucky"),
    ("La", "Louisiana"),
    ("Md", "Maryland"),
    ("Mass", "Massachusetts"),
    ("Mich", "Michigan"),
    ("Minn", "Minnesota"),
    ("Miss", "Mississippi"),
    ("Mo", "Missouri"),
    ("Mont", "Montana"),
    ("Neb", "Nebraska"),
    ("Nev", "Nevada"),
    ("N.H", "New Hampshire"),
    ("N.J", "New Jersey"),
    ("N.M", "New Mexico"),
    ("N.Y", "New York State"),
    ("N.C", "North Carolina"),
    ("N.D", "North Dakota"),
    ("Okla", "Oklahoma"),
    ("Ore", "Oregon"),
    ("Pa", "Pennsylvania"),
    ("R.I", "Rhode Island"),
    ("S.C", "South Carolina"),
    ("S.D", "South Dakota"),
    ("Tenn", "Tennessee"),
    ("Tex", "Texas"),
    ("Vt", "Vermont"),
    ("Va", "Virginia"),
    ("Wash", "Washington State"),
    ("W.Va", "West Virginia"),
    ("Wis", "Wisconsin"),
];

/// A company's name without the legal forms behind it: "Harbour Tools Co. Ltd." is "Harbour Tools". `None` where there are none or nothing is left.
pub(crate) fn without_legal_form(name: &str) -> Option<&str> {
    let mut bare = name;
    while let Some((rest, form)) = bare.rsplit_once(' ') {
        if form == "&" || LEGAL_FORMS.contains(&form.trim_end_matches('.').replace('.', "").as_str()) {
            bare = rest.trim_end_matches(',');
        } else {
            break;
        }
    }
    (bare.len() < name.len() && !bare.is_empty()).then_some(bare)
}

/// The name in full of a state that is written short: "Ala." is "Alabama".
pub(crate) fn state_in_full(short: &str) -> Option<&'static str> {
    let short = short.trim_end_matches('.').replace(". ", ".");
    STATES.iter().find(|(own, _)| *own == short).map(|(_, full)| *full)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legal_forms_fall_away_and_other_words_stay() {
        assert_eq!(without_legal_form("Exxon Mobil Corp."), Some("Exxon Mobil"));
        assert_eq!(without_legal_form("Harbour Tools, Co. Ltd."), Some("Harbour Tools"));
        assert_eq!(without_legal_form("Tiffany & Co."), Some("Tiffany"));
        assert_eq!(without_legal_form("Nord S.A."), Some("Nord"));
        assert_eq!(without_legal_form("Northgate Bank"), None);
        assert_eq!(without_legal_form("Inc."), None);
    }

    #[test]
    fn states_are_known_by_their_short_forms() {
        assert_eq!(state_in_full("Ala."), Some("Alabama"));
        assert_eq!(state_in_full("W. Va."), Some("West Virginia"));
        assert_eq!(state_in_full("W.Va"), Some("West Virginia"));
        assert_eq!(state_in_full("N.Y."), Some("New York State"));
        assert_eq!(state_in_full("Alabama"), None);
    }
}
