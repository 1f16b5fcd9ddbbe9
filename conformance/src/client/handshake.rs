//! The upgrade request and its answer, written and read by hand: a library's client refuses on its own
//! account answers that a case has to see, such as one without the subprotocol that was offered.

use std::fmt::Write as _;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::http::uri::PathAndQuery;

use super::wire::Deflate;
use super::{OpenError, Target};
use crate::clock;
use crate::program::{HeadEdit, Upgrade};

/// The most that the head of an answer may take.
const MAX_HEAD_BYTES: usize = 64 << 10;
const MAX_HEADERS: usize = 100;
/// What parts the segments of a request that comes in many.
const BETWEEN_SEGMENTS: Duration = Duration::from_millis(2);
const EXTENSIONS: &str = "Sec-WebSocket-Extensions";

/// The answer to an upgrade that succeeded.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The subprotocol that the server selected.
    pub(crate) subprotocol: Option<String>,
    /// Permessage-deflate, where the server has taken it up.
    pub(crate) deflate: Option<Deflate>,
    /// What came behind the head in the same segment: the first frames.
    pub(crate) rest: Vec<u8>,
}

/// Asks for the upgrade and reads the answer.
pub(super) async fn upgrade(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    target: &Target,
    upgrade: &Upgrade,
) -> Result<Answer, OpenError> {
    let broken = |error: std::io::Error| OpenError::Handshake(error.to_string());
    let asked = request(stream, target, upgrade).await.map_err(broken)?;

    let mut received = Vec::with_capacity(1024);
    loop {
        if stream.read_buf(&mut received).await.map_err(broken)? == 0 {
            let so_far = if received.is_empty() { "before" } else { "in the middle of" };
            return Err(OpenError::Handshake(format!("the stream ended {so_far} the answer's head")));
        }
        if let Some(answer) = read_answer(&received, &asked)? {
            return Ok(answer);
        }
        if received.len() > MAX_HEAD_BYTES {
            return Err(OpenError::Handshake(format!("the answer's head is over {MAX_HEAD_BYTES} bytes")));
        }
    }
}

/// What the answer has to fit.
#[derive(Debug)]
pub(super) struct Asked {
    key: String,
    deflate: bool,
    /// Whether the server may say how far back a compressed message refers at most.
    client_window: bool,
}

/// Writes the request, or as much of it as the upgrade says.
pub(super) async fn request(
    stream: &mut (impl AsyncWrite + Unpin),
    target: &Target,
    upgrade: &Upgrade,
) -> std::io::Result<Asked> {
    let key = generate_key();
    let (mut head, segments) = head(target, upgrade, &key);
    for edit in &upgrade.head {
        if let HeadEdit::CutAt(length) = edit {
            head.truncate(*length);
        }
    }
    for (number, segment) in head.chunks(segments.max(1)).enumerate() {
        if number > 0 {
            // Without a pause the network puts together again what was cut.
            clock::back_off(BETWEEN_SEGMENTS).await;
        }
        stream.write_all(segment).await?;
        stream.flush().await?;
    }
    let offers = |what: &str| {
        upgrade.head.iter().any(|edit| match edit {
            HeadEdit::Add(name, value) | HeadEdit::Set(name, value) => {
                name == EXTENSIONS && value.contains(what)
            }
            _ => false,
        })
    };
    Ok(Asked { key, deflate: offers("permessage-deflate"), client_window: offers("client_max_window_bits") })
}

/// The head, and how many bytes a segment of it has.
fn head(target: &Target, upgrade: &Upgrade, key: &str) -> (Vec<u8>, usize) {
    let path = upgrade.path.as_deref().or(target.url.path_and_query().map(PathAndQuery::as_str));
    let host = target.url.authority().map_or("", |authority| authority.as_str());
    let mut headers: Vec<(String, Vec<u8>)> = [
        ("Host", host),
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", key),
    ]
    .map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec()))
    .into();
    let mut offered = upgrade.subprotocols.clone();
    if offered.is_empty() {
        offered.extend(target.subprotocol.clone());
    }
    if !offered.is_empty() {
        headers.push(("Sec-WebSocket-Protocol".into(), offered.join(", ").into_bytes()));
    }
    for (name, value) in &target.headers {
        headers.push((name.as_str().to_owned(), value.as_bytes().to_vec()));
    }
    let (mut method, mut version, mut segments) = ("GET", "HTTP/1.1", usize::MAX);
    for edit in &upgrade.head {
        match edit {
            HeadEdit::Method(other) => method = other,
            HeadEdit::Version(other) => version = other,
            HeadEdit::Without(name) => headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name)),
            HeadEdit::Set(name, value) => {
                match headers.iter_mut().find(|(header, _)| header.eq_ignore_ascii_case(name)) {
                    Some((_, old)) => *old = value.as_bytes().to_vec(),
                    None => headers.push((name.clone(), value.as_bytes().to_vec())),
                }
            }
            HeadEdit::Add(name, value) => headers.push((name.clone(), value.as_bytes().to_vec())),
            HeadEdit::Filler(name, bytes) => headers.push((name.clone(), vec![b'x'; *bytes])),
            HeadEdit::Shout => headers.iter_mut().for_each(|(header, _)| header.make_ascii_uppercase()),
            HeadEdit::Segments(bytes) => segments = *bytes,
            HeadEdit::CutAt(_) => {}
        }
    }
    let mut line = String::new();
    let _ = write!(line, "{method} {} {version}\r\n", path.unwrap_or("/"));
    let mut head = line.into_bytes();
    for (name, value) in headers {
        head.extend([name.as_bytes(), b": ", &value, b"\r\n"].concat());
    }
    head.extend(b"\r\n");
    (head, segments)
}

/// Reads the head of an answer; `None` where it is not there in full yet.
fn read_answer(received: &[u8], asked: &Asked) -> Result<Option<Answer>, OpenError> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Response::new(&mut headers);
    let length = match head.parse(received) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(error) => return Err(OpenError::Handshake(format!("the answer is no HTTP: {error}"))),
    };
    let status = head.code.unwrap_or_default();
    if status != 101 {
        return Err(OpenError::Status(status));
    }
    let header = |name: &str| {
        let header = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        Some(String::from_utf8_lossy(header.value).trim().to_owned())
    };
    let wrong = |what: &str| Err(OpenError::Handshake(format!("the 101 has a missing or wrong {what}")));
    if !header("Upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket")) {
        return wrong("Upgrade header");
    }
    let names_upgrade = |value: String| value.split(',').any(|v| v.trim().eq_ignore_ascii_case("upgrade"));
    if !header("Connection").is_some_and(names_upgrade) {
        return wrong("Connection header");
    }
    if header("Sec-WebSocket-Accept") != Some(derive_accept_key(asked.key.as_bytes())) {
        return wrong("Sec-WebSocket-Accept header");
    }
    let deflate = match header(EXTENSIONS) {
        None => None,
        Some(agreed) => Some(read_extension(&agreed, asked)?),
    };
    let subprotocol = header("Sec-WebSocket-Protocol");
    Ok(Some(Answer { subprotocol, deflate, rest: received[length..].to_vec() }))
}

/// Permessage-deflate as the server has agreed to it (RFC 7692): nothing else is ever offered.
fn read_extension(agreed: &str, asked: &Asked) -> Result<Deflate, OpenError> {
    let wrong = |what: &str| Err(OpenError::Handshake(format!("the 101 takes up {what}: {agreed:?}")));
    let mut words = agreed.split(';').map(str::trim);
    if words.next() != Some("permessage-deflate") || !asked.deflate {
        return wrong("an extension that was not offered");
    }
    let mut deflate = Deflate { server_no_context_takeover: false, small_client_window: false };
    let is_window =
        |bits: &str| bits.trim_matches('"').parse().is_ok_and(|bits: u8| (8..=15).contains(&bits));
    for word in words {
        let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
        match (name.trim(), value) {
            ("server_no_context_takeover", None) => deflate.server_no_context_takeover = true,
            // A server may say these unasked. The client never makes use of the messages before, and reads every window.
            ("client_no_context_takeover", None) => {}
            ("server_max_window_bits", Some(bits)) if is_window(bits) => {}
            ("client_max_window_bits", Some(bits)) if asked.client_window && is_window(bits) => {
                deflate.small_client_window = bits.trim_matches('"') != "15";
            }
            _ => return wrong("permessage-deflate with a parameter that was not offered"),
        }
    }
    Ok(deflate)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(head: &str) -> Result<Option<Answer>, OpenError> {
        let key = "dGhlIHNhbXBsZSBub25jZQ==".into();
        let asked = Asked { key, deflate: true, client_window: false };
        read_answer(head.as_bytes(), &asked)
    }

    #[test]
    fn an_answer_is_taken_only_with_the_accept_key_of_rfc_6455() {
        let head = "HTTP/1.1 101 S\r\nupgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n\
                    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\nrest";
        assert_eq!(read(head).unwrap().unwrap().rest, b"rest");
        assert!(read(&head.replace("s3pP", "s3pX")).is_err());
        assert!(read(&head.replace("keep-alive, Upgrade", "close")).is_err());
        assert!(read(&head[..40]).unwrap().is_none());
        assert_eq!(read("HTTP/1.1 200 OK\r\n\r\n").err(), Some(OpenError::Status(200)));
        assert!(read("SSH-2.0-x\r\n").is_err());
    }

    #[test]
    fn an_extension_is_taken_only_where_it_was_offered() {
        let head = |extension: &str| {
            format!(
                "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n{EXTENSIONS}: {extension}\r\n\r\n"
            )
        };
        let taken = |extension: &str| read(&head(extension)).map(|answer| answer.unwrap().deflate);
        let deflate = |server_no_context_takeover, small_client_window| {
            Ok(Some(Deflate { server_no_context_takeover, small_client_window }))
        };
        assert_eq!(taken("permessage-deflate"), deflate(false, false));
        assert_eq!(taken("permessage-deflate; server_no_context_takeover"), deflate(true, false));
        assert_eq!(taken("permessage-deflate; server_max_window_bits=12"), deflate(false, false));
        assert!(taken("permessage-deflate; server_max_window_bits=16").is_err());
        assert!(taken("permessage-deflate; client_max_window_bits=9").is_err());
        assert!(taken("x-webkit-deflate-frame").is_err());
        let asked = |deflate, client_window| {
            let key = "dGhlIHNhbXBsZSBub25jZQ==".into();
            Asked { key, deflate, client_window }
        };
        assert!(read_answer(head("permessage-deflate").as_bytes(), &asked(false, false)).is_err());
        let both = head("permessage-deflate; server_max_window_bits=12; client_max_window_bits=12");
        let answer = read_answer(both.as_bytes(), &asked(true, true)).unwrap().unwrap();
        assert_eq!(Ok(answer.deflate), deflate(false, true));
    }
}
