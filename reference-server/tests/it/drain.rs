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

#[cfg(unix)]
mod under_load {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use futures_util::{SinkExt, StreamExt};
    use tokio_tungstenite::tungstenite::Message;

    use super::*;
    use crate::files::Folder;
    use crate::history::{in_stream, page};
    use crate::program::{Log, program, signal, start};

    /// One of those who talk on and on when the end comes. Returns the last chat heard, and how much was refused.
    async fn talk_to_the_end(talker: Client, heard: Arc<AtomicU64>) -> (u64, u64) {
        let chat = in_stream(&talker.user, "t", "s", "message", "on and on");
        let (mut mouth, mut ear) = talker.ws.split();
        let talk = tokio::spawn(async move {
            let mut pace = tokio::time::interval(Duration::from_millis(20));
            loop {
                pace.tick().await;
                if mouth.send(Message::text(chat.clone())).await.is_err() {
                    return;
                }
            }
        });
        let (mut last, mut refused, mut told) = (0, 0, None);
        let code = loop {
            let text = match in_time("a frame", ear.next()).await {
                Some(Ok(Message::Text(text))) => text,
                Some(Ok(Message::Close(Some(close)))) => break u16::from(close.code),
                other => panic!("{other:?}"),
            };
            let frame: serde_json::Value = serde_json::from_str(&text).unwrap();
            match frame["code"].as_u64().unwrap() {
                200 => {
                    let seq = frame["seq"].as_u64().unwrap();
                    assert!(last == 0 || seq == last + 1, "{seq} came after {last}");
                    last = seq;
                    heard.fetch_max(seq, Ordering::Relaxed);
                }
                203 => {
                    assert_eq!((told, refused), (None, 0), "once, and before the first 503");
                    told = data(&frame)["data"]["reconnectAfterMs"].as_u64();
                }
                503 => refused += 1,
                _ => {}
            }
        };
        while let Some(Ok(_)) = in_time("the end", ear.next()).await {}
        talk.abort();
        assert_eq!(code, 4202);
        assert!(told.is_some_and(|ms| (1000..=2000).contains(&ms)), "{told:?}");
        (last, refused)
    }

    /// Many who talk without a pause, one who does not read, one who does not finish to ask: all within one time, and nothing
    /// that was accepted is lost.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_end_is_in_its_time_and_nothing_accepted_is_lost() {
        const LIMIT: Duration = Duration::from_secs(4);
        let folder = Folder::new();
        let flags = [
            "--listen=127.0.0.1:0",
            &format!("--data={}", folder.path().display()),
            "--drain-ms=500",
            "--drain-limit-ms=4000",
            "--reconnect-after-ms=1000",
            "--reconnect-spread-ms=1000",
            "--log-format=json",
        ];
        let (mut child, url) = start(program(&flags)).await;
        let log = Log::of(&mut child);
        let address = url.trim_start_matches("ws://").to_owned();
        let mut epoch = json!(null);
        let (heard, mut talkers) = (Arc::new(AtomicU64::new(0)), Vec::new());
        for number in 0..10 {
            let mut talker = Client::to(&url, &format!("u{number}")).await;
            epoch = data(&talker.join("t").await)["epoch"].clone();
            talkers.push(talker);
        }
        let mut sleeper = Client::to(&url, "sleeper").await;
        sleeper.join("t").await;
        let unfinished = tokio::net::TcpStream::connect(&address).await.unwrap();
        unfinished.try_write(b"GET / HTTP/1.1\r\nHost: x\r\n").unwrap();
        let talks: Vec<_> = talkers
            .into_iter()
            .map(|talker| tokio::spawn(talk_to_the_end(talker, Arc::clone(&heard))))
            .collect();
        in_time("some chats", async {
            while heard.load(Ordering::Relaxed) < 500 {
                tokio::task::yield_now().await;
            }
        })
        .await;

        signal(&child, "TERM");
        let begun = Instant::now();
        let late = in_time("a refusal", async {
            loop {
                let stream = tokio::net::TcpStream::connect(&address).await.unwrap();
                match tokio_tungstenite::client_async(&url, stream).await {
                    Ok(_) => {}
                    Err(tokio_tungstenite::tungstenite::Error::Http(refusal)) => break refusal.status(),
                    Err(error) => panic!("{error}"),
                }
            }
        });
        assert_eq!(late.await, 503);
        let status = in_time("the end", child.wait()).await.unwrap();
        let took = begun.elapsed();
        assert!(took >= Duration::from_millis(500) && took < LIMIT + Duration::from_secs(1), "{took:?}");
        assert_eq!(status.code(), Some(0));
        let mut ends = Vec::new();
        for talk in talks {
            ends.push(in_time("a talker", talk).await.unwrap());
        }
        let last = ends[0].0;
        assert!(ends.iter().all(|(seq, _)| *seq == last), "all have heard all: {ends:?}");
        assert!(ends.iter().any(|(_, refused)| *refused > 0), "the load went on: {ends:?}");
        let log = log.whole().await;
        assert!(log.contains("history: everything is kept"), "{log}");
        drop((sleeper, unfinished));

        let (_child, url) = start(program(&flags)).await;
        let (_, kept) = page(url.trim_start_matches("ws://"), "stream=s&resultsPerPage=1").await;
        assert_eq!((&kept["total"], &kept["items"][0]["seq"]), (&json!(last), &json!(last)));
        let mut ann = Client::to(&url, "ann").await;
        ann.ask(3, json!({ "topic": "t", "since": { "epoch": epoch, "seq": last - 100 } })).await;
        let joined = data(&ann.next().await);
        assert_eq!((&joined["recovered"], &joined["seq"]), (&json!(true), &json!(last)));
        let missed = ann.fence().await.into_iter().filter(|frame| frame["code"] == 200).count();
        assert_eq!(missed, 100);
    }
}
