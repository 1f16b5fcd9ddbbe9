//! The published form of the report.

use roomwire_conformance::event::{Event, schema};
use roomwire_conformance::run::{Settings, run};
use roomwire_conformance::subject::Subject;
use roomwire_conformance::{catalog, client::Target};
use serde_json::Value;

use crate::faults;
use crate::suite::reference_server;

fn validator() -> jsonschema::Validator {
    jsonschema::validator_for(&schema()).unwrap()
}

#[test]
fn the_committed_schema_is_that_of_the_types() {
    let committed: Value = serde_json::from_str(include_str!("../../../report.schema.json")).unwrap();
    assert!(
        committed == schema(),
        "the report's form has changed: cargo run -p roomwire-conformance -- schema report > conformance/report.schema.json"
    );
}

#[test]
fn every_event_of_the_recorded_run_is_valid_and_others_are_not() {
    let validator = validator();
    for line in super::recorded().lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert!(validator.is_valid(&event), "{line}");
    }
    for wrong in [
        r#"{"event":"case-started"}"#,
        r#"{"event":"case-begun","id":"a/b"}"#,
        r#"{"event":"case-drifted","id":"a/b","drift":"old","accepted":false}"#,
        "[]",
    ] {
        assert!(!validator.is_valid(&serde_json::from_str(wrong).unwrap()), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_of_a_real_run_is_valid() {
    let server = reference_server().await;
    let fault = faults::all().find(|fault| fault.name == "ack-doubled").unwrap();
    let proxy = faults::start(Some(fault), server.local_addr()).await.unwrap();
    let mut cases = catalog::cases();
    cases.retain(|case| case.id.starts_with("heartbeat/") || case.id.starts_with("chat/c"));
    let mut events: Vec<Event> = Vec::new();
    let target = Target::new(proxy.url().parse().unwrap());
    let mut report = |event: &Event| events.push(event.clone());
    run(&mut Subject::Running, target, "it", &cases, &Settings::default(), &mut report).await;
    let validator = validator();
    let mut transcripts = 0;
    for event in &events {
        let event = serde_json::to_value(event).unwrap();
        let errors: Vec<_> = validator.iter_errors(&event).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}: {event}");
        transcripts += usize::from(event.get("transcript").is_some());
    }
    assert!(transcripts > 0, "the fault has made no case fail, so that nothing was put to the test");
}
