//! The HTTP before the WebSocket: the opening handshake, and what is answered to requests that are none.

use std::convert::Infallible;
use std::future::poll_fn;
use std::net::IpAddr;

use hyper::body::{Body, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, Version};
use hyper_util::rt::TokioIo;
use roomwire_protocol::code::SUBPROTOCOL;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::door::{Door, Pass, TurnedAway};
use crate::http::about_server;
use crate::linger;
use crate::lock::Lock;
use crate::transport::Transport;

/// The longest request head that is read, in bytes.
const HEAD_MAX: usize = 16 * 1024;

/// Reads one request from a new connection and answers it.
///
/// Returns the stream of an upgraded connection, with the bytes that came right behind the request; `None` where the
/// connection has been answered otherwise, and is over. The caller sets a limit to the time that all of this takes.
pub(crate) async fn upgrade(
    stream: Transport,
    door: &Door,
    peer: IpAddr,
) -> Option<(Transport, Vec<u8>, Pass)> {
    let admitted = Lock::new(None);
    let admitted_now = &admitted;
    let service = service_fn(|request: Request<Incoming>| {
        Box::pin(async move {
            let (method, headers, path) = (request.method(), request.headers(), request.uri().path());
            if lists(headers, &header::UPGRADE, "websocket") {
                if !request.body().is_end_stream() {
                    // Whoever sent it would have what comes next read as frames, others as the body.
                    return Ok(refuse(StatusCode::BAD_REQUEST, "A WebSocket opens without a body.", &[]));
                }
                return Ok::<_, Infallible>(answer(method, request.version(), headers, || {
                    door.admit(headers, peer).map(|pass| *admitted_now.lock() = Some(pass))
                }));
            }
            if door.http.knows(path) {
                return Ok(door.http.answer(request).await);
            }
            Ok(about_server(&door.hub, method, path, door.public_metrics).unwrap_or_else(|| {
                refuse(
                    StatusCode::UPGRADE_REQUIRED,
                    "This is a Roomwire server. Open a WebSocket at this address.",
                    &[(header::UPGRADE, "websocket")],
                )
            }))
        })
    });
    let mut exchange =
        http1::Builder::new().max_buf_size(HEAD_MAX).serve_connection(TokioIo::new(stream), service);
    let done = poll_fn(|cx| exchange.poll_without_shutdown(cx)).await;
    let parts = exchange.into_parts();
    let mut stream = parts.io.into_inner();
    let admitted = admitted.lock().take();
    if let (Ok(()), Some(pass)) = (done, admitted) {
        return Some((stream, parts.read_buf.to_vec(), pass));
    }
    linger::say_goodbye(&mut stream).await;
    None
}

/// The answer to an opening handshake: 101, whatever its path is, where it is right and its sender let in.
fn answer(
    method: &Method,
    version: Version,
    headers: &HeaderMap,
    admit: impl FnOnce() -> Result<(), TurnedAway>,
) -> Response<String> {
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
    if let Err(why) = admit() {
        return turn_away(why);
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

fn turn_away(why: TurnedAway) -> Response<String> {
    let (status, field) = match why {
        TurnedAway::Unauthenticated => (StatusCode::UNAUTHORIZED, (header::WWW_AUTHENTICATE, "Bearer")),
        _ => (StatusCode::SERVICE_UNAVAILABLE, (header::RETRY_AFTER, "5")),
    };
    refuse(status, &why.to_string(), &[field])
}

fn refuse(status: StatusCode, why: &str, fields: &[(HeaderName, &'static str)]) -> Response<String> {
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
