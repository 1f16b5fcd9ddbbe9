//! Every request is answered: rightly, once, in order, with its id.

use super::secrecy;
use super::{Judge, client_name, excerpt, origin_case, pair, request_name};
use crate::program::Expect;
use crate::transcript::{Leaving, Purpose, Wait};
use crate::view::{Frame, Line, Sent, View};

/// What the spec says must come back.
struct Due<'a> {
    kind: i64,
    code: i64,
    reason: Option<&'a str>,
    /// The requirement that says so.
    requirement: &'static str,
}

pub(super) fn judge(view: &View<'_>, judge: &mut Judge<'_>) {
    secrecy::judge(view, judge);
    for line in &view.lines {
        let mut joined: Vec<&str> = Vec::new();
        for (position, &request) in line.requests.iter().enumerate() {
            let sent = &view.requests[request];
            let due = due(view, sent, &joined);
            match sent.answer(view) {
                Some(answer) => {
                    judge.exercise();
                    judge.exercise_focus(sent.focus, !answer.is_not_now());
                    judge_answer(line, sent, answer, due.as_ref(), judge);
                    judge_repeats(view, sent, judge);
                    judge_id(sent, answer, judge);
                    if let Some(topic) = &sent.topic {
                        match (answer.kind(), answer.code()) {
                            (Some(3), Some(201)) if !joined.contains(&topic.as_str()) => joined.push(topic),
                            (Some(6), Some(204)) => joined.retain(|known| known != topic),
                            _ => {}
                        }
                    }
                }
                None => judge_silence(view, line, position, sent, due.as_ref(), judge),
            }
        }
        judge_order(view, line, judge);
        judge_unasked(view, line, judge);
    }
}

/// What must come of a request on a connection that has joined these topics; `None` where anything may.
fn due<'a>(view: &View<'_>, sent: &'a Sent<'_>, joined: &[&str]) -> Option<Due<'a>> {
    match sent.expect {
        Expect::Refused { code, reason, answer_type } => {
            let (kind, code) = (*answer_type, i64::from(*code));
            return Some(Due {
                kind,
                code,
                reason: Some(reason),
                requirement: requirement_of_reason(reason),
            });
        }
        Expect::Derived => {}
        _ => return None,
    }
    let is_joined = || sent.topic.as_deref().is_some_and(|topic| joined.contains(&topic));
    let declared = &view.transcript.declared;
    // A topic that the connection is in already takes no place.
    let is_full = || sent.topic.is_some() && !is_joined() && joined.len() >= declared.max_topics();
    let kind = sent.kind?;
    if let Some(profile) = [(4, "notice"), (5, "presence")].iter().find(|(of, _)| *of == kind)
        && !declared.claims(profile.1)
    {
        // What is there and not to be judged is left alone.
        let absent = !declared.names(profile.1);
        let reason = Some("unknown_type");
        return absent.then_some(Due { kind, code: 501, reason, requirement: "ERR-11" });
    }
    let (kind, code, reason, requirement) = match kind {
        1 => (1, 100, None, "BEAT-1"),
        2 if is_joined() => (2, 200, None, "CHAT-2"),
        2 => (2, 403, Some("not_joined"), "CHAT-13"),
        3 if is_full() => (3, 403, Some("too_many_topics"), "ROOM-11"),
        3 => (3, 201, None, "ROOM-4"),
        4 if !is_joined() => (4, 403, Some("not_joined"), "NOTE-4"),
        4 if target_is_there(view, sent)? => (4, 202, None, "NOTE-1"),
        4 => (4, 404, Some("no_such_member"), "NOTE-5"),
        5 if is_joined() => (5, 205, None, "PRES-1"),
        5 => (5, 403, Some("not_joined"), "PRES-4"),
        6 if is_joined() => (6, 204, None, "ROOM-16"),
        6 => (6, 204, None, "ROOM-17"),
        _ => return None,
    };
    let is_accepted = reason.is_none();
    if is_accepted && view.lines[sent.line].drains.is_some_and(|since| since < sent.tick) {
        match kind {
            2..=4 => {
                let reason = Some("unavailable");
                return Some(Due { kind, code: 503, reason, requirement: "LIMIT-17" });
            }
            1 | 6 => return Some(Due { kind, code, reason, requirement: "LIMIT-20" }),
            _ => {}
        }
    }
    Some(Due { kind, code, reason, requirement })
}

/// Whether the user to whom a notice goes was in the topic when the notice was handled; `None` where that is not
/// certain.
fn target_is_there(view: &View<'_>, sent: &Sent<'_>) -> Option<bool> {
    let to = sent.payload["to"].as_str()?;
    let topic = sent.topic.as_deref()?;
    let until = sent.answer(view).map_or(view.transcript.events.len(), |answer| answer.tick);
    let lines = view.lines.iter().filter(|line| line.user == to);
    let stays = lines.flat_map(|line| line.memberships.iter().chain(&line.attempts));
    let mut stays = stays.filter(|stay| stay.topic == topic);
    let certain = stays.clone().any(|stay| stay.certain(sent.tick, until));
    let possible = stays.any(|stay| stay.join_sent < until && stay.left.is_none_or(|left| sent.tick < left));
    if certain { Some(true) } else { (!possible).then_some(false) }
}

fn requirement_of_reason(reason: &str) -> &'static str {
    match reason {
        "malformed_envelope" => "ERR-8",
        "unauthenticated" => "ERR-9",
        "wrong_user" => "ERR-10",
        "unknown_type" => "ERR-11",
        "too_many_topics" => "ROOM-11",
        "not_joined" => "CHAT-13",
        "wrong_author" => "CHAT-14",
        _ => "ERR-12",
    }
}

fn judge_answer(
    line: &Line<'_>,
    sent: &Sent<'_>,
    answer: &Frame<'_>,
    due: Option<&Due<'_>>,
    judge: &mut Judge<'_>,
) {
    let who = || client_name(line.client);
    let evidence = [sent.tick, answer.tick];
    if *sent.expect == Expect::RefusedSomehow && !answer.is_error() {
        let requirement = judge.requirement_of(sent.focus, "ERR-1");
        let expected = format!("{} is answered with an error to {}", who(), request_name(sent));
        judge.find(requirement, expected, format!("{}: {}", pair(answer), excerpt(answer.text)), evidence);
    }
    let Some(due) = due else { return };
    if answer.is_not_now() {
        return;
    }
    let reason = answer.data["reason"].as_str();
    let is_due = answer.code() == Some(due.code) && (due.reason.is_none() || reason == due.reason);
    if is_due && answer.kind() == Some(due.kind) {
        if answer.is_error() {
            judge_topic(sent, answer, judge);
        }
        return;
    }
    let wanted = match due.reason {
        Some(reason) => format!("type {} code {} ({reason})", due.kind, due.code),
        None => format!("type {} code {}", due.kind, due.code),
    };
    let expected = format!("{} is answered {wanted} to {}", who(), request_name(sent));
    if !is_due {
        let requirement = judge.requirement_of(sent.focus, due.requirement);
        judge.find(requirement, expected, format!("{}: {}", pair(answer), excerpt(answer.text)), evidence);
        return;
    }
    let requirement = if answer.is_error() { "ERR-3" } else { "ENV-11" };
    judge.find(judge.requirement_of(sent.focus, requirement), expected, pair(answer), evidence);
    if answer.is_error() {
        judge_topic(sent, answer, judge);
    }
}

/// `topic` on an error frame.
fn judge_topic(sent: &Sent<'_>, answer: &Frame<'_>, judge: &mut Judge<'_>) {
    const NAMED: [&str; 5] =
        ["invalid_payload", "too_many_topics", "not_joined", "wrong_author", "no_such_member"];
    let named = sent.topic.as_deref();
    let evidence = [sent.tick, answer.tick];
    match (answer.topic(), named) {
        (None, Some(topic)) if answer.data["reason"].as_str().is_some_and(|r| NAMED.contains(&r)) => {
            let expected = format!("the error carries \"topic\": {topic:?} beside data");
            judge.find("ERR-16", expected, excerpt(answer.text), evidence);
        }
        (Some(carried), _) if Some(carried) != named && sent.raw_topic.as_deref() != Some(carried) => {
            let expected = named.map_or("the error carries no topic".into(), |topic| {
                format!("the error carries no other topic than {topic:?}")
            });
            judge.find("ERR-18", expected, excerpt(answer.text), evidence);
        }
        _ => {}
    }
}

fn judge_repeats(view: &View<'_>, sent: &Sent<'_>, judge: &mut Judge<'_>) {
    // A chat that comes twice is the affair of the delivery check.
    let answers: Vec<_> = sent.answers.iter().map(|&frame| &view.frames[frame]).collect();
    if let [first, second, ..] = answers[..]
        && !first.is_chat()
    {
        let requirement = match (sent.kind, second.is_error()) {
            (Some(1), false) => "BEAT-1",
            (_, true) if first.is_error() => "ERR-1",
            _ => "ERR-7",
        };
        let expected = format!("one answer to {}", request_name(sent));
        let got = format!("{} of them: {}, then {}", answers.len(), pair(first), pair(second));
        judge.find(requirement, expected, got, [sent.tick, first.tick, second.tick]);
    }
}

fn judge_id(sent: &Sent<'_>, answer: &Frame<'_>, judge: &mut Judge<'_>) {
    if answer.is_chat() {
        return;
    }
    let (has, asked) = (answer.json.get("id"), sent.id.as_deref());
    if has.and_then(|id| id.as_str()) != asked || (asked.is_none() && has.is_some()) {
        let general = match (answer.is_error(), asked) {
            (true, _) => "ERR-4",
            (false, Some(_)) => "ENV-12",
            (false, None) => "ENV-13",
        };
        let expected = asked
            .map_or("the answer carries no id".into(), |id| format!("the answer carries \"id\": {id:?}"));
        let requirement = judge.requirement_of(sent.focus, general);
        judge.find(requirement, expected, excerpt(answer.text), [sent.tick, answer.tick]);
    }
}

/// A request that was not answered.
fn judge_silence(
    view: &View<'_>,
    line: &Line<'_>,
    position: usize,
    sent: &Sent<'_>,
    due: Option<&Due<'_>>,
    judge: &mut Judge<'_>,
) {
    if matches!(sent.expect, Expect::Ends { .. }) {
        return;
    }
    if line.is_left_open(&view.requests) {
        // From here on the spec leaves open what this connection hears.
        judge.exercise_focus(sent.focus, *sent.expect == Expect::Survived);
        return;
    }
    judge.exercise_focus(sent.focus, false);
    let who = client_name(line.client);
    let what = request_name(sent);
    let general = due.map_or("ERR-1", |due| due.requirement);
    let requirement = judge.requirement_of(sent.focus, general);
    let expected = due.map_or(format!("{who} gets an answer to {what}"), |due| {
        format!("{who} is answered type {} code {} to {what}", due.kind, due.code)
    });

    // Where acks overtake what is due before them, they prove nothing.
    let proves = |later: &&Sent<'_>| view.transcript.declared.acks_are_fences() || later.kind != Some(1);
    let later = line.requests[position + 1..].iter().map(|&request| &view.requests[request]).filter(proves);
    if let Some(overtaker) = later.clone().find_map(|sent| sent.answer(view)) {
        let got = format!("no answer, though a later request was answered ({})", pair(overtaker));
        judge.exercise();
        judge.find(requirement, expected, got, [sent.tick, overtaker.tick]);
        return;
    }
    // Heartbeats that only wait for an end are owed no answer.
    if sent.purpose == Purpose::KeepAlive && (line.leaving.is_some() || line.may_be_ended(&view.requests)) {
        return;
    }
    match (line.leaving, line.over()) {
        // What came before a close frame must be handled and should be answered; a dropped socket is owed
        // nothing, and on a connection that was lost the ending check says so.
        (Some((left, Leaving::Close, _)), _) if sent.tick < left => {
            let late = line.close.map_or(left, |(tick, ..)| tick);
            judge.exercise();
            judge.find("ORD-11", expected, "no answer before the connection was closed", [sent.tick, late]);
        }
        (Some(_), _) | (None, Some(_)) if line.abandoned.is_none() => {}
        _ => {
            let fence = |wait: &Wait| matches!(wait, Wait::Fence | Wait::Answers);
            let missed = line.missed.iter().find(|(tick, wait, _)| *tick > sent.tick && fence(wait));
            let Some((tick, _, waited_ms)) = missed else { return };
            // Of many unanswered requests, only the first is worth a finding.
            let earlier = line.requests[..position].iter().map(|&request| &view.requests[request]);
            if earlier.clone().any(|sent| sent.answers.is_empty() && sent.purpose != Purpose::KeepAlive) {
                return;
            }
            let got = format!("nothing at all within {waited_ms} ms, nor to any request behind it");
            judge.exercise();
            judge.find(requirement, expected, got, [sent.tick, *tick]).by_clock = true;
        }
    }
}

fn judge_order(view: &View<'_>, line: &Line<'_>, judge: &mut Judge<'_>) {
    let mut latest: Option<(usize, &Frame<'_>)> = None;
    for &frame in &line.frames {
        let frame = &view.frames[frame];
        let Some(request) = frame.answers else { continue };
        if view.requests[request].answers.first().map(|&first| view.frames[first].tick) != Some(frame.tick) {
            continue;
        }
        if let Some((later, overtook)) = latest.filter(|(later, _)| *later > request) {
            let (early, late) = (&view.requests[request], &view.requests[later]);
            let fence = overtook.code() == Some(100);
            let requirement = if fence { "ORD-7" } else { "ORD-8" };
            let expected = format!(
                "the answer to {} comes before the answer to {} behind it",
                request_name(early),
                request_name(late)
            );
            let got = format!("{} came first, then {}", pair(overtook), pair(frame));
            let requirement = judge.requirement_of(early.focus, requirement);
            judge.find(requirement, expected, got, [early.tick, late.tick, overtook.tick, frame.tick]);
        } else {
            latest = Some((request, frame));
        }
    }
}

/// Answers to nothing.
fn judge_unasked(view: &View<'_>, line: &Line<'_>, judge: &mut Judge<'_>) {
    for &frame in &line.frames {
        let frame = &view.frames[frame];
        // A list is nobody's for certain, unless it names the request that it answers.
        let is_list = frame.code() == Some(205) && frame.json["id"].is_string() && !frame.of_join;
        let is_answer = matches!(frame.code(), Some(100 | 201 | 202 | 204)) || frame.is_error() || is_list;
        if is_answer && frame.answers.is_none() {
            let requirement = if frame.code() == Some(100) { "BEAT-2" } else { "ISO-5" };
            let expected = format!("{} gets answers to its own requests only", client_name(line.client));
            let got = format!("{}, which answers nothing: {}", pair(frame), excerpt(frame.text));
            judge.find(requirement, expected, got, [frame.tick]).origin = origin_case(view, frame.text);
        }
    }
}
