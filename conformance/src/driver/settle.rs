//! Fences: knowing, without sleeping, that all that was done has been handled and has arrived.
//!
//! A heartbeat's ack proves that the server has handled what this connection sent before it; where it does not, as
//! the start of the run has shown, each request is waited for until its own answer has come (`driver/answered`). A marker, a
//! chat that every member has seen, proves that what the topic ordered before it has been delivered. And a
//! heartbeat on every connection after that brings in what arrived where it should not have.

use std::collections::{BTreeSet, HashSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::{Device, Line, Play, Why};
use crate::clock::Patience;
use crate::inbox::{Inbox, Seen};
use crate::program::{Action, Chat, HttpBody, Message, Request, Step, Value};
use crate::subject::PRESENCE_MS;
use crate::transcript::{Purpose, Wait};

/// Something that is to come to a connection.
struct Awaited {
    line: usize,
    inbox: Arc<Inbox>,
    what: Wait,
    came: Box<dyn Fn(&Seen) -> bool + Send + Sync>,
}

impl Line {
    /// Whether it reads, and has answered so far.
    fn can_be_waited_for(&self) -> bool {
        !self.given_up && !self.stopped_reading
    }
}

const MARKER: Why<'static> = Why { purpose: Purpose::Marker, step: None };

impl Play<'_> {
    /// Returns when the phase has settled, or when it is certain enough that it will not.
    pub(super) async fn settle(&self, devices: &mut [Device], steps: &[Step]) {
        self.fence_all(devices).await;
        self.await_notices(devices).await;
        let mut touched: Vec<usize> = steps.iter().flat_map(|step| self.topics_of_chats(step)).collect();
        touched.sort_unstable();
        touched.dedup();
        if !touched.is_empty() {
            let mut alive = Instant::now();
            for topic in touched {
                self.mark_topic(devices, topic).await;
                // Many topics take many round trips, and who has no part in them says nothing meanwhile.
                if alive.elapsed() >= self.longest_silence() {
                    self.keep_all_alive(devices).await;
                    alive = Instant::now();
                }
            }
            self.fence_all(devices).await;
        } else if steps.iter().any(reaches_others) {
            // What the first fences brought about elsewhere comes in with the second.
            self.fence_all(devices).await;
        }
        if self.stage.declared.claims("presence") {
            self.await_rosters(devices).await;
        }
    }

    /// Waits until every notice that was accepted has come to all connections of its user that were in its topic when it
    /// was sent: to those that came meanwhile it may or may not come.
    async fn await_notices(&self, devices: &mut [Device]) {
        let sent = std::mem::take(&mut *self.notices.lock().unwrap_or_else(PoisonError::into_inner));
        let mut awaited: Vec<Awaited> = Vec::new();
        for notice in sent {
            // A server that refuses one says so before the ack of the fence; those that it is meant to refuse are known.
            let mut lines = devices.iter().filter_map(|device| device.line.as_ref());
            let Some(sender) = lines.find(|line| line.number == notice.sender) else { continue };
            let accepted = {
                let seen = sender.inbox.seen();
                seen.refused_notices <= sender.doomed_notices && seen.joined.contains_key(&notice.topic)
            };
            for device in devices.iter_mut().filter(|_| accepted) {
                let user = self.program.clients[device.client].user;
                let Some(line) = device.open_line().filter(|line| line.can_be_waited_for()) else { continue };
                let since = line.inbox.seen().joined.get(&notice.topic).copied();
                if user == notice.user && since.is_some_and(|since| since < notice.sent_at) {
                    let mark = notice.mark;
                    let came = move |seen: &Seen| seen.marks.contains(&mark);
                    let inbox = Arc::clone(&line.inbox);
                    awaited.push(Awaited {
                        line: line.number,
                        inbox,
                        what: Wait::Notice,
                        came: Box::new(came),
                    });
                }
            }
        }
        self.await_all(devices, awaited, Duration::ZERO).await;
    }

    /// Waits until the user list that each connection has put together shows who is there, or until it is
    /// certain that it will not.
    async fn await_rosters(&self, devices: &mut [Device]) {
        let mut awaited: Vec<Awaited> = Vec::new();
        for (number, topic) in self.names.topics().iter().enumerate() {
            let mut there: BTreeSet<String> = BTreeSet::new();
            // Whether a server has given up a client that does not read, nobody can see.
            let mut perhaps: BTreeSet<String> = BTreeSet::new();
            let mut lines: Vec<(usize, Arc<Inbox>)> = Vec::new();
            for device in devices.iter_mut() {
                let user = self.names.identity(self.program.clients[device.client].user).user.clone();
                let Some(line) = device.open_line() else {
                    // Whoever was lost may stay listed for the whole of the grace, which is waited for only by a step.
                    if self.stage.declared.presence_grace_ms() > 0 {
                        perhaps.insert(user);
                    }
                    continue;
                };
                if !line.inbox.seen().joined.contains_key(topic) {
                    continue;
                }
                if line.can_be_waited_for() {
                    there.insert(user);
                    lines.push((line.number, Arc::clone(&line.inbox)));
                } else {
                    perhaps.insert(user);
                }
            }
            let lists = Arc::new((topic.clone(), there, perhaps));
            awaited.extend(lines.into_iter().map(|(line, inbox)| {
                let lists = Arc::clone(&lists);
                let came = move |seen: &Seen| {
                    let (topic, there, perhaps) = &*lists;
                    let Some(Some(roster)) = seen.rosters.get(topic) else { return true };
                    let known = |user: &String| there.contains(user) || perhaps.contains(user);
                    roster.is_superset(there) && roster.iter().all(known)
                };
                Awaited { line, inbox, what: Wait::Roster(number), came: Box::new(came) }
            }));
        }
        // What did not come behind an earlier phase is missed already, and waiting for it again shows nothing new.
        awaited.retain(|one| !self.missed_lists().contains(&(one.line, one.what)));
        let missed = self.await_all(devices, awaited, Duration::from_millis(PRESENCE_MS)).await;
        self.missed_lists().extend(missed);
    }

    fn missed_lists(&self) -> MutexGuard<'_, HashSet<(usize, Wait)>> {
        self.missed_lists.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until all has come, for so much longer than the usual patience; what does not come is recorded, and given.
    async fn await_all(
        &self,
        devices: &mut [Device],
        mut awaited: Vec<Awaited>,
        longer: Duration,
    ) -> Vec<(usize, Wait)> {
        let mut waited = Duration::ZERO;
        let mut patience = self.slices_of(longer + self.patience());
        while !awaited.is_empty()
            && let Some(slice) = patience.slice()
        {
            let progress: Vec<usize> = devices.iter().map(Device::progress).collect();
            let waits = awaited.into_iter().map(|one| async move {
                let came = || {
                    let seen = one.inbox.seen();
                    seen.ended || (one.came)(&seen)
                };
                let came = self.stage.pace.wait(slice, &one.inbox.changed, came).await.is_ok();
                (!came).then_some(one)
            });
            awaited = join_all(waits).await.into_iter().flatten().collect();
            if !awaited.is_empty() {
                waited += slice;
                if devices.iter().zip(&progress).any(|(device, before)| device.progress() > *before) {
                    patience.take_back(slice);
                }
                self.keep_all_alive(devices).await;
            }
        }
        for one in &awaited {
            self.miss(one.line, one.what, waited);
        }
        awaited.into_iter().map(|one| (one.line, one.what)).collect()
    }

    /// The topics in which a step may have said something.
    fn topics_of_chats(&self, step: &Step) -> Vec<usize> {
        if let Some(message) = step.action.message() {
            return if let Request::Chat(topic, _) = message.request { vec![topic] } else { Vec::new() };
        }
        match &step.action {
            Action::Http(request) if request.method == "POST" => match &request.body {
                HttpBody::Json(members) => {
                    let named = members.iter().find(|(name, _)| name == "topic");
                    match named {
                        Some((_, Value::Topic(topic))) => vec![*topic],
                        _ => (0..self.program.topics.len()).collect(),
                    }
                }
                _ => (0..self.program.topics.len()).collect(),
            },
            _ => Vec::new(),
        }
    }

    async fn fence_all(&self, devices: &mut [Device]) {
        let fence = async |device: &mut Device| {
            if let Some(line) = device.open_line() {
                self.fence(line).await;
            }
        };
        self.side_by_side(devices, fence).await;
    }

    /// Waits until what this connection sent before has been handled. A fence whose ack may have been lost is
    /// sent again: an ack of a later one proves the same, and the checks see the loss.
    pub(super) async fn fence(&self, line: &mut Line) {
        if line.stopped_reading {
            // It shows that it is alive, so that it is not for silence that the server ends it.
            self.show_life(line).await;
        }
        if line.given_up || line.stopped_reading {
            return;
        }
        if !self.stage.declared.acks_are_fences() {
            self.await_answers(line).await;
        }
        let sent_at = Instant::now();
        let mut ids = Vec::with_capacity(1);
        let mut waited = Duration::ZERO;
        let mut patience = self.slices();
        while let Some(slice) = patience.slice() {
            let progress = line.inbox.seen().progress;
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
            if inbox.seen().progress > progress {
                patience.take_back(slice);
            }
        }
        line.given_up = true;
        self.miss(line.number, Wait::Fence, waited);
    }

    /// Waits until everything that the topic has ordered so far has arrived with every member. A marker that may have been
    /// lost is followed by another, after twice the time of the one before; what counts is that the last has arrived with
    /// everybody, since a server that is slow to deliver has those before it still under way until then.
    async fn mark_topic(&self, devices: &mut [Device], topic: usize) {
        let name = self.names.topic(topic);
        let is_member = |line: &Line| {
            line.is_open()
                && !line.given_up
                && !line.stopped_reading
                && line.inbox.seen().joined.contains_key(&name)
        };
        let members: Vec<usize> =
            (0..devices.len()).filter(|&index| devices[index].line.as_ref().is_some_and(is_member)).collect();
        let Some(&sender) = members.first() else { return };
        let mut missing = Vec::new();
        let marker = Message::new(Request::Chat(topic, Chat { text: "(marker)".into(), ..Chat::default() }));
        let mut waited = vec![Duration::ZERO; devices.len()];
        let mut patience = self.slices();
        let (mut last, mut due, mut next) = (None, Duration::ZERO, self.stage.pace.doubt());
        while let Some(slice) = patience.slice() {
            let progress: Vec<usize> = devices.iter().map(Device::progress).collect();
            if last.is_some() {
                self.keep_all_alive(devices).await;
            }
            if due.is_zero() {
                let Some(line) = devices[sender].open_line() else { return };
                last = Some(self.send_marked(line, &marker, None, MARKER).await);
                (due, next) = (next, next * 2);
                missing.clone_from(&members);
            }
            let waits = missing.into_iter().filter_map(|index| {
                let inbox = Arc::clone(&devices[index].line.as_ref().filter(|line| line.is_open())?.inbox);
                Some(async move {
                    let arrived = || {
                        let seen = inbox.seen();
                        seen.ended || last.is_some_and(|last| seen.marks.contains(&last))
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
            due = due.saturating_sub(slice);
            if missing.iter().any(|index| devices[*index].progress() > progress[*index]) {
                patience.take_back(slice);
            }
        }
        for index in missing {
            if let Some(line) = devices[index].open_line() {
                self.miss(line.number, Wait::Marker(topic), waited[index]);
            }
        }
    }

    pub(super) async fn keep_all_alive(&self, devices: &mut [Device]) {
        for line in devices.iter_mut().filter_map(Device::open_line) {
            self.show_life(line).await;
        }
    }

    /// The patience for one answer.
    pub(super) fn slices(&self) -> Patience {
        self.slices_of(self.patience())
    }

    pub(super) fn slices_of(&self, patience: Duration) -> Patience {
        let patience = Patience::new(patience, self.stage.pace.doubt(), self.longest_silence());
        if self.missed.load(Ordering::Relaxed) { patience.firm() } else { patience }
    }
}

/// Whether a step may make others receive something that is no chat.
fn reaches_others(step: &Step) -> bool {
    step.action.message().map_or_else(
        || matches!(step.action, Action::Close(_) | Action::Drop { .. }),
        |message| matches!(message.request, Request::Notice(..) | Request::Join(..) | Request::Leave(_)),
    )
}
