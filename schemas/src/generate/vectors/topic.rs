//! Heartbeats, leaves and user lists: payLoads that are nothing or a topic.

use super::Vector;
use super::write::{ASKED, BARE, client, nested, quoted, request, request_as};

fn leave(topic: &str) -> String {
    request(6, &format!(r#"{{"topic":{}}}"#, quoted(topic)))
}

fn leave_json(topic: &str) -> String {
    request(6, &format!(r#"{{"topic":{topic}}}"#))
}

#[rustfmt::skip] // One vector, one row.
pub(super) fn heartbeats() -> Vec<Vector> {
    vec![
        client("heartbeat/empty-object", "A payLoad that nobody reads.", "BEAT-3", request(1, "{}")).valid(BARE),
        client("heartbeat/not-json", "A payLoad that is no JSON.", "BEAT-3", request_as("hb-9", 1, "{not JSON")).valid(BARE),
        client("heartbeat/wrong-topic", "A payLoad that would be refused elsewhere.", "BEAT-3", request(1, r#"{"topic":5}"#)).valid(BARE),
        client("heartbeat/deep", "A payLoad that is nested deeply, which nobody sees.", "BEAT-3", request(1, &nested(200))).valid(BARE),
        client("heartbeat/any-characters", "A payLoad of control characters and emoji.", "BEAT-3", request(1, "\u{0}\u{1f}\u{7f}\u{9f}\u{2028}\u{ffff}😀")).valid(BARE),
        client("heartbeat/a-chat", "A chat's payLoad is not said.", "BEAT-3", request(1, r#"{"topic":"8017","chatInfo":"{}"}"#)).valid(BARE),
        client("heartbeat/long", "A long payLoad.", "BEAT-3", request(1, &"x".repeat(10_000))).valid(BARE),
        client("heartbeat/payload-null", "It must be a string all the same.", "ERR-8 BEAT-3", r#"{"token":"t-ann","type":1,"payLoad":null}"#).malformed(1),
        client("heartbeat/payload-missing", "It must be there all the same.", "ERR-8 BEAT-3", r#"{"token":"t-ann","type":1}"#).malformed(1),
        client("heartbeat/payload-object", "An object is no string.", "ERR-8 BEAT-3", r#"{"token":"t-ann","type":1,"payLoad":{}}"#).malformed(1),
    ]
}

#[rustfmt::skip] // One vector, one row.
pub(super) fn topics() -> Vec<Vector> {
    vec![
        client("topic/shortest", "A topic of one character.", "ROOM-1", leave("8")).valid(ASKED),
        client("topic/longest", "A topic of 128 characters.", "ROOM-1", leave(&"t".repeat(128))).valid(ASKED),
        client("topic/longest-in-emoji", "A topic of 128 characters that are two code units each.", "ROOM-1 ENV-5", leave(&"😀".repeat(128))).valid(ASKED),
        client("topic/longest-in-combining-marks", "A topic of 128 code points that look like 64 letters.", "ROOM-1 ENV-5", leave(&"e\u{301}".repeat(64))).valid(ASKED),
        client("topic/space", "A space is a topic.", "ROOM-1 ROOM-2", leave(" ")).valid(ASKED),
        client("topic/trailing-space", "White space at an end belongs to the topic.", "ROOM-1 ROOM-2", leave("room ")).valid(ASKED),
        client("topic/separators", "Line and paragraph separators are no control characters.", "ROOM-1", leave("a\u{2028}\u{2029}\u{a0}\u{3000}b")).valid(ASKED),
        client("topic/formats", "Joiners, direction marks and byte order marks are no control characters.", "ROOM-1", leave("\u{200b}\u{200d}\u{202e}\u{feff}\u{ad}")).valid(ASKED),
        client("topic/noncharacter", "A noncharacter is a character here.", "ROOM-1", leave("\u{ffff}\u{10ffff}")).valid(ASKED),
        client("topic/private-use", "So is one of private use.", "ROOM-1", leave("\u{e000}\u{f8ff}")).valid(ASKED),
        client("topic/right-below-the-controls", "U+0020 and U+007E, next to the control characters.", "ROOM-1", leave("\u{20}\u{7e}\u{a0}")).valid(ASKED),
        client("topic/escaped", "A topic in escapes, twice over.", "TEXT-5", r#"{"token":"t-ann","type":6,"payLoad":"{\"topic\":\"\\u0038\\u00e9\\ud83d\\ude00\"}"}"#).valid(ASKED),
        client("topic/escaped-outside", "The same, escaped in the envelope.", "TEXT-5", r#"{"token":"t-ann","type":6,"payLoad":"\u007b\u0022topic\u0022:\u00228017\u0022\u007d"}"#).valid(ASKED),
        client("topic/quotes", "Quotes, backslashes and slashes.", "ROOM-1", leave(r#""\/'"#)).valid(ASKED),
        client("topic/proto", "A name that means something to JavaScript.", "ROOM-1", leave("__proto__")).valid(ASKED),
        client("topic/number-in-a-string", "A topic that reads like a number.", "ROOM-1", leave("0017")).valid(ASKED),
        client("topic/empty", "A topic has at least one character.", "ROOM-3", leave("")).wrong(ASKED, 6),
        client("topic/too-long", "A topic of 129 characters.", "ROOM-3", leave(&"t".repeat(129))).wrong(ASKED, 6),
        client("topic/too-long-in-emoji", "A topic of 129 characters that are two code units each.", "ROOM-3 ENV-5", leave(&"😀".repeat(129))).wrong(ASKED, 6),
        client("topic/line-break", "A line break is a control character.", "ROOM-3", leave("80\n17")).wrong(ASKED, 6),
        client("topic/line-break-at-the-end", "Also at the end, where some patterns pass over it.", "ROOM-3", leave("8017\n")).wrong(ASKED, 6),
        client("topic/tab", "A tab is one.", "ROOM-3", leave("80\t17")).wrong(ASKED, 6),
        client("topic/nul", "NUL is one, the first.", "ROOM-3", leave("\u{0}")).wrong(ASKED, 6),
        client("topic/unit-separator", "U+001F is one.", "ROOM-3", leave("a\u{1f}")).wrong(ASKED, 6),
        client("topic/delete", "U+007F is one.", "ROOM-3", leave("a\u{7f}")).wrong(ASKED, 6),
        client("topic/first-of-c1", "U+0080 is one.", "ROOM-3", leave("\u{80}a")).wrong(ASKED, 6),
        client("topic/next-line", "U+0085 is one.", "ROOM-3", leave("a\u{85}b")).wrong(ASKED, 6),
        client("topic/last-of-c1", "U+009F is one, the last.", "ROOM-3", leave("a\u{9f}")).wrong(ASKED, 6),
        client("topic/missing", "No topic.", "ROOM-3 ERR-12", request_as("a-1", 6, "{}")).wrong(ASKED, 6).with_id("a-1"),
        client("topic/null", "Null is no string.", "ROOM-3", leave_json("null")).wrong(ASKED, 6),
        client("topic/number", "A number is no string.", "ROOM-3", leave_json("8017")).wrong(ASKED, 6),
        client("topic/boolean", "A boolean is no string.", "ROOM-3", leave_json("true")).wrong(ASKED, 6),
        client("topic/array", "An array is no string.", "ROOM-3", leave_json(r#"["8017"]"#)).wrong(ASKED, 6),
        client("topic/object", "An object is no string.", "ROOM-3", leave_json(r#"{"topic":"8017"}"#)).wrong(ASKED, 6),
        client("topic/other-case", "A topic by another spelling is none.", "ROOM-3 ENV-3", request(6, r#"{"Topic":"8017"}"#)).wrong(ASKED, 6),
        client("user-list/topic", "Who is in 8017.", "PRES-1", request_as("a-2", 5, r#"{"topic":"8017"}"#)).valid(ASKED),
        client("user-list/unknown-members", "Members that nobody knows.", "ENV-3", request(5, r#"{"topic":"8017","page":-1,"users":null}"#)).valid(ASKED),
        client("user-list/topic-missing", "No topic.", "ROOM-3 ERR-12", request(5, "{}")).wrong(ASKED, 5),
        client("user-list/topic-null", "Null is no string.", "ROOM-3", request(5, r#"{"topic":null}"#)).wrong(ASKED, 5),
        client("user-list/topic-empty", "A topic has at least one character.", "ROOM-3", request(5, r#"{"topic":""}"#)).wrong(ASKED, 5),
        client("user-list/topic-with-control", "Control characters are barred.", "ROOM-3", request(5, r#"{"topic":"a\u0007"}"#)).wrong(ASKED, 5),
        client("user-list/topic-too-long", "A topic of 129 characters.", "ROOM-3", request(5, &format!(r#"{{"topic":"{}"}}"#, "t".repeat(129)))).wrong(ASKED, 5),
    ]
}

#[rustfmt::skip] // One vector, one row.
pub(super) fn payloads() -> Vec<Vector> {
    let deep = |levels: usize| format!(r#"{{"topic":"8017","x":{}}}"#, nested(levels - 1));
    vec![
        client("payload/white-space", "White space around and inside the inner JSON.", "ENV-4", request(6, " {\n \"topic\" :\t\"8017\" }\r\n")).valid(ASKED),
        client("payload/unknown-members", "Members that nobody knows, inside as well.", "ENV-3", request(6, r#"{"x-colour":"red","topic":"8017","to":null,"":[{}]}"#)).valid(ASKED),
        client("payload/nested-to-32-levels", "Inner JSON nested to 32 levels, counted by itself.", "ENV-6", request(6, &deep(32))).valid(ASKED),
        client("payload/array-nested-to-32-levels", "The same with arrays.", "ENV-6", request(6, &format!(r#"{{"topic":"8017","x":{}{}}}"#, "[".repeat(31), "]".repeat(31)))).valid(ASKED),
        client("payload/brackets-in-strings", "Brackets in strings are no levels.", "ENV-6", request(6, &format!(r#"{{"topic":"8017","x":"{}"}}"#, "[{".repeat(100)))).valid(ASKED),
        client("payload/names-in-escapes", "A member's name in escapes.", "TEXT-5", request(6, r#"{"\u0074opic":"8017"}"#)).valid(ASKED),
        client("payload/empty", "Only a heartbeat goes without a payLoad.", "ERR-12", request_as("a-4", 6, "")).wrong(ASKED, 6).with_id("a-4"),
        client("payload/white-space-alone", "White space alone is no JSON.", "ERR-12", request(6, "  ")).wrong(ASKED, 6),
        client("payload/text", "Text is no JSON.", "ERR-12", request(6, "8017 please")).wrong(ASKED, 6),
        client("payload/null", "Null is no object.", "ERR-12", request(6, "null")).wrong(ASKED, 6),
        client("payload/number", "A topic as a bare number.", "ERR-12", request(6, "8017")).wrong(ASKED, 6),
        client("payload/string", "A topic as a bare string.", "ERR-12", request(6, r#""8017""#)).wrong(ASKED, 6),
        client("payload/boolean", "A boolean is no object.", "ERR-12", request(6, "false")).wrong(ASKED, 6),
        client("payload/array", "The values without their names.", "ERR-12", request(6, r#"["8017"]"#)).wrong(ASKED, 6),
        client("payload/twice-in-a-string", "An object in a string in a string.", "ERR-12", request(6, r#""{\"topic\":\"8017\"}""#)).wrong(ASKED, 6),
        client("payload/cut-off", "Inner JSON that breaks off.", "ERR-12", request(6, r#"{"topic":"8017""#)).wrong(ASKED, 6),
        client("payload/rest-behind", "Inner JSON with a rest behind it names no topic.", "ERR-12 ERR-16", request(6, r#"{"topic":"8017"}}"#)).wrong(ASKED, 6),
        client("payload/two-in-a-row", "Two objects in a row.", "ERR-12", request(6, r#"{"topic":"8017"}{"topic":"8018"}"#)).wrong(ASKED, 6),
        client("payload/single-quotes", "Strings in single quotes.", "ERR-12", request(6, "{'topic':'8017'}")).wrong(ASKED, 6),
        client("payload/trailing-comma", "A comma behind the last member.", "ERR-12", request(6, r#"{"topic":"8017",}"#)).wrong(ASKED, 6),
        client("payload/raw-control", "A control character inside a string that is not escaped there.", "ERR-12", request(6, "{\"topic\":\"8017\",\"x\":\"\u{1}\"}")).wrong(ASKED, 6),
        client("payload/empty-of-a-chat", "A chat needs more.", "ERR-12", request(2, "")).wrong(ASKED, 2),
        client("payload/empty-of-a-join", "So does a join.", "ERR-12", request(3, "")).wrong(ASKED, 3),
        client("payload/empty-of-a-notice", "And a notice.", "ERR-12", request(4, "")).wrong(ASKED, 4),
        client("payload/empty-of-a-user-list", "And a user list.", "ERR-12", request(5, "")).wrong(ASKED, 5),
        client("payload/array-of-a-join", "The values of a join without their names.", "ERR-12", request(3, r#"["8017","Ann","ann.png"]"#)).wrong(ASKED, 3),
        client("payload/array-of-a-notice", "The values of a notice without their names.", "ERR-12", request(4, r#"["8017","bob",1]"#)).wrong(ASKED, 4),
    ]
}
