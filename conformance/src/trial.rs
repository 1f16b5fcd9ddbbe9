//! Tries of one program, one after the other, until one of them can be judged.
//!
//! A try says nothing where the server said that this was not the time, or where the runner itself was kept from
//! running; then the program is played again, with fresh names. What is judged and what is waited out is decided here
//! for all programs alike: scripted, generated, shrunk and replayed ones.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::watch;
use tokio::task;

use crate::check::{self, Finding, Judgement, Property};
use crate::clock;
use crate::driver::{self, Stage};
use crate::names::{Names, TryId, Users};
use crate::program::{Program, TimeLimit};
use crate::transcript::{Transcript, What};

/// How often a program is played again when a try could not be judged for the runner's or the machine's sake.
const MOST_TRIES: usize = 5;
/// After so many tries in a row that ended in a 429 or a 503, a program is not tried again for one.
const MOST_REFUSALS: usize = 64;
/// The longest that a 429 is waited out.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A stall of this length makes what rests on a clock worth another try.
const STALL_WORTH_A_RETRY: Duration = Duration::from_millis(200);

/// How often more a program is played whose only fault is that those beside a hostile client hear something else.
const MOST_DISTURBED: usize = 2;

/// Where programs are tried: all that the tries of a run share.
#[derive(Debug)]
pub struct Ground<'a> {
    /// The users.
    pub users: &'a Users,
    /// What every topic's name begins with.
    pub topic_prefix: &'a str,
    /// What all names of the run begin with.
    pub run_id: &'a Arc<str>,
    /// What the run has done so far.
    pub effort: &'a Effort,
    /// Becomes true when all others are done, where a program is to stand beside them before its last phase.
    pub until: Option<watch::Receiver<bool>>,
}

/// What a run has done, in numbers.
#[derive(Debug, Default)]
pub struct Effort {
    /// Tries in a row that ended in a 429 or a 503.
    refusals: AtomicUsize,
    /// Messages and frames sent and received.
    operations: AtomicU64,
    /// Microseconds spent in checks.
    checking_us: AtomicU64,
}

impl Effort {
    /// Messages and frames sent and received so far.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.operations.load(Ordering::Relaxed)
    }

    /// The time spent in checks so far, of all cores together.
    #[must_use]
    pub fn checking(&self) -> Duration {
        Duration::from_micros(self.checking_us.load(Ordering::Relaxed))
    }
}

/// What came of trying a program.
#[derive(Debug)]
pub struct Trial {
    /// How often it was played.
    pub tries: usize,
    /// Wall time of the last try.
    pub duration: Duration,
    /// What there is to say.
    pub outcome: TrialOutcome,
}

/// What there is to say of a program that was tried.
#[derive(Debug)]
pub enum TrialOutcome {
    /// A try was judged.
    Judged(Judgement, Box<Transcript>),
    /// No try could be judged, for this reason.
    Unjudged(String),
    /// The subject took no connection.
    Unreachable(String),
}

/// Plays a program until a try of it can be judged. Names are made from `number`, which no other program of the run has,
/// and from the number of the try, which begins with `first`.
pub async fn hold(
    ground: &Ground<'_>,
    stage: Stage<'_>,
    (number, first): (usize, usize),
    program: &Program,
    requirement: &str,
) -> Trial {
    let mut reason = String::new();
    let mut tries = 0;
    let mut disturbed = 0;
    // One that tells the subject to end leaves none for another try.
    let most_tries = if program.ending().is_some() { 1 } else { MOST_TRIES };
    let began = Instant::now();
    let ended = |tries, duration, outcome| Trial { tries, duration, outcome };
    while tries < most_tries {
        let id = TryId { run: Arc::clone(ground.run_id), case: number, attempt: first + tries };
        let names = match Names::new(id, program, ground.users, ground.topic_prefix) {
            Ok(names) => names,
            Err(missing) => {
                let (needed, known) = (missing.needed, missing.known);
                reason = format!("it needs {needed} users, and {known} are given by --token or --tokens");
                return ended(1, Duration::ZERO, TrialOutcome::Unjudged(reason));
            }
        };
        tries += 1;
        let start = Instant::now();
        let played = driver::play_until(stage, program, names, ground.until.as_ref()).await;
        ground.effort.count(&played.transcript);
        if let Some(error) = played.unreachable {
            return ended(tries, start.elapsed(), TrialOutcome::Unreachable(error.to_string()));
        }
        if let Some(wait) = played.not_now {
            // What no refusal can excuse is judged even so.
            let mut judgement = ground.effort.judge(&played.transcript, requirement);
            judgement.findings.retain(is_never_excused);
            if !judgement.findings.is_empty() {
                let outcome = TrialOutcome::Judged(judgement, Box::new(played.transcript));
                return ended(tries, start.elapsed(), outcome);
            }
            reason = format!("the server answered 429, 503 or 4102 in each of {tries} tries");
            if ground.effort.refusals.fetch_add(1, Ordering::Relaxed) >= MOST_REFUSALS {
                break;
            }
            clock::back_off(wait.min(LONGEST_WAIT)).await;
            continue;
        }
        ground.effort.refusals.store(0, Ordering::Relaxed);
        let limit = |limit| stage.declared.time_limit(limit);
        let overslept = played.transcript.overslept(limit(TimeLimit::Heartbeat), limit(TimeLimit::Auth));
        if let Some(silence) = overslept {
            reason = format!("the runner was kept from sending for {} ms", silence.as_millis());
            continue;
        }
        let judgement = ground.effort.judge(&played.transcript, requirement);
        let only_by_clock = judgement.findings.iter().all(|finding| finding.by_clock);
        if !judgement.findings.is_empty() && only_by_clock && played.stalled > STALL_WORTH_A_RETRY {
            reason = format!("the runner itself was stalled for {} ms", played.stalled.as_millis());
            continue;
        }
        // That one thing follows another may be chance once; that it comes back each time is not.
        if !judgement.findings.is_empty()
            && judgement.findings.iter().all(|finding| finding.property == Property::Interference)
            && disturbed < MOST_DISTURBED
        {
            disturbed += 1;
            reason = "those beside a hostile client heard something else than without it".into();
            continue;
        }
        return ended(tries, start.elapsed(), TrialOutcome::Judged(judgement, Box::new(played.transcript)));
    }
    ended(tries, began.elapsed(), TrialOutcome::Unjudged(reason))
}

impl Effort {
    fn count(&self, transcript: &Transcript) {
        let is_operation = |what: &What| {
            matches!(
                what,
                What::Opening { .. }
                    | What::Sent { .. }
                    | What::SentRaw { .. }
                    | What::Received { .. }
                    | What::ReceivedBinary { .. }
                    | What::Pong { .. }
                    | What::CloseFrame { .. }
            )
        };
        let operations = transcript.events.iter().filter(|event| is_operation(&event.what)).count();
        self.operations.fetch_add(operations as u64, Ordering::Relaxed);
    }

    fn judge(&self, transcript: &Transcript, requirement: &str) -> Judgement {
        let start = Instant::now();
        // Connections of other tries share the threads of the runtime, and must not wait for the checks of this one.
        let judgement = match Handle::current().runtime_flavor() {
            RuntimeFlavor::MultiThread => task::block_in_place(|| check::judge(transcript, requirement)),
            _ => check::judge(transcript, requirement),
        };
        let spent = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.checking_us.fetch_add(spent, Ordering::Relaxed);
        judgement
    }
}

/// Whether a finding is about something that no server does for want of time: malformed frames, answers to
/// nothing, chats that nobody said, or that were said elsewhere or otherwise, questions that were said though refused.
pub(crate) fn is_never_excused(finding: &Finding) -> bool {
    matches!(finding.property, Property::Shape | Property::Wording | Property::Isolation)
        || matches!(finding.requirement.as_str(), "BEAT-2" | "ISO-5" | "CHAT-7" | "HIST-26")
}
