//! Cuts the bytes of one direction into what a fault may touch: the HTTP head, whole frames, and bytes that are
//! passed on unread. It alters nothing: every piece keeps the very bytes that came.

use roomwire_conformance::client::wire::{Bits, put_frame};
use roomwire_conformance::program::{LengthForm, opcode};

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
    /// Against RFC 6455, or of an extension: a reserved bit or opcode, a client's frame without a mask, a long ping. Only its
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
    /// Bytes of no frame: part of a head, an HTTP body, or what is no WebSocket.
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

    /// Whether the head has begun to come, and is not whole.
    pub(crate) fn has_half_a_head(&self) -> bool {
        matches!(self.stage, Stage::Head { .. }) && !self.buffer.windows(4).any(|four| four == b"\r\n\r\n")
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
        let header = Header::read(&self.buffer)?;
        let (start, length) = (header.size, header.length);
        let hold = if self.way == Way::Up { max } else { HOLD };
        if length > hold || header.is_irregular(self.way) {
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
        Some(Piece::Frame(Frame { kind: header.kind(&payload), bytes, payload }))
    }

    fn cut(&mut self, at: usize) -> Vec<u8> {
        let rest = self.buffer.split_off(at);
        std::mem::replace(&mut self.buffer, rest)
    }
}

/// The head of a frame.
struct Header {
    first: u8,
    mask: Option<[u8; 4]>,
    length: u64,
    /// In bytes.
    size: usize,
}

impl Header {
    /// `None` where it is not there in full.
    fn read(bytes: &[u8]) -> Option<Self> {
        let (first, second) = (*bytes.first()?, *bytes.get(1)?);
        let (length, size) = match second & 0x7F {
            126 => (u64::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)), 4),
            127 => (u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?), 10),
            short => (u64::from(short), 2),
        };
        if second & 0x80 == 0 {
            return Some(Self { first, mask: None, length, size });
        }
        let mask = bytes.get(size..size + 4)?.try_into().ok()?;
        Some(Self { first, mask: Some(mask), length, size: size + 4 })
    }

    fn opcode(&self) -> u8 {
        self.first & 15
    }

    fn is_final(&self) -> bool {
        self.first & 0x80 != 0
    }

    fn is_irregular(&self, way: Way) -> bool {
        let known = matches!(self.opcode(), 0..=2 | 8..=10);
        let control = self.opcode() >= 8;
        self.mask.is_some() != (way == Way::Up)
            || self.first & 0x70 != 0
            || !known
            || control && (!self.is_final() || self.length > 125)
    }

    fn kind(&self, payload: &[u8]) -> Kind {
        match self.opcode() {
            opcode::PING => Kind::Ping,
            opcode::PONG => Kind::Pong,
            opcode::CLOSE => Kind::Close,
            opcode::CONTINUATION => Kind::Fragment,
            _ if !self.is_final() => Kind::Fragment,
            opcode::TEXT if std::str::from_utf8(payload).is_ok() => Kind::Text,
            opcode::TEXT => Kind::NotUtf8,
            _ => Kind::Binary,
        }
    }
}

fn unmask(bytes: &[u8], mask: Option<[u8; 4]>) -> Vec<u8> {
    let mask = mask.unwrap_or_default();
    bytes.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key).collect()
}

/// A text message's bytes on that way.
pub(crate) fn text(way: Way, text: &str) -> Vec<u8> {
    encode(way, opcode::TEXT, text.as_bytes())
}

/// A binary message's bytes on that way.
pub(crate) fn binary(way: Way, payload: &[u8]) -> Vec<u8> {
    encode(way, opcode::BINARY, payload)
}

/// A ping's bytes on that way.
pub(crate) fn ping(way: Way, payload: &[u8]) -> Vec<u8> {
    encode(way, opcode::PING, payload)
}

/// A pong's bytes on that way.
pub(crate) fn pong(way: Way, payload: &[u8]) -> Vec<u8> {
    encode(way, opcode::PONG, payload)
}

/// A close frame's bytes on that way.
pub(crate) fn close(way: Way, code: u16) -> Vec<u8> {
    encode(way, opcode::CLOSE, &code.to_be_bytes())
}

/// The bytes of a close frame without a code on that way.
pub(crate) fn empty_close(way: Way) -> Vec<u8> {
    encode(way, opcode::CLOSE, b"")
}

/// A frame's bytes on that way.
pub(crate) fn encode(way: Way, opcode: u8, payload: &[u8]) -> Vec<u8> {
    // Any mask will do: what it guards against is not on loopback.
    let mask = (way == Way::Up).then_some([0x5a, 0xa5, 0x3c, 0xc3]);
    let mut bytes = Vec::new();
    put_frame(&mut bytes, Bits { fin: true, rsv: 0, opcode, mask }, LengthForm::Shortest, payload);
    bytes
}
