//! Faults against chapter 11: lists of users. Those of what is told of changes are in [`super::changes`].

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    Fault,
    behaviour::{Act, Behaviour, Seen, alter, alter_data, on, refuse, with_data, without},
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
];

/// What is known of a frame: whether it is the 205 that a join brings, and whether that join was one more.
pub(super) struct List {
    pub(super) of_join: bool,
    pub(super) again: bool,
}

/// A behaviour that can tell the lists behind a join from those that were asked for.
pub(super) fn on_lists(
    mut hook: impl FnMut(&World, &Seen<'_>, List) -> Option<Vec<Act>> + Send + 'static,
) -> Behaviour {
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

pub(super) fn recount(list: &mut Value) {
    list["count"] = list["users"].as_array().map_or(0, Vec::len).into();
}

fn is_cut(seen: &Seen<'_>) -> bool {
    seen.inner["truncated"] == true
}

pub(super) fn others<'a>(world: &'a World, seen: &'a Seen<'_>) -> impl Iterator<Item = ConnectionId> + 'a {
    world.members(seen.topic()).filter(|id| *id != seen.connection)
}
