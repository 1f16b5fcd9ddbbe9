//! Nothing of a topic reaches a connection that is not in it.

use std::collections::HashMap;

use super::{Judge, client_name, excerpt, origin_case};
use crate::view::{Frame, Membership, View};

pub(super) fn judge(view: &View<'_>, judge: &mut Judge<'_>) {
    for frame in &view.frames {
        if let Some(topic) = frame.of_topic() {
            judge_place(view, frame, topic, judge);
        }
        if frame.is_chat() {
            judge_topic(view, frame, judge);
        }
    }
    // Connections that could have been reached and were not are what the property is about.
    let chats = || view.requests.iter().filter(|sent| sent.kind == Some(2));
    for line in view.lines.iter().filter(|line| line.opened.is_some()) {
        let mut stays: HashMap<&str, Vec<&Membership>> = HashMap::new();
        for stay in &line.memberships {
            stays.entry(&stay.topic).or_default().push(stay);
        }
        for (sent, topic) in chats().filter_map(|sent| Some((sent, sent.topic.as_deref()?))) {
            // The last that was asked for before the chat: an earlier one of the topic had ended by then.
            let stays = stays.get(topic).map_or(&[][..], Vec::as_slice);
            let asked = stays.partition_point(|stay| stay.join_sent < sent.tick);
            if !stays[..asked].last().is_some_and(|stay| stay.possible(sent.tick)) {
                judge.exercise();
            }
        }
    }
}

/// A frame of a topic comes to those who may be in it by then.
fn judge_place(view: &View<'_>, frame: &Frame<'_>, topic: &str, judge: &mut Judge<'_>) {
    let line = &view.lines[frame.line];
    let stays = || line.memberships.iter().filter(|stay| stay.topic == topic);
    if frame.stay.is_some() {
        return;
    }
    let stranger = origin_case(view, frame.text);
    if frame.mark.is_some() && stranger.is_some() {
        // The check of deliveries, or that of notices, tells of it.
        return;
    }
    let who = client_name(line.client);
    let origin = frame.mark.as_ref().and_then(|mark| view.origin(mark)).map(|r| view.requests[r].tick);
    let left = stays().filter_map(|stay| stay.left).find(|left| *left < frame.tick);
    let joins = stays().find(|stay| stay.join_sent < frame.tick && frame.tick < stay.joined);
    let (requirement, expected, because) = match (left, joins) {
        (Some(left), None) => ("ISO-3", format!("{who} gets nothing of the topic after its 204"), Some(left)),
        (_, Some(stay)) => {
            ("ISO-2", format!("{who} gets nothing of the topic before its 201"), Some(stay.joined))
        }
        (None, None) => ("ISO-1", format!("{who}, who never joined the topic, gets nothing of it"), None),
    };
    let evidence = origin.into_iter().chain(because).chain([frame.tick]);
    judge.find(requirement, expected, excerpt(frame.text), evidence).origin = stranger;
}

/// A chat is delivered as one of the topic in which it was said.
fn judge_topic(view: &View<'_>, frame: &Frame<'_>, judge: &mut Judge<'_>) {
    let Some(origin) = frame.mark.as_ref().and_then(|mark| view.origin(mark)) else { return };
    let sent = &view.requests[origin];
    if let (Some(said), Some(delivered)) = (sent.topic.as_deref(), frame.topic())
        && said != delivered
    {
        let expected = format!("a chat said in {said:?} is delivered as one of {said:?}");
        judge.find("ISO-4", expected, format!("as one of {delivered:?}"), [sent.tick, frame.tick]);
    }
}
