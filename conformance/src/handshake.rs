//! The upgrade request and its answer, written and read by hand: a library's client refuses on its own
//! account answers that a case has to see, such as one without the subprotocol that was offered.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::client::{OpenError, Target};
use crate::program::{Upgrade, UpgradeFlaw};

/// The most that the head of an answer may take.
const MAX_HEAD_BYTES: usize = 64 << 10;
const MAX_HEADERS: usize = 100;

/// The answer to an upgrade that succeeded.
pub(crate) struct Answer {
    /// The subprotocol that the server selected.
    pub(crate) subprotocol: Option<String>,
    /// What came behind the head in the same segment: the first frames.
    pub(crate) rest: Vec<u8>,
}

/// Asks for the upgrade and reads the answer.
pub(crate) async fn upgrade(
    stream: &mut TcpStream,
    target: &Target,
    upgrade: &Upgrade,
) -> Result<Answer, OpenError> {
    let key = generate_key();
    let broken = |error: std::io::Error| OpenError::Handshake(error.to_string());
    stream.write_all(&request(target, upgrade, &key)).await.map_err(broken)?;

    let mut received = Vec::with_capacity(1024);
    loop {
        if stream.read_buf(&mut received).await.map_err(broken)? == 0 {
            let so_far = if received.is_empty() { "before" } else { "in the middle of" };
            return Err(OpenError::Handshake(format!("the stream ended {so_far} the answer's head")));
        }
        if let Some(answer) = read_answer(&received, &key)? {
            return Ok(answer);
        }
        if received.len() > MAX_HEAD_BYTES {
            return Err(OpenError::Handshake(format!("the answer's head is over {MAX_HEAD_BYTES} bytes")));
        }
    }
}

fn request(target: &Target, upgrade: &Upgrade, key: &str) -> Vec<u8> {
    let path = upgrade.path.as_deref();
    let path = path
        .or(target.url.path_and_query().map(tokio_tungstenite::tungstenite::http::uri::PathAndQuery::as_str))
        .unwrap_or("/");
    let host = target.url.authority().map_or("", |authority| authority.as_str());
    let mut request =
        format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n")
            .into_bytes();
    let version = if upgrade.flaw == Some(UpgradeFlaw::Version12) { 12 } else { 13 };
    request.extend(format!("Sec-WebSocket-Version: {version}\r\n").bytes());
    if upgrade.flaw != Some(UpgradeFlaw::NoKey) {
        request.extend(format!("Sec-WebSocket-Key: {key}\r\n").bytes());
    }
    if !upgrade.subprotocols.is_empty() {
        let offered = upgrade.subprotocols.join(", ");
        request.extend(format!("Sec-WebSocket-Protocol: {offered}\r\n").bytes());
    }
    for (name, value) in &target.headers {
        request.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    request.extend(b"\r\n");
    request
}

/// Reads the head of an answer; `None` where it is not there in full yet.
fn read_answer(received: &[u8], key: &str) -> Result<Option<Answer>, OpenError> {
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
    if header("Sec-WebSocket-Accept") != Some(derive_accept_key(key.as_bytes())) {
        return wrong("Sec-WebSocket-Accept header");
    }
    let subprotocol = header("Sec-WebSocket-Protocol");
    Ok(Some(Answer { subprotocol, rest: received[length..].to_vec() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(head: &str) -> Result<Option<Answer>, OpenError> {
        read_answer(head.as_bytes(), "dGhlIHNhbXBsZSBub25jZQ==")
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
}
