//! What the data of a 201, 202, 203 and 204 hold.

use super::Vector;
use super::write::{ANSWERED, BARE, answer, quoted, server};

const CORE: &str = r#"["core"]"#;
const LIMITS: &str = r#"{"heartbeatTimeoutMs":15000,"authTimeoutMs":10000,"maxMessageBytes":65536,"maxTopics":64,"maxQueueBytes":1048576}"#;
const PRESENCE_LIMITS: &str = r#"{"heartbeatTimeoutMs":15000,"authTimeoutMs":10000,"maxMessageBytes":65536,"maxTopics":64,"maxQueueBytes":1048576,"presenceGraceMs":0,"rosterMax":200}"#;

/// A 201 whose data end with these members.
fn joined(members: &str) -> String {
    answer(3, 201, &format!(r#"{{"topic":"8017","user":"ann","epoch":"e1",{members}}}"#))
}

/// A 201 with these profiles and limits.
fn claiming(profiles: &str, limits: &str) -> String {
    joined(&format!(r#""seq":41,"version":1,"profiles":{profiles},"limits":{limits}"#))
}

/// A 201 with one of the five limits that are always there put into another shape.
fn limited(name: &str, json: &str) -> String {
    let limits = ["heartbeatTimeoutMs", "authTimeoutMs", "maxMessageBytes", "maxTopics", "maxQueueBytes"];
    let members = limits.map(|known| format!(r#""{known}":{}"#, if known == name { json } else { "1" }));
    claiming(CORE, &format!("{{{}}}", members.join(",")))
}

/// A 201 that lacks one of the five limits that are always there.
fn unlimited(name: &str) -> String {
    limited(name, "1").replace(&format!(r#"\"{name}\":1,"#), "").replace(&format!(r#",\"{name}\":1"#), "")
}

#[rustfmt::skip] // One vector, one row.
pub(super) fn joins() -> Vec<Vector> {
    let is = |id, title, cites, frame: String| server(id, title, cites, frame).valid(ANSWERED);
    let no = |id, title, cites, frame: String| server(id, title, cites, frame).invalid(ANSWERED);
    let rest = format!(r#""version":1,"profiles":{CORE},"limits":{LIMITS}"#);
    vec![
        is("joined/core", "The answer of a server with core alone.", "ROOM-4", claiming(CORE, LIMITS)),
        is("joined/all-profiles", "The answer of a server with all profiles.", "ROOM-6 PRES-3", claiming(r#"["core","presence","notice","resume","history"]"#, PRESENCE_LIMITS)),
        is("joined/any-order-of-profiles", "Core need not come first.", "ROOM-6", claiming(r#"["history","core"]"#, LIMITS)),
        is("joined/later-profile", "A profile that a later version has.", "ROOM-6 GROW-6", claiming(r#"["core","reactions"]"#, LIMITS)),
        is("joined/later-limit", "A limit that a later version has, and a member of the server's own.", "GROW-1 GROW-6", claiming(CORE, r#"{"heartbeatTimeoutMs":15000,"authTimeoutMs":10000,"maxMessageBytes":65536,"maxTopics":64,"maxQueueBytes":1048576,"maxReactions":"many","x-a":null}"#)),
        is("joined/smallest-limits", "Each limit as small as it may be.", "ROOM-7", limited("", "")),
        is("joined/presence-limits-without-presence", "Limits of presence may be told without it.", "PRES-3", claiming(CORE, PRESENCE_LIMITS)),
        is("joined/presence", "Presence brings two limits.", "PRES-3", claiming(r#"["core","presence"]"#, PRESENCE_LIMITS)),
        is("joined/seq-zero", "A fresh room.", "ROOM-8", joined(&format!(r#""seq":0,{rest}"#))),
        is("joined/seq-largest", "The largest number that every reader has exactly.", "ROOM-8", joined(&format!(r#""seq":9007199254740991,{rest}"#))),
        is("joined/recovered", "Missed chats will come.", "RES-1", joined(&format!(r#""seq":43,"recovered":true,"version":1,"profiles":["core","resume"],"limits":{LIMITS}"#))),
        is("joined/not-recovered", "None will come.", "RES-1", joined(&format!(r#""seq":3,"recovered":false,"version":1,"profiles":["core","resume"],"limits":{LIMITS}"#))),
        is("joined/resume-without-since", "Without a since, recovered may be absent.", "RES-1", joined(&format!(r#""seq":3,"version":1,"profiles":["core","resume"],"limits":{LIMITS}"#))),
        is("joined/epoch-empty", "An epoch is any string.", "ROOM-9", answer(3, 201, &format!(r#"{{"topic":"8017","user":"ann","epoch":"","seq":0,{rest}}}"#))),
        is("joined/names-longest", "A topic and a user of 128 emoji each.", "ENV-5 ROOM-4", answer(3, 201, &format!(r#"{{"topic":"{0}","user":"{0}","epoch":"e","seq":0,{rest}}}"#, "😀".repeat(128)))),
        server("joined/with-id", "The 201 has the id of the join.", "ENV-12", format!(r#"{{"type":3,"code":201,"data":{},"id":"a-1"}}"#, quoted(&format!(r#"{{"topic":"8017","user":"ann","epoch":"e1","seq":41,{rest}}}"#)))).valid(ANSWERED),
        no("joined/data-empty", "A 201 says something.", "ENV-9 ROOM-4", answer(3, 201, "")),
        no("joined/data-array", "The values without their names.", "ENV-9 ROOM-4", answer(3, 201, &format!(r#"["8017","ann","e1",41,1,{CORE},{LIMITS}]"#))),
        no("joined/nothing-in-it", "An empty object.", "ROOM-4", answer(3, 201, "{}")),
        no("joined/topic-missing", "No topic.", "ROOM-4", answer(3, 201, &format!(r#"{{"user":"ann","epoch":"e1","seq":0,{rest}}}"#))),
        no("joined/topic-empty", "A topic has at least one character.", "ROOM-4 ROOM-1", answer(3, 201, &format!(r#"{{"topic":"","user":"ann","epoch":"e1","seq":0,{rest}}}"#))),
        no("joined/user-missing", "No user.", "ROOM-4", answer(3, 201, &format!(r#"{{"topic":"8017","epoch":"e1","seq":0,{rest}}}"#))),
        no("joined/user-too-long", "A user of 129 characters.", "ROOM-4", answer(3, 201, &format!(r#"{{"topic":"8017","user":"{}","epoch":"e1","seq":0,{rest}}}"#, "u".repeat(129)))),
        no("joined/user-null", "Null is no user.", "ROOM-4", answer(3, 201, &format!(r#"{{"topic":"8017","user":null,"epoch":"e1","seq":0,{rest}}}"#))),
        no("joined/epoch-missing", "No epoch.", "ROOM-4", answer(3, 201, &format!(r#"{{"topic":"8017","user":"ann","seq":0,{rest}}}"#))),
        no("joined/epoch-number", "A number is no string.", "ROOM-4", answer(3, 201, &format!(r#"{{"topic":"8017","user":"ann","epoch":1,"seq":0,{rest}}}"#))),
        no("joined/seq-missing", "No seq.", "ROOM-4", joined(&rest)),
        no("joined/seq-negative", "A seq that cannot be.", "ROOM-4", joined(&format!(r#""seq":-1,{rest}"#))),
        no("joined/seq-string", "A seq in a string.", "ROOM-4", joined(&format!(r#""seq":"41",{rest}"#))),
        no("joined/seq-null", "An empty room has 0, not null.", "ROOM-4", joined(&format!(r#""seq":null,{rest}"#))),
        no("joined/version-missing", "No version.", "ROOM-5", joined(&format!(r#""seq":0,"profiles":{CORE},"limits":{LIMITS}"#))),
        no("joined/version-two", "Another version.", "ROOM-5", joined(&format!(r#""seq":0,"version":2,"profiles":{CORE},"limits":{LIMITS}"#))),
        no("joined/version-string", "A version in a string.", "ROOM-5", joined(&format!(r#""seq":0,"version":"1","profiles":{CORE},"limits":{LIMITS}"#))),
        no("joined/version-negative", "A version that there never was.", "ROOM-5", joined(&format!(r#""seq":0,"version":-1,"profiles":{CORE},"limits":{LIMITS}"#))),
        no("joined/profiles-missing", "No profiles.", "ROOM-4 ROOM-6", joined(&format!(r#""seq":0,"version":1,"limits":{LIMITS}"#))),
        no("joined/profiles-empty", "Core cannot be left out.", "ROOM-6", claiming("[]", LIMITS)),
        no("joined/profiles-without-core", "Nor where others are there.", "ROOM-6", claiming(r#"["notice","resume"]"#, LIMITS)),
        no("joined/profiles-core-in-capitals", "Nor by another spelling.", "ROOM-6", claiming(r#"["Core"]"#, LIMITS)),
        no("joined/profiles-string", "A string is no array.", "ROOM-6", claiming(r#""core""#, LIMITS)),
        no("joined/profiles-null", "Null is no array.", "ROOM-6", claiming("null", LIMITS)),
        no("joined/profiles-object", "An object is no array.", "ROOM-6", claiming(r#"{"core":true}"#, LIMITS)),
        no("joined/profiles-of-numbers", "A profile is a string.", "ROOM-6", claiming(r#"["core",5]"#, LIMITS)),
        no("joined/profiles-of-null", "A profile is never null.", "ROOM-6", claiming(r#"["core",null]"#, LIMITS)),
        no("joined/limits-missing", "No limits.", "ROOM-4 ROOM-7", joined(&format!(r#""seq":0,"version":1,"profiles":{CORE}"#))),
        no("joined/limits-null", "Null is no object.", "ROOM-7", claiming(CORE, "null")),
        no("joined/limits-array", "The values without their names.", "ROOM-7", claiming(CORE, "[15000,10000,65536,64,1048576]")),
        no("joined/limits-empty", "An empty object.", "ROOM-7", claiming(CORE, "{}")),
        no("joined/heartbeat-timeout-missing", "Each limit is there: this is not.", "ROOM-7", unlimited("heartbeatTimeoutMs")),
        no("joined/auth-timeout-missing", "Each limit is there: this is not.", "ROOM-7", unlimited("authTimeoutMs")),
        no("joined/max-message-bytes-missing", "Each limit is there: this is not.", "ROOM-7", unlimited("maxMessageBytes")),
        no("joined/max-topics-missing", "Each limit is there: this is not.", "ROOM-7", unlimited("maxTopics")),
        no("joined/max-queue-bytes-missing", "Each limit is there: this is not.", "ROOM-7", unlimited("maxQueueBytes")),
        no("joined/heartbeat-timeout-zero", "Each limit is positive: this is not.", "ROOM-7", limited("heartbeatTimeoutMs", "0")),
        no("joined/auth-timeout-zero", "Each limit is positive: this is not.", "ROOM-7", limited("authTimeoutMs", "0")),
        no("joined/max-message-bytes-negative", "Each limit is positive: this is not.", "ROOM-7", limited("maxMessageBytes", "-1")),
        no("joined/max-topics-zero", "Each limit is positive: this is not.", "ROOM-7", limited("maxTopics", "0")),
        no("joined/max-queue-bytes-null", "There is no limit that is none.", "ROOM-7", limited("maxQueueBytes", "null")),
        no("joined/heartbeat-timeout-string", "A limit in a string.", "ROOM-7", limited("heartbeatTimeoutMs", r#""15000""#)),
        no("joined/auth-timeout-fraction", "A limit between two integers.", "ROOM-7", limited("authTimeoutMs", "9999.5")),
        no("joined/presence-without-grace", "Presence brings two limits: one is missing.", "PRES-3", claiming(r#"["core","presence"]"#, &PRESENCE_LIMITS.replace(r#""presenceGraceMs":0,"#, ""))),
        no("joined/presence-without-roster-max", "Presence brings two limits: the other is missing.", "PRES-3", claiming(r#"["core","presence"]"#, &PRESENCE_LIMITS.replace(r#","rosterMax":200"#, ""))),
        no("joined/presence-without-both", "Presence brings two limits: both are missing.", "PRES-3", claiming(r#"["presence","core"]"#, LIMITS)),
        no("joined/roster-max-zero", "A list that shows nobody.", "PRES-3", claiming(r#"["core","presence"]"#, &PRESENCE_LIMITS.replace("200", "0"))),
        no("joined/grace-negative", "A grace that was over before.", "PRES-3", claiming(r#"["core","presence"]"#, &PRESENCE_LIMITS.replace(r#""presenceGraceMs":0"#, r#""presenceGraceMs":-1"#))),
        no("joined/roster-max-null", "An optional member is absent, never null, also without presence.", "ENV-10", claiming(CORE, &PRESENCE_LIMITS.replace("200", "null"))),
        no("joined/recovered-without-resume", "Without resume there is no recovered.", "ROOM-14", joined(&format!(r#""seq":3,"recovered":false,{rest}"#))),
        no("joined/recovered-null", "An optional member is absent, never null.", "ENV-10 RES-1", joined(&format!(r#""seq":3,"recovered":null,"version":1,"profiles":["core","resume"],"limits":{LIMITS}"#))),
        no("joined/recovered-string", "A boolean in a string.", "RES-1", joined(&format!(r#""seq":3,"recovered":"true","version":1,"profiles":["core","resume"],"limits":{LIMITS}"#))),
        no("joined/recovered-number", "A number is no boolean.", "RES-1", joined(&format!(r#""seq":3,"recovered":1,"version":1,"profiles":["core","resume"],"limits":{LIMITS}"#))),
    ]
}

#[rustfmt::skip] // One vector, one row.
pub(super) fn notices() -> Vec<Vector> {
    let accepted = |id, title, cites, data: &str| server(id, title, cites, answer(4, 202, data));
    let notice = |id, title, cites, data: &str| server(id, title, cites, answer(4, 203, data));
    vec![
        accepted("accepted/plain", "To Ann: her notice to Bob is on its way.", "NOTE-1", r#"{"topic":"8017","to":"bob"}"#).valid(ANSWERED),
        server("accepted/with-id", "With the id of the notice.", "NOTE-1 ENV-12", r#"{"type":4,"code":202,"data":"{\"topic\":\"8017\",\"to\":\"bob\"}","id":"a-2"}"#).valid(ANSWERED),
        accepted("accepted/members-of-its-own", "Members of the server's own.", "GROW-1", r#"{"topic":"8017","to":"bob","x-copies":2}"#).valid(ANSWERED),
        accepted("accepted/to-missing", "To whom?", "NOTE-1", r#"{"topic":"8017"}"#).invalid(ANSWERED),
        accepted("accepted/to-empty", "A user has at least one character.", "NOTE-1", r#"{"topic":"8017","to":""}"#).invalid(ANSWERED),
        accepted("accepted/to-null", "Null is no user.", "NOTE-1", r#"{"topic":"8017","to":null}"#).invalid(ANSWERED),
        accepted("accepted/topic-missing", "Where?", "NOTE-1", r#"{"to":"bob"}"#).invalid(ANSWERED),
        accepted("accepted/topic-number", "A number is no string.", "NOTE-1", r#"{"topic":8017,"to":"bob"}"#).invalid(ANSWERED),
        accepted("accepted/data-empty", "A 202 says which notice.", "ENV-9 NOTE-1", "").invalid(ANSWERED),
        accepted("accepted/data-array", "The values without their names.", "ENV-9 NOTE-1", r#"["8017","bob"]"#).invalid(ANSWERED),
        notice("notice-delivery/from-a-user", "To Bob, from Ann.", "NOTE-2", r#"{"topic":"8017","from":"ann","data":{"kind":"wave","n":1}}"#).valid(ANSWERED),
        notice("notice-delivery/of-null", "Null is a value.", "NOTE-2 ENV-10", r#"{"topic":"8017","from":"ann","data":null}"#).valid(ANSWERED),
        notice("notice-delivery/of-text", "A string.", "NOTE-7", r#"{"topic":"8017","from":"ann","data":"hey"}"#).valid(ANSWERED),
        notice("notice-delivery/of-false", "False is a value.", "NOTE-7", r#"{"topic":"8017","from":"ann","data":false}"#).valid(ANSWERED),
        notice("notice-delivery/of-an-array", "An array.", "NOTE-7", r#"{"topic":"8017","from":"ann","data":[1,[2,[3]]]}"#).valid(ANSWERED),
        notice("notice-delivery/draining", "The server's own word: it is about to stop.", "NOTE-13 LIMIT-18", r#"{"data":{"reconnectAfterMs":0}}"#).valid(ANSWERED),
        notice("notice-delivery/word-to-a-room", "The server's own word to a room.", "NOTE-14", r#"{"topic":"8017","data":{"text":"The lecture begins."}}"#).valid(ANSWERED),
        notice("notice-delivery/word-of-null", "A word that nobody understands.", "NOTE-14", r#"{"data":null}"#).valid(ANSWERED),
        notice("notice-delivery/members-of-its-own", "Members of the server's own.", "GROW-1", r#"{"topic":"8017","from":"ann","to":5,"data":1}"#).valid(ANSWERED),
        notice("notice-delivery/topic-missing", "Who comes from a room says which.", "NOTE-2", r#"{"from":"ann","data":1}"#).invalid(ANSWERED),
        notice("notice-delivery/topic-null", "An optional member is absent, never null.", "ENV-10", r#"{"topic":null,"data":1}"#).invalid(ANSWERED),
        notice("notice-delivery/topic-empty", "A topic has at least one character.", "NOTE-2", r#"{"topic":"","from":"ann","data":1}"#).invalid(ANSWERED),
        notice("notice-delivery/from-null", "The server's own word has no from, not one that is null.", "ENV-10", r#"{"topic":"8017","from":null,"data":1}"#).invalid(ANSWERED),
        notice("notice-delivery/from-empty", "A user has at least one character.", "NOTE-2", r#"{"topic":"8017","from":"","data":1}"#).invalid(ANSWERED),
        notice("notice-delivery/from-number", "A number is no string.", "NOTE-2", r#"{"topic":"8017","from":1,"data":1}"#).invalid(ANSWERED),
        notice("notice-delivery/from-with-control", "Control characters are barred.", "NOTE-2", r#"{"topic":"8017","from":"a\u0000","data":1}"#).invalid(ANSWERED),
        notice("notice-delivery/data-missing", "A notice of nothing.", "NOTE-2", r#"{"topic":"8017","from":"ann"}"#).invalid(ANSWERED),
        notice("notice-delivery/data-missing-in-a-word", "A word of nothing.", "NOTE-13", r#"{"reconnectAfterMs":0}"#).invalid(ANSWERED),
        notice("notice-delivery/data-empty", "An empty string is no JSON.", "ENV-9", "").invalid(ANSWERED),
        notice("notice-delivery/data-array", "The values without their names.", "ENV-9 NOTE-2", r#"["8017","ann",1]"#).invalid(ANSWERED),
        server("notice-delivery/with-id", "It answers no request of its receiver, and has no id.", "ENV-13", r#"{"type":4,"code":203,"data":"{\"topic\":\"8017\",\"from\":\"ann\",\"data\":1}","id":"a-2"}"#).invalid(BARE),
        server("left/plain", "The answer to a leave.", "ROOM-16", answer(6, 204, r#"{"topic":"8017"}"#)).valid(ANSWERED),
        server("left/with-id", "With the id of the leave.", "ROOM-16 ENV-12", r#"{"type":6,"code":204,"data":"{\"topic\":\"8017\"}","id":"a-9"}"#).valid(ANSWERED),
        server("left/members-of-its-own", "A 204 with members that no client needs to know.", "GROW-1", r#"{"type":6,"code":204,"data":"{\"topic\":\"8017\",\"x-minutes\":12}","x-node":"b"}"#).valid(ANSWERED),
        server("left/topic-missing", "Which one?", "ROOM-16", answer(6, 204, "{}")).invalid(ANSWERED),
        server("left/topic-null", "Null is no topic.", "ROOM-16", answer(6, 204, r#"{"topic":null}"#)).invalid(ANSWERED),
        server("left/topic-beside", "The topic of a 204 is inside.", "ROOM-16 ENV-9", r#"{"type":6,"code":204,"data":"","topic":"8017"}"#).invalid(ANSWERED),
        server("left/data-array", "The value without its name.", "ENV-9 ROOM-16", answer(6, 204, r#"["8017"]"#)).invalid(ANSWERED),
        server("left/data-string", "A topic as a bare string.", "ENV-9 ROOM-16", answer(6, 204, r#""8017""#)).invalid(ANSWERED),
        server("left/data-missing", "All three in every frame.", "ENV-8", r#"{"type":6,"code":204}"#).invalid(BARE),
    ]
}
