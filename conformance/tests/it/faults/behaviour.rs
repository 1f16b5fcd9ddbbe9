//! What a fault may see and do. A behaviour is asked about every frame of every connection, in the order in which
//! they pass, and says what becomes of it; it does no I/O and never waits.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    http::{HttpHook, Passing},
    wire::{Frame, Kind, Way},
    world::{ConnectionId, World},
};

/// One frame on its way.
#[derive(Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) connection: ConnectionId,
    pub(crate) way: Way,
    pub(crate) kind: Kind,
    pub(crate) payload: &'a [u8],
    /// The bytes as they came; of an irregular or oversize frame, those of its head.
    pub(crate) bytes: &'a [u8],
    /// The text, or empty where the frame is no text.
    pub(crate) text: &'a str,
    /// The envelope, or null where the text is no JSON object.
    pub(crate) json: Value,
    /// `payLoad` or `data` parsed, or null where it is no JSON text.
    pub(crate) inner: Value,
}

impl<'a> Seen<'a> {
    pub(crate) fn new(connection: ConnectionId, way: Way, frame: &'a Frame) -> Self {
        let text = match frame.kind {
            Kind::Text => std::str::from_utf8(&frame.payload).unwrap_or_default(),
            _ => "",
        };
        let json = parse(text);
        let json = if json.is_object() { json } else { Value::Null };
        let inner = match way {
            Way::Up => json["payLoad"].as_str(),
            Way::Down => json["data"].as_str(),
        };
        let inner = inner.map_or(Value::Null, parse);
        Self {
            connection,
            way,
            kind: frame.kind,
            payload: &frame.payload,
            bytes: &frame.bytes,
            text,
            json,
            inner,
        }
    }

    /// Whether this is a client's request with an envelope and a token that nobody has to refuse for their form.
    pub(crate) fn is_sound(&self) -> bool {
        let short =
            |text: &Value, limit| text.as_str().is_some_and(|it| (1..=limit).contains(&it.chars().count()));
        self.way == Way::Up
            && short(&self.json["token"], 4096)
            && self.json["type"].is_i64()
            && self.json["payLoad"].is_string()
            && self.json.get("id").is_none_or(|id| short(id, 64))
    }

    /// Whether this is a client's request of that type.
    pub(crate) fn asks(&self, request: i64) -> bool {
        self.way == Way::Up && self.json["type"] == request
    }

    /// Whether this is a server's frame of that code.
    pub(crate) fn says(&self, code: i64) -> bool {
        self.way == Way::Down && self.json["code"] == code
    }

    /// Whether this is a server's error frame.
    pub(crate) fn refuses(&self) -> bool {
        self.code() >= 400
    }

    /// Whether this is the error frame with that reason.
    pub(crate) fn refuses_as(&self, reason: &str) -> bool {
        self.refuses() && self.inner["reason"] == reason
    }

    /// A server frame's code; 0 for everything else.
    pub(crate) fn code(&self) -> i64 {
        if self.way == Way::Down { self.json["code"].as_i64().unwrap_or_default() } else { 0 }
    }

    pub(crate) fn kind_of_request(&self) -> i64 {
        self.json["type"].as_i64().unwrap_or_default()
    }

    pub(crate) fn token(&self) -> &str {
        self.json["token"].as_str().unwrap_or_default()
    }

    /// The topic that the frame is about, wherever it stands, or empty.
    pub(crate) fn topic(&self) -> &str {
        let topic = self.json["topic"].as_str().or_else(|| self.inner["topic"].as_str());
        topic.unwrap_or_default()
    }

    pub(crate) fn seq(&self) -> u64 {
        self.json["seq"].as_u64().unwrap_or_default()
    }

    /// The chat line inside a chat, either way, or null.
    pub(crate) fn chat(&self) -> Value {
        match self.way {
            Way::Up => self.inner["chatInfo"].as_str().map_or(Value::Null, parse),
            Way::Down => self.inner.clone(),
        }
    }

    /// Whether this is the copy of a chat for the connection that said it.
    pub(crate) fn is_echo(&self, world: &World) -> bool {
        self.says(200) && self.json["data"].as_str().is_some_and(|data| world.said(self.connection, data))
    }
}

/// JSON, or null where it is none.
pub(crate) fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or(Value::Null)
}

/// What becomes of a frame, or happens beside it. Acts are done in their order.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// The frame goes on, as the very bytes that came.
    Forward,
    /// A text message at the frame's place, in its direction.
    Text(String),
    /// These bytes at the frame's place, in its direction.
    Bytes(Vec<u8>),
    /// The frame is kept until a [`Act::Release`] in the same direction, or until that time is over: a fault that
    /// needs a second frame must not turn into silence where none comes.
    Hold(Duration),
    /// What was held goes on.
    Release,
    /// What was held is dropped.
    Discard,
    /// These texts in the place of what was held and of the frame; but where what was held has gone already, the
    /// frame goes on as it came.
    Replace(Vec<String>),
    /// In the place of a request: the server is asked something harmless, and when it answers, these texts go to
    /// the client in the place of the answer. So a made-up answer keeps its place among the true ones.
    Answer(Vec<Value>),
    /// A further request in a connection's name, whose answers its client does not see. (Not for a chat: its id
    /// would be on all copies.)
    Ask(ConnectionId, Value),
    /// A text message to a connection's client.
    ToClient(ConnectionId, String),
    /// A text message to the server, as from that connection's client.
    ToServer(ConnectionId, String),
    /// A ping to the server, as from that connection's client.
    Ping(ConnectionId),
    /// A pong to a connection's client.
    Pong(ConnectionId, Vec<u8>),
    /// A close frame to a connection's client, and one to the server: neither hears more of the other than its end.
    Close(ConnectionId, u16),
    /// The connection is reset, on both sides.
    Reset(ConnectionId),
}

/// What is asked about every frame; `None` means that it goes on as it came.
pub(crate) type Hook = Box<dyn FnMut(&World, &Seen<'_>) -> Option<Vec<Act>> + Send>;
/// What is asked about every connection every 50 ms.
pub(crate) type Tick = Box<dyn FnMut(&World, ConnectionId) -> Vec<Act> + Send>;

/// What becomes of an upgrade.
#[derive(Debug)]
pub(crate) enum Head {
    /// This head goes on.
    Pass(String),
    /// The client gets these bytes and a FIN; the server gets nothing more.
    Refuse(String),
}

/// What is asked about an upgrade: of the request's head and `None`, then of the request's and the answer's.
pub(crate) type Handshake = fn(request: &str, answer: Option<&str>) -> Head;

/// What a client that does not read does to a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Pressure {
    /// Its server notices, as without a proxy.
    #[default]
    Passes,
    /// Its server never notices: what the client does not take is lost, frame by frame.
    Loses,
    /// Nobody is sent anything until it reads again.
    Spreads,
}

/// One fault at work. Each proxy has its own, so a behaviour's memory is that of all connections of one proxy.
#[derive(Default)]
pub(crate) struct Behaviour {
    pub(crate) hook: Option<Hook>,
    pub(crate) tick: Option<Tick>,
    pub(crate) handshake: Option<Handshake>,
    pub(crate) http: Option<HttpHook>,
    pub(crate) pressure: Pressure,
    /// Whether the head of a request is read at one go: one that comes in pieces is refused with 400.
    pub(crate) hasty: bool,
}

impl std::fmt::Debug for Behaviour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Behaviour").field("handshake", &self.handshake.is_some()).finish_non_exhaustive()
    }
}

/// A behaviour that looks at frames.
pub(crate) fn on(hook: impl FnMut(&World, &Seen<'_>) -> Option<Vec<Act>> + Send + 'static) -> Behaviour {
    Behaviour { hook: Some(Box::new(hook)), ..Behaviour::default() }
}

/// A behaviour that looks at connections, frame or no frame.
pub(crate) fn each_tick(tick: impl FnMut(&World, ConnectionId) -> Vec<Act> + Send + 'static) -> Behaviour {
    Behaviour { tick: Some(Box::new(tick)), ..Behaviour::default() }
}

/// A behaviour that looks at upgrades.
pub(crate) fn handshake(handshake: Handshake) -> Behaviour {
    Behaviour { handshake: Some(handshake), ..Behaviour::default() }
}

/// A behaviour that looks at plain HTTP.
pub(crate) fn on_http(hook: impl FnMut(&World, Passing<'_>) + Send + 'static) -> Behaviour {
    Behaviour { http: Some(Box::new(hook)), ..Behaviour::default() }
}

/// Which frames a fault is about.
pub(crate) type Filter = fn(&World, &Seen<'_>) -> bool;

/// Frames that the filter takes are lost.
pub(crate) fn lose(filter: Filter) -> Behaviour {
    on(move |world, seen| filter(world, seen).then(Vec::new))
}

/// Of the frames that the filter takes, every `n`th of a connection gets these acts.
pub(crate) fn every(n: u64, filter: Filter, acts: fn(&Seen<'_>) -> Vec<Act>) -> Behaviour {
    let mut counts = std::collections::HashMap::<ConnectionId, u64>::new();
    on(move |world, seen| {
        if !filter(world, seen) {
            return None;
        }
        let count = counts.entry(seen.connection).or_default();
        *count += 1;
        count.is_multiple_of(n).then(|| acts(seen))
    })
}

/// The envelope of the frames that the filter takes is altered.
pub(crate) fn alter(filter: Filter, edit: fn(&World, &Seen<'_>, &mut Value)) -> Behaviour {
    on(move |world, seen| {
        if !filter(world, seen) {
            return None;
        }
        let mut json = seen.json.clone();
        edit(world, seen, &mut json);
        Some(vec![Act::Text(json.to_string())])
    })
}

/// The `data` of the frames that the filter takes is parsed, altered and written again.
pub(crate) fn alter_data(filter: Filter, edit: fn(&mut Value)) -> Behaviour {
    on(move |world, seen| {
        if !filter(world, seen) || !seen.inner.is_object() {
            return None;
        }
        let mut inner = seen.inner.clone();
        edit(&mut inner);
        Some(vec![Act::Text(with_data(seen, &inner).to_string())])
    })
}

/// The `data` of each chat is altered as a string.
pub(crate) fn alter_chat_text(edit: fn(&str) -> String) -> Behaviour {
    on(move |_, seen| {
        let data = seen.says(200).then(|| seen.json["data"].as_str())??;
        let edited = edit(data);
        if edited == data {
            return None;
        }
        let mut json = seen.json.clone();
        json["data"] = edited.into();
        Some(vec![Act::Text(json.to_string())])
    })
}

/// Requests that the filter takes are refused, in their place among the others; but a frame that is refused for its
/// envelope or its token anyway is left to the server.
pub(crate) fn refuse(code: u16, reason: &'static str, filter: Filter) -> Behaviour {
    on(move |world, seen| {
        let refused = seen.is_sound() && world.may_speak(seen) && filter(world, seen);
        refused.then(|| vec![Act::Answer(vec![refusal(seen, code, reason)])])
    })
}

/// The frame with other `data`.
pub(crate) fn with_data(seen: &Seen<'_>, inner: &Value) -> Value {
    let mut json = seen.json.clone();
    json["data"] = inner.to_string().into();
    json
}

/// The request with another payLoad.
pub(crate) fn with_payload(seen: &Seen<'_>, inner: &Value) -> Value {
    let mut json = seen.json.clone();
    json["payLoad"] = inner.to_string().into();
    json
}

/// The frame without a member.
pub(crate) fn without(json: &mut Value, member: &str) {
    if let Some(object) = json.as_object_mut() {
        object.remove(member);
    }
}

/// The error frame that a server gives to this request.
pub(crate) fn refusal(seen: &Seen<'_>, code: u16, reason: &str) -> Value {
    let mut answer = answer(seen, code, &json!({ "reason": reason }));
    if let Some(topic) = seen.inner["topic"].as_str() {
        answer["topic"] = topic.into();
    }
    answer
}

/// A server's frame in answer to this request.
pub(crate) fn answer(seen: &Seen<'_>, code: u16, data: &Value) -> Value {
    let mut answer = json!({ "type": seen.kind_of_request(), "code": code, "data": data.to_string() });
    if let Some(id) = seen.json["id"].as_str() {
        answer["id"] = id.into();
    }
    answer
}
