//! Faults against chapter 3: what is refused, with which error, and what a refusal leaves behind.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{
    Fault,
    behaviour::{
        Act, Behaviour, Seen, alter, alter_data, lose, on, parse, refusal, refuse, with_payload, without,
    },
    wire::{Kind, Way},
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "refused-twice",
        breaks: &["ERR-1"],
        about: "A refused frame gets its error frame twice.",
        behaviour: || on(|_, seen| seen.refuses().then(|| vec![Act::Forward, Act::Forward])),
    },
    Fault {
        name: "refused-in-silence",
        breaks: &["ERR-1"],
        about: "A frame that is refused with 403 gets no answer.",
        behaviour: || lose(|_, seen| seen.code() == 403),
    },
    Fault {
        name: "malformed-in-silence",
        breaks: &["ERR-8", "ERR-1"],
        about: "A malformed frame gets no answer.",
        behaviour: || lose(|_, seen| seen.code() == 400),
    },
    Fault {
        name: "error-closes",
        breaks: &["ERR-2"],
        about: "An error frame is followed by a close.",
        behaviour: || {
            on(|_, seen| seen.refuses().then(|| vec![Act::Forward, Act::Close(seen.connection, 1000)]))
        },
    },
    Fault {
        name: "malformed-json-closes",
        breaks: &["ERR-2", "ERR-8"],
        about: "Text that is no JSON object closes the connection in place of an error frame.",
        behaviour: || {
            on(|_, seen| {
                let broken = seen.way == Way::Up && seen.kind == Kind::Text && seen.json.is_null();
                broken.then(|| vec![Act::Close(seen.connection, 1007)])
            })
        },
    },
    Fault {
        name: "error-without-type",
        breaks: &["ERR-3", "ENV-8"],
        about: "An error frame has no type.",
        behaviour: || alter(|_, seen| seen.refuses(), |_, _, json| without(json, "type")),
    },
    Fault {
        name: "error-of-type-0",
        breaks: &["ERR-3"],
        about: "Every error frame has the type 0.",
        behaviour: || alter(|_, seen| seen.refuses(), |_, _, json| json["type"] = 0.into()),
    },
    Fault {
        name: "malformed-of-type-0",
        breaks: &["ERR-3"],
        about: "A malformed envelope is answered with type 0 even where it had a type.",
        behaviour: || alter(|_, seen| seen.code() == 400, |_, _, json| json["type"] = 0.into()),
    },
    Fault {
        name: "malformed-of-the-last-type",
        breaks: &["ERR-3"],
        about: "Text that is no JSON object is answered with the type of the frame before it.",
        behaviour: || {
            let mut types = HashMap::new();
            on(move |_, seen| {
                if seen.code() == 400 && seen.json["type"] == 0 {
                    let mut json = seen.json.clone();
                    json["type"] = types.get(&seen.connection).cloned()?;
                    return Some(vec![Act::Text(json.to_string())]);
                }
                if seen.way == Way::Down && seen.json["type"].is_i64() {
                    types.insert(seen.connection, seen.json["type"].clone());
                }
                None
            })
        },
    },
    Fault {
        name: "error-without-id",
        breaks: &["ERR-4", "ENV-12"],
        about: "An error frame does not carry the id of the request.",
        behaviour: || alter(|_, seen| seen.refuses(), |_, _, json| without(json, "id")),
    },
    Fault {
        name: "malformed-without-id",
        breaks: &["ERR-4"],
        about: "A malformed envelope is answered without its id.",
        behaviour: || alter(|_, seen| seen.code() == 400, |_, _, json| without(json, "id")),
    },
    Fault {
        name: "error-without-data",
        breaks: &["ERR-5", "ENV-9"],
        about: "The data of an error frame is empty.",
        behaviour: || alter(|_, seen| seen.refuses(), |_, _, json| json["data"] = "".into()),
    },
    Fault {
        name: "error-without-reason",
        breaks: &["ERR-5"],
        about: "An error frame says a message and no reason.",
        behaviour: || alter_data(|_, seen| seen.refuses(), |data| *data = json!({ "message": "refused" })),
    },
    Fault {
        name: "error-reason-unknown",
        breaks: &["ERR-5"],
        about: "Every error frame has the reason bad_request.",
        behaviour: || alter_data(|_, seen| seen.refuses(), |data| data["reason"] = "bad_request".into()),
    },
    Fault {
        name: "error-reason-of-another-row",
        breaks: &["ERR-5", "ERR-12"],
        about: "A 422 has the reason malformed_envelope.",
        behaviour: || {
            alter_data(|_, seen| seen.code() == 422, |data| data["reason"] = "malformed_envelope".into())
        },
    },
    Fault {
        name: "forbidden-for-one-reason",
        breaks: &["CHAT-14", "ERR-10"],
        about: "Every 403 has the reason not_joined.",
        behaviour: || alter_data(|_, seen| seen.code() == 403, |data| data["reason"] = "not_joined".into()),
    },
    Fault {
        name: "every-error-is-400",
        breaks: &["ERR-5"],
        about: "Every error frame has the code 400, and the reason that it should have.",
        behaviour: || alter(|_, seen| seen.refuses(), |_, _, json| json["code"] = 400.into()),
    },
    Fault {
        name: "invalid-payload-as-malformed",
        breaks: &["ERR-12"],
        about: "An invalid payLoad is answered as a malformed envelope.",
        behaviour: || rename(422, 400, "malformed_envelope"),
    },
    Fault {
        name: "malformed-as-invalid-payload",
        breaks: &["ERR-8"],
        about: "A malformed envelope is answered as an invalid payLoad.",
        behaviour: || rename(400, 422, "invalid_payload"),
    },
    Fault {
        name: "unknown-type-as-malformed",
        breaks: &["ERR-11"],
        about: "An unknown type is answered as a malformed envelope.",
        behaviour: || rename(501, 400, "malformed_envelope"),
    },
    Fault {
        name: "unknown-type-ignored",
        breaks: &["ERR-11"],
        about: "A frame of an unknown type gets no answer.",
        behaviour: || lose(|_, seen| seen.code() == 501),
    },
    Fault {
        name: "negative-type-malformed",
        breaks: &["ERR-11", "ERR-8"],
        about: "A type below 1 is refused as malformed.",
        behaviour: || {
            refuse(400, "malformed_envelope", |_, seen| seen.json["type"].as_i64().is_some_and(|it| it < 1))
        },
    },
    Fault {
        name: "unauthenticated-as-403",
        breaks: &["ERR-9"],
        about: "A frame without a good token is refused with 403.",
        behaviour: || rename(401, 403, "wrong_user"),
    },
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
                if seen.way == Way::Down || seen.token().is_empty() {
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
            on(|_, seen| {
                let text = (seen.way == Way::Up).then(|| seen.text.trim().strip_prefix('['))??;
                Some(vec![Act::Text(text.strip_suffix(']')?.to_owned())])
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
                if seen.way == Way::Down || seen.token().is_empty() {
                    return None;
                }
                let mut json = seen.json.clone();
                match takers.get(&seen.connection) {
                    Some(taker) if taker == seen.token() => speak_as_before(world, seen, &mut json),
                    Some(taker) => json["token"] = taker.as_str().into(),
                    None if world.is_foreign(seen) => {
                        takers.insert(seen.connection, seen.token().to_owned());
                        return None;
                    }
                    None => return None,
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
            on(|_, seen| {
                let bare = seen.asks(3) && seen.inner.is_object() && seen.inner["topic"].is_null();
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
    Fault {
        name: "rate-limit-without-time",
        breaks: &["ERR-14"],
        about: "Every fourth heartbeat of a connection is refused with a 429 that says no retryAfterMs.",
        behaviour: || {
            super::behaviour::every(
                4,
                |_, seen| seen.asks(1),
                |seen| vec![Act::Answer(vec![refusal(seen, 429, "rate_limited")])],
            )
        },
    },
    Fault {
        name: "error-without-topic",
        breaks: &["ERR-16"],
        about: "An error frame does not carry the topic that the refused frame named.",
        behaviour: || alter(|_, seen| seen.refuses(), |_, _, json| without(json, "topic")),
    },
    Fault {
        name: "invalid-payload-without-topic",
        breaks: &["ERR-16"],
        about: "A 422 does not carry the topic that the refused frame named.",
        behaviour: || alter(|_, seen| seen.code() == 422, |_, _, json| without(json, "topic")),
    },
    Fault {
        name: "error-with-a-topic-made-up",
        breaks: &["ERR-18"],
        about: "An error frame without a topic carries an empty one.",
        behaviour: || {
            alter(
                |_, seen| seen.refuses() && seen.json["topic"].is_null(),
                |_, _, json| json["topic"] = "".into(),
            )
        },
    },
    Fault {
        name: "malformed-row-closed-early",
        breaks: &["ERR-19"],
        about: "The 8th malformed frame in a row closes the connection with 4002.",
        behaviour: || close_after_malformed(8, true),
    },
    Fault {
        name: "malformed-frames-summed",
        breaks: &["ERR-19"],
        about: "The 32nd malformed frame of a connection closes it with 4002, whatever came between them.",
        behaviour: || close_after_malformed(32, false),
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

fn speak_as_before(world: &super::world::World, seen: &Seen<'_>, json: &mut Value) {
    if let Some(connection) = world.connections.get(&seen.connection) {
        json["token"] = connection.token.0.as_str().into();
    }
}

/// All errors of one code are given as another.
fn rename(from: i64, to: i64, reason: &'static str) -> Behaviour {
    on(move |_, seen| {
        let mut json = (seen.code() == from).then(|| seen.json.clone())?;
        json["code"] = to.into();
        json["data"] = json!({ "reason": reason }).to_string().into();
        Some(vec![Act::Text(json.to_string())])
    })
}

/// A frame with two faults is refused for the second: the requests that the filter takes.
fn precede(code: u16, reason: &'static str, filter: fn(&Seen<'_>) -> bool) -> Behaviour {
    on(move |_, seen| {
        let taken = seen.way == Way::Up && seen.json.is_object() && filter(seen);
        taken.then(|| vec![Act::Answer(vec![refusal(seen, code, reason)])])
    })
}

fn close_after_malformed(limit: u64, in_a_row: bool) -> Behaviour {
    let mut counts = HashMap::<_, u64>::new();
    on(move |_, seen| {
        let count = counts.entry(seen.connection).or_default();
        match seen.code() {
            400 => *count += 1,
            100..=599 if in_a_row => *count = 0,
            _ => {}
        }
        let full = seen.code() == 400 && *count == limit;
        full.then(|| vec![Act::Forward, Act::Close(seen.connection, 4002)])
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
