//! Faults against chapter 1: the upgrade, messages, control frames.

use super::{
    Fault,
    behaviour::{Act, Behaviour, Head, Seen, handshake, lose, on},
    wire::{self, Kind, Way},
    world::World,
};

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "other-paths-refused",
        breaks: &["WS-1"],
        about: "An upgrade on any path but / is refused with 404.",
        behaviour: || {
            handshake(|request, answer| match answer {
                None if path(request).split('?').next() != Some("/") => refused("404 Not Found"),
                answer => as_it_came(request, answer),
            })
        },
    },
    Fault {
        name: "queries-refused",
        breaks: &["WS-1"],
        about: "An upgrade whose path has a query is refused with 400.",
        behaviour: || {
            handshake(|request, answer| match answer {
                None if path(request).contains('?') => refused("400 Bad Request"),
                answer => as_it_came(request, answer),
            })
        },
    },
    Fault {
        name: "subprotocol-unselected",
        breaks: &["WS-2"],
        about: "The subprotocol is not selected when it is offered.",
        behaviour: || {
            handshake(|request, answer| match answer {
                Some(answer) => Head::Pass(without_header(answer, "sec-websocket-protocol")),
                None => as_it_came(request, None),
            })
        },
    },
    Fault {
        name: "subprotocol-unselected-among-others",
        breaks: &["WS-2"],
        about: "The subprotocol is selected when it is offered alone, and not when it is one of several.",
        behaviour: || {
            handshake(|request, answer| match answer {
                Some(answer) if offered(request).len() > 1 => {
                    Head::Pass(without_header(answer, "sec-websocket-protocol"))
                }
                answer => as_it_came(request, answer),
            })
        },
    },
    Fault {
        name: "subprotocol-selected-unasked",
        breaks: &["WS-4", "WS-3"],
        about: "The subprotocol is selected for a client that offered none.",
        behaviour: || {
            handshake(|request, answer| match answer {
                Some(answer) if offered(request).is_empty() => {
                    Head::Pass(with_header(answer, "Sec-WebSocket-Protocol: roomwire.v1"))
                }
                answer => as_it_came(request, answer),
            })
        },
    },
    Fault {
        name: "foreign-subprotocol-selected",
        breaks: &["WS-3", "WS-4"],
        about: "A subprotocol that the server does not speak is selected when it is the only one offered.",
        behaviour: || {
            handshake(|request, answer| match (answer, offered(request).as_slice()) {
                (Some(answer), [only]) if only != "roomwire.v1" => {
                    Head::Pass(with_header(answer, &format!("Sec-WebSocket-Protocol: {only}")))
                }
                (answer, _) => as_it_came(request, answer),
            })
        },
    },
    Fault {
        name: "foreign-subprotocol-refused",
        breaks: &["WS-4"],
        about: "An upgrade that offers only subprotocols that the server does not speak is refused with 400.",
        behaviour: || {
            handshake(|request, answer| {
                let offered = offered(request);
                if answer.is_none()
                    && !offered.is_empty()
                    && !offered.iter().any(|name| name == "roomwire.v1")
                {
                    return refused("400 Bad Request");
                }
                as_it_came(request, answer)
            })
        },
    },
    Fault {
        name: "upgrade-without-key-accepted",
        breaks: &["WS-5"],
        about: "An upgrade without Sec-WebSocket-Key is accepted.",
        behaviour: || {
            handshake(|request, answer| match answer {
                None if is_upgrade(request) && header(request, "sec-websocket-key").is_none() => {
                    Head::Pass(with_header(request, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="))
                }
                answer => as_it_came(request, answer),
            })
        },
    },
    Fault {
        name: "upgrade-of-any-version-accepted",
        breaks: &["WS-5"],
        about: "An upgrade to another WebSocket version than 13 is accepted.",
        behaviour: || {
            handshake(|request, answer| match answer {
                None if is_upgrade(request) => {
                    let other = without_header(request, "sec-websocket-version");
                    Head::Pass(with_header(&other, "Sec-WebSocket-Version: 13"))
                }
                answer => as_it_came(request, answer),
            })
        },
    },
    Fault {
        name: "bad-upgrade-answered-500",
        breaks: &["WS-5"],
        about: "An upgrade that is none is answered 500, as if it were the server's fault.",
        behaviour: || {
            handshake(|request, answer| match answer {
                Some(answer) if is_upgrade(request) && answer.starts_with("HTTP/1.1 4") => {
                    let rest = answer.split_once("\r\n").map_or("", |(_, rest)| rest);
                    Head::Pass(format!("HTTP/1.1 500 Internal Server Error\r\n{rest}"))
                }
                answer => as_it_came(request, answer),
            })
        },
    },
    Fault {
        name: "frames-sent-as-binary",
        breaks: &["WS-7"],
        about: "The server sends its answers to joins as binary messages.",
        behaviour: || {
            on(|_, seen| {
                let bytes = seen.says(201).then(|| wire::binary(Way::Down, seen.payload))?;
                Some(vec![Act::Bytes(bytes)])
            })
        },
    },
    Fault {
        name: "fragments-refused",
        breaks: &["WS-8"],
        about: "A message in fragments closes the connection with 1003.",
        behaviour: || {
            on(|_, seen| (up(seen, Kind::Fragment)).then(|| vec![Act::Close(seen.connection, 1003)]))
        },
    },
    Fault {
        name: "fragments-ignored",
        breaks: &["WS-8"],
        about: "A message in fragments is dropped.",
        behaviour: || lose(|_, seen| up(seen, Kind::Fragment)),
    },
    Fault {
        name: "binary-ignored",
        breaks: &["WS-9"],
        about: "A binary message is dropped, and the connection goes on.",
        behaviour: || lose(|_, seen| up(seen, Kind::Binary)),
    },
    Fault {
        name: "binary-read-as-text",
        breaks: &["WS-9"],
        about: "A binary message is read as if it were text.",
        behaviour: || {
            on(|_, seen| {
                let text = up(seen, Kind::Binary).then(|| String::from_utf8_lossy(seen.payload))?;
                Some(vec![Act::Text(text.into_owned())])
            })
        },
    },
    Fault {
        name: "binary-closed-with-1002",
        breaks: &["WS-9"],
        about: "A binary message closes the connection with 1002 in place of 1003.",
        behaviour: || recode_close(1003, 1002),
    },
    Fault {
        name: "broken-utf8-ignored",
        breaks: &["WS-10"],
        about: "A text message that is not UTF-8 is dropped, and the connection goes on.",
        behaviour: || lose(|_, seen| up(seen, Kind::NotUtf8)),
    },
    Fault {
        name: "broken-utf8-mended",
        breaks: &["WS-10"],
        about: "A text message that is not UTF-8 is read with U+FFFD in the place of what is broken.",
        behaviour: || {
            on(|_, seen| {
                let text = up(seen, Kind::NotUtf8).then(|| String::from_utf8_lossy(seen.payload))?;
                Some(vec![Act::Text(text.into_owned())])
            })
        },
    },
    Fault {
        name: "broken-utf8-closed-with-1000",
        breaks: &["WS-11"],
        about: "The close for text that is not UTF-8 says 1000.",
        behaviour: || recode_close(1007, 1000),
    },
    Fault {
        name: "broken-framing-ignored",
        breaks: &["WS-12"],
        about: "A frame against RFC 6455 is dropped, and the connection goes on.",
        behaviour: || lose(|_, seen| up(seen, Kind::Irregular)),
    },
    Fault {
        name: "broken-framing-closed-with-1000",
        breaks: &["WS-13"],
        about: "The close for a breach of RFC 6455 says 1000.",
        behaviour: || recode_close(1002, 1000),
    },
    Fault {
        name: "unasked-pong-ends",
        breaks: &["WS-12"],
        about: "A pong that nobody asked for is taken for a breach of the framing rules.",
        behaviour: || on(|_, seen| up(seen, Kind::Pong).then(|| vec![Act::Close(seen.connection, 1002)])),
    },
    Fault {
        name: "ping-unanswered",
        breaks: &["WS-14"],
        about: "A WebSocket ping gets no pong.",
        behaviour: || lose(|_, seen| down(seen, Kind::Pong)),
    },
    Fault {
        name: "pong-emptied",
        breaks: &["WS-14"],
        about: "A pong does not carry what the ping did.",
        behaviour: || {
            on(|_, seen| down(seen, Kind::Pong).then(|| vec![Act::Bytes(wire::pong(Way::Down, b""))]))
        },
    },
    Fault {
        name: "close-unanswered",
        breaks: &["WS-15"],
        about: "A client's close frame gets no close frame, only the end of the connection.",
        behaviour: || lose(|world, seen| down(seen, Kind::Close) && closing(world, seen)),
    },
    Fault {
        name: "connection-open-after-close",
        breaks: &["WS-15"],
        about: "A client's close frame is answered, and the connection does not end.",
        behaviour: || lose(|world, seen| down(seen, Kind::End) && closing(world, seen)),
    },
];

/// Whether it is a client's frame of that kind.
pub(super) fn up(seen: &Seen<'_>, kind: Kind) -> bool {
    seen.way == Way::Up && seen.kind == kind
}

/// Whether it is a server's frame of that kind.
pub(super) fn down(seen: &Seen<'_>, kind: Kind) -> bool {
    seen.way == Way::Down && seen.kind == kind
}

/// Whether the client sent a close frame.
fn closing(world: &World, seen: &Seen<'_>) -> bool {
    world.connections.get(&seen.connection).is_some_and(|connection| connection.closing)
}

/// The server's own closes with one code have another.
pub(super) fn recode_close(from: u16, to: u16) -> Behaviour {
    on(move |_, seen| {
        let found = down(seen, Kind::Close) && seen.payload.starts_with(&from.to_be_bytes());
        found.then(|| vec![Act::Bytes(wire::close(Way::Down, to))])
    })
}

pub(super) fn as_it_came(request: &str, answer: Option<&str>) -> Head {
    Head::Pass(answer.unwrap_or(request).to_owned())
}

pub(super) fn refused(status: &str) -> Head {
    Head::Refuse(format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"))
}

pub(super) fn path(request: &str) -> &str {
    request.split(' ').nth(1).unwrap_or_default()
}

fn is_upgrade(request: &str) -> bool {
    header(request, "upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
}

pub(super) fn offered(request: &str) -> Vec<String> {
    let names = header(request, "sec-websocket-protocol").unwrap_or_default();
    names.split(',').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
}

/// The value of a header, several lines of one name joined as HTTP has it.
pub(super) fn header(head: &str, name: &str) -> Option<String> {
    let lines = head.lines().filter(|line| names(line, name));
    let values: Vec<_> =
        lines.filter_map(|line| line.split_once(':')).map(|(_, value)| value.trim()).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

pub(super) fn names(line: &str, name: &str) -> bool {
    line.split_once(':').is_some_and(|(key, _)| key.eq_ignore_ascii_case(name))
}

pub(super) fn without_header(head: &str, name: &str) -> String {
    head.split_inclusive("\r\n").filter(|line| !names(line, name)).collect()
}

pub(super) fn with_header(head: &str, line: &str) -> String {
    head.strip_suffix("\r\n").map_or_else(|| head.to_owned(), |rest| format!("{rest}{line}\r\n\r\n"))
}
