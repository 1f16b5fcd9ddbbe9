//! Stage two: what each type needs of its payLoad.

use roomwire_protocol::{ChatKind, Envelope, Request, code::Profiles};
use serde_json::json;

use crate::{accepted, chat, frame, invalid};

#[test]
fn a_payload_is_an_object_for_all_but_the_heartbeat() {
    for type_number in 2..=6 {
        for payload in ["", " ", "not JSON", "[]", "null", "3", "\"{}\"", "{} {}"] {
            invalid(&frame(type_number, payload), "payLoad");
        }
    }
}

#[test]
fn a_topic_is_needed_and_in_range_for_all_but_the_heartbeat() {
    for type_number in 2..=6 {
        for topic in
            [json!(""), json!("x".repeat(129)), json!("a\u{7f}"), json!(null), json!(8017), json!(["t"])]
        {
            let payload = json!({"topic": topic, "to": "u2", "data": 1, "chatInfo": "{}"});
            let refusal = invalid(&frame(type_number, &payload.to_string()), "payLoad.topic");
            assert_eq!(refusal.topic(), None);
        }
        invalid(&frame(type_number, "{}"), "payLoad.topic");
    }
}

#[test]
fn the_topic_is_named_whatever_else_is_wrong() {
    for (type_number, payload, member) in [
        (2, r#"{"topic":"t"}"#, "payLoad.chatInfo"),
        (2, r#"{"topic":"t","chatInfo":{}}"#, "payLoad.chatInfo"),
        (2, r#"{"topic":"t","chatInfo":""}"#, "chatInfo"),
        (3, r#"{"displayName":7,"topic":"t"}"#, "payLoad.displayName"),
        (3, r#"{"topic":"t","avatarurl":null}"#, "payLoad.avatarurl"),
        (3, r#"{"topic":"t","since":null}"#, "payLoad.since"),
        (3, r#"{"topic":"t","since":"e1"}"#, "payLoad.since"),
        (3, r#"{"topic":"t","since":{"seq":1}}"#, "payLoad.since.epoch"),
        (3, r#"{"topic":"t","since":{"epoch":1,"seq":1}}"#, "payLoad.since.epoch"),
        (3, r#"{"topic":"t","since":{"epoch":"e"}}"#, "payLoad.since.seq"),
        (3, r#"{"topic":"t","since":{"epoch":"e","seq":-1}}"#, "payLoad.since.seq"),
        (3, r#"{"topic":"t","since":{"epoch":"e","seq":"1"}}"#, "payLoad.since.seq"),
        (3, r#"{"topic":"t","since":{"epoch":"e","seq":1.5}}"#, "payLoad.since.seq"),
        (4, r#"{"topic":"t","data":1}"#, "payLoad.to"),
        (4, r#"{"topic":"t","to":"","data":1}"#, "payLoad.to"),
        (4, r#"{"topic":"t","to":"u"}"#, "payLoad.data"),
    ] {
        let refusal = invalid(&frame(type_number, payload), member);
        assert_eq!(refusal.topic().unwrap(), "t", "{payload}");
    }
}

#[test]
fn a_join_may_have_names_and_since_at_their_edges() {
    let join = json!({
        "topic": "t", "displayName": "😀".repeat(64), "avatarurl": "é".repeat(512),
        "since": {"epoch": "", "seq": 9_007_199_254_740_991_u64},
    });
    accepted(&frame(3, &join.to_string()));
    accepted(&frame(3, r#"{"topic":"t","displayName":"","avatarurl":"","since":{"epoch":"e","seq":0}}"#));
    invalid(
        &frame(3, &json!({"topic": "t", "displayName": "x".repeat(65)}).to_string()),
        "payLoad.displayName",
    );
    invalid(&frame(3, &json!({"topic": "t", "avatarurl": "x".repeat(513)}).to_string()), "payLoad.avatarurl");
}

#[test]
fn since_is_ignored_without_profile_resume_whatever_it_is() {
    for since in ["null", "7", r#"{"epoch":"e","seq":1}"#, r#"{"seq":-1}"#] {
        let text = frame(3, &format!(r#"{{"topic":"t","since":{since}}}"#));
        let envelope = Envelope::decode(&text).unwrap();
        let Ok(Request::Join(join)) = envelope.request_for(Profiles::CORE) else { panic!("{since}") };
        assert_eq!(join.since, None);
    }
}

#[test]
fn a_notice_carries_any_json_value_as_it_was_written() {
    for data in
        ["null", "0", "-0.0", "1e999", "123456789012345678901234567890", r#" { "b":1, "a":[ ] } "#, r#""x""#]
    {
        let text = frame(4, &format!(r#"{{"topic":"t","to":"u2","data":{data}}}"#));
        let envelope = Envelope::decode(&text).unwrap();
        let Ok(Request::Notice(notice)) = envelope.request() else { panic!("{data}") };
        assert_eq!(notice.data.get(), data.trim());
    }
}

#[test]
fn a_chat_info_needs_user_content_and_type() {
    for (chat_info, member) in [
        ("not JSON", "chatInfo"),
        ("[]", "chatInfo"),
        (r#"{"content":"hi","type":"message"}"#, "chatInfo.user"),
        (r#"{"user":"u1","type":"message"}"#, "chatInfo.content"),
        (r#"{"user":"u1","content":"hi"}"#, "chatInfo.type"),
        (r#"{"user":"","content":"hi","type":"message"}"#, "chatInfo.user"),
        (r#"{"user":"a\nb","content":"hi","type":"message"}"#, "chatInfo.user"),
        (r#"{"user":1,"content":"hi","type":"message"}"#, "chatInfo.user"),
        (r#"{"user":"u1","content":{},"type":"message"}"#, "chatInfo.content"),
        (r#"{"user":"u1","content":"hi","type":"shout"}"#, "chatInfo.type"),
        (r#"{"user":"u1","content":"hi","type":"Message"}"#, "chatInfo.type"),
        (r#"{"user":"u1","content":"hi","type":1}"#, "chatInfo.type"),
        (r#"{"user":"u1","content":"hi","type":"message","displayName":null}"#, "chatInfo.displayName"),
        (r#"{"user":"u1","content":"hi","type":"message","avatarurl":1}"#, "chatInfo.avatarurl"),
        (r#"{"user":"u1","content":"hi","type":"message","stream":1}"#, "chatInfo.stream"),
        (r#"{"user":"u1","content":"hi","type":"message","createdat":1}"#, "chatInfo.createdat"),
    ] {
        let refusal = invalid(&chat(chat_info), member);
        assert_eq!(refusal.topic().unwrap(), "t");
    }
    let long = |name: &str, length| {
        json!({"user": "u1", "content": "hi", "type": "message", name: "x".repeat(length)}).to_string()
    };
    accepted(&chat(&long("displayName", 64)));
    invalid(&chat(&long("displayName", 65)), "chatInfo.displayName");
    accepted(&chat(&long("avatarurl", 512)));
    invalid(&chat(&long("avatarurl", 513)), "chatInfo.avatarurl");
    accepted(&chat(&long("stream", 10_000)));
    accepted(&chat(r#"{"user":"u1","content":"","type":"message"}"#));
}

#[test]
fn the_content_of_a_question_and_an_answer_is_json_once_more() {
    let say = |kind: ChatKind, content: &str| {
        chat(&json!({"user": "u1", "type": kind.name(), "content": content}).to_string())
    };
    accepted(&say(ChatKind::Message, "Why?"));
    accepted(&say(ChatKind::Question, r#"{"content":"Why?"}"#));
    accepted(&say(ChatKind::Question, r#"{"content":"","content2":null}"#));
    accepted(&say(
        ChatKind::Answer,
        r#"{"question":"Why?","answer":"Because.","orgLogo":"","orgName":"Org"}"#,
    ));
    for (kind, content, member) in [
        (ChatKind::Question, "Why?", "chatInfo.content"),
        (ChatKind::Question, "", "chatInfo.content"),
        (ChatKind::Question, r#""Why?""#, "chatInfo.content"),
        (ChatKind::Question, "{}", "chatInfo.content.content"),
        (ChatKind::Question, r#"{"content":1}"#, "chatInfo.content.content"),
        (ChatKind::Answer, r#"{"content":"Why?"}"#, "chatInfo.content.question"),
        (ChatKind::Answer, r#"{"question":"Why?"}"#, "chatInfo.content.answer"),
        (ChatKind::Answer, r#"{"question":"Why?","answer":null}"#, "chatInfo.content.answer"),
        (ChatKind::Answer, r#"{"question":"","answer":"","orgLogo":1}"#, "chatInfo.content.orgLogo"),
    ] {
        invalid(&say(kind, content), member);
    }
}
