//! What a single list says, and that each join brings one.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::world::World;
use super::{Judge, SLACK_US, client_name, excerpt, names, pair};
use crate::view::{Frame, Line, Sent, Tick, View, integer};

impl World<'_, '_> {
    /// What a 205 says.
    pub(super) fn judge_list(&self, line: &Line<'_>, stay: usize, frame: &Frame<'_>, judge: &mut Judge<'_>) {
        let topic = &line.memberships[stay].topic;
        let who = client_name(line.client);
        // The request that it answers, or the join that brought it.
        let asked = frame
            .answers
            .map_or(line.memberships[stay].join_sent, |request| self.view.requests[request].tick);
        let asked =
            if frame.of_join { self.join_before(line, topic, frame.tick).unwrap_or(asked) } else { asked };
        let focus = frame.answers.is_some_and(|request| self.view.requests[request].focus);
        let data = &frame.data;
        let listed: Vec<&str> = names(&data["users"]).collect();
        let users: BTreeSet<&str> = listed.iter().copied().collect();
        let evidence = [asked, frame.tick];
        let mut wrong = |general: &str, expected: String, got: String| {
            judge.find(judge.requirement_of(focus, general), expected, got, evidence);
        };
        if users.len() < listed.len() {
            wrong("PRES-6", format!("the list of {who} names each user once"), excerpt(frame.text));
        }
        let mut certain = self.certain(topic, asked, frame.tick);
        // The receiving user is a member by this very join.
        certain.insert(line.user);
        let possible = self.possible(topic, asked, frame.tick, SLACK_US);
        let count = integer(&data["count"]);
        let shown = i64::try_from(listed.len()).unwrap_or(i64::MAX);
        let most = i64::try_from(self.view.transcript.declared.roster_max()).unwrap_or(i64::MAX);
        let truncated = data.get("truncated");
        if let Some(count) = count {
            let (least, greatest) = (certain.len(), possible.len());
            if i64::try_from(least).is_ok_and(|least| count < least)
                || i64::try_from(greatest).is_ok_and(|greatest| count > greatest)
            {
                let expected =
                    format!("the count of {who}'s list is at least {least} and at most {greatest}");
                wrong("PRES-8", expected, count.to_string());
            }
            let cut = shown < count;
            if truncated.is_some_and(|cut| *cut == true) != cut || (!cut && truncated.is_some()) {
                let expected = format!("truncated is {}", if cut { "true" } else { "absent" });
                wrong("PRES-10", expected, excerpt(frame.text));
            }
            if shown != count.min(most) && shown <= count {
                let requirement = if count > most { "PRES-9" } else { "PRES-5" };
                let expected = format!("the list of {who} has {} entries", count.min(most));
                wrong(requirement, expected, shown.to_string());
            } else if shown > count || shown > most {
                let requirement = if shown > most { "PRES-9" } else { "PRES-8" };
                let expected = format!("the list of {who} has no more entries than count and rosterMax");
                wrong(requirement, expected, format!("{shown} entries, and count {count}"));
            }
        }
        if truncated.is_none()
            && let Some(missing) = certain.iter().find(|user| !users.contains(**user))
        {
            let expected =
                format!("the list of {who} shows {missing:?}, a member since before it was asked for");
            wrong("PRES-5", expected, excerpt(frame.text));
        }
        if let Some(stranger) = users.iter().find(|user| !possible.contains(**user)) {
            let was = self
                .of(topic)
                .iter()
                .any(|listed| listed.user == *stranger && listed.stay.join_sent < frame.tick);
            let lost = self.of(topic).iter().any(|listed| listed.user == *stranger && listed.lost);
            let requirement = match (was, lost) {
                (false, _) => "PRES-7",
                (true, true) => "PRES-19",
                (true, false) => "PRES-18",
            };
            let expected = format!("the list of {who} does not show {stranger:?}, who is not in the topic");
            let requirement = judge.requirement_of(focus, requirement);
            judge.find(requirement, expected, excerpt(frame.text), evidence).by_clock = lost;
        }
        for entry in data["users"].as_array().into_iter().flatten() {
            self.judge_names(line, topic, entry, (asked, frame.tick), judge);
        }
    }

    /// The last join of the topic on this connection before a tick.
    fn join_before(&self, line: &Line<'_>, topic: &str, before: Tick) -> Option<Tick> {
        let mut joins =
            self.joins(topic).rev().filter(|sent| std::ptr::eq(&raw const self.view.lines[sent.line], line));
        let answered = |sent: &&Sent<'_>| {
            sent.answer(self.view).is_some_and(|answer| answer.code() == Some(201) && answer.tick < before)
        };
        joins.find(answered).map(|sent| sent.tick)
    }

    /// A user's names are those of the latest join that had them.
    fn judge_names(
        &self,
        line: &Line<'_>,
        topic: &str,
        entry: &Value,
        (asked, seen): (Tick, Tick),
        judge: &mut Judge<'_>,
    ) {
        let Some(user) = entry["user"].as_str() else { return };
        let of_user = |sent: &&Sent<'_>| self.view.lines[sent.line].user == user && sent.tick < seen;
        let mut joins: Vec<_> = (self.joins(topic).filter(of_user))
            .filter(|sent| sent.answer(self.view).is_none_or(|answer| !answer.is_error()))
            .collect();
        let Some(latest) = joins.pop() else { return };
        let answered = |sent: &Sent<'_>| sent.answer(self.view).map(|answer| answer.tick);
        // The latest is certain only where it was answered before the list was asked for (or is the one that
        // brought the list), and where no other was under way with it.
        let own = latest.tick == asked;
        let certain = own || answered(latest).is_some_and(|tick| tick < asked);
        let alone = joins.iter().all(|earlier| answered(earlier).is_some_and(|tick| tick < latest.tick));
        let same_line = joins.iter().all(|earlier| earlier.line == latest.line);
        if !certain || !(alone || same_line) {
            return;
        }
        for member in ["displayName", "avatarurl"] {
            let Some(given) = latest.payload.get(member) else { continue };
            if entry.get(member) != Some(given) {
                let who = client_name(line.client);
                let expected = format!("the list of {who} shows {user:?} with the {member} {given}");
                let got = excerpt(&entry.to_string());
                let requirement = judge.requirement_of(latest.focus, "PRES-11");
                judge.find(requirement, expected, got, [latest.tick, asked, seen]);
            }
        }
    }
}

/// Each 201 has its 205 behind it, before anything else of the topic.
pub(super) fn judge_behind_joins(view: &View<'_>, line: &Line<'_>, judge: &mut Judge<'_>) {
    let mut due: HashMap<&str, &Frame<'_>> = HashMap::new();
    for &frame in &line.frames {
        let frame = &view.frames[frame];
        let topic = frame.of_topic().or(frame.data_topic());
        match (frame.code(), topic) {
            (Some(201), Some(topic)) => drop(due.insert(topic, frame)),
            (Some(205), Some(topic)) if frame.of_join && due.remove(topic).is_some() => judge.exercise(),
            // A leave or an ack proves that all that the join brings has come.
            (Some(200 | 204 | 206), Some(topic)) => report(due.remove(topic), frame, line, judge),
            (Some(100), _) => {
                let asked = frame.answers.map_or(0, |request| view.requests[request].tick);
                let overtaken = |joined: &Frame<'_>| {
                    joined.answers.is_some_and(|request| view.requests[request].tick < asked)
                };
                let late: Vec<_> = due.extract_if(|_, joined| overtaken(joined)).collect();
                for (_, joined) in late {
                    report(Some(joined), frame, line, judge);
                }
            }
            _ => {}
        }
    }
}

fn report(due: Option<&Frame<'_>>, instead: &Frame<'_>, line: &Line<'_>, judge: &mut Judge<'_>) {
    if let Some(joined) = due {
        let expected = format!("{} gets a 205 of the topic right behind its 201", client_name(line.client));
        let got = format!("{} came first", pair(instead));
        judge.find("PRES-2", expected, got, [joined.tick, instead.tick]);
    }
}
