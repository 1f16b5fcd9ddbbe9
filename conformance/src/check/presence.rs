//! User lists show the true members, and changes to them reach those who are in the topic.
//!
//! Who certainly is on a list, and who possibly is, follows from joins, leaves and ends; what lies between the two
//! is never held against anybody. A second here or there is: the spec gives a server one for each change.

mod changes;
mod lists;
mod settled;
mod world;

use std::collections::HashMap;

use serde_json::Value;

use super::{Judge, client_name, excerpt, pair};
use crate::subject::PRESENCE_SLACK_MS;
use crate::view::View;
use settled::Folded;
use world::World;

/// How late, in microseconds, what has a second may seem to a client: timers and the way of the frame.
const SLACK_US: u64 = 1000 * PRESENCE_SLACK_MS;

pub(super) fn judge(view: &View<'_>, judge: &mut Judge<'_>) {
    if !view.transcript.declared.claims("presence") {
        return;
    }
    let world = World::new(view);
    for line in &view.lines {
        lists::judge_behind_joins(view, line, judge);
        let mut folded: HashMap<usize, Folded> = HashMap::new();
        let mut frames = line.frames.iter().map(|&frame| &view.frames[frame]).peekable();
        let mut before = 0;
        for &settled in &view.settled {
            while let Some(frame) = frames.next_if(|frame| frame.tick < settled) {
                if !matches!(frame.code(), Some(205 | 206)) {
                    continue;
                }
                let Some(stay) = frame.stay else { continue };
                judge.exercise();
                match frame.code() {
                    Some(205) => world.judge_list(line, stay, frame, judge),
                    _ => world.judge_change(line, &line.memberships[stay].topic, frame, judge),
                }
                folded.entry(stay).or_default().apply(frame);
            }
            for (stay, list) in &folded {
                world.judge_settled(line, *stay, list, (before, settled), judge);
            }
            before = settled;
        }
    }
    world.judge_pushes(judge);
}

/// The users that a list names.
fn names(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(|entry| entry["user"].as_str())
}
