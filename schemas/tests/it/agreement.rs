//! The decoder and the schemas give the same verdict, at every layer.
//!
//! What is compared here is compared in Node, too, on the same frames: `roomwire-schemas frames` prints them.

use roomwire_protocol::code::Reason;
use roomwire_schemas::generate::frames::{Frame, frames};
use roomwire_schemas::generate::vectors::Direction;
use roomwire_schemas::{Judge, Judgement};
use serde_json::Value;

const COUNT: usize = 20_000;
const SEED: u64 = 1;

fn judge_of(judge: &Judge, frame: &Frame) -> Judgement {
    match (frame.direction, frame.schema) {
        (Direction::Client, _) => judge.client(&frame.text),
        (Direction::Server, _) => judge.server(&frame.text),
        (Direction::Http, schema) => judge.document(schema.unwrap(), &frame.text).unwrap(),
    }
}

#[test]
fn decoder_and_schemas_agree_on_twenty_thousand_frames() {
    let judge = Judge::new();
    let (mut open, mut invalid) = (0, 0);
    for frame in frames(SEED).take(COUNT) {
        let judgement = judge_of(&judge, &frame);
        let verdict = frame.decoded();
        if !frame.open().is_empty() {
            open += 1;
            continue;
        }
        assert_eq!(
            judgement.layers, verdict.layers,
            "frame {} ({:?}): the schemas say {:#?}, the decoder {:?}, of {}",
            frame.number, frame.mutation, judgement.faults, verdict.refusal, frame.text
        );
        invalid += usize::from(!judgement.is_valid());
        assert!(judgement.is_valid() || frame.mutation.is_some(), "{}", frame.text);
        if frame.direction == Direction::Client {
            let borne = judge.document("client-envelope", &frame.text).unwrap().is_valid();
            let malformed =
                verdict.refusal.is_some_and(|refusal| refusal.reason() == Reason::MalformedEnvelope);
            assert_eq!(borne, !malformed, "{}", frame.text);
        }
    }
    // A comparison that leaves much out, or that knows one answer alone, compares nothing.
    assert!(open < COUNT / 100, "{open} frames have no verdict");
    assert!((COUNT / 4..COUNT / 2).contains(&invalid), "{invalid} frames are invalid");
}

#[test]
fn what_is_parsed_already_is_judged_as_its_text_is() {
    let judge = Judge::new();
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
    let (mut valid, mut invalid) = (0, 0);
    for frame in frames(SEED).filter(|frame| frame.direction == Direction::Server).take(COUNT / 4) {
        let json = parsed(&frame.text);
        let data = parsed(json["data"].as_str().unwrap_or_default());
        let right = judge.server(&frame.text).is_valid();
        assert_eq!(judge.takes_server(&json, &data), right, "{}", frame.text);
        *if right { &mut valid } else { &mut invalid } += 1;
    }
    assert!(valid > COUNT / 20 && invalid > COUNT / 20, "{valid} valid and {invalid} invalid frames");
}

#[test]
fn the_same_seed_gives_the_same_frames_and_another_one_others() {
    let some = |seed| frames(seed).take(200).collect::<Vec<_>>();
    assert_eq!(some(7), some(7));
    assert_ne!(some(7), some(8));
}
