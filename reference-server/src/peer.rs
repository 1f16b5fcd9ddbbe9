//! One connection as the others see it: a bounded outbox.
//!
//! Whoever has something for a connection puts it here and goes on; the connection's own task takes it from here
//! and writes it. Nobody ever waits for a peer: one that lets more than `limits.maxQueueBytes` pile up is ended,
//! and whatever was waiting goes with it.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
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
    /// Whether a frame of this connection has been accepted.
    known: AtomicBool,
    outbox: Lock<Outbox>,
}

#[derive(Debug, Default)]
struct Outbox {
    frames: VecDeque<Bytes>,
    /// Bytes of all frames that are here or have been taken and are not yet written.
    waiting: usize,
    /// Why the connection has to end, once it has to.
    end: Option<CloseCode>,
    /// Nothing is taken in any more.
    shut: bool,
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
        Self(Arc::new(Shared { id, max_bytes, known: AtomicBool::new(false), outbox: Lock::default() }))
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
    pub(crate) fn push(&self, frame: Bytes) -> bool {
        let size = size_on_wire(frame.len());
        self.grow(size, |frames| frames.push_back(frame))
    }

    /// Counts bytes that wait for the client without having come through here, like a pong.
    pub(crate) fn charge(&self, bytes: usize) {
        self.grow(bytes, |_| {});
    }

    fn grow(&self, bytes: usize, put: impl FnOnce(&mut VecDeque<Bytes>)) -> bool {
        let mut outbox = self.0.outbox.lock();
        if outbox.shut {
            return false;
        }
        let waiting = outbox.waiting + bytes;
        if waiting > self.0.max_bytes {
            outbox.end = Some(CloseCode::SlowConsumer);
            outbox.shut = true;
            outbox.frames = VecDeque::new();
        } else {
            outbox.waiting = waiting;
            put(&mut outbox.frames);
            if outbox.blocked {
                return false;
            }
        }
        let behind = outbox.is_behind(self.0.max_bytes);
        let waker = outbox.waker.take();
        drop(outbox);
        if let Some(waker) = waker {
            waker.wake();
        }
        behind
    }

    /// Whether more than half of the bound waits although the client, as far as is known, reads.
    ///
    /// Then it is the task of this connection that has not had its turn for too long, and whoever has more for it
    /// should let it have one first. That is no wait for the client: after its turn the task has written what there
    /// was, or knows that it is blocked.
    pub(crate) fn is_behind(&self) -> bool {
        self.0.outbox.lock().is_behind(self.0.max_bytes)
    }

    /// Takes nothing in any more. What waits may still be taken.
    pub(crate) fn shut(&self) {
        self.0.outbox.lock().shut = true;
    }

    /// Asks the connection to end with this code, behind its last words.
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

impl Outbox {
    fn is_behind(&self, max_bytes: usize) -> bool {
        self.waiting > max_bytes / 2 && !self.blocked && !self.shut
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    use super::*;

    /// Counts how often a task would have been woken.
    #[derive(Default)]
    struct Alarm(AtomicUsize);

    impl Wake for Alarm {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn frame(payload: usize) -> Bytes {
        Bytes::from(vec![b'x'; payload])
    }

    fn taken(peer: &Peer) -> (usize, Option<CloseCode>) {
        let mut batch = VecDeque::new();
        let end = peer.take(&mut batch);
        (batch.len(), end)
    }

    #[test]
    fn the_bound_is_on_the_bytes_on_the_wire() {
        let peer = Peer::new(1, 100);
        peer.push(frame(48));
        peer.push(frame(48));
        assert_eq!(taken(&peer), (2, None), "exactly the bound");
        let peer = Peer::new(1, 100);
        peer.push(frame(48));
        peer.push(frame(49));
        assert_eq!(taken(&peer), (0, Some(CloseCode::SlowConsumer)));
    }

    #[test]
    fn what_was_taken_counts_until_it_is_written() {
        let peer = Peer::new(1, 100);
        let waker = Waker::noop();
        peer.push(frame(58));
        assert_eq!(taken(&peer), (1, None));
        assert_eq!(peer.rest(30, true, waker), Rest::Sleep);
        peer.push(frame(68));
        assert_eq!(peer.ended(), None, "30 + 70 fit");
        peer.charge(1);
        assert_eq!(peer.ended(), Some(CloseCode::SlowConsumer));
    }

    #[test]
    fn a_task_that_rests_is_woken_once_by_the_next_frame() {
        let alarm = Arc::new(Alarm::default());
        let waker = Waker::from(Arc::clone(&alarm));
        let peer = Peer::new(1, 100);
        assert_eq!(peer.rest(0, false, &waker), Rest::Sleep);
        peer.push(frame(1));
        peer.push(frame(1));
        assert_eq!(alarm.0.load(Ordering::Relaxed), 1);
        assert_eq!(peer.rest(0, false, &waker), Rest::Again, "there is something to do");
    }

    #[test]
    fn a_blocked_task_is_woken_by_its_end_alone() {
        let alarm = Arc::new(Alarm::default());
        let waker = Waker::from(Arc::clone(&alarm));
        let peer = Peer::new(1, 100);
        assert_eq!(peer.rest(0, true, &waker), Rest::Sleep);
        peer.push(frame(88));
        assert_eq!(alarm.0.load(Ordering::Relaxed), 0);
        peer.push(frame(88));
        assert_eq!(alarm.0.load(Ordering::Relaxed), 1);
        assert_eq!(peer.rest(0, true, &waker), Rest::Again);
    }

    #[test]
    fn a_peer_is_behind_while_much_waits_for_its_task_and_not_for_its_client() {
        let peer = Peer::new(1, 100);
        assert!(!peer.push(frame(48)));
        assert!(peer.push(frame(1)), "more than half");
        taken(&peer);
        assert!(peer.is_behind(), "taken is not written");
        peer.rest(0, true, Waker::noop());
        assert!(!peer.is_behind(), "now it is the client that is waited for");
        peer.rest(53, false, Waker::noop());
        assert!(!peer.is_behind());
    }

    #[test]
    fn who_is_asked_to_end_may_have_last_words_and_when_shut_takes_none_in() {
        let peer = Peer::new(1, 100);
        peer.end(CloseCode::Draining);
        peer.end(CloseCode::Normal);
        peer.push(frame(48));
        assert!(peer.push(frame(48)));
        peer.shut();
        peer.push(frame(1));
        assert_eq!(taken(&peer), (2, Some(CloseCode::Draining)), "the first reason stands");
        assert!(!peer.is_behind(), "nobody waits for it");
    }
}
