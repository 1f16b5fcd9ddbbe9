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
#[allow(clippy::print_stdout, reason = "shown with --nocapture, for whoever asks which cases see a fault")]
async fn escape(fault: &'static Fault) -> Option<String> {
    let cases = cases_about(fault);
    if cases.is_empty() {
        return Some(format!("{}: no case names {:?}", fault.name, fault.breaks));
    }
    let judged = judge_with(Some(fault), &cases).await;
    let caught = judged.finished.iter().any(|case| matches!(case.verdict, Verdict::Fail | Verdict::Warn));
    // Seen with --nocapture: by which cases.
    let wrong = judged.finished.iter().filter(|case| matches!(case.verdict, Verdict::Fail | Verdict::Warn));
    println!(
        "{} is seen by {}",
        fault.name,
        wrong.map(|case| case.id.as_str()).collect::<Vec<_>>().join(" ")
    );
    let verdicts: Vec<_> =
        judged.finished.iter().map(|case| (&case.id, case.verdict, &case.reason)).collect();
    (!caught).then(|| format!("{}: {:?} is not seen by {verdicts:?}", fault.name, fault.breaks))
}

/// Faults that no case can see yet, each with the reason. They must go on escaping: one that is caught has to
/// leave this list.
const UNSEEN: [(&str, &str); 10] = [
    (
        "id-on-the-list-behind-a-join",
        "a 205 behind a join belongs to profile presence, which has no cases yet",
    ),
    (
        "rate-limit-without-topic",
        "whether an error that refuses a rate names the topic is a SHOULD without a case yet",
    ),
    (
        "slow-consumer-ends-without-a-close",
        "a close frame that could not get through looks like one never sent",
    ),
    ("draining-closed-with-1001", "only whoever runs a server can tell it to drain"),
    ("draining-unannounced", "only whoever runs a server can tell it to drain"),
    ("draining-answered-in-silence", "only whoever runs a server can tell it to drain"),
    ("draining-ignores-heartbeats", "only whoever runs a server can tell it to drain"),
    ("token-in-the-join-answer", "where any token is taken, the token's text is the user's name as well"),
    ("another-token-of-the-user-refused", "where any token is taken, a user has no second one"),
    ("own-member-without-x", "the names of a server's own members are a SHOULD without a case yet"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_is_caught_by_a_case_about_the_requirement_that_it_breaks() {
    // FAULT=part-of-a-name tries only those, to see what one of them does.
    let only = std::env::var("FAULT").unwrap_or_default();
    let gate = FAULTS.iter().copied().flatten();
    let faults: Vec<_> = if only.is_empty() { gate.collect() } else { faults::all().collect() };
    let faults = faults.into_iter().filter(|fault| fault.name.contains(only.as_str()));
    let escapes: Vec<String> = stream::iter(faults)
        .map(escape)
        .buffer_unordered(SIDE_BY_SIDE)
        .filter_map(future::ready)
        .collect()
        .await;
    let is_unseen = |escape: &String| UNSEEN.iter().any(|(name, _)| escape.starts_with(&format!("{name}:")));
    let (unseen, escapes): (Vec<String>, Vec<String>) = escapes.into_iter().partition(is_unseen);
    assert!(escapes.is_empty(), "{} escapes:\n{}", escapes.len(), escapes.join("\n"));
    if only.is_empty() {
        assert_eq!(
            unseen.len(),
            UNSEEN.len(),
            "a fault on the list of the unseen is caught now: {unseen:#?}"
        );
    }
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
