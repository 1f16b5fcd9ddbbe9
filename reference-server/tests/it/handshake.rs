//! The opening handshake, and what is no handshake.

use roomwire_server::{Config, Server};

use crate::client::{Client, core, server};
use crate::raw::{ACK, HEARTBEAT, Raw, UPGRADE, frame};

/// Sends a request and returns the head of the answer, in lower case.
async fn answer(server: &Server, request: &str) -> String {
    let mut raw = Raw::connect(server).await;
    raw.send(request.as_bytes()).await;
    raw.head().await
}

fn status(head: &str) -> u16 {
    head.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn any_path_is_upgraded() {
    let server = server().await;
    for target in ["/", "/chat", "/a/b/c?x=1&y=%20", "*", "/api/message/chatmsg"] {
        let head = answer(&server, &format!("GET {target} HTTP/1.1\r\n{UPGRADE}\r\n")).await;
        assert_eq!(status(&head), 101, "{target}: {head}");
        assert!(head.contains("sec-websocket-accept: s3pplmbitxaq9kygzzhzrbk+xoo=\r\n"), "{head}");
        assert!(!head.contains("sec-websocket-protocol"), "{head}");
    }
}

#[tokio::test]
async fn header_words_are_read_in_any_case_and_among_others() {
    let server = server().await;
    let request = "GET / HTTP/1.1\r\nHost: x\r\nCONNECTION: keep-alive\r\nConnection: foo, upgrade\r\nupgrade: WebSocket\r\n\
                   sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    assert_eq!(status(&answer(&server, request).await), 101);
}

#[tokio::test]
async fn the_subprotocol_is_selected_wherever_it_is_offered() {
    let server = server().await;
    for (offer, selected) in [
        ("Sec-WebSocket-Protocol: roomwire.v1\r\n", true),
        ("Sec-WebSocket-Protocol: chat, roomwire.v1,mqtt\r\n", true),
        ("Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Protocol: mqtt, roomwire.v1\r\n", true),
        ("Sec-WebSocket-Protocol: roomwire.v2\r\n", false),
        ("Sec-WebSocket-Protocol: Roomwire.V1\r\n", false),
        ("Sec-WebSocket-Protocol: roomwire.v10, roomwire\r\n", false),
    ] {
        let head = answer(&server, &format!("GET / HTTP/1.1\r\n{UPGRADE}{offer}\r\n")).await;
        assert_eq!(status(&head), 101, "{offer}");
        assert_eq!(head.contains("sec-websocket-protocol: roomwire.v1\r\n"), selected, "{offer}{head}");
        assert_eq!(head.matches("sec-websocket-protocol").count(), usize::from(selected));
    }
}

#[tokio::test]
async fn a_broken_upgrade_is_refused() {
    let server = server().await;
    for (broken, code) in [
        (UPGRADE.replace("Sec-WebSocket-Key", "X-Key"), 400),
        (UPGRADE.replace("Version: 13", "Version: 8"), 426),
        (UPGRADE.replace("Sec-WebSocket-Version", "X-Version"), 426),
        (UPGRADE.replace("Connection: Upgrade", "Connection: close"), 400),
        (UPGRADE.replace("Upgrade: websocket", "Upgrade: h2c"), 426),
        ("Host: localhost\r\n".to_owned(), 426),
        (format!("{UPGRADE}Content-Length: 5\r\n"), 400),
        (format!("{UPGRADE}Transfer-Encoding: chunked\r\n"), 400),
        (format!("{UPGRADE}Content-Length: 0\r\n"), 101),
    ] {
        let head = answer(&server, &format!("GET / HTTP/1.1\r\n{broken}\r\n")).await;
        assert_eq!(status(&head), code, "{broken}{head}");
    }
    assert_eq!(status(&answer(&server, &format!("GET / HTTP/1.0\r\n{UPGRADE}\r\n")).await), 400);
    assert_eq!(status(&answer(&server, &format!("PUT / HTTP/1.1\r\n{UPGRADE}\r\n")).await), 400);
    assert_eq!(status(&answer(&server, "nonsense\r\n\r\n").await), 400);
    let endless = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(20_000));
    assert_eq!(status(&answer(&server, &endless).await), 431);
}

#[tokio::test]
async fn a_refused_request_with_a_long_body_gets_its_answer() {
    let server = server().await;
    let mut raw = Raw::connect(&server).await;
    raw.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 20000000\r\n\r\n").await;
    for _ in 0..400 {
        raw.send(&vec![b'x'; 50_000]).await;
    }
    let answer = String::from_utf8(raw.rest().await).unwrap();
    assert_eq!(status(&answer), 426, "{answer}");
}

#[tokio::test]
async fn a_frame_right_behind_the_request_is_not_lost() {
    let server = server().await;
    let mut raw = Raw::connect(&server).await;
    let mut bytes = format!("GET / HTTP/1.1\r\n{UPGRADE}\r\n").into_bytes();
    bytes.extend(frame(1, HEARTBEAT.as_bytes()));
    raw.send(&bytes).await;
    assert_eq!(status(&raw.head().await), 101);
    assert_eq!(raw.frame().await, Some((1, ACK.into())));
}

#[tokio::test]
async fn a_full_server_answers_503_and_has_room_again_later() {
    let server = Server::bind(Config { max_connections: 1, ..core() }).await.unwrap();
    let mut only = Client::connect(&server, "u").await;
    only.fence().await;
    let request = format!("GET / HTTP/1.1\r\n{UPGRADE}\r\n");
    let head = answer(&server, &request).await;
    assert_eq!(status(&head), 503, "{head}");
    assert!(head.contains("retry-after: 5"), "{head}");
    only.ws.close(None).await.unwrap();
    only.end().await;
    drop(only);
    // The place is free once the server has seen the end of that connection, which is soon.
    while status(&answer(&server, &request).await) != 101 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_request_that_does_not_end_is_given_up() {
    let mut config = core();
    config.limits.auth_timeout_ms = 200;
    let server = Server::bind(config).await.unwrap();
    let mut raw = Raw::connect(&server).await;
    raw.send(b"GET / HTTP/1.1\r\nHost: ").await;
    raw.rest().await;
}
