//! One connection as the others see it: a bounded outbox.
//!
//! Whoever has something for a connection puts it here and goes on; the connection's own task takes it from here
//! and writes it. Nobody ever waits for a peer: one that lets more than `limits.maxQueueBytes` pile up is ended,
//! and whatever was waiting goes with it.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::task::Waker;

use bytes::Bytes;
use roomwire_protocol::code::CloseCode;

use crate::lock::Lock;

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
    outbox: Lock<Outbox>,
}

#[derive(Debug, Default)]
struct Outbox {
    frames: VecDeque<Bytes>,
    /// Bytes of all frames that are here or have been taken and are not yet written.
    waiting: usize,
    /// Why the connection has to end, once it has to. From then on nothing is taken in.
    end: Option<CloseCode>,
    waker: Option<Waker>,
    /// The task waits for its client to read: more frames are no reason to wake it.
    blocked: bool,
}

/// What the task of a connection does when it has done what it could.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rest {
    /// Something has come in: have another turn.
    Again,
    /// Nothing to do: the waker is kept for the next frame.
    Sleep,
}

impl Peer {
    pub(crate) fn new(id: PeerId, max_bytes: usize) -> Self {
        Self(Arc::new(Shared { id, max_bytes, outbox: Lock::default() }))
    }

    pub(crate) fn id(&self) -> PeerId {
        self.0.id
    }

    /// Puts a frame behind all that waits. Past the bound, the connection is ended instead.
    pub(crate) fn push(&self, frame: Bytes) {
        let size = size_on_wire(frame.len());
        self.grow(size, |frames| frames.push_back(frame));
    }

    /// Counts bytes that wait for the client without having come through here, like a pong.
    pub(crate) fn charge(&self, bytes: usize) {
        self.grow(bytes, |_| {});
    }

    fn grow(&self, bytes: usize, put: impl FnOnce(&mut VecDeque<Bytes>)) {
        let mut outbox = self.0.outbox.lock();
        if outbox.end.is_some() {
            return;
        }
        let waiting = outbox.waiting + bytes;
        if waiting > self.0.max_bytes {
            outbox.end = Some(CloseCode::SlowConsumer);
            outbox.frames = VecDeque::new();
        } else {
            outbox.waiting = waiting;
            put(&mut outbox.frames);
            if outbox.blocked {
                return;
            }
        }
        let waker = outbox.waker.take();
        drop(outbox);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Asks the connection to end with this code, after what waits already.
    pub(crate) fn end(&self, code: CloseCode) {
        self.0.outbox.lock().end.get_or_insert(code);
        self.wake();
    }

    /// Makes the task of the connection look around.
    pub(crate) fn wake(&self) {
        let waker = self.0.outbox.lock().waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Takes all frames that wait into `batch`, which is empty. Says with which code to end, if so.
    pub(crate) fn take(&self, batch: &mut VecDeque<Bytes>) -> Option<CloseCode> {
        debug_assert!(batch.is_empty());
        let mut outbox = self.0.outbox.lock();
        mem::swap(&mut outbox.frames, batch);
        outbox.end
    }

    /// With which code to end, if so.
    pub(crate) fn ended(&self) -> Option<CloseCode> {
        self.0.outbox.lock().end
    }

    /// Ends a turn: `written` bytes of what was taken have left the process; `blocked` says that the client does
    /// not read at the moment.
    pub(crate) fn rest(&self, written: usize, blocked: bool, waker: &Waker) -> Rest {
        let mut outbox = self.0.outbox.lock();
        outbox.waiting -= written.min(outbox.waiting);
        outbox.blocked = blocked;
        if outbox.end.is_some() || (!blocked && !outbox.frames.is_empty()) {
            return Rest::Again;
        }
        outbox.waker = Some(waker.clone());
        Rest::Sleep
    }
}

/// The bytes of a text message of the server, with its frame header.
pub(crate) const fn size_on_wire(payload: usize) -> usize {
    payload
        + match payload {
            0..=125 => 2,
            126..=0xffff => 4,
            _ => 10,
        }
}
