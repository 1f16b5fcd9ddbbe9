//! The operator's door: HTTP on an address of its own, which nobody can reach from elsewhere.
//!
//! `GET /healthz` and `GET /metrics` say how the server is; both are answered until it has ended.
//!
//! `POST /announce` with `{"topic"?, "data"}` says the server's own word to a topic, or to everybody. Whoever reaches
//! this address may do that, and that is whoever has a shell on this machine. A web page in a browser on this machine is
//! kept out: the body has to be declared as JSON, which a browser asks leave for first, and is not given; and the
//! request has to name a loopback host, so that no name of somebody else's can be led here.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{self, HeaderMap};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use roomwire_protocol::{RawJson, Topic};
use serde::Deserialize;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use crate::deadline;
use crate::http::{about_server, body};
use crate::hub::Hub;

/// How many requests are answered at a time. The next one waits.
const AT_A_TIME: usize = 16;

/// How long one connection may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long nothing is accepted after the system refused to give a new connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Longest body, in bytes.
const BODY_MAX: usize = 64 * 1024;

/// Answers the operator for as long as the server runs.
pub(crate) async fn serve(listener: TcpListener, hub: Arc<Hub>) {
    let places = Arc::new(Semaphore::new(AT_A_TIME));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let hub = Arc::clone(&hub);
                // It ends by itself, soon, and holds nothing that anybody waits for.
                tokio::spawn(async move {
                    deadline::within(PATIENCE, converse(stream, hub)).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection of the operator's, trying again");
                deadline::pause(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn converse(stream: TcpStream, hub: Arc<Hub>) {
    let service = service_fn(|request| {
        let hub = Arc::clone(&hub);
        async move { Ok::<_, Infallible>(answer(request, &hub).await) }
    });
    // What goes wrong with a connection is its client's to see.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

/// What the operator wants to be said.
#[derive(Deserialize)]
struct Announcement {
    #[serde(default)]
    topic: Option<Topic>,
    data: RawJson,
}

async fn answer(request: Request<Incoming>, hub: &Hub) -> Response<String> {
    if !names_this_machine(request.headers()) {
        return refuse(StatusCode::FORBIDDEN, "Host: expected a loopback address, or localhost");
    }
    if let Some(page) = about_server(hub, request.method(), request.uri().path(), true) {
        return page;
    }
    if request.uri().path() != "/announce" {
        return refuse(StatusCode::NOT_FOUND, "there is GET /healthz, GET /metrics and POST /announce");
    }
    if request.method() != Method::POST {
        return refuse(StatusCode::METHOD_NOT_ALLOWED, "expected POST");
    }
    if !body::is_json(request.headers()) {
        return refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "Content-Type: expected application/json");
    }
    let text = match body::read(request.into_body(), BODY_MAX).await {
        Ok(text) => text,
        Err(fault) => return refuse(fault.status(), &fault.to_string()),
    };
    match serde_json::from_str::<Announcement>(&text) {
        Ok(Announcement { topic, data }) => {
            let connections = hub.announce(topic, data);
            tracing::info!(connections, "announced a word of the operator's");
            respond(StatusCode::OK, json!({ "connections": connections }).to_string())
        }
        Err(error) => {
            let message =
                format!("body: expected {{\"topic\"?: a topic, \"data\": any JSON value}}: {error}");
            refuse(StatusCode::UNPROCESSABLE_ENTITY, &message)
        }
    }
}

fn refuse(status: StatusCode, message: &str) -> Response<String> {
    respond(status, json!({ "message": message }).to_string())
}

fn respond(status: StatusCode, body: String) -> Response<String> {
    let mut response = Response::new(body + "\n");
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

/// Whether the request was meant for this machine: by a loopback address, with a port or without, or as localhost.
fn names_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|host| host.to_str().ok()) else { return false };
    if let Ok(address) = host.parse::<SocketAddr>() {
        return address.ip().is_loopback();
    }
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || [name, bare].iter().any(|text| text.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_answered() {
        for (host, expected) in [
            ("127.0.0.1", true),
            ("127.0.0.1:8018", true),
            ("localhost", true),
            ("LocalHost:1", true),
            ("[::1]", true),
            ("[::1]:8018", true),
            ("192.0.2.1", false),
            ("192.0.2.1:8018", false),
            ("localhost.evil.test", false),
            ("127.0.0.1.evil.test:80", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            assert_eq!(names_this_machine(&headers), expected, "{host}");
        }
        assert!(!names_this_machine(&HeaderMap::new()));
    }
}
