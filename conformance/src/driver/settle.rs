//! Fences: knowing, without sleeping, that all that was done has been handled and has arrived.
//!
//! A heartbeat's ack proves that the server has handled what this connection sent before it. A marker, a
//! chat that every member has seen, proves that what the topic ordered before it has been delivered. And a
//! heartbeat on every connection after that brings in what arrived where it should not have.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::{Device, Line, Play, Why};
use crate::program::{Action, Chat, Message, Request, Step};
use crate::transcript::{Purpose, Wait};

const MARKER: Why<'static> = Why { purpose: Purpose::Marker, step: None };

impl Play<'_> {
    /// Returns when the phase has settled, or when it is certain enough that it will not.
    pub(super) async fn settle(&self, devices: &mut [Device], steps: &[Step]) {
        self.fence_all(devices).await;
        let mut touched: Vec<usize> = steps.iter().filter_map(topic_of_chat).collect();
        touched.sort_unstable();
        touched.dedup();
        if touched.is_empty() {
            return;
        }
        for topic in touched {
            self.mark_topic(devices, topic).await;
        }
        self.fence_all(devices).await;
    }

    async fn fence_all(&self, devices: &mut [Device]) {
        join_all(devices.iter_mut().filter_map(Device::open_line).map(|line| self.fence(line))).await;
    }

    /// Waits until what this connection sent before has been handled. A fence whose ack may have been lost is
    /// sent again: an ack of a later one proves the same, and the checks see the loss.
    pub(super) async fn fence(&self, line: &mut Line) {
        if line.stopped_reading {
            // It shows that it is alive, so that it is not for silence that the server ends it.
            self.send_heartbeat(line, Purpose::KeepAlive).await;
        }
        if line.given_up || line.stopped_reading {
            return;
        }
        let sent_at = Instant::now();
        let mut ids = Vec::with_capacity(1);
        let mut waited = Duration::ZERO;
        for slice in self.slices() {
            ids.push(self.send_heartbeat(line, Purpose::Fence).await);
            let (inbox, heartbeats) = (&line.inbox, line.heartbeats);
            let passed = || {
                let seen = inbox.seen();
                seen.ended || seen.acks_without_id >= heartbeats || ids.iter().any(|id| seen.ids.contains(id))
            };
            match self.stage.pace.wait(slice, &inbox.changed, passed).await {
                Ok(()) => {
                    if ids.len() == 1 {
                        self.stage.pace.observe(sent_at.elapsed());
                    }
                    return;
                }
                Err(time) => waited += time,
            }
        }
        line.given_up = true;
        self.miss(line.number, Wait::Fence, waited);
    }

    /// Waits until everything that the topic has ordered so far has arrived with every member.
    async fn mark_topic(&self, devices: &mut [Device], topic: usize) {
        let name = self.names.topic(topic);
        let is_member = |line: &Line| {
            line.is_open()
                && !line.given_up
                && !line.stopped_reading
                && line.inbox.seen().joined.contains(&name)
        };
        let mut missing: Vec<usize> =
            (0..devices.len()).filter(|&index| devices[index].line.as_ref().is_some_and(is_member)).collect();
        let Some(&sender) = missing.first() else { return };
        let marker = Message::new(Request::Chat(topic, Chat { text: "(marker)".into(), ..Chat::default() }));
        let mut sent = Vec::with_capacity(1);
        let mut waited = vec![Duration::ZERO; devices.len()];
        for slice in self.slices() {
            let Some(line) = devices[sender].open_line() else { return };
            sent.push(self.send_marked(line, &marker, None, MARKER).await);
            if sent.len() > 1 {
                self.keep_all_alive(devices).await;
            }
            let waits = missing.into_iter().filter_map(|index| {
                let inbox = Arc::clone(&devices[index].line.as_ref().filter(|line| line.is_open())?.inbox);
                let sent = &sent;
                Some(async move {
                    let arrived = || {
                        let seen = inbox.seen();
                        seen.ended || sent.iter().any(|mark| seen.marks.contains(mark))
                    };
                    let waited = self.stage.pace.wait(slice, &inbox.changed, arrived).await;
                    waited.err().map(|time| (index, time))
                })
            });
            let mut still_missing = Vec::new();
            for (index, time) in join_all(waits).await.into_iter().flatten() {
                waited[index] += time;
                still_missing.push(index);
            }
            missing = still_missing;
            if missing.is_empty() {
                return;
            }
        }
        for index in missing {
            if let Some(line) = devices[index].open_line() {
                self.miss(line.number, Wait::Marker(topic), waited[index]);
            }
        }
    }

    async fn keep_all_alive(&self, devices: &mut [Device]) {
        for line in devices.iter_mut().filter_map(Device::open_line) {
            self.send_heartbeat(line, Purpose::KeepAlive).await;
        }
    }

    /// The patience in slices that grow from the first doubt, and stay short enough to keep connections
    /// alive in between.
    pub(super) fn slices(&self) -> impl Iterator<Item = Duration> + use<> {
        let longest = self.longest_silence();
        let mut left = self.patience();
        let mut next = self.stage.pace.doubt();
        std::iter::from_fn(move || {
            let slice = next.min(longest).min(left);
            (left, next) = (left.saturating_sub(slice), next * 2);
            (slice > Duration::ZERO).then_some(slice)
        })
    }
}

fn topic_of_chat(step: &Step) -> Option<usize> {
    match &step.action {
        Action::Send(Message { request: Request::Chat(topic, _), .. })
        | Action::Burst(Message { request: Request::Chat(topic, _), .. }, _) => Some(*topic),
        _ => None,
    }
}
