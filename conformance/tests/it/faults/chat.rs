//! Faults against chapter 6: who gets a chat, what stands beside it, and which chats are refused.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{
    Fault,
    behaviour::{Act, Behaviour, Seen, alter, every, lose, on, parse, refuse, with_data, without},
    stand_ins::StandIns,
    wire::Way,
    world::World,
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "every-third-chat-lost",
        breaks: &["CHAT-1", "ORD-2"],
        about: "Of the chats of others, every third is not sent to a connection.",
        behaviour: || every(3, others_chat, |_| Vec::new()),
    },
    Fault {
        name: "chat-lost-at-the-latest-member",
        breaks: &["CHAT-1", "ORD-2"],
        about: "The connection that joined last does not get every second chat of others.",
        behaviour: || {
            every(2, |world, seen| others_chat(world, seen) && is_last(world, seen), |_| Vec::new())
        },
    },
    Fault {
        name: "chat-lost-and-numbers-closed-up",
        breaks: &["CHAT-1", "ORD-4"],
        about: "Every third chat of others is not sent to a connection, and the numbers behind it close the gap.",
        behaviour: lose_and_close_up,
    },
    Fault {
        name: "sender-not-echoed",
        breaks: &["CHAT-2"],
        about: "The sender of a chat does not get it.",
        behaviour: || lose(|world, seen| seen.is_echo(world)),
    },
    Fault {
        name: "chat-to-sender-alone",
        breaks: &["CHAT-1"],
        about: "A chat is sent to its sender and to nobody else.",
        behaviour: || lose(others_chat),
    },
    Fault {
        name: "chat-doubled",
        breaks: &["CHAT-3", "ORD-2"],
        about: "Every third chat is sent twice to a connection.",
        behaviour: || every(3, |_, seen| seen.says(200), |_| vec![Act::Forward, Act::Forward]),
    },
    Fault {
        name: "chat-doubled-with-another-number",
        breaks: &["CHAT-3", "ORD-1"],
        about: "Every third chat of others is said twice to a connection, and the numbers behind it go up by one.",
        behaviour: double_and_number,
    },
    Fault {
        name: "chat-answered-with-data-object",
        breaks: &["CHAT-4", "ENV-8"],
        about: "The data of a 200 is the chatInfo as an object.",
        behaviour: || alter(|_, seen| seen.says(200), |_, seen, json| json["data"] = seen.inner.clone()),
    },
    Fault {
        name: "id-not-on-the-copies-of-others",
        breaks: &["CHAT-5"],
        about: "Only the sender's copy of a chat carries its id.",
        behaviour: || alter(others_chat, |_, _, json| without(json, "id")),
    },
    Fault {
        name: "id-not-on-the-senders-copy",
        breaks: &["CHAT-5", "ENV-12"],
        about: "Only the copies of others carry a chat's id.",
        behaviour: || alter(|world, seen| seen.is_echo(world), |_, _, json| without(json, "id")),
    },
    Fault {
        name: "id-given-to-every-chat",
        breaks: &["CHAT-5"],
        about: "A chat without an id is given one.",
        behaviour: || {
            alter(
                |_, seen| seen.says(200) && seen.json["id"].is_null(),
                |_, seen, json| json["id"] = format!("chat-{}", seen.seq()).into(),
            )
        },
    },
    Fault {
        name: "topic-missing",
        breaks: &["CHAT-6"],
        about: "A 200 does not carry its topic.",
        behaviour: || alter(|_, seen| seen.says(200), |_, _, json| without(json, "topic")),
    },
    Fault {
        name: "seq-missing",
        breaks: &["CHAT-6"],
        about: "A 200 does not carry its seq.",
        behaviour: || alter(|_, seen| seen.says(200), |_, _, json| without(json, "seq")),
    },
    Fault {
        name: "seq-as-text",
        breaks: &["CHAT-6"],
        about: "The seq of a 200 is a string.",
        behaviour: || {
            alter(|_, seen| seen.says(200), |_, seen, json| json["seq"] = seen.seq().to_string().into())
        },
    },
    Fault {
        name: "at-missing",
        breaks: &["CHAT-6"],
        about: "A 200 does not carry the time.",
        behaviour: || alter(|_, seen| seen.says(200), |_, _, json| without(json, "at")),
    },
    Fault {
        name: "at-in-seconds",
        breaks: &["CHAT-6"],
        about: "The time of a 200 is in seconds.",
        behaviour: || alter(|_, seen| seen.says(200), |_, seen, json| json["at"] = (at(seen) / 1000).into()),
    },
    Fault {
        name: "at-of-another-time-zone",
        breaks: &["CHAT-6"],
        about: "The time of a 200 is eight hours ahead of UTC.",
        behaviour: || {
            alter(|_, seen| seen.says(200), |_, seen, json| json["at"] = (at(seen) + 28_800_000).into())
        },
    },
    Fault {
        name: "at-with-a-fraction",
        breaks: &["CHAT-6"],
        about: "The time of a 200 has a fraction.",
        behaviour: || {
            alter(|_, seen| seen.says(200), |_, seen, json| json["at"] = parse(&format!("{}.5", at(seen))))
        },
    },
    Fault {
        name: "at-differs-from-copy-to-copy",
        breaks: &["CHAT-6"],
        about: "Each copy of a chat has the time at which it was sent out.",
        behaviour: || {
            alter(
                |_, seen| seen.says(200),
                |_, seen, json| json["at"] = (at(seen) + seen.connection.0 % 64).into(),
            )
        },
    },
    Fault {
        name: "greeting-as-a-chat",
        breaks: &["CHAT-7"],
        about: "A join is followed by a 200 with a greeting that nobody said.",
        behaviour: || {
            on(|_, seen| {
                let topic = seen.says(201).then(|| seen.topic())?;
                let line = json!({ "user": "server", "content": "welcome", "type": "message" });
                let seq = seen.inner["seq"].as_u64()?;
                let frame = json!({ "type": 2, "code": 200, "data": line.to_string(), "topic": topic, "seq": seq,
                    "at": 1_700_000_000_000_u64 });
                Some(vec![Act::Forward, Act::Text(frame.to_string())])
            })
        },
    },
    Fault {
        name: "chat-info-object-accepted",
        breaks: &["CHAT-8"],
        about: "A chatInfo that is an object in place of its text is said.",
        behaviour: || accept(|_, seen| seen.inner["chatInfo"].is_object()),
    },
    Fault {
        name: "chat-info-of-any-text-accepted",
        breaks: &["CHAT-8"],
        about: "A chatInfo that is no JSON object is said.",
        behaviour: || accept(|_, seen| seen.inner["chatInfo"].is_string() && !seen.chat().is_object()),
    },
    Fault {
        name: "chat-without-content-accepted",
        breaks: &["CHAT-9"],
        about: "A chatInfo without content is said.",
        behaviour: || accept(|_, seen| seen.chat().is_object() && seen.chat().get("content").is_none()),
    },
    Fault {
        name: "chat-content-of-any-kind-accepted",
        breaks: &["CHAT-9"],
        about: "A chatInfo whose content is no string is said.",
        behaviour: || accept(|_, seen| seen.chat().get("content").is_some_and(|it| !it.is_string())),
    },
    Fault {
        name: "chat-without-type-accepted",
        breaks: &["CHAT-9"],
        about: "A chatInfo without a type is said.",
        behaviour: || accept(|_, seen| seen.chat().is_object() && seen.chat().get("type").is_none()),
    },
    Fault {
        name: "chat-without-user-accepted",
        breaks: &["CHAT-9"],
        about: "A chatInfo without a user is said.",
        behaviour: || accept(|_, seen| seen.chat().is_object() && seen.chat().get("user").is_none()),
    },
    Fault {
        name: "chat-user-of-any-kind-accepted",
        breaks: &["CHAT-9"],
        about: "A chatInfo whose user is no string is said.",
        behaviour: || accept(|_, seen| seen.chat().get("user").is_some_and(|it| !it.is_string())),
    },
    Fault {
        name: "empty-content-refused",
        breaks: &["ERR-12", "CHAT-1"],
        about: "A message with empty content is refused.",
        behaviour: || refuse(422, "invalid_payload", |_, seen| seen.asks(2) && seen.chat()["content"] == ""),
    },
    Fault {
        name: "chat-of-any-type-accepted",
        breaks: &["CHAT-10"],
        about: "A chatInfo of a type that there is not is said.",
        behaviour: || {
            accept(|_, seen| {
                seen.chat()["type"]
                    .as_str()
                    .is_some_and(|it| !["message", "question", "answer"].contains(&it))
            })
        },
    },
    Fault {
        name: "chat-type-of-any-kind-accepted",
        breaks: &["CHAT-9"],
        about: "A chatInfo whose type is no string is said.",
        behaviour: || accept(|_, seen| seen.chat().get("type").is_some_and(|it| !it.is_string())),
    },
    Fault {
        name: "chat-needs-a-stream",
        breaks: &["CHAT-9"],
        about: "A chatInfo without a stream is refused.",
        behaviour: || {
            refuse(422, "invalid_payload", |world, seen| {
                let chat = seen.chat();
                seen.asks(2) && world.at_home(seen) && chat.is_object() && chat.get("stream").is_none()
            })
        },
    },
    Fault {
        name: "chat-names-of-any-kind-accepted",
        breaks: &["CHAT-11"],
        about: "A chatInfo whose displayName, avatarurl, stream or createdat is no string is said.",
        behaviour: || {
            accept(|_, seen| {
                let chat = seen.chat();
                let members = ["displayName", "avatarurl", "stream", "createdat"];
                members.iter().any(|member| chat.get(member).is_some_and(|it| !it.is_string()))
            })
        },
    },
    Fault {
        name: "chat-long-display-name-accepted",
        breaks: &["CHAT-11"],
        about: "A chatInfo whose displayName has more than 64 characters is said.",
        behaviour: || accept(|_, seen| longer(&seen.chat()["displayName"], 64)),
    },
    Fault {
        name: "chat-long-avatarurl-accepted",
        breaks: &["CHAT-11"],
        about: "A chatInfo whose avatarurl has more than 512 characters is said.",
        behaviour: || accept(|_, seen| longer(&seen.chat()["avatarurl"], 512)),
    },
    Fault {
        name: "question-of-any-content-accepted",
        breaks: &["CHAT-12"],
        about: "The content of a question is not looked at.",
        behaviour: || {
            accept(|_, seen| seen.chat()["type"] == "question" && !content(seen)["content"].is_string())
        },
    },
    Fault {
        name: "answer-of-any-content-accepted",
        breaks: &["CHAT-12"],
        about: "The content of an answer is not looked at.",
        behaviour: || {
            accept(|_, seen| {
                let content = content(seen);
                seen.chat()["type"] == "answer"
                    && !(content["question"].is_string() && content["answer"].is_string())
            })
        },
    },
    Fault {
        name: "answers-refused",
        breaks: &["CHAT-10", "CHAT-12"],
        about: "A chat of type answer is refused.",
        behaviour: || {
            refuse(422, "invalid_payload", |_, seen| seen.asks(2) && seen.chat()["type"] == "answer")
        },
    },
    Fault {
        name: "answers-need-an-org",
        breaks: &["CHAT-12"],
        about: "An answer without an orgName is refused.",
        behaviour: || {
            refuse(422, "invalid_payload", |_, seen| {
                let answers = seen.asks(2) && seen.chat()["type"] == "answer";
                answers && content(seen).get("orgName").is_none()
            })
        },
    },
    Fault {
        name: "questions-refused",
        breaks: &["CHAT-10", "CHAT-12"],
        about: "A chat of type question is refused.",
        behaviour: || {
            refuse(422, "invalid_payload", |_, seen| seen.asks(2) && seen.chat()["type"] == "question")
        },
    },
];

/// Whether it is a copy of another's chat.
pub(super) fn others_chat(world: &World, seen: &Seen<'_>) -> bool {
    seen.says(200) && !seen.is_echo(world)
}

/// Whether the frame's connection is the latest in its topic.
pub(super) fn is_last(world: &World, seen: &Seen<'_>) -> bool {
    world.members(seen.topic()).last() == Some(seen.connection)
}

fn at(seen: &Seen<'_>) -> u64 {
    seen.json["at"].as_u64().unwrap_or_default()
}

fn longer(text: &Value, limit: usize) -> bool {
    text.as_str().is_some_and(|text| text.chars().count() > limit)
}

pub(super) fn content(seen: &Seen<'_>) -> Value {
    seen.chat()["content"].as_str().map_or(Value::Null, parse)
}

/// Chats that the filter takes are said, where their connection has joined the topic.
pub(super) fn accept(filter: fn(&World, &Seen<'_>) -> bool) -> Behaviour {
    let mut stand_ins = StandIns::default();
    on(move |world, seen| {
        if seen.way == Way::Down {
            return stand_ins.give(seen).map(|(json, _)| vec![Act::Text(json.to_string())]);
        }
        let taken = seen.asks(2) && world.may_speak(seen) && world.at_home(seen) && filter(world, seen);
        let request = taken.then(|| stand_ins.take(seen, seen.topic(), world.user(seen.connection)))?;
        Some(vec![Act::Text(request.to_string())])
    })
}

/// Every third chat of others is lost at each connection, without a trace in the numbers.
fn lose_and_close_up() -> Behaviour {
    shift_numbers(|seq, third| if third { (Vec::new(), -1) } else { (vec![seq], 0) })
}

/// Every third chat of others is said twice to each connection, as if it had been said twice.
fn double_and_number() -> Behaviour {
    shift_numbers(|seq, third| if third { (vec![seq, seq + 1], 1) } else { (vec![seq], 0) })
}

/// Each connection has its own numbers, which go on from its join: the plan says under which numbers a chat is sent,
/// from the one that it has here and whether it is another's third, and by how much that shifts those behind it.
fn shift_numbers(plan: fn(i64, bool) -> (Vec<i64>, i64)) -> Behaviour {
    let mut shifts = HashMap::<_, (u64, i64)>::new();
    on(move |world, seen| {
        let (others, shift) = shifts.entry((seen.connection, seen.topic().to_owned())).or_default();
        if seen.says(201) {
            if !world.joined(seen.connection, seen.topic()) {
                (*others, *shift) = (0, 0);
            }
            let mut inner = seen.inner.clone();
            inner["seq"] = (inner["seq"].as_i64()? + *shift).into();
            return Some(vec![Act::Text(with_data(seen, &inner).to_string())]);
        }
        let seq = seen.says(200).then(|| seen.json["seq"].as_i64())??;
        let others_here = others_chat(world, seen);
        *others += u64::from(others_here);
        let (numbers, more) = plan(seq + *shift, others_here && others.is_multiple_of(3));
        *shift += more;
        let copy = |number: i64| {
            let mut json = seen.json.clone();
            json["seq"] = number.into();
            Act::Text(json.to_string())
        };
        Some(numbers.into_iter().map(copy).collect())
    })
}
