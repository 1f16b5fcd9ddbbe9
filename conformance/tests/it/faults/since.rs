//! Faults against chapter 13: the `since` of a join, and what the 201 makes of it.

use serde_json::Value;

use super::{
    Fault,
    behaviour::{Act, Behaviour, Seen, alter, on, refuse, with_data, with_payload, without},
    resume::{Chats, Join, on_joins},
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "epoch-of-since-unread",
        breaks: &["RES-5"],
        about: "A since with another epoch is taken as one with the topic's own.",
        behaviour: || {
            on(|world, seen| {
                let stranger = seen.asks(3) && seen.inner["since"]["epoch"].is_string();
                let room = stranger.then(|| world.rooms.get(seen.topic()))??;
                let mut inner = seen.inner.clone();
                inner["since"]["epoch"] = room.epoch.clone();
                Some(vec![Act::Text(with_payload(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "since-ahead-is-recovered",
        breaks: &["RES-5"],
        about: "A since whose seq is higher than the topic's last is answered with recovered true.",
        behaviour: || {
            claim(|seen, join| {
                let epoch = join.since["epoch"] == seen.inner["epoch"];
                epoch && join.since["seq"].as_u64() > Some(join.seq)
            })
        },
    },
    Fault {
        name: "since-of-another-epoch-refused",
        breaks: &["RES-5"],
        about: "A join whose since has another epoch than the topic is refused.",
        behaviour: || {
            refuse(422, "invalid_payload", |world, seen| {
                let epoch = &seen.inner["since"]["epoch"];
                let room = world.rooms.get(seen.topic());
                seen.asks(3) && epoch.is_string() && room.is_some_and(|room| room.epoch != *epoch)
            })
        },
    },
    Fault {
        name: "since-ahead-refused",
        breaks: &["RES-5"],
        about: "A join whose since has a seq higher than the topic's last is refused.",
        behaviour: || {
            refuse(422, "invalid_payload", |world, seen| {
                let since = &seen.inner["since"];
                let room = world.rooms.get(seen.topic());
                let ahead = |room: &super::world::Room| {
                    since["epoch"] == room.epoch && since["seq"].as_u64() > Some(room.seq)
                };
                seen.asks(3) && room.is_some_and(ahead)
            })
        },
    },
    Fault {
        name: "nothing-missed-not-recovered",
        breaks: &["RES-7"],
        about: "A since that names the topic's last chat is answered with recovered false.",
        behaviour: || {
            on_joins(|_, seen, join| {
                let join = join.filter(|it| it.since["seq"].as_u64() == Some(it.seq))?;
                let epoch = join.since["epoch"] == seen.inner["epoch"];
                let mut inner = (epoch && !join.again).then(|| seen.inner.clone())?;
                inner["recovered"] = false.into();
                Some(vec![Act::Text(with_data(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "since-0-is-no-since",
        breaks: &["RES-1", "RES-2", "RES-7"],
        about: "A since whose seq is 0 is ignored.",
        behaviour: || ignore_since(|since| since["seq"] == 0),
    },
    Fault {
        name: "since-below-0-ignored",
        breaks: &["RES-8"],
        about: "A since whose seq is negative is ignored.",
        behaviour: || ignore_since(|since| since["seq"].as_i64() < Some(0) && since["seq"].is_i64()),
    },
    Fault {
        name: "since-of-null-ignored",
        breaks: &["RES-8"],
        about: "A since of null is taken as none.",
        behaviour: || ignore_since(Value::is_null),
    },
    Fault {
        name: "since-of-no-object-ignored",
        breaks: &["RES-8"],
        about: "A since that is no object is ignored.",
        behaviour: || ignore_since(|since| !since.is_object() && !since.is_null()),
    },
    Fault {
        name: "since-without-epoch-ignored",
        breaks: &["RES-8"],
        about: "A since without a string epoch is ignored.",
        behaviour: || ignore_since(|since| since.is_object() && !since["epoch"].is_string()),
    },
    Fault {
        name: "since-without-seq-ignored",
        breaks: &["RES-8"],
        about: "A since without a seq is ignored.",
        behaviour: || ignore_since(|since| since.is_object() && since.get("seq").is_none()),
    },
    Fault {
        name: "since-with-seq-as-text-taken",
        breaks: &["RES-8"],
        about: "A since whose seq is a string of digits is taken as a number.",
        behaviour: || {
            on(|_, seen| {
                let text = seen.asks(3).then(|| seen.inner["since"]["seq"].as_str())??;
                let mut inner = seen.inner.clone();
                inner["since"]["seq"] = text.parse::<u64>().ok()?.into();
                Some(vec![Act::Text(with_payload(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "since-with-a-fraction-cut",
        breaks: &["RES-8"],
        about: "A since whose seq has a fraction is taken without it.",
        behaviour: || {
            on(|_, seen| {
                let seq = &seen.inner["since"]["seq"];
                let whole = (seen.asks(3) && seq.is_f64()).then(|| seq.to_string())?;
                let mut inner = seen.inner.clone();
                inner["since"]["seq"] = whole.split('.').next()?.parse::<u64>().ok()?.into();
                Some(vec![Act::Text(with_payload(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "rejoin-recovers",
        breaks: &["RES-10"],
        about: "A join with since of a topic that the connection is in is answered with recovered true.",
        behaviour: || claim(|_, join| join.again),
    },
    Fault {
        name: "rejoin-replays",
        breaks: &["RES-10", "CHAT-3"],
        about: "A join with since of a topic that the connection is in brings the chats since then.",
        behaviour: || {
            let mut chats = Chats::default();
            on_joins(move |_, seen, join| {
                chats.note(seen);
                let join = join.filter(|it| it.again)?;
                let count = join.seq.checked_sub(join.since["seq"].as_u64()?)?;
                let mut inner = seen.inner.clone();
                inner["recovered"] = true.into();
                let text = Act::Text(with_data(seen, &inner).to_string());
                let count = usize::try_from(count).ok()?;
                Some([text].into_iter().chain(chats.latest(seen.topic(), join.seq, count)).collect())
            })
        },
    },
    Fault {
        name: "never-recovers",
        breaks: &["RES-11"],
        about: "Whatever a since says, nothing that was missed is replayed.",
        behaviour: || {
            on(|_, seen| {
                let since = seen.asks(3) && seen.inner["since"]["epoch"].is_string();
                let behind = since && seen.inner["since"]["seq"].is_u64();
                let mut inner = behind.then(|| seen.inner.clone())?;
                inner["since"]["epoch"] = "no epoch of this topic".into();
                Some(vec![Act::Text(with_payload(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "recovers-a-few-only",
        breaks: &["RES-11"],
        about: "Where more than five chats were missed, none is replayed.",
        behaviour: || {
            on(|world, seen| {
                let seq = seen.asks(3).then(|| seen.inner["since"]["seq"].as_u64())??;
                let room = world.rooms.get(seen.topic())?;
                let mut inner = (room.seq > seq + 5).then(|| seen.inner.clone())?;
                inner["since"]["epoch"] = "no epoch of this topic".into();
                Some(vec![Act::Text(with_payload(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "recovered-says-what-was-asked",
        breaks: &["RES-5", "RES-6"],
        about: "Each join with since is answered with recovered true.",
        behaviour: || claim(|_, _| true),
    },
    Fault {
        name: "resumed-seq-is-that-of-since",
        breaks: &["ROOM-8", "RES-2"],
        about: "The seq of a 201 with recovered true is that of the since.",
        behaviour: || {
            on_joins(|_, seen, join| {
                let join = join.filter(|_| seen.inner["recovered"] == true)?;
                let mut inner = seen.inner.clone();
                inner["seq"] = join.since["seq"].clone();
                Some(vec![Act::Text(with_data(seen, &inner).to_string())])
            })
        },
    },
    Fault {
        name: "since-null-in-the-answer",
        breaks: &["ENV-10"],
        about: "A 201 without a since has recovered null.",
        behaviour: || {
            alter(
                |_, seen| seen.says(201) && seen.inner["recovered"] != true,
                |_, seen, json| {
                    let mut inner = seen.inner.clone();
                    inner["recovered"] = Value::Null;
                    json["data"] = inner.to_string().into();
                },
            )
        },
    },
];

/// The 201s of joins with since that the filter takes say that all was recovered, and nothing follows.
fn claim(filter: fn(&Seen<'_>, &Join) -> bool) -> Behaviour {
    on_joins(move |_, seen, join| {
        let join = join.filter(|it| it.since.is_object() && filter(seen, it))?;
        (!join.recovered).then(|| {
            let mut inner = seen.inner.clone();
            inner["recovered"] = true.into();
            vec![Act::Text(with_data(seen, &inner).to_string())]
        })
    })
}

/// Joins whose since the filter takes are passed on without it.
fn ignore_since(filter: fn(&Value) -> bool) -> Behaviour {
    on(move |_, seen| {
        let since = seen.asks(3).then(|| seen.inner.get("since"))??;
        filter(since).then(|| {
            let mut inner = seen.inner.clone();
            without(&mut inner, "since");
            vec![Act::Text(with_payload(seen, &inner).to_string())]
        })
    })
}
