//! A server that was told to end, and begins to drain, says so first, takes nothing new, loses nothing, and closes with
//! 4202. One that just ends has not begun to drain, and owes nothing of it.
//!
//! That what is new is refused, and that heartbeats are still acked, the check of answers says.

use super::{Judge, client_name, excerpt};
use crate::transcript::Wait;
use crate::view::{DRAINING, Frame, Line, Tick, View};

pub(super) fn judge(view: &View<'_>, judge: &mut Judge<'_>) {
    let Some(told) = view.told_to_end else { return };
    let drains = view.lines.iter().any(|line| line.drains.is_some());
    let there: Vec<&Line<'_>> = view
        .lines
        .iter()
        .filter(|line| line.opened.is_some() && ended(line).is_none_or(|end| end > told))
        .collect();
    if !drains {
        judge.moot(just_ended(view, told, &there));
        return;
    }
    for line in there {
        judge_announcement(view, told, line, judge);
        judge_close(told, line, judge);
        judge_deliveries(view, told, line, judge);
    }
}

/// When the connection was closed by the server, or its stream ended.
fn ended(line: &Line<'_>) -> Option<Tick> {
    line.close.map(|(tick, ..)| tick).into_iter().chain(line.ended.map(|(tick, _)| tick)).min()
}

/// What a server did that did not drain.
fn just_ended(view: &View<'_>, told: Tick, there: &[&Line<'_>]) -> String {
    let ends: Vec<Tick> = there.iter().filter_map(|line| ended(line)).collect();
    let what = match ends.iter().max() {
        Some(&last) => {
            let after = (view.at_us(last) - view.at_us(told)) / 1000;
            format!("{} of {} connections ended within {after} ms", ends.len(), there.len())
        }
        None => "its connections stayed open".into(),
    };
    format!(
        "told to end, it did not begin to drain: {what}, without an announcement, a 503 or a close with 4202"
    )
}

/// Whoever is known is told first.
fn judge_announcement(view: &View<'_>, told: Tick, line: &Line<'_>, judge: &mut Judge<'_>) {
    let frames = || line.frames.iter().map(|&frame| &view.frames[frame]);
    let accepted = |frame: &Frame<'_>| frame.answers.is_some() && !frame.is_error();
    let Some(first) = frames().find(|frame| frame.tick < told && accepted(frame)) else { return };
    judge.exercise();
    let announced = frames().find(|frame| frame.tick > told && frame.announces_the_end());
    let refused = frames().find(|frame| frame.tick > told && frame.code() == Some(503));
    let who = client_name(line.client);
    let (requirement, expected) = if view.transcript.declared.claims("notice") {
        ("NOTE-13", "the announcement of the end comes")
    } else {
        ("LIMIT-18", "the announcement of the end should come")
    };
    let due = refused.map(|frame| (frame.tick, excerpt(frame.text)));
    let due = due.or_else(|| ended(line).map(|tick| (tick, "the connection ended".into())));
    let Some((due, instead)) = due.filter(|(due, _)| announced.is_none_or(|frame| frame.tick > *due)) else {
        return;
    };
    let expected = format!("{expected} to {who} before any 503 and before the close");
    let got = format!("{instead}, and no 203 without from, with an integer reconnectAfterMs, before that");
    judge.find(requirement, expected, got, [first.tick, told, due]);
}

/// It is closed with 4202, and not otherwise.
fn judge_close(told: Tick, line: &Line<'_>, judge: &mut Judge<'_>) {
    let who = client_name(line.client);
    let expected = format!("the connection of {who} is closed with {DRAINING}");
    let got = match (line.close, line.ended) {
        (Some((_, DRAINING, _)), _) => {
            judge.exercise();
            return;
        }
        (Some((tick, code, reason)), _) => Some((tick, format!("it was closed with {code} {reason:?}"))),
        (None, Some((tick, _))) => Some((tick, "its stream ended without a close frame".into())),
        // How long draining takes, the spec leaves open.
        (None, None) => None,
    };
    if let Some((tick, got)) = got {
        judge.exercise();
        judge.find("LIMIT-19", expected, got, [told, tick]);
    }
}

/// What was accepted is delivered before the close: at the latest to a connection that was still served afterwards, as
/// the ack of a later heartbeat shows.
fn judge_deliveries(view: &View<'_>, told: Tick, line: &Line<'_>, judge: &mut Judge<'_>) {
    let Some((closed, DRAINING, _)) = line.close else { return };
    if line.missed.iter().any(|(_, wait, _)| **wait == Wait::End) {
        return;
    }
    let requests = || line.requests.iter().map(|&request| &view.requests[request]);
    for sent in view.requests.iter().filter(|sent| sent.kind == Some(2)) {
        let (Some(topic), Some(answer)) = (&sent.topic, sent.answer(view).filter(|answer| answer.is_chat()))
        else {
            continue;
        };
        let member = line.stay_before(topic, sent.tick);
        // Whoever left by itself is the affair of others.
        let Some(stay) = member.filter(|stay| stay.left.is_none_or(|left| left > closed)) else { continue };
        let served = requests()
            .find(|later| later.kind == Some(1) && later.tick > answer.tick && later.answer(view).is_some());
        let Some(served) = served.and_then(|later| later.answer(view)).filter(|ack| ack.tick > told) else {
            continue;
        };
        judge.exercise();
        let came = line.frames.iter().map(|&frame| &view.frames[frame]).any(|frame| {
            frame.is_chat() && frame.topic() == Some(topic.as_str()) && frame.seq() == answer.seq()
        });
        if !came {
            let who = client_name(line.client);
            let expected = format!("{who} gets the chats that were accepted before the server closes");
            let got = format!("{} never came", excerpt(answer.text));
            judge.find("CHAT-1", expected, got, [stay.joined, sent.tick, answer.tick, served.tick, closed]);
            return;
        }
    }
}
