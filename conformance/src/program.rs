//! What is done to a subject: phases of steps, by symbolic clients, on symbolic topics.
//!
//! A program is plain data. Scripted cases are programs, and so is whatever is generated, replayed or
//! shrunk. It knows no real name and no real limit: the [driver](crate::driver) resolves those for each try,
//! so that one program runs side by side with itself, twice, or alone, with the same verdict.

use serde::{Deserialize, Serialize};

mod http;
mod message;
mod raw;

pub use http::{HttpBody, HttpRequest, HttpToken};
pub use message::{
    Addressee, Change, Chat, ChatKind, Edit, Id, Joining, Layer, Likeness, MARK, Message, Notice, Request,
    Since, SinceSeq, Value,
};
pub use raw::{
    Framing, HeadEdit, LengthForm, Payload, Piece, RawFrame, Upgrade, WireFrame, close_body, opcode,
};

/// The version of the program's serialised form; a file of another version is refused, never guessed at.
pub const PROGRAM_VERSION: u32 = 1;

/// Phases of steps by clients on topics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Program {
    /// The version of this form, [`PROGRAM_VERSION`].
    pub version: u32,
    /// The clients, each a user's device; steps name them by index.
    pub clients: Vec<Client>,
    /// The topics; steps name them by index.
    pub topics: Vec<TopicName>,
    /// What is done. Between two phases the driver waits, by fences, until all of the first has settled.
    pub phases: Vec<Phase>,
    /// Clients of which the second does once more, in rooms of its own, what the first does, and nothing hostile.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub twins: Vec<(usize, usize)>,
}

impl Program {
    /// The phase in which the subject is told to end, if it is.
    #[must_use]
    pub fn ending(&self) -> Option<usize> {
        let tells = |phase: &Phase| phase.steps.iter().any(|step| step.action == Action::TellToEnd);
        self.phases.iter().position(tells)
    }
}

/// One device of one user. It may connect several times, one connection after the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Client {
    /// Which user it belongs to; clients with the same number share a user.
    pub user: usize,
    /// How it opens its connections.
    #[serde(default, skip_serializing_if = "Upgrade::is_plain")]
    pub upgrade: Upgrade,
}

/// How the fresh name of a topic is made. Fresh names are `Roomwire-` and ASCII letters, digits and dots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TopicName {
    /// A name that nothing else uses.
    Fresh,
    /// The name of an earlier topic in capitals: another topic, though a careless server may not see it.
    Capitals(usize),
    /// The name of an earlier topic with text before and after it: another topic.
    Around(usize, String, String),
    /// A fresh name, filled up with this character to so many code points.
    Filled(char, usize),
    /// A fresh name with text behind it.
    Suffixed(String),
}

/// Steps that are done without waiting in between: each client's in order, the clients' at the same time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Phase {
    /// The steps.
    pub steps: Vec<Step>,
}

/// One thing that one client does, and what the spec says must come of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Who: an index into [`Program::clients`].
    pub client: usize,
    /// What.
    pub action: Action,
    /// What must come of it, where that is more than what the checks derive from the action itself.
    #[serde(default, skip_serializing_if = "Expect::is_derived")]
    pub expect: Expect,
    /// Whether the case is about this step: it must have been judged, and what goes wrong with it is held
    /// against the requirement of the case.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub focus: bool,
}

/// What a client can do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Action {
    /// Open a connection. A client that has one keeps it.
    Connect,
    /// Send a message.
    Send(Message),
    /// Send the same kind of message so many times, each with a mark of its own.
    Burst(Message, usize),
    /// Send the same kind of message so often that, done a few dozen times, it fills `limits.maxQueueBytes` of a member
    /// who does not read, and all that the network holds before it.
    FillQueue(Message),
    /// Send what is no well-formed text message.
    Raw(RawFrame),
    /// Send a heartbeat and wait for its ack: what this client sent before has been handled, and what that made
    /// it receive has come. Other clients go on meanwhile.
    Fence,
    /// Send an HTTP request to the subject's own host and port, and wait for its answer. The client need not be
    /// connected.
    Http(HttpRequest),
    /// Close the connection by a close frame with this code (none: an empty close frame), and read on
    /// until the server has ended it.
    Close(Option<u16>),
    /// Drop the socket without a word: end the stream (false), or reset it (true).
    Drop {
        /// By a reset instead of an end of stream.
        reset: bool,
    },
    /// Send nothing until the server ends the connection, for as long as the declared limit allows it.
    Silence(TimeLimit),
    /// Send nothing but pings and frames that are refused until the server ends the connection, for as long as
    /// `limits.authTimeoutMs` allows it.
    Knock,
    /// Let a declared limit pass, alive all the while: the client sends heartbeats and nothing else.
    Wait(TimeLimit),
    /// Send nothing but this, every now and then, for longer than the declared heartbeat limit.
    Persist(Life),
    /// Join topics that nobody else is in until the connection is in `limits.maxTopics` of them.
    JoinToLimit,
    /// Stop reading: what comes in stays in the network, and fences leave this client out.
    StopReading,
    /// Read on, until the server has ended the connection.
    ReadOn,
    /// Have the subject told to end, by whoever runs it. It is the subject that hears of it, and not the client's
    /// connection.
    TellToEnd,
    /// Send these, one behind the other and over and over, until the server has ended the connection; but not for ever.
    SeeOut(Vec<Message>),
}

impl Action {
    /// The message that it sends, once or several times, if it sends one.
    #[must_use]
    pub fn message(&self) -> Option<&Message> {
        match self {
            Self::Send(message) | Self::Burst(message, _) | Self::FillQueue(message) => Some(message),
            _ => None,
        }
    }
}

/// What shows a server that its client is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Life {
    /// WebSocket pings.
    Pings,
    /// WebSocket pings without payload.
    EmptyPings,
    /// WebSocket pongs that nobody asked for.
    Pongs,
    /// WebSocket pongs without payload that nobody asked for.
    EmptyPongs,
    /// Frames that the server refuses.
    RefusedFrames,
    /// Frames that the server refuses because they are no envelope.
    MalformedFrames,
    /// Heartbeats, each after more than half of the limit.
    LateHeartbeats,
    /// Chats in the first topic, for as long as a server may take to close whoever is silent, and a while longer.
    Chats,
}

/// A time limit that a server declares in its 201.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimeLimit {
    /// `limits.heartbeatTimeoutMs`
    Heartbeat,
    /// `limits.authTimeoutMs`
    Auth,
    /// `limits.presenceGraceMs` and the second that a server has for taking a user off the list after it, and a little more.
    PresenceGrace,
}

/// What must come of a step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Expect {
    /// What the checks derive from the action and the state of the connection.
    #[default]
    Derived,
    /// An error frame with this code and reason; and no effect at all.
    Refused {
        /// The `code`.
        code: u16,
        /// `data.reason`.
        reason: String,
        /// The answer's `type`.
        answer_type: i64,
    },
    /// An error frame, whatever its code, and no effect at all: more than one refusal is right.
    RefusedSomehow,
    /// One answer, whatever it says: the spec leaves open whether the message is accepted.
    Answered,
    /// The server ends the connection, and where it does so by a close frame the code is one of these.
    Ends {
        /// The close codes that are right; empty: any.
        codes: Vec<u16>,
        /// Whether the end must come by a close frame.
        by_close_frame: bool,
    },
    /// A pong with the ping's payload.
    Pong,
    /// The upgrade is answered with this subprotocol (none: without one).
    Subprotocol(Option<String>),
    /// The upgrade is refused with a status from 400 to 499.
    UpgradeRefused,
    /// The server ends the TCP connection of an upgrade request that is never finished, within
    /// `limits.authTimeoutMs` plus 5 seconds.
    UpgradeAbandoned,
    /// Whatever comes of it, an answer, the end of the connection or nothing: the spec leaves that open, and the case
    /// is about the others, who must not notice.
    Survived,
    /// The HTTP request is answered with this status, and with this reason where there is one.
    Http {
        /// The status, and the `code` of the body.
        status: u16,
        /// `data.reason`
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

impl Expect {
    fn is_derived(&self) -> bool {
        *self == Self::Derived
    }
}
