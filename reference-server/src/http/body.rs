//! Bodies of requests: read to their end, within a bound. The caller sets a limit to the time.

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::StatusCode;
use hyper::body::Incoming;
use hyper::header::{self, HeaderMap};

/// Why a body could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyFault {
    #[error("body: expected {max} bytes at most")]
    TooLong { max: usize },
    #[error("body: expected UTF-8")]
    NotUtf8,
    #[error("body: it broke off")]
    BrokenOff,
}

impl BodyFault {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::TooLong { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NotUtf8 => StatusCode::UNPROCESSABLE_ENTITY,
            Self::BrokenOff => StatusCode::BAD_REQUEST,
        }
    }
}

/// Reads a body of at most `max` bytes.
pub(crate) async fn read(body: Incoming, max: usize) -> Result<String, BodyFault> {
    let collected = Limited::new(body, max).collect().await.map_err(|error| {
        if error.is::<LengthLimitError>() { BodyFault::TooLong { max } } else { BodyFault::BrokenOff }
    })?;
    String::from_utf8(collected.to_bytes().into()).map_err(|_| BodyFault::NotUtf8)
}

/// Whether a body says of itself that it is JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let declared = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    declared.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
