//! One connection as the others see it: a bounded outbox.
//!
//! Whoever has something for a connection puts it here and goes on; the connection's courier takes it from here and
//! writes it. Nobody ever waits for a peer: one that lets more than `limits.maxQueueBytes` pile up is ended, and
//! whatever was waiting goes with it.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Poll, Waker};

use roomwire_protocol::code::CloseCode;
use tokio::net::tcp::OwnedWriteHalf;

use crate::courier::Courier;
use crate::frame::Frame;
use crate::lock::Lock;
use crate::metrics::{Metrics, Stopwatch, clock};
use crate::parcel::{self, Parcel};

/// Names a connection for as long as the server runs.
pub(crate) type PeerId = u64;

/// A handle to an outbox: cheap to clone, safe to keep after the connection has gone.
#[derive(Clone, Debug)]
pub(crate) struct Peer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    id: PeerId,
    /// `limits.maxQueueBytes`.
    max_bytes: usize,
    courier: Arc<Courier>,
    metrics: Arc<Metrics>,
    /// Whether a frame of this connection has been accepted.
    known: AtomicBool,
    outbox: Lock<Outbox>,
    /// Runs while a delivery that is looked at waits to be written.
    watch: Stopwatch,
}

#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "they are independent: any may be so while any other is")]
struct Outbox {
    /// What waits. The first may be what is left of a frame that has been sent in part.
    frames: VecDeque<Frame>,
    /// Whether the first is.
    cut: bool,
    /// Bytes of all frames that are here, or are just being written.
    waiting: usize,
    line: Line,
    /// It is on the next round of its courier.
    noted: bool,
    /// The client keeps it from being written: more frames are no reason to try.
    blocked: bool,
    /// Why the connection has to end, once it has to.
    end: Option<CloseCode>,
    /// Nothing can be written any more.
    broken: bool,
    /// Nothing is taken in any more.
    shut: bool,
    /// Of the connection's own task.
    waker: Option<Waker>,
}

/// The way out.
#[derive(Debug, Default)]
enum Line {
    /// The connection's own task writes: it has not begun, it cannot share its stream, or it is about to end.
    #[default]
    Own,
    /// The courier may write.
    Open(OwnedWriteHalf),
    /// The courier writes at this moment.
    Busy,
    /// There is none any more.
    Gone,
}

/// What the task of a connection finds when it looks around.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outlook {
    /// With which code to end, if so.
    pub(crate) end: Option<CloseCode>,
    /// Nothing can be written any more.
    pub(crate) broken: bool,
    /// Something waits until the client reads.
    pub(crate) blocked: bool,
}

impl Peer {
    /// One whose deliveries nobody counts.
    #[cfg(test)]
    pub(crate) fn new(id: PeerId, max_bytes: usize, courier: Arc<Courier>) -> Self {
        Self::measured(id, max_bytes, courier, Arc::new(Metrics::new()))
    }

    pub(crate) fn measured(
        id: PeerId,
        max_bytes: usize,
        courier: Arc<Courier>,
        metrics: Arc<Metrics>,
    ) -> Self {
        let (known, watch) = (AtomicBool::new(false), Stopwatch::default());
        Self(Arc::new(Shared { id, max_bytes, courier, metrics, known, watch, outbox: Lock::default() }))
    }

    pub(crate) fn id(&self) -> PeerId {
        self.0.id
    }

    /// Remembers that a frame of this connection has been accepted, so that it is known who listens.
    pub(crate) fn introduce(&self) {
        self.0.known.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_known(&self) -> bool {
        self.0.known.load(Ordering::Relaxed)
    }

    /// Puts a frame behind all that waits. Past the bound, the connection is ended instead.
    ///
    /// Says whether this peer [is behind](Self::is_behind) now.
    pub(crate) fn push(&self, frame: Frame) -> bool {
        let mut outbox = self.0.outbox.lock();
        if outbox.shut {
            return false;
        }
        let waiting = outbox.waiting + frame.bytes().len();
        if waiting > self.0.max_bytes {
            outbox.overflow();
            return false;
        }
        outbox.waiting = waiting;
        outbox.frames.push_back(frame);
        if outbox.blocked {
            return false;
        }
        let behind = outbox.is_behind(self.0.max_bytes);
        let news = !mem::replace(&mut outbox.noted, true);
        drop(outbox);
        if news {
            self.0.courier.note(self.clone());
        }
        behind
    }

    /// Whether more than half of the bound waits although the client, as far as is known, reads.
    ///
    /// Then it is the courier that has not come by for too long, and whoever has more for this peer should let it do
    /// so first. That is no wait for the client: after its round the courier has written what there was, or knows that
    /// the client does not read.
    pub(crate) fn is_behind(&self) -> bool {
        self.0.outbox.lock().is_behind(self.0.max_bytes)
    }

    /// Measures how long it takes from now until all that waits has been written.
    pub(crate) fn start_watch(&self) {
        self.0.watch.start(clock());
    }

    /// How many bytes wait to be written.
    pub(crate) fn waiting(&self) -> usize {
        self.0.outbox.lock().waiting
    }

    /// How many more bytes may wait.
    pub(crate) fn free(&self) -> usize {
        self.0.max_bytes.saturating_sub(self.0.outbox.lock().waiting)
    }

    /// Takes nothing in any more. What waits may still be taken.
    pub(crate) fn shut(&self) {
        self.0.outbox.lock().shut = true;
    }

    /// Asks the connection to end with this code, behind its last words.
    pub(crate) fn end(&self, code: CloseCode) {
        let mut outbox = self.0.outbox.lock();
        outbox.end.get_or_insert(code);
        outbox.wake();
    }

    /// Makes the task of the connection look around.
    pub(crate) fn wake(&self) {
        self.0.outbox.lock().wake();
    }

    /// Looks around; from here on `waker` is woken when there is something new to see.
    pub(crate) fn look(&self, waker: &Waker) -> Outlook {
        let mut outbox = self.0.outbox.lock();
        match &mut outbox.waker {
            Some(known) => known.clone_from(waker),
            none => *none = Some(waker.clone()),
        }
        Outlook { end: outbox.end, broken: outbox.broken, blocked: outbox.blocked }
    }

    /// Lets the courier write to the connection from now on.
    pub(crate) fn open(&self, line: OwnedWriteHalf) {
        self.0.outbox.lock().line = Line::Open(line);
    }

    /// The client reads again: what waits goes with the next round.
    pub(crate) fn unblock(&self) {
        let mut outbox = self.0.outbox.lock();
        outbox.blocked = false;
        let news = !outbox.frames.is_empty() && !mem::replace(&mut outbox.noted, true);
        drop(outbox);
        if news {
            self.0.courier.note(self.clone());
        }
    }

    /// Writes what waits, where the courier may. Says how many frames that was.
    pub(crate) fn deliver(&self) -> usize {
        let mut outbox = self.0.outbox.lock();
        outbox.noted = false;
        if outbox.frames.is_empty() || outbox.blocked {
            return 0;
        }
        match mem::replace(&mut outbox.line, Line::Busy) {
            Line::Open(line) => {
                let (frames, cut) = outbox.empty();
                drop(outbox);
                let parcel = parcel::send(frames, cut, |bytes| line.try_write(bytes));
                self.settle(parcel, Line::Open(line))
            }
            other => {
                outbox.line = other;
                outbox.wake();
                0
            }
        }
    }

    /// The same for the connection's own task, by its own way to write. Says how many frames have been written.
    pub(crate) fn deliver_by(&self, write: impl FnMut(&[u8]) -> io::Result<usize>) -> usize {
        let (frames, cut) = self.0.outbox.lock().empty();
        if frames.is_empty() {
            return 0;
        }
        let parcel = parcel::send(frames, cut, write);
        self.settle(parcel, Line::Own)
    }

    /// Puts back what could not be written.
    fn settle(&self, parcel: Parcel, line: Line) -> usize {
        if self.0.watch.runs()
            && parcel.rest.is_empty()
            && let Some(time) = self.0.watch.stop(clock())
        {
            self.0.metrics.delivered_after(time);
        }
        let mut outbox = self.0.outbox.lock();
        outbox.waiting = outbox.waiting.saturating_sub(parcel.bytes);
        outbox.blocked = parcel.blocked;
        outbox.broken |= parcel.broken;
        if matches!(outbox.line, Line::Gone) {
            return parcel.frames;
        }
        outbox.line = line;
        let came = outbox.put_back(parcel.rest, parcel.cut);
        if parcel.blocked || parcel.broken || outbox.shut {
            outbox.wake();
        }
        let news = came && !outbox.blocked && !mem::replace(&mut outbox.noted, true);
        drop(outbox);
        if news {
            self.0.courier.note(self.clone());
        }
        parcel.frames
    }

    /// Takes the line back, for the connection's own task to end it, as soon as nobody else writes. `None` where it has
    /// gone.
    pub(crate) async fn line(&self) -> Option<OwnedWriteHalf> {
        poll_fn(|cx| {
            self.look(cx.waker());
            let mut outbox = self.0.outbox.lock();
            match mem::take(&mut outbox.line) {
                Line::Open(line) => Poll::Ready(Some(line)),
                Line::Busy => {
                    outbox.line = Line::Busy;
                    Poll::Pending
                }
                Line::Own | Line::Gone => Poll::Ready(None),
            }
        })
        .await
    }

    /// Takes all that waits.
    pub(crate) fn take(&self) -> VecDeque<Frame> {
        self.0.outbox.lock().empty().0
    }

    /// The connection is over, whoever still has a handle to it.
    pub(crate) fn hang_up(&self) {
        let mut outbox = self.0.outbox.lock();
        outbox.shut = true;
        outbox.frames = VecDeque::new();
        outbox.waker = None;
        let line = mem::replace(&mut outbox.line, Line::Gone);
        drop(outbox);
        drop(line);
    }
}

impl Outbox {
    fn is_behind(&self, max_bytes: usize) -> bool {
        self.waiting > max_bytes / 2 && !self.blocked && !self.shut
    }

    /// More waits than may: whatever it was is given up, but for a frame that the client has half of.
    fn overflow(&mut self) {
        self.end = Some(CloseCode::SlowConsumer);
        self.shut = true;
        self.frames.truncate(self.cut.into());
        self.frames.shrink_to_fit();
        self.wake();
    }

    fn empty(&mut self) -> (VecDeque<Frame>, bool) {
        (mem::take(&mut self.frames), mem::take(&mut self.cut))
    }

    /// Says whether something has come meanwhile.
    fn put_back(&mut self, mut rest: VecDeque<Frame>, cut: bool) -> bool {
        self.cut = cut;
        if self.end == Some(CloseCode::SlowConsumer) {
            rest.truncate(cut.into());
        }
        let came = !self.frames.is_empty();
        rest.append(&mut self.frames);
        if rest.is_empty() && rest.capacity() > KEPT {
            rest = VecDeque::new();
        }
        self.frames = rest;
        came
    }

    fn wake(&self) {
        if let Some(waker) = &self.waker {
            waker.wake_by_ref();
        }
    }
}

/// For how many frames an empty outbox keeps its space.
const KEPT: usize = 32;

#[cfg(test)]
mod tests;
