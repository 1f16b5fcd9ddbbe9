//! What those who are in a topic are told of others who come and go, and how often.

use std::collections::HashMap;

use super::world::{Listed, World};
use super::{Judge, SLACK_US, client_name, excerpt, names};
use crate::subject::PRESENCE_MS;
use crate::view::{Frame, Line, Membership, Tick, integer};

impl World<'_, '_> {
    /// What a 206 says.
    pub(super) fn judge_change(
        &self,
        line: &Line<'_>,
        topic: &str,
        frame: &Frame<'_>,
        judge: &mut Judge<'_>,
    ) {
        let who = client_name(line.client);
        let data = &frame.data;
        let filled = |name: &str| data[name].as_array().is_some_and(|list| !list.is_empty());
        let one = match (data.get("joined"), data.get("left")) {
            (Some(_), None) => filled("joined"),
            (None, Some(_)) => filled("left"),
            _ => false,
        };
        if !one || integer(&data["count"]).is_none() || !data["topic"].is_string() {
            let expected = "a 206 has a topic, a count, and exactly one of joined and left, with an entry";
            judge.find("PRES-14", expected, excerpt(frame.text), [frame.tick]);
            return;
        }
        // What the change tells of happened within the last second.
        let late_us = 1000 * PRESENCE_MS + SLACK_US;
        let since = self.tick_before(frame.tick, late_us);
        let possible = self.possible(topic, since, frame.tick, late_us);
        for user in names(&data["joined"]) {
            let stays = self.of(topic).iter().filter(|listed| listed.user == user).count();
            if user == line.user && stays == 1 {
                let expected = format!("{who} is not told of its own join by a 206");
                judge.find("PRES-16", expected, excerpt(frame.text), [frame.tick]);
            } else if !possible.contains(user) {
                let expected = format!("{who} is told of those only who joined, and {user:?} did not");
                judge.find("PRES-17", expected, excerpt(frame.text), [frame.tick]);
            }
        }
        for user in names(&data["left"]) {
            if let Some(listed) = self
                .of(topic)
                .iter()
                .find(|listed| listed.user == user && listed.stay.certain(since, frame.tick))
            {
                let expected = format!("{who} is not told that {user:?} has left, who is in the topic");
                judge.find("PRES-17", expected, excerpt(frame.text), [listed.stay.joined, frame.tick]);
            }
        }
        let certain = self.certain(topic, since, frame.tick);
        if let Some(count) = integer(&data["count"])
            && (usize::try_from(count).is_ok_and(|count| count < certain.len() || count > possible.len())
                || count < 0)
        {
            let expected = format!(
                "the count of a 206 to {who} is at least {} and at most {}",
                certain.len(),
                possible.len()
            );
            // One that comes late counts what was known when it was due.
            judge.find("PRES-22", expected, count.to_string(), [frame.tick]).by_clock = true;
        }
    }

    /// Nobody is told more often that a user came or went than the user did.
    pub(super) fn judge_pushes(&self, judge: &mut Judge<'_>) {
        let mut pushes: HashMap<(usize, usize, &str, bool), Vec<Tick>> = HashMap::new();
        for frame in self.view.frames.iter().filter(|frame| frame.code() == Some(206)) {
            let Some(stay) = frame.stay else { continue };
            for (member, came) in [("joined", true), ("left", false)] {
                for user in names(&frame.data[member]) {
                    pushes.entry((frame.line, stay, user, came)).or_default().push(frame.tick);
                }
            }
        }
        for ((line, stay, user, came), ticks) in pushes {
            let watcher = &self.view.lines[line];
            let own = &watcher.memberships[stay];
            judge.exercise();
            let turns = self.turns(own, user, came);
            if ticks.len() > turns {
                let who = client_name(watcher.client);
                let (what, requirement) = if came { ("came", "PRES-15") } else { ("went", "PRES-15") };
                let expected = format!("{who} is told at most {turns} times that {user:?} {what}");
                judge.find(requirement, expected, format!("it was told {} times", ticks.len()), ticks);
            } else if let Some(tick) = self.within_grace(own, user, &ticks) {
                let expected =
                    format!("nobody is told of {user:?}, who was lost and came back within the grace");
                let got = "a 206 was pushed".to_owned();
                judge.find("PRES-21", expected, got, [tick]).by_clock = true;
            }
        }
    }

    /// How often a user may have come to (or gone from) the list while the watcher was there, or a second before.
    fn turns(&self, own: &Membership, user: &str, came: bool) -> usize {
        let all = self.of(&own.topic);
        let of_user = || all.iter().filter(|listed| listed.user == user);
        let early_us = self.view.at_us(own.join_sent).saturating_sub(1000 * PRESENCE_MS + SLACK_US);
        let turned = |listed: &&Listed<'_>| {
            let (from, to) = if came {
                (listed.stay.join_sent, Some(listed.stay.joined).filter(|_| listed.stay.was_joined()))
            } else {
                match listed.stay.leave_sent {
                    Some(left) => (left, listed.stay.left),
                    None => return false,
                }
            };
            let others = || of_user().filter(|other| !std::ptr::eq(other.stay, listed.stay));
            // Where another connection of the user was there all the while, nothing turned.
            let covered = others().any(|other| other.stay.certain(from, to.unwrap_or(from + 1)));
            let before = to.is_some_and(|to| self.view.at_us(to) < early_us && !listed.lost);
            !covered && !before
        };
        of_user().filter(turned).count()
    }

    /// A push about a user whose loss and return lie within the grace, and that nothing else accounts for.
    fn within_grace(&self, own: &Membership, user: &str, ticks: &[Tick]) -> Option<Tick> {
        if self.grace_us == 0 {
            return None;
        }
        let stays: Vec<_> = self.of(&own.topic).iter().filter(|listed| listed.user == user).collect();
        let lost = stays.iter().find(|listed| listed.lost)?;
        let ended = self.view.lines[lost.line].ended.map(|(tick, _)| tick)?;
        let back = stays.iter().find(|listed| listed.stay.join_sent > ended && listed.stay.was_joined())?;
        let away_us = self.view.at_us(back.stay.joined).saturating_sub(self.view.at_us(ended));
        let after = self.view.at_us(ended) + self.grace_us;
        // A change has a second to be told in. All that came before a phase had settled was told by then; what the
        // user did since, or does once it is back, may be what is told here.
        let settled = self.view.settled.partition_point(|&settled| settled < ended);
        let settled = settled.checked_sub(1).map_or(0, |last| self.view.settled[last]);
        let accounts = |listed: &&Listed<'_>| {
            let (joined, left) = (listed.stay.join_sent, listed.stay.leave_sent);
            (joined > settled && joined < ended)
                || left.is_some_and(|left| left > back.stay.join_sent && self.view.at_us(left) < after)
        };
        // A leave accounts for it also where its connection was lost before it could be answered.
        let lines = self.view.lines.iter().filter(|line| line.user == user);
        let sent = lines.flat_map(|line| &line.requests).map(|&request| &self.view.requests[request]);
        let leaves = sent.filter(|sent| sent.kind == Some(6) && sent.topic.as_deref() == Some(&own.topic));
        let mut leaves = leaves.filter(|sent| sent.tick > settled && self.view.at_us(sent.tick) < after);
        let is_accounted_for = leaves.next().is_some() || stays.iter().any(|&listed| accounts(&listed));
        if away_us >= self.grace_us || is_accounted_for {
            return None;
        }
        ticks.iter().copied().find(|&tick| tick > ended && self.view.at_us(tick) < after)
    }
}
