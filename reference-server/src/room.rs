//! A room: one order of chats, and who hears them.
//!
//! Pure: it knows neither connections nor locks nor text. A member is whatever the hub has put in.

use std::collections::BTreeMap;

use roomwire_protocol::{Epoch, Seq, Topic};

use crate::peer::PeerId;

/// What a topic names, while somebody is in it.
#[derive(Debug)]
pub(crate) struct Room<M> {
    topic: Topic,
    epoch: Epoch,
    /// The last chat, 0 before the first.
    seq: Seq,
    members: BTreeMap<PeerId, M>,
    forgotten: bool,
}

impl<M> Room<M> {
    pub(crate) fn new(topic: Topic, epoch: Epoch) -> Self {
        Self { topic, epoch, seq: Seq::ZERO, members: BTreeMap::new(), forgotten: false }
    }

    pub(crate) fn topic(&self) -> &Topic {
        &self.topic
    }

    pub(crate) fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    /// The last chat so far: what a new member hears first is the one behind it.
    pub(crate) fn seq(&self) -> Seq {
        self.seq
    }

    /// Lets a member in. Whoever is in already stays in, once.
    pub(crate) fn enter(&mut self, id: PeerId, member: M) {
        debug_assert!(!self.forgotten, "the hub asks before it lets anybody in");
        self.members.insert(id, member);
    }

    /// Lets a member out. The room is forgotten with its last one.
    pub(crate) fn leave(&mut self, id: PeerId) {
        self.members.remove(&id);
        self.forgotten = self.members.is_empty();
    }

    /// Whether this life of the topic is over: its number line ends here, and nobody comes in any more.
    pub(crate) fn is_forgotten(&self) -> bool {
        self.forgotten
    }

    /// Gives the next chat its place in the order. `None` past 2^53 − 1, which no room lives to see.
    pub(crate) fn number_next(&mut self) -> Option<Seq> {
        self.seq = self.seq.next()?;
        Some(self.seq)
    }

    /// Everybody who hears a chat, its author included.
    pub(crate) fn members(&self) -> impl Iterator<Item = &M> {
        self.members.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room() -> Room<&'static str> {
        Room::new(Topic::parse("8017").unwrap(), Epoch::parse("e").unwrap())
    }

    fn heard_by(room: &Room<&'static str>) -> Vec<&'static str> {
        room.members().copied().collect()
    }

    #[test]
    fn chats_are_numbered_from_1_without_a_gap() {
        let mut room = room();
        assert_eq!(room.seq(), Seq::ZERO);
        let numbers: Vec<_> = (0..3).map(|_| room.number_next().unwrap().get()).collect();
        assert_eq!(numbers, [1, 2, 3]);
        assert_eq!(room.seq().get(), 3);
    }

    #[test]
    fn entering_twice_is_one_membership() {
        let mut room = room();
        room.enter(1, "ann");
        room.enter(2, "bob");
        room.enter(1, "ann");
        assert_eq!(heard_by(&room), ["ann", "bob"]);
        room.leave(1);
        assert_eq!(heard_by(&room), ["bob"]);
    }

    #[test]
    fn a_room_is_forgotten_with_its_last_member_and_not_before() {
        let mut room = room();
        assert!(!room.is_forgotten(), "a new room waits for its first member");
        room.enter(1, "ann");
        room.enter(2, "bob");
        room.leave(1);
        assert!(!room.is_forgotten());
        room.leave(2);
        assert!(room.is_forgotten());
    }
}
