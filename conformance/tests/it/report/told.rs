//! Events as a run would tell them.

use roomwire_conformance::check::{Finding, Property};
use roomwire_conformance::event::{CaseFinished, Event, REPORT_SCHEMA, REPORT_VERSION};
use roomwire_conformance::exit_code::Exit;
use roomwire_conformance::invocation::Invocation;
use roomwire_conformance::program::{Expect, Program};
use roomwire_conformance::requirements::{Level, requirement};
use roomwire_conformance::script::{case, say};
use roomwire_conformance::subject::Declared;
use roomwire_conformance::transcript::{self, Purpose, Transcript, Wait, What};
use roomwire_conformance::verdict::Verdict;

/// The first line of a run of so many cases.
pub(crate) fn opening(cases: usize, words: &[&str], selection: &[&str]) -> Event {
    let subject = match words {
        ["--", command @ ..] => command.join(" "),
        [.., url] => (*url).to_owned(),
        [] => "the embedded reference server".into(),
    };
    let owned = |words: &[&str]| words.iter().map(ToString::to_string).collect();
    Event::RunStarted {
        schema: REPORT_SCHEMA.into(),
        report_version: REPORT_VERSION,
        tool_version: "1.2.3".into(),
        run: "k0".into(),
        seed: 42,
        subject,
        url: "ws://127.0.0.1:8017/".into(),
        profiles: vec!["core".into()],
        limits: serde_json::json!({"maxTopics": 64}),
        cases,
        invocation: Invocation { words: owned(words), selection: owned(selection) },
    }
}

/// A verdict in the making.
pub(crate) struct Told {
    pub(crate) case: CaseFinished,
}

/// A case that ended with this verdict.
pub(crate) fn finished(id: &str, requirements: &[&str], verdict: Verdict) -> Told {
    let about = requirement(requirements[0]);
    let case = CaseFinished {
        id: id.into(),
        title: format!("The title of {id}"),
        level: about.map_or(Level::Must, |about| about.level),
        profile: about.map_or("core", |about| about.profile).into(),
        requirements: requirements.iter().map(ToString::to_string).collect(),
        verdict,
        known_failure: None,
        reason: None,
        findings: Vec::new(),
        tries: 1,
        duration_ms: 7,
        programs: None,
        rate: None,
        saved: Vec::new(),
        transcript: None,
    };
    Told { case }
}

impl Told {
    pub(crate) fn because(mut self, reason: &str) -> Self {
        self.case.reason = Some(reason.into());
        self
    }

    /// The same finding, held against another requirement.
    pub(crate) fn against(mut self, requirement: &str) -> Self {
        self.case.findings[0].requirement = requirement.into();
        self
    }

    /// The same as a recommendation that was not followed.
    pub(crate) fn warning(mut self, requirement: &str) -> Self {
        self.case.verdict = Verdict::Warn;
        self.against(requirement)
    }
}

impl From<Told> for Event {
    fn from(told: Told) -> Self {
        Self::CaseFinished(told.case)
    }
}

/// A footer in the making.
pub(crate) struct Footer(Event);

/// The last line of a run.
pub(crate) fn footer<const N: usize>(exit: Exit, counts: [(&str, usize); N]) -> Footer {
    Footer(Event::RunFinished {
        exit_code: exit.code(),
        counts: counts.into_iter().map(|(word, count)| (word.to_owned(), count)).collect(),
        not_run: 0,
        by_clock: 0,
        known_failures: 0,
        duration_ms: 2345,
        operations: 0,
        checking_ms: 0,
        reason: None,
        subject_output: Vec::new(),
    })
}

impl Footer {
    pub(crate) fn not_run(mut self, number: usize) -> Self {
        if let Event::RunFinished { not_run, .. } = &mut self.0 {
            *not_run = number;
        }
        self
    }

    pub(crate) fn by_clock(mut self, number: usize) -> Self {
        if let Event::RunFinished { by_clock, .. } = &mut self.0 {
            *by_clock = number;
        }
        self
    }

    pub(crate) fn reason(mut self, why: &str) -> Self {
        if let Event::RunFinished { reason, .. } = &mut self.0 {
            *reason = Some(why.into());
        }
        self
    }

    pub(crate) fn output(mut self, lines: &[&str]) -> Self {
        if let Event::RunFinished { subject_output, .. } = &mut self.0 {
            *subject_output = lines.iter().map(ToString::to_string).collect();
        }
        self
    }
}

impl From<Footer> for Event {
    fn from(footer: Footer) -> Self {
        footer.0
    }
}

fn program() -> Program {
    case("chat/a", "A title", &["CHAT-3"], |s| {
        let (room, [ann, ben]) = s.room();
        s.focus(ann, say(room, "hello"));
        s.send(ben, say(room, "hello you"));
    })
    .program
}

fn chat(seq: u64, text: &str) -> What {
    let data = format!(r#"{{\"user\":\"user-k0.3.0.0\",\"content\":\"{text}\",\"type\":\"message\"}}"#);
    let topic = "roomwire-k0.3.0.0";
    What::Received {
        text: format!(
            r#"{{"type":2,"code":200,"data":"{data}","topic":"{topic}","seq":{seq},"at":1795181760866}}"#
        ),
    }
}

fn sent(text: &str, purpose: Purpose, focus: bool) -> What {
    What::Sent { text: text.into(), purpose, expect: Expect::Derived, focus }
}

fn say_hello(focus: bool) -> What {
    let payload = r#"{\"topic\":\"roomwire-k0.3.0.0\",\"chatInfo\":\"{…[rw.k0.3.0.1] hello…}\"}"#;
    sent(
        &format!(r#"{{"token":"<token of user-k0.3.0.0>","type":2,"payLoad":"{payload}"}}"#),
        Purpose::Step,
        focus,
    )
}

fn transcript(whats: Vec<(usize, What)>) -> Transcript {
    let event = |(tick, (connection, what))| transcript::Event {
        at_us: 1500 * tick as u64,
        connection: Some(connection),
        what,
    };
    let users = vec!["user-k0.3.0.0".into(), "user-k0.3.0.1".into()];
    let names = (users, vec!["roomwire-k0.3.0.0".into()]);
    let events = whats.into_iter().enumerate().map(event).collect();
    Transcript::new(program(), names, Declared::default(), None, events)
}

fn openings() -> Vec<(usize, What)> {
    let opening = |client| What::Opening { client, expect: Expect::Derived, focus: false };
    vec![
        (0, opening(0)),
        (0, What::Opened { subprotocol: None }),
        (1, opening(1)),
        (1, What::Opened { subprotocol: None }),
    ]
}

/// A case in which ben gets a chat twice, by a step that the case is about or by another one.
pub(crate) fn twice(id: &str, requirements: &[&str], focus: bool) -> Told {
    let mut told = finished(id, requirements, Verdict::Fail);
    let mut whats = openings();
    whats.push((0, say_hello(focus)));
    whats.push((1, chat(1, "[rw.k0.3.0.1] hello")));
    whats.push((1, chat(1, "[rw.k0.3.0.1] hello")));
    told.case.transcript = Some(transcript(whats));
    told.case.findings.push(Finding {
        property: Property::Delivery,
        requirement: if focus { requirements[0] } else { "CHAT-3" }.into(),
        expected: "ben gets each chat once".into(),
        got: r#"twice, the second time as {"type":2,"code":200,"topic":"roomwire-k0.3.0.0"}"#.into(),
        evidence: vec![4, 5, 6],
        by_clock: false,
        origin: None,
    });
    told
}

/// A case in which a heartbeat is never acked.
fn unanswered() -> Told {
    let mut told = finished("heartbeat/a", &["BEAT-1"], Verdict::Fail);
    let mut whats = openings();
    let text = r#"{"token":"<token of user-k0.3.0.1>","type":1,"payLoad":"","id":"f0"}"#;
    whats.push((1, sent(text, Purpose::Fence, false)));
    whats.push((1, What::Missed { wait: Wait::Fence, waited_ms: 3000 }));
    whats.push((0, What::Abandoned));
    told.case.transcript = Some(transcript(whats));
    told.case.findings.push(Finding {
        property: Property::Answers,
        requirement: "BEAT-1".into(),
        expected: "ben is answered type 1 code 100 to a heartbeat".into(),
        got: "nothing at all within 3000 ms, nor to any request behind it".into(),
        evidence: vec![4, 5],
        by_clock: true,
        origin: None,
    });
    // What follows from it is told as such.
    told.case.findings.push(Finding {
        property: Property::Delivery,
        requirement: "CHAT-1".into(),
        expected: "ann, a member of the topic since before, gets the chat".into(),
        got: "it had not come after 3000 ms".into(),
        evidence: vec![4, 6],
        by_clock: true,
        origin: None,
    });
    told
}

/// A case with which the server died.
fn deadly() -> Told {
    let mut told = finished("transport/b", &["WS-10"], Verdict::Fail);
    let mut whats = openings();
    let what = "a text message of the bytes [ff, fe]".into();
    whats.push((0, What::SentRaw { what, expect: Expect::Derived, focus: true }));
    whats.push((0, What::Ended { how: transcript::End::Reset }));
    told.case.transcript = Some(transcript(whats));
    told.case.findings.push(Finding {
        property: Property::Ending,
        requirement: "WS-10".into(),
        expected: "the server goes on after this case, which was played alone".into(),
        got: "the server process ended (exit status: 134)".into(),
        evidence: Vec::new(),
        by_clock: false,
        origin: None,
    });
    told
}

/// A frame of one case that came up in another.
pub(crate) fn amended(id: &str, seen_in: &str) -> Event {
    Event::CaseAmended {
        id: id.into(),
        verdict: Verdict::Fail,
        finding: Finding {
            property: Property::Delivery,
            requirement: "ISO-1".into(),
            expected: "nothing of a topic reaches those who never joined it".into(),
            got: "a chat of another case, in topics of its own: {\"type\":2}".into(),
            evidence: vec![4],
            by_clock: false,
            origin: Some(0),
        },
        seen_in: seen_in.into(),
        transcript: None,
    }
}

/// A run in which much is wrong.
pub(crate) fn failing(words: &[&str]) -> Vec<Event> {
    let warning = twice("transport/a", &["WS-13"], false).warning("WS-13");
    vec![
        opening(11, words, &[]),
        Event::CaseStarted { id: "rooms/a".into() },
        finished("rooms/a", &["ROOM-13"], Verdict::Pass).into(),
        twice("rooms/b", &["ROOM-1"], false).into(),
        twice("chat/b", &["CHAT-3", "CHAT-1"], false).into(),
        twice("text/a", &["TEXT-3"], true).into(),
        twice("text/b", &["TEXT-3"], true).into(),
        unanswered().into(),
        warning.into(),
        deadly().into(),
        finished("limits/b", &["LIMIT-1"], Verdict::Inconclusive)
            .because("the server answered 429 in each of 5 tries")
            .into(),
        finished("isolation/a", &["ISO-1"], Verdict::Pass).into(),
        finished("presence/c", &["PRES-1"], Verdict::NotApplicable).because("the 201 claims core").into(),
        amended("isolation/a", "rooms/a"),
        footer(
            Exit::Violations,
            [("pass", 1), ("fail", 7), ("warn", 1), ("inconclusive", 1), ("not-applicable", 1)],
        )
        .by_clock(1)
        .into(),
    ]
}
