//! The `seq` of a 201 is held against what others sent and heard, also where nothing comes behind it.

use roomwire_conformance::check::{self, Finding};
use roomwire_conformance::script::{case, join, leave, say};
use roomwire_conformance::transcript::{Transcript, What};
use serde_json::Value;

use crate::suite::{core_server, played};

/// Two talk, and a third comes, hears nothing, and goes.
async fn visit() -> Transcript {
    let server = core_server().await;
    let case = case("it/visit", "A visit", &["ROOM-8"], |s| {
        let (room, [ann, ben]) = s.room();
        let cat = s.client();
        s.connect(cat);
        s.send(ann, say(room, "one"));
        s.send(ben, say(room, "two"));
        s.then();
        s.send(cat, join(room));
        s.send(cat, leave(room));
        s.then();
        s.send(ann, say(room, "who was that?"));
    });
    played(&server, &case).await
}

/// The transcript with another number in the last 201.
fn off_by(transcript: &Transcript, by: i64) -> Transcript {
    let mut altered = transcript.clone();
    let texts = altered.events.iter_mut().rev().filter_map(|event| match &mut event.what {
        What::Received { text } => Some(text),
        _ => None,
    });
    for text in texts {
        let mut frame: Value = serde_json::from_str(text).unwrap();
        if frame["code"] == 201 {
            let mut data: Value = serde_json::from_str(frame["data"].as_str().unwrap()).unwrap();
            data["seq"] = (data["seq"].as_i64().unwrap() + by).into();
            frame["data"] = data.to_string().into();
            *text = frame.to_string();
            return altered;
        }
    }
    panic!("nobody joined")
}

fn findings(transcript: &Transcript) -> Vec<Finding> {
    check::judge(transcript, "CHAT-1").findings
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seq_of_a_201_that_is_off_by_one_is_found_where_no_chat_follows() {
    let right = visit().await;
    assert_eq!(findings(&right), []);
    for by in [-1, 1, 7] {
        let found = findings(&off_by(&right, by));
        let requirements: Vec<_> = found.iter().map(|finding| finding.requirement.as_str()).collect();
        assert_eq!(requirements, ["ROOM-8"], "by {by}: {found:#?}");
    }
}
