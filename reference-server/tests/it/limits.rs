//! How many may come, from where, and how fast they may speak.

use std::time::Duration;

use roomwire_server::{Config, Rate, Server};

use crate::client::{Client, data, in_time};
use crate::history::exchange;
use crate::raw::{HEARTBEAT, Raw, UPGRADE, frame};

/// Asks for an upgrade, with these header fields too, and returns the status. The connection stays open.
async fn upgrade(server: &Server, fields: &str) -> (u16, Raw) {
    let mut raw = Raw::connect(server).await;
    raw.send(format!("GET / HTTP/1.1\r\n{UPGRADE}{fields}\r\n").as_bytes()).await;
    let head = raw.head().await;
    (head.split(' ').nth(1).unwrap().parse().unwrap(), raw)
}

/// Waits until an upgrade has this status.
async fn wait_for(server: &Server, fields: &str, status: u16) -> Raw {
    let upgraded = async {
        loop {
            let (found, raw) = upgrade(server, fields).await;
            if found == status {
                return raw;
            }
        }
    };
    in_time("the status", upgraded).await
}

#[tokio::test]
async fn a_connection_that_sends_too_fast_is_told_how_long_to_wait() {
    let config =
        Config { rate_per_connection: Some(Rate { per_second: 2, burst: 5 }), ..Config::on_free_port() };
    let server = Server::bind(config).await.unwrap();
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    let mut ben = Client::in_topic(&server, "ben", "t").await;
    for words in ["1", "2", "3", "4", "5", "6", "7", "8", "9"] {
        ann.buffer(ann.chat("t", words)).await;
    }
    ann.flush().await;
    let (mut said, mut refused) = (0, Vec::new());
    while said + refused.len() < 9 {
        let frame = ann.next().await;
        match frame["code"].as_i64().unwrap() {
            200 => said += 1,
            429 => {
                assert_eq!((&frame["topic"], &frame["type"]), (&"t".into(), &2.into()), "{frame}");
                assert_eq!(data(&frame)["reason"], "rate_limited");
                refused.push(data(&frame)["retryAfterMs"].as_u64().unwrap());
            }
            _ => {}
        }
    }
    assert!((4..=5).contains(&said), "{said} were said: four are left of the burst, and time passes");
    assert!(refused.iter().all(|ms| (1..=500).contains(ms)), "{refused:?}");
    // The other one has a measure of its own, and hears what was said, and no more.
    ben.say("t", "me").await;
    let heard = ben.fence().await;
    assert_eq!(heard.iter().filter(|frame| frame["code"] == 200).count(), said + 1, "{heard:?}");
    // Who waits is heard again.
    let heard_again = async {
        loop {
            ann.text(HEARTBEAT.replace("u1", "ann")).await;
            if ann.next().await["code"] == 100 {
                return;
            }
        }
    };
    in_time("an ack", heard_again).await;
}

#[tokio::test]
async fn the_connections_of_a_user_share_one_measure() {
    let config = Config { rate_per_user: Some(Rate { per_second: 1, burst: 4 }), ..Config::on_free_port() };
    let server = Server::bind(config).await.unwrap();
    let heartbeat = HEARTBEAT.replace("u1", "ann");
    let mut codes = Vec::new();
    for _ in 0..4 {
        // One after the other: who comes again does not begin anew.
        let mut ann = Client::connect(&server, "ann").await;
        for _ in 0..3 {
            ann.text(heartbeat.clone()).await;
            codes.push(ann.next().await["code"].as_i64().unwrap());
        }
    }
    let refused = codes.iter().filter(|code| **code == 429).count();
    assert!(
        (3..=4).contains(&refused),
        "{codes:?}: the first of each connection is free, and 4 of the other 8"
    );
    let mut ben = Client::connect(&server, "ben").await;
    ben.fence().await;
}

/// Who may not say so much may not ask so much either.
#[tokio::test]
async fn what_a_user_asks_over_http_counts_as_well() {
    let config = Config { rate_per_user: Some(Rate { per_second: 1, burst: 4 }), ..Config::on_free_port() };
    let server = Server::bind(config).await.unwrap();
    let get = |user: &str| {
        format!(
            "GET /api/message/chatmsg?stream=s HTTP/1.1\r\nHost: localhost\r\nAuthorization: {user}\r\n\r\n"
        )
    };
    let mut refused = Vec::new();
    for _ in 0..8 {
        let (status, head, body) = exchange(server.local_addr(), &get("ann")).await;
        if status == 429 {
            assert_eq!(body["data"]["reason"], "rate_limited");
            assert!(head.contains("\r\nretry-after: 1"), "{head}");
            refused.push(body);
        }
    }
    assert!((3..=4).contains(&refused.len()), "{refused:?}");
    let question = r#"{"content":"?","streamId":"s"}"#;
    assert_eq!(crate::history::question(server.local_addr(), "ann", question).await.0, 429);
    assert_eq!(
        exchange(server.local_addr(), &get("ben")).await.0,
        200,
        "another user has a measure of their own"
    );
    let mut ann = Client::connect(&server, "ann").await;
    let mut codes = Vec::new();
    for _ in 0..2 {
        ann.text(HEARTBEAT.replace("u1", "ann")).await;
        codes.push(ann.next().await["code"].as_i64().unwrap());
    }
    assert_eq!(codes, [100, 429], "the first frame is free, and the rest is used up by what was asked");
}

#[tokio::test]
async fn one_address_does_not_get_all_the_places() {
    let config = Config {
        max_connections_per_address: 2,
        trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
        ..Config::on_free_port()
    };
    let server = Server::bind(config).await.unwrap();
    let from_one = "X-Forwarded-For: 203.0.113.9, 192.0.2.1\r\n";
    let first = upgrade(&server, from_one).await;
    let second = upgrade(&server, "X-Forwarded-For: 192.0.2.1\r\n").await;
    assert_eq!((first.0, second.0), (101, 101));
    let (status, mut third) = upgrade(&server, from_one).await;
    assert_eq!(status, 503);
    assert_eq!(
        String::from_utf8(third.rest().await).unwrap(),
        "There are too many connections from your address. Try again later.\n"
    );
    let others = [upgrade(&server, "X-Forwarded-For: 192.0.2.2\r\n").await, upgrade(&server, "").await];
    assert_eq!(others.map(|other| other.0), [101, 101]);
    drop(first);
    wait_for(&server, from_one, 101).await;
}

#[tokio::test]
async fn what_is_forwarded_is_not_believed_of_anybody() {
    let config = Config { max_connections_per_address: 1, ..Config::on_free_port() };
    let server = Server::bind(config).await.unwrap();
    let first = upgrade(&server, "X-Forwarded-For: 192.0.2.1\r\n").await;
    let second = upgrade(&server, "X-Forwarded-For: 192.0.2.2\r\n").await;
    assert_eq!((first.0, second.0), (101, 503));
}

#[tokio::test]
async fn those_who_do_not_say_who_they_are_leave_room_for_those_who_do() {
    let config = Config { max_unauthenticated: 2, ..Config::on_free_port() };
    let server = Server::bind(config).await.unwrap();
    let mut known = Vec::new();
    for number in 0..5 {
        known.push(Client::in_topic(&server, &format!("u{number}"), "t").await);
    }
    let mut strangers = [upgrade(&server, "").await, upgrade(&server, "").await];
    assert_eq!([strangers[0].0, strangers[1].0], [101, 101]);
    assert_eq!(upgrade(&server, "").await.0, 503);
    // What is refused makes nobody known.
    strangers[0].1.send(&frame(1, HEARTBEAT.replace(":1,", ":99,").as_bytes())).await;
    strangers[0].1.frame().await.unwrap();
    assert_eq!(upgrade(&server, "").await.0, 503);
    strangers[0].1.send(&frame(1, HEARTBEAT.as_bytes())).await;
    strangers[0].1.frame().await.unwrap();
    wait_for(&server, "", 101).await;
}

#[tokio::test]
async fn a_full_server_says_so() {
    let config = Config { max_connections: 1, drain: Duration::ZERO, ..Config::on_free_port() };
    let server = Server::bind(config).await.unwrap();
    let first = upgrade(&server, "").await;
    assert_eq!((first.0, upgrade(&server, "").await.0), (101, 503));
    drop(first);
    wait_for(&server, "", 101).await;
}
