//! Replay: a recorded program is played again and judged, or what was recorded is judged again.

use std::time::Instant;

use super::tally::Tally;
use super::{Settings, fresh_run_id, millis, probe};
use crate::check::{Finding, Property};
use crate::client::Target;
use crate::clock::Pace;
use crate::driver::Stage;
use crate::event::{CaseFinished, Event, REPORT_SCHEMA, REPORT_VERSION};
use crate::exit_code::Exit;
use crate::record_file::{Rate, Record};
use crate::requirements::{Level, requirement};
use crate::subject::{Declared, Subject};
use crate::trial::{self, Effort, Ground, TrialOutcome};
use crate::verdict::{self, Verdict};

/// Names of the tries of one playing lie so far apart that those of the next begin behind them.
const NAMES_OF_A_TRY: usize = 100;

/// Plays a recorded program against a subject until it fails, at most so many times, and judges it.
pub async fn replay(
    subject: &mut Subject,
    target: &Target,
    name: &str,
    record: &Record,
    (tries, settings): (usize, &Settings),
    report: &mut dyn FnMut(&Event),
) -> Exit {
    let start = Instant::now();
    let run_id = fresh_run_id();
    let pace = Pace::start();
    let (declared, qualified, unreachable) = match probe::look(target, &pace, settings, &run_id).await {
        Ok((declared, qualified)) => (declared, qualified, None),
        Err(error) => (Declared::default(), None, Some(error.to_string())),
    };
    report(&opening(record, &declared, (&run_id, name, &target.url.to_string()), settings));
    if let Some(qualified) = qualified {
        report(&qualified.event(false));
    }
    let mut tally = Tally { reason: unreachable, ..Tally::default() };
    let effort = Effort::default();
    if tally.reason.is_none() {
        report(&Event::CaseStarted { id: record.header.case.clone() });
        let ground = Ground {
            users: &settings.users,
            topic_prefix: &settings.topic_prefix,
            run_id: &run_id,
            effort: &effort,
            until: None,
        };
        let ending = subject.ending();
        let stage = Stage { ending: ending.as_ref(), ..Stage::new(target, &pace, &declared) };
        let mut finished = facts(record);
        let mut played = 0;
        while played < tries {
            let program = &record.transcript.program;
            let names = (0, played * NAMES_OF_A_TRY);
            let trial = trial::hold(&ground, stage, names, program, record.requirement()).await;
            played += 1;
            finished.duration_ms = millis(trial.duration);
            match trial.outcome {
                TrialOutcome::Judged(judgement, transcript) => {
                    let (verdict, reason) = verdict::verdict(&record.header.about, &judgement);
                    (finished.verdict, finished.reason) = (verdict, reason);
                    finished.findings = judgement.findings;
                    finished.transcript = (verdict != Verdict::Pass).then_some(*transcript);
                }
                TrialOutcome::Unjudged(reason) => {
                    (finished.verdict, finished.reason) = (Verdict::Inconclusive, Some(reason));
                }
                TrialOutcome::Unreachable(why) => {
                    let Some(death) = subject.await_death().await else {
                        tally.reason = Some(format!("the subject went away: {why}"));
                        break;
                    };
                    finished.verdict = Verdict::Fail;
                    finished.findings.push(death_of(record, death));
                }
            }
            if finished.verdict != Verdict::Pass {
                break;
            }
        }
        finished.tries = played;
        finished.rate =
            Some(Rate { failed: usize::from(finished.verdict == Verdict::Fail), tries: played.max(1) });
        if tally.reason.is_none() {
            tally.settle(0, &finished);
            report(&Event::CaseFinished(finished));
        }
    }
    let subject_output = if tally.reason.is_some() { subject.output() } else { Vec::new() };
    close(&tally, settings, (start, &effort, subject_output), report)
}

/// Judges what was recorded, by the checks of this version and without a network.
pub fn judge_again(record: &Record, name: &str, settings: &Settings, report: &mut dyn FnMut(&Event)) -> Exit {
    let start = Instant::now();
    let declared = &record.header.declared;
    report(&opening(record, declared, ("", name, ""), settings));
    let (judgement, verdict, reason) = record.judge();
    let transcript = (verdict != Verdict::Pass).then(|| record.transcript.clone());
    let findings = judgement.findings;
    let finished =
        CaseFinished { verdict, reason, findings, transcript, rate: record.footer.rate, ..facts(record) };
    let mut tally = Tally::default();
    tally.settle(0, &finished);
    report(&Event::CaseFinished(finished));
    close(&tally, settings, (start, &Effort::default(), Vec::new()), report)
}

fn opening(
    record: &Record,
    declared: &Declared,
    (run, name, url): (&str, &str, &str),
    settings: &Settings,
) -> Event {
    Event::RunStarted {
        schema: REPORT_SCHEMA.into(),
        report_version: REPORT_VERSION,
        tool_version: env!("CARGO_PKG_VERSION").into(),
        run: if run.is_empty() { run_of(record) } else { run.into() },
        seed: settings.seed,
        subject: name.into(),
        url: url.into(),
        profiles: declared.profiles().to_vec(),
        limits: declared.limits().clone(),
        cases: 1,
        invocation: settings.invocation.clone(),
    }
}

/// What the names of a recorded try begin with, so that reports can shorten them.
fn run_of(record: &Record) -> String {
    let user = record.transcript.users.first().and_then(|user| user.strip_prefix("User-"));
    user.and_then(|rest| rest.split('.').next()).unwrap_or_default().to_owned()
}

fn facts(record: &Record) -> CaseFinished {
    let about = requirement(record.requirement());
    CaseFinished {
        id: record.header.case.clone(),
        title: record.header.title.clone(),
        level: about.map_or(Level::Must, |requirement| requirement.level),
        profile: about.map_or("core", |requirement| requirement.profile).into(),
        requirements: record.header.requirements.clone(),
        verdict: Verdict::Pass,
        known_failure: None,
        reason: None,
        findings: Vec::new(),
        tries: 1,
        duration_ms: 0,
        programs: None,
        rate: None,
        saved: Vec::new(),
        transcript: None,
    }
}

fn death_of(record: &Record, death: String) -> Finding {
    Finding {
        property: Property::Ending,
        requirement: record.requirement().into(),
        expected: "the server goes on after this program".into(),
        got: death,
        evidence: Vec::new(),
        by_clock: false,
        origin: None,
    }
}

fn close(
    tally: &Tally,
    settings: &Settings,
    (start, effort, subject_output): (Instant, &Effort, Vec<String>),
    report: &mut dyn FnMut(&Event),
) -> Exit {
    let exit = tally.exit(&[], settings);
    report(&Event::RunFinished {
        exit_code: exit.code(),
        counts: tally.counts(),
        not_run: 1 - tally.results.len(),
        by_clock: tally.by_clock,
        known_failures: 0,
        duration_ms: millis(start.elapsed()),
        operations: effort.operations(),
        checking_ms: millis(effort.checking()),
        reason: tally.reason.clone(),
        subject_output,
    });
    exit
}
