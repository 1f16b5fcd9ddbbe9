//! Joins: the names for lists, and `since`.

use super::Vector;
use super::write::{ASKED, client, quoted, request, request_as};

fn named(name: &str, json: &str) -> String {
    request(3, &format!(r#"{{"topic":"8017","{name}":{json}}}"#))
}

#[rustfmt::skip] // One vector, one row.
pub(super) fn names() -> Vec<Vector> {
    let text = |character: &str, times| quoted(&character.repeat(times));
    vec![
        client("join/both-names", "A join with all that a list shows.", "ROOM-4", request_as("a-1", 3, r#"{"topic":"8017","displayName":"Ann","avatarurl":"ann.png"}"#)).valid(ASKED),
        client("join/members-behind", "Unknown members behind known ones.", "ENV-3", request(3, r#"{"topic":"8017","displayname":5,"avatarUrl":null,"password":"x"}"#)).valid(ASKED),
        client("join/display-name-empty", "A display name may be empty.", "ROOM-12", named("displayName", r#""""#)).valid(ASKED),
        client("join/display-name-longest", "A display name of 64 characters.", "ROOM-12", named("displayName", &text("n", 64))).valid(ASKED),
        client("join/display-name-longest-in-emoji", "The same in emoji.", "ROOM-12 ENV-5", named("displayName", &text("😀", 64))).valid(ASKED),
        client("join/display-name-of-controls", "Control characters are barred from topics and users alone.", "ROOM-12", named("displayName", r#""a\n\u0000\u0085""#)).valid(ASKED),
        client("join/display-name-too-long", "A display name of 65 characters.", "ROOM-12", named("displayName", &text("n", 65))).wrong(ASKED, 3).in_topic("8017"),
        client("join/display-name-too-long-in-emoji", "The same in emoji.", "ROOM-12 ENV-5", named("displayName", &text("😀", 65))).wrong(ASKED, 3).in_topic("8017"),
        client("join/display-name-null", "An optional member is absent, never null.", "ROOM-12", named("displayName", "null")).wrong(ASKED, 3).in_topic("8017"),
        client("join/display-name-number", "A number is no string.", "ROOM-12", named("displayName", "7")).wrong(ASKED, 3).in_topic("8017"),
        client("join/display-name-boolean", "A boolean is no string.", "ROOM-12", named("displayName", "true")).wrong(ASKED, 3).in_topic("8017"),
        client("join/display-name-array", "An array is no string.", "ROOM-12", named("displayName", r#"["Ann"]"#)).wrong(ASKED, 3).in_topic("8017"),
        client("join/display-name-object", "An object is no string.", "ROOM-12", named("displayName", "{}")).wrong(ASKED, 3).in_topic("8017"),
        client("join/avatar-empty", "An avatar may be empty.", "ROOM-12", named("avatarurl", r#""""#)).valid(ASKED),
        client("join/avatar-no-url", "An avatar need not be a URL.", "ROOM-12", named("avatarurl", r#""not a url\n""#)).valid(ASKED),
        client("join/avatar-longest", "An avatar of 512 characters.", "ROOM-12", named("avatarurl", &text("a", 512))).valid(ASKED),
        client("join/avatar-longest-in-emoji", "The same in emoji.", "ROOM-12 ENV-5", named("avatarurl", &text("😀", 512))).valid(ASKED),
        client("join/avatar-too-long", "An avatar of 513 characters.", "ROOM-12", named("avatarurl", &text("a", 513))).wrong(ASKED, 3).in_topic("8017"),
        client("join/avatar-too-long-in-emoji", "The same in emoji.", "ROOM-12 ENV-5", named("avatarurl", &text("😀", 513))).wrong(ASKED, 3).in_topic("8017"),
        client("join/avatar-null", "An optional member is absent, never null.", "ROOM-12", named("avatarurl", "null")).wrong(ASKED, 3).in_topic("8017"),
        client("join/avatar-number", "A number is no string.", "ROOM-12", named("avatarurl", "0")).wrong(ASKED, 3).in_topic("8017"),
        client("join/avatar-object", "An object is no string.", "ROOM-12", named("avatarurl", r#"{"url":"ann.png"}"#)).wrong(ASKED, 3).in_topic("8017"),
        client("join/topic-missing", "A name without a topic.", "ROOM-3 ERR-12", request(3, r#"{"displayName":"Ann"}"#)).wrong(ASKED, 3),
        client("join/topic-empty", "A topic has at least one character.", "ROOM-3", request(3, r#"{"topic":""}"#)).wrong(ASKED, 3),
        client("join/topic-null", "Null is no string.", "ROOM-3", request(3, r#"{"topic":null}"#)).wrong(ASKED, 3),
        client("join/topic-array", "One join, one topic.", "ROOM-3", request(3, r#"{"topic":["8017","8018"]}"#)).wrong(ASKED, 3),
        client("join/topic-too-long", "A topic of 129 characters.", "ROOM-3", request(3, &format!(r#"{{"topic":{}}}"#, text("t", 129)))).wrong(ASKED, 3),
        client("join/topic-with-control", "Control characters are barred.", "ROOM-3", request(3, r#"{"topic":"a\u001bb"}"#)).wrong(ASKED, 3),
        client("join/topic-and-name-wrong", "A topic that is none is not named by the error, either.", "ROOM-3 ERR-18", request(3, r#"{"topic":"","displayName":5}"#)).wrong(ASKED, 3),
        client("join/payload-not-json", "Text is no JSON.", "ERR-12", request_as("a-2", 3, "8017")).wrong(ASKED, 3).with_id("a-2"),
    ]
}

#[rustfmt::skip] // One vector, one row.
pub(super) fn since() -> Vec<Vector> {
    let since = |json: &str| named("since", json);
    vec![
        client("since/one", "Ann is back, and has everything up to 41.", "RES-8", since(r#"{"epoch":"e1","seq":41}"#)).valid(ASKED),
        client("since/zero", "She was there, and nothing had been said.", "RES-8", since(r#"{"epoch":"e1","seq":0}"#)).valid(ASKED),
        client("since/largest", "The largest number that every reader has exactly.", "RES-8", since(r#"{"epoch":"e1","seq":9007199254740991}"#)).valid(ASKED),
        client("since/epoch-empty", "An epoch is any string, the empty one included.", "RES-8", since(r#"{"epoch":"","seq":1}"#)).valid(ASKED),
        client("since/epoch-of-anything", "Of any characters, too.", "RES-8", since(r#"{"epoch":"\u0000\n😀","seq":1}"#)).valid(ASKED),
        client("since/epoch-long", "Of any length.", "RES-8", since(&format!(r#"{{"epoch":"{}","seq":1}}"#, "e".repeat(1000)))).valid(ASKED),
        client("since/unknown-members", "Members that nobody knows.", "ENV-3 RES-8", since(r#"{"epoch":"e1","seq":1,"topic":5,"at":null}"#)).valid(ASKED),
        client("since/any-order", "The members in another order.", "ENV-4 RES-8", since(r#"{"seq":1,"epoch":"e1"}"#)).valid(ASKED),
        client("since/null", "An optional member is absent, never null.", "RES-8", since("null")).wrong(ASKED, 3).in_topic("8017"),
        client("since/number", "A number alone says nothing of an epoch.", "RES-8", since("41")).wrong(ASKED, 3).in_topic("8017"),
        client("since/string", "An object in a string is a string.", "RES-8", since(r#""{\"epoch\":\"e1\",\"seq\":41}""#)).wrong(ASKED, 3).in_topic("8017"),
        client("since/array", "The values without their names.", "RES-8", since(r#"["e1",41]"#)).wrong(ASKED, 3).in_topic("8017"),
        client("since/boolean", "A boolean is no object.", "RES-8", since("true")).wrong(ASKED, 3).in_topic("8017"),
        client("since/empty", "Neither epoch nor seq.", "RES-8", since("{}")).wrong(ASKED, 3).in_topic("8017"),
        client("since/epoch-missing", "No epoch.", "RES-8", since(r#"{"seq":41}"#)).wrong(ASKED, 3).in_topic("8017"),
        client("since/epoch-null", "Null is no string.", "RES-8", since(r#"{"epoch":null,"seq":41}"#)).wrong(ASKED, 3).in_topic("8017"),
        client("since/epoch-number", "A number is no string.", "RES-8", since(r#"{"epoch":1,"seq":41}"#)).wrong(ASKED, 3).in_topic("8017"),
        client("since/seq-missing", "No seq.", "RES-8", since(r#"{"epoch":"e1"}"#)).wrong(ASKED, 3).in_topic("8017"),
        client("since/seq-negative", "A seq that cannot be.", "RES-8", since(r#"{"epoch":"e1","seq":-1}"#)).wrong(ASKED, 3).in_topic("8017"),
        client("since/seq-fraction", "A seq between two chats.", "RES-8", since(r#"{"epoch":"e1","seq":41.5}"#)).wrong(ASKED, 3).in_topic("8017"),
        client("since/seq-string", "A seq in a string.", "RES-8", since(r#"{"epoch":"e1","seq":"41"}"#)).wrong(ASKED, 3).in_topic("8017"),
        client("since/seq-null", "Null is no integer.", "RES-8", since(r#"{"epoch":"e1","seq":null}"#)).wrong(ASKED, 3).in_topic("8017"),
        client("since/seq-boolean", "A boolean is no integer.", "RES-8", since(r#"{"epoch":"e1","seq":true}"#)).wrong(ASKED, 3).in_topic("8017"),
        client("since/seq-array", "An array is no integer.", "RES-8", since(r#"{"epoch":"e1","seq":[41]}"#)).wrong(ASKED, 3).in_topic("8017"),
        client("since/wrong-in-no-topic", "A since that is wrong, in a topic that is none.", "RES-8 ERR-18", request(3, r#"{"topic":5,"since":null}"#)).wrong(ASKED, 3),
    ]
}
