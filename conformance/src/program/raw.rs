//! What is not a well-formed text message: requests for an upgrade of any kind, frames of any kind, and messages that
//! go over the wire in another shape than a library's.
//!
//! All of it is data with few words, from which every frame can be put together that RFC 6455 knows or forbids.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a client asks for in its upgrade request.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Upgrade {
    /// The path and query, in place of the subject's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The subprotocols that it offers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subprotocols: Vec<String>,
    /// Changes to the head of the request, done in this order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub head: Vec<HeadEdit>,
    /// Whether the client takes as small a receive buffer as it can have, so that little is under way when
    /// it stops reading.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub small_buffer: bool,
}

/// A change to the head of an upgrade request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HeadEdit {
    /// Another method than `GET`.
    Method(String),
    /// Another version than `HTTP/1.1`.
    Version(String),
    /// All headers of this name go.
    Without(String),
    /// The header gets this value, in its place where it is there, else at the end.
    Set(String, String),
    /// One more header, also where there is one of this name.
    Add(String, String),
    /// One more header, whose value is so many bytes long.
    Filler(String, usize),
    /// The names of all headers are written in capitals.
    Shout,
    /// The head goes out in segments of so many bytes.
    Segments(usize),
    /// Nothing is sent behind the first so many bytes of the head, and the stream stays open.
    CutAt(usize),
}

impl Upgrade {
    pub(super) fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// Whether only the beginning of the request is sent.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.head.iter().any(|edit| matches!(edit, HeadEdit::CutAt(_)))
    }
}

/// What a client writes that is no well-formed text message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RawFrame {
    /// A ping with this payload.
    Ping(String),
    /// A pong that nobody asked for.
    Pong(String),
    /// A binary message.
    Binary(Vec<u8>),
    /// A text message of these bytes, which need not be UTF-8.
    TextBytes(Vec<u8>),
    /// A text frame with the first reserved bit set, which no extension has been given a meaning for.
    ReservedBit,
    /// A frame with a reserved opcode.
    ReservedOpcode,
    /// A continuation of a message that was never begun.
    StrayContinuation,
    /// A text message of so many bytes more than `limits.maxMessageBytes`.
    Oversize(usize),
    /// The same, compressed to next to nothing where the server has taken up permessage-deflate.
    OversizeDeflated(usize),
    /// Whatever is put together from these pieces.
    Wire(Vec<Piece>),
}

/// One piece of what goes over the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Piece {
    /// A frame, right or wrong.
    Frame(WireFrame),
    /// These bytes, as they stand.
    Bytes(Vec<u8>),
    /// What comes behind this goes out in a segment of its own.
    Cut,
    /// The client's side of the stream ends here; it goes on listening.
    Fin,
}

/// A frame by its bits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WireFrame {
    /// FIN: the last frame of its message.
    pub fin: bool,
    /// The reserved bits, from 0 to 7: 4 is RSV1, 2 is RSV2, 1 is RSV3.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rsv: u8,
    /// The opcode, from 0 to 15.
    pub opcode: u8,
    /// Whether the payload is masked, as a client's has to be.
    pub masked: bool,
    /// How its length is written.
    #[serde(default, skip_serializing_if = "LengthForm::is_shortest")]
    pub length: LengthForm,
    /// Its payload.
    pub payload: Payload,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(number: &u8) -> bool {
    *number == 0
}

/// How the length of a frame is written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LengthForm {
    /// In as few bytes as it takes, as RFC 6455 asks for.
    #[default]
    Shortest,
    /// In 16 bits, where 7 would do.
    Sixteen,
    /// In 64 bits, where fewer would do.
    SixtyFour,
    /// Another length than the payload's, in as few bits as hold it.
    Announced(u64),
    /// `limits.maxMessageBytes` and so many more, in as few bits as hold it, whatever the payload's is.
    AnnouncedOverLimit(u64),
}

impl LengthForm {
    fn is_shortest(&self) -> bool {
        *self == Self::Shortest
    }
}

/// The payload of a frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Payload {
    /// This text.
    Text(String),
    /// These bytes.
    Bytes(Vec<u8>),
    /// So many spaces.
    Spaces(usize),
    /// As many spaces as `limits.maxMessageBytes` says, and so many more or fewer.
    SpacesToLimit(i64),
    /// Text of this character whose bytes in UTF-8 are as many as `limits.maxMessageBytes` says and so many more, or up to
    /// three beyond that.
    FilledToLimit(char, u64),
}

/// In what shape a well-formed message goes over the wire.
#[expect(clippy::struct_excessive_bools, reason = "each is a way to be unusual, and they go together freely")]
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Framing {
    /// A ping stands between any two fragments.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pings: bool,
    /// A pong that nobody asked for stands between any two fragments.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pongs: bool,
    /// The mask of each frame is four zeros, by which every byte stays what it is.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub zero_mask: bool,
    /// A fragment without payload stands before, between and behind the others.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub empty_fragments: bool,
    /// Segments of so many bytes, as far as a client can decide that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segments: Option<usize>,
    /// The segments come one by one, with pauses that add up to a third of the heartbeat limit at most.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub slowly: bool,
    /// How the lengths of frames are written.
    #[serde(default, skip_serializing_if = "LengthForm::is_shortest")]
    pub length: LengthForm,
    /// The message is compressed, where the server has taken up permessage-deflate.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deflated: bool,
}

impl Framing {
    pub(super) fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// Opcodes of RFC 6455.
pub mod opcode {
    /// More of a message.
    pub const CONTINUATION: u8 = 0;
    /// The first frame of a text message.
    pub const TEXT: u8 = 1;
    /// The first frame of a binary message.
    pub const BINARY: u8 = 2;
    /// A close frame.
    pub const CLOSE: u8 = 8;
    /// A ping.
    pub const PING: u8 = 9;
    /// A pong.
    pub const PONG: u8 = 10;
}

impl WireFrame {
    /// A frame with nothing wrong with it, as long as the opcode is one.
    #[must_use]
    pub fn new(opcode: u8, payload: Payload) -> Self {
        Self { fin: true, rsv: 0, opcode, masked: true, length: LengthForm::Shortest, payload }
    }

    /// A whole text message, or the beginning of one.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::new(opcode::TEXT, Payload::Text(text.into()))
    }

    /// More of a message.
    #[must_use]
    pub fn more(text: &str) -> Self {
        Self::new(opcode::CONTINUATION, Payload::Text(text.into()))
    }

    /// A ping.
    #[must_use]
    pub fn ping(payload: Payload) -> Self {
        Self::new(opcode::PING, payload)
    }

    /// A close frame with this body.
    #[must_use]
    pub fn close(body: Vec<u8>) -> Self {
        Self::new(opcode::CLOSE, Payload::Bytes(body))
    }

    /// The same, with more to come.
    #[must_use]
    pub fn unfinished(mut self) -> Self {
        self.fin = false;
        self
    }

    /// The same without a mask.
    #[must_use]
    pub fn unmasked(mut self) -> Self {
        self.masked = false;
        self
    }

    /// The same with these reserved bits.
    #[must_use]
    pub fn reserved(mut self, bits: u8) -> Self {
        self.rsv = bits;
        self
    }

    /// The same with its length written in this way.
    #[must_use]
    pub fn long(mut self, length: LengthForm) -> Self {
        self.length = length;
        self
    }
}

/// The body of a close frame: a code and a reason.
#[must_use]
pub fn close_body(code: u16, reason: &[u8]) -> Vec<u8> {
    [&code.to_be_bytes(), reason].concat()
}

impl fmt::Display for RawFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ping(_) => f.write_str("a ping"),
            Self::Pong(_) => f.write_str("an unsolicited pong"),
            Self::Binary(bytes) => write!(f, "a binary message of {} bytes", bytes.len()),
            Self::TextBytes(bytes) => write!(f, "a text message of the bytes {bytes:02x?}"),
            Self::ReservedBit => f.write_str("a text frame with RSV1 set"),
            Self::ReservedOpcode => f.write_str("a frame with the opcode 3"),
            Self::StrayContinuation => f.write_str("a continuation frame with nothing to continue"),
            Self::Oversize(over) => write!(f, "a text message of {over} bytes over limits.maxMessageBytes"),
            Self::OversizeDeflated(over) => write!(
                f,
                "a text message of {over} bytes over limits.maxMessageBytes, compressed where that was agreed on"
            ),
            Self::Wire(pieces) => {
                let pieces: Vec<String> = pieces.iter().map(Piece::to_string).collect();
                f.write_str(&pieces.join(", then "))
            }
        }
    }
}

impl fmt::Display for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Frame(frame) => frame.fmt(f),
            Self::Bytes(bytes) => write!(f, "the bytes {bytes:02x?}"),
            Self::Cut => f.write_str("in a segment of its own"),
            Self::Fin => f.write_str("the end of its side of the stream"),
        }
    }
}

impl fmt::Display for WireFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.opcode {
            opcode::CONTINUATION => "a continuation".to_owned(),
            opcode::TEXT => "a text frame".to_owned(),
            opcode::BINARY => "a binary frame".to_owned(),
            opcode::CLOSE => "a close frame".to_owned(),
            opcode::PING => "a ping".to_owned(),
            opcode::PONG => "a pong".to_owned(),
            reserved => format!("a frame of the opcode {reserved}"),
        };
        write!(f, "{kind}")?;
        match &self.payload {
            Payload::Text(text) if text.is_empty() => f.write_str(" of nothing")?,
            Payload::Text(text) if text.len() > 40 => write!(f, " of {} bytes", text.len())?,
            Payload::Text(text) => write!(f, " of {text:?}")?,
            Payload::Bytes(bytes) if bytes.is_empty() => f.write_str(" of nothing")?,
            Payload::Bytes(bytes) if bytes.len() > 20 => write!(f, " of {} bytes", bytes.len())?,
            Payload::Bytes(bytes) => write!(f, " of {bytes:02x?}")?,
            Payload::Spaces(bytes) => write!(f, " of {bytes} bytes")?,
            Payload::SpacesToLimit(0) => f.write_str(" of limits.maxMessageBytes bytes")?,
            Payload::SpacesToLimit(over) => write!(f, " of limits.maxMessageBytes {over:+} bytes")?,
            Payload::FilledToLimit(with, over) => {
                write!(
                    f,
                    " of limits.maxMessageBytes {over:+} bytes or a little more, all of them of {with:?}"
                )?;
            }
        }
        if !self.fin {
            f.write_str(" without FIN")?;
        }
        if self.rsv != 0 {
            write!(f, " with the reserved bits {:03b}", self.rsv)?;
        }
        if !self.masked {
            f.write_str(" without a mask")?;
        }
        match self.length {
            LengthForm::Shortest => Ok(()),
            LengthForm::Sixteen => f.write_str(" with its length in 16 bits"),
            LengthForm::SixtyFour => f.write_str(" with its length in 64 bits"),
            LengthForm::Announced(bytes) => write!(f, " that announces {bytes} bytes"),
            LengthForm::AnnouncedOverLimit(over) => {
                write!(f, " that announces {over} bytes over limits.maxMessageBytes")
            }
        }
    }
}
