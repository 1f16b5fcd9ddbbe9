//! All rooms and all peers of one server.
//!
//! Chats do not come by here: a connection keeps the rooms that it has joined, and talks to them directly.

mod appointments;
mod hall;
mod presence;
mod question;
mod revival;
mod word;

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, MutexGuard};
use std::time::{SystemTime, UNIX_EPOCH};

use roomwire_protocol::client::{Chat, Since};
use roomwire_protocol::code::{CloseCode, Profile, Profiles};
use roomwire_protocol::server::Delivery;
use roomwire_protocol::{
    Epoch, Limits, RequestId, RequestIdRef, Seq, Timestamp, Topic, User, VerbatimChatInfo,
};
use tokio::time::Instant;

use crate::agenda::{Agenda, Appointment};
use crate::courier::Courier;
use crate::frame::Frame;
use crate::history::{History, Record};
use crate::lock::Lock;
use crate::metrics::{Census, Metrics};
use crate::pace::Pace;
use crate::peer::{Peer, PeerId};
use crate::room::recent::{Budget, ChatName};
use crate::room::roster::Names;
use crate::room::{Going, Room};
use crate::session::Rules;

pub(crate) use hall::Hall;
pub(crate) use word::{Notified, notify};

/// A room that somebody is in, shared by its members.
pub(crate) type LiveRoom = Arc<Hall>;

#[derive(Debug)]
pub(crate) struct Live {
    room: Room<Peer>,
    gathered: hall::Gathered,
    /// A member that was behind when the last word was said.
    behind: Option<Peer>,
    /// When the hub comes by the next time, if it has been asked to.
    appointment: Option<Appointment>,
}

/// Who joins, and as whom.
#[derive(Debug)]
pub(crate) struct Newcomer<'a> {
    pub(crate) peer: &'a Peer,
    pub(crate) user: &'a User,
    pub(crate) names: Names,
    /// The last chat that the client has.
    pub(crate) since: Option<Since>,
}

/// How many rooms are kept that nobody is in. One more is forgotten at once.
const EMPTY_MAX: usize = 10_000;

/// What the 201 and what stands beside the names on a list take at most, in bytes, about.
pub(crate) const ANSWER_MAX: usize = 8 * 1024;

/// What has become of a chat.
#[derive(Debug)]
pub(crate) enum Said {
    /// It has its number, and is in the outbox of every member by the end of the turn.
    ToAll(Seq),
    /// Not yet: this member needs a turn first. Try again when it is not behind any more.
    NotYet(Peer),
    /// It was said before: its sender has the first delivery once more.
    Repeat,
    /// It cannot be kept at the moment, and may not be said without.
    Unkept,
    /// Too many ids are remembered, all of which have to be. Later there is room again.
    NoRoom,
    /// The room has no numbers left.
    Never,
}

#[derive(Debug)]
pub(crate) struct Hub {
    pub(crate) rules: Rules,
    pub(crate) limits: Limits,
    rooms: Lock<HashMap<Topic, LiveRoom>>,
    peers: Lock<HashMap<PeerId, Peer>>,
    next_peer: AtomicU64,
    epochs: Epochs,
    agenda: Agenda<Hall>,
    /// How many rooms nobody is in.
    empty: AtomicUsize,
    budget: Arc<Budget>,
    /// Without profile history, and without resume over a restart, nothing is kept.
    history: Option<History>,
    draining: AtomicBool,
    /// When clients of a draining server are told to come back, in milliseconds: at least, and how much more at most.
    pub(crate) reconnect_after_ms: u64,
    pub(crate) reconnect_spread_ms: u64,
    pub(crate) pace: Pace,
    pub(crate) metrics: Arc<Metrics>,
}

impl Hub {
    /// # Errors
    /// Where the system has no randomness to give, which epochs need.
    pub(crate) fn new(
        rules: Rules,
        limits: Limits,
        reconnect_after_ms: u64,
        recent_bytes: usize,
        history: Option<History>,
    ) -> std::io::Result<Self> {
        Ok(Self {
            rules,
            limits,
            rooms: Lock::default(),
            peers: Lock::default(),
            next_peer: AtomicU64::new(1),
            epochs: Epochs::new()?,
            agenda: Agenda::default(),
            empty: AtomicUsize::new(0),
            budget: Arc::new(Budget::new(recent_bytes / 2, in_memory(limits.max_queue_bytes))),
            history,
            draining: AtomicBool::new(false),
            reconnect_after_ms,
            reconnect_spread_ms: 0,
            pace: Pace::new(None, None),
            metrics: Arc::new(Metrics::new()),
        })
    }

    /// What this server claims in each 201.
    pub(crate) fn profiles(&self) -> Profiles {
        self.rules.profiles
    }

    /// A new connection's outbox, of which this courier takes care.
    pub(crate) fn admit(&self, courier: Arc<Courier>) -> Peer {
        let id = self.next_peer.fetch_add(1, Ordering::Relaxed);
        let max_bytes = in_memory(self.limits.max_queue_bytes);
        let peer = Peer::measured(id, max_bytes, courier, Arc::clone(&self.metrics));
        self.peers.lock().insert(id, peer.clone());
        peer
    }

    /// Forgets a connection. It has left its rooms already.
    pub(crate) fn dismiss(&self, peer: &Peer) {
        self.peers.lock().remove(&peer.id());
    }

    /// Lets a peer into the room of a topic. `answer` writes the 201, which is put into the outbox before anybody
    /// can say another word in the room: so no chat comes before it, and the next one is `seq` + 1. Behind it comes the
    /// list, where there are lists, then what the client missed, and then the others hear of it.
    ///
    /// # Errors
    /// A member who is behind, and needs a turn first: to be tried again.
    pub(crate) fn join(
        &self,
        topic: &Topic,
        newcomer: Newcomer<'_>,
        answer: impl FnOnce(&Epoch, Seq, Option<bool>) -> Frame,
    ) -> Result<LiveRoom, Peer> {
        loop {
            let shared = self.room(topic);
            let mut live = shared.lock();
            if live.room.is_forgotten() {
                // Its last member is just leaving, and has not told the hub yet.
                drop(live);
                self.forget(topic, &shared);
                continue;
            }
            if let Some(member) = live.who_is_behind() {
                return Err(member);
            }
            let now = Instant::now();
            let Newcomer { peer, user, names, since } = newcomer;
            live.tell_before_entering(now);
            let missed = since.as_ref().and_then(|since| live.room.missed(peer.id(), since));
            if live.room.was_left() {
                self.empty.fetch_sub(1, Ordering::Relaxed);
            }
            let (epoch, seq) = (live.room.epoch().clone(), live.room.seq());
            live.room.enter(peer.id(), peer.clone(), user, names);
            let list = self.has(Profile::Presence).then(|| live.list(None, self.roster_max()));
            let before = ANSWER_MAX + list.as_ref().map_or(0, |list| list.bytes().len());
            let missed = missed.filter(|missed| {
                before + missed.iter().map(|chat| chat.bytes().len()).sum::<usize>() <= peer.free()
            });
            peer.push(answer(&epoch, seq, since.is_some().then_some(missed.is_some())));
            for frame in list.into_iter().chain(missed.into_iter().flatten()) {
                live.push_to(peer, frame);
            }
            self.settle(&mut live, &shared, now);
            drop(live);
            return Ok(shared);
        }
    }

    /// Lets a peer out. When this returns, nothing of the room reaches its outbox any more.
    pub(crate) fn leave(&self, shared: &LiveRoom, peer: &Peer) {
        self.part(shared, peer, Going::Left);
    }

    /// Lets a peer out whose connection has gone: its user may stay on the list for a while.
    pub(crate) fn lose(&self, shared: &LiveRoom, peer: &Peer) {
        self.part(shared, peer, Going::Lost(self.limits.presence_grace()));
    }

    fn part(&self, shared: &LiveRoom, peer: &Peer, how: Going) {
        let mut live = shared.lock();
        let now = Instant::now();
        live.tell_before_leaving(now);
        let was_in = !live.room.is_empty();
        live.room.leave(peer.id(), how, now);
        if !live.room.is_empty() {
            self.settle(&mut live, shared, now);
            return;
        }
        if was_in {
            self.empty.fetch_add(1, Ordering::Relaxed);
        }
        let keep = live.room.is_worth_keeping(now) && self.empty.load(Ordering::Relaxed) <= EMPTY_MAX;
        if keep {
            live.gathered.give_back();
            self.settle(&mut live, shared, now);
        } else {
            self.close(live, shared);
        }
    }

    /// Ends the life of a room that nobody is in.
    fn close(&self, mut live: MutexGuard<'_, Live>, shared: &LiveRoom) {
        if !live.room.is_forgotten() {
            live.room.forget();
            self.empty.fetch_sub(1, Ordering::Relaxed);
        }
        let topic = live.room.topic().clone();
        drop(live);
        self.forget(&topic, shared);
    }

    /// Says a chat: gives it its number and puts one and the same text into the outbox of every member.
    ///
    /// Chats can come in faster than the tasks of those who hear them have their turns. So where a member is behind,
    /// the next chat waits until it has had one. A member whose client does not read is never waited for.
    pub(crate) fn say(
        &self,
        shared: &LiveRoom,
        sender: &Peer,
        chat: &Chat<'_>,
        id: Option<RequestIdRef<'_>>,
        courier: &Courier,
    ) -> Said {
        let mut live = shared.lock_to_say();
        if let Some(member) = live.who_is_behind() {
            return Said::NotYet(member);
        }
        let name = id
            .as_ref()
            .filter(|_| self.has(Profile::Resume))
            .map(|id| (chat.chat_info.user().clone(), id.to_shared()));
        if let Some(name) = &name {
            if let Some(delivery) = live.room.delivery_of(name) {
                let delivery = delivery.clone();
                live.hand_out();
                live.push_to(sender, delivery);
                return Said::Repeat;
            }
            if !live.room.has_room_for_ids() {
                return Said::NoRoom;
            }
        }
        self.say_in(&mut live, shared, &chat.chat_info, id, name, Some(courier))
    }

    fn say_in(
        &self,
        live: &mut Live,
        shared: &LiveRoom,
        chat_info: &VerbatimChatInfo<'_>,
        id: Option<RequestIdRef<'_>>,
        name: Option<ChatName>,
        courier: Option<&Courier>,
    ) -> Said {
        if self.history.as_ref().is_some_and(|history| !history.allows_chat()) {
            return Said::Unkept;
        }
        let Some((seq, at)) = live.room.number_next(now()) else { return Said::Never };
        let topic = live.room.topic().borrowed();
        let frame = live.gathered.add(&Delivery { topic, seq, at, id, data: chat_info.token() }.encode());
        // Kept before it is delivered, so that whoever has it and asks for it finds it.
        if let Some(history) = &self.history {
            history.record(Record {
                topic: live.room.topic().clone(),
                epoch: live.room.epoch().clone(),
                seq,
                at,
                user: chat_info.user().clone(),
                id: name.as_ref().map(|(_, id)| id.clone()),
                kind: chat_info.kind(),
                stream: chat_info.stream().map(Into::into),
                frame: frame.clone(),
            });
        }
        match courier {
            Some(courier) => live.hand_out_later(shared, courier),
            None => live.hand_out(),
        }
        self.metrics.chats.inc();
        self.metrics.deliveries.inc_by(live.room.size() as u64);
        if self.has(Profile::Resume) {
            let now = Instant::now();
            live.room.note(name, frame, now, &self.budget);
            if live.appointment.is_none() {
                self.settle(live, shared, now);
            }
        }
        Said::ToAll(seq)
    }

    fn has(&self, profile: Profile) -> bool {
        self.profiles().contains(profile)
    }

    /// `limits.rosterMax`.
    fn roster_max(&self) -> usize {
        self.limits.roster_max.and_then(|max| usize::try_from(max).ok()).unwrap_or(usize::MAX)
    }

    /// How many users one 206 has at most, about: with what waits already, of which there is never more than half the
    /// bound when a room has news, it has to fit.
    fn news_max(&self) -> Option<usize> {
        self.has(Profile::Presence).then(|| (self.roster_max() / 2).max(1))
    }

    /// Sends a peer the list of a room: the answer to a request with this id.
    pub(crate) fn list(&self, shared: &LiveRoom, peer: &Peer, id: Option<RequestId>) {
        let mut live = shared.lock();
        let list = live.list(id, self.roster_max());
        live.push_to(peer, list);
    }

    fn room(&self, topic: &Topic) -> LiveRoom {
        let mut rooms = self.rooms.lock();
        if let Some(room) = rooms.get(topic) {
            return Arc::clone(room);
        }
        let room = Room::new(topic.clone(), self.epochs.next(), self.news_max());
        let room = Arc::new(Hall::new(Live::new(room)));
        rooms.insert(topic.clone(), Arc::clone(&room));
        room
    }

    /// Takes a forgotten room from the map, unless another has taken its place already.
    fn forget(&self, topic: &Topic, room: &LiveRoom) {
        let mut rooms = self.rooms.lock();
        if rooms.get(topic).is_some_and(|current| Arc::ptr_eq(current, room)) {
            rooms.remove(topic);
        }
    }

    /// Begins to drain: from here on nothing new is accepted, and every connection hears of it.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
        for peer in self.everybody() {
            peer.wake();
        }
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }

    /// Asks every connection to end.
    pub(crate) fn end_all(&self, code: CloseCode) {
        for peer in self.everybody() {
            peer.end(code);
        }
    }

    /// When a client of this draining server is told to come back, in milliseconds. Each is told something else,
    /// so that they do not all come at once.
    pub(crate) fn reconnect_after_ms(&self, peer: &Peer) -> u64 {
        let chance = RandomState::new().hash_one(peer.id());
        self.reconnect_after_ms + chance % (self.reconnect_spread_ms + 1)
    }

    /// How many rooms and peers there are, how much waits for these, and how much is kept.
    pub(crate) fn census(&self) -> Census {
        let empty_rooms = self.empty.load(Ordering::Relaxed);
        let rooms = self.rooms.lock().len().saturating_sub(empty_rooms);
        let peers = self.everybody();
        let queue_bytes = peers.iter().map(Peer::waiting).sum();
        let history = self.history.as_ref().map(History::backlog).unwrap_or_default();
        let recent = self.budget.used();
        Census { connections: peers.len(), rooms, empty_rooms, queue_bytes, recent, history }
    }

    fn everybody(&self) -> Vec<Peer> {
        self.peers.lock().values().cloned().collect()
    }
}

impl Live {
    fn new(room: Room<Peer>) -> Self {
        Self { room, gathered: hall::Gathered::default(), behind: None, appointment: None }
    }

    /// Who needs a turn before anything more is said here.
    fn who_is_behind(&mut self) -> Option<Peer> {
        self.behind.take_if(|member| !member.is_behind());
        self.behind.clone()
    }

    fn push_to(&mut self, peer: &Peer, frame: Frame) {
        if peer.push(frame) {
            self.behind = Some(peer.clone());
        }
    }

    /// Puts one and the same frame into the outbox of every member.
    fn push_to_all(&mut self, frame: &Frame) {
        let mut members = self.room.members().peekable();
        while let Some(member) = members.next() {
            if members.peek().is_none() {
                // One delivery is looked at: the one that is the last to be put into an outbox.
                member.start_watch();
            }
            if member.push(frame.clone()) {
                self.behind = Some(member.clone());
            }
        }
    }
}

fn in_memory(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).ok().and_then(|ms| Timestamp::new(ms).ok()).unwrap_or(Timestamp::MAX)
}

/// Names for the lives of topics, none of which comes twice: 64 random bits for the server's own life, and a count.
#[derive(Debug)]
struct Epochs {
    life: u64,
    next: AtomicU64,
}

impl Epochs {
    fn new() -> std::io::Result<Self> {
        let life = getrandom::u64().map_err(std::io::Error::other)?;
        Ok(Self { life, next: AtomicU64::new(1) })
    }

    fn next(&self) -> Epoch {
        let count = self.next.fetch_add(1, Ordering::Relaxed);
        Epoch::parse(&format!("{:016x}-{count:x}", self.life)).expect("an epoch is any text")
    }
}
