//! The smallest part of a transcript that shows something: what a finding names, and without what that could not
//! be understood.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::transcript::{Purpose, Transcript, What};
use crate::view::{Tick, View};

/// The most events that are shown, and how many of them are the last ones.
const MOST: usize = 16;
const LAST: usize = 6;
/// How many of the last deeds are shown where a finding names none.
const LAST_DEEDS: usize = 6;

/// One event of a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Where it stands in the transcript.
    pub tick: Tick,
    /// Whether the finding names it.
    pub evidence: bool,
}

/// The slice for these ticks, in order. Where there are none, it has the last things that were done.
pub(crate) fn cut(view: &View<'_>, evidence: &[Tick]) -> Vec<Part> {
    let transcript = view.transcript;
    let mut ticks: BTreeMap<Tick, bool> = BTreeMap::new();
    for &tick in evidence.iter().filter(|tick| **tick < transcript.events.len()) {
        for context in context(view, tick) {
            ticks.entry(context).or_insert(false);
        }
        ticks.insert(tick, true);
    }
    if ticks.is_empty() {
        ticks.extend(last_deeds(transcript).into_iter().map(|tick| (tick, false)));
    }
    ticks.into_iter().map(|(tick, evidence)| Part { tick, evidence }).collect()
}

/// What of a slice of so many events is left out, where that is too many, and how many those are.
pub(crate) fn gap(length: usize) -> Option<(Range<usize>, usize)> {
    (length > MOST).then(|| (MOST - LAST - 1..length - LAST, length - MOST + 1))
}

/// The client of an event.
pub(crate) fn client_of(view: &View<'_>, tick: Tick) -> Option<usize> {
    let event = &view.transcript.events[tick];
    match &event.what {
        What::HttpSent { client, .. }
        | What::HttpAnswered { client, .. }
        | What::HttpFailed { client, .. } => Some(*client),
        _ => view.lines.get(event.connection?).map(|line| line.client),
    }
}

/// Which of its client's connections it is, counted from 1.
pub(crate) fn number_of(view: &View<'_>, connection: usize) -> usize {
    let Some(line) = view.lines.get(connection) else { return 1 };
    1 + view.lines[..connection].iter().filter(|other| other.client == line.client).count()
}

/// What a single event does not explain by itself: the request that a frame answers, the chat that it
/// delivers, what was done on a connection before it ended or before something did not come.
fn context(view: &View<'_>, tick: Tick) -> Vec<Tick> {
    let event = &view.transcript.events[tick];
    match event.what {
        What::Received { .. } => {
            let Ok(frame) = view.frames.binary_search_by_key(&tick, |frame| frame.tick) else {
                return Vec::new();
            };
            let frame = &view.frames[frame];
            let origin = frame.mark.as_ref().and_then(|mark| view.origin(mark));
            [frame.answers, origin].into_iter().flatten().map(|request| view.requests[request].tick).collect()
        }
        What::CloseFrame { .. } | What::Ended { .. } | What::Missed { .. } | What::Pong { .. } => {
            let deed = |tick: &Tick| {
                let earlier = &view.transcript.events[*tick];
                earlier.connection == event.connection && is_deed(&earlier.what)
            };
            (0..tick).rev().find(deed).into_iter().collect()
        }
        What::HttpAnswered { exchange: of, .. } | What::HttpFailed { exchange: of, .. } => {
            let asks = |tick: &Tick| {
                let earlier = &view.transcript.events[*tick].what;
                matches!(earlier, What::HttpSent { exchange, .. } if *exchange == of)
            };
            (0..tick).rev().find(asks).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

fn last_deeds(transcript: &Transcript) -> Vec<Tick> {
    let events = transcript.events.iter().enumerate().rev();
    events.filter(|(_, event)| is_deed(&event.what)).map(|(tick, _)| tick).take(LAST_DEEDS).collect()
}

/// Whether it is something that the program does.
fn is_deed(what: &What) -> bool {
    match what {
        What::Sent { purpose, .. } => matches!(purpose, Purpose::Step | Purpose::Marker),
        What::Opening { .. }
        | What::SentRaw { .. }
        | What::Leaving { .. }
        | What::Silent { .. }
        | What::Knocks { .. }
        | What::StoppedReading
        | What::HttpSent { .. }
        | What::Waits { .. }
        | What::ReadsOn { .. } => true,
        _ => false,
    }
}
