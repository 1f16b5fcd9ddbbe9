//! A WebSocket client of our own: a library's refuses to write what a case has to write, and to read on where a case
//! has to see how it goes on.
//!
//! It opens connections, writes what it is given, and hands on what comes in, message by message, until the stream has
//! ended and the way it ended. It knows nothing of Roomwire. `wire` knows the frames, `handshake` the upgrade; here is
//! what moves their bytes.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

use crate::clock;
use crate::program::{LengthForm, Upgrade, close_body, opcode};
use crate::transcript::End;

mod handshake;
mod target;
pub mod tls;
pub mod wire;

pub use target::Target;
use wire::{Bits, Event, Reader, put_frame};

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
    /// A binary message.
    Binary(Vec<u8>),
    /// A pong with this payload, as [`shown`] writes it.
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

/// The receive buffer of a client that wants a small one; the operating system may round it up.
const SMALL_BUFFER_BYTES: u32 = 4096;
/// How much is gathered before it is written without being told.
const WRITE_BUFFER_BYTES: usize = 16 << 10;
/// How much is read at a time.
const READ_BUFFER_BYTES: usize = 16 << 10;
/// How many things may wait to be written. Only the client's own pongs ever wait behind one another: whoever writes
/// something else waits for it.
const MOST_WAITING: usize = 64;

/// What carries the bytes: TCP, or something around it.
pub trait Transport: AsyncRead + AsyncWrite + fmt::Debug + Send + Sync + Unpin + 'static {
    /// The TCP connection at the bottom.
    fn tcp(&self) -> &TcpStream;
}

impl Transport for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

type Stream = Box<dyn Transport>;

/// What a connection's two tasks are told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Course {
    On,
    /// Pings are not answered: for a server, a pong would be a sign of life.
    Quiet,
    /// The reader reads nothing until it is told to go on.
    Paused,
    Over,
}

/// Something to be written at one go, so that nothing comes between its segments.
#[derive(Debug)]
struct Job {
    segments: Vec<Vec<u8>>,
    /// How long to wait between two segments.
    pause: Duration,
    /// Whether the stream's writing side ends behind it.
    fin: bool,
    /// Told when it is written, or never will be.
    done: Option<oneshot::Sender<()>>,
}

/// The writing half of an open connection; its reading half is a task that ends with the stream.
#[derive(Debug)]
pub struct Connection {
    /// What was written and is not under way yet.
    unsent: Vec<u8>,
    jobs: mpsc::Sender<Job>,
    reader: JoinHandle<ReadHalf<Stream>>,
    writer: JoinHandle<WriteHalf<Stream>>,
    course: watch::Sender<Course>,
    /// Whether the client has sent a close frame.
    closing: Arc<AtomicBool>,
    deflates: bool,
    /// The longest that something had to wait to be written since it was last asked.
    blocked: Duration,
    /// Whether the server has taken nothing for so long that nothing more is written.
    stuck: bool,
}

/// An open socket whose messages nobody reads yet.
#[derive(Debug)]
pub struct Opened {
    stream: Stream,
    reader: Reader,
    /// The subprotocol that the server selected.
    pub subprotocol: Option<String>,
    /// Whether the server has taken up permessage-deflate, with a window that all messages fit.
    pub deflates: bool,
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
    let mut stream = connect(target, upgrade).await?;
    let answer = handshake::upgrade(&mut stream, target, upgrade).await?;
    let mut reader = Reader::new(answer.deflate);
    reader.push(&answer.rest);
    // What refers back further than was agreed on is not sent: plain text is always right.
    let deflates = answer.deflate.is_some_and(|deflate| !deflate.small_client_window);
    Ok(Opened { stream, reader, subprotocol: answer.subprotocol, deflates })
}

async fn connect(target: &Target, upgrade: &Upgrade) -> Result<Stream, OpenError> {
    let unreachable = |error: io::Error| OpenError::Unreachable(error.to_string());
    let address = target.address().await.map_err(unreachable)?;
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let socket = socket.map_err(unreachable)?;
    if upgrade.small_buffer {
        socket.set_recv_buffer_size(SMALL_BUFFER_BYTES).map_err(unreachable)?;
    }
    let stream = socket.connect(address).await.map_err(unreachable)?;
    stream.set_nodelay(true).map_err(unreachable)?;
    if !target.is_secure() {
        return Ok(Box::new(stream));
    }
    let trust = match &target.trust {
        Some(trust) => trust.clone(),
        None => tls::Trust::public().map_err(OpenError::Unreachable)?,
    };
    let host = target.url.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    Ok(Box::new(trust.wrap(host, stream).await.map_err(OpenError::Unreachable)?))
}

/// Connects, by TLS where the URL says so, and no more.
///
/// # Errors
/// What went wrong, where nothing took the connection or it could not be trusted.
pub async fn connect_plainly(target: &Target) -> Result<Box<dyn Transport>, OpenError> {
    connect(target, &Upgrade::default()).await
}

/// Sends the beginning of an upgrade request and no more, and waits until the server has ended the connection. Gives
/// whether it has within the limit.
///
/// # Errors
/// Where nothing took the connection.
pub async fn is_abandoned(target: &Target, upgrade: &Upgrade, limit: Duration) -> Result<bool, OpenError> {
    let connected = clock::within(target.connect_timeout, connect(target, upgrade)).await;
    let mut stream = connected.unwrap_or_else(|_| {
        let limit = target.connect_timeout.as_millis();
        Err(OpenError::Unreachable(format!("nothing took the connection within {limit} ms")))
    })?;
    let ended = async {
        // An error is an end too: whoever resets the connection has given it up.
        let _ = handshake::request(&mut stream, target, upgrade).await;
        let mut waste = [0; 1024];
        while stream.read(&mut waste).await.is_ok_and(|bytes| bytes > 0) {}
    };
    Ok(clock::within(limit, ended).await.is_ok())
}

impl Opened {
    /// Starts to read, handing everything that comes in to `on_incoming`, and gives the writing half.
    pub fn start(self, on_incoming: impl FnMut(Incoming) + Send + 'static) -> Connection {
        let (read_half, write_half) = tokio::io::split(self.stream);
        let (course, told) = watch::channel(Course::On);
        let (jobs, waiting) = mpsc::channel(MOST_WAITING);
        let closing = Arc::new(AtomicBool::new(false));
        let listener = Listener {
            stream: read_half,
            reader: self.reader,
            on_incoming,
            quiet: false,
            replies: jobs.clone(),
            closing: Arc::clone(&closing),
        };
        Connection {
            unsent: Vec::new(),
            jobs,
            reader: tokio::spawn(listener.listen(told.clone())),
            writer: tokio::spawn(write(write_half, waiting, told)),
            course,
            closing,
            deflates: self.deflates,
            blocked: Duration::ZERO,
            stuck: false,
        }
    }
}

/// The reading half at work.
struct Listener<F> {
    stream: ReadHalf<Stream>,
    reader: Reader,
    on_incoming: F,
    /// Whether pings go unanswered.
    quiet: bool,
    /// Where pongs go, and the answer to a close frame.
    replies: mpsc::Sender<Job>,
    closing: Arc<AtomicBool>,
}

impl<F: FnMut(Incoming)> Listener<F> {
    /// Reads to the end, or until it is told to stop.
    async fn listen(mut self, mut told: watch::Receiver<Course>) -> ReadHalf<Stream> {
        let mut chunk = vec![0; READ_BUFFER_BYTES];
        // The first frames may have come in one segment with the answer to the upgrade.
        if let Some(end) = self.hand_on() {
            (self.on_incoming)(Incoming::Ended(end));
            return self.stream;
        }
        loop {
            let course = *told.borrow_and_update();
            self.quiet = course == Course::Quiet;
            let read = match course {
                Course::Over => return self.stream,
                Course::Paused => {
                    if told.changed().await.is_err() {
                        return self.stream;
                    }
                    continue;
                }
                Course::On | Course::Quiet => tokio::select! {
                    read = self.stream.read(&mut chunk) => read,
                    changed = told.changed() => {
                        if changed.is_err() {
                            return self.stream;
                        }
                        continue;
                    }
                },
            };
            let end = match read {
                Ok(0) => Some(End::Fin),
                Ok(bytes) => {
                    self.reader.push(&chunk[..bytes]);
                    self.hand_on()
                }
                Err(error) => Some(explain_end(&error)),
            };
            if let Some(end) = end {
                (self.on_incoming)(Incoming::Ended(end));
                return self.stream;
            }
        }
    }

    /// Hands on what is there in full. Gives the end, where the server has broken RFC 6455.
    fn hand_on(&mut self) -> Option<End> {
        loop {
            let incoming = match self.reader.next() {
                Ok(None) => return None,
                Err(breach) => return Some(End::Broken(breach.to_string())),
                Ok(Some(Event::Ping(payload))) => {
                    if !self.quiet {
                        self.reply(opcode::PONG, &payload);
                    }
                    continue;
                }
                Ok(Some(Event::Text(text))) => Incoming::Text(text),
                Ok(Some(Event::Binary(bytes))) => Incoming::Binary(bytes),
                Ok(Some(Event::Pong(payload))) => Incoming::Pong(shown(&payload)),
                Ok(Some(Event::Close { code, reason })) => {
                    if !self.closing.swap(true, Ordering::Relaxed) {
                        let body = if code == 1005 { Vec::new() } else { close_body(code, b"") };
                        self.reply(opcode::CLOSE, &body);
                    }
                    Incoming::CloseFrame { code, reason }
                }
            };
            (self.on_incoming)(incoming);
        }
    }

    /// Answers a control frame. Where too much waits to be written, the server reads nothing: then an answer more or
    /// less makes no difference.
    fn reply(&self, opcode: u8, payload: &[u8]) {
        let mut frame = Vec::new();
        put_frame(&mut frame, Bits::whole(opcode), LengthForm::Shortest, payload);
        let job = Job { segments: vec![frame], pause: Duration::ZERO, fin: false, done: None };
        let _ = self.replies.try_send(job);
    }
}

/// Writes job after job until it is told to stop, or the stream takes no more.
async fn write(
    mut stream: WriteHalf<Stream>,
    mut jobs: mpsc::Receiver<Job>,
    mut told: watch::Receiver<Course>,
) -> WriteHalf<Stream> {
    let over = async move {
        // A sender that is gone tells the same.
        let _ = told.wait_for(|course| *course == Course::Over).await;
    };
    tokio::pin!(over);
    loop {
        let job = tokio::select! {
            biased;
            () = &mut over => return stream,
            job = jobs.recv() => job,
        };
        let Some(job) = job else { return stream };
        tokio::select! {
            biased;
            () = &mut over => return stream,
            // An error is not reported here: whatever broke the connection is what the reader reports as its end.
            _ = write_job(&mut stream, &job) => {}
        }
        if let Some(done) = job.done {
            // Whoever waited may have given up.
            let _ = done.send(());
        }
    }
}

async fn write_job(stream: &mut WriteHalf<Stream>, job: &Job) -> io::Result<()> {
    for (index, segment) in job.segments.iter().enumerate() {
        if index > 0 && !job.pause.is_zero() {
            clock::back_off(job.pause).await;
        }
        stream.write_all(segment).await?;
        stream.flush().await?;
    }
    if job.fin { stream.shutdown().await } else { Ok(()) }
}

/// The payload of a control frame as text: itself where it is UTF-8, else with its bytes escaped.
#[must_use]
pub fn shown(payload: &[u8]) -> String {
    str::from_utf8(payload).map_or_else(|_| payload.escape_ascii().to_string(), str::to_owned)
}

fn explain_end(error: &io::Error) -> End {
    match error.kind() {
        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => End::Reset,
        io::ErrorKind::UnexpectedEof => End::Fin,
        _ => End::Broken(error.to_string()),
    }
}

impl Connection {
    /// Writes bytes, which go out with the next [`flush`](Self::flush) at the latest: what is written without a flush
    /// in between shares segments, as a pipelining client's does.
    pub async fn send(&mut self, bytes: &[u8]) {
        self.unsent.extend_from_slice(bytes);
        if self.unsent.len() >= WRITE_BUFFER_BYTES {
            self.flush().await;
        }
    }

    /// Writes a whole text message.
    pub async fn send_text(&mut self, text: &str) {
        self.send_frame(opcode::TEXT, text.as_bytes()).await;
    }

    /// Writes a whole message or a control frame, with nothing wrong with it.
    pub async fn send_frame(&mut self, opcode: u8, payload: &[u8]) {
        if opcode == opcode::CLOSE {
            self.closing.store(true, Ordering::Relaxed);
        }
        put_frame(&mut self.unsent, Bits::whole(opcode), LengthForm::Shortest, payload);
        self.send(&[]).await;
    }

    /// Writes segment by segment, with a pause between any two, and nothing of the client's own between them; then
    /// ends the client's side of the stream where `fin` says so. What they hold is no close frame, or `closing` says
    /// that it is.
    pub async fn send_segments(
        &mut self,
        segments: Vec<Vec<u8>>,
        pause: Duration,
        (closing, fin): (bool, bool),
    ) {
        if closing {
            self.closing.store(true, Ordering::Relaxed);
        }
        self.flush().await;
        self.write(Job { segments, pause, fin, done: None }).await;
    }

    /// Sees to it that what was written goes out.
    pub async fn flush(&mut self) {
        if !self.unsent.is_empty() {
            let segments = vec![std::mem::take(&mut self.unsent)];
            self.write(Job { segments, pause: Duration::ZERO, fin: false, done: None }).await;
        }
    }

    /// Returns when it is written, or when the server has taken nothing for too long: then it takes nothing any more.
    /// An error is not reported here: whatever broke the connection is what the reader reports as its end.
    async fn write(&mut self, mut job: Job) {
        if self.stuck {
            return;
        }
        let (done, written) = oneshot::channel();
        job.done = Some(done);
        let (start, pauses) = (Instant::now(), job.segments.len().saturating_sub(1));
        let paused = job.pause * u32::try_from(pauses).unwrap_or(u32::MAX);
        let taken = async {
            if self.jobs.send(job).await.is_ok() {
                let _ = written.await;
            }
        };
        self.stuck = clock::within(clock::STUCK_AFTER + paused, taken).await.is_err();
        self.blocked = self.blocked.max(start.elapsed().saturating_sub(paused));
    }

    /// The longest that something had to wait to be written, since the server did not take it, since this was last
    /// asked.
    pub fn take_blocked(&mut self) -> Duration {
        std::mem::take(&mut self.blocked)
    }

    /// Whether the server takes nothing any more, so that what is sent goes nowhere.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.stuck
    }

    /// Whether messages may be compressed.
    #[must_use]
    pub fn deflates(&self) -> bool {
        self.deflates
    }

    /// From now on, pings go unanswered.
    pub fn keep_quiet(&self) {
        self.course.send_replace(Course::Quiet);
    }

    /// Stops reading, or reads on.
    pub fn pause(&self, paused: bool) {
        self.course.send_replace(if paused { Course::Paused } else { Course::On });
    }

    /// Drops the socket: by a reset, or by the end of the stream without a close frame. What has come in
    /// until now is still handed on; nothing is after this.
    pub async fn drop_socket(self, reset: bool) {
        self.course.send_replace(Course::Over);
        let (Ok(read), Ok(write)) = (self.reader.await, self.writer.await) else { return };
        if reset {
            // An error would mean that the peer was quicker, and the socket is gone already.
            let _ = read.unsplit(write).tcp().set_zero_linger();
        }
    }
}
