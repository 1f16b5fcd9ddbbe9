//! Every schema as it is committed, inside the program.

mod generated;

pub use generated::SCHEMAS;

/// A schema, in both drafts, as JSON text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// `join-payload`
    pub name: &'static str,
    /// Its one sentence.
    pub description: &'static str,
    /// In draft 2020-12.
    pub text: &'static str,
    /// In draft-07, for tools that read no other.
    pub draft7: &'static str,
}

/// The schema of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Schema> {
    SCHEMAS.iter().find(|schema| schema.name == name)
}
