//! Every chat reaches every member once, and what was not accepted reaches nobody.

use std::collections::HashMap;

use super::{Judge, client_name, excerpt, origin_case};
use crate::names::Mark;
use crate::program::Expect;
use crate::transcript::{Purpose, Wait};
use crate::view::{Role, Sent, Tick, View};

pub(super) fn judge(view: &View<'_>, judge: &mut Judge<'_>) {
    // For each chat (by its request), the connections that it reached and when.
    let mut reached: HashMap<usize, Vec<(usize, Tick)>> = HashMap::new();
    for frame in view.frames.iter().filter(|frame| frame.is_chat()) {
        judge.exercise();
        let origin = frame.mark.as_ref().and_then(|mark| view.origin(mark));
        // A question that was asked over HTTP is a chat that a client has sent, and the affair of its check.
        if origin.is_none() && frame.mark.as_ref().is_some_and(|mark| view.question(mark).is_some()) {
            continue;
        }
        let Some(request) = origin.filter(|&request| view.requests[request].kind != Some(4)) else {
            report_unknown(view, frame, judge);
            continue;
        };
        let arrivals = reached.entry(request).or_default();
        // What is replayed or answered to a repeat may have come before; the checks of these look at them.
        if frame.role != Role::Live {
            arrivals.push((frame.line, frame.tick));
            continue;
        }
        if let Some((_, first)) = arrivals.iter().find(|(line, _)| *line == frame.line) {
            let who = client_name(view.lines[frame.line].client);
            let sent = &view.requests[request];
            let requirement = judge.requirement_of(sent.focus, "CHAT-3");
            let got = format!("twice, the second time as {}", excerpt(frame.text));
            judge.find(
                requirement,
                format!("{who} gets each chat once"),
                got,
                [sent.tick, *first, frame.tick],
            );
        }
        arrivals.push((frame.line, frame.tick));
    }
    for (request, sent) in view.requests.iter().enumerate().filter(|(_, sent)| sent.kind == Some(2)) {
        let arrivals = reached.get(&request).map_or(&[][..], Vec::as_slice);
        match sent.expect {
            Expect::Refused { .. } | Expect::RefusedSomehow => judge_refused(view, sent, arrivals, judge),
            // Of chats that are the same one, only one is said.
            _ if arrivals.is_empty() && is_repeat(view, request, &reached) => {}
            _ => judge_accepted(view, sent, arrivals, judge),
        }
    }
}

fn is_repeat(view: &View<'_>, request: usize, reached: &HashMap<usize, Vec<(usize, Tick)>>) -> bool {
    view.repeats.group(request).iter().any(|other| *other != request && reached.contains_key(other))
}

fn report_unknown(view: &View<'_>, frame: &crate::view::Frame<'_>, judge: &mut Judge<'_>) {
    let expected = "each 200 delivers a chat that a client has sent";
    if let Some(origin) = origin_case(view, frame.text).filter(|_| frame.mark.is_some()) {
        let got = format!("a chat of another case, in topics of its own: {}", excerpt(frame.text));
        judge
            .find("ISO-1", "nothing of a topic reaches those who never joined it", got, [frame.tick])
            .origin = Some(origin);
    } else {
        judge.find("CHAT-7", expected, excerpt(frame.text), [frame.tick]);
    }
}

/// A refused chat has no effect: nobody gets it.
fn judge_refused(view: &View<'_>, sent: &Sent<'_>, arrivals: &[(usize, Tick)], judge: &mut Judge<'_>) {
    if let Some((line, tick)) = arrivals.first() {
        let who = client_name(view.lines[*line].client);
        let expected = "a chat that must be refused reaches nobody";
        let requirement = judge.requirement_of(sent.focus, "ERR-7");
        judge.find(requirement, expected, format!("{who} got it"), [sent.tick, *tick]);
    }
}

/// A chat that was said reaches every connection that certainly was a member from before it was sent until
/// all had settled.
fn judge_accepted(view: &View<'_>, sent: &Sent<'_>, arrivals: &[(usize, Tick)], judge: &mut Judge<'_>) {
    let Some(topic) = &sent.topic else { return };
    // Nobody got it, not even its sender: that is an answer missing, which the answers check reports, unless
    // the sender is not there to get one.
    let sender = &view.lines[sent.line];
    let sender_gone = sender.leaving.is_some() || sender.ended.is_some();
    let closed_behind = sender
        .leaving
        .is_some_and(|(tick, how, _)| tick > sent.tick && how == crate::transcript::Leaving::Close);
    if arrivals.is_empty() && !(closed_behind && was_joined(view, sent, topic)) {
        return;
    }
    let Some(settled) = view.settled_after(sent.tick) else { return };
    for (number, line) in view.lines.iter().enumerate() {
        let member = line.stay_before(topic, sent.tick).filter(|stay| stay.certain(sent.tick, settled));
        let Some(stay) = member else { continue };
        if number == sent.line && sender_gone {
            continue;
        }
        judge.exercise();
        if arrivals.iter().any(|(arrived, _)| *arrived == number) {
            continue;
        }
        let who = client_name(line.client);
        let expected = format!("{who}, a member of the topic since before, gets the chat");
        let missed = line.missed.iter().find(|(tick, wait, _)| {
            matches!(wait, Wait::Marker(_) | Wait::Fence | Wait::Answers)
                && *tick > sent.tick
                && *tick <= settled
        });
        let overtaker = line.frames.iter().map(|&frame| &view.frames[frame]).find(|frame| {
            frame.is_chat()
                && frame.tick > sent.tick
                && origin_is_later(view, frame.mark.as_ref(), sent, topic)
        });
        let by_clock = overtaker.is_none();
        let (got, evidence) = match (overtaker, missed, arrivals.first()) {
            (Some(later), ..) => {
                ("it never came, though a later chat of the topic did".to_owned(), later.tick)
            }
            (None, Some((tick, _, waited)), _) => (format!("it had not come after {waited} ms"), *tick),
            (None, None, Some((other, tick))) => {
                let other = client_name(view.lines[*other].client);
                (format!("it never came, though {other} got it"), *tick)
            }
            (None, None, None) => ("nobody got it".to_owned(), settled),
        };
        // A marker that one member lost shows what the chat before it shows as well.
        if sent.purpose == Purpose::Marker && by_clock && missed.is_none() && arrivals.is_empty() {
            continue;
        }
        let general = if closed_behind { "ORD-10" } else { "CHAT-1" };
        let requirement = judge.requirement_of(sent.focus, general);
        judge.find(requirement, expected, got, [stay.joined, sent.tick, evidence]).by_clock = by_clock;
    }
}

/// Whether the sender was in the topic when its chat was handled, as far as its own frames before it tell: a chat from
/// outside is refused, and where the connection was closed behind it nobody need say so.
fn was_joined(view: &View<'_>, sent: &Sent<'_>, topic: &str) -> bool {
    if sent.answer(view).is_some_and(crate::view::Frame::is_error) {
        return false;
    }
    let before = view.lines[sent.line].requests.iter().map(|&request| &view.requests[request]);
    let moves = before.filter(|request| request.tick < sent.tick && request.topic.as_deref() == Some(topic));
    let moves =
        moves.filter(|request| matches!(request.kind, Some(3 | 6)) && *request.expect == Expect::Derived);
    let mut moves = moves.rev();
    let last = moves.find(|request| !request.answer(view).is_some_and(crate::view::Frame::is_error));
    last.is_some_and(|request| request.kind == Some(3))
}

fn origin_is_later(view: &View<'_>, mark: Option<&Mark>, sent: &Sent<'_>, topic: &str) -> bool {
    let origin = mark.and_then(|mark| view.origin(mark)).map(|request| &view.requests[request]);
    origin.is_some_and(|origin| origin.tick > sent.tick && origin.topic.as_deref() == Some(topic))
}
