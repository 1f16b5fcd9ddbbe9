//! Texts, names, numbers and JSON values.

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use serde_json::Value;

use crate::id::{AvatarUrl, DisplayName, Epoch, RequestId, Seq, Timestamp, Token, Topic, User};
use crate::json_string::RawJson;
use crate::limits::INTEGER_MAX;

/// A character: often plain, often one that JSON or a careless reader stumbles over.
fn character() -> impl Strategy<Value = char> {
    prop_oneof![
        4 => proptest::char::range('a', 'z'),
        2 => proptest::sample::select(vec![
            '"', '\\', '/', '\u{8}', '\u{c}', '\n', '\r', '\t', '\0', '\u{7f}', '\u{85}', '\u{2028}', '\u{feff}',
            '{', '}', '[', ']', ':', ',', ' ', 'é', '\u{301}', '\u{200d}', '\u{ffff}', '😀',
        ]),
        1 => any::<char>(),
    ]
}

/// A text of so many characters. One in eight is as long as it may be.
pub fn text(min: usize, max: usize) -> impl Strategy<Value = String> {
    let usual = max.min(min + 24);
    prop_oneof![7 => vec(character(), min..=usual), 1 => vec(character(), max.min(600))]
        .prop_map(|characters| characters.into_iter().collect())
}

/// The same without control characters.
fn name(max: usize) -> impl Strategy<Value = String> {
    text(1, max).prop_map(|text| text.replace(char::is_control, "_"))
}

macro_rules! strategies {
    ($($(#[$doc:meta])* $name:ident: $newtype:ident = $text:expr;)*) => {$(
        $(#[$doc])*
        pub fn $name() -> impl Strategy<Value = $newtype> {
            $text.prop_map(|text| $newtype::parse(&text).expect("the strategy keeps to the range"))
        }
    )*};
}

strategies! {
    /// Any topic.
    topic: Topic = name(128);
    /// Any user.
    user: User = name(128);
    /// Any request id.
    request_id: RequestId = text(1, 64);
    /// Any epoch, not longer than is sensible.
    epoch: Epoch = text(0, 64);
    /// Any display name.
    display_name: DisplayName = text(0, 64);
    /// Any avatar.
    avatar_url: AvatarUrl = text(0, 512);
    /// Any token, not longer than is sensible.
    token: Token = text(1, 256);
}

/// Any place in a topic's order, 0 included.
pub fn seq() -> impl Strategy<Value = Seq> {
    number().prop_map(|number| Seq::new(number).expect("the strategy keeps to the range"))
}

/// The place of any chat, which is never 0.
pub fn chat_seq() -> impl Strategy<Value = Seq> {
    number().prop_map(|number| Seq::new(number.max(1)).expect("the strategy keeps to the range"))
}

/// Any moment.
pub fn timestamp() -> impl Strategy<Value = Timestamp> {
    number().prop_map(|number| Timestamp::new(number).expect("the strategy keeps to the range"))
}

pub(super) fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0..3_u64, 0..=INTEGER_MAX, Just(INTEGER_MAX)]
}

/// Any JSON value, nested at most eight levels deep.
pub fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text(0, 16).prop_map(Value::from),
    ];
    leaf.prop_recursive(8, 48, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            btree_map(text(0, 8), inner, 0..6).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

/// Any JSON value as text, with white space here and there.
pub fn json_text() -> impl Strategy<Value = String> {
    (json(), any::<bool>()).prop_map(
        |(value, spaced)| {
            if spaced { format!("{value:#}") } else { value.to_string() }
        },
    )
}

/// Any JSON value as it might be written.
pub fn raw_json() -> impl Strategy<Value = RawJson> {
    json_text().prop_map(|text| RawJson::parse(&text).expect("what was just written is JSON"))
}
