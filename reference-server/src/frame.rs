//! RFC 6455 behind the opening handshake, the server's half of it: bytes into messages, and messages into bytes.
//!
//! Pure: it is handed bytes, and knows no socket. Why it is not the library's: that copies every frame that is sent
//! into a buffer of its connection, keeps a read buffer for each connection, however silent, and writes no more once
//! the client has said goodbye, although answers may still be waiting (ORD-11).

use std::borrow::Cow;
use std::str;
use std::sync::Arc;

/// A whole frame of the server with its header, or several, as they go over the wire: encoded once, and shared by all who
/// get them. One piece of memory, since most of them are kept for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Frame {
    bytes: Arc<[u8]>,
    /// How many bytes have been sent already.
    sent: usize,
    /// How many it is: those of one turn may go as one.
    count: usize,
}

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const MASKED: u8 = 0x80;

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// The longest header of a frame that is sent.
const HEADER_MAX: usize = 10;

/// The most that a control frame carries.
const CONTROL_MAX: usize = 125;

impl Frame {
    pub(crate) fn text(text: &str) -> Self {
        Self::new(TEXT, &[text.as_bytes()])
    }

    /// `payload` is that of a ping, and so at most 125 bytes long.
    pub(crate) fn pong(payload: &[u8]) -> Self {
        Self::new(PONG, &[payload])
    }

    /// `reason` is at most 123 bytes long; without a code there is none.
    pub(crate) fn close(code: Option<u16>, reason: &str) -> Self {
        match code {
            Some(code) => Self::new(CLOSE, &[&code.to_be_bytes(), reason.as_bytes()]),
            None => Self::new(CLOSE, &[]),
        }
    }

    /// So many frames that are encoded already.
    pub(crate) fn encoded(bytes: &[u8], count: usize) -> Self {
        Self { bytes: bytes.into(), sent: 0, count }
    }

    fn new(opcode: u8, parts: &[&[u8]]) -> Self {
        let length: usize = parts.iter().map(|part| part.len()).sum();
        let mut bytes = Vec::with_capacity(length + HEADER_MAX);
        append(&mut bytes, opcode, length, parts);
        Self::encoded(&bytes, 1)
    }

    /// All of it, with the header, but what has been sent.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[self.sent..]
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// What is left of it when so many bytes have been sent.
    pub(crate) fn skip(&mut self, sent: usize) {
        self.sent += sent;
    }

    /// What it says, without the header.
    pub(crate) fn payload(&self) -> &[u8] {
        let header = match self.bytes[1] {
            126 => 4,
            127 => 10,
            _ => 2,
        };
        &self.bytes[header..]
    }
}

/// Encodes a text behind what is there.
pub(crate) fn append_text(bytes: &mut Vec<u8>, text: &str) {
    append(bytes, TEXT, text.len(), &[text.as_bytes()]);
}

fn append(bytes: &mut Vec<u8>, opcode: u8, length: usize, parts: &[&[u8]]) {
    bytes.push(FIN | opcode);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..=125), _) => bytes.push(short),
        (_, Ok(medium)) => {
            bytes.push(126);
            bytes.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            bytes.push(127);
            bytes.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    for part in parts {
        bytes.extend_from_slice(part);
    }
}

/// What a client has sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Message<'a> {
    Text(Cow<'a, str>),
    /// Its payload is not looked at: this server has no use for one.
    Binary,
    Ping(&'a [u8]),
    Pong,
    /// With the code that it carries, if any. Nothing is read behind it.
    Close(Option<u16>),
}

/// Why nothing more can be read from a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breach {
    /// It does not keep to RFC 6455.
    Framing,
    /// A text, or the reason of a close frame, is not UTF-8.
    Utf8,
    /// A message is longer than what was agreed.
    TooBig,
}

/// Reads the messages of one client.
#[derive(Debug)]
pub(crate) struct Reader {
    /// The longest message that is read, in bytes.
    max: usize,
    /// A text of several fragments, the last of which has not come.
    partial: Option<Box<Partial>>,
}

#[derive(Debug, Default)]
struct Partial {
    bytes: Vec<u8>,
    /// How many of them are known to be UTF-8.
    valid: usize,
}

struct Header {
    fin: bool,
    opcode: u8,
    /// Of the payload.
    length: usize,
    mask: [u8; 4],
    /// Of the header itself, in bytes.
    size: usize,
}

impl Reader {
    pub(crate) fn new(max_message_bytes: usize) -> Self {
        Self { max: max_message_bytes, partial: None }
    }

    /// Reads one frame from the front of `input`, and unmasks it there.
    ///
    /// Says how many bytes it took, and which message is complete with them: none behind a fragment. Where it took
    /// none, there is no whole frame yet. After a breach, it must not be called again.
    pub(crate) fn read<'a>(&mut self, input: &'a mut [u8]) -> Result<(usize, Option<Message<'a>>), Breach> {
        let Some(header) = self.header(input)? else { return Ok((0, None)) };
        let end = header.size + header.length;
        let Some(payload) = input.get_mut(header.size..end) else { return Ok((0, None)) };
        unmask(payload, header.mask);
        Ok((end, self.message(&header, payload)?))
    }

    /// The header, once all of it is there. What is wrong with it is said as early as it can be seen.
    fn header(&self, input: &[u8]) -> Result<Option<Header>, Breach> {
        let [first, second, more @ ..] = input else { return Ok(None) };
        let (fin, opcode) = (first & FIN != 0, first & 0x0f);
        let in_message = self.partial.is_some();
        let expected = match opcode {
            CONTINUATION => in_message,
            TEXT | BINARY => !in_message,
            CLOSE | PING | PONG => fin && second & !MASKED <= 125,
            _ => false,
        };
        if !expected || first & RESERVED != 0 || second & MASKED == 0 {
            return Err(Breach::Framing);
        }
        let (length, more) = match second & !MASKED {
            126 => {
                let Some((bytes, more)) = more.split_first_chunk() else { return Ok(None) };
                (u64::from(u16::from_be_bytes(*bytes)), more)
            }
            127 => {
                let Some((bytes, more)) = more.split_first_chunk() else { return Ok(None) };
                (u64::from_be_bytes(*bytes), more)
            }
            short => (short.into(), more),
        };
        let shortest = match second & !MASKED {
            126 => 126,
            127 => 1 << 16,
            _ => 0,
        };
        if length < shortest || length > i64::MAX as u64 {
            return Err(Breach::Framing);
        }
        let before = self.partial.as_ref().map_or(0, |partial| partial.bytes.len());
        // A control frame is no message.
        let max = if opcode >= CLOSE { CONTROL_MAX } else { self.max.saturating_sub(before) };
        let length = usize::try_from(length).ok().filter(|length| *length <= max).ok_or(Breach::TooBig)?;
        let Some((mask, more)) = more.split_first_chunk() else { return Ok(None) };
        Ok(Some(Header { fin, opcode, length, mask: *mask, size: input.len() - more.len() }))
    }

    fn message<'a>(&mut self, header: &Header, payload: &'a [u8]) -> Result<Option<Message<'a>>, Breach> {
        Ok(Some(match header.opcode {
            TEXT if header.fin => Message::Text(str::from_utf8(payload).map_err(|_| Breach::Utf8)?.into()),
            TEXT | CONTINUATION => return self.fragment(header.fin, payload),
            BINARY => Message::Binary,
            PING => Message::Ping(payload),
            PONG => Message::Pong,
            _ => Message::Close(close_code(payload)?),
        }))
    }

    fn fragment<'a>(&mut self, last: bool, payload: &[u8]) -> Result<Option<Message<'a>>, Breach> {
        let partial = self.partial.get_or_insert_default();
        partial.bytes.extend_from_slice(payload);
        partial.valid += match str::from_utf8(&partial.bytes[partial.valid..]) {
            Ok(text) => text.len(),
            // A character may be cut in two, but not at the end.
            Err(error) if !last && error.error_len().is_none() => error.valid_up_to(),
            Err(_) => return Err(Breach::Utf8),
        };
        if !last {
            return Ok(None);
        }
        let text = self.partial.take().map(|partial| partial.bytes).unwrap_or_default();
        String::from_utf8(text).map(|text| Some(Message::Text(text.into()))).map_err(|_| Breach::Utf8)
    }
}

fn unmask(payload: &mut [u8], mask: [u8; 4]) {
    let (words, rest) = payload.as_chunks_mut::<4>();
    let key = u32::from_ne_bytes(mask);
    for word in words {
        *word = (u32::from_ne_bytes(*word) ^ key).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(mask) {
        *byte ^= key;
    }
}

fn close_code(payload: &[u8]) -> Result<Option<u16>, Breach> {
    let Some((code, reason)) = payload.split_first_chunk() else {
        return if payload.is_empty() { Ok(None) } else { Err(Breach::Framing) };
    };
    let code = u16::from_be_bytes(*code);
    // 1004 to 1006 and 1015 never stand in a frame; what lies between the registered codes is nobody's.
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(Breach::Framing);
    }
    str::from_utf8(reason).map_err(|_| Breach::Utf8)?;
    Ok(Some(code))
}

#[cfg(test)]
mod tests;
