//! Who stands beside a hostile client hears the same as without one.

use roomwire_conformance::check::Property;
use roomwire_conformance::client::Target;
use roomwire_conformance::event::{CaseFinished, Event};
use roomwire_conformance::generate::Kind;
use roomwire_conformance::run::{Histories, Settings, run};
use roomwire_conformance::shrink::Budget;
use roomwire_conformance::subject::Subject;
use roomwire_conformance::verdict::Verdict;

use crate::faults;
use crate::suite::reference_server;

async fn search(fault: Option<&str>, count: usize) -> CaseFinished {
    let fault = fault.map(|name| faults::all().find(|fault| fault.name == name).unwrap());
    let server = reference_server().await;
    let proxy = faults::start(fault, server.local_addr()).await.unwrap();
    let histories = Histories {
        kinds: vec![Kind::Hostile],
        count: Some(count),
        time: None,
        save: None,
        budget: Budget::default(),
    };
    let settings = Settings { histories: Some(histories), ..Settings::default() };
    let mut found = None;
    let mut report = |event: &Event| {
        if let Event::CaseFinished(case) = event {
            found = Some(case.clone());
        }
    };
    let target = Target::new(proxy.url().parse().unwrap());
    run(&mut Subject::Running, target, "it", &[], &settings, &mut report).await;
    found.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_that_only_a_refusal_brings_about_is_seen_by_comparison_alone() {
    let found = search(Some("refusals-announced-to-everybody"), 20).await;
    assert_eq!(found.verdict, Verdict::Fail, "{:?}", found.reason);
    let wrong: Vec<_> =
        found.findings.iter().map(|finding| (finding.property, finding.requirement.as_str())).collect();
    assert!(wrong.iter().all(|wrong| *wrong == (Property::Interference, "ISO-6")), "{wrong:?}");
    let steps: usize = found.transcript.unwrap().program.phases.iter().map(|phase| phase.steps.len()).sum();
    println!("{steps} steps show it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beside_hostile_clients_a_right_server_changes_nothing() {
    let found = search(None, 150).await;
    assert_eq!(found.verdict, Verdict::Pass, "{:?} {:#?}", found.reason, found.findings);
}
