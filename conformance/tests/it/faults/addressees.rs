//! Faults against chapter 12: to whom private words go, and who may send them.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{
    Fault,
    behaviour::{Act, Behaviour, Seen, alter, answer, lose, on, refuse, with_data, with_payload, without},
    notice::is_notice,
    world::{ConnectionId, World},
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "refusals-of-notices-to-all-devices",
        breaks: &["ISO-5"],
        about: "The answer to a notice that is refused goes to all connections of its sender's user.",
        behaviour: || {
            on(|world, seen| {
                let user = world.user(seen.connection);
                let others = world.connections_of(user).filter(|id| *id != seen.connection);
                let told = others.map(|id| Act::ToClient(id, seen.text.to_owned()));
                seen.refuses_as("no_such_member").then(|| std::iter::once(Act::Forward).chain(told).collect())
            })
        },
    },
    Fault {
        name: "notice-to-nobody-accepted",
        breaks: &["NOTE-3"],
        about: "A notice without a to is answered with a 202.",
        behaviour: || accept_invalid(|payload| payload.get("to").is_none()),
    },
    Fault {
        name: "notice-to-a-number-accepted",
        breaks: &["NOTE-3"],
        about: "A notice whose to is no string is answered with a 202.",
        behaviour: || accept_invalid(|payload| payload.get("to").is_some_and(|to| !to.is_string())),
    },
    Fault {
        name: "notice-to-an-odd-name-not-found",
        breaks: &["NOTE-3", "ERR-6"],
        about: "A notice to what cannot be a user is refused with 404.",
        behaviour: || {
            on(|_, seen| {
                let odd =
                    |to: &str| to.is_empty() || to.chars().count() > 128 || to.chars().any(char::is_control);
                let refused = seen.asks(4) && seen.inner["to"].as_str().is_some_and(odd);
                refused.then(|| {
                    let mut inner = seen.inner.clone();
                    inner["to"] = "nobody of that name".into();
                    vec![Act::Text(with_payload(seen, &inner).to_string())]
                })
            })
        },
    },
    Fault {
        name: "notice-of-nothing-accepted",
        breaks: &["NOTE-3"],
        about: "A notice without data is taken as one of null.",
        behaviour: || {
            on(|_, seen| {
                let bare = seen.asks(4) && seen.inner.is_object() && seen.inner.get("data").is_none();
                bare.then(|| {
                    let mut inner = seen.inner.clone();
                    inner["data"] = Value::Null;
                    vec![Act::Text(with_payload(seen, &inner).to_string())]
                })
            })
        },
    },
    Fault {
        name: "notice-of-null-refused",
        breaks: &["NOTE-2", "NOTE-3"],
        about: "A notice of null is refused as one without data.",
        behaviour: || {
            refuse(422, "invalid_payload", |world, seen| {
                seen.asks(4) && world.at_home(seen) && seen.inner.get("data").is_some_and(Value::is_null)
            })
        },
    },
    Fault {
        name: "notice-of-false-refused",
        breaks: &["NOTE-2", "NOTE-3"],
        about: "A notice of false, of 0 or of the empty string is refused as one without data.",
        behaviour: || {
            refuse(422, "invalid_payload", |world, seen| {
                let data = &seen.inner["data"];
                let falsy = *data == false || *data == 0 || *data == "";
                seen.asks(4) && world.at_home(seen) && falsy
            })
        },
    },
    Fault {
        name: "notice-of-no-object-refused",
        breaks: &["NOTE-2", "NOTE-3"],
        about: "A notice whose data is no object is refused.",
        behaviour: || {
            refuse(422, "invalid_payload", |world, seen| {
                let data = seen.inner.get("data");
                seen.asks(4) && world.at_home(seen) && data.is_some_and(|data| !data.is_object())
            })
        },
    },
    Fault {
        name: "notice-of-outsiders-delivered",
        breaks: &["NOTE-4"],
        about: "A notice in a topic that the connection is not in is delivered.",
        behaviour: || deliver_refused("not_joined", World::joined),
    },
    Fault {
        name: "notice-of-outsiders-not-found",
        breaks: &["NOTE-4", "ERR-6"],
        about: "A notice in a topic that the connection is not in is refused with 404.",
        behaviour: || {
            alter(
                |_, seen| seen.refuses_as("not_joined") && seen.kind_of_request() == 4,
                |_, _, json| {
                    json["code"] = 404.into();
                    json["data"] = json!({ "reason": "no_such_member" }).to_string().into();
                },
            )
        },
    },
    Fault {
        name: "notice-by-any-connection-of-a-member",
        breaks: &["NOTE-4"],
        about: "A notice is taken where another connection of its user is in the topic.",
        behaviour: || {
            on(|world, seen| {
                let id = seen.connection;
                let outside = seen.asks(4) && !world.at_home(seen);
                let topic = outside.then(|| seen.topic())?;
                let user = world.user(id);
                let inside = world.members(topic).find(|other| world.user(*other) == user)?;
                let to = json!({ "topic": topic, "to": seen.inner["to"] });
                let acts =
                    vec![Act::Ask(inside, seen.json.clone()), Act::Answer(vec![answer(seen, 202, &to)])];
                Some(acts)
            })
        },
    },
    Fault {
        name: "notice-to-the-absent-accepted",
        breaks: &["NOTE-5"],
        about: "A notice to a user who is not in the topic is answered with a 202.",
        behaviour: || deliver_refused("no_such_member", |_, _, _| false),
    },
    Fault {
        name: "notice-to-the-absent-unanswered",
        breaks: &["NOTE-5"],
        about: "A notice to a user who is not in the topic gets no answer.",
        behaviour: || lose(|_, seen| seen.refuses_as("no_such_member")),
    },
    Fault {
        name: "notice-to-the-absent-as-invalid",
        breaks: &["NOTE-5"],
        about: "A notice to a user who is not in the topic is refused with 422.",
        behaviour: || {
            alter(
                |_, seen| seen.refuses_as("no_such_member"),
                |_, _, json| {
                    json["code"] = 422.into();
                    json["data"] = json!({ "reason": "invalid_payload" }).to_string().into();
                },
            )
        },
    },
    Fault {
        name: "notice-to-the-absent-without-topic",
        breaks: &["ERR-16"],
        about: "The 404 of a notice does not name the topic.",
        behaviour: || alter(|_, seen| seen.refuses_as("no_such_member"), |_, _, json| without(json, "topic")),
    },
    Fault {
        name: "notice-to-another-room",
        breaks: &["NOTE-5", "NOTE-6"],
        about: "A notice to a user who is only in other topics is accepted, and delivered there.",
        behaviour: || {
            deliver_refused("no_such_member", |world, id, _| !world.connections[&id].topics.is_empty())
        },
    },
    Fault {
        name: "notice-to-those-who-left",
        breaks: &["NOTE-5", "NOTE-6"],
        about: "A notice to a user who has left the topic is accepted and delivered.",
        behaviour: || {
            deliver_refused("no_such_member", |world, id, topic| world.connections[&id].left.contains(topic))
        },
    },
    Fault {
        name: "notice-to-the-whole-room",
        breaks: &["NOTE-6"],
        about: "A notice goes to all members of the topic.",
        behaviour: || copy_notices(|world, seen, id| world.joined(id, seen.topic())),
    },
    Fault {
        name: "notice-to-its-sender",
        breaks: &["NOTE-6"],
        about: "A notice goes to its sender as well.",
        behaviour: || copy_notices(|world, seen, id| seen.inner["from"] == world.user(id)),
    },
    Fault {
        name: "notice-to-connections-elsewhere",
        breaks: &["NOTE-6", "ISO-1"],
        about: "A notice goes to all connections of its user, also to those that are not in the topic.",
        behaviour: || {
            copy_notices(|world, seen, id| {
                world.user(id) == world.user(seen.connection) && !world.joined(id, seen.topic())
            })
        },
    },
    Fault {
        name: "notice-to-those-named-alike",
        breaks: &["NOTE-6"],
        about: "A notice goes also to a user whose name differs in its case alone.",
        behaviour: || {
            copy_notices(|world, seen, id| {
                let (one, two) = (world.user(id), world.user(seen.connection));
                one != two && one.to_lowercase() == two.to_lowercase()
            })
        },
    },
];

/// Notices that the filter takes, and that a right server refuses, are answered with a 202, in their place.
fn accept_invalid(filter: fn(&Value) -> bool) -> Behaviour {
    on(move |world, seen| {
        let sound = seen.asks(4) && seen.is_sound() && world.may_speak(seen) && world.at_home(seen);
        let invalid = sound && seen.inner.is_object() && filter(&seen.inner);
        let data =
            json!({ "topic": seen.inner["topic"], "to": seen.inner["to"].as_str().unwrap_or_default() });
        invalid.then(|| vec![Act::Answer(vec![answer(seen, 202, &data)])])
    })
}

/// Notices that are refused with this reason are answered with a 202, and delivered to those connections of their
/// user that the filter takes.
fn deliver_refused(reason: &'static str, filter: fn(&World, ConnectionId, &str) -> bool) -> Behaviour {
    let mut asked: HashMap<ConnectionId, Value> = HashMap::new();
    on(move |world, seen| {
        if seen.asks(4) {
            asked.insert(seen.connection, seen.inner.clone());
            return None;
        }
        let refused = seen.refuses_as(reason) && seen.kind_of_request() == 4;
        let payload = refused.then(|| asked.get(&seen.connection))??;
        let (topic, to) = (payload["topic"].as_str()?, payload["to"].as_str()?);
        let targets: Vec<_> = world.connections_of(to).filter(|id| filter(world, *id, topic)).collect();
        let mut json = with_data(seen, &json!({ "topic": topic, "to": to }));
        json["code"] = 202.into();
        without(&mut json, "topic");
        let data = json!({ "topic": topic, "from": world.user(seen.connection), "data": payload["data"] });
        let notice = json!({ "type": 4, "code": 203, "data": data.to_string() }).to_string();
        let copies = targets.into_iter().map(|id| Act::ToClient(id, notice.clone()));
        Some([Act::Text(json.to_string())].into_iter().chain(copies).collect())
    })
}

/// Notices go also to the other connections that the filter takes; once, however many connections the user has.
fn copy_notices(filter: fn(&World, &Seen<'_>, ConnectionId) -> bool) -> Behaviour {
    on(move |world, seen| {
        let user = is_notice(world, seen).then(|| world.user(seen.connection))?;
        let first = world.members(seen.topic()).find(|id| world.user(*id) == user);
        let others = world.all().map(|(id, _)| id).filter(|id| {
            first == Some(seen.connection) && !(world.user(*id) == user && world.joined(*id, seen.topic()))
        });
        let copies =
            others.filter(|id| filter(world, seen, *id)).map(|id| Act::ToClient(id, seen.text.to_owned()));
        Some([Act::Forward].into_iter().chain(copies).collect())
    })
}
