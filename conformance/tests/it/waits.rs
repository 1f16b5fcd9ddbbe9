//! Nothing is waited for that a right server does not owe: each such wait would take all of the patience, in every run.

use roomwire_conformance::script::{case, join, notice};
use roomwire_conformance::transcript::What;

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
