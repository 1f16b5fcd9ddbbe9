//! The whole suite against the reference server: what is right passes without a finding.

use std::time::Duration;

use roomwire_conformance::case::Case;
use roomwire_conformance::catalog;
use roomwire_conformance::client::Target;
use roomwire_conformance::event::{CaseFinished, Event};
use roomwire_conformance::exit_code::Exit;
use roomwire_conformance::run::{Settings, run};
use roomwire_conformance::subject::{SHORT_AUTH_TIMEOUT_MS, SHORT_HEARTBEAT_TIMEOUT_MS, Subject};
use roomwire_conformance::verdict::Verdict;
use roomwire_protocol::code::Profiles;
use roomwire_server::{Config, Server};

/// A reference server on a free port, with time limits that a test can wait for.
pub(crate) async fn reference_server() -> Server {
    serving(Config::default()).await
}

/// The same with the core alone: what it sends does not depend on who came first.
pub(crate) async fn core_server() -> Server {
    serving(Config { profiles: Profiles::CORE, ..Config::default() }).await
}

async fn serving(mut config: Config) -> Server {
    config.listen.set_port(0);
    config.limits.heartbeat_timeout_ms = SHORT_HEARTBEAT_TIMEOUT_MS;
    config.limits.auth_timeout_ms = SHORT_AUTH_TIMEOUT_MS;
    Server::bind(config).await.unwrap()
}

/// What came of judging a server.
pub(crate) struct Judged {
    pub(crate) exit: Exit,
    pub(crate) finished: Vec<CaseFinished>,
    pub(crate) amended: Vec<Event>,
}

/// Judges the server at a URL by some cases.
pub(crate) async fn judge(url: &str, cases: &[Case]) -> Judged {
    let mut target = Target::new(url.parse().unwrap());
    target.connect_timeout = Duration::from_secs(5);
    let (mut finished, mut amended) = (Vec::new(), Vec::new());
    let mut report = |event: &Event| match event {
        Event::CaseFinished(case) => finished.push(case.clone()),
        Event::CaseAmended { .. } => amended.push(event.clone()),
        _ => {}
    };
    let settings = Settings::default();
    let exit = run(&mut Subject::Running, target, url, cases, &settings, &mut report).await;
    Judged { exit, finished, amended }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reference_server_passes_without_a_finding() {
    let server = reference_server().await;
    let start = std::time::Instant::now();
    let judged = judge(&server.url(), &catalog::cases()).await;
    for case in judged.finished.iter().filter(|case| case.verdict != Verdict::Pass) {
        println!("{}: {} {:?}", case.id, case.verdict, case.reason);
        for finding in &case.findings {
            println!(
                "    {} {:?}\n      expected {}\n      got {}",
                finding.requirement, finding.property, finding.expected, finding.got
            );
        }
    }
    println!("{:?} {} cases", start.elapsed(), judged.finished.len());
    assert!(judged.amended.is_empty(), "{:#?}", judged.amended);
    assert_eq!(judged.exit, Exit::Conforms);
}
