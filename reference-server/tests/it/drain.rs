//! The end in order.

use std::time::{Duration, Instant};

use roomwire_server::{Config, Server};
use serde_json::json;
use tokio::net::TcpStream;

use crate::client::{Client, End, core, data, in_time};

#[tokio::test]
async fn a_server_that_drains_says_so_first_then_refuses_then_closes() {
    let config =
        Config { drain: Duration::from_millis(700), reconnect_after: Duration::from_millis(1234), ..core() };
    let server = Server::bind(config).await.unwrap();
    let address = server.local_addr();
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    let mut stranger = Client::connect(&server, "stranger").await;
    let begun = Instant::now();
    let ending = tokio::spawn(server.shutdown());

    let announcement = ann.next().await;
    assert_eq!((&announcement["type"], &announcement["code"]), (&json!(4), &json!(203)));
    assert_eq!(data(&announcement), json!({ "data": { "reconnectAfterMs": 1234 } }));
    assert!(TcpStream::connect(address).await.is_err(), "nobody new comes in");

    ann.say("t", "too late").await;
    ann.ask(3, json!({ "topic": "another" })).await;
    ann.say("not mine", "x").await;
    ann.ask(6, json!({ "topic": "t" })).await;
    let answers = ann.fence().await;
    let codes: Vec<_> = answers.iter().map(|frame| frame["code"].as_i64().unwrap()).collect();
    assert_eq!(codes, [503, 503, 403, 204], "a frame that would be refused anyway is refused as ever");
    assert_eq!(data(&answers[0])["reason"], "unavailable");
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
    let config = Config { drain: Duration::from_hours(1), ..core() };
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
