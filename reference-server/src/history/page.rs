//! A page of history, from the deliveries of its chats.

use std::borrow::Cow;

use roomwire_protocol::history::{HistoryItem, HistoryPage, HistoryQuery, HttpAnswer};
use roomwire_protocol::{Seq, Timestamp, Topic};
use serde::Deserialize;

use super::StoreError;

/// One chat of a page.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) topic: Topic,
    pub(super) seq: Seq,
    pub(super) at: Timestamp,
    /// Its delivery as text.
    pub(super) delivery: Cow<'a, [u8]>,
}

#[derive(Deserialize)]
struct Delivered<'a> {
    #[serde(borrow)]
    data: Cow<'a, str>,
}

/// The body of the answer.
pub(super) fn body(query: &HistoryQuery, entries: Vec<Entry<'_>>, total: u64) -> Result<String, StoreError> {
    let items = entries.into_iter().map(item).collect::<Result<_, _>>()?;
    let page = HistoryPage { items, page: query.page, results_per_page: query.results_per_page, total };
    Ok(HttpAnswer::ok(page).to_json())
}

fn item(entry: Entry<'_>) -> Result<HistoryItem, StoreError> {
    let unreadable = |why: String| StoreError(format!("chat {} of a topic cannot be read: {why}", entry.seq));
    let delivered: Delivered<'_> =
        serde_json::from_slice(&entry.delivery).map_err(|error| unreadable(error.to_string()))?;
    HistoryItem::new(&delivered.data, entry.topic, entry.seq, entry.at)
        .map_err(|fault| unreadable(fault.to_string()))
}

/// How many of the newest are passed over before the page begins.
pub(super) fn skipped(query: &HistoryQuery) -> u64 {
    (query.page - 1).saturating_mul(query.results_per_page)
}
