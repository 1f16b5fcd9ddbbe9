//! Faults against chapter 7: who hears what was not said to them, and who suffers for another.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{
    Fault,
    behaviour::{Act, Behaviour, Seen, on},
    refusals::join,
    rooms::leave,
    stand_ins::StandIns,
    wire::{Kind, Way},
    world::{ConnectionId, World},
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "chat-to-everybody",
        breaks: &["ISO-1"],
        about: "A chat goes to every connection that has had a frame accepted, joined to its topic or not.",
        behaviour: || leak(never_joined),
    },
    Fault {
        name: "chat-to-another-topic",
        breaks: &["ISO-1"],
        about: "A chat also goes to the connections that have joined other topics alone.",
        behaviour: || {
            leak(|world, seen, id| never_joined(world, seen, id) && !world.connections[&id].topics.is_empty())
        },
    },
    Fault {
        name: "chat-delivered-by-user",
        breaks: &["ISO-1", "ISO-8"],
        about: "A chat goes to all connections of a user of whom one has joined the topic.",
        behaviour: || {
            leak(|world, seen, id| {
                let user = world.user(id);
                never_joined(world, seen, id) && world.members(seen.topic()).any(|it| world.user(it) == user)
            })
        },
    },
    Fault {
        name: "chat-to-topics-with-the-same-begin",
        breaks: &["ISO-1", "ISO-4"],
        about: "A chat also goes to the topics whose name begins with its own, as theirs.",
        behaviour: || {
            say_elsewhere(|world, seen| {
                let topics: HashSet<_> = world.all().flat_map(|(_, it)| it.topics.iter()).collect();
                let longer =
                    topics.into_iter().filter(|it| it.starts_with(seen.topic()) && *it != seen.topic());
                longer.cloned().collect()
            })
        },
    },
    Fault {
        name: "chat-said-in-all-topics-of-its-sender",
        breaks: &["ISO-4"],
        about: "A chat is said in every topic that its sender has joined.",
        behaviour: || {
            say_elsewhere(|world, seen| {
                let topics = &world.connections[&seen.connection].topics;
                topics.iter().filter(|it| *it != seen.topic()).cloned().collect()
            })
        },
    },
    Fault {
        name: "chat-labelled-with-another-topic",
        breaks: &["ISO-4", "CHAT-6"],
        about: "To a connection in several topics every chat names the first of them.",
        behaviour: || {
            super::behaviour::alter(
                |_, seen| seen.says(200),
                |world, seen, json| {
                    if let Some(topic) = world.connections[&seen.connection].topics.first() {
                        json["topic"] = topic.as_str().into();
                    }
                },
            )
        },
    },
    Fault {
        name: "latest-chat-before-the-join-answer",
        breaks: &["ISO-2", "ORD-3"],
        about: "A connection that joins gets the topic's latest chat before its 201.",
        behaviour: || {
            on(|world, seen| {
                let first = seen.says(201) && !world.joined(seen.connection, seen.topic());
                let latest = &world.rooms.get(seen.topic()).filter(|_| first)?.latest;
                latest.is_object().then(|| vec![Act::Text(latest.to_string()), Act::Forward])
            })
        },
    },
    Fault {
        name: "chat-after-leave",
        breaks: &["ISO-3"],
        about: "A connection that has left a topic still gets its chats.",
        behaviour: || leak(|world, seen, id| world.connections[&id].left.contains(seen.topic())),
    },
    Fault {
        name: "leave-does-not-leave",
        breaks: &["ISO-3"],
        about: "A leave is answered and changes nothing.",
        behaviour: || {
            on(|_, seen| {
                let topic = seen.asks(6).then(|| seen.inner["topic"].as_str())??;
                let left = super::behaviour::answer(seen, 204, &serde_json::json!({ "topic": topic }));
                Some(vec![Act::Answer(vec![left])])
            })
        },
    },
    Fault {
        name: "one-chat-behind-the-leave",
        breaks: &["ISO-3"],
        about: "The first chat of a topic that a connection has left still comes to it.",
        behaviour: || {
            let mut sent = HashSet::new();
            on(move |world, seen| {
                let line = world.fresh(seen).then(|| seen.json.to_string())?;
                let topic = seen.topic();
                let left: Vec<_> =
                    world.all().filter(|(_, it)| it.left.contains(topic)).map(|it| it.0).collect();
                let first = left.into_iter().filter(|id| sent.insert((*id, topic.to_owned())));
                Some(
                    [Act::Forward]
                        .into_iter()
                        .chain(first.map(|id| Act::ToClient(id, line.clone())))
                        .collect(),
                )
            })
        },
    },
    Fault {
        name: "errors-to-the-room",
        breaks: &["ISO-5"],
        about: "An error frame that names a topic goes to everybody who has joined it.",
        behaviour: || {
            on(|world, seen| {
                let topic = seen.refuses().then(|| seen.json["topic"].as_str())??;
                let others = world.members(topic).filter(|id| *id != seen.connection);
                let copies = others.map(|id| Act::ToClient(id, seen.text.to_owned()));
                Some([Act::Forward].into_iter().chain(copies).collect())
            })
        },
    },
    Fault {
        name: "join-answer-to-the-room",
        breaks: &["ISO-5"],
        about: "A 201 goes to everybody who has joined the topic.",
        behaviour: || {
            on(|world, seen| {
                let others =
                    world.members(seen.topic()).filter(|id| *id != seen.connection && seen.says(201));
                let copies = others.map(|id| Act::ToClient(id, seen.text.to_owned()));
                Some([Act::Forward].into_iter().chain(copies).collect())
            })
        },
    },
    Fault {
        name: "leave-answer-to-the-room",
        breaks: &["ISO-5"],
        about: "A 204 goes to everybody who has joined the topic.",
        behaviour: || {
            on(|world, seen| {
                let others =
                    world.members(seen.topic()).filter(|id| *id != seen.connection && seen.says(204));
                let copies = others.map(|id| Act::ToClient(id, seen.text.to_owned()));
                Some([Act::Forward].into_iter().chain(copies).collect())
            })
        },
    },
    Fault {
        name: "answers-to-all-connections-of-a-user",
        breaks: &["ISO-5"],
        about: "The answer to a heartbeat, a join or a leave goes to all connections of its user.",
        behaviour: || {
            on(|world, seen| {
                let answer = matches!(seen.code(), 100 | 201 | 204);
                let others =
                    world.connections_of(world.user(seen.connection)).filter(|id| *id != seen.connection);
                let accepted = others.filter(|id| answer && world.connections[id].accepted);
                let copies = accepted.map(|id| Act::ToClient(id, seen.text.to_owned()));
                Some([Act::Forward].into_iter().chain(copies).collect())
            })
        },
    },
    Fault {
        name: "strays-to-the-longest-connected",
        breaks: &["ISO-1"],
        about: "Behind an ack, the connection that has been there for longest gets a chat of a topic that it never joined.",
        behaviour: || {
            let mut kept: Option<String> = None;
            on(move |world, seen| {
                let (oldest, connection) = world.all().find(|(_, connection)| connection.accepted)?;
                let near = [&connection.topics, &connection.left, &connection.joining];
                if world.fresh(seen) && !near.iter().any(|topics| topics.contains(seen.topic())) {
                    kept = Some(seen.text.to_owned());
                    return None;
                }
                let due = seen.says(100) && seen.connection == oldest;
                let stray = due.then(|| kept.take())??;
                Some(vec![Act::Forward, Act::Text(stray)])
            })
        },
    },
    Fault {
        name: "refusals-announced-to-everybody",
        breaks: &["ISO-6"],
        about: "When a frame is refused, all others who are in a topic get a word of the server's own behind their next frame.",
        behaviour: || {
            let mut due: HashSet<ConnectionId> = HashSet::new();
            on(move |world, seen| {
                if seen.refuses() {
                    let others =
                        world.all().filter(|(id, it)| *id != seen.connection && !it.topics.is_empty());
                    due.extend(others.map(|(id, _)| id));
                    return None;
                }
                let told = seen.way == Way::Down && seen.code() > 0 && due.remove(&seen.connection);
                let word = json!({ "data": { "x-notice": "somebody was refused" } }).to_string();
                let word = json!({ "type": 4, "code": 203, "data": word }).to_string();
                told.then(|| vec![Act::Forward, Act::Text(word)])
            })
        },
    },
    Fault {
        name: "bad-bytes-close-everybody",
        breaks: &["ISO-6"],
        about: "A binary message, broken UTF-8 or a breach of RFC 6455 closes all connections.",
        behaviour: || {
            on(|world, seen| {
                let bad = matches!(seen.kind, Kind::Binary | Kind::NotUtf8 | Kind::Irregular);
                (seen.way == Way::Up && bad).then(|| close_others(world, seen))
            })
        },
    },
    Fault {
        name: "malformed-frame-closes-everybody",
        breaks: &["ISO-6"],
        about: "A malformed frame closes all other connections.",
        behaviour: || on(|world, seen| (seen.code() == 400).then(|| close_others(world, seen))),
    },
    Fault {
        name: "oversize-message-closes-everybody",
        breaks: &["ISO-6"],
        about: "A message that is too large closes all connections.",
        behaviour: || {
            on(|world, seen| {
                (seen.way == Way::Up && seen.kind == Kind::Oversize).then(|| close_others(world, seen))
            })
        },
    },
    Fault {
        name: "refused-frame-costs-a-chat",
        breaks: &["ISO-6", "CHAT-1"],
        about: "After an error frame on any connection the next chat is lost for its latest member.",
        behaviour: || {
            let mut due = false;
            on(move |world, seen| {
                if seen.refuses() {
                    due = true;
                    return None;
                }
                let hit = due && super::chat::others_chat(world, seen) && super::chat::is_last(world, seen);
                due &= !hit;
                hit.then(Vec::new)
            })
        },
    },
    Fault {
        name: "second-connection-closes-the-first",
        breaks: &["ISO-7"],
        about: "A join closes the other connections of its user.",
        behaviour: || {
            on(|world, seen| {
                let user = seen.says(201).then(|| seen.inner["user"].as_str())??;
                let others = world.connections_of(user).filter(|id| *id != seen.connection);
                let closes =
                    others.filter(|id| world.connections[id].accepted).map(|id| Act::Close(id, 4000));
                Some([Act::Forward].into_iter().chain(closes).collect())
            })
        },
    },
    Fault {
        name: "join-joins-all-connections-of-a-user",
        breaks: &["ISO-8", "ISO-1"],
        about: "A join joins all connections of its user.",
        behaviour: || for_the_user(3, join),
    },
    Fault {
        name: "leave-leaves-with-all-connections-of-a-user",
        breaks: &["ISO-8", "CHAT-1"],
        about: "A leave takes all connections of its user out of the topic.",
        behaviour: || for_the_user(6, leave),
    },
    Fault {
        name: "close-leaves-with-all-connections-of-a-user",
        breaks: &["ISO-8", "CHAT-1"],
        about: "When a connection ends, the other connections of its user leave its topics.",
        behaviour: || {
            on(|world, seen| {
                let ends = seen.way == Way::Up && matches!(seen.kind, Kind::Close | Kind::End);
                let ended = world.connections.get(&seen.connection).filter(|_| ends)?;
                let others = world.connections_of(world.user(seen.connection));
                let others = others.filter(|id| *id != seen.connection);
                let leaves = others.flat_map(|id| {
                    let token = &world.connections[&id].token.0;
                    ended.topics.iter().map(move |topic| Act::Ask(id, leave(token, topic)))
                });
                Some([Act::Forward].into_iter().chain(leaves).collect())
            })
        },
    },
];

/// Each chat goes, besides to whom it should, to the connections that the filter takes.
fn leak(filter: fn(&World, &Seen<'_>, ConnectionId) -> bool) -> Behaviour {
    on(move |world, seen| {
        let line = world.fresh(seen).then_some(seen.text)?;
        let others = world.all().map(|(id, _)| id).filter(|id| filter(world, seen, *id));
        let copies = others.map(|id| Act::ToClient(id, line.to_owned()));
        Some([Act::Forward].into_iter().chain(copies).collect())
    })
}

fn never_joined(world: &World, seen: &Seen<'_>, id: ConnectionId) -> bool {
    let connection = &world.connections[&id];
    let near = [&connection.topics, &connection.left, &connection.joining];
    connection.accepted && !near.iter().any(|topics| topics.contains(seen.topic()))
}

/// Each chat that is accepted is also said in other topics, by way of their oldest members.
fn say_elsewhere(topics: fn(&World, &Seen<'_>) -> Vec<String>) -> Behaviour {
    let mut stand_ins = StandIns::default();
    on(move |world, seen| {
        if seen.way == Way::Down {
            return stand_ins.give(seen).map(|(json, _)| vec![Act::Text(json.to_string())]);
        }
        let chat = seen.chat();
        let good = seen.asks(2) && seen.is_sound() && world.may_speak(seen) && world.at_home(seen);
        if !good || chat["user"] != world.user(seen.connection) || !chat["content"].is_string() {
            return None;
        }
        let mut acts = vec![Act::Forward];
        for topic in topics(world, seen) {
            let Some(member) = world.members(&topic).next() else { continue };
            let mut request = stand_ins.take(seen, &topic, world.user(member));
            request["token"] = world.connections[&member].token.0.as_str().into();
            acts.push(Act::ToServer(member, request.to_string()));
        }
        Some(acts)
    })
}

fn close_others(world: &World, seen: &Seen<'_>) -> Vec<Act> {
    let others = world.all().filter(|(id, it)| *id != seen.connection && it.accepted);
    [Act::Forward].into_iter().chain(others.map(|(id, _)| Act::Close(id, 1011))).collect()
}

/// A request is carried out for the other connections of its user, too.
fn for_the_user(request: i64, make: fn(&str, &str) -> Value) -> Behaviour {
    on(move |world, seen| {
        let topic = seen.asks(request).then(|| seen.inner["topic"].as_str())??;
        let others = world.connections_of(world.speaker(seen)).filter(|id| *id != seen.connection);
        let others = others.filter(|id| world.connections[id].accepted);
        let more = others.map(|id| Act::Ask(id, make(&world.connections[&id].token.0, topic)));
        Some([Act::Forward].into_iter().chain(more).collect())
    })
}
