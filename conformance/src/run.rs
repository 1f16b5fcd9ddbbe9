//! A run: the selected cases, side by side, each until there is a verdict.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::case::Case;
use crate::check::{self, Finding, Judgement, Property};
use crate::client::Target;
use crate::clock::{self, Pace};
use crate::driver::{self, Stage};
use crate::event::{CaseFinished, Event, REPORT_SCHEMA, REPORT_VERSION};
use crate::exit_code::Exit;
use crate::invocation::Invocation;
use crate::known_failures::{KnownFailures, Standing, standing};
use crate::names::{Names, TryId, Users};
use crate::plan::{self, Fate};
use crate::program::TimeLimit;
use crate::requirements::Level;
use crate::snapshots::{self, Snapshots};
use crate::subject::{Declared, Subject};
use crate::transcript::Transcript;
use crate::verdict::{self, Verdict};

mod doubts;
mod golden;
mod probe;

use doubts::Doubts;

/// How often a case is played again when a try could not be judged for the runner's or the machine's sake.
const MOST_TRIES: usize = 5;
/// After so many tries in a row that ended in a 429 or a 503, a case is not tried again for one.
const MOST_REFUSALS: usize = 64;
/// The longest that a 429 is waited out.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A stall of this length makes what rests on a clock worth another try.
const STALL_WORTH_A_RETRY: Duration = Duration::from_millis(200);

/// How a run is made.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How many cases are played at the same time.
    pub jobs: usize,
    /// What decides the order.
    pub seed: u64,
    /// How long a declared time limit may be for the cases that wait for it.
    pub patience: Duration,
    /// Whether a failed SHOULD fails the run.
    pub strict: bool,
    /// Whether the run ends with the first failure.
    pub fail_fast: bool,
    /// The profiles to judge, in place of those that the subject claims.
    pub profiles: Vec<String>,
    /// The users.
    pub users: Users,
    /// What every topic's name begins with.
    pub topic_prefix: String,
    /// Cases that are known to fail.
    pub known_failures: KnownFailures,
    /// The golden transcripts that cases are compared with.
    pub snapshots: Option<Arc<Snapshots>>,
    /// How the run was called, for the reports.
    pub invocation: Invocation,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            jobs: 16,
            seed: 0,
            patience: Duration::from_secs(30),
            strict: false,
            fail_fast: false,
            profiles: Vec::new(),
            users: Users::Fresh,
            topic_prefix: String::new(),
            known_failures: KnownFailures::default(),
            snapshots: None,
            invocation: Invocation::default(),
        }
    }
}

/// Judges a subject by the given cases, and tells `report` of everything as it goes.
///
/// `name` is what the report calls the subject.
pub async fn run(
    subject: &mut Subject,
    mut target: Target,
    name: &str,
    cases: &[Case],
    settings: &Settings,
    report: &mut dyn FnMut(&Event),
) -> Exit {
    let start = Instant::now();
    let run_id = fresh_run_id();
    let pace = Pace::start();
    let declared = probe::declared(&target, &pace, settings, &run_id).await;
    let (declared, unreachable) = match declared {
        Ok(declared) => (declared.with_profiles(&settings.profiles), None),
        Err(error) => (Declared::default(), Some(error.to_string())),
    };
    report(&Event::RunStarted {
        schema: REPORT_SCHEMA.into(),
        report_version: REPORT_VERSION,
        tool_version: env!("CARGO_PKG_VERSION").into(),
        run: run_id.to_string(),
        seed: settings.seed,
        subject: name.into(),
        url: target.url.to_string(),
        profiles: declared.profiles().to_vec(),
        limits: declared.limits().clone(),
        cases: cases.len(),
        invocation: settings.invocation.clone(),
    });
    let mut tally = Tally { results: BTreeMap::new(), by_clock: 0, drifted: false, reason: unreachable };
    if tally.reason.is_none() {
        let court = Court {
            pace: &pace,
            declared: &declared,
            settings,
            run_id: &run_id,
            cases,
            refusals: AtomicUsize::new(0),
        };
        court.sit(subject, &mut target, &mut tally, report).await;
    }
    let subject_output = if tally.reason.is_some() { subject.output() } else { Vec::new() };
    let exit = tally.exit(cases, settings);
    report(&Event::RunFinished {
        exit_code: exit.code(),
        counts: tally.counts(),
        not_run: cases.len() - tally.results.len(),
        by_clock: tally.by_clock,
        known_failures: tally.known_failures(cases, settings),
        duration_ms: millis(start.elapsed()),
        reason: tally.reason.clone(),
        subject_output,
    });
    exit
}

/// What all cases of a run share.
struct Court<'a> {
    pace: &'a Pace,
    declared: &'a Declared,
    settings: &'a Settings,
    run_id: &'a Arc<str>,
    cases: &'a [Case],
    /// Tries in a row that ended in a 429 or a 503.
    refusals: AtomicUsize,
}

/// What has come out so far.
struct Tally {
    results: BTreeMap<usize, Verdict>,
    by_clock: usize,
    /// Whether a golden transcript says another thing than what was seen.
    drifted: bool,
    /// What ended the run before its time.
    reason: Option<String>,
}

/// A finding in one case that another one has caused.
struct Stray {
    seen_in: usize,
    finding: Finding,
    transcript: Option<Transcript>,
}

/// What came of a case.
struct Outcome {
    index: usize,
    finished: CaseFinished,
    /// The subject took no connection: the verdict says nothing.
    unreachable: bool,
    /// Findings that other cases have caused.
    astray: Vec<Finding>,
    /// What shows those, where `finished` does not have it.
    shown_by: Option<Transcript>,
    /// How it went, where that is compared with a golden transcript.
    normal: Option<String>,
    /// How it differs from that.
    drift: Option<Event>,
}

impl Court<'_> {
    /// Plays all cases and tells the verdicts.
    async fn sit(
        &self,
        subject: &mut Subject,
        target: &mut Target,
        tally: &mut Tally,
        report: &mut dyn FnMut(&Event),
    ) {
        let mut waiting: VecDeque<usize> = VecDeque::new();
        for index in plan::order(self.cases, self.settings.seed) {
            match plan::fate(&self.cases[index], self.declared, self.settings.patience) {
                Fate::Run => waiting.push_back(index),
                Fate::NotApplicable(why) => self.set_aside(index, Verdict::NotApplicable, why, tally, report),
                Fate::LeftOut(why) => self.set_aside(index, Verdict::Inconclusive, why, tally, report),
            }
        }
        // Cases that were under way when the subject died are played again one by one, to see which did it.
        let mut suspects: VecDeque<usize> = VecDeque::new();
        let mut astray: Vec<Stray> = Vec::new();
        loop {
            let alone = suspects.pop_front();
            let batch: Vec<usize> = alone.map_or_else(|| waiting.drain(..).collect(), |index| vec![index]);
            if batch.is_empty() {
                break;
            }
            let (outcomes, unplayed) = self.play_batch(&batch, target, subject, tally, report).await;
            let gone = self.is_gone(&outcomes, target, subject).await;
            let death = if gone { subject.await_death().await } else { None };
            for index in unplayed {
                waiting.push_back(index);
            }
            for mut outcome in outcomes {
                let suspect = gone && (outcome.unreachable || outcome.finished.verdict != Verdict::Pass);
                if suspect && alone.is_none() {
                    suspects.push_back(outcome.index);
                    continue;
                }
                if suspect {
                    let death = death.clone().unwrap_or_else(|| "it takes no connections any more".into());
                    self.blame(&mut outcome, death);
                }
                astray.extend(outcome.take_astray());
                golden::tell(outcome, tally, report);
            }
            if self.settings.fail_fast && tally.has_failed(self.cases, self.settings) {
                break;
            }
            if gone && let Err(why) = subject.revive(target).await {
                let death = death.map(|death| format!("{death}; ")).unwrap_or_default();
                tally.reason = Some(format!("the subject went away: {death}{why}"));
                for index in suspects {
                    let why = "the subject went away while it was under way".to_owned();
                    self.set_aside(index, Verdict::Inconclusive, why, tally, report);
                }
                break;
            }
        }
        self.amend(astray, tally, report);
        self.tell_obsolete(report);
    }

    /// Whether the subject is gone, when these outcomes are not told yet. A failure among them may be its last
    /// breath, and a process lets go of its connections before anybody can see that it has ended: so it is asked.
    async fn is_gone(&self, outcomes: &[Outcome], target: &Target, subject: &mut Subject) -> bool {
        if subject.death().is_some() || outcomes.iter().any(|outcome| outcome.unreachable) {
            return true;
        }
        outcomes.iter().any(|outcome| outcome.finished.verdict != Verdict::Pass)
            && !subject.lives(target).await
    }

    /// Plays cases side by side until all are done, or until one shows that the subject is gone. Gives what
    /// came of them that is not told yet, and the cases that were not begun.
    async fn play_batch(
        &self,
        batch: &[usize],
        target: &Target,
        subject: &mut Subject,
        tally: &mut Tally,
        report: &mut dyn FnMut(&Event),
    ) -> (Vec<Outcome>, Vec<usize>) {
        let mut next = batch.iter().copied();
        let mut under_way = FuturesUnordered::new();
        let mut doubts = Doubts::default();
        let mut begun = 0;
        let mut stop = false;
        loop {
            while !stop && under_way.len() < self.settings.jobs.max(1) {
                let Some(index) = next.next() else { break };
                report(&Event::CaseStarted { id: self.cases[index].id.into() });
                let number = begun;
                under_way.push(self.play_case(index, target).map(move |outcome| (number, outcome)));
                begun += 1;
            }
            let Some((number, outcome)) = under_way.next().await else { break };
            let passed = outcome.finished.verdict == Verdict::Pass;
            stop |= outcome.unreachable || (!passed && subject.death().is_some());
            let finished = &outcome.finished;
            stop |= self.settings.fail_fast
                && finished.verdict == Verdict::Fail
                && finished.known_failure.is_none();
            let certain = if passed && outcome.astray.is_empty() {
                let mut certain = doubts.dispel(number);
                certain.push(outcome);
                certain
            } else {
                doubts.hold(begun, outcome);
                Vec::new()
            };
            for outcome in certain {
                golden::tell(outcome, tally, report);
            }
        }
        (doubts.into_outcomes(), next.collect())
    }

    async fn play_case(&self, index: usize, target: &Target) -> Outcome {
        let play = AssertUnwindSafe(self.try_case(index, target)).catch_unwind();
        match play.await {
            Ok(mut outcome) => {
                self.compare(&mut outcome, target).await;
                outcome
            }
            Err(panic) => {
                let said = panic.downcast_ref::<&str>().map(ToString::to_string);
                let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
                let reason = Some(format!("the runner itself failed, which is a bug of its own: {said}"));
                self.outcome(index, Verdict::Error, reason)
            }
        }
    }

    /// Plays a case until a try of it can be judged.
    async fn try_case(&self, index: usize, target: &Target) -> Outcome {
        let case = &self.cases[index];
        let stage = Stage { target, pace: self.pace, declared: self.declared };
        let mut reason = String::new();
        for attempt in 0..MOST_TRIES {
            let id = TryId { run: Arc::clone(self.run_id), case: index, attempt };
            let names = match Names::new(id, &case.program, &self.settings.users, &self.settings.topic_prefix)
            {
                Ok(names) => names,
                Err(missing) => {
                    let (needed, known) = (missing.needed, missing.known);
                    reason = format!("it needs {needed} users, and {known} are given by --token or --tokens");
                    return self.outcome(index, Verdict::Inconclusive, Some(reason));
                }
            };
            let start = Instant::now();
            let played = driver::play(stage, &case.program, names).await;
            if let Some(error) = played.unreachable {
                let mut outcome = self.outcome(index, Verdict::Inconclusive, Some(error.to_string()));
                outcome.unreachable = true;
                return outcome;
            }
            if let Some(wait) = played.not_now {
                // What no refusal can excuse is judged even so.
                let mut judgement = check::judge(&played.transcript, case.requirements[0]);
                judgement.findings.retain(is_never_excused);
                if !judgement.findings.is_empty() {
                    return self.conclude(index, attempt + 1, start.elapsed(), judgement, played.transcript);
                }
                reason = format!("the server answered 429 or 503 in each of {} tries", attempt + 1);
                if self.refusals.fetch_add(1, Ordering::Relaxed) >= MOST_REFUSALS {
                    break;
                }
                clock::back_off(wait.min(LONGEST_WAIT)).await;
                continue;
            }
            self.refusals.store(0, Ordering::Relaxed);
            let limit = |limit| self.declared.time_limit(limit);
            let overslept = played.transcript.overslept(limit(TimeLimit::Heartbeat), limit(TimeLimit::Auth));
            if let Some(silence) = overslept {
                reason = format!("the runner was kept from sending for {} ms", silence.as_millis());
                continue;
            }
            let judgement = check::judge(&played.transcript, case.requirements[0]);
            let only_by_clock = judgement.findings.iter().all(|finding| finding.by_clock);
            if !judgement.findings.is_empty() && only_by_clock && played.stalled > STALL_WORTH_A_RETRY {
                reason = format!("the runner itself was stalled for {} ms", played.stalled.as_millis());
                if attempt + 1 < MOST_TRIES {
                    continue;
                }
                return self.outcome(index, Verdict::Inconclusive, Some(reason));
            }
            return self.conclude(index, attempt + 1, start.elapsed(), judgement, played.transcript);
        }
        self.outcome(index, Verdict::Inconclusive, Some(reason))
    }

    fn conclude(
        &self,
        index: usize,
        tries: usize,
        duration: Duration,
        judgement: Judgement,
        transcript: Transcript,
    ) -> Outcome {
        let (verdict, reason) = verdict::verdict(&self.cases[index].about, &judgement);
        let mut outcome = self.outcome(index, verdict, reason);
        let (astray, own): (Vec<_>, _) =
            judgement.findings.into_iter().partition(|finding| finding.origin.is_some());
        if self.settings.snapshots.is_some() && matches!(verdict, Verdict::Pass | Verdict::Warn) {
            outcome.normal = Some(snapshots::body(&transcript));
        }
        outcome.shown_by = (verdict == Verdict::Pass && !astray.is_empty()).then(|| transcript.clone());
        outcome.astray = astray;
        outcome.finished.findings = own;
        outcome.finished.tries = tries;
        outcome.finished.duration_ms = millis(duration);
        outcome.finished.transcript = (verdict != Verdict::Pass).then_some(transcript);
        outcome
    }

    fn outcome(&self, index: usize, verdict: Verdict, reason: Option<String>) -> Outcome {
        let case = &self.cases[index];
        let finished = CaseFinished {
            id: case.id.into(),
            title: case.title.into(),
            level: case.level(),
            profile: case.profile().into(),
            requirements: case.requirements.iter().map(ToString::to_string).collect(),
            verdict,
            known_failure: self.settings.known_failures.get(case.id).cloned(),
            reason,
            findings: Vec::new(),
            tries: 1,
            duration_ms: 0,
            programs: None,
            rate: None,
            saved: Vec::new(),
            transcript: None,
        };
        Outcome {
            index,
            finished,
            unreachable: false,
            astray: Vec::new(),
            shown_by: None,
            normal: None,
            drift: None,
        }
    }

    fn set_aside(
        &self,
        index: usize,
        verdict: Verdict,
        why: String,
        tally: &mut Tally,
        report: &mut dyn FnMut(&Event),
    ) {
        let mut finished = self.outcome(index, verdict, Some(why)).finished;
        finished.tries = 0;
        tally.settle(index, &finished);
        report(&Event::CaseFinished(finished));
    }

    /// The subject died while this case alone was played.
    fn blame(&self, outcome: &mut Outcome, death: String) {
        outcome.finished.verdict = Verdict::Fail;
        outcome.finished.reason = None;
        outcome.finished.findings.insert(
            0,
            Finding {
                property: Property::Ending,
                requirement: self.cases[outcome.index].requirements[0].into(),
                expected: "the server goes on after this case, which was played alone".into(),
                got: death,
                evidence: Vec::new(),
                by_clock: false,
                origin: None,
            },
        );
    }

    /// Frames that went astray count against the cases that they came from.
    fn amend(&self, astray: Vec<Stray>, tally: &mut Tally, report: &mut dyn FnMut(&Event)) {
        for Stray { seen_in, finding, transcript } in astray {
            let Some(case) = finding.origin.filter(|origin| *origin < self.cases.len()) else { continue };
            tally.results.insert(case, Verdict::Fail);
            report(&Event::CaseAmended {
                id: self.cases[case].id.into(),
                verdict: Verdict::Fail,
                finding,
                seen_in: self.cases[seen_in].id.into(),
                transcript,
            });
        }
    }
}

impl Outcome {
    /// The findings that other cases have caused; what shows them comes with the first one.
    fn take_astray(&mut self) -> Vec<Stray> {
        let seen_in = self.index;
        let mut shown_by = self.shown_by.take();
        let astray = std::mem::take(&mut self.astray).into_iter();
        astray.map(|finding| Stray { seen_in, finding, transcript: shown_by.take() }).collect()
    }
}

impl Tally {
    /// Whether a case has failed that is not known to.
    fn has_failed(&self, cases: &[Case], settings: &Settings) -> bool {
        let counts = |index: &usize| !settings.known_failures.contains(cases[*index].id);
        self.results.iter().any(|(index, verdict)| *verdict == Verdict::Fail && counts(index))
    }

    /// The verdicts on cases of the list, and whether they are as they must be.
    fn known<'a>(&'a self, cases: &'a [Case], settings: &'a Settings) -> impl Iterator<Item = Standing> + 'a {
        let results = self.results.iter();
        let known = results.filter(|(index, _)| settings.known_failures.contains(cases[**index].id));
        known.map(|(_, verdict)| standing(*verdict))
    }

    fn known_failures(&self, cases: &[Case], settings: &Settings) -> usize {
        self.known(cases, settings).filter(|standing| *standing == Standing::Holds).count()
    }

    fn settle(&mut self, index: usize, finished: &CaseFinished) {
        self.results.insert(index, finished.verdict);
        self.by_clock += usize::from(finished.findings.iter().any(|finding| finding.by_clock));
    }

    fn counts(&self) -> BTreeMap<String, usize> {
        let count = |verdict| self.results.values().filter(|result| **result == verdict).count();
        Verdict::ALL.into_iter().map(|verdict| (verdict.word().to_owned(), count(verdict))).collect()
    }

    fn exit(&self, cases: &[Case], settings: &Settings) -> Exit {
        let has = |verdict| self.results.values().any(|result| *result == verdict);
        let open = |(index, result): (&usize, &Verdict)| {
            *result == Verdict::Inconclusive && cases[*index].level() == Level::Must
        };
        let mut holds = BTreeSet::from([Exit::Conforms]);
        if has(Verdict::Error) {
            holds.insert(Exit::Internal);
        }
        if self.reason.is_some() {
            holds.insert(Exit::Unreachable);
        }
        let is_known = |index: &usize| settings.known_failures.contains(cases[*index].id);
        let is_wrong = |verdict| verdict == Verdict::Fail || (settings.strict && verdict == Verdict::Warn);
        let violation = self.results.iter().any(|(index, verdict)| is_wrong(*verdict) && !is_known(index));
        let mended = self.known(cases, settings).any(|standing| standing == Standing::Mended);
        if violation || mended || (settings.strict && self.drifted) {
            holds.insert(Exit::Violations);
        }
        let judged = has(Verdict::Pass) || has(Verdict::Warn) || has(Verdict::Fail);
        if self.results.iter().any(open) || !judged {
            holds.insert(Exit::Incomplete);
        }
        holds.pop_first().unwrap_or(Exit::Internal)
    }
}

/// Whether a finding is about something that no server does for want of time: malformed frames, answers to
/// nothing, chats that nobody said, or that were said elsewhere or otherwise.
fn is_never_excused(finding: &Finding) -> bool {
    matches!(finding.property, Property::Shape | Property::Wording | Property::Isolation)
        || matches!(finding.requirement.as_str(), "BEAT-2" | "ISO-5" | "CHAT-7")
}

/// A few letters and digits that no other run has: the time, and chance.
pub(crate) fn fresh_run_id() -> Arc<str> {
    use std::hash::{BuildHasher, RandomState};
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let chance = RandomState::new().hash_one(now) % (36 * 36 * 36 * 36);
    let mut digits = Vec::new();
    for number in [u64::try_from(now).unwrap_or(u64::MAX), chance] {
        let mut rest = number;
        while rest > 0 {
            digits.push(char::from_digit(u32::try_from(rest % 36).unwrap_or(0), 36).unwrap_or('0'));
            rest /= 36;
        }
    }
    digits.into_iter().rev().collect::<String>().into()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
