//! Stubs: servers that do next to nothing, or nonsense. None of them may pass a single required case, however little
//! a case asks for: what a stub passes proves nothing about a server.

mod babble;
#[cfg(test)]
mod trial;

use std::{io, net::SocketAddr};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};
use tokio_tungstenite::{
    WebSocketStream, accept_async,
    tungstenite::{
        Message,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};

use babble::Babbler;

/// What a stub does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stub {
    /// Takes the upgrade, reads everything, and says nothing: no pong, no close.
    Mute,
    /// Takes the upgrade and closes with 1000.
    Closes,
    /// Takes the upgrade and ends the connection without a close frame.
    HangsUp,
    /// Takes the upgrade and resets the connection when the first byte comes.
    Resets,
    /// Sends back what it gets.
    Echoes,
    /// Answers every frame with random ones that have the protocol's shape.
    Babbles,
    /// Answers joins, and nothing else.
    OnlyJoins,
    /// Answers joins, claims all profiles, and does nothing else.
    ClaimsAll,
    /// Acks heartbeats, and does nothing else.
    OnlyHeartbeats,
    /// Answers every frame with this error.
    Refuses(u16, &'static str),
    /// Answers every upgrade with HTTP 400.
    RefusesUpgrades,
}

impl Stub {
    /// Each stub once.
    pub(crate) const ALL: [Self; 17] = [
        Self::Mute,
        Self::Closes,
        Self::HangsUp,
        Self::Resets,
        Self::Echoes,
        Self::Babbles,
        Self::OnlyJoins,
        Self::ClaimsAll,
        Self::OnlyHeartbeats,
        Self::Refuses(400, "malformed_envelope"),
        Self::Refuses(401, "unauthenticated"),
        Self::Refuses(403, "not_joined"),
        Self::Refuses(422, "invalid_payload"),
        Self::Refuses(429, "rate_limited"),
        Self::Refuses(501, "unknown_type"),
        Self::Refuses(503, "unavailable"),
        Self::RefusesUpgrades,
    ];
}

/// A stub at work; it and all its connections end when it is dropped.
#[derive(Debug)]
pub(crate) struct RunningStub {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl RunningStub {
    /// Where clients connect.
    pub(crate) fn url(&self) -> String {
        format!("ws://{}/", self.address)
    }
}

impl Drop for RunningStub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Starts a stub on loopback.
///
/// # Errors
/// When no port can be had.
pub(crate) async fn start(stub: Stub) -> io::Result<RunningStub> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    let task = tokio::spawn(async move {
        let mut connections = JoinSet::new();
        let mut count = 0;
        loop {
            tokio::select! {
                Ok((stream, _)) = listener.accept() => {
                    count += 1;
                    connections.spawn(serve(stub, stream, count));
                }
                Some(_) = connections.join_next() => {}
                else => return,
            }
        }
    });
    Ok(RunningStub { address, task })
}

/// Serves one connection; whatever goes wrong on it ends it, and nothing else.
async fn serve(stub: Stub, mut stream: TcpStream, number: u64) {
    let _ = stream.set_nodelay(true);
    if stub == Stub::RefusesUpgrades {
        let _ = refuse_upgrade(&mut stream).await;
        return;
    }
    let Ok(socket) = accept_async(stream).await else { return };
    let _ = match stub {
        Stub::Mute => drain(socket.into_inner()).await,
        Stub::HangsUp => hang_up(socket.into_inner()).await,
        Stub::Resets => reset(socket.into_inner()).await,
        Stub::Closes => close(socket).await,
        _ => answer(stub, socket, Babbler::new(number)).await,
    };
}

async fn refuse_upgrade(stream: &mut TcpStream) -> io::Result<()> {
    // The head is read first: a reset would come of bytes that nobody read.
    let mut head = vec![0; 4096];
    let _ = stream.read(&mut head).await?;
    stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await?;
    stream.shutdown().await
}

async fn drain(mut stream: TcpStream) -> io::Result<()> {
    let mut sink = tokio::io::sink();
    tokio::io::copy(&mut stream, &mut sink).await.map(drop)
}

async fn hang_up(mut stream: TcpStream) -> io::Result<()> {
    stream.shutdown().await?;
    drain(stream).await
}

async fn reset(mut stream: TcpStream) -> io::Result<()> {
    let mut byte = [0];
    let _ = stream.read(&mut byte).await?;
    stream.set_zero_linger()
}

async fn close(mut socket: WebSocketStream<TcpStream>) -> io::Result<()> {
    let frame = CloseFrame { code: CloseCode::Normal, reason: "".into() };
    socket.close(Some(frame)).await.map_err(io::Error::other)?;
    while let Some(Ok(_)) = socket.next().await {}
    Ok(())
}

async fn answer(stub: Stub, mut socket: WebSocketStream<TcpStream>, mut babbler: Babbler) -> io::Result<()> {
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else { continue };
        let request = serde_json::from_str::<Value>(&text).unwrap_or(Value::Null);
        let answers = match stub {
            Stub::Echoes => vec![text.to_string()],
            Stub::Babbles => babbler.answer(&request),
            Stub::OnlyJoins if request["type"] == 3 => vec![joined(&request, &CORE)],
            Stub::ClaimsAll if request["type"] == 3 => vec![joined(&request, &PROFILES)],
            Stub::OnlyHeartbeats if request["type"] == 1 => vec![frame(&request, 100, "")],
            Stub::Refuses(code, reason) => vec![frame(&request, code, &error(reason).to_string())],
            _ => Vec::new(),
        };
        for answer in answers {
            socket.send(Message::from(answer)).await.map_err(io::Error::other)?;
        }
    }
    Ok(())
}

/// A frame in answer to a request, with its type and id.
fn frame(request: &Value, code: u16, data: &str) -> String {
    let kind = request["type"].as_i64().unwrap_or_default();
    let mut frame = json!({ "type": kind, "code": code, "data": data });
    if let Some(id) = request["id"].as_str() {
        frame["id"] = id.into();
    }
    frame.to_string()
}

fn error(reason: &str) -> Value {
    let mut error = json!({ "reason": reason });
    if reason == "rate_limited" {
        error["retryAfterMs"] = 1.into();
    }
    error
}

/// What a server claims that does the least.
const CORE: [&str; 1] = ["core"];
/// All that there is to claim.
const PROFILES: [&str; 5] = ["core", "presence", "notice", "resume", "history"];

fn joined(request: &Value, profiles: &[&str]) -> String {
    let topic = request["payLoad"].as_str().and_then(|it| serde_json::from_str::<Value>(it).ok());
    let topic = topic.map_or(Value::Null, |payload| payload["topic"].clone());
    let mut data = join_data(&topic, &request["token"], 0);
    data["profiles"] = profiles.into();
    if profiles.contains(&"presence") {
        data["limits"]["presenceGraceMs"] = 0.into();
        data["limits"]["rosterMax"] = 200.into();
    }
    frame(request, 201, &data.to_string())
}

/// The `data` of a 201 from a server with profile core alone.
fn join_data(topic: &Value, user: &Value, seq: u64) -> Value {
    json!({
        "topic": topic, "user": user, "epoch": "stub", "seq": seq, "version": 1, "profiles": ["core"],
        "limits": {
            "heartbeatTimeoutMs": 15000, "authTimeoutMs": 10000, "maxMessageBytes": 65536, "maxTopics": 64,
            "maxQueueBytes": 1_048_576,
        },
    })
}
