//! Faults against chapter 3: what is refused and what is not, which error comes first, and what a refusal leaves behind.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{
    Fault,
    behaviour::{Act, Behaviour, Seen, alter, on, parse, refusal, refuse, with_payload, without},
    wire::Way,
    world::World,
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "unknown-type-before-token",
        breaks: &["ERR-6"],
        about: "An unknown type is refused before the token is looked at.",
        behaviour: || {
            precede(501, "unknown_type", |seen| {
                seen.token().is_empty() && seen.json["type"].as_i64().is_some_and(|it| !(1..=6).contains(&it))
            })
        },
    },
    Fault {
        name: "payload-before-token",
        breaks: &["ERR-6"],
        about: "An invalid payLoad is refused before the token is looked at.",
        behaviour: || precede(422, "invalid_payload", |seen| seen.token().is_empty() && no_payload(seen)),
    },
    Fault {
        name: "token-before-envelope",
        breaks: &["ERR-6"],
        about: "An empty token is refused before the rest of the envelope is looked at.",
        behaviour: || {
            precede(401, "unauthenticated", |seen| {
                seen.json["token"] == "" && (!seen.json["payLoad"].is_string() || !seen.json["type"].is_i64())
            })
        },
    },
    Fault {
        name: "token-before-id",
        breaks: &["ERR-6"],
        about: "An empty token is refused before an id of a wrong type is.",
        behaviour: || {
            precede(401, "unauthenticated", |seen| {
                let whole = seen.json["payLoad"].is_string() && seen.json["type"].is_i64();
                seen.json["token"] == "" && whole && seen.json.get("id").is_some_and(|id| !id.is_string())
            })
        },
    },
    Fault {
        name: "wrong-user-before-type",
        breaks: &["ERR-6"],
        about: "Another user's token is refused before a type is missed.",
        behaviour: || {
            on(|world, seen| {
                let typeless =
                    seen.way == Way::Up && seen.json.is_object() && seen.json.get("type").is_none();
                let known = world.connections.get(&seen.connection)?;
                let foreign = known.accepted && !seen.token().is_empty() && known.token.0 != seen.token();
                (typeless && foreign).then(|| vec![Act::Answer(vec![refusal(seen, 403, "wrong_user")])])
            })
        },
    },
    Fault {
        name: "payload-before-unknown-type",
        breaks: &["ERR-6"],
        about: "A payLoad that is no JSON is refused before an unknown type is.",
        behaviour: || {
            on(|world, seen| {
                let unknown = seen.json["type"].as_i64().is_some_and(|it| !(1..=6).contains(&it));
                let no_json = seen.inner.is_null() && seen.json["payLoad"] != "";
                let both = seen.is_sound() && world.may_speak(seen) && unknown && no_json;
                both.then(|| vec![Act::Answer(vec![refusal(seen, 422, "invalid_payload")])])
            })
        },
    },
    Fault {
        name: "payload-before-wrong-user",
        breaks: &["ERR-6"],
        about: "An invalid payLoad is refused before another user's token is.",
        behaviour: || {
            on(|world, seen| {
                let both = world.is_foreign(seen) && no_payload(seen);
                both.then(|| vec![Act::Answer(vec![refusal(seen, 422, "invalid_payload")])])
            })
        },
    },
    Fault {
        name: "unknown-type-before-wrong-user",
        breaks: &["ERR-6"],
        about: "An unknown type is refused before another user's token is.",
        behaviour: || {
            on(|world, seen| {
                let unknown = seen.json["type"].as_i64().is_some_and(|it| !(1..=6).contains(&it));
                let both = world.is_foreign(seen) && unknown;
                both.then(|| vec![Act::Answer(vec![refusal(seen, 501, "unknown_type")])])
            })
        },
    },
    Fault {
        name: "not-joined-before-payload",
        breaks: &["ERR-6"],
        about: "An invalid chatInfo in a topic that was not joined is refused as not joined.",
        behaviour: || {
            refuse(403, "not_joined", |world, seen| {
                let named = seen.asks(2) && !seen.topic().is_empty();
                named && !world.at_home(seen) && !seen.chat()["content"].is_string()
            })
        },
    },
    Fault {
        name: "wrong-author-before-not-joined",
        breaks: &["ERR-6"],
        about: "Another's name in a topic that was not joined is refused as a wrong author.",
        behaviour: || {
            refuse(403, "wrong_author", |world, seen| {
                let chat = seen.chat();
                let at_home = world.at_home(seen);
                let whole =
                    chat["content"].is_string() && chat["type"].is_string() && chat["user"].is_string();
                seen.asks(2) && whole && !at_home && chat["user"] != world.user(seen.connection)
            })
        },
    },
    Fault {
        name: "refused-first-frame-settles-the-user",
        breaks: &["ERR-7", "ERR-10"],
        about: "The user of a connection is settled by its first frame with a token, refused or not.",
        behaviour: || {
            let mut first = HashMap::new();
            on(move |_, seen| {
                if !seen.is_sound() {
                    return None;
                }
                let first = first.entry(seen.connection).or_insert_with(|| seen.token().to_owned());
                (first != seen.token()).then(|| vec![Act::Answer(vec![refusal(seen, 403, "wrong_user")])])
            })
        },
    },
    Fault {
        name: "refused-join-joins",
        breaks: &["ERR-7"],
        about: "A join that is refused for its displayName joins the topic all the same.",
        behaviour: || {
            on(|world, seen| {
                let refused = seen.refuses_as("invalid_payload") && seen.kind_of_request() == 3;
                let token = world.connections.get(&seen.connection)?.token.0.clone();
                let join = join(&token, refused.then(|| seen.json["topic"].as_str())??);
                Some(vec![Act::Forward, Act::Ask(seen.connection, join)])
            })
        },
    },
    Fault {
        name: "refused-chat-numbered",
        breaks: &["ERR-7", "ORD-1"],
        about: "A chat that is refused for its author takes a seq, which nobody ever sees.",
        behaviour: number_refused_chats,
    },
    Fault {
        name: "missing-payload-accepted",
        breaks: &["ERR-8"],
        about: "A heartbeat without a payLoad is accepted.",
        behaviour: || {
            alter(
                |_, seen| seen.asks(1) && seen.json["payLoad"].is_null(),
                |_, _, json| json["payLoad"] = "".into(),
            )
        },
    },
    Fault {
        name: "payload-object-accepted",
        breaks: &["ERR-8"],
        about: "A payLoad that is an object in place of its text is accepted.",
        behaviour: || {
            alter(
                |_, seen| seen.way == Way::Up && seen.json["payLoad"].is_object(),
                |_, seen, json| json["payLoad"] = seen.json["payLoad"].to_string().into(),
            )
        },
    },
    Fault {
        name: "type-as-text-accepted",
        breaks: &["ERR-8"],
        about: "A type that is a number in a string is accepted.",
        behaviour: || {
            alter(
                |_, seen| seen.way == Way::Up && seen.json["type"].is_string(),
                |_, seen, json| json["type"] = parse(seen.json["type"].as_str().unwrap_or_default()),
            )
        },
    },
    Fault {
        name: "fractional-type-accepted",
        breaks: &["ERR-8"],
        about: "A type with a fraction is cut to an integer.",
        behaviour: || {
            alter(
                |_, seen| seen.way == Way::Up && seen.json["type"].is_f64(),
                |_, seen, json| {
                    let text = seen.json["type"].to_string();
                    json["type"] = parse(text.split('.').next().unwrap_or_default());
                },
            )
        },
    },
    Fault {
        name: "null-id-accepted",
        breaks: &["ERR-8"],
        about: "An id that is null counts as none.",
        behaviour: || {
            alter(
                |_, seen| seen.way == Way::Up && seen.json.get("id").is_some_and(Value::is_null),
                |_, _, json| without(json, "id"),
            )
        },
    },
    Fault {
        name: "empty-id-accepted",
        breaks: &["ERR-8"],
        about: "An empty id counts as none.",
        behaviour: || {
            alter(|_, seen| seen.way == Way::Up && seen.json["id"] == "", |_, _, json| without(json, "id"))
        },
    },
    Fault {
        name: "long-id-accepted",
        breaks: &["ERR-8"],
        about: "An id of more than 64 characters is cut to 64.",
        behaviour: || {
            alter(
                |_, seen| {
                    seen.way == Way::Up && seen.json["id"].as_str().is_some_and(|id| id.chars().count() > 64)
                },
                |_, seen, json| {
                    let id = seen.json["id"].as_str().unwrap_or_default();
                    json["id"] = id.chars().take(64).collect::<String>().into();
                },
            )
        },
    },
    Fault {
        name: "array-accepted",
        breaks: &["ERR-8"],
        about: "An array of one frame is accepted as that frame.",
        behaviour: || {
            on(|_, seen| match (seen.way, parse(seen.text).as_array()?.as_slice()) {
                (Way::Up, [only]) if only.is_object() => Some(vec![Act::Text(only.to_string())]),
                _ => None,
            })
        },
    },
    Fault {
        name: "trailing-text-ignored",
        breaks: &["ERR-8"],
        about: "What stands behind the first JSON object of a message is ignored.",
        behaviour: || {
            on(|_, seen| {
                let mut objects = serde_json::Deserializer::from_str(seen.text).into_iter::<Value>();
                let first = (seen.way == Way::Up && seen.json.is_null()).then(|| objects.next())??.ok()?;
                first.is_object().then(|| vec![Act::Text(first.to_string())])
            })
        },
    },
    Fault {
        name: "empty-token-accepted",
        breaks: &["ERR-9"],
        about: "An empty token is taken for the connection's user, or for a guest.",
        behaviour: || {
            alter(
                |_, seen| seen.way == Way::Up && seen.json["token"] == "",
                |world, seen, json| {
                    let known = world.connections.get(&seen.connection).map(|connection| &connection.token.0);
                    json["token"] =
                        known.filter(|token| !token.is_empty()).map_or("guest", |token| token).into();
                },
            )
        },
    },
    Fault {
        name: "long-token-accepted",
        breaks: &["ERR-9"],
        about: "A token of more than 4096 characters is taken for the connection's user, or for a guest.",
        behaviour: || {
            alter(
                |_, seen| seen.way == Way::Up && seen.token().chars().count() > 4096,
                |world, seen, json| {
                    let known = world.connections.get(&seen.connection);
                    let known = known.filter(|connection| connection.accepted).map(|it| it.token.0.as_str());
                    json["token"] = known.unwrap_or("guest").into();
                },
            )
        },
    },
    Fault {
        name: "unknown-token-overlooked",
        breaks: &["ERR-9"],
        about: "Once a connection has its user, a token that stands for nobody is taken for that user's.",
        behaviour: || {
            on(|world, seen| {
                let stranger = seen.is_sound() && world.is_foreign(seen) && !world.knows(seen.token());
                let mut json = stranger.then(|| seen.json.clone())?;
                speak_as_before(world, seen, &mut json);
                Some(vec![Act::Text(json.to_string())])
            })
        },
    },
    Fault {
        name: "wrong-user-accepted",
        breaks: &["ERR-10"],
        about: "Another user's token is accepted, and the frame taken as the connection's own.",
        behaviour: || alter(|world, seen| seen.way == Way::Up && world.is_foreign(seen), speak_as_before),
    },
    Fault {
        name: "wrong-user-accepted-on-heartbeats",
        breaks: &["ERR-10"],
        about: "Another user's token is accepted on a heartbeat.",
        behaviour: || alter(|world, seen| seen.asks(1) && world.is_foreign(seen), speak_as_before),
    },
    Fault {
        name: "wrong-user-takes-over",
        breaks: &["ERR-10", "ERR-7"],
        about: "A refused frame with another user's token makes the connection that user's.",
        behaviour: || {
            let mut takers = HashMap::<_, String>::new();
            on(move |world, seen| {
                let taker = takers.get(&seen.connection).filter(|_| seen.is_sound());
                let mut json = seen.json.clone();
                match taker {
                    Some(taker) if taker == seen.token() => speak_as_before(world, seen, &mut json),
                    Some(taker) if world.may_speak(seen) => json["token"] = taker.as_str().into(),
                    None if seen.is_sound() && world.is_foreign(seen) => {
                        takers.insert(seen.connection, seen.token().to_owned());
                        return None;
                    }
                    _ => return None,
                }
                Some(vec![Act::Text(json.to_string())])
            })
        },
    },
    Fault {
        name: "join-without-topic-accepted",
        breaks: &["ERR-12", "ROOM-3"],
        about: "A join without a topic joins the topic lobby.",
        behaviour: || {
            on(|world, seen| {
                let bare = seen.asks(3)
                    && world.may_speak(seen)
                    && seen.inner.is_object()
                    && seen.inner["topic"].is_null();
                let mut inner = seen.inner.clone();
                bare.then(|| inner["topic"] = "lobby".into())?;
                Some(vec![Act::Text(with_payload(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "empty-payload-ignored",
        breaks: &["ERR-12", "ERR-1"],
        about: "A join, chat or leave with an empty payLoad gets no answer.",
        behaviour: || {
            on(|world, seen| {
                let ignored = world.may_speak(seen) && !seen.asks(1) && seen.json["payLoad"] == "";
                let known = seen.json["type"].as_i64().is_some_and(|it| (2..=6).contains(&it));
                (ignored && known && seen.way == Way::Up).then(Vec::new)
            })
        },
    },
];

/// A join in a user's name.
pub(super) fn join(token: &str, topic: &str) -> Value {
    json!({ "token": token, "type": 3, "payLoad": json!({ "topic": topic }).to_string() })
}

fn no_payload(seen: &Seen<'_>) -> bool {
    seen.json["type"].as_i64().is_some_and(|it| matches!(it, 2 | 3 | 6))
        && seen.json["payLoad"].is_string()
        && !seen.inner["topic"].is_string()
}

fn speak_as_before(world: &World, seen: &Seen<'_>, json: &mut Value) {
    if let Some(connection) = world.connections.get(&seen.connection) {
        json["token"] = connection.token.0.as_str().into();
    }
}

/// A frame with two faults is refused for the second: the requests that the filter takes.
fn precede(code: u16, reason: &'static str, filter: fn(&Seen<'_>) -> bool) -> Behaviour {
    on(move |_, seen| {
        let taken = seen.way == Way::Up && seen.json.is_object() && filter(seen);
        taken.then(|| vec![Act::Answer(vec![refusal(seen, code, reason)])])
    })
}

/// Every refused chat pushes the numbers behind it up by one. The numbers that it pushes are those which nobody has
/// seen, so all members see the same ones.
fn number_refused_chats() -> Behaviour {
    let mut gaps = HashMap::<String, Vec<u64>>::new();
    on(move |world, seen| {
        let topic = seen.topic();
        if seen.refuses_as("wrong_author") {
            let newest = world.rooms.get(topic)?.seq;
            gaps.entry(topic.to_owned()).or_default().push(newest);
            return None;
        }
        let gaps = gaps.get(topic)?;
        let mut json = seen.json.clone();
        if seen.says(200) {
            let skipped = gaps.iter().filter(|gap| **gap < seen.seq()).count() as u64;
            json["seq"] = (seen.seq() + skipped).into();
        } else {
            let seq = seen.says(201).then(|| seen.inner["seq"].as_u64())??;
            let mut inner = seen.inner.clone();
            inner["seq"] = (seq + gaps.iter().filter(|gap| **gap <= seq).count() as u64).into();
            json["data"] = inner.to_string().into();
        }
        Some(vec![Act::Text(json.to_string())])
    })
}
