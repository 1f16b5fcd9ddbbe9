//! What a device has seen of its topics, as a client keeps it that means to come back: the epoch and the last
//! `seq`. It outlives the device's connections.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What one device last saw of each topic. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    topics: Arc<Mutex<HashMap<String, Seen>>>,
}

/// What was last seen of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The epoch of the last 201.
    pub epoch: String,
    /// The highest `seq` of which the client may say that it has all up to it.
    pub seq: i64,
}

impl Memory {
    /// What was last seen of a topic; `None` where its 201 never came.
    #[must_use]
    pub fn of(&self, topic: &str) -> Option<Seen> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner).get(topic).cloned()
    }

    /// Takes note of a 201. Where what was missed is going to be replayed, the client has not seen it yet.
    pub fn join(&self, topic: &str, epoch: &str, seq: i64, recovered: bool) {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        let known = topics.get(topic).filter(|seen| recovered && seen.epoch == epoch).map(|seen| seen.seq);
        let seen = Seen { epoch: epoch.to_owned(), seq: known.unwrap_or(seq) };
        topics.insert(topic.to_owned(), seen);
    }

    /// Takes note of a chat.
    pub fn hear(&self, topic: &str, seq: i64) {
        let mut topics = self.topics.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = topics.get_mut(topic) {
            seen.seq = seen.seq.max(seq);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_yet_to_be_replayed_has_not_been_seen() {
        let memory = Memory::default();
        assert_eq!(memory.of("t"), None);
        memory.hear("t", 9);
        memory.join("t", "e1", 4, false);
        memory.hear("t", 5);
        let seen = |epoch: &str, seq| Some(Seen { epoch: epoch.into(), seq });
        assert_eq!(memory.of("t"), seen("e1", 5));
        memory.join("t", "e1", 8, true);
        assert_eq!(memory.of("t"), seen("e1", 5));
        memory.hear("t", 6);
        memory.clone().hear("t", 7);
        assert_eq!(memory.of("t"), seen("e1", 7));
        memory.join("t", "e2", 1, true);
        assert_eq!(memory.of("t"), seen("e2", 1));
        memory.join("t", "e2", 3, false);
        assert_eq!(memory.of("t"), seen("e2", 3));
    }
}
