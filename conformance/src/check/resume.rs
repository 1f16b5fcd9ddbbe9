//! Who comes back gets all that was missed, or is told that it gets nothing.

use serde_json::Value;

use super::{Judge, client_name, excerpt};
use crate::view::{Frame, Line, Role, Sent, Tick, View, integer};

/// How many missed chats a server should be willing to replay (RES-11).
const WORTH_REPLAYING: i64 = 100;

pub(super) fn judge(view: &View<'_>, judge: &mut Judge<'_>) {
    let declared = &view.transcript.declared;
    if !declared.claims("resume") {
        return;
    }
    for line in &view.lines {
        for &request in &line.requests {
            let sent = &view.requests[request];
            let (Some(3), Some(answer)) = (sent.kind, sent.answer(view)) else { continue };
            if answer.code() == Some(201) {
                judge_word(view, line, sent, answer, judge);
            }
        }
        for number in 0..line.memberships.len() {
            judge_replay(view, line, number, judge);
        }
    }
}

/// A join's `since`, as it was sent.
struct Since<'v> {
    epoch: &'v str,
    seq: i64,
}

/// What the 201 says of it.
fn judge_word(view: &View<'_>, line: &Line<'_>, sent: &Sent<'_>, answer: &Frame<'_>, judge: &mut Judge<'_>) {
    let who = client_name(line.client);
    let evidence = [sent.tick, answer.tick];
    let recovered = answer.data.get("recovered").and_then(Value::as_bool);
    let got = || excerpt(answer.text);
    let since = &sent.payload["since"];
    let (Some(epoch), Some(seq)) = (since["epoch"].as_str(), integer(&since["seq"])) else {
        if recovered == Some(true) {
            let expected = format!("the 201 of {who}, who has no since, has no recovered, or false");
            judge.find("RES-1", expected, got(), evidence);
        }
        return;
    };
    let since = Since { epoch, seq };
    judge.exercise();
    let mut find = |general: &str, expected: String| {
        let requirement = judge.requirement_of(sent.focus, general);
        judge.find(requirement, expected, got(), evidence);
    };
    let Some(recovered) = recovered else {
        return find("RES-1", format!("the 201 of {who}, who has a since, has a boolean recovered"));
    };
    let stay = line.memberships.iter().find(|stay| {
        Some(stay.topic.as_str()) == sent.topic.as_deref()
            && stay.joined <= answer.tick
            && stay.left.is_none_or(|left| answer.tick < left)
    });
    let again = stay.is_some_and(|stay| stay.joined < answer.tick);
    let there = (answer.data["epoch"].as_str(), integer(&answer.data["seq"]));
    let (Some(epoch), Some(last)) = there else { return };
    if recovered {
        if again {
            find("RES-10", format!("{who}, who is in the topic already, is told recovered false"));
        } else if since.epoch != epoch || since.seq > last {
            find("RES-5", format!("{who}, whose since is none of this epoch, is told recovered false"));
        }
    } else if !again && since.epoch == epoch {
        if since.seq == last {
            find("RES-7", format!("{who}, who has missed nothing, is told recovered true"));
        } else if since.seq < last && is_worth_replaying(view, line, sent, &since, last) {
            // A server need not be willing: that it is what it should be, whatever the case is about.
            let expected =
                format!("{who}, who has missed {} chats, is told recovered true", last - since.seq);
            judge.find("RES-11", expected, got(), evidence);
        }
    }
}

/// Whether there was a member all the while, and what was missed is little.
fn is_worth_replaying(
    view: &View<'_>,
    line: &Line<'_>,
    sent: &Sent<'_>,
    since: &Since<'_>,
    last: i64,
) -> bool {
    let Some(topic) = sent.topic.as_deref() else { return false };
    let missed = |frame: &&Frame<'_>| {
        let seq = frame.seq().unwrap_or_default();
        frame.is_chat() && frame.topic() == Some(topic) && since.seq < seq && seq <= last
    };
    let bytes: usize = {
        let mut known = std::collections::HashMap::new();
        for frame in view.frames.iter().filter(missed) {
            known.insert(frame.seq(), frame.text.len());
        }
        known.values().sum()
    };
    let from = view.requests.first().map_or(0, |first| first.tick);
    let stays =
        view.lines.iter().filter(|other| !std::ptr::eq(*other, line)).flat_map(|other| &other.memberships);
    let mut others = stays.filter(|stay| stay.topic == topic && stay.epoch.as_deref() == Some(since.epoch));
    // One other connection that was there when the client last was, and still is.
    let last_there = last_seen(view, line, topic, sent.tick).unwrap_or(from);
    last - since.seq <= WORTH_REPLAYING
        && bytes < view.transcript.declared.max_queue_bytes()
        && others.any(|stay| stay.certain(last_there, sent.tick))
}

/// When a device last was in a topic, on whatever connection.
fn last_seen(view: &View<'_>, line: &Line<'_>, topic: &str, before: Tick) -> Option<Tick> {
    let same = view.lines.iter().filter(|other| other.client == line.client);
    let stays = same.flat_map(|other| &other.memberships).filter(|stay| stay.topic == topic);
    stays.map(|stay| stay.joined).filter(|joined| *joined < before).max()
}

/// What was missed comes in full, in order, before anything live; that it is in order and without gaps, the
/// check of `seq` says.
fn judge_replay(view: &View<'_>, line: &Line<'_>, number: usize, judge: &mut Judge<'_>) {
    let stay = &line.memberships[number];
    let who = client_name(line.client);
    let chats = || line.chats_of_stay[number].iter().map(|&frame| &view.frames[frame]);
    let Some(seq) = stay.seq else { return };
    let Some(behind) = stay.replayed_behind else {
        if !stay.with_since {
            return;
        }
        judge.exercise();
        let old = chats().find(|frame| frame.role == Role::Live && frame.seq().is_some_and(|old| old <= seq));
        if let Some(frame) = old {
            let expected = format!("{who} is sent nothing of what was missed, as the 201 says");
            judge.find("RES-4", expected, excerpt(frame.text), [stay.joined, frame.tick]);
        }
        return;
    };
    judge.exercise();
    let replayed: Vec<i64> =
        chats().filter(|frame| frame.role == Role::Replay).filter_map(Frame::seq).collect();
    let reached = replayed.last().copied().unwrap_or(behind);
    if reached >= seq {
        return;
    }
    // What proves that the rest does not come: an answer to a later request, or a live chat.
    let live = chats().find(|frame| frame.seq().is_some_and(|live| live > seq)).map(|frame| frame.tick);
    let later = |&&request: &&usize| view.requests[request].tick > stay.joined;
    let fenced = line.requests.iter().filter(later).find_map(|&request| view.requests[request].answer(view));
    let Some(proof) = live.into_iter().chain(fenced.map(|answer| answer.tick)).min() else { return };
    let expected = format!("{who} gets the missed chats up to seq {seq} before anything else");
    let got = format!("they end with seq {reached}");
    judge.find("RES-2", expected, got, [stay.joined, proof]);
}
