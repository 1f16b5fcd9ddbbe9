//! The published schemas, as the program has them.

use std::fmt::Write as _;

use roomwire_schemas::embedded::{SCHEMAS, find};

/// The drafts of JSON Schema that a schema is there in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Draft {
    /// The current one, which the schemas are written in
    #[default]
    #[value(name = "2020-12", alias = "2020")]
    Draft202012,
    /// For tools that read no other
    #[value(name = "7", aliases = ["07", "draft-07"])]
    Draft7,
}

/// A line for each schema: its name, and what it is of.
#[must_use]
pub fn list() -> String {
    let width = SCHEMAS.iter().map(|schema| schema.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for schema in SCHEMAS {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{:width$}  {}", schema.name, schema.description);
    }
    text
}

/// Every name.
pub fn names() -> impl Iterator<Item = &'static str> {
    SCHEMAS.iter().map(|schema| schema.name)
}

/// The schema of this name, as it is published.
#[must_use]
pub fn text(name: &str, draft: Draft) -> Option<&'static str> {
    find(name).map(|schema| match draft {
        Draft::Draft202012 => schema.text,
        Draft::Draft7 => schema.draft7,
    })
}
