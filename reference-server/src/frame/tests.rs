use std::io::{self, Cursor, Read, Write};

use proptest::collection::vec;
use proptest::prelude::*;
use tokio_tungstenite::tungstenite;
use tungstenite::protocol::{Role, WebSocket, WebSocketConfig};

use super::*;

const MAX: usize = 300;

/// A frame of a client with this first byte.
fn masked(first: u8, payload: &[u8]) -> Vec<u8> {
    let mask = [7, 200, 0, 99];
    let mut bytes = Frame::new(first & 0x0f, &[payload]).bytes().to_vec();
    bytes[0] = first;
    bytes[1] |= MASKED;
    let header = bytes.len() - payload.len();
    for (byte, key) in bytes[header..].iter_mut().zip(mask.iter().cycle()) {
        *byte ^= key;
    }
    bytes.splice(header..header, mask);
    bytes
}

/// What is read, in words, when the bytes come in pieces that end at these places.
fn read(bytes: &[u8], ends: &[usize]) -> Vec<String> {
    let mut reader = Reader::new(MAX);
    let mut words = Vec::new();
    let mut input = Vec::new();
    let mut start = 0;
    let mut ends: Vec<_> = ends.iter().map(|end| end % (bytes.len() + 1)).collect();
    ends.sort_unstable();
    for end in ends.into_iter().chain([bytes.len()]) {
        input.extend_from_slice(&bytes[start..end]);
        start = end;
        loop {
            let (size, message) = match reader.read(&mut input) {
                Ok(read) => read,
                Err(breach) => {
                    words.push(format!("{breach:?}"));
                    return words;
                }
            };
            words.extend(message.map(|message| format!("{message:?}")));
            if size == 0 {
                break;
            }
            input.drain(..size);
            if matches!(words.last().map(String::as_str), Some(last) if last.starts_with("Close")) {
                return words;
            }
        }
    }
    words
}

fn check(bytes: &[u8], expected: &[&str]) {
    assert_eq!(read(bytes, &[]), expected, "{bytes:02x?}");
    let everywhere: Vec<_> = (0..bytes.len()).collect();
    assert_eq!(read(bytes, &everywhere), expected, "byte by byte: {bytes:02x?}");
}

#[test]
fn a_frame_of_the_server_has_the_shortest_header_there_is() {
    for (length, header) in [
        (0, &[0x81, 0][..]),
        (125, &[0x81, 125]),
        (126, &[0x81, 126, 0, 126]),
        (65_535, &[0x81, 126, 255, 255]),
        (65_536, &[0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]),
    ] {
        let text = "x".repeat(length);
        let frame = Frame::text(&text);
        assert_eq!(frame.bytes(), [header, text.as_bytes()].concat(), "{length}");
        assert_eq!(frame.payload(), text.as_bytes());
    }
    assert_eq!(Frame::pong(b"?").bytes(), b"\x8a\x01?");
    assert_eq!(Frame::close(Some(4101), "slow").bytes(), b"\x88\x06\x10\x05slow");
    assert_eq!(Frame::close(None, "").bytes(), b"\x88\x00");
}

#[test]
fn messages_are_read_whole_in_fragments_and_around_control_frames() {
    check(&masked(0x81, "Grüße".as_bytes()), &[r#"Text("Grüße")"#]);
    check(&masked(0x81, b""), &[r#"Text("")"#]);
    check(&[masked(0x01, b"a"), masked(0x00, b""), masked(0x80, b"b")].concat(), &[r#"Text("ab")"#]);
    let (start, end) = "ü".as_bytes().split_at(1);
    check(
        &[masked(0x01, start), masked(0x89, b"!"), masked(0x8a, b""), masked(0x80, end)].concat(),
        &["Ping([33])", "Pong", r#"Text("ü")"#],
    );
    check(&masked(0x82, b"\xff"), &["Binary"]);
    check(&masked(0x88, b""), &["Close(None)"]);
    check(&masked(0x88, b"\x0f\xa0why"), &["Close(Some(4000))"]);
}

#[test]
fn what_breaks_the_framing_is_a_breach() {
    let long = [b'x'; 126];
    for bytes in [
        b"\x81\x02hi".to_vec(),
        masked(0xc1, b"hi"),
        masked(0xa1, b"hi"),
        masked(0x91, b"hi"),
        masked(0x83, b"hi"),
        masked(0x8b, b"hi"),
        masked(0x80, b"hi"),
        masked(0x00, b"hi"),
        masked(0x09, b"hi"),
        masked(0x08, b""),
        masked(0x89, &long),
        masked(0x88, b"\x03"),
        // A length that is written longer than it has to be, and one that is no length.
        b"\x81\xfe\x00\x7d\x00\x00\x00\x00".to_vec(),
        b"\x81\xff\x00\x00\x00\x00\x00\x00\xff\xff\x00\x00\x00\x00".to_vec(),
        b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00".to_vec(),
    ] {
        check(&bytes, &["Framing"]);
    }
    check(&[masked(0x01, b"{"), masked(0x81, b"{}")].concat(), &["Framing"]);
    check(&[masked(0x01, b"{"), masked(0x82, b"{}")].concat(), &["Framing"]);
    for code in [0_u16, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535] {
        check(&masked(0x88, &code.to_be_bytes()), &["Framing"]);
    }
}

#[test]
fn what_is_not_utf8_is_a_breach_as_soon_as_that_is_certain() {
    check(&masked(0x81, b"\xff"), &["Utf8"]);
    check(&masked(0x81, b"\xc3"), &["Utf8"]);
    check(&masked(0x01, b"\xff"), &["Utf8"]);
    check(&[masked(0x01, b"\xc3"), masked(0x00, b"x")].concat(), &["Utf8"]);
    check(&[masked(0x01, b"\xc3"), masked(0x80, b"")].concat(), &["Utf8"]);
    check(&masked(0x88, b"\x03\xe8\xff"), &["Utf8"]);
}

#[test]
fn a_message_is_as_long_as_was_agreed_and_not_longer() {
    let most = [b'x'; MAX];
    let whole = format!("Text({:?})", "x".repeat(MAX));
    check(&masked(0x81, &most), &[&whole]);
    check(&[masked(0x01, &most[1..]), masked(0x89, b""), masked(0x80, b"x")].concat(), &["Ping([])", &whole]);
    check(&masked(0x81, &[b'x'; MAX + 1])[..4], &["TooBig"]);
    check(&[masked(0x01, &most), masked(0x80, b"x")].concat(), &["TooBig"]);
    check(&masked(0x82, &[0; MAX + 1])[..4], &["TooBig"]);
}

/// What the library reads of the same bytes.
fn read_by_the_library(bytes: &[u8]) -> Vec<String> {
    struct Stream<'a>(Cursor<&'a [u8]>);
    impl Read for Stream<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0.read(buffer)
        }
    }
    impl Write for Stream<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let settings = WebSocketConfig::default().max_message_size(Some(MAX)).max_frame_size(Some(MAX));
    let mut socket = WebSocket::from_raw_socket(Stream(Cursor::new(bytes)), Role::Server, Some(settings));
    let mut words = Vec::new();
    loop {
        use tungstenite::error::{Error, ProtocolError};
        let message = match socket.read() {
            Ok(message) => message,
            Err(Error::Capacity(_)) => return words.into_iter().chain(["TooBig".to_owned()]).collect(),
            Err(Error::Utf8(_)) => return words.into_iter().chain(["Utf8".to_owned()]).collect(),
            Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => return words,
            Err(Error::Protocol(_)) => return words.into_iter().chain(["Framing".to_owned()]).collect(),
            Err(other) => panic!("{other}"),
        };
        words.push(match message {
            tungstenite::Message::Text(text) => format!("Text({:?})", text.as_str()),
            tungstenite::Message::Binary(_) => "Binary".to_owned(),
            tungstenite::Message::Ping(payload) => format!("Ping({:?})", &payload[..]),
            tungstenite::Message::Pong(_) => "Pong".to_owned(),
            tungstenite::Message::Close(frame) => {
                words.push(format!("Close({:?})", frame.map(|frame| u16::from(frame.code))));
                return words;
            }
            tungstenite::Message::Frame(_) => unreachable!(),
        });
    }
}

/// A frame as clients send them, or nearly.
fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    let payload = prop_oneof![
        4 => "[a-zü🙂]{0,8}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..6),
        1 => (100..400_usize).prop_map(|length| vec![b'x'; length]),
    ];
    let first = prop_oneof![
        6 => Just(0x81_u8),
        6 => prop_oneof![Just(0x01_u8), Just(0x00), Just(0x80)],
        3 => prop_oneof![Just(0x89_u8), Just(0x8a)],
        1 => any::<u8>(),
    ];
    (first, payload, 0..40_u8).prop_map(|(first, payload, dice)| {
        let mut bytes = match (first, first & 0x0f) {
            // Codes that nobody may send are read differently; they have a test of their own.
            (_, CLOSE) => masked(0x88, b"\x0f\xa0"),
            // This reader does not wait for the rest of a binary message.
            (_, BINARY) => masked(0x82, &payload),
            _ => masked(first, &payload),
        };
        if dice == 0 {
            bytes[1] &= !MASKED;
        }
        bytes
    })
}

proptest! {
    #[test]
    fn the_library_reads_the_same_however_the_bytes_are_cut(
        frames in vec(any_frame(), 0..12),
        ends in vec(any::<usize>(), 0..20),
    ) {
        let bytes = frames.concat();
        let ours = read(&bytes, &ends);
        let theirs = read_by_the_library(&bytes);
        if ours != theirs {
            // What is not UTF-8 may be seen a fragment earlier here, and of two faults of a frame another one.
            let (last, before) = ours.split_last().expect("nothing less read than the library");
            let alike = last == "Utf8" || last == "Framing" && theirs.last().is_some_and(|last| last == "TooBig");
            prop_assert!(alike && theirs.starts_with(before), "{ours:?} and {theirs:?}");
        }
    }

    #[test]
    fn whatever_comes_is_read_or_refused(bytes in vec(any::<u8>(), 0..200), ends in vec(any::<usize>(), 0..8)) {
        let whole = read(&bytes, &[]);
        prop_assert_eq!(whole, read(&bytes, &ends));
    }
}
