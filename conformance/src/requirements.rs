//! The requirements of the spec: each one sentence, quoted and never paraphrased.
//!
//! The table is generated from `docs/spec`, which is its only source.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

mod generated;
mod unobserved;

pub use generated::REQUIREMENTS;
pub use unobserved::{UNOBSERVED, Unobserved};

/// One sentence of the spec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requirement {
    /// `ROOM-3`
    pub id: &'static str,
    /// How strong it is.
    pub level: Level,
    /// The profile that it belongs to: `core`, `presence`, `notice`, `resume` or `history`.
    pub profile: &'static str,
    /// Whom it binds.
    pub binds: Binds,
    /// The sentence.
    pub text: &'static str,
    /// The chapter's file, `05-rooms.md`.
    pub file: &'static str,
    /// The chapter's title.
    pub chapter: &'static str,
}

/// The keyword of a requirement.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Optional.
    May,
    /// To be done unless there is a good reason.
    Should,
    /// To be done.
    Must,
}

/// Whom a requirement binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binds {
    /// The server: what this runner judges.
    Server,
    /// The client.
    Client,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
            Self::May => "MAY",
        })
    }
}

/// Finds a requirement by its id, in any letter case.
#[must_use]
pub fn requirement(id: &str) -> Option<&'static Requirement> {
    REQUIREMENTS.iter().find(|requirement| requirement.id.eq_ignore_ascii_case(id))
}
