//! What clients say: texts that servers have been known to get wrong, and texts at the edge of the size limit.

use proptest::prelude::*;

use super::reading;
use crate::program::{Change, Chat, ChatKind, Layer, Message, Request};
use crate::script::say_in_stream;

/// Texts that are easily altered on the way.
const ODD: [&str; 14] = [
    "",
    " ",
    "\"quoted\" and \\back\\slashed\\",
    "{\"code\":200,\"data\":\"not a frame\"}",
    "line\nbreak\ttab\r\n",
    "\u{0}\u{1}\u{7f}",
    "\u{2028}\u{2029}",
    "e\u{301} is not é",
    "👩‍👩‍👧‍👦 🏳️‍🌈 🧩",
    "مرحبا \u{202e}olleh",
    "\u{feff}bom",
    "\u{fffd}\u{fffe}",
    "</script><!-- & &amp; %00 %s",
    "null",
];

/// A chat in a topic.
pub(super) fn plain(topic: usize) -> impl Strategy<Value = Message> {
    "[a-z ]{0,20}".prop_map(move |text| chat(topic, text, ChatKind::Message))
}

/// A chat with a text that is easily altered.
pub(super) fn odd(topic: usize) -> impl Strategy<Value = Message> {
    let texts = prop_oneof![
        3 => proptest::sample::select(ODD.to_vec()).prop_map(str::to_owned),
        1 => "\\PC{0,40}",
    ];
    texts.prop_map(move |text| chat(topic, text, ChatKind::Message))
}

/// A question or an answer.
pub(super) fn structured(topic: usize) -> impl Strategy<Value = Message> {
    let kinds = proptest::sample::select(vec![ChatKind::Question, ChatKind::Answer]);
    (kinds, proptest::sample::select(ODD.to_vec()))
        .prop_map(move |(kind, text)| chat(topic, text.into(), kind))
}

/// A chat that fills the size limit, or nearly.
pub(super) fn large(topic: usize) -> impl Strategy<Value = Message> {
    (0..3_usize).prop_map(move |short| {
        let chat = Chat { text: String::new(), kind: ChatKind::Message, short_of_limit: Some(short) };
        Message::new(Request::Chat(topic, chat))
    })
}

/// A chat with members that the spec does not know, in one document of it or in all.
pub(super) fn grown(topic: usize) -> impl Strategy<Value = Message> {
    let layers = [Layer::Envelope, Layer::Payload, Layer::ChatInfo];
    let layers = proptest::sample::subsequence(layers.to_vec(), 1..=3);
    let values = proptest::sample::select(vec!["null", "{\"seq\":1,\"topic\":[]}", "\"\\u00e9\"", "[[]]"]);
    (layers, values).prop_map(move |(layers, value)| {
        let said = chat(topic, "and more".into(), ChatKind::Message);
        layers.into_iter().fold(said, |said, layer| said.set(layer, "x-own", value))
    })
}

/// A chat whose documents are spelled otherwise than a library would.
pub(super) fn spelled(topic: usize) -> impl Strategy<Value = Message> {
    let layers = proptest::sample::select(vec![Layer::Envelope, Layer::Payload, Layer::ChatInfo]);
    let respell = |one: &str, other: &str| Change::Respell(one.into(), other.into());
    // Nothing of this may stand in a name or in a mark, which have letters and digits as chance has it.
    let changes = proptest::sample::select(vec![
        Change::Surround(" \t".into(), "\r\n ".into()),
        respell("\":", "\" : "),
        respell("\"type\"", "\"\\u0074ype\""),
        respell("ab is ab", "a\\u0062 \\u0069s \\u0061b"),
    ]);
    (layers, changes).prop_map(move |(layer, change)| {
        chat(topic, "ab is ab / and / is /".into(), ChatKind::Message).edit(layer, change)
    })
}

/// A chat in a stream.
pub(super) fn in_stream(topic: usize) -> impl Strategy<Value = Message> {
    let kinds = proptest::sample::select(vec![ChatKind::Message, ChatKind::Question, ChatKind::Answer]);
    (0..reading::SPOKEN, kinds, proptest::sample::select(ODD.to_vec()))
        .prop_map(move |(stream, kind, text)| say_in_stream(topic, stream, kind, text))
}

fn chat(topic: usize, text: String, kind: ChatKind) -> Message {
    Message::new(Request::Chat(topic, Chat { text, kind, short_of_limit: None }))
}
