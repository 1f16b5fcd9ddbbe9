//! One chat of a stream.

use std::collections::BTreeMap;

use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::chat_info::ChatInfo;
use crate::codec::to_json;
use crate::fault::Fault;
use crate::id::{Seq, Timestamp, Topic};
use crate::json_string::RawJson;

/// A chatInfo, with all its members as they were sent, and beside them the chat's `topic`, `seq` and `at`,
/// which take the place of members of these names (HIST-7).
///
/// ```
/// use roomwire_protocol::{Seq, Timestamp, Topic, history::HistoryItem};
/// let said = r#"{"user":"u1","content":"hi","type":"message","mood":1.50,"seq":"mine"}"#;
/// let topic = Topic::parse("8017").unwrap();
/// let item = HistoryItem::new(said, topic, Seq::new(3).unwrap(), Timestamp::new(1539009000000).unwrap()).unwrap();
/// assert_eq!(
///     serde_json::to_string(&item).unwrap(),
///     r#"{"content":"hi","mood":1.50,"type":"message","user":"u1","topic":"8017","seq":3,"at":1539009000000}"#,
/// );
/// assert_eq!(item.chat_info().unwrap().user, "u1");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryItem {
    members: BTreeMap<String, RawJson>,
    /// Where it was said.
    pub topic: Topic,
    /// Its place in the topic's order.
    pub seq: Seq,
    /// When the server took it.
    pub at: Timestamp,
}

impl HistoryItem {
    /// An item of a chat that was said with this chatInfo.
    ///
    /// # Errors
    /// A [`Fault`] where the chatInfo is not a JSON object.
    pub fn new(chat_info: &str, topic: Topic, seq: Seq, at: Timestamp) -> Result<Self, Fault> {
        let mut members: BTreeMap<String, RawJson> = serde_json::from_str(chat_info)
            .map_err(|_| Fault::new("chatInfo", "", "a JSON object", "something else"))?;
        for own in ["topic", "seq", "at"] {
            members.remove(own);
        }
        Ok(Self { members, topic, seq, at })
    }

    /// The raw value of one member of the chatInfo.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&RawJson> {
        self.members.get(name)
    }

    /// Reads what is said.
    ///
    /// # Errors
    /// A [`Fault`] about the first member that is not as it should be.
    pub fn chat_info(&self) -> Result<ChatInfo, Fault> {
        ChatInfo::parse(&to_json(&self.members))
    }
}

impl Serialize for HistoryItem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.members.len() + 3))?;
        for (name, value) in &self.members {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("topic", &self.topic)?;
        map.serialize_entry("seq", &self.seq)?;
        map.serialize_entry("at", &self.at)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for HistoryItem {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = BTreeMap::<String, RawJson>::deserialize(deserializer)?;
        Ok(Self {
            topic: take(&mut members, "topic")?,
            seq: take(&mut members, "seq")?,
            at: take(&mut members, "at")?,
            members,
        })
    }
}

fn take<T: DeserializeOwned, E: serde::de::Error>(
    members: &mut BTreeMap<String, RawJson>,
    name: &'static str,
) -> Result<T, E> {
    let value = members.remove(name).ok_or_else(|| E::missing_field(name))?;
    value.read().map_err(|error| E::custom(format_args!("{name}: {error}")))
}
