//! When a connection certainly was in a topic, and when it possibly was.

use std::collections::HashMap;

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
    /// `since.seq` of the join, where the 201 says that what was missed is replayed.
    pub(crate) replayed_behind: Option<i64>,
    /// Whether the join had a `since`.
    pub(crate) with_since: bool,
    /// When the leave was sent, or the connection was closed or lost: it certainly is a member until here.
    pub(crate) leave_sent: Option<Tick>,
    /// When the 204 came, or the stream ended: it possibly is a member until here.
    pub(crate) left: Option<Tick>,
}

impl Membership {
    /// A stay that there may have been: of its join no more is known than that it was sent.
    fn attempt(topic: &str, join_sent: Tick) -> Self {
        Self {
            topic: topic.to_owned(),
            join_sent,
            joined: Tick::MAX,
            seq: None,
            epoch: None,
            replayed_behind: None,
            with_since: false,
            leave_sent: None,
            left: None,
        }
    }

    /// Whether its 201 came at all; where not, there may have been no such stay.
    pub(crate) fn was_joined(&self) -> bool {
        self.joined != Tick::MAX
    }

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
        let mut attempts: Vec<Membership> = Vec::new();
        let line = &view.lines[number];
        for &request in &line.requests {
            let sent = &view.requests[request];
            let Some(topic) = &sent.topic else { continue };
            let current = stays.iter_mut().find(|stay| stay.topic == *topic && stay.left.is_none());
            let Some(answer) = sent.answer(view) else {
                match (sent.kind, current) {
                    // Nobody knows whether it was handled before the connection was over.
                    (Some(3), None) => attempts.push(Membership::attempt(topic, sent.tick)),
                    // The same behind a leave that nobody knows of either: then there may have been a stay more.
                    (Some(3), Some(stay)) if stay.leave_sent.is_some() => {
                        attempts.push(Membership::attempt(topic, sent.tick));
                    }
                    (Some(6), Some(stay)) => stay.leave_sent = stay.leave_sent.or(Some(sent.tick)),
                    _ => {}
                }
                continue;
            };
            match (sent.kind, answer.code(), current) {
                (Some(3), Some(201), None) => stays.push(Membership {
                    topic: topic.clone(),
                    join_sent: sent.tick,
                    joined: answer.tick,
                    seq: integer(&answer.data["seq"]),
                    epoch: answer.data["epoch"].as_str().map(str::to_owned),
                    replayed_behind: integer(&sent.payload["since"]["seq"])
                        .filter(|_| answer.data["recovered"] == true),
                    with_since: sent.payload.get("since").is_some(),
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
        // When a server ends a connection of its own accord nobody sees. It was still there when a request came to it
        // that it has answered; what else it said may have been on its way for as long as what others hear of the end.
        let over = line.over();
        let ended_by_server = line.leaving.is_none() && line.abandoned.is_none();
        let heard = line.requests.iter().rev().map(|&request| &view.requests[request]);
        let mut heard = heard.filter(|sent| sent.answer(view).is_some()).map(|sent| sent.tick);
        let heard = over.filter(|_| ended_by_server).and_then(|over| heard.find(|tick| *tick < over));
        // And where it was given a reason to end it, its last words may have been on their way since before it did.
        let provoked = line.provoked(&view.requests).filter(|_| line.ended.is_some());
        let going = line.leaving.map(|(tick, ..)| tick).into_iter();
        // What is still owed to one of whom the spec leaves open what comes, nobody can say.
        let left_open = line.left_open_since(&view.requests);
        let going = going.chain(over).chain(heard).chain(stopped).chain(provoked).chain(left_open).min();
        // A socket that the client dropped is gone when the server takes note of it, which nobody sees.
        let gone = line.ended.filter(|(_, how)| **how != End::Dropped).map(|(tick, _)| tick);
        for stay in stays.iter_mut().filter(|stay| stay.left.is_none()) {
            (stay.leave_sent, stay.left) = (stay.leave_sent.into_iter().chain(going).min(), gone);
        }
        for attempt in &mut attempts {
            (attempt.leave_sent, attempt.left) = (Some(attempt.join_sent), gone);
        }
        view.lines[number].memberships = stays;
        view.lines[number].attempts = attempts;
    }
}

/// Finds for each frame of a topic the stay during which it came.
pub(super) fn place_frames(view: &mut View<'_>) {
    for number in 0..view.lines.len() {
        // The stays of a topic do not overlap, and come in order: the last that had begun is the one.
        let mut by_topic: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, stay) in view.lines[number].memberships.iter().enumerate() {
            by_topic.entry(stay.topic.clone()).or_default().push(index);
        }
        let mut chats_of_stay = vec![Vec::new(); view.lines[number].memberships.len()];
        for position in 0..view.lines[number].frames.len() {
            let frame = view.lines[number].frames[position];
            let Some(stays) = view.frames[frame].of_topic().and_then(|topic| by_topic.get(topic)) else {
                continue;
            };
            let (tick, memberships) = (view.frames[frame].tick, &view.lines[number].memberships);
            let begun = stays.partition_point(|&stay| memberships[stay].joined < tick);
            let last = begun.checked_sub(1).map(|last| stays[last]);
            let stay = last.filter(|&stay| memberships[stay].left.is_none_or(|left| tick < left));
            view.frames[frame].stay = stay;
            if let Some(stay) = stay.filter(|_| view.frames[frame].is_chat()) {
                chats_of_stay[stay].push(frame);
            }
        }
        view.lines[number].chats_of_stay = chats_of_stay;
    }
}
