//! The content of questions and answers, and notices.

use super::Vector;
use super::write::{ASKED, SAID, TOLD, chat, client, info, nested, quoted, request, request_as};

fn question(content: &str) -> String {
    chat(&info("question", content))
}

fn answer(content: &str) -> String {
    chat(&info("answer", content))
}

/// A notice to Bob in 8017 with these data.
fn notice(data: &str) -> String {
    request(4, &format!(r#"{{"topic":"8017","to":"bob","data":{data}}}"#))
}

/// A notice to somebody in 8017.
fn to(json: &str) -> String {
    request(4, &format!(r#"{{"topic":"8017","to":{json},"data":1}}"#))
}

#[rustfmt::skip] // One vector, one row.
pub(super) fn contents() -> Vec<Vector> {
    let wrong = |id, title, frame: String| client(id, title, "CHAT-12", frame).wrong(TOLD, 2).in_topic("8017");
    vec![
        client("question/plain", "A question.", "CHAT-12", question(r#"{"content":"Why?"}"#)).valid(TOLD),
        client("question/empty", "An empty question.", "CHAT-12", question(r#"{"content":""}"#)).valid(TOLD),
        client("question/unknown-members", "Members that nobody knows, at the innermost level.", "ENV-3", question(r#"{"answer":5,"content":"Why?","x":[null]}"#)).valid(TOLD),
        client("question/white-space", "White space in the innermost JSON.", "ENV-4", question(" {\n\"content\" : \"Why?\" } ")).valid(TOLD),
        client("question/escapes", "Escapes of its own, four levels deep.", "TEXT-1 TEXT-5", question(r#"{"content":"\u0057hy\u003f \"q\" \\ \ud83d\ude00"}"#)).valid(TOLD),
        client("question/nested-to-32-levels", "A content nested to 32 levels, counted by itself.", "ENV-6", question(&format!(r#"{{"content":"Why?","x":{}}}"#, nested(31)))).valid(TOLD),
        client("question/with-all-members", "A question with all members of a chatInfo.", "CHAT-11 CHAT-12", chat(&format!(r#"{{"user":"ann","displayName":"Ann","avatarurl":"ann.png","stream":"s1","content":{},"type":"question","createdat":"now"}}"#, quoted(r#"{"content":"Why?"}"#)))).valid(TOLD),
        wrong("question/text", "A question whose content is plain text.", question("Why?")),
        wrong("question/nothing", "A question whose content is empty.", question("")),
        wrong("question/null", "Null is no object.", question("null")),
        wrong("question/string", "A string is no object.", question(r#""Why?""#)),
        wrong("question/array", "The value without its name.", question(r#"["Why?"]"#)),
        wrong("question/cut-off", "A content that breaks off.", question(r#"{"content":"Why?""#)),
        wrong("question/content-missing", "No content in the content.", question("{}")),
        wrong("question/content-other-case", "A content by another spelling is none.", question(r#"{"Content":"Why?"}"#)),
        wrong("question/content-null", "Null is no string.", question(r#"{"content":null}"#)),
        wrong("question/content-number", "A number is no string.", question(r#"{"content":42}"#)),
        wrong("question/content-object", "An object is no string.", question(r#"{"content":{"content":"Why?"}}"#)),
        wrong("question/content-array", "An array is no string.", question(r#"{"content":["Why?"]}"#)),
        client("question/content-no-string", "A content that was not put into a string is a fault of the chatInfo.", "CHAT-9", chat(r#"{"user":"ann","content":{"content":"Why?"},"type":"question"}"#)).wrong(SAID, 2).in_topic("8017"),
        client("question/content-not-there", "So is one that is missing.", "CHAT-9", chat(r#"{"user":"ann","type":"question"}"#)).wrong(SAID, 2).in_topic("8017"),
        client("question/wrong-user-and-content", "A fault of the chatInfo is told before that of its content.", "CHAT-9", chat(r#"{"user":"","content":"Why?","type":"question"}"#)).wrong(SAID, 2).in_topic("8017"),
        client("answer/least", "An answer with no more than it needs.", "CHAT-12", answer(r#"{"question":"Why?","answer":"Because."}"#)).valid(TOLD),
        client("answer/all-members", "An answer of an organisation.", "CHAT-12", answer(r#"{"orgLogo":"org.png","orgName":"Org","question":"Why?","answer":"Because."}"#)).valid(TOLD),
        client("answer/empty", "Empty strings are strings.", "CHAT-12", answer(r#"{"orgLogo":"","orgName":"","question":"","answer":""}"#)).valid(TOLD),
        client("answer/unknown-members", "Members that nobody knows.", "ENV-3", answer(r#"{"answer":"Because.","content":5,"question":"Why?","orgUrl":null}"#)).valid(TOLD),
        wrong("answer/text", "An answer whose content is plain text.", answer("Because.")),
        wrong("answer/nothing", "An answer whose content is empty.", answer("")),
        wrong("answer/array", "The values without their names.", answer(r#"["Why?","Because."]"#)),
        wrong("answer/nothing-in-it", "An empty object.", answer("{}")),
        wrong("answer/question-missing", "An answer to nothing.", answer(r#"{"answer":"Because."}"#)),
        wrong("answer/question-null", "Null is no string.", answer(r#"{"question":null,"answer":"Because."}"#)),
        wrong("answer/question-object", "An object is no string.", answer(r#"{"question":{"content":"Why?"},"answer":"Because."}"#)),
        wrong("answer/answer-missing", "An answer without one.", answer(r#"{"question":"Why?"}"#)),
        wrong("answer/answer-null", "Null is no string.", answer(r#"{"question":"Why?","answer":null}"#)),
        wrong("answer/answer-number", "A number is no string.", answer(r#"{"question":"Why?","answer":42}"#)),
        wrong("answer/a-question", "A question's content is none of an answer.", answer(r#"{"content":"Why?"}"#)),
        wrong("question/an-answer", "An answer's content is none of a question.", question(r#"{"question":"Why?","answer":"Because."}"#)),
    ]
}

#[rustfmt::skip] // One vector, one row.
pub(super) fn notices() -> Vec<Vector> {
    let wrong = |id, title, cites, frame: String| client(id, title, cites, frame).wrong(ASKED, 4).in_topic("8017");
    vec![
        client("notice/object", "An object.", "NOTE-7", request_as("a-2", 4, r#"{"topic":"8017","to":"bob","data":{"kind":"wave","n":1}}"#)).valid(ASKED),
        client("notice/null", "Null is a JSON value, and as good as any.", "NOTE-3", notice("null")).valid(ASKED),
        client("notice/boolean", "A boolean.", "NOTE-7", notice("false")).valid(ASKED),
        client("notice/integer", "An integer.", "NOTE-7", notice("-17")).valid(ASKED),
        client("notice/fraction", "A fraction.", "NOTE-7", notice("1.5e-7")).valid(ASKED),
        client("notice/large-number", "A large number that a double holds.", "NOTE-7", notice("1e300")).valid(ASKED),
        client("notice/empty-string", "An empty string.", "NOTE-7", notice(r#""""#)).valid(ASKED),
        client("notice/string", "A string of any characters.", "NOTE-7", notice(r#""\u0000 😀 \"""#)).valid(ASKED),
        client("notice/empty-array", "An empty array.", "NOTE-7", notice("[]")).valid(ASKED),
        client("notice/array", "An array of all kinds.", "NOTE-7", notice(r#"[null,true,1,"a",[],{}]"#)).valid(ASKED),
        client("notice/empty-object", "An empty object.", "NOTE-7", notice("{}")).valid(ASKED),
        client("notice/members-like-ours", "Members that are named like those of the protocol are the client's own here.", "NOTE-7", notice(r#"{"topic":5,"to":null,"from":[],"type":"x","code":1.5}"#)).valid(ASKED),
        client("notice/deep", "Data to the 32nd level.", "ENV-6", notice(&nested(31))).valid(ASKED),
        client("notice/from-is-ignored", "A from of the client's own is ignored.", "NOTE-8 ENV-3", request(4, r#"{"topic":"8017","to":"bob","from":5,"data":1}"#)).valid(ASKED),
        client("notice/any-order", "The members in another order.", "ENV-4", request(4, r#"{"data":1,"to":"bob","topic":"8017"}"#)).valid(ASKED),
        client("notice/to-longest", "A user of 128 characters.", "NOTE-3", to(&quoted(&"u".repeat(128)))).valid(ASKED),
        client("notice/to-longest-in-emoji", "The same in emoji.", "NOTE-3 ENV-5", to(&quoted(&"😀".repeat(128)))).valid(ASKED),
        client("notice/to-of-spaces", "A user of spaces.", "NOTE-3", to(r#""  ""#)).valid(ASKED),
        wrong("notice/data-missing", "No data at all is a fault.", "NOTE-3", request(4, r#"{"topic":"8017","to":"bob"}"#)),
        wrong("notice/data-other-case", "Data by another spelling are none.", "NOTE-3", request(4, r#"{"topic":"8017","to":"bob","Data":1}"#)),
        wrong("notice/to-missing", "A notice to nobody.", "NOTE-3", request(4, r#"{"topic":"8017","data":1}"#)),
        wrong("notice/to-empty", "A user has at least one character.", "NOTE-3", to(r#""""#)),
        wrong("notice/to-too-long", "A user of 129 characters.", "NOTE-3", to(&quoted(&"u".repeat(129)))),
        wrong("notice/to-too-long-in-emoji", "The same in emoji.", "NOTE-3 ENV-5", to(&quoted(&"😀".repeat(129)))),
        wrong("notice/to-with-line-break", "A line break is a control character.", "NOTE-3", to(r#""bob\n""#)),
        wrong("notice/to-with-c1", "So is U+0085.", "NOTE-3", to(r#""bob\u0085""#)),
        wrong("notice/to-null", "Null is no string.", "NOTE-3", to("null")),
        wrong("notice/to-number", "A number is no string.", "NOTE-3", to("1")),
        wrong("notice/to-array", "One notice, one user.", "NOTE-3", to(r#"["bob","cid"]"#)),
        wrong("notice/to-object", "An object is no string.", "NOTE-3", to(r#"{"user":"bob"}"#)),
        client("notice/topic-missing", "A notice in no room.", "ROOM-3 ERR-12", request(4, r#"{"to":"bob","data":1}"#)).wrong(ASKED, 4),
        client("notice/topic-null", "Null is no string.", "ROOM-3", request(4, r#"{"topic":null,"to":"bob","data":1}"#)).wrong(ASKED, 4),
        client("notice/topic-empty", "A topic has at least one character.", "ROOM-3", request(4, r#"{"topic":"","to":"bob","data":1}"#)).wrong(ASKED, 4),
        client("notice/topic-too-long", "A topic of 129 characters.", "ROOM-3", request(4, &format!(r#"{{"topic":"{}","to":"bob","data":1}}"#, "t".repeat(129)))).wrong(ASKED, 4),
        client("notice/topic-with-control", "Control characters are barred.", "ROOM-3", request(4, r#"{"topic":"\u009f","to":"bob","data":1}"#)).wrong(ASKED, 4),
        client("notice/payload-text", "Text is no JSON.", "ERR-12", request_as("a-9", 4, "hey bob")).wrong(ASKED, 4).with_id("a-9"),
    ]
}
