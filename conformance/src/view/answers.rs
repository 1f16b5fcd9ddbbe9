//! Which frame answers which request.
//!
//! The matching is lenient: where a server forgets an id or mixes up an order, the frame still finds the
//! request that it was most likely meant for, so that the checks can say what is wrong with it.

use super::{Frame, Sent, View};

/// Ties the frames that are answers to their requests.
pub(super) fn match_answers(view: &mut View<'_>) {
    for line in 0..view.lines.len() {
        // Everything before this has been answered: keeps the search short on long connections.
        let mut first_open = 0;
        // Topics whose 201 has come, and not yet the 205 that a join brings.
        let mut lists_due: Vec<String> = Vec::new();
        for position in 0..view.lines[line].frames.len() {
            let frame = view.lines[line].frames[position];
            let requests = &view.lines[line].requests;
            while first_open < requests.len() && !view.requests[requests[first_open]].answers.is_empty() {
                first_open += 1;
            }
            if is_list_of_join(&view.frames[frame], &mut lists_due) {
                continue;
            }
            let Some(request) = find(view, line, &view.frames[frame], first_open) else { continue };
            view.frames[frame].answers = Some(request);
            view.requests[request].answers.push(frame);
        }
    }
}

/// Whether a frame is the 205 that a join brings, which is no answer of its own.
fn is_list_of_join(frame: &Frame<'_>, lists_due: &mut Vec<String>) -> bool {
    let Some(topic) = frame.data["topic"].as_str() else { return false };
    match frame.code() {
        Some(201) => lists_due.push(topic.to_owned()),
        Some(205) if frame.id().is_none() => {
            if let Some(due) = lists_due.iter().position(|due| due == topic) {
                lists_due.swap_remove(due);
                return true;
            }
        }
        _ => {}
    }
    false
}

fn find(view: &View<'_>, line: usize, frame: &Frame<'_>, first_open: usize) -> Option<usize> {
    match frame.code() {
        Some(200) => {
            // The sender's own copy of a chat is the answer to it; everybody else's is a delivery.
            let request = view.origin(frame.mark.as_ref()?)?;
            return (view.requests[request].line == line).then_some(request);
        }
        Some(203 | 206) | None => return None,
        Some(_) => {}
    }
    let sent_before = |request: &&usize| view.requests[**request].tick < frame.tick;
    let open = || {
        view.lines[line].requests[first_open..]
            .iter()
            .take_while(sent_before)
            .copied()
            .filter(|&request| view.requests[request].answers.is_empty())
    };
    if let Some(id) = frame.id() {
        let same_id = |request: &usize| view.requests[*request].id.as_deref() == Some(id);
        // A second answer with the same id belongs to the same request, and is one too many.
        let all = || view.lines[line].requests.iter().take_while(sent_before).copied();
        if let Some(found) = open().find(same_id).or_else(|| all().find(same_id)) {
            return Some(found);
        }
    }
    let open_end = |sent: &Sent<'_>| *sent.expect == crate::program::Expect::Answered;
    let fits = |sent: &Sent<'_>| sent.kind == frame.kind() || frame.kind() == Some(0) || open_end(sent);
    let without_id = |request: &usize| view.requests[*request].id.is_none();
    let same_kind = |request: &usize| fits(&view.requests[*request]);
    open()
        .find(|request| same_kind(request) && without_id(request))
        .or_else(|| open().find(same_kind))
        .or_else(|| if frame.is_error() { open().next() } else { None })
}
