//! `seq` goes on from the 201 without gap or repeat, names one chat to everybody, and lives as long as the
//! epoch does.

use std::collections::{HashMap, HashSet};

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
    judge_joins(view, judge);
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
            let is_in = |stay: &Membership| stay.leave_sent.is_none_or(|left| left > second.tick);
            let second_is_in = || {
                stays
                    .iter()
                    .any(|(line, stay)| *line == second.line && stay.joined <= second.tick && is_in(stay))
            };
            // Both joins were handled during one stay of somebody: the order in which two connections get their
            // answers is not the one in which their joins were handled.
            let bridged = stays.iter().any(|(line, stay)| {
                // Or the first itself was still there when the second had joined, and was there before it or together
                // with it: a second that has left again may have come and gone before the first came.
                let overlaps = *line == first.line
                    && stay.joined <= first.tick
                    && (stay.joined < second.join_sent || second_is_in());
                let spans = (stay.joined == first.tick || stay.joined < first.join_sent)
                    && stay.joined < second.join_sent;
                (overlaps || spans) && is_in(stay)
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

/// What is known of a topic's numbers from what was sent and heard, beside any 201.
#[derive(Default)]
struct Said<'v> {
    /// When something was sent that may have been numbered.
    sent: Vec<Tick>,
    /// By epoch, in the order of hearing: when, and the highest number heard by then with its tick.
    heard: HashMap<&'v str, Vec<(Tick, i64, Tick)>>,
    /// By epoch, in the order of sending: when, and the lowest number among this chat and those sent behind it.
    behind: HashMap<&'v str, Vec<(Tick, i64, Tick)>>,
    /// By epoch: when a number of it was heard for the first time.
    first_heard: HashMap<&'v str, Vec<Tick>>,
}

/// The `seq` of a 201 counts what had been heard before the join was sent, and counts nothing that was sent after it
/// was answered, nor more than was sent by then; what was said meanwhile is left open.
fn judge_joins(view: &View<'_>, judge: &mut Judge<'_>) {
    // Topics of this try are new, so that all that they hold was sent in it.
    let own = |topic: &&str| view.transcript.topics.iter().any(|known| known == topic);
    let mut topics: HashMap<&str, Said<'_>> = HashMap::new();
    let mut numbers: HashSet<(&str, &str, i64)> = HashSet::new();
    for sent in view.requests.iter().filter(|sent| sent.kind == Some(2)) {
        if let Some(topic) = sent.topic.as_deref().filter(own) {
            topics.entry(topic).or_default().sent.push(sent.tick);
        }
    }
    for frame in view.frames.iter().filter(|frame| frame.is_chat()) {
        let (Some(topic), Some(seq), Some(stay)) = (frame.topic().filter(own), frame.seq(), frame.stay)
        else {
            continue;
        };
        let Some(epoch) = view.lines[frame.line].memberships[stay].epoch.as_deref() else { continue };
        let said = topics.entry(topic).or_default();
        if numbers.insert((topic, epoch, seq)) {
            said.first_heard.entry(epoch).or_default().push(frame.tick);
        }
        let heard = said.heard.entry(epoch).or_default();
        let (highest, at) = heard.last().map_or((seq, frame.tick), |last| (last.1, last.2));
        heard.push(if seq > highest { (frame.tick, seq, frame.tick) } else { (frame.tick, highest, at) });
        if let Some(origin) = frame.mark.as_ref().and_then(|mark| view.origin(mark)) {
            let sent = view.requests[origin].tick;
            said.behind.entry(epoch).or_default().push((sent, seq, frame.tick));
        }
    }
    for behind in topics.values_mut().flat_map(|said| said.behind.values_mut()) {
        behind.sort_unstable();
        for index in (1..behind.len()).rev() {
            let (_, seq, tick) = behind[index];
            if seq < behind[index - 1].1 {
                (behind[index - 1].1, behind[index - 1].2) = (seq, tick);
            }
        }
    }
    let nothing = Said::default();
    for frame in view.frames.iter().filter(|frame| frame.code() == Some(201)) {
        let Some(join) = frame.answers.map(|request| &view.requests[request]) else { continue };
        let Some(topic) = join.topic.as_deref().filter(own) else { continue };
        let (Some(seq), Some(epoch)) = (integer(&frame.data["seq"]), frame.data["epoch"].as_str()) else {
            continue;
        };
        let said = topics.get(topic).unwrap_or(&nothing);
        let got = format!("seq {seq} in the 201");
        let heard = said.heard.get(epoch).map_or(&[][..], Vec::as_slice);
        let before = heard[..heard.partition_point(|(tick, ..)| *tick < join.tick)].last();
        if let Some((_, highest, tick)) = before.filter(|(_, highest, _)| *highest > seq) {
            let expected = format!("seq {highest} at least, which had been heard before the join was sent");
            judge.find("ROOM-8", expected, got, [*tick, join.tick, frame.tick]);
            continue;
        }
        let behind = said.behind.get(epoch).map_or(&[][..], Vec::as_slice);
        let later = behind.get(behind.partition_point(|(sent, ..)| *sent < frame.tick));
        if let Some((_, lowest, tick)) = later.filter(|(_, lowest, _)| *lowest <= seq) {
            let expected =
                format!("less than seq {lowest}, the number of a chat that was sent behind the 201");
            judge.find("ROOM-8", expected, got, [join.tick, frame.tick, *tick]);
            continue;
        }
        // What came over HTTP, and what was no message in the usual form, may have been a chat as well.
        let posts = view.exchanges.iter().filter(|exchange| exchange.tick < frame.tick).count();
        let raws = view.lines.iter().flat_map(|line| &line.raw).filter(|raw| raw.tick < frame.tick).count();
        // What was heard in other epochs has its numbers there.
        let others = said.first_heard.iter().filter(|(other, _)| **other != epoch);
        let elsewhere: usize =
            others.map(|(_, ticks)| ticks.partition_point(|tick| *tick < frame.tick)).sum();
        let sent = said.sent.partition_point(|tick| *tick < frame.tick) + posts + raws;
        let most = sent.saturating_sub(elsewhere);
        if usize::try_from(seq).is_ok_and(|seq| seq > most) {
            let expected = format!(
                "seq {most} at most: no more chats had been sent in this epoch of the topic, which is new"
            );
            judge.find("ROOM-8", expected, got, [join.tick, frame.tick]);
        }
    }
}
