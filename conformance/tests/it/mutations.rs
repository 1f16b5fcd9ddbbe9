//! The checks are tested themselves: right runs are recorded live, and every way in which a server may spoil them is
//! tried on the record. What a checker claims to see it must see; what is as good must not be flagged.
//!
//! The operators stand in a file each by what they spoil: where a frame comes ([`place`]), what it says ([`wording`]),
//! what is answered over HTTP ([`over_http`]), and whole stories that are wrong from one point on ([`story`]). What
//! changes nothing that anybody may object to is in [`as_good`].

use std::collections::BTreeMap;
use std::sync::Arc;

use roomwire_conformance::case::Case;
use roomwire_conformance::check::{self, Judgement};
use roomwire_conformance::client::Target;
use roomwire_conformance::clock::Pace;
use roomwire_conformance::driver::{Stage, play};
use roomwire_conformance::names::{Names, TryId, Users};
use roomwire_conformance::subject::Declared;
use roomwire_conformance::transcript::{Event, Transcript, What};
use serde_json::Value;

use crate::suite::reference_server;

mod as_good;
mod over_http;
mod place;
mod story;
mod talks;
mod wording;

async fn record(url: &str, case: &Case) -> Transcript {
    let (target, pace) = (Target::new(url.parse().unwrap()), Pace::start());
    // What a server declares it says in its 201.
    let mut declared = Declared::default();
    for attempt in 0..2 {
        let id = TryId { run: Arc::from("mutations"), case: 0, attempt };
        let names = Names::new(id, &case.program, &Users::Fresh, "");
        let stage = Stage::new(&target, &pace, &declared);
        let played = play(stage, &case.program, names.unwrap()).await;
        let transcript = played.transcript;
        let joined = transcript.events.iter().find_map(|event| {
            let frame = frame_of(event).filter(|frame| frame["code"] == 201)?;
            serde_json::from_str::<Value>(frame["data"].as_str()?).ok()
        });
        let known = Declared::read(&joined.unwrap());
        if known.profiles() == declared.profiles() {
            return transcript;
        }
        declared = known;
    }
    let id = TryId { run: Arc::from("mutations"), case: 1, attempt: 0 };
    let names = Names::new(id, &case.program, &Users::Fresh, "").unwrap();
    play(Stage::new(&target, &pace, &declared), &case.program, names).await.transcript
}

fn frame_of(event: &Event) -> Option<Value> {
    let What::Received { text } = &event.what else { return None };
    serde_json::from_str(text).ok()
}

fn data_of(frame: &Value) -> Option<Value> {
    serde_json::from_str(frame["data"].as_str()?).ok()
}

fn received(frame: &Value) -> What {
    What::Received { text: frame.to_string() }
}

fn judge(transcript: &Transcript) -> Judgement {
    check::judge(transcript, "CHAT-1")
}

/// The tick up to which frames are spoilt: what comes in the last phase nothing comes behind.
fn end(transcript: &Transcript) -> usize {
    let settled = |(tick, event): (usize, &Event)| matches!(event.what, What::Settled { .. }).then_some(tick);
    let settled: Vec<usize> = transcript.events.iter().enumerate().filter_map(settled).collect();
    settled[settled.len() - 2]
}

/// A transcript, and what was done to it.
struct Mutant {
    /// The way of spoiling.
    what: String,
    /// What was spoilt: `2/200 at tick 31`.
    of: String,
    transcript: Transcript,
}

impl Mutant {
    fn of(right: &Transcript, what: &str, of: String, spoil: &dyn Fn(&mut Vec<Event>)) -> Self {
        let mut transcript = right.clone();
        spoil(&mut transcript.events);
        Self { what: what.to_owned(), of, transcript }
    }
}

fn place_of(tick: usize, frame: &Value) -> String {
    format!("{}/{} at tick {tick}", frame["type"], frame["code"])
}

fn mutants(right: &Transcript) -> Vec<Mutant> {
    let mut all = Vec::new();
    for tick in 0..end(right) {
        if let Some(frame) = frame_of(&right.events[tick]) {
            place::mutate(right, tick, &frame, &mut all);
            wording::mutate(right, tick, &frame, &mut all);
        }
        over_http::mutate(right, tick, &mut all);
    }
    story::mutate(right, &mut all);
    all
}

/// Records a talk, spoils it in every way that there is, and wants these to be among them.
#[allow(clippy::print_stdout, reason = "shown with --nocapture, as the figures are reported from it")]
async fn every_mutant_is_caught(case: &Case, wanted: &[&str]) {
    let server = reference_server().await;
    let right = record(&server.url(), case).await;
    let judgement = judge(&right);
    assert!(judgement.findings.is_empty(), "a right run: {:#?}", judgement.findings);
    let mutants = mutants(&right);
    let mut tried: BTreeMap<&str, usize> = BTreeMap::new();
    for mutant in &mutants {
        *tried.entry(mutant.what.as_str()).or_default() += 1;
    }
    println!("{} mutants by {} operators: {tried:?}", mutants.len(), tried.len());
    for operator in wanted {
        assert!(tried.contains_key(operator), "nothing could be spoilt by: {operator}");
    }
    let escaped: Vec<String> = mutants
        .iter()
        .filter(|mutant| judge(&mutant.transcript).findings.is_empty())
        .map(|mutant| format!("{} of {}", mutant.what, mutant.of))
        .collect();
    assert!(escaped.is_empty(), "{} of {} escape: {escaped:#?}", escaped.len(), mutants.len());
    let equals = as_good::mutants(&right);
    assert!(equals.len() > 10, "{} that are as good", equals.len());
    println!("{} as good", equals.len());
    for (what, transcript) in equals {
        let findings = judge(&transcript).findings;
        assert!(findings.is_empty(), "{what}: {findings:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_be_spoilt_in_a_talk_is_seen() {
    let wanted = ["the loss", "the doubling", "the straying", "the swap with the next", "another seq"];
    every_mutant_is_caught(&talks::talk(), &wanted).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_be_spoilt_in_a_return_and_a_repeat_is_seen() {
    let wanted = [
        "the other recovered",
        "no recovered",
        "the replay of a chat too many",
        "the replay behind a live chat",
        "a repeat that is said again",
        "a repeat that the others hear as well",
        "a repeat that is refused",
    ];
    every_mutant_is_caught(&talks::return_and_repeat(), &wanted).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_be_spoilt_in_a_history_is_seen() {
    let wanted = [
        "no answer",
        "an item less",
        "the other end of the stream",
        "a chat of another stream",
        "a chat that was refused",
        "another content in an item",
        "a question that is said to nobody",
        "a question that is refused and said",
        "no reason in an error",
    ];
    every_mutant_is_caught(&talks::history(), &wanted).await;
}
