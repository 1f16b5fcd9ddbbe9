//! The two requests of profile history: a page of a stream, and a question.

use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use roomwire_protocol::code::Reason;
use roomwire_protocol::history::{ASK_PATH, HistoryQuery, HttpAnswer, QuestionRequest, READ_PATH};
use roomwire_protocol::{TokenRef, User};

use super::body;
use super::cors::Cors;
use crate::deadline;
use crate::hub::Hub;

/// How long a page may take.
const PATIENCE: Duration = Duration::from_secs(8);

/// Whether this is one of the paths.
pub(super) fn knows(path: &str) -> bool {
    path == READ_PATH || path == ASK_PATH
}

/// Answers a request on one of the paths.
pub(super) async fn answer(request: Request<Incoming>, hub: &Arc<Hub>, cors: &Cors) -> Response<String> {
    let allowed = if request.uri().path() == READ_PATH { Method::GET } else { Method::POST };
    let origin = request.headers().get(header::ORIGIN).cloned();
    let mut response = if request.method() == Method::OPTIONS {
        let mut response = Response::new(String::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        response
    } else if *request.method() != allowed {
        let mut answer = HttpAnswer::refused(Reason::InvalidPayload, format!("expected {allowed}"));
        answer.code = 405;
        respond(405, answer.to_json())
    } else {
        match identify(request.headers(), hub) {
            None => refuse(Reason::Unauthenticated, "Authorization: expected a token that is known here"),
            Some(user) => match hub.pace.pay_as(&user) {
                Err(wait) => slow_down(wait),
                Ok(()) if allowed == Method::GET => read(request.uri().query().unwrap_or(""), hub).await,
                Ok(()) => ask(request, &user, hub).await,
            },
        }
    };
    let fields = response.headers_mut();
    let methods = if allowed == Method::GET { "GET, OPTIONS" } else { "POST, OPTIONS" };
    fields.insert(header::ALLOW, HeaderValue::from_static(methods));
    cors.allow(origin.as_ref(), methods, fields);
    response
}

/// The user for whom the whole value of the header stands (HIST-1).
fn identify(headers: &HeaderMap, hub: &Hub) -> Option<User> {
    let value = headers.get(header::AUTHORIZATION)?;
    let token = std::str::from_utf8(value.as_bytes()).ok()?.trim_matches([' ', '\t']);
    hub.rules.tokens.user_of(&TokenRef::parse(token).ok()?, &mut None).ok()
}

async fn read(query: &str, hub: &Hub) -> Response<String> {
    let query = match HistoryQuery::from_pairs(form_urlencoded::parse(query.as_bytes())) {
        Ok(query) => query,
        Err(fault) => return respond(422, HttpAnswer::from(fault).to_json()),
    };
    match deadline::within(PATIENCE, hub.page(query)).await {
        Some(Ok(body)) => respond(200, body),
        _ => refuse(Reason::Unavailable, "the history cannot be read at the moment"),
    }
}

async fn ask(request: Request<Incoming>, user: &User, hub: &Hub) -> Response<String> {
    let max = usize::try_from(hub.limits.max_message_bytes).unwrap_or(usize::MAX);
    let body = match body::read(request.into_body(), max).await {
        Ok(body) => body,
        Err(fault) => return refuse(Reason::InvalidPayload, &fault.to_string()),
    };
    let question = match QuestionRequest::parse(&body) {
        Ok(question) => question,
        Err(fault) => return respond(422, HttpAnswer::from(fault).to_json()),
    };
    match hub.ask(user, &question).await {
        Ok(added) => respond(200, HttpAnswer::ok(added).to_json()),
        Err(unsaid) => refuse(unsaid.reason, unsaid.message),
    }
}

/// Requests count as frames do: whoever may not say so much may not ask so much either.
fn slow_down(wait: Duration) -> Response<String> {
    let mut response = refuse(Reason::RateLimited, "too many frames and requests in too short a time");
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

fn refuse(reason: Reason, message: &str) -> Response<String> {
    respond(reason.code(), HttpAnswer::refused(reason, message).to_json())
}

fn respond(status: u16, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let fields = response.headers_mut();
    fields.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    fields.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
