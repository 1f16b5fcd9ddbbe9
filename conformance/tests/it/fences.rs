//! What happens on a server whose heartbeats prove nothing: it fails for that, and for nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use roomwire_conformance::case::Case;
use roomwire_conformance::catalog;
use roomwire_conformance::check::{self, Finding};
use roomwire_conformance::client::Target;
use roomwire_conformance::clock::Pace;
use roomwire_conformance::driver::{Stage, play};
use roomwire_conformance::event::{CaseFinished, Event, Fences};
use roomwire_conformance::names::{Names, TryId, Users};
use roomwire_conformance::plan;
use roomwire_conformance::run::{Settings, run};
use roomwire_conformance::subject::{Declared, Subject};
use roomwire_conformance::verdict::Verdict;

use crate::faults::{self, Proxy};
use crate::suite::{core_server, reference_server};

/// The requirements that a server breaks whose heartbeats are handled before all else.
const TRUE_OF_IT: [&str; 2] = ["ORD-7", "ORD-8"];

async fn in_front_of(server: &roomwire_server::Server, fault: Option<&str>) -> Proxy {
    let fault = fault.map(|name| faults::all().find(|fault| fault.name == name).unwrap());
    faults::start(fault, server.local_addr()).await.unwrap()
}

/// The cases that the tests are about: of all sorts, and none that waits for a clock.
fn cases() -> Vec<Case> {
    let mut cases = catalog::cases();
    cases.retain(|case| {
        ["rooms/", "chat/", "ordering/", "heartbeat/"].iter().any(|chapter| case.id.starts_with(chapter))
    });
    cases
}

struct Told {
    finished: Vec<CaseFinished>,
    fences: Vec<(Fences, usize, bool)>,
}

async fn judge(url: &str, cases: &[Case]) -> Told {
    let mut told = Told { finished: Vec::new(), fences: Vec::new() };
    let mut report = |event: &Event| match event {
        Event::CaseFinished(case) => told.finished.push(case.clone()),
        Event::FencesQualified { fences, overtaking, late, .. } => {
            told.fences.push((*fences, *overtaking, *late));
        }
        _ => {}
    };
    let target = Target::new(url.parse().unwrap());
    run(&mut Subject::Running, target, url, cases, &Settings::default(), &mut report).await;
    told
}

fn lies(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|finding| !TRUE_OF_IT.contains(&finding.requirement.as_str()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_acks_overtake_answers_a_server_fails_for_that_and_for_nothing_else() {
    let server = reference_server().await;
    let proxy = in_front_of(&server, Some("heartbeats-handled-first")).await;
    let told = judge(&proxy.url(), &cases()).await;
    assert!(
        matches!(told.fences[..], [(Fences::Answers, 1.., false)]),
        "the start of the run does not see it: {:?}",
        told.fences
    );
    let by_id: BTreeMap<_, _> = told.finished.iter().map(|case| (case.id.as_str(), case)).collect();
    assert_eq!(by_id["ordering/ack-is-a-fence"].verdict, Verdict::Fail);
    assert_eq!(by_id["ordering/ack-is-a-fence"].findings[0].requirement, "ORD-7");
    let false_alarms: Vec<_> =
        told.finished.iter().flat_map(|case| lies(&case.findings).map(|lie| (&case.id, lie))).collect();
    assert!(false_alarms.is_empty(), "{false_alarms:#?}");
    let open: Vec<_> = told.finished.iter().filter(|case| case.verdict == Verdict::Inconclusive).collect();
    assert!(open.is_empty(), "{:?}", open.iter().map(|case| (&case.id, &case.reason)).collect::<Vec<_>>());
    let failing = told.finished.iter().filter(|case| case.verdict == Verdict::Fail).count();
    println!("{failing} of {} cases fail", told.finished.len());
    assert!(failing < 10, "{failing} cases fail for what a few are about");
}

/// Findings that are not true of the server, among the transcripts of cases that were played by these fences.
async fn lies_with(declared: &Declared, url: &str, run_id: &str) -> usize {
    let target = Target::new(url.parse().unwrap());
    let pace = Pace::start();
    // A default is declared here, and not what the server keeps: limits are not waited for.
    let cases: Vec<_> = cases().into_iter().filter(|case| plan::waits_for(case).is_none()).collect();
    let plays = stream::iter(cases.iter().enumerate()).map(|(number, case)| {
        let (target, pace) = (&target, &pace);
        async move {
            let id = TryId { run: Arc::from(run_id), case: number, attempt: 0 };
            let names = Names::new(id, &case.program, &Users::Fresh, "").unwrap();
            let played = play(Stage::new(target, pace, declared), &case.program, names).await;
            let findings = check::judge(&played.transcript, case.requirements[0]).findings;
            lies(&findings).count()
        }
    });
    plays.buffer_unordered(16).fold(0, async |all, some| all + some).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_server_would_be_slandered_by_whoever_rests_on_its_acks() {
    let server = core_server().await;
    let proxy = in_front_of(&server, Some("heartbeats-handled-first")).await;
    let by_acks = lies_with(&Declared::default(), &proxy.url(), "acks").await;
    let by_answers = lies_with(&Declared::default().with_overtaking_acks(), &proxy.url(), "answers").await;
    println!("{by_acks} false findings by acks, {by_answers} by answers");
    assert!(by_acks > 20, "{by_acks}: the server puts nothing to the test");
    assert_eq!(by_answers, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_acks_are_fences_the_run_says_so_and_rests_on_them() {
    let server = reference_server().await;
    let mut cases = cases();
    cases.retain(|case| case.id.starts_with("heartbeat/"));
    let told = judge(&server.url(), &cases).await;
    assert_eq!(told.fences, [(Fences::Acks, 0, false)]);
}
