//! A frame is lost, comes twice, too late, or to somebody else.

use roomwire_conformance::transcript::{Event, Leaving, Transcript, What};
use serde_json::Value;

use super::{Mutant, end, frame_of, place_of};

pub(super) fn mutate(right: &Transcript, tick: usize, frame: &Value, all: &mut Vec<Mutant>) {
    // A second is left for what is said of a user who was lost, and a server need not say it at all where it is back.
    if frame["code"] == 206 && has_losses(right) {
        return;
    }
    let mut spoil = |what: &str, spoil: &dyn Fn(&mut Vec<Event>)| {
        all.push(Mutant::of(right, what, place_of(tick, frame), spoil));
    };
    if !is_last_before_a_loss(right, tick) {
        spoil("the loss", &|events| drop(events.remove(tick)));
    }
    // One more list than was asked for does no harm.
    if frame["code"] != 205 || frame.get("id").is_some() {
        spoil("the doubling", &|events| events.insert(tick + 1, events[tick].clone()));
    }
    let connection = right.events[tick].connection.unwrap();
    let open = |other: usize| {
        let opened = right.events[..tick].iter();
        other != connection
            && opened.clone().any(|e| e.connection == Some(other) && matches!(e.what, What::Opened { .. }))
            && !opened.clone().any(|e| e.connection == Some(other) && matches!(e.what, What::Ended { .. }))
    };
    if let Some(other) = (0..8).find(|other| open(*other)) {
        spoil("the straying", &|events| events[tick].connection = Some(other));
    }
    let behind = (tick + 1..end(right)).find(|&later| {
        right.events[later].connection == Some(connection) && frame_of(&right.events[later]).is_some()
    });
    if let Some(later) = behind
        && must_not_swap(frame, &frame_of(&right.events[later]).unwrap())
    {
        spoil("the swap with the next", &|events| {
            let (one, other) = (events[tick].what.clone(), events[later].what.clone());
            (events[tick].what, events[later].what) = (other, one);
        });
    }
}

fn is_loss(event: &Event) -> bool {
    matches!(event.what, What::Leaving { how: Leaving::Fin | Leaving::Reset, .. })
}

/// Whether a client drops a socket.
pub(super) fn has_losses(right: &Transcript) -> bool {
    right.events.iter().any(is_loss)
}

/// Whether nothing comes on the connection any more before its client drops it: such a client is owed nothing.
fn is_last_before_a_loss(right: &Transcript, tick: usize) -> bool {
    let connection = right.events[tick].connection;
    let mut behind = right.events[tick + 1..].iter().filter(|event| event.connection == connection);
    behind.find(|event| is_loss(event) || frame_of(event).is_some()).is_some_and(is_loss)
}

/// Whether the order of two frames on a connection is laid down.
fn must_not_swap(one: &Value, other: &Value) -> bool {
    let code = |frame: &Value| frame["code"].as_i64().unwrap();
    let is_answer = |frame: &Value| matches!(code(frame), 100 | 201 | 202 | 204 | 400..);
    match (code(one), code(other)) {
        (200, 200) => one["topic"] == other["topic"],
        (201, 205) => true,
        _ => is_answer(one) && is_answer(other),
    }
}
