//! Chapter 10: time limits, sizes, clients that do not read.

use crate::case::Case;
use crate::check::Property;
use crate::extent::FILLINGS;
use crate::program::{
    Action, Expect, HeadEdit, LengthForm, Life, Payload, Piece, RawFrame, TimeLimit, Upgrade, WireFrame,
    opcode,
};
use crate::script::{beat, case, join, leave, say, say_up_to_limit};

mod draining;
mod load;

pub(super) use draining::drain;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = times();
    cases.extend(sizes());
    cases.extend(queues());
    cases.extend(draining::cases());
    cases.extend(load::cases());
    cases
}

fn ends(codes: &[u16], by_close_frame: bool) -> Expect {
    Expect::Ends { codes: codes.into(), by_close_frame }
}

fn times() -> Vec<Case> {
    vec![
        case(
            "limits/silence-is-closed-4201",
            "A connection that falls silent is closed with 4201, neither early nor late",
            &["LIMIT-2", "LIMIT-1", "LIMIT-14"],
            |s| {
                let (room, [ann, ben]) = s.room();
                s.expect(ann, Action::Silence(TimeLimit::Heartbeat), ends(&[4201], true));
                s.then();
                s.send(ben, say(room, "my heart beats on"));
            },
        ),
        case(
            "limits/silence-in-no-topic-is-closed-4201",
            "A connection that is in no topic, or has left them all, is closed for silence like any other",
            &["LIMIT-2", "LIMIT-1"],
            |s| {
                let (room, [_ann, ben, cat]) = s.room();
                let dan = s.client();
                s.connect(dan);
                s.send(dan, beat());
                s.send(cat, leave(room));
                s.then();
                for who in [cat, dan] {
                    s.expect(who, Action::Silence(TimeLimit::Heartbeat), ends(&[4201], true));
                }
                s.then();
                s.send(ben, say(room, "my heart beats on"));
            },
        ),
        case(
            "limits/each-connection-has-a-heart-of-its-own",
            "A connection that falls silent is closed, however lively another one of its user is",
            &["LIMIT-2", "LIMIT-1"],
            |s| {
                let (room, [ann, ben]) = s.room();
                let tablet = s.second_device_of(ann);
                s.connect(tablet);
                s.send(tablet, join(room));
                s.then();
                s.expect(tablet, Action::Silence(TimeLimit::Heartbeat), ends(&[4201], true));
                s.wait(ann, TimeLimit::Heartbeat);
                s.then();
                s.focus(ann, say(room, "this one beats on"));
                s.send(ben, say(room, "and so does mine"));
            },
        ),
        case(
            "limits/silence-amid-chatter",
            "A connection that says nothing is closed for silence, however much it is sent meanwhile",
            &["LIMIT-2", "LIMIT-1"],
            |s| {
                // It takes five seconds more than the limit, in which a server may close it.
                s.heavy();
                let (room, [ann, ben]) = s.room();
                s.expect(ann, Action::Silence(TimeLimit::Heartbeat), ends(&[4201], true));
                s.act(ben, Action::Persist(Life::Chats));
                s.then();
                s.send(ben, say(room, "is anybody there?"));
            },
        ),
        life("limits/pings-are-life", "A client that sends only pings is kept", Life::Pings),
        life(
            "limits/empty-pings-are-life",
            "A client that sends only pings without payload is kept",
            Life::EmptyPings,
        ),
        life("limits/pongs-are-life", "A client that sends only pongs is kept", Life::Pongs),
        life(
            "limits/empty-pongs-are-life",
            "A client that sends only pongs without payload is kept",
            Life::EmptyPongs,
        ),
        life(
            "limits/refused-frames-are-life",
            "A client that is only ever refused is kept",
            Life::RefusedFrames,
        ),
        life(
            "limits/malformed-frames-are-life",
            "A client whose frames are all malformed is kept, once one of it was accepted",
            Life::MalformedFrames,
        ),
        life(
            "limits/late-heartbeats-are-life",
            "A client whose heartbeats come only just in time is kept",
            Life::LateHeartbeats,
        ),
        case(
            "limits/handshake-that-never-ends",
            "A connection whose opening handshake is never finished is ended",
            &["SEC-8"],
            |s| {
                let (room, [_ann, ben]) = s.room();
                for bytes in [0, 60] {
                    let head = vec![HeadEdit::CutAt(bytes)];
                    let who = s.device_with(ben, Upgrade { head, ..Upgrade::default() });
                    s.expect(who, Action::Connect, Expect::UpgradeAbandoned);
                }
                s.then();
                s.send(ben, say(room, "we did not wait for them"));
            },
        ),
        case(
            "limits/no-frame-accepted-is-closed-4001",
            "A connection that has had no frame accepted is closed with 4001, neither early nor late",
            &["LIMIT-5", "LIMIT-6", "LIMIT-14"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                let cat = s.client();
                s.connect(cat);
                s.expect(cat, Action::Silence(TimeLimit::Auth), ends(&[4001], true));
                s.then();
                s.send(ann, say(room, "nobody we know"));
            },
        ),
        case(
            "limits/refused-frames-put-nothing-off",
            "A connection whose frames are all refused is closed with 4001 as if it had sent none",
            &["LIMIT-5", "LIMIT-6", "LIMIT-14"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                let cat = s.client();
                s.connect(cat);
                s.expect(cat, Action::Knock, ends(&[4001], true));
                s.then();
                s.send(ann, say(room, "there was a knock at the door"));
            },
        ),
    ]
}

fn life(id: &'static str, title: &'static str, life: Life) -> Case {
    case(id, title, &["LIMIT-3", "LIMIT-1"], |s| {
        let (room, [ann, ben]) = s.room();
        let expect = match life {
            Life::RefusedFrames => {
                Expect::Refused { code: 501, reason: "unknown_type".into(), answer_type: 99 }
            }
            Life::MalformedFrames => {
                Expect::Refused { code: 400, reason: "malformed_envelope".into(), answer_type: 1 }
            }
            _ => Expect::Derived,
        };
        s.expect(ann, Action::Persist(life), expect);
        s.then();
        s.focus(ann, beat());
        s.send(ben, say(room, "still there?"));
    })
}

fn sizes() -> Vec<Case> {
    vec![
        case(
            "limits/message-of-the-limit-is-accepted",
            "A message of just maxMessageBytes is accepted, whole and in fragments",
            &["LIMIT-7"],
            |s| {
                let (room, [ann, _ben]) = s.room();
                s.focus(ann, say_up_to_limit(room, "just as long as it may be", 0));
                let mut fragmented = say_up_to_limit(room, "in pieces", 0);
                fragmented.fragments = Some(1000);
                s.focus(ann, fragmented);
            },
        ),
        oversize(
            "limits/one-byte-too-many-is-closed-1009",
            "A message of one byte more is closed with 1009",
            1,
        ),
        too_large(
            "limits/bytes-are-counted-and-not-characters",
            "A message of Chinese is closed with 1009 where its bytes are too many, though its characters are not",
            &["LIMIT-8"],
            vec![WireFrame::new(opcode::TEXT, Payload::FilledToLimit('字', 3))],
        ),
        oversize("limits/much-too-much-is-closed-1009", "A message of far more is closed with 1009", 100_000),
        too_large(
            "limits/fragments-of-one-byte-too-many",
            "Fragments that are one byte too many together are closed with 1009",
            &["LIMIT-8"],
            vec![fill(opcode::TEXT, 0).unfinished(), WireFrame::more("x")],
        ),
        too_large(
            "limits/halves-that-are-too-large-together",
            "Two fragments, each within the limit, are closed with 1009 where they are beyond it together",
            &["LIMIT-8"],
            vec![fill(opcode::TEXT, -1).unfinished(), fill(opcode::CONTINUATION, -1)],
        ),
        too_large(
            "limits/announced-length-is-not-waited-for",
            "A frame that announces one byte too many is closed with 1009 before its payload comes",
            &["SEC-7"],
            vec![WireFrame::text("").long(LengthForm::AnnouncedOverLimit(1))],
        ),
        too_large(
            "limits/announced-length-of-2-to-the-62",
            "A frame that announces 2^62 bytes is closed with 1009 before its payload comes",
            &["SEC-7"],
            vec![WireFrame::text("{}").long(LengthForm::Announced(1 << 62))],
        ),
        too_large(
            "limits/fragments-are-counted-as-they-come",
            "Fragments beyond the limit are closed with 1009 before the last one comes",
            &["SEC-7"],
            vec![fill(opcode::TEXT, 0).unfinished(), WireFrame::more("x").unfinished()],
        ),
        case(
            "limits/inflated-size-counts",
            "A message that unpacks to more than the limit is closed with 1009, however small it came",
            &["LIMIT-8", "WS-6"],
            |s| {
                let (room, [_ann, ben]) = s.room();
                let offer = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";
                let head = vec![HeadEdit::Add("Sec-WebSocket-Extensions".into(), offer.into())];
                let cat = s.client_with(Upgrade { head, ..Upgrade::default() });
                s.connect(cat);
                s.send(cat, join(room));
                s.then();
                s.ends(cat, RawFrame::OversizeDeflated(100_000), &[1009], true);
                s.then();
                s.send(ben, say(room, "that was a big one"));
            },
        ),
    ]
}

fn fill(opcode: u8, over: i64) -> WireFrame {
    WireFrame::new(opcode, Payload::SpacesToLimit(over))
}

fn too_large(
    id: &'static str,
    title: &'static str,
    requirements: &'static [&'static str],
    frames: Vec<WireFrame>,
) -> Case {
    case(id, title, requirements, |s| {
        let (room, [_ann, ben, cat]) = s.room();
        s.ends(cat, RawFrame::Wire(frames.into_iter().map(Piece::Frame).collect()), &[1009], true);
        s.then();
        s.connect(cat);
        s.send(cat, join(room));
        s.then();
        s.send(ben, say(room, "be brief"));
    })
}

fn oversize(id: &'static str, title: &'static str, over: usize) -> Case {
    case(id, title, &["LIMIT-8"], |s| {
        let (room, [_ann, ben, cat]) = s.room();
        s.ends(cat, RawFrame::Oversize(over), &[1009], true);
        s.then();
        s.connect(cat);
        s.send(cat, join(room));
        s.then();
        s.send(ben, say(room, "be brief"));
    })
}

fn queues() -> Vec<Case> {
    let stalled = |id, title, requirements, expect: Expect| {
        case(id, title, requirements, move |s| {
            s.about(Property::Delivery);
            s.about(Property::Ending);
            let (room, [ann, ben]) = s.room();
            let cat = s.client_with(Upgrade { small_buffer: true, ..Upgrade::default() });
            s.connect(cat);
            s.send(cat, join(room));
            s.then();
            s.act(cat, Action::StopReading);
            for _ in 0..FILLINGS {
                s.act(ann, Action::FillQueue(say_up_to_limit(room, "a long story", 0)));
                s.then();
            }
            s.focus(ben, say(room, "I have read it all"));
            s.then();
            s.expect(cat, Action::ReadOn, expect);
        })
    };
    vec![stalled(
        "limits/a-client-that-does-not-read",
        "A client that does not read delays nobody, is ended once its queue is full, and with no other code than 4101",
        &["LIMIT-10", "LIMIT-9", "LIMIT-11", "LIMIT-13"],
        ends(&[4101], false),
    )]
}
