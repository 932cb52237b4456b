//! The seed feeds: the same stories as RSS 2.0, RSS 1.0, Atom 1.0, Atom 0.3 and JSON Feed 1.1, well-formed.

use serde_json::json;

use crate::{
    Format,
    draft::{Draft, Finish, Piece},
    stories::{STORIES, Story, rfc_822, rfc_3339},
};

/// The feed of all stories in `format`.
pub(crate) fn seed(format: Format) -> Draft {
    let (head, gap, tail) = frame(format);
    let items = STORIES.iter().enumerate().map(|(index, story)| {
        let text = match format {
            Format::Rss2 => rss_2(index, story),
            Format::Rss1 => rss_1(index, story),
            Format::Atom1 => atom_1(index, story),
            Format::Atom03 => atom_03(index, story),
            Format::Json => json_item(index, story),
        };
        Piece { story: index, bytes: text.into_bytes(), whole: true, findable: true }
    });
    Draft {
        format,
        head: head.into_bytes(),
        items: items.collect(),
        gap: gap.as_bytes().to_vec(),
        tail: tail.as_bytes().to_vec(),
        content_type: None,
        finish: Finish::Utf8,
    }
}

fn frame(format: Format) -> (String, &'static str, &'static str) {
    let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    match format {
        Format::Rss2 => (
            format!(
                "{declaration}<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
                 xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:media=\"http://search.yahoo.com/mrss/\">\n<channel>\n\
                 <title>The Merrow Courier</title>\n<link>https://courier.example/</link>\n\
                 <description>News &amp; views from the lower Merrow</description>\n<language>en-GB</language>\n"
            ),
            "\n",
            "\n</channel>\n</rss>\n",
        ),
        Format::Rss1 => (rss_1_head(declaration), "\n", "\n</rdf:RDF>\n"),
        Format::Atom1 => (
            format!(
                "{declaration}<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:media=\"http://search.yahoo.com/mrss/\" \
                 xml:lang=\"en-GB\">\n<title>The Merrow Courier</title>\n<id>urn:courier:feed</id>\n\
                 <link rel=\"alternate\" href=\"https://courier.example/\"/>\n<updated>2026-11-25T08:00:00Z</updated>\n"
            ),
            "\n",
            "\n</feed>\n",
        ),
        Format::Atom03 => (
            format!(
                "{declaration}<feed version=\"0.3\" xmlns=\"http://purl.org/atom/ns#\" \
                 xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xml:lang=\"en-GB\">\n<title>The Merrow Courier</title>\n\
                 <link rel=\"alternate\" type=\"text/html\" href=\"https://courier.example/\"/>\n\
                 <modified>2026-11-25T08:00:00Z</modified>\n"
            ),
            "\n",
            "\n</feed>\n",
        ),
        Format::Json => (
            "{\n\"version\": \"https://jsonfeed.org/version/1.1\",\n\"title\": \"The Merrow Courier\",\n\
             \"home_page_url\": \"https://courier.example/\",\n\"language\": \"en-GB\",\n\"items\": [\n"
                .to_owned(),
            ",\n",
            "\n]\n}\n",
        ),
    }
}

fn rss_1_head(declaration: &str) -> String {
    let place = |story: &Story| format!("<rdf:li rdf:resource=\"{}\"/>", escaped(&link(story)));
    let places = STORIES.iter().map(place).collect::<Vec<_>>().concat();
    format!(
        "{declaration}<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">\n\
         <channel rdf:about=\"https://courier.example/\">\n<title>The Merrow Courier</title>\n\
         <link>https://courier.example/</link>\n<description>News &amp; views</description>\n\
         <items><rdf:Seq>{places}</rdf:Seq></items>\n</channel>\n"
    )
}

/// The identifier of a story in every format.
pub(crate) fn guid(story: &Story) -> String {
    format!("urn:courier:{}", story.slug)
}

fn link(story: &Story) -> String {
    format!("https://courier.example/{}?ed=1&view=full", story.slug)
}

/// `text` as character data, on odd stories in a CDATA section.
fn data(index: usize, text: &str) -> String {
    if index % 2 == 1 { format!("<![CDATA[{text}]]>") } else { escaped(text) }
}

/// `text` as character data or as the value of an attribute.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Every element of a list.
fn each(names: &[&str], element: impl Fn(&str) -> String) -> String {
    names.iter().map(|name| element(&escaped(name)) + "\n").collect::<Vec<_>>().concat()
}

fn rss_2(index: usize, story: &Story) -> String {
    let tags = each(story.tags, |tag| format!("<category>{tag}</category>"));
    format!(
        "<item>\n<title>{title}</title>\n<link>{link}</link>\n<guid isPermaLink=\"false\">{guid}</guid>\n\
         <pubDate>{date}</pubDate>\n<dc:creator>{author}</dc:creator>\n{tags}\
         <description>{summary}</description>\n<content:encoded>{content}</content:encoded>\n\
         <media:thumbnail url=\"https://courier.example/img/{slug}.jpg\" width=\"140\" height=\"84\"/>\n</item>",
        title = data(index / 2, story.title),
        link = escaped(&link(story)),
        guid = guid(story),
        date = rfc_822(index),
        author = escaped(story.author),
        summary = data(index, story.summary),
        content = data(1, story.content),
        slug = story.slug,
    )
}

fn rss_1(index: usize, story: &Story) -> String {
    let tags = each(story.tags, |tag| format!("<dc:subject>{tag}</dc:subject>"));
    format!(
        "<item rdf:about=\"{guid}\">\n<title>{title}</title>\n<link>{link}</link>\n<dc:date>{date}</dc:date>\n\
         <dc:creator>{author}</dc:creator>\n{tags}<description>{summary}</description>\n\
         <content:encoded>{content}</content:encoded>\n</item>",
        guid = guid(story),
        title = data(index / 2, story.title),
        link = escaped(&link(story)),
        date = rfc_3339(index),
        author = escaped(story.author),
        summary = data(index, story.summary),
        content = data(1, story.content),
    )
}

fn atom_1(index: usize, story: &Story) -> String {
    let tags = each(story.tags, |tag| format!("<category term=\"{tag}\"/>"));
    let content = if index.is_multiple_of(2) {
        format!("<content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\">{}</div></content>", story.content)
    } else {
        format!("<content type=\"html\">{}</content>", data(index / 2, story.content))
    };
    format!(
        "<entry>\n<title type=\"text\">{title}</title>\n<link rel=\"alternate\" href=\"{link}\"/>\n<id>{guid}</id>\n\
         <published>{date}</published>\n<updated>{date}</updated>\n<author><name>{author}</name></author>\n{tags}\
         <summary type=\"html\">{summary}</summary>\n{content}\n</entry>",
        title = data(index / 2, story.title),
        link = escaped(&link(story)),
        guid = guid(story),
        date = rfc_3339(index),
        author = escaped(story.author),
        summary = data(index, story.summary),
    )
}

fn atom_03(index: usize, story: &Story) -> String {
    let tags = each(story.tags, |tag| format!("<dc:subject>{tag}</dc:subject>"));
    format!(
        "<entry>\n<title mode=\"escaped\" type=\"text/plain\">{title}</title>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{link}\"/>\n<id>{guid}</id>\n<issued>{date}</issued>\n\
         <modified>{date}</modified>\n<author><name>{author}</name></author>\n{tags}\
         <summary type=\"text/html\" mode=\"escaped\">{summary}</summary>\n\
         <content type=\"text/html\" mode=\"escaped\">{content}</content>\n</entry>",
        title = data(index / 2, story.title),
        link = escaped(&link(story)),
        guid = guid(story),
        date = rfc_3339(index),
        author = escaped(story.author),
        summary = data(index, story.summary),
        content = data(1, story.content),
    )
}

fn json_item(index: usize, story: &Story) -> String {
    let item = json!({
        "id": guid(story),
        "url": link(story),
        "title": story.title,
        "date_published": rfc_3339(index),
        "authors": [{ "name": story.author }],
        "tags": story.tags,
        "summary": story.summary,
        "content_html": story.content,
        "image": format!("https://courier.example/img/{}.jpg", story.slug),
    });
    format!("{item:#}")
}
