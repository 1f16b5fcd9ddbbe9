//! A room: one order of chats, who is in it, and who hears what.
//!
//! Pure: it knows neither connections nor locks nor text, and is told what time it is. A member is whatever the hub
//! has put in.

pub(crate) mod news;
pub(crate) mod roster;

use std::collections::BTreeMap;
use std::time::Duration;

use roomwire_protocol::server::Member;
use roomwire_protocol::{Epoch, Seq, Timestamp, Topic, User};
use tokio::time::Instant;

use crate::peer::PeerId;
use news::{News, Newsroom};
use roster::{Names, Roster};

/// What a topic names, while somebody is in it.
#[derive(Debug)]
pub(crate) struct Room<M> {
    topic: Topic,
    epoch: Epoch,
    /// The last chat, 0 before the first.
    seq: Seq,
    /// When that was.
    at: Timestamp,
    members: BTreeMap<PeerId, Seat<M>>,
    roster: Roster,
    /// Without profile presence nobody is told anything.
    newsroom: Option<Newsroom>,
    forgotten: bool,
}

#[derive(Debug)]
struct Seat<M> {
    member: M,
    user: User,
}

/// What becomes of the place on the list of a user whose connection goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Going {
    /// By a leave: at once.
    Left,
    /// Lost: after this time, if nobody comes back.
    Lost(Duration),
}

impl<M> Room<M> {
    pub(crate) fn new(topic: Topic, epoch: Epoch, presence: bool) -> Self {
        Self {
            topic,
            epoch,
            seq: Seq::ZERO,
            at: Timestamp::ZERO,
            members: BTreeMap::new(),
            roster: Roster::default(),
            newsroom: presence.then(Newsroom::default),
            forgotten: false,
        }
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

    /// Lets a member in. Whoever is in already stays in, once, under the new names. What is to be told
    /// [before](Self::take_before_entering) has been told.
    pub(crate) fn enter(&mut self, id: PeerId, member: M, user: &User, names: Names) {
        debug_assert!(!self.forgotten, "the hub asks before it lets anybody in");
        if self.members.contains_key(&id) {
            self.roster.rename(user, names);
            return;
        }
        self.members.insert(id, Seat { member, user: user.clone() });
        if self.roster.join(user, names)
            && let Some(newsroom) = &mut self.newsroom
        {
            newsroom.note_joined(id, user.clone());
        }
    }

    /// Lets a member out. The room is forgotten with its last one. What is to be told
    /// [before](Self::take_before_leaving) has been told.
    pub(crate) fn leave(&mut self, id: PeerId, how: Going, now: Instant) {
        if let Some(Seat { user, .. }) = self.members.remove(&id) {
            let grace = match how {
                Going::Lost(grace) if self.newsroom.is_some() => roster::until(now, grace),
                _ => None,
            };
            if self.roster.part(&user, grace)
                && let Some(newsroom) = &mut self.newsroom
            {
                newsroom.note_left(user);
            }
        }
        self.forgotten = self.members.is_empty();
    }

    /// Whether this life of the topic is over: its number line ends here, and nobody comes in any more.
    pub(crate) fn is_forgotten(&self) -> bool {
        self.forgotten
    }

    /// Gives the next chat its place in the order, and its time: `now`, or that of the chat before where the clock was
    /// set back. `None` past 2^53 − 1, which no room lives to see.
    pub(crate) fn number_next(&mut self, now: Timestamp) -> Option<(Seq, Timestamp)> {
        self.seq = self.seq.next()?;
        self.at = self.at.max(now);
        Some((self.seq, self.at))
    }

    /// Everybody who hears a chat, its author included.
    pub(crate) fn members(&self) -> impl Iterator<Item = &M> {
        self.members.values().map(|seat| &seat.member)
    }

    /// The same, each with its id.
    pub(crate) fn seats(&self) -> impl Iterator<Item = (PeerId, &M)> {
        self.members.iter().map(|(id, seat)| (*id, &seat.member))
    }

    /// Every connection of one user.
    pub(crate) fn members_of(&self, user: &User) -> impl Iterator<Item = &M> {
        self.members.values().filter(move |seat| seat.user == *user).map(|seat| &seat.member)
    }

    /// Whether a user has a connection here.
    pub(crate) fn is_member(&self, user: &User) -> bool {
        self.roster.is_member(user)
    }

    /// How many users are on the list.
    pub(crate) fn count(&self) -> u64 {
        self.roster.count()
    }

    /// The first `max` users on the list.
    pub(crate) fn list(&self, max: usize) -> Vec<Member> {
        self.roster.shown(max)
    }

    /// One user, as the list shows it.
    pub(crate) fn entry(&self, user: &User) -> Member {
        self.roster.entry(user)
    }

    /// News that have to be told before anybody enters: those of goings.
    pub(crate) fn take_before_entering(&mut self, now: Instant) -> Option<News> {
        self.newsroom.as_mut().filter(|newsroom| newsroom.has_left())?.take(now)
    }

    /// News that have to be told before anybody leaves: those of comings.
    pub(crate) fn take_before_leaving(&mut self, now: Instant) -> Option<News> {
        self.newsroom.as_mut().filter(|newsroom| newsroom.has_joined())?.take(now)
    }

    /// Takes users in grace off the list, where that is over. News of comings have been taken before.
    pub(crate) fn expire(&mut self, now: Instant) {
        for user in self.roster.expire(now) {
            if let Some(newsroom) = &mut self.newsroom {
                newsroom.note_left(user);
            }
        }
    }

    /// News that are to be told now, if their time has come.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<News> {
        let members = self.members.len();
        let newsroom = self.newsroom.as_mut()?;
        if newsroom.due(members, now)? <= now { newsroom.take(now) } else { None }
    }

    /// When something is to be done here the next time.
    pub(crate) fn next_due(&self, now: Instant) -> Option<Instant> {
        let news = self.newsroom.as_ref().and_then(|newsroom| newsroom.due(self.members.len(), now));
        [news, self.roster.next_expiry()].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room() -> Room<&'static str> {
        Room::new(Topic::parse("8017").unwrap(), Epoch::parse("e").unwrap(), true)
    }

    fn enter(room: &mut Room<&'static str>, id: PeerId, name: &'static str) {
        room.enter(id, name, &User::parse(name).unwrap(), Names::default());
    }

    fn heard_by(room: &Room<&'static str>) -> Vec<&'static str> {
        room.members().copied().collect()
    }

    fn at(ms: u64) -> Timestamp {
        Timestamp::new(ms).unwrap()
    }

    #[test]
    fn chats_are_numbered_from_1_without_a_gap() {
        let mut room = room();
        assert_eq!(room.seq(), Seq::ZERO);
        let numbers: Vec<_> = (0..3).map(|_| room.number_next(at(5)).unwrap().0.get()).collect();
        assert_eq!(numbers, [1, 2, 3]);
        assert_eq!(room.seq().get(), 3);
    }

    #[test]
    fn time_does_not_go_back_in_a_room_though_the_clock_may() {
        let mut room = room();
        let times: Vec<_> = [7, 9, 3, 8, 11].map(|ms| room.number_next(at(ms)).unwrap().1.get()).into();
        assert_eq!(times, [7, 9, 9, 9, 11]);
    }

    #[test]
    fn entering_twice_is_one_membership() {
        let mut room = room();
        let now = Instant::now();
        enter(&mut room, 1, "ann");
        enter(&mut room, 2, "bob");
        enter(&mut room, 1, "ann");
        assert_eq!(heard_by(&room), ["ann", "bob"]);
        room.leave(1, Going::Left, now);
        assert_eq!(heard_by(&room), ["bob"]);
    }

    #[test]
    fn a_room_is_forgotten_with_its_last_member_and_not_before() {
        let mut room = room();
        let now = Instant::now();
        assert!(!room.is_forgotten(), "a new room waits for its first member");
        enter(&mut room, 1, "ann");
        enter(&mut room, 2, "bob");
        room.leave(1, Going::Left, now);
        assert!(!room.is_forgotten());
        room.leave(2, Going::Lost(Duration::from_secs(1)), now);
        assert!(room.is_forgotten());
    }
}
