//! Every frame is valid by the published schemas, at every layer: envelope, data, chatInfo and content.
//!
//! What the check of the shape has said in words already is not said twice.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use roomwire_schemas::judge::{Fault, Judge as Schemas};

use super::{Judge, Property, excerpt};
use crate::program::Expect;
use crate::requirements::requirement;
use crate::view::{Frame, Reading, Tick, View};

pub(super) fn judge(view: &View<'_>, judge: &mut Judge<'_>) {
    static SCHEMAS: OnceLock<Schemas> = OnceLock::new();
    let schemas = SCHEMAS.get_or_init(Schemas::new);
    let told: HashSet<Tick> = judge.evidence_of(Property::Shape).collect();
    // The copies of a chat share what they say: one look serves them all.
    let mut known: HashSet<*const Reading> = HashSet::new();
    for frame in view.frames.iter().filter(|frame| !told.contains(&frame.tick)) {
        if is_open(view, frame) {
            continue;
        }
        judge.exercise();
        if !known.insert(Arc::as_ptr(frame.reading())) {
            continue;
        }
        // What is right, as nearly everything is, need not be parsed once more.
        if schemas.takes_server(&frame.json, &frame.data) {
            continue;
        }
        let faults = schemas.server(frame.text).faults;
        report(&faults, "a frame", frame.text, frame.tick, judge);
    }
    for exchange in &view.exchanges {
        let Some(answer) = exchange.answer.as_ref() else { continue };
        let name = match (exchange.method, exchange.path) {
            _ if answer.status != 200 => continue,
            ("GET", "/api/message/chatmsg") => "history-response",
            ("POST", "/api/question/add") => "question-response",
            _ => continue,
        };
        judge.exercise();
        let faults =
            schemas.document(name, answer.text).map(|judgement| judgement.faults).unwrap_or_default();
        report(&faults, "an answer over HTTP", answer.text, answer.tick, judge);
    }
}

/// Whether the spec leaves open what becomes of what this frame delivers.
fn is_open(view: &View<'_>, frame: &Frame<'_>) -> bool {
    let origin = frame.mark.as_ref().and_then(|mark| view.origin(mark));
    frame.is_chat() && origin.is_none_or(|origin| *view.requests[origin].expect == Expect::Answered)
}

fn report(faults: &[Fault], what: &str, text: &str, tick: Tick, judge: &mut Judge<'_>) {
    let Some(fault) = faults.first() else { return };
    let mut cited = fault.requirements.iter().filter(|id| requirement(id).is_some());
    let requirement = cited.next().map_or("ENV-9", String::as_str).to_owned();
    let expected = format!("{what} is valid by the schema {}", fault.schema);
    judge.find(requirement, expected, format!("{fault}: {}", excerpt(text)), [tick]);
}
