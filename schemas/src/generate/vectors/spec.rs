//! The examples of the spec. The text of each is its file's; what is to be thought of it stands here.
//!
//! Some are refused for what the server knows beside the frame (who is in a room, say): by themselves they are valid.

use super::Vector;
use super::write::{ANSWERED, ASKED, BARE, HEARD, LEARNT, SAID, TOLD, client, http, server};
use crate::generate::examples::Example;

/// One for each example that has a row.
pub(super) fn vectors(examples: &[Example]) -> Vec<Vector> {
    let mut vectors = [frames(), profiles()].concat();
    vectors.retain_mut(|vector| {
        let path = format!("{}.json", vector.id.trim_start_matches("spec/"));
        let example = examples.iter().find(|example| example.path.as_os_str() == path.as_str());
        if let Some(Example { file, .. }) = example {
            vector.title = file.title.clone().into();
            vector.frame.clone_from(&file.frame);
        }
        example.is_some()
    });
    vectors
}

#[rustfmt::skip] // One vector, one row.
fn frames() -> Vec<Vector> {
    let asks = |id, cites| client(id, "", cites, "");
    let says = |id, cites| server(id, "", cites, "");
    vec![
        says("spec/02-envelope/answer", "ENV-12").valid(ANSWERED),
        asks("spec/02-envelope/request", "ENV-1").valid(ASKED),
        asks("spec/02-envelope/unknown-members", "ENV-3 ENV-4").valid(ASKED),
        asks("spec/03-errors/empty-payload", "ERR-12").wrong(ASKED, 6).with_id("a-4"),
        asks("spec/03-errors/empty-token", "ERR-9").unauthenticated(1),
        says("spec/03-errors/malformed", "ERR-5").valid(ANSWERED),
        asks("spec/03-errors/not-an-object", "ERR-8").malformed(0),
        says("spec/03-errors/rate-limited", "ERR-14").valid(ANSWERED),
        says("spec/03-errors/two-faults-answer", "ERR-16").valid(ANSWERED),
        asks("spec/03-errors/two-faults", "ERR-6").wrong(SAID, 2).with_id("a-5").in_topic("8017"),
        asks("spec/03-errors/type-in-a-string", "ERR-8 ERR-3").malformed(0).with_id("a-3"),
        asks("spec/03-errors/unknown-type", "ERR-11").unknown(77),
        says("spec/04-heartbeat/ack-with-id", "BEAT-1").valid(BARE),
        says("spec/04-heartbeat/ack", "BEAT-1").valid(BARE),
        asks("spec/04-heartbeat/heartbeat-with-id", "BEAT-3").valid(BARE),
        asks("spec/04-heartbeat/heartbeat", "BEAT-4").valid(BARE),
        asks("spec/05-rooms/empty-topic", "ROOM-3").wrong(ASKED, 3),
        asks("spec/05-rooms/join-with-name", "ROOM-12").valid(ASKED),
        asks("spec/05-rooms/join", "ROOM-4").valid(ASKED),
        says("spec/05-rooms/joined-all-profiles", "ROOM-6").valid(ANSWERED),
        says("spec/05-rooms/joined", "ROOM-4").valid(ANSWERED),
        asks("spec/05-rooms/leave", "ROOM-16").valid(ASKED),
        says("spec/05-rooms/left", "ROOM-16").valid(ANSWERED),
        asks("spec/05-rooms/one-topic-too-many", "ROOM-11").valid(ASKED),
        asks("spec/06-chat/answer", "CHAT-12").valid(TOLD),
        says("spec/06-chat/answered", "CHAT-12").valid(LEARNT),
        says("spec/06-chat/not-joined", "CHAT-13").valid(ANSWERED),
        asks("spec/06-chat/plain-question", "CHAT-12").wrong(TOLD, 2).with_id("a-5").in_topic("8017"),
        asks("spec/06-chat/question", "CHAT-12").valid(TOLD),
        says("spec/06-chat/said-without-id", "CHAT-6").valid(HEARD),
        says("spec/06-chat/said", "CHAT-5").valid(HEARD),
        asks("spec/06-chat/say-without-id", "CHAT-1").valid(SAID),
        asks("spec/06-chat/say", "CHAT-1").valid(SAID),
        asks("spec/06-chat/unknown-kind", "CHAT-10").wrong(SAID, 2).with_id("a-4").in_topic("8017"),
        says("spec/06-chat/wrong-author-answer", "CHAT-14").valid(ANSWERED),
        asks("spec/06-chat/wrong-author", "CHAT-14").valid(SAID),
        asks("spec/08-ordering/first-join", "ORD-9").valid(ASKED),
        asks("spec/08-ordering/then-chat", "ORD-9").valid(SAID),
        asks("spec/08-ordering/then-heartbeat", "ORD-7").valid(BARE),
        says("spec/09-text/odd-text-said-escaped", "TEXT-6").valid(HEARD),
        says("spec/09-text/odd-text-said", "TEXT-1").valid(HEARD),
        asks("spec/09-text/odd-text", "TEXT-1").valid(SAID),
        says("spec/10-limits/announcement", "LIMIT-18").valid(ANSWERED),
        says("spec/10-limits/unavailable", "LIMIT-17").valid(ANSWERED),
    ]
}

#[rustfmt::skip] // One vector, one row.
fn profiles() -> Vec<Vector> {
    let asks = |id, cites| client(id, "", cites, "");
    let says = |id, cites| server(id, "", cites, "");
    vec![
        says("spec/11-presence/joined", "PRES-12").valid(ANSWERED),
        says("spec/11-presence/left", "PRES-13").valid(ANSWERED),
        says("spec/11-presence/list-after-join", "PRES-2").valid(ANSWERED),
        says("spec/11-presence/list", "PRES-1").valid(ANSWERED),
        says("spec/11-presence/truncated-list", "PRES-10").valid(ANSWERED),
        asks("spec/11-presence/user-list", "PRES-1").valid(ASKED),
        says("spec/12-notices/accepted", "NOTE-1").valid(ANSWERED),
        says("spec/12-notices/draining", "NOTE-13").valid(ANSWERED),
        says("spec/12-notices/nobody-there-answer", "NOTE-5").valid(ANSWERED),
        asks("spec/12-notices/nobody-there", "NOTE-5").valid(ASKED),
        says("spec/12-notices/notice-delivered", "NOTE-2").valid(ANSWERED),
        asks("spec/12-notices/notice-of-null", "NOTE-3").valid(ASKED),
        asks("spec/12-notices/notice-without-data", "NOTE-3").wrong(ASKED, 4).with_id("a-3").in_topic("8017"),
        asks("spec/12-notices/notice", "NOTE-1").valid(ASKED),
        says("spec/12-notices/word-to-a-room", "NOTE-14").valid(ANSWERED),
        asks("spec/13-resume/join-since", "RES-8").valid(ASKED),
        says("spec/13-resume/missed", "RES-3").valid(HEARD),
        asks("spec/13-resume/negative-since", "RES-8").wrong(ASKED, 3).in_topic("8017"),
        says("spec/13-resume/not-recovered", "RES-5").valid(ANSWERED),
        says("spec/13-resume/recovered", "RES-1").valid(ANSWERED),
        says("spec/13-resume/repeat-answer", "RES-13").valid(HEARD),
        asks("spec/13-resume/said-again", "RES-12").valid(SAID),
        http("question-request", "spec/14-history/ask-without-stream", "", "HIST-25", "").invalid_body(),
        http("question-request", "spec/14-history/ask-without-topic", "", "HIST-22", "").valid_body(),
        http("question-request", "spec/14-history/ask", "", "HIST-19", "").valid_body(),
        http("question-response", "spec/14-history/asked", "", "HIST-21", "").valid_body(),
        http("history-response", "spec/14-history/beyond-the-last-page", "", "HIST-13", "").valid_body(),
        http("question-response", "spec/14-history/in-several-rooms", "", "HIST-24", "").valid_body(),
        http("history-response", "spec/14-history/no-token", "", "HIST-2", "").valid_body(),
        http("history-response", "spec/14-history/page", "", "HIST-6 HIST-7", "").valid_body(),
        says("spec/14-history/question-said", "HIST-20").valid(LEARNT),
        says("spec/15-security/another-user-answer", "ERR-10").valid(ANSWERED),
        asks("spec/15-security/another-user", "ERR-10").valid(BARE),
        says("spec/16-growth/members-of-its-own", "GROW-1").valid(ANSWERED),
    ]
}
