//! The checks: what must hold of every transcript, whatever program made it.
//!
//! One file a property. All of them run on all transcripts, in time linear in what was delivered. Each says
//! how often it was exercised, since a property that nothing touched has not been shown to hold.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::names::{Mark, TryId};
use crate::transcript::Transcript;
use crate::view::{Sent, Tick, View};

mod answers;
mod delivery;
mod draining;
mod ending;
mod history;
mod interference;
mod isolation;
mod notices;
mod opening;
mod order;
mod presence;
mod repeats;
mod resume;
mod schema;
mod secrecy;
mod seq;
mod shape;
mod wording;

/// A property that a check is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Property {
    /// Every frame of the server is one that the spec knows, with all its members.
    Shape,
    /// Every request is answered: rightly, once, in order, with its id.
    Answers,
    /// Every chat reaches every member once.
    Delivery,
    /// What is delivered is what was said.
    Wording,
    /// Every member sees the same chats in the same order, and each sender's in the order of sending.
    Order,
    /// `seq` goes on from the 201 without gap or repeat.
    Seq,
    /// Nothing of a topic reaches a connection that is not in it.
    Isolation,
    /// User lists show the true members, to those who are in the topic.
    Presence,
    /// Notices reach all connections of their user in the topic, once, and nobody else.
    Notices,
    /// Who comes back gets all that was missed, or is told that it gets nothing.
    Resume,
    /// A chat that is sent once more under its id is said once.
    Repeats,
    /// What is asked over HTTP is answered as the spec says.
    History,
    /// Every frame is valid by the published schemas, at every layer.
    Schema,
    /// Connections open as the spec says.
    Opening,
    /// Connections end when and how the spec says, and not otherwise.
    Ending,
    /// A server that is told to end, and drains, does so as the spec says.
    Draining,
    /// Who stands beside a hostile client hears the same kinds of frames as without one.
    Interference,
}

impl Property {
    /// All of them, in the order in which they are judged.
    pub const ALL: [Self; 17] = [
        Self::Opening,
        Self::Shape,
        Self::Answers,
        Self::Delivery,
        Self::Wording,
        Self::Order,
        Self::Seq,
        Self::Isolation,
        Self::Presence,
        Self::Notices,
        Self::Resume,
        Self::Repeats,
        Self::History,
        Self::Ending,
        Self::Draining,
        Self::Interference,
        Self::Schema,
    ];

    fn judge(self, view: &View<'_>, judge: &mut Judge<'_>) {
        match self {
            Self::Shape => shape::judge(view, judge),
            Self::Answers => answers::judge(view, judge),
            Self::Delivery => delivery::judge(view, judge),
            Self::Wording => wording::judge(view, judge),
            Self::Order => order::judge(view, judge),
            Self::Seq => seq::judge(view, judge),
            Self::Isolation => isolation::judge(view, judge),
            Self::History => history::judge(view, judge),
            Self::Presence => presence::judge(view, judge),
            Self::Notices => notices::judge(view, judge),
            Self::Resume => resume::judge(view, judge),
            Self::Repeats => repeats::judge(view, judge),
            Self::Schema => schema::judge(view, judge),
            Self::Opening => opening::judge(view, judge),
            Self::Ending => ending::judge(view, judge),
            Self::Draining => draining::judge(view, judge),
            Self::Interference => interference::judge(view, judge),
        }
    }
}

/// Something that the subject got wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The property that does not hold.
    pub property: Property,
    /// The requirement that it breaks.
    pub requirement: String,
    /// What the spec asks for here, in the words of this very situation.
    pub expected: String,
    /// What there was instead.
    pub got: String,
    /// The events that show it: ticks of the transcript, in order.
    pub evidence: Vec<Tick>,
    /// Whether it rests on a clock: on something that had not come when the runner stopped waiting.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_clock: bool,
    /// The case that caused it, where that is another than the one whose transcript shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<usize>,
}

/// What the checks say of a transcript.
#[derive(Debug, Clone, Default)]
pub struct Judgement {
    /// What is wrong, in the order of the properties.
    pub findings: Vec<Finding>,
    /// How often each property was exercised.
    pub exercised: BTreeMap<Property, usize>,
    /// Steps that the case is about.
    pub focused: usize,
    /// How many of those were judged.
    pub focused_judged: usize,
    /// Why what the case is about does not apply to this server, where that could only be seen by trying.
    pub moot: Option<String>,
}

/// Runs all checks on a transcript. What goes wrong with a step that the case is about is held against
/// `requirement`, the one that the case proves.
#[must_use]
pub fn judge(transcript: &Transcript, requirement: &str) -> Judgement {
    let view = View::new(transcript);
    let mut judge = Judge { requirement, judgement: Judgement::default(), property: Property::Shape };
    for property in Property::ALL {
        judge.property = property;
        property.judge(&view, &mut judge);
    }
    let mut judgement = judge.judgement;
    if let Some(told) = view.told_to_end.filter(|_| judgement.moot.is_some()) {
        // What a server does that ends without draining is left open.
        judgement.findings.retain(|finding| finding.evidence.iter().all(|tick| *tick < told));
    }
    judgement
}

/// Where the checks put what they find.
pub(crate) struct Judge<'a> {
    requirement: &'a str,
    judgement: Judgement,
    property: Property,
}

impl Judge<'_> {
    /// Takes note that the property was put to the test.
    pub(crate) fn exercise(&mut self) {
        *self.judgement.exercised.entry(self.property).or_default() += 1;
    }

    /// Takes note of a step that the case is about, and whether it was put to the test.
    pub(crate) fn exercise_focus(&mut self, focus: bool, judged: bool) {
        if focus {
            self.judgement.focused += 1;
            self.judgement.focused_judged += usize::from(judged);
        }
    }

    /// Takes note that what the case is about does not apply to this server, and why.
    pub(crate) fn moot(&mut self, why: String) {
        self.judgement.moot = Some(why);
    }

    /// The requirement of the case where it is about this step, and else the general one.
    pub(crate) fn requirement_of(&self, focus: bool, general: &str) -> String {
        if focus { self.requirement } else { general }.to_owned()
    }

    /// The evidence of all that was found about a property so far.
    pub(crate) fn evidence_of(&self, property: Property) -> impl Iterator<Item = Tick> {
        let findings = self.judgement.findings.iter().filter(move |finding| finding.property == property);
        findings.flat_map(|finding| finding.evidence.iter().copied())
    }

    /// The requirement of the case.
    pub(crate) fn requirement(&self) -> &str {
        self.requirement
    }

    /// Reports a finding.
    pub(crate) fn find(
        &mut self,
        requirement: impl Into<String>,
        expected: impl Into<String>,
        got: impl Into<String>,
        evidence: impl IntoIterator<Item = Tick>,
    ) -> &mut Finding {
        let mut evidence: Vec<Tick> = evidence.into_iter().collect();
        evidence.sort_unstable();
        evidence.dedup();
        self.judgement.findings.push(Finding {
            property: self.property,
            requirement: requirement.into(),
            expected: expected.into(),
            got: got.into(),
            evidence,
            by_clock: false,
            origin: None,
        });
        self.judgement.findings.last_mut().unwrap_or_else(|| unreachable!("it was pushed just now"))
    }
}

/// The words by which findings name a client: `ann`, `ben`, `cat` and so on, always the same for the same
/// number.
#[must_use]
pub fn client_name(client: usize) -> String {
    const NAMES: [&str; 8] = ["ann", "ben", "cat", "dan", "eve", "fay", "gus", "hal"];
    NAMES.get(client).map_or_else(|| format!("client {client}"), |name| (*name).to_owned())
}

/// A received frame as findings quote it: `3/201`.
pub(crate) fn pair(frame: &crate::view::Frame<'_>) -> String {
    let word = |value: &serde_json::Value| match value {
        serde_json::Value::Null => "none".to_owned(),
        value => value.to_string(),
    };
    let mut pair = format!("type {} code {}", word(&frame.json["type"]), word(&frame.json["code"]));
    if frame.is_error()
        && let Some(reason) = frame.data["reason"].as_str()
    {
        let _ = write!(pair, " ({reason})");
    }
    pair
}

/// What a request is called in findings.
pub(crate) fn request_name(sent: &Sent<'_>) -> &'static str {
    match sent.kind {
        Some(1) => "a heartbeat",
        Some(2) => "a chat",
        Some(3) => "a join",
        Some(4) => "a notice",
        Some(5) => "a user-list",
        Some(6) => "a leave",
        _ => "a message",
    }
}

/// Text for a finding: short enough to be read, long enough to be recognised.
pub(crate) fn excerpt(text: &str) -> String {
    const MOST: usize = 160;
    if text.chars().count() <= MOST {
        return text.to_owned();
    }
    let head: String = text.chars().take(MOST - 30).collect();
    let tail: String = text.chars().skip(text.chars().count() - 20).collect();
    format!("{head} … {tail} ({} bytes)", text.len())
}

/// The other case of the same run that a text comes from, as far as it names one: by a mark first of all, and else by
/// a topic or a user. One that names this case as well is no stranger.
pub(crate) fn origin_case(view: &View<'_>, text: &str) -> Option<usize> {
    let transcript = view.transcript;
    let own =
        transcript.topics.iter().chain(&transcript.users).find_map(|name| TryId::all_in(name).next())?;
    if let Some(mark) = Mark::find(text) {
        return (mark.id.run == own.run && mark.id.case != own.case).then_some(mark.id.case);
    }
    let mut named = TryId::all_in(text).filter(|id| id.run == own.run);
    let first = named.next()?.case;
    (first != own.case && named.all(|id| id.case != own.case)).then_some(first)
}
