//! Faults of those that read and write close frames.

use std::{collections::BTreeSet, time::Duration};

use super::{
    Fault,
    behaviour::{Act, lose, on},
    bytes::{Gathered, fragments},
    transport::{down, up},
    wire::{self, Kind, Way},
    world::ConnectionId,
};

/// Close frames with such a body are dropped, and the connection goes on.
macro_rules! closes_unheard {
    ($name:literal, $about:literal, $filter:expr) => {
        Fault {
            name: $name,
            breaks: &["WS-15"],
            about: concat!("A close frame ", $about, " is dropped, and the connection goes on."),
            behaviour: || {
                lose(|_, seen| {
                    let filter: fn(&[u8]) -> bool = $filter;
                    up(seen, Kind::Close) && filter(seen.payload)
                })
            },
        }
    };
}

pub(super) const FAULTS: &[Fault] = &[
    // Close frames.
    closes_unheard!("long-goodbyes-unanswered", "with a reason of 100 bytes", |body| body.len() > 100),
    closes_unheard!("private-goodbyes-unanswered", "with a code from 3000", |body| code(body) >= 3000),
    closes_unheard!("forbidden-close-codes-ignored", "with a code that may not be sent", |body| {
        body.len() >= 2 && !matches!(code(body), 1000..=1003 | 1007..=1014 | 3000..=4999)
    }),
    closes_unheard!("half-close-codes-ignored", "with half a code", |body| body.len() == 1),
    closes_unheard!("close-reasons-not-utf8-ignored", "whose reason is not UTF-8", |body| {
        std::str::from_utf8(body.get(2..).unwrap_or_default()).is_err()
    }),
    Fault {
        name: "close-inside-a-message-ignored",
        breaks: &["WS-15"],
        about: "A close frame between the fragments of a message is dropped.",
        behaviour: || {
            fragments(|seen, gathered, _| match gathered {
                Gathered::Inside if seen.kind == Kind::Close => Some(Vec::new()),
                _ => None,
            })
        },
    },
    Fault {
        name: "frames-behind-a-close-answered",
        breaks: &["WS-15"],
        about: "What comes right behind a close frame is handled before the close frame is.",
        behaviour: || on(|_, seen| up(seen, Kind::Close).then(|| vec![Act::Hold(Duration::from_millis(60))])),
    },
    Fault {
        name: "close-and-end-unanswered",
        breaks: &["WS-15"],
        about: "A close frame right before the end of the stream gets no answer, only the end of the connection.",
        behaviour: || {
            let mut ended = BTreeSet::<ConnectionId>::new();
            on(move |_, seen| {
                if up(seen, Kind::Close) {
                    // The end is seen before the close frame's answer is.
                    return Some(vec![Act::Hold(Duration::from_millis(60))]);
                }
                if up(seen, Kind::End) {
                    ended.insert(seen.connection);
                }
                (down(seen, Kind::Close) && ended.contains(&seen.connection)).then(Vec::new)
            })
        },
    },
    Fault {
        name: "closes-with-1005",
        breaks: &["WS-15", "WS-9"],
        about: "The server's close frames have the code 1005, which may not be sent.",
        behaviour: || {
            on(|_, seen| down(seen, Kind::Close).then(|| vec![Act::Bytes(wire::close(Way::Down, 1005))]))
        },
    },
];

/// The code of a close frame with this body.
fn code(body: &[u8]) -> u16 {
    body.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code))
}
