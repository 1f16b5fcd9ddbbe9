//! The exchanges over HTTP, as the checks read them: requests with their members, answers as raw JSON.

use serde_json::Value;

use super::Tick;
use crate::names::Mark;
use crate::program::Expect;
use crate::transcript::What;

/// One request over HTTP, and what came back.
#[derive(Debug)]
pub(crate) struct Exchange<'a> {
    pub(crate) client: usize,
    pub(crate) tick: Tick,
    pub(crate) method: &'a str,
    /// The path, without the query.
    pub(crate) path: &'a str,
    /// The members of the query, decoded, in their order.
    pub(crate) query: Vec<(String, String)>,
    /// What stands in `Authorization`, without the white space around it, tokens hidden.
    pub(crate) authorization: Option<&'a str>,
    pub(crate) text: &'a str,
    /// The body as JSON, `null` where it is none.
    pub(crate) body: Value,
    /// The mark in its body.
    pub(crate) mark: Option<Mark>,
    pub(crate) expect: &'a Expect,
    pub(crate) focus: bool,
    pub(crate) answer: Option<Answer<'a>>,
    /// Why there is no answer.
    pub(crate) failed: Option<(Tick, &'a str)>,
}

/// The answer to a request over HTTP.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    pub(crate) tick: Tick,
    pub(crate) status: u16,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) text: &'a str,
    /// The body as JSON, `null` where it is none.
    pub(crate) body: Value,
}

impl<'a> Exchange<'a> {
    /// Adds what an event says of the exchanges to those known so far.
    pub(super) fn index(exchanges: &mut Vec<Self>, tick: Tick, what: &'a What) {
        match what {
            What::HttpSent { client, method, target, headers, body, expect, focus, .. } => {
                let (path, query) = target.split_once('?').unwrap_or((target, ""));
                let mut headers = headers.iter();
                let authorization = headers.find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
                exchanges.push(Self {
                    client: *client,
                    tick,
                    method,
                    path,
                    query: read_query(query),
                    authorization: authorization.map(|(_, value)| value.trim()),
                    text: body,
                    body: serde_json::from_str(body).unwrap_or_default(),
                    mark: Mark::find(body),
                    expect,
                    focus: *focus,
                    answer: None,
                    failed: None,
                });
            }
            What::HttpAnswered { exchange, status, headers, body, .. } => {
                if let Some(known) = exchanges.get_mut(*exchange) {
                    let json = serde_json::from_str(body).unwrap_or_default();
                    known.answer = Some(Answer { tick, status: *status, headers, text: body, body: json });
                }
            }
            What::HttpFailed { exchange, why, .. } => {
                if let Some(known) = exchanges.get_mut(*exchange) {
                    known.failed = Some((tick, why));
                }
            }
            _ => {}
        }
    }

    /// A member of the query, where it is there once.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let mut named = self.query.iter().filter(|(known, _)| known == name);
        let (_, value) = named.next()?;
        named.next().is_none().then_some(value)
    }
}

fn read_query(query: &str) -> Vec<(String, String)> {
    let members = query.split('&').filter(|member| !member.is_empty());
    members
        .map(|member| {
            let (name, value) = member.split_once('=').unwrap_or((member, ""));
            (percent_decode(name), percent_decode(value))
        })
        .collect()
}

fn percent_decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let hex = behind.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        let decoded = hex.and_then(|digits| u8::from_str_radix(digits, 16).ok()).filter(|_| first == b'%');
        bytes.push(decoded.unwrap_or(first));
        rest = if decoded.is_some() { &behind[2..] } else { behind };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_as_it_was_written() {
        let read = |query| read_query(query).into_iter().collect::<Vec<_>>();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            read("stream=a%20%C3%A9%2B&page=&x"),
            [pair("stream", "a é+"), pair("page", ""), pair("x", "")]
        );
        assert_eq!(read("a=%&b=%zz&c=%4"), [pair("a", "%"), pair("b", "%zz"), pair("c", "%4")]);
    }
}
