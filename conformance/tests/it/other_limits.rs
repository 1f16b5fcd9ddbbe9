//! A right server may declare limits that are much smaller than usual. What a case needs more for is then not
//! applicable, and nothing is held against the server.

use roomwire_conformance::catalog;
use roomwire_conformance::client::Target;
use roomwire_conformance::event::{CaseFinished, Event};
use roomwire_conformance::exit_code::Exit;
use roomwire_conformance::generate::Kind;
use roomwire_conformance::run::{Histories, Settings, run};
use roomwire_conformance::shrink::Budget;
use roomwire_conformance::subject::{SHORT_AUTH_TIMEOUT_MS, SHORT_HEARTBEAT_TIMEOUT_MS, Subject};
use roomwire_conformance::verdict::Verdict;
use roomwire_protocol::limits::Limits;
use roomwire_server::{Config, Server};

const HISTORIES: usize = 200;

/// Judges the reference server with limits like these by everything; returns the cases that did not apply.
async fn not_applicable_with(change: impl FnOnce(&mut Limits)) -> Vec<CaseFinished> {
    let mut config = Config::default();
    config.listen.set_port(0);
    config.limits.heartbeat_timeout_ms = SHORT_HEARTBEAT_TIMEOUT_MS;
    config.limits.auth_timeout_ms = SHORT_AUTH_TIMEOUT_MS;
    change(&mut config.limits);
    let server = Server::bind(config).await.unwrap();
    let budget = Budget { tries: 0, ..Budget::default() };
    let histories =
        Histories { kinds: Kind::ALL.into(), count: Some(HISTORIES), time: None, save: None, budget };
    let settings = Settings { histories: Some(histories), ..Settings::default() };
    let mut finished = Vec::new();
    let mut report = |event: &Event| {
        if let Event::CaseFinished(case) = event {
            finished.push(case.clone());
        }
    };
    let target = Target::new(server.url().parse().unwrap());
    let cases = catalog::cases();
    let exit = run(&mut Subject::Running, target, &server.url(), &cases, &settings, &mut report).await;
    for case in &finished {
        assert!(
            matches!(case.verdict, Verdict::Pass | Verdict::NotApplicable),
            "{}: {} {:?} {:#?}",
            case.id,
            case.verdict,
            case.reason,
            case.findings
        );
    }
    assert_eq!(exit, Exit::Conforms);
    finished.retain(|case| case.verdict == Verdict::NotApplicable);
    finished
}

fn ids(cases: &[CaseFinished]) -> Vec<&str> {
    cases.iter().map(|case| &*case.id).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_takes_little_at_once_passes() {
    let left = not_applicable_with(|limits| {
        limits.max_message_bytes = 4096;
        limits.max_topics = 2;
        limits.max_queue_bytes = 65_536;
    })
    .await;
    let left = ids(&left);
    for of_more in
        ["limits/a-hundred-topics", "limits/a-thousand-chats", "text/escapes-up-to-the-message-limit"]
    {
        assert!(left.contains(&of_more), "{of_more} needs more than the server allows: {left:?}");
    }
    assert!(left.len() < 52, "so small are these limits not: {left:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_takes_half_of_what_is_usual_is_judged_by_nearly_everything() {
    let left = not_applicable_with(|limits| {
        limits.max_message_bytes = 16_384;
        limits.max_queue_bytes = 512 << 10;
        limits.max_topics = 20;
    })
    .await;
    let left = ids(&left);
    assert!(!left.contains(&"limits/a-client-that-does-not-read"), "{left:?}");
    assert!(left.len() < 24, "{left:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_grace_and_short_lists_passes() {
    not_applicable_with(|limits| {
        limits.presence_grace_ms = Some(700);
        limits.roster_max = Some(3);
    })
    .await;
}
