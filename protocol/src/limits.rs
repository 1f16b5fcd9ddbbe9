//! The limits that a server declares in each 201, and those of the wire itself.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::code::{Profile, Profiles};
use crate::codec::present;

/// How deeply JSON may be nested and must still be read, in levels; the outermost object is level 1 (ENV-6).
pub const DEPTH_READ: usize = 32;

/// How deeply JSON may be nested before this crate refuses it, in levels (ENV-7).
///
/// More than [`DEPTH_READ`], so that a client that counts its levels otherwise is understood all the same, and
/// little enough that what is passed on can be read by a parser that recurses.
pub const DEPTH_REFUSED_PAST: usize = 64;

/// The largest integer that every JSON reader has exactly: 2^53 − 1.
pub const INTEGER_MAX: u64 = (1 << 53) - 1;

/// How many malformed frames in a row a server bears at least, before it may close with 4002 (ERR-19).
pub const MALFORMED_BORNE: u32 = 32;

/// What a server declares about itself in `limits` of a 201 (ROOM-7, PRES-3).
///
/// ```
/// use roomwire_protocol::Limits;
/// let limits = Limits::default();
/// assert_eq!(limits.heartbeat_timeout().as_secs(), 15);
/// assert_eq!(limits.max_topics, 64);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Limits {
    /// How long a connection may be silent, in milliseconds.
    #[cfg_attr(feature = "schemars", schemars(range(min = 1)))]
    pub heartbeat_timeout_ms: u64,
    /// How long a new connection may go without an accepted frame, in milliseconds.
    #[cfg_attr(feature = "schemars", schemars(range(min = 1)))]
    pub auth_timeout_ms: u64,
    /// The longest message that a client may send, in bytes.
    #[cfg_attr(feature = "schemars", schemars(range(min = 1)))]
    pub max_message_bytes: u64,
    /// How many topics a connection may be in.
    #[cfg_attr(feature = "schemars", schemars(range(min = 1)))]
    pub max_topics: u64,
    /// How much may wait for a connection that does not read, in bytes.
    #[cfg_attr(feature = "schemars", schemars(range(min = 1)))]
    pub max_queue_bytes: u64,
    /// How long a user whose connection broke stays on the list, in milliseconds. Only with profile presence.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub presence_grace_ms: Option<u64>,
    /// How many users a list shows before it is cut. Only with profile presence.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[cfg_attr(feature = "schemars", schemars(range(min = 1)))]
    pub roster_max: Option<u64>,
}

impl Limits {
    /// These limits as a server with these profiles declares them: those of presence only with presence.
    ///
    /// ```
    /// use roomwire_protocol::{Limits, code::Profiles};
    /// assert_eq!(Limits::default().declared_with(Profiles::CORE).roster_max, None);
    /// ```
    #[must_use]
    pub fn declared_with(mut self, profiles: Profiles) -> Self {
        if !profiles.contains(Profile::Presence) {
            self.presence_grace_ms = None;
            self.roster_max = None;
        }
        self
    }

    /// How long a connection may be silent.
    #[must_use]
    pub const fn heartbeat_timeout(&self) -> Duration {
        Duration::from_millis(self.heartbeat_timeout_ms)
    }

    /// How long a new connection may go without an accepted frame.
    #[must_use]
    pub const fn auth_timeout(&self) -> Duration {
        Duration::from_millis(self.auth_timeout_ms)
    }

    /// How long a user whose connection broke stays on the list: none where presence is not served.
    #[must_use]
    pub fn presence_grace(&self) -> Duration {
        Duration::from_millis(self.presence_grace_ms.unwrap_or(0))
    }
}

impl Default for Limits {
    /// The defaults of the spec, with those of presence.
    fn default() -> Self {
        Self {
            heartbeat_timeout_ms: 15_000,
            auth_timeout_ms: 10_000,
            presence_grace_ms: Some(0),
            max_message_bytes: 65_536,
            max_topics: 64,
            roster_max: Some(200),
            max_queue_bytes: 1 << 20,
        }
    }
}
