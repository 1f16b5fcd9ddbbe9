//! All rooms and all peers of one server.
//!
//! Chats do not come by here: a connection keeps the rooms that it has joined, and talks to them directly.

mod presence;
mod word;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use roomwire_protocol::client::Chat;
use roomwire_protocol::code::{CloseCode, Profile, Profiles};
use roomwire_protocol::server::Delivery;
use roomwire_protocol::{Epoch, Limits, RequestId, RequestIdRef, Seq, Timestamp, Topic, User};
use tokio::time::Instant;

use crate::agenda::Agenda;
use crate::lock::Lock;
use crate::peer::{Peer, PeerId};
use crate::room::roster::Names;
use crate::room::{Going, Room};
use crate::session::Rules;

pub(crate) use word::{Notified, notify};

/// A room that somebody is in, shared by its members.
pub(crate) type LiveRoom = Arc<Lock<Live>>;

#[derive(Debug)]
pub(crate) struct Live {
    room: Room<Peer>,
    /// A member that was behind when the last word was said.
    behind: Option<Peer>,
    /// When the hub comes by the next time, if it has been asked to.
    appointment: Option<Instant>,
}

/// Who joins, and as whom.
#[derive(Debug)]
pub(crate) struct Newcomer<'a> {
    pub(crate) peer: &'a Peer,
    pub(crate) user: &'a User,
    pub(crate) names: Names,
}

/// What has become of a chat.
#[derive(Debug)]
pub(crate) enum Said {
    /// It has its number, and is in the outbox of every member.
    ToAll,
    /// Not yet: this member needs a turn first. Try again when it is not behind any more.
    NotYet(Peer),
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
    agenda: Agenda<Lock<Live>>,
    draining: AtomicBool,
    /// What a draining server announces, in milliseconds.
    pub(crate) reconnect_after_ms: u64,
}

impl Hub {
    /// # Errors
    /// Where the system has no randomness to give, which epochs need.
    pub(crate) fn new(rules: Rules, limits: Limits, reconnect_after_ms: u64) -> std::io::Result<Self> {
        Ok(Self {
            rules,
            limits,
            rooms: Lock::default(),
            peers: Lock::default(),
            next_peer: AtomicU64::new(1),
            epochs: Epochs::new()?,
            agenda: Agenda::default(),
            draining: AtomicBool::new(false),
            reconnect_after_ms,
        })
    }

    /// What this server claims in each 201.
    pub(crate) fn profiles(&self) -> Profiles {
        self.rules.profiles
    }

    /// A new connection's outbox.
    pub(crate) fn admit(&self) -> Peer {
        let id = self.next_peer.fetch_add(1, Ordering::Relaxed);
        let max_bytes = usize::try_from(self.limits.max_queue_bytes).unwrap_or(usize::MAX);
        let peer = Peer::new(id, max_bytes);
        self.peers.lock().insert(id, peer.clone());
        peer
    }

    /// Forgets a connection. It has left its rooms already.
    pub(crate) fn dismiss(&self, peer: &Peer) {
        self.peers.lock().remove(&peer.id());
    }

    /// Lets a peer into the room of a topic. `answer` writes the 201, which is put into the outbox before anybody
    /// can say another word in the room: so no chat comes before it, and the next one is `seq` + 1. Behind it comes the
    /// list, where there are lists, and then the others hear of it.
    ///
    /// # Errors
    /// A member who is behind, and needs a turn first: to be tried again.
    pub(crate) fn join(
        &self,
        topic: &Topic,
        newcomer: Newcomer<'_>,
        answer: impl FnOnce(&Epoch, Seq) -> Bytes,
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
            let Newcomer { peer, user, names } = newcomer;
            live.tell_before_entering(now);
            peer.push(answer(live.room.epoch(), live.room.seq()));
            live.room.enter(peer.id(), peer.clone(), user, names);
            if self.has(Profile::Presence) {
                live.push_list(peer, None, self.roster_max());
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
        live.room.leave(peer.id(), how, now);
        if live.room.is_forgotten() {
            let topic = live.room.topic().clone();
            drop(live);
            self.forget(&topic, shared);
        } else {
            self.settle(&mut live, shared, now);
        }
    }

    /// Tells the news that are due, and sees to it that what is due later will be done.
    fn settle(&self, live: &mut Live, shared: &LiveRoom, now: Instant) {
        live.tell_due(now);
        if let Some(due) = live.room.next_due(now)
            && live.appointment.is_none_or(|appointment| due < appointment)
        {
            live.appointment = Some(due);
            self.agenda.add(due, Arc::downgrade(shared));
        }
    }

    /// Does what has to be done by the clock, for as long as the server runs.
    pub(crate) async fn keep_appointments(&self) {
        loop {
            let due = self.agenda.next().await;
            for shared in due.iter().filter_map(Weak::upgrade) {
                let mut live = shared.lock();
                let now = Instant::now();
                live.appointment = None;
                live.tell_before_leaving(now);
                live.room.expire(now);
                self.settle(&mut live, &shared, now);
            }
            tokio::task::yield_now().await;
        }
    }

    fn has(&self, profile: Profile) -> bool {
        self.profiles().contains(profile)
    }

    /// `limits.rosterMax`.
    fn roster_max(&self) -> usize {
        self.limits.roster_max.and_then(|max| usize::try_from(max).ok()).unwrap_or(usize::MAX)
    }

    /// Sends a peer the list of a room: the answer to a request with this id.
    pub(crate) fn list(&self, shared: &LiveRoom, peer: &Peer, id: Option<RequestId>) {
        shared.lock().push_list(peer, id, self.roster_max());
    }

    fn room(&self, topic: &Topic) -> LiveRoom {
        let mut rooms = self.rooms.lock();
        if let Some(room) = rooms.get(topic) {
            return Arc::clone(room);
        }
        let room = Room::new(topic.clone(), self.epochs.next(), self.has(Profile::Presence));
        let room = Arc::new(Lock::new(Live { room, behind: None, appointment: None }));
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

    /// How many rooms and peers there are.
    #[cfg(test)]
    pub(crate) fn census(&self) -> (usize, usize) {
        (self.rooms.lock().len(), self.peers.lock().len())
    }

    fn everybody(&self) -> Vec<Peer> {
        self.peers.lock().values().cloned().collect()
    }
}

/// Says a chat: gives it its number and puts one and the same text into the outbox of every member.
///
/// Chats can come in faster than the tasks of those who hear them have their turns. So where a member is behind, the
/// next chat waits until it has had one. A member whose client does not read is never waited for.
pub(crate) fn say(live: &LiveRoom, chat: &Chat<'_>, id: Option<RequestIdRef<'_>>) -> Said {
    let mut live = live.lock();
    if let Some(member) = live.who_is_behind() {
        return Said::NotYet(member);
    }
    let Some((seq, at)) = live.room.number_next(now()) else { return Said::Never };
    let topic = live.room.topic().borrowed();
    let text = Bytes::from(Delivery { topic, seq, at, id, data: chat.chat_info.token() }.encode());
    live.push_to_all(&text);
    Said::ToAll
}

impl Live {
    /// Who needs a turn before anything more is said here.
    fn who_is_behind(&mut self) -> Option<Peer> {
        self.behind.take_if(|member| !member.is_behind());
        self.behind.clone()
    }

    fn push_to_all(&mut self, text: &Bytes) {
        for member in self.room.members() {
            if member.push(text.clone()) {
                self.behind = Some(member.clone());
            }
        }
    }
}

fn now() -> Timestamp {
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
