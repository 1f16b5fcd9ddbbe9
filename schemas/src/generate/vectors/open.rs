//! What the spec leaves open: two right readers may differ, and none falls over.

use super::Vector;
use super::write::{answer, beside_seq, chat, client, info, nested, quoted, request, server};
use crate::generate::open::{
    BYTE_ORDER_MARK, DEPTH, DUPLICATE_MEMBERS, LONE_SURROGATES, NUMBER_FORMS, NUMBER_RANGE, ORG_MEMBERS,
};

#[rustfmt::skip] // One vector, one row.
pub(super) fn vectors() -> Vec<Vector> {
    vec![
        client("open/type-with-a-point", "An integer written with a point.", "ERR-8", r#"{"token":"t-ann","type":1.0,"payLoad":""}"#).open(NUMBER_FORMS),
        client("open/type-with-an-exponent", "An integer written with an exponent.", "ERR-8", r#"{"token":"t-ann","type":1e0,"payLoad":""}"#).open(NUMBER_FORMS),
        client("open/type-with-a-negative-exponent", "An integer written as ten tenths.", "ERR-8", r#"{"token":"t-ann","type":10E-1,"payLoad":""}"#).open(NUMBER_FORMS),
        client("open/type-minus-zero", "Zero with a sign.", "ERR-11", r#"{"token":"t-ann","type":-0,"payLoad":""}"#).open(NUMBER_FORMS),
        client("open/type-beyond-53-bits", "An integer that a double does not have exactly.", "ERR-11", r#"{"token":"t-ann","type":9007199254740993,"payLoad":""}"#).open(NUMBER_FORMS),
        client("open/type-beyond-64-bits", "An integer that no machine word holds.", "ERR-11", r#"{"token":"t-ann","type":123456789012345678901234567890,"payLoad":""}"#).open(NUMBER_FORMS),
        client("open/type-beyond-a-double", "A number that a double cannot hold.", "ERR-8", r#"{"token":"t-ann","type":1e400,"payLoad":""}"#).open(NUMBER_RANGE),
        client("open/since-with-a-point", "The same, further inside.", "RES-8", request(3, r#"{"topic":"8017","since":{"epoch":"e1","seq":41.0}}"#)).open(NUMBER_FORMS),
        client("open/since-beyond-53-bits", "A number that no topic lives to see.", "RES-8", request(3, r#"{"topic":"8017","since":{"epoch":"e1","seq":9007199254740992}}"#)).open(NUMBER_FORMS),
        client("open/notice-beyond-a-double", "A number in somebody's own data.", "NOTE-7", request(4, r#"{"topic":"8017","to":"bob","data":1e400}"#)).open(NUMBER_RANGE),
        server("open/seq-with-a-point", "A server's integer with a point.", "CHAT-6", beside_seq("1.0")).open(NUMBER_FORMS),
        server("open/seq-beyond-53-bits", "A server's integer that JavaScript does not have exactly.", "CHAT-6", beside_seq("9007199254740992")).open(NUMBER_FORMS),
        server("open/code-with-a-point", "A code with a point.", "ENV-8", r#"{"type":1,"code":100.0,"data":""}"#).open(NUMBER_FORMS),
        client("open/type-twice", "The same member twice.", "ENV-4", r#"{"token":"t-ann","type":1,"type":77,"payLoad":""}"#).open(DUPLICATE_MEMBERS),
        client("open/token-twice-in-escapes", "The same member twice, once in escapes.", "ENV-4", r#"{"token":"t-ann","type":1,"payLoad":"","\u0074oken":""}"#).open(DUPLICATE_MEMBERS),
        client("open/topic-twice", "The same, further inside.", "ENV-4", request(3, r#"{"topic":"8017","topic":5}"#)).open(DUPLICATE_MEMBERS),
        client("open/content-twice", "The same in a chatInfo.", "ENV-4", chat(r#"{"user":"ann","content":"a","content":null,"type":"message"}"#)).open(DUPLICATE_MEMBERS),
        client("open/unknown-twice", "A member that nobody knows, twice.", "ENV-4", r#"{"token":"t-ann","type":1,"payLoad":"","x":1,"x":2}"#).open(DUPLICATE_MEMBERS),
        server("open/count-twice", "A server's member twice.", "ENV-8", answer(5, 205, r#"{"topic":"8017","count":0,"count":1,"users":[]}"#)).open(DUPLICATE_MEMBERS),
        client("open/id-of-half-a-pair", "Half of a surrogate pair.", "ENV-2", r#"{"token":"t-ann","type":1,"payLoad":"","id":"\ud83d"}"#).open(LONE_SURROGATES),
        client("open/id-of-the-other-half", "The other half.", "ENV-2", r#"{"token":"t-ann","type":1,"payLoad":"","id":"\ude00"}"#).open(LONE_SURROGATES),
        client("open/topic-of-halves-in-disorder", "Both halves in the wrong order.", "ROOM-1", r#"{"token":"t-ann","type":6,"payLoad":"{\"topic\":\"\\ude00\\ud83d\"}"}"#).open(LONE_SURROGATES),
        client("open/content-of-half-a-pair", "Half a pair in what is said.", "TEXT-3", chat(r#"{"user":"ann","content":"\udfff","type":"message"}"#)).open(LONE_SURROGATES),
        client("open/unread-half-a-pair", "Half a pair in what nobody reads.", "BEAT-3", r#"{"token":"t-ann","type":1,"payLoad":"\ud800"}"#).open(LONE_SURROGATES),
        client("open/byte-order-mark", "A byte order mark before the object.", "ERR-8", "\u{feff}{\"token\":\"t-ann\",\"type\":1,\"payLoad\":\"\"}").open(BYTE_ORDER_MARK),
        client("open/byte-order-mark-inside", "One before the inner object.", "ERR-12", request(6, "\u{feff}{\"topic\":\"8017\"}")).open(BYTE_ORDER_MARK),
        client("open/envelope-33-levels", "One level more than must be read.", "ENV-7", format!(r#"{{"token":"t-ann","type":1,"payLoad":"","x":{}}}"#, nested(32))).open(DEPTH),
        client("open/envelope-500-levels", "Many levels more.", "ENV-7", format!(r#"{{"token":"t-ann","type":1,"payLoad":"","x":{}{}}}"#, "[".repeat(500), "]".repeat(500))).open(DEPTH),
        client("open/payload-33-levels", "One level more, further inside.", "ENV-7", request(6, &format!(r#"{{"topic":"8017","x":{}}}"#, nested(32)))).open(DEPTH),
        client("open/chat-info-33-levels", "One level more in a chatInfo.", "ENV-7", chat(&format!(r#"{{"user":"ann","content":"x","type":"message","x":{}}}"#, nested(32)))).open(DEPTH),
        client("open/content-33-levels", "One level more in a question.", "ENV-7", chat(&info("question", &format!(r#"{{"content":"Why?","x":{}}}"#, nested(32))))).open(DEPTH),
        client("open/notice-5000-levels", "Levels enough to fell a parser that recurses.", "ENV-7", request(4, &format!(r#"{{"topic":"8017","to":"bob","data":{}{}}}"#, "[".repeat(5000), "]".repeat(5000)))).open(DEPTH),
        client("open/org-logo-number", "A logo that is no string.", "CHAT-12", chat(&info("answer", r#"{"orgLogo":5,"question":"Why?","answer":"Because."}"#))).open(ORG_MEMBERS),
        client("open/org-name-null", "A name that is null.", "CHAT-12", chat(&info("answer", r#"{"orgName":null,"question":"Why?","answer":"Because."}"#))).open(ORG_MEMBERS),
        server("open/org-logo-delivered", "A logo that is no string and was let pass.", "CHAT-12", format!(r#"{{"type":2,"code":200,"data":{},"topic":"8017","seq":1,"at":1}}"#, quoted(&info("answer", r#"{"orgLogo":{},"question":"Why?","answer":"Because."}"#)))).open(ORG_MEMBERS),
    ]
}
