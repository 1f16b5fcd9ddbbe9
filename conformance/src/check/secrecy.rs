//! Tokens are told to nobody: neither one that stands for a user nor one that was refused, in no frame of any
//! connection, in no reason of a close frame and in no answer over HTTP.
//!
//! A transcript holds no token of a user; what came in with one has the words in its place by which it hides them. Where
//! a token's text is its user's name, it is no secret, and nothing is hidden.

use std::collections::BTreeSet;

use super::{Judge, excerpt};
use crate::view::{Sent, Tick, View};

/// What hides the token of a user.
const HIDDEN: &str = "<token of ";
/// A shorter text may stand anywhere by chance.
const LONG_ENOUGH: usize = 16;

/// What is looked for, and by which request it was sent first.
struct Secrets<'a> {
    refused: Vec<(&'a str, Tick)>,
    /// Whether a client itself has said a token of a user, so that it may be handed on.
    said: bool,
}

pub(super) fn judge(view: &View<'_>, judge: &mut Judge<'_>) {
    let secrets = Secrets::of(view);
    let frames = view.frames.iter().map(|frame| (frame.tick, frame.text));
    let closes = view.lines.iter().filter_map(|line| line.close.map(|(tick, _, reason)| (tick, reason)));
    let answers = view.exchanges.iter().filter_map(|exchange| exchange.answer.as_ref());
    let answers = answers.flat_map(|answer| {
        let headers = answer.headers.iter().map(|(_, value)| value.as_str());
        headers.chain([answer.text]).map(|text| (answer.tick, text))
    });
    for (tick, text) in frames.chain(closes).chain(answers) {
        let refused = secrets.refused.iter().find(|(token, _)| text.contains(token));
        let evidence = match refused {
            Some((_, sent)) if *sent < tick => vec![*sent, tick],
            _ if !secrets.said && text.contains(HIDDEN) => vec![tick],
            _ => continue,
        };
        let expected = "nothing that the server sends contains the token of a request";
        judge.find("SEC-1", expected, excerpt(text), evidence);
    }
}

impl<'a> Secrets<'a> {
    fn of(view: &'a View<'_>) -> Self {
        let mut known = BTreeSet::new();
        let mut refused = Vec::new();
        for sent in &view.requests {
            let Some(token) = sent.token.as_deref().filter(|token| token.len() >= LONG_ENOUGH) else {
                continue;
            };
            let unknown = sent.answer(view).is_some_and(|answer| answer.code() == Some(401));
            if unknown && !is_said(sent, token) && known.insert(token) {
                refused.push((token, sent.tick));
            }
        }
        for exchange in &view.exchanges {
            let Some(token) = exchange.authorization.filter(|token| token.len() >= LONG_ENOUGH) else {
                continue;
            };
            let unknown = exchange.answer.as_ref().is_some_and(|answer| answer.status == 401);
            if unknown && !exchange.text.contains(token) && !token.contains(HIDDEN) && known.insert(token) {
                refused.push((token, exchange.tick));
            }
        }
        let said = view.requests.iter().any(|sent| is_said(sent, HIDDEN));
        Self { refused, said }
    }
}

/// Whether a request says this besides giving it as its token.
fn is_said(sent: &Sent<'_>, what: &str) -> bool {
    sent.text.matches(what).count() > 1
}
