//! Notices reach all connections of their user in the topic, once, equal in value, and nobody else.

use std::collections::HashMap;

use serde_json::Value;

use super::{Judge, client_name, excerpt, origin_case};
use crate::view::{Frame, Sent, Tick, View, integer};

pub(super) fn judge(view: &View<'_>, judge: &mut Judge<'_>) {
    let mut unmarked = Unmarked::new(view);
    // For each notice (by its request), the connections that it reached and when.
    let mut reached: HashMap<usize, Vec<(usize, Tick)>> = HashMap::new();
    // The last notice of each (sender's connection, receiver's connection, topic).
    let mut last: HashMap<(usize, usize, &str), (usize, Tick)> = HashMap::new();
    for frame in view.frames.iter().filter(|frame| frame.code() == Some(203)) {
        // The server's own word.
        if frame.data.get("from").is_none() && frame.mark.is_none() {
            continue;
        }
        judge.exercise();
        let origin = match &frame.mark {
            Some(mark) => view.origin(mark).filter(|&request| view.requests[request].kind == Some(4)),
            None => unmarked.take(view, frame),
        };
        let Some(request) = origin else {
            report_unknown(view, frame, judge);
            continue;
        };
        let sent = &view.requests[request];
        judge_frame(view, sent, frame, judge);
        let arrivals = reached.entry(request).or_default();
        if let Some((_, before)) = arrivals.iter().find(|(line, _)| *line == frame.line) {
            let expected = format!("{} gets each notice once", client_name(view.lines[frame.line].client));
            let requirement = judge.requirement_of(sent.focus, "NOTE-2");
            judge.find(requirement, expected, "it came twice", [sent.tick, *before, frame.tick]);
        }
        arrivals.push((frame.line, frame.tick));
        if let Some(topic) = sent.topic.as_deref()
            && let Some((earlier, tick)) = last.insert((sent.line, frame.line, topic), (request, frame.tick))
            && earlier > request
        {
            let expected = "the notices of one connection to one user come in the order of sending";
            let evidence = [sent.tick, view.requests[earlier].tick, tick, frame.tick];
            judge.find("NOTE-12", expected, "the later one came first", evidence);
        }
    }
    for (request, sent) in view.requests.iter().enumerate().filter(|(_, sent)| sent.kind == Some(4)) {
        let Some(answer) = sent.answer(view) else { continue };
        let arrivals = reached.get(&request).map_or(&[][..], Vec::as_slice);
        if answer.code() == Some(202) {
            judge_answer(sent, answer, judge);
            judge_arrivals(view, sent, answer, arrivals, judge);
        } else if let Some((line, tick)) = arrivals.first() {
            let expected = "a notice that is refused reaches nobody";
            let got = format!("{} got it", client_name(view.lines[*line].client));
            let requirement = judge.requirement_of(sent.focus, "ERR-7");
            judge.find(requirement, expected, got, [sent.tick, *tick]);
        }
    }
}

/// Notices without a mark, told apart by what they say.
struct Unmarked {
    by_receiver: HashMap<(String, String), Vec<usize>>,
    taken: HashMap<(usize, usize), usize>,
}

impl Unmarked {
    fn new(view: &View<'_>) -> Self {
        let mut by_receiver: HashMap<_, Vec<usize>> = HashMap::new();
        for (request, sent) in view.requests.iter().enumerate() {
            if let (Some(4), None, Some(topic), Some(to)) =
                (sent.kind, &sent.mark, &sent.topic, sent.payload["to"].as_str())
            {
                by_receiver.entry((topic.clone(), to.to_owned())).or_default().push(request);
            }
        }
        Self { by_receiver, taken: HashMap::new() }
    }

    /// The earliest notice to this connection's user that says the same and has not come yet; one that has come
    /// already where there is no other.
    fn take(&mut self, view: &View<'_>, frame: &Frame<'_>) -> Option<usize> {
        let topic = frame.data_topic()?.to_owned();
        let candidates = self.by_receiver.get(&(topic, view.lines[frame.line].user.to_owned()))?;
        let from = frame.data["from"].as_str();
        let mut same = candidates.iter().copied().filter(|&request| {
            let sent = &view.requests[request];
            sent.tick < frame.tick
                && from.is_none_or(|from| view.lines[sent.line].user == from)
                && equal(&sent.payload["data"], &frame.data["data"])
        });
        let fresh = same.clone().find(|&request| !self.taken.contains_key(&(request, frame.line)));
        let found = fresh.or_else(|| same.next())?;
        *self.taken.entry((found, frame.line)).or_default() += 1;
        Some(found)
    }
}

fn report_unknown(view: &View<'_>, frame: &Frame<'_>, judge: &mut Judge<'_>) {
    if let Some(origin) = origin_case(view, frame.text) {
        let expected = "a notice reaches the connections of its user that are in its topic, and no others";
        let got = format!("one of another case: {}", excerpt(frame.text));
        judge.find("NOTE-6", expected, got, [frame.tick]).origin = Some(origin);
    } else {
        let who = client_name(view.lines[frame.line].client);
        let expected = format!("each 203 with a from that {who} gets is a notice that was sent to its user");
        judge.find("NOTE-6", expected, excerpt(frame.text), [frame.tick]);
    }
}

/// A notice as it arrives.
fn judge_frame(view: &View<'_>, sent: &Sent<'_>, frame: &Frame<'_>, judge: &mut Judge<'_>) {
    let (line, sender) = (&view.lines[frame.line], &view.lines[sent.line]);
    let who = client_name(line.client);
    let evidence = [sent.tick, frame.tick];
    let mut wrong = |right: bool, general: &str, expected: String, got: String| {
        if !right {
            let requirement = judge.requirement_of(sent.focus, general);
            judge.find(requirement, expected, got, evidence);
        }
    };
    let to = sent.payload["to"].as_str().unwrap_or_default();
    wrong(
        line.user == to,
        "NOTE-6",
        format!("a notice to {to:?} goes to no one else"),
        format!("{who} got it"),
    );
    let from = frame.data["from"].as_str();
    let expected = format!("the notice is from {:?}", sender.user);
    wrong(from == Some(sender.user), "NOTE-8", expected, format!("from {}", frame.data["from"]));
    let topic = frame.data_topic();
    let expected = format!("the notice is one of {:?}", sent.topic.as_deref().unwrap_or_default());
    wrong(topic == sent.topic.as_deref(), "NOTE-2", expected, format!("of {}", frame.data["topic"]));
    let (said, heard) = (&sent.payload["data"], &frame.data["data"]);
    let there = frame.data.get("data").is_some();
    let expected = format!("{who} gets data equal to {}", excerpt(&said.to_string()));
    wrong(there && equal(said, heard), "NOTE-7", expected, excerpt(&heard.to_string()));
    if let Some(answer) = sent.answer(view) {
        let own = frame.line == sent.line;
        let expected = "the 202 comes before the 203 on the same connection".to_owned();
        wrong(!own || answer.tick < frame.tick, "NOTE-9", expected, "the 203 came first".into());
        let joined = frame.stay.map(|stay| line.memberships[stay].join_sent);
        let expected = format!("{who}, who joined after the notice was answered, does not get it");
        wrong(joined.is_none_or(|joined| joined < answer.tick), "NOTE-11", expected, "it came".into());
    }
}

/// The 202 says what it accepts.
fn judge_answer(sent: &Sent<'_>, answer: &Frame<'_>, judge: &mut Judge<'_>) {
    for member in ["topic", "to"] {
        if answer.data[member] != sent.payload[member] {
            let expected = format!("the 202 has the {member} {}", sent.payload[member]);
            let requirement = judge.requirement_of(sent.focus, "NOTE-1");
            judge.find(requirement, expected, excerpt(answer.text), [sent.tick, answer.tick]);
        }
    }
}

/// A notice reaches every connection of its user that certainly was in the topic from before it was sent until
/// all had settled.
fn judge_arrivals(
    view: &View<'_>,
    sent: &Sent<'_>,
    answer: &Frame<'_>,
    arrivals: &[(usize, Tick)],
    judge: &mut Judge<'_>,
) {
    let Some(&settled) = view.settled.iter().find(|&&tick| tick > sent.tick) else { return };
    let to = sent.payload["to"].as_str().unwrap_or_default();
    for (number, line) in view.lines.iter().enumerate().filter(|(_, line)| line.user == to) {
        let mut stays = line.memberships.iter();
        let member =
            stays.find(|stay| Some(&stay.topic) == sent.topic.as_ref() && stay.certain(sent.tick, settled));
        let Some(stay) = member else { continue };
        judge.exercise();
        if !arrivals.iter().any(|(arrived, _)| *arrived == number) {
            let expected =
                format!("{}, a connection of {to:?} in the topic, gets the notice", client_name(line.client));
            let evidence = [stay.joined, sent.tick, answer.tick, settled];
            let requirement = judge.requirement_of(sent.focus, "NOTE-2");
            let own = number == sent.line;
            judge.find(requirement, expected, "it never came", evidence).by_clock = !own;
        }
    }
}

/// Whether two JSON values are equal: numbers by their value, objects in any order.
pub(super) fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || integer(one).zip(integer(other)).map_or(a.as_f64() == b.as_f64(), |(a, b)| a == b)
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(one, other)| equal(one, other))
        }
        (Value::Object(a), Value::Object(b)) => {
            let same = |(name, one): (&String, &Value)| b.get(name).is_some_and(|other| equal(one, other));
            a.len() == b.len() && a.iter().all(same)
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::equal;

    #[test]
    fn numbers_are_equal_by_value_and_objects_in_any_order() {
        assert!(equal(&json!({"a": 1, "b": [1.0, "x"]}), &json!({"b": [1, "x"], "a": 1.0})));
        assert!(!equal(&json!([1, 2]), &json!([2, 1])));
        assert!(!equal(&json!({"a": null}), &json!({})));
        assert!(!equal(&json!("1"), &json!(1)));
    }
}
