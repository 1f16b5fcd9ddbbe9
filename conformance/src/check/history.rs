//! What is asked over HTTP is answered as the spec says: pages show what was said, questions are said.

use super::{Judge, client_name, excerpt};
use crate::program::Expect;
use crate::view::{Answer, Exchange, View, integer};

mod page;
mod question;

pub(super) fn judge(view: &View<'_>, judge: &mut Judge<'_>) {
    // What is no history request, or is left open, may be answered in any way, or not at all.
    for exchange in view.exchanges.iter().filter(|exchange| *exchange.expect != Expect::Survived) {
        judge.exercise_focus(exchange.focus, exchange.answer.is_some());
        if let Some((tick, why)) = exchange.failed {
            let expected = format!("the HTTP request of {} is answered", client_name(exchange.client));
            let requirement = judge.requirement_of(exchange.focus, "HIST-3");
            judge.find(requirement, expected, why, [exchange.tick, tick]).by_clock = true;
        }
        let Some(answer) = &exchange.answer else { continue };
        judge.exercise();
        judge_form(exchange, answer, judge);
        judge_expected(exchange, answer, judge);
        match (exchange.method, exchange.path) {
            ("GET", "/api/message/chatmsg") => page::judge(view, exchange, answer, judge),
            ("POST", "/api/question/add") => question::judge(view, exchange, answer, judge),
            _ => {}
        }
    }
}

/// Whether the status says that the server could not take the request at this time.
fn is_not_now(status: u16) -> bool {
    matches!(status, 429 | 503)
}

/// What every history answer looks like.
fn judge_form(exchange: &Exchange<'_>, answer: &Answer<'_>, judge: &mut Judge<'_>) {
    let evidence = [exchange.tick, answer.tick];
    let got = || format!("status {} and {}", answer.status, excerpt(answer.text));
    let code = integer(&answer.body["code"]);
    if code != Some(i64::from(answer.status)) || !answer.body["data"].is_object() {
        let expected = format!("a JSON object with the integer code {} and an object data", answer.status);
        judge.find("HIST-3", expected, got(), evidence);
        return;
    }
    let reason = match answer.status {
        401 => Some("unauthenticated"),
        403 => Some("not_joined"),
        422 => Some("invalid_payload"),
        429 => Some("rate_limited"),
        503 => Some("unavailable"),
        _ => None,
    };
    if let Some(reason) = reason
        && answer.body["data"]["reason"] != reason
    {
        let expected = format!("the data of an answer with status {} has the reason {reason}", answer.status);
        judge.find("HIST-4", expected, got(), evidence);
    }
    let kind = answer.headers.iter().find(|(name, _)| name == "content-type").map(|(_, kind)| kind.as_str());
    let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/json") {
        let expected = "the answer has the Content-Type application/json";
        judge.find("HIST-5", expected, format!("{kind:?}"), evidence);
    }
}

/// What the program says must come of the request.
fn judge_expected(exchange: &Exchange<'_>, answer: &Answer<'_>, judge: &mut Judge<'_>) {
    let Expect::Http { status, reason } = exchange.expect else { return };
    let right = answer.status == *status
        && reason.as_ref().is_none_or(|reason| answer.body["data"]["reason"] == **reason);
    if !right && !is_not_now(answer.status) {
        let reason = reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        let who = client_name(exchange.client);
        let expected = format!("the HTTP request of {who} is answered with status {status}{reason}");
        let requirement = judge.requirement_of(exchange.focus, "HIST-4");
        let got = format!("status {} and {}", answer.status, excerpt(answer.text));
        judge.find(requirement, expected, got, [exchange.tick, answer.tick]);
    }
}
