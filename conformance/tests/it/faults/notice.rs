//! Faults against chapter 12: private words. Those of to whom they go are in [`super::addressees`].

use std::{collections::HashMap, time::Duration};

use serde_json::{Value, json};

use super::{
    Fault,
    behaviour::{Act, Behaviour, Seen, alter, alter_data, every, lose, on, refuse, with_data, without},
    world::{ConnectionId, World},
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "deep-notice-refused",
        breaks: &["ENV-6", "NOTE-2"],
        about: "A notice whose payLoad is nested deeper than 30 levels is refused.",
        behaviour: || {
            refuse(422, "invalid_payload", |_, seen| seen.asks(4) && super::envelope::depth(&seen.inner) > 30)
        },
    },
    Fault {
        name: "notice-unanswered",
        breaks: &["NOTE-1"],
        about: "A notice gets no 202.",
        behaviour: || lose(|_, seen| seen.says(202)),
    },
    Fault {
        name: "notice-not-known",
        breaks: &["NOTE-1"],
        about: "A notice is refused with 501, though notices are claimed.",
        behaviour: || refuse(501, "unknown_type", |_, seen| seen.asks(4)),
    },
    Fault {
        name: "notice-answered-without-to",
        breaks: &["NOTE-1"],
        about: "A 202 does not name whom the notice was for.",
        behaviour: || alter_data(|_, seen| seen.says(202), |data| without(data, "to")),
    },
    Fault {
        name: "notice-answered-without-topic",
        breaks: &["NOTE-1"],
        about: "A 202 does not name its topic.",
        behaviour: || alter_data(|_, seen| seen.says(202), |data| without(data, "topic")),
    },
    Fault {
        name: "notice-answered-in-lower-case",
        breaks: &["NOTE-1", "TEXT-4"],
        about: "A 202 names the user in lower case.",
        behaviour: || {
            alter_data(
                |_, seen| seen.says(202),
                |data| data["to"] = data["to"].as_str().unwrap_or_default().to_lowercase().into(),
            )
        },
    },
    Fault {
        name: "notice-answered-without-id",
        breaks: &["ENV-12"],
        about: "A 202 does not carry the id of its request.",
        behaviour: || alter(|_, seen| seen.says(202), |_, _, json| without(json, "id")),
    },
    Fault {
        name: "notice-not-delivered",
        breaks: &["NOTE-2"],
        about: "A notice is accepted, and reaches nobody.",
        behaviour: || lose(is_notice),
    },
    Fault {
        name: "notice-doubled",
        breaks: &["NOTE-2"],
        about: "A notice comes twice.",
        behaviour: || every(1, is_notice, |_| vec![Act::Forward, Act::Forward]),
    },
    Fault {
        name: "every-fifth-notice-lost",
        breaks: &["NOTE-2"],
        about: "Of the notices to a connection every fifth is lost.",
        behaviour: || every(5, is_notice, |_| Vec::new()),
    },
    Fault {
        name: "notice-to-one-connection",
        breaks: &["NOTE-2"],
        about: "A notice reaches only the latest of its user's connections in the topic.",
        behaviour: || {
            lose(|world, seen| {
                let user = world.user(seen.connection);
                let latest = world.members(seen.topic()).filter(|id| world.user(*id) == user).last();
                is_notice(world, seen) && latest != Some(seen.connection)
            })
        },
    },
    Fault {
        name: "notice-to-oneself-lost",
        breaks: &["NOTE-2"],
        about: "A notice of a user to itself is accepted, and not delivered.",
        behaviour: || {
            lose(|world, seen| is_notice(world, seen) && seen.inner["from"] == world.user(seen.connection))
        },
    },
    Fault {
        name: "notice-to-the-others-of-oneself-only",
        breaks: &["NOTE-2"],
        about: "A notice of a user to itself reaches its other connections, and not the one that sent it.",
        behaviour: || {
            let mut last = None;
            on(move |world, seen| {
                if seen.says(202) {
                    last = Some(seen.connection);
                }
                (is_notice(world, seen) && last == Some(seen.connection)).then(Vec::new)
            })
        },
    },
    Fault {
        name: "notice-without-topic",
        breaks: &["NOTE-2"],
        about: "The 203 of a notice does not name its topic.",
        behaviour: || alter_data(is_notice, |data| without(data, "topic")),
    },
    Fault {
        name: "notice-without-from",
        breaks: &["NOTE-2", "NOTE-8"],
        about: "The 203 of a notice does not say who sent it.",
        behaviour: || alter_data(is_notice, |data| without(data, "from")),
    },
    Fault {
        name: "notice-without-data-delivered",
        breaks: &["NOTE-2"],
        about: "The 203 of a notice of null has no data.",
        behaviour: || {
            alter_data(
                |world, seen| is_notice(world, seen) && seen.inner["data"].is_null(),
                |data| without(data, "data"),
            )
        },
    },
    Fault {
        name: "notice-with-the-senders-id",
        breaks: &["ENV-13"],
        about: "The 203 of a notice carries the id of the request.",
        behaviour: || {
            let mut id = Value::Null;
            on(move |world, seen| {
                if seen.asks(4) {
                    id = seen.json["id"].clone();
                }
                (is_notice(world, seen) && id.is_string()).then(|| {
                    let mut json = seen.json.clone();
                    json["id"] = id.clone();
                    vec![Act::Text(json.to_string())]
                })
            })
        },
    },
    Fault {
        name: "notice-as-a-chat",
        breaks: &["CHAT-7", "ENV-11"],
        about: "A notice is delivered with the code 200.",
        behaviour: || alter(is_notice, |_, _, json| json["code"] = 200.into()),
    },
    Fault {
        name: "notice-data-as-text",
        breaks: &["NOTE-7"],
        about: "The data of a notice arrives as the text of its JSON.",
        behaviour: || alter_data(is_notice, |data| data["data"] = data["data"].to_string().into()),
    },
    Fault {
        name: "notice-numbers-rounded",
        breaks: &["NOTE-7"],
        about: "Numbers in a notice lose what is behind the point.",
        behaviour: || {
            edit_values(|value| {
                if let Some(number) = value.as_f64().filter(|number| number.fract() != 0.0) {
                    *value = json!(number.trunc());
                }
            })
        },
    },
    Fault {
        name: "notice-nulls-dropped",
        breaks: &["NOTE-7"],
        about: "Members of a notice that are null are left out.",
        behaviour: || {
            edit_values(|value| {
                if let Some(object) = value.as_object_mut() {
                    object.retain(|_, member| !member.is_null());
                }
            })
        },
    },
    Fault {
        name: "notice-arrays-sorted",
        breaks: &["NOTE-7"],
        about: "Arrays in a notice are sorted.",
        behaviour: || {
            edit_values(|value| {
                if let Some(array) = value.as_array_mut() {
                    array.sort_by_key(Value::to_string);
                }
            })
        },
    },
    Fault {
        name: "notice-empty-arrays-dropped",
        breaks: &["NOTE-7"],
        about: "An empty array or object in a notice arrives as null.",
        behaviour: || {
            edit_values(|value| {
                if *value == json!([]) || *value == json!({}) {
                    *value = Value::Null;
                }
            })
        },
    },
    Fault {
        name: "notice-strings-trimmed",
        breaks: &["NOTE-7"],
        about: "Strings in a notice lose the white space around them.",
        behaviour: || edit_strings(|text| text.trim().to_owned()),
    },
    Fault {
        name: "notice-strings-escaped",
        breaks: &["NOTE-7"],
        about: "Strings in a notice are escaped as for a page.",
        behaviour: || edit_strings(|text| text.replace('&', "&amp;").replace('<', "&lt;")),
    },
    Fault {
        name: "notice-strings-in-the-basic-plane",
        breaks: &["NOTE-7"],
        about: "Characters beyond U+FFFF in a notice arrive as U+FFFD.",
        behaviour: || edit_strings(|text| text.replace(|letter| u32::from(letter) > 0xffff, "\u{fffd}")),
    },
    Fault {
        name: "notice-strings-cut",
        breaks: &["NOTE-7"],
        about: "Strings in a notice are cut to 255 characters.",
        behaviour: || edit_strings(|text| text.chars().take(255).collect()),
    },
    Fault {
        name: "notice-from-whom-it-says",
        breaks: &["NOTE-8"],
        about: "A from in the payLoad of a notice is believed.",
        behaviour: || {
            // By topic and what the notice says: other notices are on their way meanwhile.
            let mut claims: HashMap<(String, String), Value> = HashMap::new();
            on(move |world, seen| {
                let key = (seen.topic().to_owned(), seen.inner["data"].to_string());
                if seen.asks(4) && seen.inner["from"].is_string() {
                    claims.insert(key, seen.inner["from"].clone());
                    return None;
                }
                let from = is_notice(world, seen).then(|| claims.get(&key))??;
                let mut inner = seen.inner.clone();
                inner["from"] = from.clone();
                Some(vec![Act::Text(with_data(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "notice-from-its-receiver",
        breaks: &["NOTE-8"],
        about: "The from of a notice is the user to whom it goes.",
        behaviour: || {
            on(|world, seen| {
                let mut inner = is_notice(world, seen).then(|| seen.inner.clone())?;
                inner["from"] = world.user(seen.connection).into();
                Some(vec![Act::Text(with_data(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "own-notice-before-its-answer",
        breaks: &["NOTE-9"],
        about: "The 203 of a notice to oneself comes before its 202.",
        behaviour: || {
            on(|world, seen| {
                let own = world.user(seen.connection);
                if seen.says(202) && seen.inner["to"] == own {
                    return Some(vec![Act::Hold(Duration::from_millis(300))]);
                }
                let mine = is_notice(world, seen) && seen.inner["from"] == own;
                mine.then(|| vec![Act::Forward, Act::Release])
            })
        },
    },
    Fault {
        name: "notices-are-numbered",
        breaks: &["NOTE-10", "ORD-1"],
        about: "A notice takes a number of its topic, so that the chat behind it skips one.",
        behaviour: || {
            // How many notices there were, by topic; and by topic and number, how far that chat was moved.
            let mut notices: HashMap<String, u64> = HashMap::new();
            let mut moved: HashMap<(String, u64), u64> = HashMap::new();
            on(move |_, seen| {
                let topic = seen.topic().to_owned();
                if seen.says(202) {
                    *notices.entry(topic).or_default() += 1;
                    return None;
                }
                let count = notices.get(&topic).copied().unwrap_or_default();
                if seen.says(201) {
                    let mut inner = seen.inner.clone();
                    inner["seq"] = (inner["seq"].as_u64()? + count).into();
                    return Some(vec![Act::Text(with_data(seen, &inner).to_string())]);
                }
                let seq = seen.says(200).then(|| seen.seq())?;
                let mut json = seen.json.clone();
                json["seq"] = (seq + *moved.entry((topic, seq)).or_insert(count)).into();
                Some(vec![Act::Text(json.to_string())])
            })
        },
    },
    Fault {
        name: "notices-are-replayed",
        breaks: &["NOTE-10", "NOTE-11"],
        about: "A connection that joins with since gets the latest notice of its user behind the 201.",
        behaviour: || {
            let mut latest: HashMap<(String, String), String> = HashMap::new();
            let mut since = std::collections::HashSet::new();
            on(move |world, seen| {
                let key = (seen.topic().to_owned(), world.user(seen.connection).to_owned());
                if is_notice(world, seen) {
                    latest.insert(key, seen.text.to_owned());
                    return None;
                }
                if seen.asks(3) && seen.inner["since"].is_object() {
                    since.insert(seen.connection);
                }
                let resumes = seen.says(201) && since.remove(&seen.connection);
                let notice = resumes.then(|| latest.get(&key))??;
                Some(vec![Act::Forward, Act::Text(notice.clone())])
            })
        },
    },
    Fault {
        name: "notices-wait-in-a-mailbox",
        breaks: &["NOTE-11"],
        about: "A connection that joins gets the latest notice to its user once more.",
        behaviour: || {
            let mut latest: HashMap<(String, String), String> = HashMap::new();
            on(move |world, seen| {
                if is_notice(world, seen) {
                    let key = (seen.topic().to_owned(), world.user(seen.connection).to_owned());
                    latest.insert(key, seen.text.to_owned());
                    return None;
                }
                let user = seen.says(201).then(|| seen.inner["user"].as_str())??;
                let notice = latest.get(&(seen.topic().to_owned(), user.to_owned()))?;
                Some(vec![Act::Forward, Act::Text(notice.clone())])
            })
        },
    },
    Fault {
        name: "notices-out-of-order",
        breaks: &["NOTE-12"],
        about: "A notice that is followed by another within 200 ms comes behind it.",
        behaviour: || {
            let mut waits: HashMap<ConnectionId, bool> = HashMap::new();
            on(move |world, seen| {
                is_notice(world, seen).then(|| {
                    let second = waits.entry(seen.connection).or_default();
                    *second = !*second;
                    if *second {
                        vec![Act::Hold(Duration::from_millis(200))]
                    } else {
                        vec![Act::Forward, Act::Release]
                    }
                })
            })
        },
    },
];

/// Whether this is a user's notice, and not a word of the server's own.
pub(super) fn is_notice(_: &World, seen: &Seen<'_>) -> bool {
    seen.says(203) && seen.inner["from"].is_string()
}

/// Every value inside the data of a notice is altered, the innermost first.
fn edit_values(edit: fn(&mut Value)) -> Behaviour {
    fn walk(value: &mut Value, edit: fn(&mut Value)) {
        match value {
            Value::Array(values) => values.iter_mut().for_each(|value| walk(value, edit)),
            Value::Object(members) => members.values_mut().for_each(|value| walk(value, edit)),
            _ => {}
        }
        edit(value);
    }
    on(move |world, seen| {
        let mut inner = is_notice(world, seen).then(|| seen.inner.clone())?;
        walk(&mut inner["data"], edit);
        (inner != seen.inner).then(|| vec![Act::Text(with_data(seen, &inner).to_string())])
    })
}

/// Every string inside the data of a notice is altered.
fn edit_strings(edit: fn(&str) -> String) -> Behaviour {
    fn walk(value: &mut Value, edit: fn(&str) -> String) {
        match value {
            Value::String(text) => *text = edit(text),
            Value::Array(values) => values.iter_mut().for_each(|value| walk(value, edit)),
            Value::Object(members) => members.values_mut().for_each(|value| walk(value, edit)),
            _ => {}
        }
    }
    on(move |world, seen| {
        let mut inner = is_notice(world, seen).then(|| seen.inner.clone())?;
        walk(&mut inner["data"], edit);
        (inner != seen.inner).then(|| vec![Act::Text(with_data(seen, &inner).to_string())])
    })
}
