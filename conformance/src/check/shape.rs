//! Every frame of the server is one that the spec knows, with all its members, and no others' values.
//!
//! This is the hand-written twin of the published schemas: it says which requirement is broken, and in words.

use roomwire_protocol::code::Reason;
use serde_json::Value;

use super::{Judge, excerpt, pair};
use crate::view::{Frame, Reading, View, integer, is_topic, is_whole};

/// A server with the same clock that is off by so much means another time zone, or no time at all.
const CLOCKS_DIFFER_BY_MS: u64 = 600_000;

/// The members of a frame.
const ENVELOPE: [&str; 7] = ["type", "code", "data", "id", "topic", "seq", "at"];
/// The members of the data of a 201.
const JOINED: [&str; 8] = ["topic", "user", "epoch", "seq", "recovered", "version", "profiles", "limits"];

pub(super) fn judge(view: &View<'_>, judge: &mut Judge<'_>) {
    for frame in &view.frames {
        judge.exercise();
        let mut wrong = Wrong { frame, judge };
        wrong.envelope();
        match (frame.kind(), frame.code()) {
            (Some(1), Some(100)) => {
                wrong.unless(frame.json["data"] == "", "BEAT-1", "data of a 100 is the empty string");
            }
            (Some(2), Some(200)) => wrong.chat(view.transcript.clock_ms),
            (Some(3), Some(201)) => wrong.joined(view),
            (Some(6), Some(204)) => {
                let topic = answered_topic(view, frame);
                let right = frame.data["topic"].is_string() && topic.is_none_or(|t| frame.data["topic"] == t);
                wrong.unless(right, "ROOM-16", "data of a 204 names the topic that was left");
            }
            (_, Some(205 | 206)) => {
                let claimed = |frame: &Frame<'_>| {
                    frame.data["profiles"].as_array().is_some_and(|list| list.iter().any(|p| p == "presence"))
                };
                let line = view.lines[frame.line].frames.iter().map(|&index| &view.frames[index]);
                let joined = line.clone().find(|frame| frame.code() == Some(201));
                let right = joined.is_none_or(claimed);
                wrong.unless(right, "ROOM-15", "a server without profile presence sends no 205 and no 206");
            }
            _ if frame.is_error() => wrong.error(view),
            _ => {}
        }
    }
}

fn answered_topic<'v>(view: &'v View<'_>, frame: &Frame<'_>) -> Option<&'v str> {
    view.requests[frame.answers?].topic.as_deref()
}

struct Wrong<'f, 'j, 'r> {
    frame: &'f Frame<'f>,
    judge: &'j mut Judge<'r>,
}

impl Wrong<'_, '_, '_> {
    fn unless(&mut self, right: bool, requirement: &str, expected: &str) {
        if !right {
            self.judge.find(requirement, expected, excerpt(self.frame.text), [self.frame.tick]);
        }
    }

    fn envelope(&mut self) {
        let Reading { json, data, .. } = &**self.frame;
        let formed = json.is_object()
            && is_whole(&json["type"])
            && integer(&json["code"]).is_some()
            && json["data"].is_string();
        self.unless(
            formed,
            "ENV-8",
            "a frame is a JSON object with integers type and code and a string data",
        );
        if !formed {
            return;
        }
        self.grown(json, &ENVELOPE);
        let (kind, code) = (self.frame.kind(), self.frame.code());
        if code != Some(100) {
            self.unless(data.is_object(), "ENV-9", "data is the text of a JSON object");
        }
        let nulls = ["id", "topic", "seq", "at"].iter().any(|member| json.get(*member) == Some(&Value::Null));
        self.unless(!nulls, "ENV-10", "an optional member that has no value is left out");
        let known = match (kind, code) {
            (Some(1), Some(100))
            | (Some(2), Some(200))
            | (Some(3), Some(201))
            | (Some(4), Some(202 | 203))
            | (Some(5), Some(205 | 206))
            | (Some(6), Some(204)) => true,
            (_, Some(code)) => Reason::ALL.iter().any(|reason| i64::from(reason.code()) == code),
            _ => false,
        };
        if !known {
            let requirement = if code == Some(200) { "CHAT-7" } else { "ENV-11" };
            self.unless(known, requirement, &format!("{} is a pair that the spec knows", pair(self.frame)));
        }
        if matches!(code, Some(203 | 205 | 206)) {
            let pushed = kind != Some(5) || code != Some(205);
            self.unless(!pushed || json.get("id").is_none(), "ENV-13", "a push carries no id");
        }
    }

    /// What is there besides the members that the spec knows is the server's own, and says so by its name.
    fn grown(&mut self, object: &Value, known: &[&str]) {
        let own = |name: &&String| !known.contains(&name.as_str()) && !name.starts_with("x-");
        let unmarked = object.as_object().and_then(|members| members.keys().find(own));
        self.unless(unmarked.is_none(), "GROW-2", "the name of a member of the server's own begins with x-");
    }

    fn chat(&mut self, clock_ms: Option<i64>) {
        let json = &self.frame.json;
        let topic = json["topic"].as_str().is_some_and(is_topic);
        let seq = integer(&json["seq"]).is_some_and(|seq| seq >= 1);
        // Between the years 2001 and 5138: what is outside is another unit than milliseconds.
        let at =
            integer(&json["at"]).is_some_and(|at| (1_000_000_000_000..100_000_000_000_000).contains(&at));
        self.unless(
            topic && json["seq"].is_number() && json["at"].is_number(),
            "CHAT-6",
            "a 200 carries topic, seq and at",
        );
        self.unless(
            seq || !json["seq"].is_number(),
            "ORD-1",
            "the seq of a chat is an integer of at least 1",
        );
        self.unless(at || !json["at"].is_number(), "CHAT-6", "at is an integer, in milliseconds since 1970");
        if let (true, Some(at), Some(now)) = (at, integer(&json["at"]), clock_ms) {
            let expected = "at is the time in UTC, as the clock of this machine has it";
            self.unless(at.abs_diff(now) < CLOCKS_DIFFER_BY_MS, "CHAT-6", expected);
        }
    }

    fn joined(&mut self, view: &View<'_>) {
        let data = &self.frame.data;
        let Some(members) = data.as_object() else { return };
        for member in ["topic", "user", "epoch", "seq", "version", "profiles", "limits"] {
            let expected = format!("data of a 201 has the member {member}");
            self.unless(members.contains_key(member), "ROOM-4", &expected);
        }
        // A later version has members that this one does not know, and they are not the server's own.
        if integer(&data["version"]) == Some(1) {
            self.grown(data, &JOINED);
        }
        let has = |member: &str| members.contains_key(member);
        let topic = answered_topic(view, self.frame).is_none_or(|topic| data["topic"] == topic);
        self.unless(
            topic || !has("topic"),
            "TEXT-4",
            "the topic of a 201 is the very string that was joined",
        );
        let user = view.lines[self.frame.line].user;
        self.unless(
            data["user"] == user || !has("user"),
            "ROOM-4",
            &format!("the user of the 201 is {user:?}"),
        );
        self.unless(data["epoch"].is_string() || !has("epoch"), "ROOM-4", "the epoch of a 201 is a string");
        let seq = integer(&data["seq"]).is_some_and(|seq| seq >= 0);
        self.unless(seq || !has("seq"), "ROOM-8", "the seq of a 201 is an integer of at least 0");
        let version = data["version"].is_number() && integer(&data["version"]) == Some(1);
        self.unless(version || !has("version"), "ROOM-5", "the version of a 201 is the integer 1");
        let profiles: Vec<_> = data["profiles"].as_array().into_iter().flatten().map(Value::as_str).collect();
        // Later versions may have more profiles than this one knows.
        let fine = profiles.contains(&Some("core")) && profiles.iter().all(Option::is_some);
        self.unless(
            fine || !has("profiles"),
            "ROOM-6",
            "profiles of a 201 is a list of strings, core among them",
        );
        for limit in ["heartbeatTimeoutMs", "authTimeoutMs", "maxMessageBytes", "maxTopics", "maxQueueBytes"]
        {
            let positive = integer(&data["limits"][limit]).is_some_and(|limit| limit > 0);
            let expected = format!("limits of a 201 has a positive integer {limit}");
            self.unless(positive || !has("limits"), "ROOM-7", &expected);
        }
        let recovered = data.get("recovered");
        if profiles.contains(&Some("resume")) {
            self.unless(
                recovered.is_none_or(Value::is_boolean),
                "ENV-10",
                "recovered is true or false where it is there",
            );
        } else {
            self.unless(recovered.is_none(), "ROOM-14", "without profile resume a 201 has no recovered");
        }
    }

    fn error(&mut self, view: &View<'_>) {
        let data = &self.frame.data;
        let reason = data["reason"].as_str().and_then(Reason::from_name);
        let right = reason.is_some_and(|reason| self.frame.code() == Some(i64::from(reason.code())));
        self.unless(right, "ERR-5", "data of an error has a reason of the table, in the row of its code");
        let message = data.get("message").is_none_or(Value::is_string);
        self.unless(message, "ENV-10", "the message of an error is a string where it is there");
        let retry = data.get("retryAfterMs").map(|retry| integer(retry).is_some_and(|ms| ms >= 0));
        if matches!(self.frame.code(), Some(429 | 503)) {
            let sent = self.frame.answers.map(|request| &view.requests[request]);
            let sent = sent.filter(|sent| matches!(sent.kind, Some(2..=6)));
            let named = sent.and_then(|sent| sent.topic.as_deref());
            self.unless(
                named.is_none_or(|topic| self.frame.json["topic"] == topic),
                "ERR-17",
                "a 429 or a 503 carries the topic that the refused frame named",
            );
        }
        if self.frame.code() == Some(429) {
            self.unless(retry == Some(true), "ERR-14", "a 429 has an integer retryAfterMs of at least 0");
        } else {
            self.unless(
                retry != Some(false),
                "ENV-10",
                "retryAfterMs is an integer of at least 0 where it is there",
            );
        }
    }
}
