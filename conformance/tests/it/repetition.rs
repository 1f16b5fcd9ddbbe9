//! The same verdicts in any order, in any selection, twice in a row and twice at the same time, beside whatever else the
//! machine has to do: a verdict is about the server, and about nothing else.
//!
//! `RUNS` says how many runs there are (each of another kind than the one before, and with a seed of its own), `BUSY`
//! beside how many threads that only take time; CONTRIBUTING has the commands of the long ones.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use roomwire_conformance::case::{Case, Demand};
use roomwire_conformance::catalog;
use roomwire_conformance::event::CaseFinished;
use roomwire_conformance::run::Settings;
use roomwire_conformance::verdict::Verdict;

use crate::suite::{closed_server, judge_with, reference_server};

/// How many runs the gate has: one of each kind.
const RUNS: u64 = 4;

/// What is different from the run before, besides the order, which always is.
const KINDS: [&str; 4] = ["all", "some", "each twice", "with known users"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[allow(clippy::print_stdout, reason = "shown with --nocapture, for whoever makes many runs")]
async fn verdicts_are_the_same_in_any_order_any_selection_and_twice() {
    let number = |variable: &str| std::env::var(variable).ok().and_then(|text| text.parse().ok());
    let (runs, busy) = (number("RUNS").unwrap_or(RUNS), number("BUSY").unwrap_or(0));
    let _load = Load::start(busy);
    let server = reference_server().await;
    let (closed, users) = closed_server().await;
    let mut expected: BTreeMap<&str, BTreeMap<String, Verdict>> = BTreeMap::new();
    let mut differing = Vec::new();
    for run in 0..runs {
        let kind = KINDS[usize::try_from(run % 4).unwrap()];
        let cases = select(kind, run);
        let (url, users) = match kind {
            "with known users" => (closed.url(), users.clone()),
            _ => (server.url(), Settings::default().users),
        };
        let settings = Settings {
            seed: run,
            users,
            jobs: [16, 64, 5][usize::try_from(run % 3).unwrap()],
            ..Settings::default()
        };
        let start = Instant::now();
        let judged = judge_with(&url, &cases, &settings).await;
        let known = expected.entry(if kind == "with known users" { "closed" } else { "open" }).or_default();
        let mut wrong = Vec::new();
        for case in &judged.finished {
            let right = matches!(case.verdict, Verdict::Pass | Verdict::NotApplicable);
            // What does not apply in one run does not in another.
            let verdict = *known.entry(case.id.clone()).or_insert(case.verdict);
            if !right || verdict != case.verdict {
                wrong.push(told(case));
            }
        }
        wrong.extend(judged.amended.iter().map(|event| format!("{event:?}")));
        let (verdicts, secs) = (judged.finished.len(), start.elapsed().as_secs_f32());
        println!("run {run} ({kind}): {verdicts} verdicts in {secs:.1} s, {} of them another", wrong.len());
        for it in &wrong {
            println!("    {it}");
        }
        assert_eq!(judged.finished.len(), cases.len(), "run {run} ({kind}) has not judged all");
        differing.extend(wrong.into_iter().map(|it| format!("run {run} ({kind}): {it}")));
    }
    assert!(
        differing.is_empty(),
        "{} verdicts are not what they were:\n{}",
        differing.len(),
        differing.join("\n")
    );
}

fn told(case: &CaseFinished) -> String {
    let CaseFinished { id, verdict, reason, findings, .. } = case;
    format!("{id} {verdict} {reason:?} {findings:?}")
}

/// The cases of a run, in an order that nobody would think of.
fn select(kind: &str, seed: u64) -> Vec<Case> {
    // Chance that comes again with the seed.
    let mut drawn = 0_u64;
    let mut below = |limit: usize| {
        let mut hasher = DefaultHasher::new();
        (seed, drawn).hash(&mut hasher);
        drawn += 1;
        usize::try_from(hasher.finish() % u64::try_from(limit).unwrap()).unwrap()
    };
    let mut cases = catalog::cases();
    match kind {
        "some" => cases.retain(|_| below(2) == 0),
        // There is one bystander of a run, as long as it lasts.
        "each twice" => {
            let again = catalog::cases().into_iter().filter(|case| case.demand != Demand::Throughout);
            cases.extend(again);
        }
        _ => {}
    }
    for last in (1..cases.len()).rev() {
        cases.swap(last, below(last + 1));
    }
    cases
}

/// Threads that take what time there is, until they are dropped.
struct Load(Arc<AtomicBool>, Vec<thread::JoinHandle<()>>);

impl Load {
    fn start(threads: u64) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let spin = |_| {
            let over = Arc::clone(&over);
            thread::spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    spin_loop();
                }
            })
        };
        let threads = (0..threads).map(spin).collect();
        Self(over, threads)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
        self.1.drain(..).for_each(|thread| {
            let _ = thread.join();
        });
    }
}
