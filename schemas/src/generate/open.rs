//! What the spec leaves open, so that two right readers may differ: the named rules by which a text has no verdict.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

/// Integers that are written in another way than with digits (`3.0`, `1e0`, `-0`), and those beyond 53 bits.
pub const NUMBER_FORMS: &str = "number-forms";
/// Numbers that a double cannot hold.
pub const NUMBER_RANGE: &str = "number-range";
/// An object with the same member twice.
pub const DUPLICATE_MEMBERS: &str = "duplicate-members";
/// A surrogate without its other half.
pub const LONE_SURROGATES: &str = "lone-surrogates";
/// A byte order mark before the JSON.
pub const BYTE_ORDER_MARK: &str = "byte-order-mark";
/// JSON that is nested more than 32 levels deep.
pub const DEPTH: &str = "depth";
/// An `orgLogo` or an `orgName` that is no string.
pub const ORG_MEMBERS: &str = "org-members";

/// Every rule, with the place where the spec says so.
pub const RULES: [(&str, &str, &str); 7] = [
    (
        NUMBER_FORMS,
        "02-envelope.md",
        "An integer that is not written with digits alone (`3.0`, `1e0`, `-0`), or that goes beyond 53 bits.",
    ),
    (NUMBER_RANGE, "02-envelope.md", "A number that a double cannot hold."),
    (DUPLICATE_MEMBERS, "02-envelope.md", "An object that has the same member twice."),
    (LONE_SURROGATES, "02-envelope.md", "A lone surrogate in a string."),
    (BYTE_ORDER_MARK, "02-envelope.md", "A byte order mark before the object."),
    (DEPTH, "02-envelope.md", "JSON that is nested more than 32 levels deep (ENV-7)."),
    (ORG_MEMBERS, "06-chat.md", "An `orgLogo` or an `orgName` that is not a string."),
];

const LEVELS: usize = 32;

/// The members that hold JSON in a string, by the level of the JSON that they are in.
const HOLD_JSON: [&[&str]; 3] = [&["payLoad", "data"], &["chatInfo", "content"], &["content"]];

/// The rules that a text falls under, in any of its layers.
#[must_use]
pub fn rules(text: &str) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    look(text, 0, &mut found);
    found
}

fn look(text: &str, level: usize, found: &mut BTreeSet<&'static str>) {
    if text.starts_with('\u{feff}') {
        found.insert(BYTE_ORDER_MARK);
    }
    if serde_json::from_str::<IgnoredAny>(text).is_err() {
        return;
    }
    if depth(text) > LEVELS {
        found.insert(DEPTH);
        return;
    }
    // What is JSON and cannot be read all the same holds a number or a string that Rust has no value for.
    if let Err(error) = serde_json::from_str::<Value>(text) {
        let number = error.to_string().starts_with("number out of range");
        found.insert(if number { NUMBER_RANGE } else { LONE_SURROGATES });
        return;
    }
    if let Ok(seen) = serde_json::from_str::<Seen>(text) {
        seen.tell(None, level, found);
    }
}

/// JSON with all that a map would forget.
enum Seen {
    Object(Vec<(String, Seen)>),
    Array(Vec<Seen>),
    Number(String),
    Text(String),
    Other,
}

impl Seen {
    fn tell(&self, name: Option<&str>, level: usize, found: &mut BTreeSet<&'static str>) {
        match self {
            Self::Object(members) => {
                let names: BTreeSet<_> = members.iter().map(|(name, _)| name).collect();
                if names.len() < members.len() {
                    found.insert(DUPLICATE_MEMBERS);
                }
                for (name, held) in members {
                    held.tell(Some(name), level, found);
                    let read = HOLD_JSON.get(level).is_some_and(|names| names.contains(&name.as_str()));
                    if let (true, Self::Text(text)) = (read && !self.passes_over(name), held) {
                        look(text, level + 1, found);
                    }
                }
            }
            Self::Array(items) => items.iter().for_each(|item| item.tell(None, level, found)),
            Self::Number(digits) => {
                if name.is_some_and(|name| INTEGERS.contains(&name)) && !is_plain(digits) {
                    found.insert(NUMBER_FORMS);
                }
            }
            Self::Text(_) => return,
            Self::Other => {}
        }
        if name.is_some_and(|name| ["orgLogo", "orgName"].contains(&name)) {
            found.insert(ORG_MEMBERS);
        }
    }
}

impl Seen {
    /// Whether nobody reads what a member of this object holds: the payLoad of a heartbeat, the content of a
    /// message.
    fn passes_over(&self, name: &str) -> bool {
        let Self::Object(members) = self else { return false };
        let kind = members.iter().find(|(name, _)| name == "type").map(|(_, kind)| kind);
        match (name, kind) {
            ("payLoad", Some(Self::Number(digits))) => digits == "1",
            ("content", Some(Self::Text(kind))) => kind == "message",
            _ => false,
        }
    }
}

/// The members that are integers.
const INTEGERS: [&str; 18] = [
    "type",
    "code",
    "seq",
    "at",
    "count",
    "version",
    "heartbeatTimeoutMs",
    "authTimeoutMs",
    "maxMessageBytes",
    "maxTopics",
    "maxQueueBytes",
    "presenceGraceMs",
    "rosterMax",
    "retryAfterMs",
    "reconnectAfterMs",
    "page",
    "resultsPerPage",
    "total",
];

/// Whether a number is no integer in any way of reading, or is written as one that every reader has exactly.
fn is_plain(digits: &str) -> bool {
    match digits.parse::<f64>() {
        Ok(number) if number.fract() == 0.0 => {
            let exact = digits.parse::<i64>().is_ok_and(|integer| integer.unsigned_abs() < 1 << 53);
            exact && digits != "-0"
        }
        _ => true,
    }
}

/// How deeply the arrays and objects of a JSON text are nested.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

impl<'de> Deserialize<'de> for Seen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?.get();
        let read = match raw.as_bytes().first() {
            Some(b'{') => serde_json::from_str::<Members>(raw).map(|Members(members)| Self::Object(members)),
            Some(b'[') => serde_json::from_str(raw).map(Self::Array),
            Some(b'"') => serde_json::from_str(raw).map(Self::Text),
            Some(b'-' | b'0'..=b'9') => Ok(Self::Number(raw.to_owned())),
            _ => Ok(Self::Other),
        };
        read.map_err(serde::de::Error::custom)
    }
}

/// The members of an object in their order, each as often as it is there.
struct Members(Vec<(String, Seen)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Each;

        impl<'de> Visitor<'de> for Each {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Each)
    }
}
