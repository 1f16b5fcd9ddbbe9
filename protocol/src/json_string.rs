//! JSON inside a string: typed, verbatim, or as a bare value.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde::ser::{Error as _, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::codec::{self, Found, Raw, Read};

/// A value that travels as JSON text in a string, like a frame's `data` or a question's `content`.
///
/// ```
/// use roomwire_protocol::JsonString;
/// let text = serde_json::to_string(&JsonString(vec![1, 2])).unwrap();
/// assert_eq!(text, r#""[1,2]""#);
/// assert_eq!(serde_json::from_str::<JsonString<Vec<u8>>>(&text).unwrap(), JsonString(vec![1, 2]));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct JsonString<T>(pub T);

impl<T: Serialize> Serialize for JsonString<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = serde_json::to_string(&self.0).map_err(S::Error::custom)?;
        serializer.serialize_str(&text)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for JsonString<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        serde_json::from_str(&text).map(Self).map_err(D::Error::custom)
    }
}

/// A JSON string exactly as it was written, quotes and escapes included.
///
/// A chat's `data` is the very string that was sent; keeping the token means that it is neither read nor
/// written again on its way.
///
/// ```
/// use roomwire_protocol::RawString;
/// let token = RawString::parse(r#""caf\u00e9""#).unwrap();
/// assert_eq!(token.text(), "café");
/// assert_eq!(token.token(), r#""caf\u00e9""#); // not rewritten as "café"
/// assert_eq!(RawString::of("say \"hi\"").token(), r#""say \"hi\"""#);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RawString<'a>(Cow<'a, str>);

impl<'a> RawString<'a> {
    /// Writes a text as a JSON string.
    #[must_use]
    pub fn of(text: &str) -> RawString<'static> {
        let mut token = String::with_capacity(text.len() + 16);
        codec::push_string(&mut token, text);
        RawString(Cow::Owned(token))
    }

    /// Takes a token as it stands; `None` where it is not a JSON string, or not one that can be read as text
    /// (a lone surrogate).
    #[must_use]
    pub fn parse(token: impl Into<Cow<'a, str>>) -> Option<Self> {
        let token = token.into();
        let trimmed = serde_json::from_str::<&RawValue>(&token).ok()?.get().len() == token.len();
        (trimmed && codec::string(&token).is_ok()).then_some(Self(token))
    }

    /// Takes a token that the decoder has already read as text.
    pub(crate) fn trusted(token: &'a str) -> Self {
        Self(Cow::Borrowed(token))
    }

    /// The token, to be copied into JSON.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.0
    }

    /// The text that the token stands for.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        codec::string(&self.0).unwrap_or_default()
    }

    /// The same, borrowed for no longer than this is.
    #[must_use]
    pub fn reborrow(&self) -> RawString<'_> {
        RawString(Cow::Borrowed(&self.0))
    }

    /// The same, independent of the frame that it came in.
    #[must_use]
    pub fn into_owned(self) -> RawString<'static> {
        RawString(Cow::Owned(self.0.into_owned()))
    }
}

impl fmt::Debug for RawString<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Any JSON value, exactly as it was written: numbers keep their digits and objects their order (NOTE-7).
///
/// ```
/// use roomwire_protocol::RawJson;
/// let value = RawJson::parse(r#"{"n": 1.50}"#).unwrap();
/// assert_eq!(value.get(), r#"{"n": 1.50}"#);
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RawJson(Box<RawValue>);

impl RawJson {
    /// Takes a JSON text as it stands; `None` where it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str::<Box<RawValue>>(text).ok().map(Self)
    }

    /// Writes a value as JSON; `None` where it has no JSON form.
    #[must_use]
    pub fn of(value: &impl Serialize) -> Option<Self> {
        serde_json::value::to_raw_value(value).ok().map(Self)
    }

    /// Writes a value of this crate.
    pub(crate) fn written(value: &impl Serialize) -> Self {
        Self::of(value).expect("the wire's own types have string keys and serializers that cannot fail")
    }

    /// The JSON text.
    #[must_use]
    pub fn get(&self) -> &str {
        self.0.get()
    }

    /// Reads the value as a type.
    ///
    /// # Errors
    /// What `serde_json` says where it does not fit.
    pub fn read<'a, T: Deserialize<'a>>(&'a self) -> serde_json::Result<T> {
        serde_json::from_str(self.get())
    }
}

/// Equal texts; equal values may be written in several ways and then differ.
impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for RawJson {}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.get())
    }
}

impl<'a> Read<'a> for RawJson {
    const EXPECTED: &'static str = "a JSON value";

    fn read(raw: Raw<'a>) -> Result<Self, Found> {
        Self::parse(raw.json).ok_or_else(|| Found::kind(raw.json))
    }
}
