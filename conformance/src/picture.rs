//! A picture of a violation: a space-time diagram of the few events that show it.
//!
//! One lifeline a client, the server's at the right, time downwards, an arrow a frame. [`draw`] makes the model,
//! which knows what is seen and nothing of how it looks; [`text`], [`svg`] and [`mermaid`] render it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::check::client_name;
use crate::names::Mark;
use crate::transcript::{End, Leaving, Purpose, Transcript, Wait, What};
use crate::view::{Frame, Sent, Tick, View};

pub mod mermaid;
pub mod slice;
pub mod svg;
pub mod text;

/// What the server's lifeline is called.
pub const SERVER: &str = "server";
/// The most characters of a name that is quoted in a label.
const MOST_NAME: usize = 24;

/// A space-time diagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The clients, from the left to the right; behind them comes the server.
    pub clients: Vec<String>,
    /// What happened, from the top to the bottom.
    pub rows: Vec<Row>,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Milliseconds since the try began; none where something was left out.
    pub at_ms: Option<u64>,
    /// What it looks like.
    pub shape: Shape,
    /// What it is, in a few words.
    pub label: String,
    /// What it has to do with the violation.
    pub weight: Weight,
}

/// What an event looks like. Clients are indices of [`Picture::clients`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Something goes from a client to the server.
    Up(usize),
    /// Something comes from the server to a client.
    Down(usize),
    /// Something does not come from the server to a client.
    Lost(usize),
    /// Something happens at a client.
    Point(usize),
    /// Something holds for all.
    Across,
    /// Something is left out.
    Gap,
}

/// What an event has to do with the violation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Without it the others could not be understood.
    Context,
    /// The finding names it.
    Evidence,
    /// With it the violation is complete.
    Violation,
}

/// Draws what shows a finding, by the ticks of its evidence. The result is empty where nothing happened.
#[must_use]
pub fn draw(transcript: &Transcript, evidence: &[Tick]) -> Picture {
    let view = View::new(transcript);
    let slice = slice::cut(&view, evidence);
    let violation = slice.iter().rev().find(|part| part.evidence).map(|part| part.tick);
    let mut clients: Vec<usize> =
        slice.iter().filter_map(|part| slice::client_of(&view, part.tick)).collect();
    clients.sort_unstable();
    clients.dedup();
    let mut labels = Labels { view: &view, chats: BTreeMap::new() };
    let mut rows: Vec<Row> = slice
        .iter()
        .map(|part| {
            let event = &transcript.events[part.tick];
            let client = slice::client_of(&view, part.tick);
            let at = client.and_then(|client| clients.binary_search(&client).ok());
            let weight = match part.evidence {
                false => Weight::Context,
                true if Some(part.tick) == violation => Weight::Violation,
                true => Weight::Evidence,
            };
            Row {
                at_ms: Some(event.at_us / 1000),
                shape: at.map_or(Shape::Across, |at| shape(&event.what, at)),
                label: labels.label(part.tick),
                weight,
            }
        })
        .collect();
    if let Some((range, left_out)) = slice::gap(rows.len()) {
        let label = format!("{left_out} more");
        rows.splice(range, [Row { at_ms: None, shape: Shape::Gap, label, weight: Weight::Context }]);
    }
    Picture { clients: clients.into_iter().map(client_name).collect(), rows }
}

fn shape(what: &What, client: usize) -> Shape {
    match what {
        What::Opening { .. }
        | What::Sent { .. }
        | What::SentRaw { .. }
        | What::HttpSent { .. }
        | What::Leaving { .. } => Shape::Up(client),
        What::Opened { .. }
        | What::Refused { .. }
        | What::Received { .. }
        | What::ReceivedBinary { .. }
        | What::Pong { .. }
        | What::HttpAnswered { .. }
        | What::CloseFrame { .. }
        | What::Ended { how: End::Fin | End::Reset | End::Broken(_) } => Shape::Down(client),
        What::HttpFailed { .. } | What::Missed { .. } => Shape::Lost(client),
        What::ToldToEnd | What::Settled { .. } => Shape::Across,
        _ => Shape::Point(client),
    }
}

/// Names things in few words: chats by numbers, topics by symbols.
struct Labels<'a> {
    view: &'a View<'a>,
    /// The numbers of chats, by their marks, in the order of their appearance.
    chats: BTreeMap<Mark, usize>,
}

impl Labels<'_> {
    fn label(&mut self, tick: Tick) -> String {
        let view = self.view;
        let event = &view.transcript.events[tick];
        let label = match &event.what {
            What::Sent { .. } => {
                let sent = view.requests.iter().find(|sent| sent.tick == tick);
                sent.map_or_else(String::new, |sent| self.sent(sent))
            }
            What::Received { .. } => {
                let frame = view.frames.iter().find(|frame| frame.tick == tick);
                frame.map_or_else(String::new, |frame| self.received(frame))
            }
            what => other(what),
        };
        match event.connection.map_or(1, |connection| slice::number_of(view, connection)) {
            1 => label,
            number => format!("{label} (connection {number})"),
        }
    }

    fn sent(&mut self, sent: &Sent<'_>) -> String {
        let mut label = match sent.kind {
            Some(1) => "heartbeat".to_owned(),
            Some(2) => format!("chat{}", self.number(sent.mark.as_ref())),
            Some(3) => "join".into(),
            Some(4) => "notice".into(),
            Some(5) => "user list".into(),
            Some(6) => "leave".into(),
            Some(kind) => format!("type {kind}"),
            None => "text that is no frame".into(),
        };
        if let Some(topic) = &sent.raw_topic {
            label.push_str(&self.room(topic));
        }
        match sent.purpose {
            Purpose::Step => {}
            Purpose::Fence => label.push_str(", a fence"),
            Purpose::Marker => label.push_str(", a marker"),
            Purpose::KeepAlive => label.push_str(", to stay alive"),
        }
        label
    }

    fn received(&mut self, frame: &Frame<'_>) -> String {
        let Some(code) = frame.code() else { return "text that is no frame".into() };
        let mut label = match code {
            100 => "100 ack".to_owned(),
            200 => format!("200 chat{}", self.number(frame.mark.as_ref())),
            201 => "201 joined".into(),
            202 => "202 notice accepted".into(),
            203 => "203 notice".into(),
            204 => "204 left".into(),
            205 => "205 user list".into(),
            206 => "206 user change".into(),
            _ => {
                let reason = frame.data["reason"].as_str().unwrap_or_default();
                format!("{code} {}", short(reason)).trim_end().to_owned()
            }
        };
        if let Some(seq) = frame.seq().or_else(|| frame.data["seq"].as_i64()) {
            // Writing to a string does not fail.
            let _ = write!(label, ", seq {seq}");
        }
        if let Some(topic) = frame.topic().or_else(|| frame.data["topic"].as_str()) {
            label.push_str(&self.room(topic));
        }
        label
    }

    /// ` #2`, for the second chat of the picture; nothing for one that has no mark.
    fn number(&mut self, mark: Option<&Mark>) -> String {
        let next = self.chats.len() + 1;
        mark.map_or_else(String::new, |mark| format!(" #{}", self.chats.entry(mark.clone()).or_insert(next)))
    }

    /// ` in room-1`, where there are several rooms that could be meant.
    fn room(&self, topic: &str) -> String {
        let topics = &self.view.transcript.topics;
        match topics.iter().position(|known| known == topic) {
            Some(_) if topics.len() == 1 => String::new(),
            Some(number) => format!(" in room-{number}"),
            None => format!(" in {:?}", short(topic)),
        }
    }
}

fn other(what: &What) -> String {
    match what {
        What::Opening { .. } => "opens a connection".into(),
        What::Opened { .. } => "101, connected".into(),
        What::Refused { status: Some(status), .. } => format!("refused with HTTP status {status}"),
        What::Refused { .. } => "refused".into(),
        What::SentRaw { what, .. } => what.clone(),
        What::ReceivedBinary { bytes } => format!("a binary message of {bytes} bytes"),
        What::Pong { .. } => "pong".into(),
        What::Leaving { how: Leaving::Close, .. } => "close frame".into(),
        What::Leaving { how: Leaving::Fin, .. } => "end of stream, without a close frame".into(),
        What::Knocks { limit_ms, .. } => format!("is only ever refused; the limit is {limit_ms} ms"),
        What::Silent { limit_ms, .. } => format!("falls silent; the limit is {limit_ms} ms"),
        What::Blocked { blocked_ms } => format!("can send nothing for {blocked_ms} ms"),
        What::StoppedReading => "stops reading".into(),
        What::ReadsOn { .. } => "reads on".into(),
        What::CloseFrame { code: 1005, .. } => "close frame without a code".into(),
        What::CloseFrame { code, .. } => format!("close frame {code}"),
        What::Ended { how: End::Fin } => "end of stream".into(),
        What::Leaving { how: Leaving::Reset, .. } | What::Ended { how: End::Reset } => "reset".into(),
        What::Ended { how: End::Broken(_) } => "what is no WebSocket".into(),
        What::Ended { how: End::Dropped } => "is gone".into(),
        What::Abandoned => "is still connected at the end".into(),
        What::Missed { wait, waited_ms } => {
            let what = match wait {
                Wait::Fence => "the ack of a heartbeat",
                Wait::Answers => "the answers to requests",
                Wait::Marker(_) => "the marker",
                Wait::End => "the end of the connection",
                Wait::Pong => "the pong",
                Wait::Roster(_) => "the list of users",
                Wait::Notice => "the notice",
            };
            format!("{what} does not come within {waited_ms} ms")
        }
        What::HttpSent { method, target, .. } => format!("HTTP {method} {}", short(target)),
        What::HttpAnswered { status, .. } => format!("HTTP {status}"),
        What::HttpFailed { .. } => "no HTTP answer".into(),
        What::Waits { limit_ms, .. } => format!("lets {limit_ms} ms pass"),
        What::ToldToEnd => "the server is told to end".into(),
        What::Settled { .. } => "all that has settled".into(),
        What::Sent { .. } | What::Received { .. } => String::new(),
    }
}

fn short(text: &str) -> String {
    if text.chars().count() <= MOST_NAME {
        return text.to_owned();
    }
    text.chars().take(MOST_NAME - 1).chain(['…']).collect()
}
