//! Faults against chapter 13, as far as it is about chats that are said once.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    Fault,
    behaviour::{Act, Behaviour, Seen, on, refusal, without},
    world::{ConnectionId, World},
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "repeat-said-again",
        breaks: &["RES-12"],
        about: "The id of a chat means nothing: what is sent again is said again.",
        behaviour: || say_again(|_, _| true),
    },
    Fault {
        name: "repeat-said-again-from-another-connection",
        breaks: &["RES-17", "RES-12"],
        about: "A repeat over another connection is said again.",
        behaviour: || say_again(|seen, first| first.connection != seen.connection),
    },
    Fault {
        name: "repeat-said-again-with-another-text",
        breaks: &["RES-12", "RES-13"],
        about: "A repeat with another text is said again.",
        behaviour: || say_again(|seen, first| first.frame["data"] != seen.inner["chatInfo"]),
    },
    Fault {
        name: "repeat-said-again-behind-another-chat",
        breaks: &["RES-12"],
        about: "Only the id of a user's latest chat counts.",
        behaviour: || say_again(|_, first| !first.is_latest),
    },
    Fault {
        name: "repeat-said-again-while-the-chat-is-under-way",
        breaks: &["RES-12"],
        about: "An id counts from the first delivery on: a repeat right behind the chat is said again.",
        behaviour: || {
            let mut under_way: HashMap<Key, bool> = HashMap::new();
            let mut sayings = Sayings::default();
            on(move |world, seen| {
                if let Some(back) = sayings.named_back(seen) {
                    return Some(back);
                }
                let key = Sayings::key(world, seen)?;
                if seen.asks(2) {
                    return match under_way.get(&key) {
                        Some(true) => Some(sayings.rename(seen, key.2)),
                        Some(false) => None,
                        None => {
                            under_way.insert(key, true);
                            None
                        }
                    };
                }
                if seen.is_echo(world) {
                    under_way.insert(key, false);
                }
                None
            })
        },
    },
    Fault {
        name: "repeat-said-again-after-a-leave",
        breaks: &["RES-17", "RES-12"],
        about: "Ids are forgotten when their user leaves the topic.",
        behaviour: || {
            let mut sayings = Sayings::default();
            on(move |world, seen| {
                sayings.note(world, seen);
                if seen.says(204) {
                    sayings.age(world.user(seen.connection), seen.topic());
                }
                sayings.say_again(world, seen, |_, first| first.is_aged)
            })
        },
    },
    Fault {
        name: "repeat-unanswered",
        breaks: &["RES-13"],
        about: "A repeat gets no answer.",
        behaviour: || on_repeats(|_, _, _| Some(Vec::new())),
    },
    Fault {
        name: "repeat-refused",
        breaks: &["RES-13"],
        about: "A repeat is refused.",
        behaviour: || {
            on_requests(|seen, _| Some(vec![Act::Answer(vec![refusal(seen, 422, "invalid_payload")])]))
        },
    },
    Fault {
        name: "repeat-with-its-own-text",
        breaks: &["RES-13", "ORD-4"],
        about: "The answer to a repeat has the text of the repeat.",
        behaviour: || {
            let mut texts: HashMap<ConnectionId, Value> = HashMap::new();
            let mut sayings = Sayings::default();
            on(move |world, seen| {
                if seen.asks(2) {
                    texts.insert(seen.connection, seen.inner["chatInfo"].clone());
                }
                sayings.note(world, seen);
                sayings.repeat(seen)?;
                let mut json = seen.json.clone();
                json["data"] = texts.get(&seen.connection)?.clone();
                Some(vec![Act::Text(json.to_string())])
            })
        },
    },
    Fault {
        name: "repeat-with-a-number-of-its-own",
        breaks: &["RES-13", "ORD-4"],
        about: "The answer to a repeat has the number of the topic's next chat.",
        behaviour: || {
            on_repeats(|world, seen, json| {
                json["seq"] = (world.rooms.get(seen.topic())?.seq + 1).into();
                Some(vec![Act::Text(json.to_string())])
            })
        },
    },
    Fault {
        name: "repeat-at-another-time",
        breaks: &["RES-13"],
        about: "The at of the answer to a repeat is the time of the repeat.",
        behaviour: || {
            on_repeats(|_, _, json| {
                json["at"] = (json["at"].as_i64()? + 1).into();
                Some(vec![Act::Text(json.to_string())])
            })
        },
    },
    Fault {
        name: "repeat-without-id",
        breaks: &["RES-13", "ENV-12"],
        about: "The answer to a repeat has no id.",
        behaviour: || {
            on_repeats(|_, _, json| {
                without(json, "id");
                Some(vec![Act::Text(json.to_string())])
            })
        },
    },
    Fault {
        name: "repeat-answered-twice",
        breaks: &["RES-13"],
        about: "A repeat gets its answer twice.",
        behaviour: || on_repeats(|_, _, _| Some(vec![Act::Forward, Act::Forward])),
    },
    Fault {
        name: "repeat-answered-out-of-turn",
        breaks: &["RES-13", "ORD-8"],
        about: "The answer to a repeat comes behind that of the next frame.",
        behaviour: || {
            let mut held = HashSet::new();
            let mut sayings = Sayings::default();
            on(move |world, seen| {
                sayings.note(world, seen);
                if sayings.repeat(seen).is_some() {
                    held.insert(seen.connection);
                    return Some(vec![Act::Hold(Duration::from_millis(200))]);
                }
                let next = seen.code() != 0 && held.remove(&seen.connection);
                next.then(|| vec![Act::Forward, Act::Release])
            })
        },
    },
    Fault {
        name: "repeat-for-the-whole-room",
        breaks: &["RES-14", "CHAT-3"],
        about: "The answer to a repeat goes to all members of the topic.",
        behaviour: || {
            on_repeats(|world, seen, _| {
                let others = world.members(seen.topic()).filter(|id| *id != seen.connection);
                let copies = others.map(|id| Act::ToClient(id, seen.text.to_owned()));
                Some([Act::Forward].into_iter().chain(copies).collect())
            })
        },
    },
    Fault {
        name: "repeat-for-all-connections-of-its-user",
        breaks: &["RES-14", "CHAT-3"],
        about: "The answer to a repeat goes to all connections of its user in the topic.",
        behaviour: || {
            on_repeats(|world, seen, _| {
                let user = world.user(seen.connection);
                let others = world.members(seen.topic()).filter(|id| *id != seen.connection);
                let own = others.filter(|id| world.user(*id) == user);
                let copies = own.map(|id| Act::ToClient(id, seen.text.to_owned()));
                Some([Act::Forward].into_iter().chain(copies).collect())
            })
        },
    },
    Fault {
        name: "repeat-where-it-was-said-first",
        breaks: &["RES-13"],
        about: "The answer to a repeat goes to the connection that sent the first one, if that is still there.",
        behaviour: || {
            let mut sayings = Sayings::default();
            on(move |world, seen| {
                sayings.note(world, seen);
                let first = sayings.repeat(seen)?;
                let there = first != seen.connection && world.joined(first, seen.topic());
                there.then(|| vec![Act::ToClient(first, seen.text.to_owned())])
            })
        },
    },
    Fault {
        name: "ids-of-all-users",
        breaks: &["RES-15"],
        about: "An id that another user has given in the topic makes a chat a repeat.",
        behaviour: || {
            confuse(|(user, topic, id), seen, own| {
                user != own && topic == seen.topic() && seen.json["id"] == *id
            })
        },
    },
    Fault {
        name: "ids-of-all-topics",
        breaks: &["RES-15"],
        about: "An id that the user has given in another topic makes a chat a repeat.",
        behaviour: || {
            confuse(|(user, topic, id), seen, own| {
                user == own && topic != seen.topic() && seen.json["id"] == *id
            })
        },
    },
    Fault {
        name: "ids-in-lower-case",
        breaks: &["RES-15"],
        about: "An id that differs only in its case makes a chat a repeat.",
        behaviour: || {
            confuse(|(user, topic, id), seen, own| {
                let new = seen.json["id"].as_str().unwrap_or_default();
                user == own && topic == seen.topic() && new != id && new.to_lowercase() == id.to_lowercase()
            })
        },
    },
    Fault {
        name: "ids-cut-at-32-characters",
        breaks: &["RES-15"],
        about: "An id that agrees with an earlier one in its first 32 characters makes a chat a repeat.",
        behaviour: || {
            confuse(|(user, topic, id), seen, own| {
                let new = seen.json["id"].as_str().unwrap_or_default();
                let agree = new.chars().take(32).eq(id.chars().take(32));
                user == own && topic == seen.topic() && new != id && agree
            })
        },
    },
    Fault {
        name: "ids-outlive-the-epoch",
        breaks: &["RES-15"],
        about: "An id that the user has given in an earlier epoch of the topic makes a chat a repeat.",
        behaviour: || {
            let mut said: HashMap<(String, String, String), (Value, Value)> = HashMap::new();
            on(move |world, seen| {
                let user = world.user(seen.connection).to_owned();
                let id = seen.json["id"].as_str().unwrap_or_default().to_owned();
                let key = (user, seen.topic().to_owned(), id);
                let epoch = &world.rooms.get(seen.topic())?.epoch;
                if seen.says(200) && !key.2.is_empty() && seen.is_echo(world) {
                    said.insert(key, (epoch.clone(), seen.json.clone()));
                    return None;
                }
                let (earlier, first) = (seen.asks(2) && world.at_home(seen)).then(|| said.get(&key))??;
                (earlier != epoch).then(|| vec![Act::Answer(vec![first.clone()])])
            })
        },
    },
    Fault {
        name: "ids-of-other-frames",
        breaks: &["RES-15"],
        about: "A chat is dropped whose id its connection has given to a frame of another type.",
        behaviour: || {
            let mut ids = HashSet::new();
            on(move |_, seen| {
                let id = (seen.way == super::wire::Way::Up).then(|| seen.json["id"].as_str())??.to_owned();
                if !seen.asks(2) {
                    ids.insert((seen.connection, id));
                    return None;
                }
                ids.contains(&(seen.connection, id)).then(Vec::new)
            })
        },
    },
    Fault {
        name: "ids-of-refused-chats",
        breaks: &["RES-15"],
        about: "A chat is dropped whose id its connection has given to a chat that was refused.",
        behaviour: || {
            let mut ids = HashSet::new();
            on(move |_, seen| {
                let id = seen.json["id"].as_str()?.to_owned();
                if seen.refuses() && seen.kind_of_request() == 2 {
                    ids.insert((seen.connection, id));
                    return None;
                }
                (seen.asks(2) && ids.contains(&(seen.connection, id))).then(Vec::new)
            })
        },
    },
    Fault {
        name: "same-text-is-a-repeat",
        breaks: &["RES-16"],
        about: "A chat without an id is dropped when its user has said the same in the topic just before.",
        behaviour: || {
            let mut last: HashMap<(ConnectionId, String), Value> = HashMap::new();
            on(move |_, seen| {
                let content = (seen.asks(2) && seen.json.get("id").is_none())
                    .then(|| seen.chat()["content"].clone())?;
                let key = (seen.connection, seen.topic().to_owned());
                (last.insert(key, content.clone()) == Some(content)).then(Vec::new)
            })
        },
    },
    Fault {
        name: "repeat-unchecked",
        breaks: &["CHAT-14", "CHAT-9", "CHAT-13"],
        about: "A repeat is looked up before it is checked, so that one to be refused gets the first delivery.",
        behaviour: || on_requests(|_, first| Some(vec![Act::Answer(vec![first.frame.clone()])])),
    },
    Fault {
        name: "repeat-without-topic",
        breaks: &["RES-13", "CHAT-6"],
        about: "The answer to a repeat does not name its topic.",
        behaviour: || {
            on_repeats(|_, _, json| {
                without(json, "topic");
                Some(vec![Act::Text(json.to_string())])
            })
        },
    },
    Fault {
        name: "repeat-answered-without-a-text",
        breaks: &["RES-13", "CHAT-4"],
        about: "The answer to a repeat has an empty object as its data.",
        behaviour: || {
            on_repeats(|_, _, json| {
                json["data"] = json!({}).to_string().into();
                Some(vec![Act::Text(json.to_string())])
            })
        },
    },
];

/// A chat with an id, as it was first delivered to its sender.
struct Saying {
    frame: Value,
    connection: ConnectionId,
    /// Its user has said nothing with an id in the topic since.
    is_latest: bool,
    /// Something has happened by which a fault takes it for forgotten.
    is_aged: bool,
}

type Key = (String, String, String);

/// All chats with ids that were said, by user, topic and id; and requests that go to the server under another id.
#[derive(Default)]
pub(super) struct Sayings {
    said: HashMap<Key, Saying>,
    /// Repeats that are under way: connection, topic, id.
    repeats: HashSet<(ConnectionId, String, String)>,
    /// By the id under which the server got a chat: the one that its client gave.
    renamed: HashMap<String, String>,
}

impl Sayings {
    fn key(world: &World, seen: &Seen<'_>) -> Option<Key> {
        let id = seen.json["id"].as_str()?;
        Some((world.user(seen.connection).to_owned(), seen.topic().to_owned(), id.to_owned()))
    }

    /// Learns from a frame; the fault looks at it afterwards.
    pub(super) fn note(&mut self, world: &World, seen: &Seen<'_>) {
        let Some(key) = Self::key(world, seen) else { return };
        if seen.asks(2) && self.said.contains_key(&key) {
            self.repeats.insert((seen.connection, key.1, key.2));
        } else if seen.says(200) && seen.inner["user"] == key.0.as_str() && !self.said.contains_key(&key) {
            if !seen.is_echo(world) {
                return;
            }
            for (_, saying) in
                self.said.iter_mut().filter(|((user, topic, _), _)| *user == key.0 && *topic == key.1)
            {
                saying.is_latest = false;
            }
            let (frame, connection) = (seen.json.clone(), seen.connection);
            self.said.insert(key, Saying { frame, connection, is_latest: true, is_aged: false });
        }
    }

    /// Whether this is the answer to a repeat; then the connection that said it first.
    pub(super) fn repeat(&mut self, seen: &Seen<'_>) -> Option<ConnectionId> {
        let id = seen.says(200).then(|| seen.json["id"].as_str())??;
        self.repeats.remove(&(seen.connection, seen.topic().to_owned(), id.to_owned())).then_some(())?;
        let user = seen.inner["user"].as_str()?.to_owned();
        self.said.get(&(user, seen.topic().to_owned(), id.to_owned())).map(|it| it.connection)
    }

    fn age(&mut self, user: &str, topic: &str) {
        for (_, saying) in self.said.iter_mut().filter(|((who, it, _), _)| who == user && it == topic) {
            saying.is_aged = true;
        }
    }

    /// A repeat that the filter takes goes to the server under an id of its own, which no client ever sees.
    fn say_again(
        &mut self,
        world: &World,
        seen: &Seen<'_>,
        filter: fn(&Seen<'_>, &Saying) -> bool,
    ) -> Option<Vec<Act>> {
        if let Some(back) = self.named_back(seen) {
            return Some(back);
        }
        let key = seen.asks(2).then(|| Self::key(world, seen))??;
        let again = self.said.get(&key).is_some_and(|first| filter(seen, first));
        again.then(|| self.rename(seen, key.2))
    }

    /// A frame that comes back under the id which only the server saw, under the one that its client gave.
    fn named_back(&self, seen: &Seen<'_>) -> Option<Vec<Act>> {
        let id = self.renamed.get(seen.json["id"].as_str()?)?;
        let mut json = seen.json.clone();
        json["id"] = id.as_str().into();
        Some(vec![Act::Text(json.to_string())])
    }

    /// A chat on its way to the server, under an id of its own in place of this one.
    fn rename(&mut self, seen: &Seen<'_>, id: String) -> Vec<Act> {
        let name = format!("said-again-{}", self.renamed.len());
        let mut json = seen.json.clone();
        json["id"] = name.as_str().into();
        self.renamed.insert(name, id);
        vec![Act::Text(json.to_string())]
    }
}

/// Repeats that the filter takes are said again.
fn say_again(filter: fn(&Seen<'_>, &Saying) -> bool) -> Behaviour {
    let mut sayings = Sayings::default();
    on(move |world, seen| {
        sayings.note(world, seen);
        sayings.say_again(world, seen, filter)
    })
}

/// The answers to repeats are altered; the fault gets the frame to alter.
fn on_repeats(edit: fn(&World, &Seen<'_>, &mut Value) -> Option<Vec<Act>>) -> Behaviour {
    let mut sayings = Sayings::default();
    on(move |world, seen| {
        sayings.note(world, seen);
        sayings.repeat(seen)?;
        edit(world, seen, &mut seen.json.clone())
    })
}

/// Repeats are answered before the server sees them.
fn on_requests(act: fn(&Seen<'_>, &Saying) -> Option<Vec<Act>>) -> Behaviour {
    let mut sayings = Sayings::default();
    on(move |world, seen| {
        sayings.note(world, seen);
        let key = (seen.asks(2) && world.may_speak(seen)).then(|| Sayings::key(world, seen))??;
        act(seen, sayings.said.get(&key)?)
    })
}

/// A chat is answered with an earlier one which the filter takes for the same, and not said.
fn confuse(filter: fn(&Key, &Seen<'_>, &str) -> bool) -> Behaviour {
    let mut sayings = Sayings::default();
    on(move |world, seen| {
        sayings.note(world, seen);
        let own = (seen.asks(2) && world.at_home(seen)).then(|| world.user(seen.connection))?;
        seen.json["id"].as_str()?;
        let (_, first) = sayings.said.iter().find(|(key, _)| filter(key, seen, own))?;
        Some(vec![Act::Answer(vec![first.frame.clone()])])
    })
}
