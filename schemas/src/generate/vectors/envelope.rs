//! Clients' envelopes: what is accepted, what is malformed (400), whose token is none (401), and what is unknown (501).

use super::Vector;
use super::write::{ASKED, BARE, client, nested, request, request_as};

#[rustfmt::skip] // One vector, one row.
pub(super) fn accepted() -> Vec<Vector> {
    let deep = format!(r#"{{"token":"t-ann","type":1,"payLoad":"","x":{}}}"#, nested(31));
    vec![
        client("envelope/any-order", "The members in another order.", "ENV-4", r#"{"id":"a-1","payLoad":"","type":1,"token":"t-ann"}"#).valid(BARE),
        client("envelope/white-space", "White space wherever JSON allows it.", "ENV-4", " {\n\t\"token\" : \"t-ann\" ,\r\n \"type\" : 1 , \"payLoad\" : \"\" } \n").valid(BARE),
        client("envelope/unknown-members", "Members that no server knows, of every kind.", "ENV-3", r#"{"token":"t-ann","type":1,"payLoad":"","x-a":null,"x-b":[1,"2",{}],"x-c":{"d":true},"":0}"#).valid(BARE),
        client("envelope/unknown-members-like-known-ones", "Members whose names differ in their case are unknown.", "ENV-3", r#"{"token":"t-ann","type":1,"payLoad":"","payload":5,"Type":null,"ID":[]}"#).valid(BARE),
        client("envelope/unknown-member-proto", "Names that mean something to JavaScript mean nothing here.", "ENV-3", r#"{"token":"t-ann","type":1,"payLoad":"","__proto__":{"id":5},"constructor":null,"toString":1}"#).valid(BARE),
        client("envelope/names-of-the-other-side", "Members of a server's frame are unknown in a client's.", "ENV-3", r#"{"token":"t-ann","type":1,"payLoad":"","code":"x","data":5,"seq":-1,"at":null,"topic":7}"#).valid(BARE),
        client("envelope/escaped-names", "A name with escapes is the name that it stands for.", "TEXT-5", r#"{"\u0074oken":"t-ann","ty\u0070e":1,"pay\u004coad":""}"#).valid(BARE),
        client("envelope/escaped-token", "A token with escapes.", "TEXT-5", r#"{"token":"t\u002dann","type":1,"payLoad":""}"#).valid(BARE),
        client("envelope/nested-to-32-levels", "JSON nested to 32 levels.", "ENV-6", deep).valid(BARE),
        client("envelope/id-shortest", "An id of one character.", "ENV-2", request_as("a", 1, "")).valid(BARE),
        client("envelope/id-longest", "An id of 64 characters.", "ENV-2", request_as(&"i".repeat(64), 1, "")).valid(BARE),
        client("envelope/id-longest-in-emoji", "An id of 64 characters that are two code units each.", "ENV-5", request_as(&"😀".repeat(64), 1, "")).valid(BARE),
        client("envelope/id-longest-in-escapes", "The same, written in escapes.", "ENV-5 TEXT-5", format!(r#"{{"token":"t-ann","type":1,"payLoad":"","id":"{}"}}"#, r"\ud83d\ude00".repeat(64))).valid(BARE),
        client("envelope/id-of-anything", "An id of control characters, quotes and white space.", "ENV-2", request_as("\u{0}\n\u{7f}\u{85} \"\\", 1, "")).valid(BARE),
        client("envelope/id-of-a-number-in-a-string", "An id that reads like a number.", "ENV-2", request_as("17", 1, "")).valid(BARE),
        client("envelope/id-of-a-uuid", "A UUID serves.", "ENV-14", request_as("7d444840-9dc0-11d1-b245-5ffdce74fad2", 1, "")).valid(BARE),
        client("envelope/token-shortest", "A token of one character.", "ERR-9", r#"{"token":"a","type":1,"payLoad":""}"#).valid(BARE),
        client("envelope/token-longest", "A token of 4096 characters.", "ERR-9", format!(r#"{{"token":"{}","type":1,"payLoad":""}}"#, "t".repeat(4096))).valid(BARE),
        client("envelope/token-longest-in-emoji", "A token of 4096 characters that are four bytes each.", "ENV-5", format!(r#"{{"token":"{}","type":1,"payLoad":""}}"#, "😀".repeat(4096))).valid(BARE),
        client("envelope/token-of-anything", "A token may have any characters.", "ERR-9", r#"{"token":" \u0000\n\"é😀","type":1,"payLoad":""}"#).valid(BARE),
        client("envelope/known-types-alone-matter", "Each known type with what it asks for: the user list.", "ENV-11", request(5, r#"{"topic":"8017"}"#)).valid(ASKED),
    ]
}

#[rustfmt::skip] // One vector, one row.
pub(super) fn no_json() -> Vec<Vector> {
    vec![
        client("envelope/empty", "An empty message.", "ERR-8", "").malformed(0),
        client("envelope/white-space-alone", "White space alone.", "ERR-8", " \n\t").malformed(0),
        client("envelope/text", "No JSON at all.", "ERR-8", "hello").malformed(0),
        client("envelope/cut-off", "A frame that breaks off.", "ERR-8", r#"{"token":"t-ann","type":1,"payLoad":"""#).malformed(0),
        client("envelope/cut-off-in-a-string", "A frame that breaks off inside a string.", "ERR-8", r#"{"token":"t-ann","type":1,"payLoad":""#).malformed(0),
        client("envelope/two-in-a-row", "Two objects in one message.", "ERR-8", r#"{"token":"t-ann","type":1,"payLoad":""}{"token":"t-ann","type":1,"payLoad":""}"#).malformed(0),
        client("envelope/two-lines", "Two objects on two lines.", "ERR-8", "{\"token\":\"t-ann\",\"type\":1,\"payLoad\":\"\"}\n{\"token\":\"t-ann\",\"type\":1,\"payLoad\":\"\"}").malformed(0),
        client("envelope/rest-behind", "Something behind the object.", "ERR-8", r#"{"token":"t-ann","type":1,"payLoad":""};"#).malformed(0),
        client("envelope/trailing-comma", "A comma behind the last member.", "ERR-8", r#"{"token":"t-ann","type":1,"payLoad":"",}"#).malformed(0),
        client("envelope/missing-comma", "No comma between two members.", "ERR-8", r#"{"token":"t-ann" "type":1,"payLoad":""}"#).malformed(0),
        client("envelope/single-quotes", "Strings in single quotes.", "ERR-8", "{'token':'t-ann','type':1,'payLoad':''}").malformed(0),
        client("envelope/bare-names", "Names without quotes.", "ERR-8", r#"{token:"t-ann",type:1,payLoad:""}"#).malformed(0),
        client("envelope/comment", "A comment.", "ERR-8", r#"{"token":"t-ann","type":1,"payLoad":""/* beat */}"#).malformed(0),
        client("envelope/leading-zero", "A number with a leading zero.", "ERR-8", r#"{"token":"t-ann","type":01,"payLoad":""}"#).malformed(0),
        client("envelope/plus-sign", "A number with a plus sign.", "ERR-8", r#"{"token":"t-ann","type":+1,"payLoad":""}"#).malformed(0),
        client("envelope/hexadecimal", "A number in hexadecimal.", "ERR-8", r#"{"token":"t-ann","type":0x1,"payLoad":""}"#).malformed(0),
        client("envelope/bare-point", "A number that ends with a point.", "ERR-8", r#"{"token":"t-ann","type":1.,"payLoad":""}"#).malformed(0),
        client("envelope/nan", "A word that JSON does not know.", "ERR-8", r#"{"token":"t-ann","type":NaN,"payLoad":""}"#).malformed(0),
        client("envelope/capital-true", "A word in another case.", "ERR-8", r#"{"token":"t-ann","type":1,"payLoad":"","x":True}"#).malformed(0),
        client("envelope/raw-line-break", "A line break inside a string that is not escaped.", "ERR-8", "{\"token\":\"t-ann\",\"type\":1,\"payLoad\":\"\n\"}").malformed(0),
        client("envelope/raw-nul", "A NUL inside a string that is not escaped.", "ERR-8", "{\"token\":\"t-\u{0}ann\",\"type\":1,\"payLoad\":\"\"}").malformed(0),
        client("envelope/wrong-escape", "An escape that JSON does not know.", "ERR-8", r#"{"token":"t\xann","type":1,"payLoad":""}"#).malformed(0),
        client("envelope/short-escape", "An escape that is too short.", "ERR-8", r#"{"token":"t\u12","type":1,"payLoad":""}"#).malformed(0),
        client("envelope/wrong-white-space", "White space that JSON does not know.", "ERR-8 ENV-4", "{\"token\":\"t-ann\",\u{a0}\"type\":1,\"payLoad\":\"\"}").malformed(0),
        client("envelope/null", "Null.", "ERR-8", "null").malformed(0),
        client("envelope/boolean", "A boolean.", "ERR-8", "true").malformed(0),
        client("envelope/number", "A bare number.", "ERR-8", "1").malformed(0),
        client("envelope/string", "A frame as a string.", "ERR-8", r#""{\"token\":\"t-ann\",\"type\":1,\"payLoad\":\"\"}""#).malformed(0),
        client("envelope/empty-array", "An empty array.", "ERR-8", "[]").malformed(0),
        client("envelope/array", "The values without their names.", "ERR-8", r#"["t-ann",1,""]"#).malformed(0),
        client("envelope/array-of-frames", "Several frames in an array.", "ERR-8", r#"[{"token":"t-ann","type":1,"payLoad":""}]"#).malformed(0),
    ]
}

#[rustfmt::skip] // One vector, one row.
pub(super) fn malformed() -> Vec<Vector> {
    vec![
        client("envelope/nothing-in-it", "An empty object.", "ERR-8", "{}").malformed(0),
        client("envelope/token-missing", "No token. The error has the type and the id of the frame.", "ERR-8 ERR-3 ERR-4", r#"{"type":3,"payLoad":"{\"topic\":\"8017\"}","id":"a-1"}"#).malformed(3).with_id("a-1"),
        client("envelope/token-null", "Null is no string.", "ERR-8", r#"{"token":null,"type":1,"payLoad":""}"#).malformed(1),
        client("envelope/token-number", "A number is no string.", "ERR-8", r#"{"token":7,"type":1,"payLoad":""}"#).malformed(1),
        client("envelope/token-array", "An array is no string.", "ERR-8", r#"{"token":["t-ann"],"type":1,"payLoad":""}"#).malformed(1),
        client("envelope/token-object", "An object is no string.", "ERR-8", r#"{"token":{},"type":1,"payLoad":""}"#).malformed(1),
        client("envelope/token-boolean", "A boolean is no string.", "ERR-8", r#"{"token":false,"type":1,"payLoad":""}"#).malformed(1),
        client("envelope/type-missing", "No type: the error has type 0.", "ERR-8 ERR-3", r#"{"token":"t-ann","payLoad":"","id":"a-2"}"#).malformed(0).with_id("a-2"),
        client("envelope/type-string", "A type in a string.", "ERR-8 ERR-3", r#"{"token":"t-ann","type":"1","payLoad":"","id":"a-3"}"#).malformed(0).with_id("a-3"),
        client("envelope/type-null", "Null is no integer.", "ERR-8 ERR-3", r#"{"token":"t-ann","type":null,"payLoad":""}"#).malformed(0),
        client("envelope/type-boolean", "A boolean is no integer.", "ERR-8 ERR-3", r#"{"token":"t-ann","type":true,"payLoad":""}"#).malformed(0),
        client("envelope/type-array", "An array is no integer.", "ERR-8 ERR-3", r#"{"token":"t-ann","type":[1],"payLoad":""}"#).malformed(0),
        client("envelope/type-object", "An object is no integer.", "ERR-8 ERR-3", r#"{"token":"t-ann","type":{"type":1},"payLoad":""}"#).malformed(0),
        client("envelope/type-fraction", "A type between two integers.", "ERR-8 ERR-3", r#"{"token":"t-ann","type":3.5,"payLoad":""}"#).malformed(0),
        client("envelope/type-small-fraction", "A type next to an integer.", "ERR-8 ERR-3", r#"{"token":"t-ann","type":1.0000001,"payLoad":""}"#).malformed(0),
        client("envelope/type-name", "The name of a type is not its number.", "ERR-8 ERR-3", r#"{"token":"t-ann","type":"heartbeat","payLoad":""}"#).malformed(0),
        client("envelope/payload-missing", "No payLoad.", "ERR-8", r#"{"token":"t-ann","type":6,"id":"a-4"}"#).malformed(6).with_id("a-4"),
        client("envelope/payload-without-its-capital", "A payLoad by another spelling is none.", "ERR-8", r#"{"token":"t-ann","type":6,"payload":"{\"topic\":\"8017\"}"}"#).malformed(6),
        client("envelope/payload-object", "A payLoad that was not put into a string.", "ERR-8", r#"{"token":"t-ann","type":3,"payLoad":{"topic":"8017"},"id":"a-5"}"#).malformed(3).with_id("a-5"),
        client("envelope/payload-null", "Null is no string.", "ERR-8", r#"{"token":"t-ann","type":3,"payLoad":null}"#).malformed(3),
        client("envelope/payload-array", "An array is no string.", "ERR-8", r#"{"token":"t-ann","type":3,"payLoad":[]}"#).malformed(3),
        client("envelope/payload-number", "A number is no string.", "ERR-8", r#"{"token":"t-ann","type":3,"payLoad":8017}"#).malformed(3),
        client("envelope/payload-boolean", "A boolean is no string.", "ERR-8", r#"{"token":"t-ann","type":3,"payLoad":true}"#).malformed(3),
        client("envelope/id-empty", "An id without a character.", "ERR-8 ERR-4", request_as("", 1, "")).malformed(1),
        client("envelope/id-too-long", "An id of 65 characters.", "ERR-8 ERR-4", request_as(&"i".repeat(65), 1, "")).malformed(1),
        client("envelope/id-too-long-in-emoji", "An id of 65 characters outside the Basic Multilingual Plane.", "ERR-8 ENV-5", request_as(&"😀".repeat(65), 1, "")).malformed(1),
        client("envelope/id-number", "A number is no string.", "ERR-8 ERR-4", r#"{"token":"t-ann","type":1,"payLoad":"","id":17}"#).malformed(1),
        client("envelope/id-null", "An optional member is absent, never null.", "ERR-8 ERR-4", r#"{"token":"t-ann","type":1,"payLoad":"","id":null}"#).malformed(1),
        client("envelope/id-boolean", "A boolean is no string.", "ERR-8 ERR-4", r#"{"token":"t-ann","type":1,"payLoad":"","id":false}"#).malformed(1),
        client("envelope/id-array", "An array is no string.", "ERR-8 ERR-4", r#"{"token":"t-ann","type":1,"payLoad":"","id":["a"]}"#).malformed(1),
        client("envelope/id-object", "An object is no string.", "ERR-8 ERR-4", r#"{"token":"t-ann","type":1,"payLoad":"","id":{}}"#).malformed(1),
        client("envelope/unknown-type-and-no-payload", "A fault of the envelope comes before an unknown type.", "ERR-6 ERR-8", r#"{"token":"t-ann","type":77}"#).malformed(77),
        client("envelope/empty-token-and-no-payload", "A fault of the envelope comes before that of a token.", "ERR-6 ERR-8", r#"{"token":"","type":1}"#).malformed(1),
        client("envelope/wrong-id-and-wrong-payload", "A fault of the envelope comes before that of a payLoad.", "ERR-6 ERR-8", r#"{"token":"t-ann","type":3,"payLoad":"{}","id":""}"#).malformed(3),
        client("envelope/everything-wrong", "Nothing is of its type.", "ERR-6 ERR-8", r#"{"token":1,"type":"3","payLoad":{},"id":0}"#).malformed(0),
    ]
}

#[rustfmt::skip] // One vector, one row.
pub(super) fn strangers() -> Vec<Vector> {
    let long = |character: &str, r#type: i64| format!(r#"{{"token":"{}","type":{type},"payLoad":""}}"#, character.repeat(4097));
    vec![
        client("token/empty", "A frame of nobody.", "ERR-9", r#"{"token":"","type":1,"payLoad":""}"#).unauthenticated(1),
        client("token/empty-with-id", "The answer has the id.", "ERR-9 ERR-4", r#"{"token":"","type":3,"payLoad":"{\"topic\":\"8017\"}","id":"a-1"}"#).unauthenticated(3).with_id("a-1"),
        client("token/too-long", "A token of 4097 characters.", "ERR-9", long("t", 1)).unauthenticated(1),
        client("token/too-long-in-emoji", "A token of 4097 characters that are two code units each.", "ERR-9 ENV-5", long("😀", 6)).unauthenticated(6),
        client("token/empty-and-unknown-type", "A token's fault comes before an unknown type.", "ERR-6 ERR-9", r#"{"token":"","type":77,"payLoad":""}"#).unauthenticated(77),
        client("token/empty-and-wrong-payload", "A token's fault comes before that of a payLoad.", "ERR-6 ERR-9", r#"{"token":"","type":3,"payLoad":"not JSON"}"#).unauthenticated(3),
        client("type/zero", "Type 0 stands on errors alone.", "ERR-11", request(0, "")).unknown(0),
        client("type/next", "The type behind the last.", "ERR-11", request(7, r#"{"topic":"8017"}"#)).unknown(7),
        client("type/later", "A type that a later version may know. What its payLoad holds does not matter.", "ERR-11", request_as("a-1", 77, "not JSON")).unknown(77).with_id("a-1"),
        client("type/negative", "A negative type.", "ERR-11", request(-1, "")).unknown(-1),
        client("type/a-code", "A code is no type.", "ERR-11", request(200, r#"{"topic":"8017"}"#)).unknown(200),
        client("type/beyond-32-bits", "A type beyond 32 bits.", "ERR-11", request(4_294_967_298, r#"{"topic":"8017"}"#)).unknown(4_294_967_298),
        client("type/largest", "The largest type that every reader has exactly.", "ERR-11", request(9_007_199_254_740_991, "")).unknown(9_007_199_254_740_991),
        client("type/smallest", "The smallest one.", "ERR-11", request(-9_007_199_254_740_991, "")).unknown(-9_007_199_254_740_991),
    ]
}
