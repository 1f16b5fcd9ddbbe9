//! A transcript without what differs from run to run: symbols in place of names, a connection at a time, no
//! clocks and no fences. Two right servers give the same text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::{Purpose, Transcript, What};
use crate::check::client_name;
use crate::names::Mark;

/// Writes a transcript in its normal form: of each connection, phase by phase, first what it sent and then
/// what came in, since how the two interleave is a matter of speed.
#[must_use]
pub fn normalise(transcript: &Transcript) -> String {
    let symbols = Symbols::new(transcript);
    let mut connections: BTreeMap<usize, Told> = BTreeMap::new();
    let mut fences: Vec<String> = Vec::new();
    let mut beside = String::new();
    for event in &transcript.events {
        let Some(connection) = event.connection else {
            match &event.what {
                What::Settled { .. } => connections.values_mut().for_each(Told::end_phase),
                _ => beside.extend(symbols.http(&event.what)),
            }
            continue;
        };
        let told = connections.entry(connection).or_default();
        if told.over {
            continue;
        }
        match &event.what {
            // What comes after a try is over comes or not, as luck has it.
            What::Abandoned => told.over = true,
            What::Opening { client, .. } => told.sent.push(format!("{} connects", client_name(*client))),
            What::Opened { subprotocol: Some(protocol) } => {
                told.received.push(format!("  ← subprotocol {protocol}"));
            }
            What::Refused { status, .. } => told.received.push(format!("  ← refused with {status:?}")),
            What::Sent { text, purpose: Purpose::Step, .. } => {
                told.sent.push(format!("  → {}", symbols.in_text(text)));
            }
            What::Sent { text, .. } => fences.extend(fence_names(text)),
            What::SentRaw { what, .. } => told.sent.push(format!("  → {what}")),
            What::Received { text } => {
                told.received.extend(symbols.received(text, &fences).map(|frame| format!("  ← {frame}")));
            }
            What::Pong { payload } => told.received.push(format!("  ← a pong {payload:?}")),
            What::Leaving { how, .. } => told.sent.push(format!("  → leaves by {how:?}")),
            What::CloseFrame { code, .. } => told.received.push(format!("  ← a close frame {code}")),
            What::Ended { .. } => told.received.push("  ended".to_owned()),
            _ => {}
        }
    }
    connections.values_mut().for_each(Told::end_phase);
    number_marks(connections.into_values().map(|told| told.text).chain([beside]).collect())
}

/// What is told of one connection.
#[derive(Default)]
struct Told {
    text: String,
    sent: Vec<String>,
    received: Vec<String>,
    over: bool,
}

impl Told {
    fn end_phase(&mut self) {
        for line in self.sent.drain(..).chain(self.received.drain(..)) {
            let _ = writeln!(self.text, "{line}");
        }
    }
}

/// Marks become numbers in the order of their appearance.
fn number_marks(mut text: String) -> String {
    let mut number = 0;
    while let Some(mark) = Mark::find(&text) {
        number += 1;
        text = text.replace(&mark.to_string(), &format!("‹{number}›"));
    }
    text
}

/// What the answer to a fence is recognised by: its id, or the mark of its text.
fn fence_names(text: &str) -> Vec<String> {
    let id = serde_json::from_str::<Value>(text).ok().and_then(|json| json["id"].as_str().map(str::to_owned));
    let mark = Mark::find(text).map(|mark| mark.to_string());
    id.into_iter().chain(mark).collect()
}

/// What stands for the names of a transcript.
struct Symbols {
    names: Vec<(String, String)>,
}

impl Symbols {
    fn new(transcript: &Transcript) -> Self {
        let mut names = Vec::new();
        for (number, user) in transcript.users.iter().enumerate() {
            names.push((format!("<token of {user}>"), format!("<{}>", client_name(number))));
            names.push((user.clone(), client_name(number)));
        }
        for (number, topic) in transcript.topics.iter().enumerate() {
            names.push((topic.clone(), format!("room-{number}")));
        }
        // The longer one first, where one begins with another.
        names.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        Self { names }
    }

    fn in_text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, symbol) in &self.names {
            text = text.replace(name, symbol);
        }
        text
    }

    /// A line of an exchange over HTTP.
    fn http(&self, what: &What) -> Option<String> {
        let line = match what {
            What::HttpSent { client, method, target, body, .. } => {
                format!("{} → HTTP {method} {target} {body}", client_name(*client))
            }
            What::HttpAnswered { client, status, body, .. } => {
                let body = serde_json::from_str(body).map(without_clocks);
                let body = body.map_or_else(|_| "(no JSON)".to_owned(), |body: Value| body.to_string());
                format!("{} ← HTTP {status} {body}", client_name(*client))
            }
            What::HttpFailed { client, .. } => format!("{} ← no HTTP answer", client_name(*client)),
            _ => return None,
        };
        Some(self.in_text(&line) + "\n")
    }

    /// A received frame; `None` for those that only fences have brought about.
    fn received(&self, text: &str, fences: &[String]) -> Option<String> {
        let Ok(Value::Object(mut frame)) = serde_json::from_str::<Value>(text) else {
            return Some(self.in_text(text));
        };
        let id = frame.get("id").and_then(Value::as_str).unwrap_or_default();
        let data = frame.get("data").and_then(Value::as_str).unwrap_or_default();
        if fences.iter().any(|fence| fence == id || data.contains(fence.as_str())) {
            return None;
        }
        let is_chat = frame.get("code").is_some_and(|code| *code == 200);
        if let Some(Ok(inner)) = frame.get("data").and_then(Value::as_str).map(serde_json::from_str)
            && !is_chat
        {
            frame.insert("data".into(), without_own_words(inner));
        }
        frame.remove("at");
        Some(self.in_text(&Value::Object(frame).to_string()))
    }
}

/// Takes out times, and what every server words in its own way.
fn without_clocks(body: Value) -> Value {
    match body {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(name, _)| !matches!(name.as_str(), "at" | "message"));
            Value::Object(kept.map(|(name, value)| (name, without_clocks(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(without_clocks).collect()),
        other => other,
    }
}

/// Takes out what every server words in its own way.
fn without_own_words(data: Value) -> Value {
    let Value::Object(members) = data else { return data };
    let own =
        |name: &str| matches!(name, "message" | "limits" | "profiles" | "epoch") || name.starts_with("x-");
    Value::Object(members.into_iter().filter(|(name, _)| !own(name)).collect::<Map<_, _>>())
}
