//! The table of requirements that the conformance runner embeds.

use std::fmt::Write as _;

use super::Output;
use super::spec::Requirement;

/// The table as a Rust file.
pub(crate) fn output(requirements: &[Requirement]) -> Output {
    let mut content = format!(
        "//! Generated from `docs/spec` by `{}`; do not edit.\n\n\
         use super::{{Binds, Level, Requirement}};\n\n\
         /// Every requirement, in the order of the spec.\n\
         #[rustfmt::skip]\n\
         pub static REQUIREMENTS: &[Requirement] = &[\n",
        crate::COMMAND
    );
    for requirement in requirements {
        let Requirement { id, level, profile, client, text, file, chapter } = requirement;
        let level = match *level {
            "MUST" => "Must",
            "SHOULD" => "Should",
            _ => "May",
        };
        let binds = if *client { "Client" } else { "Server" };
        let _ = writeln!(
            content,
            "    Requirement {{ id: {id:?}, level: Level::{level}, profile: {profile:?}, binds: Binds::{binds}, \
             text: {text:?}, file: {file:?}, chapter: {chapter:?} }},"
        );
    }
    content.push_str("];\n");
    Output { path: "conformance/src/requirements/generated.rs".into(), content }
}
