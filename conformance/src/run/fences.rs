//! Whether a heartbeat's ack is a fence on this server, and what is said of that.
//!
//! All verdicts rest on fences, and ORD-7 makes an ack one. So that is put to the test before anything else, by pairs
//! of a request and a heartbeat behind it, without waiting in between, while a second member talks. A server that
//! breaks ORD-7 fails the cases about it; the others are then played by fences that do not rest on it: each request is
//! waited for until its own answer has come. Where acks overtake so seldom that the start does not show it, the first
//! transcript that does has the same effect on all that is played later.

use std::sync::{Arc, OnceLock};

use super::{Court, Settings};
use crate::check::{self, Judgement, Property};
use crate::driver::{self, Stage};
use crate::event::{Event, Fences};
use crate::names::{Names, TryId, Users};
use crate::program::{
    Action, Client, Expect, Message, PROGRAM_VERSION, Phase, Program, Step, TopicName, Upgrade,
};
use crate::script::{beat, join, leave, say};
use crate::subject::Declared;
use crate::transcript::Transcript;
use crate::trial;
use crate::view::View;

const ROOM: usize = 0;
const OTHER: usize = 1;
/// How many chats with a heartbeat behind each are sent.
const CHATS: usize = 12;

/// What pairs of a request and a heartbeat have shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Qualified {
    /// Acks that came.
    pub(super) acks: usize,
    /// How many of those came before an answer that was due before them.
    pub(super) overtaking: usize,
}

impl Qualified {
    /// Reads what a transcript shows of it.
    pub(super) fn of(transcript: &Transcript) -> Self {
        let view = View::new(transcript);
        let mut shown = Self::default();
        for line in &view.lines {
            // The latest answer to anything that was sent so far.
            let mut latest = 0;
            for sent in line.requests.iter().map(|&request| &view.requests[request]) {
                let Some(answer) = sent.answer(&view) else { continue };
                if answer.code() == Some(100) {
                    shown.acks += 1;
                    shown.overtaking += usize::from(answer.tick < latest);
                }
                latest = latest.max(answer.tick);
            }
        }
        shown
    }

    /// What is told of it.
    pub(super) fn event(self, late: bool) -> Event {
        let fences = if self.overtaking > 0 { Fences::Answers } else { Fences::Acks };
        Event::FencesQualified { fences, acks: self.acks, overtaking: self.overtaking, late }
    }
}

/// Puts acks to the test. `None` where that could not be done; acks are then taken for what they should be.
pub(super) async fn qualify(stage: Stage<'_>, settings: &Settings, run_id: &Arc<str>) -> Option<Qualified> {
    let users = if let Users::Known(known) = &settings.users { known.len() } else { usize::MAX };
    let members = settings.max_connections.map_or(2, |most| most.min(2));
    let program = program(members, users, stage.declared);
    let id = TryId { run: Arc::clone(run_id), case: usize::MAX, attempt: 1 };
    let names = Names::new(id, &program, &settings.users, &settings.topic_prefix).ok()?;
    // What is put to the test is not rested on.
    let declared = stage.declared.clone().with_overtaking_acks();
    let played = driver::play(Stage { declared: &declared, ..stage }, &program, names).await;
    let sound = played.unreachable.is_none() && played.not_now.is_none();
    Some(Qualified::of(&played.transcript)).filter(|shown| sound && shown.acks > 0)
}

fn program(members: usize, users: usize, declared: &Declared) -> Program {
    let step = |client, action| Step { client, action, expect: Expect::Derived, focus: false };
    let mut entering = Vec::new();
    for client in 0..members {
        entering.extend([step(client, Action::Connect), step(client, Action::Send(join(ROOM)))]);
    }
    let mut requests: Vec<Message> = vec![say(ROOM, "is the ack behind this?"); CHATS];
    if declared.max_topics() > 1 {
        requests.extend([join(OTHER), say(OTHER, "and behind this?"), leave(OTHER)]);
    }
    requests.extend([say(OTHER, "or this, which is refused?"), leave(ROOM)]);
    let pairs = requests.into_iter().flat_map(|request| [request.with_id(), beat().with_id()]);
    let mut busy: Vec<Step> = pairs.map(|message| step(0, Action::Send(message))).collect();
    busy.extend((1..members).map(|client| step(client, Action::Burst(say(ROOM, "meanwhile"), CHATS))));
    Program {
        version: PROGRAM_VERSION,
        clients: (0..members)
            .map(|user| Client { user: user % users, upgrade: Upgrade::default() })
            .collect(),
        topics: vec![TopicName::Fresh, TopicName::Fresh],
        phases: vec![Phase { steps: entering }, Phase { steps: busy }],
        twins: Vec::new(),
    }
}

/// What is known of a subject, and may have to be corrected.
#[derive(Debug)]
pub(super) struct Known {
    first: Declared,
    corrected: OnceLock<(Declared, Qualified)>,
}

impl Known {
    pub(super) fn new(first: Declared) -> Self {
        Self { first, corrected: OnceLock::new() }
    }

    /// What is known now.
    pub(super) fn declared(&self) -> &Declared {
        self.corrected.get().map_or(&self.first, |(corrected, _)| corrected)
    }

    /// What has shown that acks are no fences, if anything has since the run began.
    pub(super) fn correction(&self) -> Option<Qualified> {
        self.corrected.get().map(|(_, shown)| *shown)
    }
}

impl Court<'_> {
    /// Takes note of a try that shows an ack overtaking what was due before it. From then on no ack is rested on, and
    /// the try is judged again by what does not rest on one.
    pub(super) fn mind_acks(
        &self,
        transcript: &mut Transcript,
        judgement: &mut Judgement,
        requirement: &str,
    ) {
        if judgement.findings.is_empty() || !transcript.declared.acks_are_fences() {
            return;
        }
        let shown = Qualified::of(transcript);
        if shown.overtaking == 0 {
            return;
        }
        // Another case may have been the first to show it, which is as good.
        let _ = self.known.corrected.set((self.known.declared().clone().with_overtaking_acks(), shown));
        transcript.declared = transcript.declared.clone().with_overtaking_acks();
        *judgement = check::judge(transcript, requirement);
        judgement
            .findings
            .retain(|finding| finding.property == Property::Answers || trial::is_never_excused(finding));
    }
}
