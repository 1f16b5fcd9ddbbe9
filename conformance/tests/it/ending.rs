//! The runner tells a server to end, last of all, where it may: one that drains is judged by how, and others by nothing.

use std::sync::Mutex;
use std::time::Duration;

use roomwire_conformance::case::{Case, Demand};
use roomwire_conformance::catalog;
use roomwire_conformance::event::CaseFinished;
use roomwire_conformance::run::Settings;
use roomwire_conformance::subject::{Ending, Spawned, Subject};
use roomwire_conformance::verdict::Verdict;

use crate::suite::{Judged, judge, judge_subject, reference_server};

/// The case about servers that have notices, as all do here.
const DRAINING: &str = "notices/draining";

fn last_cases() -> Vec<Case> {
    catalog::cases().into_iter().filter(|case| case.demand == Demand::Last).collect()
}

fn verdict(judged: &Judged) -> &CaseFinished {
    judged.finished.iter().find(|case| case.id == DRAINING).expect("it is judged, or said why not")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_is_told_by_sigterm_and_the_reference_server_drains() {
    let serve = [env!("CARGO_BIN_EXE_roomwire"), "serve", "--listen", "127.0.0.1:{port}"];
    let mut spawned = Spawned::new(serve.map(str::to_owned).into(), Duration::from_secs(30));
    let url = spawned.start().await.unwrap().to_string();
    let mut subject = Subject::Spawned(Box::new(spawned));
    let judged = judge_subject(&mut subject, &url, &last_cases(), &Settings::default()).await;
    subject.stop().await;
    let case = verdict(&judged);
    assert_eq!((case.verdict, case.tries), (Verdict::Pass, 1), "{:?} {:#?}", case.reason, case.findings);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_just_ends_does_nothing_wrong_by_that() {
    let server = reference_server().await;
    let url = server.url();
    let server = Mutex::new(Some(server));
    let dropped = Ending::new(move || drop(server.lock().unwrap().take()));
    let judged = judge_subject(&mut Subject::Kept(dropped), &url, &last_cases(), &Settings::default()).await;
    let case = verdict(&judged);
    let reason = case.reason.clone().unwrap_or_default();
    assert_eq!(case.verdict, Verdict::NotApplicable, "{reason} {:#?}", case.findings);
    assert!(reason.contains("did not begin to drain: 3 of 3 connections ended"), "{reason}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_of_others_is_not_told_to_end() {
    let server = reference_server().await;
    for _ in 0..2 {
        let judged = judge(&server.url(), &last_cases()).await;
        let case = verdict(&judged);
        assert_eq!(case.verdict, Verdict::NotApplicable);
        assert!(case.reason.as_ref().is_some_and(|reason| reason.contains("behind --")), "{:?}", case.reason);
    }
}
