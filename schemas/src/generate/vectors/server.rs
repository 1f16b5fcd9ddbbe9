//! Servers' envelopes, acks, deliveries and errors.

use super::Vector;
use super::write::{ANSWERED, BARE, HEARD, LEARNT, answer, delivery, info, nested, quoted, server};

/// A 200 with other members beside its data.
fn beside(members: &str) -> String {
    format!(r#"{{"type":2,"code":200,"data":{},{members}}}"#, quoted(&info("message", "hi")))
}

/// An error with these data.
fn error(code: i64, data: &str) -> String {
    answer(2, code, data)
}

#[rustfmt::skip] // One vector, one row.
pub(super) fn envelopes() -> Vec<Vector> {
    let no = |id, title, cites, frame: &str| server(id, title, cites, frame).invalid(BARE);
    vec![
        server("ack/plain", "A heartbeat's ack.", "BEAT-1", r#"{"type":1,"code":100,"data":""}"#).valid(BARE),
        server("ack/with-id", "With the id of the heartbeat.", "BEAT-1 ENV-12", r#"{"type":1,"code":100,"data":"","id":"hb-9"}"#).valid(BARE),
        server("ack/id-longest", "An id of 64 characters that are two code units each.", "ENV-5", format!(r#"{{"type":1,"code":100,"data":"","id":"{}"}}"#, "😀".repeat(64))).valid(BARE),
        server("ack/any-order", "The members in another order, with white space.", "ENV-8", " { \"data\" : \"\" ,\n\"code\":100, \"type\" : 1 }").valid(BARE),
        server("ack/members-of-its-own", "Members of the server's own.", "GROW-1 GROW-2", r#"{"type":1,"code":100,"data":"","x-node":"b","x-load":[0.5,null]}"#).valid(BARE),
        server("ack/names-of-the-other-side", "Members of a client's frame are a server's own.", "GROW-1", r#"{"type":1,"code":100,"data":"","token":5,"payLoad":null}"#).valid(BARE),
        no("ack/data-empty-object", "An ack holds nothing, not even an object.", "BEAT-1", r#"{"type":1,"code":100,"data":"{}"}"#),
        no("ack/data-space", "Not even a space.", "BEAT-1", r#"{"type":1,"code":100,"data":" "}"#),
        no("ack/data-null", "Null is no string.", "ENV-8", r#"{"type":1,"code":100,"data":null}"#),
        no("ack/data-missing", "All three in every frame.", "ENV-8", r#"{"type":1,"code":100}"#),
        no("ack/type-missing", "All three in every frame.", "ENV-8", r#"{"code":100,"data":""}"#),
        no("ack/code-missing", "All three in every frame.", "ENV-8", r#"{"type":1,"data":""}"#),
        no("ack/type-string", "A type in a string.", "ENV-8", r#"{"type":"1","code":100,"data":""}"#),
        no("ack/code-string", "A code in a string.", "ENV-8", r#"{"type":1,"code":"100","data":""}"#),
        no("ack/code-fraction", "A code between two integers.", "ENV-8", r#"{"type":1,"code":100.5,"data":""}"#),
        no("ack/code-null", "Null is no integer.", "ENV-8", r#"{"type":1,"code":null,"data":""}"#),
        no("ack/id-null", "An optional member is absent, never null.", "ENV-10", r#"{"type":1,"code":100,"data":"","id":null}"#),
        no("ack/id-number", "A number is no string.", "ENV-12", r#"{"type":1,"code":100,"data":"","id":9}"#),
        no("ack/id-empty", "An id has at least one character.", "ENV-12", r#"{"type":1,"code":100,"data":"","id":""}"#),
        server("ack/id-too-long", "An id of 65 characters.", "ENV-12", format!(r#"{{"type":1,"code":100,"data":"","id":"{}"}}"#, "i".repeat(65))).invalid(BARE),
        no("ack/topic-null", "An optional member is absent, never null, also where it is not needed.", "ENV-10", r#"{"type":1,"code":100,"data":"","topic":null}"#),
        no("ack/seq-string", "A member of the protocol has its type wherever it stands.", "ENV-8", r#"{"type":1,"code":100,"data":"","seq":"1"}"#),
        no("server/empty", "An empty message.", "ENV-8", ""),
        no("server/text", "No JSON at all.", "ENV-8", "pong"),
        no("server/null", "Null.", "ENV-8", "null"),
        no("server/array", "The values without their names.", "ENV-8", r#"[1,100,""]"#),
        no("server/two-in-a-row", "Two frames in one message.", "ENV-8 WS-7", r#"{"type":1,"code":100,"data":""}{"type":1,"code":100,"data":""}"#),
        no("server/cut-off", "A frame that breaks off.", "ENV-8", r#"{"type":1,"code":100,"data":"""#),
        no("server/nothing-in-it", "An empty object.", "ENV-8", "{}"),
        no("server/old-frame", "A frame without a type.", "ENV-8", r#"{"code":200,"data":"{}"}"#),
        no("pair/heartbeat-200", "200 is chat delivery and nothing else.", "ENV-11 CHAT-7", r#"{"type":1,"code":200,"data":""}"#),
        no("pair/join-200", "A join is answered by 201.", "ENV-11 CHAT-7", r#"{"type":3,"code":200,"data":"{\"topic\":\"8017\"}"}"#),
        no("pair/leave-200", "A leave is answered by 204.", "ENV-11 CHAT-7", r#"{"type":6,"code":200,"data":"{\"topic\":\"8017\"}"}"#),
        no("pair/chat-100", "100 is a heartbeat's.", "ENV-11", r#"{"type":2,"code":100,"data":""}"#),
        no("pair/chat-201", "201 is a join's.", "ENV-11", r#"{"type":2,"code":201,"data":"{}"}"#),
        no("pair/join-205", "The list behind a 201 has type 5.", "ENV-11", r#"{"type":3,"code":205,"data":"{\"topic\":\"8017\",\"count\":0,\"users\":[]}"}"#),
        no("pair/leave-201", "A leave is answered by 204.", "ENV-11", r#"{"type":6,"code":201,"data":"{\"topic\":\"8017\"}"}"#),
        no("pair/join-204", "204 is a leave's.", "ENV-11", r#"{"type":3,"code":204,"data":"{\"topic\":\"8017\"}"}"#),
        no("pair/notice-205", "205 is a user list's.", "ENV-11", r#"{"type":4,"code":205,"data":"{}"}"#),
        no("pair/user-list-203", "203 is a notice's.", "ENV-11", r#"{"type":5,"code":203,"data":"{\"data\":1}"}"#),
        no("pair/type-0-100", "Type 0 stands on errors alone.", "ENV-11", r#"{"type":0,"code":100,"data":""}"#),
        no("pair/type-7", "A type that there is not.", "ENV-11", r#"{"type":7,"code":207,"data":"{}"}"#),
        no("pair/code-299", "A code that there is not.", "ENV-11", r#"{"type":2,"code":299,"data":"{}"}"#),
        no("pair/code-300", "No code from 300 to 399.", "ENV-11", r#"{"type":2,"code":300,"data":"{}"}"#),
        no("pair/code-0", "No code at all.", "ENV-11", r#"{"type":1,"code":0,"data":""}"#),
        no("pair/code-402", "An error code that this version does not have.", "ENV-11 ERR-5", r#"{"type":2,"code":402,"data":"{\"reason\":\"invalid_payload\"}"}"#),
        no("pair/code-500", "500 is no code of a frame.", "ENV-11 ERR-5", r#"{"type":2,"code":500,"data":"{\"reason\":\"unavailable\"}"}"#),
        no("pair/code-600", "No code beyond 599.", "ENV-11", r#"{"type":2,"code":600,"data":"{}"}"#),
        no("pair/code-negative", "No negative code.", "ENV-11", r#"{"type":2,"code":-200,"data":"{}"}"#),
    ]
}

#[rustfmt::skip] // One vector, one row.
pub(super) fn deliveries() -> Vec<Vector> {
    let no = |id, title, cites, members: &str| server(id, title, cites, beside(members)).invalid(BARE);
    let not_said = |id, title, cites, chat_info: &str| server(id, title, cites, delivery(chat_info)).invalid(HEARD);
    vec![
        server("delivery/least", "A chat without an id.", "CHAT-6", delivery(&info("message", "hi"))).valid(HEARD),
        server("delivery/with-id", "A chat with an id.", "CHAT-5", beside(r#""id":"a-2","topic":"8017","seq":42,"at":1539009001250"#)).valid(HEARD),
        server("delivery/first", "The first chat of a topic, at the first moment of all.", "ORD-1 CHAT-6", beside(r#""topic":"8017","seq":1,"at":0"#)).valid(HEARD),
        server("delivery/last", "The largest numbers that every reader has exactly.", "CHAT-6", beside(r#""topic":"8017","seq":9007199254740991,"at":9007199254740991"#)).valid(HEARD),
        server("delivery/members-of-its-own", "Members of the server's own.", "GROW-1", beside(r#""topic":"8017","seq":1,"at":1,"x-node":null"#)).valid(HEARD),
        server("delivery/any-order", "The members in another order.", "ENV-8", format!(r#"{{"at":1,"seq":1,"topic":"8017","data":{},"code":200,"type":2}}"#, quoted(&info("message", "hi")))).valid(HEARD),
        server("delivery/as-it-was-sent", "White space, unknown members and escapes of the sender's own.", "TEXT-1 TEXT-2", delivery(r#"{ "type":"message",  "user":"ann", "content":"e\u0301 é 😀 \u0000 \"q\"", "mood":{"v":1.0} }"#)).valid(HEARD),
        server("delivery/escaped-otherwise", "The same in the server's own escapes.", "TEXT-6", r#"{"type":2,"code":200,"data":"{\"user\":\"ann\",\"content\":\"caf\u00e9 \ud83d\ude00 \/\",\"type\":\"message\"}","topic":"caf\u00e9","seq":7,"at":1}"#).valid(HEARD),
        server("delivery/topic-longest", "A topic of 128 emoji.", "ENV-5", beside(&format!(r#""topic":"{}","seq":1,"at":1"#, "😀".repeat(128)))).valid(HEARD),
        server("delivery/nulls-of-the-sender", "A chatInfo is not the server's own writing: its unknown members may be null.", "ENV-10", delivery(r#"{"user":"ann","content":"x","type":"message","mood":null}"#)).valid(HEARD),
        no("delivery/topic-missing", "No topic.", "CHAT-6", r#""seq":1,"at":1"#),
        no("delivery/topic-empty", "A topic has at least one character.", "CHAT-6", r#""topic":"","seq":1,"at":1"#),
        no("delivery/topic-null", "Null is no string.", "CHAT-6", r#""topic":null,"seq":1,"at":1"#),
        no("delivery/topic-number", "A number is no string.", "CHAT-6", r#""topic":8017,"seq":1,"at":1"#),
        no("delivery/topic-with-control", "Control characters are barred.", "CHAT-6 ROOM-1", r#""topic":"a\u0007","seq":1,"at":1"#),
        server("delivery/topic-too-long", "A topic of 129 characters.", "CHAT-6 ROOM-1", beside(&format!(r#""topic":"{}","seq":1,"at":1"#, "t".repeat(129)))).invalid(BARE),
        no("delivery/seq-missing", "No seq.", "CHAT-6", r#""topic":"8017","at":1"#),
        no("delivery/seq-zero", "The first chat is number 1.", "ORD-1", r#""topic":"8017","seq":0,"at":1"#),
        no("delivery/seq-negative", "A seq that cannot be.", "ORD-1", r#""topic":"8017","seq":-1,"at":1"#),
        no("delivery/seq-fraction", "A seq between two chats.", "CHAT-6", r#""topic":"8017","seq":1.5,"at":1"#),
        no("delivery/seq-string", "A seq in a string.", "CHAT-6", r#""topic":"8017","seq":"1","at":1"#),
        no("delivery/seq-null", "Null is no integer.", "CHAT-6", r#""topic":"8017","seq":null,"at":1"#),
        no("delivery/at-missing", "No time.", "CHAT-6", r#""topic":"8017","seq":1"#),
        no("delivery/at-string", "A time in a string.", "CHAT-6", r#""topic":"8017","seq":1,"at":"2018-10-08T14:30:00Z""#),
        no("delivery/at-null", "Null is no integer.", "CHAT-6", r#""topic":"8017","seq":1,"at":null"#),
        no("delivery/at-fraction", "A time between two milliseconds.", "CHAT-6", r#""topic":"8017","seq":1,"at":1539009000000.5"#),
        no("delivery/at-negative", "A time before all servers.", "CHAT-6", r#""topic":"8017","seq":1,"at":-1"#),
        no("delivery/id-null", "An optional member is absent, never null.", "ENV-10", r#""id":null,"topic":"8017","seq":1,"at":1"#),
        no("delivery/id-empty", "An id has at least one character.", "CHAT-5", r#""id":"","topic":"8017","seq":1,"at":1"#),
        server("delivery/data-object", "Data that were not put into a string.", "ENV-8", r#"{"type":2,"code":200,"data":{"user":"ann","content":"hi","type":"message"},"topic":"8017","seq":1,"at":1}"#).invalid(BARE),
        not_said("delivery/data-empty", "An empty string is no chatInfo.", "ENV-9 CHAT-4", ""),
        not_said("delivery/data-text", "Nor is text.", "ENV-9 CHAT-4", "hi"),
        not_said("delivery/data-array", "Nor is an array.", "ENV-9 CHAT-4", r#"["ann","hi","message"]"#),
        not_said("delivery/data-null", "Nor is null.", "ENV-9 CHAT-4", "null"),
        not_said("delivery/data-in-a-string", "Nor is a chatInfo that was put into a string twice.", "ENV-9 CHAT-4", &quoted(&info("message", "hi"))),
        not_said("delivery/data-without-user", "What no server accepts, none delivers.", "CHAT-9", r#"{"content":"hi","type":"message"}"#),
        not_said("delivery/data-without-content", "The same.", "CHAT-9", r#"{"user":"ann","type":"message"}"#),
        not_said("delivery/data-without-type", "The same.", "CHAT-9", r#"{"user":"ann","content":"hi"}"#),
        not_said("delivery/data-of-unknown-type", "The same.", "CHAT-10", &info("shout", "hi")),
        not_said("delivery/data-with-null", "The same.", "CHAT-11", r#"{"user":"ann","content":"hi","type":"message","stream":null}"#),
        not_said("delivery/a-list", "A list is not a chat.", "CHAT-7", r#"{"topic":"8017","count":0,"users":[]}"#),
        server("delivery/question", "A question.", "CHAT-12", delivery(&info("question", r#"{"content":"Why?"}"#))).valid(LEARNT),
        server("delivery/answer", "An answer.", "CHAT-12", delivery(&info("answer", r#"{"orgLogo":"org.png","orgName":"Org","question":"Why?","answer":"Because."}"#))).valid(LEARNT),
        server("delivery/question-of-text", "A question whose content is plain text.", "CHAT-12", delivery(&info("question", "Why?"))).invalid(LEARNT),
        server("delivery/question-of-null", "A question whose content lacks one.", "CHAT-12", delivery(&info("question", r#"{"content":null}"#))).invalid(LEARNT),
        server("delivery/answer-of-nothing", "An answer without one.", "CHAT-12", delivery(&info("answer", r#"{"question":"Why?"}"#))).invalid(LEARNT),
        server("delivery/answer-of-a-question", "A question's content is none of an answer.", "CHAT-12", delivery(&info("answer", r#"{"content":"Why?"}"#))).invalid(LEARNT),
    ]
}

#[rustfmt::skip] // One vector, one row.
pub(super) fn errors() -> Vec<Vector> {
    let is = |id, title, cites, frame: String| server(id, title, cites, frame).valid(ANSWERED);
    let no = |id, title, cites, data: &str| server(id, title, cites, error(422, data)).invalid(ANSWERED);
    let late = |id, title, data: &str| server(id, title, "ERR-14", error(429, data)).invalid(ANSWERED);
    vec![
        is("error/malformed-envelope", "Row 1 of the table of errors, with type 0.", "ERR-5 ERR-3", answer(0, 400, r#"{"reason":"malformed_envelope","message":"a frame is one JSON object"}"#)),
        is("error/unauthenticated", "Row 2.", "ERR-5", error(401, r#"{"reason":"unauthenticated"}"#)),
        is("error/wrong-user", "Row 3.", "ERR-5", answer(1, 403, r#"{"reason":"wrong_user"}"#)),
        is("error/unknown-type", "Row 4, with the type that nobody knows.", "ERR-5 ERR-3", answer(77, 501, r#"{"reason":"unknown_type"}"#)),
        is("error/invalid-payload", "Row 5.", "ERR-5", error(422, r#"{"reason":"invalid_payload"}"#)),
        is("error/too-many-topics", "Row 6.", "ERR-5", answer(3, 403, r#"{"reason":"too_many_topics"}"#)),
        is("error/not-joined", "Row 7.", "ERR-5", error(403, r#"{"reason":"not_joined"}"#)),
        is("error/wrong-author", "Row 8.", "ERR-5", error(403, r#"{"reason":"wrong_author"}"#)),
        is("error/no-such-member", "Row 9.", "ERR-5", answer(4, 404, r#"{"reason":"no_such_member"}"#)),
        is("error/rate-limited", "Too much, too fast.", "ERR-14", error(429, r#"{"reason":"rate_limited","retryAfterMs":800}"#)),
        is("error/rate-limited-at-once", "Which may be over at once.", "ERR-14", error(429, r#"{"reason":"rate_limited","retryAfterMs":0}"#)),
        is("error/unavailable", "Not now.", "ERR-5", error(503, r#"{"reason":"unavailable"}"#)),
        is("error/unavailable-until", "Not now, but then.", "ERR-5", error(503, r#"{"reason":"unavailable","retryAfterMs":2000}"#)),
        is("error/all-members", "All members that an error may have.", "ERR-4 ERR-16", format!(r#"{{"type":2,"code":422,"data":{},"id":"a-5","topic":"8017"}}"#, quoted(r#"{"reason":"invalid_payload","message":"chatInfo lacks content","retryAfterMs":1}"#))),
        is("error/members-of-its-own", "Members of the server's own, inside and outside.", "GROW-1", r#"{"type":2,"code":422,"data":"{\"reason\":\"invalid_payload\",\"x-at\":[null]}","x-node":1}"#.to_owned()),
        is("error/message-empty", "A message may be empty.", "ERR-5", error(422, r#"{"reason":"invalid_payload","message":""}"#)),
        is("error/negative-type", "The type of the frame, whatever it was.", "ERR-3", answer(-5, 501, r#"{"reason":"unknown_type"}"#)),
        is("error/deep-members", "A server's own members may be nested.", "GROW-1", error(422, &format!(r#"{{"reason":"invalid_payload","x-deep":{}}}"#, nested(20)))),
        no("error/data-empty", "An error says why.", "ENV-9 ERR-5", ""),
        no("error/data-text", "In JSON.", "ENV-9 ERR-5", "invalid_payload"),
        no("error/data-null", "Null is no object.", "ENV-9 ERR-5", "null"),
        no("error/data-array", "The values without their names.", "ENV-9 ERR-5", r#"["invalid_payload"]"#),
        no("error/reason-missing", "No reason.", "ERR-5", r#"{"message":"it is wrong"}"#),
        no("error/reason-null", "Null is no string.", "ERR-5", r#"{"reason":null}"#),
        no("error/reason-number", "The code is not the reason.", "ERR-5", r#"{"reason":422}"#),
        no("error/reason-unknown", "A reason that this version does not have.", "ERR-5", r#"{"reason":"bad_mood"}"#),
        no("error/reason-other-case", "A reason in another case.", "ERR-5", r#"{"reason":"Invalid_Payload"}"#),
        no("error/reason-with-hyphen", "A reason by another spelling.", "ERR-5", r#"{"reason":"invalid-payload"}"#),
        no("error/message-null", "An optional member is absent, never null.", "ENV-10", r#"{"reason":"invalid_payload","message":null}"#),
        no("error/message-object", "An object is no string.", "ERR-5", r#"{"reason":"invalid_payload","message":{"en":"it is wrong"}}"#),
        no("error/retry-after-null", "An optional member is absent, never null.", "ENV-10", r#"{"reason":"invalid_payload","retryAfterMs":null}"#),
        no("error/retry-after-string", "A time in a string.", "ERR-5", r#"{"reason":"invalid_payload","retryAfterMs":"800"}"#),
        late("error/rate-limited-for-ever", "A 429 says when to try again.", r#"{"reason":"rate_limited"}"#),
        late("error/rate-limited-in-the-past", "At a time to come.", r#"{"reason":"rate_limited","retryAfterMs":-1}"#),
        late("error/rate-limited-for-a-fraction", "In whole milliseconds.", r#"{"reason":"rate_limited","retryAfterMs":0.5}"#),
        late("error/rate-limited-for-null", "Null is no time.", r#"{"reason":"rate_limited","retryAfterMs":null}"#),
        server("error/type-missing", "All three in every frame.", "ENV-8 ERR-3", r#"{"code":422,"data":"{\"reason\":\"invalid_payload\"}"}"#).invalid(BARE),
        server("error/type-string", "A type in a string.", "ENV-8 ERR-3", r#"{"type":"2","code":422,"data":"{\"reason\":\"invalid_payload\"}"}"#).invalid(BARE),
        server("error/type-null", "A frame without a type is answered with type 0, not null.", "ERR-3", r#"{"type":null,"code":400,"data":"{\"reason\":\"malformed_envelope\"}"}"#).invalid(BARE),
        server("error/id-null", "An optional member is absent, never null.", "ENV-10 ERR-4", r#"{"type":2,"code":422,"data":"{\"reason\":\"invalid_payload\"}","id":null}"#).invalid(BARE),
        server("error/topic-null", "An optional member is absent, never null.", "ENV-10 ERR-16", r#"{"type":2,"code":422,"data":"{\"reason\":\"invalid_payload\"}","topic":null}"#).invalid(BARE),
        server("error/topic-empty", "What is no topic is not named.", "ERR-18", r#"{"type":2,"code":422,"data":"{\"reason\":\"invalid_payload\"}","topic":""}"#).invalid(BARE),
        server("error/data-object", "Data that were not put into a string.", "ENV-8", r#"{"type":2,"code":422,"data":{"reason":"invalid_payload"}}"#).invalid(BARE),
    ]
}
