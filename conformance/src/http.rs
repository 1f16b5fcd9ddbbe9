//! HTTP requests to a subject, one connection each: sent as they are, answered or not.
//!
//! It knows nothing of Roomwire.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::header::{HOST, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;

use crate::client::{Target, connect_plainly};
use crate::clock;

/// The most that the body of an answer may take.
const MAX_BODY_BYTES: usize = 16 << 20;
/// How long a chunk is of a body that is sent in chunks: so short that characters beyond ASCII are cut.
const CHUNK_BYTES: usize = 5;

/// A request as it goes out.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The method.
    pub method: String,
    /// The path and the query.
    pub target: String,
    /// The headers besides `Host` and `Content-Length`. With a `Transfer-Encoding` the body is sent in many chunks.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, their names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body; what is no UTF-8 in it is replaced.
    pub body: String,
}

impl std::fmt::Debug for Outgoing {
    // Headers hold tokens.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Outgoing").field("method", &self.method).finish_non_exhaustive()
    }
}

/// Sends a request to the host and the port of `target`, and reads the whole answer.
///
/// # Errors
/// What went wrong, in words, where there is no whole answer within `patience`.
pub async fn exchange(target: &Target, request: Outgoing, patience: Duration) -> Result<Answer, String> {
    let limit = target.connect_timeout.max(patience);
    clock::within(limit, exchange_unbounded(target, request))
        .await
        .unwrap_or_else(|_| Err(format!("no whole answer within {} ms", limit.as_millis())))
}

async fn exchange_unbounded(target: &Target, request: Outgoing) -> Result<Answer, String> {
    let stream = connect_plainly(target).await.map_err(|error| error.to_string())?;
    let broken = |error: hyper::Error| format!("the exchange broke off: {error}");
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let driving = tokio::spawn(connection);
    let answered = async {
        let response = sender.send_request(build(target, request)?).await.map_err(broken)?;
        let (head, body) = response.into_parts();
        let headers = head.headers.iter().map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        let headers = headers.collect();
        Ok(Answer { status: head.status.as_u16(), headers, body: read(body).await? })
    };
    let answered = answered.await;
    driving.abort();
    answered
}

fn build(target: &Target, request: Outgoing) -> Result<Request<Pieces>, String> {
    let unsendable = |what: &str, why: String| format!("the request cannot be sent, its {what}: {why}");
    let method = Method::from_bytes(request.method.as_bytes())
        .map_err(|error| unsendable("method", error.to_string()))?;
    let host = target.url.authority().map_or("", |authority| authority.as_str());
    let chunked =
        request.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(TRANSFER_ENCODING.as_str()));
    let mut built = Request::builder()
        .method(method)
        .uri(&request.target)
        .header(HOST, host)
        .body(Pieces::of(request.body, if chunked { CHUNK_BYTES } else { usize::MAX }))
        .map_err(|error| unsendable("target", error.to_string()))?;
    for (name, value) in request.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        let name = name.map_err(|error| unsendable("headers", error.to_string()))?;
        let value = value.map_err(|error| unsendable("headers", error.to_string()))?;
        built.headers_mut().append(name, value);
    }
    for (name, value) in &target.headers {
        let name = HeaderName::from_bytes(name.as_str().as_bytes());
        let value = HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            built.headers_mut().append(name, value);
        }
    }
    Ok(built)
}

async fn read(mut body: Incoming) -> Result<String, String> {
    let mut bytes = Vec::new();
    while let Some(frame) = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|error| format!("the answer's body broke off: {error}"))?;
        if let Some(data) = frame.data_ref() {
            if bytes.len() + data.len() > MAX_BODY_BYTES {
                return Err(format!("the answer's body is over {MAX_BODY_BYTES} bytes"));
            }
            bytes.extend_from_slice(data);
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A body in the pieces in which it is sent.
struct Pieces(VecDeque<Bytes>);

impl Pieces {
    fn of(body: String, size: usize) -> Self {
        let mut rest = Bytes::from(body);
        let mut pieces = VecDeque::new();
        while !rest.is_empty() {
            pieces.push_back(rest.split_to(size.min(rest.len())));
        }
        Self(pieces)
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|piece| piece.len() as u64).sum())
    }
}
