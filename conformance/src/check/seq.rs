//! `seq` goes on from the 201 without gap or repeat, names one chat to everybody, and lives as long as the
//! epoch does.

use std::collections::HashMap;

use super::{Judge, client_name};
use crate::view::{Frame, Membership, Role, Tick, View, integer};

pub(super) fn judge(view: &View<'_>, judge: &mut Judge<'_>) {
    for line in &view.lines {
        for number in 0..line.memberships.len() {
            judge_stay(view, line, number, judge);
        }
    }
    judge_identity(view, judge);
    judge_epochs(view, judge);
}

/// One connection's stay in a topic: the first chat has the seq of the 201 plus 1, and so on.
fn judge_stay(view: &View<'_>, line: &crate::view::Line<'_>, number: usize, judge: &mut Judge<'_>) {
    let stay = &line.memberships[number];
    let who = client_name(line.client);
    let mut previous = stay.replayed_behind.or(stay.seq).map(|seq| (seq, stay.joined, true));
    let chats = line.chats_of_stay[number].iter().map(|&frame| &view.frames[frame]);
    for frame in chats.filter(|frame| frame.role != Role::Repeat) {
        let Some(seq) = frame.seq() else { continue };
        judge.exercise();
        if let Some((last, tick, from_201)) = previous
            && seq != last + 1
        {
            // Whatever lies between since.seq and the seq of the 201 is what was missed.
            let missed = stay.seq.is_some_and(|joined| last < joined);
            let (requirement, behind) = match (missed, from_201) {
                (true, true) => ("RES-2", "the chats up to since.seq, which is the one"),
                (true, false) => ("RES-2", "the missed chat"),
                (false, true) if stay.with_since => ("RES-4", "the 201, which replays nothing,"),
                (false, true) => ("ORD-3", "the 201"),
                (false, false) => ("ORD-2", "the chat"),
            };
            let expected = format!("{who} gets seq {} behind {behind} with seq {last}", last + 1);
            judge.find(requirement, expected, format!("seq {seq}"), [tick, frame.tick]);
        }
        previous = Some((seq, frame.tick, false));
    }
}

/// A topic, epoch and seq name one chat, to everybody.
fn judge_identity(view: &View<'_>, judge: &mut Judge<'_>) {
    let mut named: HashMap<(&str, Option<&str>, i64), &Frame<'_>> = HashMap::new();
    for frame in view.frames.iter().filter(|frame| frame.is_chat()) {
        let (Some(topic), Some(seq)) = (frame.topic(), frame.seq()) else { continue };
        let stay = frame.stay.map(|stay| &view.lines[frame.line].memberships[stay]);
        let epoch = stay.and_then(|stay| stay.epoch.as_deref());
        let first = *named.entry((topic, epoch, seq)).or_insert(frame);
        if first.mark != frame.mark && frame.mark.is_some() {
            let expected = format!("seq {seq} names one chat of the topic, on every connection");
            judge.find("ORD-4", expected, "two chats have it", [first.tick, frame.tick]);
        }
    }
}

/// A 201, as far as epochs are concerned.
struct Joined<'v> {
    tick: Tick,
    line: usize,
    join_sent: Tick,
    epoch: Option<&'v str>,
    seq: Option<i64>,
}

fn quoted(text: Option<&str>) -> String {
    text.map_or("none".into(), |text| format!("{text:?}"))
}

fn number(number: Option<i64>) -> String {
    number.map_or("none".into(), |number| number.to_string())
}

/// While somebody is in a topic, its epoch stays; and seq never goes back within one.
fn judge_epochs(view: &View<'_>, judge: &mut Judge<'_>) {
    let mut by_topic: HashMap<&str, Vec<Joined<'_>>> = HashMap::new();
    for frame in view.frames.iter().filter(|frame| frame.code() == Some(201)) {
        let Some(sent) = frame.answers.map(|request| &view.requests[request]) else { continue };
        let Some(topic) = sent.topic.as_deref() else { continue };
        let (epoch, seq) = (frame.data["epoch"].as_str(), integer(&frame.data["seq"]));
        by_topic.entry(topic).or_default().push(Joined {
            tick: frame.tick,
            line: frame.line,
            join_sent: sent.tick,
            epoch,
            seq,
        });
    }
    for (topic, joins) in by_topic {
        let stays: Vec<(usize, &Membership)> = (view.lines.iter().enumerate())
            .flat_map(|(line, of)| of.memberships.iter().map(move |stay| (line, stay)))
            .filter(|(_, stay)| stay.topic == topic)
            .collect();
        for pair in joins.windows(2) {
            let [first, second] = pair else { continue };
            judge.exercise();
            // Both joins were handled during one stay of somebody: the order in which two connections get their
            // answers is not the one in which their joins were handled.
            let bridged = stays.iter().any(|(line, stay)| {
                // Or the first itself was still there when the second had joined.
                let overlaps = *line == first.line && stay.joined <= first.tick;
                let spans = (stay.joined == first.tick || stay.joined < first.join_sent)
                    && stay.joined < second.join_sent;
                (overlaps || spans) && stay.leave_sent.is_none_or(|left| left > second.tick)
            });
            if bridged && first.epoch != second.epoch {
                let expected = "a topic keeps its epoch while it has a member";
                let got = format!("{}, then {}", quoted(first.epoch), quoted(second.epoch));
                judge.find("ROOM-9", expected, got, [first.tick, second.tick]);
            } else if first.epoch == second.epoch && first.seq > second.seq && first.tick < second.join_sent {
                let expected = "seq does not go back within an epoch";
                let got =
                    format!("a 201 with seq {}, then one with {}", number(first.seq), number(second.seq));
                judge.find("ROOM-9", expected, got, [first.tick, second.tick]);
            }
        }
    }
}
