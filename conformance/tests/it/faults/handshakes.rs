//! Faults of those that read and write upgrades: one defect each, for the cases that put every header to the test.

use std::collections::BTreeSet;

use super::{
    Fault,
    behaviour::{Behaviour, Head, handshake, on},
    transport::{as_it_came, down, header, names, offered, path, refused, with_header, without_header},
    wire::Kind,
    world::ConnectionId,
};

/// Upgrades of this kind are refused with 400.
macro_rules! refuses {
    ($name:literal, $filter:expr) => {
        Fault {
            name: $name,
            breaks: &["WS-1"],
            about: "A valid upgrade of this kind is refused with 400.",
            behaviour: || {
                handshake(|request, answer| {
                    let filter: fn(&str) -> bool = $filter;
                    if answer.is_none() && filter(request) {
                        return refused("400 Bad Request");
                    }
                    as_it_came(request, answer)
                })
            },
        }
    };
}

pub(super) const FAULTS: &[Fault] = &[
    Fault {
        name: "handshakes-waited-for",
        breaks: &["SEC-8"],
        about: "A connection whose opening handshake is never finished is kept for ever.",
        behaviour: || {
            let mut spoken = BTreeSet::<ConnectionId>::new();
            on(move |_, seen| {
                if seen.kind != Kind::End {
                    spoken.insert(seen.connection);
                }
                (down(seen, Kind::End) && !spoken.contains(&seen.connection)).then(Vec::new)
            })
        },
    },
    // Upgrades.
    refuses!("odd-paths-refused", |request| {
        let path = path(request);
        ["//", "/.", "%00", ";"].iter().any(|odd| path.contains(odd)) && !path.contains('?')
    }),
    refuses!("odd-queries-refused", |request| {
        let path = path(request);
        path.ends_with('?') || path.contains("&&") || path.contains("??") || path.contains("?/")
    }),
    refuses!("long-paths-refused", |request| path(request).len() > 500),
    refuses!("capital-header-names-refused", |request| request.contains("SEC-WEBSOCKET-KEY")),
    refuses!("upgrade-in-other-letters-refused", |request| {
        header(request, "upgrade").is_some_and(|value| value != "websocket")
            || header(request, "connection").is_some_and(|value| value != "Upgrade")
    }),
    refuses!("large-cookies-refused", |request| header(request, "cookie").is_some_and(|it| it.len() > 1000)),
    refuses!("unknown-extensions-refused", |request| {
        header(request, "sec-websocket-extensions").is_some_and(|it| it.starts_with("x-"))
    }),
    Fault {
        name: "versions-before-13-accepted",
        breaks: &["WS-5"],
        about: "An upgrade to version 8 of WebSocket is accepted.",
        behaviour: || {
            handshake(|request, answer| match answer {
                None if header(request, "sec-websocket-version").as_deref() == Some("8") => {
                    Head::Pass(with_header(
                        &without_header(request, "sec-websocket-version"),
                        "Sec-WebSocket-Version: 13",
                    ))
                }
                answer => as_it_came(request, answer),
            })
        },
    },
    Fault {
        name: "requests-read-at-one-go",
        breaks: &["WS-1"],
        about: "An upgrade whose head does not come at one go is refused with 400.",
        behaviour: || Behaviour { hasty: true, ..Behaviour::default() },
    },
    Fault {
        name: "second-line-of-subprotocols-unseen",
        breaks: &["WS-2"],
        about: "Of several lines that offer subprotocols only the first is read.",
        behaviour: || {
            handshake(|request, answer| match answer {
                Some(answer)
                    if request.lines().filter(|line| names(line, "sec-websocket-protocol")).count() > 1 =>
                {
                    Head::Pass(without_header(answer, "sec-websocket-protocol"))
                }
                answer => as_it_came(request, answer),
            })
        },
    },
    Fault {
        name: "subprotocols-parted-by-comma-and-space-alone",
        breaks: &["WS-2"],
        about: "Subprotocols are told apart by a comma and one space.",
        behaviour: || {
            handshake(|request, answer| match answer {
                Some(answer)
                    if !header(request, "sec-websocket-protocol")
                        .is_some_and(|it| it.split(", ").any(|name| name == "roomwire.v1")) =>
                {
                    Head::Pass(without_header(answer, "sec-websocket-protocol"))
                }
                answer => as_it_came(request, answer),
            })
        },
    },
    Fault {
        name: "subprotocol-in-any-letters",
        breaks: &["WS-3", "WS-4"],
        about: "The subprotocol is selected whatever letters it is spelt in.",
        behaviour: || {
            handshake(|request, answer| match answer {
                Some(answer)
                    if offered(request).iter().any(|it| it.eq_ignore_ascii_case("roomwire.v1"))
                        && header(answer, "sec-websocket-protocol").is_none() =>
                {
                    Head::Pass(with_header(answer, "Sec-WebSocket-Protocol: roomwire.v1"))
                }
                answer => as_it_came(request, answer),
            })
        },
    },
    Fault {
        name: "accept-key-of-another",
        breaks: &["WS-1"],
        about: "On other paths than / Sec-WebSocket-Accept does not belong to the key of the request.",
        behaviour: || {
            handshake(|request, answer| match answer {
                Some(answer) if path(request) != "/" => Head::Pass(with_header(
                    &without_header(answer, "sec-websocket-accept"),
                    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
                )),
                answer => as_it_came(request, answer),
            })
        },
    },
    Fault {
        name: "extension-taken-up-unasked",
        breaks: &["WS-1"],
        about: "On other paths than / the answer to an upgrade takes up permessage-deflate, which was not offered.",
        behaviour: || {
            handshake(|request, answer| match answer {
                Some(answer)
                    if path(request) != "/" && header(request, "sec-websocket-extensions").is_none() =>
                {
                    Head::Pass(with_header(answer, "Sec-WebSocket-Extensions: permessage-deflate"))
                }
                answer => as_it_came(request, answer),
            })
        },
    },
    Fault {
        name: "deflate-taken-up-in-word-only",
        breaks: &["WS-8", "WS-6"],
        about: "The server takes up permessage-deflate, and knows nothing of compressed messages.",
        behaviour: || {
            handshake(|request, answer| match answer {
                Some(answer)
                    if header(request, "sec-websocket-extensions")
                        .is_some_and(|it| it.starts_with("permessage-deflate")) =>
                {
                    Head::Pass(with_header(answer, "Sec-WebSocket-Extensions: permessage-deflate"))
                }
                answer => as_it_came(request, answer),
            })
        },
    },
];
