//! The vectors: frames and bodies with the verdict that each layer of them gets, written by hand.
//!
//! They are what readers of the wire are tested with, so nothing here asks one: a row says what the spec says, and
//! a test asks the decoder and the validator whether they agree. A vector that was released never changes its
//! verdict: the [`lock`](mod@lock) holds it to that.

use std::path::Path;

use serde::Serialize;

use super::{Error, Output};
use crate::layers::Layer;

mod chat;
mod content;
mod data;
mod envelope;
mod http;
mod join;
mod legacy;
pub mod lock;
mod open;
mod presence;
mod server;
mod topic;
mod write;

/// One frame or body, and what is to be thought of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Vector {
    /// What it is called, for ever: `join/topic-empty`.
    pub id: &'static str,
    /// What it is for.
    pub title: &'static str,
    /// The requirements that say so.
    pub requirements: Vec<&'static str>,
    /// Who sends it.
    pub direction: Direction,
    /// The schema of the body of an HTTP message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<&'static str>,
    /// The exact text.
    pub frame: String,
    /// What each layer is, from the outside in. What lies within an invalid one is not looked at, and is not here.
    #[serde(serialize_with = "serialize_layers", skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<(Layer, bool)>,
    /// How a server refuses it, where one that knows its token does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
    /// The rule by which the spec leaves open what a reader makes of it. It has no verdict: a reader survives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open: Option<&'static str>,
}

/// Who sends a vector's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// A client, over the socket.
    Client,
    /// A server, over the socket.
    Server,
    /// Either, over HTTP.
    Http,
}

/// The error frame that answers a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// Its code.
    pub code: u16,
    /// Its reason.
    pub reason: &'static str,
    /// Its type: that of the request, or 0.
    pub r#type: i64,
    /// Its id: that of the request, where it has a valid one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<&'static str>,
    /// Its topic: the one that the payLoad names. With 400, 401 and 501 a server may leave it out, and nothing is
    /// said of it here (ERR-18).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<&'static str>,
}

/// Every vector, by the file that it is in.
#[must_use]
pub fn all() -> Vec<(&'static str, Vec<Vector>)> {
    vec![
        ("legacy", legacy::vectors()),
        (
            "client-envelope",
            [envelope::accepted(), envelope::no_json(), envelope::malformed(), envelope::strangers()]
                .concat(),
        ),
        ("client-topic", [topic::heartbeats(), topic::topics(), topic::payloads()].concat()),
        ("client-join", [join::names(), join::since()].concat()),
        ("client-chat", [chat::payloads(), chat::accepted(), chat::refused(), content::contents()].concat()),
        ("client-notice", content::notices()),
        ("server-envelope", server::envelopes()),
        ("server-chat", server::deliveries()),
        ("server-joined", data::joins()),
        ("server-notice", data::notices()),
        ("server-presence", [presence::lists(), presence::changes()].concat()),
        ("server-error", server::errors()),
        ("http", [http::histories(), http::questions()].concat()),
        ("open", open::vectors()),
    ]
}

/// The files.
pub(crate) fn files() -> Vec<Output> {
    let file = |(area, vectors): (&str, Vec<Vector>)| {
        let content = File { generated: format!("by `{}`; do not edit", crate::COMMAND), vectors };
        let mut content = serde_json::to_string_pretty(&content).expect("texts alone");
        content.push('\n');
        Output { path: format!("schemas/v1/vectors/{area}.json").into(), content }
    };
    all().into_iter().map(file).collect()
}

/// The lock, with what is new.
pub(crate) fn lock(root: &Path) -> Result<Output, Error> {
    let path = Path::new(lock::PATH);
    let committed = match std::fs::read_to_string(root.join(path)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        read => read.map_err(|error| Error::Read { path: path.to_owned(), error })?,
    };
    let vectors: Vec<_> = all().into_iter().flat_map(|(_, vectors)| vectors).collect();
    Ok(Output { path: path.to_owned(), content: lock::extend(&committed, &vectors)? })
}

#[derive(Serialize)]
struct File {
    generated: String,
    vectors: Vec<Vector>,
}

pub(crate) fn serialize_layers<S: serde::Serializer>(
    layers: &[(Layer, bool)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(layers.iter().map(|(layer, valid)| (layer.name(), word(*valid))))
}

/// The word for a verdict.
#[must_use]
pub fn word(valid: bool) -> &'static str {
    if valid { "valid" } else { "invalid" }
}
