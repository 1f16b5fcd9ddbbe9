//! Connections end when and how the spec says, and not otherwise; pings are answered.

use super::{Judge, client_name};
use crate::program::{Expect, TimeLimit};
use crate::transcript::{DEAF_MS, End, Leaving, Wait};
use crate::view::{Line, Raw, Tick, View};

/// By how much an ending may seem early to a client whose clock is another than the server's, in
/// microseconds: timers are whole milliseconds, and some fire a little before their time.
const CLOCK_TOLERANCE_US: u64 = 25_000;

/// How long after a time limit an end is late, in microseconds: the 5 seconds of LIMIT-2 and LIMIT-5, and what it may
/// take to arrive.
const LATEST_US: u64 = 5_500_000;

pub(super) fn judge(view: &View<'_>, judge: &mut Judge<'_>) {
    for line in view.lines.iter().filter(|line| line.opened.is_some()) {
        judge_pongs(line, judge);
        for raw in line.raw.iter().filter(|raw| *raw.expect == Expect::Survived) {
            // What comes of it is open, and the others are judged by themselves.
            judge.exercise();
            judge.exercise_focus(raw.focus, true);
        }
        let answered =
            |raw: &&Raw<'_>| matches!(raw.expect, Expect::Ends { .. } | Expect::Pong | Expect::Survived);
        for raw in line.raw.iter().filter(|raw| !answered(raw)) {
            // Frames that need no answer: that the connection went on afterwards is what there is to see.
            let went_on = line.frames.iter().any(|&frame| view.frames[frame].tick > raw.tick);
            judge.exercise_focus(raw.focus, went_on);
        }
        if let Some((tick, limit_ms, Expect::Ends { codes, by_close_frame })) = line.silent {
            judge_silence(view, line, (tick, limit_ms), codes, *by_close_frame, judge);
        } else if line.may_be_ended(&view.requests) {
            judge_due_end(view, line, judge);
        } else if !line.is_left_open(&view.requests) {
            judge_unexpected(view, line, judge);
        }
        judge_close_reply(line, judge);
        judge_band(line, judge);
        judge_delay(view, line, judge);
        if let Some((tick, End::Broken(why))) = line.ended {
            judge.find("WS-7", "the server keeps to RFC 6455", why, [tick]);
        }
        for &tick in &line.binaries {
            judge.find("WS-7", "each frame comes as a text message", "a binary message", [tick]);
        }
    }
}

fn judge_pongs(line: &Line<'_>, judge: &mut Judge<'_>) {
    for Raw { tick, what, focus, .. } in line.raw.iter().filter(|raw| *raw.expect == Expect::Pong) {
        judge.exercise();
        let missed = line.missed.iter().find(|(missed, wait, _)| missed > tick && **wait == Wait::Pong);
        judge.exercise_focus(*focus, true);
        if let Some((missed, _, waited_ms)) = missed {
            let requirement = judge.requirement_of(*focus, "WS-14");
            let expected = format!("{} gets a pong with the same bytes to {what}", client_name(line.client));
            let got = format!("none within {waited_ms} ms");
            judge.find(requirement, expected, got, [*tick, *missed]).by_clock = true;
        }
    }
}

/// A step after which the server must end the connection.
fn judge_due_end(view: &View<'_>, line: &Line<'_>, judge: &mut Judge<'_>) {
    let raw = line.raw.iter().map(|raw| (raw.tick, raw.what, raw.expect, raw.focus));
    let sent = line.requests.iter().map(|&request| &view.requests[request]);
    let sent = sent.map(|sent| (sent.tick, "the message", sent.expect, sent.focus));
    let reads_on =
        line.reads_on.map(|(tick, expect)| (tick, "it had not read what was sent to it", expect, true));
    let due = raw.chain(sent).chain(reads_on).find_map(|(tick, what, expect, focus)| match expect {
        Expect::Ends { codes, by_close_frame } => Some((tick, what, codes, *by_close_frame, focus)),
        _ => None,
    });
    let Some((tick, what, codes, by_close_frame, focus)) = due else { return };
    judge.exercise();
    judge.exercise_focus(focus, true);
    let requirement = judge.requirement_of(focus, "WS-12");
    judge_end(line, tick, what, &requirement, codes, by_close_frame, judge);
}

fn judge_end(
    line: &Line<'_>,
    since: Tick,
    what: &str,
    requirement: &str,
    codes: &[u16],
    by_close_frame: bool,
    judge: &mut Judge<'_>,
) {
    let who = client_name(line.client);
    let with = if codes.is_empty() { String::new() } else { format!(" with close code {}", list(codes)) };
    let expected = format!("the server ends the connection of {who}{with} after {what}");
    if let Some((missed, _, waited_ms)) = line.missed.iter().find(|(_, wait, _)| **wait == Wait::End) {
        // A close frame without an end behind it is half of what was asked for.
        let got = match line.close {
            Some((_, code, _)) => format!("close code {code}, and then no end within {waited_ms} ms"),
            None => format!("it is still open after {waited_ms} ms"),
        };
        judge.find(requirement, expected, got, [since, *missed]).by_clock = true;
        return;
    }
    match (line.close, line.ended) {
        (Some((tick, code, _)), _) if !is_right(code, codes) => {
            judge.find(requirement, expected, format!("close code {code}"), [since, tick]);
        }
        (None, Some((tick, end))) if by_close_frame => {
            let got = format!("the stream ended {}, without a close frame", how(end));
            judge.find(requirement, expected, got, [since, tick]);
        }
        _ => {}
    }
}

/// Whether a close code is one of those that are right; where any is, those for silence still are not.
fn is_right(code: u16, codes: &[u16]) -> bool {
    codes.contains(&code) || (codes.is_empty() && !matches!(code, 4001 | 4201))
}

/// A time limit: not before, and not long after.
fn judge_silence(
    view: &View<'_>,
    line: &Line<'_>,
    (tick, limit_ms): (Tick, u64),
    codes: &[u16],
    by_close_frame: bool,
    judge: &mut Judge<'_>,
) {
    judge.exercise();
    judge.exercise_focus(true, true);
    let requirement = judge.requirement().to_owned();
    // Before a frame is accepted it is not silence that counts, but the time since the opening handshake.
    let (from_opening, of) =
        if codes.contains(&4001) { (true, "without an accepted frame") } else { (false, "of silence") };
    let what = format!("{limit_ms} ms {of}, and at most 5000 ms later");
    judge_end(line, tick, &what, &requirement, codes, by_close_frame, judge);
    if let Some(over) = line.close.map(|(tick, ..)| tick).or(line.ended.map(|(tick, _)| tick)) {
        let last = line.requests.iter().map(|&request| view.requests[request].tick);
        let last = last.chain(line.raw.iter().map(|raw| raw.tick)).filter(|&sent| sent < over).max();
        // The handshake is counted from its request: the answer may have been read late.
        let from = last.filter(|_| !from_opening).unwrap_or(line.opening);
        let lasted_us = view.at_us(over).saturating_sub(view.at_us(from));
        if lasted_us + CLOCK_TOLERANCE_US < limit_ms * 1000 {
            let early = if from_opening { "LIMIT-6" } else { "LIMIT-1" };
            let who = client_name(line.client);
            let expected = format!("the connection of {who} is kept for {limit_ms} ms {of}");
            let got = format!("it was ended after {} ms", lasted_us / 1000);
            judge.find(early, expected, got, [from, over]).by_clock = true;
        } else if lasted_us > limit_ms * 1000 + LATEST_US {
            let expected = format!("the connection is ended after {what}");
            let got = format!("it was ended after {} ms", lasted_us / 1000);
            judge.find(&requirement, expected, got, [from, over]).by_clock = true;
        }
    }
}

/// A connection that nothing gave the server a reason to end.
fn judge_unexpected(view: &View<'_>, line: &Line<'_>, judge: &mut Judge<'_>) {
    judge.exercise();
    let over = line.close.map(|(tick, ..)| tick).or(line.ended.map(|(tick, _)| tick));
    let Some(over) = over else { return };
    if view.told_to_end.is_some_and(|told| told < over) {
        // It was given a reason; whether it ends as it should, the check of draining says.
        return;
    }
    if line.leaving.is_some_and(|(tick, ..)| tick < over) || line.abandoned.is_some_and(|tick| tick < over) {
        return;
    }
    let who = client_name(line.client);
    let hostile = |other: &Line<'_>| {
        other.client != line.client
            && (other.may_be_ended(&view.requests)
                || other.requests.iter().any(|&r| matches!(view.requests[r].expect, Expect::Refused { .. })))
    };
    let refused = |&request: &usize| {
        let answer = view.requests[request].answer(view);
        answer.is_some_and(crate::view::Frame::is_error)
            || matches!(view.requests[request].expect, Expect::Refused { .. })
    };
    let requirement = match line.close.map(|(_, code, _)| code) {
        Some(4201) => "LIMIT-1",
        Some(4001) => "LIMIT-6",
        Some(4002) => "ERR-19",
        Some(1009) => "LIMIT-7",
        _ if line.requests.iter().any(refused) => "ERR-2",
        _ if view.lines.iter().any(hostile) => "ISO-6",
        _ => judge.requirement(),
    }
    .to_owned();
    let got = match (line.close, line.ended) {
        (Some((_, code, reason)), _) => format!("the server closed it with {code} {reason:?}"),
        (None, Some((_, end))) => format!("the stream ended {}, without a close frame", how(end)),
        (None, None) => return,
    };
    let last = line.requests.iter().map(|&request| view.requests[request].tick).filter(|&t| t < over).max();
    let expected = format!("the connection of {who} stays open");
    let by_clock =
        matches!(line.close, Some((_, 4001 | 4201, _))) && may_have_seemed_silent(view, line, over);
    judge.find(requirement, expected, got, last.into_iter().chain([over])).by_clock = by_clock;
}

/// Whether a server that was held up, as any is on a busy machine, may have read nothing on this connection for as long
/// as its heartbeat limit, or its authentication limit where it has read nothing yet: nothing that was answered lies
/// within the limit, and what was sent since may have been on its way still.
fn may_have_seemed_silent(view: &View<'_>, line: &Line<'_>, over: Tick) -> bool {
    let declared = &view.transcript.declared;
    let sent =
        || line.requests.iter().map(|&request| &view.requests[request]).filter(|sent| sent.tick < over);
    let heard = sent().filter(|sent| sent.answer(view).is_some_and(|answer| answer.tick < over));
    let heard = heard.map(|sent| sent.tick).max();
    let limit = declared.time_limit(if heard.is_some() { TimeLimit::Heartbeat } else { TimeLimit::Auth });
    let limit_us = u64::try_from(limit.as_micros()).unwrap_or(u64::MAX);
    let heard = heard.unwrap_or(line.opening);
    let raw = line.raw.iter().map(|raw| raw.tick).filter(|&tick| tick < over);
    let unheard = sent().map(|sent| sent.tick).chain(raw).filter(|&tick| tick > heard).min();
    let before = |tick: Tick| view.at_us(over).saturating_sub(view.at_us(tick));
    before(heard) >= limit_us && unheard.is_none_or(|tick| before(tick) < limit_us / 2)
}

/// While somebody does not read, nobody else is kept waiting.
fn judge_delay(view: &View<'_>, line: &Line<'_>, judge: &mut Judge<'_>) {
    let others = view.lines.iter().filter(|other| other.client != line.client);
    let Some(stopped) = others.filter_map(|other| other.stopped_reading).min() else { return };
    judge.exercise();
    if let Some((tick, blocked_ms)) = line.blocked.iter().find(|(tick, ms)| *tick > stopped && *ms > DEAF_MS)
    {
        let expected =
            format!("{} is served as before while another does not read", client_name(line.client));
        let got = format!("the server took nothing from it for {blocked_ms} ms");
        judge.find("LIMIT-9", expected, got, [stopped, *tick]).by_clock = true;
    }
}

fn judge_band(line: &Line<'_>, judge: &mut Judge<'_>) {
    if let Some((tick, code @ 4000..=4999, _)) = line.close
        && line.leaving.is_none_or(|(left, ..)| left > tick)
    {
        judge.exercise();
        if code >= 4300 {
            let expected = "a close code of a server's own lies in one of the bands from 4000 to 4299";
            judge.find("LIMIT-14", expected, format!("close code {code}"), [tick]);
        }
    }
}

fn judge_close_reply(line: &Line<'_>, judge: &mut Judge<'_>) {
    let Some((left, Leaving::Close, focus)) = line.leaving else { return };
    judge.exercise();
    judge.exercise_focus(focus, true);
    let requirement = judge.requirement_of(focus, "WS-15");
    let expected = format!(
        "the close frame of {} is answered with a close frame, then the end",
        client_name(line.client)
    );
    let missed = line.missed.iter().find(|(tick, wait, _)| *tick > left && **wait == Wait::End);
    match (line.close, line.ended, missed) {
        (_, _, Some((tick, _, waited_ms))) => {
            let got = if line.close.is_some() { "a close frame and no end" } else { "no close frame" };
            let got = format!("{got} within {waited_ms} ms");
            judge.find(requirement, expected, got, [left, *tick]).by_clock = true;
        }
        (None, Some((tick, end)), None) => {
            let got = format!("the stream ended {}, without a close frame", how(end));
            judge.find(requirement, expected, got, [left, tick]);
        }
        _ => {}
    }
}

fn how(end: &End) -> String {
    match end {
        End::Fin => "plainly".into(),
        End::Reset => "by a reset".into(),
        End::Broken(why) => format!("in an error ({why})"),
        End::Dropped => "by the client's own doing".into(),
    }
}

fn list(codes: &[u16]) -> String {
    codes.iter().map(u16::to_string).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use crate::check::judge;
    use crate::program::{Expect, PROGRAM_VERSION, Program};
    use crate::subject::Declared;
    use crate::transcript::{Event, Purpose, Transcript, What};

    /// A heartbeat that is answered at once, others that are not, and a 4201, with the limit at 15 s. Gives whether what
    /// is found of that rests on a clock.
    fn by_clock(answered_at_s: u64, others_at_s: &[u64], closed_at_s: u64) -> bool {
        let heartbeat = || What::Sent {
            text: r#"{"token":"t","type":1,"payLoad":""}"#.into(),
            purpose: Purpose::Step,
            expect: Expect::Derived,
            focus: false,
        };
        let opening = What::Opening { client: 0, expect: Expect::Derived, focus: false };
        let ack = What::Received { text: r#"{"type":1,"code":100,"data":""}"#.into() };
        let event = |at_s: u64, what| Event { at_us: at_s * 1_000_000, connection: Some(0), what };
        let mut events = vec![event(0, opening), event(0, What::Opened { subprotocol: None })];
        events.extend([event(answered_at_s, heartbeat()), event(answered_at_s, ack)]);
        events.extend(others_at_s.iter().map(|&at_s| event(at_s, heartbeat())));
        events.push(event(closed_at_s, What::CloseFrame { code: 4201, reason: String::new() }));
        let (clients, topics, phases, twins) = (vec![], vec![], vec![], vec![]);
        let program = Program { version: PROGRAM_VERSION, clients, topics, phases, twins };
        let transcript = Transcript::new(program, (vec![], vec![]), Declared::default(), None, events);
        let judgement = judge(&transcript, "BEAT-1");
        let found = judgement.findings.iter().find(|finding| finding.requirement == "LIMIT-1");
        found.expect("a connection that says something is not closed for its silence").by_clock
    }

    #[test]
    fn who_was_answered_within_the_limit_was_not_silent() {
        assert!(!by_clock(1, &[], 15));
    }

    #[test]
    fn what_may_have_been_on_its_way_still_is_no_certain_sign_of_life() {
        assert!(by_clock(1, &[12, 15], 17));
    }

    #[test]
    fn what_was_sent_half_the_limit_ago_has_come_whatever_the_machine_does() {
        assert!(!by_clock(1, &[5, 10, 15], 17));
    }
}
