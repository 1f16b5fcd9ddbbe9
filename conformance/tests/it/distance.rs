//! A right server is right from far away, too.

use std::time::Duration;

use roomwire_conformance::catalog;
use roomwire_conformance::verdict::Verdict;
use tokio::net::TcpListener;

use crate::suite::{judge, reference_server};

#[path = "../../examples/delay/proxy.rs"]
mod proxy;

const DELAY: Duration = Duration::from_millis(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_twenty_milliseconds_of_round_trip_nothing_is_found_and_nothing_left_open() {
    let server = reference_server().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    let far = tokio::spawn(proxy::serve(listener, server.local_addr(), DELAY));
    let mut cases = catalog::cases();
    let chapters = ["chat/", "presence/", "isolation/", "ordering/", "resume/", "notices/"];
    cases.retain(|case| chapters.iter().any(|chapter| case.id.starts_with(chapter)));
    let judged = judge(&url, &cases).await;
    far.abort();
    let right = |verdict| matches!(verdict, Verdict::Pass | Verdict::NotApplicable);
    let wrong: Vec<_> = judged.finished.iter().filter(|case| !right(case.verdict)).collect();
    let wrong: Vec<_> = wrong.iter().map(|case| (&case.id, &case.reason, &case.findings)).collect();
    assert!(wrong.is_empty() && judged.amended.is_empty(), "{wrong:#?} {:#?}", judged.amended);
    // A fence takes a round trip: what comes faster was not waited for.
    let quickest = judged.finished.iter().filter(|case| case.verdict == Verdict::Pass);
    assert!(quickest.map(|case| case.duration_ms).min() >= Some(20), "the proxy delays nothing");
}
