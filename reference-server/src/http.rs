//! The HTTP beside the WebSocket, on the same port: which request goes where.
//!
//! A request that wants a WebSocket never comes here, whatever its path is (WS-1).

pub(crate) mod body;
pub(crate) mod cors;
mod history;

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Request, Response};
use roomwire_protocol::code::Profile;

use crate::hub::Hub;
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
