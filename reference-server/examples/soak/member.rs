//! One member of a room, over many connections.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use crate::record::Record;

/// Whatever takes longer does not happen. This machine may be busy with other things.
const PATIENCE: Duration = Duration::from_secs(45);
/// Who reads nothing for so long has stopped.
const STOPPED: Duration = Duration::from_secs(20);

type Socket = WebSocketStream<TcpStream>;

/// How a connection is to end.
#[derive(Clone, Copy, PartialEq)]
enum End {
    /// Everything sent is answered; then a close frame.
    InOrder,
    /// The connection is just dropped.
    Cut,
    /// Nothing is read for a while, then all that is there.
    Stop,
}

pub(crate) struct Member {
    name: String,
    room: String,
    address: SocketAddr,
    every: Duration,
    record: Rc<RefCell<Record>>,
    dice: RandomState,
    thrown: u64,
    /// The epoch, and the number of the last chat.
    has: Option<(String, u64)>,
    /// The last chat of each member: which of its connections said it, and its number, as they count themselves.
    heard: HashMap<String, (u64, u64)>,
    life: u64,
    said: u64,
}

impl Member {
    pub(crate) fn new(
        number: usize,
        room: String,
        address: SocketAddr,
        every: Duration,
        record: Rc<RefCell<Record>>,
    ) -> Self {
        let (dice, heard) = (RandomState::new(), HashMap::new());
        Self {
            name: format!("m{number}"),
            room,
            address,
            every,
            record,
            dice,
            thrown: 0,
            life: 0,
            has: None,
            heard,
            said: 0,
        }
    }

    /// Comes and goes until then. Whoever is there when the storm comes stops reading at that moment.
    pub(crate) async fn live(mut self, storm: Instant, until: Instant) {
        while Instant::now() < until && self.record.borrow().faults == 0 {
            let (begins, lasts) = (Instant::now(), Duration::from_millis(3000 + self.throw(20_000)));
            let end = match self.throw(10) {
                0..5 => End::Cut,
                5..9 => End::InOrder,
                _ => End::Stop,
            };
            let (end, lasts_until) = if (begins..begins + lasts).contains(&storm) {
                (End::Stop, storm)
            } else {
                (end, begins + lasts)
            };
            if let Err(why) = self.connection(lasts_until.min(until), end).await {
                self.record.borrow_mut().fault(&self.name, &why);
            }
        }
    }

    /// A number below this one.
    fn throw(&mut self, sides: u64) -> u64 {
        self.thrown += 1;
        self.dice.hash_one(self.thrown) % sides
    }

    async fn connection(&mut self, until: Instant, end: End) -> Result<(), String> {
        self.life += 1;
        let mut ws = self.connect().await?;
        self.join(&mut ws).await?;
        let first = self.said + 1;
        let mut beats = tokio::time::interval(self.every);
        beats.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while Instant::now() < until {
            tokio::select! {
                message = ws.next() => self.hear(message)?,
                _ = beats.tick() => self.speak(&mut ws).await?,
            }
        }
        match end {
            End::Cut => return Ok(()),
            End::Stop => return self.stop(ws).await,
            End::InOrder => {}
        }
        self.send(&mut ws, 1, "", "fence").await?;
        loop {
            let message = in_time("the fence", ws.next()).await?;
            if text(message.as_ref())
                .is_some_and(|text| text.contains("\"fence\"") && text.contains("\"code\":100"))
            {
                break;
            }
            self.hear(message)?;
        }
        let own = self.heard.get(&self.name).copied().unwrap_or_default();
        if self.said >= first && own != (self.life, self.said) {
            return Err(format!("said {} and heard only {own:?} of it", self.said));
        }
        in_time("closing", ws.close(None)).await?.map_err(|error| format!("closing: {error}"))
    }

    async fn connect(&self) -> Result<Socket, String> {
        let socket = TcpSocket::new_v4().map_err(|error| error.to_string())?;
        // So that who stops reading is soon noticed.
        let _ = socket.set_recv_buffer_size(32_768);
        let stream = in_time("connecting", socket.connect(self.address)).await?;
        let stream = stream.map_err(|error| format!("connecting: {error}"))?;
        let _ = stream.set_nodelay(true);
        let url = format!("ws://{}", self.address);
        let upgraded = in_time("the upgrade", tokio_tungstenite::client_async(url, stream)).await?;
        upgraded.map(|(ws, _)| ws).map_err(|error| format!("the upgrade: {error}"))
    }

    async fn join(&mut self, ws: &mut Socket) -> Result<(), String> {
        let payload = match &self.has {
            Some((epoch, seq)) => json!({ "topic": self.room, "since": { "epoch": epoch, "seq": seq } }),
            None => json!({ "topic": self.room }),
        };
        self.send(ws, 3, &payload.to_string(), "join").await?;
        let message = in_time("the 201", ws.next()).await?;
        let text = text(message.as_ref()).ok_or_else(|| format!("no 201 but {message:?}"))?;
        let (code, data) = code_and_data(text)?;
        let (Some(epoch), Some(seq), 201) = (data["epoch"].as_str(), data["seq"].as_u64(), code) else {
            return Err(format!("no 201 but {text}"));
        };
        let from = self.begin_at(epoch, seq, data["recovered"].as_bool());
        let from = from.ok_or_else(|| format!("having {:?}: {text}", self.has))?;
        self.has = Some((epoch.to_owned(), from));
        // A room that nobody will see again, and a chat in it.
        let other = format!("{}-{}", self.name, self.thrown);
        self.send(ws, 3, &json!({ "topic": other }).to_string(), "other").await?;
        let info =
            json!({ "user": self.name, "content": "x".repeat(100), "type": "message", "stream": other });
        self.send(ws, 2, &json!({ "topic": other, "chatInfo": info.to_string() }).to_string(), "").await?;
        self.send(ws, 6, &json!({ "topic": other }).to_string(), "leave").await
    }

    /// Behind which chat a join begins; `None` where it may not be so.
    fn begin_at(&self, epoch: &str, seq: u64, recovered: Option<bool>) -> Option<u64> {
        let mut record = self.record.borrow_mut();
        record.join(&self.room, epoch);
        match (&self.has, recovered) {
            (Some((mine, last)), Some(true)) if mine == epoch && *last <= seq => {
                record.recovered += 1;
                record.missed += seq - last;
                Some(*last)
            }
            (Some(_), Some(false)) => {
                record.not_recovered += 1;
                Some(seq)
            }
            (None, None) => Some(seq),
            _ => None,
        }
    }

    async fn speak(&mut self, ws: &mut Socket) -> Result<(), String> {
        self.said += 1;
        self.record.borrow_mut().kept += 1;
        let long =
            usize::try_from(if self.throw(20) == 0 { self.throw(8000) } else { self.throw(200) }).unwrap();
        let content = format!("{} {} {}", self.life, self.said, "x".repeat(long));
        let info = json!({ "user": self.name, "content": content, "type": "message", "stream": self.room });
        let payload = json!({ "topic": self.room, "chatInfo": info.to_string() });
        // What has one is kept until nobody can repeat it any more.
        let id = if self.throw(8) == 0 { format!("{}-{}", self.name, self.said) } else { String::new() };
        self.send(ws, 2, &payload.to_string(), &id).await
    }

    async fn send(&self, ws: &mut Socket, number: u8, payload: &str, id: &str) -> Result<(), String> {
        let mut frame = json!({ "token": self.name, "type": number, "payLoad": payload });
        if !id.is_empty() {
            frame["id"] = json!(id);
        }
        let frame = frame.to_string();
        in_time("sending", ws.send(Message::text(frame))).await?.map_err(|error| format!("sending: {error}"))
    }

    /// Takes what has come.
    #[allow(clippy::needless_pass_by_value, reason = "it is what a socket gives")]
    fn hear(
        &mut self,
        message: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>,
    ) -> Result<(), String> {
        let text = match text(message.as_ref()) {
            Some(text) => text,
            None if matches!(message, Some(Ok(Message::Ping(_) | Message::Pong(_)))) => return Ok(()),
            None => return Err(format!("the connection of a member that reads has ended: {message:?}")),
        };
        let frame: Value = serde_json::from_str(text).map_err(|error| format!("{error} in {text}"))?;
        let code = frame["code"].as_u64().unwrap_or(0);
        if code != 200 {
            return if code < 300 { Ok(()) } else { Err(format!("refused: {text}")) };
        }
        if frame["topic"] != *self.room {
            let own =
                frame["topic"].as_str().is_some_and(|topic| topic.starts_with(&format!("{}-", self.name)));
            return if own { Ok(()) } else { Err(format!("not for here: {text}")) };
        }
        let (Some(seq), Some((epoch, last))) = (frame["seq"].as_u64(), &mut self.has) else {
            return Err(format!("without a number: {text}"));
        };
        if seq != *last + 1 {
            return Err(format!("{seq} came after {last}"));
        }
        *last = seq;
        if !self.record.borrow_mut().same(&self.room, epoch, seq, text) {
            return Err(format!("others got something else as {seq}: {text}"));
        }
        let (_, info) = code_and_data(text)?;
        let (user, content) = (info["user"].as_str().unwrap_or(""), info["content"].as_str().unwrap_or(""));
        let mut numbers = content.split(' ').map_while(|number| number.parse().ok());
        let said = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
        let before = self.heard.insert(user.to_owned(), said).unwrap_or_default();
        // What two connections of one user say is in any order.
        if said.0 != before.0 || said.1 > before.1 {
            Ok(())
        } else {
            Err(format!("{user}'s {said:?} came after its {before:?}"))
        }
    }

    /// Stops reading, while still there; then reads on: all is in order, or the server has ended it.
    async fn stop(&mut self, mut ws: Socket) -> Result<(), String> {
        let until = Instant::now() + STOPPED;
        let mut beats = tokio::time::interval(Duration::from_millis(500));
        while Instant::now() < until {
            beats.tick().await;
            // Loud, so that there is something not to read.
            if tokio::time::timeout(Duration::from_secs(1), self.shout(&mut ws))
                .await
                .is_ok_and(|said| said.is_err())
            {
                break;
            }
        }
        loop {
            let Ok(message) = tokio::time::timeout(Duration::from_secs(2), ws.next()).await else {
                return Ok(());
            };
            if matches!(message, None | Some(Ok(Message::Close(_)) | Err(_))) {
                self.record.borrow_mut().slow += 1;
                return Ok(());
            }
            self.hear(message)?;
        }
    }

    /// Says something long in a room of its own.
    async fn shout(&self, ws: &mut Socket) -> Result<(), String> {
        let own = format!("{}-own", self.name);
        self.send(ws, 3, &json!({ "topic": own }).to_string(), "own").await?;
        let info = json!({ "user": self.name, "content": "y".repeat(8000), "type": "message" });
        let payload = json!({ "topic": own, "chatInfo": info.to_string() }).to_string();
        for _ in 0..16 {
            self.send(ws, 2, &payload, "").await?;
        }
        Ok(())
    }
}

async fn in_time<T>(what: &str, future: impl Future<Output = T>) -> Result<T, String> {
    tokio::time::timeout(PATIENCE, future).await.map_err(|_| format!("waited {PATIENCE:?} for {what}"))
}

fn text(message: Option<&Result<Message, tokio_tungstenite::tungstenite::Error>>) -> Option<&str> {
    match message {
        Some(Ok(Message::Text(text))) => Some(text.as_str()),
        _ => None,
    }
}

fn code_and_data(text: &str) -> Result<(u64, Value), String> {
    let frame: Value = serde_json::from_str(text).map_err(|error| format!("{error} in {text}"))?;
    let data = frame["data"].as_str().unwrap_or("");
    Ok((frame["code"].as_u64().unwrap_or(0), serde_json::from_str(data).unwrap_or_default()))
}
