//! Opening handshakes of every kind: right ones that look unusual, and ones with extensions.

use crate::case::Case;
use crate::program::{Action, Expect, Framing, HeadEdit, Upgrade};
use crate::script::{beat, case, join, say};

use HeadEdit::{Add, Filler, Segments, Set, Shout};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = unusual();
    cases.extend(subprotocols());
    cases.extend(extensions());
    cases
}

/// Valid opening handshakes, each of which must be answered with 101.
fn opens(id: &'static str, title: &'static str, upgrades: &[Upgrade]) -> Case {
    case(id, title, &["WS-1"], |s| {
        let (room, [ann, ben]) = s.room();
        for upgrade in upgrades {
            let who = s.device_with(ben, upgrade.clone());
            s.expect(who, Action::Connect, Expect::Derived);
            s.focus(who, join(room));
        }
        s.then();
        s.send(ann, say(room, "welcome, all of you"));
    })
}

fn path(path: impl Into<String>) -> Upgrade {
    Upgrade { path: Some(path.into()), ..Upgrade::default() }
}

fn head(head: impl Into<Vec<HeadEdit>>) -> Upgrade {
    Upgrade { head: head.into(), ..Upgrade::default() }
}

fn set(name: &str, value: &str) -> HeadEdit {
    Set(name.into(), value.into())
}

fn add(name: &str, value: &str) -> HeadEdit {
    Add(name.into(), value.into())
}

fn unusual() -> Vec<Case> {
    vec![
        opens(
            "transport/paths-that-look-odd",
            "Paths with empty and dotted segments, and with every mark that may stand in one, are upgraded",
            &["//", "/a//b/./c/../d/", "/~x/:y@z/;v=1,2/!$&'()*+=", "/%2e%2e/%2F/%ff/%00", "/."].map(path),
        ),
        opens(
            "transport/queries-that-look-odd",
            "Queries that are empty, double or no pairs at all are upgraded",
            &["/?", "/??", "/?a=1&a=2&&=&b", "/?token=&x=%E4%BD%A0/../?", "/?/:@-._~!$&'()*+,;="].map(path),
        ),
        opens(
            "transport/long-paths",
            "A path and a query of a thousand bytes are upgraded",
            &[path(format!("/{}", "room/".repeat(200))), path(format!("/?{}", "room=8017&".repeat(100)))],
        ),
        opens(
            "transport/paths-of-three-thousand-bytes",
            "A path of three thousand bytes is upgraded, and so is a query of as many",
            &[path(format!("/{}", "room/".repeat(600))), path(format!("/?{}", "room=8017&".repeat(300)))],
        ),
        opens(
            "transport/paths-of-other-uses",
            "An upgrade is one on any path, those of the history and of an operator included",
            &[
                "/api",
                "/api/ws",
                "/api/message/chatmsg",
                "/api/question/add",
                "/healthz",
                "/metrics",
                "/socket.io/",
            ]
            .map(path),
        ),
        opens(
            "transport/header-names-in-capitals",
            "The names of headers are the same names in capitals",
            &[head([Shout])],
        ),
        opens(
            "transport/upgrade-in-other-letters",
            "The words websocket and upgrade are the same words in other letters, alone or in a list",
            &[
                head([set("Upgrade", "WebSocket"), set("Connection", "UPGRADE")]),
                head([set("Connection", "keep-alive, Upgrade")]),
                head([set("Upgrade", "WEBSOCKET"), set("Connection", "upgrade,keep-alive")]),
            ],
        ),
        opens(
            "transport/headers-that-nobody-knows",
            "Headers that have nothing to do with it change nothing, a cookie of 2,000 bytes included",
            &[head([
                add("X-Empty", ""),
                add("User-Agent", "Mozilla/5.0 (Linux) MicroMessenger/8.0 MiniProgramEnv/android"),
                add("Accept", "*/*"),
                add("Accept", "text/html;q=0.5"),
                add("Cache-Control", "no-cache"),
                Filler("Cookie".into(), 2000),
            ])],
        ),
        opens(
            "transport/request-in-many-segments",
            "An upgrade request that comes in many segments is upgraded",
            &[head([Segments(7)])],
        ),
        case(
            "transport/upgrade-of-version-8-is-refused",
            "An upgrade to the version of an early draft is refused, and so is one to version 0",
            &["WS-5"],
            |s| {
                let (room, [ann, ben]) = s.room();
                for version in ["8", "0", "130"] {
                    let who = s.device_with(ben, head([set("Sec-WebSocket-Version", version)]));
                    s.expect(who, Action::Connect, Expect::UpgradeRefused);
                }
                s.then();
                s.send(ann, say(room, "still here"));
            },
        ),
    ]
}

fn subprotocols() -> Vec<Case> {
    let name = "Sec-WebSocket-Protocol";
    let selects = |id, title, requirements, upgrade: Upgrade, selected: Option<&'static str>| {
        case(id, title, requirements, move |s| {
            let (room, [_ann, ben]) = s.room();
            let cat = s.client_with(upgrade);
            s.expect(cat, Action::Connect, Expect::Subprotocol(selected.map(Into::into)));
            s.send(cat, join(room));
            s.then();
            s.send(ben, say(room, "hello to the new one"));
        })
    };
    vec![
        selects(
            "transport/subprotocols-on-two-lines",
            "The subprotocol is selected when it stands on a line of its own behind another",
            &["WS-2"],
            head([add(name, "chat"), add(name, "roomwire.v1")]),
            Some("roomwire.v1"),
        ),
        selects(
            "transport/subprotocols-without-spaces",
            "The subprotocol is selected from a list without spaces, and from one with many",
            &["WS-2"],
            head([add(name, "roomwire.v0,roomwire.v1 ,  chat")]),
            Some("roomwire.v1"),
        ),
        selects(
            "transport/subprotocol-in-capitals-is-another",
            "A subprotocol is its name to the letter: in capitals it is another, which is not selected",
            &["WS-3", "WS-4"],
            head([add(name, "ROOMWIRE.V1, roomwire.v11, xroomwire.v1")]),
            None,
        ),
        selects(
            "transport/other-versions-are-not-selected",
            "A subprotocol whose name begins as ours does, or is a part of it, is another, which is not selected",
            &["WS-3", "WS-4"],
            head([add(name, "roomwire.v2, roomwire.v10, roomwire.v, roomwire, v1")]),
            None,
        ),
        selects(
            "transport/subprotocol-at-the-end-of-many",
            "The subprotocol is selected where it is the last of a dozen",
            &["WS-2"],
            head([add(name, "a, b, c, d, e, f, g, h, i, j, roomwire.v2, roomwire.v1")]),
            Some("roomwire.v1"),
        ),
    ]
}

fn extensions() -> Vec<Case> {
    let name = "Sec-WebSocket-Extensions";
    let deflate = move || {
        head([add(name, "permessage-deflate; server_no_context_takeover; client_no_context_takeover")])
    };
    vec![
        opens(
            "transport/unknown-extensions-are-left",
            "An offer of extensions that nobody knows is completed without them",
            &[head([add(name, "x-roomwire-test; a=1; b=\"two\", x-another")])],
        ),
        case(
            "transport/deflate-is-taken-up-or-left",
            "With permessage-deflate on offer chats go both ways, whether the server takes it up or not",
            &["WS-1", "WS-6", "TEXT-1"],
            move |s| {
                let (room, [ann, _ben]) = s.room();
                let plain = s.client_with(head([add(name, "permessage-deflate")]));
                let bare = s.client_with(deflate());
                for who in [plain, bare] {
                    s.expect(who, Action::Connect, Expect::Derived);
                    s.focus(who, join(room));
                }
                s.then();
                for who in [plain, bare, ann] {
                    s.focus(who, say(room, "squeeze me, 一二三, 🪗🪗🪗"));
                    s.focus(who, say(room, &"and me, ".repeat(500)));
                }
            },
        ),
        case(
            "transport/compressed-messages",
            "Where permessage-deflate was agreed on, compressed messages are read, fragments and all",
            &["WS-8", "WS-6"],
            move |s| {
                let (room, [_ann, ben]) = s.room();
                let cat = s.client_with(deflate());
                s.expect(cat, Action::Connect, Expect::Derived);
                s.send(cat, join(room));
                s.then();
                for fragments in [None, Some(10)] {
                    for text in ["x", "round and round and round and round it goes"] {
                        let mut message = say(room, text);
                        message.framing = Framing { deflated: true, ..Framing::default() };
                        message.fragments = fragments;
                        s.focus(cat, message);
                    }
                }
                s.focus(cat, beat());
                s.send(ben, say(room, "I have read it"));
            },
        ),
    ]
}
