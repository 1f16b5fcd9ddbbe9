//! An object as the raw slices of the members that are asked for.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::plain;
use super::scalar::{Found, Raw, Read};
use crate::fault::Fault;
use crate::limits::DEPTH_REFUSED_PAST;

/// One member that was asked for, there or not.
#[derive(Clone, Debug)]
pub(crate) struct Member<'a> {
    path: &'static str,
    name: &'static str,
    raw: Option<Raw<'a>>,
    repeated: bool,
}

impl<'a> Member<'a> {
    pub(super) fn is_called(&self, name: &str) -> bool {
        self.name == name
    }

    pub(super) fn is_found(&self) -> bool {
        self.raw.is_some()
    }

    /// Remembers its value.
    pub(super) fn put(&mut self, raw: Raw<'a>) {
        self.repeated |= self.raw.replace(raw).is_some();
    }

    #[cfg(test)]
    pub(super) fn raw(&self) -> Option<&'a str> {
        self.raw.as_ref().map(|raw| raw.json)
    }

    /// Reads a member that must be there.
    pub(crate) fn required<T: Read<'a>>(self) -> Result<T, Fault> {
        let (path, name) = (self.path, self.name);
        self.optional()?.ok_or_else(|| Fault::new(path, name, T::EXPECTED, "nothing"))
    }

    /// Reads a member that may be absent, but is never null.
    pub(crate) fn optional<T: Read<'a>>(self) -> Result<Option<T>, Fault> {
        if self.repeated {
            return Err(Fault::new(self.path, self.name, T::EXPECTED, "it more than once"));
        }
        let read = self.raw.map(T::read).transpose();
        read.map_err(|Found(found)| Fault::new(self.path, self.name, T::EXPECTED, found))
    }
}

/// Reads an object, which is the whole of `text`, and keeps the members of these names.
///
/// `path` is where the object stands, for the fault; a fault is about the object as a whole here.
pub(crate) fn object<'a, const N: usize>(
    text: &'a str,
    path: &'static str,
    names: [&'static str; N],
) -> Result<[Member<'a>; N], Fault> {
    object_to_depth(text, DEPTH_REFUSED_PAST, path, names)
}

/// The same, where what is nested more than so many levels deep counts as no object.
pub(crate) fn object_to_depth<'a, const N: usize>(
    text: &'a str,
    levels: usize,
    path: &'static str,
    names: [&'static str; N],
) -> Result<[Member<'a>; N], Fault> {
    if let Some(members) = plain::members(text, unread(path, names)) {
        return Ok(members);
    }
    if nested_past(text, levels) {
        let found = format!("JSON nested more than {levels} levels deep");
        return Err(Fault::new(path, "", "a JSON object", found));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = deserializer.deserialize_map(Members(unread(path, names))).and_then(|members| {
        deserializer.end()?;
        Ok(members)
    });
    read.map_err(|error| Fault::new(path, "", "a JSON object", found_in_place(text, error)))
}

/// The members that are looked for, none of which has been found.
pub(super) fn unread<'a, const N: usize>(path: &'static str, names: [&'static str; N]) -> [Member<'a>; N] {
    names.map(|name| Member { path, name, raw: None, repeated: false })
}

/// What a text is that is no object.
fn found_in_place(text: &str, error: serde_json::Error) -> Cow<'static, str> {
    if text.is_empty() {
        return "an empty string".into();
    }
    // A value of another kind is told from its first character; whether the rest is JSON is yet to be seen.
    let error = match error.classify() {
        Category::Data => serde_json::from_str::<IgnoredAny>(text).err(),
        _ => Some(error),
    };
    match error {
        None => Found::kind(text.trim_start()).0,
        Some(error) => format!("what is not JSON (line {}, column {})", error.line(), error.column()).into(),
    }
}

struct Members<'a, const N: usize>([Member<'a>; N]);

impl<'de, const N: usize> Visitor<'de> for Members<'de, N> {
    type Value = [Member<'de>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        while let Some(index) = map.next_key_seed(Name(&self.0))? {
            let Some(index) = index else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let raw = map.next_value::<&'de RawValue>()?.get();
            self.0[index].put(raw.into());
        }
        Ok(self.0)
    }
}

/// Reads a member's name as its index among those asked for.
struct Name<'n, 'a>(&'n [Member<'a>]);

impl<'de> DeserializeSeed<'de> for Name<'_, '_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name<'_, '_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member's name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().position(|member| member.name == name))
    }
}

/// Whether arrays and objects are nested more than `levels` deep.
///
/// Most texts hold fewer brackets than that, which a count tells without looking at strings.
fn nested_past(text: &str, levels: usize) -> bool {
    let opens = |byte: u8| byte == b'[' || byte == b'{';
    if text.bytes().filter(|byte| opens(*byte)).count() <= levels {
        return false;
    }
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text.bytes() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
        } else if byte == b'"' {
            in_string = true;
        } else if opens(byte) {
            depth += 1;
            if depth > levels {
                return true;
            }
        } else if byte == b']' || byte == b'}' {
            depth = depth.saturating_sub(1);
        }
    }
    false
}
