//! The HTTP beside the socket.

use std::sync::atomic::Ordering;
use std::time::Duration;

use super::{Device, Play};
use crate::encode::encode_http;
use crate::http;
use crate::inbox::NOT_NOW_MS;
use crate::program::{HttpRequest, Step};
use crate::transcript::What;

impl Play<'_> {
    /// Sends a request and waits for its answer.
    pub(super) async fn ask_by_http(&self, device: &mut Device, request: &HttpRequest, step: &Step) {
        // What the client said before has gone out before it asks elsewhere.
        if let Some(line) = device.open_line() {
            self.flush(line).await;
        }
        let mark = self.marks.fetch_add(1, Ordering::Relaxed);
        let exchange = self.exchanges.fetch_add(1, Ordering::Relaxed);
        let client = device.client;
        let (wire, shown) = encode_http(request, self.context(client, mark, None, &device.memory));
        self.record(
            None,
            What::HttpSent {
                exchange,
                client,
                method: shown.method,
                target: shown.target,
                headers: shown.headers,
                body: shown.body,
                expect: step.expect.clone(),
                focus: step.focus,
            },
        );
        let what = match http::exchange(self.stage.target, wire, self.patience()).await {
            Ok(answer) => {
                if matches!(answer.status, 429 | 503) {
                    device.not_now = device.not_now.max(Some(retry_after(&answer.body)));
                }
                let hide = |text: String| self.names.redact(&text).unwrap_or(text);
                let headers = answer.headers.into_iter().map(|(name, value)| (name, hide(value))).collect();
                let (status, body) = (answer.status, hide(answer.body));
                What::HttpAnswered { exchange, client, status, headers, body }
            }
            Err(why) => What::HttpFailed { exchange, client, why },
        };
        self.record(None, what);
    }
}

fn retry_after(body: &str) -> Duration {
    let body: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
    Duration::from_millis(body["data"]["retryAfterMs"].as_u64().unwrap_or(NOT_NOW_MS))
}
