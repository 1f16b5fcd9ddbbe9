//! Flags of the built program, and what clients and operators notice of them.

use std::time::SystemTime;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::client::{Client, data, in_time};
use crate::files::Folder;
use crate::history::exchange;
use crate::identity::{SECRET, es256, hs256};
use crate::program::{Log, program, signal, start};

/// The program on a free port, with these flags.
fn with(flags: &[&str]) -> tokio::process::Command {
    program(&[&["--listen", "127.0.0.1:0", "--drain-ms", "0"], flags].concat())
}

fn address(url: &str) -> &str {
    url.trim_start_matches("ws://")
}

/// Asks for an upgrade with these header fields, and returns the status.
async fn upgrade(url: &str, fields: &[(&'static str, &str)]) -> u16 {
    let mut request = url.into_client_request().unwrap();
    for (name, value) in fields {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    let stream = TcpStream::connect(address(url)).await.unwrap();
    match in_time("the handshake", tokio_tungstenite::client_async(request, stream)).await {
        Ok((mut ws, _)) => {
            let _ = ws.close(None).await;
            while let Some(Ok(_)) = in_time("the end", ws.next()).await {}
            101
        }
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => response.status().as_u16(),
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn every_limit_that_is_set_is_declared() {
    let flags = [
        "--heartbeat-timeout-ms=1111",
        "--auth-timeout-ms=2222",
        "--presence-grace-ms=3333",
        "--max-message-bytes=44444",
        "--max-topics=5",
        "--roster-max=6",
        "--max-queue-bytes=777777",
    ];
    let (_child, url) = start(with(&flags)).await;
    let joined = data(&Client::to(&url, "ann").await.join("t").await);
    assert_eq!(
        joined["limits"],
        json!({
            "heartbeatTimeoutMs": 1111,
            "authTimeoutMs": 2222,
            "presenceGraceMs": 3333,
            "maxMessageBytes": 44444,
            "maxTopics": 5,
            "rosterMax": 6,
            "maxQueueBytes": 777_777,
        })
    );
}

#[tokio::test]
async fn who_is_let_in_and_what_web_pages_may_read_is_said_by_flags() {
    let folder = Folder::new();
    let tokens = folder.file("tokens.json", r#"{"secret": "ann"}"#);
    let tokens = tokens.to_str().unwrap();
    let flags =
        ["--tokens", tokens, "--require-header", "--public-metrics", "--cors", "https://rooms.example"];
    let (_child, url) = start(with(&flags)).await;
    assert_eq!(upgrade(&url, &[]).await, 401);
    assert_eq!(upgrade(&url, &[("Authorization", "secret")]).await, 101);
    let request = "OPTIONS /api/message/chatmsg HTTP/1.1\r\nHost: x\r\nOrigin: https://rooms.example\r\n\r\n";
    let (status, head, _) = exchange(address(&url), request).await;
    assert_eq!(status, 204);
    assert!(head.contains("access-control-allow-origin: https://rooms.example\r\n"), "{head}");

    let (_child, url) = start(with(&["--max-connections-per-address", "0", "--max-connections", "1"])).await;
    let mut first = Client::to(&url, "ann").await;
    first.fence().await;
    assert_eq!(upgrade(&url, &[]).await, 503);
    let (_, head, _) = exchange(address(&url), request).await;
    assert!(!head.contains("access-control"), "nothing without a flag: {head}");
}

#[tokio::test]
async fn the_rates_are_said_by_flags() {
    for (flags, free) in [
        (["--rate-per-connection=1", "--burst-per-connection=3"], 0),
        // Nobody knows yet whose the first frame is.
        (["--rate-per-user=1", "--burst-per-user=3"], 1),
    ] {
        let (_child, url) = start(with(&flags)).await;
        let mut ann = Client::to(&url, "ann").await;
        for _ in 0..6 {
            ann.buffer(json!({ "token": "ann", "type": 1, "payLoad": "" }).to_string()).await;
        }
        ann.flush().await;
        let mut codes = Vec::new();
        for _ in 0..6 {
            codes.push(ann.next().await["code"].as_i64().unwrap());
        }
        assert_eq!(codes[..3 + free], [100; 4][..3 + free], "{flags:?}: {codes:?}");
        assert_eq!(codes[3 + free], 429, "{flags:?}: {codes:?}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn the_address_of_a_client_is_believed_of_trusted_proxies_alone() {
    for (flags, expected) in [(&["--trusted-proxy", "127.0.0.1"][..], "203.0.113.9"), (&[], "127.0.0.1")] {
        let flags = [flags, &["--log-format", "json"]].concat();
        let (mut child, url) = start(with(&flags)).await;
        let mut log = Log::of(&mut child);
        assert_eq!(upgrade(&url, &[("X-Forwarded-For", "198.51.100.1, 203.0.113.9")]).await, 101);
        let line: Value = serde_json::from_str(&log.wait_for("a connection ends").await).unwrap();
        assert_eq!(line["address"], expected, "{line}");
    }
}

/// Claims for so many seconds from now.
fn claims(user: &str, seconds: u64) -> Value {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    json!({
        "email": user,
        "sub": "not this one",
        "aud": ["shop", "rooms"],
        "exp": now + seconds,
        "nick": format!("{user} \u{e9}\u{1f600} \"of the token\""),
        "photo": format!("https://img.example/{user}.png"),
    })
}

#[cfg(unix)]
#[tokio::test]
async fn a_json_web_token_says_who_speaks_and_what_they_are_called() {
    let folder = Folder::new();
    let key = folder.file("key", SECRET);
    let flags = [
        "--jwt-key",
        key.to_str().unwrap(),
        "--jwt-audience=rooms",
        "--jwt-user-claim=email",
        "--jwt-name-claim=nick",
        "--jwt-picture-claim=photo",
        "--jwt-leeway-ms=0",
        "--require-header",
        "--log=trace",
    ];
    let (mut child, url) = start(with(&flags)).await;
    let mut log = Log::of(&mut child);
    let [ann, ben] = ["ann", "ben"].map(|user| hs256(&claims(user, 1000)));
    assert_eq!(upgrade(&url, &[("Authorization", "ann")]).await, 401);
    assert_eq!(upgrade(&url, &[("Authorization", &hs256(&claims("ann", 0)))]).await, 401, "it is over");
    let mut members = Vec::new();
    for token in [&ann, &ben] {
        let mut request = url.as_str().into_client_request().unwrap();
        request.headers_mut().insert("Authorization", format!("Bearer {token}").parse().unwrap());
        let stream = TcpStream::connect(address(&url)).await.unwrap();
        members.push(tokio_tungstenite::client_async(request, stream).await.unwrap().0);
    }
    let frame = |token: &str, number: i64, payload: Value| {
        Message::text(json!({ "token": token, "type": number, "payLoad": payload.to_string() }).to_string())
    };
    members[0].send(frame(&ann, 3, json!({ "topic": "t" }))).await.unwrap();
    let joined = next(&mut members[0], 201).await;
    assert_eq!(data(&joined)["user"], "ann", "by the claim of the flag");
    let list = data(&next(&mut members[0], 205).await);
    let shown = |user: &str, name: &str| json!({ "user": user, "displayName": name, "avatarurl": format!("https://img.example/{user}.png") });
    assert_eq!(list["users"], json!([shown("ann", "ann \u{e9}\u{1f600} \"of the token\"")]));
    // What a join says itself comes first.
    members[1].send(frame(&ben, 3, json!({ "topic": "t", "displayName": "Ben himself" }))).await.unwrap();
    let change = data(&next(&mut members[0], 206).await);
    assert_eq!(change["joined"], json!([shown("ben", "Ben himself")]));
    // Over HTTP the same token stands for the same user.
    let body = r#"{"content":"?","streamId":"s"}"#;
    let request = format!(
        "POST /api/question/add HTTP/1.1\r\nHost: x\r\nAuthorization: {ann}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    assert_eq!(exchange(address(&url), &request).await.0, 200);
    let info = data(&next(&mut members[1], 200).await);
    assert_eq!((&info["user"], &info["type"]), (&json!("ann"), &json!("question")));

    // Another key takes over: the tokens of before are of no use, on connections that are open too.
    folder.file("key", "another secret, as long as it has to be");
    signal(&child, "HUP");
    log.wait_for("read tokens, keys and certificate again").await;
    members[0].send(frame(&ann, 1, json!({}))).await.unwrap();
    assert_eq!(data(&next(&mut members[0], 401).await)["reason"], "unauthenticated");
    signal(&child, "TERM");
    let log = log.whole().await;
    let kept_secret = |token: &str| token.split('.').all(|part| !log.contains(part));
    assert!(kept_secret(&ann) && kept_secret(&ben), "{log}");
}

/// Skips to the frame with this code.
async fn next(ws: &mut tokio_tungstenite::WebSocketStream<TcpStream>, code: u64) -> Value {
    loop {
        let message = in_time("a frame", ws.next()).await.unwrap().unwrap();
        let frame: Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
        if frame["code"] == code {
            return frame;
        }
    }
}

/// Whoever signs may change to another key without keeping anybody out: both are trusted for a while.
#[tokio::test]
async fn several_keys_are_trusted_side_by_side_and_one_algorithm() {
    let folder = Folder::new();
    let new = folder.file("new", "another secret, as long as it has to be");
    let keys = format!("{},{}", new.display(), folder.file("old", SECRET).display());
    let flags = ["--jwt-key", &keys, "--jwt-audience=rooms", "--jwt-user-claim=email"];
    let (_child, url) = start(with(&flags)).await;
    let mut ann = Client::to(&url, &hs256(&claims("ann", 1000))).await;
    assert_eq!(data(&ann.join("t").await)["user"], "ann");
    ann.fence().await;
    ann.user = es256(&claims("ann", 1000));
    assert_eq!(ann.join("t").await["code"], 401, "of another algorithm");
}
