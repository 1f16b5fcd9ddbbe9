//! What happened: the few events of a transcript that show a finding, told with symbolic names.

use std::collections::BTreeSet;

use super::text::cut;
use crate::check::client_name;
use crate::picture::slice;
use crate::transcript::{End, Leaving, Purpose, Transcript, Wait, What};
use crate::view::{Tick, View};

/// What stands for that part of the names of a try that all of them share.
const SHARED: &str = "~";

/// The names of a try, made short: `user-mb3k2j4hab12.17.0.0` becomes `user-~.0`.
#[derive(Debug, Default)]
pub(in crate::report) struct Short {
    shared: Option<String>,
}

impl Short {
    /// Finds out what the names of this try share; `run` is what they all begin with.
    pub(in crate::report) fn of(transcript: Option<&Transcript>, run: &str) -> Self {
        let mut names =
            transcript.into_iter().flat_map(|transcript| transcript.topics.iter().chain(&transcript.users));
        Self { shared: names.find_map(|name| shared_part(name, run)) }
    }

    /// The text with short names.
    pub(in crate::report) fn text(&self, text: &str) -> String {
        self.shared.as_ref().map_or_else(|| text.to_owned(), |shared| text.replace(shared, SHARED))
    }
}

/// `run.case.try`, where the name has it.
fn shared_part(name: &str, run: &str) -> Option<String> {
    let begin = name.find(run).filter(|_| !run.is_empty())?;
    let mut numbers = name[begin + run.len()..].split('.').skip(1);
    let (case, attempt) = (numbers.next()?, numbers.next()?);
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (number(case) && number(attempt)).then(|| format!("{run}.{case}.{attempt}"))
}

/// What happened, line by line.
#[derive(Debug)]
pub(in crate::report) struct Scene {
    pub(in crate::report) lines: Vec<Line>,
    /// What helps to read them: who the clients are, what a fence is.
    pub(in crate::report) notes: Vec<String>,
}

/// One event.
#[derive(Debug)]
pub(in crate::report) struct Line {
    /// Milliseconds since the try began; none for lines that were left out.
    pub(in crate::report) at_ms: Option<u64>,
    pub(in crate::report) text: String,
    /// Whether the finding itself names it; the others are there to understand it.
    pub(in crate::report) evidence: bool,
}

/// Tells the events that show something, and those without which they could not be understood. Where no
/// event shows it, the last things that were done are told.
pub(in crate::report) fn tell(transcript: &Transcript, evidence: &[Tick], short: &Short) -> Scene {
    let view = View::new(transcript);
    let slice = slice::cut(&view, evidence);
    let mut notes: Vec<String> = Vec::new();
    let sent_for = |purpose: Purpose| {
        let mut events = slice.iter().map(|part| &transcript.events[part.tick].what);
        events.any(|what| matches!(what, What::Sent { purpose: is, .. } if *is == purpose))
    };
    if sent_for(Purpose::Fence) {
        notes.push("a fence is a heartbeat whose ack shows that all before it has been handled".into());
    }
    if sent_for(Purpose::Marker) {
        notes.push("a marker is a chat whose coming shows that all before it has been delivered".into());
    }
    let clients: BTreeSet<usize> =
        slice.iter().filter_map(|part| slice::client_of(&view, part.tick)).collect();
    let mut lines: Vec<Line> = slice
        .into_iter()
        .map(|slice::Part { tick, evidence }| {
            let event = &transcript.events[tick];
            let who = event.connection.map(|connection| name_of(&view, connection)).unwrap_or_default();
            let text = short.text(&say(&event.what, &who));
            Line { at_ms: Some(event.at_us / 1000), text, evidence }
        })
        .collect();
    if let Some((range, left_out)) = slice::gap(lines.len()) {
        lines.splice(range, [Line { at_ms: None, text: format!("… {left_out} more …"), evidence: false }]);
    }
    notes.splice(0..0, names(transcript, &clients, short));
    Scene { lines, notes }
}

/// A client's name, and which connection of it is meant where it had several.
fn name_of(view: &View<'_>, connection: usize) -> String {
    let Some(line) = view.lines.get(connection) else { return format!("connection {connection}") };
    let name = client_name(line.client);
    match slice::number_of(view, connection) {
        1 => name,
        number => format!("{name}#{number}"),
    }
}

/// `ann is user-~.0, ben is user-~.1; ~ is mb3k2j4hab12.17.0`
fn names(transcript: &Transcript, clients: &BTreeSet<usize>, short: &Short) -> Option<String> {
    let user = |client: &usize| {
        let user = transcript.users.get(transcript.program.clients.get(*client)?.user)?;
        Some(format!("{} is {}", client_name(*client), short.text(user)))
    };
    let mut names: Vec<String> = clients.iter().filter_map(user).collect();
    if let Some(shared) = &short.shared {
        names.push(format!("{SHARED} is {shared}"));
    }
    (!names.is_empty()).then(|| names.join(", "))
}

fn say(what: &What, who: &str) -> String {
    match what {
        What::Opening { .. } => format!("{who} opens a connection"),
        What::Opened { subprotocol: None } => format!("{who} is connected"),
        What::Opened { subprotocol: Some(selected) } => {
            format!("{who} is connected, with the subprotocol {selected:?}")
        }
        What::Refused { why, .. } => format!("{who} is not connected: {why}"),
        What::Sent { text, purpose, .. } => {
            let purpose = match purpose {
                Purpose::Step => "",
                Purpose::Fence => "(fence) ",
                Purpose::Marker => "(marker) ",
                Purpose::KeepAlive => "(to stay alive) ",
            };
            format!("{who} → {purpose}{}", cut(text))
        }
        What::SentRaw { what, .. } => format!("{who} → {what}"),
        What::Received { text } => format!("{who} ← {}", cut(text)),
        What::ReceivedBinary { bytes } => format!("{who} ← a binary message of {bytes} bytes"),
        What::Pong { payload } => format!("{who} ← a pong with {payload:?}"),
        What::Leaving { how: Leaving::Close, .. } => format!("{who} → a close frame"),
        What::Leaving { how: Leaving::Fin, .. } => format!("{who} ends the stream without a close frame"),
        What::Leaving { how: Leaving::Reset, .. } => format!("{who} resets the connection"),
        What::Knocks { limit_ms, .. } => {
            format!("{who} sends nothing but frames that are refused; the declared limit is {limit_ms} ms")
        }
        What::Silent { limit_ms, .. } => format!("{who} falls silent; the declared limit is {limit_ms} ms"),
        What::Blocked { blocked_ms } => format!("{who} could send nothing for {blocked_ms} ms"),
        What::StoppedReading => format!("{who} stops reading"),
        What::ReadsOn { .. } => format!("{who} reads on"),
        What::CloseFrame { code: 1005, .. } => format!("{who} ← a close frame without a code"),
        What::CloseFrame { code, reason } if reason.is_empty() => {
            format!("{who} ← a close frame, code {code}")
        }
        What::CloseFrame { code, reason } => format!("{who} ← a close frame, code {code}, reason {reason:?}"),
        What::Ended { how: End::Fin } => format!("{who} ← the end of the stream"),
        What::Ended { how: End::Reset } => format!("{who} ← a reset"),
        What::Ended { how: End::Broken(why) } => format!("{who} ← what is no WebSocket: {why}"),
        What::Ended { how: End::Dropped } => format!("{who} is gone"),
        What::Abandoned => format!("{who} is still connected when all is over"),
        What::Missed { wait, waited_ms } => {
            let what = match wait {
                Wait::Fence => "the ack of a heartbeat",
                Wait::Answers => "the answers to requests",
                Wait::Marker(_) => "the marker",
                Wait::End => "the end of the connection",
                Wait::Pong => "the pong",
                Wait::Roster(_) => "a list that shows who is there",
                Wait::Notice => "the notice",
            };
            format!("{who} has waited {waited_ms} ms for {what}, in vain")
        }
        What::Waits { limit_ms, .. } => format!("{who} lets {limit_ms} ms pass"),
        What::HttpSent { client, method, target, body, .. } => {
            format!("{} → HTTP {method} {} {}", client_name(*client), cut(target), cut(body))
        }
        What::HttpAnswered { client, status, body, .. } => {
            format!("{} ← HTTP {status} {}", client_name(*client), cut(body))
        }
        What::HttpFailed { client, why, .. } => {
            format!("{} ← no HTTP answer: {why}", client_name(*client))
        }
        What::ToldToEnd => "the server is told to end".into(),
        What::Settled { .. } => "all of that has been handled, and what it caused has arrived".into(),
    }
}
