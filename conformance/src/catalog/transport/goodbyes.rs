//! Close frames of every kind, and what comes behind them.

use crate::case::Case;
use crate::program::{Action, Expect, Piece, RawFrame, WireFrame, close_body};
use crate::script::{case, join, say};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = right();
    cases.extend(wrong());
    cases
}

/// Clients that say goodbye, each in its way; those who stay must not notice.
fn goodbyes(
    id: &'static str,
    title: &'static str,
    by_close_frame: bool,
    goodbyes: impl IntoIterator<Item = Vec<Piece>>,
) -> Case {
    case(id, title, &["WS-15"], |s| {
        let (room, [ann, ben]) = s.room();
        let first = s.client();
        for pieces in goodbyes {
            let who = s.second_device_of(first);
            s.connect(who);
            s.send(who, join(room));
            s.then();
            s.ends(who, RawFrame::Wire(pieces), &[], by_close_frame);
            s.send(ann, say(room, "goodbye"));
            s.then();
        }
        s.send(ben, say(room, "and life goes on"));
    })
}

fn close(code: u16, reason: &[u8]) -> Piece {
    Piece::Frame(WireFrame::close(close_body(code, reason)))
}

fn right() -> Vec<Case> {
    let emoji = "🦜".repeat(30);
    vec![
        case(
            "transport/close-codes-are-answered",
            "A close frame with any code that may be sent is answered with a close frame",
            &["WS-15", "LIMIT-14"],
            |s| {
                let (room, [ann, ben]) = s.room();
                for code in [1001, 1008, 3000, 4000, 4999] {
                    let who = s.second_device_of(ben);
                    s.connect(who);
                    s.send(who, join(room));
                    s.expect(who, Action::Close(Some(code)), Expect::Derived);
                }
                s.then();
                s.send(ann, say(room, "all gone"));
            },
        ),
        goodbyes(
            "transport/close-with-a-reason",
            "A close frame with a reason, up to the 123 bytes that it may have, is answered",
            true,
            [b"bye".to_vec(), emoji.into_bytes(), vec![b'x'; 123]].map(|reason| vec![close(1000, &reason)]),
        ),
        goodbyes(
            "transport/close-inside-a-message",
            "A close frame between the fragments of a message is answered, and the message is forgotten",
            true,
            [vec![Piece::Frame(WireFrame::text("{").unfinished()), close(1000, b"")]],
        ),
        goodbyes(
            "transport/close-in-two-segments",
            "A close frame that comes in two segments is answered",
            true,
            // Its mask is 1, 2, 3, 4, and its code 1000.
            [vec![
                Piece::Bytes(vec![0x88, 0x82, 1, 2, 3]),
                Piece::Cut,
                Piece::Bytes(vec![4, 0x03 ^ 1, 0xE8 ^ 2]),
            ]],
        ),
        goodbyes(
            "transport/frames-behind-a-close-are-ignored",
            "What comes behind a close frame is neither handled nor answered",
            true,
            [vec![
                close(1000, b""),
                Piece::Frame(WireFrame::text("{}")),
                Piece::Frame(WireFrame::text("not even JSON")),
            ]],
        ),
        goodbyes(
            "transport/close-and-the-end-of-the-stream",
            "A close frame right before the end of the client's side of the stream is answered",
            true,
            [vec![close(1000, b""), Piece::Fin]],
        ),
    ]
}

fn wrong() -> Vec<Case> {
    vec![
        goodbyes(
            "transport/close-codes-that-may-not-be-sent",
            "A close frame with a code that may not be sent ends the connection",
            false,
            [0, 999, 1004, 1005, 1006, 1015, 5000, 65535].map(|code| vec![close(code, b"")]),
        ),
        goodbyes(
            "transport/close-with-half-a-code",
            "A close frame with a body of one byte ends the connection",
            false,
            [vec![Piece::Frame(WireFrame::close(vec![3]))]],
        ),
        goodbyes(
            "transport/close-reason-not-utf8",
            "A close frame whose reason is not UTF-8 ends the connection",
            false,
            [vec![close(1000, &[0xC3, 0x28])]],
        ),
    ]
}
