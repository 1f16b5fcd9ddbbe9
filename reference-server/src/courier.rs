//! Brings what waits in outboxes to the sockets: one call to the system a connection and turn, however many frames
//! have come together.
//!
//! A courier is a task, one for each thread that connections are served on. Whoever puts something into an empty
//! outbox puts the connection on the next round of its courier, and goes on: a chat to a thousand members wakes one
//! task, not a thousand. Before a round begins, everybody else who is ready has one more turn, so that what they say
//! goes along.

use std::future::poll_fn;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Poll, Waker};

use tokio::task::yield_now;

use crate::hub::Hall;
use crate::lock::Lock;
use crate::peer::Peer;

/// After so many connections of a round others have a turn: a round to thousands must not keep everybody waiting, and
/// what is said meanwhile still comes in time for those who have not had theirs.
const STOP: usize = 32;

#[derive(Debug, Default)]
pub(crate) struct Courier {
    next: Lock<Round>,
    frames: AtomicU64,
}

#[derive(Debug, Default)]
struct Round {
    /// Each is here once at most, so that there are never more than connections.
    peers: Vec<Peer>,
    /// Where something was said that is in nobody's outbox yet. Each is here once at most.
    rooms: Vec<Arc<Hall>>,
    waker: Option<Waker>,
}

impl Courier {
    /// Puts a connection on the next round. The caller sees to it that it is not on it already.
    pub(crate) fn note(&self, peer: Peer) {
        self.plan(|next| next.peers.push(peer));
    }

    /// Asks to [collect](Hall::collect) what was said in a room. The caller sees to it that nobody has asked before.
    pub(crate) fn expect(&self, room: Arc<Hall>) {
        self.plan(|next| next.rooms.push(room));
    }

    fn plan(&self, change: impl FnOnce(&mut Round)) {
        let mut next = self.next.lock();
        change(&mut next);
        let waker = next.waker.take();
        drop(next);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// How many frames it has brought in all.
    pub(crate) fn delivered(&self) -> u64 {
        self.frames.load(Ordering::Relaxed)
    }

    /// How many connections are on the next round.
    #[cfg(test)]
    pub(crate) fn expected(&self) -> usize {
        self.next.lock().peers.len()
    }

    /// Goes its rounds, for ever.
    pub(crate) async fn run(&self) {
        let (mut round, mut rooms) = (Vec::new(), Vec::new());
        loop {
            poll_fn(|cx| {
                let mut next = self.next.lock();
                if next.peers.is_empty() && next.rooms.is_empty() {
                    next.waker = Some(cx.waker().clone());
                    return Poll::Pending;
                }
                Poll::Ready(())
            })
            .await;
            self.give_way(&mut rooms).await;
            mem::swap(&mut self.next.lock().peers, &mut round);
            let mut frames = 0;
            for (place, peer) in round.drain(..).enumerate() {
                if place % STOP == STOP - 1 {
                    self.give_way(&mut rooms).await;
                }
                frames += peer.deliver();
            }
            self.frames.fetch_add(frames as u64, Ordering::Relaxed);
        }
    }

    /// Lets everybody else have a turn, and collects what they have said.
    async fn give_way(&self, rooms: &mut Vec<Arc<Hall>>) {
        yield_now().await;
        mem::swap(&mut self.next.lock().rooms, rooms);
        for room in rooms.drain(..) {
            room.collect();
        }
    }
}
