//! Faults against chapter 13, as far as it is about what was missed. Those of what a client asks for are in
//! [`super::since`].

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    Fault,
    behaviour::{Act, Behaviour, Seen, alter_data, on, parse, with_data, without},
    questions::is_asked,
    world::{ConnectionId, World},
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "recovered-left-out",
        breaks: &["RES-1"],
        about: "The 201 of a join with since has no recovered.",
        behaviour: || alter_data(|_, seen| seen.says(201), |data| without(data, "recovered")),
    },
    Fault {
        name: "recovered-as-text",
        breaks: &["RES-1"],
        about: "The recovered of a 201 is a string.",
        behaviour: || {
            alter_data(
                |_, seen| seen.says(201) && seen.inner["recovered"].is_boolean(),
                |data| data["recovered"] = data["recovered"].to_string().into(),
            )
        },
    },
    Fault {
        name: "recovered-only-where-something-was-missed",
        breaks: &["RES-1"],
        about: "A 201 has a recovered only where it is true.",
        behaviour: || {
            alter_data(
                |_, seen| seen.says(201) && seen.inner["recovered"] == false,
                |data| without(data, "recovered"),
            )
        },
    },
    Fault {
        name: "missed-not-sent",
        breaks: &["RES-2"],
        about: "A 201 says that all was recovered, and nothing follows.",
        behaviour: || on_missed(|_, _, missed| Some(missed.map(|_| Vec::new()))),
    },
    Fault {
        name: "missed-without-the-first",
        breaks: &["RES-2"],
        about: "Of the chats that were missed the first does not come.",
        behaviour: || on_missed(|_, _, missed| Some(missed.filter(|it| it.is_first).map(|_| Vec::new()))),
    },
    Fault {
        name: "missed-without-the-last",
        breaks: &["RES-2"],
        about: "Of the chats that were missed the last does not come.",
        behaviour: || on_missed(|_, _, missed| Some(missed.filter(|it| it.is_last).map(|_| Vec::new()))),
    },
    Fault {
        name: "missed-with-a-hole",
        breaks: &["RES-2"],
        about: "Of the chats that were missed every third does not come.",
        behaviour: || {
            on_missed(|_, seen, missed| {
                Some(missed.filter(|_| seen.seq().is_multiple_of(3)).map(|_| Vec::new()))
            })
        },
    },
    Fault {
        name: "missed-of-others-only",
        breaks: &["RES-2"],
        about: "What the user said itself over another connection is not among the missed.",
        behaviour: || {
            on_missed(|world, seen, missed| {
                let own = seen.inner["user"] == world.user(seen.connection);
                Some(missed.filter(|_| own).map(|_| Vec::new()))
            })
        },
    },
    Fault {
        name: "missed-without-questions",
        breaks: &["RES-2", "HIST-19"],
        about: "Questions that came over HTTP are not among the missed.",
        behaviour: || {
            on_missed(|world, seen, missed| {
                Some(missed.filter(|_| is_asked(world, seen)).map(|_| Vec::new()))
            })
        },
    },
    Fault {
        name: "missed-questions-with-an-id",
        breaks: &["RES-3", "HIST-19"],
        about: "A question that was missed comes with an id, which it never had.",
        behaviour: || {
            on_missed(|world, seen, missed| {
                let mut json = seen.json.clone();
                json["id"] = "question-1".into();
                let altered = missed.filter(|_| is_asked(world, seen));
                Some(altered.map(|_| vec![Act::Text(json.to_string())]))
            })
        },
    },
    Fault {
        name: "missed-with-what-was-known",
        breaks: &["RES-2"],
        about: "The chats that are replayed begin with the one that the client has.",
        behaviour: || {
            let mut chats: HashMap<(String, u64), String> = HashMap::new();
            on_missed(move |_, seen, missed| {
                let topic = seen.topic().to_owned();
                if seen.says(200) {
                    chats.insert((topic.clone(), seen.seq()), seen.text.to_owned());
                }
                let known = missed.filter(|it| it.is_first).and_then(|_| chats.get(&(topic, seen.seq() - 1)));
                Some(known.map(|known| vec![Act::Text(known.clone()), Act::Forward]))
            })
        },
    },
    Fault {
        name: "missed-backwards",
        breaks: &["RES-2", "ORD-2"],
        about: "The chats that were missed come with the newest first.",
        behaviour: || {
            let mut held: HashMap<ConnectionId, Vec<String>> = HashMap::new();
            on_missed(move |_, seen, missed| {
                Some(missed.map(|it| {
                    held.entry(seen.connection).or_default().push(seen.text.to_owned());
                    if !it.is_last {
                        return Vec::new();
                    }
                    let texts = held.remove(&seen.connection).unwrap_or_default();
                    texts.into_iter().rev().map(Act::Text).collect()
                }))
            })
        },
    },
    Fault {
        name: "missed-doubled",
        breaks: &["RES-2"],
        about: "Each chat that was missed comes twice.",
        behaviour: || on_missed(|_, _, missed| Some(missed.map(|_| vec![Act::Forward, Act::Forward]))),
    },
    Fault {
        name: "missed-for-the-whole-room",
        breaks: &["RES-2", "ORD-2"],
        about: "The chats that one connection missed go to all members.",
        behaviour: || {
            on_missed(|world, seen, missed| {
                let others = world.members(seen.topic()).filter(|id| *id != seen.connection);
                let copies = others.map(|id| Act::ToClient(id, seen.text.to_owned()));
                Some(missed.map(|_| [Act::Forward].into_iter().chain(copies).collect()))
            })
        },
    },
    Fault {
        name: "missed-at-another-time",
        breaks: &["RES-3"],
        about: "The at of a chat that was missed is the time of its replay.",
        behaviour: || edit_missed(|json| json["at"] = (json["at"].as_i64().unwrap_or_default() + 1).into()),
    },
    Fault {
        name: "missed-without-id",
        breaks: &["RES-3"],
        about: "A chat that was missed comes without its id.",
        behaviour: || edit_missed(|json| without(json, "id")),
    },
    Fault {
        name: "missed-with-an-id-of-its-own",
        breaks: &["RES-3"],
        about: "A chat that had no id comes with one when it was missed.",
        behaviour: || {
            edit_missed(|json| {
                if json.get("id").is_none() {
                    json["id"] = format!("replay-{}", json["seq"]).into();
                }
            })
        },
    },
    Fault {
        name: "missed-written-anew",
        breaks: &["RES-3", "TEXT-1"],
        about: "The JSON of a chat that was missed is parsed and written again.",
        behaviour: || {
            edit_missed(|json| {
                json["data"] = parse(json["data"].as_str().unwrap_or_default()).to_string().into();
            })
        },
    },
    Fault {
        name: "missed-without-unknown-members",
        breaks: &["RES-3", "TEXT-2"],
        about: "A chat that was missed has only the members that the server knows.",
        behaviour: || {
            edit_missed(|json| {
                const KNOWN: [&str; 7] =
                    ["user", "content", "type", "displayName", "avatarurl", "stream", "createdat"];
                let mut chat = parse(json["data"].as_str().unwrap_or_default());
                if let Some(members) = chat.as_object_mut() {
                    members.retain(|name, _| KNOWN.contains(&name.as_str()));
                }
                json["data"] = chat.to_string().into();
            })
        },
    },
    Fault {
        name: "missed-numbered-from-1",
        breaks: &["RES-3", "RES-2"],
        about: "The chats that were missed are numbered from 1.",
        behaviour: || {
            let mut counts: HashMap<ConnectionId, u64> = HashMap::new();
            on_missed(move |_, seen, missed| {
                Some(missed.map(|it| {
                    let count = counts.entry(seen.connection).or_default();
                    *count = if it.is_first { 1 } else { *count + 1 };
                    let mut json = seen.json.clone();
                    json["seq"] = (*count).into();
                    vec![Act::Text(json.to_string())]
                }))
            })
        },
    },
    Fault {
        name: "missed-sent-though-not-recovered",
        breaks: &["RES-4"],
        about: "A 201 says that nothing was recovered, and the missed chats follow.",
        behaviour: || {
            alter_data(
                |_, seen| seen.says(201) && seen.inner["recovered"] == true,
                |data| data["recovered"] = false.into(),
            )
        },
    },
    Fault {
        name: "latest-chats-for-everybody",
        breaks: &["RES-4"],
        about: "Behind the 201 of a join without since come the latest three chats.",
        behaviour: || {
            let mut chats = Chats::default();
            on_joins(move |_, seen, join| {
                chats.note(seen);
                let fresh = join.filter(|it| it.since.is_null() && !it.again)?;
                Some([Act::Forward].into_iter().chain(chats.latest(seen.topic(), fresh.seq, 3)).collect())
            })
        },
    },
    Fault {
        name: "latest-chat-where-nothing-was-recovered",
        breaks: &["RES-4", "RES-6"],
        about: "Behind a 201 with recovered false comes the latest chat.",
        behaviour: || {
            let mut chats = Chats::default();
            on_joins(move |_, seen, join| {
                chats.note(seen);
                let lost = join.filter(|_| seen.inner["recovered"] == false)?;
                Some([Act::Forward].into_iter().chain(chats.latest(seen.topic(), lost.seq, 1)).collect())
            })
        },
    },
    Fault {
        name: "hole-in-silence",
        breaks: &["RES-6", "RES-2"],
        about: "Where more was missed than the server replays, it says recovered true and sends the latest ten.",
        behaviour: || {
            let mut chats = Chats::default();
            on_joins(move |_, seen, join| {
                chats.note(seen);
                let join = join.filter(|it| !it.again && seen.inner["recovered"] == false)?;
                let count = join.seq.checked_sub(join.since["seq"].as_u64()?)?;
                (count > 10 && join.since["epoch"] == seen.inner["epoch"]).then(|| {
                    let mut inner = seen.inner.clone();
                    inner["recovered"] = true.into();
                    let text = Act::Text(with_data(seen, &inner).to_string());
                    [text].into_iter().chain(chats.latest(seen.topic(), join.seq, 10)).collect()
                })
            })
        },
    },
    Fault {
        name: "last-two-only",
        breaks: &["RES-2", "RES-6"],
        about: "Of the chats that were missed only the newest two come, with recovered true.",
        behaviour: || on_missed(|_, _, missed| Some(missed.filter(|it| it.to_come > 1).map(|_| Vec::new()))),
    },
    Fault {
        name: "missed-before-the-join-answer",
        breaks: &["RES-9", "ISO-2"],
        about: "The first chat that was missed comes before the 201.",
        behaviour: || {
            let mut replays = HashSet::new();
            on_both(move |_, seen, join, missed| {
                if join.is_some_and(Join::replays) {
                    replays.insert(seen.connection);
                    return Some(vec![Act::Hold(Duration::from_millis(500))]);
                }
                if seen.says(205) && replays.contains(&seen.connection) {
                    return Some(vec![Act::Hold(Duration::from_millis(500))]);
                }
                missed.filter(|it| it.is_first)?;
                replays.remove(&seen.connection);
                Some(vec![Act::Forward, Act::Release])
            })
        },
    },
    Fault {
        name: "missed-before-the-list",
        breaks: &["RES-9", "PRES-2"],
        about: "The chats that were missed come before the 205 of the join.",
        behaviour: || {
            let mut replays = HashSet::new();
            on_both(move |_, seen, join, missed| {
                if join.is_some_and(Join::replays) {
                    replays.insert(seen.connection);
                }
                if seen.says(205) && replays.remove(&seen.connection) {
                    return Some(vec![Act::Hold(Duration::from_millis(500))]);
                }
                missed.filter(|it| it.is_last).map(|_| vec![Act::Forward, Act::Release])
            })
        },
    },
    Fault {
        name: "missed-behind-what-is-live",
        breaks: &["RES-9", "ORD-2"],
        about: "The chats that were missed come behind the next live one, or half a second late.",
        behaviour: || {
            let mut held = HashSet::new();
            on_missed(move |_, seen, missed| {
                let key = (seen.connection, seen.topic().to_owned());
                if missed.is_some() {
                    held.insert(key);
                    return Some(Some(vec![Act::Hold(Duration::from_millis(500))]));
                }
                let live = seen.says(200) && held.remove(&key);
                Some(live.then(|| vec![Act::Forward, Act::Release]))
            })
        },
    },
];

/// A join that is being answered with a 201.
pub(super) struct Join {
    /// As it was asked; null where it was not.
    pub(super) since: Value,
    /// The topic's last number.
    pub(super) seq: u64,
    /// The connection was in the topic already.
    pub(super) again: bool,
    pub(super) recovered: bool,
}

impl Join {
    fn replays(&self) -> bool {
        self.recovered && self.since["seq"].as_u64() < Some(self.seq)
    }
}

/// A chat that was missed, on its way.
struct Missed {
    is_first: bool,
    is_last: bool,
    /// How many are still to come behind it.
    to_come: usize,
}

/// A behaviour that can tell what a join asked for, and the missed chats behind its 201 from all others.
fn on_both(
    mut hook: impl FnMut(&World, &Seen<'_>, Option<&Join>, Option<Missed>) -> Option<Vec<Act>> + Send + 'static,
) -> Behaviour {
    let mut asked: HashMap<(ConnectionId, String), Value> = HashMap::new();
    let mut due: HashMap<(ConnectionId, String), (u64, u64, u64)> = HashMap::new();
    on(move |world, seen| {
        let key = (seen.connection, seen.topic().to_owned());
        if seen.asks(3) {
            asked.insert(key, seen.inner["since"].clone());
            return hook(world, seen, None, None);
        }
        if seen.says(201) {
            let join = Join {
                since: asked.remove(&key).unwrap_or_default(),
                seq: seen.inner["seq"].as_u64().unwrap_or_default(),
                again: world.joined(seen.connection, seen.topic()),
                recovered: seen.inner["recovered"] == true,
            };
            if join.replays() {
                let first = join.since["seq"].as_u64().unwrap_or_default() + 1;
                due.insert(key, (first, first, join.seq));
            }
            return hook(world, seen, Some(&join), None);
        }
        let mut missed = None;
        if let Some((first, next, last)) = due.get_mut(&key)
            && seen.says(200)
            && seen.seq() == *next
        {
            *next += 1;
            let to_come = usize::try_from(*last - seen.seq()).unwrap_or_default();
            missed = Some(Missed { is_first: seen.seq() == *first, is_last: to_come == 0, to_come });
        }
        if missed.as_ref().is_some_and(|it| it.is_last) {
            due.remove(&key);
        }
        hook(world, seen, None, missed)
    })
}

/// A behaviour that looks at missed chats, and at all other frames as well.
fn on_missed(
    mut hook: impl FnMut(&World, &Seen<'_>, Option<Missed>) -> Option<Option<Vec<Act>>> + Send + 'static,
) -> Behaviour {
    on_both(move |world, seen, _, missed| hook(world, seen, missed)?)
}

/// A behaviour that looks at 201s together with what was asked, and at all other frames as well.
pub(super) fn on_joins(
    mut hook: impl FnMut(&World, &Seen<'_>, Option<&Join>) -> Option<Vec<Act>> + Send + 'static,
) -> Behaviour {
    on_both(move |world, seen, join, _| hook(world, seen, join))
}

/// The envelope of each missed chat is altered.
fn edit_missed(edit: fn(&mut Value)) -> Behaviour {
    on_missed(move |_, seen, missed| {
        Some(missed.map(|_| {
            let mut json = seen.json.clone();
            edit(&mut json);
            vec![Act::Text(json.to_string())]
        }))
    })
}

/// All chats that have passed, by topic and number.
#[derive(Default)]
pub(super) struct Chats(BTreeMap<(String, u64), String>);

impl Chats {
    pub(super) fn note(&mut self, seen: &Seen<'_>) {
        if seen.says(200) {
            let key = (seen.topic().to_owned(), seen.seq());
            self.0.entry(key).or_insert_with(|| json!(seen.json).to_string());
        }
    }

    /// The latest of a topic up to a number, in their order.
    pub(super) fn latest(&self, topic: &str, seq: u64, count: usize) -> Vec<Act> {
        let range = self.0.range((topic.to_owned(), 0)..=(topic.to_owned(), seq));
        let mut latest: Vec<_> = range.rev().take(count).map(|(_, text)| Act::Text(text.clone())).collect();
        latest.reverse();
        latest
    }
}
