//! The catalog: every scripted case, one file a chapter of the spec, in the order of the chapters.
//!
//! Ids are paths, never positions, and never used again for something else.

#![expect(clippy::too_many_lines, reason = "a table is as long as what it lists")]

use crate::case::{Case, Demand};

mod chat;
mod envelope;
mod errors;
mod heartbeat;
mod history;
mod isolation;
mod limits;
mod notices;
mod ordering;
mod presence;
mod resume;
mod rooms;
mod security;
mod text;
mod transport;

/// A chapter's name, which begins the id of each of its cases, and what makes those cases.
type Chapter = (&'static str, fn() -> Vec<Case>);

/// The chapters that have cases, by the names of their files without the number.
pub const CHAPTERS: [Chapter; 15] = [
    ("transport", transport::cases),
    ("envelope", envelope::cases),
    ("errors", errors::cases),
    ("heartbeat", heartbeat::cases),
    ("rooms", rooms::cases),
    ("chat", chat::cases),
    ("isolation", isolation::cases),
    ("ordering", ordering::cases),
    ("text", text::cases),
    ("limits", limits::cases),
    ("presence", presence::cases),
    ("notices", notices::cases),
    ("resume", resume::cases),
    ("history", history::cases),
    ("security", security::cases),
];

/// The cases of a daily run, in the order of the spec.
#[must_use]
pub fn cases() -> Vec<Case> {
    let mut cases = all();
    cases.retain(|case| case.demand != Demand::Heavy);
    cases
}

/// All cases, those that take a server to itself and their time included, in the order of the spec.
#[must_use]
pub fn all() -> Vec<Case> {
    CHAPTERS.iter().flat_map(|(_, cases)| cases()).collect()
}
