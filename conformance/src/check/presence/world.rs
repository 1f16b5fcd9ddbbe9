//! Who was on the list of a topic when, as far as joins, leaves and ends tell.

use std::collections::{BTreeSet, HashMap};

use crate::subject::PRESENCE_MS;
use crate::transcript::End;
use crate::view::{Membership, Sent, Tick, View};

/// A stay of some connection, as it concerns lists.
pub(super) struct Listed<'v> {
    pub(super) user: &'v str,
    pub(super) stay: &'v Membership,
    /// Until when, in microseconds, the user may be listed on account of it; `None`: to the end.
    pub(super) until_us: Option<u64>,
    /// Whether it ended by a loss, and not by a leave.
    pub(super) lost: bool,
    pub(super) line: usize,
}

pub(super) struct World<'v, 'a> {
    pub(super) view: &'v View<'a>,
    by_topic: HashMap<&'v str, Vec<Listed<'v>>>,
    /// The joins of each topic, in the order of sending.
    joins: HashMap<&'v str, Vec<&'v Sent<'a>>>,
    pub(super) grace_us: u64,
}

impl<'v, 'a> World<'v, 'a> {
    pub(super) fn new(view: &'v View<'a>) -> Self {
        let grace_us = 1000 * view.transcript.declared.presence_grace_ms();
        let mut by_topic: HashMap<&str, Vec<Listed<'_>>> = HashMap::new();
        for (number, line) in view.lines.iter().enumerate() {
            for stay in line.memberships.iter().chain(&line.attempts) {
                // A connection that is gone leaves all its topics, but the grace may keep its user listed.
                let ended = line
                    .ended
                    .filter(|(tick, how)| stay.left.map_or(**how == End::Dropped, |left| left == *tick));
                let after = |tick, more| Some(view.at_us(tick) + more);
                let until_us = match (ended, stay.left) {
                    (Some((tick, _)), _) => after(tick, grace_us + 1000 * PRESENCE_MS),
                    (None, Some(left)) => after(left, 0),
                    (None, None) => None,
                };
                let listed = Listed { user: line.user, stay, until_us, lost: ended.is_some(), line: number };
                by_topic.entry(&stay.topic).or_default().push(listed);
            }
        }
        let mut joins: HashMap<&str, Vec<&Sent<'_>>> = HashMap::new();
        for sent in view.requests.iter().filter(|sent| sent.kind == Some(3)) {
            if let Some(topic) = sent.topic.as_deref() {
                joins.entry(topic).or_default().push(sent);
            }
        }
        Self { view, by_topic, joins, grace_us }
    }

    /// The joins of a topic, in the order of sending.
    pub(super) fn joins(&self, topic: &str) -> impl DoubleEndedIterator<Item = &'v Sent<'a>> {
        self.joins.get(topic).map_or(&[][..], Vec::as_slice).iter().copied()
    }

    pub(super) fn of(&self, topic: &str) -> &[Listed<'v>] {
        self.by_topic.get(topic).map_or(&[], Vec::as_slice)
    }

    /// The users who certainly were members throughout.
    pub(super) fn certain(&self, topic: &str, from: Tick, to: Tick) -> BTreeSet<&'v str> {
        let stays = self.of(topic).iter().filter(|listed| listed.stay.certain(from, to));
        stays.map(|listed| listed.user).collect()
    }

    /// The users who may have been on the list at some time between two ticks, and those of whom a change may
    /// still be on its way.
    pub(super) fn possible(&self, topic: &str, from: Tick, to: Tick, late_us: u64) -> BTreeSet<&'v str> {
        let from_us = self.view.at_us(from);
        let stays = self.of(topic).iter().filter(|listed| {
            listed.stay.join_sent < to && listed.until_us.is_none_or(|until| from_us <= until + late_us)
        });
        stays.map(|listed| listed.user).collect()
    }

    /// The first tick that is no longer ago than this.
    pub(super) fn tick_before(&self, tick: Tick, us: u64) -> Tick {
        let from = self.view.at_us(tick).saturating_sub(us);
        self.view.transcript.events.partition_point(|event| event.at_us < from)
    }
}
