//! What is generated from the prose of `docs/spec` and the types of the protocol crate.
//!
//! [`outputs`] gives every generated file as it should be; `cargo run -p roomwire-schemas` writes them, and a
//! test compares them with the tree.

use std::io;
use std::path::{Path, PathBuf};

pub mod decoder;
pub mod examples;
pub mod frames;
pub mod open;
pub mod spec;
pub mod vectors;

mod asyncapi;
mod cites;
mod documents;
mod draft7;
mod embedded_table;
mod meta;
mod print;
mod requirement_table;

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
        /// The chapter, or the example.
        path: PathBuf,
        /// What is wrong, and where.
        what: String,
    },
    /// A vector that was released is not what it was.
    #[error(
        "the vector {id} was released and {what}, but readers out there are tested with it: restore it, and give \
         what is new another id"
    )]
    Frozen {
        /// The vector.
        id: String,
        /// What has become of it.
        what: &'static str,
    },
}

/// Every generated file of the repository at `root`, as it should be.
///
/// # Errors
/// Where a source cannot be read or breaks its own form.
pub fn outputs(root: &Path) -> Result<Vec<Output>, Error> {
    let requirements = spec::read(&root.join("docs/spec"))?;
    let examples = examples::read(&root.join("docs/spec/examples"))?;
    let documents = documents::documents(&examples);

    let mut outputs = vec![
        requirement_table::output(&requirements),
        meta::output(&requirements, &documents),
        embedded_table::output(&documents),
    ];
    outputs.extend(documents.iter().flat_map(documents::files));
    outputs.push(asyncapi::output(&documents));
    outputs.extend(vectors::files());
    outputs.push(vectors::lock(root)?);
    Ok(outputs)
}
