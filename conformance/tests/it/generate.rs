//! Generated programs: the same seed makes the same ones, they keep within the limits, a right server passes them, and
//! making one smaller ends with something that cannot be made smaller.

use std::time::Duration;

use roomwire_conformance::client::Target;
use roomwire_conformance::event::{CaseFinished, Event};
use roomwire_conformance::exit_code::Exit;
use roomwire_conformance::generate::{self, Kind, Scope};
use roomwire_conformance::known_failures::KnownFailures;
use roomwire_conformance::program::{Action, Program};
use roomwire_conformance::run::{Histories, Settings, run};
use roomwire_conformance::shrink::Budget;
use roomwire_conformance::shrink::candidates::{self, Pass};
use roomwire_conformance::subject::{Declared, Subject};
use roomwire_conformance::verdict::Verdict;

use crate::faults;
use crate::suite::reference_server;

fn scope() -> Scope {
    Scope { declared: Declared::default(), users: None }
}

fn programs(seed: u64) -> impl Iterator<Item = Program> {
    let kinds = Kind::ALL.into_iter().flat_map(|kind| (0..40).map(move |index| (kind, index)));
    kinds.map(move |(kind, index)| generate::program(kind, seed, index, &scope()))
}

#[test]
fn the_same_seed_makes_the_same_programs_and_another_one_others() {
    assert!(programs(7).eq(programs(7)));
    let same = programs(7).zip(programs(8)).filter(|(one, other)| one == other).count();
    assert!(same < 10, "{same} of 160");
}

#[test]
fn every_program_names_clients_and_topics_that_it_has_and_has_a_bystander() {
    for program in programs(1) {
        let steps = || program.phases.iter().flat_map(|phase| &phase.steps);
        assert!(steps().all(|step| step.client < program.clients.len()));
        let decoys = program.clients.iter().enumerate().filter(|(client, _)| {
            let own = || steps().filter(|step| step.client == *client);
            let topics: std::collections::BTreeSet<_> = own()
                .filter_map(|step| match &step.action {
                    Action::Send(message) | Action::Burst(message, _) => message.topic(),
                    _ => None,
                })
                .collect();
            topics.len() == 1 && !topics.contains(&0)
        });
        assert!(decoys.count() >= 1, "{program:?}");
    }
}

#[test]
fn every_candidate_is_smaller_so_that_shrinking_ends() {
    let weigh = |program: &Program| serde_json::to_string(program).unwrap().len();
    for program in programs(3).filter(|program| candidates::length(program) < 100) {
        for pass in Pass::ALL {
            for candidate in candidates::of(&program, pass) {
                assert_ne!(candidate, program, "{pass:?}");
                let longer = candidates::length(&candidate) > candidates::length(&program);
                assert!(
                    !longer && weigh(&candidate) <= weigh(&program) + 8,
                    "{pass:?} {program:?} {candidate:?}"
                );
            }
        }
    }
}

/// Runs generated programs against a server, and gives what was told of each kind.
async fn search(url: &str, count: usize, budget: Budget) -> (Exit, Vec<CaseFinished>) {
    search_with(url, count, budget, Settings::default()).await
}

async fn search_with(
    url: &str,
    count: usize,
    budget: Budget,
    settings: Settings,
) -> (Exit, Vec<CaseFinished>) {
    let histories = Histories { kinds: Kind::ALL.into(), count: Some(count), time: None, save: None, budget };
    let settings = Settings { histories: Some(histories), seed: 11, ..settings };
    let mut finished = Vec::new();
    let mut report = |event: &Event| {
        if let Event::CaseFinished(case) = event {
            finished.push(case.clone());
        }
    };
    let exit =
        run(&mut Subject::Running, Target::new(url.parse().unwrap()), url, &[], &settings, &mut report).await;
    (exit, finished)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_server_passes_them_all() {
    let server = reference_server().await;
    let (exit, finished) = search(&server.url(), 150, Budget::default()).await;
    let trouble: Vec<_> = finished.iter().filter(|case| case.verdict != Verdict::Pass).collect();
    let trouble: Vec<_> = trouble.iter().map(|case| (&case.id, &case.reason, &case.findings)).collect();
    assert!(trouble.is_empty(), "{trouble:#?}");
    assert_eq!(exit, Exit::Conforms);
    assert_eq!(finished.iter().filter_map(|case| case.programs).sum::<usize>(), 150);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fault_is_found_and_what_is_told_of_it_cannot_be_made_smaller_by_a_step() {
    let server = reference_server().await;
    let fault = faults::all().find(|fault| fault.breaks.first() == Some(&"CHAT-3"));
    let proxy = faults::start(Some(fault.unwrap()), server.local_addr()).await.unwrap();
    let budget = Budget { tries: 2000, time: Duration::from_mins(1) };
    let (exit, finished) = search(&proxy.url(), 40, budget).await;
    assert_eq!(exit, Exit::Violations);
    let failed = finished.iter().find(|case| case.verdict == Verdict::Fail).unwrap();
    let transcript = failed.transcript.as_ref().unwrap();
    assert!(candidates::length(&transcript.program) <= 5, "{:#?}", transcript.program);
    let rate = failed.rate.unwrap();
    assert!(rate.failed > 0 && rate.tries == 20, "{rate:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kind_that_is_known_to_fail_fails_no_run() {
    let server = reference_server().await;
    let fault = faults::all().find(|fault| fault.breaks.first() == Some(&"CHAT-3"));
    let proxy = faults::start(Some(fault.unwrap()), server.local_addr()).await.unwrap();
    let list: Vec<&str> = Kind::ALL.into_iter().map(Kind::id).collect();
    let known_failures = KnownFailures::parse(&list.join("\n"), |_| true).unwrap();
    let budget = Budget { tries: 0, ..Budget::default() };
    let settings = Settings { known_failures, ..Settings::default() };
    let (exit, finished) = search_with(&proxy.url(), 40, budget, settings).await;
    assert_eq!(exit, Exit::Conforms);
    // There is no marathon among so few, and none was asked for.
    let marathon = finished.iter().find(|case| case.id == Kind::Marathon.id()).unwrap();
    assert_eq!(marathon.verdict, Verdict::NotApplicable);
    let failed = finished.iter().find(|case| case.verdict == Verdict::Fail).unwrap();
    assert!(failed.known_failure.is_some());
    let (exit, _) = search_with(&proxy.url(), 40, budget, Settings::default()).await;
    assert_eq!(exit, Exit::Violations);
}
