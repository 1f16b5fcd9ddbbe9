//! A client that minds no rule: bytes out, frames in.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::client::in_time;
use roomwire_server::Server;

pub(crate) struct Raw {
    pub(crate) stream: TcpStream,
}

/// A connection for which the system keeps little, so that it is soon felt whether its client reads.
pub(crate) async fn small_stream(server: &Server) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(16 * 1024).unwrap();
    socket.connect(server.local_addr()).await.unwrap()
}

/// The header fields of an opening handshake, without the subprotocol.
pub(crate) const UPGRADE: &str = "Host: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                           Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

impl Raw {
    pub(crate) async fn connect(server: &Server) -> Self {
        Self { stream: small_stream(server).await }
    }

    /// Connects and opens a WebSocket.
    pub(crate) async fn open(server: &Server) -> Self {
        let mut raw = Self::connect(server).await;
        raw.send(format!("GET / HTTP/1.1\r\n{UPGRADE}\r\n").as_bytes()).await;
        let head = raw.head().await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        raw
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        in_time("sending", self.stream.write_all(bytes)).await.unwrap();
    }

    /// Reads the head of an HTTP answer.
    pub(crate) async fn head(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(in_time("the head", self.stream.read_u8()).await.unwrap());
        }
        String::from_utf8(head).unwrap().to_ascii_lowercase().replacen("http/", "HTTP/", 1)
    }

    /// Reads everything until the other side ends it.
    pub(crate) async fn rest(&mut self) -> Vec<u8> {
        let mut rest = Vec::new();
        in_time("the end", self.stream.read_to_end(&mut rest)).await.unwrap();
        rest
    }

    /// Reads one frame: opcode and payload. `None` at the end of the stream.
    pub(crate) async fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        let first = in_time("a frame", self.stream.read_u8()).await.ok()?;
        let length = match self.stream.read_u8().await.ok()? {
            126 => u64::from(self.stream.read_u16().await.ok()?),
            127 => self.stream.read_u64().await.ok()?,
            short => u64::from(short),
        };
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        in_time("a payload", self.stream.read_exact(&mut payload)).await.ok()?;
        Some((first & 15, payload))
    }

    /// Reads until the end: the texts, and the code of the close frame if there was one.
    pub(crate) async fn end(&mut self) -> (Vec<String>, Option<u16>) {
        let mut texts = Vec::new();
        while let Some((opcode, payload)) = self.frame().await {
            match opcode {
                1 => texts.push(String::from_utf8(payload).unwrap()),
                8 => {
                    assert_eq!(self.rest().await, b"", "nothing comes behind a close frame");
                    return (texts, payload.first_chunk().map(|code| u16::from_be_bytes(*code)));
                }
                _ => {}
            }
        }
        (texts, None)
    }
}

/// A whole masked frame.
pub(crate) fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    frame_of(0x80 | opcode, payload)
}

/// A masked frame with this first byte: final bit, reserved bits, opcode.
pub(crate) fn frame_of(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        short @ 0..=125 => bytes.push(0x80 | u8::try_from(short).unwrap()),
        medium @ 126..=0xffff => {
            bytes.push(0x80 + 126);
            bytes.extend(u16::try_from(medium).unwrap().to_be_bytes());
        }
        long => {
            bytes.push(0x80 + 127);
            bytes.extend((long as u64).to_be_bytes());
        }
    }
    let mask = [1, 2, 3, 4];
    bytes.extend(mask);
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

pub(crate) const HEARTBEAT: &str = r#"{"token":"u1","type":1,"payLoad":""}"#;
pub(crate) const ACK: &str = r#"{"type":1,"code":100,"data":""}"#;
