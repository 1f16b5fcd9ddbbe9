//! Chapter 10: time limits, sizes, clients that do not read.

use crate::case::Case;
use crate::check::Property;
use crate::program::{Action, Expect, Life, RawFrame, TimeLimit, Upgrade};
use crate::script::{beat, case, join, say, say_up_to_limit};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = times();
    cases.extend(sizes());
    cases.extend(queues());
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
        life("limits/pings-are-life", "A client that sends only pings is kept", Life::Pings),
        life("limits/pongs-are-life", "A client that sends only pongs is kept", Life::Pongs),
        life(
            "limits/refused-frames-are-life",
            "A client that is only ever refused is kept",
            Life::RefusedFrames,
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
    ]
}

fn life(id: &'static str, title: &'static str, life: Life) -> Case {
    case(id, title, &["LIMIT-3", "LIMIT-1"], |s| {
        let (room, [ann, ben]) = s.room();
        let expect = match life {
            Life::Pings | Life::Pongs => Expect::Derived,
            Life::RefusedFrames => {
                Expect::Refused { code: 501, reason: "unknown_type".into(), answer_type: 99 }
            }
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
        oversize("limits/much-too-much-is-closed-1009", "A message of far more is closed with 1009", 100_000),
    ]
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

/// Bursts of so many messages of the largest size, so many times with a fence in between: enough to fill the
/// default queue and what the network holds, and never so much at once that a client that reads falls behind.
const BURST: usize = 4;
const BURSTS: usize = 48;

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
            for _ in 0..BURSTS {
                s.act(ann, Action::Burst(say_up_to_limit(room, "a long story", 0), BURST));
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
