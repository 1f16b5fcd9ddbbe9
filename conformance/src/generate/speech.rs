//! What clients say: texts that servers have been known to get wrong, and texts at the edge of the size limit.

use proptest::prelude::*;

use crate::program::{Chat, ChatKind, Message, Request};

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

fn chat(topic: usize, text: String, kind: ChatKind) -> Message {
    Message::new(Request::Chat(topic, Chat { text, kind, short_of_limit: None }))
}
