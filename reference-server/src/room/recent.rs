//! What was said in a room lately: the last chats, for those who come back, and the chats with an `id`, so that none is
//! said twice.
//!
//! Both hold the very bytes that were delivered, which all outboxes share. Both are bounded, a room's and all rooms'
//! together: the last chats by forgetting the oldest, the ids by [saying so](Recent::has_room), since an id that was
//! forgotten too early would be a chat that is said twice.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use roomwire_protocol::{RequestId, Seq, User};
use tokio::time::Instant;

use crate::frame::Frame;

/// How long an id is remembered. The protocol asks for five minutes at least (RES-12).
pub(crate) const ID_AGE: Duration = Duration::from_secs(5 * 60 + 5);

/// How long a chat is kept for those who come back. The protocol asks for five minutes of absence (RES-11).
pub(crate) const TAIL_AGE: Duration = Duration::from_mins(10);

/// How many chats are replayed at most.
pub(crate) const TAIL_MAX: usize = 1000;

/// What is too old goes at this pace, so that a busy room is not looked through all the time.
const SWEEP: Duration = Duration::from_secs(30);

/// Nothing of what was said is kept in memory for longer than this, whatever the settings are: the oldest of the last
/// chats go at this age at the latest, with the rooms that nobody is in. What is bounded by count or by bytes as well
/// may go earlier.
pub const KEPT_IN_MEMORY: Duration = TAIL_AGE.saturating_add(SWEEP);

/// What an entry costs beside its bytes, about.
const ENTRY: usize = 160;

/// How many bytes all rooms of a server may keep, of last chats and of chats with ids each.
#[derive(Debug)]
pub(crate) struct Budget {
    tails: AtomicUsize,
    ids: AtomicUsize,
    max: usize,
    /// How many bytes of last chats one room may keep.
    room_max: usize,
}

impl Budget {
    pub(crate) fn new(max: usize, room_max: usize) -> Self {
        Self { tails: AtomicUsize::new(0), ids: AtomicUsize::new(0), max, room_max }
    }

    /// How much of it is used.
    pub(crate) fn used(&self) -> Kept {
        Kept { last_chats: self.tails.load(Ordering::Relaxed), ids: self.ids.load(Ordering::Relaxed) }
    }
}

/// Bytes that are kept of all rooms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) last_chats: usize,
    pub(crate) ids: usize,
}

/// The name of a chat: an id is unique to its user.
pub(crate) type ChatName = (User, RequestId);

#[derive(Debug)]
pub(crate) struct Recent {
    /// The last chats without a gap.
    tail: VecDeque<(Instant, Frame)>,
    tail_bytes: usize,
    said: HashMap<ChatName, Frame>,
    /// The same names, oldest first.
    names: VecDeque<(Instant, ChatName)>,
    budget: Arc<Budget>,
}

impl Recent {
    pub(crate) fn new(budget: Arc<Budget>) -> Self {
        Self { tail: VecDeque::new(), tail_bytes: 0, said: HashMap::new(), names: VecDeque::new(), budget }
    }

    /// The delivery of the chat of this name, if it was said within [`ID_AGE`].
    pub(crate) fn delivery_of(&self, name: &ChatName) -> Option<&Frame> {
        self.said.get(name)
    }

    /// Whether another id can be remembered.
    pub(crate) fn has_room(&self) -> bool {
        self.budget.ids.load(Ordering::Relaxed) < self.budget.max
    }

    /// Takes in the chat that was just said.
    pub(crate) fn note(&mut self, name: Option<ChatName>, delivery: Frame, now: Instant) {
        if let Some(name) = name {
            self.budget.ids.fetch_add(delivery.bytes().len() + ENTRY, Ordering::Relaxed);
            self.said.insert(name.clone(), delivery.clone());
            self.names.push_back((now, name));
        }
        self.tail_bytes += delivery.bytes().len();
        self.budget.tails.fetch_add(delivery.bytes().len() + ENTRY, Ordering::Relaxed);
        self.tail.push_back((now, delivery));
        while self.tail.len() > TAIL_MAX
            || self.tail_bytes > self.budget.room_max
            || (self.tail.len() > 1 && self.budget.tails.load(Ordering::Relaxed) > self.budget.max)
        {
            self.drop_oldest();
        }
    }

    /// The chats from the one behind `since` up to `last`, which is the last one that was said; `None` where not all of
    /// them are here.
    pub(crate) fn missed(&self, since: Seq, last: Seq) -> Option<impl Iterator<Item = &Frame>> {
        let count = usize::try_from(last.get().checked_sub(since.get())?).ok()?;
        let first = self.tail.len().checked_sub(count)?;
        Some(self.tail.range(first..).map(|(_, delivery)| delivery))
    }

    /// Forgets what is too old.
    pub(crate) fn sweep(&mut self, now: Instant) {
        while self.tail.front().is_some_and(|(said, _)| *said + TAIL_AGE <= now) {
            self.drop_oldest();
        }
        while self.names.front().is_some_and(|(said, _)| *said + ID_AGE <= now) {
            if let Some((_, name)) = self.names.pop_front()
                && let Some(delivery) = self.said.remove(&name)
            {
                self.budget.ids.fetch_sub(delivery.bytes().len() + ENTRY, Ordering::Relaxed);
            }
        }
        if self.names.is_empty() && self.tail.is_empty() {
            // A room that was busy once does not keep the place for it.
            (self.tail, self.names, self.said) = Default::default();
        }
    }

    /// When there is something to sweep.
    pub(crate) fn next_sweep(&self, now: Instant) -> Option<Instant> {
        let tail = self.tail.front().map(|(said, _)| *said + TAIL_AGE);
        let name = self.names.front().map(|(said, _)| *said + ID_AGE);
        tail.into_iter().chain(name).min().map(|due| due.max(now + SWEEP))
    }

    fn drop_oldest(&mut self) {
        if let Some((_, delivery)) = self.tail.pop_front() {
            self.tail_bytes -= delivery.bytes().len();
            self.budget.tails.fetch_sub(delivery.bytes().len() + ENTRY, Ordering::Relaxed);
        }
    }
}

impl Drop for Recent {
    fn drop(&mut self) {
        let ids: usize = self.said.values().map(|delivery| delivery.bytes().len() + ENTRY).sum();
        self.budget.tails.fetch_sub(self.tail_bytes + self.tail.len() * ENTRY, Ordering::Relaxed);
        self.budget.ids.fetch_sub(ids, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn name(user: u8, id: u8) -> ChatName {
        (User::parse(&format!("u{user}")).unwrap(), RequestId::parse(&format!("{id}")).unwrap())
    }

    fn seq(number: u64) -> Seq {
        Seq::new(number).unwrap()
    }

    proptest! {
        /// Whatever is said, swept and asked for: all that was missed or nothing, and each name within its time once.
        #[test]
        fn it_agrees_with_a_model_that_forgets_nothing(
            steps in proptest::collection::vec((0u64..120, 0usize..200, proptest::option::of((0u8..3, 0u8..8))), 1..200),
            room_max in 200usize..20_000,
            budget_max in 1000usize..100_000,
            since in 0u64..250,
        ) {
            let budget = Arc::new(Budget::new(budget_max, room_max));
            let mut recent = Recent::new(Arc::clone(&budget));
            let (mut now, mut log) = (Instant::now(), Vec::new());
            let mut named: HashMap<ChatName, (Instant, usize)> = HashMap::new();
            for (seconds, size, id) in steps {
                now += Duration::from_secs(seconds);
                recent.sweep(now);
                let name = id.map(|(user, id)| name(user, id));
                if let Some(name) = &name {
                    let known = named.get(name).filter(|(said, _)| now < *said + ID_AGE);
                    prop_assert_eq!(recent.delivery_of(name), known.map(|(_, index)| &log[*index]));
                    if known.is_some() {
                        continue;
                    }
                    if !recent.has_room() {
                        prop_assert!(budget.used().ids >= budget_max);
                        continue;
                    }
                    named.insert(name.clone(), (now, log.len()));
                }
                let delivery = Frame::text(&format!("{:06}{}", log.len(), "x".repeat(size)));
                log.push(delivery.clone());
                recent.note(name, delivery, now);
                prop_assert!(recent.tail_bytes <= room_max);
                prop_assert!(recent.tail.len() <= 1 || budget.used().last_chats <= budget_max);
            }
            let last = log.len() as u64;
            match recent.missed(seq(since), seq(last)) {
                Some(missed) => {
                    prop_assert!(since <= last);
                    let missed: Vec<_> = missed.cloned().collect();
                    prop_assert_eq!(&missed[..], &log[usize::try_from(since).unwrap()..]);
                }
                None => prop_assert!(since > last || last - since > recent.tail.len() as u64),
            }
            drop(recent);
            prop_assert_eq!(budget.used(), Kept::default());
        }
    }

    #[test]
    fn a_busy_room_is_swept_at_a_pace() {
        let mut recent = Recent::new(Arc::new(Budget::new(1 << 20, 1 << 20)));
        let begun = Instant::now();
        assert_eq!(recent.next_sweep(begun), None);
        recent.note(Some(name(1, 1)), Frame::text("x"), begun);
        assert_eq!(recent.next_sweep(begun), Some(begun + ID_AGE));
        let late = begun + ID_AGE;
        assert_eq!(recent.next_sweep(late), Some(late + SWEEP));
        recent.sweep(late);
        assert_eq!(recent.delivery_of(&name(1, 1)), None);
        assert_eq!(recent.missed(seq(0), seq(1)).map(Iterator::count), Some(1));
        recent.sweep(begun + TAIL_AGE);
        assert!(recent.missed(seq(0), seq(1)).is_none());
        assert_eq!(recent.missed(seq(1), seq(1)).map(Iterator::count), Some(0));
    }
}
