//! The tests of `roomwire-schemas`.

#![allow(clippy::unwrap_used, reason = "a test that meets what it does not expect has failed")]

mod agreement;
mod asyncapi;
mod chapters;
mod documents;
mod fresh;
mod judge;
mod lock;
mod spec;
mod vectors;
