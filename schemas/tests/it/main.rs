//! The tests of `roomwire-schemas`.

mod fresh;
mod spec;
mod vectors;
