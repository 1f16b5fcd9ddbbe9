//! Messages and pings in every shape that RFC 6455 allows.

use crate::case::Case;
use crate::program::{Action, Expect, Framing, Payload, Piece, RawFrame, WireFrame};
use crate::script::{Script, Topic, Who, beat, case, join, leave, say, say_up_to_limit};

pub(super) fn cases() -> Vec<Case> {
    vec![
        shaped(
            "transport/pings-between-fragments",
            "Pings between the fragments of a message are answered, and the message is handled as one",
            |s, room, ann| {
                for size in [40, 1] {
                    let mut message = say(room, "in pieces, with pings between");
                    message.fragments = Some(size);
                    message.framing = Framing { pings: true, ..Framing::default() };
                    s.focus(ann, message);
                }
            },
        ),
        shaped(
            "transport/pongs-between-fragments",
            "Pongs that nobody asked for between the fragments of a message change nothing",
            |s, room, ann| {
                let mut message = say(room, "in pieces, with pongs between");
                message.fragments = Some(20);
                message.framing = Framing { pongs: true, ..Framing::default() };
                s.focus(ann, message);
            },
        ),
        shaped(
            "transport/a-mask-of-zeros",
            "A mask of four zeros is a mask like any other, on a whole message and on fragments",
            |s, room, ann| {
                for fragments in [None, Some(9)] {
                    let mut message = say(room, "what you see is what I say, 面具");
                    message.fragments = fragments;
                    message.framing = Framing { zero_mask: true, ..Framing::default() };
                    s.focus(ann, message);
                }
            },
        ),
        shaped(
            "transport/more-than-a-thousand-fragments",
            "A message in more than a thousand fragments is handled as one",
            |s, room, ann| {
                let mut message = say(room, &"bit by bit, ".repeat(100));
                message.fragments = Some(1);
                s.focus(ann, message);
            },
        ),
        shaped(
            "transport/long-fragments",
            "Fragments of thousands of bytes, up to the limit of a message, and pings between them make one message",
            |s, room, ann| {
                for (bytes, pings) in [(20_000, false), (4_000, true)] {
                    let mut message = say_up_to_limit(room, "by the bucket", 0);
                    message.fragments = Some(bytes);
                    message.framing = Framing { pings, ..Framing::default() };
                    s.focus(ann, message);
                }
            },
        ),
        shaped(
            "transport/empty-fragments",
            "Fragments without payload are part of a message like any other",
            |s, room, ann| {
                let mut message = say(room, "with nothing between");
                message.fragments = Some(30);
                message.framing = Framing { empty_fragments: true, ..Framing::default() };
                s.focus(ann, message);
            },
        ),
        shaped(
            "transport/fragments-cut-across-segments",
            "Fragments whose heads and characters are cut by the segments that they come in make one message",
            |s, room, ann| {
                for segments in [1, 3, 64] {
                    let mut message = say(room, "一片一片地, 🧩🧩");
                    message.fragments = Some(5);
                    message.framing = Framing { segments: Some(segments), ..Framing::default() };
                    s.focus(ann, message);
                }
            },
        ),
        shaped(
            "transport/fragments-of-several-connections",
            "Fragmented messages of several connections that come at the same time stay apart",
            |s, room, ann| {
                let others: [Who; 3] = std::array::from_fn(|_| s.second_device_of(ann));
                for other in others {
                    s.connect(other);
                    s.send(other, join(room));
                }
                s.then();
                for who in others.into_iter().chain([ann]) {
                    for text in ["one of many", "another of many"] {
                        let mut message = say(room, text);
                        message.fragments = Some(3);
                        message.framing = Framing { segments: Some(11), ..Framing::default() };
                        s.focus(who, message);
                    }
                }
            },
        ),
        shaped(
            "transport/every-type-in-fragments",
            "A join and a leave in fragments are handled as in one piece",
            |s, room, ann| {
                for mut message in [leave(room), join(room), say(room, "back again")] {
                    message.fragments = Some(9);
                    s.focus(ann, message.with_id());
                    s.then();
                }
            },
        ),
        case(
            "transport/fragments-come-slowly",
            "A message that takes its time is handled as one, and nobody else waits for it",
            &["WS-8", "ISO-6"],
            |s| {
                let (room, [ann, ben]) = s.room();
                let mut message = say(room, "no hurry");
                message.fragments = Some(20);
                message.framing = Framing { segments: Some(17), slowly: true, ..Framing::default() };
                s.focus(ann, message);
                s.act(ben, Action::Burst(say(room, "meanwhile"), 20));
            },
        ),
        case(
            "transport/ping-of-nothing",
            "A ping without payload is answered with a pong without payload",
            &["WS-14"],
            |s| {
                let (_, [ann, _ben]) = s.room();
                s.expect(ann, Action::Raw(RawFrame::Ping(String::new())), Expect::Pong);
            },
        ),
        case(
            "transport/ping-of-any-bytes",
            "A ping is answered with its bytes, be they text, or none of UTF-8 at all",
            &["WS-14"],
            |s| {
                let (room, [ann, ben]) = s.room();
                for bytes in [
                    &b"\0\xff\xfe\x80"[..],
                    &[0xC3, 0x28, 0xED, 0xA0, 0x80],
                    &(128..=250).collect::<Vec<u8>>(),
                ] {
                    let ping = Piece::Frame(WireFrame::ping(Payload::Bytes(bytes.into())));
                    s.expect(ann, Action::Raw(RawFrame::Wire(vec![ping])), Expect::Pong);
                    s.then();
                }
                s.send(ben, say(room, "no text, and no harm"));
            },
        ),
        case(
            "transport/late-in-a-connection",
            "Behind more than a thousand messages a ping is answered as at first, and so are frames with an id",
            &["WS-14", "ENV-12", "CHAT-5"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                for _ in 0..6 {
                    s.act(ann, Action::Burst(beat(), 200));
                    s.then();
                }
                s.expect(ann, Action::Raw(RawFrame::Ping("and now?".into())), Expect::Pong);
                s.focus(ann, beat().with_id());
                s.focus(ann, say(room, "as at first").with_id());
            },
        ),
        case(
            "transport/pings-before-the-first-frame",
            "A ping is answered before anything is known of who is there",
            &["WS-14"],
            |s| {
                let (room, [_ann, ben]) = s.room();
                let cat = s.client();
                s.connect(cat);
                s.expect(cat, Action::Raw(RawFrame::Ping("anybody?".into())), Expect::Pong);
                s.then();
                s.send(cat, join(room));
                s.then();
                s.send(ben, say(room, "yes"));
            },
        ),
        case(
            "transport/many-pings",
            "Of many pings in a row the last one is answered at least, and chats go on between them",
            &["WS-14"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                for number in 0..100 {
                    s.act(ann, Action::Raw(RawFrame::Ping(format!("ping {number}"))));
                }
                s.send(ann, say(room, "in between"));
                s.expect(ann, Action::Raw(RawFrame::Ping("the last of them".into())), Expect::Pong);
            },
        ),
    ]
}

fn shaped(id: &'static str, title: &'static str, send: impl FnOnce(&mut Script, Topic, Who)) -> Case {
    case(id, title, &["WS-8"], |s| {
        let (room, [ann, ben]) = s.room();
        send(s, room, ann);
        s.then();
        s.send(ben, say(room, "in one piece"));
    })
}
