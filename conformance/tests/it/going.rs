//! Subjects that go away in the middle of a run.

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use roomwire_conformance::catalog;
use roomwire_conformance::client::Target;
use roomwire_conformance::event::{CaseFinished, Event};
use roomwire_conformance::exit_code::Exit;
use roomwire_conformance::run::{Settings, run};
use roomwire_conformance::subject::{Spawned, Subject};
use roomwire_conformance::verdict::Verdict;

use crate::peers::node_peer;
use crate::suite::reference_server;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_stays_away_ends_the_run_with_what_is_known_and_blames_no_case() {
    const JUDGED_BEFORE: usize = 30;
    let server = reference_server().await;
    let mut target = Target::new(server.url().parse().unwrap());
    target.connect_timeout = Duration::from_millis(300);
    let mut server = Some(server);
    let (mut finished, mut footer, mut passed_before) = (Vec::new(), None, 0);
    let mut report = |event: &Event| match event {
        Event::CaseFinished(case) => {
            passed_before += usize::from(case.verdict == Verdict::Pass);
            finished.push(case.clone());
            if passed_before == JUDGED_BEFORE {
                server.take();
            }
        }
        Event::RunFinished { reason, not_run, .. } => footer = Some((reason.clone(), *not_run)),
        _ => {}
    };
    let cases = catalog::cases();
    let exit = run(&mut Subject::Running, target, "going", &cases, &Settings::default(), &mut report).await;
    assert_eq!(exit, Exit::Unreachable);
    let (reason, not_run) = footer.unwrap();
    assert!(reason.unwrap().contains("went away"));
    assert_eq!(finished.len() + not_run, cases.len());
    let passed = finished.iter().filter(|case| case.verdict == Verdict::Pass).count();
    assert!(passed >= JUDGED_BEFORE - 1 && not_run > 0, "{passed} passed, {not_run} not run");
    let failed: Vec<_> = finished.iter().filter(|case| case.verdict == Verdict::Fail).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

/// The Node peer with one line changed and one added: it dies of a certain chat, in this way.
fn mortal_peer(name: &str, death: &str) -> String {
    let peer = node_peer();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let modules = folder.join("node_modules");
    // One of an earlier run may point to where nothing is any more.
    if modules.is_symlink() {
        std::fs::remove_file(&modules).unwrap();
    }
    std::os::unix::fs::symlink(peer.join("node_modules"), modules).unwrap();
    let line = "parse(request?.chatInfo, 32)";
    let deadly = format!("(String(request?.chatInfo).includes('she said') ? process.emit('death') : {line})");
    let mut changed = 0;
    for entry in std::fs::read_dir(&peer).unwrap() {
        let from = entry.unwrap().path();
        if from.extension().is_none_or(|extension| extension != "mjs" && extension != "json") {
            continue;
        }
        let mut text = std::fs::read_to_string(&from).unwrap();
        changed += text.matches(line).count();
        text = text.replace(line, &deadly);
        if from.ends_with("server.mjs") {
            let _ = writeln!(text, "\nprocess.on('death', () => {{ {death}; }});");
        }
        std::fs::write(folder.join(from.file_name().unwrap()), text).unwrap();
    }
    assert_eq!(changed, 1, "the peer has changed: this test must change with it");
    folder.join("server.mjs").display().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_started_server_that_dies_of_one_case_fails_that_case_alone_and_is_started_again() {
    assert_that_one_case_is_blamed(&mortal_peer("mortal-peer", "process.exit(7)")).await;
}

/// Its connections end before anybody can see that the process has: every process that dies does so for a moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_started_server_that_hangs_up_a_while_before_it_ends_fails_that_case_alone_as_well() {
    let death = "server.close(); sockets.clients.forEach((it) => it.terminate()); \
                 setTimeout(() => process.exit(7), 300)";
    assert_that_one_case_is_blamed(&mortal_peer("hanging-up-peer", death)).await;
}

async fn assert_that_one_case_is_blamed(server: &str) {
    let mut spawned =
        Spawned::new(vec!["node".into(), server.into(), "{port}".into()], Duration::from_secs(30));
    let url = spawned.start().await.unwrap();
    let mut subject = Subject::Spawned(Box::new(spawned));
    let mut finished: Vec<CaseFinished> = Vec::new();
    let mut report = |event: &Event| {
        if let Event::CaseFinished(case) = event {
            finished.push(case.clone());
        }
    };
    let mut cases = catalog::cases();
    cases.retain(|case| case.id.starts_with("text/") || case.id.starts_with("heartbeat/"));
    let exit = run(&mut subject, Target::new(url), "mortal", &cases, &Settings::default(), &mut report).await;
    subject.stop().await;
    assert_eq!(exit, Exit::Violations);
    assert_eq!(finished.len(), cases.len());
    let failed: Vec<_> = finished.iter().filter(|case| case.verdict != Verdict::Pass).collect();
    let ids: Vec<_> = failed.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids, ["text/quotes-and-backslashes"]);
    assert!(failed[0].findings[0].got.contains("process ended"), "{:?}", failed[0].findings);
}
