//! Faults against chapter 8: the row of a topic's chats, and the order on a connection.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use serde_json::Value;
use tokio::time::Instant;

use super::{
    Fault,
    behaviour::{Act, Behaviour, Filter, Seen, on, refuse, with_data},
    chat::{is_last, others_chat},
    wire::{Kind, Way},
    world::ConnectionId,
};

/// How long a frame waits for the one that is to overtake it: longer than a server on loopback takes, and short
/// beside what anybody waits for.
const PATIENCE: Duration = Duration::from_millis(60);

/// No fault at all: what others said reaches a connection a while later, in its order, and nothing waits for it but what
/// has to come behind it. "What others receive has its own time" (chapter 8).
pub(crate) const LATE: Fault = Fault {
    name: "what-others-said-comes-late",
    breaks: &[],
    about: "What others said, aloud or in a notice, comes up to 150 ms later than the acks beside it.",
    behaviour: || {
        let mut frames = 0_u64;
        on(move |world, seen| {
            if seen.way == Way::Up {
                return None;
            }
            // Now more and now less, so that one member has what another still waits for.
            frames += 1;
            let late = Duration::from_millis(10 + frames * 67 % 140);
            let of_another = seen.says(203) && seen.inner["from"] != world.user(seen.connection);
            Some(match () {
                () if others_chat(world, seen) || of_another => vec![Act::Hold(late)],
                () if seen.says(100) => vec![Act::Forward],
                () => vec![Act::Release, Act::Forward],
            })
        })
    },
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "seq-begins-at-0",
        breaks: &["ORD-1", "ORD-3"],
        about: "The first chat of a topic has the seq 0.",
        behaviour: || renumber_live(|seq| seq.saturating_sub(1)),
    },
    Fault {
        name: "seq-skips",
        breaks: &["ORD-1", "ORD-2"],
        about: "Every fifth seq is left out, for all alike.",
        behaviour: || renumber(|seq| seq + seq / 4),
    },
    Fault {
        name: "seq-repeats",
        breaks: &["ORD-1", "ORD-2"],
        about: "Every third seq is given twice, for all alike.",
        behaviour: || renumber(|seq| seq - seq / 3),
    },
    Fault {
        name: "answer-numbered-before-what-it-answers",
        breaks: &["ORD-6"],
        about: "Of each two chats that follow one another the later one has the lower seq.",
        behaviour: || renumber_live(|seq| (seq.saturating_sub(1) ^ 1) + 1),
    },
    Fault {
        name: "seq-counts-by-two",
        breaks: &["ORD-1", "ORD-3"],
        about: "Each chat raises seq by 2.",
        behaviour: || renumber(|seq| seq * 2),
    },
    Fault {
        name: "seq-counted-per-connection",
        breaks: &["ORD-4", "ORD-3"],
        about: "Each connection has its own numbers, from 1 at its join.",
        behaviour: count_per_connection,
    },
    Fault {
        name: "seq-shared-by-all-topics",
        breaks: &["ORD-1", "ORD-2"],
        about: "One number runs through the chats of all topics.",
        behaviour: share_numbers,
    },
    Fault {
        name: "first-chat-after-join-lost",
        breaks: &["ORD-3", "CHAT-1"],
        about: "The first chat behind a 201 is not sent.",
        behaviour: || {
            let mut new = HashSet::new();
            on(move |world, seen| {
                let key = (seen.connection, seen.topic().to_owned());
                if seen.says(201) && !world.joined(seen.connection, seen.topic()) {
                    new.insert(key);
                    return None;
                }
                (seen.says(200) && new.remove(&key)).then(Vec::new)
            })
        },
    },
    Fault {
        name: "latest-chat-again-after-join",
        breaks: &["ORD-3", "ORD-2"],
        about: "A connection that joins gets the topic's latest chat behind its 201.",
        behaviour: || {
            on(|world, seen| {
                let first = seen.says(201) && !world.joined(seen.connection, seen.topic());
                let latest = &world.rooms.get(seen.topic()).filter(|_| first)?.latest;
                latest.is_object().then(|| vec![Act::Forward, Act::Text(latest.to_string())])
            })
        },
    },
    Fault {
        name: "chats-swapped-at-the-latest-member",
        breaks: &["ORD-2"],
        about: "The connection that joined last gets two chats the wrong way round.",
        behaviour: || swap(is_last, false),
    },
    Fault {
        name: "chats-swapped-under-their-numbers",
        breaks: &["ORD-4"],
        about: "The connection that joined last gets two chats the wrong way round, under rising numbers.",
        behaviour: || swap(is_last, true),
    },
    Fault {
        name: "own-chat-before-those-of-others",
        breaks: &["ORD-2"],
        about: "A sender gets its own chat before one of another that was numbered before it.",
        behaviour: || {
            on(|world, seen| {
                if seen.way == Way::Up {
                    return None;
                }
                Some(match () {
                    () if others_chat(world, seen) => vec![Act::Release, Act::Hold(PATIENCE)],
                    () if seen.is_echo(world) => vec![Act::Forward, Act::Release],
                    () => vec![Act::Release, Act::Forward],
                })
            })
        },
    },
    Fault {
        name: "chats-of-a-connection-reordered",
        breaks: &["ORD-5"],
        about: "Of two chats that a connection sends behind each other the second is numbered first, for all alike.",
        behaviour: reorder_senders,
    },
    Fault {
        name: "ack-overtakes-the-echo",
        breaks: &["ORD-7", "ORD-8"],
        about: "A heartbeat's ack comes before the sender's copy of a chat that was sent before it.",
        behaviour: || overtake(|world, seen| seen.is_echo(world), |_, seen| seen.says(100)),
    },
    Fault {
        name: "ack-overtakes-the-join-answer",
        breaks: &["ORD-7", "ORD-8"],
        about: "A heartbeat's ack comes before the 201 of a join that was sent before it.",
        behaviour: || overtake(|_, seen| seen.says(201) || seen.says(205), |_, seen| seen.says(100)),
    },
    Fault {
        name: "ack-overtakes-an-error",
        breaks: &["ORD-7", "ORD-8"],
        about: "A heartbeat's ack comes before the error of a frame that was sent before it.",
        behaviour: || overtake(|_, seen| seen.refuses(), |_, seen| seen.says(100)),
    },
    Fault {
        name: "ack-at-once",
        breaks: &["ORD-7"],
        about: "A heartbeat is answered when it is read, whatever is still in work before it.",
        behaviour: || overtake(|_, seen| seen.code() > 0, |_, seen| seen.says(100)),
    },
    Fault {
        name: "heartbeats-handled-first",
        breaks: &["ORD-7", "ORD-8"],
        about: "Heartbeats are handled when they are read, and all else a moment later, in its order.",
        behaviour: || {
            on(|_, seen| match seen.kind {
                _ if seen.way == Way::Down || (seen.asks(1) && seen.is_sound()) => None,
                Kind::Irregular | Kind::Oversize | Kind::End => Some(vec![Act::Release, Act::Forward]),
                _ => Some(vec![Act::Hold(PATIENCE)]),
            })
        },
    },
    Fault {
        name: "leave-overtakes-the-echo",
        breaks: &["ORD-8"],
        about: "The 204 of a leave comes before the sender's copy of a chat that was sent before it.",
        behaviour: || overtake(|world, seen| seen.is_echo(world), |_, seen| seen.says(204)),
    },
    Fault {
        name: "echo-overtakes-the-join-answer",
        breaks: &["ORD-8", "ISO-2"],
        about: "A chat comes before the 201 that was due before it.",
        behaviour: || overtake(|_, seen| seen.says(201) || seen.says(205), |_, seen| seen.says(200)),
    },
    Fault {
        name: "errors-overtake-answers",
        breaks: &["ORD-8"],
        about: "An error comes before the answers to frames that were sent before its own.",
        behaviour: || overtake(|_, seen| matches!(seen.code(), 201 | 204 | 205), |_, seen| seen.refuses()),
    },
    Fault {
        name: "pipelined-chat-refused",
        breaks: &["ORD-9"],
        about: "A chat that comes before its connection has the 201 is refused as not joined.",
        behaviour: || {
            refuse(403, "not_joined", |world, seen| {
                let valid = seen.asks(2) && seen.chat()["content"].is_string();
                valid && world.at_home(seen) && !world.joined(seen.connection, seen.topic())
            })
        },
    },
    Fault {
        name: "pipelined-chat-ignored",
        breaks: &["ORD-9", "CHAT-1"],
        about: "A chat that comes before its connection has the 201 is dropped.",
        behaviour: || {
            super::behaviour::lose(|world, seen| {
                seen.asks(2) && world.at_home(seen) && !world.joined(seen.connection, seen.topic())
            })
        },
    },
    Fault {
        name: "chat-before-close-lost",
        breaks: &["ORD-10"],
        about: "A chat right before a client's close frame is not said.",
        behaviour: || {
            on(|_, seen| match seen.kind {
                _ if seen.way == Way::Down => None,
                Kind::Close => Some(vec![Act::Discard, Act::Forward]),
                Kind::Text if seen.asks(2) => Some(vec![Act::Release, Act::Hold(PATIENCE / 2)]),
                _ => Some(vec![Act::Release, Act::Forward]),
            })
        },
    },
    Fault {
        name: "answers-before-close-lost",
        breaks: &["ORD-11"],
        about: "Once a client has sent its close frame it gets no more answers.",
        behaviour: || {
            super::behaviour::lose(|world, seen| {
                seen.code() > 0 && world.connections.get(&seen.connection).is_some_and(|it| it.closing)
            })
        },
    },
];

/// Other numbers for all chats, and for the joins between them.
fn renumber(number: fn(u64) -> u64) -> Behaviour {
    on(move |_, seen| {
        if seen.says(201) {
            let mut inner = seen.inner.clone();
            inner["seq"] = number(inner["seq"].as_u64()?).into();
            return Some(vec![Act::Text(with_data(seen, &inner).to_string())]);
        }
        numbered(seen, number(seen.seq()))
    })
}

/// Other numbers for all chats, and true ones in joins.
fn renumber_live(number: fn(u64) -> u64) -> Behaviour {
    on(move |_, seen| numbered(seen, number(seen.seq())))
}

fn numbered(seen: &Seen<'_>, seq: u64) -> Option<Vec<Act>> {
    let mut json = seen.says(200).then(|| seen.json.clone())?;
    json["seq"] = seq.into();
    Some(vec![Act::Text(json.to_string())])
}

fn count_per_connection() -> Behaviour {
    let mut counts = HashMap::<(ConnectionId, String), u64>::new();
    on(move |world, seen| {
        let key = (seen.connection, seen.topic().to_owned());
        if seen.says(201) {
            let count = counts.entry(key).or_default();
            if !world.joined(seen.connection, seen.topic()) {
                *count = 0;
            }
            let mut inner = seen.inner.clone();
            inner["seq"] = (*count).into();
            return Some(vec![Act::Text(with_data(seen, &inner).to_string())]);
        }
        let count = seen.says(200).then(|| counts.entry(key).or_default())?;
        *count += 1;
        numbered(seen, *count)
    })
}

/// The numbers of all topics are given out of one row, in the order in which the chats are first seen.
fn share_numbers() -> Behaviour {
    let mut given = HashMap::<(String, Value, u64), u64>::new();
    on(move |world, seen| {
        let epoch = match world.rooms.get(seen.topic()) {
            _ if seen.says(201) => seen.inner["epoch"].clone(),
            room => room?.epoch.clone(),
        };
        let next = given.len() as u64 + 1;
        let mut number = |seq| *given.entry((seen.topic().to_owned(), epoch.clone(), seq)).or_insert(next);
        if seen.says(200) {
            return numbered(seen, number(seen.seq()));
        }
        let seq = seen.says(201).then(|| seen.inner["seq"].as_u64())?.filter(|seq| *seq > 0)?;
        let mut inner = seen.inner.clone();
        inner["seq"] = number(seq).into();
        Some(vec![Act::Text(with_data(seen, &inner).to_string())])
    })
}

/// Two chats behind each other change places where the filter takes them; with `plausible`, so that seq and at still
/// rise.
fn swap(filter: Filter, plausible: bool) -> Behaviour {
    let mut held = HashMap::<ConnectionId, Value>::new();
    on(move |world, seen| {
        if seen.way == Way::Up {
            return None;
        }
        let first = held.remove(&seen.connection);
        if !seen.says(200) || !filter(world, seen) {
            return Some(vec![Act::Release, Act::Forward]);
        }
        let mut second = seen.json.clone();
        let Some(mut first) = first.filter(|it| it["topic"] == second["topic"]) else {
            held.insert(seen.connection, second);
            return Some(vec![Act::Release, Act::Hold(PATIENCE)]);
        };
        if plausible {
            for member in ["seq", "at"] {
                let (one, other) = (first[member].take(), second[member].take());
                first[member] = other;
                second[member] = one;
            }
        }
        Some(vec![Act::Replace(vec![second.to_string(), first.to_string()])])
    })
}

/// A connection's two chats are handed to the server the wrong way round.
fn reorder_senders() -> Behaviour {
    let mut odd = HashSet::new();
    on(move |_, seen| {
        if seen.way == Way::Down {
            return None;
        }
        if !seen.asks(2) {
            odd.remove(&seen.connection);
            return Some(vec![Act::Release, Act::Forward]);
        }
        if odd.remove(&seen.connection) {
            return Some(vec![Act::Forward, Act::Release]);
        }
        odd.insert(seen.connection);
        Some(vec![Act::Release, Act::Hold(PATIENCE)])
    })
}

/// A frame that `late` takes waits, and what comes behind it, until a frame that `early` takes has gone first.
fn overtake(late: Filter, early: Filter) -> Behaviour {
    let mut waiting = HashMap::<ConnectionId, Instant>::new();
    on(move |world, seen| {
        if seen.way == Way::Up {
            return None;
        }
        if early(world, seen) {
            waiting.remove(&seen.connection);
            return Some(vec![Act::Forward, Act::Release]);
        }
        if seen.kind != Kind::Text {
            return Some(vec![Act::Release, Act::Forward]);
        }
        let waits = waiting.get(&seen.connection).is_some_and(|until| *until > Instant::now());
        if late(world, seen) && !waits {
            waiting.insert(seen.connection, Instant::now() + PATIENCE);
        }
        if waits || late(world, seen) {
            return Some(vec![Act::Hold(PATIENCE)]);
        }
        Some(vec![Act::Release, Act::Forward])
    })
}
