//! A chat that is sent once more under its id is said once, and its sender gets the first delivery once more.

use std::collections::HashMap;

use super::{Judge, client_name, excerpt};
use crate::view::{Frame, Role, View};

pub(super) fn judge(view: &View<'_>, judge: &mut Judge<'_>) {
    if !view.transcript.declared.claims("resume") {
        return;
    }
    let mut first: HashMap<usize, &Frame<'_>> = HashMap::new();
    for frame in view.frames.iter().filter(|frame| frame.is_chat()) {
        if let Some(request) = frame.mark.as_ref().and_then(|mark| view.origin(mark)) {
            first.entry(request).or_insert(frame);
        }
    }
    let epoch = |frame: &Frame<'_>| {
        frame.stay.and_then(|stay| view.lines[frame.line].memberships[stay].epoch.clone())
    };
    for group in view.repeats.groups() {
        let said: Vec<(usize, &Frame<'_>)> =
            group.iter().filter_map(|&request| Some((request, *first.get(&request)?))).collect();
        for pair in said.windows(2) {
            let [(one, heard), (other, again)] = pair else { continue };
            if epoch(heard) != epoch(again) {
                continue;
            }
            let (sent, repeat) = (&view.requests[*one], &view.requests[*other]);
            let expected = "a chat that its user sends once more under the same id is said once";
            let got = format!("it was said again: {}", excerpt(again.text));
            let requirement = judge.requirement_of(repeat.focus, "RES-12");
            judge.find(requirement, expected, got, [sent.tick, repeat.tick, heard.tick, again.tick]);
        }
        let answered = group.iter().filter(|&&request| view.requests[request].answer(view).is_some());
        for _ in answered.skip(1) {
            judge.exercise();
        }
    }
    for frame in view.frames.iter().filter(|frame| frame.role == Role::Repeat) {
        let Some(request) = frame.answers else { continue };
        let origin = frame.mark.as_ref().and_then(|mark| view.origin(mark));
        let known = origin.and_then(|origin| first.get(&origin));
        if let Some(known) = known
            && known.seq() != frame.seq()
        {
            let who = client_name(view.lines[frame.line].client);
            let expected = format!("{who} gets the first delivery once more, with its seq");
            let sent = &view.requests[request];
            let requirement = judge.requirement_of(sent.focus, "RES-13");
            judge.find(requirement, expected, excerpt(frame.text), [sent.tick, known.tick, frame.tick]);
        }
        if let Some(known) = known
            && let (Some(then), Some(now)) = (epoch(known), epoch(frame))
            && then != now
        {
            let sent = &view.requests[request];
            let expected = "a chat whose id was given in an earlier epoch of the topic alone is said";
            let got = format!("the delivery of that epoch: {}", excerpt(frame.text));
            let evidence = [sent.tick, known.tick, frame.tick];
            judge.find("RES-15", expected, got, evidence);
        }
    }
}
