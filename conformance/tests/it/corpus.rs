//! The search against the faults: what generated programs catch, how soon, how small it becomes; and the corpus, the
//! failing transcripts of all faults, which must go on failing without any server.
//!
//! `CORPUS=write cargo test -p roomwire-conformance --test it -- corpus` writes the corpus anew. With `FAULT=part` it
//! does so for some faults only, and `SEARCH=N` tries up to N programs a fault. The figures go to stdout with
//! `--nocapture`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use roomwire_conformance::catalog;
use roomwire_conformance::check::Finding;
use roomwire_conformance::client::Target;
use roomwire_conformance::event::{CaseFinished, Event};
use roomwire_conformance::generate::Kind;
use roomwire_conformance::record_file::Record;
use roomwire_conformance::run::{Histories, Settings, run};
use roomwire_conformance::shrink::{Budget, candidates};
use roomwire_conformance::subject::Subject;
use roomwire_conformance::verdict::Verdict;

use crate::faults::{self, Fault};
use crate::suite::{judge, reference_server};

/// How many faults are tried at the same time.
const SIDE_BY_SIDE: usize = 3;
/// The most bytes that a file of the corpus may have: what says more in one place is left to scripted cases.
const MOST_BYTES: usize = 40_000;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// What came of searching one fault.
struct Caught {
    fault: &'static Fault,
    /// How many programs were run until one failed.
    after: Option<usize>,
    steps: usize,
    shrinking: Duration,
    finished: Option<(CaseFinished, Vec<roomwire_conformance::check::Property>)>,
}

/// What came of a case that failed for something that the fault breaks, and that first; nothing of another case. A fault
/// that is seen only by what it does besides is not caught.
fn caught_for_its_own_sake(fault: &Fault, mut finished: CaseFinished) -> Option<CaseFinished> {
    if !matches!(finished.verdict, Verdict::Fail | Verdict::Warn) {
        return None;
    }
    let own = |finding: &Finding| fault.breaks.contains(&finding.requirement.as_str());
    let place = finished.findings.iter().position(own)?;
    finished.findings[..=place].rotate_right(1);
    Some(finished)
}

/// Searches one fault by generated programs, and by the cases of its chapter where those do not find it.
async fn search(fault: &'static Fault, programs: usize) -> Caught {
    let server = reference_server().await;
    let proxy = faults::start(Some(fault), server.local_addr()).await.unwrap();
    let histories = Histories {
        kinds: Kind::ALL.into(),
        count: Some(programs),
        time: Some(Duration::from_secs(8)),
        save: None,
        budget: Budget { tries: 400, time: Duration::from_secs(10) },
    };
    let settings = Settings { histories: Some(histories), fail_fast: true, jobs: 8, ..Settings::default() };
    let mut failed: Option<CaseFinished> = None;
    let mut run_until = 0;
    let mut shrinking_since = None;
    let mut shrinking = Duration::ZERO;
    let mut report = |event: &Event| match event {
        Event::CaseProgress { shrinking: true, .. } => {
            shrinking_since.get_or_insert_with(Instant::now);
        }
        Event::CaseFinished(finished) => {
            run_until += finished.programs.unwrap_or(0);
            if failed.is_none()
                && finished.transcript.is_some()
                && let Some(finished) = caught_for_its_own_sake(fault, finished.clone())
            {
                failed = Some(finished);
                shrinking = shrinking_since.map_or(Duration::ZERO, |since: Instant| since.elapsed());
            }
        }
        _ => {}
    };
    let target = Target::new(proxy.url().parse().unwrap());
    let _ = run(&mut Subject::Running, target, fault.name, &[], &settings, &mut report).await;
    if let Some(finished) = failed {
        let steps = finished.transcript.as_ref().map_or(0, |it| candidates::length(&it.program));
        let about = Kind::of_id(&finished.id).map(|kind| kind.case().about).unwrap_or_default();
        return Caught { fault, after: Some(run_until), steps, shrinking, finished: Some((finished, about)) };
    }
    let mut cases = catalog::cases();
    cases.retain(|case| case.requirements.iter().any(|id| fault.breaks.contains(id)));
    let judged = judge(&proxy.url(), &cases).await;
    let size = |case: &CaseFinished| case.transcript.as_ref().map_or(usize::MAX, |it| it.events.len());
    let failing = judged.finished.into_iter().filter(|case| case.transcript.is_some());
    let failing = failing.filter_map(|case| caught_for_its_own_sake(fault, case));
    let smallest = failing.min_by_key(size);
    let about = |finished: &CaseFinished| {
        let case = cases.iter().find(|case| case.id == finished.id);
        case.map(|case| case.about.clone()).unwrap_or_default()
    };
    let finished = smallest.map(|finished| (finished.clone(), about(&finished)));
    Caught { fault, after: None, steps: 0, shrinking: Duration::ZERO, finished }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn corpus_is_written_anew_where_that_is_asked_for() {
    if std::env::var("CORPUS").as_deref() != Ok("write") {
        return;
    }
    let only = std::env::var("FAULT").unwrap_or_default();
    let programs = std::env::var("SEARCH").ok().and_then(|count| count.parse().ok()).unwrap_or(600);
    let chosen = faults::all().filter(|fault| fault.name.contains(only.as_str()));
    let mut all = stream::iter(chosen.map(|fault| search(fault, programs))).buffer_unordered(SIDE_BY_SIDE);
    let (mut after, mut steps) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    while let Some(caught) = all.next().await {
        let name = caught.fault.name;
        println!(
            "{name}: after {:?}, {} steps, shrunk in {:?}",
            caught.after, caught.steps, caught.shrinking
        );
        after.extend(caught.after);
        steps.extend(caught.after.map(|_| caught.steps));
        let Some((finished, about)) = caught.finished else { continue };
        let record = Record::of_case(&finished, &about, name).unwrap();
        let mut text = Vec::new();
        record.write(&mut text).unwrap();
        if text.len() <= MOST_BYTES {
            bytes += text.len();
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(folder().join(format!("{name}.ndjson")), text).unwrap();
        }
    }
    after.sort_unstable();
    steps.sort_unstable();
    let told = |sorted: &[usize]| (sorted.get(sorted.len() / 2).copied(), sorted.last().copied());
    println!("{} faults caught by generated programs", after.len());
    println!("median and worst number of programs: {:?}", told(&after));
    println!("median and worst number of steps: {:?}", told(&steps));
    println!("{bytes} bytes");
}

#[test]
fn every_failing_transcript_of_the_corpus_still_fails_for_what_it_was_kept_for() {
    let mut escaped = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "ndjson") {
            continue;
        }
        count += 1;
        let record = Record::load(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let kept_for = &record.footer.findings[0];
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap();
        let fault = faults::all().find(|fault| fault.name == name);
        let fault = fault.unwrap_or_else(|| panic!("{}: there is no such fault", path.display()));
        assert!(
            fault.breaks.contains(&kept_for.requirement.as_str()),
            "{}: it was kept for {}, and the fault breaks {:?}",
            path.display(),
            kept_for.requirement,
            fault.breaks
        );
        let (judgement, ..) = record.judge();
        let alike = judgement.findings.iter().any(|finding| {
            finding.property == kept_for.property && finding.requirement == kept_for.requirement
        });
        if !alike {
            escaped.push(format!("{}: {kept_for:?}", path.display()));
        }
    }
    assert!(count > 0, "the corpus is empty");
    assert!(escaped.is_empty(), "{} of {count}:\n{}", escaped.len(), escaped.join("\n"));
}

/// What right servers did and was once held against them: checks that still do so are wrong.
#[test]
fn nothing_is_found_in_transcripts_of_right_servers_that_were_judged_wrongly_once() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/acquitted");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let record = Record::load(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(!record.footer.findings.is_empty(), "{} was never judged wrongly", path.display());
        let (judgement, ..) = record.judge();
        assert!(judgement.findings.is_empty(), "{}: {:#?}", path.display(), judgement.findings);
        count += 1;
    }
    assert!(count > 0, "there are none");
}
