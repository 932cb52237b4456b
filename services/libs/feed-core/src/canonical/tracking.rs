//! Which parameters say how a reader came to a page, and not which page it is.
//!
//! The table is Courant's own, gathered from the documentation of those who set the parameters: they are named beside each group. A name is
//! taken in only where no publishing system in use tells stories by it; names that some do (`ref`, `source`, `sid`) count by their value.

/// Beginnings of names, lower case: families of which new members appear.
const PREFIXES: [&str; 14] = [
    "utm_",    // Google Analytics and everyone after it
    "pk_",     // Piwik
    "piwik_",  // Piwik
    "mtm_",    // Matomo
    "matomo_", // Matomo
    "hsa_",    // HubSpot ads
    "__hs",    // HubSpot
    "at_",     // AT Internet; BBC
    "ns_",     // comScore; BBC
    "wt_",     // Webtrekk
    "wt.",     // Webtrends
    "fb_",     // Facebook
    "guce_",   // Yahoo
    "sc_",     // Adobe, Snapchat
];

/// Whole names, lower case and in order.
const NAMES: [&str; 79] = [
    "__s",                  // Drip
    "__twitter_impression", // X
    "_branch_match_id",     // Branch
    "_branch_referrer",     // Branch
    "_ga",                  // Google Analytics, across sites
    "_gl",                  // Google Analytics, across sites
    "_hsenc",               // HubSpot
    "_hsmi",                // HubSpot
    "_ke",                  // Klaviyo
    "_kx",                  // Klaviyo
    "_openstat",            // Openstat
    "cmp",                  // The Guardian
    "cmpid",                // Bloomberg, CNN and others
    "cmpid2",               // as cmpid
    "cvid",                 // MSN
    "dclid",                // Google Display
    "dm_i",                 // dotdigital
    "ef_id",                // Adobe Advertising
    "emc",                  // The New York Times
    "epik",                 // Pinterest
    "fbclid",               // Facebook
    "gad_campaignid",       // Google Ads
    "gad_source",           // Google Ads
    "gbraid",               // Google Ads
    "gclid",                // Google Ads
    "gclsrc",               // Google Ads
    "guccounter",           // Yahoo
    "hsctatracking",        // HubSpot
    "icid",                 // internal campaigns, many
    "igsh",                 // Instagram
    "igshid",               // Instagram
    "intcid",               // internal campaigns, Condé Nast
    "intcmp",               // internal campaigns, Adobe
    "irclickid",            // impact.com
    "ito",                  // Daily Mail
    "li_fat_id",            // LinkedIn
    "linkid",               // Adobe
    "mbid",                 // Condé Nast
    "mc_cid",               // Mailchimp
    "mc_eid",               // Mailchimp
    "mkt_tok",              // Marketo
    "mkwid",                // Marin
    "ml_subscriber",        // MailerLite
    "ml_subscriber_hash",   // MailerLite
    "msclkid",              // Microsoft Advertising
    "ncid",                 // AOL, NBC and others
    "ndclid",               // Nextdoor
    "nr_email_referer",     // newsletters
    "ocid",                 // MSN, BBC
    "oly_anon_id",          // Omeda
    "oly_enc_id",           // Omeda
    "pcrid",                // Marin
    "rb_clickid",           // Rambler
    "rdid",                 // display networks
    "rss_id",               // feed counters
    "s_cid",                // Adobe
    "s_kwcid",              // Adobe
    "scm",                  // Alibaba
    "smid",                 // The New York Times
    "smtyp",                // The New York Times
    "soc_src",              // Yahoo
    "soc_trk",              // Yahoo
    "spm",                  // Alibaba
    "sr_share",             // SimpleReach
    "srsltid",              // Google Merchant
    "sscid",                // ShareASale
    "tblci",                // Taboola
    "trk",                  // LinkedIn
    "trkcampaign",          // LinkedIn
    "ttclid",               // TikTok
    "twclid",               // X
    "vero_conv",            // Vero
    "vero_id",              // Vero
    "wbraid",               // Google Ads
    "wickedid",             // Wicked Reports
    "xtor",                 // AT Internet; French papers
    "yclid",                // Yandex Direct
    "ymclid",               // Yandex Market
    "ysclid",               // Yandex
];

/// Names that say where a reader came from only with a value that says so, lower case and in order.
const SOURCES: [&str; 14] = [
    "campaign", "feed", "feedname", "feedtype", "from", "mod", "origin", "partner", "ref", "referrer", "share",
    "source", "src", "via",
];

/// Beginnings of such values, lower case.
const SOURCE_VALUES: [&str; 13] = [
    "rss",
    "atom",
    "feed",
    "email",
    "newsletter",
    "twitter",
    "facebook",
    "fb",
    "linkedin",
    "whatsapp",
    "telegram",
    "googlenews",
    "social",
];

/// Names of the visitor's session, lower case and in order. They count with a value that looks drawn at random.
const SESSIONS: [&str; 9] =
    ["cfid", "cftoken", "jsessionid", "oscsid", "phpsessid", "session_id", "sessionid", "sid", "zenid"];

/// Whether the parameter `name` with `value`, both as written, says nothing of the story.
pub(super) fn is_tracking(name: &str, value: &str) -> bool {
    let (name, value) = (name.to_ascii_lowercase(), value.to_ascii_lowercase());
    let among = |names: &[&str]| names.binary_search(&name.as_str()).is_ok();
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || among(&NAMES)
        || (among(&SOURCES) && SOURCE_VALUES.iter().any(|source| value.starts_with(source)))
        || (among(&SESSIONS) && is_drawn(&value))
        || name.starts_with("aspsessionid")
}

/// Whether a fragment names no part of the story: a counter, a text to be marked, or a place that every page has.
pub(super) fn is_idle_fragment(fragment: &str) -> bool {
    const PLACES: [&str; 10] =
        ["comments", "comment", "respond", "disqus_thread", "top", "main", "content", "rss", "header", "start"];
    let fragment = fragment.to_ascii_lowercase();
    let (name, value) = fragment.split_once('=').unwrap_or((&fragment, ""));
    fragment.is_empty()
        || fragment.starts_with(":~:") // W3C text fragments
        || PLACES.contains(&fragment.as_str())
        || fragment.strip_prefix("more-").is_some_and(|post| post.bytes().all(|digit| digit.is_ascii_digit())) // WordPress
        || (fragment.contains('=') && is_tracking(name, value))
}

/// Whether `value` looks drawn at random: long, and no number.
fn is_drawn(value: &str) -> bool {
    const SHORTEST: usize = 16;
    value.len() >= SHORTEST
        && value.bytes().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'_' | b'.' | b'!'))
        && value.bytes().any(|letter| letter.is_ascii_alphabetic())
        && value.bytes().any(|letter| letter.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_can_be_searched() {
        for table in [&NAMES[..], &SOURCES, &SESSIONS] {
            assert!(table.is_sorted(), "{table:?}");
            assert!(table.iter().all(|name| *name == name.to_ascii_lowercase()));
        }
    }

    #[test]
    fn a_number_under_a_sessions_name_is_a_story() {
        assert!(!is_tracking("sid", "20261125"));
        assert!(is_tracking("sid", "5f1d7a0b2c3e4d5f"));
    }
}
