//! What the spec leaves open, and what a network does to clients: whatever comes of it, nobody else may notice.

use crate::case::Case;
use crate::check::Property;
use crate::program::{
    Action, Expect, Framing, HeadEdit, LengthForm, Payload, Piece, RawFrame, Upgrade, WireFrame, opcode,
};
use crate::script::{Script, Topic, Who, beat, case, join, say};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = requests();
    cases.extend(frames());
    cases.extend(phones());
    cases
}

/// Ann and Ben talk on and hear all of it, whatever Mallory does.
fn survived(id: &'static str, title: &'static str, attack: impl FnOnce(&mut Script, Topic)) -> Case {
    case(id, title, &["ISO-6"], |s| {
        s.about(Property::Delivery);
        s.about(Property::Ending);
        let (room, [ann, ben]) = s.room();
        attack(s, room);
        s.act(ann, Action::Burst(say(room, "we go on"), 10));
        s.then();
        s.focus(ben, say(room, "nothing has happened"));
    })
}

/// Requests that are no opening handshakes, though some server may take one for it.
fn requests() -> Vec<Case> {
    let heads = |id, title, heads: Vec<Vec<HeadEdit>>| {
        survived(id, title, |s, _| {
            let mallory = s.client();
            for head in heads {
                let who = s.device_with(mallory, Upgrade { head, ..Upgrade::default() });
                s.expect(who, Action::Connect, Expect::Survived);
            }
        })
    };
    let without = |name: &str| vec![HeadEdit::Without(name.into())];
    let set = |name: &str, value: &str| vec![HeadEdit::Set(name.into(), value.into())];
    vec![
        heads(
            "isolation/other-methods-harm-nobody",
            "An upgrade by POST, by HTTP/1.0 or by a method that nobody knows harms nobody",
            vec![
                vec![HeadEdit::Method("POST".into())],
                vec![HeadEdit::Method("HEAD".into())],
                vec![HeadEdit::Method("ROOMWIRE".into())],
                vec![HeadEdit::Version("HTTP/1.0".into())],
                vec![HeadEdit::Version("HTTP/3.0".into())],
            ],
        ),
        heads(
            "isolation/half-upgrades-harm-nobody",
            "A request that lacks a header of the upgrade, or has a wrong one, harms nobody",
            vec![
                without("Host"),
                without("Upgrade"),
                without("Connection"),
                without("Sec-WebSocket-Version"),
                set("Upgrade", "h2c"),
                set("Connection", "close"),
                set("Sec-WebSocket-Key", "c2hvcnQ="),
                set("Sec-WebSocket-Key", "this is no base64"),
                vec![HeadEdit::Add("Sec-WebSocket-Key".into(), "AAAAAAAAAAAAAAAAAAAAAA==".into())],
                vec![HeadEdit::Add("Host".into(), "example.com".into())],
            ],
        ),
        heads(
            "isolation/bodies-of-upgrades-harm-nobody",
            "An upgrade request that announces a body harms nobody",
            vec![
                set("Content-Length", "5"),
                set("Content-Length", "18446744073709551616"),
                set("Content-Length", "-1"),
                set("Transfer-Encoding", "chunked"),
            ],
        ),
        heads(
            "isolation/huge-heads-harm-nobody",
            "A request with a header of 200,000 bytes, or with 2,000 headers, harms nobody",
            vec![
                vec![HeadEdit::Filler("Cookie".into(), 200_000)],
                (0..2000).map(|number| HeadEdit::Add(format!("X-{number}"), "x".into())).collect(),
            ],
        ),
        survived("isolation/noise-harms-nobody", "Bytes that are no HTTP harm nobody", |s, _| {
            let mallory = s.client();
            for noise in ["\u{16}\u{3}\u{1}\u{2}", "SSH-2.0-roomwire\r\n", "\0\0\0\0", "\r\n\r\n\r\n", "GET"]
            {
                let head = vec![HeadEdit::Method(noise.into())];
                let who = s.device_with(mallory, Upgrade { head, ..Upgrade::default() });
                s.expect(who, Action::Connect, Expect::Survived);
            }
        }),
    ]
}

fn survive(s: &mut Script, room: Topic, pieces: Vec<Piece>) -> Who {
    let mallory = s.client();
    s.connect(mallory);
    s.send(mallory, join(room));
    s.then();
    s.expect(mallory, Action::Raw(RawFrame::Wire(pieces)), Expect::Survived);
    mallory
}

fn frames() -> Vec<Case> {
    let frame = |frame: WireFrame| vec![Piece::Frame(frame)];
    vec![
        survived(
            "isolation/long-lengths-harm-nobody",
            "A length in more bytes than it takes harms nobody, whether the message is taken or not",
            |s, room| {
                for length in [LengthForm::Sixteen, LengthForm::SixtyFour] {
                    let mallory = s.client();
                    s.connect(mallory);
                    s.send(mallory, join(room));
                    s.then();
                    let mut message = beat();
                    message.framing = Framing { length, ..Framing::default() };
                    s.expect(mallory, Action::Send(message), Expect::Survived);
                }
            },
        ),
        survived(
            "isolation/half-frames-harm-nobody",
            "A frame that ends in its head, in its mask or in its payload, and the end of the stream, harm nobody",
            |s, room| {
                for half in [
                    vec![0x81],
                    vec![0x81, 0xFE, 0x01],
                    vec![0x81, 0x85, 1, 2],
                    vec![0x81, 0x85, 0, 0, 0, 0, b'{'],
                ] {
                    survive(s, room, vec![Piece::Bytes(half), Piece::Fin]);
                }
            },
        ),
        survived(
            "isolation/half-frames-that-are-reset-harm-nobody",
            "A frame that is cut off by a reset harms nobody",
            |s, room| {
                let mallory =
                    survive(s, room, vec![Piece::Bytes(vec![0x81, 0xFE, 0xFF, 0xFF, 0, 0, 0, 0, b'{'])]);
                s.act(mallory, Action::Drop { reset: true });
            },
        ),
        survived(
            "isolation/half-messages-harm-nobody",
            "A message whose last fragment never comes harms nobody",
            |s, room| {
                survive(s, room, frame(WireFrame::text("{\"token\":").unfinished()));
            },
        ),
        survived(
            "isolation/half-close-frames-harm-nobody",
            "Half a close frame and the end of the stream harm nobody",
            |s, room| {
                survive(s, room, vec![Piece::Bytes(vec![0x88, 0x82, 1, 2, 3, 4, 2]), Piece::Fin]);
            },
        ),
        survived(
            "isolation/endless-lengths-harm-nobody",
            "Lengths of 2^62 and 2^63 that are announced harm nobody",
            |s, room| {
                for length in [1 << 62, 1 << 63, u64::MAX] {
                    let announced = WireFrame::text("{}").long(LengthForm::Announced(length));
                    survive(s, room, frame(announced));
                }
            },
        ),
        survived(
            "isolation/large-binaries-harm-nobody",
            "A binary message beyond the limit harms nobody, whichever code it is closed with",
            |s, room| {
                survive(s, room, frame(WireFrame::new(opcode::BINARY, Payload::SpacesToLimit(1))));
            },
        ),
        survived(
            "isolation/thousands-of-fragments-harm-nobody",
            "Thousands of fragments without payload, and no last one, harm nobody",
            |s, room| {
                let begin = WireFrame::text("").unfinished();
                let more = (0..5000).map(|_| WireFrame::more("").unfinished());
                survive(s, room, [begin].into_iter().chain(more).map(Piece::Frame).collect());
            },
        ),
    ]
}

/// What a phone does in a tunnel.
fn phones() -> Vec<Case> {
    vec![
        survived(
            "isolation/half-open-connections-harm-nobody",
            "A client that has ended its side of the stream, and listens on, harms nobody",
            |s, room| {
                survive(s, room, vec![Piece::Fin]);
            },
        ),
        survived(
            "isolation/a-storm-of-joins-and-drops-harms-nobody",
            "Twenty devices that join and are lost, again and again, harm nobody",
            |s, room| {
                let mallory = s.client();
                let devices: Vec<Who> = (0..20)
                    .map(|number| if number == 0 { mallory } else { s.second_device_of(mallory) })
                    .collect();
                for round in 0..3 {
                    for (number, &device) in devices.iter().enumerate() {
                        s.connect(device);
                        s.send(device, join(room));
                        // So that it is known to have been there.
                        s.act(device, Action::Fence);
                        s.act(device, Action::Drop { reset: (number + round) % 2 == 0 });
                    }
                }
            },
        ),
        case(
            "isolation/back-in-the-middle-of-traffic",
            "Who is lost and joins again while the others talk hears all from its new 201 on, and nobody misses anything",
            &["ISO-6", "ORD-3", "CHAT-1"],
            |s| {
                s.about(Property::Delivery);
                s.about(Property::Seq);
                let (room, [ann, ben]) = s.room();
                let cat = s.client();
                for reset in [false, true] {
                    s.connect(cat);
                    s.send(cat, join(room));
                    s.act(ann, Action::Burst(say(room, "talking on"), 40));
                    s.act(ben, Action::Burst(say(room, "and on"), 40));
                    s.act(cat, Action::Fence);
                    s.act(cat, Action::Drop { reset });
                    s.connect(cat);
                    s.send(cat, join(room));
                    s.then();
                    s.send(ann, say(room, "are you back?"));
                    s.focus(cat, say(room, "I am back"));
                    s.then();
                    s.act(cat, Action::Drop { reset });
                }
            },
        ),
        case(
            "isolation/nothing-of-before-after-a-reconnect",
            "A new connection of a user that was lost is in no room, and hears nothing until it joins",
            &["ISO-2", "ISO-8"],
            |s| {
                s.about(Property::Isolation);
                let (room, [ann, ben]) = s.room();
                for reset in [true, false] {
                    s.act(ann, Action::Drop { reset });
                    s.connect(ann);
                    s.focus(ann, beat());
                    s.then();
                    s.send(ben, say(room, "she is not here"));
                    s.then();
                    s.refused(ann, say(room, "am I?"), crate::script::Reason::NotJoined);
                    s.focus(ann, join(room));
                    s.then();
                }
                s.send(ben, say(room, "now she is"));
            },
        ),
        case(
            "isolation/new-connections-inherit-nothing",
            "Who connects when another has just been lost gets nothing of what was meant for that one",
            &["ISO-1"],
            |s| {
                s.about(Property::Isolation);
                let (room, [ann, ben]) = s.room();
                let first = s.client();
                for _ in 0..4 {
                    let lost = s.second_device_of(first);
                    s.connect(lost);
                    s.send(lost, join(room));
                    s.then();
                    let heir = s.second_device_of(first);
                    s.act(lost, Action::Drop { reset: true });
                    s.connect(heir);
                    s.focus(heir, beat());
                    s.act(ann, Action::Burst(say(room, "for those who are in"), 10));
                    s.then();
                }
                s.send(ben, say(room, "for me"));
            },
        ),
    ]
}
