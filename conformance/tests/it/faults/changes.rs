//! Faults against chapter 11: who came and who went, what is told of it, and when a user is off the list.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    Fault,
    behaviour::{Act, Behaviour, Seen, alter, alter_data, every, lose, on, with_data, without},
    presence::{on_lists, others, recount},
    world::{ConnectionId, World},
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "arrivals-untold",
        breaks: &["PRES-12", "PRES-17"],
        about: "Nobody is told of a user who joins.",
        behaviour: || lose(|_, seen| seen.says(206) && seen.inner["joined"].is_array()),
    },
    Fault {
        name: "arrivals-told-late",
        breaks: &["PRES-12", "PRES-17"],
        about: "A 206 of a user who joins comes three seconds late.",
        behaviour: || hold(|seen| seen.inner["joined"].is_array()),
    },
    Fault {
        name: "arrivals-told-to-one",
        breaks: &["PRES-12", "PRES-17"],
        about: "Only the member who is there for the longest time is told of a user who joins.",
        behaviour: || {
            lose(|world, seen| {
                let first = world.members(seen.topic()).next();
                seen.says(206) && seen.inner["joined"].is_array() && first != Some(seen.connection)
            })
        },
    },
    Fault {
        name: "departures-untold",
        breaks: &["PRES-13", "PRES-17"],
        about: "Nobody is told of a user who leaves.",
        behaviour: || lose(|_, seen| seen.says(206) && seen.inner["left"].is_array()),
    },
    Fault {
        name: "departures-told-late",
        breaks: &["PRES-13", "PRES-17"],
        about: "A 206 of a user who leaves comes three seconds late.",
        behaviour: || hold(|seen| seen.inner["left"].is_array()),
    },
    Fault {
        name: "departures-told-to-one-connection-of-a-user",
        breaks: &["PRES-13"],
        about: "Of a user's connections only the oldest in the topic is told of a user who leaves.",
        behaviour: || {
            lose(|world, seen| {
                let user = world.user(seen.connection);
                let first = world.members(seen.topic()).find(|id| world.user(*id) == user);
                seen.says(206) && seen.inner["left"].is_array() && first != Some(seen.connection)
            })
        },
    },
    Fault {
        name: "departures-of-the-lost-untold",
        breaks: &["PRES-13", "PRES-17"],
        about: "Nobody is told of a user whose connection ended without a leave, though lists do without it.",
        behaviour: || {
            let mut leavers = HashSet::new();
            on(move |world, seen| {
                if seen.asks(6) {
                    leavers.insert((seen.topic().to_owned(), world.speaker(seen).to_owned()));
                }
                let topic = seen.topic();
                let left = seen.says(206).then(|| seen.inner["left"].as_array())??;
                let user = left.first()?["user"].as_str()?.to_owned();
                (!leavers.contains(&(topic.to_owned(), user))).then(Vec::new)
            })
        },
    },
    Fault {
        name: "every-third-change-lost",
        breaks: &["PRES-17"],
        about: "Every third 206 of a connection is lost.",
        behaviour: || every(3, |_, seen| seen.says(206), |_| Vec::new()),
    },
    Fault {
        name: "change-without-topic",
        breaks: &["PRES-14"],
        about: "A 206 does not name its topic.",
        behaviour: || alter_data(|_, seen| seen.says(206), |data| without(data, "topic")),
    },
    Fault {
        name: "change-without-count",
        breaks: &["PRES-14"],
        about: "A 206 has no count.",
        behaviour: || alter_data(|_, seen| seen.says(206), |data| without(data, "count")),
    },
    Fault {
        name: "change-with-both-arrays",
        breaks: &["PRES-14"],
        about: "A 206 has both arrays, one of them empty.",
        behaviour: || {
            alter_data(
                |_, seen| seen.says(206),
                |data| {
                    for name in ["joined", "left"] {
                        if data.get(name).is_none() {
                            data[name] = json!([]);
                        }
                    }
                },
            )
        },
    },
    Fault {
        name: "change-of-one-object",
        breaks: &["PRES-14"],
        about: "The joined of a 206 is one object in place of an array.",
        behaviour: || {
            alter_data(
                |_, seen| seen.says(206) && seen.inner["joined"].is_array(),
                |data| data["joined"] = data["joined"][0].take(),
            )
        },
    },
    Fault {
        name: "change-of-bare-names",
        breaks: &["PRES-14"],
        about: "The left of a 206 holds strings.",
        behaviour: || {
            alter_data(
                |_, seen| seen.says(206) && seen.inner["left"].is_array(),
                |data| {
                    for user in data["left"].as_array_mut().into_iter().flatten() {
                        *user = user["user"].take();
                    }
                },
            )
        },
    },
    Fault {
        name: "change-of-nobody",
        breaks: &["PRES-14"],
        about: "Behind each 206 of a user who joins comes one with an empty array.",
        behaviour: || {
            on(|_, seen| {
                let mut inner = seen.says(206).then(|| seen.inner.clone())?;
                inner.get("joined")?;
                inner["joined"] = json!([]);
                Some(vec![Act::Forward, Act::Text(with_data(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "second-connection-is-news",
        breaks: &["PRES-15"],
        about: "A 206 tells of a user who joins with a second connection.",
        behaviour: || {
            on(|world, seen| {
                let id = seen.connection;
                let (topic, user) = seen.says(201).then(|| (seen.topic(), world.user(id)))?;
                let is_here = |other: ConnectionId| other != id && world.user(other) == user;
                let second = !world.joined(id, topic) && world.members(topic).any(is_here);
                second.then(|| told(world, seen, "joined", &[Act::Forward]))
            })
        },
    },
    Fault {
        name: "second-join-is-news",
        breaks: &["PRES-15"],
        about: "A 206 tells of a connection that joins a topic once more.",
        behaviour: || {
            on(|world, seen| {
                let again = seen.says(201) && world.joined(seen.connection, seen.topic());
                again.then(|| told(world, seen, "joined", &[Act::Forward]))
            })
        },
    },
    Fault {
        name: "first-connection-to-leave-is-news",
        breaks: &["PRES-15", "PRES-17"],
        about: "A 206 tells that a user has left of whom another connection is still there.",
        behaviour: || {
            on(|world, seen| {
                let (id, topic) = (seen.connection, seen.topic());
                let user = (seen.says(204) && world.joined(id, topic)).then(|| world.user(id))?;
                let stays = world.members(topic).any(|other| other != id && world.user(other) == user);
                stays.then(|| told(world, seen, "left", &[Act::Forward]))
            })
        },
    },
    Fault {
        name: "own-arrival-told",
        breaks: &["PRES-16"],
        about: "The connection that joins gets a 206 of its own join behind its 205.",
        behaviour: || {
            on_lists(|world, seen, list| {
                let fresh = list.of_join && !list.again;
                let change = fresh.then(|| change(world, seen, "joined", &seen.inner["count"]))?;
                Some(vec![Act::Forward, Act::Text(change)])
            })
        },
    },
    Fault {
        name: "list-never-forgets",
        breaks: &["PRES-18", "PRES-8"],
        about: "A 205 lists also those who have left.",
        behaviour: || {
            let mut known: BTreeMap<String, BTreeMap<String, Value>> = BTreeMap::new();
            on(move |_, seen| {
                let mut inner = seen.says(205).then(|| seen.inner.clone())?;
                let known = known.entry(seen.topic().to_owned()).or_default();
                for entry in inner["users"].as_array()? {
                    known.insert(entry["user"].as_str().unwrap_or_default().to_owned(), entry.clone());
                }
                inner["users"] = known.values().cloned().collect::<Vec<_>>().into();
                recount(&mut inner);
                Some(vec![Act::Text(with_data(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "leavers-listed-for-a-while",
        breaks: &["PRES-18"],
        about: "A 205 lists a user for half a second after its leave.",
        behaviour: || {
            let mut leavers: Vec<(String, String, Instant)> = Vec::new();
            on(move |world, seen| {
                if seen.says(204) {
                    let user = world.user(seen.connection).to_owned();
                    leavers.push((seen.topic().to_owned(), user, Instant::now()));
                }
                let mut inner = seen.says(205).then(|| seen.inner.clone())?;
                let topic = seen.topic().to_owned();
                leavers.retain(|(_, _, at)| at.elapsed() < Duration::from_millis(500));
                let users = inner["users"].as_array_mut()?;
                for (_, user, _) in leavers.iter().filter(|it| it.0 == topic) {
                    if !users.iter().any(|entry| entry["user"] == user.as_str()) {
                        users.push(json!({ "user": user }));
                    }
                }
                recount(&mut inner);
                Some(vec![Act::Text(with_data(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "lost-users-stay",
        breaks: &["PRES-19", "PRES-13"],
        about: "A user whose connection ended without a leave stays on the list.",
        behaviour: || ghosts(Ghosts::Lost),
    },
    Fault {
        name: "users-lost-again-stay",
        breaks: &["PRES-19", "PRES-13"],
        about: "A user who has joined a topic more than once stays on its list when the connection ends without a leave.",
        behaviour: || ghosts(Ghosts::LostAgain),
    },
    Fault {
        name: "silent-users-stay",
        breaks: &["PRES-20"],
        about: "A user whose connection was closed for silence stays on the list.",
        behaviour: || ghosts(Ghosts::Silent),
    },
    Fault {
        name: "grace-declared-and-not-given",
        breaks: &["PRES-21"],
        about: "A 201 declares a presenceGraceMs of 2000, and a user who was lost is off the list at once.",
        behaviour: || {
            alter_data(|_, seen| seen.says(201), |data| data["limits"]["presenceGraceMs"] = 2000.into())
        },
    },
    Fault {
        name: "count-before-the-change",
        breaks: &["PRES-22"],
        about: "The count of a 206 is that of before the change.",
        behaviour: || {
            alter_data(
                |_, seen| seen.says(206),
                |data| {
                    let size = |name: &str| data[name].as_array().map_or(0, Vec::len);
                    let count = data["count"].as_u64().unwrap_or_default() + size("left") as u64;
                    data["count"] = count.saturating_sub(size("joined") as u64).into();
                },
            )
        },
    },
    Fault {
        name: "count-of-the-change",
        breaks: &["PRES-22"],
        about: "The count of a 206 is that of the users in it.",
        behaviour: || {
            alter_data(
                |_, seen| seen.says(206),
                |data| {
                    let size = |name: &str| data[name].as_array().map_or(0, Vec::len);
                    data["count"] = (size("joined") + size("left")).into();
                },
            )
        },
    },
    Fault {
        name: "news-for-those-who-left",
        breaks: &["ISO-3"],
        about: "A 206 goes also to connections that have left the topic.",
        behaviour: || {
            on(|world, seen| {
                let topic = seen.says(206).then(|| seen.topic())?;
                let first = world.members(topic).next() == Some(seen.connection);
                let left = first.then(|| world.all().filter(|(_, it)| it.left.contains(topic)))?;
                let copies = left.map(|(id, _)| Act::ToClient(id, seen.text.to_owned()));
                Some([Act::Forward].into_iter().chain(copies).collect())
            })
        },
    },
    Fault {
        name: "news-for-everybody",
        breaks: &["ISO-1"],
        about: "A 206 goes to all connections, whatever they have joined.",
        behaviour: || {
            on(|world, seen| {
                let topic = seen.says(206).then(|| seen.topic())?;
                let first = world.members(topic).next() == Some(seen.connection);
                let away = first.then(|| world.all().filter(|(_, it)| !it.topics.contains(topic)))?;
                let copies =
                    away.filter(|it| it.1.accepted).map(|(id, _)| Act::ToClient(id, seen.text.to_owned()));
                Some([Act::Forward].into_iter().chain(copies).collect())
            })
        },
    },
    Fault {
        name: "change-as-a-chat",
        breaks: &["CHAT-7", "ENV-11"],
        about: "A change of the list has the code 200.",
        behaviour: || alter(|_, seen| seen.says(206), |_, _, json| json["code"] = 200.into()),
    },
];

/// The 206s that the filter takes come three seconds late.
fn hold(filter: fn(&Seen<'_>) -> bool) -> Behaviour {
    on(move |_, seen| (seen.says(206) && filter(seen)).then(|| vec![Act::Hold(Duration::from_secs(3))]))
}

/// Who stays on the list though gone.
#[derive(Clone, Copy)]
enum Ghosts {
    Silent,
    Lost,
    LostAgain,
}

/// Users whose connections have ended stay on the lists, and nobody is told that they are gone: all of them, or only
/// those who were closed for silence.
fn ghosts(of: Ghosts) -> Behaviour {
    let mut joins: HashMap<(String, String), usize> = HashMap::new();
    let mut silent = HashSet::new();
    let mut leavers = HashSet::new();
    let mut ghosts: BTreeSet<(String, String)> = BTreeSet::new();
    on(move |world, seen| {
        let topic = seen.topic().to_owned();
        if seen.payload.starts_with(&4201_u16.to_be_bytes()) && seen.kind == super::wire::Kind::Close {
            silent.insert(world.user(seen.connection).to_owned());
        }
        if seen.asks(6) {
            leavers.insert((topic.clone(), world.speaker(seen).to_owned()));
        }
        if seen.says(201) {
            let key = (topic.clone(), world.user(seen.connection).to_owned());
            ghosts.remove(&key);
            leavers.remove(&key);
            *joins.entry(key).or_default() += 1;
        }
        if seen.says(206) {
            let user = seen.inner["left"][0]["user"].as_str()?.to_owned();
            let key = (topic, user);
            let stays = match of {
                Ghosts::Silent => silent.contains(&key.1),
                Ghosts::Lost => !leavers.contains(&key),
                Ghosts::LostAgain => {
                    !leavers.contains(&key) && joins.get(&key).is_some_and(|&joins| joins > 1)
                }
            };
            return stays.then(|| {
                ghosts.insert(key);
                Vec::new()
            });
        }
        let mut inner = seen.says(205).then(|| seen.inner.clone())?;
        let users = inner["users"].as_array_mut()?;
        for (_, user) in ghosts.iter().filter(|it| it.0 == topic) {
            if !users.iter().any(|entry| entry["user"] == user.as_str()) {
                users.push(json!({ "user": user }));
            }
        }
        recount(&mut inner);
        Some(vec![Act::Text(with_data(seen, &inner).to_string())])
    })
}

/// A 206 of the user of this connection.
fn change(world: &World, seen: &Seen<'_>, kind: &str, count: &Value) -> String {
    let entry = json!({ "user": world.user(seen.connection) });
    let data = json!({ "topic": seen.topic(), "count": count, kind: [entry] });
    json!({ "type": 5, "code": 206, "data": data.to_string() }).to_string()
}

/// These acts, and a 206 of this connection's user for all others.
fn told(world: &World, seen: &Seen<'_>, kind: &str, acts: &[Act]) -> Vec<Act> {
    let users: BTreeSet<_> = world.members(seen.topic()).map(|id| world.user(id)).collect();
    let change = change(world, seen, kind, &users.len().into());
    let copies = others(world, seen).map(|id| Act::ToClient(id, change.clone()));
    acts.iter().cloned().chain(copies).collect()
}
