//! Places in a topic's order, and moments.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

use crate::codec::{Found, Raw, Read};
use crate::limits::INTEGER_MAX;

/// Why a number is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an integer from 0 to 9007199254740991, found {found}")]
pub struct NumberError {
    /// The number that was out of range.
    pub found: u64,
}

macro_rules! wire_number {
    ($(#[doc = $doc:literal])* $name:ident) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(u64);

        impl $name {
            /// Nothing yet.
            pub const ZERO: Self = Self(0);

            /// The largest one, 2^53 − 1: what every JSON reader has exactly.
            pub const MAX: Self = Self(INTEGER_MAX);

            /// The number, where it is in range.
            ///
            /// # Errors
            /// [`NumberError`] past [`Self::MAX`].
            pub const fn new(number: u64) -> Result<Self, NumberError> {
                if number <= INTEGER_MAX { Ok(Self(number)) } else { Err(NumberError { found: number }) }
            }

            /// The plain number.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }
        }

        impl TryFrom<u64> for $name {
            type Error = NumberError;

            fn try_from(number: u64) -> Result<Self, NumberError> {
                Self::new(number)
            }
        }

        impl From<$name> for u64 {
            fn from(number: $name) -> Self {
                number.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::new(u64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
            }
        }

        impl<'a> Read<'a> for $name {
            const EXPECTED: &'static str = "an integer from 0 to 9007199254740991";

            fn read(raw: Raw<'a>) -> Result<Self, Found> {
                let number = raw.json.parse::<u64>().ok().and_then(|number| Self::new(number).ok());
                number.ok_or_else(|| Found::number_or_kind(raw.json))
            }
        }

        #[cfg(feature = "schemars")]
        impl crate::schema::Described for $name {
            const DOC: &'static str = concat!($($doc, "\n"),*);

            fn describe() -> serde_json::Value {
                serde_json::json!({"type": "integer", "minimum": 0, "maximum": INTEGER_MAX})
            }
        }
    };
}

wire_number! {
    /// A chat's place in its topic: the first is 1, and each is one more than the one before (ORD-1).
    /// 0 stands for the time before the first.
    ///
    /// ```
    /// use roomwire_protocol::Seq;
    /// assert_eq!(Seq::ZERO.next().unwrap().get(), 1);
    /// assert!(Seq::new(1 << 53).is_err());
    /// ```
    Seq
}

impl Seq {
    /// The place right behind this one; `None` past [`Seq::MAX`], which no topic lives to see.
    #[must_use]
    pub const fn next(self) -> Option<Self> {
        if self.0 < INTEGER_MAX { Some(Self(self.0 + 1)) } else { None }
    }
}

wire_number! {
    /// A moment by the server's clock, in milliseconds since 1970-01-01T00:00:00 UTC (CHAT-6).
    Timestamp
}
