//! Captured frames, one a line, by the published schemas.
//!
//! A line that cannot be read is told as such, and the next one is read all the same. What was sent is never
//! repeated: it may be a token.

use std::fmt;
use std::io::{self, BufRead, Write};

use roomwire_schemas::{Judge, Judgement};
use serde_json::Value;

mod lines;

pub use lines::LONGEST_LINE;

use lines::Line;

/// What lines that do not say it themselves are taken for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Taken {
    /// For what they look like: only clients send a payLoad, only servers a code.
    #[default]
    AsTheyLook,
    /// For frames of one side.
    From(Direction),
    /// For JSON of one schema.
    As(String),
}

/// Who sends a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Direction {
    /// Clients, to a server
    Client,
    /// A server, to clients
    Server,
}

/// How many lines there were, and how many of them are wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// All lines.
    pub lines: usize,
    /// Those that are not valid, or cannot be read.
    pub invalid: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lines, invalid } = *self;
        let noun = if lines == 1 { "frame" } else { "frames" };
        match invalid {
            0 => write!(f, "{lines} {noun}, all valid"),
            _ => write!(f, "{lines} {noun}, {invalid} of them invalid"),
        }
    }
}

/// Why there is no tally.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input cannot be read to its end.
    #[error("cannot read: {0}")]
    Read(io::Error),
    /// The findings cannot be written.
    #[error("cannot write: {0}")]
    Write(io::Error),
}

/// Checks every line, and writes what is wrong with each.
///
/// # Errors
/// Where the input cannot be read or the findings cannot be written.
pub fn validate(input: &mut impl BufRead, taken: &Taken, out: &mut impl Write) -> Result<Tally, Error> {
    let judge = Judge::new();
    let mut tally = Tally::default();
    while let Some(line) = lines::next(input).map_err(Error::Read)? {
        tally.lines += 1;
        let findings = check(&judge, &line, taken);
        if findings.is_empty() {
            continue;
        }
        tally.invalid += 1;
        for finding in findings {
            writeln!(out, "line {}: {finding}", tally.lines).map_err(Error::Write)?;
        }
    }
    Ok(tally)
}

/// What is wrong with a line.
fn check(judge: &Judge, line: &Line, taken: &Taken) -> Vec<String> {
    let text = match line {
        Line::Text(text) if text.trim().is_empty() => {
            return vec!["the line is empty, and an empty message is no frame [ERR-8, ENV-8]".to_owned()];
        }
        Line::Text(text) => text,
        Line::NotUtf8 { at } => {
            return vec![format!("byte {at} is not UTF-8, so this is no text message [WS-10]")];
        }
        Line::TooLong => {
            return vec![format!("the line is longer than {LONGEST_LINE} bytes, and was not read")];
        }
    };
    match capture(text, taken) {
        Ok((frame, taken)) => judge_as(judge, &frame, &taken),
        Err(why) => vec![why],
    }
}

/// The frame in a line, and what it is to be taken for.
fn capture(text: &str, taken: &Taken) -> Result<(String, Taken), String> {
    let value: Value = match serde_json::from_str(text) {
        Err(error) if *taken == Taken::AsTheyLook => return Err(format!("not JSON: {error} [ERR-8, ENV-8]")),
        read => read.unwrap_or_default(),
    };
    // A frame has a type, and a capture of one has not.
    let captured = value.get("frame").and_then(Value::as_str).filter(|_| value.get("type").is_none());
    let (Some(frame), Some(direction)) = (captured, value.get("direction").and_then(Value::as_str)) else {
        return Ok((text.to_owned(), recognise(&value, taken)?));
    };
    let taken = match (direction, value.get("schema").and_then(Value::as_str)) {
        ("client", _) => Taken::From(Direction::Client),
        ("server", _) => Taken::From(Direction::Server),
        ("http" | "http-request" | "http-response", Some(schema)) => Taken::As(schema.to_owned()),
        ("http-request", None) => Taken::As("question-request".to_owned()),
        ("http" | "http-response", None) => {
            return Err("what is said over HTTP needs a schema beside its direction, such as \
                        \"schema\":\"history-response\""
                .to_owned());
        }
        _ => return Err("the direction must be client, server or http".to_owned()),
    };
    Ok((frame.to_owned(), taken))
}

/// What a bare frame is taken for.
fn recognise(frame: &Value, taken: &Taken) -> Result<Taken, String> {
    if *taken != Taken::AsTheyLook {
        return Ok(taken.clone());
    }
    let has = |name| frame.get(name).is_some();
    match (has("payLoad") || has("token"), has("code") || has("data")) {
        (true, false) => Ok(Taken::From(Direction::Client)),
        (false, true) => Ok(Taken::From(Direction::Server)),
        _ => Err("it does not show whether a client or a server sends this: say it by --direction, or in the line, \
                  as in {\"direction\":\"client\",\"frame\":\"…\"}"
            .to_owned()),
    }
}

fn judge_as(judge: &Judge, frame: &str, taken: &Taken) -> Vec<String> {
    let (judgement, what): (Judgement, _) = match taken {
        Taken::From(Direction::Client) => (judge.client(frame), "client"),
        Taken::From(Direction::Server) | Taken::AsTheyLook => (judge.server(frame), "server"),
        Taken::As(schema) => match judge.document(schema, frame) {
            Some(judgement) => (judgement, schema.as_str()),
            None => return vec!["there is no such schema; `roomwire schema` lists them all".to_owned()],
        },
    };
    judgement.faults.iter().map(|fault| format!("{what}, {}: {fault}", fault.layer)).collect()
}
