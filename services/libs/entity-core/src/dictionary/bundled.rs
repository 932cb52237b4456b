//! The tables that come with the crate.

use crate::Table;

/// The day the bundled tables were last reviewed.
pub(super) const REVIEWED: &str = "2026-11-24";

/// The tables of the folder `table`, by name.
pub(super) const TABLES: [Table<'static>; 8] = [
    Table { name: "agreements.tsv", text: include_str!("../../table/agreements.tsv") },
    Table { name: "capitals.tsv", text: include_str!("../../table/capitals.tsv") },
    Table { name: "cities.tsv", text: include_str!("../../table/cities.tsv") },
    Table { name: "companies.tsv", text: include_str!("../../table/companies.tsv") },
    Table { name: "countries.tsv", text: include_str!("../../table/countries.tsv") },
    Table { name: "organisations.tsv", text: include_str!("../../table/organisations.tsv") },
    Table { name: "people.tsv", text: include_str!("../../table/people.tsv") },
    Table { name: "places.tsv", text: include_str!("../../table/places.tsv") },
];
