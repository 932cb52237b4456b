//! What the elements of a document say: each field, once it is whole, goes to the entry or the feed that it stands in.

use std::borrow::Cow;

use super::{
    Reader,
    capture::{Capture, form_of},
    meaning::Field,
    names::Space,
};
use crate::parse::{
    base::Base,
    markup::{Tag, attribute},
    raw::{RawAddress, RawCategory, RawDate, RawLink, RawMedia, RawPerson, RawText, push_capped},
};

impl<'a> Reader<'a> {
    pub(super) fn open_field(&mut self, field: Field, rank: u8, space: Space, tag: Tag<'a>) {
        self.capture = Some(Capture::of(field, rank, tag, form_of(field, space, tag)));
        if tag.empty {
            self.finish_field();
        }
    }

    pub(super) fn finish_field(&mut self) {
        let Some(capture) = self.capture.take() else { return };
        let (field, rank, tag) = (capture.field, capture.rank, capture.tag);
        let (mut text, markup) = capture.finish();
        let mut base = self.base();
        if tag.attributes.contains("xml:base")
            && let Some(own) = attribute(tag.attributes, "xml:base")
        {
            base = base.join(&own);
        }
        if field == Field::Category {
            return self.category(text, tag);
        }
        if field == Field::Link && text.trim().is_empty() {
            text = attribute(tag.attributes, "href").unwrap_or_default();
        }
        if text.trim().is_empty() {
            return;
        }
        self.keep_field(field, rank, RawText { text, markup, base }, tag);
    }

    fn keep_field(&mut self, field: Field, rank: u8, text: RawText<'a>, tag: Tag<'a>) {
        let RawText { text: written, base, .. } = text;
        let whole = |written, base| RawText { text: written, markup: text.markup, base };
        match field {
            Field::Title => self.part().title.offer(rank, whole(written, base)),
            Field::Summary => self.part().summary.offer(rank, whole(written, base)),
            Field::Content | Field::Body => self.part().content.offer(rank, whole(written, base)),
            Field::Link => {
                let address = RawAddress { href: written, base };
                self.add_link(address, rank, Cow::Borrowed("alternate"), Cow::Borrowed(""));
            }
            Field::Id => {
                let part = self.part();
                let first = part.id.get().is_none();
                part.id.offer(rank, written);
                if first {
                    part.id_is_opaque = attribute(tag.attributes, "ispermalink")
                        .is_some_and(|value| value.trim().eq_ignore_ascii_case("false"));
                }
            }
            Field::Author => {
                push_capped(&mut self.part().authors, RawPerson { rank, name: written, ..RawPerson::default() });
            }
            Field::PersonName | Field::PersonEmail | Field::PersonUri => self.person_field(field, written, base),
            Field::Category => self.category(written, tag),
            Field::Keywords => self.keywords(&written),
            Field::Published(field) => self.part().published.offer(rank, RawDate { text: written, field }),
            Field::Updated(field) => self.part().updated.offer(rank, RawDate { text: written, field }),
            Field::Language => self.part().language.offer(rank, written),
            Field::Ttl if self.entry.is_none() => self.feed.ttl_minutes = written,
            Field::Ttl => {}
            Field::Medium => {
                let address = RawAddress { href: written, base };
                push_capped(&mut self.part().media, RawMedia { address, ..RawMedia::default() });
            }
            Field::Sitemap | Field::SitemapChanged => {
                let Some(sitemap) = self.feed.sitemaps.last_mut() else { return };
                if field == Field::Sitemap {
                    sitemap.address = Some(RawAddress { href: written, base });
                } else {
                    sitemap.changed = written;
                }
            }
        }
    }

    fn person_field(&mut self, field: Field, written: Cow<'a, str>, base: Base) {
        let Some(person) = &mut self.person else { return };
        match field {
            Field::PersonEmail => person.email = written,
            Field::PersonUri => person.uri = Some(RawAddress { href: written, base }),
            _ => person.name = written,
        }
    }

    fn keywords(&mut self, written: &str) {
        for term in written.split(',').map(str::trim).filter(|term| !term.is_empty()) {
            let category = RawCategory { term: Cow::Owned(term.to_owned()), ..RawCategory::default() };
            push_capped(&mut self.part().categories, category);
        }
    }

    pub(super) fn category(&mut self, text: Cow<'a, str>, tag: Tag<'a>) {
        let named = |name| attribute(tag.attributes, name).filter(|value| !value.trim().is_empty()).unwrap_or_default();
        // Atom keeps it in attributes.
        let (term, label) = (named("term"), named("label"));
        let term = if term.is_empty() { text } else { term };
        let scheme = named("scheme");
        let scheme = if scheme.is_empty() { named("domain") } else { scheme };
        if !term.trim().is_empty() || !label.is_empty() {
            push_capped(&mut self.part().categories, RawCategory { term, scheme, label });
        }
    }

    /// A category of iTunes, within which another may stand.
    pub(super) fn nested_category(&mut self, tag: Tag<'a>) {
        if let Some(term) = attribute(tag.attributes, "text") {
            let scheme = Cow::Borrowed("http://www.itunes.com/");
            push_capped(&mut self.part().categories, RawCategory { term, scheme, ..RawCategory::default() });
        }
    }

    pub(super) fn add_link(
        &mut self,
        address: RawAddress<'a>,
        rank: u8,
        rel: Cow<'a, str>,
        content_type: Cow<'a, str>,
    ) {
        let leads_to_story = matches!(rel.trim(), "" | "alternate");
        let part = self.part();
        if leads_to_story && !address.href.trim().is_empty() {
            // Among several forms of a page people read the HTML.
            let other_form = !content_type.is_empty() && !content_type.contains("html");
            part.link.offer(rank * 2 + u8::from(other_form), address.clone());
        }
        push_capped(&mut part.links, RawLink { address, rel, content_type });
    }

    pub(super) fn link(&mut self, tag: Tag<'a>, rank: u8) {
        let Some(href) = attribute(tag.attributes, "href") else { return };
        let named = |name| attribute(tag.attributes, name).unwrap_or_default();
        let mut base = self.base();
        if let Some(own) = attribute(tag.attributes, "xml:base") {
            base = base.join(&own);
        }
        let address = RawAddress { href, base };
        let (rel, content_type) = (named("rel"), named("type"));
        if rel.trim() == "enclosure" {
            let (address, content_type) = (address.clone(), content_type.clone());
            let medium = RawMedia { rank: 0, address, content_type, length: named("length") };
            push_capped(&mut self.part().media, medium);
        }
        self.add_link(address, rank, rel, content_type);
    }

    pub(super) fn medium(&mut self, tag: Tag<'a>, rank: u8) {
        let named = |name| attribute(tag.attributes, name).filter(|value| !value.trim().is_empty());
        let Some(href) = named("url").or_else(|| named("href")) else { return };
        let mut content_type = named("type").unwrap_or_default();
        if content_type.is_empty() {
            content_type = match (named("medium").as_deref(), rank) {
                (Some("image"), _) | (None, 1) => Cow::Borrowed("image/*"),
                (Some("video"), _) => Cow::Borrowed("video/*"),
                (Some("audio"), _) => Cow::Borrowed("audio/*"),
                _ => Cow::Borrowed(""),
            };
        }
        let length = named("length").or_else(|| named("filesize")).unwrap_or_default();
        let address = RawAddress { href, base: self.base() };
        push_capped(&mut self.part().media, RawMedia { rank, address, content_type, length });
    }
}
