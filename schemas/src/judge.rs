//! Reading frames by the schemas, layer by layer.
//!
//! A validator does not look into strings, so each layer is parsed and judged by a schema of its own; what lies
//! within an invalid layer is not looked at. Nothing here knows the protocol's types: this is what anybody with a
//! JSON Schema validator would do.

use std::collections::BTreeMap;

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use crate::embedded::SCHEMAS;
use crate::layers::{CHAT_INFO, CONTENTS, DATA, ERROR_DATA, Layer, PAYLOADS};

mod fault;

/// What the `data` of a chat is judged by; it has one more layer in it.
const DELIVERED: &str = "chat-info-delivered";

pub use fault::Fault;

/// All schemas, compiled.
#[derive(Debug)]
pub struct Judge {
    schemas: BTreeMap<&'static str, Compiled>,
}

/// One schema, compiled, and as it stands.
#[derive(Debug)]
struct Compiled {
    schema: Value,
    validator: Validator,
}

/// What is to be thought of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judgement {
    /// Each layer that was looked at, from the outside in, and whether it is valid.
    pub layers: Vec<(Layer, bool)>,
    /// What is wrong with the one that is not.
    pub faults: Vec<Fault>,
}

impl Judgement {
    /// Whether every layer is valid.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.faults.is_empty()
    }
}

impl Judge {
    /// Compiles all schemas.
    ///
    /// # Panics
    /// Where an embedded schema is none, which a test rules out.
    #[must_use]
    pub fn new() -> Self {
        let compiled = SCHEMAS.iter().map(|schema| {
            let value: Value = serde_json::from_str(schema.text).expect("what is embedded is JSON");
            let validator = jsonschema::options()
                .offline()
                .with_pattern_options(PatternOptions::regex())
                .build(&value)
                .expect("what is embedded is a schema");
            (schema.name, Compiled { schema: value, validator })
        });
        Self { schemas: compiled.collect() }
    }

    /// Judges a frame of a client's.
    #[must_use]
    pub fn client(&self, text: &str) -> Judgement {
        let mut walk = Walk { judge: self, judgement: Judgement::default() };
        walk.client(text);
        walk.judgement
    }

    /// Judges a frame of a server's.
    #[must_use]
    pub fn server(&self, text: &str) -> Judgement {
        let mut walk = Walk { judge: self, judgement: Judgement::default() };
        walk.server(text);
        walk.judgement
    }

    /// Whether every layer of a server's frame is valid, where its outer layers have been parsed already: the frame, and
    /// the text in its `data`, `null` where that is no JSON. The same as [`Judge::server`] says of its text, without a
    /// word on what is wrong, and quicker.
    #[must_use]
    pub fn takes_server(&self, frame: &Value, data: &Value) -> bool {
        if !self.takes("server-frame", frame) {
            return false;
        }
        let Some(name) = name_of_data(frame) else { return true };
        if !self.takes(name, data) {
            return false;
        }
        let content = CONTENTS.iter().find(|(kind, _, _)| name == DELIVERED && data["type"] == *kind);
        content.is_none_or(|(_, _, name)| {
            let content = serde_json::from_str::<Value>(held(&data["content"]));
            content.is_ok_and(|content| self.takes(name, &content))
        })
    }

    fn takes(&self, name: &str, value: &Value) -> bool {
        self.schemas.get(name).is_some_and(|compiled| compiled.validator.is_valid(value))
    }

    /// Judges a text by one schema alone; none where there is no schema of this name.
    #[must_use]
    pub fn document(&self, name: &str, text: &str) -> Option<Judgement> {
        let (name, _) = self.schemas.get_key_value(name)?;
        let mut walk = Walk { judge: self, judgement: Judgement::default() };
        walk.layer(Layer::Body, name, "", text);
        Some(walk.judgement)
    }
}

impl Default for Judge {
    fn default() -> Self {
        Self::new()
    }
}

/// The way through the layers of one frame.
struct Walk<'a> {
    judge: &'a Judge,
    judgement: Judgement,
}

impl Walk<'_> {
    fn client(&mut self, text: &str) {
        let Some(frame) = self.layer(Layer::Envelope, "client-frame", "", text) else { return };
        let payload = PAYLOADS.iter().find(|(number, _)| is_integer(&frame["type"], *number));
        let Some(name) = payload.and_then(|(_, name)| *name) else { return };
        let Some(payload) = self.layer(Layer::Payload, name, "payLoad", held(&frame["payLoad"])) else {
            return;
        };
        if name == "chat-payload" {
            const PATH: &str = "payLoad > chatInfo";
            let text = held(&payload["chatInfo"]);
            let Some(info) = self.layer(Layer::ChatInfo, CHAT_INFO, PATH, text) else { return };
            let content = CONTENTS.iter().find(|(kind, _, _)| info["type"] == *kind);
            if let Some((_, name, _)) = content {
                self.layer(Layer::Content, name, "payLoad > chatInfo > content", held(&info["content"]));
            }
        }
    }

    fn server(&mut self, text: &str) {
        let Some(frame) = self.layer(Layer::Envelope, "server-frame", "", text) else { return };
        let Some(name) = name_of_data(&frame) else { return };
        if name != DELIVERED {
            self.layer(Layer::Data, name, "data", held(&frame["data"]));
            return;
        }
        let Some(info) = self.layer(Layer::ChatInfo, name, "data", held(&frame["data"])) else { return };
        let content = CONTENTS.iter().find(|(kind, _, _)| info["type"] == *kind);
        if let Some((_, _, name)) = content {
            self.layer(Layer::Content, name, "data > content", held(&info["content"]));
        }
    }

    /// Judges one layer, and gives what it holds where it is valid.
    fn layer(&mut self, layer: Layer, name: &'static str, path: &'static str, text: &str) -> Option<Value> {
        let compiled = self.judge.schemas.get(name).expect("the layers name schemas that there are");
        let at = fault::Place { layer, schema: name, path };
        let (value, faults) = match serde_json::from_str::<Value>(text) {
            Ok(value) => {
                let faults = fault::of(at, &compiled.schema, &compiled.validator, &value);
                (Some(value), faults)
            }
            Err(error) => (None, vec![fault::not_json(at, &compiled.schema, text, &error)]),
        };
        self.judgement.layers.push((layer, faults.is_empty()));
        self.judgement.faults.extend(faults);
        value.filter(|_| self.judgement.faults.is_empty())
    }
}

/// By which schema the `data` of a valid frame is judged; none where it has nothing to say.
fn name_of_data(frame: &Value) -> Option<&'static str> {
    let pair = DATA
        .iter()
        .find(|(number, code, _)| is_integer(&frame["type"], *number) && is_integer(&frame["code"], *code));
    pair.map_or(Some(ERROR_DATA), |(_, _, name)| *name)
}

/// Whether a value is this integer, in whatever way it is written.
fn is_integer(value: &Value, number: i64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "the numbers of the wire are small")]
    let number = number as f64;
    value.as_f64() == Some(number)
}

/// The text that a string holds; a schema has seen to it that it is one.
fn held(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
