//! What servers send: one frame a pair of type and code.

mod envelope;
mod payload;
mod strict;

use crate::chat_info::ChatInfo;
use crate::code::{FrameKind, Reason};
use crate::codec::{ObjectWriter, to_json};
use crate::fault::Fault;
use crate::id::{RequestId, RequestIdRef, Seq, Timestamp, Topic, TopicRef};
use crate::json_string::RawString;

pub use envelope::ServerEnvelope;
pub use payload::{
    Change, ErrorData, Joined, Left, Member, NoticeAccepted, NoticeDelivery, ReconnectAfter, UserChange,
    UserList,
};

/// A frame that a server sends.
///
/// An `id` is that of the request which the frame answers first: the 201 has it, not the 205 behind it (ENV-12,
/// ENV-13).
///
/// ```
/// use roomwire_protocol::ServerFrame;
/// assert_eq!(ServerFrame::HeartbeatAck { id: None }.encode(), r#"{"type":1,"code":100,"data":""}"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerFrame<'a> {
    /// (1, 100): all that came before the heartbeat has been handled.
    HeartbeatAck {
        /// The request's.
        id: Option<RequestId>,
    },
    /// (2, 200): a chat, to everybody in its topic.
    Delivery(Delivery<'a>),
    /// (3, 201): joined.
    Joined {
        /// The request's.
        id: Option<RequestId>,
        /// What a member needs to know.
        data: Joined,
    },
    /// (4, 202): the notice is on its way.
    NoticeAccepted {
        /// The request's.
        id: Option<RequestId>,
        /// Which notice.
        data: NoticeAccepted,
    },
    /// (4, 203): a notice, or an announcement.
    Notice(NoticeDelivery),
    /// (5, 205): the full list.
    UserList {
        /// The request's; none behind a 201.
        id: Option<RequestId>,
        /// The list.
        data: UserList,
    },
    /// (5, 206): who came or went.
    UserChange(UserChange),
    /// (6, 204): left, or not there in the first place.
    Left {
        /// The request's.
        id: Option<RequestId>,
        /// Which topic.
        data: Left,
    },
    /// Any 4xx or 5xx: refused.
    Error(ErrorFrame),
}

/// A chat as it is delivered, the same to everybody (CHAT-4 to CHAT-6).
///
/// ```
/// use roomwire_protocol::{RawString, Seq, Timestamp, TopicRef, server::Delivery};
/// let delivery = Delivery {
///     topic: TopicRef::parse("8017").unwrap(),
///     seq: Seq::new(1).unwrap(),
///     at: Timestamp::new(1539009000000).unwrap(),
///     id: None,
///     data: RawString::parse(r#""{\"user\":\"u1\"}""#).unwrap(),
/// };
/// assert_eq!(
///     delivery.encode(),
///     r#"{"type":2,"code":200,"data":"{\"user\":\"u1\"}","topic":"8017","seq":1,"at":1539009000000}"#,
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery<'a> {
    /// Where it was said.
    pub topic: TopicRef<'a>,
    /// Its place in the topic's order.
    pub seq: Seq,
    /// When the server took it.
    pub at: Timestamp,
    /// What its sender calls it; it is on every copy.
    pub id: Option<RequestIdRef<'a>>,
    /// The chatInfo, as the very string that was sent.
    pub data: RawString<'a>,
}

impl Delivery<'_> {
    /// The frame as text: the data is copied, not written anew.
    #[must_use]
    pub fn encode(&self) -> String {
        ObjectWriter::with_capacity(self.data.token().len() + self.topic.as_str().len() + 160)
            .json("type", "2")
            .json("code", "200")
            .json("data", self.data.token())
            .optional("id", self.id.as_ref())
            .string("topic", self.topic.as_str())
            .integer("seq", self.seq.get())
            .integer("at", self.at.get())
            .finish()
    }

    /// Reads what is said.
    ///
    /// # Errors
    /// A [`Fault`] about the first member that is not as it should be.
    pub fn chat_info(&self) -> Result<ChatInfo, Fault> {
        ChatInfo::parse(&self.data.text())
    }
}

/// A refusal, as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ErrorFrame {
    /// The `type` of the request, 0 where it has none.
    pub type_number: i64,
    /// The code, 400 to 599.
    pub code: u16,
    /// The request's.
    pub id: Option<RequestId>,
    /// The topic that the request's payLoad named.
    pub topic: Option<Topic>,
    /// Why.
    pub data: ErrorData,
}

impl ErrorFrame {
    /// An error with this version's code for the reason. A 429 always says when to try again (ERR-14): after 0
    /// ms until somebody knows better.
    #[must_use]
    pub fn new(type_number: i64, reason: Reason) -> Self {
        let mut data = ErrorData::new(reason);
        data.retry_after_ms = (reason == Reason::RateLimited).then_some(0);
        Self { type_number, code: reason.code(), id: None, topic: None, data }
    }

    /// The reason, where this version knows it.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        Reason::from_name(&self.data.reason)
    }
}

impl ServerFrame<'_> {
    /// The pair of type and code; `None` for an error.
    #[must_use]
    pub fn kind(&self) -> Option<FrameKind> {
        Some(match self {
            Self::HeartbeatAck { .. } => FrameKind::HeartbeatAck,
            Self::Delivery(_) => FrameKind::Delivery,
            Self::Joined { .. } => FrameKind::Joined,
            Self::NoticeAccepted { .. } => FrameKind::NoticeAccepted,
            Self::Notice(_) => FrameKind::Notice,
            Self::UserList { .. } => FrameKind::UserList,
            Self::UserChange(_) => FrameKind::UserChange,
            Self::Left { .. } => FrameKind::Left,
            Self::Error(_) => return None,
        })
    }

    /// The frame as text.
    #[must_use]
    pub fn encode(&self) -> String {
        match self {
            Self::HeartbeatAck { id } => encode(FrameKind::HeartbeatAck, id.as_ref(), ""),
            Self::Delivery(delivery) => delivery.encode(),
            Self::Joined { id, data } => encode(FrameKind::Joined, id.as_ref(), &to_json(data)),
            Self::NoticeAccepted { id, data } => {
                encode(FrameKind::NoticeAccepted, id.as_ref(), &to_json(data))
            }
            Self::Notice(data) => encode(FrameKind::Notice, None, &to_json(data)),
            Self::UserList { id, data } => encode(FrameKind::UserList, id.as_ref(), &to_json(data)),
            Self::UserChange(data) => encode(FrameKind::UserChange, None, &to_json(data)),
            Self::Left { id, data } => encode(FrameKind::Left, id.as_ref(), &to_json(data)),
            Self::Error(error) => ObjectWriter::with_capacity(192)
                .integer("type", error.type_number)
                .integer("code", error.code)
                .string("data", &to_json(&error.data))
                .optional("id", error.id.as_ref())
                .optional("topic", error.topic.as_ref())
                .finish(),
        }
    }
}

fn encode(kind: FrameKind, id: Option<&RequestId>, data: &str) -> String {
    ObjectWriter::with_capacity(data.len() + data.len() / 4 + 128)
        .integer("type", kind.frame_type().number())
        .integer("code", kind.code())
        .string("data", data)
        .optional("id", id)
        .finish()
}
