//! All rooms and all peers of one server.
//!
//! Chats do not come by here: a connection keeps the rooms that it has joined, and talks to them directly.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use roomwire_protocol::client::Chat;
use roomwire_protocol::code::{CloseCode, Profiles};
use roomwire_protocol::server::Delivery;
use roomwire_protocol::{Epoch, Limits, RequestIdRef, Seq, Timestamp, Topic};

use crate::lock::Lock;
use crate::metrics::{self, Census, Metrics};
use crate::pace::Pace;
use crate::peer::{Peer, PeerId};
use crate::room::Room;
use crate::session::Rules;

/// A room that somebody is in, shared by its members.
pub(crate) type LiveRoom = Arc<Lock<Live>>;

#[derive(Debug)]
pub(crate) struct Live {
    room: Room<Peer>,
    /// A member that was behind when the last chat was said.
    behind: Option<Peer>,
}

/// What has become of a chat.
#[derive(Debug)]
pub(crate) enum Said {
    /// It has its number, and is in the outbox of every member, of whom there are so many.
    ToAll(u64),
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
    pub(crate) fn new(rules: Rules, limits: Limits, reconnect_after_ms: u64) -> std::io::Result<Self> {
        Ok(Self {
            rules,
            limits,
            rooms: Lock::default(),
            peers: Lock::default(),
            next_peer: AtomicU64::new(1),
            epochs: Epochs::new()?,
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
    /// can say another word in the room: so no chat comes before it, and the next one is `seq` + 1.
    pub(crate) fn join(
        &self,
        topic: &Topic,
        peer: &Peer,
        answer: impl FnOnce(&Epoch, Seq) -> Bytes,
    ) -> LiveRoom {
        loop {
            let shared = self.room(topic);
            let mut live = shared.lock();
            if live.room.is_forgotten() {
                // Its last member is just leaving, and has not told the hub yet.
                drop(live);
                self.forget(topic, &shared);
                continue;
            }
            peer.push(answer(live.room.epoch(), live.room.seq()));
            live.room.enter(peer.id(), peer.clone());
            drop(live);
            return shared;
        }
    }

    /// Lets a peer out. When this returns, nothing of the room reaches its outbox any more.
    pub(crate) fn leave(&self, shared: &LiveRoom, peer: &Peer) {
        let mut live = shared.lock();
        live.room.leave(peer.id());
        if live.room.is_forgotten() {
            let topic = live.room.topic().clone();
            drop(live);
            self.forget(&topic, shared);
        }
    }

    fn room(&self, topic: &Topic) -> LiveRoom {
        let mut rooms = self.rooms.lock();
        if let Some(room) = rooms.get(topic) {
            return Arc::clone(room);
        }
        let room = Room::new(topic.clone(), self.epochs.next());
        let room = Arc::new(Lock::new(Live { room, behind: None }));
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

    /// How many rooms and peers there are, and how much waits for these.
    pub(crate) fn census(&self) -> Census {
        let rooms = self.rooms.lock().len();
        let peers = self.everybody();
        let queue_bytes = peers.iter().map(Peer::waiting).sum();
        Census { connections: peers.len(), rooms, queue_bytes }
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
    let Live { room, behind } = &mut *live;
    if let Some(member) = behind.as_ref().filter(|member| member.is_behind()) {
        return Said::NotYet(member.clone());
    }
    *behind = None;
    let Some(seq) = room.number_next() else { return Said::Never };
    let delivery =
        Delivery { topic: room.topic().borrowed(), seq, at: now(), id, data: chat.chat_info.token() };
    let text = Bytes::from(delivery.encode());
    let mut heard = 0;
    let mut members = room.members().peekable();
    while let Some(member) = members.next() {
        if members.peek().is_none() {
            // Of each chat, one delivery is looked at: the one that is the last to be put into an outbox.
            member.watch().start(metrics::clock());
        }
        if member.push(text.clone()) {
            *behind = Some(member.clone());
        }
        heard += 1;
    }
    Said::ToAll(heard)
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
