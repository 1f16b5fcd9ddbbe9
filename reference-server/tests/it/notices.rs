//! Private words, and those of the server itself.

use roomwire_server::{Config, Server};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Client, data, full_server, in_time};

/// The frames of notices, and refusals, among these.
fn words_of(frames: Vec<Value>) -> Vec<Value> {
    frames.into_iter().filter(|frame| frame["type"] == 4).collect()
}

fn codes(frames: &[Value]) -> Vec<i64> {
    frames.iter().map(|frame| frame["code"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn a_notice_reaches_each_connection_of_its_target_in_the_topic_and_nobody_else() {
    let server = full_server().await;
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    let mut bob = Client::in_topic(&server, "bob", "t").await;
    let mut bob_too = Client::in_topic(&server, "bob", "t").await;
    let mut bob_elsewhere = Client::in_topic(&server, "bob", "elsewhere").await;
    let mut cid = Client::in_topic(&server, "cid", "t").await;
    let data_sent =
        json!({ "n": [1.5, -0.0, 1e300, 12_345_678_901_234_567_890_u64], "s": "\u{0}🙂\"", "null": null });
    let payload = json!({ "topic": "t", "to": "bob", "data": data_sent, "from": "mallory" }).to_string();
    ann.text(json!({ "token": "ann", "type": 4, "payLoad": payload, "id": "n-1" }).to_string()).await;
    let answers = words_of(ann.fence().await);
    assert_eq!(codes(&answers), [202]);
    assert_eq!(answers[0]["id"], "n-1");
    assert_eq!(data(&answers[0]), json!({ "topic": "t", "to": "bob" }));
    for connection in [&mut bob, &mut bob_too] {
        let heard = words_of(connection.fence().await);
        assert_eq!(codes(&heard), [203]);
        assert_eq!(heard[0].get("id"), None);
        assert_eq!(data(&heard[0]), json!({ "topic": "t", "from": "ann", "data": data_sent }));
    }
    for connection in [&mut bob_elsewhere, &mut cid] {
        assert!(words_of(connection.fence().await).is_empty());
    }
}

#[tokio::test]
async fn a_notice_to_oneself_comes_behind_its_answer_and_counts_in_no_order() {
    let server = full_server().await;
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    ann.ask(4, json!({ "topic": "t", "to": "ann", "data": null })).await;
    let heard = words_of(ann.fence().await);
    assert_eq!(codes(&heard), [202, 203]);
    assert_eq!(data(&heard[1]), json!({ "topic": "t", "from": "ann", "data": null }));
    ann.say("t", "x").await;
    assert_eq!(ann.next().await["seq"], 1);
}

#[tokio::test]
async fn a_notice_that_cannot_arrive_is_refused() {
    let server = full_server().await;
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    let _zoe = Client::in_topic(&server, "zoe", "elsewhere").await;
    for (payload, reason) in [
        (json!({ "topic": "t", "to": "zoe", "data": 1 }), "no_such_member"),
        (json!({ "topic": "elsewhere", "to": "zoe", "data": 1 }), "not_joined"),
        (json!({ "topic": "t", "to": "ann" }), "invalid_payload"),
        (json!({ "topic": "t", "to": "", "data": 1 }), "invalid_payload"),
        (json!({ "topic": "t", "data": 1 }), "invalid_payload"),
    ] {
        let answers = words_of(ann.answers(ann.frame(4, &payload)).await);
        assert_eq!(answers.len(), 1, "{payload}");
        assert_eq!(data(&answers[0])["reason"], reason, "{payload}");
        assert_eq!(answers[0]["topic"], payload["topic"]);
    }
}

/// Sends the operator's request and returns the status and the body of the answer.
async fn operator(server: &Server, request: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(server.admin_addr().unwrap()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    in_time("the answer", stream.read_to_string(&mut answer)).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), serde_json::from_str(body).unwrap())
}

fn post(body: &str, fields: &str) -> String {
    format!(
        "POST /announce HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n{fields}\r\n{body}",
        body.len()
    )
}

#[tokio::test]
async fn the_operator_announces_to_a_topic_or_to_all_who_are_known() {
    let server = Server::bind(Config { admin: Some(([127, 0, 0, 1], 0).into()), ..Config::on_free_port() });
    let server = server.await.unwrap();
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    let mut bob = Client::in_topic(&server, "bob", "elsewhere").await;
    let mut stranger = Client::connect(&server, "stranger").await;
    let json_fields = "Host: localhost\r\nContent-Type: application/json\r\n";
    let (status, answer) =
        operator(&server, &post(r#"{"topic":"t","data":{"text":"hear"}}"#, json_fields)).await;
    assert_eq!((status, answer), (200, json!({ "connections": 1 })));
    let heard = words_of(ann.fence().await);
    assert_eq!(codes(&heard), [203]);
    assert_eq!(data(&heard[0]), json!({ "topic": "t", "data": { "text": "hear" } }));
    let (status, answer) = operator(&server, &post(r#"{"data":null}"#, json_fields)).await;
    assert_eq!((status, answer), (200, json!({ "connections": 2 })));
    for connection in [&mut ann, &mut bob] {
        assert_eq!(data(&words_of(connection.fence().await)[0]), json!({ "data": null }));
    }
    assert!(stranger.fence().await.is_empty(), "nobody knows yet who that is");
    let (status, answer) = operator(&server, &post(r#"{"topic":"nowhere","data":1}"#, json_fields)).await;
    assert_eq!((status, answer), (200, json!({ "connections": 0 })));
}

#[tokio::test]
async fn what_is_no_announcement_is_refused_and_so_is_a_web_page() {
    let server = Server::bind(Config { admin: Some(([127, 0, 0, 1], 0).into()), ..Config::on_free_port() });
    let server = server.await.unwrap();
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    ann.fence().await;
    let good = r#"{"data":1}"#;
    for (request, expected) in [
        (post(good, "Host: localhost\r\nContent-Type: text/plain\r\n"), 415),
        (post(good, "Host: rebound.test\r\nContent-Type: application/json\r\n"), 403),
        (post("{}", "Host: localhost\r\nContent-Type: application/json\r\n"), 422),
        (post(r#"{"topic":"","data":1}"#, "Host: localhost\r\nContent-Type: application/json\r\n"), 422),
        (
            post(
                &format!("{{\"data\":\"{}\"}}", "x".repeat(70_000)),
                "Host: localhost\r\nContent-Type: application/json\r\n",
            ),
            413,
        ),
        ("GET /announce HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".into(), 405),
        ("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".into(), 404),
    ] {
        assert_eq!(operator(&server, &request).await.0, expected, "{request:.200}");
    }
    assert!(ann.fence().await.is_empty());
}
