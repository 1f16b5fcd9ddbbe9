//! What is generated from Roomwire's two sources: the prose of `docs/spec` and the types of the protocol crate.
//!
//! [`outputs`] gives every generated file as it should be; `cargo run -p roomwire-schemas` writes them, and a
//! test compares them with the tree.

use std::io;
use std::path::{Path, PathBuf};

pub mod spec;

mod requirement_table;

/// The command that writes all generated files, for messages that say how to mend a stale one.
pub const COMMAND: &str = "cargo run -p roomwire-schemas";

/// A generated file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its path from the root of the repository.
    pub path: PathBuf,
    /// What it should contain.
    pub content: String,
}

/// What keeps the files from being generated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A source cannot be read.
    #[error("cannot read {path}: {error}")]
    Read {
        /// The source.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The spec breaks its own form.
    #[error("{path}: {what}")]
    Spec {
        /// The chapter.
        path: PathBuf,
        /// What is wrong, and where.
        what: String,
    },
}

/// Every generated file of the repository at `root`, as it should be.
///
/// # Errors
/// Where a source cannot be read or breaks its own form.
pub fn outputs(root: &Path) -> Result<Vec<Output>, Error> {
    let requirements = spec::read(&root.join("docs/spec"))?;
    Ok(vec![requirement_table::output(&requirements)])
}
