//! Faults against chapter 2: what is read of an envelope, what is written into one, and ids.

use serde_json::{Value, json};

use super::{
    Fault,
    behaviour::{Act, Seen, alter, alter_data, on, refusal, refuse, with_data, without},
    wire::{Kind, Way},
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "id-must-be-long",
        breaks: &["ENV-2"],
        about: "An id of fewer than 4 characters is refused.",
        behaviour: || {
            refuse(400, "malformed_envelope", |_, seen| {
                seen.json["id"].as_str().is_some_and(|id| (1..4).contains(&id.chars().count()))
            })
        },
    },
    Fault {
        name: "id-counted-in-bytes",
        breaks: &["ENV-5", "ENV-2"],
        about: "An id of at most 64 characters is refused when it has more than 64 bytes.",
        behaviour: || {
            refuse(400, "malformed_envelope", |_, seen| {
                seen.json["id"].as_str().is_some_and(|id| id.len() > 64 && id.chars().count() <= 64)
            })
        },
    },
    Fault {
        name: "topic-counted-in-bytes",
        breaks: &["ENV-5", "ROOM-1"],
        about: "A topic of at most 128 characters is refused when it has more than 128 bytes.",
        behaviour: || {
            refuse(422, "invalid_payload", |_, seen| {
                seen.topic().len() > 128 && seen.topic().chars().count() <= 128
            })
        },
    },
    Fault {
        name: "display-name-counted-in-utf16",
        breaks: &["ENV-5"],
        about: "A displayName of at most 64 characters is refused in a join when it has more than 64 UTF-16 units.",
        behaviour: || {
            refuse(422, "invalid_payload", |_, seen| {
                seen.inner["displayName"].as_str().is_some_and(counts_short_in_characters_only)
            })
        },
    },
    Fault {
        name: "chat-display-name-counted-in-utf16",
        breaks: &["ENV-5"],
        about: "A displayName of at most 64 characters is refused in a chat when it has more than 64 UTF-16 units.",
        behaviour: || {
            refuse(422, "invalid_payload", |_, seen| {
                seen.asks(2)
                    && seen.chat()["displayName"].as_str().is_some_and(counts_short_in_characters_only)
            })
        },
    },
    Fault {
        name: "user-counted-in-utf16",
        breaks: &["ENV-5"],
        about: "A user of at most 128 characters is refused as invalid in a chat when it has more than 128 UTF-16 units.",
        behaviour: || {
            refuse(422, "invalid_payload", |_, seen| {
                let long = |user: &str| user.encode_utf16().count() > 128 && user.chars().count() <= 128;
                seen.asks(2) && seen.chat()["user"].as_str().is_some_and(long)
            })
        },
    },
    Fault {
        name: "unknown-envelope-members-refused",
        breaks: &["ENV-3"],
        about: "An envelope with a member that the server does not know is refused.",
        behaviour: || {
            refuse(400, "malformed_envelope", |_, seen| {
                has_others(&seen.json, &["token", "type", "payLoad", "id"])
            })
        },
    },
    Fault {
        name: "unknown-payload-members-refused",
        breaks: &["ENV-3"],
        about: "A payLoad with a member that the server does not know is refused.",
        behaviour: || {
            refuse(422, "invalid_payload", |_, seen| {
                let known =
                    ["topic", "chatInfo", "displayName", "avatarurl", "since", "to", "data", "epoch", "seq"];
                !seen.asks(1) && has_others(&seen.inner, &known)
            })
        },
    },
    Fault {
        name: "unknown-chat-members-refused",
        breaks: &["ENV-3", "TEXT-2"],
        about: "A chatInfo with a member that the server does not know is refused.",
        behaviour: || {
            refuse(422, "invalid_payload", |_, seen| {
                let known = ["user", "content", "type", "displayName", "avatarurl", "stream", "createdat"];
                seen.asks(2) && has_others(&seen.chat(), &known)
            })
        },
    },
    Fault {
        name: "unknown-content-members-refused",
        breaks: &["ENV-3"],
        about: "A question or an answer with a member that the server does not know is refused.",
        behaviour: || {
            refuse(422, "invalid_payload", |_, seen| {
                let chat = seen.chat();
                let content = chat["content"].as_str().map_or(Value::Null, super::behaviour::parse);
                seen.asks(2)
                    && chat["type"] != "message"
                    && has_others(&content, &["content", "orgLogo", "orgName", "question", "answer"])
            })
        },
    },
    Fault {
        name: "member-order-assumed",
        breaks: &["ENV-4"],
        about: "An envelope whose first member is not the token is refused.",
        behaviour: || {
            refuse(400, "malformed_envelope", |_, seen| {
                seen.json.is_object() && !compact(seen.text).starts_with("{\"token\"")
            })
        },
    },
    Fault {
        name: "white-space-refused",
        breaks: &["ENV-4"],
        about: "An envelope with white space before or behind the object is refused.",
        behaviour: || {
            refuse(400, "malformed_envelope", |_, seen| {
                seen.json.is_object() && seen.text.trim() != seen.text
            })
        },
    },
    Fault {
        name: "deep-envelope-refused",
        breaks: &["ENV-6"],
        about: "An envelope nested deeper than 16 levels is refused.",
        behaviour: || refuse(400, "malformed_envelope", |_, seen| depth(&seen.json) > 16),
    },
    Fault {
        name: "deep-payload-refused",
        breaks: &["ENV-6"],
        about: "A payLoad nested deeper than 16 levels is refused.",
        behaviour: || refuse(422, "invalid_payload", |_, seen| !seen.asks(1) && depth(&seen.inner) > 16),
    },
    Fault {
        name: "deep-chat-refused",
        breaks: &["ENV-6"],
        about: "A chatInfo nested deeper than 16 levels is refused.",
        behaviour: || refuse(422, "invalid_payload", |_, seen| seen.asks(2) && depth(&seen.chat()) > 16),
    },
    Fault {
        name: "deep-content-refused",
        breaks: &["ENV-6"],
        about: "The content of a question or an answer that is nested deeper than 30 levels is refused.",
        behaviour: || {
            refuse(422, "invalid_payload", |_, seen| {
                let chat = seen.chat();
                let content = chat["content"].as_str().filter(|_| chat["type"] != "message");
                seen.asks(2) && content.is_some_and(|text| depth(&super::behaviour::parse(text)) > 30)
            })
        },
    },
    Fault {
        name: "code-as-text",
        breaks: &["ENV-8"],
        about: "The code of a 204 is a string.",
        behaviour: || alter(|_, seen| seen.says(204), |_, _, json| json["code"] = "204".into()),
    },
    Fault {
        name: "data-left-out",
        breaks: &["ENV-8", "BEAT-1"],
        about: "A 100 has no data.",
        behaviour: || alter(|_, seen| seen.says(100), |_, _, json| without(json, "data")),
    },
    Fault {
        name: "data-as-object",
        breaks: &["ENV-8"],
        about: "The data of a 201 is an object in place of its text.",
        behaviour: || alter(|_, seen| seen.says(201), |_, seen, json| json["data"] = seen.inner.clone()),
    },
    Fault {
        name: "frame-in-array",
        breaks: &["ENV-8", "WS-7"],
        about: "A 204 comes as an array of one frame.",
        behaviour: || {
            on(|_, seen| seen.says(204).then(|| vec![Act::Text(json!([seen.json.clone()]).to_string())]))
        },
    },
    Fault {
        name: "data-empty-on-leave",
        breaks: &["ENV-9", "ROOM-16"],
        about: "The data of a 204 is empty.",
        behaviour: || alter(|_, seen| seen.says(204), |_, _, json| json["data"] = "".into()),
    },
    Fault {
        name: "id-null",
        breaks: &["ENV-10"],
        about: "An answer to a request without an id has the id null.",
        behaviour: || {
            alter(
                |_, seen| is_answer(seen) && seen.json["id"].is_null(),
                |_, _, json| json["id"] = Value::Null,
            )
        },
    },
    Fault {
        name: "null-inside-data",
        breaks: &["ENV-10"],
        about: "The message of an error is null where there is none.",
        behaviour: || alter_data(|_, seen| seen.refuses(), |data| data["message"] = Value::Null),
    },
    Fault {
        name: "leave-answered-as-join",
        breaks: &["ENV-11", "ROOM-16"],
        about: "A 204 has the type of a join.",
        behaviour: || alter(|_, seen| seen.says(204), |_, _, json| json["type"] = 3.into()),
    },
    Fault {
        name: "chat-acknowledged-too",
        breaks: &["ENV-11"],
        about: "The sender of a chat gets a frame of type 2 and code 202 behind its copy.",
        behaviour: || {
            on(|world, seen| {
                let ack = json!({ "type": 2, "code": 202, "data": "{}" });
                seen.is_echo(world).then(|| vec![Act::Forward, Act::Text(ack.to_string())])
            })
        },
    },
    Fault {
        name: "welcome-frame",
        breaks: &["ENV-11"],
        about: "Before its first answer on a connection the server sends a frame of type 0 that nobody asked for.",
        behaviour: || {
            on(|world, seen| {
                let first = seen.way == Way::Down && seen.kind == Kind::Text;
                let accepted = world.connections.get(&seen.connection)?.accepted;
                let welcome = json!({ "type": 0, "code": 100, "data": "" });
                (first && !accepted && !seen.refuses())
                    .then(|| vec![Act::Text(welcome.to_string()), Act::Forward])
            })
        },
    },
    Fault {
        name: "id-not-on-answers",
        breaks: &["ENV-12"],
        about: "A 100, a 201 and a 204 do not carry the id of the request.",
        behaviour: || alter(|_, seen| is_answer(seen) && !seen.refuses(), |_, _, json| without(json, "id")),
    },
    Fault {
        name: "id-cut",
        breaks: &["ENV-12"],
        about: "An id is cut to 32 characters.",
        behaviour: || {
            alter(
                |_, seen| {
                    seen.json["id"].as_str().is_some_and(|id| id.chars().count() > 32) && seen.code() > 0
                },
                |_, seen, json| {
                    let id = seen.json["id"].as_str().unwrap_or_default();
                    json["id"] = id.chars().take(32).collect::<String>().into();
                },
            )
        },
    },
    Fault {
        name: "id-invented",
        breaks: &["ENV-13"],
        about: "An answer to a request without an id carries one of the server's own.",
        behaviour: || {
            alter(
                |_, seen| is_answer(seen) && !seen.refuses() && seen.json["id"].is_null(),
                |_, _, json| json["id"] = "server-1".into(),
            )
        },
    },
    Fault {
        name: "id-stale",
        breaks: &["ENV-13", "BEAT-1"],
        about: "A 100 to a heartbeat without an id carries the id of the answer before it.",
        behaviour: || {
            let mut ids = std::collections::HashMap::new();
            on(move |_, seen| {
                if seen.way == Way::Down && seen.json["id"].is_string() {
                    ids.insert(seen.connection, seen.json["id"].clone());
                }
                let id = ids.get(&seen.connection).filter(|_| seen.says(100) && seen.json["id"].is_null())?;
                let mut json = seen.json.clone();
                json["id"] = id.clone();
                Some(vec![Act::Text(json.to_string())])
            })
        },
    },
    Fault {
        name: "id-on-the-list-behind-a-join",
        breaks: &["ENV-13"],
        about: "The 205 behind a 201 carries the id of the join again.",
        behaviour: || {
            let mut ids = std::collections::HashMap::new();
            on(move |_, seen| {
                if seen.says(201) {
                    ids.insert((seen.connection, seen.topic().to_owned()), seen.json["id"].clone());
                    return None;
                }
                let id =
                    seen.says(205).then(|| ids.remove(&(seen.connection, seen.topic().to_owned())))??;
                let mut json = with_data(seen, &seen.inner);
                json["id"] = id.is_string().then_some(id)?;
                Some(vec![Act::Text(json.to_string())])
            })
        },
    },
    Fault {
        name: "long-id-handed-back",
        breaks: &["ERR-4"],
        about: "The refusal of a frame whose id is too long carries that id.",
        behaviour: || {
            on(|_, seen| {
                let long = seen.way == Way::Up && seen.json["id"].as_str()?.chars().count() > 64;
                long.then(|| vec![Act::Answer(vec![refusal(seen, 400, "malformed_envelope")])])
            })
        },
    },
];

/// Whether it is an answer which is not also a push: those are told from a request's by their code alone.
pub(super) fn is_answer(seen: &Seen<'_>) -> bool {
    matches!(seen.code(), 100 | 201 | 202 | 204) || seen.refuses()
}

fn counts_short_in_characters_only(name: &str) -> bool {
    name.encode_utf16().count() > 64 && name.chars().count() <= 64
}

fn has_others(json: &Value, known: &[&str]) -> bool {
    json.as_object().is_some_and(|object| object.keys().any(|key| !known.contains(&key.as_str())))
}

fn compact(text: &str) -> String {
    text.split_ascii_whitespace().collect()
}

pub(super) fn depth(json: &Value) -> usize {
    match json {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}
