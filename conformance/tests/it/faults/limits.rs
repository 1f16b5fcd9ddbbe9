//! Faults against chapter 10: time, size, and how a connection is closed.

use std::{collections::HashSet, time::Duration};

use serde_json::json;

use super::{
    Fault,
    behaviour::{Act, Behaviour, Pressure, Seen, alter_data, each_tick, lose, on},
    transport::{down, recode_close, up},
    wire::{self, Kind, Way},
    world::{Connection, World},
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "silence-closed-early",
        breaks: &["LIMIT-1"],
        about: "A connection is closed for silence after half of limits.heartbeatTimeoutMs.",
        behaviour: || {
            close_when(4201, |world, it| it.accepted && it.heard.elapsed() > heartbeat_timeout(world) / 2)
        },
    },
    Fault {
        name: "heartbeat-timeout-declared-longer",
        breaks: &["LIMIT-1"],
        about: "A 201 declares twice the heartbeat timeout that the server has.",
        behaviour: || {
            alter_data(
                |_, seen| seen.says(201),
                |data| {
                    let timeout = &mut data["limits"]["heartbeatTimeoutMs"];
                    *timeout = (timeout.as_u64().unwrap_or_default() * 2).into();
                },
            )
        },
    },
    Fault {
        name: "silence-never-closed",
        breaks: &["LIMIT-2"],
        about: "A silent connection is not closed.",
        behaviour: || {
            each_tick(|world, id| {
                let silent = world.connections.get(&id).is_some_and(|it| {
                    it.accepted && !it.closing && it.heard.elapsed() > heartbeat_timeout(world) / 3
                });
                if silent { vec![Act::Ping(id)] } else { Vec::new() }
            })
        },
    },
    Fault {
        name: "silence-closed-six-seconds-late",
        breaks: &["LIMIT-2"],
        about: "A silent connection is closed 6 seconds after limits.heartbeatTimeoutMs.",
        behaviour: || {
            each_tick(|world, id| {
                let kept = world.connections.get(&id).is_some_and(|it| {
                    let silent = it.heard.elapsed();
                    let late = silent > heartbeat_timeout(world) / 3 && silent < Duration::from_secs(6);
                    it.accepted && !it.closing && late
                });
                if kept { vec![Act::Ping(id)] } else { Vec::new() }
            })
        },
    },
    Fault {
        name: "what-is-sent-counts-as-life",
        breaks: &["LIMIT-2"],
        about: "A silent connection is not closed while it is sent chats.",
        behaviour: || {
            on(|world, seen| {
                let others = seen.says(200) && !seen.is_echo(world);
                others.then(|| vec![Act::Forward, Act::Ping(seen.connection)])
            })
        },
    },
    Fault {
        name: "silence-closed-with-1000",
        breaks: &["LIMIT-2"],
        about: "A silent connection is closed with 1000.",
        behaviour: || recode_close(4201, 1000),
    },
    Fault {
        name: "silence-ends-without-a-close",
        breaks: &["LIMIT-2"],
        about: "A silent connection gets a FIN and no close frame.",
        behaviour: || lose(|_, seen| closes_with(seen, 4201)),
    },
    Fault {
        name: "only-heartbeats-count-as-life",
        breaks: &["LIMIT-3", "LIMIT-1"],
        about: "A connection that sends no heartbeats is closed for silence, whatever else it sends.",
        behaviour: || {
            close_when(4201, |world, it| it.accepted && it.beaten.elapsed() > heartbeat_timeout(world))
        },
    },
    Fault {
        name: "only-accepted-frames-count-as-life",
        breaks: &["LIMIT-3", "LIMIT-1"],
        about: "A connection whose frames are all refused is closed for silence.",
        behaviour: || {
            close_when(4201, |world, it| it.accepted && it.answered.elapsed() > heartbeat_timeout(world))
        },
    },
    Fault {
        name: "pings-do-not-count-as-life",
        breaks: &["LIMIT-3", "LIMIT-1"],
        about: "A connection that sends only WebSocket pings is closed for silence.",
        behaviour: || {
            on(|_, seen| {
                up(seen, Kind::Ping).then(|| vec![Act::Pong(seen.connection, seen.payload.to_vec())])
            })
        },
    },
    Fault {
        name: "unauthenticated-never-closed",
        breaks: &["LIMIT-5"],
        about: "A connection without an accepted frame is not closed.",
        behaviour: || {
            let mut spared = HashSet::new();
            on(move |_, seen| {
                if closes_with(seen, 4001) {
                    spared.insert(seen.connection);
                    return Some(Vec::new());
                }
                (down(seen, Kind::End) && spared.contains(&seen.connection)).then(Vec::new)
            })
        },
    },
    Fault {
        name: "unauthenticated-closed-with-1008",
        breaks: &["LIMIT-5"],
        about: "A connection without an accepted frame is closed with 1008.",
        behaviour: || recode_close(4001, 1008),
    },
    Fault {
        name: "unauthenticated-closed-early",
        breaks: &["LIMIT-6"],
        about: "A connection without an accepted frame is closed after half of limits.authTimeoutMs.",
        behaviour: || {
            close_when(4001, |world, it| {
                !it.accepted && it.opened.elapsed() > millis(world, "authTimeoutMs", 10_000) / 2
            })
        },
    },
    Fault {
        name: "refused-frames-put-off-the-close",
        breaks: &["LIMIT-5"],
        about: "limits.authTimeoutMs counts from the latest frame of a connection that has had none accepted.",
        behaviour: || {
            let of_nobody = |world: &World, it: &Connection| {
                !it.accepted && it.heard.elapsed() > millis(world, "authTimeoutMs", 10_000)
            };
            let late = close_when(4001, of_nobody);
            // To the server it has an accepted frame, of which its client does not know.
            let kept = on(|world, seen| {
                let refused = seen.is_sound() && !(1..=6).contains(&seen.kind_of_request());
                let accepted = world.connections.get(&seen.connection)?.accepted;
                let beat = json!({ "token": seen.token(), "type": 1, "payLoad": "" });
                (refused && !accepted).then(|| vec![Act::Forward, Act::Ask(seen.connection, beat)])
            });
            Behaviour { hook: kept.hook, ..late }
        },
    },
    Fault {
        name: "largest-message-refused",
        breaks: &["LIMIT-7"],
        about: "A message of exactly limits.maxMessageBytes closes the connection with 1009.",
        behaviour: || {
            on(|world, seen| {
                let full = seen.payload.len() as u64 == world.limit("maxMessageBytes", 65536);
                (up(seen, Kind::Text) && full).then(|| vec![Act::Close(seen.connection, 1009)])
            })
        },
    },
    Fault {
        name: "oversize-ignored",
        breaks: &["LIMIT-8"],
        about: "A message that is too large is dropped, and the connection goes on.",
        behaviour: || lose(|_, seen| up(seen, Kind::Oversize)),
    },
    Fault {
        name: "oversize-answered-with-an-error",
        breaks: &["LIMIT-8"],
        about: "A message that is too large is answered with an error frame, and the connection goes on.",
        behaviour: || {
            on(|_, seen| {
                let error = json!({ "type": 0, "code": 400, "data": "{\"reason\":\"malformed_envelope\"}" });
                up(seen, Kind::Oversize).then(|| vec![Act::Answer(vec![error])])
            })
        },
    },
    Fault {
        name: "oversize-closed-with-1002",
        breaks: &["LIMIT-8"],
        about: "A message that is too large closes the connection with 1002.",
        behaviour: || recode_close(1009, 1002),
    },
    Fault {
        name: "oversize-reset",
        breaks: &["LIMIT-8"],
        about: "A message that is too large resets the connection.",
        behaviour: || on(|_, seen| closes_with(seen, 1009).then(|| vec![Act::Reset(seen.connection)])),
    },
    Fault {
        name: "slow-consumer-delays-everybody",
        breaks: &["LIMIT-9"],
        about: "While one connection does not read, nobody is sent anything.",
        behaviour: || Behaviour { pressure: Pressure::Spreads, ..Behaviour::default() },
    },
    Fault {
        name: "slow-consumer-loses-chats",
        breaks: &["LIMIT-13", "LIMIT-10"],
        about: "A connection that does not read stays open, and what it does not take is lost.",
        behaviour: || Behaviour { pressure: Pressure::Loses, ..Behaviour::default() },
    },
    Fault {
        name: "slow-consumer-ends-without-a-close",
        breaks: &["LIMIT-12"],
        about: "A connection that does not read gets no close frame.",
        behaviour: || lose(|_, seen| closes_with(seen, 4101)),
    },
    Fault {
        name: "slow-consumer-closed-with-1011",
        breaks: &["LIMIT-11"],
        about: "A connection that does not read is closed with 1011.",
        behaviour: || recode_close(4101, 1011),
    },
    Fault {
        name: "close-code-outside-the-bands",
        breaks: &["LIMIT-14", "LIMIT-2"],
        about: "A silent connection is closed with 4900.",
        behaviour: || recode_close(4201, 4900),
    },
    Fault {
        name: "every-close-without-a-code",
        breaks: &["WS-9", "LIMIT-8", "LIMIT-2"],
        about: "The server's own closes have no code.",
        behaviour: || {
            on(|world, seen| {
                let own = down(seen, Kind::Close)
                    && world.connections.get(&seen.connection).is_some_and(|it| !it.closing);
                own.then(|| vec![Act::Bytes(wire::empty_close(Way::Down))])
            })
        },
    },
];

pub(super) fn closes_with(seen: &Seen<'_>, code: u16) -> bool {
    down(seen, Kind::Close) && seen.payload.starts_with(&code.to_be_bytes())
}

fn millis(world: &World, name: &str, default: u64) -> Duration {
    Duration::from_millis(world.limit(name, default))
}

fn heartbeat_timeout(world: &World) -> Duration {
    millis(world, "heartbeatTimeoutMs", 15_000)
}

/// A connection is closed, once, as soon as the filter takes it.
fn close_when(code: u16, filter: fn(&World, &Connection) -> bool) -> Behaviour {
    let mut closed = HashSet::new();
    each_tick(move |world, id| {
        let due = world.connections.get(&id).is_some_and(|it| !it.closing && filter(world, it));
        if due && closed.insert(id) { vec![Act::Close(id, code)] } else { Vec::new() }
    })
}
