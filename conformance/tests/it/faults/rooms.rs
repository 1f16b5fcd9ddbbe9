//! Faults against chapter 5: topics, joins, leaves.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{
    Fault,
    behaviour::{
        Act, Behaviour, Seen, alter, alter_data, answer, lose, on, parse, refusal, refuse, with_data,
        with_payload, without,
    },
    world::{ConnectionId, World},
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "join-unanswered",
        breaks: &["ROOM-4"],
        about: "A join gets no 201.",
        behaviour: || lose(|_, seen| seen.says(201)),
    },
    Fault {
        name: "joined-user-lower-cased",
        breaks: &["TEXT-4", "ROOM-4"],
        about: "A 201 names the user in lower case.",
        behaviour: || {
            alter_data(
                |_, seen| seen.says(201),
                |data| data["user"] = data["user"].as_str().unwrap_or_default().to_lowercase().into(),
            )
        },
    },
    Fault {
        name: "joined-user-of-another",
        breaks: &["ROOM-4"],
        about: "A 201 names a user for whom the token does not stand.",
        behaviour: || alter_data(|_, seen| seen.says(201), |data| data["user"] = "anonymous".into()),
    },
    Fault {
        name: "joined-without-topic",
        breaks: &["ROOM-4"],
        about: "A 201 does not name its topic.",
        behaviour: || alter_data(|_, seen| seen.says(201), |data| without(data, "topic")),
    },
    Fault {
        name: "epoch-is-a-number",
        breaks: &["ROOM-4"],
        about: "The epoch of a 201 is a number.",
        behaviour: || alter_data(|_, seen| seen.says(201), |data| data["epoch"] = 1.into()),
    },
    Fault {
        name: "version-as-text",
        breaks: &["ROOM-5"],
        about: "The version of a 201 is a string.",
        behaviour: || alter_data(|_, seen| seen.says(201), |data| data["version"] = "1".into()),
    },
    Fault {
        name: "version-2",
        breaks: &["ROOM-5"],
        about: "The version of a 201 is 2.",
        behaviour: || alter_data(|_, seen| seen.says(201), |data| data["version"] = 2.into()),
    },
    Fault {
        name: "profiles-without-core",
        breaks: &["ROOM-6"],
        about: "The profiles of a 201 do not name core.",
        behaviour: || {
            alter_data(
                |_, seen| seen.says(201),
                |data| {
                    disclaim(data, "core");
                },
            )
        },
    },
    Fault {
        name: "limits-left-out",
        breaks: &["ROOM-7"],
        about: "A 201 has no limits.",
        behaviour: || alter_data(|_, seen| seen.says(201), |data| without(data, "limits")),
    },
    Fault {
        name: "one-limit-left-out",
        breaks: &["ROOM-7"],
        about: "The limits of a 201 lack maxQueueBytes.",
        behaviour: || {
            alter_data(|_, seen| seen.says(201), |data| without(&mut data["limits"], "maxQueueBytes"))
        },
    },
    Fault {
        name: "limits-as-text",
        breaks: &["ROOM-7"],
        about: "The maxTopics of a 201 is a string.",
        behaviour: || {
            alter_data(
                |_, seen| seen.says(201),
                |data| data["limits"]["maxTopics"] = data["limits"]["maxTopics"].to_string().into(),
            )
        },
    },
    Fault {
        name: "joined-seq-one-ahead",
        breaks: &["ROOM-8", "ORD-3"],
        about: "The seq of a 201 is one too high.",
        behaviour: || alter_data(|_, seen| seen.says(201), |data| shift(data, 1)),
    },
    Fault {
        name: "joined-seq-one-behind",
        breaks: &["ROOM-8", "ORD-3"],
        about: "The seq of a 201 is one too low in a topic that has chats.",
        behaviour: || {
            alter_data(
                |_, seen| seen.says(201) && seen.inner["seq"].as_u64() > Some(0),
                |data| shift(data, -1),
            )
        },
    },
    Fault {
        name: "joined-seq-always-0",
        breaks: &["ROOM-8", "ORD-3"],
        about: "The seq of every 201 is 0.",
        behaviour: || alter_data(|_, seen| seen.says(201), |data| data["seq"] = 0.into()),
    },
    Fault {
        name: "epoch-new-for-each-join",
        breaks: &["ROOM-9"],
        about: "Each 201 has an epoch of its own.",
        behaviour: || {
            let mut joins = 0;
            on(move |_, seen| {
                joins += 1;
                let mut inner = seen.says(201).then(|| seen.inner.clone())?;
                inner["epoch"] = format!("{}-{joins}", inner["epoch"].as_str()?).into();
                Some(vec![Act::Text(with_data(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "epoch-changes-on-rejoin",
        breaks: &["ROOM-9"],
        about: "A second join of a topic by a connection that is in it is told another epoch.",
        behaviour: || {
            alter(
                |world, seen| seen.says(201) && world.joined(seen.connection, seen.topic()),
                |_, seen, json| {
                    let mut inner = seen.inner.clone();
                    inner["epoch"] = format!("{}+", inner["epoch"].as_str().unwrap_or_default()).into();
                    json["data"] = inner.to_string().into();
                },
            )
        },
    },
    Fault {
        name: "rooms-beyond-256-forgotten",
        breaks: &["ROOM-9"],
        about: "A topic begins again when 256 others have been joined since it was, though it has members.",
        behaviour: || {
            let mut latest: Vec<String> = Vec::new();
            on(move |_, seen| {
                let mut inner = seen.says(201).then(|| seen.inner.clone())?;
                let place = latest.iter().position(|known| known == seen.topic());
                latest.retain(|known| known != seen.topic());
                latest.push(seen.topic().to_owned());
                if place.is_none_or(|place| latest.len() - place <= 256) {
                    return None;
                }
                inner["epoch"] = format!("{}+", inner["epoch"].as_str()?).into();
                Some(vec![Act::Text(with_data(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "epoch-never-changes",
        breaks: &["ROOM-9"],
        about: "A topic that begins again at 1 has the epoch that it had before.",
        behaviour: || alter_data(|_, seen| seen.says(201), |data| data["epoch"] = "first".into()),
    },
    Fault {
        name: "one-topic-at-a-time",
        breaks: &["ROOM-10"],
        about: "A join takes the connection out of its other topics.",
        behaviour: || {
            on(|world, seen| {
                let others = seen.says(201).then(|| others(world, seen.connection, seen.topic()))?;
                let token = &world.connections.get(&seen.connection)?.token.0;
                let leaves = others.map(|topic| Act::Ask(seen.connection, leave(token, topic)));
                Some(leaves.chain([Act::Forward]).collect())
            })
        },
    },
    Fault {
        name: "too-many-topics-joined",
        breaks: &["ROOM-11"],
        about: "A join past limits.maxTopics is answered with a 201.",
        behaviour: || {
            let mut latest = Value::Null;
            on(move |_, seen| {
                if seen.says(201) {
                    latest = seen.inner.clone();
                }
                let topic = seen.refuses_as("too_many_topics").then(|| seen.json["topic"].as_str())??;
                let mut json = seen.json.clone();
                let mut inner = latest.clone();
                inner["topic"] = topic.into();
                json["code"] = 201.into();
                json["data"] = inner.to_string().into();
                without(&mut json, "topic");
                Some(vec![Act::Text(json.to_string())])
            })
        },
    },
    Fault {
        name: "left-topics-count",
        breaks: &["ROOM-11"],
        about: "Topics that a connection has left still count against limits.maxTopics.",
        behaviour: || {
            refuse(403, "too_many_topics", |world, seen| {
                let connection = &world.connections[&seen.connection];
                let count = connection.topics.len() + connection.left.len();
                seen.asks(3) && !world.at_home(seen) && count as u64 >= world.limit("maxTopics", 64)
            })
        },
    },
    Fault {
        name: "rejoin-counts",
        breaks: &["ROOM-11", "ROOM-13"],
        about: "A second join of a topic is refused when the connection has limits.maxTopics topics.",
        behaviour: || {
            refuse(403, "too_many_topics", |world, seen| {
                let count = world.connections[&seen.connection].topics.len();
                seen.asks(3) && world.at_home(seen) && count as u64 >= world.limit("maxTopics", 64)
            })
        },
    },
    Fault {
        name: "long-display-name-joins",
        breaks: &["ROOM-12"],
        about: "A join whose displayName has more than 64 characters is accepted.",
        behaviour: || cut_in_joins("displayName", 64),
    },
    Fault {
        name: "long-avatarurl-joins",
        breaks: &["ROOM-12"],
        about: "A join whose avatarurl has more than 512 characters is accepted.",
        behaviour: || cut_in_joins("avatarurl", 512),
    },
    Fault {
        name: "display-name-of-any-kind-joins",
        breaks: &["ROOM-12"],
        about: "A join whose displayName is no string is accepted.",
        behaviour: || {
            on(|_, seen| {
                let named = seen.asks(3) && seen.inner.get("displayName").is_some_and(|it| !it.is_string());
                let mut inner = named.then(|| seen.inner.clone())?;
                without(&mut inner, "displayName");
                Some(vec![Act::Text(with_payload(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "avatarurl-of-any-kind-joins",
        breaks: &["ROOM-12"],
        about: "A join whose avatarurl is no string is accepted.",
        behaviour: || {
            on(|_, seen| {
                let pictured = seen.asks(3) && seen.inner.get("avatarurl").is_some_and(|it| !it.is_string());
                let mut inner = pictured.then(|| seen.inner.clone())?;
                without(&mut inner, "avatarurl");
                Some(vec![Act::Text(with_payload(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "second-join-unanswered",
        breaks: &["ROOM-13"],
        about: "A join of a topic that the connection is in gets no 201.",
        behaviour: || lose(|world, seen| seen.says(201) && world.joined(seen.connection, seen.topic())),
    },
    Fault {
        name: "second-join-refused",
        breaks: &["ROOM-13"],
        about: "A join of a topic that the connection is in is refused.",
        behaviour: || {
            refuse(422, "invalid_payload", |world, seen| {
                seen.asks(3) && world.joined(seen.connection, seen.topic())
            })
        },
    },
    Fault {
        name: "second-join-leaves",
        breaks: &["ROOM-13", "CHAT-1"],
        about: "A join of a topic that the connection is in is answered, and takes it out.",
        behaviour: || {
            on(|world, seen| {
                let again = seen.asks(3) && world.joined(seen.connection, seen.topic());
                let leave = again.then(|| leave(seen.token(), seen.topic()))?;
                Some(vec![Act::Forward, Act::Ask(seen.connection, leave)])
            })
        },
    },
    Fault {
        name: "second-join-doubles-chats",
        breaks: &["CHAT-3", "ROOM-13"],
        about: "After a second join of a topic each chat comes twice.",
        behaviour: || {
            let forget = |_| 0;
            count_joins(forget, |_, seen, joins| {
                (seen.says(200) && joins > 1).then(|| vec![Act::Forward, Act::Forward])
            })
        },
    },
    Fault {
        name: "second-join-needs-two-leaves",
        breaks: &["ROOM-13", "ISO-3"],
        about: "After a second join of a topic the first leave changes nothing.",
        behaviour: || {
            count_joins(
                |joins| joins.saturating_sub(1),
                |_, seen, joins| {
                    let left = answer(seen, 204, &json!({ "topic": seen.topic() }));
                    (seen.asks(6) && joins > 1).then(|| vec![Act::Answer(vec![left])])
                },
            )
        },
    },
    Fault {
        name: "recovered-without-resume",
        breaks: &["ROOM-14"],
        about: "A server that does not claim profile resume carries recovered in a 201.",
        behaviour: || {
            alter_data(
                |_, seen| seen.says(201),
                |data| {
                    disclaim(data, "resume");
                    if data.get("recovered").is_none() {
                        data["recovered"] = false.into();
                    }
                },
            )
        },
    },
    Fault {
        name: "list-without-presence",
        breaks: &["ROOM-15"],
        about: "A server that does not claim profile presence sends a 205 behind each 201.",
        behaviour: || {
            on(|_, seen| {
                let mut inner = seen.says(201).then(|| seen.inner.clone())?;
                let claimed = disclaim(&mut inner, "presence");
                let mut acts = vec![Act::Text(with_data(seen, &inner).to_string())];
                if !claimed {
                    let users = json!([{ "user": inner["user"] }]);
                    let list = json!({ "topic": inner["topic"], "count": 1, "users": users });
                    acts.push(Act::Text(
                        json!({ "type": 5, "code": 205, "data": list.to_string() }).to_string(),
                    ));
                }
                Some(acts)
            })
        },
    },
    Fault {
        name: "leave-unanswered",
        breaks: &["ROOM-16"],
        about: "A leave gets no 204.",
        behaviour: || lose(|_, seen| seen.says(204)),
    },
    Fault {
        name: "left-without-topic",
        breaks: &["ROOM-16"],
        about: "The data of a 204 is an empty object.",
        behaviour: || alter_data(|_, seen| seen.says(204), |data| *data = json!({})),
    },
    Fault {
        name: "leave-of-unjoined-unanswered",
        breaks: &["ROOM-17"],
        about: "A leave of a topic that the connection is not in gets no answer.",
        behaviour: || lose(|world, seen| seen.says(204) && !world.joined(seen.connection, seen.topic())),
    },
    Fault {
        name: "leave-of-unjoined-refused",
        breaks: &["ROOM-17"],
        about: "A leave of a topic that the connection is not in is refused.",
        behaviour: || {
            on(|world, seen| {
                let mut json = seen.json.clone();
                json["code"] = 403.into();
                json["data"] = json!({ "reason": "not_joined" }).to_string().into();
                json["topic"] = seen.topic().into();
                let absent = seen.says(204) && !world.joined(seen.connection, seen.topic());
                absent.then(|| vec![Act::Text(json.to_string())])
            })
        },
    },
    Fault {
        name: "leave-leaves-everything",
        breaks: &["ROOM-10", "CHAT-1"],
        about: "A leave takes the connection out of all its topics.",
        behaviour: || {
            on(|world, seen| {
                let others = seen.asks(6).then(|| others(world, seen.connection, seen.topic()))?;
                let leaves = others.map(|topic| Act::Ask(seen.connection, leave(seen.token(), topic)));
                Some([Act::Forward].into_iter().chain(leaves).collect())
            })
        },
    },
    Fault {
        name: "join-after-leave-refused",
        breaks: &["ROOM-18"],
        about: "A topic that was left cannot be joined again.",
        behaviour: || {
            on(|world, seen| {
                let left = &world.connections.get(&seen.connection)?.left;
                let again = seen.asks(3) && left.contains(seen.topic());
                again.then(|| vec![Act::Answer(vec![refusal(seen, 403, "too_many_topics")])])
            })
        },
    },
    Fault {
        name: "second-leave-leaves-an-ear",
        breaks: &["ISO-3"],
        about: "A connection that has left a topic twice goes on hearing its chats.",
        behaviour: || {
            let mut leaves: HashMap<(ConnectionId, String), usize> = HashMap::new();
            on(move |world, seen| {
                if seen.says(204) {
                    *leaves.entry((seen.connection, seen.topic().to_owned())).or_default() += 1;
                    return None;
                }
                if !(seen.says(200) && seen.is_echo(world)) {
                    return None;
                }
                let ears = leaves.iter().filter(|((id, topic), times)| {
                    **times >= 2 && topic == seen.topic() && !world.joined(*id, topic)
                });
                let heard = ears.map(|((id, _), _)| Act::ToClient(*id, seen.text.to_owned()));
                Some(std::iter::once(Act::Forward).chain(heard).collect())
            })
        },
    },
    Fault {
        name: "join-after-leave-hears-nothing",
        breaks: &["ROOM-18", "CHAT-1"],
        about: "A join after a leave is answered, and no chat follows.",
        behaviour: || {
            let mut left = std::collections::HashSet::new();
            on(move |_, seen| {
                let key = (seen.connection, seen.topic().to_owned());
                if seen.says(204) {
                    left.insert(key);
                    return None;
                }
                (seen.says(200) && left.contains(&key)).then(Vec::new)
            })
        },
    },
];

/// A leave in a user's name.
pub(super) fn leave(token: &str, topic: &str) -> Value {
    json!({ "token": token, "type": 6, "payLoad": json!({ "topic": topic }).to_string() })
}

/// Takes a profile out of a 201, and says whether it was there.
fn disclaim(data: &mut Value, profile: &str) -> bool {
    let Some(profiles) = data["profiles"].as_array_mut() else { return false };
    let before = profiles.len();
    profiles.retain(|it| it != profile);
    profiles.len() < before
}

fn others<'a>(world: &'a World, id: ConnectionId, but: &'a str) -> impl Iterator<Item = &'a String> {
    let topics = world.connections.get(&id).map(|connection| &connection.topics);
    topics.into_iter().flatten().filter(move |topic| *topic != but)
}

fn shift(data: &mut Value, by: i64) {
    data["seq"] = (data["seq"].as_i64().unwrap_or_default() + by).into();
}

fn cut_in_joins(member: &'static str, length: usize) -> Behaviour {
    on(move |_, seen| {
        let name = seen.asks(3).then(|| seen.inner[member].as_str())??;
        let mut inner = (name.chars().count() > length).then(|| seen.inner.clone())?;
        inner[member] = name.chars().take(length).collect::<String>().into();
        Some(vec![Act::Text(with_payload(seen, &inner).to_string())])
    })
}

/// Counts how often a connection joined a topic; `leave` says what a leave makes of that. The hook is told the count of
/// the frame's topic.
fn count_joins(leave: fn(u64) -> u64, hook: fn(&World, &Seen<'_>, u64) -> Option<Vec<Act>>) -> Behaviour {
    let mut joins = HashMap::<(ConnectionId, String), u64>::new();
    on(move |world, seen| {
        let count = joins.entry((seen.connection, seen.topic().to_owned())).or_default();
        let before = *count;
        if seen.says(201) {
            *count += 1;
        } else if seen.asks(6) {
            *count = leave(before);
        }
        hook(world, seen, before)
    })
}

/// A request's text with the escapes of its topic taken for letters, or `None` where there are none.
pub(super) fn with_escapes_kept(seen: &Seen<'_>) -> Option<String> {
    let payload = seen.json["payLoad"].as_str().filter(|_| seen.asks(3) || seen.asks(6))?;
    let literal = payload.replace("\\u", "\\\\u");
    let mut json = seen.json.clone();
    json["payLoad"] = literal.as_str().into();
    (literal != payload && !parse(&literal).is_null()).then(|| json.to_string())
}
