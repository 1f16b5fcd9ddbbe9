//! What everybody got, so that what one gets can be held against it.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// How many chats of a topic are remembered: what is missed is never older.
const REMEMBERED: u64 = 4096;

#[derive(Default)]
pub(crate) struct Record {
    topics: HashMap<String, Topic>,
    pub(crate) deliveries: u64,
    /// Chats with a stream, which the history keeps.
    pub(crate) kept: u64,
    pub(crate) joins: u64,
    pub(crate) recovered: u64,
    pub(crate) not_recovered: u64,
    pub(crate) missed: u64,
    pub(crate) slow: u64,
    pub(crate) epochs: u64,
    pub(crate) faults: u64,
}

#[derive(Default)]
struct Topic {
    epoch: String,
    chats: HashMap<u64, u64>,
}

impl Record {
    /// Notes what was wrong, and says it.
    pub(crate) fn fault(&mut self, who: &str, what: &str) {
        self.faults += 1;
        println!("FAULT: {who}: {what}");
    }

    /// Somebody has joined a topic that has this epoch.
    pub(crate) fn join(&mut self, topic: &str, epoch: &str) {
        self.joins += 1;
        let topic = self.topics.entry(topic.to_owned()).or_default();
        if topic.epoch != epoch {
            *topic = Topic { epoch: epoch.to_owned(), chats: HashMap::new() };
            self.epochs += 1;
        }
    }

    /// Whether everybody who got this number so far got the same.
    pub(crate) fn same(&mut self, topic: &str, epoch: &str, seq: u64, delivery: &str) -> bool {
        self.deliveries += 1;
        let mut hasher = DefaultHasher::new();
        delivery.hash(&mut hasher);
        let Some(topic) = self.topics.get_mut(topic).filter(|topic| topic.epoch == epoch) else {
            return true;
        };
        topic.chats.remove(&seq.saturating_sub(REMEMBERED));
        *topic.chats.entry(seq).or_insert_with(|| hasher.finish()) == hasher.finish()
    }
}
