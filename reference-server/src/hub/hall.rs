//! A room behind its lock, and the chats of a turn, gathered.
//!
//! What is said within one turn goes to each member as one piece: it is encoded behind one another once, and then put
//! into all outboxes together. A courier sees to that before it goes its round; and whoever has anything else to say
//! or to change in the room does it first, which the lock sees to. So the order in an outbox is that in which
//! everything was handled.

use std::sync::{Arc, MutexGuard};

use super::{Live, LiveRoom};
use crate::courier::Courier;
use crate::frame::{self, Frame};
use crate::lock::Lock;

/// How much is gathered before it is handed out without waiting for the end of the turn, in bytes.
const GATHERED_MAX: usize = 16 * 1024;

/// For how many bytes the space is kept from one turn to the next.
const KEPT: usize = 8 * 1024;

#[derive(Debug)]
pub(crate) struct Hall(Lock<Live>);

/// Chats that have their numbers, and are in nobody's outbox yet.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    bytes: Vec<u8>,
    chats: usize,
    /// A courier is going to come by.
    noted: bool,
}

impl Hall {
    pub(super) fn new(live: Live) -> Self {
        Self(Lock::new(live))
    }

    /// Enters the room, for whatever there is to do. All that was said before is in the outboxes.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Live> {
        let mut live = self.0.lock();
        live.hand_out();
        live
    }

    /// Enters the room to say one more chat.
    pub(super) fn lock_to_say(&self) -> MutexGuard<'_, Live> {
        self.0.lock()
    }

    /// Puts what was said into the outboxes.
    pub(crate) fn hand_out(&self) {
        drop(self.lock());
    }

    /// The same, by the courier that was asked to come by.
    pub(crate) fn collect(&self) {
        self.lock().gathered.noted = false;
    }
}

impl Gathered {
    /// Takes in a chat. It is a frame of its own as well, for those who keep it.
    pub(super) fn add(&mut self, text: &str) -> Frame {
        let begin = self.bytes.len();
        frame::append_text(&mut self.bytes, text);
        self.chats += 1;
        Frame::encoded(&self.bytes[begin..], 1)
    }

    /// Gives the space back that was kept for the next turn. All has been handed out.
    pub(super) fn give_back(&mut self) {
        debug_assert_eq!(self.chats, 0, "whoever enters the room hands out first");
        self.bytes = Vec::new();
    }
}

impl Live {
    /// Sees to it that what was said is in the outboxes by the end of the turn.
    pub(super) fn hand_out_later(&mut self, shared: &LiveRoom, courier: &Courier) {
        if self.gathered.bytes.len() >= GATHERED_MAX {
            self.hand_out();
        } else if !self.gathered.noted {
            self.gathered.noted = true;
            courier.expect(Arc::clone(shared));
        }
    }

    /// Puts what was said into the outboxes.
    pub(super) fn hand_out(&mut self) {
        if self.gathered.chats == 0 {
            return;
        }
        let frame = Frame::encoded(&self.gathered.bytes, self.gathered.chats);
        self.gathered.chats = 0;
        self.gathered.bytes.clear();
        if self.gathered.bytes.capacity() > KEPT {
            self.gathered.bytes = Vec::new();
        }
        self.push_to_all(&frame);
    }
}
