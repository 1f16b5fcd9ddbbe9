//! The same thing seen by cases about many requirements.
//!
//! What no general requirement is named for is held against the one that the case is about. A server that,
//! say, delivers everything twice so seems to break whatever it is that a chat is said for. Where cases that
//! are about something else show the same, the requirement that they name is the one that tells what is wrong.

use std::collections::BTreeMap;

use super::groups::{Group, Sighting};
use crate::check::{Property, client_name};
use crate::program::Expect;
use crate::transcript::What;

/// Folds groups that only show what another one shows as well into that one.
pub(in crate::report) fn fold(groups: Vec<Group<'_>>) -> Vec<Group<'_>> {
    let mut general: BTreeMap<(Property, String), &str> = BTreeMap::new();
    for group in &groups {
        for sighting in group.sightings.iter().filter(|sighting| !sighting.own) {
            // The groups come in their order, so that the first one is the one to be read first.
            general.entry((group.property, of(&sighting.finding.expected))).or_insert(group.requirement);
        }
    }
    let target = |group: &Group<'_>| {
        let mut targets = group.sightings.iter().map(|sighting| {
            let borrowed = sighting.own && !is_asked_for(sighting);
            let key = (group.property, of(&sighting.finding.expected));
            general.get(&key).copied().filter(|target| borrowed && *target != group.requirement)
        });
        let first = targets.next().flatten()?;
        targets.all(|target| target.is_some()).then_some(first)
    };
    let (mut kept, mut folded) = (Vec::new(), Vec::new());
    for group in groups {
        match target(&group) {
            Some(target) => folded.push((target, group)),
            None => kept.push(group),
        }
    }
    for (target, group) in folded {
        let into = kept.iter_mut().find(|kept| kept.property == group.property && kept.requirement == target);
        match into {
            Some(into) => into.besides.push((group.requirement, group.cases().len())),
            None => kept.push(group),
        }
    }
    kept
}

/// Whether the case itself says what must come of a step that shows the finding: then its requirement is the
/// one that is broken, whatever else is.
fn is_asked_for(sighting: &Sighting<'_>) -> bool {
    let Some(transcript) = sighting.transcript else { return true };
    let mut events = sighting.finding.evidence.iter().filter_map(|&tick| transcript.events.get(tick));
    events.any(|event| match &event.what {
        What::Opening { expect, .. }
        | What::Sent { expect, .. }
        | What::SentRaw { expect, .. }
        | What::HttpSent { expect, .. }
        | What::Silent { expect, .. }
        | What::Knocks { expect, .. }
        | What::ReadsOn { expect } => *expect != Expect::Derived,
        _ => false,
    })
}

/// What was expected, without what differs from case to case: who, quoted names, numbers of chats.
fn of(expected: &str) -> String {
    let mut words = Vec::new();
    for (number, part) in expected.split('"').enumerate() {
        if number % 2 == 1 {
            words.push("…");
            continue;
        }
        for word in part.split_whitespace() {
            let bare = word.trim_end_matches([',', ';', '.']);
            let name = (0..8).any(|client| client_name(client) == bare);
            let of_seq = words.last() == Some(&"seq") && bare.bytes().all(|byte| byte.is_ascii_digit());
            words.push(if name || of_seq { "…" } else { word });
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symptom_leaves_out_who_and_which_and_nothing_else() {
        assert_eq!(of("ann gets each chat once"), of("ben gets each chat once"));
        assert_eq!(
            of("cat gets seq 6 behind the chat with seq 5"),
            of("ann gets seq 3 behind the chat with seq 2")
        );
        assert_eq!(of(r#"the answer carries "id": "r1""#), of(r#"the answer carries "id": "r27""#));
        assert_ne!(
            of("ann is answered type 3 code 201 to a join"),
            of("ann is answered type 6 code 204 to a leave")
        );
    }
}
