//! The HTTP beside the WebSocket.

use hyper::header::{self, HeaderValue};
use hyper::{Method, Response, StatusCode};

use crate::hub::Hub;
use crate::metrics;

pub(crate) mod admin;

/// The answer to a request for a page that is about the server itself; `None` where it is about something else.
///
/// `/healthz` says whether to send clients here: 200, or 503 while the server drains. `/metrics` is for Prometheus.
pub(crate) fn about_server(
    hub: &Hub,
    method: &Method,
    path: &str,
    metrics: bool,
) -> Option<Response<String>> {
    if method != Method::GET && method != Method::HEAD {
        return None;
    }
    match path {
        "/healthz" if hub.is_draining() => {
            Some(page(StatusCode::SERVICE_UNAVAILABLE, TEXT, "draining\n".to_owned()))
        }
        "/healthz" => Some(page(StatusCode::OK, TEXT, "ok\n".to_owned())),
        "/metrics" if metrics => {
            Some(page(StatusCode::OK, metrics::MEDIA_TYPE, hub.metrics.text(hub.census())))
        }
        _ => None,
    }
}

const TEXT: &str = "text/plain; charset=utf-8";

/// A whole answer, behind which the connection is closed.
pub(crate) fn page(status: StatusCode, media_type: &'static str, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
