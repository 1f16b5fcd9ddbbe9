//! History without a disk: it ends with the server.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use roomwire_protocol::Timestamp;
use roomwire_protocol::history::HistoryQuery;

use super::page::{self, Entry};
use super::{Record, Retention, Standing, Store, StoreError, weight};

/// How many bytes are kept at most, whatever the retention says.
const BYTES_MAX: usize = 256 << 20;

/// Chats with a stream: nobody can ask for others.
#[derive(Debug)]
pub(crate) struct Memory {
    retention: Retention,
    all: VecDeque<Arc<Record>>,
    streams: HashMap<Box<str>, VecDeque<Arc<Record>>>,
    bytes: usize,
}

impl Memory {
    pub(crate) fn new(retention: Retention) -> Self {
        Self { retention, all: VecDeque::new(), streams: HashMap::new(), bytes: 0 }
    }

    fn drop_oldest(&mut self) {
        let Some(oldest) = self.all.pop_front() else { return };
        self.bytes -= weight(&oldest);
        let Some(stream) = oldest.stream.as_deref() else { return };
        if let Some(chats) = self.streams.get_mut(stream) {
            chats.pop_front();
            if chats.is_empty() {
                self.streams.remove(stream);
            }
        }
    }
}

impl Store for Memory {
    fn append(&mut self, records: &[Arc<Record>]) -> Result<(), StoreError> {
        for record in records {
            let Some(stream) = &record.stream else { continue };
            self.bytes += weight(record);
            self.all.push_back(Arc::clone(record));
            match self.streams.get_mut(stream) {
                Some(chats) => chats.push_back(Arc::clone(record)),
                None => drop(self.streams.insert(stream.clone(), VecDeque::from([Arc::clone(record)]))),
            }
            if self.bytes > BYTES_MAX || self.all.len() as u64 > self.retention.chats {
                self.drop_oldest();
            }
        }
        Ok(())
    }

    fn page(&mut self, query: &HistoryQuery) -> Result<String, StoreError> {
        let none = VecDeque::new();
        let chats = self.streams.get(&*query.stream).unwrap_or(&none);
        let of_kind = || chats.iter().rev().filter(|chat| query.kind.is_none_or(|kind| kind == chat.kind));
        let total = if query.kind.is_none() { chats.len() } else { of_kind().count() };
        let skip = usize::try_from(page::skipped(query)).unwrap_or(usize::MAX);
        let take = usize::try_from(query.results_per_page).unwrap_or(usize::MAX);
        let mut entries: Vec<_> = of_kind()
            .skip(skip)
            .take(take)
            .map(|chat| Entry {
                topic: chat.topic.clone(),
                seq: chat.seq,
                at: chat.at,
                delivery: Cow::Borrowed(chat.frame.payload()),
            })
            .collect();
        entries.reverse();
        page::body(query, entries, total as u64)
    }

    fn prune(&mut self, retention: Retention, now: Timestamp) -> Result<(), StoreError> {
        let Some(age) = retention.age else { return Ok(()) };
        let oldest = now.get().saturating_sub(crate::config::milliseconds(age));
        while self.all.front().is_some_and(|chat| chat.at.get() < oldest) {
            self.drop_oldest();
        }
        Ok(())
    }

    fn close(&mut self, _: &[Standing]) -> Result<(), StoreError> {
        Ok(())
    }
}
