//! Why a connection was closed, and what a client does about it.

/// A close code that a Roomwire server uses.
///
/// ```
/// use roomwire_protocol::code::{Band, CloseCode};
/// assert_eq!(CloseCode::SlowConsumer.number(), 4101);
/// assert_eq!(Band::of(4199), Some(Band::RetryWithBackoff)); // also for a code that nobody knows yet
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CloseCode {
    /// 1000: an ordinary end. A mini-program may report a killed socket with it, too (LIMIT-16).
    Normal,
    /// 1001: an ordinary end, too: an endpoint goes away.
    GoingAway,
    /// 1002: a breach of RFC 6455 (WS-13).
    ProtocolError,
    /// 1003: a binary message (WS-9).
    UnsupportedData,
    /// 1007: text that is not UTF-8 (WS-11).
    InvalidText,
    /// 1009: a message longer than `limits.maxMessageBytes` (LIMIT-8).
    MessageTooBig,
    /// 1011: the server's own fault.
    InternalError,
    /// 4001: no frame was accepted within `limits.authTimeoutMs` (LIMIT-5).
    NotAuthenticated,
    /// 4002: many malformed frames in a row, 32 at least (ERR-20).
    TooManyMalformed,
    /// 4101: the connection did not read, and its queue passed `limits.maxQueueBytes` (LIMIT-12).
    SlowConsumer,
    /// 4102: the server takes no more connections (LIMIT-21).
    AtCapacity,
    /// 4201: silent for `limits.heartbeatTimeoutMs` (LIMIT-2).
    HeartbeatTimeout,
    /// 4202: the server is going away; what it announced says when to come back (LIMIT-19).
    Draining,
}

impl CloseCode {
    /// Every close code, in the order of their numbers.
    pub const ALL: &'static [Self] = &[
        Self::Normal,
        Self::GoingAway,
        Self::ProtocolError,
        Self::UnsupportedData,
        Self::InvalidText,
        Self::MessageTooBig,
        Self::InternalError,
        Self::NotAuthenticated,
        Self::TooManyMalformed,
        Self::SlowConsumer,
        Self::AtCapacity,
        Self::HeartbeatTimeout,
        Self::Draining,
    ];

    /// The number in the close frame.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Normal => 1000,
            Self::GoingAway => 1001,
            Self::ProtocolError => 1002,
            Self::UnsupportedData => 1003,
            Self::InvalidText => 1007,
            Self::MessageTooBig => 1009,
            Self::InternalError => 1011,
            Self::NotAuthenticated => 4001,
            Self::TooManyMalformed => 4002,
            Self::SlowConsumer => 4101,
            Self::AtCapacity => 4102,
            Self::HeartbeatTimeout => 4201,
            Self::Draining => 4202,
        }
    }

    /// The close code of this number, or `None` where this version knows none (then its [`Band`] tells what to
    /// do).
    #[must_use]
    pub fn from_number(number: u16) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.number() == number)
    }

    /// The word for it, which also serves as the close frame's reason.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::GoingAway => "going_away",
            Self::ProtocolError => "protocol_error",
            Self::UnsupportedData => "unsupported_data",
            Self::InvalidText => "invalid_text",
            Self::MessageTooBig => "message_too_big",
            Self::InternalError => "internal_error",
            Self::NotAuthenticated => "not_authenticated",
            Self::TooManyMalformed => "too_many_malformed",
            Self::SlowConsumer => "slow_consumer",
            Self::AtCapacity => "at_capacity",
            Self::HeartbeatTimeout => "heartbeat_timeout",
            Self::Draining => "draining",
        }
    }

    /// The band that the number is in; `None` for those of RFC 6455.
    #[must_use]
    pub const fn band(self) -> Option<Band> {
        Band::of(self.number())
    }
}

/// What a client does after a close, told by the number alone (LIMIT-14, LIMIT-15).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Band {
    /// 4000 to 4099: the same again would fail again.
    DoNotRetry,
    /// 4100 to 4199: later, and later still each time.
    RetryWithBackoff,
    /// 4200 to 4299: at once, or after the `reconnectAfterMs` that was announced.
    RetryNow,
}

impl Band {
    /// Every band, in the order of their numbers.
    pub const ALL: &'static [Self] = &[Self::DoNotRetry, Self::RetryWithBackoff, Self::RetryNow];

    /// The band of a close code, known or not.
    #[must_use]
    pub const fn of(number: u16) -> Option<Self> {
        match number {
            4000..=4099 => Some(Self::DoNotRetry),
            4100..=4199 => Some(Self::RetryWithBackoff),
            4200..=4299 => Some(Self::RetryNow),
            _ => None,
        }
    }

    /// The first and the last number of the band.
    #[must_use]
    pub const fn range(self) -> std::ops::RangeInclusive<u16> {
        match self {
            Self::DoNotRetry => 4000..=4099,
            Self::RetryWithBackoff => 4100..=4199,
            Self::RetryNow => 4200..=4299,
        }
    }
}
