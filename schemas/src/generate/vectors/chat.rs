//! Chats: what goes round a chatInfo, and the chatInfo itself.

use super::Vector;
use super::write::{ASKED, SAID, chat, client, info, nested, quoted, request, request_as};

/// A chat whose chatInfo has one more member.
fn with(name: &str, json: &str) -> String {
    chat(&format!(r#"{{"user":"ann","content":"hello","type":"message","{name}":{json}}}"#))
}

/// A chat whose chatInfo has this user.
fn by(json: &str) -> String {
    chat(&format!(r#"{{"user":{json},"content":"hello","type":"message"}}"#))
}

/// A chat whose chatInfo has this content.
fn saying(json: &str) -> String {
    chat(&format!(r#"{{"user":"ann","content":{json},"type":"message"}}"#))
}

/// A chat whose chatInfo has this type.
fn of_type(json: &str) -> String {
    chat(&format!(r#"{{"user":"ann","content":"hello","type":{json}}}"#))
}

#[rustfmt::skip] // One vector, one row.
pub(super) fn payloads() -> Vec<Vector> {
    let hello = quoted(&info("message", "hello"));
    vec![
        client("chat/with-id", "A chat with an id.", "CHAT-5", request_as("a-2", 2, &format!(r#"{{"topic":"8017","chatInfo":{hello}}}"#))).valid(SAID),
        client("chat/any-order", "The chatInfo before the topic, and what nobody knows.", "ENV-3 ENV-4", request(2, &format!(r#"{{"chatInfo":{hello},"x":{{}},"topic":"8017"}}"#))).valid(SAID),
        client("chat/topic-of-anything", "A topic of spaces and emoji.", "ROOM-1", request(2, &format!(r#"{{"topic":" café 😀 ","chatInfo":{hello}}}"#))).valid(SAID),
        client("chat/topic-missing", "A chat in no room.", "ROOM-3 ERR-12", request(2, &format!(r#"{{"chatInfo":{hello}}}"#))).wrong(ASKED, 2),
        client("chat/topic-empty", "A topic has at least one character.", "ROOM-3", request(2, &format!(r#"{{"topic":"","chatInfo":{hello}}}"#))).wrong(ASKED, 2),
        client("chat/topic-null", "Null is no string.", "ROOM-3", request(2, &format!(r#"{{"topic":null,"chatInfo":{hello}}}"#))).wrong(ASKED, 2),
        client("chat/topic-number", "A number is no string.", "ROOM-3", request(2, &format!(r#"{{"topic":8017,"chatInfo":{hello}}}"#))).wrong(ASKED, 2),
        client("chat/topic-too-long", "A topic of 129 characters.", "ROOM-3", request(2, &format!(r#"{{"topic":"{}","chatInfo":{hello}}}"#, "t".repeat(129)))).wrong(ASKED, 2),
        client("chat/topic-with-control", "Control characters are barred.", "ROOM-3", request(2, &format!(r#"{{"topic":"a\u0000","chatInfo":{hello}}}"#))).wrong(ASKED, 2),
        client("chat/chat-info-missing", "A chat that says nothing.", "CHAT-8 ERR-12 ERR-16", request_as("a-1", 2, r#"{"topic":"8017"}"#)).wrong(ASKED, 2).with_id("a-1").in_topic("8017"),
        client("chat/chat-info-other-case", "A chatInfo by another spelling is none.", "CHAT-8 ENV-3", request(2, &format!(r#"{{"topic":"8017","chatinfo":{hello}}}"#))).wrong(ASKED, 2).in_topic("8017"),
        client("chat/chat-info-object", "A chatInfo that was not put into a string.", "CHAT-8", request(2, r#"{"topic":"8017","chatInfo":{"user":"ann","content":"hello","type":"message"}}"#)).wrong(ASKED, 2).in_topic("8017"),
        client("chat/chat-info-null", "Null is no string.", "CHAT-8", request(2, r#"{"topic":"8017","chatInfo":null}"#)).wrong(ASKED, 2).in_topic("8017"),
        client("chat/chat-info-number", "A number is no string.", "CHAT-8", request(2, r#"{"topic":"8017","chatInfo":5}"#)).wrong(ASKED, 2).in_topic("8017"),
        client("chat/chat-info-array", "An array is no string.", "CHAT-8", request(2, r#"{"topic":"8017","chatInfo":[]}"#)).wrong(ASKED, 2).in_topic("8017"),
        client("chat/chat-info-boolean", "A boolean is no string.", "CHAT-8", request(2, r#"{"topic":"8017","chatInfo":false}"#)).wrong(ASKED, 2).in_topic("8017"),
        client("chat/chat-info-without-topic", "A chatInfo that is wrong, and no topic: the payLoad's own fault is told.", "ERR-12", request(2, r#"{"chatInfo":"hello"}"#)).wrong(ASKED, 2),
        client("chat/chat-info-in-the-payload", "A payLoad that is the chatInfo.", "CHAT-8", request(2, r#"{"topic":"8017","user":"ann","content":"hello","type":"message"}"#)).wrong(ASKED, 2).in_topic("8017"),
        client("chat-info/empty", "An empty chatInfo.", "CHAT-8", chat("")).wrong(SAID, 2).in_topic("8017"),
        client("chat-info/text", "Text is no JSON.", "CHAT-8", chat("hello")).wrong(SAID, 2).in_topic("8017"),
        client("chat-info/null", "Null is no object.", "CHAT-8", chat("null")).wrong(SAID, 2).in_topic("8017"),
        client("chat-info/number", "A number is no object.", "CHAT-8", chat("5")).wrong(SAID, 2).in_topic("8017"),
        client("chat-info/string", "A string is no object.", "CHAT-8", chat(r#""hello""#)).wrong(SAID, 2).in_topic("8017"),
        client("chat-info/twice-in-a-string", "An object in a string in a string.", "CHAT-8", chat(&hello)).wrong(SAID, 2).in_topic("8017"),
        client("chat-info/array", "The values without their names.", "CHAT-8", chat(r#"["ann","hello","message"]"#)).wrong(SAID, 2).in_topic("8017"),
        client("chat-info/cut-off", "A chatInfo that breaks off.", "CHAT-8", chat(r#"{"user":"ann","content":"hello","type":"message""#)).wrong(SAID, 2).in_topic("8017"),
        client("chat-info/rest-behind", "A chatInfo with a rest behind it.", "CHAT-8", chat(r#"{"user":"ann","content":"hello","type":"message"} x"#)).wrong(SAID, 2).in_topic("8017"),
        client("chat-info/trailing-comma", "A comma behind the last member.", "CHAT-8", chat(r#"{"user":"ann","content":"hello","type":"message",}"#)).wrong(SAID, 2).in_topic("8017"),
    ]
}

#[rustfmt::skip] // One vector, one row.
pub(super) fn accepted() -> Vec<Vector> {
    vec![
        client("chat-info/least", "No more than is needed.", "CHAT-9", chat(&info("message", "hello"))).valid(SAID),
        client("chat-info/white-space", "White space inside, and the members in another order.", "TEXT-1 ENV-4", chat(" { \"type\":\"message\",\n\t\"user\" : \"ann\",  \"content\":\"x\" } ")).valid(SAID),
        client("chat-info/unknown-members", "Members that nobody knows, of every kind.", "TEXT-2 ENV-3", chat(r#"{"user":"ann","content":"x","type":"message","mood":{"v":1.0},"n":null,"a":[1e3,-2],"":""}"#)).valid(SAID),
        client("chat-info/unknown-names-of-the-chat", "Members named like those of a 200 are the client's own here.", "TEXT-2 ENV-3", chat(r#"{"user":"ann","content":"x","type":"message","topic":5,"seq":"mine","at":null,"id":[]}"#)).valid(SAID),
        client("chat-info/unknown-proto", "Names that mean something to JavaScript mean nothing here.", "TEXT-2", chat(r#"{"user":"ann","content":"x","type":"message","__proto__":{"user":"bob"},"hasOwnProperty":1}"#)).valid(SAID),
        client("chat-info/nested-to-32-levels", "A chatInfo nested to 32 levels, counted by itself.", "ENV-6", chat(&format!(r#"{{"user":"ann","content":"x","type":"message","x":{}}}"#, nested(31)))).valid(SAID),
        client("chat-info/user-shortest", "A user of one character.", "CHAT-9", by(r#""a""#)).valid(SAID),
        client("chat-info/user-longest", "A user of 128 characters.", "CHAT-9", by(&quoted(&"u".repeat(128)))).valid(SAID),
        client("chat-info/user-longest-in-emoji", "The same in emoji.", "CHAT-9 ENV-5", by(&quoted(&"😀".repeat(128)))).valid(SAID),
        client("chat-info/user-of-spaces", "A user of spaces and separators.", "CHAT-9", by(r#"" \u2028\u00a0""#)).valid(SAID),
        client("chat-info/user-in-escapes", "A user in escapes.", "TEXT-5 CHAT-9", by(r#""\u0061n\u006e""#)).valid(SAID),
        client("chat-info/content-empty", "Nothing said is something said.", "CHAT-9", saying(r#""""#)).valid(SAID),
        client("chat-info/content-long", "Nothing limits a content but the size of the message.", "CHAT-9", saying(&quoted(&"x".repeat(20_000)))).valid(SAID),
        client("chat-info/content-of-controls", "Control characters, the line break among them.", "TEXT-3", saying(r#""a\nb\tc\u0000\u001b\u007f""#)).valid(SAID),
        client("chat-info/content-of-marks", "Combining marks, joiners and direction marks.", "TEXT-3", saying(&quoted("e\u{301} 👩\u{200d}👩\u{200d}👧 \u{202e}abc\u{202c}"))).valid(SAID),
        client("chat-info/content-of-noncharacters", "Noncharacters.", "TEXT-3", saying(&quoted("\u{fdd0}\u{fffe}\u{ffff}\u{1ffff}"))).valid(SAID),
        client("chat-info/content-of-pairs", "A character beyond U+FFFF in two escapes.", "TEXT-5", saying(r#""\ud83d\ude00""#)).valid(SAID),
        client("chat-info/content-of-slashes", "All the short escapes.", "TEXT-5", saying(r#""\"\\\/\b\f\n\r\t""#)).valid(SAID),
        client("chat-info/content-like-json", "A message's content is text, even where it looks like JSON.", "CHAT-12", saying(r#""{\"content\":5""#)).valid(SAID),
        client("chat-info/content-of-markup", "Markup is text.", "SEC-6", saying(r#""<script>alert(1)</script>""#)).valid(SAID),
        client("chat-info/all-members", "All members that there are.", "CHAT-11", chat(r#"{"user":"ann","displayName":"Ann","avatarurl":"ann.png","stream":"s1","content":"hi","type":"message","createdat":"yesterday"}"#)).valid(SAID),
        client("chat-info/all-members-empty", "All that may be empty is.", "CHAT-11", chat(r#"{"user":"ann","displayName":"","avatarurl":"","stream":"","content":"","type":"message","createdat":""}"#)).valid(SAID),
        client("chat-info/display-name-longest", "A display name of 64 characters.", "CHAT-11", with("displayName", &quoted(&"n".repeat(64)))).valid(SAID),
        client("chat-info/display-name-longest-in-emoji", "The same in emoji.", "CHAT-11 ENV-5", with("displayName", &quoted(&"😀".repeat(64)))).valid(SAID),
        client("chat-info/display-name-of-controls", "Control characters are barred from the user alone.", "CHAT-11 TEXT-3", with("displayName", r#""A\u0000\n""#)).valid(SAID),
        client("chat-info/avatar-longest", "An avatar of 512 characters.", "CHAT-11", with("avatarurl", &quoted(&"a".repeat(512)))).valid(SAID),
        client("chat-info/avatar-longest-in-emoji", "The same in emoji.", "CHAT-11 ENV-5", with("avatarurl", &quoted(&"😀".repeat(512)))).valid(SAID),
        client("chat-info/stream-long", "A stream of any length.", "CHAT-11", with("stream", &quoted(&"s".repeat(5000)))).valid(SAID),
        client("chat-info/createdat-of-anything", "A time in any form.", "CHAT-11", with("createdat", r#""2018-10-8 14:30 \u0000""#)).valid(SAID),
    ]
}

#[rustfmt::skip] // One vector, one row.
pub(super) fn refused() -> Vec<Vector> {
    let wrong = |id, title, cites, frame: String| client(id, title, cites, frame).wrong(SAID, 2).in_topic("8017");
    vec![
        wrong("chat-info/nothing-in-it", "An empty object.", "CHAT-9", chat("{}")),
        wrong("chat-info/user-missing", "Nobody says it.", "CHAT-9", chat(r#"{"content":"hello","type":"message"}"#)),
        wrong("chat-info/user-empty", "A user has at least one character.", "CHAT-9", by(r#""""#)),
        wrong("chat-info/user-too-long", "A user of 129 characters.", "CHAT-9", by(&quoted(&"u".repeat(129)))),
        wrong("chat-info/user-too-long-in-emoji", "The same in emoji.", "CHAT-9 ENV-5", by(&quoted(&"😀".repeat(129)))),
        wrong("chat-info/user-with-line-break", "A line break is a control character.", "CHAT-9", by(r#""an\nn""#)),
        wrong("chat-info/user-with-nul", "So is NUL.", "CHAT-9", by(r#""ann\u0000""#)),
        wrong("chat-info/user-with-delete", "So is U+007F.", "CHAT-9", by(r#""ann\u007f""#)),
        wrong("chat-info/user-with-c1", "So is U+009F.", "CHAT-9", by("\"\u{9f}ann\"")),
        wrong("chat-info/user-null", "Null is no string.", "CHAT-9", by("null")),
        wrong("chat-info/user-number", "A number is no string.", "CHAT-9", by("1")),
        wrong("chat-info/user-object", "An object is no string.", "CHAT-9", by(r#"{"user":"ann"}"#)),
        wrong("chat-info/user-array", "An array is no string.", "CHAT-9", by(r#"["ann"]"#)),
        wrong("chat-info/user-boolean", "A boolean is no string.", "CHAT-9", by("true")),
        wrong("chat-info/content-missing", "Nothing is said.", "CHAT-9", chat(r#"{"user":"ann","type":"message"}"#)),
        wrong("chat-info/content-null", "Null is no string.", "CHAT-9", saying("null")),
        wrong("chat-info/content-number", "A number is no string.", "CHAT-9", saying("5")),
        wrong("chat-info/content-object", "An object is no string.", "CHAT-9", saying(r#"{"text":"hello"}"#)),
        wrong("chat-info/content-array", "An array is no string.", "CHAT-9", saying(r#"["hello"]"#)),
        wrong("chat-info/content-boolean", "A boolean is no string.", "CHAT-9", saying("false")),
        wrong("chat-info/content-raw-line-break", "A line break that is not escaped in the inner JSON.", "CHAT-8", chat("{\"user\":\"ann\",\"content\":\"a\nb\",\"type\":\"message\"}")),
        wrong("chat-info/type-missing", "No type.", "CHAT-9", chat(r#"{"user":"ann","content":"hello"}"#)),
        wrong("chat-info/type-unknown", "A type that there is not.", "CHAT-10", of_type(r#""shout""#)),
        wrong("chat-info/type-other-case", "A type in another case.", "CHAT-10", of_type(r#""Message""#)),
        wrong("chat-info/type-with-space", "A type with a space behind it.", "CHAT-10", of_type(r#""message ""#)),
        wrong("chat-info/type-empty", "A type without a character.", "CHAT-10", of_type(r#""""#)),
        wrong("chat-info/type-null", "Null is no string.", "CHAT-9", of_type("null")),
        wrong("chat-info/type-number", "The type of the frame is another one.", "CHAT-9", of_type("2")),
        wrong("chat-info/type-array", "An array is no string.", "CHAT-9", of_type(r#"["message"]"#)),
        wrong("chat-info/type-proto", "A type that JavaScript's objects have.", "CHAT-10", of_type(r#""constructor""#)),
        wrong("chat-info/display-name-too-long", "A display name of 65 characters.", "CHAT-11", with("displayName", &quoted(&"n".repeat(65)))),
        wrong("chat-info/display-name-too-long-in-emoji", "The same in emoji.", "CHAT-11 ENV-5", with("displayName", &quoted(&"😀".repeat(65)))),
        wrong("chat-info/display-name-null", "An optional member is absent, never null.", "CHAT-11", with("displayName", "null")),
        wrong("chat-info/display-name-number", "A number is no string.", "CHAT-11", with("displayName", "5")),
        wrong("chat-info/display-name-object", "An object is no string.", "CHAT-11", with("displayName", "{}")),
        wrong("chat-info/avatar-too-long", "An avatar of 513 characters.", "CHAT-11", with("avatarurl", &quoted(&"a".repeat(513)))),
        wrong("chat-info/avatar-too-long-in-emoji", "The same in emoji.", "CHAT-11 ENV-5", with("avatarurl", &quoted(&"😀".repeat(513)))),
        wrong("chat-info/avatar-null", "An optional member is absent, never null.", "CHAT-11", with("avatarurl", "null")),
        wrong("chat-info/avatar-array", "An array is no string.", "CHAT-11", with("avatarurl", "[]")),
        wrong("chat-info/stream-null", "An optional member is absent, never null.", "CHAT-11", with("stream", "null")),
        wrong("chat-info/stream-number", "A number is no string.", "CHAT-11", with("stream", "1")),
        wrong("chat-info/stream-object", "An object is no string.", "CHAT-11", with("stream", r#"{"id":"s1"}"#)),
        wrong("chat-info/createdat-null", "An optional member is absent, never null.", "CHAT-11", with("createdat", "null")),
        wrong("chat-info/createdat-number", "A time as a number is no string.", "CHAT-11", with("createdat", "1539009000000")),
        wrong("chat-info/createdat-boolean", "A boolean is no string.", "CHAT-11", with("createdat", "true")),
    ]
}
