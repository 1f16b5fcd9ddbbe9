//! Where a subject is, and what it wants in each upgrade.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::lookup_host;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, Uri};

use super::tls;

/// Where a subject listens, and what every upgrade request to it carries.
#[derive(Debug, Clone)]
pub struct Target {
    /// Its URL, `ws://…` or `wss://…`.
    pub url: Uri,
    /// Headers of each upgrade request.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// The subprotocol that is offered where a case does not say otherwise.
    pub subprotocol: Option<String>,
    /// Whom to trust where the URL is `wss://…`; `None`: the authorities that browsers trust.
    pub trust: Option<tls::Trust>,
    /// How long one attempt to connect may take.
    pub connect_timeout: Duration,
}

impl Target {
    /// A target without further headers.
    #[must_use]
    pub fn new(url: Uri) -> Self {
        Self {
            url,
            headers: Vec::new(),
            subprotocol: None,
            trust: None,
            connect_timeout: Duration::from_secs(5),
        }
    }

    /// Whether it listens on a loopback address.
    #[must_use]
    pub fn is_on_this_machine(&self) -> bool {
        let host = self.url.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// Whether it is reached over TLS.
    #[must_use]
    pub fn is_secure(&self) -> bool {
        self.url.scheme_str() == Some("wss")
    }

    /// The address that its host resolves to.
    pub(crate) async fn address(&self) -> io::Result<SocketAddr> {
        let host = self.url.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = self.url.port_u16().unwrap_or(if self.is_secure() { 443 } else { 80 });
        let mut addresses = lookup_host((host, port)).await?;
        addresses.next().ok_or_else(|| io::Error::other(format!("{host} has no address")))
    }
}
