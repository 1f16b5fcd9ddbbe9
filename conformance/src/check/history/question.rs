//! A question that is asked over HTTP is said as a chat, once, to all who are in its topic; or not at all.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::{Judge, client_name, excerpt};
use crate::program::Expect;
use crate::view::{Answer, Exchange, Frame, Tick, View, integer, is_topic};

pub(super) fn judge(view: &View<'_>, exchange: &Exchange<'_>, answer: &Answer<'_>, judge: &mut Judge<'_>) {
    let evidence = [exchange.tick, answer.tick];
    let Some(mark) = &exchange.mark else { return };
    let said = || view.frames.iter().filter(|frame| frame.is_chat() && frame.mark.as_ref() == Some(mark));
    let who = client_name(exchange.client);
    if answer.status != 200
        && let Some(frame) = said().next()
    {
        let expected = format!("the question of {who}, answered with status {}, is not said", answer.status);
        judge.find("HIST-26", expected, excerpt(frame.text), [exchange.tick, answer.tick, frame.tick]);
    }
    if *exchange.expect == Expect::Derived {
        judge_status(view, exchange, answer, judge);
    }
    if answer.status != 200 {
        return;
    }
    let data = &answer.body["data"];
    let (Some(topic), Some(seq)) = (data["topic"].as_str(), integer(&data["seq"])) else {
        judge.find("HIST-21", "data has the topic and the seq of the chat", excerpt(answer.text), evidence);
        return;
    };
    let mut reached: BTreeSet<usize> = BTreeSet::new();
    let first = said().next();
    for frame in said() {
        judge.exercise();
        judge_copy(view, exchange, (answer.tick, topic, seq), frame, judge);
        // Nobody but the server knows the very text, so that the copies are held to one another.
        let differs = |member: &str| first.is_some_and(|first| first.json[member] != frame.json[member]);
        if let Some(member) = ["data", "at"].into_iter().find(|member| differs(member)) {
            let expected = format!("every copy of a question has the same {member}");
            let evidence = [exchange.tick, first.map_or(frame.tick, |first| first.tick), frame.tick];
            judge.find("HIST-19", expected, excerpt(frame.text), evidence);
        }
        if !reached.insert(frame.line) {
            let expected = format!("{} gets the question once", client_name(view.lines[frame.line].client));
            judge.find("HIST-19", expected, "it came twice", [exchange.tick, frame.tick]);
        }
    }
    let Some(&settled) = view.settled.iter().find(|&&tick| tick > exchange.tick) else { return };
    for (number, line) in view.lines.iter().enumerate() {
        let member =
            |stay: &&crate::view::Membership| stay.topic == topic && stay.certain(exchange.tick, settled);
        let Some(stay) = line.memberships.iter().find(member) else { continue };
        judge.exercise();
        if !reached.contains(&number) {
            let expected = format!("{}, a member of the topic, gets the question", client_name(line.client));
            let requirement = judge.requirement_of(exchange.focus, "HIST-19");
            let evidence = [stay.joined, exchange.tick, answer.tick, settled];
            judge.find(requirement, expected, "it never came", evidence).by_clock = true;
        }
    }
}

/// What the status must be, as far as it is certain where the user is.
fn judge_status(view: &View<'_>, exchange: &Exchange<'_>, answer: &Answer<'_>, judge: &mut Judge<'_>) {
    let user = view.transcript.program.clients.get(exchange.client);
    let user = user.and_then(|client| view.transcript.users.get(client.user));
    let Some(user) = user else { return };
    // Whoever asks with another's token is told by the program what must come of it.
    if exchange.authorization.is_none_or(|shown| shown != format!("<token of {user}>")) {
        return;
    }
    let lines = || view.lines.iter().filter(|line| line.user == user);
    let stays = || lines().flat_map(|line| &line.memberships);
    let certain: BTreeSet<&str> = stays()
        .filter(|stay| stay.certain(exchange.tick, answer.tick))
        .map(|stay| stay.topic.as_str())
        .collect();
    // A join whose answer nobody has seen may have been handled.
    let possible: BTreeSet<&str> = stays()
        .chain(lines().flat_map(|line| &line.attempts))
        .filter(|stay| stay.join_sent < answer.tick && stay.left.is_none_or(|left| exchange.tick < left))
        .map(|stay| stay.topic.as_str())
        .collect();
    let body = &exchange.body;
    let valid = body["content"].is_string() && body["streamId"].is_string();
    let (status, general) = match body.get("topic") {
        _ if !valid => (422, "HIST-25"),
        Some(Value::String(topic)) if is_topic(topic) => {
            if certain.contains(topic.as_str()) {
                (200, "HIST-21")
            } else if possible.contains(topic.as_str()) {
                return;
            } else {
                (403, "HIST-23")
            }
        }
        Some(_) => (422, "HIST-25"),
        None if certain.len() != possible.len() => return,
        None => match certain.len() {
            0 => (403, "HIST-23"),
            1 => (200, "HIST-22"),
            _ => (422, "HIST-24"),
        },
    };
    if answer.status != status && !super::is_not_now(answer.status) {
        let expected =
            format!("the question of {} is answered with status {status}", client_name(exchange.client));
        let requirement = judge.requirement_of(exchange.focus, general);
        let got = format!("status {} and {}", answer.status, excerpt(answer.text));
        judge.find(requirement, expected, got, [exchange.tick, answer.tick]);
    }
}

/// One delivery of the question.
fn judge_copy(
    view: &View<'_>,
    exchange: &Exchange<'_>,
    (answered, topic, seq): (Tick, &str, i64),
    frame: &Frame<'_>,
    judge: &mut Judge<'_>,
) {
    let evidence = [exchange.tick, answered, frame.tick];
    if frame.topic() != Some(topic) || frame.seq() != Some(seq) {
        let expected = format!("the question has the topic {topic:?} and the seq {seq} of its answer");
        judge.find("HIST-21", expected, excerpt(frame.text), evidence);
    }
    if let Some(named) = exchange.body["topic"].as_str()
        && frame.topic() != Some(named)
    {
        let expected = format!("the question is said in {named:?}");
        judge.find("HIST-19", expected, excerpt(frame.text), evidence);
    }
    if frame.json.get("id").is_some() {
        judge.find("HIST-19", "the question is said without an id", excerpt(frame.text), evidence);
    }
    let client = view.transcript.program.clients.get(exchange.client);
    let user = client.and_then(|client| view.transcript.users.get(client.user));
    let own =
        exchange.authorization.is_some_and(|shown| user.is_some_and(|user| shown.contains(user.as_str())));
    let content = frame.data["content"].as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let content = content.and_then(|content| content.get("content").cloned());
    let right = (!own || frame.data["user"].as_str() == user.map(String::as_str))
        && frame.data["type"] == "question"
        && frame.data["stream"] == exchange.body["streamId"]
        && content.as_ref() == exchange.body.get("content");
    if !right {
        let expected = format!(
            "a chatInfo of the user {}, the type question, the stream {} and the content {}",
            user.map_or("of the token", String::as_str),
            exchange.body["streamId"],
            excerpt(exchange.text)
        );
        judge.find("HIST-20", expected, excerpt(frame.text), evidence);
    }
}
