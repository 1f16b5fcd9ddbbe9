//! The frames of the clients that were there before the spec, byte for byte.

use super::Vector;
use super::write::{ASKED, BARE, HEARD, SAID, client, server};

pub(super) fn vectors() -> Vec<Vector> {
    vec![
        client("legacy/heartbeat", "The heartbeat of the first clients, every five seconds.", "BEAT-1", r#"{"token":"u1","type":1,"payLoad":""}"#)
            .valid(BARE),
        client("legacy/join", "A join of the first clients.", "ROOM-4", r#"{"token":"u1","type":3,"payLoad":"{\"topic\":\"8017\"}"}"#)
            .valid(ASKED),
        client(
            "legacy/chat",
            "A chat of the first clients, with all members that they send.",
            "CHAT-1 CHAT-11",
            r#"{"token":"u1","type":2,"payLoad":"{\"topic\":\"8017\",\"chatInfo\":\"{\\\"user\\\":\\\"u1\\\",\\\"displayName\\\":\\\"Ann\\\",\\\"avatarurl\\\":\\\"https://…\\\",\\\"stream\\\":\\\"s1\\\",\\\"content\\\":\\\"hi\\\",\\\"type\\\":\\\"message\\\",\\\"createdat\\\":\\\"2018-10-8 14:30\\\"}\"}"}"#,
        )
        .valid(SAID),
        client(
            "legacy/chat-in-the-spec",
            "The same with a picture's plain name.",
            "CHAT-1 CHAT-11",
            r#"{"token":"u1","type":2,"payLoad":"{\"topic\":\"8017\",\"chatInfo\":\"{\\\"user\\\":\\\"u1\\\",\\\"displayName\\\":\\\"Ann\\\",\\\"avatarurl\\\":\\\"ann.png\\\",\\\"stream\\\":\\\"s1\\\",\\\"content\\\":\\\"hi\\\",\\\"type\\\":\\\"message\\\",\\\"createdat\\\":\\\"2018-10-8 14:30\\\"}\"}"}"#,
        )
        .valid(SAID),
        server(
            "legacy/what-it-understands",
            "All that the first clients look at, the code and the data, with what a server of today adds.",
            "CHAT-4 CHAT-6",
            r#"{"code":200,"data":"{\"user\":\"u1\",\"displayName\":\"Ann\",\"avatarurl\":\"https://…\",\"stream\":\"s1\",\"content\":\"hi\",\"type\":\"message\",\"createdat\":\"2018-10-8 14:30\"}","type":2,"topic":"8017","seq":1,"at":1539009000000}"#,
        )
        .valid(HEARD),
        server(
            "legacy/what-it-was-sent",
            "What the servers of old sent lacks what members need today.",
            "ENV-8 CHAT-6",
            r#"{"code":200,"data":"{\"user\":\"u1\",\"content\":\"hi\",\"type\":\"message\"}"}"#,
        )
        .invalid(BARE),
    ]
}
