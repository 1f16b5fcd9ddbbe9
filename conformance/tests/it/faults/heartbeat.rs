//! Faults against chapter 4: heartbeats and their acks.

use serde_json::{Value, json};

use super::{
    Fault,
    behaviour::{Act, alter, every, lose, on, refuse},
    wire::Kind,
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "every-third-ack-lost",
        breaks: &["BEAT-1"],
        about: "Every third heartbeat of a connection gets no ack.",
        behaviour: || every(3, |_, seen| seen.says(100), |_| Vec::new()),
    },
    Fault {
        name: "no-acks",
        breaks: &["BEAT-1"],
        about: "No heartbeat gets an ack.",
        behaviour: || lose(|_, seen| seen.says(100)),
    },
    Fault {
        name: "ack-doubled",
        breaks: &["BEAT-1"],
        about: "Every third heartbeat of a connection gets two acks.",
        behaviour: || every(3, |_, seen| seen.says(100), |_| vec![Act::Forward, Act::Forward]),
    },
    Fault {
        name: "ack-says-200",
        breaks: &["CHAT-7", "BEAT-1"],
        about: "The ack of a heartbeat has the code 200.",
        behaviour: || alter(|_, seen| seen.says(100), |_, _, json| json["code"] = 200.into()),
    },
    Fault {
        name: "ack-of-type-0",
        breaks: &["BEAT-1", "ENV-11"],
        about: "The ack of a heartbeat has the type 0.",
        behaviour: || alter(|_, seen| seen.says(100), |_, _, json| json["type"] = 0.into()),
    },
    Fault {
        name: "ack-says-pong",
        breaks: &["BEAT-1"],
        about: "The data of an ack is the word pong.",
        behaviour: || alter(|_, seen| seen.says(100), |_, _, json| json["data"] = "pong".into()),
    },
    Fault {
        name: "ack-to-others",
        breaks: &["BEAT-2", "ISO-5"],
        about: "A heartbeat's ack goes to everybody who shares a topic with its sender.",
        behaviour: || {
            on(|world, seen| {
                let sender = seen.says(100).then(|| world.connections.get(&seen.connection))??;
                let shares = |id| sender.topics.iter().any(|topic| world.joined(id, topic));
                let others = world.all().map(|(id, _)| id).filter(|id| *id != seen.connection && shares(*id));
                let ack = json!({ "type": 1, "code": 100, "data": "" }).to_string();
                Some(others.map(|id| Act::ToClient(id, ack.clone())).chain([Act::Forward]).collect())
            })
        },
    },
    Fault {
        name: "ack-behind-a-join",
        breaks: &["BEAT-2"],
        about: "A join is followed by an ack that no heartbeat asked for.",
        behaviour: || {
            on(|_, seen| {
                let ack = json!({ "type": 1, "code": 100, "data": "" });
                seen.says(201).then(|| vec![Act::Forward, Act::Text(ack.to_string())])
            })
        },
    },
    Fault {
        name: "heartbeat-payload-parsed",
        breaks: &["BEAT-3"],
        about: "A heartbeat whose payLoad is neither empty nor JSON is refused.",
        behaviour: || {
            refuse(422, "invalid_payload", |_, seen| {
                let text = seen.json["payLoad"].as_str().unwrap_or_default();
                seen.asks(1) && !text.is_empty() && serde_json::from_str::<Value>(text).is_err()
            })
        },
    },
    Fault {
        name: "heartbeat-payload-must-be-empty",
        breaks: &["BEAT-3"],
        about: "A heartbeat whose payLoad is not empty is refused.",
        behaviour: || refuse(422, "invalid_payload", |_, seen| seen.asks(1) && seen.json["payLoad"] != ""),
    },
    Fault {
        name: "heartbeat-needs-a-topic",
        breaks: &["BEAT-4"],
        about: "A heartbeat on a connection that never asked to join a topic is refused.",
        behaviour: || {
            refuse(403, "not_joined", |world, seen| {
                let connection = &world.connections[&seen.connection];
                seen.asks(1)
                    && connection.topics.is_empty()
                    && connection.left.is_empty()
                    && connection.joining.is_empty()
            })
        },
    },
    Fault {
        name: "first-heartbeat-ignored",
        breaks: &["BEAT-4"],
        about: "A heartbeat that is the first frame of a connection gets no answer.",
        behaviour: || {
            let mut spoken = std::collections::HashSet::new();
            on(move |_, seen| {
                let first = seen.way == super::wire::Way::Up && seen.kind == Kind::Text;
                let first = first && spoken.insert(seen.connection);
                (first && seen.asks(1)).then(Vec::new)
            })
        },
    },
];
