//! The table of bundled sites.

use super::{Answers, Charset, Form, Site, Source, Step, Wait};

/// The sources of one edition: `feeds/<folder>/<number>.<extension>` and the list of its items beside it.
macro_rules! edition {
    ($folder:literal, $file:literal, $extension:literal, $etag:expr, $last_modified:expr) => {
        Source {
            body: include_str!(concat!("../../feeds/", $folder, "/", $file, ".", $extension)),
            items: include_str!(concat!("../../feeds/", $folder, "/", $file, ".items.tsv")),
            etag: $etag,
            last_modified: $last_modified,
        }
    };
}

const RSS: Form = Form { content_type: "application/rss+xml; charset=utf-8", charset: Charset::Utf8, gzip: false };
const ATOM: Form = Form { content_type: "application/atom+xml", charset: Charset::Utf8, gzip: false };
const RDF: Form = Form { content_type: "application/rdf+xml", charset: Charset::Utf8, gzip: false };
const JSON: Form = Form { content_type: "application/feed+json", charset: Charset::Utf8, gzip: false };
const NONE: Form = Form { content_type: "text/plain", charset: Charset::Utf8, gzip: false };

/// A listed site that answers well and shows its first edition for ever; the table says where a site differs.
const PLAIN: Site = Site {
    host: "",
    path: "/rss.xml",
    title: "",
    folder: Some("World"),
    answers: Answers::Well,
    form: RSS,
    editions: &[],
    steps: &[Step::Show(0)],
};

/// Every bundled page, in the order of the list of feeds.
pub const SITES: &[Site] = &[
    Site {
        host: "harbourpost.example",
        title: "Harbour Post",
        editions: &[
            edition!("harbourpost", "1", "xml", Some("\"hp-20261116-a\""), Some("Mon, 16 Nov 2026 07:30:00 GMT")),
            edition!("harbourpost", "2", "xml", Some("\"hp-20261116-b\""), Some("Mon, 16 Nov 2026 11:05:00 GMT")),
            edition!("harbourpost", "3", "xml", Some("\"hp-20261117-a\""), Some("Tue, 17 Nov 2026 06:45:00 GMT")),
        ],
        steps: &[Step::Show(0), Step::Show(0), Step::Show(1), Step::Show(2)],
        ..PLAIN
    },
    Site {
        host: "meridianwire.example",
        path: "/feed",
        title: "Meridian Wire",
        form: Form { content_type: "text/xml", ..RSS },
        editions: &[
            edition!("meridianwire", "1", "xml", None, None),
            edition!("meridianwire", "2", "xml", None, None),
            edition!("meridianwire", "3", "xml", None, None),
        ],
        steps: &[Step::Show(0), Step::Show(1), Step::Show(2)],
        ..PLAIN
    },
    Site {
        host: "almina.example",
        title: "الميناء",
        editions: &[edition!("almina", "1", "xml", Some("almina-without-quotes"), None)],
        ..PLAIN
    },
    Site {
        host: "minatoshimbun.example",
        path: "/index.rdf",
        title: "みなと新聞",
        form: Form { content_type: "application/rdf+xml; charset=Shift_JIS", charset: Charset::ShiftJis, ..RDF },
        editions: &[edition!("minatoshimbun", "1", "xml", None, Some("Wed, 18 Nov 2026 00:10:00 GMT"))],
        ..PLAIN
    },
    Site {
        host: "polarreport.example",
        title: "Polar Report",
        form: Form { content_type: "application/rss+xml", charset: Charset::Utf16Marked, ..RSS },
        editions: &[edition!("polarreport", "1", "xml", Some("\"polar 1\""), None)],
        ..PLAIN
    },
    Site {
        host: "lecourrierdelisle.example",
        title: "Le Courrier de l'Isle",
        folder: Some("Europe"),
        form: Form { content_type: "application/rss+xml; charset=ISO-8859-1", charset: Charset::Latin1, ..RSS },
        editions: &[edition!("lecourrierdelisle", "1", "xml", Some("\"9f3c-5e1\""), None)],
        ..PLAIN
    },
    Site {
        host: "der-morgenbote.example",
        path: "/atom.xml",
        title: "Der Morgenbote",
        folder: Some("Europe"),
        form: ATOM,
        editions: &[edition!("der-morgenbote", "1", "xml", None, Some("Thu, 19 Nov 2026 05:00:00 GMT"))],
        ..PLAIN
    },
    Site {
        host: "elfarodelsur.example",
        path: "/rss",
        title: "El Faro del Sur",
        folder: Some("Europe"),
        editions: &[edition!("elfarodelsur", "1", "xml", None, Some("Wed, 18 Nov 2026 17:20:09 GMT"))],
        ..PLAIN
    },
    Site {
        host: "gazzettadelporto.example",
        path: "/rdf.xml",
        title: "La Gazzetta del Porto",
        folder: Some("Europe"),
        form: Form { charset: Charset::Utf8Marked, ..RDF },
        editions: &[edition!("gazzettadelporto", "1", "xml", Some("\"gdp:1\""), None)],
        ..PLAIN
    },
    Site {
        host: "kurierwislany.example",
        title: "Kurier Wiślany",
        folder: Some("Europe"),
        form: Form { charset: Charset::Utf8Marked, ..RSS },
        editions: &[edition!("kurierwislany", "1", "xml", Some("\"kw-1\""), None)],
        ..PLAIN
    },
    Site {
        host: "nevskayakhronika.example",
        title: "Невская хроника",
        folder: Some("Europe"),
        form: Form { content_type: "text/xml; charset=windows-1251", charset: Charset::Windows1251, ..RSS },
        editions: &[edition!("nevskayakhronika", "1", "xml", None, None)],
        ..PLAIN
    },
    Site {
        host: "balticobserver.example",
        path: "/feed.xml",
        title: "Baltic Observer",
        folder: Some("Europe"),
        form: NONE,
        steps: &[Step::Move { status: 302, to: "http://balticobserver.example/feeds/today.xml" }],
        ..PLAIN
    },
    Site {
        host: "balticobserver.example",
        path: "/feeds/today.xml",
        title: "Baltic Observer",
        folder: None,
        form: ATOM,
        editions: &[edition!("balticobserver", "1", "xml", Some("\"today-1\""), None)],
        ..PLAIN
    },
    Site {
        host: "summitledger.example",
        path: "/atom.xml",
        title: "Summit Ledger",
        folder: Some("Business"),
        form: ATOM,
        editions: &[
            edition!("summitledger", "1", "xml", Some("W/\"summit-1\""), None),
            edition!("summitledger", "2", "xml", Some("W/\"summit-2\""), None),
        ],
        steps: &[Step::Show(0), Step::Show(0), Step::Show(1)],
        ..PLAIN
    },
    Site {
        host: "diarioatlantico.example",
        path: "/feed.json",
        title: "Diário Atlântico",
        folder: Some("Business"),
        form: JSON,
        editions: &[
            edition!("diarioatlantico", "1", "json", Some("\"da-1\""), None),
            edition!("diarioatlantico", "2", "json", Some("\"da-2\""), None),
        ],
        steps: &[Step::Show(0), Step::Show(1)],
        ..PLAIN
    },
    Site {
        host: "countyledger.example",
        path: "/atom03.xml",
        title: "The County Ledger",
        folder: Some("Business"),
        form: Form { content_type: "application/xml", ..ATOM },
        editions: &[edition!("countyledger", "1", "xml", None, Some("Tue, 17 Nov 2026 09:00:00 GMT"))],
        ..PLAIN
    },
    Site {
        host: "climatedesk.example",
        path: "/feed.json",
        title: "Climate Desk",
        folder: Some("Business"),
        form: Form { content_type: "application/json", gzip: true, ..JSON },
        editions: &[edition!("climatedesk", "1", "json", Some("W/\"cd-1\""), None)],
        ..PLAIN
    },
    Site {
        host: "northfield-times.example",
        path: "/rss",
        title: "Northfield Times",
        folder: Some("Business"),
        form: NONE,
        steps: &[Step::Move { status: 301, to: "http://northfieldtimes.example/news/rss.xml" }],
        ..PLAIN
    },
    Site {
        host: "northfieldtimes.example",
        path: "/news/rss.xml",
        title: "Northfield Times",
        folder: None,
        editions: &[edition!("northfieldtimes", "1", "xml", Some("\"nt-1\""), None)],
        ..PLAIN
    },
    Site {
        host: "busybulletin.example",
        title: "Busy Bulletin",
        folder: Some("Awkward"),
        answers: Answers::AfterAWait,
        editions: &[edition!("busybulletin", "1", "xml", Some("\"bb-1\""), None)],
        steps: &[Step::Refuse { status: 429, wait: Wait::Seconds(1) }, Step::Show(0)],
        ..PLAIN
    },
    Site {
        host: "wearyweekly.example",
        title: "Weary Weekly",
        folder: Some("Awkward"),
        answers: Answers::AfterAWait,
        editions: &[edition!("wearyweekly", "1", "xml", None, Some("Fri, 20 Nov 2026 08:00:00 GMT"))],
        steps: &[Step::Refuse { status: 503, wait: Wait::DateIn(2) }, Step::Show(0)],
        ..PLAIN
    },
    Site {
        host: "brokenbroadsheet.example",
        title: "Broken Broadsheet",
        folder: Some("Awkward"),
        answers: Answers::Brokenly,
        editions: &[edition!("brokenbroadsheet", "1", "xml", None, None)],
        ..PLAIN
    },
    Site {
        host: "portalpages.example",
        path: "/feed",
        title: "Portal Pages",
        folder: Some("Awkward"),
        answers: Answers::Never,
        form: Form { content_type: "text/html; charset=utf-8", ..NONE },
        editions: &[edition!("portalpages", "1", "html", None, None)],
        ..PLAIN
    },
    Site {
        host: "closedcourier.example",
        title: "Closed Courier",
        folder: Some("Awkward"),
        answers: Answers::Never,
        form: NONE,
        steps: &[Step::Refuse { status: 410, wait: Wait::Unsaid }],
        ..PLAIN
    },
    Site {
        host: "lostletters.example",
        title: "Lost Letters",
        folder: Some("Awkward"),
        answers: Answers::Never,
        form: NONE,
        steps: &[Step::Refuse { status: 404, wait: Wait::Unsaid }],
        ..PLAIN
    },
    Site {
        host: "silentstandard.example",
        title: "Silent Standard",
        folder: Some("Awkward"),
        answers: Answers::Never,
        form: NONE,
        steps: &[Step::Silence],
        ..PLAIN
    },
    Site {
        host: "halfwayherald.example",
        title: "Halfway Herald",
        folder: Some("Awkward"),
        answers: Answers::Never,
        editions: &[edition!("halfwayherald", "1", "xml", None, None)],
        steps: &[Step::Half(0)],
        ..PLAIN
    },
];
