//! What is for the operator alone, on an address of its own: `/healthz` and `/metrics`.
//!
//! It stays up until the server has ended, so that a drain can be watched.

use std::convert::Infallible;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::{about_server, page};
use crate::deadline;
use crate::hub::Hub;

/// An operator, a balancer and a Prometheus or two ask at the same time, and nobody else.
const REQUESTS_MAX: usize = 64;

/// How long one of them may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long nothing is accepted after the system refused to give a connection.
const PAUSE: Duration = Duration::from_millis(100);

/// Answers the operator, until it is dropped.
pub(crate) async fn serve(listener: TcpListener, hub: Arc<Hub>) {
    let mut requests = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept(), if requests.len() < REQUESTS_MAX => match accepted {
                Ok((stream, _)) => {
                    requests.spawn(deadline::within(PATIENCE, exchange(stream, Arc::clone(&hub))));
                }
                Err(_) => deadline::pause(PAUSE).await,
            },
            Some(_) = requests.join_next() => {}
        }
    }
}

async fn exchange(stream: TcpStream, hub: Arc<Hub>) {
    let service = service_fn(|request: Request<Incoming>| ready(Ok::<_, Infallible>(answer(&hub, &request))));
    // Where a request cannot be read, hyper has said so, and there is nothing more to do.
    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
}

fn answer(hub: &Hub, request: &Request<Incoming>) -> Response<String> {
    about_server(hub, request.method(), request.uri().path(), true).unwrap_or_else(|| {
        let words = "There is /healthz and /metrics here.\n".to_owned();
        page(StatusCode::NOT_FOUND, "text/plain; charset=utf-8", words)
    })
}
