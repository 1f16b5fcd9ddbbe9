//! What is delivered is what was said: `data` is the very string, and what stands beside it is the same on
//! every copy.

use std::collections::HashMap;

use super::{Judge, client_name, excerpt};
use crate::view::{Frame, Role, Sent, View};

pub(super) fn judge(view: &View<'_>, judge: &mut Judge<'_>) {
    let mut first_copies: HashMap<usize, &Frame<'_>> = HashMap::new();
    for frame in view.frames.iter().filter(|frame| frame.is_chat()) {
        let Some(request) = frame.mark.as_ref().and_then(|mark| view.origin(mark)) else { continue };
        let sent = &view.requests[request];
        judge.exercise();
        judge_data(view, sent, frame, judge);
        judge_id(view, sent, frame, judge);
        let first = *first_copies.entry(request).or_insert(frame);
        for member in ["at", "seq", "topic"] {
            if first.json.get(member) != frame.json.get(member) {
                let expected = format!("every copy of a chat has the same {member}");
                let requirement = requirement(frame.role, "CHAT-6");
                let got = format!("{} and {}", first.json[member], frame.json[member]);
                judge.find(requirement, expected, got, [sent.tick, first.tick, frame.tick]);
            }
        }
    }
}

/// A copy that comes later has a requirement of its own.
fn requirement(role: Role, general: &'static str) -> &'static str {
    match role {
        Role::Live => general,
        Role::Replay => "RES-3",
        Role::Repeat => "RES-13",
    }
}

fn judge_data(view: &View<'_>, sent: &Sent<'_>, frame: &Frame<'_>, judge: &mut Judge<'_>) {
    let (Some(said), Some(data)) = (&sent.chat_info, frame.json["data"].as_str()) else { return };
    if said == data {
        return;
    }
    let who = client_name(view.lines[frame.line].client);
    let same_value = serde_json::from_str::<serde_json::Value>(said).ok() == Some(frame.data.clone());
    let general = requirement(frame.role, if same_value { "TEXT-1" } else { "CHAT-4" });
    let differs = first_difference(said, data);
    let expected = format!("{who} gets data that is the very string of chatInfo: {}", excerpt(said));
    let hint = if same_value { ", which means the same and is not the same" } else { "" };
    let got = format!("{}{hint}; they differ from character {differs} on", excerpt(data));
    judge.find(judge.requirement_of(sent.focus, general), expected, got, [sent.tick, frame.tick]);
}

fn judge_id(view: &View<'_>, sent: &Sent<'_>, frame: &Frame<'_>, judge: &mut Judge<'_>) {
    let given = frame.json.get("id");
    if given.and_then(|id| id.as_str()) != sent.id.as_deref() || (sent.id.is_none() && given.is_some()) {
        let who = client_name(view.lines[frame.line].client);
        let expected = match &sent.id {
            Some(id) => format!("{who}'s copy of the chat carries \"id\": {id:?}"),
            None => format!("{who}'s copy of a chat that was sent without id carries none"),
        };
        let requirement = judge.requirement_of(sent.focus, requirement(frame.role, "CHAT-5"));
        judge.find(requirement, expected, excerpt(frame.text), [sent.tick, frame.tick]);
    }
}

fn first_difference(one: &str, other: &str) -> usize {
    one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count()
}
