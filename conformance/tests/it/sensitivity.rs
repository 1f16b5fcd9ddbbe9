//! The suite sees: every fault is caught for the requirement that it breaks, and no stub passes a required case.

use futures_util::{StreamExt, future, stream};
use roomwire_conformance::case::Case;
use roomwire_conformance::catalog;
use roomwire_conformance::event::CaseFinished;
use roomwire_conformance::exit_code::Exit;
use roomwire_conformance::requirements::Level;
use roomwire_conformance::verdict::Verdict;

use crate::faults::{self, FAULTS, Fault};
use crate::stubs::{self, Stub};
use crate::suite::{Judged, judge, reference_server};

/// How many subjects are judged at the same time.
const SIDE_BY_SIDE: usize = 6;

/// Judges a right server with a fault put into it.
async fn judge_with(fault: Option<&'static Fault>, cases: &[Case]) -> Judged {
    let server = reference_server().await;
    let proxy = faults::start(fault, server.local_addr()).await.unwrap();
    judge(&proxy.url(), cases).await
}

/// The cases that name a requirement which the fault breaks, and so must see it.
fn cases_about(fault: &Fault) -> Vec<Case> {
    let mut cases = catalog::cases();
    cases.retain(|case| case.requirements.iter().any(|id| fault.breaks.contains(id)));
    cases
}

/// Why a fault was not caught; `None` where it was, by a case about a requirement that it breaks.
async fn escape(fault: &'static Fault) -> Option<String> {
    let cases = cases_about(fault);
    if cases.is_empty() {
        return Some(format!("{}: no case names {:?}", fault.name, fault.breaks));
    }
    let judged = judge_with(Some(fault), &cases).await;
    let caught = judged.finished.iter().any(|case| matches!(case.verdict, Verdict::Fail | Verdict::Warn));
    let verdicts: Vec<_> =
        judged.finished.iter().map(|case| (&case.id, case.verdict, &case.reason)).collect();
    (!caught).then(|| format!("{}: {:?} is not seen by {verdicts:?}", fault.name, fault.breaks))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_is_caught_by_a_case_about_the_requirement_that_it_breaks() {
    // FAULT=part-of-a-name tries only those, to see what one of them does.
    let only = std::env::var("FAULT").unwrap_or_default();
    let faults = FAULTS.iter().copied().flatten().filter(|fault| fault.name.contains(&only));
    let escapes: Vec<String> = stream::iter(faults)
        .map(escape)
        .buffer_unordered(SIDE_BY_SIDE)
        .filter_map(future::ready)
        .collect()
        .await;
    assert!(escapes.is_empty(), "{} escapes:\n{}", escapes.len(), escapes.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_man_in_the_middle_alone_breaks_nothing() {
    let judged = judge_with(None, &catalog::cases()).await;
    let trouble: Vec<_> = judged.finished.iter().filter(|case| case.verdict != Verdict::Pass).collect();
    let trouble: Vec<_> = trouble.iter().map(|case| (&case.id, &case.findings, &case.reason)).collect();
    assert!(trouble.is_empty(), "{trouble:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_stub_passes_a_required_case() {
    let cases = catalog::cases();
    let judged = stream::iter(Stub::ALL).map(|stub| {
        let cases = &cases;
        async move {
            let start = std::time::Instant::now();
            let running = stubs::start(stub).await.unwrap();
            let judged = judge(&running.url(), cases).await;
            println!("{stub:?} {:?} {:?}", start.elapsed(), judged.exit);
            (stub, judged)
        }
    });
    let judged: Vec<_> = judged.buffer_unordered(SIDE_BY_SIDE).collect().await;
    for (stub, judged) in judged {
        let passes = |case: &&CaseFinished| case.level == Level::Must && case.verdict == Verdict::Pass;
        let passed: Vec<_> = judged.finished.iter().filter(passes).map(|case| case.id.as_str()).collect();
        assert!(passed.is_empty(), "{stub:?} passes {passed:?}");
        assert_ne!(judged.exit, Exit::Conforms, "{stub:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn debug_one() {
    let only = std::env::var("FAULT").unwrap_or_default();
    let case = std::env::var("CASE").unwrap_or_default();
    let fault = FAULTS.iter().copied().flatten().find(|fault| fault.name == only).unwrap();
    let mut cases = catalog::cases();
    cases.retain(|c| c.id == case);
    let server = reference_server().await;
    let proxy = faults::start(Some(fault), server.local_addr()).await.unwrap();
    let target = roomwire_conformance::client::Target::new(proxy.url().parse().unwrap());
    let pace = roomwire_conformance::clock::Pace::start();
    let declared = roomwire_conformance::subject::Declared::default();
    let id = roomwire_conformance::names::TryId { run: "x".into(), case: 0, attempt: 0 };
    let names =
        roomwire_conformance::names::Names::new(id, &cases[0].program, &Default::default(), "").unwrap();
    let stage = roomwire_conformance::driver::Stage { target: &target, pace: &pace, declared: &declared };
    let played = roomwire_conformance::driver::play(stage, &cases[0].program, names).await;
    for (tick, event) in played.transcript.events.iter().enumerate() {
        println!("{tick} {:?} {:?}", event.connection, event.what);
    }
}
