//! WebSocket frames as bytes: any frame can be written, also one that no library would, and what a server writes is
//! read piece by piece, however it was cut.
//!
//! Pure: no I/O, no clock. The reader keeps to RFC 6455 to the letter, since a server's breach of it is a finding, and
//! it holds no more than [`MOST_MESSAGE_BYTES`] whatever a server announces.

use std::hash::{BuildHasher, RandomState};

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use crate::program::{LengthForm, opcode};

/// The longest message that is read, in bytes. Large enough that it is always the subject's limits that a case meets.
pub const MOST_MESSAGE_BYTES: usize = 256 << 20;
/// The most payload that a control frame may have, in bytes.
const MOST_CONTROL_BYTES: usize = 125;
/// What ends a compressed message and is left out on the wire.
const DEFLATE_TAIL: [u8; 4] = [0, 0, 0xFF, 0xFF];

/// The bits of a frame's first byte, and its mask.
#[derive(Debug, Clone, Copy)]
pub struct Bits {
    /// Whether it is the last frame of its message.
    pub fin: bool,
    /// The reserved bits, 0 to 7.
    pub rsv: u8,
    /// The opcode, 0 to 15.
    pub opcode: u8,
    /// The mask.
    pub mask: Option<[u8; 4]>,
}

impl Bits {
    /// A whole message or a control frame, masked as a client's has to be.
    #[must_use]
    pub fn whole(opcode: u8) -> Self {
        Self { fin: true, rsv: 0, opcode, mask: Some(fresh_mask()) }
    }
}

/// How a length is written in the fewest bytes, which RFC 6455 asks for.
fn shortest_form(bytes: u64) -> u8 {
    match bytes {
        0..=125 => 0,
        126..=0xFFFF => 126,
        _ => 127,
    }
}

/// Appends a frame, whose length is written as `length` says.
pub fn put_frame(out: &mut Vec<u8>, bits: Bits, length: LengthForm, payload: &[u8]) {
    out.reserve(payload.len() + 14);
    out.push(u8::from(bits.fin) << 7 | (bits.rsv & 0x7) << 4 | bits.opcode & 0xF);
    let masked = u8::from(bits.mask.is_some()) << 7;
    let bytes = payload.len() as u64;
    let (form, bytes) = match length {
        LengthForm::Announced(bytes) | LengthForm::AnnouncedOverLimit(bytes) => (shortest_form(bytes), bytes),
        LengthForm::SixtyFour => (127, bytes),
        LengthForm::Sixteen => (shortest_form(bytes).max(126), bytes),
        LengthForm::Shortest => (shortest_form(bytes), bytes),
    };
    let big = bytes.to_be_bytes();
    match form {
        127 => out.extend([&[masked | 0x7F], &big[..]].concat()),
        126 => out.extend([masked | 0x7E, big[6], big[7]]),
        _ => out.push(masked | big[7]),
    }
    match bits.mask {
        None => out.extend_from_slice(payload),
        Some(mask) => {
            out.extend(mask);
            out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key));
        }
    }
}

/// A mask that nobody can guess.
#[must_use]
pub fn fresh_mask() -> [u8; 4] {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};
    static SECRET: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let [a, b, c, d, ..] = SECRET.hash_one(COUNT.fetch_add(1, Ordering::Relaxed)).to_be_bytes();
    [a, b, c, d]
}

/// Compresses a message as permessage-deflate has it, without use of the messages before it, which is right whatever
/// was agreed on.
#[must_use]
pub fn deflate(message: &[u8]) -> Vec<u8> {
    let mut compress = Compress::new(Compression::default(), false);
    let mut out = Vec::with_capacity(message.len() / 2 + 64);
    loop {
        let at = usize::try_from(compress.total_in()).unwrap_or(usize::MAX).min(message.len());
        let done = compress.compress_vec(&message[at..], &mut out, FlushCompress::Sync);
        let taken = usize::try_from(compress.total_in()).unwrap_or(usize::MAX) >= message.len();
        if done.is_err() || (taken && out.len() < out.capacity()) {
            break;
        }
        out.reserve(message.len() / 2 + 64);
    }
    let without_tail = out.strip_suffix(&DEFLATE_TAIL).map_or(out.len(), <[u8]>::len);
    out.truncate(without_tail);
    out
}

/// What a server has sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
    /// A ping.
    Ping(Vec<u8>),
    /// A pong.
    Pong(Vec<u8>),
    /// A close frame.
    Close {
        /// Its code, 1005 where it has none.
        code: u16,
        /// Its reason.
        reason: String,
    },
}

/// What a server did against RFC 6455, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Breach(pub String);

impl Breach {
    fn new<T>(what: impl Into<String>) -> Result<T, Self> {
        Err(Self(what.into()))
    }
}

/// Permessage-deflate as it was agreed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deflate {
    /// Each of the server's messages is compressed without use of those before it.
    pub server_no_context_takeover: bool,
    /// What a message of the client refers back to is nearer than 32 KiB.
    pub small_client_window: bool,
}

/// Reads a server's frames from bytes that come as they come.
#[derive(Debug)]
pub struct Reader {
    buffer: Vec<u8>,
    /// How much of the buffer has been read.
    read: usize,
    /// The message that has begun: its opcode, whether it is compressed, and what has come of it.
    message: Option<(u8, bool, Vec<u8>)>,
    inflate: Option<(Deflate, Decompress)>,
    closed: bool,
}

/// The head of a frame.
struct Head {
    fin: bool,
    rsv: u8,
    opcode: u8,
    /// Bytes of the head.
    size: usize,
    /// Bytes of payload.
    payload: usize,
}

impl Reader {
    /// A reader at the beginning of a server's frames.
    #[must_use]
    pub fn new(deflate: Option<Deflate>) -> Self {
        let inflate = deflate.map(|deflate| (deflate, Decompress::new(false)));
        Self { buffer: Vec::new(), read: 0, message: None, inflate, closed: false }
    }

    /// Takes what has come in.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.read);
        self.read = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// Whether bytes are there of a frame or a message whose end is not.
    #[must_use]
    pub fn is_in_the_middle(&self) -> bool {
        self.read < self.buffer.len() || self.message.is_some()
    }

    /// The next thing that is there in full; `None` where more bytes are needed.
    ///
    /// # Errors
    /// What the server did against RFC 6455; there is no sense in reading on after that.
    #[expect(clippy::should_implement_trait, reason = "what is none now may be some later")]
    pub fn next(&mut self) -> Result<Option<Event>, Breach> {
        loop {
            let Some(head) = self.head()? else { return Ok(None) };
            let from = self.read + head.size;
            let Some(payload) = self.buffer.get(from..from + head.payload) else { return Ok(None) };
            let payload = payload.to_vec();
            self.read = from + head.payload;
            let behind = self.closed;
            if behind && !matches!(head.opcode, opcode::PING | opcode::PONG) {
                return Breach::new("a message behind its close frame");
            }
            // A pong is owed for a ping until the client's own close frame is there (RFC 6455, 5.5.2); only data may not
            // follow a close frame (5.5.1). Neither says anything any more.
            if let Some(event) = self.frame(&head, payload)?
                && !behind
            {
                return Ok(Some(event));
            }
        }
    }

    fn head(&self) -> Result<Option<Head>, Breach> {
        let bytes = &self.buffer[self.read..];
        let [first, second, rest @ ..] = bytes else { return Ok(None) };
        let (fin, rsv, opcode) = (first & 0x80 != 0, first >> 4 & 0x7, first & 0xF);
        if second & 0x80 != 0 {
            return Breach::new("a server's frame that is masked");
        }
        let (size, length) = match second & 0x7F {
            127 => match rest.first_chunk() {
                Some(bytes) => (10, u64::from_be_bytes(*bytes)),
                None => return Ok(None),
            },
            126 => match rest.first_chunk() {
                Some(bytes) => (4, u64::from(u16::from_be_bytes(*bytes))),
                None => return Ok(None),
            },
            length => (2, u64::from(length)),
        };
        if (size == 4 && length < 126) || (size == 10 && length <= 0xFFFF) {
            return Breach::new(format!("a length of {length} in more bytes than it takes"));
        }
        if length >> 63 != 0 {
            return Breach::new("a length whose highest bit is set");
        }
        let held = self.message.as_ref().map_or(0, |(_, _, so_far)| so_far.len());
        let payload = usize::try_from(length).unwrap_or(usize::MAX);
        if payload.saturating_add(held) > MOST_MESSAGE_BYTES {
            return Breach::new(format!(
                "a message of at least {length} bytes, and no more than {MOST_MESSAGE_BYTES} are read"
            ));
        }
        self.check(fin, rsv, opcode, payload)?;
        Ok(Some(Head { fin, rsv, opcode, size, payload }))
    }

    /// What can be wrong with a head by itself.
    fn check(&self, fin: bool, rsv: u8, opcode: u8, payload: usize) -> Result<(), Breach> {
        let is_compressed = rsv == 4 && self.inflate.is_some() && matches!(opcode, 1 | 2);
        if rsv != 0 && !is_compressed {
            return Breach::new(format!("a frame with reserved bits set ({rsv:03b})"));
        }
        match opcode {
            opcode::CONTINUATION if self.message.is_none() => {
                Breach::new("a continuation of a message that was never begun")
            }
            opcode::TEXT | opcode::BINARY if self.message.is_some() => {
                Breach::new("a new message in the middle of a fragmented one")
            }
            8..=10 if !fin => Breach::new("a control frame that is fragmented"),
            8..=10 if payload > MOST_CONTROL_BYTES => {
                Breach::new(format!("a control frame of {payload} bytes"))
            }
            0..=2 | 8..=10 => Ok(()),
            opcode => Breach::new(format!("a frame with the reserved opcode {opcode}")),
        }
    }

    fn frame(&mut self, head: &Head, payload: Vec<u8>) -> Result<Option<Event>, Breach> {
        match head.opcode {
            opcode::PING => return Ok(Some(Event::Ping(payload))),
            opcode::PONG => return Ok(Some(Event::Pong(payload))),
            opcode::CLOSE => {
                self.closed = true;
                return read_close(&payload).map(Some);
            }
            _ => {}
        }
        let (opcode, compressed, message) = match self.message.take() {
            Some((opcode, compressed, mut so_far)) => {
                so_far.extend(payload);
                (opcode, compressed, so_far)
            }
            None => (head.opcode, head.rsv != 0, payload),
        };
        if !head.fin {
            self.message = Some((opcode, compressed, message));
            return Ok(None);
        }
        let message = if compressed { self.inflate(message)? } else { message };
        if opcode == opcode::BINARY {
            return Ok(Some(Event::Binary(message)));
        }
        match String::from_utf8(message) {
            Ok(text) => Ok(Some(Event::Text(text))),
            Err(error) => Breach::new(format!("a text message that is not UTF-8: {}", error.utf8_error())),
        }
    }

    fn inflate(&mut self, mut message: Vec<u8>) -> Result<Vec<u8>, Breach> {
        let Some((agreed, inflate)) = &mut self.inflate else {
            return Breach::new("a compressed message");
        };
        message.extend(DEFLATE_TAIL);
        let mut out = Vec::with_capacity(message.len() * 4);
        let begun = inflate.total_in();
        loop {
            let at = usize::try_from(inflate.total_in() - begun).unwrap_or(usize::MAX).min(message.len());
            let before = out.len();
            let status = inflate.decompress_vec(&message[at..], &mut out, FlushDecompress::Sync);
            let taken = inflate.total_in() - begun >= message.len() as u64;
            match status {
                Err(error) => {
                    return Breach::new(format!("a compressed message that is not DEFLATE: {error}"));
                }
                Ok(Status::StreamEnd) => {
                    // A final block is allowed, and what comes next begins anew.
                    inflate.reset(false);
                    return Ok(out);
                }
                Ok(_) if taken && out.len() < out.capacity() => break,
                Ok(_) if out.len() > MOST_MESSAGE_BYTES => {
                    return Breach::new("a compressed message that does not end");
                }
                Ok(_) if out.len() == before && out.len() < out.capacity() => {
                    return Breach::new("a compressed message that is cut off");
                }
                Ok(_) => out.reserve(out.capacity().max(64)),
            }
        }
        if agreed.server_no_context_takeover {
            inflate.reset(false);
        }
        Ok(out)
    }
}

fn read_close(body: &[u8]) -> Result<Event, Breach> {
    let (code, reason) = match body {
        [] => return Ok(Event::Close { code: 1005, reason: String::new() }),
        [_] => return Breach::new("a close frame with half a code"),
        [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
    };
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Breach::new(format!("a close frame with the code {code}, which may not be sent"));
    }
    match std::str::from_utf8(reason) {
        Ok(reason) => Ok(Event::Close { code, reason: reason.to_owned() }),
        Err(_) => Breach::new("a close frame whose reason is not UTF-8"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(fin: bool, rsv: u8, opcode: u8, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        put_frame(&mut out, Bits { fin, rsv, opcode, mask: None }, LengthForm::Shortest, payload);
        out
    }

    /// All that comes of these bytes, given in chunks of so many.
    fn read(bytes: &[u8], chunk: usize, deflate: Option<Deflate>) -> Result<Vec<Event>, Breach> {
        let mut reader = Reader::new(deflate);
        let mut events = Vec::new();
        for chunk in bytes.chunks(chunk) {
            reader.push(chunk);
            while let Some(event) = reader.next()? {
                events.push(event);
            }
        }
        Ok(events)
    }

    #[test]
    fn what_was_written_is_read_however_it_is_cut() {
        let long = "🦜".repeat(20_000);
        let bytes = [
            frame(false, 0, 1, "naï".as_bytes()),
            frame(true, 0, 9, b"p"),
            frame(false, 0, 0, &"é".as_bytes()[..1]),
            frame(true, 0, 0, &"é".as_bytes()[1..]),
            frame(true, 0, 1, long.as_bytes()),
            frame(true, 0, 1, b"x".repeat(126).as_slice()),
            frame(true, 0, 2, b""),
            frame(true, 0, 8, &[0x10, 0x05, b'o', b'k']),
        ]
        .concat();
        let wanted = vec![
            Event::Ping(b"p".to_vec()),
            Event::Text("naïé".into()),
            Event::Text(long),
            Event::Text("x".repeat(126)),
            Event::Binary(Vec::new()),
            Event::Close { code: 4101, reason: "ok".into() },
        ];
        for chunk in [1, 2, 3, 7, 1000, bytes.len()] {
            assert_eq!(read(&bytes, chunk, None).as_ref(), Ok(&wanted), "{chunk}");
        }
    }

    #[test]
    fn each_breach_of_rfc_6455_is_told() {
        let masked = {
            let mut out = Vec::new();
            put_frame(&mut out, Bits::whole(1), LengthForm::Shortest, b"{}");
            out
        };
        let long = |form| {
            let mut out = Vec::new();
            put_frame(&mut out, Bits { mask: None, ..Bits::whole(1) }, form, b"{}");
            out
        };
        for (bytes, why) in [
            (masked, "masked"),
            (frame(true, 4, 1, b""), "reserved bits"),
            (frame(true, 2, 1, b""), "reserved bits"),
            (frame(true, 1, 9, b""), "reserved bits"),
            (frame(true, 0, 3, b""), "opcode 3"),
            (frame(true, 0, 15, b""), "opcode 15"),
            (frame(true, 0, 0, b""), "never begun"),
            ([frame(false, 0, 1, b""), frame(true, 0, 1, b"")].concat(), "in the middle"),
            (frame(false, 0, 9, b""), "fragmented"),
            (frame(true, 0, 10, &[0; 126]), "126 bytes"),
            (frame(true, 0, 1, &[0xC3, 0x28]), "UTF-8"),
            (frame(true, 0, 8, &[3]), "half a code"),
            (frame(true, 0, 8, &[3, 0xED]), "1005"),
            (frame(true, 0, 8, &[3, 0xE8, 0xFF]), "reason"),
            ([frame(true, 0, 8, b""), frame(true, 0, 1, b"")].concat(), "behind its close frame"),
            ([frame(true, 0, 8, b""), frame(true, 0, 8, b"")].concat(), "behind its close frame"),
            (long(LengthForm::Sixteen), "more bytes than it takes"),
            (long(LengthForm::SixtyFour), "more bytes than it takes"),
            (long(LengthForm::Announced(1 << 63)), "highest bit"),
            (long(LengthForm::Announced(1 << 62)), "at least"),
        ] {
            let breach = read(&bytes, 1, None).unwrap_err();
            assert!(breach.0.contains(why), "{breach} is not {why:?}");
        }
    }

    #[test]
    fn pings_and_pongs_may_follow_a_close_frame_and_say_nothing() {
        let close = Event::Close { code: 1005, reason: String::new() };
        let bytes = [frame(true, 0, 8, b""), frame(true, 0, 10, b"late"), frame(true, 0, 9, b"")].concat();
        assert_eq!(read(&bytes, 100, None).unwrap(), [close]);
    }

    #[test]
    fn compressed_messages_are_read_where_that_was_agreed_on() {
        let text = "so it goes, ".repeat(5000);
        let once = frame(true, 4, 1, &deflate(text.as_bytes()));
        let empty = frame(true, 4, 1, &deflate(b""));
        let bytes = [once.clone(), frame(true, 0, 1, b"plain"), empty, once.clone()].concat();
        assert!(once.len() < text.len() / 10);
        for server_no_context_takeover in [true, false] {
            let agreed = Deflate { server_no_context_takeover, small_client_window: false };
            let events = read(&bytes, 100, Some(agreed)).unwrap();
            let texts = [&text, "plain", "", &text].map(|text| Event::Text(text.into()));
            assert_eq!(events, texts);
        }
        assert!(read(&once, 100, None).is_err());
        assert!(
            read(
                &frame(true, 4, 1, b"\xFF\xFF\xFF"),
                100,
                Some(Deflate { server_no_context_takeover: true, small_client_window: false })
            )
            .is_err()
        );
    }
}
