//! The suite sees: every fault is caught for the requirement that it breaks, and no stub passes a required case.

use std::collections::BTreeSet;

use roomwire_conformance::catalog;
use roomwire_conformance::requirements::Level;
use roomwire_conformance::verdict::Verdict;

use crate::faults::{self, FAULTS, Fault};
use crate::stubs::{self, Stub};
use crate::suite::{judge, reference_server};

/// The requirements that the suite holds against a server with a fault.
async fn held_against(fault: Option<&'static Fault>) -> BTreeSet<String> {
    let server = reference_server().await;
    let proxy = faults::start(fault, server.local_addr()).await.unwrap();
    let judged = judge(&proxy.url(), &catalog::cases()).await;
    judged
        .finished
        .iter()
        .flat_map(|case| &case.findings)
        .map(|finding| finding.requirement.clone())
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_is_caught_for_the_requirement_that_it_breaks() {
    let mut missed = Vec::new();
    for fault in FAULTS.iter().copied().flatten() {
        let start = std::time::Instant::now();
        let held = held_against(Some(fault)).await;
        println!("{} {:?}: {held:?}  {:?}", fault.name, fault.breaks, start.elapsed());
        if !fault.breaks.iter().any(|id| held.contains(*id)) {
            missed.push((fault.name, fault.breaks, held));
        }
    }
    assert!(missed.is_empty(), "missed: {missed:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_man_in_the_middle_alone_breaks_nothing() {
    assert_eq!(held_against(None).await, BTreeSet::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_stub_passes_a_required_case() {
    for stub in Stub::ALL {
        let running = stubs::start(stub).await.unwrap();
        let start = std::time::Instant::now();
        let judged = judge(&running.url(), &catalog::cases()).await;
        let passed: Vec<_> = judged
            .finished
            .iter()
            .filter(|case| case.level == Level::Must && case.verdict == Verdict::Pass)
            .map(|case| case.id.as_str())
            .collect();
        println!("{stub:?} {:?} {:?}", start.elapsed(), judged.exit);
        assert!(passed.is_empty(), "{stub:?} passes {passed:?}");
    }
}
