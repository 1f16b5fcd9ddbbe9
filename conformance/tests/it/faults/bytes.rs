//! Faults of those that read and write bytes: one defect each, for the cases that put every bit to the test.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use tokio::time::Instant;

use super::{
    Fault,
    behaviour::{Act, Behaviour, Seen, lose, on},
    transport::{down, up},
    wire::{self, Kind, Way},
    world::{ConnectionId, World},
};

/// Irregular frames of this kind, known by their head, are dropped, and the connection goes on.
macro_rules! ignores {
    ($name:literal, $filter:expr) => {
        Fault {
            name: $name,
            breaks: &["WS-12", "WS-13"],
            about: "A frame against RFC 6455 of this kind is dropped, and the connection goes on.",
            behaviour: || {
                lose(|_, seen| {
                    let filter: fn(&[u8]) -> bool = $filter;
                    up(seen, Kind::Irregular) && filter(seen.bytes)
                })
            },
        }
    };
}

/// Text messages with these bytes are dropped, and the connection goes on.
macro_rules! not_utf8 {
    ($name:literal, $bytes:expr) => {
        Fault {
            name: $name,
            breaks: &["WS-10", "WS-11"],
            about: "Text with bytes of this kind, which are not UTF-8, is dropped, and the connection goes on.",
            behaviour: || {
                lose(|_, seen| {
                    let bytes: &[u8] = $bytes;
                    up(seen, Kind::NotUtf8) && seen.payload.windows(bytes.len()).any(|part| part == bytes)
                })
            },
        }
    };
}

/// Each chat goes out as other bytes.
macro_rules! writes {
    ($name:literal, $about:literal, $write:expr) => {
        Fault {
            name: $name,
            breaks: &["WS-7"],
            about: concat!("The frame of each chat ", $about, "."),
            behaviour: || {
                on(|_, seen| {
                    let write: fn(&[u8], &[u8]) -> Vec<u8> = $write;
                    seen.says(200).then(|| vec![Act::Bytes(write(seen.bytes, seen.payload))])
                })
            },
        }
    };
}

pub(super) const FAULTS: &[Fault] = &[
    // Bits of a client's frames that are not looked at.
    ignores!("second-reserved-bit-ignored", |head| head[0] & 0x20 != 0),
    ignores!("third-reserved-bit-ignored", |head| head[0] & 0x10 != 0),
    ignores!("reserved-bit-of-a-ping-ignored", |head| head[0] & 0x40 != 0 && head[0] & 15 == 9),
    ignores!("reserved-bit-of-a-continuation-ignored", |head| head[0] & 0x40 != 0
        && head[0].trailing_zeros() >= 4),
    ignores!("opcode-7-ignored", |head| head[0] & 15 == 7),
    ignores!("opcode-11-ignored", |head| head[0] & 15 == 11),
    ignores!("opcode-15-ignored", |head| head[0] & 15 == 15),
    ignores!("text-without-mask-ignored", |head| head[1] & 0x80 == 0 && head[0] & 15 == 1),
    ignores!("ping-without-mask-ignored", |head| head[1] & 0x80 == 0 && head[0] & 15 == 9),
    ignores!("empty-frame-without-mask-ignored", |head| head[1] == 0),
    ignores!("continuation-without-mask-ignored", |head| head[1] & 0x80 == 0
        && head[0].trailing_zeros() >= 4),
    ignores!("long-ping-ignored", |head| head[0] & 15 == 9 && head[1] & 127 == 126),
    ignores!("very-long-ping-ignored", |head| head[0] & 15 == 9 && head[1] & 127 == 127),
    ignores!("long-pong-ignored", |head| head[0] & 15 == 10 && head[1] & 127 == 126),
    ignores!("long-close-ignored", |head| head[0] & 15 == 8 && head[1] & 127 == 126),
    Fault {
        name: "pings-in-fragments-ignored",
        breaks: &["WS-12"],
        about: "A ping or a pong in fragments is dropped, and the connection goes on.",
        behaviour: || {
            let mut inside = BTreeSet::<ConnectionId>::new();
            on(move |_, seen| {
                let begins = up(seen, Kind::Irregular) && seen.bytes[0] & 0x88 == 0x08;
                if begins {
                    inside.insert(seen.connection);
                }
                (begins || (up(seen, Kind::Fragment) && inside.remove(&seen.connection))).then(Vec::new)
            })
        },
    },
    Fault {
        name: "continuations-of-nothing-ignored",
        breaks: &["WS-12"],
        about: "A continuation of a message that was never begun is dropped, and the connection goes on.",
        behaviour: || {
            fragments(|_, gathered, _| match gathered {
                Gathered::OfNothing => Some(Vec::new()),
                _ => None,
            })
        },
    },
    Fault {
        name: "message-inside-a-message-takes-its-place",
        breaks: &["WS-12", "WS-13"],
        about: "A new message inside a fragmented one is handled, and what was there of the other is forgotten.",
        behaviour: || {
            fragments(|seen, gathered, _| match gathered {
                Gathered::Part => Some(Vec::new()),
                Gathered::Whole(message) => Some(vec![Act::Bytes(whole(message))]),
                Gathered::Inside if seen.kind == Kind::Binary => Some(Vec::new()),
                _ => None,
            })
        },
    },
    // Text.
    not_utf8!("overlong-utf8-taken", &[0xC0, 0xAF]),
    not_utf8!("surrogates-taken", &[0xED, 0xA0, 0xBD]),
    not_utf8!("numbers-beyond-unicode-taken", &[0xF4, 0x90]),
    not_utf8!("byte-255-taken", &[0xFF]),
    Fault {
        name: "broken-utf8-in-fragments-ignored",
        breaks: &["WS-10", "WS-11"],
        about: "A fragmented message that is not UTF-8 is dropped, and the connection goes on.",
        behaviour: || {
            fragments(|_, gathered, _| match gathered {
                Gathered::Part => Some(Vec::new()),
                Gathered::Whole(message) if std::str::from_utf8(message).is_err() => Some(Vec::new()),
                Gathered::Whole(message) => Some(vec![Act::Bytes(whole(message))]),
                _ => None,
            })
        },
    },
    // Messages in fragments.
    Fault {
        name: "control-frame-between-fragments-ends",
        breaks: &["WS-8"],
        about: "A ping between the fragments of a message is taken for a breach, and closes with 1002.",
        behaviour: || {
            fragments(|seen, gathered, _| match gathered {
                Gathered::Inside if seen.kind == Kind::Ping => Some(vec![Act::Close(seen.connection, 1002)]),
                _ => None,
            })
        },
    },
    Fault {
        name: "ping-between-fragments-unanswered",
        breaks: &["WS-14", "WS-8"],
        about: "A ping between the fragments of a message gets no pong.",
        behaviour: || {
            fragments(|seen, gathered, _| match gathered {
                Gathered::Inside if seen.kind == Kind::Ping => Some(Vec::new()),
                _ => None,
            })
        },
    },
    Fault {
        name: "empty-fragment-ends",
        breaks: &["WS-8"],
        about: "A fragment without payload is taken for a breach, and closes with 1002.",
        behaviour: || {
            on(|_, seen| {
                let empty = up(seen, Kind::Fragment) && seen.payload.is_empty();
                empty.then(|| vec![Act::Close(seen.connection, 1002)])
            })
        },
    },
    Fault {
        name: "fragments-mixed-up",
        breaks: &["WS-8"],
        about: "The fragments of all connections are put together in one buffer.",
        behaviour: || {
            let mut buffer = Vec::new();
            on(move |_, seen| {
                if !up(seen, Kind::Fragment) {
                    return None;
                }
                buffer.extend_from_slice(seen.payload);
                let done = seen.bytes[0] & 0x80 != 0;
                Some(if done { vec![Act::Bytes(whole(&std::mem::take(&mut buffer)))] } else { Vec::new() })
            })
        },
    },
    Fault {
        name: "fragments-of-chats-only",
        breaks: &["WS-8"],
        about: "Joins and leaves in fragments are dropped.",
        behaviour: || {
            fragments(|_, gathered, _| match gathered {
                Gathered::Part => Some(Vec::new()),
                Gathered::Whole(message) => {
                    let chat = String::from_utf8_lossy(message).contains("\"type\":2");
                    Some(if chat { vec![Act::Bytes(whole(message))] } else { Vec::new() })
                }
                _ => None,
            })
        },
    },
    Fault {
        name: "slow-fragments-dropped",
        breaks: &["WS-8"],
        about: "A message that takes more than 200 ms to come is dropped.",
        behaviour: || {
            fragments(|_, gathered, since| match gathered {
                Gathered::Part => Some(Vec::new()),
                Gathered::Whole(_) if since.elapsed() > Duration::from_millis(200) => Some(Vec::new()),
                Gathered::Whole(message) => Some(vec![Act::Bytes(whole(message))]),
                _ => None,
            })
        },
    },
    // Pings.
    Fault {
        name: "empty-ping-unanswered",
        breaks: &["WS-14"],
        about: "A ping without payload gets no pong.",
        behaviour: || lose(|_, seen| up(seen, Kind::Ping) && seen.payload.is_empty()),
    },
    Fault {
        name: "early-ping-unanswered",
        breaks: &["WS-14"],
        about: "A ping of a connection that has had no frame accepted gets no pong.",
        behaviour: || {
            lose(|world, seen| {
                up(seen, Kind::Ping) && !world.connections.get(&seen.connection).is_some_and(|it| it.accepted)
            })
        },
    },
    Fault {
        name: "pings-beyond-fifty-unanswered",
        breaks: &["WS-14"],
        about: "A connection gets fifty pongs and no more.",
        behaviour: || {
            let mut counts = HashMap::<ConnectionId, usize>::new();
            on(move |_, seen| {
                if !up(seen, Kind::Ping) {
                    return None;
                }
                let count = counts.entry(seen.connection).or_default();
                *count += 1;
                (*count > 50).then(Vec::new)
            })
        },
    },
    // What a server writes.
    writes!("frames-masked", "is masked", |bytes, payload| {
        let mut masked = wire::text(Way::Up, &String::from_utf8_lossy(payload));
        masked[0] = bytes[0];
        masked
    }),
    writes!("frames-with-a-reserved-bit", "has its first reserved bit set", |bytes, _| {
        [&[bytes[0] | 0x40], &bytes[1..]].concat()
    }),
    writes!("frames-of-a-reserved-opcode", "has the opcode 3", |bytes, _| [&[0x83], &bytes[1..]].concat()),
    writes!("frames-never-end", "has no FIN", |bytes, _| [&[bytes[0] & 0x7F], &bytes[1..]].concat()),
    writes!("frames-of-long-lengths", "has its length in 64 bits", |_, payload| {
        [&[0x81, 127][..], &(payload.len() as u64).to_be_bytes(), payload].concat()
    }),
    writes!("frames-not-utf8", "is not UTF-8", |_, payload| {
        let broken = [payload, &[0xC3, 0x28]].concat();
        wire::encode(Way::Down, 1, &broken)
    }),
    Fault {
        name: "frames-behind-its-close",
        breaks: &["WS-7", "WS-15"],
        about: "A text message follows each close frame of the server.",
        behaviour: || {
            on(|_, seen| {
                let more = || wire::text(Way::Down, r#"{"type":1,"code":100,"data":""}"#);
                down(seen, Kind::Close).then(|| vec![Act::Bytes([seen.bytes, &more()].concat())])
            })
        },
    },
    // Sizes.
    Fault {
        name: "fragments-not-counted",
        breaks: &["LIMIT-8", "SEC-7"],
        about: "A fragmented message that is too large is dropped, and the connection goes on.",
        behaviour: || {
            fragments(|_, gathered, _| match gathered {
                Gathered::Part => Some(Vec::new()),
                Gathered::Whole(message) if message.len() > 65_536 => Some(Vec::new()),
                Gathered::Whole(message) => Some(vec![Act::Bytes(whole(message))]),
                _ => None,
            })
        },
    },
    Fault {
        name: "announced-lengths-waited-for",
        breaks: &["SEC-7"],
        about: "A frame that announces too many bytes is waited for to its end.",
        behaviour: || lose(|_, seen| up(seen, Kind::Oversize)),
    },
    Fault {
        name: "halves-counted-alone",
        breaks: &["LIMIT-8"],
        about: "Only a message of which one fragment is as large as the limit is too large.",
        behaviour: || {
            let mut full = BTreeSet::<ConnectionId>::new();
            on(move |_, seen| {
                if !up(seen, Kind::Fragment) {
                    return None;
                }
                if seen.payload.len() >= 65_536 {
                    full.insert(seen.connection);
                }
                let large = seen.payload.len() > 60_000 && !full.contains(&seen.connection);
                large.then(Vec::new)
            })
        },
    },
    // Others that suffer.
    Fault {
        name: "half-a-frame-closes-everybody",
        breaks: &["ISO-6"],
        about: "A stream that ends without a close frame closes all connections.",
        behaviour: || {
            on(|world, seen| {
                let closing = world.connections.get(&seen.connection).is_some_and(|it| it.closing);
                (up(seen, Kind::End) && !closing).then(|| close_others(world, seen))
            })
        },
    },
    Fault {
        name: "long-lengths-close-everybody",
        breaks: &["ISO-6"],
        about: "A length in more bytes than it takes closes all connections.",
        behaviour: || {
            on(|world, seen| {
                let length = seen.payload.len();
                let long = seen.way == Way::Up
                    && seen.kind == Kind::Text
                    && match seen.bytes[1] & 127 {
                        126 => length < 126,
                        127 => length < 65_536,
                        _ => false,
                    };
                long.then(|| close_others(world, seen))
            })
        },
    },
    Fault {
        name: "unfinished-message-closes-everybody",
        breaks: &["ISO-6"],
        about: "A message whose first fragment begins with an open token closes all connections.",
        behaviour: || {
            on(|world, seen| {
                let short = up(seen, Kind::Fragment) && seen.payload == b"{\"token\":";
                short.then(|| close_others(world, seen))
            })
        },
    },
    Fault {
        name: "thousands-of-fragments-close-everybody",
        breaks: &["ISO-6"],
        about: "The thousandth fragment of a connection closes all connections.",
        behaviour: || {
            let mut counts = HashMap::<ConnectionId, usize>::new();
            on(move |world, seen| {
                if !up(seen, Kind::Fragment) {
                    return None;
                }
                let count = counts.entry(seen.connection).or_default();
                *count += 1;
                (*count == 1000).then(|| close_others(world, seen))
            })
        },
    },
];

/// What a client's frame is to the fragmented message of its connection.
pub(super) enum Gathered<'a> {
    /// A fragment with more to come.
    Part,
    /// The last fragment; this is the message.
    Whole(&'a [u8]),
    /// A continuation of nothing.
    OfNothing,
    /// Something else between two fragments.
    Inside,
}

/// Puts fragments together, and asks what becomes of each frame that has to do with a fragmented message.
pub(super) fn fragments(
    mut decide: impl FnMut(&Seen<'_>, Gathered<'_>, Instant) -> Option<Vec<Act>> + Send + 'static,
) -> Behaviour {
    let mut open = HashMap::<ConnectionId, (Vec<u8>, Instant)>::new();
    on(move |_, seen| {
        if seen.way != Way::Up || seen.kind == Kind::End {
            return None;
        }
        let now = Instant::now();
        if seen.kind != Kind::Fragment {
            let (_, since) = open.get(&seen.connection)?;
            let since = *since;
            if matches!(seen.kind, Kind::Text | Kind::Binary) {
                open.remove(&seen.connection);
            }
            return decide(seen, Gathered::Inside, since);
        }
        let begins = seen.bytes[0] & 15 != 0;
        if !begins && !open.contains_key(&seen.connection) {
            return decide(seen, Gathered::OfNothing, now);
        }
        let (gathered, since) = open.entry(seen.connection).or_insert_with(|| (Vec::new(), now));
        gathered.extend_from_slice(seen.payload);
        let since = *since;
        if seen.bytes[0] & 0x80 == 0 {
            return decide(seen, Gathered::Part, since);
        }
        let (message, _) = open.remove(&seen.connection)?;
        decide(seen, Gathered::Whole(&message), since)
    })
}

/// A client's text message in one piece.
fn whole(message: &[u8]) -> Vec<u8> {
    wire::encode(Way::Up, 1, message)
}

/// The frame goes on, and all other connections are closed.
fn close_others(world: &World, seen: &Seen<'_>) -> Vec<Act> {
    let others = world.connections.keys().filter(|id| **id != seen.connection);
    [Act::Forward].into_iter().chain(others.map(|id| Act::Close(*id, 1011))).collect()
}
