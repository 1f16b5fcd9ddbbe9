//! Coming back, and saying a thing once.

use roomwire_server::{Config, Server};
use serde_json::{Value, json};

use crate::client::{Client, data, full_server};

/// Joins with `since` and returns the data of the 201 and what came behind the list.
async fn come_back(client: &mut Client, topic: &str, epoch: &Value, seq: u64) -> (Value, Vec<Value>) {
    let payload = json!({ "topic": topic, "since": { "epoch": epoch, "seq": seq } });
    let mut frames = client.answers(client.frame(3, &payload)).await.into_iter();
    let joined = frames.next().unwrap();
    assert_eq!(joined["code"], 201, "{joined}");
    assert_eq!(frames.next().unwrap()["code"], 205, "the list comes before what was missed");
    (data(&joined), frames.collect())
}

/// A chat with an id, as text.
fn named(user: &str, topic: &str, id: &str, words: &str) -> String {
    let info = json!({ "user": user, "content": words, "type": "message" }).to_string();
    let payload = json!({ "topic": topic, "chatInfo": info }).to_string();
    json!({ "token": user, "type": 2, "payLoad": payload, "id": id }).to_string()
}

fn chats(frames: Vec<Value>) -> Vec<Value> {
    frames.into_iter().filter(|frame| frame["code"] == 200).collect()
}

#[tokio::test]
async fn who_comes_back_gets_all_that_was_missed_as_it_was_delivered() {
    let server = full_server().await;
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    for number in 1..=120 {
        ann.text(named("ann", "t", &format!("c-{number}"), &format!("{number} caf\u{e9} \"\u{0}"))).await;
    }
    let said = chats(ann.fence().await);
    assert_eq!(said.len(), 120);
    let mut bob = Client::connect(&server, "bob").await;
    let (first, none) = come_back(&mut bob, "t", &json!("no such epoch"), 0).await;
    assert_eq!((&first["recovered"], &first["seq"], none.len()), (&json!(false), &json!(120), 0));
    let epoch = &first["epoch"];
    let (again, none) = come_back(&mut bob, "t", epoch, 119).await;
    assert_eq!((&again["recovered"], none.len()), (&json!(false), 0), "who is in has missed nothing");
    for (since, recovered, missed) in [
        (120, true, &said[120..]),
        (119, true, &said[119..]),
        (20, true, &said[20..]),
        (0, true, &said[..]),
        (121, false, &[]),
    ] {
        let mut cid = Client::connect(&server, "cid").await;
        let (joined, heard) = come_back(&mut cid, "t", epoch, since).await;
        assert_eq!((&joined["recovered"], &joined["seq"]), (&json!(recovered), &json!(120)), "{since}");
        assert_eq!(heard, missed, "{since}");
    }
    ann.join("t").await;
    assert!(chats(ann.fence().await).is_empty(), "nobody else hears what was missed");
}

#[tokio::test]
async fn what_was_missed_comes_before_what_is_live_while_others_go_on() {
    let server = full_server().await;
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    let mut bob = Client::connect(&server, "bob").await;
    let mut epoch = json!("");
    let mut have = 0;
    for round in 0..20 {
        for number in 0..10 {
            ann.buffer(ann.chat("t", &format!("{round}.{number}"))).await;
        }
        ann.flush().await;
        let payload = json!({ "topic": "t", "since": { "epoch": epoch, "seq": have } });
        bob.ask(3, payload).await;
        let joined = data(&bob.next().await);
        assert_eq!(joined["recovered"], round > 0, "{joined}");
        if round == 0 {
            have = joined["seq"].as_u64().unwrap();
        }
        epoch = joined["epoch"].clone();
        ann.fence().await;
        bob.ask(6, json!({ "topic": "t" })).await;
        for chat in chats(bob.fence().await) {
            have += 1;
            assert_eq!(chat["seq"], have, "without a gap or a repeat, over all rounds");
        }
    }
    assert_eq!(have, 200);
}

#[tokio::test]
async fn more_than_the_queue_holds_is_not_replayed_in_part() {
    let mut config = Config::on_free_port();
    config.limits.max_queue_bytes = 200_000;
    let server = Server::bind(config).await.unwrap();
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    for _ in 0..10 {
        ann.say("t", &"x".repeat(30_000)).await;
        ann.fence().await;
    }
    let mut bob = Client::connect(&server, "bob").await;
    let (joined, _) = come_back(&mut bob, "t", &json!(""), 0).await;
    let (epoch, mut recovered) = (joined["epoch"].clone(), Vec::new());
    for since in 0..=10 {
        let mut cid = Client::connect(&server, "cid").await;
        let (joined, missed) = come_back(&mut cid, "t", &epoch, since).await;
        let all = joined["recovered"] == true;
        assert_eq!(missed.len() as u64, if all { 10 - since } else { 0 });
        recovered.push(all);
    }
    let first = recovered.iter().position(|all| *all).unwrap();
    assert!((4..=6).contains(&first), "200 kB hold five or six of them: {recovered:?}");
    assert!(recovered[first..].iter().all(|all| *all), "{recovered:?}");
}

#[tokio::test]
async fn a_repeat_gets_the_first_delivery_and_nobody_else_anything() {
    let server = full_server().await;
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    let mut bob = Client::in_topic(&server, "bob", "t").await;
    ann.text(named("ann", "t", "same", "first")).await;
    let first = chats(ann.fence().await);
    assert_eq!(chats(bob.fence().await), first);
    // By the same connection, with other words; by another connection; and when the topic was empty in between.
    assert_eq!(chats(ann.answers(named("ann", "t", "same", "other words")).await), first);
    let mut ann_too = Client::in_topic(&server, "ann", "t").await;
    assert_eq!(chats(ann_too.answers(named("ann", "t", "same", "first")).await), first);
    assert!(chats(ann.fence().await).is_empty());
    assert!(chats(bob.fence().await).is_empty());
    for client in [&mut ann, &mut bob, &mut ann_too] {
        client.ask(6, json!({ "topic": "t" })).await;
        client.fence().await;
    }
    ann.join("t").await;
    assert_eq!(chats(ann.answers(named("ann", "t", "same", "first")).await), first);
    // It is a name of this user, in this topic, of a chat that was said.
    for (user, topic) in [("bob", "t"), ("ann", "elsewhere")] {
        let mut client = Client::in_topic(&server, user, topic).await;
        let said = chats(client.answers(named(user, topic, "same", "new")).await);
        assert_ne!(said, first);
        assert_eq!(said.len(), 1);
    }
    let refused = ann.answers(named("bob", "t", "refused", "x")).await;
    assert_eq!(refused.last().unwrap()["code"], 403, "{refused:?}");
    let said = chats(ann.answers(named("ann", "t", "refused", "x")).await);
    assert_eq!(said.len(), 1, "an id of a frame that was refused is free");
    // Without an id everything is said, however alike.
    let said = [chats(ann.answers(ann.chat("t", "x")).await), chats(ann.answers(ann.chat("t", "x")).await)];
    assert_ne!(said[0], said[1]);
}

#[tokio::test]
async fn a_lost_user_alone_in_a_topic_comes_back_to_it() {
    let server = full_server().await;
    let mut ann = Client::connect(&server, "ann").await;
    let joined = data(&ann.join("t").await);
    ann.say("t", "x").await;
    ann.fence().await;
    drop(ann);
    let mut ann = Client::connect(&server, "ann").await;
    let (again, missed) = come_back(&mut ann, "t", &joined["epoch"], 0).await;
    assert_eq!((&again["epoch"], &again["recovered"], missed.len()), (&joined["epoch"], &json!(true), 1));
}
