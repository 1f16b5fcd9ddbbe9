//! What the texts of a server say, each read once: for all connections that get a copy, and for the checks after them.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::names::Mark;

/// What a text of the server says, as raw JSON.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The frame as JSON, `null` where it is none.
    pub(crate) json: Value,
    /// `data` as JSON, `null` where it is none.
    pub(crate) data: Value,
    /// The mark of the chat or the notice that it delivers.
    pub(crate) mark: Option<Mark>,
    /// `type`, where it is an integer.
    pub(crate) kind: Option<i64>,
    /// `code`, where it is an integer.
    pub(crate) code: Option<i64>,
    /// `seq`, where it is an integer.
    pub(crate) seq: Option<i64>,
    /// `id`, where it is a string.
    pub(crate) id: Option<String>,
    /// `topic`, beside `data`, where it is a string.
    pub(crate) topic: Option<String>,
    /// `topic` within `data`, where it is a string.
    pub(crate) data_topic: Option<String>,
}

impl Reading {
    /// Reads a text.
    pub(crate) fn of(text: &str) -> Self {
        let json: Value = serde_json::from_str(text).unwrap_or_default();
        let data = json["data"].as_str().unwrap_or_default();
        let [kind, code, seq] = ["type", "code", "seq"].map(|member| integer(&json[member]));
        let string = |value: &Value| value.as_str().map(str::to_owned);
        let [id, topic] = ["id", "topic"].map(|member| string(&json[member]));
        let delivers = matches!(code, Some(200 | 203));
        let mark = if delivers { Mark::find(data) } else { None };
        let data: Value = serde_json::from_str(data).unwrap_or_default();
        // What a server writes itself it may spell as JSON allows (TEXT-6).
        let mark = mark.or_else(|| if delivers { Mark::within(&data) } else { None });
        let data_topic = string(&data["topic"]);
        Self { json, data, mark, kind, code, seq, id, topic, data_topic }
    }
}

/// The readings of one try, by their texts, in which tokens are hidden.
#[derive(Clone, Default)]
pub(crate) struct Readings {
    by_text: Arc<Mutex<HashMap<String, Arc<Reading>>>>,
}

impl Readings {
    /// What a text says; it is read where nobody has done so before.
    pub(crate) fn read(&self, text: &str) -> Arc<Reading> {
        if let Some(known) = self.known().get(text) {
            return Arc::clone(known);
        }
        // Two may read the same at the same time: that is no more than a waste.
        let reading = Arc::new(Reading::of(text));
        self.known().insert(text.to_owned(), Arc::clone(&reading));
        reading
    }

    /// All that has been read; the guard is never held across an await.
    pub(crate) fn known(&self) -> MutexGuard<'_, HashMap<String, Arc<Reading>>> {
        self.by_text.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Readings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readings").finish_non_exhaustive()
    }
}

/// The integer that a JSON number stands for; the spec leaves open whether `3.0` is one, so it is taken as
/// one.
#[expect(clippy::cast_possible_truncation, reason = "only whole numbers that fit get here")]
pub(crate) fn integer(value: &Value) -> Option<i64> {
    let whole = |float: f64| (float.fract() == 0.0 && float.abs() < 9e15).then_some(float as i64);
    value.as_i64().or_else(|| value.as_f64().and_then(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_once_and_another_one_by_itself() {
        let readings = Readings::default();
        let text = r#"{"type":2,"code":200,"seq":7.0,"data":"{\"content\":\"[rw.a.1.2.3]\"}"}"#;
        let (first, again) = (readings.read(text), readings.read(text));
        assert!(Arc::ptr_eq(&first, &again));
        assert_eq!((first.kind, first.code, first.seq), (Some(2), Some(200), Some(7)));
        assert_eq!(first.data["content"], "[rw.a.1.2.3]");
        assert_eq!(first.mark.as_ref().map(|mark| mark.number), Some(3));
        let other = readings.read("no JSON");
        assert!(other.json.is_null() && other.data.is_null() && other.code.is_none());
        assert_eq!(readings.known().len(), 2);
    }
}
