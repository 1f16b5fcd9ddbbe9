//! One WebSocket connection, from behind its handshake to its end: the task that reads it.
//!
//! It reads into a buffer that all connections of a thread share, so that a silent one needs none, and handles whole
//! messages where they lie; only what is cut off is kept for the next time. What is answered goes into the outbox,
//! and from there the courier writes it. So it goes on reading while the client does not read; and what waits
//! when the client says goodbye is sent before the goodbye is answered.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::mem;
use std::ops::ControlFlow;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use roomwire_protocol::code::CloseCode;
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};

use crate::connection::{Connection, Receipt};
use crate::deadline::{self, Lifeline};
use crate::frame::{Breach, Frame, Message, Reader};
use crate::linger;
use crate::parcel;
use crate::wire::{Duplex, Wire};

/// How long a connection that has to end is given to take the close frame and answer it.
pub(crate) const CLOSE_GRACE: Duration = Duration::from_secs(5);

/// How much one turn reads and handles, so that a client that sends without a pause does not keep the others from
/// theirs, nor those who hear it from being written to in between.
const TURN_BYTES: usize = 32 * 1024;
const TURN_MESSAGES: usize = 32;

thread_local! {
    /// What is being read: one for each thread, not one for each connection.
    static INPUT: RefCell<Box<[u8]>> = RefCell::new(vec![0; TURN_BYTES].into());
}

struct Socket {
    wire: Wire,
    reader: Reader,
    connection: Connection,
    lifeline: Lifeline,
    /// What has been read and not yet handled: the beginning of a frame, or what the last turn left over.
    input: Vec<u8>,
    /// There may be whole frames among it.
    left_over: bool,
    /// A text that has to wait until somebody else has had a turn. Nothing is handled before it.
    held: Option<Box<str>>,
}

/// Why a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// The client has said goodbye, with this code.
    Answered(Option<u16>),
    /// The connection has to be closed with this code.
    Close(CloseCode),
    /// What the client sends cannot be read any further; close with this code.
    Unreadable(CloseCode),
    /// The client has stopped sending without a goodbye. It may still read.
    Silent,
    /// There is nobody left to talk to.
    Gone,
}

impl Ending {
    /// The close code that the server has chosen.
    fn code(self) -> Option<CloseCode> {
        match self {
            Self::Close(code) | Self::Unreadable(code) => Some(code),
            Self::Answered(_) | Self::Silent | Self::Gone => None,
        }
    }
}

/// Talks with a client until one of both has had enough. `head` is what came right behind the handshake.
pub(crate) async fn talk(wire: Wire, head: Vec<u8>, connection: Connection) {
    let limits = &connection.hub().limits;
    let lifeline = Lifeline::new(limits);
    let reader = Reader::new(usize::try_from(limits.max_message_bytes).unwrap_or(usize::MAX));
    let left_over = !head.is_empty();
    let mut socket = Socket { wire, reader, connection, lifeline, input: head, left_over, held: None };
    let ending = poll_fn(|cx| socket.poll_turn(cx)).await;
    // Whoever is on the way out hears nothing more and keeps nobody waiting.
    socket.connection.retire();
    socket.connection.report_end(&ending, ending.code());
    // Whether the goodbye arrives is up to the client: an error here is its way to say no. What is needed for a moment
    // only is boxed, so that it does not make room for itself in every connection's task.
    let _ = Box::pin(deadline::within(CLOSE_GRACE, socket.end(ending))).await;
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
        let outlook = self.connection.peer().look(cx.waker());
        if outlook.broken {
            return ControlFlow::Break(Ending::Gone);
        }
        if let Some(code) = outlook.end {
            return ControlFlow::Break(Ending::Close(code));
        }
        if self.wire.poll_write(cx, self.connection.peer(), outlook.blocked).is_err() {
            return ControlFlow::Break(Ending::Gone);
        }
        if let Some(text) = self.held.take() {
            self.receive(&text)?;
        }
        if self.held.is_some() {
            // Unread frames are no silence.
            self.lifeline.hear();
            cx.waker().wake_by_ref();
        } else {
            self.take_in(cx)?;
        }
        match self.lifeline.poll_over(cx, self.connection.is_authenticated()) {
            Poll::Ready(code) => ControlFlow::Break(Ending::Close(code)),
            Poll::Pending => ControlFlow::Continue(()),
        }
    }

    /// Handles what is there, and then what can be read, up to the measure of a turn.
    fn take_in(&mut self, cx: &mut Context<'_>) -> ControlFlow<Ending> {
        if mem::take(&mut self.left_over) {
            self.handle_input()?;
            if self.left_over {
                cx.waker().wake_by_ref();
                return ControlFlow::Continue(());
            }
        }
        let mut bytes = 0;
        while bytes < TURN_BYTES && !self.left_over {
            match self.read(cx)? {
                Poll::Ready(read) => bytes += read,
                Poll::Pending => return ControlFlow::Continue(()),
            }
        }
        cx.waker().wake_by_ref();
        ControlFlow::Continue(())
    }

    /// Reads once, and handles what it has read. Says how many bytes that was.
    fn read(&mut self, cx: &mut Context<'_>) -> ControlFlow<Ending, Poll<usize>> {
        INPUT.with_borrow_mut(|buffer| {
            let mut buffer = ReadBuf::new(buffer);
            match self.wire.poll_read(cx, &mut buffer) {
                Poll::Pending => return ControlFlow::Continue(Poll::Pending),
                Poll::Ready(Err(_)) => return ControlFlow::Break(Ending::Gone),
                Poll::Ready(Ok(())) => {}
            }
            let fresh = buffer.filled_mut();
            if fresh.is_empty() {
                return ControlFlow::Break(Ending::Silent);
            }
            // Any byte is a sign of life: a client may take its time with a message of many fragments.
            self.lifeline.hear();
            if self.input.is_empty() {
                let handled = self.handle(fresh)?;
                if handled < fresh.len() {
                    self.input = fresh[handled..].to_vec();
                }
            } else {
                self.input.extend_from_slice(fresh);
                self.handle_input()?;
            }
            ControlFlow::Continue(Poll::Ready(fresh.len()))
        })
    }

    fn handle_input(&mut self) -> ControlFlow<Ending> {
        let mut input = mem::take(&mut self.input);
        let handled = self.handle(&mut input)?;
        if handled < input.len() {
            input.drain(..handled);
            self.input = input;
        }
        ControlFlow::Continue(())
    }

    /// Handles whole messages, up to the measure of a turn. Says how many bytes those had.
    fn handle(&mut self, input: &mut [u8]) -> ControlFlow<Ending, usize> {
        let (mut at, mut messages) = (0, 0);
        while at < input.len() {
            if messages == TURN_MESSAGES || self.held.is_some() {
                self.left_over = true;
                break;
            }
            let (size, message) = match self.reader.read(&mut input[at..]) {
                Ok(read) => read,
                Err(breach) => return ControlFlow::Break(Ending::Unreadable(code_of(breach))),
            };
            if size == 0 {
                break;
            }
            at += size;
            messages += 1;
            match message {
                Some(Message::Text(text)) => self.receive(&text)?,
                Some(Message::Ping(payload)) => {
                    self.connection.peer().push(Frame::pong(payload));
                }
                Some(Message::Binary) => {
                    return ControlFlow::Break(Ending::Close(CloseCode::UnsupportedData));
                }
                Some(Message::Close(code)) => return ControlFlow::Break(Ending::Answered(code)),
                Some(Message::Pong) | None => {}
            }
        }
        ControlFlow::Continue(at)
    }

    fn receive(&mut self, text: &str) -> ControlFlow<Ending> {
        let not_yet = self.connection.must_wait()
            || self.connection.receive(text).map_break(Ending::Close)? == Receipt::NotYet;
        self.held = not_yet.then(|| text.into());
        ControlFlow::Continue(())
    }

    /// Ends the connection in such a way that the client learns why, if it reads at all.
    async fn end(mut self, ending: Ending) -> io::Result<()> {
        if ending == Ending::Gone {
            return Ok(());
        }
        let Some(mut stream) = self.wire.reclaim(self.connection.peer()).await else { return Ok(()) };
        // What was answered before the end came; of a slow consumer's, what it has half of.
        let rest = self.connection.peer().take();
        let goodbye = match ending {
            Ending::Answered(code) => Some(Frame::close(code, "")),
            Ending::Close(code) | Ending::Unreadable(code) => {
                Some(Frame::close(Some(code.number()), code.name()))
            }
            Ending::Silent | Ending::Gone => None,
        };
        send(&mut stream, rest.into_iter().chain(goodbye).collect()).await?;
        // Nothing is sent behind a close frame, so the client may see the end of the stream at once.
        stream.shutdown().await?;
        let heard = match ending {
            Ending::Close(_) => hear_goodbye(&mut stream, &mut self.reader, mem::take(&mut self.input)).await,
            Ending::Silent => true,
            _ => false,
        };
        if !heard {
            linger::say_goodbye(&mut stream).await;
        }
        Ok(())
    }
}

fn code_of(breach: Breach) -> CloseCode {
    match breach {
        Breach::Framing => CloseCode::ProtocolError,
        Breach::Utf8 => CloseCode::InvalidText,
        Breach::TooBig => CloseCode::MessageTooBig,
    }
}

async fn send(stream: &mut Box<dyn Duplex>, mut frames: VecDeque<Frame>) -> io::Result<()> {
    poll_fn(|cx| {
        let parcel = parcel::send(mem::take(&mut frames), false, |bytes| {
            match Pin::new(&mut *stream).poll_write(cx, bytes) {
                Poll::Ready(written) => written,
                Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
            }
        });
        frames = parcel.rest;
        match (parcel.broken, frames.is_empty()) {
            (true, _) => Poll::Ready(Err(io::Error::from(io::ErrorKind::BrokenPipe))),
            (false, true) => Poll::Ready(Ok(())),
            (false, false) => Poll::Pending,
        }
    })
    .await?;
    stream.flush().await
}

/// Reads up to the client's close frame, and drops what comes before it. Says whether it came; once the framing is
/// broken, or the stream at its end, it will not.
async fn hear_goodbye(stream: &mut Box<dyn Duplex>, reader: &mut Reader, mut input: Vec<u8>) -> bool {
    loop {
        let mut handled = 0;
        loop {
            match reader.read(&mut input[handled..]) {
                Ok((_, Some(Message::Close(_)))) => return true,
                Ok((0, _)) => break,
                Ok((size, _)) => handled += size,
                Err(_) => return false,
            }
        }
        input.drain(..handled);
        if !matches!(stream.read_buf(&mut input).await, Ok(1..)) {
            return false;
        }
    }
}
