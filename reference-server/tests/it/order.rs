//! One order for all in a topic, and one on each connection.

use std::collections::HashMap;

use roomwire_server::Server;
use serde_json::{Value, json};

use crate::client::{Client, End, core, server, words};
use crate::raw::{Raw, frame};

#[tokio::test]
async fn frames_are_answered_in_their_order_without_waiting() {
    let server = server().await;
    let mut client = Client::connect(&server, "u").await;
    let topic = json!({ "topic": "t" });
    let mut expected = Vec::new();
    for round in 0..50 {
        client.buffer(client.frame(3, &topic)).await;
        client.buffer(client.chat("t", &round.to_string())).await;
        client
            .buffer(json!({ "token": "u", "type": 1, "payLoad": "", "id": round.to_string() }).to_string())
            .await;
        client.buffer("nonsense").await;
        client.buffer(client.frame(6, &topic)).await;
        client.buffer(client.chat("t", "not in any more")).await;
        expected.extend([201, 200, 100, 400, 204, 403]);
    }
    client.flush().await;
    let codes: Vec<_> = client.fence().await.iter().map(|frame| frame["code"].as_i64().unwrap()).collect();
    assert_eq!(codes, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_member_sees_the_same_chats_in_the_same_order_without_gap_or_repeat() {
    const SENDERS: usize = 6;
    const CHATS: usize = 400;
    let server = server().await;
    let mut clients = Vec::new();
    for number in 0..SENDERS {
        clients.push(Client::in_topic(&server, &format!("u{number}"), "t").await);
    }
    let talks = clients.into_iter().map(|mut client| {
        tokio::spawn(async move {
            let mut heard = Vec::new();
            for number in 0..CHATS {
                client.buffer(client.chat("t", &format!("{} {number}", client.user))).await;
                if number % 20 == 19 {
                    client.flush().await;
                    heard.extend(client.fence().await);
                }
            }
            while heard.len() < SENDERS * CHATS {
                heard.push(client.next().await);
            }
            heard
        })
    });
    let mut heard_by = Vec::new();
    for talk in talks.collect::<Vec<_>>() {
        heard_by.push(talk.await.unwrap());
    }
    let first = &heard_by[0];
    for (place, chat) in first.iter().enumerate() {
        assert_eq!(chat["seq"], place + 1);
    }
    assert!(heard_by.iter().all(|heard| heard == first), "one order for all");
    let mut counted: HashMap<String, usize> = HashMap::new();
    for chat in first {
        let said = words(chat);
        let (user, number) = said.split_once(' ').unwrap();
        let next = counted.entry(user.to_owned()).or_default();
        assert_eq!(number, next.to_string(), "the chats of {user} keep their order");
        *next += 1;
    }
}

/// Joins race with chats: whatever a newcomer hears begins right behind the `seq` of its 201.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_chat_behind_a_201_has_the_next_seq_also_under_way() {
    let server = server().await;
    let mut talker = Client::in_topic(&server, "talker", "t").await;
    let mut rover = Client::connect(&server, "rover").await;
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let talking = tokio::spawn(async move {
        while stopped.try_recv().is_err() {
            talker.say("t", "on and on").await;
            talker.next().await;
        }
    });
    for _ in 0..200 {
        rover.text(rover.frame(3, &json!({ "topic": "t" }))).await;
        let mut seq = None;
        let mut chats = 0;
        while chats < 3 {
            let frame = rover.next().await;
            match frame["code"].as_i64() {
                Some(201) => seq = crate::client::data(&frame)["seq"].as_u64(),
                Some(200) => {
                    let last = seq.expect("no chat before the 201");
                    assert_eq!(frame["seq"], last + 1);
                    seq = Some(last + 1);
                    chats += 1;
                }
                _ => panic!("{frame}"),
            }
        }
        rover.text(rover.frame(6, &json!({ "topic": "t" }))).await;
        while rover.next().await["code"] != 204 {}
    }
    stop.send(()).unwrap();
    talking.await.unwrap();
}

/// Rooms come and go while others want to enter: nobody ends up in a room that has been forgotten.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chat_right_behind_a_join_is_heard_also_while_the_room_is_left() {
    let server = server().await;
    let mut talks = Vec::new();
    for number in 0..4 {
        let mut client = Client::connect(&server, &format!("u{number}")).await;
        talks.push(tokio::spawn(async move {
            for round in 0..300 {
                let words = format!("{} {round}", client.user);
                client.buffer(client.frame(3, &json!({ "topic": "t" }))).await;
                client.buffer(client.chat("t", &words)).await;
                client.buffer(client.frame(6, &json!({ "topic": "t" }))).await;
                client.flush().await;
                let frames = client.fence().await;
                let mine = frames
                    .iter()
                    .filter(|frame| frame["code"] == 200 && crate::client::words(frame) == words);
                assert_eq!(mine.count(), 1, "{frames:?}");
            }
        }));
    }
    for talk in talks {
        talk.await.unwrap();
    }
}

#[tokio::test]
async fn what_came_before_a_close_frame_is_handled_and_answered_first() {
    let server = server().await;
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    let mut bob = Client::connect(&server, "bob").await;
    for text in
        [bob.frame(3, &json!({ "topic": "t" })), bob.chat("t", "last words"), bob.frame(1, &Value::Null)]
    {
        bob.buffer(text).await;
    }
    bob.ws.close(None).await.unwrap();
    let (frames, end) = bob.end().await;
    let codes: Vec<_> = frames.iter().map(|frame| frame["code"].as_i64().unwrap()).collect();
    assert_eq!(codes, [201, 200, 100]);
    assert_eq!(end, End::Cut, "a close frame without a code is answered by one without");
    assert_eq!(words(&ann.next().await), "last words");
}

/// More answers than the system keeps wait on the server when the close frame comes: they still come before its answer.
#[tokio::test]
async fn what_waits_when_the_client_says_goodbye_is_sent_before_the_goodbye_is_answered() {
    const FRAMES: usize = 20_000;
    let mut config = core();
    config.limits.max_queue_bytes = 64 << 20;
    let server = Server::bind(config).await.unwrap();
    let mut raw = Raw::open(&server).await;
    let long = "i".repeat(64);
    let beat = json!({ "token": "u1", "type": 1, "payLoad": "", "id": long }).to_string();
    raw.send(&[frame(1, beat.as_bytes()).repeat(FRAMES), frame(8, b"\x03\xe8")].concat()).await;
    let (texts, code) = raw.end().await;
    assert_eq!(texts.len(), FRAMES);
    assert!(texts.iter().all(|text| text.contains(&long)));
    assert_eq!(code, Some(1000));
}

#[tokio::test]
async fn what_came_before_the_stream_was_shut_is_answered_too() {
    use tokio::io::AsyncWriteExt;
    let server = server().await;
    let mut raw = Raw::open(&server).await;
    raw.send(&frame(1, crate::raw::HEARTBEAT.as_bytes())).await;
    raw.stream.shutdown().await.unwrap();
    let (texts, code) = raw.end().await;
    assert_eq!((texts.as_slice(), code), (&[crate::raw::ACK.to_owned()][..], None));
}
