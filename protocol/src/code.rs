//! The one registry of what the wire numbers and names: types, codes, reasons, close codes and profiles.
//!
//! Spec tables, schemas, server and runner all read the constants here, so that a number is written once.
//! Each enum has an `ALL` slice in the order of the spec.

mod close;
mod profile;
mod reason;

pub use close::{Band, CloseCode};
pub use profile::{Profile, Profiles};
pub use reason::Reason;

/// The version of the wire, as a 201 states it (ROOM-5).
pub const VERSION: u32 = 1;

/// The WebSocket subprotocol: selected when offered, never required (WS-2, WS-4).
pub const SUBPROTOCOL: &str = "roomwire.v1";

/// What a frame is about: the `type` of both directions.
///
/// ```
/// use roomwire_protocol::code::FrameType;
/// assert_eq!(FrameType::from_number(3), Some(FrameType::Join));
/// assert_eq!(FrameType::from_number(99), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FrameType {
    /// 1: a sign of life, and a fence for everything before it.
    Heartbeat,
    /// 2: something said in a topic.
    Chat,
    /// 3: entering a topic.
    Join,
    /// 4: a private word to one user of a topic, or the server's own.
    Notice,
    /// 5: who is in a topic.
    UserList,
    /// 6: leaving a topic.
    Leave,
}

impl FrameType {
    /// Every type of this version, in the order of their numbers.
    pub const ALL: &'static [Self] =
        &[Self::Heartbeat, Self::Chat, Self::Join, Self::Notice, Self::UserList, Self::Leave];

    /// The number on the wire.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Heartbeat => 1,
            Self::Chat => 2,
            Self::Join => 3,
            Self::Notice => 4,
            Self::UserList => 5,
            Self::Leave => 6,
        }
    }

    /// The type of this number, or `None` where this version knows none (which a server answers with 501,
    /// ERR-11).
    #[must_use]
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Heartbeat),
            2 => Some(Self::Chat),
            3 => Some(Self::Join),
            4 => Some(Self::Notice),
            5 => Some(Self::UserList),
            6 => Some(Self::Leave),
            _ => None,
        }
    }

    /// The name by which spec, schemas and reports call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Heartbeat => "heartbeat",
            Self::Chat => "chat",
            Self::Join => "join",
            Self::Notice => "notice",
            Self::UserList => "user-list",
            Self::Leave => "leave",
        }
    }

    /// The profile that a server must claim to serve this type; without it, the type is unknown to it.
    #[must_use]
    pub const fn profile(self) -> Profile {
        match self {
            Self::Heartbeat | Self::Chat | Self::Join | Self::Leave => Profile::Core,
            Self::Notice => Profile::Notice,
            Self::UserList => Profile::Presence,
        }
    }
}

/// A pair of `type` and `code` below 400: one kind of server frame (ENV-11).
///
/// Errors are not pairs: any 4xx or 5xx may stand beside any type, see [`Reason`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FrameKind {
    /// (1, 100): a heartbeat's ack.
    HeartbeatAck,
    /// (2, 200): a chat, delivered. 200 is chat delivery and nothing else, forever (CHAT-7).
    Delivery,
    /// (3, 201): joined.
    Joined,
    /// (4, 202): a notice was accepted.
    NoticeAccepted,
    /// (4, 203): a notice, delivered, or an announcement.
    Notice,
    /// (5, 205): the full user list.
    UserList,
    /// (5, 206): a change of the user list.
    UserChange,
    /// (6, 204): left.
    Left,
}

impl FrameKind {
    /// Every kind, in the order of type and code.
    pub const ALL: &'static [Self] = &[
        Self::HeartbeatAck,
        Self::Delivery,
        Self::Joined,
        Self::NoticeAccepted,
        Self::Notice,
        Self::UserList,
        Self::UserChange,
        Self::Left,
    ];

    /// The `type` of the pair.
    #[must_use]
    pub const fn frame_type(self) -> FrameType {
        match self {
            Self::HeartbeatAck => FrameType::Heartbeat,
            Self::Delivery => FrameType::Chat,
            Self::Joined => FrameType::Join,
            Self::NoticeAccepted | Self::Notice => FrameType::Notice,
            Self::UserList | Self::UserChange => FrameType::UserList,
            Self::Left => FrameType::Leave,
        }
    }

    /// The `code` of the pair.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::HeartbeatAck => 100,
            Self::Delivery => 200,
            Self::Joined => 201,
            Self::NoticeAccepted => 202,
            Self::Notice => 203,
            Self::Left => 204,
            Self::UserList => 205,
            Self::UserChange => 206,
        }
    }

    /// Whether a frame of this kind may be the first answer to a request, and so carries its `id` (ENV-12,
    /// ENV-13).
    #[must_use]
    pub const fn answers(self) -> bool {
        !matches!(self, Self::Notice | Self::UserChange)
    }

    /// The kind of this pair, or `None` where this version knows none (which a client ignores, GROW-4).
    #[must_use]
    pub const fn from_pair(number: i64, code: i64) -> Option<Self> {
        match (number, code) {
            (1, 100) => Some(Self::HeartbeatAck),
            (2, 200) => Some(Self::Delivery),
            (3, 201) => Some(Self::Joined),
            (4, 202) => Some(Self::NoticeAccepted),
            (4, 203) => Some(Self::Notice),
            (5, 205) => Some(Self::UserList),
            (5, 206) => Some(Self::UserChange),
            (6, 204) => Some(Self::Left),
            _ => None,
        }
    }

    /// The name by which spec, schemas and reports call it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::HeartbeatAck => "heartbeat-ack",
            Self::Delivery => "chat-delivery",
            Self::Joined => "joined",
            Self::NoticeAccepted => "notice-accepted",
            Self::Notice => "notice-delivery",
            Self::UserList => "user-list",
            Self::UserChange => "user-change",
            Self::Left => "left",
        }
    }
}

/// Whether a `code` announces an error frame: any 4xx or 5xx, known to this version or not (GROW-5).
#[must_use]
pub const fn is_error(code: i64) -> bool {
    400 <= code && code <= 599
}
