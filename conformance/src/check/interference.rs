//! What a hostile client does changes nothing for those beside it: who stands by hears the same kinds of frames as in
//! a room of its own where nobody was hostile.
//!
//! The other checks say what must come and what must not, each in its own words; this one finds what none of them has
//! words for, by comparison. A program has the comparison in it: some clients do once more, elsewhere, what others did,
//! with all that was hostile left out ([`Program::twins`](crate::program::Program)). Chats and changes to user lists
//! are left to their checks: how many of them there are is a matter of who was quicker.

use std::collections::BTreeMap;

use crate::program::Expect;
use crate::transcript::Purpose;
use crate::view::{Frame, Sent, Tick, View};

use super::{Judge, client_name, pair, request_name};

pub(super) fn judge(view: &View<'_>, judge: &mut Judge<'_>) {
    let twins = &view.transcript.program.twins;
    let pairs: Vec<(Part<'_>, Part<'_>)> =
        twins.iter().map(|&(one, other)| (Part::of(view, one), Part::of(view, other))).collect();
    // The comparison says something where both did the same, but for what was hostile, and were served.
    let names = Names::of(&pairs);
    if pairs.iter().any(|(one, other)| one.said != names.in_all(&other.said)) {
        return;
    }
    for (one, other) in pairs.iter().filter(|(one, _)| !one.hostile && one.whole) {
        if !other.whole {
            continue;
        }
        judge.exercise();
        let who = client_name(one.client);
        for (kind, ticks) in &one.heard {
            let calm = other.heard.get(kind).map_or(0, Vec::len);
            if ticks.len() != calm {
                let expected = format!("{who}, who does nothing hostile, hears {kind} {}", times(calm));
                let got = format!("{}, beside a client that was hostile", times(ticks.len()));
                judge.find("ISO-6", expected, got, ticks.iter().copied());
            }
        }
        for (kind, ticks) in other.heard.iter().filter(|(kind, _)| !one.heard.contains_key(*kind)) {
            let expected = format!("{who}, who does nothing hostile, hears {kind} {}", times(ticks.len()));
            judge.find("ISO-6", expected, "never, beside a client that was hostile", ticks.iter().copied());
        }
    }
}

fn times(number: usize) -> String {
    match number {
        0 => "never".into(),
        1 => "once".into(),
        number => format!("{number} times"),
    }
}

/// What one client did and heard.
struct Part<'v> {
    client: usize,
    user: &'v str,
    /// Its topics, in the order in which it named them.
    topics: Vec<&'v str>,
    /// What it sent that is as it should be, without marks and ids.
    said: Vec<String>,
    /// Whether it sent anything else.
    hostile: bool,
    /// Whether all that it asked was answered, and its connection was there until it was left.
    whole: bool,
    /// How often which kind of frame came, and when.
    heard: BTreeMap<String, Vec<Tick>>,
}

impl<'v> Part<'v> {
    fn of(view: &'v View<'_>, client: usize) -> Self {
        let mut part = Self {
            client,
            user: "",
            topics: Vec::new(),
            said: Vec::new(),
            hostile: false,
            whole: true,
            heard: BTreeMap::new(),
        };
        for line in view.lines.iter().filter(|line| line.client == client && line.opened.is_some()) {
            part.user = line.user;
            part.hostile |= line.raw.iter().any(|raw| !matches!(raw.expect, Expect::Derived | Expect::Pong));
            for sent in line.requests.iter().map(|&request| &view.requests[request]) {
                part.take(sent);
            }
            part.whole &= line.leaving.is_some() || line.abandoned.is_some() || line.over().is_none();
            for frame in line.frames.iter().map(|&frame| &view.frames[frame]) {
                if let Some(kind) = kind(view, frame) {
                    part.heard.entry(kind).or_default().push(frame.tick);
                }
            }
            for &tick in &line.binaries {
                part.heard.entry("a binary message".into()).or_default().push(tick);
            }
        }
        part
    }

    fn take(&mut self, sent: &'v Sent<'_>) {
        if sent.purpose != Purpose::Step {
            return;
        }
        if *sent.expect != Expect::Derived {
            self.hostile = true;
            return;
        }
        if let Some(topic) = sent.topic.as_deref()
            && !self.topics.contains(&topic)
        {
            self.topics.push(topic);
        }
        self.whole &= !sent.answers.is_empty();
        let mark = sent.mark.as_ref().map(ToString::to_string).unwrap_or_default();
        let text = sent.payload.to_string();
        let said = if mark.is_empty() { text } else { text.replace(&mark, "") };
        self.said.push(format!("{:?} {:?} {} {said}", sent.kind, sent.token, sent.id.is_some()));
    }
}

/// What kind of frame it is; none where how many come is a matter of speed, or of the runner's own fences.
fn kind(view: &View<'_>, frame: &Frame<'_>) -> Option<String> {
    if matches!(frame.code(), Some(200 | 206)) || frame.of_join {
        return None;
    }
    match frame.answers.map(|request| &view.requests[request]) {
        Some(sent) if sent.purpose != Purpose::Step => None,
        Some(sent) => Some(format!("{} in answer to {}", pair(frame), request_name(sent))),
        None => Some(format!("{} unasked", pair(frame))),
    }
}

/// What stands for what: the names of those who do it once more, and those of the others.
struct Names<'v> {
    pairs: Vec<(&'v str, &'v str)>,
}

impl<'v> Names<'v> {
    fn of(parts: &[(Part<'v>, Part<'v>)]) -> Self {
        let mut pairs: Vec<(&str, &str)> = Vec::new();
        for (one, other) in parts {
            pairs.push((other.user, one.user));
            pairs.extend(other.topics.iter().copied().zip(one.topics.iter().copied()));
        }
        pairs.retain(|(from, _)| !from.is_empty());
        pairs.sort_unstable();
        pairs.dedup();
        // The longer one first, where one begins with another.
        pairs.sort_by_key(|(from, _)| std::cmp::Reverse(from.len()));
        Self { pairs }
    }

    fn in_all(&self, texts: &[String]) -> Vec<String> {
        // By way of places that no text has, so that no name is replaced twice.
        let place = |number: usize| format!("\u{1}{number}\u{2}");
        let put = |text: &String| {
            let numbered = self.pairs.iter().enumerate();
            let text = numbered
                .clone()
                .fold(text.clone(), |text, (number, (from, _))| text.replace(from, &place(number)));
            numbered.fold(text, |text, (number, (_, to))| text.replace(&place(number), to))
        };
        texts.iter().map(put).collect()
    }
}
