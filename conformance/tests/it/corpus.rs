//! The corpus: a failing transcript of each fault that one was found for, which must go on failing without any server.
//!
//! `CORPUS=write cargo test -p roomwire-conformance --test it -- corpus` writes the corpus anew. With `FAULT=part` it
//! does so for some faults only, and `SEARCH=N` tries up to N programs a fault. The figures go to stdout with
//! `--nocapture`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use roomwire_conformance::catalog;
use roomwire_conformance::check::Judgement;
use roomwire_conformance::event::CaseFinished;
use roomwire_conformance::record_file::{Footer, Header, RECORD_SCHEMA, RECORD_VERSION, Record};
use roomwire_conformance::shrink::Budget;
use roomwire_conformance::verdict::{self, Verdict};

use crate::faults::{self, Fault};
use crate::hunt::{Caught, Hunt, for_its_own_sake};
use crate::suite::{judge, reference_server};

/// How many faults are tried at the same time.
const SIDE_BY_SIDE: usize = 3;
/// The most bytes that a file of the corpus may have: what says more in one place is left to scripted cases.
const MOST_BYTES: usize = 40_000;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

/// What came of looking for one fault.
struct Found {
    fault: &'static Fault,
    /// How many generated programs it took, and the steps of the smallest; none where only a scripted case has found it.
    by_programs: Option<(usize, usize)>,
    record: Option<Record>,
}

/// Looks for a fault by generated programs, and by the cases of its chapter where those do not find it.
async fn look_for(fault: &'static Fault, programs: usize) -> Found {
    let budget = Budget { tries: 400, time: Duration::from_secs(10) };
    let hunt = Hunt { seed: 0, programs, time: Duration::from_secs(20), budget };
    if let Some(caught) = hunt.search(fault).await {
        let by_programs = Some((caught.after, caught.steps));
        return Found { fault, by_programs, record: Some(record_of(fault, caught)) };
    }
    let server = reference_server().await;
    let proxy = faults::start(Some(fault), server.local_addr()).await.unwrap();
    let mut cases = catalog::cases();
    cases.retain(|case| case.requirements.iter().any(|id| fault.breaks.contains(id)));
    let judged = judge(&proxy.url(), &cases).await;
    let size = |case: &CaseFinished| case.transcript.as_ref().map_or(usize::MAX, |it| it.events.len());
    let failing = judged.finished.into_iter().filter(|case| case.transcript.is_some());
    let failing = failing.filter(|case| matches!(case.verdict, Verdict::Fail | Verdict::Warn));
    let failing = failing.filter_map(|mut case| {
        case.findings = for_its_own_sake(fault, std::mem::take(&mut case.findings))?;
        Some(case)
    });
    let about = |finished: &CaseFinished| {
        let case = cases.iter().find(|case| case.id == finished.id);
        case.map(|case| case.about.clone()).unwrap_or_default()
    };
    let smallest = failing.min_by_key(size);
    let record = smallest.and_then(|finished| Record::of_case(&finished, &about(&finished), fault.name));
    Found { fault, by_programs: None, record }
}

/// What a generated program has shown, as a file of the corpus.
fn record_of(fault: &Fault, caught: Caught) -> Record {
    let case = caught.kind.case();
    let header = Header {
        schema: RECORD_SCHEMA.into(),
        record_version: RECORD_VERSION,
        tool_version: env!("CARGO_PKG_VERSION").into(),
        case: case.id.into(),
        title: case.title.into(),
        requirements: case.requirements.iter().map(|id| (*id).to_owned()).collect(),
        about: case.about.clone(),
        subject: fault.name.into(),
        declared: caught.transcript.declared.clone(),
    };
    let judgement = Judgement { findings: caught.findings.clone(), ..Judgement::default() };
    let (verdict, _) = verdict::verdict(&[], &judgement);
    let footer = Footer {
        events: caught.transcript.events.len(),
        verdict,
        reason: None,
        findings: caught.findings,
        rate: caught.rate,
    };
    Record { header, transcript: caught.transcript, footer }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn corpus_is_written_anew_where_that_is_asked_for() {
    if std::env::var("CORPUS").as_deref() != Ok("write") {
        return;
    }
    let only = std::env::var("FAULT").unwrap_or_default();
    let programs = std::env::var("SEARCH").ok().and_then(|count| count.parse().ok()).unwrap_or(600);
    let chosen = faults::all().filter(|fault| fault.name.contains(only.as_str()));
    let mut all = stream::iter(chosen.map(|fault| look_for(fault, programs))).buffer_unordered(SIDE_BY_SIDE);
    let (mut by_programs, mut by_cases, mut bytes) = (0, 0, 0);
    while let Some(found) = all.next().await {
        let name = found.fault.name;
        let Some(record) = found.record else {
            println!("{name}: not found");
            continue;
        };
        let mut text = Vec::new();
        record.write(&mut text).unwrap();
        println!("{name}: after and with as many steps {:?}, {} bytes", found.by_programs, text.len());
        if text.len() <= MOST_BYTES {
            *if found.by_programs.is_some() { &mut by_programs } else { &mut by_cases } += 1;
            bytes += text.len();
            std::fs::create_dir_all(folder()).unwrap();
            std::fs::write(folder().join(format!("{name}.ndjson")), text).unwrap();
        }
    }
    println!("{by_programs} by generated programs and {by_cases} by cases, {bytes} bytes");
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
