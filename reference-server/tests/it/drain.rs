//! The end in order.

use std::time::{Duration, Instant};

use roomwire_server::{Config, Server};
use serde_json::json;

use crate::client::{Client, End, core, data, in_time};
use crate::raw::{Raw, UPGRADE};

#[tokio::test]
async fn a_server_that_drains_says_so_first_then_refuses_then_closes() {
    let config = Config {
        drain: Duration::from_millis(700),
        reconnect_after: Duration::from_millis(1234),
        reconnect_spread: Duration::ZERO,
        ..core()
    };
    let server = Server::bind(config).await.unwrap();
    let mut newcomers = [Raw::connect(&server).await, Raw::connect(&server).await];
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    let mut stranger = Client::connect(&server, "stranger").await;
    let begun = Instant::now();
    let ending = tokio::spawn(server.shutdown());

    let announcement = ann.next().await;
    assert_eq!((&announcement["type"], &announcement["code"]), (&json!(4), &json!(203)));
    assert_eq!(data(&announcement), json!({ "data": { "reconnectAfterMs": 1234 } }));
    newcomers[0].send(format!("GET / HTTP/1.1\r\n{UPGRADE}\r\n").as_bytes()).await;
    let refusal = newcomers[0].head().await;
    assert!(
        refusal.starts_with("HTTP/1.1 503 ") && refusal.contains("retry-after: "),
        "nobody new comes in: {refusal}"
    );
    newcomers[1].send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(newcomers[1].head().await.starts_with("HTTP/1.1 503 "));

    ann.say("t", "too late").await;
    ann.ask(3, json!({ "topic": "another" })).await;
    ann.say("not mine", "x").await;
    ann.ask(6, json!({ "topic": "t" })).await;
    let answers = ann.fence().await;
    let codes: Vec<_> = answers.iter().map(|frame| frame["code"].as_i64().unwrap()).collect();
    assert_eq!(codes, [503, 503, 403, 204], "a frame that would be refused anyway is refused as ever");
    assert_eq!(data(&answers[0])["reason"], "unavailable");
    assert_eq!(data(&answers[0])["retryAfterMs"], 1234);
    assert_eq!((&answers[0]["topic"], &answers[1]["topic"]), (&json!("t"), &json!("another")));

    // Who was not known yet is told once it is.
    stranger.say("t", "x").await;
    let frames = stranger.fence().await;
    assert_eq!(frames[0]["code"], 403);
    assert_eq!(stranger.next().await["code"], 203);

    assert_eq!(ann.end().await.1, End::Closed(4202));
    assert_eq!(stranger.end().await.1, End::Closed(4202));
    assert!(begun.elapsed() >= Duration::from_millis(700));
    in_time("the end of the server", ending).await.unwrap();
}

#[tokio::test]
async fn also_without_any_time_to_drain_the_announcement_comes_first() {
    let config = Config { drain: Duration::ZERO, ..core() };
    let server = Server::bind(config).await.unwrap();
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    let (ended, ()) = tokio::join!(ann.end(), server.shutdown());
    let codes: Vec<_> = ended.0.iter().map(|frame| frame["code"].as_i64().unwrap()).collect();
    assert_eq!((codes.as_slice(), ended.1), (&[203][..], End::Closed(4202)));
}

#[tokio::test]
async fn a_server_that_nobody_is_connected_to_ends_at_once() {
    let config = Config { drain: Duration::from_hours(1), drain_limit: Duration::from_hours(2), ..core() };
    let server = Server::bind(config).await.unwrap();
    let mut client = Client::connect(&server, "u").await;
    client.fence().await;
    let ending = tokio::spawn(server.shutdown());
    assert_eq!(client.next().await["code"], 203);
    client.ws.close(None).await.unwrap();
    client.end().await;
    drop(client);
    in_time("the end of the server", ending).await.unwrap();
}

#[tokio::test]
async fn clients_are_told_to_come_back_at_different_times() {
    let config = Config {
        drain: Duration::ZERO,
        reconnect_after: Duration::from_secs(5),
        reconnect_spread: Duration::from_secs(1000),
        ..core()
    };
    let server = Server::bind(config).await.unwrap();
    let mut clients = Vec::new();
    for number in 0..8 {
        clients.push(Client::in_topic(&server, &format!("u{number}"), "t").await);
    }
    let ending = tokio::spawn(server.shutdown());
    let mut times = Vec::new();
    for client in &mut clients {
        times.push(data(&client.next().await)["data"]["reconnectAfterMs"].as_u64().unwrap());
        client.end().await;
    }
    assert!(times.iter().all(|ms| (5000..=1_005_000).contains(ms)), "{times:?}");
    times.sort_unstable();
    times.dedup();
    assert!(times.len() > 4, "{times:?}");
    in_time("the end of the server", ending).await.unwrap();
}

#[tokio::test]
async fn what_was_accepted_reaches_everybody_before_the_close_whenever_the_end_is_told() {
    // Each round stops the server at another moment of a stream of chats.
    for said_before in [0, 1, 5, 40, 200] {
        let config = Config { drain: Duration::from_millis(20), ..core() };
        let server = Server::bind(config).await.unwrap();
        let mut ann = Client::in_topic(&server, "ann", "t").await;
        let mut ben = Client::in_topic(&server, "ben", "t").await;
        let mut ending = None;
        let mut server = Some(server);
        for number in 0..400 {
            ann.buffer(ann.chat("t", &number.to_string())).await;
            if number == said_before {
                ann.flush().await;
                ending = server.take().map(|server| tokio::spawn(server.shutdown()));
            }
        }
        ann.flush().await;
        let (to_ann, to_ben) = tokio::join!(ann.end(), ben.end());
        let chats = |frames: &[serde_json::Value]| {
            frames
                .iter()
                .filter(|frame| frame["code"] == 200)
                .map(|frame| frame["seq"].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(chats(&to_ann.0), chats(&to_ben.0), "who was told that it was said, and who heard it");
        assert!(chats(&to_ann.0).len() <= 400);
        assert_eq!((to_ann.1, to_ben.1), (End::Closed(4202), End::Closed(4202)));
        in_time("the end of the server", ending.unwrap()).await.unwrap();
    }
}
