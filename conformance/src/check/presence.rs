//! User lists show the true members, and changes to them reach those who are in the topic.
//!
//! Who certainly is on a list, and who possibly is, follows from joins, leaves and ends; what lies between the two
//! is never held against anybody. A second here or there is: the spec gives a server one for each change.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::{Judge, client_name, excerpt};
use crate::subject::PRESENCE_MS;
use crate::transcript::{End, Wait};
use crate::view::{Frame, Line, Membership, Tick, View, integer};

/// How late, in microseconds, what has a second may seem to a client: timers and the way of the frame.
const SLACK_US: u64 = 500_000;

pub(super) fn judge(view: &View<'_>, judge: &mut Judge<'_>) {
    if !view.transcript.declared.claims("presence") {
        return;
    }
    let world = World::new(view);
    for line in &view.lines {
        judge_lists_behind_joins(view, line, judge);
        let mut folded: HashMap<usize, Folded> = HashMap::new();
        let mut frames = line.frames.iter().map(|&frame| &view.frames[frame]).peekable();
        let mut before = 0;
        for &settled in &view.settled {
            while let Some(frame) = frames.next_if(|frame| frame.tick < settled) {
                if !matches!(frame.code(), Some(205 | 206)) {
                    continue;
                }
                let Some(stay) = frame.stay else { continue };
                judge.exercise();
                world.judge_frame(line, stay, frame, judge);
                folded.entry(stay).or_default().apply(frame);
            }
            for (stay, list) in &mut folded {
                world.judge_settled(line, *stay, list, (before, settled), judge);
                list.frames = 0;
            }
            before = settled;
        }
    }
    world.judge_pushes(judge);
}

/// A list as a client keeps it: the last 205 with all later 206s.
#[derive(Default)]
struct Folded {
    users: BTreeSet<String>,
    truncated: bool,
    last: Tick,
    count: Option<i64>,
    /// How many frames there were since all had settled last.
    frames: usize,
}

impl Folded {
    fn apply(&mut self, frame: &Frame<'_>) {
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

fn names(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(|entry| entry["user"].as_str())
}

/// A stay of some connection, as it concerns lists.
struct Listed<'v> {
    user: &'v str,
    stay: &'v Membership,
    /// Until when, in microseconds, the user may be listed on account of it; `None`: to the end.
    until_us: Option<u64>,
    /// Whether it ended by a loss, and not by a leave.
    lost: bool,
    line: usize,
}

struct World<'v, 'a> {
    view: &'v View<'a>,
    by_topic: HashMap<&'v str, Vec<Listed<'v>>>,
    grace_us: u64,
}

impl<'v, 'a> World<'v, 'a> {
    fn new(view: &'v View<'a>) -> Self {
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
        Self { view, by_topic, grace_us }
    }

    fn of(&self, topic: &str) -> &[Listed<'v>] {
        self.by_topic.get(topic).map_or(&[], Vec::as_slice)
    }

    /// The users who certainly were members throughout.
    fn certain(&self, topic: &str, from: Tick, to: Tick) -> BTreeSet<&'v str> {
        let stays = self.of(topic).iter().filter(|listed| listed.stay.certain(from, to));
        stays.map(|listed| listed.user).collect()
    }

    /// The users who may have been on the list at some time between two ticks, and those of whom a change may
    /// still be on its way.
    fn possible(&self, topic: &str, from: Tick, to: Tick, late_us: u64) -> BTreeSet<&'v str> {
        let from_us = self.view.at_us(from);
        let stays = self.of(topic).iter().filter(|listed| {
            listed.stay.join_sent < to && listed.until_us.is_none_or(|until| from_us <= until + late_us)
        });
        stays.map(|listed| listed.user).collect()
    }

    /// What one 205 or 206 says.
    fn judge_frame(&self, line: &Line<'_>, stay: usize, frame: &Frame<'_>, judge: &mut Judge<'_>) {
        let topic = &line.memberships[stay].topic;
        let who = client_name(line.client);
        if frame.code() == Some(206) {
            self.judge_change(line, topic, frame, judge);
            return;
        }
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
            wrong(requirement, expected, excerpt(frame.text));
        }
        for entry in data["users"].as_array().into_iter().flatten() {
            self.judge_names(line, topic, entry, (asked, frame.tick), judge);
        }
    }

    /// The last join of the topic on this connection before a tick.
    fn join_before(&self, line: &Line<'_>, topic: &str, before: Tick) -> Option<Tick> {
        let joins = line.requests.iter().rev().map(|&request| &self.view.requests[request]);
        let mut joins = joins.filter(|sent| sent.kind == Some(3) && sent.topic.as_deref() == Some(topic));
        let answered = |sent: &&crate::view::Sent<'_>| {
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
        let lines = self.view.lines.iter().filter(|other| other.user == user);
        let requests = lines.flat_map(|other| &other.requests).map(|&request| &self.view.requests[request]);
        let mut joins: Vec<_> = requests
            .filter(|sent| sent.kind == Some(3) && sent.topic.as_deref() == Some(topic) && sent.tick < seen)
            .filter(|sent| sent.answer(self.view).is_none_or(|answer| !answer.is_error()))
            .collect();
        joins.sort_unstable_by_key(|sent| sent.tick);
        let Some(latest) = joins.pop() else { return };
        let answered = |sent: &crate::view::Sent<'_>| sent.answer(self.view).map(|answer| answer.tick);
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

    /// What a 206 says.
    fn judge_change(&self, line: &Line<'_>, topic: &str, frame: &Frame<'_>, judge: &mut Judge<'_>) {
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
            judge.find("PRES-22", expected, count.to_string(), [frame.tick]);
        }
    }

    /// The first tick that is no longer ago than this.
    fn tick_before(&self, tick: Tick, us: u64) -> Tick {
        let from = self.view.at_us(tick).saturating_sub(us);
        self.view.transcript.events.partition_point(|event| event.at_us < from)
    }

    /// When all has settled, and the last change is a second ago or was waited for, the list that a client has
    /// put together is the true one.
    fn judge_settled(
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

    /// Nobody is told more often that a user came or went than the user did.
    fn judge_pushes(&self, judge: &mut Judge<'_>) {
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
                (listed.stay.join_sent, Some(listed.stay.joined).filter(|joined| *joined != Tick::MAX))
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

    /// A push about a user whose loss and return lie within the grace.
    fn within_grace(&self, own: &Membership, user: &str, ticks: &[Tick]) -> Option<Tick> {
        if self.grace_us == 0 {
            return None;
        }
        let stays: Vec<_> = self.of(&own.topic).iter().filter(|listed| listed.user == user).collect();
        let lost = stays.iter().find(|listed| listed.lost)?;
        let ended = self.view.lines[lost.line].ended.map(|(tick, _)| tick)?;
        let back = stays.iter().find(|listed| listed.stay.join_sent > ended)?;
        let away_us = self.view.at_us(back.stay.joined).saturating_sub(self.view.at_us(ended));
        let after = self.view.at_us(ended) + self.grace_us;
        (away_us < self.grace_us)
            .then(|| ticks.iter().copied().find(|&tick| tick > ended && self.view.at_us(tick) < after))?
    }
}

/// Each 201 has its 205 behind it, before anything else of the topic.
fn judge_lists_behind_joins(view: &View<'_>, line: &Line<'_>, judge: &mut Judge<'_>) {
    let mut due: HashMap<&str, &Frame<'_>> = HashMap::new();
    for &frame in &line.frames {
        let frame = &view.frames[frame];
        let topic = frame.of_topic().or(frame.data["topic"].as_str());
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
        let got = format!("{} came first", super::pair(instead));
        judge.find("PRES-2", expected, got, [joined.tick, instead.tick]);
    }
}
