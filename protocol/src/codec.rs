//! The mechanics below the types: reading an object member by member, and writing one.
//!
//! An object is read in one pass that keeps its known members as raw slices; each member is then read by its
//! type. So a fault is always about one named member, unknown members cost nothing but the scan, and nothing
//! here recurses, however deeply a stranger nests. Decisions that the wire leaves open: a number is an integer
//! where it is written as one (`3`, not `3.0`); a known member that appears twice is refused; a string that
//! holds a lone surrogate is refused where its text is needed.

mod object;
mod plain;
mod scalar;
mod write;

pub(crate) use object::{Member, object, object_to_depth};
pub(crate) use scalar::{Found, Raw, Read, string};
pub(crate) use write::{ObjectWriter, push_string, to_json};

use std::borrow::Cow;

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// Reads an optional member that is absent or has a value, but is never null.
pub(crate) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Reads a structure out of a text that is a JSON object.
pub(crate) fn from_object<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    read_object(serde_json::from_str(text)?)
}

/// Reads a structure that is a JSON object: serde would take an array of its members, too, which the wire does not
/// know.
pub(crate) fn an_object<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    read_object(&Box::<RawValue>::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// Reads an array of such structures.
pub(crate) fn objects<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let items = Vec::<Box<RawValue>>::deserialize(deserializer)?;
    items.iter().map(|item| read_object(item)).collect::<Result<_, _>>().map_err(D::Error::custom)
}

/// The same, of an optional member that is absent or has a value, but is never null.
pub(crate) fn present_objects<'de, T: DeserializeOwned + Clone, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Cow<'static, [T]>>, D::Error> {
    objects(deserializer).map(|items| Some(Cow::Owned(items)))
}

fn read_object<T: DeserializeOwned>(raw: &RawValue) -> serde_json::Result<T> {
    if raw.get().starts_with('{') {
        serde_json::from_str(raw.get())
    } else {
        Err(serde_json::Error::custom("expected an object"))
    }
}
