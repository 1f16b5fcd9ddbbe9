//! Cuts the bytes of one direction into what a fault may touch: the HTTP head, whole frames, and bytes that are
//! passed on unread. It alters nothing: every piece keeps the very bytes that came.

use std::io::Cursor;

use tokio_tungstenite::tungstenite::{
    Bytes,
    protocol::frame::{
        Frame as WireFrame, FrameHeader,
        coding::{Control, Data, OpCode},
    },
};

/// The way that bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// From the client to the server: frames are masked.
    Up,
    /// From the server to the client: frames are not.
    Down,
}

impl Way {
    /// The other one.
    pub(crate) fn back(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
        }
    }
}

/// What a frame is, as far as faults care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One whole text message.
    Text,
    /// A text message that is not UTF-8.
    NotUtf8,
    /// One whole binary message.
    Binary,
    Ping,
    Pong,
    Close,
    /// Part of a fragmented message.
    Fragment,
    /// Against RFC 6455, or of an extension: a reserved bit, a client's frame without a mask, a long ping. Only its
    /// header is here; the payload follows as [`Piece::Rest`].
    Irregular,
    /// Longer than a client's message may be, or than the proxy holds. Only its header is here, as of `Irregular`:
    /// a server may act on the header alone.
    Oversize,
    /// The end of the direction: no more bytes will come.
    End,
}

/// One frame: the bytes as they came, and the payload without its mask.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) kind: Kind,
    pub(crate) bytes: Vec<u8>,
    pub(crate) payload: Vec<u8>,
}

/// What [`Decoder::next`] cuts off.
#[derive(Debug)]
pub(crate) enum Piece {
    /// The whole HTTP head with its empty line; the first `passed` bytes of it went on already.
    Head {
        whole: Vec<u8>,
        passed: usize,
    },
    Frame(Frame),
    /// More of a frame of which only the header was given.
    Rest(Vec<u8>),
    /// Bytes of no frame: part of a head, an HTTP body, or what follows a frame that nobody can parse.
    Raw(Vec<u8>),
}

/// How many bytes of payload the proxy holds of a server's frame; of a client's, as many as it may send.
const HOLD: u64 = 1024 * 1024;
/// The longest HTTP head; what is longer is passed on unread.
const HEAD: usize = 16 * 1024;

#[derive(Debug, PartialEq)]
enum Stage {
    Head { passed: usize },
    Frames,
    Rest(usize),
    Opaque,
}

/// The bytes of one direction, and how far they were cut.
#[derive(Debug)]
pub(crate) struct Decoder {
    way: Way,
    hold_head: bool,
    stage: Stage,
    buffer: Vec<u8>,
}

impl Decoder {
    /// A decoder at the begin of a connection. With `hold_head` a head is kept until it is whole; otherwise its
    /// bytes go on as they come, so that a server sees a slow or broken head as it was sent.
    pub(crate) fn new(way: Way, hold_head: bool) -> Self {
        Self { way, hold_head, stage: Stage::Head { passed: 0 }, buffer: Vec::new() }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// From here on nothing is cut any more: the connection speaks plain HTTP.
    pub(crate) fn become_opaque(&mut self) {
        self.buffer = self.remainder();
        self.stage = Stage::Opaque;
    }

    /// What was not cut when the bytes ended, and did not go on yet.
    pub(crate) fn remainder(&mut self) -> Vec<u8> {
        let passed = if let Stage::Head { passed } = self.stage { passed } else { 0 };
        self.buffer.split_off(passed)
    }

    /// The next piece, or `None` until more bytes came. A client's message may have `max` bytes.
    pub(crate) fn next(&mut self, max: u64) -> Option<Piece> {
        if self.buffer.is_empty() {
            return None;
        }
        match self.stage {
            Stage::Head { passed } => self.head(passed),
            Stage::Frames => self.frame(max),
            Stage::Rest(left) => {
                let bytes = self.cut(left.min(self.buffer.len()));
                let left = left - bytes.len();
                self.stage = if left == 0 { Stage::Frames } else { Stage::Rest(left) };
                Some(Piece::Rest(bytes))
            }
            Stage::Opaque => Some(Piece::Raw(std::mem::take(&mut self.buffer))),
        }
    }

    fn head(&mut self, passed: usize) -> Option<Piece> {
        if let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n") {
            self.stage = Stage::Frames;
            return Some(Piece::Head { whole: self.cut(end + 4), passed });
        }
        if self.buffer.len() > HEAD {
            self.stage = Stage::Opaque;
            return Some(Piece::Raw(std::mem::take(&mut self.buffer).split_off(passed)));
        }
        if self.hold_head || passed == self.buffer.len() {
            return None;
        }
        self.stage = Stage::Head { passed: self.buffer.len() };
        Some(Piece::Raw(self.buffer[passed..].to_vec()))
    }

    fn frame(&mut self, max: u64) -> Option<Piece> {
        let mut cursor = Cursor::new(&self.buffer);
        let Ok(parsed) = FrameHeader::parse(&mut cursor) else {
            self.stage = Stage::Opaque;
            return self.next(max);
        };
        let (header, length) = parsed?;
        let start = usize::try_from(cursor.position()).ok()?;
        let hold = if self.way == Way::Up { max } else { HOLD };
        if length > hold || is_irregular(self.way, &header, length) {
            let kind = if length > hold { Kind::Oversize } else { Kind::Irregular };
            let rest = usize::try_from(length).unwrap_or(usize::MAX);
            self.stage = if rest == 0 { Stage::Frames } else { Stage::Rest(rest) };
            return Some(Piece::Frame(Frame { kind, bytes: self.cut(start), payload: Vec::new() }));
        }
        let end = start + usize::try_from(length).ok()?;
        if self.buffer.len() < end {
            return None;
        }
        let bytes = self.cut(end);
        let payload = unmask(&bytes[start..], header.mask);
        Some(Piece::Frame(Frame { kind: kind(&header, &payload), bytes, payload }))
    }

    fn cut(&mut self, at: usize) -> Vec<u8> {
        let rest = self.buffer.split_off(at);
        std::mem::replace(&mut self.buffer, rest)
    }
}

fn is_irregular(way: Way, header: &FrameHeader, length: u64) -> bool {
    let control = matches!(header.opcode, OpCode::Control(_));
    header.mask.is_some() != (way == Way::Up)
        || header.rsv1
        || header.rsv2
        || header.rsv3
        || control && (!header.is_final || length > 125)
}

fn kind(header: &FrameHeader, payload: &[u8]) -> Kind {
    match header.opcode {
        OpCode::Control(Control::Ping) => Kind::Ping,
        OpCode::Control(Control::Pong) => Kind::Pong,
        OpCode::Control(_) => Kind::Close,
        OpCode::Data(Data::Continue) => Kind::Fragment,
        OpCode::Data(_) if !header.is_final => Kind::Fragment,
        OpCode::Data(Data::Text) if std::str::from_utf8(payload).is_ok() => Kind::Text,
        OpCode::Data(Data::Text) => Kind::NotUtf8,
        OpCode::Data(_) => Kind::Binary,
    }
}

fn unmask(bytes: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
    let mask = mask.unwrap_or_default();
    bytes.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key).collect()
}

/// A text message's bytes on that way.
pub(crate) fn text(way: Way, text: &str) -> Vec<u8> {
    encode(way, OpCode::Data(Data::Text), text.as_bytes())
}

/// A binary message's bytes on that way.
pub(crate) fn binary(way: Way, payload: &[u8]) -> Vec<u8> {
    encode(way, OpCode::Data(Data::Binary), payload)
}

/// A ping's bytes on that way.
pub(crate) fn ping(way: Way, payload: &[u8]) -> Vec<u8> {
    encode(way, OpCode::Control(Control::Ping), payload)
}

/// A pong's bytes on that way.
pub(crate) fn pong(way: Way, payload: &[u8]) -> Vec<u8> {
    encode(way, OpCode::Control(Control::Pong), payload)
}

/// A close frame's bytes on that way.
pub(crate) fn close(way: Way, code: u16) -> Vec<u8> {
    encode(way, OpCode::Control(Control::Close), &code.to_be_bytes())
}

/// The bytes of a close frame without a code on that way.
pub(crate) fn empty_close(way: Way) -> Vec<u8> {
    encode(way, OpCode::Control(Control::Close), b"")
}

fn encode(way: Way, opcode: OpCode, payload: &[u8]) -> Vec<u8> {
    // Any mask will do: what it guards against is not on loopback.
    let mask = (way == Way::Up).then_some([0x5a, 0xa5, 0x3c, 0xc3]);
    let header = FrameHeader { opcode, mask, ..FrameHeader::default() };
    let mut bytes = Vec::with_capacity(payload.len() + 14);
    let frame = WireFrame::from_payload(header, Bytes::copy_from_slice(payload));
    frame.format(&mut bytes).expect("a Vec takes what is written to it");
    bytes
}
