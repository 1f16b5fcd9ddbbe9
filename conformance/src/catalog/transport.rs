//! Chapter 1: the opening handshake, messages, control frames.

use crate::case::Case;
use crate::check::Property;
use crate::program::{Action, Expect, HeadEdit, RawFrame, Upgrade};
use crate::script::{Script, Topic, Who, beat, case, join, say};

mod breaches;
mod goodbyes;
mod shapes;
mod upgrades;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = opening();
    cases.extend(upgrades::cases());
    cases.extend(messages());
    cases.extend(shapes::cases());
    cases.extend(goodbyes::cases());
    cases.extend(breaches());
    cases.extend(breaches::cases());
    cases
}

fn opening() -> Vec<Case> {
    vec![
        case(
            "transport/any-path-is-upgraded",
            "A path and a query of any kind are upgraded",
            &["WS-1"],
            |s| {
                s.room::<2>();
                for path in ["/some/where", "/ws?room=8017&x=%20", "/%E4%BD%A0"] {
                    let who = s.client_with(Upgrade { path: Some(path.into()), ..Upgrade::default() });
                    s.expect(who, Action::Connect, Expect::Derived);
                    s.focus(who, beat());
                }
            },
        ),
        subprotocol(
            "transport/subprotocol-is-selected",
            "The subprotocol is selected when it is offered",
            &["WS-2"],
            &["roomwire.v1"],
            Some("roomwire.v1"),
        ),
        subprotocol(
            "transport/subprotocol-is-selected-among-others",
            "The subprotocol is selected when it is offered among others",
            &["WS-2"],
            &["chat", "roomwire.v1", "roomwire.v9"],
            Some("roomwire.v1"),
        ),
        subprotocol(
            "transport/unknown-subprotocols-are-not-selected",
            "A handshake that offers unknown subprotocols only is completed without one",
            &["WS-4", "WS-3"],
            &["roomwire.v9", "graphql-ws"],
            None,
        ),
        subprotocol(
            "transport/an-unknown-subprotocol-is-not-selected",
            "A handshake that offers one unknown subprotocol is completed without one",
            &["WS-3", "WS-4"],
            &["roomwire.v0"],
            None,
        ),
        subprotocol(
            "transport/no-subprotocol-is-needed",
            "A handshake that offers no subprotocol is completed without one",
            &["WS-4", "WS-3"],
            &[],
            None,
        ),
        flawed(
            "transport/upgrade-without-key-is-refused",
            "An upgrade without a key is refused",
            HeadEdit::Without("Sec-WebSocket-Key".into()),
        ),
        flawed(
            "transport/upgrade-of-another-version-is-refused",
            "An upgrade to a version other than 13 is refused",
            HeadEdit::Set("Sec-WebSocket-Version".into(), "12".into()),
        ),
    ]
}

fn subprotocol(
    id: &'static str,
    title: &'static str,
    requirements: &'static [&'static str],
    offered: &[&str],
    selected: Option<&str>,
) -> Case {
    case(id, title, requirements, |s| {
        let (room, [_ann, ben]) = s.room();
        let subprotocols = offered.iter().map(ToString::to_string).collect();
        let cat = s.client_with(Upgrade { subprotocols, ..Upgrade::default() });
        s.expect(cat, Action::Connect, Expect::Subprotocol(selected.map(Into::into)));
        s.send(cat, join(room));
        s.then();
        s.send(ben, say(room, "hello to the new one"));
    })
}

fn flawed(id: &'static str, title: &'static str, flaw: HeadEdit) -> Case {
    case(id, title, &["WS-5"], |s| {
        let (room, [ann, _ben]) = s.room();
        let cat = s.client_with(Upgrade { head: vec![flaw], ..Upgrade::default() });
        s.expect(cat, Action::Connect, Expect::UpgradeRefused);
        s.then();
        s.send(ann, say(room, "still here"));
    })
}

fn messages() -> Vec<Case> {
    vec![
        case("transport/frames-are-text-messages", "Each frame comes as one text message", &["WS-7"], |s| {
            let (room, [ann, ben]) = s.room();
            s.about(Property::Shape);
            s.send(ann, say(room, "one"));
            s.send(ben, say(room, "two"));
        }),
        case(
            "transport/fragments-make-one-message",
            "A message in fragments is handled as one",
            &["WS-8"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                for size in [100, 7, 1] {
                    let mut message = say(room, "in pieces, 一片一片地, 🧩🧩");
                    message.fragments = Some(size);
                    s.focus(ann, message);
                }
            },
        ),
        case(
            "transport/ping-is-answered",
            "A ping is answered with a pong of the same bytes",
            &["WS-14"],
            |s| {
                let (_, [ann, _ben]) = s.room();
                s.expect(ann, Action::Raw(RawFrame::Ping("are you there?".into())), Expect::Pong);
                s.then();
                s.expect(ann, Action::Raw(RawFrame::Ping("x".repeat(125))), Expect::Pong);
            },
        ),
        case(
            "transport/unasked-pong-is-ignored",
            "A pong that nobody asked for changes nothing",
            &["WS-12"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                s.expect(ann, Action::Raw(RawFrame::Pong("here I am".into())), Expect::Derived);
                s.send(ann, say(room, "still here"));
            },
        ),
        case(
            "transport/close-is-answered",
            "A close frame is answered with a close frame, and the connection ends",
            &["WS-15"],
            |s| {
                let (room, [ann, ben]) = s.room();
                s.expect(ann, Action::Close(Some(1000)), Expect::Derived);
                s.then();
                s.send(ben, say(room, "and life goes on"));
            },
        ),
        case(
            "transport/empty-close-is-answered",
            "A close frame without a code is answered as well",
            &["WS-15"],
            |s| {
                let (_, [ann, _ben]) = s.room();
                s.expect(ann, Action::Close(None), Expect::Derived);
            },
        ),
    ]
}

/// Frames after which the connection must end; the bystander must not notice.
fn breaches() -> Vec<Case> {
    let not_utf8 = || RawFrame::TextBytes(vec![b'{', 0xC3, 0x28, b'}']);
    vec![
        breach(
            "transport/binary-is-closed-1003",
            "A binary message is answered with 1003",
            &["WS-9"],
            |s, _, who| {
                s.ends(who, RawFrame::Binary(b"{}".to_vec()), &[1003], true);
            },
        ),
        breach(
            "transport/invalid-utf8-ends-the-connection",
            "A text message that is not UTF-8 ends the connection",
            &["WS-10"],
            move |s, _, who| s.ends(who, not_utf8(), &[], false),
        ),
        breach(
            "transport/invalid-utf8-is-closed-1007",
            "A text message that is not UTF-8 is answered with 1007",
            &["WS-11"],
            move |s, _, who| s.ends(who, not_utf8(), &[1007], true),
        ),
        breach(
            "transport/reserved-bit-ends-the-connection",
            "A reserved bit that no extension has given a meaning ends the connection",
            &["WS-12"],
            |s, _, who| s.ends(who, RawFrame::ReservedBit, &[], false),
        ),
        breach(
            "transport/reserved-opcode-ends-the-connection",
            "A reserved opcode ends the connection",
            &["WS-12"],
            |s, _, who| s.ends(who, RawFrame::ReservedOpcode, &[], false),
        ),
        breach(
            "transport/stray-continuation-ends-the-connection",
            "A continuation of nothing ends the connection",
            &["WS-12"],
            |s, _, who| s.ends(who, RawFrame::StrayContinuation, &[], false),
        ),
        breach(
            "transport/framing-breach-is-closed-1002",
            "A breach of the framing rules is answered with 1002",
            &["WS-13"],
            |s, _, who| s.ends(who, RawFrame::ReservedOpcode, &[1002], true),
        ),
    ]
}

fn breach(
    id: &'static str,
    title: &'static str,
    requirements: &'static [&'static str],
    attack: impl FnOnce(&mut Script, Topic, Who),
) -> Case {
    case(id, title, requirements, |s| {
        let (room, [_ann, ben, cat]) = s.room();
        attack(s, room, cat);
        s.then();
        s.send(ben, say(room, "did you see that?"));
        s.then();
        s.connect(cat);
        s.send(cat, join(room));
        s.then();
        s.send(cat, say(room, "I am back"));
    })
}
