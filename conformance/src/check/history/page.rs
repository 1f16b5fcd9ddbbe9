//! A page of a stream shows chats of that stream, the newest on page 1, none left out and none made up.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::super::notices::equal;
use super::super::{Judge, client_name, excerpt, origin_case};
use crate::names::Mark;
use crate::program::Expect;
use crate::view::{Answer, Exchange, Frame, Role, Tick, View, integer};

/// How many of a stream's newest chats a server should keep (HIST-17).
const WORTH_KEEPING: usize = 100;

pub(super) fn judge(view: &View<'_>, exchange: &Exchange<'_>, answer: &Answer<'_>, judge: &mut Judge<'_>) {
    if *exchange.expect != Expect::Derived {
        return;
    }
    let (Some(stream), Some(page), Some(size)) =
        (exchange.parameter("stream"), number(exchange, "page"), number(exchange, "resultsPerPage"))
    else {
        return;
    };
    let kind = exchange.parameter("type").unwrap_or_default();
    let evidence = [exchange.tick, answer.tick];
    let who = client_name(exchange.client);
    let got = || format!("status {} and {}", answer.status, excerpt(answer.text));
    if answer.status != 200 {
        if !super::is_not_now(answer.status) {
            let requirement = judge.requirement_of(exchange.focus, "HIST-6");
            judge.find(requirement, format!("{who} gets a page, with status 200"), got(), evidence);
        }
        return;
    }
    let data = &answer.body["data"];
    let Some(items) = data["items"].as_array() else {
        let requirement = judge.requirement_of(exchange.focus, "HIST-6");
        judge.find(requirement, "data has an array items", got(), evidence);
        return;
    };
    let total = integer(&data["total"]).and_then(|total| usize::try_from(total).ok());
    let asked =
        |member: &str, asked| integer(&data[member]).and_then(|is| usize::try_from(is).ok()) == Some(asked);
    if !asked("page", page) || !asked("resultsPerPage", size) || total.is_none() {
        let expected = format!("data has page {page}, resultsPerPage {size} and an integer total");
        let requirement = judge.requirement_of(exchange.focus, "HIST-6");
        judge.find(requirement, expected, got(), evidence);
    }
    let heard = first_deliveries(view);
    let chats = chats_of(&heard, stream, kind);
    let mut shown: Vec<(&str, i64)> = Vec::new();
    for item in items {
        judge_item(view, &heard, (exchange, answer), item, (stream, kind), judge);
        shown.extend(item["topic"].as_str().zip(integer(&item["seq"])));
    }
    judge_order(view, exchange, answer, &shown, judge);
    judge_ages(view, (exchange, answer), &chats, &shown, judge);
    if items.len() > size {
        let expected = format!("a page has at most {size} items");
        judge.find("HIST-10", expected, items.len().to_string(), evidence);
    }
    // Where nothing was under way, the page is known to the last item.
    let settled =
        chats.values().all(|chat| chat.tick < exchange.tick) && !is_under_way(view, &heard, exchange, answer);
    if let (true, Some(total)) = (settled, total) {
        judge_whole(view, (exchange, answer), &chats, &shown, (page, size, total), judge);
    }
}

fn number(exchange: &Exchange<'_>, name: &str) -> Option<usize> {
    exchange.parameter(name)?.parse().ok()
}

/// The first delivery of each chat.
fn first_deliveries<'v>(view: &'v View<'_>) -> HashMap<&'v Mark, &'v Frame<'v>> {
    let mut first: HashMap<&Mark, &Frame<'_>> = HashMap::new();
    for frame in view.frames.iter().filter(|frame| frame.is_chat()) {
        if let Some(mark) = &frame.mark {
            first.entry(mark).or_insert(frame);
        }
    }
    first
}

/// The chats of a stream that anybody has heard, in the order in which they were said, by time, topic and seq.
fn chats_of<'v>(
    heard: &HashMap<&Mark, &'v Frame<'v>>,
    stream: &str,
    kind: &str,
) -> BTreeMap<(i64, &'v str, i64), &'v Frame<'v>> {
    let of_stream = |frame: &&&Frame<'_>| {
        frame.data["stream"] == stream && (kind.is_empty() || frame.data["type"] == kind)
    };
    let frames = heard.values().filter(of_stream);
    frames
        .filter_map(|frame| Some(((integer(&frame.json["at"])?, frame.topic()?, frame.seq()?), *frame)))
        .collect()
}

/// Whether a topic has had one epoch all the while, so that its numbers stand for its order.
fn has_one_epoch(view: &View<'_>, topic: &str) -> bool {
    let stays = view.lines.iter().flat_map(|line| &line.memberships).filter(|stay| stay.topic == topic);
    let mut epochs = stays.map(|stay| stay.epoch.as_deref());
    epochs.next().is_none_or(|first| epochs.all(|epoch| epoch == first))
}

/// Whether a topic has certainly had a member from a chat's delivery to this tick, so that the chat is to be kept.
fn is_worth_keeping(view: &View<'_>, chat: &Frame<'_>, until: Tick) -> bool {
    let stays = view.lines.iter().flat_map(|line| &line.memberships);
    stays.filter(|stay| Some(stay.topic.as_str()) == chat.topic()).any(|stay| stay.certain(chat.tick, until))
}

/// Whether a chat may have been said while the page was asked for, or was said and heard by nobody.
fn is_under_way(
    view: &View<'_>,
    heard: &HashMap<&Mark, &Frame<'_>>,
    exchange: &Exchange<'_>,
    answer: &Answer<'_>,
) -> bool {
    let chat = |sent: &&crate::view::Sent<'_>| sent.kind == Some(2) && sent.tick < answer.tick;
    let open =
        |sent: &crate::view::Sent<'_>| sent.answer(view).is_none_or(|heard| heard.tick > exchange.tick);
    let asking = |other: &&Exchange<'_>| other.method == "POST" && other.tick < answer.tick;
    let unanswered =
        |other: &Exchange<'_>| other.answer.as_ref().is_none_or(|answered| answered.tick > exchange.tick);
    // A question that was said where nobody was left to hear it.
    let unheard = |other: &Exchange<'_>| {
        other.answer.as_ref().is_some_and(|answered| answered.status == 200)
            && other.mark.as_ref().is_none_or(|mark| !heard.contains_key(mark))
    };
    view.requests.iter().filter(chat).any(open)
        || view.exchanges.iter().filter(asking).any(|other| unanswered(other) || unheard(other))
}

/// One item: a chat that was said in the stream, with all its members and its place.
fn judge_item(
    view: &View<'_>,
    heard: &HashMap<&Mark, &Frame<'_>>,
    (exchange, answer): (&Exchange<'_>, &Answer<'_>),
    item: &Value,
    (stream, kind): (&str, &str),
    judge: &mut Judge<'_>,
) {
    let evidence = [exchange.tick, answer.tick];
    let text = item.to_string();
    let got = excerpt(&text);
    if item["stream"] != stream {
        judge.find("HIST-8", format!("each item is one of the stream {stream:?}"), got, evidence);
        return;
    }
    if !kind.is_empty() && item["type"] != kind {
        judge.find("HIST-9", format!("each item is of the type {kind}"), got, evidence);
        return;
    }
    let Some(mark) = Mark::within(item) else {
        judge.find("HIST-8", "each item is a chat that was said", got, evidence);
        return;
    };
    let Some(frame) = heard.get(&mark) else {
        let asked = view.question(&mark).is_some();
        let sent = view.origin(&mark).map(|request| &view.requests[request]);
        // Of a repeat nothing is said: what is answered is the first delivery.
        let unsaid = |answer: &Frame<'_>| answer.is_error() || answer.role == Role::Repeat;
        let unsaid = sent.and_then(|sent| sent.answer(view)).is_some_and(unsaid);
        let notice = sent.is_some_and(|sent| sent.kind == Some(4));
        if notice {
            judge.find("NOTE-10", "no notice is shown in a history", got, evidence);
        } else if unsaid || (sent.is_none() && !asked) {
            let origin = origin_case(view, &mark.to_string());
            judge.find("HIST-8", "each item is a chat that was said", got, evidence).origin = origin;
        }
        return;
    };
    let whole = frame.data.as_object().into_iter().flatten().all(|(name, value)| {
        matches!(name.as_str(), "topic" | "seq" | "at")
            || item.get(name).is_some_and(|shown| equal(value, shown))
    });
    let placed = ["topic", "seq", "at"].iter().all(|name| item[name] == frame.json[name]);
    if !whole || !placed {
        let expected =
            format!("the item has all members of {} and its topic, seq and at", excerpt(frame.text));
        judge.find("HIST-7", expected, got, [exchange.tick, frame.tick, answer.tick]);
    }
}

/// The items of one topic rise, and none is there twice.
fn judge_order(
    view: &View<'_>,
    exchange: &Exchange<'_>,
    answer: &Answer<'_>,
    shown: &[(&str, i64)],
    judge: &mut Judge<'_>,
) {
    let mut last: HashMap<&str, i64> = HashMap::new();
    for (topic, seq) in shown {
        if let Some(before) = last.insert(topic, *seq)
            && before >= *seq
            && has_one_epoch(view, topic)
        {
            let expected = "the items of one topic stand from the oldest to the newest, each once";
            judge.find(
                "HIST-11",
                expected,
                format!("seq {before}, then {seq}"),
                [exchange.tick, answer.tick],
            );
            return;
        }
    }
}

/// A chat that somebody had heard before another was said is the older one, whatever their topics.
fn judge_ages(
    view: &View<'_>,
    (exchange, answer): (&Exchange<'_>, &Answer<'_>),
    chats: &BTreeMap<(i64, &str, i64), &Frame<'_>>,
    shown: &[(&str, i64)],
    judge: &mut Judge<'_>,
) {
    let of_one_epoch = chats.iter().filter(|((_, topic, _), _)| has_one_epoch(view, topic));
    let known: HashMap<(&str, i64), &Frame<'_>> =
        of_one_epoch.map(|((_, topic, seq), frame)| ((*topic, *seq), *frame)).collect();
    let sent = |frame: &Frame<'_>| {
        let mark = frame.mark.as_ref()?;
        let asked = || view.question(mark).map(|question| question.tick);
        view.origin(mark).map(|request| view.requests[request].tick).or_else(asked)
    };
    // The one that was said last of those that stand before.
    let mut youngest: Option<(Tick, &str, i64)> = None;
    for &(topic, seq) in shown {
        let Some((frame, said)) = known.get(&(topic, seq)).and_then(|frame| Some((frame, sent(frame)?)))
        else {
            continue;
        };
        if let Some((later, before, number)) = youngest
            && frame.tick < later
        {
            let expected = "a page goes from the oldest to the newest, whatever the topics";
            let got =
                format!("seq {number} of {before:?}, which was said later, and then seq {seq} of {topic:?}");
            judge.find("HIST-11", expected, got, [frame.tick, later, exchange.tick, answer.tick]);
            return;
        }
        youngest = youngest.max(Some((said, topic, seq)));
    }
}

/// The page is the very part of the stream that it must be.
fn judge_whole(
    view: &View<'_>,
    (exchange, answer): (&Exchange<'_>, &Answer<'_>),
    chats: &BTreeMap<(i64, &str, i64), &Frame<'_>>,
    shown: &[(&str, i64)],
    (page, size, total): (usize, usize, usize),
    judge: &mut Judge<'_>,
) {
    let evidence = || [exchange.tick, answer.tick];
    let known = chats.len();
    if total > known {
        let expected = format!("total is at most {known}, the number of chats that were said in the stream");
        judge.find("HIST-12", expected, total.to_string(), evidence());
        return;
    }
    let newest = chats.values().rev().take(WORTH_KEEPING);
    let kept = newest.filter(|chat| is_worth_keeping(view, chat, answer.tick)).count();
    if total < kept {
        // Somebody who has heard a chat finds it, unless the server has not kept it.
        let newest = chats.values().next_back().map_or(answer.tick, |chat| chat.tick);
        let expected = format!("the stream has {known} chats, of which {kept} at least are kept");
        let got = format!("total {total}");
        let requirement =
            judge.requirement_of(exchange.focus, if total == 0 { "HIST-16" } else { "HIST-12" });
        judge.find(requirement, expected, got, [newest, exchange.tick, answer.tick]);
        return;
    }
    // The newest `total` are kept; of these, the page has its part.
    let topics: std::collections::BTreeSet<&str> = chats.keys().map(|(_, topic, _)| *topic).collect();
    let last = total.saturating_sub(page.saturating_sub(1).saturating_mul(size));
    let first = last.saturating_sub(size);
    let wanted = last - first;
    if shown.len() != wanted {
        let requirement = if wanted == 0 { "HIST-13" } else { "HIST-10" };
        let expected = format!("page {page} of {total} chats, {size} on a page, has {wanted} items");
        let requirement = judge.requirement_of(exchange.focus, requirement);
        judge.find(requirement, expected, shown.len().to_string(), evidence());
        return;
    }
    // Chats of several topics that were said at the same time have no order among themselves.
    if topics.len() == 1 && topics.iter().all(|topic| has_one_epoch(view, topic)) {
        let mut kept: Vec<(&str, i64)> =
            chats.keys().skip(known - total).map(|(_, topic, seq)| (*topic, *seq)).collect();
        kept.sort_unstable_by_key(|(_, seq)| *seq);
        if kept[first..last] != *shown {
            let seqs =
                |list: &[(&str, i64)]| format!("{:?}", list.iter().map(|(_, seq)| *seq).collect::<Vec<_>>());
            let expected = format!("page {page} shows the chats with seq {}", seqs(&kept[first..last]));
            let requirement = judge.requirement_of(exchange.focus, "HIST-10");
            judge.find(requirement, expected, seqs(shown), evidence());
        }
    }
}
