//! A run: the selected cases, side by side, each until there is a verdict.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;

use crate::case::{Case, Demand};
use crate::client::Target;
use crate::clock::Pace;
use crate::event::{Event, REPORT_SCHEMA, REPORT_VERSION};
use crate::exit_code::Exit;
use crate::generate::Kind;
use crate::invocation::Invocation;
use crate::known_failures::KnownFailures;
use crate::names::Users;
use crate::plan::{self, Fate};
use crate::snapshots::Snapshots;
use crate::subject::{Declared, Subject};
use crate::trial::{Effort, Ground};
use crate::verdict::Verdict;

mod bystander;
mod doubts;
mod ending;
mod fences;
mod golden;
mod outcome;
mod playing;
mod probe;
mod replay;
mod search;
mod tally;

use fences::Known;
use outcome::{Outcome, Stray};
pub use replay::{judge_again, replay};
pub use search::Histories;
use search::Search;
use tally::Tally;

/// How a run is made.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How many cases are played at the same time; where more than one, those that wait for a time limit of the subject
    /// are played beside them.
    pub jobs: usize,
    /// How many connections are open at the same time at most.
    pub max_connections: Option<usize>,
    /// How many messages are sent in a second at most, all connections together.
    pub max_rate: Option<u32>,
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
    /// The generated programs that are run behind the cases.
    pub histories: Option<Histories>,
    /// How the run was called, for the reports.
    pub invocation: Invocation,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            jobs: 16,
            max_connections: None,
            max_rate: None,
            seed: 0,
            patience: Duration::from_secs(30),
            strict: false,
            fail_fast: false,
            profiles: Vec::new(),
            users: Users::Fresh,
            topic_prefix: String::new(),
            known_failures: KnownFailures::default(),
            snapshots: None,
            histories: None,
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
    let pace = Pace::start().limited(settings.max_rate);
    let (declared, qualified, unreachable) = match probe::look(&target, &pace, settings, &run_id).await {
        Ok((declared, qualified)) => (declared, qualified, None),
        Err(error) => (Declared::default(), None, Some(error.to_string())),
    };
    let search = settings.histories.as_ref().map(|histories| Search::new(histories, settings, &declared));
    let kinds = search.as_ref().map_or(0, Search::kinds);
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
        cases: cases.len() + kinds,
        invocation: settings.invocation.clone(),
    });
    if let Some(qualified) = qualified {
        report(&qualified.event(false));
    }
    let mut tally = Tally { reason: unreachable, ..Tally::default() };
    let effort = Effort::default();
    if tally.reason.is_none() {
        let known = Known::new(declared);
        let (over, until) = watch::channel(false);
        let mut court = Court {
            bystander: None,
            may_end: subject.ending().is_some(),
            pace: &pace,
            known: &known,
            settings,
            run_id: &run_id,
            cases,
            search: search.as_ref(),
            name,
            effort: &effort,
            until,
            went_away: AtomicBool::new(false),
        };
        court.bystander = court.find_bystander();
        let (court, bystander) = (&court, court.bystander);
        if let Some(index) = bystander {
            report(&Event::CaseStarted { id: cases[index].id.into() });
        }
        let at_first = target.clone();
        // On the heap: both are large.
        let stands_by = Box::pin(async {
            match bystander {
                Some(index) => Some(court.play_case(index, (0, None), &at_first).await),
                None => None,
            }
        });
        let sits = Box::pin(async {
            court.sit(subject, &mut target, &mut tally, report).await;
            // Nobody listens where there is no bystander.
            let _ = over.send(true);
        });
        let (stood_by, ()) = tokio::join!(stands_by, sits);
        if let Some(outcome) = stood_by {
            court.tell_bystander(outcome, &mut tally, report);
        }
        Box::pin(court.see_out(subject, &mut target, &mut tally, report)).await;
        if let Some(shown) = known.correction() {
            report(&shown.event(true));
        }
    }
    let subject_output = if tally.reason.is_some() { subject.output() } else { Vec::new() };
    let exit = tally.exit(cases, settings);
    report(&Event::RunFinished {
        exit_code: exit.code(),
        counts: tally.counts(),
        not_run: cases.len() + kinds - tally.results.len(),
        by_clock: tally.by_clock,
        known_failures: tally.known_failures(),
        duration_ms: millis(start.elapsed()),
        operations: effort.operations(),
        checking_ms: millis(effort.checking()),
        reason: tally.reason.clone(),
        subject_output,
    });
    exit
}

/// What all cases of a run share.
struct Court<'a> {
    /// The case that stands beside all others.
    bystander: Option<usize>,
    /// Whether the subject may be told to end.
    may_end: bool,
    pace: &'a Pace,
    known: &'a Known,
    settings: &'a Settings,
    run_id: &'a Arc<str>,
    cases: &'a [Case],
    /// The generated programs, numbered behind the cases.
    search: Option<&'a Search>,
    /// What reports call the subject.
    name: &'a str,
    effort: &'a Effort,
    /// Becomes true when all cases are done but the bystander.
    until: watch::Receiver<bool>,
    /// Whether the subject was gone in between.
    went_away: AtomicBool,
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
        // Cases that have the server to themselves are played one by one when the others are done.
        let mut lane: VecDeque<usize> = VecDeque::new();
        for index in plan::order(self.cases, self.settings.seed) {
            match self.fate(index) {
                Fate::Run if self.bystander == Some(index) => {}
                Fate::Run if self.is_last(index) && self.too_many_connections(index).is_none() => {}
                Fate::Run if self.is_crowded_out(index) => {
                    let why =
                        "it stands beside all others, and --max-connections leaves no connection for it";
                    self.set_aside(index, Verdict::Inconclusive, why.into(), tally, report);
                }
                Fate::Run if let Some(why) = self.too_many_connections(index) => {
                    self.set_aside(index, Verdict::Inconclusive, why, tally, report);
                }
                Fate::Run if self.wants_the_server_alone(index) => lane.push_back(index),
                Fate::Run => waiting.push_back(index),
                Fate::NotApplicable(why) => self.set_aside(index, Verdict::NotApplicable, why, tally, report),
                Fate::LeftOut(why) => self.set_aside(index, Verdict::Inconclusive, why, tally, report),
            }
        }
        // Cases that were under way when the subject died are played again one by one, to see which did it.
        let mut suspects: VecDeque<usize> = VecDeque::new();
        let mut astray: Vec<Stray> = Vec::new();
        loop {
            let lane_next =
                |lane: &mut VecDeque<usize>| if waiting.is_empty() { lane.pop_front() } else { None };
            let alone = suspects.pop_front().or_else(|| lane_next(&mut lane));
            let mut batch: Vec<usize> =
                alone.map_or_else(|| waiting.drain(..).collect(), |index| vec![index]);
            if batch.is_empty() {
                batch =
                    self.search.map(|search| search.next_batch(self.cases.len(), report)).unwrap_or_default();
            }
            if batch.is_empty() {
                break;
            }
            let (outcomes, unplayed) = self.play_batch(&batch, target, subject, tally, report).await;
            let gone = self.is_gone(&outcomes, target, subject).await;
            self.went_away.fetch_or(gone, Ordering::Relaxed);
            let death = if gone { subject.await_death().await } else { None };
            waiting.extend(unplayed);
            for mut outcome in outcomes {
                let suspect = gone && (outcome.unreachable || outcome.finished.verdict != Verdict::Pass);
                if suspect && alone.is_none() {
                    suspects.push_back(outcome.index);
                    continue;
                }
                if suspect {
                    let death = death.clone().unwrap_or_else(|| "it takes no connections any more".into());
                    Self::blame(&mut outcome, death);
                }
                astray.extend(outcome.take_astray());
                self.tell(outcome, tally, report);
            }
            if self.settings.fail_fast && (tally.has_failed() || self.search.is_some_and(Search::has_failed))
            {
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
        if let Some(search) = self.search {
            self.finish_search(search, subject, target, tally, report).await;
        }
        self.amend(astray, tally, report);
        self.tell_obsolete(report);
    }

    /// Whether a case is played when all others are done: since it says so, or since it is about all topics of a user
    /// whom it shares with others.
    fn wants_the_server_alone(&self, index: usize) -> bool {
        let case = &self.cases[index];
        let shares_users = matches!(self.settings.users, Users::Known(_));
        case.demand != Demand::Light || (shares_users && plan::is_about_all_topics_of_a_user(case))
    }

    fn fate(&self, index: usize) -> Fate {
        let Settings { users, patience, .. } = self.settings;
        match plan::fate(&self.cases[index], self.known.declared(), users, *patience) {
            Fate::Run if self.is_last(index) && !self.may_end => Fate::NotApplicable(ending::NOT_OURS.into()),
            fate => fate,
        }
    }

    /// Why a case cannot be played with as few connections as there may be.
    fn too_many_connections(&self, index: usize) -> Option<String> {
        let (needed, most) = (plan::connections(&self.cases[index]), self.settings.max_connections?);
        (needed > most).then(|| {
            format!("it opens up to {needed} connections at a time, and --max-connections is {most}")
        })
    }

    /// How many of the jobs a case takes: one that waits for a time limit of the subject takes none where cases are
    /// played side by side at all, since next to nothing is done in it.
    fn hands(&self, index: usize) -> usize {
        let waits = self.cases.get(index).is_some_and(|case| plan::waits_for(case).is_some());
        usize::from(!waits || self.settings.jobs <= 1)
    }

    /// Whether a case may be begun where so many jobs are taken.
    fn has_hands(&self, taken: usize, index: usize) -> bool {
        taken + self.hands(index) <= self.settings.jobs.max(1)
    }

    /// How many connections a case takes of those that there may be; 0 where there may be as many as it likes. One
    /// that is generated takes all of them rather than that it is not played.
    fn connections(&self, index: usize) -> usize {
        let most = self.settings.max_connections.map(|most| most - self.connections_of_bystander());
        most.map_or(0, |most| plan::connections(&self.case(index)).min(most))
    }

    /// Whether a case may be begun where so many connections are taken.
    fn has_room(&self, taken: usize, index: usize) -> bool {
        let taken = taken + self.connections_of_bystander();
        self.settings.max_connections.is_none_or(|most| taken + self.connections(index) <= most)
    }

    /// The case of this number, its program included.
    fn case(&self, index: usize) -> Cow<'_, Case> {
        let generated = |search: &Search| search.case(index - self.cases.len());
        self.cases.get(index).map_or_else(
            || Cow::Owned(self.search.map_or_else(|| Kind::Concurrent.case(), generated)),
            Cow::Borrowed,
        )
    }

    /// The same without the program, where that would have to be generated.
    fn label(&self, index: usize) -> Cow<'_, Case> {
        let kind = |search: &Search| search.kind(index - self.cases.len()).case();
        self.cases.get(index).map_or_else(
            || Cow::Owned(self.search.map_or_else(|| Kind::Concurrent.case(), kind)),
            Cow::Borrowed,
        )
    }

    fn ground(&self) -> Ground<'_> {
        Ground {
            users: &self.settings.users,
            topic_prefix: &self.settings.topic_prefix,
            run_id: self.run_id,
            effort: self.effort,
            until: None,
        }
    }

    /// Tells a verdict, or counts it in where its case stands for many programs.
    fn tell(&self, outcome: Outcome, tally: &mut Tally, report: &mut dyn FnMut(&Event)) {
        match self.search {
            Some(search) if outcome.index >= self.cases.len() => {
                search.take(outcome.index - self.cases.len(), outcome, report);
            }
            _ => golden::tell(outcome, tally, report),
        }
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
