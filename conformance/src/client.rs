//! A WebSocket client: the one file that knows WebSocket's frames (`handshake` knows its upgrade).
//!
//! It opens connections, writes what it is given, and hands on what comes in, message by message, until the
//! stream has ended and the way it ended. It knows nothing of Roomwire.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpSocket, TcpStream, lookup_host};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, Uri};
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame, FrameHeader};
use tokio_tungstenite::tungstenite::protocol::{Message, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error};

use crate::clock;
use crate::handshake;
use crate::program::Upgrade;
use crate::transcript::End;

/// Where a subject listens, and what every upgrade request to it carries.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its URL, `ws://…`.
    pub url: Uri,
    /// Headers of each upgrade request.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// How long one attempt to connect may take.
    pub connect_timeout: Duration,
}

impl Target {
    /// A target without further headers.
    #[must_use]
    pub fn new(url: Uri) -> Self {
        Self { url, headers: Vec::new(), connect_timeout: Duration::from_secs(5) }
    }

    /// Whether it listens on a loopback address.
    #[must_use]
    pub fn is_on_this_machine(&self) -> bool {
        let host = self.url.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// The address that its host resolves to.
    pub(crate) async fn address(&self) -> io::Result<SocketAddr> {
        let host = self.url.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = self.url.port_u16().unwrap_or(80);
        let mut addresses = lookup_host((host, port)).await?;
        addresses.next().ok_or_else(|| io::Error::other(format!("{host} has no address")))
    }
}

/// Why a connection could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Nothing took the connection.
    #[error("could not connect: {0}")]
    Unreachable(String),
    /// Something took it, and answered the upgrade with another status than 101.
    #[error("the upgrade was answered with HTTP status {0}")]
    Status(u16),
    /// Something took it, and did not answer the upgrade as a WebSocket server does.
    #[error("the upgrade failed: {0}")]
    Handshake(String),
}

/// What comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Incoming {
    /// A text message.
    Text(String),
    /// A binary message of so many bytes.
    Binary(usize),
    /// A pong with this payload.
    Pong(String),
    /// A close frame.
    CloseFrame {
        /// Its code, 1005 where it has none.
        code: u16,
        /// Its reason.
        reason: String,
    },
    /// The end; nothing follows.
    Ended(End),
}

/// What goes out besides well-formed text messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outgoing {
    /// A text message.
    Text(String),
    /// A text message in WebSocket frames of so many bytes.
    Fragmented(String, usize),
    /// A text message of bytes that need not be UTF-8.
    TextBytes(Vec<u8>),
    /// A binary message.
    Binary(Vec<u8>),
    /// A ping.
    Ping(String),
    /// An unsolicited pong.
    Pong(String),
    /// A text frame with the first reserved bit set.
    ReservedBit,
    /// A frame with a reserved opcode.
    ReservedOpcode,
    /// A continuation frame.
    StrayContinuation,
    /// A close frame.
    Close(Option<u16>),
}

/// The receive buffer of a client that wants a small one; the operating system may round it up.
const SMALL_BUFFER_BYTES: u32 = 4096;

type Socket = WebSocketStream<TcpStream>;

/// What a reader is told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    On,
    Paused,
    Over,
}

/// The writing half of an open connection; its reading half is a task that ends with the stream.
#[derive(Debug)]
pub struct Connection {
    sink: SplitSink<Socket, Message>,
    reader: JoinHandle<Option<SplitStream<Socket>>>,
    reading: watch::Sender<Reading>,
}

/// An open socket whose messages nobody reads yet.
#[derive(Debug)]
pub struct Opened {
    socket: Socket,
    /// The subprotocol that the server selected.
    pub subprotocol: Option<String>,
}

/// Opens a connection.
///
/// # Errors
/// [`OpenError`] says at which step it failed.
pub async fn open(target: &Target, upgrade: &Upgrade) -> Result<Opened, OpenError> {
    let limit = target.connect_timeout;
    clock::within(limit, open_unbounded(target, upgrade)).await.unwrap_or_else(|_| {
        let limit = limit.as_millis();
        Err(OpenError::Handshake(format!("no answer to the upgrade request within {limit} ms")))
    })
}

async fn open_unbounded(target: &Target, upgrade: &Upgrade) -> Result<Opened, OpenError> {
    let unreachable = |error: io::Error| OpenError::Unreachable(error.to_string());
    let address = target.address().await.map_err(unreachable)?;
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let socket = socket.map_err(unreachable)?;
    if upgrade.small_buffer {
        socket.set_recv_buffer_size(SMALL_BUFFER_BYTES).map_err(unreachable)?;
    }
    let mut stream = socket.connect(address).await.map_err(unreachable)?;
    stream.set_nodelay(true).map_err(unreachable)?;
    let answer = handshake::upgrade(&mut stream, target, upgrade).await?;
    // Large enough that it is always the subject's limits that a case meets, never the client's.
    let config = WebSocketConfig::default()
        .read_buffer_size(16 << 10)
        .write_buffer_size(16 << 10)
        .max_message_size(Some(256 << 20))
        .max_frame_size(Some(256 << 20));
    let socket = WebSocketStream::from_partially_read(stream, answer.rest, Role::Client, Some(config)).await;
    Ok(Opened { socket, subprotocol: answer.subprotocol })
}

impl Opened {
    /// Starts to read, handing everything that comes in to `on_incoming`, and gives the writing half.
    pub fn start(self, on_incoming: impl FnMut(Incoming) + Send + 'static) -> Connection {
        let (sink, stream) = self.socket.split();
        let (reading, told) = watch::channel(Reading::On);
        let reader = tokio::spawn(read(stream, on_incoming, told));
        Connection { sink, reader, reading }
    }
}

/// Reads to the end, or gives the stream back when it is told to stop.
async fn read(
    mut stream: SplitStream<Socket>,
    mut on_incoming: impl FnMut(Incoming),
    mut told: watch::Receiver<Reading>,
) -> Option<SplitStream<Socket>> {
    loop {
        let reading = *told.borrow_and_update();
        let message = match reading {
            Reading::Over => return Some(stream),
            Reading::Paused => {
                told.changed().await.ok()?;
                continue;
            }
            Reading::On => tokio::select! {
                message = stream.next() => message,
                changed = told.changed() => {
                    changed.ok()?;
                    continue;
                }
            },
        };
        let incoming = match message {
            Some(Ok(Message::Text(text))) => Incoming::Text(text.as_str().to_owned()),
            Some(Ok(Message::Binary(bytes))) => Incoming::Binary(bytes.len()),
            Some(Ok(Message::Pong(payload))) => {
                Incoming::Pong(String::from_utf8_lossy(&payload).into_owned())
            }
            Some(Ok(Message::Close(frame))) => match frame {
                Some(CloseFrame { code, reason }) => {
                    Incoming::CloseFrame { code: code.into(), reason: reason.as_str().to_owned() }
                }
                None => Incoming::CloseFrame { code: 1005, reason: String::new() },
            },
            Some(Ok(Message::Ping(_) | Message::Frame(_))) => continue,
            Some(Err(error)) => Incoming::Ended(explain_end(&error)),
            None => Incoming::Ended(End::Fin),
        };
        let ended = matches!(incoming, Incoming::Ended(_));
        on_incoming(incoming);
        if ended {
            return None;
        }
    }
}

fn explain_end(error: &Error) -> End {
    match error {
        Error::ConnectionClosed
        | Error::AlreadyClosed
        | Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => End::Fin,
        Error::Io(error) => match error.kind() {
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => End::Reset,
            io::ErrorKind::UnexpectedEof => End::Fin,
            _ => End::Broken(error.to_string()),
        },
        error => End::Broken(error.to_string()),
    }
}

impl Connection {
    /// Writes one message, which goes out with the next [`flush`](Self::flush) at the latest: what is written
    /// without a flush in between shares segments, as a pipelining client's does. An error is not reported here: whatever broke the connection is what the reader
    /// reports as its end.
    pub async fn send(&mut self, outgoing: Outgoing) {
        let whole = |opcode, bytes: Vec<u8>| vec![Message::Frame(Frame::message(bytes, opcode, true))];
        let messages = match outgoing {
            Outgoing::Text(text) => vec![Message::text(text)],
            Outgoing::Fragmented(text, size) => fragments(text.as_bytes(), size.max(1)),
            Outgoing::TextBytes(bytes) => whole(OpCode::Data(Data::Text), bytes),
            Outgoing::Binary(bytes) => vec![Message::binary(bytes)],
            Outgoing::Ping(payload) => vec![Message::Ping(payload.into_bytes().into())],
            Outgoing::Pong(payload) => vec![Message::Frame(Frame::pong(payload.into_bytes()))],
            Outgoing::ReservedBit => {
                let header = FrameHeader { rsv1: true, ..FrameHeader::default() };
                vec![Message::Frame(Frame::from_payload(header, Bytes::from_static(b"{}")))]
            }
            Outgoing::ReservedOpcode => whole(OpCode::Data(Data::Reserved(3)), b"{}".to_vec()),
            Outgoing::StrayContinuation => whole(OpCode::Data(Data::Continue), b"{}".to_vec()),
            Outgoing::Close(code) => {
                let frame = code.map(|code| CloseFrame { code: code.into(), reason: "".into() });
                vec![Message::Close(frame)]
            }
        };
        for message in messages {
            if self.sink.feed(message).await.is_err() {
                return;
            }
        }
    }

    /// Sees to it that what was written goes out.
    pub async fn flush(&mut self) {
        let _ = self.sink.flush().await;
    }

    /// Stops reading, or reads on.
    pub fn pause(&self, paused: bool) {
        self.reading.send_replace(if paused { Reading::Paused } else { Reading::On });
    }

    /// Drops the socket: by a reset, or by the end of the stream without a close frame. What has come in
    /// until now is still handed on; nothing is after this.
    pub async fn drop_socket(self, reset: bool) {
        self.reading.send_replace(Reading::Over);
        let Ok(Some(stream)) = self.reader.await else { return };
        if let Ok(socket) = self.sink.reunite(stream)
            && reset
        {
            // An error would mean that the peer was quicker, and the socket is gone already.
            let _ = socket.get_ref().set_zero_linger();
        }
    }
}

fn fragments(bytes: &[u8], size: usize) -> Vec<Message> {
    let count = bytes.chunks(size).count();
    let frame = |(index, chunk): (usize, &[u8])| {
        let opcode = if index == 0 { Data::Text } else { Data::Continue };
        let last = index + 1 == count;
        Message::Frame(Frame::message(chunk.to_vec(), OpCode::Data(opcode), last))
    };
    bytes.chunks(size).enumerate().map(frame).collect()
}
