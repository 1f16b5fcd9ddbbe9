//! One WebSocket: the only file that knows what one is.
//!
//! One task runs it. In each turn it puts what waits in the outbox into the write buffer, reads, handles what it
//! has read, and at the end writes everything that has come together in one go. It goes on reading while the client
//! does not read. Answers are in the write buffer before the next message is read, so that those to the frames
//! before a close frame leave before its reply, which the library queues by itself. Only where the client has let that
//! buffer fill up and then says goodbye, what it had no room for is lost.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::mem;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use roomwire_protocol::code::CloseCode;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tokio_tungstenite::tungstenite::error::{Error, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message, Role, WebSocketConfig};

use crate::connection::{Connection, Receipt};
use crate::deadline::{self, Lifeline};
use crate::linger;
use crate::peer::{Rest, size_on_wire};
use crate::transport::Transport;

/// How long a connection that has to end is given to take the close frame and answer it.
pub(crate) const CLOSE_GRACE: Duration = Duration::from_secs(5);

/// Small, since most connections are silent most of the time. A longer message makes its own room.
const READ_BUFFER: usize = 4 * 1024;

/// How much is gathered before it is written, within a turn.
const WRITE_BUFFER: usize = 16 * 1024;

/// How much one turn handles, so that a client that sends without a pause does not keep the others from theirs, nor
/// those who hear it from writing in between.
const TURN_MESSAGES: usize = 32;
const TURN_BYTES: usize = 32 * 1024;

struct Socket {
    ws: WebSocketStream<Wire>,
    connection: Connection,
    lifeline: Lifeline,
    /// A text that has to wait until somebody else has had a turn. Nothing is read before it is handled.
    held: Option<Utf8Bytes>,
    /// Taken from the outbox, not yet in the write buffer.
    batch: VecDeque<Bytes>,
    /// Bytes in the write buffer.
    unwritten: usize,
}

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// The client has said goodbye; the reply is in the write buffer.
    Answered,
    /// The connection has to be closed with this code.
    Close(CloseCode),
    /// The client has stopped sending without a goodbye. It may still read.
    Silent,
    /// There is nobody left to talk to.
    Gone,
}

/// Talks with a client until one of both has had enough. `head` is what came right behind the handshake.
pub(crate) async fn talk(stream: Transport, head: Vec<u8>, connection: Connection) {
    let limits = &connection.hub().limits;
    let lifeline = Lifeline::new(limits);
    let settings = settings(limits.max_message_bytes, limits.max_queue_bytes);
    let wire = Wire { stream, heard: false, sent: 0 };
    // What is needed for a moment only is boxed, so that it does not make room for itself in every connection's task.
    let ws = Box::pin(WebSocketStream::from_partially_read(wire, head, Role::Server, Some(settings))).await;
    let mut socket = Socket { ws, connection, lifeline, held: None, batch: VecDeque::new(), unwritten: 0 };
    let ending = poll_fn(|cx| socket.poll_turn(cx)).await;
    // Whoever is on the way out hears nothing more and keeps nobody waiting.
    socket.connection.retire();
    socket.connection.report_end(&ending, ending.code());
    // Whether the goodbye arrives is up to the client: an error here is its way to say no.
    let _ = Box::pin(deadline::within(CLOSE_GRACE, socket.end(ending))).await;
}

fn settings(max_message_bytes: u64, max_queue_bytes: u64) -> WebSocketConfig {
    let message = usize::try_from(max_message_bytes).unwrap_or(usize::MAX);
    let queue = usize::try_from(max_queue_bytes).unwrap_or(usize::MAX);
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        // Whatever the outbox lets pass fits in; past that, pongs are not queued either.
        .max_write_buffer_size(queue.saturating_add(2 * WRITE_BUFFER))
        .max_message_size(Some(message))
        // A control frame is no message.
        .max_frame_size(Some(message.max(125)))
}

impl Socket {
    fn poll_turn(&mut self, cx: &mut Context<'_>) -> Poll<Ending> {
        match self.turn(cx) {
            ControlFlow::Break(ending) => Poll::Ready(ending),
            ControlFlow::Continue(()) => Poll::Pending,
        }
    }

    fn turn(&mut self, cx: &mut Context<'_>) -> ControlFlow<Ending> {
        self.connection.announce_drain();
        let (mut messages, mut bytes) = (0, 0);
        loop {
            self.feed(cx)?;
            if let Some(text) = self.held.take() {
                self.receive(text)?;
            }
            if self.held.is_some() {
                // Unread frames are no silence.
                self.lifeline.hear();
                cx.waker().wake_by_ref();
                break;
            }
            let message = match Pin::new(&mut self.ws).poll_next(cx) {
                Poll::Ready(Some(Ok(message))) => message,
                Poll::Ready(Some(Err(error))) => return ControlFlow::Break(Ending::of(&error)),
                Poll::Ready(None) => return ControlFlow::Break(Ending::Gone),
                Poll::Pending => break,
            };
            messages += 1;
            bytes += message.len();
            self.handle(message)?;
            if messages >= TURN_MESSAGES || bytes >= TURN_BYTES {
                self.feed(cx)?;
                cx.waker().wake_by_ref();
                break;
            }
        }
        let blocked = self.flush(cx)?;
        let written = self.account(blocked);
        if !blocked && self.batch.is_empty() {
            self.connection.note_delivery();
        }
        if !blocked && !self.batch.is_empty() {
            // The client has begun to read again in the middle of this turn.
            cx.waker().wake_by_ref();
        }
        if mem::take(&mut self.ws.get_mut().heard) {
            self.lifeline.hear();
        }
        if let Poll::Ready(code) = self.lifeline.poll_over(cx, self.connection.is_authenticated()) {
            return ControlFlow::Break(Ending::Close(code));
        }
        if self.connection.peer().rest(written, blocked, cx.waker()) == Rest::Again {
            cx.waker().wake_by_ref();
        }
        ControlFlow::Continue(())
    }

    /// Puts what waits in the outbox into the write buffer, as far as that takes it.
    fn feed(&mut self, cx: &mut Context<'_>) -> ControlFlow<Ending> {
        loop {
            if self.batch.is_empty()
                && let Some(code) = self.connection.peer().take(&mut self.batch)
            {
                return ControlFlow::Break(Ending::Close(code));
            }
            if self.batch.is_empty() {
                return ControlFlow::Continue(());
            }
            while !self.batch.is_empty() {
                match Pin::new(&mut self.ws).poll_ready(cx) {
                    Poll::Ready(Ok(())) => {}
                    Poll::Ready(Err(_)) => return ControlFlow::Break(Ending::Gone),
                    // The client does not read. It may have been given up because of that.
                    Poll::Pending => return self.look_for_end(),
                }
                let Some(frame) = self.batch.pop_front() else { break };
                self.unwritten += size_on_wire(frame.len());
                match Pin::new(&mut self.ws).start_send(text_message(frame.clone())) {
                    Ok(()) => {}
                    Err(Error::WriteBufferFull(_)) => {
                        self.unwritten -= size_on_wire(frame.len());
                        self.batch.push_front(frame);
                        return self.look_for_end();
                    }
                    Err(_) => return ControlFlow::Break(Ending::Gone),
                }
            }
        }
    }

    fn look_for_end(&self) -> ControlFlow<Ending> {
        match self.connection.peer().ended() {
            Some(code) => ControlFlow::Break(Ending::Close(code)),
            None => ControlFlow::Continue(()),
        }
    }

    fn receive(&mut self, text: Utf8Bytes) -> ControlFlow<Ending> {
        let not_yet = self.connection.must_wait()
            || self.connection.receive(&text).map_break(Ending::Close)? == Receipt::NotYet;
        self.held = not_yet.then_some(text);
        ControlFlow::Continue(())
    }

    fn handle(&mut self, message: Message) -> ControlFlow<Ending> {
        match message {
            Message::Text(text) => self.receive(text),
            Message::Binary(_) => ControlFlow::Break(Ending::Close(CloseCode::UnsupportedData)),
            Message::Close(_) => ControlFlow::Break(Ending::Answered),
            Message::Ping(payload) => {
                // The library answers it; it counts as waiting until the write buffer is empty again.
                let pong = size_on_wire(payload.len());
                self.unwritten += pong;
                self.connection.peer().charge(pong);
                ControlFlow::Continue(())
            }
            Message::Pong(_) | Message::Frame(_) => ControlFlow::Continue(()),
        }
    }

    /// Writes what has come together. Says whether the client keeps it from being written.
    fn flush(&mut self, cx: &mut Context<'_>) -> ControlFlow<Ending, bool> {
        match Pin::new(&mut self.ws).poll_flush(cx) {
            Poll::Ready(Ok(())) => ControlFlow::Continue(false),
            Poll::Ready(Err(_)) => ControlFlow::Break(Ending::Gone),
            Poll::Pending => ControlFlow::Continue(true),
        }
    }

    /// How many of the bytes in the write buffer have left it.
    fn account(&mut self, blocked: bool) -> usize {
        let sent = mem::take(&mut self.ws.get_mut().sent);
        let written = if blocked { sent.min(self.unwritten) } else { self.unwritten };
        self.unwritten -= written;
        written
    }

    /// Ends the connection in such a way that the client learns why, if it reads at all.
    async fn end(&mut self, ending: Ending) -> Result<(), Error> {
        let code = match ending {
            Ending::Gone => return Ok(()),
            Ending::Silent => {
                self.send_rest().await?;
                return self.ws.flush().await;
            }
            Ending::Answered => {
                // Reading on is what makes the library write its reply.
                while let Some(Ok(_)) = self.ws.next().await {}
                linger::say_goodbye(self.ws.get_mut()).await;
                return Ok(());
            }
            Ending::Close(code) => code,
        };
        if code != CloseCode::SlowConsumer {
            self.send_rest().await?;
        }
        let frame = CloseFrame { code: code.number().into(), reason: code.name().into() };
        self.ws.send(Message::Close(Some(frame))).await?;
        // Nothing is sent behind a close frame, so the client may see the end of the stream at once.
        self.ws.get_mut().shutdown().await?;
        if !self.hear_goodbye().await {
            linger::say_goodbye(self.ws.get_mut()).await;
        }
        Ok(())
    }

    /// Reads up to the client's close frame, and drops what comes before it. Says whether it came; once the framing is
    /// broken, or the stream at its end, it will not.
    async fn hear_goodbye(&mut self) -> bool {
        while let Some(Ok(message)) = self.ws.next().await {
            if message.is_close() {
                return true;
            }
        }
        false
    }

    /// Sends what was answered before the end came.
    async fn send_rest(&mut self) -> Result<(), Error> {
        loop {
            while let Some(frame) = self.batch.pop_front() {
                self.ws.feed(text_message(frame)).await?;
            }
            self.connection.peer().take(&mut self.batch);
            if self.batch.is_empty() {
                return Ok(());
            }
        }
    }
}

impl Ending {
    /// The close code that the server has chosen.
    fn code(self) -> Option<CloseCode> {
        match self {
            Self::Close(code) => Some(code),
            _ => None,
        }
    }

    /// What to do about an error of the library.
    fn of(error: &Error) -> Self {
        let code = match error {
            Error::Capacity(_) => CloseCode::MessageTooBig,
            Error::Utf8(_) => CloseCode::InvalidText,
            Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => return Self::Silent,
            Error::Protocol(_) => CloseCode::ProtocolError,
            _ => return Self::Gone,
        };
        Self::Close(code)
    }
}

/// A text message of bytes that are known to be UTF-8: shared, not copied, and not checked once more.
fn text_message(frame: Bytes) -> Message {
    Message::Frame(Frame::message(frame, OpCode::Data(Data::Text), true))
}

/// The stream, which remembers what went through it.
#[derive(Debug)]
struct Wire {
    stream: Transport,
    /// Whether anything came. Any byte is a sign of life: a client may take its time with a message of many fragments.
    heard: bool,
    /// How many bytes were taken to be sent.
    sent: usize,
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        self.heard |= buffer.filled().len() > before;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let sent = ready!(Pin::new(&mut self.stream).poll_write(cx, bytes))?;
        self.sent += sent;
        Poll::Ready(Ok(sent))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
