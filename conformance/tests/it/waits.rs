//! Nothing is waited for that a right server does not owe: each such wait would take all of the patience, in every run.

use roomwire_conformance::catalog;
use roomwire_conformance::client::Target;
use roomwire_conformance::event::Event;
use roomwire_conformance::run::{Settings, run};
use roomwire_conformance::script::{case, join, notice};
use roomwire_conformance::subject::Subject;
use roomwire_conformance::transcript::What;
use roomwire_conformance::verdict::Verdict;

use crate::suite::{played, reference_server};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_is_not_waited_for_by_a_device_that_comes_when_it_was_sent() {
    let server = reference_server().await;
    let case = case("it/late-device", "A device that comes too late for a notice", &["NOTE-2"], |s| {
        let (room, [ann]) = s.room();
        let second = s.second_device_of(ann);
        s.connect(second);
        s.then();
        s.send(ann, notice(room, ann, r#"{"n":"{mark}"}"#));
        // By then the notice has gone out.
        for _ in 0..5 {
            s.fence(second);
        }
        s.send(second, join(room));
    });
    let transcript = played(&server, &case).await;
    let missed = transcript.events.iter().filter(|event| matches!(event.what, What::Missed { .. }));
    assert_eq!(missed.count(), 0);
    let heard = transcript
        .events
        .iter()
        .filter(|event| matches!(&event.what, What::Received { text } if text.contains("\"code\":203")));
    assert_eq!(heard.count(), 1, "the device came too early to show anything");
}

/// Plays three cases that wait for a time limit and one that does not; gives what was told of them, in order.
async fn told_with(jobs: usize) -> Vec<String> {
    let server = reference_server().await;
    let ids = [
        "limits/silence-is-closed-4201",
        "limits/pings-are-life",
        "limits/pongs-are-life",
        "heartbeat/each-is-acked-once",
    ];
    let mut cases = catalog::cases();
    cases.retain(|case| ids.contains(&case.id));
    assert_eq!(cases.len(), ids.len());
    let waits = |id: &str| id.starts_with("limits/");
    let mut told = Vec::new();
    let mut report = |event: &Event| match event {
        Event::CaseStarted { id } => {
            told.push(format!("{} begins", if waits(id) { "a wait" } else { "the other" }));
        }
        Event::CaseFinished(case) => {
            assert_eq!(case.verdict, Verdict::Pass);
            told.push(format!("{} ends", if waits(&case.id) { "a wait" } else { "the other" }));
        }
        _ => {}
    };
    let target = Target::new(server.url().parse().unwrap());
    let settings = Settings { jobs, ..Settings::default() };
    run(&mut Subject::Running, target, "it", &cases, &settings, &mut report).await;
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cases_that_wait_for_a_limit_are_played_beside_the_others() {
    let side_by_side = told_with(2).await;
    assert_eq!(side_by_side[..3], ["a wait begins"; 3]);
    assert_eq!(side_by_side[3..5], ["the other begins", "the other ends"]);
    let one_by_one = told_with(1).await;
    for pair in one_by_one.chunks(2) {
        assert_eq!(pair[0].replace("begins", "ends"), pair[1]);
    }
}
