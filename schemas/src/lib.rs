//! The JSON Schemas of Roomwire 1, and a judge that reads frames by them, layer by layer.
//!
//! [`embedded`] has every schema as it is committed under `v1/`; [`layers`] says which of them each layer of a frame
//! is judged by, and a [`Judge`] does it.
//!
//! With the feature `generate` (the default), the crate also writes what is generated from Roomwire's two sources,
//! the prose of `docs/spec` and the types of the protocol crate: see [`generate`].

pub mod embedded;
#[cfg(feature = "generate")]
pub mod generate;
pub mod judge;
pub mod layers;

pub use judge::{Fault, Judge, Judgement};

/// The command that writes all generated files, for messages that say how to mend a stale one.
pub const COMMAND: &str = "cargo run -p roomwire-schemas";

/// The `$id` of a schema: a name that nobody looks up.
#[must_use]
pub fn id_of(name: &str) -> String {
    format!("urn:roomwire:v1:{name}")
}
