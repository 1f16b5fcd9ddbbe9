//! Why a frame was refused: each reason, its code, and which comes first where several hold.

use std::fmt;

/// The `reason` of an error frame's data (ERR-5).
///
/// [`Reason::ALL`] is in the order of precedence: a frame with several faults gets the first that holds
/// (ERR-6).
///
/// ```
/// use roomwire_protocol::code::Reason;
/// assert_eq!(Reason::WrongUser.code(), 403);
/// assert!(Reason::Unauthenticated.precedence() < Reason::UnknownType.precedence());
/// assert_eq!(Reason::from_name("not_joined"), Some(Reason::NotJoined));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// 400: not JSON, not an object, a member missing or of a wrong type, or `id` out of range.
    MalformedEnvelope,
    /// 401: the token is empty or unknown.
    Unauthenticated,
    /// 403: the token belongs to another user than the connection's first accepted frame did.
    WrongUser,
    /// 501: `type` is an integer that this version, or this server's profiles, do not know.
    UnknownType,
    /// 422: what the payLoad holds is not JSON, lacks a member, or has one of a wrong type or range.
    InvalidPayload,
    /// 403: a join past `limits.maxTopics`.
    TooManyTopics,
    /// 403: about a topic that this connection has not joined.
    NotJoined,
    /// 403: `chatInfo.user` is not the connection's user.
    WrongAuthor,
    /// 404: a notice to a user who is not in the topic.
    NoSuchMember,
    /// 429: too much at once; `retryAfterMs` says when to try again.
    RateLimited,
    /// 503: draining, or the backing store is away.
    Unavailable,
}

impl Reason {
    /// Every reason, the one that takes precedence first. The last two may take the place of any other.
    pub const ALL: &'static [Self] = &[
        Self::MalformedEnvelope,
        Self::Unauthenticated,
        Self::WrongUser,
        Self::UnknownType,
        Self::InvalidPayload,
        Self::TooManyTopics,
        Self::NotJoined,
        Self::WrongAuthor,
        Self::NoSuchMember,
        Self::RateLimited,
        Self::Unavailable,
    ];

    /// The code of the error frame that carries this reason.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::MalformedEnvelope => 400,
            Self::Unauthenticated => 401,
            Self::WrongUser | Self::TooManyTopics | Self::NotJoined | Self::WrongAuthor => 403,
            Self::NoSuchMember => 404,
            Self::InvalidPayload => 422,
            Self::RateLimited => 429,
            Self::UnknownType => 501,
            Self::Unavailable => 503,
        }
    }

    /// The word on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MalformedEnvelope => "malformed_envelope",
            Self::Unauthenticated => "unauthenticated",
            Self::WrongUser => "wrong_user",
            Self::UnknownType => "unknown_type",
            Self::InvalidPayload => "invalid_payload",
            Self::TooManyTopics => "too_many_topics",
            Self::NotJoined => "not_joined",
            Self::WrongAuthor => "wrong_author",
            Self::NoSuchMember => "no_such_member",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
        }
    }

    /// The reason of this name, or `None` where this version knows none.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|reason| reason.name() == name)
    }

    /// The place in the order of errors, counted from 0: of several faults the lowest is answered.
    #[must_use]
    pub const fn precedence(self) -> usize {
        self as usize
    }

    /// Whether this reason may take the place of any other: 429 and 503 know no order (ERR-13).
    #[must_use]
    pub const fn replaces_any(self) -> bool {
        matches!(self, Self::RateLimited | Self::Unavailable)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
