//! Lists (205) and changes (206).

use super::Vector;
use super::write::{ANSWERED, BARE, answer, quoted, server};

/// A 205 with this list of two users.
fn list(users: &str) -> String {
    answer(5, 205, &format!(r#"{{"topic":"8017","count":2,"users":{users}}}"#))
}

/// A 205 of Bob with one more member.
fn bob(name: &str, json: &str) -> String {
    list(&format!(r#"[{{"user":"ann"}},{{"user":"bob","{name}":{json}}}]"#))
}

/// A 206 with these members beside its topic.
fn change(members: &str) -> String {
    answer(5, 206, &format!(r#"{{"topic":"8017",{members}}}"#))
}

#[rustfmt::skip] // One vector, one row.
pub(super) fn lists() -> Vec<Vector> {
    let is = |id, title, cites, frame: String| server(id, title, cites, frame).valid(ANSWERED);
    let no = |id, title, cites, frame: String| server(id, title, cites, frame).invalid(ANSWERED);
    vec![
        is("list/two", "Bob joined without a name.", "PRES-1", list(r#"[{"user":"ann","displayName":"Ann","avatarurl":"ann.png"},{"user":"bob"}]"#)),
        is("list/empty", "Nobody is there.", "PRES-1", answer(5, 205, r#"{"topic":"8017","count":0,"users":[]}"#)),
        is("list/truncated", "A list that was cut.", "PRES-10", answer(5, 205, r#"{"topic":"8017","count":3,"users":[{"user":"ann"},{"user":"bob"}],"truncated":true}"#)),
        is("list/names-empty", "Names may be empty.", "PRES-11", bob("displayName", r#""""#)),
        is("list/names-longest", "A display name of 64 emoji.", "PRES-11 ENV-5", bob("displayName", &quoted(&"😀".repeat(64)))),
        is("list/avatar-longest", "An avatar of 512 characters.", "PRES-11", bob("avatarurl", &quoted(&"a".repeat(512)))),
        is("list/members-of-its-own", "Members of the server's own, in the list and in its users.", "GROW-1", answer(5, 205, r#"{"topic":"8017","count":1,"users":[{"user":"ann","x-idle":true,"since":null}],"x-page":1}"#)),
        server("list/with-id", "The answer to a user-list frame has its id.", "ENV-12 PRES-1", format!(r#"{{"type":5,"code":205,"data":{},"id":"a-2"}}"#, quoted(r#"{"topic":"8017","count":0,"users":[]}"#))).valid(ANSWERED),
        no("list/truncated-false", "A list that was not cut does not say so.", "PRES-10", answer(5, 205, r#"{"topic":"8017","count":1,"users":[{"user":"ann"}],"truncated":false}"#)),
        no("list/truncated-null", "An optional member is absent, never null.", "ENV-10 PRES-10", answer(5, 205, r#"{"topic":"8017","count":1,"users":[{"user":"ann"}],"truncated":null}"#)),
        no("list/truncated-string", "A boolean in a string.", "PRES-10", answer(5, 205, r#"{"topic":"8017","count":2,"users":[],"truncated":"true"}"#)),
        no("list/truncated-number", "A number is no boolean.", "PRES-10", answer(5, 205, r#"{"topic":"8017","count":2,"users":[],"truncated":1}"#)),
        no("list/topic-missing", "Of which room?", "PRES-1", answer(5, 205, r#"{"count":0,"users":[]}"#)),
        no("list/topic-with-control", "Control characters are barred.", "PRES-1", answer(5, 205, r#"{"topic":"\u0000","count":0,"users":[]}"#)),
        no("list/count-missing", "How many?", "PRES-1 PRES-8", answer(5, 205, r#"{"topic":"8017","users":[]}"#)),
        no("list/count-negative", "Fewer than none.", "PRES-8", answer(5, 205, r#"{"topic":"8017","count":-1,"users":[]}"#)),
        no("list/count-string", "A count in a string.", "PRES-8", answer(5, 205, r#"{"topic":"8017","count":"0","users":[]}"#)),
        no("list/count-fraction", "Half a user.", "PRES-8", answer(5, 205, r#"{"topic":"8017","count":0.5,"users":[]}"#)),
        no("list/count-null", "Null is no integer.", "PRES-8", answer(5, 205, r#"{"topic":"8017","count":null,"users":[]}"#)),
        no("list/users-missing", "Who?", "PRES-1", answer(5, 205, r#"{"topic":"8017","count":0}"#)),
        no("list/users-null", "Null is no array.", "PRES-1", list("null")),
        no("list/users-object", "An object is no array.", "PRES-1", list(r#"{"ann":{},"bob":{}}"#)),
        no("list/users-of-strings", "Users are objects.", "PRES-1", list(r#"["ann","bob"]"#)),
        no("list/users-of-arrays", "The values without their names.", "PRES-1", list(r#"[["ann"],["bob"]]"#)),
        no("list/users-of-null", "One of them is nobody.", "PRES-1", list(r#"[{"user":"ann"},null]"#)),
        no("list/user-missing", "One of them has no user.", "PRES-1", list(r#"[{"user":"ann"},{"displayName":"Bob"}]"#)),
        no("list/user-empty", "A user has at least one character.", "PRES-1", list(r#"[{"user":"ann"},{"user":""}]"#)),
        no("list/user-too-long", "A user of 129 characters.", "PRES-1", list(&format!(r#"[{{"user":"{}"}}]"#, "u".repeat(129)))),
        no("list/user-number", "A number is no string.", "PRES-1", list(r#"[{"user":"ann"},{"user":2}]"#)),
        no("list/user-with-control", "Control characters are barred.", "PRES-1", list(r#"[{"user":"an\nn"}]"#)),
        no("list/display-name-null", "An optional member is absent, never null.", "ENV-10", bob("displayName", "null")),
        no("list/display-name-too-long", "A display name of 65 characters.", "PRES-11 ROOM-12", bob("displayName", &quoted(&"n".repeat(65)))),
        no("list/avatar-null", "An optional member is absent, never null.", "ENV-10", bob("avatarurl", "null")),
        no("list/avatar-too-long", "An avatar of 513 characters.", "PRES-11 ROOM-12", bob("avatarurl", &quoted(&"a".repeat(513)))),
        no("list/avatar-object", "An object is no string.", "PRES-11", bob("avatarurl", "{}")),
        no("list/data-empty", "An empty string is no list.", "ENV-9 PRES-1", answer(5, 205, "")),
        no("list/data-array", "A list alone is none.", "ENV-9 PRES-1", answer(5, 205, r#"[{"user":"ann"}]"#)),
    ]
}

#[rustfmt::skip] // One vector, one row.
pub(super) fn changes() -> Vec<Vector> {
    let is = |id, title, cites, frame: String| server(id, title, cites, frame).valid(ANSWERED);
    let no = |id, title, cites, frame: String| server(id, title, cites, frame).invalid(ANSWERED);
    vec![
        is("change/joined", "Two users have come.", "PRES-14", change(r#""count":4,"joined":[{"user":"cid","displayName":"Cid"},{"user":"dora"}]"#)),
        is("change/left", "One has gone.", "PRES-14", change(r#""count":3,"left":[{"user":"bob"}]"#)),
        is("change/left-with-names", "The same objects as in a list.", "PRES-14", change(r#""count":0,"left":[{"user":"bob","displayName":"Bob","avatarurl":"bob.png"}]"#)),
        is("change/members-of-its-own", "Members of the server's own.", "GROW-1", change(r#""count":1,"joined":[{"user":"bob","x-a":1}],"users":5"#)),
        no("change/neither", "Nobody has come or gone.", "PRES-14", change(r#""count":1"#)),
        no("change/both", "One frame, one direction.", "PRES-14", change(r#""count":1,"joined":[{"user":"bob"}],"left":[{"user":"ann"}]"#)),
        no("change/joined-empty", "At least one has come.", "PRES-14", change(r#""count":1,"joined":[]"#)),
        no("change/left-empty", "At least one has gone.", "PRES-14", change(r#""count":1,"left":[]"#)),
        no("change/both-and-one-empty", "An empty one is there, too.", "PRES-14", change(r#""count":1,"joined":[{"user":"bob"}],"left":[]"#)),
        no("change/both-and-one-null", "So is one that is null.", "PRES-14 ENV-10", change(r#""count":1,"joined":[{"user":"bob"}],"left":null"#)),
        no("change/joined-null", "Null is no array.", "PRES-14", change(r#""count":1,"joined":null"#)),
        no("change/joined-object", "An object is no array.", "PRES-14", change(r#""count":1,"joined":{"user":"bob"}"#)),
        no("change/joined-of-strings", "Users are objects.", "PRES-14", change(r#""count":1,"joined":["bob"]"#)),
        no("change/left-of-arrays", "The values without their names.", "PRES-14", change(r#""count":1,"left":[["bob"]]"#)),
        no("change/left-without-user", "One of them has no user.", "PRES-14", change(r#""count":1,"left":[{"user":"bob"},{}]"#)),
        no("change/left-user-empty", "A user has at least one character.", "PRES-14", change(r#""count":1,"left":[{"user":""}]"#)),
        no("change/joined-name-null", "An optional member is absent, never null.", "ENV-10", change(r#""count":1,"joined":[{"user":"bob","displayName":null}]"#)),
        no("change/count-missing", "How many are there now?", "PRES-14 PRES-22", change(r#""left":[{"user":"bob"}]"#)),
        no("change/count-negative", "Fewer than none.", "PRES-22", change(r#""count":-1,"left":[{"user":"bob"}]"#)),
        no("change/count-string", "A count in a string.", "PRES-22", change(r#""count":"1","left":[{"user":"bob"}]"#)),
        no("change/topic-missing", "In which room?", "PRES-14", answer(5, 206, r#"{"count":1,"left":[{"user":"bob"}]}"#)),
        no("change/topic-null", "Null is no topic.", "PRES-14", answer(5, 206, r#"{"topic":null,"count":1,"left":[{"user":"bob"}]}"#)),
        no("change/data-empty", "An empty string is no change.", "ENV-9 PRES-14", answer(5, 206, "")),
        server("change/with-id", "It answers no request, and has no id.", "ENV-13", format!(r#"{{"type":5,"code":206,"data":{},"id":"a-2"}}"#, quoted(r#"{"topic":"8017","count":1,"left":[{"user":"bob"}]}"#))).invalid(BARE),
    ]
}
