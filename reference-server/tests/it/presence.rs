//! Who is here: lists, and news of who comes and goes.

use std::time::{Duration, Instant};

use roomwire_server::{Config, Server};
use serde_json::{Value, json};

use crate::client::{Client, data, full_server};

/// The frames of presence among these, each in short: `205 2 ann bob` or `206 2 +bob`.
fn in_short(frames: &[Value]) -> Vec<String> {
    frames.iter().filter(|frame| frame["type"] == 5).map(short).collect()
}

fn short(frame: &Value) -> String {
    let data = data(frame);
    let mut text = format!("{} {}", frame["code"], data["count"]);
    for (member, sign) in [("users", ""), ("joined", "+"), ("left", "-")] {
        for entry in data[member].as_array().into_iter().flatten() {
            text += " ";
            text += sign;
            text += entry["user"].as_str().unwrap();
        }
    }
    text + if data["truncated"] == true { " …" } else { "" }
}

/// Joins, and reads the 201 and the list behind it.
async fn enter(server: &Server, user: &str, topic: &str) -> (Client, String) {
    let mut client = Client::in_topic(server, user, topic).await;
    let list = client.next().await;
    assert_eq!((&list["code"], list.get("id")), (&json!(205), None), "{list}");
    (client, short(&list))
}

/// What a connection hears next, as it comes.
async fn hears(client: &mut Client, expected: &str) {
    let frame = client.next().await;
    assert_eq!(short(&frame), expected, "{frame}");
}

#[tokio::test]
async fn each_member_has_the_list_and_hears_who_comes_and_goes() {
    let server = full_server().await;
    let (mut ann, list) = enter(&server, "ann", "t").await;
    assert_eq!(list, "205 1 ann");
    let (mut bob, list) = enter(&server, "bob", "t").await;
    assert_eq!(list, "205 2 ann bob");
    hears(&mut ann, "206 2 +bob").await;
    bob.ask(6, json!({ "topic": "t" })).await;
    assert_eq!(bob.next().await["code"], 204);
    hears(&mut ann, "206 1 -bob").await;
    assert!(bob.fence().await.is_empty(), "who has left hears nothing");
    assert!(ann.fence().await.is_empty(), "nobody hears of itself");
}

#[tokio::test]
async fn users_are_counted_and_not_connections() {
    let server = full_server().await;
    let (mut ann, _) = enter(&server, "ann", "t").await;
    let (mut bob, _) = enter(&server, "bob", "t").await;
    hears(&mut ann, "206 2 +bob").await;
    let (mut bob_too, list) = enter(&server, "bob", "t").await;
    assert_eq!(list, "205 2 ann bob");
    bob.ask(6, json!({ "topic": "t" })).await;
    bob.fence().await;
    bob_too.join("t").await;
    assert_eq!(in_short(&bob_too.fence().await), ["205 2 ann bob"]);
    assert!(ann.fence().await.is_empty(), "nothing has changed for the others");
    drop(bob_too);
    hears(&mut ann, "206 1 -bob").await;
}

#[tokio::test]
async fn names_come_from_the_latest_join_and_tell_nobody() {
    let server = full_server().await;
    let (mut ann, _) = enter(&server, "ann", "t").await;
    let (mut bob, _) = enter(&server, "bob", "t").await;
    ann.next().await;
    for (name, picture) in [("Bob", "bob.png"), ("Bobby", "b.png")] {
        bob.ask(3, json!({ "topic": "t", "displayName": name, "avatarurl": picture })).await;
        bob.fence().await;
        assert!(ann.fence().await.is_empty());
        ann.text(
            json!({ "token": "ann", "type": 5, "payLoad": r#"{"topic":"t"}"#, "id": "list" }).to_string(),
        )
        .await;
        let list = ann.next().await;
        assert_eq!(list["id"], "list");
        let users = json!([{ "user": "ann" }, { "user": "bob", "displayName": name, "avatarurl": picture }]);
        assert_eq!(data(&list), json!({ "topic": "t", "count": 2, "users": users }));
    }
    let mut cid = Client::connect(&server, "cid").await;
    cid.ask(3, json!({ "topic": "t", "displayName": "Cid" })).await;
    cid.fence().await;
    let news = data(&ann.next().await);
    assert_eq!(news["joined"], json!([{ "user": "cid", "displayName": "Cid" }]));
}

#[tokio::test]
async fn a_long_list_is_cut_and_its_count_is_not() {
    let mut config = Config::on_free_port();
    config.limits.roster_max = Some(2);
    let server = Server::bind(config).await.unwrap();
    let (_ann, _) = enter(&server, "ann", "t").await;
    let (_bob, list) = enter(&server, "bob", "t").await;
    assert_eq!(list, "205 2 ann bob");
    let (_cid, list) = enter(&server, "cid", "t").await;
    assert_eq!(list, "205 3 ann bob …");
}

#[tokio::test]
async fn a_user_whose_connection_was_lost_stays_listed_for_the_grace_and_no_longer() {
    let mut config = Config::on_free_port();
    // Longer than it takes to hear of somebody.
    let grace = Duration::from_millis(900);
    config.limits.presence_grace_ms = Some(900);
    let server = Server::bind(config).await.unwrap();
    let (mut ann, _) = enter(&server, "ann", "t").await;
    let (bob, _) = enter(&server, "bob", "t").await;
    hears(&mut ann, "206 2 +bob").await;
    let lost = Instant::now();
    drop(bob);
    // Comes back in time, also with a new connection: nobody hears of it.
    let (bob, list) = enter(&server, "bob", "t").await;
    assert_eq!(list, "205 2 ann bob");
    if lost.elapsed() < grace {
        assert!(ann.fence().await.is_empty());
    }
    let lost = Instant::now();
    drop(bob);
    // Listed, and no member: a notice finds nobody once the connection has gone.
    loop {
        ann.ask(4, json!({ "topic": "t", "to": "bob", "data": 1 })).await;
        if ann.next().await["code"] == 404 {
            break;
        }
    }
    ann.ask(5, json!({ "topic": "t" })).await;
    let list = ann.next().await;
    if lost.elapsed() < grace {
        assert_eq!(short(&list), "205 2 ann bob");
    }
    hears(&mut ann, "206 1 -bob").await;
    assert!(lost.elapsed() >= grace);
    // A leave knows no grace.
    let (mut bob, _) = enter(&server, "bob", "t").await;
    hears(&mut ann, "206 2 +bob").await;
    let left = Instant::now();
    bob.ask(6, json!({ "topic": "t" })).await;
    hears(&mut ann, "206 1 -bob").await;
    assert!(left.elapsed() < grace);
}

/// A crowd is told of in few frames, and whoever folds them has the list, at every moment with its count.
#[tokio::test]
async fn in_a_crowd_lists_and_news_folded_are_the_list() {
    const CROWD: usize = 120;
    let server = full_server().await;
    let mut clients = Vec::new();
    for number in 0..CROWD {
        let client = Client::connect(&server, &format!("u{number:03}")).await;
        clients.push(client);
    }
    for client in &mut clients {
        client.ask(3, json!({ "topic": "t" })).await;
    }
    let mut frames = 0;
    for (number, client) in clients.iter_mut().enumerate() {
        let mut listed = std::collections::BTreeSet::new();
        while listed.len() < CROWD {
            let frame = client.next().await;
            if frame["type"] != 5 {
                continue;
            }
            frames += 1;
            let data = data(&frame);
            for entry in
                ["users", "joined"].iter().flat_map(|member| data[*member].as_array().into_iter().flatten())
            {
                let user = entry["user"].as_str().unwrap().to_owned();
                assert!(frame["code"] == 205 || user != format!("u{number:03}"), "told of itself: {frame}");
                listed.insert(user);
            }
            assert_eq!(data["count"], listed.len(), "{frame}");
        }
    }
    assert!(frames < CROWD * CROWD / 3, "{frames} frames are a flood");
    // Half of them go, and the rest are told of each once.
    clients.truncate(CROWD / 2);
    for client in &mut clients {
        let mut gone = std::collections::BTreeSet::new();
        while gone.len() < CROWD / 2 {
            let data = data(&client.next().await);
            for entry in data["left"].as_array().unwrap() {
                assert!(gone.insert(entry["user"].as_str().unwrap().to_owned()));
            }
            assert_eq!(data["count"], CROWD - gone.len());
        }
    }
}

#[tokio::test]
async fn names_however_long_never_end_who_joins_or_listens() {
    let mut config = Config::on_free_port();
    config.limits.max_queue_bytes = 96 * 1024;
    config.limits.max_message_bytes = 16 * 1024;
    let server = Server::bind(config).await.unwrap();
    let mut listener = Client::connect(&server, "listener").await;
    let shown = data(&listener.join("t").await)["limits"]["rosterMax"].as_u64().unwrap();
    assert!((1..200).contains(&shown), "{shown} lists would not fit otherwise");
    let (name, picture) = ("\u{1}".repeat(64), "\u{1}".repeat(512));
    let mut members = Vec::new();
    for number in 0..60 {
        let user = format!("{number:03}{}", "\u{1f600}".repeat(125));
        let mut member = Client::connect(&server, &user).await;
        let join = json!({ "topic": "t", "displayName": name, "avatarurl": picture });
        let answers = member.answers(member.frame(3, &join)).await;
        let list = data(&answers[1]);
        assert_eq!(list["users"].as_array().unwrap().len() as u64, shown.min(number + 2));
        members.push(member);
    }
    listener.fence().await;
}
