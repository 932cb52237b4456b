//! The words of generated items: agency prose that names real institutions and places in harmless invented business.

const ACTORS: &[&str] = &[
    "European Central Bank",
    "NATO",
    "United Nations",
    "World Bank",
    "International Monetary Fund",
    "European Commission",
    "Bank of Japan",
    "Bank of England",
    "Federal Reserve",
    "World Health Organization",
    "OPEC",
    "African Union",
    "ASEAN",
    "Microsoft",
    "Airbus",
    "Siemens",
    "Toyota",
    "Johnson & Johnson",
    "Rolls-Royce",
    "Samsung Electronics",
    "TotalEnergies",
    "World Trade Organization",
    "UNESCO",
    "International Energy Agency",
];
const PLACES: &[&str] = &[
    "Berlin",
    "Paris",
    "Tokyo",
    "Brussels",
    "Washington",
    "Beijing",
    "New Delhi",
    "Nairobi",
    "Brasília",
    "Warsaw",
    "Rome",
    "Madrid",
    "Ottawa",
    "Canberra",
    "Cairo",
    "Pretoria",
    "Seoul",
    "Jakarta",
    "Mexico City",
    "Oslo",
];
const COUNTRIES: &[&str] = &[
    "Germany",
    "France",
    "Japan",
    "Poland",
    "Kenya",
    "Brazil",
    "India",
    "Canada",
    "Egypt",
    "Norway",
    "Indonesia",
    "Italy",
    "Spain",
    "South Korea",
    "Australia",
    "Mexico",
    "South Africa",
    "Finland",
    "Chile",
    "Morocco",
];
const MATTERS: &[&str] = &[
    "the Paris Agreement",
    "Nord Stream",
    "the Belt and Road Initiative",
    "the Mercosur treaty",
    "Horizon Europe",
    "the Lobito Corridor",
    "the Rail Baltica line",
    "the Kyoto Protocol",
    "the Montreal Protocol",
    "the Artemis programme",
];
const DOINGS: &[&str] =
    &["reviews", "publishes a report on", "opens talks about", "prepares a statement on", "sets out a timetable for"];

/// Title and story of one generated item; the same draw always writes the same words.
pub(super) fn dispatch(seed: u64, number: u64, revision: u32) -> (String, String) {
    let mut draw = Draw(seed);
    let (actor, other) = (draw.one(ACTORS), draw.one(ACTORS));
    let (place, country, matter) = (draw.one(PLACES), draw.one(COUNTRIES), draw.one(MATTERS));
    let doing = draw.one(DOINGS);
    let delegates = draw.next() % 80 + 12;
    let mark = if revision > 1 { " (corrected)" } else { "" };
    let title = format!("{actor} {doing} {matter} in {place}, dispatch {number}{mark}");
    let delegates = if revision > 1 { delegates + 1 } else { delegates };
    let story = format!(
        "{place} - The {actor} met {delegates} delegates from {country} in {place} to speak about {matter}. \
         Observers from {other} attended the session and called the figures \"plausible\". \
         A second meeting follows in {}, officials of {} said.",
        draw.one(PLACES),
        draw.one(COUNTRIES),
    );
    (title, story)
}

/// A small generator (`SplitMix64`): good enough to vary words, and the same on every machine.
struct Draw(u64);

impl Draw {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn one(&mut self, words: &[&'static str]) -> &'static str {
        let count = u64::try_from(words.len()).unwrap_or(1).max(1);
        let index = usize::try_from(self.next() % count).unwrap_or(0);
        words.get(index).copied().unwrap_or_default()
    }
}
