//! TLS, with certificates that are made here.

use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use roomwire_server::{Config, Server, TlsFiles};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_tungstenite::tungstenite::Message;

use crate::client::in_time;
use crate::files::Folder;
use crate::program::{Log, program, signal, start};
use crate::raw::{ACK, HEARTBEAT, Raw, frame};

struct Certificate {
    der: CertificateDer<'static>,
    pem: String,
    key: String,
}

fn certificate() -> Certificate {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    Certificate { der: cert.der().clone(), pem: cert.pem(), key: signing_key.serialize_pem() }
}

fn write(folder: &Folder, certificate: &Certificate) -> TlsFiles {
    TlsFiles {
        cert: folder.file("cert.pem", &certificate.pem),
        key: folder.file("key.pem", &certificate.key),
    }
}

async fn connect(server: &Server, trusted: &Certificate) -> std::io::Result<TlsStream<TcpStream>> {
    connect_to(&server.local_addr().to_string(), trusted).await
}

/// Shakes hands as a client that trusts this certificate alone.
async fn connect_to(address: &str, trusted: &Certificate) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.der.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    in_time("the handshake", TlsConnector::from(Arc::new(config)).connect(name, stream)).await
}

#[tokio::test]
async fn a_client_talks_within_tls_up_to_the_close() {
    let (folder, certificate) = (Folder::new(), certificate());
    let config = Config { tls: Some(write(&folder, &certificate)), ..Config::on_free_port() };
    let server = Server::bind(config).await.unwrap();
    assert!(server.url().starts_with("wss://127.0.0.1:"));
    let stream = connect(&server, &certificate).await.unwrap();
    let (mut ws, _) = tokio_tungstenite::client_async("ws://localhost/", stream).await.unwrap();
    // Longer than a record of TLS, and than what one takes at once.
    let join = HEARTBEAT.replace(":1,", ":3,").replace("\"\"", r#""{\"topic\":\"t\"}""#);
    ws.send(Message::text(join)).await.unwrap();
    let long = "x".repeat(60_000);
    let info = serde_json::json!({ "user": "u1", "content": long, "type": "message" }).to_string();
    let chat = serde_json::json!({ "topic": "t", "chatInfo": info }).to_string();
    for _ in 0..8 {
        ws.feed(Message::text(serde_json::json!({ "token": "u1", "type": 2, "payLoad": chat }).to_string()))
            .await
            .unwrap();
    }
    ws.feed(Message::text(HEARTBEAT)).await.unwrap();
    ws.flush().await.unwrap();
    let mut chats = 0;
    loop {
        let text = in_time("a frame", ws.next()).await.unwrap().unwrap().into_text().unwrap();
        if text == ACK {
            break;
        }
        chats += usize::from(text.contains(&long));
    }
    assert_eq!(chats, 8);
    let (ended, ()) = tokio::join!(
        async {
            let mut last = None;
            while let Some(Ok(message)) = in_time("the end", ws.next()).await {
                last = Some(message);
            }
            last
        },
        server.shutdown()
    );
    let Some(Message::Close(Some(close))) = ended else { panic!("{ended:?}") };
    assert_eq!(u16::from(close.code), 4202);
}

#[tokio::test]
async fn a_new_certificate_is_shown_after_it_was_read_again_and_a_broken_one_is_not() {
    let (folder, old, new) = (Folder::new(), certificate(), certificate());
    let config = Config { tls: Some(write(&folder, &old)), ..Config::on_free_port() };
    let server = Server::bind(config).await.unwrap();
    connect(&server, &old).await.unwrap();
    folder.file("cert.pem", &new.pem);
    let errors = server.reload().unwrap_err();
    assert!(errors[0].to_string().contains("it is not the key of the certificate in"), "{errors:?}");
    connect(&server, &old).await.unwrap();
    write(&folder, &new);
    server.reload().unwrap();
    assert!(connect(&server, &old).await.is_err());
    connect(&server, &new).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_hangup_makes_the_program_show_another_certificate_to_those_who_come_then() {
    let (folder, old, new) = (Folder::new(), certificate(), certificate());
    let files = write(&folder, &old);
    let (cert, key) = (files.cert.to_str().unwrap(), files.key.to_str().unwrap());
    let flags = ["--listen", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key, "--drain-ms", "0"];
    let (mut child, url) = start(program(&flags)).await;
    let (mut log, address) = (Log::of(&mut child), url.trim_start_matches("wss://"));
    let stream = connect_to(address, &old).await.unwrap();
    let (mut ws, _) = tokio_tungstenite::client_async("ws://localhost/", stream).await.unwrap();
    folder.file("cert.pem", &new.pem);
    signal(&child, "HUP");
    let line = log.wait_for("not read again").await;
    assert!(line.contains("it is not the key of the certificate in"), "{line}");
    connect_to(address, &old).await.unwrap();
    write(&folder, &new);
    signal(&child, "HUP");
    log.wait_for("read tokens, keys and certificate again").await;
    assert!(connect_to(address, &old).await.is_err());
    connect_to(address, &new).await.unwrap();
    ws.send(Message::text(HEARTBEAT)).await.unwrap();
    let answer = in_time("an ack", ws.next()).await.unwrap().unwrap();
    assert_eq!(answer.into_text().unwrap(), ACK, "who was there stays");
}

#[tokio::test]
async fn files_that_cannot_do_are_refused_with_the_reason() {
    let (folder, one, other) = (Folder::new(), certificate(), certificate());
    let nothing = folder.file("nothing.pem", "nothing\n");
    let cut = folder.file("cut.pem", &one.pem[..one.pem.len() / 2]);
    let good = write(&folder, &one);
    let other_key = folder.file("other.pem", &other.key);
    for (cert, key, words) in [
        (&good.cert, &other_key, "it is not the key of the certificate in"),
        (&nothing, &good.key, "there is no certificate in it"),
        (&good.cert, &nothing, "there is no private key in it"),
        (&good.cert, &good.cert, "there is no private key in it"),
        (&cut, &good.key, "expected PEM"),
        (&"/nowhere".into(), &good.key, "No such file"),
    ] {
        let tls = Some(TlsFiles { cert: cert.clone(), key: key.clone() });
        let error = Server::bind(Config { tls, ..Config::on_free_port() }).await.unwrap_err().to_string();
        assert!(error.starts_with("--tls-") && error.contains(words), "{words}: {error}");
    }
}

#[tokio::test]
async fn who_speaks_no_tls_is_not_served_and_disturbs_nobody() {
    let (folder, certificate) = (Folder::new(), certificate());
    let config = Config { tls: Some(write(&folder, &certificate)), ..Config::on_free_port() };
    let server = Server::bind(config).await.unwrap();
    let mut plain = Raw::connect(&server).await;
    plain.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(!String::from_utf8_lossy(&plain.rest().await).contains("HTTP/1.1 200"));
    let mut garbage = Raw::connect(&server).await;
    garbage.send(&frame(1, &[0x16; 300])).await;
    let mut rest = Vec::new();
    let _ = in_time("the end", garbage.stream.read_to_end(&mut rest)).await;
    connect(&server, &certificate).await.unwrap();
}

#[tokio::test]
async fn members_on_different_threads_hear_one_another_within_tls() {
    let (folder, certificate) = (Folder::new(), certificate());
    let files = write(&folder, &certificate);
    let (cert, key) = (files.cert.to_str().unwrap(), files.key.to_str().unwrap());
    let flags = ["--listen", "127.0.0.1:0", "--threads", "2", "--tls-cert", cert, "--tls-key", key];
    let (_child, url) = start(program(&flags)).await;
    let mut members = Vec::new();
    for number in 0..4 {
        let stream = connect_to(url.trim_start_matches("wss://"), &certificate).await.unwrap();
        let (mut ws, _) = tokio_tungstenite::client_async("ws://localhost/", stream).await.unwrap();
        let join =
            serde_json::json!({ "token": format!("u{number}"), "type": 3, "payLoad": r#"{"topic":"t"}"# });
        ws.send(Message::text(join.to_string())).await.unwrap();
        let joined = in_time("a 201", ws.next()).await.unwrap().unwrap().into_text().unwrap();
        assert!(joined.contains("201"), "{joined}");
        members.push(ws);
    }
    for (number, ws) in members.iter_mut().enumerate() {
        for count in 0..50 {
            let info = serde_json::json!({ "user": format!("u{number}"), "content": format!("{count} {}", "x".repeat(2000)), "type": "message" });
            let chat = serde_json::json!({ "topic": "t", "chatInfo": info.to_string() }).to_string();
            let frame = serde_json::json!({ "token": format!("u{number}"), "type": 2, "payLoad": chat });
            ws.feed(Message::text(frame.to_string())).await.unwrap();
        }
        ws.flush().await.unwrap();
    }
    let mut heard = Vec::new();
    for ws in &mut members {
        let mut chats = Vec::new();
        while chats.len() < 200 {
            match in_time("a chat", ws.next()).await {
                Some(Ok(Message::Text(text))) if text.contains("\"code\":200") => chats.push(text),
                Some(Ok(Message::Text(text))) if text.contains("\"type\":5") => {}
                other => panic!("{other:?} after {} chats", chats.len()),
            }
        }
        heard.push(chats);
    }
    assert!(heard.iter().all(|chats| *chats == heard[0]), "all the same, in one order");
}
