//! The list that a client has put together, once all has settled.

use std::collections::BTreeSet;

use super::world::World;
use super::{Judge, client_name, names};
use crate::subject::PRESENCE_MS;
use crate::transcript::Wait;
use crate::view::{Frame, Line, Tick, integer};

/// A list as a client keeps it: the last 205 with all later 206s.
#[derive(Default)]
pub(super) struct Folded {
    users: BTreeSet<String>,
    truncated: bool,
    last: Tick,
    count: Option<i64>,
    /// How many frames there were since all had settled last.
    pub(super) frames: usize,
}

impl Folded {
    pub(super) fn apply(&mut self, frame: &Frame<'_>) {
        let before = self.users.clone();
        self.frames += 1;
        if frame.code() == Some(205) {
            self.users = names(&frame.data["users"]).map(str::to_owned).collect();
            self.truncated = frame.data["truncated"] == true;
        }
        self.users.extend(names(&frame.data["joined"]).map(str::to_owned));
        for user in names(&frame.data["left"]) {
            self.users.remove(user);
        }
        self.last = frame.tick;
        // A 206 that tells of what a 205 has shown already was made before that one, and so was its count.
        if frame.code() == Some(205) || before != self.users {
            self.count = integer(&frame.data["count"]);
        }
    }
}

impl World<'_, '_> {
    /// When all has settled, and the last change is a second ago or was waited for, the list that a client has
    /// put together is the true one.
    pub(super) fn judge_settled(
        &self,
        line: &Line<'_>,
        stay: usize,
        list: &Folded,
        (before, settled): (Tick, Tick),
        judge: &mut Judge<'_>,
    ) {
        let own = &line.memberships[stay];
        if list.truncated || !own.certain(list.last, settled) || line.stopped_reading.is_some() {
            return;
        }
        let topic = own.topic.as_str();
        let certain: BTreeSet<&str> = self.certain(topic, settled, settled);
        let possible = self.possible(topic, settled, settled, 0);
        let who = client_name(line.client);
        let waited =
            line.missed.iter().rev().find(|(tick, wait, _)| {
                *tick < settled && matches!(wait, Wait::Roster(_)) && *tick > list.last
            });
        let missing = certain.iter().find(|user| !list.users.contains(**user));
        let ghost = list.users.iter().find(|user| !possible.contains(user.as_str()));
        judge.exercise();
        // The driver has waited for it, but what came right behind its wait may be half of a change. Whoever is in
        // grace it waits for only where a step says so.
        let certain_by_now = waited.is_some() || list.last < before;
        let missing = missing.filter(|_| certain_by_now);
        let ghost = ghost.filter(|_| waited.is_some() || (certain_by_now && self.grace_us == 0));
        if missing.is_none() && ghost.is_none() {
            // Of several changes at once, each may have been told with the count of its own time.
            if list.frames != 1 || own.joined > before {
                return;
            }
            return self.judge_count(line, list, settled, (&certain, &possible), judge);
        }
        let missed = waited.map_or(settled, |(tick, ..)| *tick);
        let waited_ms = waited.map_or(PRESENCE_MS, |(.., waited_ms)| *waited_ms);
        if let Some(user) = missing {
            let expected = format!("{who} is told within a second that {user:?} is in the topic");
            let joined =
                self.of(topic).iter().filter(|listed| listed.user == *user).map(|l| l.stay.join_sent).max();
            let got = format!("it was not told within {waited_ms} ms");
            let evidence = joined.into_iter().chain([list.last, missed]);
            judge.find("PRES-12", expected, got, evidence).by_clock = true;
        }
        if let Some(user) = ghost {
            let last = self.of(topic).iter().filter(|listed| listed.user == user).max_by_key(|l| l.until_us);
            let requirement = match last {
                Some(listed) if listed.lost => "PRES-19",
                Some(_) => "PRES-13",
                None => "PRES-17",
            };
            let expected = format!("{who} is told within a second that {user:?} is no longer on the list");
            let got = format!("it was not told within {waited_ms} ms");
            let left = last.and_then(|listed| listed.stay.left.or(listed.stay.leave_sent));
            let evidence = left.into_iter().chain([list.last, missed]);
            judge.find(requirement, expected, got, evidence).by_clock = true;
        }
    }

    /// The count of the last frame of a settled list is its length.
    fn judge_count(
        &self,
        line: &Line<'_>,
        list: &Folded,
        settled: Tick,
        (certain, possible): (&BTreeSet<&str>, &BTreeSet<&str>),
        judge: &mut Judge<'_>,
    ) {
        let settled_list =
            certain == possible && list.users.iter().map(String::as_str).eq(certain.iter().copied());
        let length = i64::try_from(list.users.len()).ok();
        if settled_list && list.count != length && list.count.is_some() {
            let who = client_name(line.client);
            let code = self.view.frames.iter().find(|frame| frame.tick == list.last).and_then(Frame::code);
            let requirement = if code == Some(205) { "PRES-8" } else { "PRES-22" };
            let expected =
                format!("the last count that {who} is given is that of its list, {}", list.users.len());
            let got = list.count.unwrap_or_default().to_string();
            judge.find(requirement, expected, got, [list.last, settled]);
        }
    }
}
