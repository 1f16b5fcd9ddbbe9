//! One value: what is wanted of it, and what was found instead.

use std::borrow::Cow;

use super::plain;
use crate::id::TextError;

/// A type that can be read from the raw JSON of one member.
pub(crate) trait Read<'a>: Sized {
    /// What the JSON must be, in words that go behind "expected".
    const EXPECTED: &'static str;

    /// Reads a JSON value, which is known to be well-formed.
    fn read(raw: Raw<'a>) -> Result<Self, Found>;
}

/// A JSON value as it was written.
#[derive(Clone, Debug)]
pub(crate) struct Raw<'a> {
    pub(crate) json: &'a str,
    /// What it says, where it is a string that was read as text on the way.
    pub(super) text: Option<Cow<'a, str>>,
}

impl<'a> Raw<'a> {
    /// Reads it as a string, borrowing it where it holds no escapes.
    pub(crate) fn string(self) -> Result<Cow<'a, str>, Found> {
        self.text.map_or_else(|| string(self.json), Ok)
    }
}

impl<'a> From<&'a str> for Raw<'a> {
    fn from(json: &'a str) -> Self {
        Self { json, text: None }
    }
}

/// What was found in place of what was expected, in words that go behind "found". Never quotes a string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found(pub(crate) Cow<'static, str>);

impl Found {
    /// A value of another kind.
    pub(crate) fn kind(raw: &str) -> Self {
        Self(Cow::Borrowed(match raw.bytes().next() {
            Some(b'"') => "a string",
            Some(b'{') => "an object",
            Some(b'[') => "an array",
            Some(b't' | b'f') => "a boolean",
            Some(b'n') => "null",
            _ => "a number",
        }))
    }

    /// A number that does not fit, or a value of another kind.
    pub(crate) fn number_or_kind(raw: &str) -> Self {
        match raw.bytes().next() {
            // A short number helps whoever reads the message; a long one is noise, and may be an attack.
            Some(b'-' | b'0'..=b'9') if raw.len() <= 24 => Self(Cow::Owned(raw.to_owned())),
            _ => Self::kind(raw),
        }
    }

    /// A string out of range.
    pub(crate) fn text(error: TextError) -> Self {
        Self(Cow::Owned(error.to_string()))
    }
}

/// Reads a string, borrowing it where it holds no escapes.
pub(crate) fn string(raw: &str) -> Result<Cow<'_, str>, Found> {
    let Some(quoted) = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return Err(Found::kind(raw));
    };
    if quoted.as_bytes().contains(&b'\\') {
        if let Some(text) = plain::unescape(raw) {
            return Ok(Cow::Owned(text));
        }
        // The scan that cut the value out has checked everything but surrogates.
        serde_json::from_str(raw).map(Cow::Owned).map_err(|_| Found("a string with a lone surrogate".into()))
    } else {
        Ok(Cow::Borrowed(quoted))
    }
}

impl<'a> Read<'a> for Cow<'a, str> {
    const EXPECTED: &'static str = "a string";

    fn read(raw: Raw<'a>) -> Result<Self, Found> {
        raw.string()
    }
}

impl<'a> Read<'a> for String {
    const EXPECTED: &'static str = "a string";

    fn read(raw: Raw<'a>) -> Result<Self, Found> {
        raw.string().map(Cow::into_owned)
    }
}

impl<'a> Read<'a> for i64 {
    const EXPECTED: &'static str = "an integer";

    fn read(raw: Raw<'a>) -> Result<Self, Found> {
        raw.json.parse().map_err(|_| Found::number_or_kind(raw.json))
    }
}
