//! The search among generated programs: which are run, what has come out, and what becomes of those that fail.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Court, Outcome, Settings, Tally};
use crate::case::Case;
use crate::check::Property;
use crate::client::Target;
use crate::driver::Stage;
use crate::event::{CaseFinished, Event};
use crate::generate::{self, Kind, Scope};
use crate::names::Users;
use crate::record_file::Record;
use crate::shrink::{self, Budget, Shrunk, Signature};
use crate::subject::{Declared, Subject};
use crate::verdict::{self, Verdict};

/// How many programs are handed out at a time.
const BATCH: usize = 1000;
/// After so many failing programs a kind is not searched any further: they are slow, and what they have in common is
/// found by making one of them smaller.
const MOST_FAILING: usize = 8;
/// How many different failures of a kind are made smaller.
const MOST_SHRUNK: usize = 3;

/// Which generated programs are run.
#[derive(Debug, Clone)]
pub struct Histories {
    /// The kinds.
    pub kinds: Vec<Kind>,
    /// How many programs; none: as many as there is time for.
    pub count: Option<usize>,
    /// For how long.
    pub time: Option<Duration>,
    /// The folder that failing programs are saved in.
    pub save: Option<PathBuf>,
    /// What the making smaller of one failing program may cost.
    pub budget: Budget,
}

/// A search under way.
pub(super) struct Search {
    histories: Histories,
    seed: u64,
    scope: Scope,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The number of the next program.
    next: usize,
    until: Option<Instant>,
    found: BTreeMap<Kind, Found>,
}

/// What has come out of the programs of one kind.
#[derive(Default)]
struct Found {
    run: usize,
    failing: usize,
    failures: Vec<Failure>,
    /// What their judgements put to the test.
    exercised: BTreeSet<Property>,
    /// Programs that could not be judged or where the runner failed, and why the first of them.
    open: BTreeMap<Verdict, (usize, Option<String>)>,
}

/// A program that failed.
struct Failure {
    number: usize,
    outcome: Outcome,
    signature: Signature,
}

impl Search {
    pub(super) fn new(histories: &Histories, settings: &Settings, declared: &Declared) -> Self {
        let users = if let Users::Known(known) = &settings.users { Some(known.len()) } else { None };
        let scope = Scope { declared: declared.clone(), users };
        Self { histories: histories.clone(), seed: settings.seed, scope, state: Mutex::default() }
    }

    /// How many kinds there are.
    pub(super) fn kinds(&self) -> usize {
        self.histories.kinds.len()
    }

    /// Where the verdict on a kind stands in a tally: behind all cases.
    pub(super) fn result(kind: Kind) -> usize {
        usize::MAX - kind as usize
    }

    /// The kind of the program of this number.
    pub(super) fn kind(&self, number: usize) -> Kind {
        generate::kind_of(number, &self.histories.kinds)
    }

    /// Whether any of the programs that are to be run is of this kind.
    pub(super) fn has_any(&self, kind: Kind) -> bool {
        self.histories.count.is_none_or(|count| (0..count).any(|number| self.kind(number) == kind))
    }

    /// The program of this number, as a case.
    pub(super) fn case(&self, number: usize) -> Case {
        let kind = self.kind(number);
        kind.case_of(generate::program(kind, self.seed, number, &self.scope))
    }

    /// Whether the program of this number has been handed out.
    pub(super) fn has_run(&self, number: usize) -> bool {
        number < self.state().next
    }

    /// Whether any program has failed of a kind that is not known to.
    pub(super) fn has_failed(&self) -> bool {
        let is_news = |failure: &Failure| failure.outcome.finished.known_failure.is_none();
        self.state().found.values().any(|found| found.failing > 0 && found.failures.iter().all(is_news))
    }

    /// Whether this program need not be run any more: the time is over, or enough of its kind have failed.
    pub(super) fn is_over(&self, number: usize) -> bool {
        let state = self.state();
        let enough = |found: &Found| found.failing >= MOST_FAILING;
        state.until.is_some_and(|until| Instant::now() >= until)
            || state.found.get(&self.kind(number)).is_some_and(enough)
    }

    /// The next programs that are to be run, as numbers behind `first`.
    pub(super) fn next_batch(&self, first: usize, report: &mut dyn FnMut(&Event)) -> Vec<usize> {
        let mut state = self.state();
        if self.histories.kinds.is_empty() {
            return Vec::new();
        }
        if state.next == 0 {
            state.until = self.histories.time.map(|time| Instant::now() + time);
            for kind in &self.histories.kinds {
                state.found.entry(*kind).or_default();
                report(&Event::CaseStarted { id: kind.id().into() });
            }
        }
        let time_is_over = state.until.is_some_and(|until| Instant::now() >= until);
        if time_is_over || state.found.values().all(|found| found.failing >= MOST_FAILING) {
            return Vec::new();
        }
        let most = self.histories.count.unwrap_or(usize::MAX);
        let numbers = state.next..state.next.saturating_add(BATCH).min(most);
        state.next = numbers.end.max(state.next);
        let mut batch: Vec<usize> = numbers.map(|number| first + number).collect();
        // What takes longest is begun first, so that the others fit beside it.
        batch.sort_by_key(|number| self.kind(number - first) != Kind::Marathon);
        batch
    }

    /// Takes in what came of a program.
    pub(super) fn take(&self, number: usize, outcome: Outcome, report: &mut dyn FnMut(&Event)) {
        let kind = self.kind(number);
        let mut state = self.state();
        let found = state.found.entry(kind).or_default();
        found.run += 1;
        found.exercised.extend(&outcome.exercised);
        match outcome.finished.verdict {
            Verdict::Pass | Verdict::NotApplicable => {}
            Verdict::Fail | Verdict::Warn => found.take_failure(number, outcome),
            open => {
                let (count, why) = found.open.entry(open).or_default();
                *count += 1;
                *why = why.take().or(outcome.finished.reason);
            }
        }
        let run: usize = state.found.values().map(|found| found.run).sum();
        // A line for every hundredth is enough to be seen, and few enough for a report.
        let every = self.histories.count.map_or(100, |count| (count / 20).max(10));
        if run.is_multiple_of(every) {
            let (id, of) = (kind.id().into(), self.histories.count);
            report(&Event::CaseProgress { id, done: run, of, shrinking: false });
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Found {
    fn take_failure(&mut self, number: usize, outcome: Outcome) {
        self.failing += 1;
        let Some(signature) = outcome.finished.findings.first().map(Signature::of) else { return };
        let failure = Failure { number, outcome, signature };
        // Of many programs that fail alike, the shortest is the best to begin with.
        let alike = self.failures.iter().position(|known| known.signature == failure.signature);
        match alike {
            Some(known) if failure.length() < self.failures[known].length() => self.failures[known] = failure,
            None if self.failures.len() < MOST_SHRUNK => self.failures.push(failure),
            _ => {}
        }
    }
}

impl Failure {
    fn length(&self) -> usize {
        self.outcome.finished.transcript.as_ref().map_or(usize::MAX, |transcript| transcript.events.len())
    }
}

impl Court<'_> {
    /// Makes what has failed smaller, saves it, and tells the verdict on each kind.
    pub(super) async fn finish_search(
        &self,
        search: &Search,
        subject: &mut Subject,
        target: &mut Target,
        tally: &mut Tally,
        report: &mut dyn FnMut(&Event),
    ) {
        let found = std::mem::take(&mut search.state().found);
        // Behind all programs that were handed out, so that no name is ever used twice.
        let mut number = self.cases.len() + search.state().next;
        for (kind, found) in found {
            let mut finished = Self::summary(kind, &found, search.has_any(kind));
            let mut others: Vec<String> = Vec::new();
            let mut place = 0;
            for failure in found.failures {
                let id = kind.id().to_owned();
                report(&Event::CaseProgress { id, done: found.run, of: None, shrinking: true });
                let killed = failure.outcome.killed;
                let shrunk = self.shrink(search, failure, target, &mut number).await;
                let gone = killed || !subject.lives(target).await;
                if gone && let Err(why) = subject.revive(target).await {
                    tally.reason = Some(format!("the subject went away: {why}"));
                }
                let Some((mut smallest, reliable)) = shrunk else { continue };
                self.save(search, &mut smallest, place, "");
                if let Some(mut reliable) = reliable {
                    self.save(search, &mut reliable, place, "-reliable");
                    smallest.saved.append(&mut reliable.saved);
                }
                if place == 0 {
                    let (run, open) = (finished.programs, finished.reason.take());
                    finished = smallest;
                    (finished.programs, finished.reason) = (run, open);
                } else {
                    others.extend(smallest.findings.first().map(|finding| finding.requirement.clone()));
                    finished.saved.append(&mut smallest.saved);
                }
                place += 1;
            }
            if !others.is_empty() {
                let others = format!("other programs break {}", others.join(" and "));
                finished.reason =
                    Some(finished.reason.map_or(others.clone(), |reason| format!("{reason}; {others}")));
            }
            tally.settle(Search::result(kind), &finished);
            report(&Event::CaseFinished(finished));
        }
    }

    /// The verdict on a kind, but for what failed.
    fn summary(kind: Kind, found: &Found, asked_for: bool) -> CaseFinished {
        let case = kind.case();
        let (verdict, reason) = match found.open.last_key_value() {
            Some((verdict, (count, why))) => {
                let why = why.as_deref().unwrap_or("for no reason that is known");
                (*verdict, Some(format!("{count} of {} programs could not be judged: {why}", found.run)))
            }
            None if !asked_for => {
                let why = "so few generated programs were asked for that none of them is of this kind";
                (Verdict::NotApplicable, Some(why.into()))
            }
            None if found.run == 0 => (Verdict::Inconclusive, Some("no program of this kind was run".into())),
            None => match verdict::idle(&case.about, |property| found.exercised.contains(property)) {
                Some(reason) => (Verdict::Inconclusive, Some(reason)),
                None => (Verdict::Pass, None),
            },
        };
        CaseFinished { programs: Some(found.run), verdict, reason, ..Self::facts(&case) }
    }

    /// Makes a failing program smaller: the smallest that fails alike, and where that one is flaky the smallest
    /// reliable one. None where all that was wrong is a difference which never came back: that one thing followed
    /// another was chance.
    async fn shrink(
        &self,
        search: &Search,
        failure: Failure,
        target: &Target,
        number: &mut usize,
    ) -> Option<(CaseFinished, Option<CaseFinished>)> {
        let Failure { number: index, outcome, signature } = failure;
        // A program that kills the subject would do so at every try.
        if outcome.killed || search.histories.budget.tries == 0 {
            return Some((outcome.finished, None));
        }
        let case = search.case(index);
        let stage = Stage::new(target, self.pace, self.known.declared());
        let lab = shrink::Lab {
            ground: &self.ground(),
            stage,
            requirement: case.requirements[0],
            jobs: self.settings.jobs,
            budget: search.histories.budget,
        };
        let Shrunk { smallest, reliable, .. } = lab.shrink(&case.program, &signature, number).await;
        let told = |specimen: shrink::Specimen| {
            let mut finished = outcome.finished.clone();
            // What the smallest program shows first is what it was kept for.
            finished.findings = specimen.findings;
            finished.transcript = Some(specimen.transcript);
            finished.rate = Some(specimen.rate);
            finished
        };
        match smallest {
            Some(smallest) => Some((told(smallest), reliable.map(told))),
            None if signature.property == Property::Interference => None,
            None => Some((outcome.finished, None)),
        }
    }

    fn save(&self, search: &Search, finished: &mut CaseFinished, place: usize, kind: &str) {
        let Some(folder) = &search.histories.save else { return };
        let about = Kind::of_id(&finished.id).map(|kind| kind.case().about).unwrap_or_default();
        let Some(record) = Record::of_case(finished, &about, self.name) else { return };
        let name = if place == 0 { String::new() } else { format!("-{}", place + 1) };
        match record.save(folder, &format!("{}{name}{kind}", self.run_id)) {
            Ok(path) => finished.saved.push(path.display().to_string()),
            Err(error) => {
                let why = format!("the failing program could not be saved in {}: {error}", folder.display());
                finished.reason =
                    Some(finished.reason.take().map_or(why.clone(), |reason| format!("{reason}; {why}")));
            }
        }
    }
}
