//! Every member sees the same chats in the same order, and each sender's in the order of sending. Judged by
//! the marks alone: `seq` is not trusted here.

use std::collections::{HashMap, HashSet};

use super::{Judge, client_name};
use crate::view::{Frame, Role, Tick, View};

/// Chats by their requests, each with the tick of its arrival.
type Chats = Vec<(usize, Tick)>;

pub(super) fn judge(view: &View<'_>, judge: &mut Judge<'_>) {
    // The chats of each (topic, receiver, stay) in the order of their arrival, each once.
    let mut seen: HashMap<(&str, usize, Option<usize>), Chats> = HashMap::new();
    let mut known: HashSet<(usize, Option<usize>, usize)> = HashSet::new();
    for frame in view.frames.iter().filter(|frame| frame.is_chat() && frame.role != Role::Repeat) {
        let Some((request, topic)) = origin(view, frame) else { continue };
        if known.insert((frame.line, frame.stay, request)) {
            seen.entry((topic, frame.line, frame.stay)).or_default().push((request, frame.tick));
        }
    }
    let mut receivers: Vec<_> =
        seen.into_iter().map(|((topic, line, stay), chats)| ((topic, line), stay, chats)).collect();
    receivers.sort_unstable_by_key(|(of, stay, _)| (*of, *stay));
    let receivers: Vec<Seen<'_>> = receivers.into_iter().map(|(of, _, chats)| (of, chats)).collect();
    for ((_, receiver), chats) in &receivers {
        judge_senders(view, *receiver, chats, judge);
    }
    for same_topic in receivers.chunk_by(|((one, _), _), ((other, _), _)| one == other) {
        if !judge_agreement(view, same_topic, judge) {
            judge_cycles(view, same_topic, judge);
        }
    }
    judge_real_time(view, judge);
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
fn judge_agreement(view: &View<'_>, receivers: &[Seen<'_>], judge: &mut Judge<'_>) -> bool {
    let mut found = false;
    let Some((reference, most)) =
        receivers.iter().max_by_key(|(_, chats)| chats.len()).map(|((_, line), chats)| (*line, chats))
    else {
        return found;
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
                found = true;
                break;
            }
            if highest.is_none_or(|(above, ..)| above < *position) {
                highest = Some((*position, *request, *arrived));
            }
        }
    }
    found
}

/// No two or more receivers contradict one another in a ring: the union of what all saw has no cycle.
fn judge_cycles(view: &View<'_>, receivers: &[Seen<'_>], judge: &mut Judge<'_>) {
    // What each receiver saw next behind a chat, and how many saw something before it.
    let mut behind: HashMap<usize, Vec<(usize, Tick, Tick)>> = HashMap::new();
    let mut before: HashMap<usize, usize> = HashMap::new();
    for (_, chats) in receivers {
        for pair in chats.windows(2) {
            let [(earlier, at), (later, later_at)] = pair else { continue };
            behind.entry(*earlier).or_default().push((*later, *at, *later_at));
            before.entry(*earlier).or_default();
            *before.entry(*later).or_default() += 1;
        }
    }
    let mut free: Vec<usize> =
        before.iter().filter(|(_, count)| **count == 0).map(|(chat, _)| *chat).collect();
    while let Some(chat) = free.pop() {
        before.remove(&chat);
        for (later, ..) in behind.get(&chat).into_iter().flatten() {
            if let Some(count) = before.get_mut(later) {
                *count -= 1;
                if *count == 0 {
                    free.push(*later);
                }
            }
        }
    }
    let Some(ring) = before.keys().min().and_then(|&start| find_ring(start, &before, &behind)) else {
        return;
    };
    let sent = ring.iter().map(|(chat, ..)| view.requests[*chat].tick);
    let seen = ring.iter().flat_map(|(_, at, later_at)| [*at, *later_at]);
    let expected = "there is one order of the topic's chats that everybody's is a part of";
    let got = format!("{} chats, each of which somebody saw before the next, in a ring", ring.len());
    judge.find("ORD-4", expected, got, sent.chain(seen));
}

/// A ring among the chats that are left, as the chats and the ticks at which each and the next were seen.
fn find_ring(
    start: usize,
    left: &HashMap<usize, usize>,
    behind: &HashMap<usize, Vec<(usize, Tick, Tick)>>,
) -> Option<Vec<(usize, Tick, Tick)>> {
    // What lies behind a ring without being a part of it has no way back: such chats are taken out first.
    let mut alive: HashSet<usize> = left.keys().copied().collect();
    loop {
        let leads_on = |chat: &usize| {
            behind.get(chat).is_some_and(|next| next.iter().any(|(to, ..)| alive.contains(to)))
        };
        let dead: Vec<usize> = alive.iter().filter(|chat| !leads_on(chat)).copied().collect();
        if dead.is_empty() {
            break;
        }
        for chat in dead {
            alive.remove(&chat);
        }
    }
    let mut way: Vec<(usize, Tick, Tick)> = Vec::new();
    let mut place: HashMap<usize, usize> = HashMap::new();
    let mut chat = alive.get(&start).or_else(|| alive.iter().min()).copied()?;
    loop {
        if let Some(first) = place.insert(chat, way.len()) {
            return Some(way.split_off(first));
        }
        let (next, at, later_at) = *behind.get(&chat)?.iter().find(|(to, ..)| alive.contains(to))?;
        way.push((chat, at, later_at));
        chat = next;
    }
}

/// A chat that was sent after anybody had received another of the same topic has the higher number.
fn judge_real_time(view: &View<'_>, judge: &mut Judge<'_>) {
    // The highest number heard so far of each topic and epoch, and when; each chat's floor at its sending.
    let mut heard: HashMap<&str, HashMap<&str, (i64, Tick)>> = HashMap::new();
    let mut floors: HashMap<usize, HashMap<&str, (i64, Tick)>> = HashMap::new();
    let mut numbered: HashSet<usize> = HashSet::new();
    let mut frames = view.frames.iter().peekable();
    let mut requests = view.requests.iter().enumerate().filter(|(_, sent)| sent.kind == Some(2)).peekable();
    loop {
        let next_sent = requests.peek().map_or(Tick::MAX, |(_, sent)| sent.tick);
        let Some(frame) = frames.next_if(|frame| frame.tick < next_sent) else {
            let Some((request, sent)) = requests.next() else { return };
            if let Some(floor) = sent.topic.as_deref().and_then(|topic| heard.get(topic)) {
                floors.insert(request, floor.clone());
            }
            continue;
        };
        let (true, Some(seq), Some(stay)) = (frame.is_chat(), frame.seq(), frame.stay) else { continue };
        let stay = &view.lines[frame.line].memberships[stay];
        let (Some(epoch), Some((request, topic))) = (stay.epoch.as_deref(), origin(view, frame)) else {
            continue;
        };
        if numbered.insert(request)
            && let Some((floor, tick)) = floors.get(&request).and_then(|floor| floor.get(epoch))
        {
            judge.exercise();
            let sent = &view.requests[request];
            // A repeat is not said again: what it repeats was sent before.
            if seq <= *floor && !view.repeats.shares(request) {
                let expected = format!("a chat that was sent after seq {floor} was heard has a higher seq");
                let requirement = judge.requirement_of(sent.focus, "ORD-6");
                judge.find(requirement, expected, format!("seq {seq}"), [*tick, sent.tick, frame.tick]);
            }
        }
        let highest = heard.entry(topic).or_default().entry(epoch).or_insert((seq, frame.tick));
        if highest.0 < seq {
            *highest = (seq, frame.tick);
        }
    }
}
