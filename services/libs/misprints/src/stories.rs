//! The twelve stories that every seed feed carries, invented for this project.

/// One story, from which each format makes its item.
#[derive(Debug)]
pub(crate) struct Story {
    /// Last part of its address; the item's identifier is made of it.
    pub(crate) slug: &'static str,
    /// Headline, plain text.
    pub(crate) title: &'static str,
    /// Who wrote it.
    pub(crate) author: &'static str,
    /// Its sections.
    pub(crate) tags: &'static [&'static str],
    /// Summary in HTML.
    pub(crate) summary: &'static str,
    /// Text in HTML that is well-formed XML too.
    pub(crate) content: &'static str,
    /// Whether windows-1252 has all its letters.
    pub(crate) western: bool,
}

/// In the order of the feeds, newest first.
pub(crate) const STORIES: [Story; 12] = [
    Story {
        slug: "ferry-terminal",
        title: "Ferry terminal reopens after “the longest winter”",
        author: "Ada Quay",
        tags: &["Transport", "Harbour & coast"],
        summary: "<p>The terminal at Port Ellery reopened on Monday, <b>nine weeks late</b>.</p>",
        content: "<p>The terminal at Port Ellery reopened on Monday, <b>nine weeks late</b>.</p><p>Tickets cost £4 as before, \
                  the operator said; a café follows in spring.</p>",
        western: true,
    },
    Story {
        slug: "budget-vote",
        title: "Council passes budget, 31 < 35 votes needed no longer",
        author: "Joaquín Peña",
        tags: &["Politics"],
        summary: "<p>The council of Valdoria passed its budget with 31 votes &amp; two abstentions.</p>",
        content: "<p>The council of Valdoria passed its budget with 31 votes &amp; two abstentions.</p><ul><li>Schools: +4 %</li>\
                  <li>Roads: −2 %</li></ul>",
        western: false,
    },
    Story {
        slug: "glacier-survey",
        title: "Gletscher über Süderalp verliert weitere 40 Meter",
        author: "Jürgen Weiß",
        tags: &["Klima", "Forschung"],
        summary: "<p>Die Messung am Grünhorn zeigt den größten Rückgang seit 1968.</p>",
        content: "<p>Die Messung am Grünhorn zeigt den größten Rückgang seit 1968.</p><blockquote><p>„Das überrascht \
                  niemanden“, sagte die Leiterin.</p></blockquote>",
        western: true,
    },
    Story {
        slug: "rail-strike",
        title: "Grève des trains : reprise attendue à l’aube",
        author: "Hélène Garçon",
        tags: &["Société"],
        summary: "<p>Les syndicats de la Compagnie du Littoral ont accepté l’offre — sous réserve d’un vote.</p>",
        content: "<p>Les syndicats de la Compagnie du Littoral ont accepté l’offre — sous réserve d’un vote.</p>\
                  <p>Le trafic reprendra <em>progressivement</em> dès 5 h.</p>",
        western: true,
    },
    Story {
        slug: "chip-plant",
        title: "Norrland Silicon & Sons to build plant in Östervik",
        author: "Siân Åkesson",
        tags: &["Business", "R&D"],
        summary: "<p>Norrland Silicon &amp; Sons will spend €1.2bn on a plant in Östervik, it said.</p>",
        content: "<p>Norrland Silicon &amp; Sons will spend €1.2bn on a plant in Östervik, it said.</p>\
                  <table><tr><td>Jobs</td><td>900</td></tr></table>",
        western: true,
    },
    Story {
        slug: "observatory",
        title: "Обсерватория на плато Верхнем увидела комету",
        author: "Нина Лебедева",
        tags: &["Наука"],
        summary: "<p>Комета пройдёт мимо Земли в январе, сообщила обсерватория.</p>",
        content: "<p>Комета пройдёт мимо Земли в январе, сообщила обсерватория.</p><p>Её видно и в бинокль.</p>",
        western: false,
    },
    Story {
        slug: "cup-final",
        title: "Rovers win cup on penalties (5–4) after extra time",
        author: "Tom O’Dell",
        tags: &["Sport", "Football"],
        summary: "<p>Rovers beat Athletic on penalties at a sold-out Mill Lane.</p>",
        content: "<p>Rovers beat Athletic on penalties at a sold-out Mill Lane.</p><pre>AET: 2 - 2\nPEN: 5 - 4</pre>",
        western: true,
    },
    Story {
        slug: "harbour-tunnel",
        title: "港トンネル、来春に開通へ 工費は予定の二倍",
        author: "佐藤 みなと",
        tags: &["交通", "地域"],
        summary: "<p>港トンネルは来年四月に開通すると市が発表した。</p>",
        content: "<p>港トンネルは来年四月に開通すると市が発表した。</p><p>工費は予定の二倍になった。</p>",
        western: false,
    },
    Story {
        slug: "bakery-row",
        title: "Is that a baguette? Court rules on “bread-like goods”",
        author: "Ada Quay",
        tags: &["Courts", "Food"],
        summary: "<p>A judge in Lower Marl found for the baker: <i>price</i> decides nothing.</p>",
        content: "<p>A judge in Lower Marl found for the baker: <i>price</i> decides nothing.</p>\
                  <p>See <a href=\"https://courier.example/courts?case=77&amp;part=2\">the ruling</a>.</p>",
        western: true,
    },
    Story {
        slug: "flood-warning",
        title: "Flood warning for the lower Merrow; roads A7 & B12 shut",
        author: "Weather desk",
        tags: &["Weather"],
        summary: "<p>Up to 60 mm of rain are expected by Thursday; 2 &lt; 3 pumps are running.</p>",
        content: "<p>Up to 60 mm of rain are expected by Thursday; 2 &lt; 3 pumps are running.</p>\
                  <p><img src=\"https://courier.example/img/merrow.png\" alt=\"Map of the Merrow\" /></p>",
        western: true,
    },
    Story {
        slug: "harvest",
        title: "Zbiory jabłek najwyższe od dziesięciu lat",
        author: "Łucja Żak",
        tags: &["Gospodarka"],
        summary: "<p>Sadownicy z Kotliny Wiślanej zebrali o jedną trzecią więcej niż rok temu.</p>",
        content: "<p>Sadownicy z Kotliny Wiślanej zebrali o jedną trzecią więcej niż rok temu.</p><p>Ceny spadły.</p>",
        western: false,
    },
    Story {
        slug: "museum-heist",
        title: "Museum gets its clock back, “ticking”, after 30 years",
        author: "Zoë Brandt",
        tags: &["Culture"],
        summary: "<p>The clock was left on the steps with a note that read “sorry”.</p>",
        content: "<p>The clock was left on the steps with a note that read “sorry”.</p><p>Nobody was charged.</p>",
        western: true,
    },
];

/// Days of November 2026 by their names; the first is a Sunday.
const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/// When story `index` was published: a day and an hour of November 2026, the newest first.
fn moment(index: usize) -> (usize, usize) {
    (25 - index, 6 + index)
}

/// That in the form of RFC 3339.
pub(crate) fn rfc_3339(index: usize) -> String {
    let (day, hour) = moment(index);
    format!("2026-11-{day:02}T{hour:02}:15:30+01:00")
}

/// That in the form of RFC 822.
pub(crate) fn rfc_822(index: usize) -> String {
    let (day, hour) = moment(index);
    let weekday = WEEKDAYS.get((day - 1) % 7).unwrap_or(&"Sun");
    format!("{weekday}, {day:02} Nov 2026 {hour:02}:15:30 +0100")
}
