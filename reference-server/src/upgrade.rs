//! The HTTP before the WebSocket: the opening handshake, and what is answered to requests that are none.

use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering};

use hyper::body::Incoming;
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Version};
use hyper_util::rt::TokioIo;
use roomwire_protocol::code::SUBPROTOCOL;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::http::Http;
use crate::linger;

/// The longest request head that is read, in bytes.
const HEAD_MAX: usize = 16 * 1024;

/// Reads one request from a new connection and answers it.
///
/// Returns the stream of an upgraded connection, with the bytes that came right behind the request; `None` where the
/// connection has been refused, and is over. The caller sets a limit to the time that all of this takes.
pub(crate) async fn upgrade(
    stream: TcpStream,
    room_for_it: bool,
    http: &Http,
) -> Option<(TcpStream, Vec<u8>)> {
    let upgraded = AtomicBool::new(false);
    let upgraded_now = &upgraded;
    let service = service_fn(|request: Request<Incoming>| {
        Box::pin(async move {
            let wants_websocket = lists(request.headers(), &header::UPGRADE, "websocket");
            if !wants_websocket && http.knows(request.uri().path()) {
                return Ok::<_, Infallible>(http.answer(request).await);
            }
            let response = answer(request.method(), request.version(), request.headers(), room_for_it);
            upgraded_now.store(response.status() == StatusCode::SWITCHING_PROTOCOLS, Ordering::Relaxed);
            Ok(response)
        })
    });
    let mut exchange =
        http1::Builder::new().max_buf_size(HEAD_MAX).serve_connection(TokioIo::new(stream), service);
    let done = poll_fn(|cx| exchange.poll_without_shutdown(cx)).await;
    let parts = exchange.into_parts();
    let mut stream = parts.io.into_inner();
    if done.is_ok() && upgraded.load(Ordering::Relaxed) {
        return Some((stream, parts.read_buf.to_vec()));
    }
    linger::say_goodbye(&mut stream).await;
    None
}

/// The answer to a request: 101 for an opening handshake, whatever its path is.
fn answer(method: &Method, version: Version, headers: &HeaderMap, room_for_it: bool) -> Response<String> {
    if !lists(headers, &header::UPGRADE, "websocket") {
        return refuse(
            StatusCode::UPGRADE_REQUIRED,
            "This is a Roomwire server. Open a WebSocket at this address.",
            &[(header::UPGRADE, "websocket")],
        );
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return refuse(
            StatusCode::UPGRADE_REQUIRED,
            "Sec-WebSocket-Version: expected 13.",
            &[(header::UPGRADE, "websocket"), (header::SEC_WEBSOCKET_VERSION, "13")],
        );
    }
    let Some(key) = headers.get(header::SEC_WEBSOCKET_KEY).filter(|key| !key.is_empty()) else {
        return refuse(StatusCode::BAD_REQUEST, "Sec-WebSocket-Key: expected one, found none.", &[]);
    };
    if method != Method::GET || version < Version::HTTP_11 {
        return refuse(StatusCode::BAD_REQUEST, "A WebSocket opens with GET and HTTP/1.1.", &[]);
    }
    if !lists(headers, &header::CONNECTION, "upgrade") {
        return refuse(StatusCode::BAD_REQUEST, "Connection: expected Upgrade.", &[]);
    }
    if !room_for_it {
        return refuse(
            StatusCode::SERVICE_UNAVAILABLE,
            "The server is full. Try again later.",
            &[(header::RETRY_AFTER, "5")],
        );
    }
    let mut response = Response::new(String::new());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let fields = response.headers_mut();
    fields.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    fields.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    let accept = HeaderValue::try_from(derive_accept_key(key.as_bytes()));
    fields.insert(header::SEC_WEBSOCKET_ACCEPT, accept.expect("base64 is a header value"));
    if names(headers, &header::SEC_WEBSOCKET_PROTOCOL).any(|name| name == SUBPROTOCOL) {
        fields.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    }
    response
}

fn refuse(status: StatusCode, why: &'static str, fields: &[(HeaderName, &'static str)]) -> Response<String> {
    let mut response = Response::new(format!("{why}\n"));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    for (name, value) in fields {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Whether a header names this among its comma-separated words, in any case, on any of its lines.
fn lists(headers: &HeaderMap, header: &HeaderName, word: &str) -> bool {
    names(headers, header).any(|name| name.eq_ignore_ascii_case(word))
}

fn names<'a>(headers: &'a HeaderMap, header: &HeaderName) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(header)
        .into_iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(',').map(str::trim))
}
