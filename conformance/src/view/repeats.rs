//! Which chats are the same one, sent once more: those of one user to one topic under one id.

use std::collections::HashMap;

use super::View;

/// The groups of chats that share user, topic and id, on a server that claims profile `resume`; elsewhere there
/// are no repeats.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    group_of: HashMap<usize, usize>,
    groups: Vec<Vec<usize>>,
}

impl Repeats {
    pub(super) fn new(view: &View<'_>) -> Self {
        let declared = &view.transcript.declared;
        if !declared.claims("resume") && !declared.names("resume") {
            return Self::default();
        }
        let mut by_name: HashMap<(&str, &str, &str), Vec<usize>> = HashMap::new();
        for (request, sent) in view.requests.iter().enumerate().filter(|(_, sent)| sent.kind == Some(2)) {
            if let (Some(topic), Some(id)) = (&sent.topic, &sent.id) {
                by_name.entry((view.lines[sent.line].user, topic, id)).or_default().push(request);
            }
        }
        let mut groups: Vec<_> = by_name.into_values().filter(|group| group.len() > 1).collect();
        groups.sort_unstable();
        let members = groups.iter().enumerate();
        let group_of = members.flat_map(|(group, chats)| chats.iter().map(move |&chat| (chat, group)));
        Self { group_of: group_of.collect(), groups }
    }

    /// Whether two requests are the same chat, of which one is said.
    pub(crate) fn same(&self, one: usize, other: usize) -> bool {
        one == other || self.group_of.get(&one).is_some_and(|group| self.group_of.get(&other) == Some(group))
    }

    /// Whether another request is the same chat.
    pub(crate) fn shares(&self, request: usize) -> bool {
        self.group_of.contains_key(&request)
    }

    /// All groups, each in the order of sending.
    pub(crate) fn groups(&self) -> &[Vec<usize>] {
        &self.groups
    }

    /// The requests that are the same chat as this one, itself included.
    pub(crate) fn group(&self, request: usize) -> &[usize] {
        self.group_of.get(&request).map_or(&[], |&group| &self.groups[group])
    }
}
