//! Whatever comes in is read or refused, and nothing panics: the decoder of frames, the runner's own reader of WebSocket
//! frames, and the readers of what was written to files.
//!
//! Inputs are good ones with bytes flipped, cut, doubled and mixed. Each test takes a short while;
//! `FUZZ_INPUTS=10000000 cargo test --release -p roomwire-conformance --test it fuzz::` takes a long one, and `FUZZ_SEED`
//! tries others.

use std::collections::BTreeSet;

use roomwire_conformance::client::wire::{Bits, Deflate, Reader, deflate, put_frame};
use roomwire_conformance::event::Event;
use roomwire_conformance::program::{Expect, LengthForm};
use roomwire_conformance::record_file::Record;
use roomwire_conformance::validate;
use roomwire_protocol::{ChatInfo, Envelope, ServerEnvelope};

use crate::suite::{judge, reference_server};

/// How many inputs a short run has.
const SHORT: usize = 20_000;
/// The longest input, in bytes.
const LONGEST: usize = 1 << 16;

const WORDS: [&[u8]; 24] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b"\\u",
    b"\\ud800",
    b":",
    b",",
    b"null",
    b"1e400",
    b"-0",
    b"\0",
    b"\xEF\xBB\xBF",
    b"\xED\xA0\x80",
    b"\"token\"",
    b"\"type\":",
    b"\"payLoad\"",
    b"\"id\"",
    b"\"data\":\"",
    b"18446744073709551616",
    b"\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
    b"\n",
];

fn variable(name: &str) -> Option<usize> {
    std::env::var(name)
        .ok()
        .map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number, not {text:?}")))
}

/// Tries what comes of the seeds, `share` of all inputs in a hundred.
fn fuzz(seeds: &[Vec<u8>], share: usize, read: impl Fn(&[u8])) {
    let inputs = variable("FUZZ_INPUTS").map_or(SHORT, |inputs| inputs / 100 * share);
    let mut rng = Mutator { state: variable("FUZZ_SEED").unwrap_or_default() as u64 };
    for _ in 0..inputs {
        let mut input = seeds[rng.below(seeds.len())].clone();
        for _ in 0..=rng.below(4) {
            rng.mutate(&mut input, seeds);
        }
        input.truncate(LONGEST);
        read(&input);
    }
}

/// Chance that is the same for the same seed (`SplitMix64`).
struct Mutator {
    state: u64,
}

impl Mutator {
    fn below(&mut self, most: usize) -> usize {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = self.state;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((word ^ (word >> 31)) >> 33).unwrap() % most.max(1)
    }

    fn mutate(&mut self, input: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.below(input.len() + 1);
        let end = (at + self.below(16)).min(input.len());
        match self.below(7) {
            0 if at < input.len() => input[at] ^= 1 << self.below(8),
            1 if at < input.len() => input[at] = u8::try_from(self.below(256)).unwrap(),
            2 => drop(input.drain(at..end)),
            3 => {
                let part = input[at..end].repeat(1 + self.below(40));
                input.splice(at..at, part);
            }
            4 => {
                let word = WORDS[self.below(WORDS.len())];
                input.splice(at..at, word.iter().copied());
            }
            5 => {
                let other = &seeds[self.below(seeds.len())];
                let from = self.below(other.len() + 1);
                input.splice(at.., other[from..].iter().copied());
            }
            _ => input.truncate(at),
        }
    }
}

#[test]
fn frames_are_decoded_or_refused() {
    let texts = [
        r#"{"token":"u1","type":1,"payLoad":""}"#,
        r#"{"token":"u1","type":3,"payLoad":"{\"topic\":\"8017\",\"since\":{\"epoch\":\"e\",\"seq\":4}}","id":"a-1"}"#,
        r#"{"token":"u1","type":2,"payLoad":"{\"topic\":\"8017\",\"chatInfo\":\"{\\\"user\\\":\\\"u1\\\",\\\"content\\\":\\\"{\\\\\\\"content\\\\\\\":\\\\\\\"hi\\\\\\\"}\\\",\\\"type\\\":\\\"question\\\"}\"}"}"#,
        r#"{"token":"u1","type":4,"payLoad":"{\"topic\":\"8017\",\"to\":\"u2\",\"data\":[1.0,null]}"}"#,
        r#"{"type":2,"code":200,"data":"{\"user\":\"u1\",\"content\":\"hi\",\"type\":\"message\"}","topic":"8017","seq":7,"at":1}"#,
        r#"{"type":3,"code":201,"data":"{\"topic\":\"8017\",\"user\":\"u1\",\"epoch\":\"e\",\"seq\":0,\"version\":1,\"profiles\":[\"core\"],\"limits\":{}}"}"#,
        r#"{"type":5,"code":206,"data":"{\"topic\":\"t\",\"count\":1,\"joined\":[{\"user\":\"u\"}]}"}"#,
        r#"{"user":"u1","content":"hi","type":"message","displayName":"Ann"}"#,
    ];
    let seeds = texts.map(|text| text.as_bytes().to_vec());
    fuzz(&seeds, 50, |input| {
        let text = String::from_utf8_lossy(input);
        match Envelope::decode(&text) {
            Ok(envelope) => {
                let _ = envelope.token();
                let _ = envelope.request();
            }
            Err(refusal) => assert!(ServerEnvelope::decode(&refusal.frame().encode()).is_ok()),
        }
        if let Ok(envelope) = ServerEnvelope::decode(&text) {
            let _ = envelope.frame();
        }
        let _ = ChatInfo::parse(&text);
    });
}

#[test]
fn websocket_frames_are_read_or_refused() {
    let frames = |frames: &[(bool, u8, u8, &[u8])]| {
        let mut bytes = Vec::new();
        for &(fin, rsv, opcode, payload) in frames {
            put_frame(&mut bytes, Bits { fin, rsv, opcode, mask: None }, LengthForm::Shortest, payload);
        }
        bytes
    };
    let long = "🦜 and so on ".repeat(100);
    let seeds = [
        frames(&[(true, 0, 1, b"{}"), (true, 0, 9, b"ping"), (true, 0, 8, &[3, 0xE8])]),
        frames(&[(false, 0, 1, b"{"), (true, 0, 10, b""), (false, 0, 0, b""), (true, 0, 0, b"}")]),
        frames(&[(true, 0, 1, long.as_bytes()), (true, 0, 2, &[0; 300])]),
        frames(&[(true, 4, 1, &deflate(long.as_bytes())), (true, 4, 1, &deflate(b"")), (true, 0, 1, b"x")]),
        frames(&[(false, 4, 1, &deflate(b"abc")[..2]), (true, 0, 0, &deflate(b"abc")[2..])]),
    ];
    fuzz(&seeds, 45, |input| {
        let chunk = 1 + usize::from(input.first().copied().unwrap_or_default());
        let server_no_context_takeover = input.len().is_multiple_of(2);
        let agreed = Deflate { server_no_context_takeover, small_client_window: false };
        for agreed in [None, Some(agreed)] {
            let mut reader = Reader::new(agreed);
            'input: for chunk in input.chunks(chunk) {
                reader.push(chunk);
                loop {
                    match reader.next() {
                        Ok(Some(_)) => {}
                        Ok(None) => break,
                        Err(_) => break 'input,
                    }
                }
            }
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_a_run_are_read_or_refused() {
    let server = reference_server().await;
    // A case that cannot hold of this server, so that there is something to tell of.
    let mut cases = roomwire_conformance::catalog::cases();
    cases.retain(|case| case.id == "errors/type-7");
    for step in
        cases[0].program.phases.iter_mut().flat_map(|phase| &mut phase.steps).filter(|step| step.focus)
    {
        step.expect = Expect::Refused { code: 400, reason: "never_said".into(), answer_type: 7 };
    }
    let judged = judge(&server.url(), &cases).await;
    let finished = judged.finished.first().expect("the case was played");
    let record = Record::of_case(finished, &[], "a server").expect("it fails, so its transcript is there");
    let mut saved = Vec::new();
    record.write(&mut saved).unwrap();
    let lines: BTreeSet<Vec<u8>> = saved.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let told = serde_json::to_vec(&Event::CaseFinished(finished.clone())).unwrap();
    let seeds: Vec<Vec<u8>> = [saved.clone(), saved, told].into_iter().chain(lines).collect();
    let captured = std::cell::RefCell::new(Vec::new());
    fuzz(&seeds, 5, |input| {
        let text = String::from_utf8_lossy(input);
        if let Ok(record) = Record::read(&text) {
            drop(record.judge());
        }
        for line in text.lines().take(3) {
            let _ = serde_json::from_str::<Event>(line);
        }
        // The schemas are compiled once for all lines.
        if input.len() < 2000 && captured.borrow().len() < 1 << 20 {
            captured.borrow_mut().extend([input, b"\n"].concat());
        }
    });
    let captured = captured.into_inner();
    let read = validate::validate(&mut &*captured, &validate::Taken::default(), &mut std::io::sink());
    assert!(read.unwrap().lines > 0);
}
