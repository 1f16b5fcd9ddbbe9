//! The HTTP beside the WebSocket, on the same port: which request goes where.
//!
//! A request that wants a WebSocket never comes here, whatever its path is (WS-1).

pub(crate) mod body;
pub(crate) mod cors;
mod history;

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use roomwire_protocol::code::Profile;

use crate::hub::Hub;
use crate::metrics;
use cors::Cors;

/// What is served beside the WebSocket.
#[derive(Clone, Debug)]
pub(crate) struct Http {
    hub: Arc<Hub>,
    cors: Arc<Cors>,
}

impl Http {
    pub(crate) fn new(hub: Arc<Hub>, cors: Cors) -> Self {
        Self { hub, cors: Arc::new(cors) }
    }

    pub(crate) fn hub(&self) -> Arc<Hub> {
        Arc::clone(&self.hub)
    }

    /// Whether a request is for this side. One that is not is told about WebSockets.
    pub(crate) fn knows(&self, path: &str) -> bool {
        self.hub.profiles().contains(Profile::History) && history::knows(path)
    }

    /// Answers a request. The connection ends with the answer.
    pub(crate) async fn answer(&self, request: Request<Incoming>) -> Response<String> {
        let mut response = history::answer(request, &self.hub, &self.cors).await;
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        response
    }
}

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
fn page(status: StatusCode, media_type: &'static str, body: String) -> Response<String> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
