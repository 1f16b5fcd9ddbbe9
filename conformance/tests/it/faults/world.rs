//! What the proxy knows of all connections at once: who is who, who is in which topic, and how far each topic is.
//! It is learnt from what really passes, never from what a fault makes up.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use serde_json::Value;
use tokio::time::Instant;

use super::{
    behaviour::Seen,
    wire::{Kind, Way},
};

/// One client's connection; numbered in the order in which they came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ConnectionId(pub(crate) u64);

/// All connections and all topics.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) connections: BTreeMap<ConnectionId, Connection>,
    pub(crate) rooms: BTreeMap<String, Room>,
    /// The user for whom each token stands.
    users: BTreeMap<Secret, String>,
    /// `limits` of the latest 201; null before.
    pub(crate) limits: Value,
}

/// One connection, as it was when the frame at hand came.
#[derive(Debug)]
pub(crate) struct Connection {
    /// The token of the first frame that was not refused; before, that of the latest frame. Never printed.
    pub(crate) token: Secret,
    /// Whether a frame was accepted.
    pub(crate) accepted: bool,
    /// The user as the server named it in a 201, or empty.
    pub(crate) user: String,
    pub(crate) topics: BTreeSet<String>,
    /// Topics that it was in and has left.
    pub(crate) left: BTreeSet<String>,
    /// Topics that it asked to join and has no answer for.
    pub(crate) joining: BTreeSet<String>,
    /// The chat lines that it sent, as hashes.
    said: HashSet<u64>,
    /// The client sent a close frame.
    pub(crate) closing: bool,
    pub(crate) opened: Instant,
    /// When the client last sent anything.
    pub(crate) heard: Instant,
    /// When the client last sent a heartbeat.
    pub(crate) beaten: Instant,
    /// When the server last sent anything but an error.
    pub(crate) answered: Instant,
}

/// A client's token; its text is not shown by `Debug`.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Secret(pub(crate) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// One topic.
#[derive(Debug, Default)]
pub(crate) struct Room {
    pub(crate) epoch: Value,
    /// The highest seq that any connection was sent.
    pub(crate) seq: u64,
    /// The latest chat, as its first receiver got it; null before.
    pub(crate) latest: Value,
}

impl World {
    pub(crate) fn open(&mut self, id: ConnectionId) {
        let now = Instant::now();
        let connection = Connection {
            token: Secret::default(),
            accepted: false,
            user: String::new(),
            topics: BTreeSet::new(),
            left: BTreeSet::new(),
            joining: BTreeSet::new(),
            said: HashSet::new(),
            closing: false,
            opened: now,
            heard: now,
            beaten: now,
            answered: now,
        };
        self.connections.insert(id, connection);
    }

    pub(crate) fn close(&mut self, id: ConnectionId) {
        self.connections.remove(&id);
    }

    pub(crate) fn joined(&self, id: ConnectionId, topic: &str) -> bool {
        self.connections.get(&id).is_some_and(|connection| connection.topics.contains(topic))
    }

    /// Whether the request's connection has joined its topic, or asked to.
    pub(crate) fn at_home(&self, seen: &Seen<'_>) -> bool {
        let connection = self.connections.get(&seen.connection);
        connection.is_some_and(|it| it.topics.contains(seen.topic()) || it.joining.contains(seen.topic()))
    }

    /// The user of a connection: as a 201 named it, to this connection or to another with its token; before that,
    /// the token's text, as a server for development has it.
    pub(crate) fn user(&self, id: ConnectionId) -> &str {
        let Some(connection) = self.connections.get(&id) else { return "" };
        let token = &connection.token;
        let known = Some(&connection.user).filter(|user| !user.is_empty());
        known.or_else(|| self.users.get(token)).unwrap_or(&token.0)
    }

    /// The user in whose name a request speaks, as far as its token is known; or the token's text.
    pub(crate) fn speaker<'a>(&'a self, seen: &'a Seen<'_>) -> &'a str {
        self.users.get(&Secret(seen.token().to_owned())).map_or(seen.token(), String::as_str)
    }

    /// Whether a 201 has shown for whom a token stands.
    pub(crate) fn knows(&self, token: &str) -> bool {
        self.users.contains_key(&Secret(token.to_owned()))
    }

    /// The connections of one user.
    pub(crate) fn connections_of<'a>(&'a self, user: &'a str) -> impl Iterator<Item = ConnectionId> + 'a {
        self.connections.keys().copied().filter(move |id| self.user(*id) == user)
    }

    /// Whether the request's token is the connection's, or might be.
    pub(crate) fn may_speak(&self, seen: &Seen<'_>) -> bool {
        let connection = self.connections.get(&seen.connection);
        !seen.token().is_empty() && connection.is_some_and(|it| !it.accepted || it.token.0 == seen.token())
    }

    /// Whether the request's token is another than the one that the server accepted on this connection.
    pub(crate) fn is_foreign(&self, seen: &Seen<'_>) -> bool {
        let known = self.connections.get(&seen.connection).is_some_and(|it| !it.token.0.is_empty());
        known && seen.is_sound() && !self.may_speak(seen)
    }

    /// The connections that are in a topic, the oldest first.
    pub(crate) fn members<'a>(&'a self, topic: &'a str) -> impl Iterator<Item = ConnectionId> + 'a {
        self.all().filter(|(_, connection)| connection.topics.contains(topic)).map(|(id, _)| id)
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = (ConnectionId, &Connection)> {
        self.connections.iter().map(|(id, connection)| (*id, connection))
    }

    /// Whether a connection sent a chat with that text.
    pub(crate) fn said(&self, id: ConnectionId, line: &str) -> bool {
        self.connections.get(&id).is_some_and(|connection| connection.said.contains(&hash(line)))
    }

    /// Whether this chat is the first copy of it that passes: one chat has many copies.
    pub(crate) fn fresh(&self, seen: &Seen<'_>) -> bool {
        let newest = self.rooms.get(seen.topic()).map_or(0, |room| room.seq);
        seen.says(200) && seen.seq() > newest
    }

    /// A number of the limits that the server declared, or the default.
    pub(crate) fn limit(&self, name: &str, default: u64) -> u64 {
        self.limits[name].as_u64().unwrap_or(default)
    }

    /// Learns from a frame, after a fault has looked at it.
    pub(crate) fn note(&mut self, seen: &Seen<'_>) {
        match seen.way {
            Way::Up => self.note_request(seen),
            Way::Down => self.note_answer(seen),
        }
    }

    fn note_request(&mut self, seen: &Seen<'_>) {
        let Some(connection) = self.connections.get_mut(&seen.connection) else { return };
        connection.heard = Instant::now();
        if seen.asks(1) {
            connection.beaten = connection.heard;
        }
        if seen.kind == Kind::Close {
            connection.closing = true;
        }
        if !connection.accepted && seen.json["token"].is_string() {
            connection.token = Secret(seen.token().to_owned());
        }
        if let Some(line) = seen.inner["chatInfo"].as_str() {
            connection.said.insert(hash(line));
        }
        if seen.asks(3) {
            connection.joining.insert(seen.topic().to_owned());
        }
    }

    fn note_answer(&mut self, seen: &Seen<'_>) {
        let Some(connection) = self.connections.get_mut(&seen.connection) else { return };
        let topic = seen.topic().to_owned();
        connection.accepted |= seen.json.is_object() && !seen.refuses();
        if matches!(seen.code(), 100 | 201 | 202 | 204 | 205) {
            connection.answered = Instant::now();
        }
        match seen.code() {
            201 => {
                seen.inner["user"].as_str().unwrap_or_default().clone_into(&mut connection.user);
                self.users.insert(connection.token.clone(), connection.user.clone());
                connection.joining.remove(&topic);
                connection.left.remove(&topic);
                connection.topics.insert(topic.clone());
                self.limits = seen.inner["limits"].clone();
                let room = self.rooms.entry(topic).or_default();
                if room.epoch != seen.inner["epoch"] {
                    let seq = seen.inner["seq"].as_u64().unwrap_or_default();
                    *room = Room { epoch: seen.inner["epoch"].clone(), seq, latest: Value::Null };
                }
            }
            204 if connection.topics.remove(&topic) => {
                connection.left.insert(topic);
            }
            200 => {
                let room = self.rooms.entry(topic).or_default();
                if seen.seq() > room.seq {
                    room.seq = seen.seq();
                    room.latest = seen.json.clone();
                }
            }
            _ if seen.refuses() && seen.kind_of_request() == 3 => {
                connection.joining.remove(&topic);
            }
            _ => {}
        }
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
