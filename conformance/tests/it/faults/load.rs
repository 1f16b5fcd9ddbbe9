//! Faults that show under load alone: whatever a server has counted too small, or keeps for too long. Each comes in two
//! sizes, one that a daily run is enough for, and one that takes `--load full`.

use std::collections::{HashMap, HashSet};

use super::{
    Fault,
    behaviour::{Act, Behaviour, Seen, on},
    world::ConnectionId,
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "members-beyond-32-unheard-of",
        breaks: &["ISO-7", "CHAT-1"],
        about: "Chats go to the 32 connections that were in a topic first, and to no other.",
        behaviour: || reach(32),
    },
    Fault {
        name: "members-beyond-128-unheard-of",
        breaks: &["ISO-7", "CHAT-1"],
        about: "Chats go to the 128 connections that were in a topic first, and to no other.",
        behaviour: || reach(128),
    },
    Fault {
        name: "members-beyond-256-unheard-of",
        breaks: &["ISO-7", "CHAT-1"],
        about: "Chats go to the 256 connections that were in a topic first, and to no other.",
        behaviour: || reach(256),
    },
    Fault {
        name: "numbers-begin-again-at-512",
        breaks: &["ORD-1", "ORD-2"],
        about: "A seq is the rest of a division by 512.",
        behaviour: || wrap(512),
    },
    Fault {
        name: "numbers-begin-again-at-4096",
        breaks: &["ORD-1", "ORD-2"],
        about: "A seq is the rest of a division by 4096.",
        behaviour: || wrap(4096),
    },
    Fault {
        name: "topics-beyond-a-dozen-mixed-up",
        breaks: &["ISO-4", "ISO-1"],
        about: "A connection that is in twelve topics or more hears in the first of them what is said in the others.",
        behaviour: || mix_up(12),
    },
    Fault {
        name: "topics-beyond-forty-mixed-up",
        breaks: &["ISO-4", "ISO-1"],
        about: "A connection that is in forty topics or more hears in the first of them what is said in the others.",
        behaviour: || mix_up(40),
    },
    Fault {
        name: "forty-places-of-the-lost-stay-taken",
        breaks: &["ISO-6", "CHAT-1"],
        about: "Whoever joins takes one of a topic's 40 places for ever: when all are taken, nobody hears anything.",
        behaviour: || keep_places(40),
    },
    Fault {
        name: "six-hundred-places-of-the-lost-stay-taken",
        breaks: &["ISO-6", "CHAT-1"],
        about: "Whoever joins takes one of a topic's 600 places for ever: when all are taken, nobody hears anything.",
        behaviour: || keep_places(600),
    },
];

/// Chats go to so many connections of their topic, and to their sender.
fn reach(size: usize) -> Behaviour {
    let mut places: HashMap<String, Vec<ConnectionId>> = HashMap::new();
    on(move |world, seen| {
        if seen.says(201) {
            let places = places.entry(seen.topic().to_owned()).or_default();
            places.retain(|place| world.joined(*place, seen.topic()));
            places.push(seen.connection);
        }
        let place = || places.get(seen.topic())?.iter().position(|it| *it == seen.connection);
        (seen.says(200) && !seen.is_echo(world) && place()? >= size).then(Vec::new)
    })
}

/// Numbers begin again where they do not fit any more.
fn wrap(size: u64) -> Behaviour {
    on(move |_, seen| {
        (seen.says(200) && seen.seq() >= size).then(|| {
            let mut json = seen.json.clone();
            json["seq"] = (seen.seq() % size).into();
            vec![Act::Text(json.to_string())]
        })
    })
}

/// Where a connection has that many topics, what it hears has the first one's name.
fn mix_up(size: usize) -> Behaviour {
    on(move |world, seen| {
        let topics = &world.connections.get(&seen.connection)?.topics;
        let first = topics.first().filter(|_| seen.says(200) && topics.len() >= size)?;
        let mut json = seen.json.clone();
        json["topic"] = first.as_str().into();
        Some(vec![Act::Text(json.to_string())])
    })
}

fn keep_places(size: usize) -> Behaviour {
    let mut places: HashMap<String, HashSet<ConnectionId>> = HashMap::new();
    on(move |world, seen| {
        let taken = |seen: &Seen<'_>| places.get(seen.topic()).is_some_and(|places| places.len() > size);
        if seen.says(200) {
            return (taken(seen) && !seen.is_echo(world)).then(Vec::new);
        }
        if seen.says(201) {
            places.entry(seen.topic().to_owned()).or_default().insert(seen.connection);
        }
        None
    })
}
