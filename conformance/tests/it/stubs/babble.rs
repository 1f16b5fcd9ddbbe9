//! Random frames that have the protocol's shape, made of what the client said last: a suite that looks at shapes
//! alone, or at whether anything at all comes, takes them for answers.

use serde_json::{Value, json};

use super::{error, join_data};

/// Who makes them; the same number says the same.
#[derive(Debug)]
pub(super) struct Babbler {
    state: u64,
    topic: Value,
    user: Value,
    id: Value,
    line: Value,
}

impl Babbler {
    pub(super) fn new(number: u64) -> Self {
        let state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let line = json!({ "user": "stub", "content": "babble", "type": "message" }).to_string();
        Self { state, topic: "stub".into(), user: "stub".into(), id: Value::Null, line: line.into() }
    }

    /// Up to three frames; what was asked for is among them by chance alone.
    pub(super) fn answer(&mut self, request: &Value) -> Vec<String> {
        self.learn(request);
        (0..self.below(4)).map(|_| self.frame().to_string()).collect()
    }

    fn learn(&mut self, request: &Value) {
        let payload = request["payLoad"].as_str().and_then(|it| serde_json::from_str::<Value>(it).ok());
        let payload = payload.unwrap_or(Value::Null);
        let known = [
            (&mut self.user, &request["token"]),
            (&mut self.id, &request["id"]),
            (&mut self.topic, &payload["topic"]),
            (&mut self.line, &payload["chatInfo"]),
        ];
        for (old, new) in known {
            if new.as_str().is_some_and(|text| !text.is_empty()) {
                *old = new.clone();
            }
        }
    }

    fn frame(&mut self) -> Value {
        let (topic, user) = (self.topic.clone(), self.user.clone());
        let seq = self.below(5);
        let here = json!({ "topic": topic, "count": 1, "users": [{ "user": user }] });
        let mut frame = match self.below(8) {
            0 => json!({ "type": 1, "code": 100, "data": "" }),
            1 => {
                json!({ "type": 2, "code": 200, "data": self.line, "topic": topic, "seq": seq + 1, "at": 1_700_000_000_000_u64 })
            }
            2 => json!({ "type": 3, "code": 201, "data": join_data(&topic, &user, seq).to_string() }),
            3 => json!({ "type": 6, "code": 204, "data": json!({ "topic": topic }).to_string() }),
            4 => json!({ "type": 5, "code": 205, "data": here.to_string() }),
            5 => json!({ "type": 4, "code": 202, "data": json!({ "topic": topic, "to": user }).to_string() }),
            6 => {
                json!({ "type": 4, "code": 203, "data": json!({ "topic": topic, "from": user, "data": seq }).to_string() })
            }
            _ => self.refusal(),
        };
        if self.id.is_string() && self.below(2) == 0 {
            frame["id"] = self.id.clone();
        }
        frame
    }

    fn refusal(&mut self) -> Value {
        let all = [
            (400, "malformed_envelope"),
            (401, "unauthenticated"),
            (403, "wrong_user"),
            (501, "unknown_type"),
            (422, "invalid_payload"),
            (403, "not_joined"),
            (403, "wrong_author"),
            (503, "unavailable"),
        ];
        let kind = self.below(7);
        let (code, reason) = all[usize::try_from(self.below(all.len() as u64)).unwrap_or_default()];
        json!({ "type": kind, "code": code, "data": error(reason).to_string() })
    }

    /// A number below that one: xorshift, which is random enough for nonsense.
    fn below(&mut self, limit: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) % limit
    }
}
