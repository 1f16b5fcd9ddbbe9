//! Frames against RFC 6455, after which the connection must end; the bystanders must not notice.

use crate::case::Case;
use crate::program::{LengthForm, Payload, Piece, RawFrame, WireFrame, opcode};

use super::breach;
use crate::script::{beat, case, join, say};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = bits();
    cases.extend(in_a_row());
    cases.extend(control_frames());
    cases.extend(fragments());
    cases.extend(texts());
    cases
}

/// The connection must end, by whatever code or none.
fn ends(id: &'static str, title: &'static str, frames: impl Into<Vec<WireFrame>>) -> Case {
    let wire = wire(frames);
    breach(id, title, &["WS-12"], move |s, _, who| s.ends(who, wire, &[], false))
}

/// Each of these on a connection of its own, which must end.
fn each_ends(
    id: &'static str,
    title: &'static str,
    (requirements, codes): (&'static [&'static str], &'static [u16]),
    attacks: Vec<RawFrame>,
) -> Case {
    case(id, title, requirements, |s| {
        let (room, [ann, ben]) = s.room();
        let attackers: Vec<_> = attacks.iter().map(|_| s.second_device_of(ben)).collect();
        for &who in &attackers {
            s.connect(who);
            s.send(who, join(room));
        }
        s.then();
        for (&who, attack) in attackers.iter().zip(attacks) {
            s.ends(who, attack, codes, !codes.is_empty());
        }
        s.then();
        s.send(ann, say(room, "did you see that?"));
        s.send(ben, say(room, "I did not"));
    })
}

/// The connection should end with 1002.
fn closes_1002(id: &'static str, title: &'static str, frames: impl Into<Vec<WireFrame>>) -> Case {
    let wire = wire(frames);
    breach(id, title, &["WS-13"], move |s, _, who| s.ends(who, wire, &[1002], true))
}

fn wire(frames: impl Into<Vec<WireFrame>>) -> RawFrame {
    RawFrame::Wire(frames.into().into_iter().map(Piece::Frame).collect())
}

fn of(opcode: u8) -> WireFrame {
    WireFrame::new(opcode, Payload::Text("{}".into()))
}

fn bits() -> Vec<Case> {
    let text = || WireFrame::text("{}");
    vec![
        ends(
            "transport/second-reserved-bit",
            "RSV2, which no extension knows, ends the connection",
            [text().reserved(2)],
        ),
        ends(
            "transport/third-reserved-bit",
            "RSV3, which no extension knows, ends the connection",
            [text().reserved(1)],
        ),
        ends(
            "transport/reserved-bit-of-a-ping",
            "A reserved bit of a control frame ends the connection",
            [of(opcode::PING).reserved(4)],
        ),
        ends(
            "transport/reserved-bit-of-a-continuation",
            "A reserved bit of a later fragment ends the connection",
            [text().unfinished(), WireFrame::more(" ").reserved(4)],
        ),
        ends("transport/last-reserved-data-opcode", "The opcode 7 ends the connection", [of(7)]),
        ends("transport/reserved-control-opcode", "The opcode 11 ends the connection", [of(11)]),
        ends("transport/last-reserved-control-opcode", "The opcode 15 ends the connection", [of(15)]),
        ends(
            "transport/text-without-mask",
            "A text frame without a mask ends the connection",
            [text().unmasked()],
        ),
        ends(
            "transport/ping-without-mask",
            "A ping without a mask ends the connection",
            [of(opcode::PING).unmasked()],
        ),
        ends(
            "transport/later-fragment-without-mask",
            "A later fragment without a mask ends the connection",
            [text().unfinished(), WireFrame::more(" ").unmasked()],
        ),
        closes_1002(
            "transport/text-without-mask-is-closed-1002",
            "A frame without a mask is answered with 1002",
            [text().unmasked()],
        ),
        closes_1002(
            "transport/reserved-bit-is-closed-1002",
            "A reserved bit is answered with 1002",
            [text().reserved(1)],
        ),
    ]
}

/// What every reserved thing comes to, one by one: a server may know some and forget others.
fn in_a_row() -> Vec<Case> {
    let frame = |frame: WireFrame| wire([frame]);
    // A close frame ends the connection however it is spoilt.
    let controls = [opcode::PING, opcode::PONG];
    let bits = [opcode::TEXT, opcode::PING, opcode::PONG]
        .into_iter()
        .flat_map(|code| [4, 2, 1].map(|bits| frame(of(code).reserved(bits))));
    let far = |place: usize| RawFrame::TextBytes([&vec![b' '; place][..], &[0xFF], b"{}"].concat());
    vec![
        each_ends(
            "transport/every-reserved-opcode",
            "Each of the ten reserved opcodes ends the connection",
            (&["WS-12"], &[]),
            (3..=7).chain(11..=15).map(|code| frame(of(code))).collect(),
        ),
        each_ends(
            "transport/every-reserved-bit",
            "Each of the three reserved bits ends the connection, on a message, a ping and a pong",
            (&["WS-12"], &[]),
            bits.collect(),
        ),
        each_ends(
            "transport/every-frame-without-a-mask",
            "A frame without a mask ends the connection, whatever its kind, and though it has no payload",
            (&["WS-12"], &[]),
            controls
                .into_iter()
                .chain([opcode::TEXT])
                .flat_map(|code| {
                    let empty = WireFrame::new(code, Payload::Text(String::new()));
                    [of(code), empty].map(|one| frame(one.unmasked()))
                })
                .collect(),
        ),
        each_ends(
            "transport/every-control-frame-that-is-not-the-last",
            "A ping or a pong without FIN ends the connection",
            (&["WS-12"], &[]),
            controls.into_iter().map(|code| frame(of(code).unfinished())).collect(),
        ),
        each_ends(
            "transport/every-binary-message-is-closed-1003",
            "A binary message is answered with 1003, be it empty, in fragments, or the text of a good frame",
            (&["WS-9"], &[1003]),
            vec![
                RawFrame::Binary(Vec::new()),
                RawFrame::Binary(br#"{"token":"t","type":1,"payLoad":""}"#.to_vec()),
                wire([of(opcode::BINARY).unfinished(), WireFrame::more("{}")]),
            ],
        ),
        each_ends(
            "transport/utf8-is-checked-to-the-end",
            "Text that is not UTF-8 ends the connection, however far behind its beginning the fault is",
            (&["WS-10"], &[]),
            vec![far(5_000), far(9_000), far(20_000), far(60_000)],
        ),
    ]
}

fn control_frames() -> Vec<Case> {
    let long = |opcode| WireFrame::new(opcode, Payload::Spaces(126));
    vec![
        ends(
            "transport/ping-in-fragments",
            "A ping that is fragmented ends the connection",
            [of(opcode::PING).unfinished(), WireFrame::more("{}")],
        ),
        ends(
            "transport/half-a-ping",
            "A ping that is not the last of its fragments ends the connection, whether or not more of it comes",
            [of(opcode::PING).unfinished()],
        ),
        ends(
            "transport/pong-in-fragments",
            "A pong that is fragmented ends the connection",
            [of(opcode::PONG).unfinished(), WireFrame::more("{}")],
        ),
        ends(
            "transport/ping-of-126-bytes",
            "A ping of more than 125 bytes ends the connection",
            [long(opcode::PING)],
        ),
        ends(
            "transport/pong-of-126-bytes",
            "A pong of more than 125 bytes ends the connection",
            [long(opcode::PONG)],
        ),
        ends(
            "transport/ping-of-65536-bytes",
            "A ping whose length takes 64 bits ends the connection",
            [WireFrame::new(opcode::PING, Payload::Spaces(65_536))],
        ),
        ends(
            "transport/close-of-126-bytes",
            "A close frame with a reason of more than 123 bytes ends the connection",
            [WireFrame::close([&[0x03, 0xE8][..], &[b'x'; 124]].concat())],
        ),
        closes_1002(
            "transport/long-ping-is-closed-1002",
            "A ping of 126 bytes is answered with 1002",
            [long(opcode::PING)],
        ),
    ]
}

fn fragments() -> Vec<Case> {
    let begun = || WireFrame::text("{").unfinished();
    vec![
        ends(
            "transport/text-inside-a-message",
            "A new text message inside a fragmented one ends the connection",
            [begun(), WireFrame::text("{}")],
        ),
        ends(
            "transport/binary-inside-a-message",
            "A binary message inside a fragmented text ends the connection",
            [begun(), of(opcode::BINARY)],
        ),
        breach(
            "transport/continuation-behind-a-message",
            "A continuation behind the last fragment of a message ends the connection",
            &["WS-12"],
            |s, _, who| {
                let mut whole = beat();
                whole.fragments = Some(10);
                s.send(who, whole);
                s.ends(who, wire([WireFrame::more("}")]), &[], false);
            },
        ),
        ends(
            "transport/unfinished-continuation-of-nothing",
            "A continuation of nothing that announces more ends the connection",
            [WireFrame::more("{").unfinished(), WireFrame::more("}")],
        ),
        closes_1002(
            "transport/text-inside-a-message-is-closed-1002",
            "A new message inside a fragmented one is answered with 1002",
            [begun(), WireFrame::text("{}")],
        ),
    ]
}

/// Text that is not UTF-8.
fn texts() -> Vec<Case> {
    let not_utf8 = |id, title, bytes: &[u8]| {
        let frame = RawFrame::TextBytes([b"{\"", bytes, b"\":1}"].concat());
        breach(id, title, &["WS-10"], move |s, _, who| s.ends(who, frame, &[], false))
    };
    let bytes = |opcode, bytes: &[u8]| WireFrame::new(opcode, Payload::Bytes(bytes.into()));
    // 0xE4 0xBD 0xA0 is one character.
    let split = move |last: u8| {
        wire([bytes(opcode::TEXT, b"{\"\xE4\xBD").unfinished(), bytes(opcode::CONTINUATION, &[last, b'}'])])
    };
    let unfinished = move || {
        wire([
            bytes(opcode::TEXT, b"{\"a\":\"").unfinished(),
            bytes(opcode::CONTINUATION, b"b\"}\xF0\x9F\xA6"),
        ])
    };
    vec![
        not_utf8(
            "transport/utf8-overlong",
            "An overlong spelling of a character is not UTF-8",
            &[0xC0, 0xAF],
        ),
        not_utf8(
            "transport/utf8-surrogate",
            "A surrogate is not UTF-8, alone or in a pair",
            &[0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80],
        ),
        not_utf8(
            "transport/utf8-beyond-unicode",
            "A number beyond U+10FFFF is not UTF-8",
            &[0xF4, 0x90, 0x80, 0x80],
        ),
        not_utf8("transport/utf8-never", "The byte 0xFF is in no UTF-8", &[0xFF]),
        breach(
            "transport/utf8-broken-between-fragments",
            "A character that breaks between two fragments ends the connection",
            &["WS-10"],
            move |s, _, who| s.ends(who, split(b'x'), &[], false),
        ),
        breach(
            "transport/utf8-broken-between-fragments-is-closed-1007",
            "A character that breaks between two fragments is answered with 1007",
            &["WS-11"],
            move |s, _, who| s.ends(who, split(0xFF), &[1007], true),
        ),
        breach(
            "transport/utf8-cut-off-in-the-last-fragment",
            "A message whose last fragment ends within a character ends the connection",
            &["WS-10"],
            move |s, _, who| s.ends(who, unfinished(), &[], false),
        ),
        breach(
            "transport/length-with-the-highest-bit",
            "A length of 2^63, whose highest bit may not be set, is not waited for",
            &["SEC-7"],
            |s, _, who| {
                let frame = WireFrame::text("").long(LengthForm::Announced(1 << 63));
                s.ends(who, wire([frame]), &[1002, 1009], true);
            },
        ),
    ]
}
