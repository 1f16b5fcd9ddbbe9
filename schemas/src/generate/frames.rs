//! Frames by the thousand, the same for the same seed: valid ones, and valid ones with one mutation.
//!
//! They are what the readers of the wire are compared on: the decoder here, the schemas here, and the schemas
//! wherever else they are read. Each frame is printed as a line of JSON with the decoder's verdict.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use roomwire_protocol::{RequestId, Topic, arbitrary};
use serde::Serialize;

use super::decoder::{self, Verdict};
use super::open;
use super::vectors::Direction;
use crate::layers::Layer;

mod http;
mod mutate;

/// One generated frame, or body of an HTTP message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Its place in the row, from 0.
    pub number: usize,
    /// Who sends it.
    pub direction: Direction,
    /// The schema of the body of an HTTP message.
    pub schema: Option<&'static str>,
    /// The exact text.
    pub text: String,
    /// What was changed in a valid frame; nothing in one that is as it was made.
    pub mutation: Option<String>,
}

/// The frames of a seed, without end.
///
/// # Panics
/// Where a strategy rejects what it made itself, which none does.
pub fn frames(seed: u64) -> impl Iterator<Item = Frame> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let [client, server, http] = [client().boxed(), server().boxed(), http::bodies().boxed()];
    (0..).map(move |number| {
        // Every other frame is mutated; every eighth pair is HTTP.
        let strategy = match number / 2 % 8 {
            7 => &http,
            kind if kind % 2 == 0 => &client,
            _ => &server,
        };
        let strategy = (strategy, any::<[u64; 8]>());
        let ((direction, schema, text), dice) =
            strategy.new_tree(&mut runner).expect("no strategy here rejects anything").current();
        let (text, mutation) = if number % 2 == 0 {
            (text, None)
        } else {
            let (text, mutation) = mutate::mutate(&text, &mut mutate::Dice::new(dice));
            (text, Some(mutation))
        };
        Frame { number, direction, schema, text, mutation }
    })
}

/// A text with its sender and, over HTTP, its schema.
type Made = (Direction, Option<&'static str>, String);

fn client() -> impl Strategy<Value = Made> {
    arbitrary::client_frame().prop_map(|frame| (Direction::Client, None, frame.encode()))
}

fn server() -> impl Strategy<Value = Made> {
    arbitrary::server_frame().prop_map(|frame| (Direction::Server, None, frame.encode()))
}

impl Frame {
    /// The decoder's verdict.
    #[must_use]
    pub fn decoded(&self) -> Verdict {
        match (self.direction, self.schema) {
            (Direction::Client, _) => decoder::client(&self.text),
            (Direction::Server, _) => decoder::server(&self.text),
            (Direction::Http, schema) => decoder::body(schema.unwrap_or_default(), &self.text),
        }
    }

    /// The rules by which it has no verdict.
    #[must_use]
    pub fn open(&self) -> BTreeSet<&'static str> {
        open::rules(&self.text)
    }

    /// The frame as a line of JSON, without the line break.
    ///
    /// # Panics
    /// Never: numbers and texts can be written.
    #[must_use]
    pub fn line(&self) -> String {
        let verdict = self.decoded();
        let line = Line {
            n: self.number,
            direction: self.direction,
            schema: self.schema,
            frame: &self.text,
            mutation: self.mutation.as_deref(),
            layers: &verdict.layers,
            refused: verdict.refusal.as_ref().map(|refusal| Refused {
                code: refusal.reason().code(),
                reason: refusal.reason().name(),
                r#type: refusal.type_number(),
                id: refusal.id().map(RequestId::as_str),
                topic: refusal.topic().map(Topic::as_str),
            }),
            open: self.open(),
        };
        serde_json::to_string(&line).expect("numbers and texts alone")
    }
}

#[derive(Serialize)]
struct Line<'a> {
    n: usize,
    direction: Direction,
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<&'a str>,
    frame: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mutation: Option<&'a str>,
    #[serde(serialize_with = "super::vectors::serialize_layers")]
    layers: &'a [(Layer, bool)],
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<Refused<'a>>,
    open: BTreeSet<&'static str>,
}

#[derive(Serialize)]
struct Refused<'a> {
    code: u16,
    reason: &'a str,
    r#type: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<&'a str>,
}
