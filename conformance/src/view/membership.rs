//! When a connection certainly was in a topic, and when it possibly was.

use super::{Tick, View, integer};
use crate::transcript::End;

/// One stay of one connection in one topic.
#[derive(Debug, Clone)]
pub(crate) struct Membership {
    pub(crate) topic: String,
    /// When the join was sent: from here on the connection may be a member.
    pub(crate) join_sent: Tick,
    /// When its 201 came: from here on it certainly is one.
    pub(crate) joined: Tick,
    /// `seq` of the 201.
    pub(crate) seq: Option<i64>,
    /// `epoch` of the 201.
    pub(crate) epoch: Option<String>,
    /// When the leave was sent, or the connection was closed or lost: it certainly is a member until here.
    pub(crate) leave_sent: Option<Tick>,
    /// When the 204 came, or the stream ended: it possibly is a member until here.
    pub(crate) left: Option<Tick>,
}

impl Membership {
    /// Whether the connection certainly was a member throughout.
    pub(crate) fn certain(&self, from: Tick, to: Tick) -> bool {
        self.joined < from && self.leave_sent.is_none_or(|left| to < left)
    }

    /// Whether it may have been one then.
    pub(crate) fn possible(&self, at: Tick) -> bool {
        self.join_sent < at && self.left.is_none_or(|left| at < left)
    }
}

/// Derives the memberships of all connections from the answers to their joins and leaves.
pub(super) fn derive(view: &mut View<'_>) {
    for number in 0..view.lines.len() {
        let mut stays: Vec<Membership> = Vec::new();
        let line = &view.lines[number];
        for &request in &line.requests {
            let sent = &view.requests[request];
            let (Some(topic), Some(answer)) = (&sent.topic, sent.answer(view)) else { continue };
            let current = stays.iter_mut().find(|stay| stay.topic == *topic && stay.left.is_none());
            match (sent.kind, answer.code(), current) {
                (Some(3), Some(201), None) => stays.push(Membership {
                    topic: topic.clone(),
                    join_sent: sent.tick,
                    joined: answer.tick,
                    seq: integer(&answer.data["seq"]),
                    epoch: answer.data["epoch"].as_str().map(str::to_owned),
                    leave_sent: None,
                    left: None,
                }),
                (Some(6), Some(204), Some(stay)) => {
                    (stay.leave_sent, stay.left) = (Some(sent.tick), Some(answer.tick));
                }
                _ => {}
            }
        }
        // A connection that closes stays possible until the stream has ended: until then a chat that was
        // under way may still arrive.
        // One that stopped reading and was ended for it is owed nothing from when it stopped.
        let stopped = line.stopped_reading.filter(|_| line.ended.is_some());
        let going = line.leaving.map(|(tick, ..)| tick).into_iter().chain(line.over()).chain(stopped).min();
        // A socket that the client dropped is gone when the server takes note of it, which nobody sees.
        let gone = line.ended.filter(|(_, how)| **how != End::Dropped).map(|(tick, _)| tick);
        for stay in stays.iter_mut().filter(|stay| stay.left.is_none()) {
            (stay.leave_sent, stay.left) = (going, gone);
        }
        view.lines[number].memberships = stays;
    }
}
