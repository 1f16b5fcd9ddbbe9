//! Which requirement a member answers to: what a validator can say beside "this is wrong".
//!
//! The ids stand in `$comment`, the one keyword that every validator passes over.

use serde_json::{Map, Value, json};

/// A member's name and its requirements; the empty name stands for the type itself.
type Member = (&'static str, &'static str);

/// By type, the requirements of its members.
const CITES: &[(&[&str], &[Member])] = &[
    (&["ClientEnvelope"], &[("", "ERR-8"), ("id", "ENV-2, ERR-8")]),
    (
        &[
            "HeartbeatRequest",
            "ChatRequest",
            "JoinRequest",
            "NoticeRequest",
            "UserListRequest",
            "LeaveRequest",
        ],
        &[("", "ERR-8"), ("token", "ERR-8, ERR-9"), ("type", "ERR-8, ERR-11"), ("id", "ENV-2, ERR-8")],
    ),
    (&["ClientFrame"], &[("", "ERR-8, ERR-11")]),
    (&["ChatPayload"], &[("", "ERR-12"), ("topic", "ROOM-1, ROOM-3"), ("chatInfo", "CHAT-8")]),
    (
        &["JoinPayload", "JoinPayloadWithoutResume"],
        &[
            ("", "ERR-12"),
            ("topic", "ROOM-1, ROOM-3"),
            ("displayName", "ROOM-12"),
            ("avatarurl", "ROOM-12"),
            ("since", "RES-8"),
        ],
    ),
    (&["Since"], &[("", "RES-8")]),
    (
        &["NoticePayload"],
        &[("", "ERR-12, NOTE-3"), ("topic", "ROOM-1, ROOM-3"), ("to", "NOTE-3"), ("data", "NOTE-3")],
    ),
    (&["TopicPayload"], &[("", "ERR-12"), ("topic", "ROOM-1, ROOM-3")]),
    (
        &[
            "MessageChatInfo",
            "QuestionChatInfo",
            "AnswerChatInfo",
            "MessageChatInfoDelivered",
            "QuestionChatInfoDelivered",
            "AnswerChatInfoDelivered",
        ],
        &[
            ("", "CHAT-8, CHAT-9"),
            ("user", "CHAT-9"),
            ("content", "CHAT-9"),
            ("type", "CHAT-9, CHAT-10"),
            ("displayName", "CHAT-11"),
            ("avatarurl", "CHAT-11"),
            ("stream", "CHAT-11"),
            ("createdat", "CHAT-11"),
        ],
    ),
    (&["ChatInfo", "ChatInfoDelivered"], &[("", "CHAT-8, CHAT-9, CHAT-10")]),
    (&["QuestionContent", "AnswerContent", "AnswerContentDelivered"], &[("", "CHAT-12")]),
    (&["ServerEnvelope"], &[("", "ENV-8")]),
    (&["ServerFrame"], &[("", "ENV-8, ENV-11")]),
    (
        &[
            "HeartbeatAckFrame",
            "JoinedFrame",
            "NoticeAcceptedFrame",
            "NoticeDeliveryFrame",
            "UserListFrame",
            "UserChangeFrame",
            "LeftFrame",
        ],
        &[("", "ENV-8"), ("id", "ENV-12, ENV-13"), ("data", "ENV-8, ENV-9")],
    ),
    (&["HeartbeatAckFrame"], &[("data", "BEAT-1")]),
    // What must not be there is a bare `false`, which has no room for words.
    (&["NoticeDeliveryFrame", "UserChangeFrame"], &[("", "ENV-8, ENV-13")]),
    (
        &["ChatDeliveryFrame"],
        &[
            ("", "ENV-8, CHAT-6"),
            ("id", "CHAT-5"),
            ("data", "CHAT-4"),
            ("topic", "CHAT-6"),
            ("seq", "CHAT-6, ORD-1"),
            ("at", "CHAT-6"),
        ],
    ),
    (
        &["ErrorFrame"],
        &[("", "ENV-8"), ("type", "ERR-3"), ("id", "ERR-4"), ("data", "ERR-5"), ("topic", "ERR-16, ERR-18")],
    ),
    (
        &["JoinedData"],
        &[
            ("", "ROOM-4"),
            ("seq", "ROOM-8"),
            ("recovered", "RES-1, ROOM-14"),
            ("version", "ROOM-5"),
            ("profiles", "ROOM-6"),
            ("limits", "ROOM-7"),
        ],
    ),
    (&["Limits"], &[("", "ROOM-7"), ("presenceGraceMs", "PRES-3"), ("rosterMax", "PRES-3")]),
    (&["NoticeAcceptedData"], &[("", "NOTE-1")]),
    (&["NoticeData", "NoticeFromUser"], &[("", "NOTE-2"), ("from", "NOTE-8")]),
    (&["NoticeFromServer"], &[("", "LIMIT-18, NOTE-13"), ("topic", "ISO-1")]),
    (&["ReconnectAfter"], &[("", "LIMIT-18, NOTE-13")]),
    (
        &["UserListData"],
        &[("", "PRES-1"), ("count", "PRES-8"), ("users", "PRES-5"), ("truncated", "PRES-10")],
    ),
    (&["Member"], &[("", "PRES-11")]),
    (&["UserChangeData", "UsersJoined", "UsersLeft"], &[("", "PRES-14"), ("count", "PRES-14, PRES-22")]),
    (&["LeftData"], &[("", "ROOM-16")]),
    (&["ErrorData", "Refused"], &[("", "ERR-5")]),
    (&["RateLimited"], &[("", "ERR-5"), ("retryAfterMs", "ERR-14")]),
    (&["HistoryResponse", "HistoryPageAnswer"], &[("", "HIST-3, HIST-6")]),
    (&["HistoryPage"], &[("", "HIST-6"), ("items", "HIST-7"), ("total", "HIST-12")]),
    (&["HistoryItem", "MessageHistoryItem", "QuestionHistoryItem", "AnswerHistoryItem"], &[("", "HIST-7")]),
    (&["QuestionRequest"], &[("", "HIST-25")]),
    (&["QuestionResponse", "QuestionAddedAnswer"], &[("", "HIST-3, HIST-21")]),
    (&["QuestionAdded"], &[("", "HIST-21")]),
    (
        &[
            "UnauthenticatedAnswer",
            "InvalidRequestAnswer",
            "NotJoinedAnswer",
            "RateLimitedAnswer",
            "UnavailableAnswer",
            "OtherAnswer",
        ],
        &[("", "HIST-3, HIST-4")],
    ),
];

/// Puts the requirements into the schema of a type.
pub(crate) fn cite(title: &str, schema: &mut Map<String, Value>) {
    for (name, ids) in
        CITES.iter().filter(|(types, _)| types.contains(&title)).flat_map(|(_, members)| *members)
    {
        if name.is_empty() {
            schema.insert("$comment".to_owned(), json!(ids));
        } else if let Some(Value::Object(member)) =
            schema.get_mut("properties").and_then(|properties| properties.get_mut(*name))
        {
            member.insert("$comment".to_owned(), json!(ids));
        }
    }
}
