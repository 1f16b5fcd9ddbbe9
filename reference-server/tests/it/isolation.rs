//! Nobody hears what was not said to them, and nobody suffers for another.

use serde_json::json;

use crate::client::{Client, server, words};
use crate::raw::{Raw, frame};

#[tokio::test]
async fn a_chat_stays_in_its_topic() {
    let server = server().await;
    let mut ann = Client::in_topic(&server, "ann", "a").await;
    let mut both = Client::in_topic(&server, "both", "a").await;
    both.join("b").await;
    let mut bob = Client::in_topic(&server, "bob", "b").await;
    let mut nobody = Client::connect(&server, "nobody").await;

    ann.say("a", "in a").await;
    bob.say("b", "in b").await;
    ann.fence().await;
    bob.fence().await;
    let mut heard: Vec<_> =
        both.fence().await.iter().map(|chat| (chat["topic"].to_string(), words(chat))).collect();
    heard.sort();
    assert_eq!(heard, [(r#""a""#.into(), "in a".into()), (r#""b""#.into(), "in b".into())]);
    assert!(ann.fence().await.is_empty());
    assert!(bob.fence().await.is_empty());
    assert!(nobody.fence().await.is_empty());
}

#[tokio::test]
async fn connections_of_one_user_are_apart() {
    let server = server().await;
    let mut first = Client::in_topic(&server, "ann", "t").await;
    let mut second = Client::connect(&server, "ann").await;
    second.say("t", "not in").await;
    assert_eq!(second.next().await["code"], 403, "the other one's join does not help");
    second.ask(6, json!({ "topic": "t" })).await;
    assert_eq!(second.next().await["code"], 204);
    first.say("t", "still in").await;
    assert_eq!(words(&first.next().await), "still in", "the other one's leave does not hurt");
    second.join("t").await;
    drop(second);
    first.say("t", "on").await;
    assert_eq!(words(&first.next().await), "on");
}

#[tokio::test]
async fn a_hostile_connection_disturbs_nobody() {
    let server = server().await;
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    let mut bob = Client::in_topic(&server, "bob", "t").await;
    let deep = format!(r#"{{"token":{}"#, "[".repeat(60_000));
    for bytes in [
        frame(1, b"nonsense"),
        frame(1, deep.as_bytes()),
        frame(1, &[0xff, 0xfe]),
        frame(1, &vec![b'x'; 70_000]),
        frame(2, b"binary"),
        vec![0xff; 100],
        vec![0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ] {
        let mut hostile = Raw::open(&server).await;
        hostile.send(&bytes).await;
        drop(hostile);
        let mut tcp = Raw::connect(&server).await;
        tcp.send(&bytes).await;
        drop(tcp);
    }
    for word in ["one", "two"] {
        ann.say("t", word).await;
        assert_eq!(words(&ann.next().await), word);
        assert_eq!(words(&bob.next().await), word);
    }
    assert!(bob.fence().await.is_empty());
}
