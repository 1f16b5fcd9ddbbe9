//! Each stub does what it says, and nothing else. Silence is proved by what comes instead, never by a wait.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, error::ProtocolError},
};

use super::{RunningStub, Stub, start};

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn connect(stub: Stub) -> (RunningStub, Client) {
    let running = start(stub).await.unwrap();
    let (client, _) = connect_async(running.url()).await.unwrap();
    (running, client)
}

async fn send(client: &mut Client, kind: i64, id: &str) {
    let request = json!({ "token": "u1", "type": kind, "payLoad": "{\"topic\":\"t\"}", "id": id });
    client.send(Message::from(request.to_string())).await.unwrap();
}

async fn next(client: &mut Client) -> Option<Result<Message, Error>> {
    timeout(Duration::from_secs(10), client.next())
        .await
        .expect("the stub should have done something within 10 s")
}

async fn next_frame(client: &mut Client) -> Value {
    let message = next(client).await.unwrap().unwrap();
    serde_json::from_str(message.to_text().unwrap()).unwrap()
}

#[tokio::test]
async fn the_mute_one_ends_without_a_word() {
    let (_running, mut client) = connect(Stub::Mute).await;
    send(&mut client, 1, "h").await;
    client.send(Message::Ping("p".into())).await.unwrap();
    client.close(None).await.unwrap();
    tokio::io::AsyncWriteExt::shutdown(client.get_mut()).await.unwrap();
    let end = next(&mut client).await;
    assert!(
        matches!(end, Some(Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)))),
        "{end:?}"
    );
}

#[tokio::test]
async fn the_three_that_end_end_each_in_its_own_way() {
    let (_running, mut client) = connect(Stub::Closes).await;
    assert!(
        matches!(next(&mut client).await, Some(Ok(Message::Close(Some(frame)))) if frame.code == 1000.into())
    );

    let (_running, mut client) = connect(Stub::HangsUp).await;
    let end = next(&mut client).await;
    assert!(
        matches!(end, Some(Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)))),
        "{end:?}"
    );

    let (_running, mut client) = connect(Stub::Resets).await;
    send(&mut client, 1, "h").await;
    let end = next(&mut client).await;
    assert!(
        matches!(&end, Some(Err(Error::Io(error))) if error.kind() == std::io::ErrorKind::ConnectionReset),
        "{end:?}"
    );
}

#[tokio::test]
async fn those_that_know_one_thing_answer_that_alone() {
    let (_running, mut client) = connect(Stub::OnlyJoins).await;
    send(&mut client, 1, "h").await;
    send(&mut client, 3, "j").await;
    let frame = next_frame(&mut client).await;
    assert_eq!((&frame["code"], &frame["id"]), (&json!(201), &json!("j")));

    let (_running, mut client) = connect(Stub::OnlyHeartbeats).await;
    send(&mut client, 3, "j").await;
    send(&mut client, 1, "h").await;
    let frame = next_frame(&mut client).await;
    assert_eq!((&frame["code"], &frame["id"]), (&json!(100), &json!("h")));
}

#[tokio::test]
async fn the_echo_sends_back_what_it_gets() {
    let (_running, mut client) = connect(Stub::Echoes).await;
    send(&mut client, 3, "j").await;
    assert_eq!(next_frame(&mut client).await["payLoad"], "{\"topic\":\"t\"}");
}

#[tokio::test]
async fn the_babbler_says_many_kinds_of_frames() {
    let (_running, mut client) = connect(Stub::Babbles).await;
    let mut codes = std::collections::HashSet::new();
    for _ in 0..200 {
        send(&mut client, 3, "j").await;
        client.send(Message::Ping("p".into())).await.unwrap();
        while let Ok(Message::Text(text)) = next(&mut client).await.unwrap() {
            codes.insert(serde_json::from_str::<Value>(&text).unwrap()["code"].as_i64());
        }
    }
    // 100, 200 to 206, and at least one error.
    assert!(codes.len() > 7, "only {codes:?}");
}

#[tokio::test]
async fn those_that_refuse_refuse_everything() {
    for stub in Stub::ALL {
        let Stub::Refuses(code, reason) = stub else { continue };
        let (_running, mut client) = connect(stub).await;
        for kind in [1, 3, 77] {
            send(&mut client, kind, "i").await;
            let frame = next_frame(&mut client).await;
            let data: Value = serde_json::from_str(frame["data"].as_str().unwrap()).unwrap();
            assert_eq!((&frame["code"], &data["reason"]), (&json!(code), &json!(reason)));
        }
    }
    let running = start(Stub::RefusesUpgrades).await.unwrap();
    let refusal = connect_async(running.url()).await.unwrap_err();
    assert!(matches!(refusal, Error::Http(answer) if answer.status() == 400));
}
