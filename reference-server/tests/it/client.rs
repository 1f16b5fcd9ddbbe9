//! A client for tests: it says things and waits for what it should hear, never longer than [`PATIENCE`].

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use roomwire_protocol::code::Profiles;
use roomwire_server::{Config, Server};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// What takes longer than this does not happen at all.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// The settings of a server with the core alone: what it sends are answers and chats.
pub(crate) fn core() -> Config {
    Config { profiles: Profiles::CORE, ..Config::on_free_port() }
}

/// A server with the core alone, on a port of its own.
pub(crate) async fn server() -> Server {
    Server::bind(core()).await.unwrap()
}

/// A server with all that there is, on a port of its own.
pub(crate) async fn full_server() -> Server {
    Server::bind(Config::on_free_port()).await.unwrap()
}

pub(crate) async fn in_time<F: Future>(what: &str, future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("waited too long: {what}"))
}

pub(crate) struct Client {
    pub(crate) ws: WebSocketStream<TcpStream>,
    pub(crate) user: String,
    fences: u32,
}

/// How a connection ended for its client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// By a close frame with this code, and the end of the stream behind it.
    Closed(u16),
    /// Without one.
    Cut,
}

impl Client {
    pub(crate) async fn connect(server: &Server, user: &str) -> Self {
        Self::over(TcpStream::connect(server.local_addr()).await.unwrap(), server, user).await
    }

    /// Connects to a server at a URL.
    pub(crate) async fn to(url: &str, user: &str) -> Self {
        let stream = TcpStream::connect(url.trim_start_matches("ws://")).await.unwrap();
        Self::talking(stream, url, user).await
    }

    /// Connects over this stream.
    pub(crate) async fn over(stream: TcpStream, server: &Server, user: &str) -> Self {
        Self::talking(stream, &server.url(), user).await
    }

    async fn talking(stream: TcpStream, url: &str, user: &str) -> Self {
        stream.set_nodelay(true).unwrap();
        let (ws, _) = in_time("the handshake", tokio_tungstenite::client_async(url, stream)).await.unwrap();
        Self { ws, user: user.to_owned(), fences: 0 }
    }

    /// Connects and joins a topic.
    pub(crate) async fn in_topic(server: &Server, user: &str, topic: &str) -> Self {
        let mut client = Self::connect(server, user).await;
        let joined = client.join(topic).await;
        assert_eq!(joined["code"], 201, "{joined}");
        client
    }

    pub(crate) async fn text(&mut self, text: impl Into<String>) {
        in_time("sending", self.ws.send(Message::text(text.into()))).await.unwrap();
    }

    /// Puts a text into the write buffer; [`Client::flush`] sends all of them at once.
    pub(crate) async fn buffer(&mut self, text: impl Into<String>) {
        in_time("sending", self.ws.feed(Message::text(text.into()))).await.unwrap();
    }

    pub(crate) async fn flush(&mut self) {
        in_time("sending", self.ws.flush()).await.unwrap();
    }

    /// A frame of this client, as text.
    pub(crate) fn frame(&self, number: i64, payload: &Value) -> String {
        json!({ "token": self.user, "type": number, "payLoad": payload.to_string() }).to_string()
    }

    /// A chat of this client, as text.
    pub(crate) fn chat(&self, topic: &str, words: &str) -> String {
        let chat_info = json!({ "user": self.user, "content": words, "type": "message" }).to_string();
        self.frame(2, &json!({ "topic": topic, "chatInfo": chat_info }))
    }

    /// Sends a frame.
    pub(crate) async fn ask(&mut self, number: i64, payload: Value) {
        self.text(self.frame(number, &payload)).await;
    }

    pub(crate) async fn say(&mut self, topic: &str, words: &str) {
        self.text(self.chat(topic, words)).await;
    }

    /// Joins a topic; the next frame is the answer.
    pub(crate) async fn join(&mut self, topic: &str) -> Value {
        self.ask(3, json!({ "topic": topic })).await;
        self.next().await
    }

    /// The next frame.
    pub(crate) async fn next(&mut self) -> Value {
        match self.next_or_end().await {
            Ok(frame) => frame,
            Err(end) => panic!("expected a frame, and the connection ended: {end:?}"),
        }
    }

    pub(crate) async fn next_or_end(&mut self) -> Result<Value, End> {
        loop {
            match in_time("a frame", self.ws.next()).await {
                Some(Ok(Message::Text(text))) => return Ok(serde_json::from_str(&text).unwrap()),
                Some(Ok(Message::Close(Some(frame)))) => {
                    // The reply is sent, and the server's end of the stream seen.
                    while let Some(Ok(_)) = in_time("the end", self.ws.next()).await {}
                    return Err(End::Closed(frame.code.into()));
                }
                Some(Ok(Message::Close(None)) | Err(_)) | None => return Err(End::Cut),
                Some(Ok(_)) => {}
            }
        }
    }

    /// All frames that this connection was made to receive by what it has sent so far.
    pub(crate) async fn fence(&mut self) -> Vec<Value> {
        self.fences += 1;
        let id = format!("fence-{}", self.fences);
        self.text(json!({ "token": self.user, "type": 1, "payLoad": "", "id": id }).to_string()).await;
        let mut before = Vec::new();
        loop {
            let frame = self.next().await;
            if frame["code"] == 100 && frame["id"] == *id {
                return before;
            }
            before.push(frame);
        }
    }

    /// Sends one text and returns the frames that answer it.
    pub(crate) async fn answers(&mut self, text: impl Into<String>) -> Vec<Value> {
        self.text(text).await;
        self.fence().await
    }

    /// Reads until the connection ends.
    pub(crate) async fn end(&mut self) -> (Vec<Value>, End) {
        let mut frames = Vec::new();
        loop {
            match self.next_or_end().await {
                Ok(frame) => frames.push(frame),
                Err(end) => return (frames, end),
            }
        }
    }
}

/// What is in the data of a frame.
pub(crate) fn data(frame: &Value) -> Value {
    serde_json::from_str(frame["data"].as_str().unwrap()).unwrap()
}

/// What was said in a 200.
pub(crate) fn words(frame: &Value) -> String {
    assert_eq!(frame["code"], 200, "{frame}");
    data(frame)["content"].as_str().unwrap().to_owned()
}
