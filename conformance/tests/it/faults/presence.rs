//! Faults against chapter 11: lists of users, and what is told of their changes.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    Fault,
    behaviour::{Act, Behaviour, Seen, alter, alter_data, every, lose, on, refuse, with_data, without},
    world::{ConnectionId, World},
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "list-unanswered",
        breaks: &["PRES-1"],
        about: "A user-list frame gets no 205.",
        behaviour: || on_lists(|_, seen, list| (!list.of_join && seen.says(205)).then(Vec::new)),
    },
    Fault {
        name: "list-not-known",
        breaks: &["PRES-1"],
        about: "A user-list frame is refused with 501, though presence is claimed.",
        behaviour: || refuse(501, "unknown_type", |_, seen| seen.asks(5)),
    },
    Fault {
        name: "list-without-topic",
        breaks: &["PRES-1"],
        about: "A 205 does not name its topic.",
        behaviour: || alter_data(|_, seen| seen.says(205), |data| without(data, "topic")),
    },
    Fault {
        name: "list-without-count",
        breaks: &["PRES-1"],
        about: "A 205 has no count.",
        behaviour: || alter_data(|_, seen| seen.says(205), |data| without(data, "count")),
    },
    Fault {
        name: "list-count-as-text",
        breaks: &["PRES-1"],
        about: "The count of a 205 is a string.",
        behaviour: || {
            alter_data(|_, seen| seen.says(205), |data| data["count"] = data["count"].to_string().into())
        },
    },
    Fault {
        name: "list-of-bare-names",
        breaks: &["PRES-1"],
        about: "The users of a 205 are strings.",
        behaviour: || {
            edit_users(|users| {
                for user in users {
                    *user = user["user"].take();
                }
            })
        },
    },
    Fault {
        name: "list-for-the-whole-room",
        breaks: &["ISO-5", "PRES-1"],
        about: "The answer to a user-list frame goes to all members of the topic.",
        behaviour: || {
            on_lists(|world, seen, list| {
                let others = (seen.says(205) && !list.of_join).then(|| others(world, seen))?;
                let copies = others.map(|id| Act::ToClient(id, seen.text.to_owned()));
                Some([Act::Forward].into_iter().chain(copies).collect())
            })
        },
    },
    Fault {
        name: "join-without-a-list",
        breaks: &["PRES-2"],
        about: "No 205 comes behind a 201.",
        behaviour: || on_lists(|_, _, list| list.of_join.then(Vec::new)),
    },
    Fault {
        name: "second-join-without-a-list",
        breaks: &["PRES-2"],
        about: "No 205 comes behind the 201 of a topic that the connection is in already.",
        behaviour: || on_lists(|_, _, list| (list.of_join && list.again).then(Vec::new)),
    },
    Fault {
        name: "list-before-the-join-answer",
        breaks: &["PRES-2", "ISO-2"],
        about: "The 205 of a join comes before its 201.",
        behaviour: || {
            on_lists(|_, seen, list| {
                if seen.says(201) {
                    return Some(vec![Act::Hold(Duration::from_millis(500))]);
                }
                list.of_join.then(|| vec![Act::Forward, Act::Release])
            })
        },
    },
    Fault {
        name: "list-behind-the-first-news",
        breaks: &["PRES-2"],
        about: "The 205 of a join comes behind the first 200 or 206 of the topic, or half a second late.",
        behaviour: || {
            let mut held = HashSet::new();
            on_lists(move |_, seen, list| {
                let key = (seen.connection, seen.topic().to_owned());
                if list.of_join {
                    held.insert(key);
                    return Some(vec![Act::Hold(Duration::from_millis(500))]);
                }
                let news = (seen.says(200) || seen.says(206)) && held.remove(&key);
                news.then(|| vec![Act::Forward, Act::Release])
            })
        },
    },
    Fault {
        name: "presence-grace-left-out",
        breaks: &["PRES-3"],
        about: "The limits of a 201 lack presenceGraceMs.",
        behaviour: || {
            alter_data(|_, seen| seen.says(201), |data| without(&mut data["limits"], "presenceGraceMs"))
        },
    },
    Fault {
        name: "presence-grace-negative",
        breaks: &["PRES-3"],
        about: "The presenceGraceMs of a 201 is -1.",
        behaviour: || {
            alter_data(|_, seen| seen.says(201), |data| data["limits"]["presenceGraceMs"] = (-1).into())
        },
    },
    Fault {
        name: "roster-max-0",
        breaks: &["PRES-3"],
        about: "The rosterMax of a 201 is 0, which is to mean that there is none.",
        behaviour: || alter_data(|_, seen| seen.says(201), |data| data["limits"]["rosterMax"] = 0.into()),
    },
    Fault {
        name: "roster-max-left-out",
        breaks: &["PRES-3"],
        about: "The limits of a 201 lack rosterMax.",
        behaviour: || alter_data(|_, seen| seen.says(201), |data| without(&mut data["limits"], "rosterMax")),
    },
    Fault {
        name: "list-for-outsiders",
        breaks: &["PRES-4"],
        about: "A user-list frame for a topic that the connection is not in is answered with the list.",
        behaviour: || {
            let mut lists = HashMap::new();
            on(move |_, seen| {
                if seen.says(205) {
                    lists.insert(seen.topic().to_owned(), seen.inner.clone());
                }
                let outside = seen.refuses_as("not_joined") && seen.kind_of_request() == 5;
                let topic = outside.then(|| seen.topic().to_owned())?;
                let empty = json!({ "topic": topic, "count": 0, "users": [] });
                let mut json = with_data(seen, lists.get(&topic).unwrap_or(&empty));
                json["code"] = 205.into();
                without(&mut json, "topic");
                Some(vec![Act::Text(json.to_string())])
            })
        },
    },
    Fault {
        name: "list-for-outsiders-not-found",
        breaks: &["PRES-4"],
        about: "A user-list frame for a topic that the connection is not in is refused with 404.",
        behaviour: || {
            alter(
                |_, seen| seen.refuses_as("not_joined") && seen.kind_of_request() == 5,
                |_, _, json| {
                    json["code"] = 404.into();
                    json["data"] = json!({ "reason": "no_such_member" }).to_string().into();
                },
            )
        },
    },
    Fault {
        name: "list-for-any-connection-of-a-member",
        breaks: &["PRES-4"],
        about: "A user-list frame is answered where another connection of its user is in the topic.",
        behaviour: || {
            on(|world, seen| {
                let id = seen.connection;
                let outside = seen.refuses_as("not_joined") && seen.kind_of_request() == 5;
                let topic = outside.then(|| seen.topic())?;
                let user = world.user(id);
                world.members(topic).find(|other| world.user(*other) == user)?;
                let users: BTreeSet<_> = world.members(topic).map(|other| world.user(other)).collect();
                let entries: Vec<_> = users.iter().map(|user| json!({ "user": user })).collect();
                let list = json!({ "topic": topic, "count": entries.len(), "users": entries });
                let mut json = with_data(seen, &list);
                json["code"] = 205.into();
                without(&mut json, "topic");
                Some(vec![Act::Text(json.to_string())])
            })
        },
    },
    Fault {
        name: "list-without-oneself",
        breaks: &["PRES-5", "PRES-8"],
        about: "A 205 does not list the user who receives it, nor count it.",
        behaviour: || {
            on(|world, seen| {
                let mut inner = seen.says(205).then(|| seen.inner.clone())?;
                let own = world.user(seen.connection);
                let users = inner["users"].as_array_mut()?;
                users.retain(|entry| entry["user"] != own);
                recount(&mut inner);
                Some(vec![Act::Text(with_data(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "list-of-a-while-ago",
        breaks: &["PRES-5", "PRES-17"],
        about: "A user-list frame is answered with the list as it was when the connection joined.",
        behaviour: || {
            let mut lists = HashMap::new();
            on_lists(move |_, seen, list| {
                let key = (seen.connection, seen.topic().to_owned());
                if list.of_join {
                    lists.insert(key, seen.inner.clone());
                    return None;
                }
                let old = seen.says(205).then(|| lists.get(&key))??;
                Some(vec![Act::Text(with_data(seen, old).to_string())])
            })
        },
    },
    Fault {
        name: "list-of-connections",
        breaks: &["PRES-6", "PRES-8"],
        about: "A 205 lists and counts a user once for each of its connections.",
        behaviour: || {
            on(|world, seen| {
                let mut inner = seen.says(205).then(|| seen.inner.clone())?;
                let topic = seen.topic();
                let entries = inner["users"].as_array()?.clone();
                let times = |entry: &Value| {
                    let user = entry["user"].as_str().unwrap_or_default();
                    world.members(topic).filter(|id| world.user(*id) == user).count().max(1)
                };
                let all = entries.iter().flat_map(|entry| vec![entry.clone(); times(entry)]);
                inner["users"] = all.collect::<Vec<_>>().into();
                recount(&mut inner);
                Some(vec![Act::Text(with_data(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "list-of-everybody",
        breaks: &["PRES-7", "PRES-8"],
        about: "A 205 lists the users of all topics.",
        behaviour: || {
            on(|world, seen| {
                let mut inner = seen.says(205).then(|| seen.inner.clone())?;
                let users = inner["users"].as_array_mut()?;
                let mut listed: BTreeSet<_> =
                    users.iter().filter_map(|it| it["user"].as_str()).map(str::to_owned).collect();
                for (_, connection) in world.all().filter(|(_, it)| !it.user.is_empty()) {
                    if listed.insert(connection.user.clone()) {
                        users.push(json!({ "user": connection.user }));
                    }
                }
                recount(&mut inner);
                Some(vec![Act::Text(with_data(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "count-of-connections",
        breaks: &["PRES-8"],
        about: "The count of a 205 is that of the connections in the topic.",
        behaviour: || {
            on(|world, seen| {
                let mut inner = seen.says(205).then(|| seen.inner.clone())?;
                inner["count"] = world.members(seen.topic()).count().into();
                Some(vec![Act::Text(with_data(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "count-of-those-shown",
        breaks: &["PRES-8"],
        about: "The count of a 205 that is cut is that of its users.",
        behaviour: || alter_data(|_, seen| seen.says(205) && is_cut(seen), recount),
    },
    Fault {
        name: "roster-max-not-kept",
        breaks: &["PRES-9"],
        about: "A 201 declares a rosterMax of 1, and lists are not cut to it.",
        behaviour: || alter_data(|_, seen| seen.says(201), |data| data["limits"]["rosterMax"] = 1.into()),
    },
    Fault {
        name: "list-cut-below-roster-max",
        breaks: &["PRES-5", "PRES-9"],
        about: "A 205 shows one user less than there is room for.",
        behaviour: || {
            alter_data(
                |_, seen| seen.says(205) && seen.inner["users"].as_array().is_some_and(|it| it.len() > 1),
                |data| {
                    data["users"].as_array_mut().and_then(Vec::pop);
                    data["truncated"] = true.into();
                },
            )
        },
    },
    Fault {
        name: "cut-in-silence",
        breaks: &["PRES-10"],
        about: "A 205 that is cut does not say so.",
        behaviour: || alter_data(|_, seen| seen.says(205) && is_cut(seen), |data| without(data, "truncated")),
    },
    Fault {
        name: "truncated-false",
        breaks: &["PRES-10"],
        about: "A 205 that is not cut has truncated false.",
        behaviour: || {
            alter_data(|_, seen| seen.says(205) && !is_cut(seen), |data| data["truncated"] = false.into())
        },
    },
    Fault {
        name: "truncated-always",
        breaks: &["PRES-10"],
        about: "Each 205 has truncated true.",
        behaviour: || alter_data(|_, seen| seen.says(205), |data| data["truncated"] = true.into()),
    },
    Fault {
        name: "names-left-out",
        breaks: &["PRES-11"],
        about: "A 205 shows no displayName.",
        behaviour: || edit_users(|users| users.iter_mut().for_each(|user| without(user, "displayName"))),
    },
    Fault {
        name: "pictures-left-out",
        breaks: &["PRES-11"],
        about: "A 205 shows no avatarurl.",
        behaviour: || edit_users(|users| users.iter_mut().for_each(|user| without(user, "avatarurl"))),
    },
    Fault {
        name: "names-of-the-first-join",
        breaks: &["PRES-11"],
        about: "A 205 shows a user with the displayName of its first join.",
        behaviour: || {
            let mut names = HashMap::new();
            on(move |world, seen| {
                if seen.asks(3) && seen.inner["displayName"].is_string() {
                    let key = (seen.topic().to_owned(), world.speaker(seen).to_owned());
                    names.entry(key).or_insert_with(|| seen.inner["displayName"].clone());
                }
                let mut inner = seen.says(205).then(|| seen.inner.clone())?;
                let topic = seen.topic().to_owned();
                for user in inner["users"].as_array_mut()? {
                    let key = (topic.clone(), user["user"].as_str().unwrap_or_default().to_owned());
                    if let Some(name) = names.get(&key) {
                        user["displayName"] = name.clone();
                    }
                }
                Some(vec![Act::Text(with_data(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "names-trimmed",
        breaks: &["PRES-11"],
        about: "A 205 shows a displayName without the white space around it, and in lower case.",
        behaviour: || {
            edit_users(|users| {
                for user in users.iter_mut().filter(|user| user["displayName"].is_string()) {
                    let name = user["displayName"].as_str().unwrap_or_default().trim().to_lowercase();
                    user["displayName"] = name.into();
                }
            })
        },
    },
    Fault {
        name: "names-of-null",
        breaks: &["ENV-10"],
        about: "A 205 shows a user without a displayName with one that is null.",
        behaviour: || {
            edit_users(|users| {
                for user in users.iter_mut().filter(|user| user.get("displayName").is_none()) {
                    user["displayName"] = Value::Null;
                }
            })
        },
    },
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
        behaviour: || ghosts(false),
    },
    Fault {
        name: "silent-users-stay",
        breaks: &["PRES-20"],
        about: "A user whose connection was closed for silence stays on the list.",
        behaviour: || ghosts(true),
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

/// What is known of a frame: whether it is the 205 that a join brings, and whether that join was one more.
struct List {
    of_join: bool,
    again: bool,
}

/// A behaviour that can tell the lists behind a join from those that were asked for.
fn on_lists(mut hook: impl FnMut(&World, &Seen<'_>, List) -> Option<Vec<Act>> + Send + 'static) -> Behaviour {
    let mut awaited: HashMap<(ConnectionId, String), bool> = HashMap::new();
    on(move |world, seen| {
        let key = (seen.connection, seen.topic().to_owned());
        if seen.says(201) {
            awaited.insert(key, world.joined(seen.connection, seen.topic()));
            return hook(world, seen, List { of_join: false, again: false });
        }
        let again = if seen.says(205) { awaited.remove(&key) } else { None };
        // What is no list is of interest to some, an answer to no request to none.
        hook(world, seen, List { of_join: again.is_some(), again: again.unwrap_or_default() })
    })
}

/// The entries of each 205 are altered.
fn edit_users(edit: fn(&mut Vec<Value>)) -> Behaviour {
    on(move |_, seen| {
        let mut inner = seen.says(205).then(|| seen.inner.clone())?;
        edit(inner["users"].as_array_mut()?);
        (inner != seen.inner).then(|| vec![Act::Text(with_data(seen, &inner).to_string())])
    })
}

/// The 206s that the filter takes come three seconds late.
fn hold(filter: fn(&Seen<'_>) -> bool) -> Behaviour {
    on(move |_, seen| (seen.says(206) && filter(seen)).then(|| vec![Act::Hold(Duration::from_secs(3))]))
}

/// Users whose connections have ended stay on the lists, and nobody is told that they are gone: all of them, or only
/// those who were closed for silence.
fn ghosts(only_silent: bool) -> Behaviour {
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
            ghosts.remove(&(topic.clone(), world.user(seen.connection).to_owned()));
            leavers.remove(&(topic.clone(), world.user(seen.connection).to_owned()));
        }
        if seen.says(206) {
            let user = seen.inner["left"][0]["user"].as_str()?.to_owned();
            let key = (topic, user);
            let stays = if only_silent { silent.contains(&key.1) } else { !leavers.contains(&key) };
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

fn recount(list: &mut Value) {
    list["count"] = list["users"].as_array().map_or(0, Vec::len).into();
}

fn is_cut(seen: &Seen<'_>) -> bool {
    seen.inner["truncated"] == true
}

fn others<'a>(world: &'a World, seen: &'a Seen<'_>) -> impl Iterator<Item = ConnectionId> + 'a {
    world.members(seen.topic()).filter(|id| *id != seen.connection)
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
