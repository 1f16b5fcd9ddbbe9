//! How a right server is brought to say a chat that it would refuse: it is given another, and on the way back each copy
//! gets the text that was sent. So the server still numbers it and knows who hears it.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::{behaviour::Seen, world::ConnectionId};

/// Chats that a right server says in the place of those which it would refuse: on the way back each has the text
/// that was sent.
#[derive(Debug, Default)]
pub(super) struct StandIns {
    /// By the text of the stand-in: what was sent, and by whom.
    originals: HashMap<String, (String, ConnectionId)>,
}

impl StandIns {
    /// The request with a chat that the server takes from that user.
    pub(super) fn take(&mut self, seen: &Seen<'_>, topic: &str, user: &str) -> Value {
        let number = self.originals.len();
        let line =
            json!({ "user": user, "content": "", "type": "message", "x-stand-in": number }).to_string();
        let original = &seen.inner["chatInfo"];
        let original = original.as_str().map_or_else(|| original.to_string(), str::to_owned);
        self.originals.insert(line.clone(), (original, seen.connection));
        let payload = json!({ "topic": topic, "chatInfo": line });
        let mut request = seen.json.clone();
        request["payLoad"] = payload.to_string().into();
        request
    }

    /// The copy with the text that was sent, and whether it is the sender's.
    pub(super) fn give(&self, seen: &Seen<'_>) -> Option<(Value, bool)> {
        let (original, sender) = self.originals.get(seen.says(200).then(|| seen.json["data"].as_str())??)?;
        let mut json = seen.json.clone();
        json["data"] = original.as_str().into();
        Some((json, *sender == seen.connection))
    }
}
