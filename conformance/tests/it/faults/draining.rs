//! Faults against chapter 10: what a server does from when it is told to end.

use std::{collections::HashSet, time::Duration};

use serde_json::{Value, json};

use super::{
    Fault,
    behaviour::{Act, Seen, alter_data, lose, on, parse, without},
    limits::closes_with,
    transport::recode_close,
    wire::Way,
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "draining-closed-with-1001",
        breaks: &["LIMIT-19"],
        about: "A server that drains closes its connections with 1001.",
        behaviour: || recode_close(4202, 1001),
    },
    Fault {
        name: "draining-unannounced",
        breaks: &["LIMIT-18", "NOTE-13"],
        about: "A server that drains does not say so before it closes.",
        behaviour: || lose(|_, seen| announces(seen)),
    },
    Fault {
        name: "draining-answered-in-silence",
        breaks: &["LIMIT-17"],
        about: "A server that drains does not answer joins and chats.",
        behaviour: || lose(|_, seen| seen.code() == 503),
    },
    Fault {
        name: "draining-ignores-heartbeats",
        breaks: &["LIMIT-20"],
        about: "A server that drains does not ack heartbeats any more.",
        behaviour: || {
            let mut draining = false;
            on(move |_, seen| {
                draining |= announces(seen);
                (draining && seen.says(100)).then(Vec::new)
            })
        },
    },
    Fault {
        name: "draining-ends-without-a-close",
        breaks: &["LIMIT-19"],
        about: "A server that drains ends its connections without a close frame.",
        behaviour: || lose(|_, seen| closes_with(seen, 4202)),
    },
    Fault {
        name: "draining-announced-in-rooms-alone",
        breaks: &["LIMIT-18", "NOTE-13"],
        about: "Who is in no room is not told that the server drains.",
        behaviour: || {
            lose(|world, seen| {
                announces(seen)
                    && world.connections.get(&seen.connection).is_some_and(|it| it.topics.is_empty())
            })
        },
    },
    Fault {
        name: "draining-announced-without-a-time",
        breaks: &["LIMIT-18", "NOTE-13"],
        about: "The announcement of a server that drains does not say when to come back.",
        behaviour: || {
            alter_data(|_, seen| announces(seen), |data| without(&mut data["data"], "reconnectAfterMs"))
        },
    },
    Fault {
        name: "draining-announced-late",
        breaks: &["LIMIT-18", "NOTE-13"],
        about: "The announcement of a server that drains comes half a second late, behind the first 503.",
        behaviour: || on(|_, seen| announces(seen).then(|| vec![Act::Hold(Duration::from_millis(500))])),
    },
    Fault {
        name: "draining-lets-people-in",
        breaks: &["LIMIT-17"],
        about: "A server that drains accepts joins.",
        behaviour: || {
            let mut joined = Value::Null;
            on(move |world, seen| {
                if seen.says(201) {
                    joined = seen.json.clone();
                }
                (seen.code() == 503 && seen.json["type"] == 3 && joined.is_object()).then(|| {
                    let mut data = parse(joined["data"].as_str().unwrap_or_default());
                    data["topic"] = seen.json["topic"].clone();
                    data["user"] = world.user(seen.connection).into();
                    data["seq"] = 0.into();
                    vec![Act::Text(json!({ "type": 3, "code": 201, "data": data.to_string() }).to_string())]
                })
            })
        },
    },
    Fault {
        name: "draining-drops-what-waits",
        breaks: &["CHAT-1"],
        about: "What a server that begins to drain has accepted just before does not come to others any more.",
        behaviour: || {
            let mut speakers = HashSet::new();
            on(move |_, seen| {
                if seen.asks(2) {
                    speakers.insert(seen.connection);
                }
                if seen.way == Way::Up {
                    return None;
                }
                if announces(seen) {
                    return Some(vec![Act::Discard, Act::Forward]);
                }
                // Whoever only listens gets a chat a little later, but in its place.
                let waits = seen.says(200) && !speakers.contains(&seen.connection);
                let held = waits.then(|| vec![Act::Hold(Duration::from_millis(100))]);
                held.or_else(|| Some(vec![Act::Release, Act::Forward]))
            })
        },
    },
];

/// Whether it is the word of a server that it is about to stop.
fn announces(seen: &Seen<'_>) -> bool {
    seen.says(203) && seen.inner["data"].get("reconnectAfterMs").is_some()
}
