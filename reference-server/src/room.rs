//! A room: one order of chats, who is in it, and who hears what.
//!
//! Pure: it knows neither connections nor locks nor text, and is told what time it is. A member is whatever the hub
//! has put in.

pub(crate) mod news;
pub(crate) mod recent;
pub(crate) mod roster;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use roomwire_protocol::client::Since;
use roomwire_protocol::server::Member;
use roomwire_protocol::{Epoch, Seq, Timestamp, Topic, User};
use tokio::time::Instant;

use crate::frame::Frame;
use crate::peer::PeerId;
use news::{News, Newsroom};
use recent::{Budget, ChatName, Recent};
use roster::{Names, Roster};

/// How long a room that has emptied, and in which something was said, waits for somebody to come back.
pub(crate) const EMPTY_AGE: Duration = Duration::from_mins(10);

/// What a topic names, while somebody is in it, and for a while longer where there is something to come back to.
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
    /// What was said lately. There is none before the first chat, nor without profile resume.
    recent: Option<Box<Recent>>,
    /// Since when nobody is here, where somebody was.
    empty_since: Option<Instant>,
    forgotten: bool,
}

/// What is for those who are let in.
pub(crate) type Missed = Vec<Frame>;

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
    /// With `news`, members are told who comes and goes, in frames of that many users or a few more.
    pub(crate) fn new(topic: Topic, epoch: Epoch, news: Option<usize>) -> Self {
        Self {
            topic,
            epoch,
            seq: Seq::ZERO,
            at: Timestamp::ZERO,
            members: BTreeMap::new(),
            roster: Roster::default(),
            newsroom: news.map(Newsroom::new),
            recent: None,
            empty_since: None,
            forgotten: false,
        }
    }

    /// Goes on where a life of the topic stood when nobody was here any more.
    pub(crate) fn resume_at(&mut self, seq: Seq, at: Timestamp, now: Instant) {
        (self.seq, self.at, self.empty_since) = (seq, at, Some(now));
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

    /// When the last chat was said.
    pub(crate) fn at(&self) -> Timestamp {
        self.at
    }

    /// Lets a member in. Whoever is in already stays in, once, under the new names. What is to be told
    /// [before](Self::take_before_entering) has been told.
    pub(crate) fn enter(&mut self, id: PeerId, member: M, user: &User, names: Names) {
        debug_assert!(!self.forgotten, "the hub asks before it lets anybody in");
        if self.members.contains_key(&id) {
            self.roster.rename(user, names);
            return;
        }
        self.empty_since = None;
        self.members.insert(id, Seat { member, user: user.clone() });
        if self.roster.join(user, names)
            && let Some(newsroom) = &mut self.newsroom
        {
            newsroom.note_joined(id, user.clone());
        }
    }

    /// Lets a member out. With its last one the room is [empty](Self::is_empty). What is to be told
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
        if self.members.is_empty() {
            // Rooms wait by the thousand for somebody to come back: none keeps the place that its members took.
            self.members = BTreeMap::new();
            self.empty_since.get_or_insert(now);
        }
    }

    /// Whether everybody has left.
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Whether everybody has left a room that somebody was in.
    pub(crate) fn was_left(&self) -> bool {
        self.empty_since.is_some()
    }

    /// Whether there is anything to come back to, once everybody has left: a chat that could be asked for, an id that
    /// must not be said again, or a place on the list. Not for ever.
    pub(crate) fn is_worth_keeping(&self, now: Instant) -> bool {
        (self.recent.is_some() || self.roster.count() > 0)
            && self.empty_since.is_none_or(|since| now < since + EMPTY_AGE)
    }

    /// Ends this life of the topic. Nobody is here.
    pub(crate) fn forget(&mut self) {
        debug_assert!(self.members.is_empty());
        self.forgotten = true;
        self.recent = None;
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

    /// The first delivery of a chat that was said here under this name.
    pub(crate) fn delivery_of(&self, name: &ChatName) -> Option<&Frame> {
        self.recent.as_ref()?.delivery_of(name)
    }

    /// Whether another id can be remembered.
    pub(crate) fn has_room_for_ids(&self) -> bool {
        self.recent.as_ref().is_none_or(|recent| recent.has_room())
    }

    /// Keeps the chat that was just numbered, as it was delivered, for those who come back.
    pub(crate) fn note(
        &mut self,
        name: Option<ChatName>,
        delivery: Frame,
        now: Instant,
        budget: &Arc<Budget>,
    ) {
        let recent = self.recent.get_or_insert_with(|| Box::new(Recent::new(Arc::clone(budget))));
        recent.note(name, delivery, now);
    }

    /// What this connection missed since then: all of it, or `None` where it is not all here, was another life of the
    /// topic, or the connection has missed nothing, being in.
    pub(crate) fn missed(&self, id: PeerId, since: &Since) -> Option<Missed> {
        if since.epoch != self.epoch || since.seq > self.seq || self.members.contains_key(&id) {
            return None;
        }
        if since.seq == self.seq {
            return Some(Missed::new());
        }
        Some(self.recent.as_ref()?.missed(since.seq, self.seq)?.cloned().collect())
    }

    /// How many connections hear a chat.
    pub(crate) fn size(&self) -> usize {
        self.members.len()
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

    /// Does what time asks for: takes users in grace off the list, where that is over, and forgets what is too old. News
    /// of comings have been taken before.
    pub(crate) fn expire(&mut self, now: Instant) {
        if let Some(recent) = &mut self.recent {
            recent.sweep(now);
        }
        for user in self.roster.expire(now) {
            if let Some(newsroom) = &mut self.newsroom {
                newsroom.note_left(user);
            }
        }
    }

    /// News that are to be told now, if their time has come.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<News> {
        let newsroom = self.newsroom.as_mut()?;
        if newsroom.due(self.members.len(), now)? <= now { newsroom.take(now) } else { None }
    }

    /// When something is to be done here the next time.
    pub(crate) fn next_due(&self, now: Instant) -> Option<Instant> {
        let news = self.newsroom.as_ref().and_then(|newsroom| newsroom.due(self.members.len(), now));
        let sweep = self.recent.as_ref().and_then(|recent| recent.next_sweep(now));
        let end = self.empty_since.map(|since| since + EMPTY_AGE);
        [news, self.roster.next_expiry(), sweep, end].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room() -> Room<&'static str> {
        Room::new(Topic::parse("8017").unwrap(), Epoch::parse("e").unwrap(), Some(100))
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
    fn an_empty_room_is_kept_for_who_may_come_back_within_the_grace() {
        let (mut room, now, grace) = (room(), Instant::now(), Duration::from_millis(700));
        enter(&mut room, 1, "ann");
        room.take_due(now);
        room.leave(1, Going::Lost(grace), now);
        assert!(room.is_worth_keeping(now));
        assert_eq!(room.next_due(now).unwrap(), now + grace);
        room.expire(now + grace);
        assert!(!room.is_worth_keeping(now + grace));
    }

    #[test]
    fn an_empty_room_is_kept_for_what_was_said_and_not_for_ever() {
        let mut room = room();
        let now = Instant::now();
        enter(&mut room, 1, "ann");
        room.leave(1, Going::Left, now);
        assert!(room.is_empty() && !room.is_worth_keeping(now), "nothing was said");
        enter(&mut room, 1, "ann");
        room.number_next(at(1)).unwrap();
        room.note(None, Frame::text("x"), now, &Arc::new(Budget::new(100, 100)));
        room.leave(1, Going::Lost(Duration::ZERO), now);
        assert!(room.is_worth_keeping(now + EMPTY_AGE / 2));
        assert_eq!(room.next_due(now), Some(now), "there are news");
        room.take_due(now);
        assert_eq!(room.next_due(now), Some(now + EMPTY_AGE));
        assert!(!room.is_worth_keeping(now + EMPTY_AGE));
        enter(&mut room, 2, "bob");
        assert!(room.is_worth_keeping(now + EMPTY_AGE), "somebody is in");
    }

    #[test]
    fn all_that_was_missed_comes_or_nothing() {
        let mut room = room();
        let now = Instant::now();
        let budget = Arc::new(Budget::new(10_000, 250));
        for number in 1..=5 {
            room.number_next(at(number)).unwrap();
            room.note(None, Frame::text(&"x".repeat(98)), now, &budget);
        }
        let since =
            |epoch: &str, seq| Since { epoch: Epoch::parse(epoch).unwrap(), seq: Seq::new(seq).unwrap() };
        let missed =
            |room: &Room<_>, epoch, seq| room.missed(1, &since(epoch, seq)).map(|missed| missed.len());
        assert_eq!(missed(&room, "e", 5), Some(0));
        assert_eq!(missed(&room, "e", 3), Some(2));
        assert_eq!(missed(&room, "e", 2), None, "the third has been dropped for want of room");
        assert_eq!(missed(&room, "e", 6), None, "the future");
        assert_eq!(missed(&room, "another", 5), None);
        enter(&mut room, 1, "ann");
        assert_eq!(missed(&room, "e", 5), None, "who is in has missed nothing");
    }

    mod folding {
        use std::collections::{BTreeMap, BTreeSet};

        use proptest::prelude::*;

        use super::*;

        /// What a member knows: the list behind its 201, and all news since.
        type Known = BTreeMap<PeerId, BTreeSet<String>>;

        /// Tells everybody as the hub does, and checks each count.
        fn tell(room: &Room<u8>, known: &mut Known, news: Option<&News>) {
            let count = room.count();
            for (id, list) in known.iter_mut() {
                match news {
                    Some(News::Joined(comings)) => {
                        let own = comings.iter().position(|(coming, _)| coming == id);
                        list.extend(
                            comings[own.map_or(0, |own| own + 1)..].iter().map(|(_, user)| user.to_string()),
                        );
                        assert_eq!(list.len() as u64, count);
                    }
                    Some(News::Left(goings)) => {
                        for user in goings {
                            list.remove(user.as_str());
                        }
                        assert_eq!(list.len() as u64, count);
                    }
                    None => {}
                }
            }
        }

        proptest! {
            /// Whoever folds lists and news has the list, with its count at every moment, in rooms small and large.
            #[test]
            fn lists_and_news_folded_are_the_list(
                crowd in 0u64..40,
                grace in prop_oneof![Just(0u64), 1u64..300],
                steps in proptest::collection::vec((0u64..50, 0u64..12, 0u8..6, 0u8..4), 1..150),
            ) {
                let mut room: Room<u8> =
                    Room::new(Topic::parse("t").unwrap(), Epoch::parse("e").unwrap(), Some(100));
                let user = |number: u8| User::parse(&format!("u{number}")).unwrap();
                let (mut now, mut known, mut seats) = (Instant::now(), Known::new(), BTreeMap::new());
                let people = |room: &Room<u8>| {
                    room.list(1000).iter().map(|entry| entry.user.to_string()).collect::<BTreeSet<_>>()
                };
                let here = (0..crowd).map(|id| (0, 1000 + id, u8::try_from(100 + id).unwrap(), 0));
                for (ms, id, who, what) in here.chain(steps) {
                    now += Duration::from_millis(ms);
                    if what < 2 {
                        let news = room.take_before_entering(now);
                        tell(&room, &mut known, news.as_ref());
                        let who = *seats.entry(id).or_insert(who);
                        room.enter(id, 0, &user(who), Names::default());
                        known.insert(id, people(&room));
                    } else {
                        let news = room.take_before_leaving(now);
                        tell(&room, &mut known, news.as_ref());
                        let how = if what == 2 { Going::Left } else { Going::Lost(Duration::from_millis(grace)) };
                        room.leave(id, how, now);
                        known.remove(&id);
                        seats.remove(&id);
                        let news = room.take_before_leaving(now);
                        tell(&room, &mut known, news.as_ref());
                        room.expire(now);
                    }
                    let news = room.take_due(now);
                    tell(&room, &mut known, news.as_ref());
                    let members: BTreeSet<_> = seats.values().map(|who| user(*who).to_string()).collect();
                    prop_assert!(people(&room).is_superset(&members));
                    if grace == 0 {
                        prop_assert_eq!(people(&room), members);
                    }
                }
                while let Some(due) = room.next_due(now) {
                    now = due;
                    let news = room.take_before_leaving(now);
                    tell(&room, &mut known, news.as_ref());
                    room.expire(now);
                    let news = room.take_due(now);
                    tell(&room, &mut known, news.as_ref());
                    if room.is_empty() && !room.is_worth_keeping(now) {
                        break;
                    }
                }
                for list in known.values() {
                    prop_assert_eq!(list, &people(&room));
                }
                prop_assert_eq!(room.count(), seats.values().collect::<BTreeSet<_>>().len() as u64);
            }
        }
    }
}
