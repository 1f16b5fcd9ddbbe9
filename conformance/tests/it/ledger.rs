//! What strays to the bystander of a run is held against the case that it came from, however late it is.

use roomwire_conformance::catalog;
use roomwire_conformance::event::Event;
use roomwire_conformance::exit_code::Exit;
use roomwire_conformance::verdict::Verdict;

use crate::faults;
use crate::suite::{judge, reference_server};

const BYSTANDER: &str = "isolation/bystander-of-the-run";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_strays_late_and_elsewhere_is_held_against_the_case_that_it_came_from() {
    let server = reference_server().await;
    let fault = faults::all().find(|fault| fault.name == "strays-to-the-longest-connected").unwrap();
    let proxy = faults::start(Some(fault), server.local_addr()).await.unwrap();
    let mut cases = catalog::cases();
    // One case at a time would see nothing astray: each has ended before a stray of it comes.
    cases.retain(|case| case.id == BYSTANDER || case.id.starts_with("text/"));
    let judged = judge(&proxy.url(), &cases).await;
    let amended: Vec<_> = judged
        .amended
        .iter()
        .filter_map(|event| match event {
            Event::CaseAmended { id, verdict, finding, seen_in, .. } if seen_in == BYSTANDER => {
                Some((id, *verdict, finding))
            }
            _ => None,
        })
        .collect();
    assert!(!amended.is_empty(), "the bystander has seen nothing: {:?}", judged.amended);
    for (id, verdict, finding) in amended {
        assert!(id.starts_with("text/"), "{id} is blamed");
        assert_eq!((verdict, finding.requirement.as_str()), (Verdict::Fail, "ISO-1"));
    }
    let bystander = judged.finished.iter().find(|case| case.id == BYSTANDER).unwrap();
    assert_eq!(bystander.verdict, Verdict::Pass, "{:?}", bystander.findings);
    assert_eq!(judged.exit, Exit::Violations);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_bystander_is_counted_among_the_connections_that_there_may_be() {
    let server = reference_server().await;
    let mut cases = catalog::cases();
    cases.retain(|case| case.id == BYSTANDER || case.id.starts_with("heartbeat/"));
    let widest = cases.iter().map(roomwire_conformance::plan::connections).max().unwrap();
    let judged = judge_with(&server.url(), &cases, widest).await;
    let verdict = |judged: &[(String, Verdict)]| {
        judged.iter().find(|(id, _)| id == BYSTANDER).map(|(_, verdict)| *verdict)
    };
    assert_eq!(verdict(&judged), Some(Verdict::Inconclusive), "others need all of them");
    let judged = judge_with(&server.url(), &cases, widest + 1).await;
    assert_eq!(verdict(&judged), Some(Verdict::Pass));
}

async fn judge_with(
    url: &str,
    cases: &[roomwire_conformance::case::Case],
    most: usize,
) -> Vec<(String, Verdict)> {
    use roomwire_conformance::client::Target;
    use roomwire_conformance::run::{Settings, run};
    use roomwire_conformance::subject::Subject;
    let mut verdicts = Vec::new();
    let mut report = |event: &Event| {
        if let Event::CaseFinished(case) = event {
            verdicts.push((case.id.clone(), case.verdict));
        }
    };
    let settings = Settings { max_connections: Some(most), ..Settings::default() };
    let target = Target::new(url.parse().unwrap());
    run(&mut Subject::Running, target, url, cases, &settings, &mut report).await;
    verdicts
}
