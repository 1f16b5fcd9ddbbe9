//! Every member sees the same chats in the same order, and each sender's in the order of sending. Judged by
//! the marks alone: `seq` is not trusted here.

use std::collections::{HashMap, HashSet};

use super::{Judge, client_name};
use crate::view::{Frame, Tick, View};

pub(super) fn judge(view: &View<'_>, judge: &mut Judge<'_>) {
    // The chats of each (topic, receiver) in the order of their arrival, each once.
    let mut seen: HashMap<(&str, usize), Vec<(usize, Tick)>> = HashMap::new();
    let mut known: HashSet<(usize, usize)> = HashSet::new();
    for frame in view.frames.iter().filter(|frame| frame.is_chat()) {
        let Some((request, topic)) = origin(view, frame) else { continue };
        if known.insert((frame.line, request)) {
            seen.entry((topic, frame.line)).or_default().push((request, frame.tick));
        }
    }
    let mut receivers: Vec<_> = seen.into_iter().collect();
    receivers.sort_unstable_by_key(|((topic, line), _)| (*topic, *line));
    for ((_, receiver), chats) in &receivers {
        judge_senders(view, *receiver, chats, judge);
    }
    for same_topic in receivers.chunk_by(|((one, _), _), ((other, _), _)| one == other) {
        judge_agreement(view, same_topic, judge);
    }
}

fn origin<'v>(view: &'v View<'_>, frame: &Frame<'_>) -> Option<(usize, &'v str)> {
    let request = view.origin(frame.mark.as_ref()?)?;
    Some((request, view.requests[request].topic.as_deref()?))
}

/// Chats of one connection keep the order in which they were sent, and a chat that was sent after another
/// had been heard stands behind it.
fn judge_senders(view: &View<'_>, receiver: usize, chats: &[(usize, Tick)], judge: &mut Judge<'_>) {
    let mut last: HashMap<usize, (usize, Tick)> = HashMap::new();
    // The latest tick of sending among the chats so far: whatever was heard by anybody before a chat was
    // sent must not come behind it.
    let mut latest_sent: Option<(usize, Tick)> = None;
    for &(request, arrived) in chats {
        judge.exercise();
        let sent = &view.requests[request];
        if let Some((earlier, tick)) = last.insert(sent.line, (request, arrived))
            && earlier > request
        {
            let who = client_name(view.lines[receiver].client);
            let sender = client_name(view.lines[sent.line].client);
            let expected = format!("{who} sees the chats of {sender} in the order in which they were sent");
            let requirement = judge.requirement_of(sent.focus, "ORD-5");
            let evidence = [sent.tick, view.requests[earlier].tick, tick, arrived];
            judge.find(requirement, expected, "the later one came first", evidence);
        }
        let heard = sent.answer(view).filter(|answer| answer.is_chat()).map(|answer| answer.tick);
        if let (Some((later, later_arrived)), Some(heard)) = (latest_sent, heard)
            && view.requests[later].tick > heard
            && view.requests[later].line != sent.line
        {
            let who = client_name(view.lines[receiver].client);
            let expected = format!("{who} sees a chat before one that was sent after it had been delivered");
            let evidence = [sent.tick, heard, view.requests[later].tick, later_arrived, arrived];
            judge.find("ORD-6", expected, "the later one came first", evidence);
        }
        if latest_sent.is_none_or(|(later, _)| view.requests[later].tick < sent.tick) {
            latest_sent = Some((request, arrived));
        }
    }
}

type Seen<'v> = ((&'v str, usize), Vec<(usize, Tick)>);

/// All receivers of a topic agree with the one that saw the most of it.
fn judge_agreement(view: &View<'_>, receivers: &[Seen<'_>], judge: &mut Judge<'_>) {
    let Some((reference, most)) =
        receivers.iter().max_by_key(|(_, chats)| chats.len()).map(|((_, line), chats)| (*line, chats))
    else {
        return;
    };
    let rank: HashMap<usize, (usize, Tick)> =
        most.iter().enumerate().map(|(rank, (request, tick))| (*request, (rank, *tick))).collect();
    for ((_, receiver), chats) in receivers.iter().filter(|((_, line), _)| *line != reference) {
        let mut highest: Option<(usize, usize, Tick)> = None;
        for (request, arrived) in chats {
            let Some((position, _)) = rank.get(request) else { continue };
            judge.exercise();
            if let Some((above, other, other_arrived)) = highest
                && above > *position
            {
                let (who, than) = (*receiver, reference);
                let (who, than) = (client_name(view.lines[who].client), client_name(view.lines[than].client));
                let expected = format!("{who} and {than} see the chats of the topic in the same order");
                let evidence = [rank[request].1, rank[&other].1, other_arrived, *arrived].into_iter();
                judge.find("ORD-4", expected, "two of them are the other way round", evidence);
                break;
            }
            if highest.is_none_or(|(above, ..)| above < *position) {
                highest = Some((*position, *request, *arrived));
            }
        }
    }
}
