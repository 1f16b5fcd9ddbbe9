//! What is nearly JSON, or of a wrong type, in a chatInfo and in the content of a question or an answer.

use super::super::errors::json::{each_refused, edited, nearly, nearly_around, refusals, texts, values};
use crate::case::Case;
use crate::program::{ChatKind, Layer, Message};
use crate::script::{Reason, Topic, replace, say, say_as};

use Layer::{ChatInfo, Content, Payload};
use Reason::InvalidPayload;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = chat_infos();
    cases.extend(contents());
    cases
}

const INVALID: (Reason, Option<i64>) = (InvalidPayload, None);

fn chat(room: Topic) -> Message {
    say(room, "x")
}

fn question(room: Topic) -> Message {
    say_as(room, ChatKind::Question, "why?")
}

fn chat_infos() -> Vec<Case> {
    let kinds = [
        "\"\"",
        "\" message\"",
        "\"message \"",
        "\"Message\"",
        "\"messages\"",
        "\"message\\u0000\"",
        "\"notice\"",
        "\"__proto__\"",
        "\"toString\"",
    ];
    vec![
        each_refused(
            "chat/nearly-json",
            "A value that is nearly JSON makes the chatInfo invalid",
            &["CHAT-8"],
            INVALID,
            chat,
            nearly(ChatInfo),
        ),
        each_refused(
            "chat/nearly-json-around",
            "What JSON does not allow around an object makes the chatInfo invalid",
            &["CHAT-8"],
            INVALID,
            chat,
            nearly_around(ChatInfo),
        ),
        each_refused(
            "chat/chat-info-of-every-wrong-type",
            "A chatInfo that is no string is invalid",
            &["CHAT-8"],
            INVALID,
            chat,
            values(
                Payload,
                &["chatInfo"],
                &["null", "true", "7", "[]", "{}", r#"{"user":"u","content":"c","type":"message"}"#],
            ),
        ),
        each_refused(
            "chat/chat-info-that-is-no-object",
            "A chatInfo that holds JSON but no object is invalid",
            &["CHAT-8"],
            INVALID,
            chat,
            texts(ChatInfo, &["", " ", "null", "true", "7", "\"x\"", "[]", "[{}]", "\"{}\""]),
        ),
        each_refused(
            "chat/members-of-every-wrong-type",
            "user, content and type of a chatInfo are strings",
            &["CHAT-9"],
            INVALID,
            chat,
            values(
                ChatInfo,
                &["user", "content", "type"],
                &["null", "true", "7", "[\"x\"]", "{\"x\":\"y\"}"],
            ),
        ),
        each_refused(
            "chat/optional-members-of-every-wrong-type",
            "displayName, avatarurl, stream and createdat of a chatInfo are strings where they are there",
            &["CHAT-11"],
            INVALID,
            chat,
            values(
                ChatInfo,
                &["displayName", "avatarurl", "stream", "createdat"],
                &["null", "false", "20181008", "[]", "{}"],
            ),
        ),
        each_refused(
            "chat/types-that-are-nearly-right",
            "The type of a chatInfo is one of three words to the letter",
            &["CHAT-10"],
            INVALID,
            chat,
            values(ChatInfo, &["type"], &kinds),
        ),
    ]
}

fn contents() -> Vec<Case> {
    vec![
        each_refused(
            "chat/content-nearly-json",
            "A value that is nearly JSON makes the content of a question invalid",
            &["CHAT-12"],
            INVALID,
            question,
            nearly(Content),
        ),
        each_refused(
            "chat/content-nearly-json-around",
            "What JSON does not allow around an object makes the content of a question invalid",
            &["CHAT-12"],
            INVALID,
            question,
            nearly_around(Content),
        ),
        refusals(
            "chat/content-that-is-no-object",
            "The content of a question or an answer that is JSON but no object is invalid",
            &["CHAT-12"],
            |s, room, ann| {
                for kind in [ChatKind::Question, ChatKind::Answer] {
                    for edit in
                        texts(Content, &["", "null", "7", "\"x\"", "[]", "[{\"content\":\"x\"}]", "{}"])
                    {
                        s.refused(ann, edited(say_as(room, kind, "x"), edit), InvalidPayload);
                    }
                }
            },
        ),
        refusals(
            "chat/content-members-of-every-wrong-type",
            "content of a question, question and answer of an answer are strings",
            &["CHAT-12"],
            |s, room, ann| {
                for (kind, members) in [
                    (ChatKind::Question, &["content"] as &[&str]),
                    (ChatKind::Answer, &["question", "answer"]),
                ] {
                    for edit in values(Content, members, &["null", "true", "42", "[]", "{}"]) {
                        s.refused(ann, edited(say_as(room, kind, "x"), edit), InvalidPayload);
                    }
                }
            },
        ),
        refusals(
            "chat/user-only-in-a-prototype",
            "Members of a chatInfo that only a prototype has are not there",
            &["CHAT-9"],
            |s, room, ann| {
                let chat_info = r#"{"__proto__":{"user":"u","content":"c","type":"message"}}"#;
                s.refused(ann, edited(chat(room), replace(ChatInfo, chat_info)), InvalidPayload);
                let content = r#"{"__proto__":{"content":"c"}}"#;
                s.refused(ann, edited(question(room), replace(Content, content)), InvalidPayload);
            },
        ),
    ]
}
