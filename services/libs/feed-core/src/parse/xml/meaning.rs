//! What elements mean, vocabulary by vocabulary.
//!
//! A field may stand in several elements. Each has a rank: the text of the lowest rank is the field, of equals the first. Rank 0 is the
//! element that the document's own format has for it, then come Dublin Core, Media RSS and iTunes.

use news_model::DateField;

use super::names::{Family, Space};

/// What an element stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    /// An item or entry.
    Entry,
    /// Holds more elements that count.
    Container,
    /// Holds the name of an author.
    Person(u8),
    /// A text of the feed or entry.
    Field(Field, u8),
    /// A link whose address is an attribute.
    Link(u8),
    /// A picture, sound or film whose address is an attribute.
    Media(u8),
    /// A category whose name is an attribute, and which may hold others.
    Category,
    /// Holds address and date of a sitemap.
    Sitemap,
    /// Neither it nor what it holds counts.
    Opaque,
}

/// A text of a feed or entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Title,
    Link,
    Id,
    Summary,
    Content,
    /// A body whose markup is its own.
    Body,
    Author,
    PersonName,
    PersonEmail,
    PersonUri,
    Category,
    /// Several categories, separated by commas.
    Keywords,
    Published(DateField),
    Updated(DateField),
    Language,
    Ttl,
    /// The address of a picture, sound or film.
    Medium,
    /// The address of a sitemap.
    Sitemap,
    /// When a sitemap last changed.
    SitemapChanged,
}

impl Field {
    /// Whether tags in the text are of the text. In a date, an address or the name of a language they are slips.
    pub(crate) fn holds_markup(self) -> bool {
        match self {
            Self::Title
            | Self::Summary
            | Self::Content
            | Self::Body
            | Self::Author
            | Self::PersonName
            | Self::Category
            | Self::Keywords => true,
            Self::Link
            | Self::Id
            | Self::PersonEmail
            | Self::PersonUri
            | Self::Published(_)
            | Self::Updated(_)
            | Self::Language
            | Self::Ttl
            | Self::Medium
            | Self::Sitemap
            | Self::SitemapChanged => false,
        }
    }
}

/// What an element means inside of `parent`: nothing inside of what does not count.
pub(crate) fn standing(family: Family, parent: Option<Element>, in_entry: bool, space: Space, local: &str) -> Element {
    let kind = match parent {
        None if !matches!(local, "entry" | "item") => Element::Container,
        _ => meaning(family, in_entry, space, local),
    };
    match (parent, kind) {
        (_, Element::Entry) => Element::Entry,
        (Some(Element::Opaque), _) => Element::Opaque,
        (Some(Element::Person(_)), _) => match local {
            "name" => Element::Field(Field::PersonName, 0),
            "email" => Element::Field(Field::PersonEmail, 0),
            "uri" | "url" | "homepage" => Element::Field(Field::PersonUri, 0),
            _ => Element::Opaque,
        },
        (Some(Element::Sitemap), _) => match local {
            "loc" => Element::Field(Field::Sitemap, 0),
            "lastmod" => Element::Field(Field::SitemapChanged, 0),
            _ => Element::Opaque,
        },
        (Some(Element::Category), _) if kind != Element::Category => Element::Opaque,
        _ => kind,
    }
}

/// What the element `local` of `space` means in a document of `family`.
pub(crate) fn meaning(family: Family, in_entry: bool, space: Space, local: &str) -> Element {
    match space {
        Space::Rss if family == Family::Rss => rss(in_entry, local),
        Space::Rdf if family == Family::Rss => match local {
            "rdf" => Element::Container,
            "item" => Element::Entry,
            _ => Element::Opaque,
        },
        Space::Atom if family == Family::Atom => atom(in_entry, local),
        Space::Sitemap | Space::News | Space::Image | Space::Video => sitemap(space, local),
        Space::Atom => atom_elsewhere(in_entry, local),
        Space::Content => match local {
            "encoded" => Element::Field(Field::Content, 0),
            _ => Element::Opaque,
        },
        Space::DublinCore => dublin_core(in_entry, local),
        Space::Terms => terms(in_entry, local),
        Space::Media => media(local),
        Space::Itunes => itunes(in_entry, local),
        Space::Xhtml => match local {
            "body" | "div" => Element::Field(Field::Body, 1),
            _ => Element::Opaque,
        },
        Space::Rss | Space::Rdf | Space::Other => Element::Opaque,
    }
}

fn rss(in_entry: bool, local: &str) -> Element {
    match local {
        "item" | "entry" => Element::Entry,
        "rss" | "rdf" | "channel" | "items" => Element::Container,
        "title" => Element::Field(Field::Title, 0),
        "link" => Element::Field(Field::Link, 0),
        "guid" => Element::Field(Field::Id, 0),
        "id" => Element::Field(Field::Id, 2),
        "description" => Element::Field(Field::Summary, 0),
        "summary" if in_entry => Element::Field(Field::Content, 3),
        // CDF has `abstract`.
        "abstract" => Element::Field(Field::Summary, 2),
        "tagline" | "subtitle" if !in_entry => Element::Field(Field::Summary, 1),
        "content" | "fullitem" | "encoded" => Element::Field(Field::Content, 1),
        "body" => Element::Field(Field::Body, 1),
        "pubdate" => Element::Field(Field::Published(DateField::PubDate), 0),
        "published" | "issued" => Element::Field(Field::Published(DateField::AtomPublished), 1),
        "date" => Element::Field(Field::Published(DateField::DcDate), 3),
        "created" => Element::Field(Field::Published(DateField::AtomCreated), 2),
        "updated" | "modified" => Element::Field(Field::Updated(DateField::AtomUpdated), 1),
        "lastbuilddate" | "lastmodified" => Element::Field(Field::Updated(DateField::LastBuildDate), 0),
        "author" | "managingeditor" => Element::Field(Field::Author, 0),
        "webmaster" if !in_entry => Element::Field(Field::Author, 3),
        "category" => Element::Field(Field::Category, 0),
        "tags" | "keywords" => Element::Field(Field::Keywords, 0),
        "language" => Element::Field(Field::Language, 0),
        "ttl" => Element::Field(Field::Ttl, 0),
        "enclosure" => Element::Media(0),
        _ => Element::Opaque,
    }
}

fn atom(in_entry: bool, local: &str) -> Element {
    match local {
        "entry" | "item" => Element::Entry,
        "feed" | "channel" | "entries" => Element::Container,
        "title" => Element::Field(Field::Title, 0),
        "id" => Element::Field(Field::Id, 0),
        "guid" => Element::Field(Field::Id, 1),
        "link" => Element::Link(0),
        "summary" => Element::Field(Field::Summary, u8::from(!in_entry)),
        "subtitle" | "tagline" if !in_entry => Element::Field(Field::Summary, 0),
        "description" => Element::Field(Field::Summary, 2),
        "info" if !in_entry => Element::Field(Field::Summary, 3),
        "content" => Element::Field(Field::Content, 0),
        "published" => Element::Field(Field::Published(DateField::AtomPublished), 0),
        // Atom 0.3 has `issued`, `modified` and `created`; `pubDate` is a common slip.
        "issued" => Element::Field(Field::Published(DateField::AtomPublished), 1),
        "pubdate" => Element::Field(Field::Published(DateField::PubDate), 1),
        "created" => Element::Field(Field::Published(DateField::AtomCreated), 2),
        "updated" => Element::Field(Field::Updated(DateField::AtomUpdated), 0),
        "modified" => Element::Field(Field::Updated(DateField::AtomUpdated), 1),
        "category" => Element::Field(Field::Category, 0),
        "author" => Element::Person(0),
        "language" => Element::Field(Field::Language, 0),
        _ => Element::Opaque,
    }
}

/// Elements of Atom in documents of another kind.
fn atom_elsewhere(in_entry: bool, local: &str) -> Element {
    match local {
        "link" => Element::Link(1),
        "author" => Element::Person(1),
        "id" => Element::Field(Field::Id, 1),
        "updated" => Element::Field(Field::Updated(DateField::AtomUpdated), 1),
        "published" => Element::Field(Field::Published(DateField::AtomPublished), 1),
        "summary" => Element::Field(Field::Summary, 1),
        "subtitle" if !in_entry => Element::Field(Field::Summary, 1),
        "content" => Element::Field(Field::Content, 1),
        "category" => Element::Field(Field::Category, 0),
        "title" => Element::Field(Field::Title, 1),
        _ => Element::Opaque,
    }
}

fn sitemap(space: Space, local: &str) -> Element {
    match (space, local) {
        (Space::Sitemap, "url") => Element::Entry,
        (Space::Sitemap, "sitemap") => Element::Sitemap,
        (Space::Sitemap, "urlset" | "sitemapindex")
        | (Space::News, "news" | "publication")
        | (Space::Image, "image") => Element::Container,
        (Space::Sitemap, "loc") => Element::Field(Field::Link, 0),
        (Space::Sitemap, "lastmod") => Element::Field(Field::Updated(DateField::LastMod), 0),
        (Space::News, "title") => Element::Field(Field::Title, 0),
        (Space::News, "publication_date") => Element::Field(Field::Published(DateField::PublicationDate), 0),
        (Space::News, "language") => Element::Field(Field::Language, 0),
        (Space::News, "keywords" | "genres") => Element::Field(Field::Keywords, 0),
        (Space::Image, "loc") => Element::Field(Field::Medium, 0),
        (Space::Image, "caption") => Element::Field(Field::Summary, 3),
        _ => Element::Opaque,
    }
}

fn dublin_core(in_entry: bool, local: &str) -> Element {
    match local {
        "title" => Element::Field(Field::Title, 1),
        "description" | "abstract" => Element::Field(Field::Summary, 1),
        // Of a feed it is when it was made anew, as RSS 1.0 has it.
        "date" if !in_entry => Element::Field(Field::Updated(DateField::DcDate), 3),
        "date" => Element::Field(Field::Published(DateField::DcDate), 3),
        "creator" | "author" => Element::Field(Field::Author, 0),
        "subject" => Element::Field(Field::Category, 0),
        "language" => Element::Field(Field::Language, 1),
        "identifier" => Element::Field(Field::Id, 3),
        _ => terms(in_entry, local),
    }
}

fn terms(in_entry: bool, local: &str) -> Element {
    match local {
        "issued" => Element::Field(Field::Published(DateField::TermsIssued), 1),
        "created" => Element::Field(Field::Published(DateField::TermsCreated), 2),
        "available" => Element::Field(Field::Published(DateField::TermsIssued), 4),
        "modified" => Element::Field(Field::Updated(DateField::TermsModified), 1),
        "title" | "description" | "abstract" | "date" | "creator" | "subject" | "language" => {
            dublin_core(in_entry, local)
        }
        _ => Element::Opaque,
    }
}

fn media(local: &str) -> Element {
    match local {
        "group" => Element::Container,
        "content" => Element::Media(0),
        // A thumbnail shows what another element holds; it counts where there is nothing else.
        "thumbnail" => Element::Media(1),
        "title" => Element::Field(Field::Title, 2),
        "description" | "text" => Element::Field(Field::Summary, 3),
        "keywords" => Element::Field(Field::Keywords, 0),
        "category" => Element::Field(Field::Category, 0),
        _ => Element::Opaque,
    }
}

fn itunes(in_entry: bool, local: &str) -> Element {
    match local {
        "author" => Element::Field(Field::Author, 1),
        "owner" if !in_entry => Element::Person(2),
        "summary" => Element::Field(Field::Summary, 2),
        "subtitle" => Element::Field(Field::Summary, 4),
        "title" => Element::Field(Field::Title, 3),
        "keywords" => Element::Field(Field::Keywords, 0),
        "category" => Element::Category,
        _ => Element::Opaque,
    }
}
