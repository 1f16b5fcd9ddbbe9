//! Names and other short texts, each with its range.

use std::borrow::{Borrow, Cow};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::codec::{Found, Raw, Read};

/// Why a text is out of range. It says what is wrong and never quotes the text, which may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// There is no character, and one is needed.
    #[error("an empty string")]
    Empty,
    /// There are more characters than may be.
    #[error("a string of {characters} characters")]
    TooLong {
        /// How many there are.
        characters: usize,
        /// How many there may be.
        max: usize,
    },
    /// There is a control character, and none may be.
    #[error("a string with a control character (U+{:04X}, character {position})", u32::from(*.character))]
    Control {
        /// The first one.
        character: char,
        /// Its place, counted from 1 in characters.
        position: usize,
    },
}

/// The range of a text. Lengths are in code points.
#[derive(Clone, Copy)]
struct Range {
    min: usize,
    max: usize,
    control: bool,
}

impl Range {
    fn check(self, text: &str) -> Result<(), TextError> {
        if text.len() < self.min {
            return Err(TextError::Empty);
        }
        // A code point is one byte at least, so that most texts need no counting.
        if text.len() > self.max {
            let characters = text.chars().count();
            if characters > self.max {
                return Err(TextError::TooLong { characters, max: self.max });
            }
        }
        if !self.control
            && let Some((index, character)) = text.chars().enumerate().find(|(_, c)| c.is_control())
        {
            return Err(TextError::Control { character, position: index + 1 });
        }
        Ok(())
    }
}

/// A text that is shared: parsed once, cloned by counting.
macro_rules! shared_text {
    ($(#[doc = $doc:literal])* $name:ident, $min:literal..=$max:expr, control: $control:literal, $expected:literal) => {
        $(#[doc = $doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            const RANGE: Range = Range { min: $min, max: $max, control: $control };

            /// What a text must be to be one of these, in words.
            pub const EXPECTED: &'static str = $expected;

            /// Parses a text.
            ///
            /// # Errors
            /// [`TextError`] where it is out of range.
            pub fn parse(text: &str) -> Result<Self, TextError> {
                Self::RANGE.check(text).map(|()| Self(text.into()))
            }
        }

        impl FromStr for $name {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                Self::parse(text)
            }
        }

        impl TryFrom<&str> for $name {
            type Error = TextError;

            fn try_from(text: &str) -> Result<Self, TextError> {
                Self::parse(text)
            }
        }

        /// Maps that are keyed by this can be asked with a `&str`.
        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(|error| {
                    serde::de::Error::custom(format_args!("expected {}, found {error}", Self::EXPECTED))
                })
            }
        }

        impl<'a> Read<'a> for $name {
            const EXPECTED: &'static str = $expected;

            fn read(raw: Raw<'a>) -> Result<Self, Found> {
                Self::parse(&raw.string()?).map_err(Found::text)
            }
        }

        #[cfg(feature = "schemars")]
        impl crate::schema::Described for $name {
            const DOC: &'static str = concat!($($doc, "\n"),*);

            fn describe() -> serde_json::Value {
                crate::schema::text(Self::RANGE.min, Self::RANGE.max, Self::RANGE.control)
            }
        }
    };
}

/// What may be shown: all but the token.
macro_rules! shown {
    ($name:ident $(<$lifetime:lifetime>)?) => {
        impl $(<$lifetime>)? $name $(<$lifetime>)? {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl $(<$lifetime>)? AsRef<str> for $name $(<$lifetime>)? {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl $(<$lifetime>)? PartialEq<str> for $name $(<$lifetime>)? {
            fn eq(&self, text: &str) -> bool {
                &*self.0 == text
            }
        }

        impl $(<$lifetime>)? PartialEq<&str> for $name $(<$lifetime>)? {
            fn eq(&self, text: &&str) -> bool {
                &*self.0 == *text
            }
        }

        impl $(<$lifetime>)? fmt::Debug for $name $(<$lifetime>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl $(<$lifetime>)? fmt::Display for $name $(<$lifetime>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl $(<$lifetime>)? Serialize for $name $(<$lifetime>)? {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
    };
}

/// The same text, borrowed from the frame that it came in.
macro_rules! borrowed_text {
    ($(#[$doc:meta])* $borrowed:ident of $shared:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $borrowed<'a>(Cow<'a, str>);

        impl<'a> $borrowed<'a> {
            /// Parses a text without copying it.
            ///
            /// # Errors
            /// [`TextError`] where it is out of range.
            pub fn parse(text: impl Into<Cow<'a, str>>) -> Result<Self, TextError> {
                let text = text.into();
                $shared::RANGE.check(&text).map(|()| Self(text))
            }

            /// The shared form, which outlives the frame.
            #[must_use]
            pub fn to_shared(&self) -> $shared {
                $shared(self.0.as_ref().into())
            }

            /// The same, borrowed for no longer than this is.
            #[must_use]
            pub fn reborrow(&self) -> $borrowed<'_> {
                $borrowed(Cow::Borrowed(&self.0))
            }
        }

        impl $shared {
            /// The borrowed form.
            #[must_use]
            pub fn borrowed(&self) -> $borrowed<'_> {
                $borrowed(Cow::Borrowed(&self.0))
            }
        }

        impl<'a> From<&'a $shared> for $borrowed<'a> {
            fn from(shared: &'a $shared) -> Self {
                shared.borrowed()
            }
        }

        impl From<$borrowed<'_>> for $shared {
            fn from(borrowed: $borrowed<'_>) -> Self {
                borrowed.to_shared()
            }
        }

        impl PartialEq<$shared> for $borrowed<'_> {
            fn eq(&self, shared: &$shared) -> bool {
                *self.0 == *shared.0
            }
        }

        impl PartialEq<$borrowed<'_>> for $shared {
            fn eq(&self, borrowed: &$borrowed<'_>) -> bool {
                *self.0 == *borrowed.0
            }
        }

        impl<'a> Read<'a> for $borrowed<'a> {
            const EXPECTED: &'static str = $shared::EXPECTED;

            fn read(raw: Raw<'a>) -> Result<Self, Found> {
                Self::parse(raw.string()?).map_err(Found::text)
            }
        }
    };
}

shared_text! {
    /// What names a room: 1 to 128 characters without control characters (ROOM-1).
    ///
    /// ```
    /// use roomwire_protocol::Topic;
    /// assert_eq!(Topic::parse("8017").unwrap(), "8017");
    /// assert!(Topic::parse("").is_err());
    /// assert!(Topic::parse("line\nbreak").is_err());
    /// assert!(Topic::parse(&"🙂".repeat(128)).is_ok()); // characters are code points
    /// ```
    Topic, 1..=128, control: false, "a string of 1 to 128 characters without control characters"
}
shown!(Topic);
borrowed_text! {
    /// A [`Topic`] that borrows from the frame that it came in.
    TopicRef of Topic
}
shown!(TopicRef<'a>);

shared_text! {
    /// Who somebody is: 1 to 128 characters without control characters.
    User, 1..=128, control: false, "a string of 1 to 128 characters without control characters"
}
shown!(User);
borrowed_text! {
    /// A [`User`] that borrows from the frame that it came in.
    UserRef of User
}
shown!(UserRef<'a>);

shared_text! {
    /// What a client calls its request, so that it knows the answer: 1 to 64 characters (ENV-2).
    RequestId, 1..=64, control: true, "a string of 1 to 64 characters"
}
shown!(RequestId);
borrowed_text! {
    /// A [`RequestId`] that borrows from the frame that it came in.
    RequestIdRef of RequestId
}
shown!(RequestIdRef<'a>);

shared_text! {
    /// The name of one unbroken history of a topic (ROOM-9). Any string; what it means is the server's own.
    Epoch, 0..=usize::MAX, control: true, "a string"
}
shown!(Epoch);

shared_text! {
    /// What a user is called in front of others: at most 64 characters.
    DisplayName, 0..=64, control: true, "a string of at most 64 characters"
}
shown!(DisplayName);
borrowed_text! {
    /// A [`DisplayName`] that borrows from the frame that it came in.
    DisplayNameRef of DisplayName
}
shown!(DisplayNameRef<'a>);

shared_text! {
    /// Where a user's picture is: at most 512 characters. It is passed on, not fetched, and need not be a URL.
    AvatarUrl, 0..=512, control: true, "a string of at most 512 characters"
}
shown!(AvatarUrl);
borrowed_text! {
    /// A [`AvatarUrl`] that borrows from the frame that it came in.
    AvatarUrlRef of AvatarUrl
}
shown!(AvatarUrlRef<'a>);

shared_text! {
    /// What proves who somebody is: 1 to 4096 characters. It is a secret, so nothing here prints it
    /// (SEC-1, SEC-3).
    ///
    /// ```
    /// use roomwire_protocol::Token;
    /// let token = Token::parse("hunter2").unwrap();
    /// assert_eq!(format!("{token:?}"), "Token(7 bytes, redacted)");
    /// assert_eq!(token.expose(), "hunter2");
    /// ```
    Token, 1..=4096, control: true, "a string of 1 to 4096 characters"
}
borrowed_text! {
    /// A [`Token`] that borrows from the frame that it came in. Nothing here prints it.
    TokenRef of Token
}

macro_rules! secret {
    ($name:ident $(<$lifetime:lifetime>)?) => {
        impl $(<$lifetime>)? $name $(<$lifetime>)? {
            /// The text itself: to look it up or to send it, never to log or to report it.
            #[must_use]
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl $(<$lifetime>)? fmt::Debug for $name $(<$lifetime>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({} bytes, redacted)", stringify!($name), self.0.len())
            }
        }
    };
}
secret!(Token);
secret!(TokenRef<'a>);
