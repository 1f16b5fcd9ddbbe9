//! Golden transcripts, in their normal form: one text serves the reference server and every other right one.

use std::sync::Arc;
use std::time::Duration;

use roomwire_conformance::catalog;
use roomwire_conformance::client::Target;
use roomwire_conformance::clock::Pace;
use roomwire_conformance::driver::{Stage, play};
use roomwire_conformance::names::{Names, TryId, Users};
use roomwire_conformance::subject::{Declared, Spawned};
use roomwire_conformance::transcript::normalise;

use crate::peers::node_peer;
use crate::suite::core_server;

/// One case a chapter, which shows what its frames look like.
const CASES: [&str; 9] = [
    "transport/subprotocol-is-selected",
    "envelope/id-is-given-back",
    "errors/connection-stays-open",
    "heartbeat/may-be-the-first-frame",
    "rooms/join-twice-is-idempotent",
    "chat/topic-left",
    "isolation/answers-go-to-the-sender",
    "ordering/answers-come-before-the-close",
    "text/escapes-mean-what-they-spell",
];

/// Plays a case against a server, and gives what happened in its normal form.
async fn normal_transcript(url: &str, id: &str) -> String {
    let case = catalog::cases().into_iter().find(|case| case.id == id).unwrap();
    let (target, pace, declared) = (Target::new(url.parse().unwrap()), Pace::start(), Declared::default());
    let try_id = TryId { run: Arc::from("golden"), case: 0, attempt: 0 };
    let names = Names::new(try_id, &case.program, &Users::Fresh, "").unwrap();
    let stage = Stage::new(&target, &pace, &declared);
    normalise(&play(stage, &case.program, names).await.transcript)
}

/// A transcript of a server of all profiles without what a server of the profile core does not say.
fn core_alone(transcript: &str) -> String {
    let lists = |line: &&str| !line.contains(r#""code":205"#) && !line.contains(r#""code":206"#);
    let lines = transcript.lines().filter(lists).map(|line| line.replace(r#""recovered":false,"#, "") + "\n");
    lines.collect()
}

fn snapshot_name(id: &str) -> String {
    id.replace('/', "__")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reference_servers_transcripts_are_as_accepted() {
    let server = core_server().await;
    for id in CASES {
        insta::assert_snapshot!(snapshot_name(id), normal_transcript(&server.url(), id).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_right_servers_transcripts_are_the_same() {
    let server = node_peer().join("server.mjs").display().to_string();
    let mut node = Spawned::new(vec!["node".into(), server, "{port}".into()], Duration::from_secs(30));
    let url = node.start().await.unwrap().to_string();
    let right = core_server().await;
    for id in CASES {
        let (expected, got) = (normal_transcript(&right.url(), id).await, normal_transcript(&url, id).await);
        assert_eq!(expected, core_alone(&got), "{id}");
    }
    node.stop().await;
}
