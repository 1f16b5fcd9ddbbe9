//! The bodies of the HTTP beside the socket.

use super::Vector;
use super::write::{http, info, quoted};

fn page(item: &str) -> String {
    format!(r#"{{"code":200,"data":{{"items":[{item}],"page":1,"resultsPerPage":50,"total":1}}}}"#)
}

fn numbers(page: &str, results: &str, total: &str) -> String {
    format!(
        r#"{{"code":200,"data":{{"items":[],"page":{page},"resultsPerPage":{results},"total":{total}}}}}"#
    )
}

#[rustfmt::skip] // One vector, one row.
pub(super) fn histories() -> Vec<Vector> {
    let is = |id, title, cites, body: String| http("history-response", id, title, cites, body).valid_body();
    let no = |id, title, cites, body: String| http("history-response", id, title, cites, body).invalid_body();
    vec![
        is("history/page", "A page with a message and a question.", "HIST-6 HIST-7", format!(r#"{{"code":200,"data":{{"items":[{{"user":"u1","displayName":"Ann","avatarurl":"ann.png","stream":"s1","content":"hi","type":"message","createdat":"2018-10-8 14:30","topic":"8017","seq":1,"at":1539009000000}},{{"user":"bob","stream":"s1","content":{},"type":"question","topic":"8017","seq":43,"at":1539009005000}}],"page":1,"resultsPerPage":50,"total":2}}}}"#, quoted(r#"{"content":"Why?"}"#))),
        is("history/beyond-the-last", "A page that has nothing on it.", "HIST-13", numbers("9", "50", "2")),
        is("history/largest-page", "As many as a page may have.", "HIST-6", numbers("1", "1000", "0")),
        is("history/unknown-members", "Members of the client's and of the server's own.", "HIST-7 GROW-1", r#"{"code":200,"data":{"items":[{"user":"u1","content":"hi","type":"message","topic":"8017","seq":1,"at":0,"mood":null}],"page":1,"resultsPerPage":1,"total":1,"x-next":null},"x-took":5}"#.to_owned()),
        is("history/unauthenticated", "No token.", "HIST-2 HIST-4", r#"{"code":401,"data":{"reason":"unauthenticated"}}"#.to_owned()),
        is("history/invalid", "A parameter out of range.", "HIST-14", r#"{"code":422,"data":{"reason":"invalid_payload","message":"page: at least 1"}}"#.to_owned()),
        is("history/rate-limited", "Too much, too fast.", "HIST-4", r#"{"code":429,"data":{"reason":"rate_limited","retryAfterMs":5}}"#.to_owned()),
        is("history/rate-limited-without-a-time", "Over HTTP, the time is the server's to say.", "HIST-4", r#"{"code":429,"data":{"reason":"rate_limited"}}"#.to_owned()),
        is("history/unavailable", "The store is away.", "HIST-4", r#"{"code":503,"data":{"reason":"unavailable"}}"#.to_owned()),
        is("history/broken", "A status that the protocol has no word for.", "HIST-3", r#"{"code":500,"data":{}}"#.to_owned()),
        is("history/not-found", "Another one.", "HIST-3", r#"{"code":404,"data":{"reason":5}}"#.to_owned()),
        no("history/empty", "An empty body.", "HIST-3", String::new()),
        no("history/page-of-html", "No JSON at all.", "HIST-3", "<html></html>".to_owned()),
        no("history/array", "Items alone are no answer.", "HIST-3", "[]".to_owned()),
        no("history/array-of-values", "The values without their names.", "HIST-3", r#"[200,{"items":[],"page":1,"resultsPerPage":50,"total":0}]"#.to_owned()),
        no("history/code-missing", "No code.", "HIST-3", r#"{"data":{"items":[],"page":1,"resultsPerPage":50,"total":0}}"#.to_owned()),
        no("history/code-string", "A code in a string.", "HIST-3", r#"{"code":"200","data":{"items":[],"page":1,"resultsPerPage":50,"total":0}}"#.to_owned()),
        no("history/code-other", "A page comes with 200.", "HIST-6", r#"{"code":206,"data":{"items":[],"page":1,"resultsPerPage":50,"total":0}}"#.to_owned()),
        no("history/data-missing", "No data.", "HIST-3", r#"{"code":200}"#.to_owned()),
        no("history/data-in-a-string", "Over HTTP, data are an object, not a string.", "HIST-3", r#"{"code":200,"data":"{\"items\":[],\"page\":1,\"resultsPerPage\":50,\"total\":0}"}"#.to_owned()),
        no("history/data-array", "The values without their names.", "HIST-3", r#"{"code":200,"data":[[],1,50,0]}"#.to_owned()),
        no("history/items-missing", "No items.", "HIST-6", r#"{"code":200,"data":{"page":1,"resultsPerPage":50,"total":0}}"#.to_owned()),
        no("history/items-null", "An empty page has an empty array.", "HIST-6 HIST-13", r#"{"code":200,"data":{"items":null,"page":1,"resultsPerPage":50,"total":0}}"#.to_owned()),
        no("history/page-zero", "Page 1 is the newest.", "HIST-6", numbers("0", "50", "0")),
        no("history/results-zero", "A page has room for one at least.", "HIST-6", numbers("1", "0", "0")),
        no("history/results-too-many", "More than a page may have.", "HIST-6", numbers("1", "1001", "0")),
        no("history/total-negative", "Fewer than none.", "HIST-12", numbers("1", "50", "-1")),
        no("history/page-string", "A page in a string.", "HIST-6", numbers(r#""1""#, "50", "0")),
        no("history/total-null", "Null is no integer.", "HIST-12", numbers("1", "50", "null")),
        no("history/item-in-a-string", "An item is an object.", "HIST-7", page(&quoted(&info("message", "hi")))),
        no("history/item-without-topic", "Where was it said?", "HIST-7", page(r#"{"user":"u1","content":"hi","type":"message","seq":1,"at":1}"#)),
        no("history/item-without-seq", "With which number?", "HIST-7", page(r#"{"user":"u1","content":"hi","type":"message","topic":"8017","at":1}"#)),
        no("history/item-without-at", "When?", "HIST-7", page(r#"{"user":"u1","content":"hi","type":"message","topic":"8017","seq":1}"#)),
        no("history/item-seq-zero", "The first chat is number 1.", "HIST-7 ORD-1", page(r#"{"user":"u1","content":"hi","type":"message","topic":"8017","seq":0,"at":1}"#)),
        no("history/item-own-seq", "The chat's own seq takes the place of the sender's.", "HIST-7", page(r#"{"user":"u1","content":"hi","type":"message","topic":"8017","seq":"mine","at":1}"#)),
        no("history/item-without-user", "By whom?", "HIST-7 CHAT-9", page(r#"{"content":"hi","type":"message","topic":"8017","seq":1,"at":1}"#)),
        no("history/item-without-content", "What?", "HIST-7 CHAT-9", page(r#"{"user":"u1","type":"message","topic":"8017","seq":1,"at":1}"#)),
        no("history/item-content-object", "A question's content stays a string.", "HIST-7", page(r#"{"user":"u1","content":{"content":"Why?"},"type":"question","topic":"8017","seq":1,"at":1}"#)),
        no("history/item-of-unknown-type", "What no server accepts, none keeps.", "HIST-7 CHAT-10", page(r#"{"user":"u1","content":"hi","type":"shout","topic":"8017","seq":1,"at":1}"#)),
        no("history/item-null", "Nothing is no item.", "HIST-7", page("null")),
        no("history/refused-without-reason", "A refusal says why.", "HIST-4", r#"{"code":401,"data":{}}"#.to_owned()),
        no("history/refused-for-another-reason", "Each status has its reason.", "HIST-4", r#"{"code":401,"data":{"reason":"invalid_payload"}}"#.to_owned()),
        no("history/refused-for-a-reason-of-frames", "Not all reasons of frames are reasons here.", "HIST-4", r#"{"code":403,"data":{"reason":"wrong_author"}}"#.to_owned()),
        no("history/refused-with-null", "Null is no string.", "HIST-4", r#"{"code":422,"data":{"reason":null}}"#.to_owned()),
        no("history/message-null", "An optional member is absent, never null.", "HIST-4 ENV-10", r#"{"code":422,"data":{"reason":"invalid_payload","message":null}}"#.to_owned()),
        no("history/broken-without-data", "Whatever the status is, there are data.", "HIST-3", r#"{"code":500}"#.to_owned()),
        no("history/broken-with-text", "Which are an object.", "HIST-3", r#"{"code":500,"data":"oops"}"#.to_owned()),
    ]
}

#[rustfmt::skip] // One vector, one row.
pub(super) fn questions() -> Vec<Vector> {
    let asked = |id, title, cites, body: String| http("question-request", id, title, cites, body);
    let told = |id, title, cites, body: &str| http("question-response", id, title, cites, body);
    let lacks = |id, title, body: &str| http("question-request", id, title, "HIST-25", body).invalid_body();
    vec![
        asked("ask/in-a-topic", "A question, in a room that is named.", "HIST-19", r#"{"content":"Why?","streamId":"s1","topic":"8017"}"#.to_owned()).valid_body(),
        asked("ask/without-topic", "A question in the one room that the user is in.", "HIST-22", r#"{"content":"Why?","streamId":"s1"}"#.to_owned()).valid_body(),
        asked("ask/empty", "Empty strings are strings.", "HIST-25", r#"{"content":"","streamId":""}"#.to_owned()).valid_body(),
        asked("ask/unknown-members", "Members that nobody knows.", "HIST-27", r#"{"x":[null],"streamId":"s1","user":5,"content":"Why?"}"#.to_owned()).valid_body(),
        asked("ask/white-space", "White space wherever JSON allows it.", "HIST-25", " {\r\n\t\"content\" : \"Why?\" , \"streamId\":\"s1\" }\n".to_owned()).valid_body(),
        asked("ask/topic-longest", "A topic of 128 emoji.", "HIST-25 ENV-5", format!(r#"{{"content":"Why?","streamId":"s1","topic":"{}"}}"#, "😀".repeat(128))).valid_body(),
        asked("ask/topic-too-long", "A topic of 129 characters.", "HIST-25", format!(r#"{{"content":"Why?","streamId":"s1","topic":"{}"}}"#, "t".repeat(129))).invalid_body(),
        lacks("ask/body-empty", "An empty body.", ""),
        lacks("ask/body-text", "A question in plain text.", "Why?"),
        lacks("ask/body-form", "A form is no JSON.", "content=Why%3F&streamId=s1"),
        lacks("ask/body-array", "The values without their names.", r#"["Why?","s1"]"#),
        lacks("ask/body-null", "Null is no object.", "null"),
        lacks("ask/content-missing", "No question.", r#"{"streamId":"s1"}"#),
        lacks("ask/content-null", "Null is no string.", r#"{"content":null,"streamId":"s1"}"#),
        lacks("ask/content-object", "Here the content is plain text.", r#"{"content":{"content":"Why?"},"streamId":"s1"}"#),
        lacks("ask/stream-missing", "A question that belongs nowhere.", r#"{"content":"Why?"}"#),
        lacks("ask/stream-by-its-other-name", "The stream is called streamId here.", r#"{"content":"Why?","stream":"s1"}"#),
        lacks("ask/stream-number", "A number is no string.", r#"{"content":"Why?","streamId":1}"#),
        lacks("ask/topic-empty", "A topic has at least one character.", r#"{"content":"Why?","streamId":"s1","topic":""}"#),
        lacks("ask/topic-null", "An optional member is absent, never null.", r#"{"content":"Why?","streamId":"s1","topic":null}"#),
        lacks("ask/topic-number", "A number is no string.", r#"{"content":"Why?","streamId":"s1","topic":8017}"#),
        lacks("ask/topic-with-control", "Control characters are barred.", r#"{"content":"Why?","streamId":"s1","topic":"a\u0085"}"#),
        told("asked/said", "Where it was said, and with which number.", "HIST-21", r#"{"code":200,"data":{"topic":"8017","seq":43}}"#).valid_body(),
        told("asked/members-of-its-own", "Members of the server's own.", "GROW-1", r#"{"code":200,"data":{"topic":"8017","seq":1,"at":null}}"#).valid_body(),
        told("asked/not-joined", "Bob is in no room.", "HIST-23", r#"{"code":403,"data":{"reason":"not_joined"}}"#).valid_body(),
        told("asked/in-several", "Bob is in two rooms.", "HIST-24", r#"{"code":422,"data":{"reason":"invalid_payload","message":"you are in several rooms: name one"}}"#).valid_body(),
        told("asked/unauthenticated", "No token.", "HIST-2", r#"{"code":401,"data":{"reason":"unauthenticated"}}"#).valid_body(),
        told("asked/nothing", "Neither topic nor seq.", "HIST-21", r#"{"code":200,"data":{}}"#).invalid_body(),
        told("asked/seq-missing", "No number.", "HIST-21", r#"{"code":200,"data":{"topic":"8017"}}"#).invalid_body(),
        told("asked/seq-zero", "The first chat is number 1.", "HIST-21 ORD-1", r#"{"code":200,"data":{"topic":"8017","seq":0}}"#).invalid_body(),
        told("asked/seq-string", "A number in a string.", "HIST-21", r#"{"code":200,"data":{"topic":"8017","seq":"43"}}"#).invalid_body(),
        told("asked/topic-missing", "No topic.", "HIST-21", r#"{"code":200,"data":{"seq":43}}"#).invalid_body(),
        told("asked/topic-empty", "A topic has at least one character.", "HIST-21", r#"{"code":200,"data":{"topic":"","seq":43}}"#).invalid_body(),
        told("asked/data-null", "Null is no object.", "HIST-3", r#"{"code":200,"data":null}"#).invalid_body(),
        told("asked/code-201", "It is answered with 200.", "HIST-21", r#"{"code":201,"data":{"topic":"8017","seq":43}}"#).invalid_body(),
        told("asked/wrong-reason", "Each status has its reason.", "HIST-4", r#"{"code":403,"data":{"reason":"wrong_author"}}"#).invalid_body(),
    ]
}
