//! The mechanics below the types: reading an object member by member, and writing one.
//!
//! An object is read in one pass that keeps its known members as raw slices; each member is then read by its
//! type. So a fault is always about one named member, unknown members cost nothing but the scan, and nothing
//! here recurses, however deeply a stranger nests. Decisions that the wire leaves open: a number is an integer
//! where it is written as one (`3`, not `3.0`); a known member that appears twice is refused; a string that
//! holds a lone surrogate is refused where its text is needed.

mod object;
mod scalar;
mod write;

pub(crate) use object::{Member, object, object_to_depth};
pub(crate) use scalar::{Found, Read, string};
pub(crate) use write::{ObjectWriter, push_string, to_json};

use serde::{Deserialize, Deserializer};

/// Reads an optional member that is absent or has a value, but is never null.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
