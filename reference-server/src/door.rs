//! Who is let in, and who is told to come again later.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hyper::header::{self, HeaderMap};
use ipnet::IpNet;
use tokio::net::TcpStream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Config;
use crate::http::Http;
use crate::hub::Hub;
use crate::tls::Tls;
use crate::transport::Transport;
use crate::upgrade::upgrade;
use crate::visitors::{Visit, Visitors, origin};

/// What is looked at before a connection may talk.
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) hub: Arc<Hub>,
    pub(crate) http: Http,
    pub(crate) tls: Option<Arc<Tls>>,
    trusted: Vec<IpNet>,
    require_header: bool,
    pub(crate) public_metrics: bool,
    /// One for each connection that may be open.
    places: Arc<Semaphore>,
    /// One for each that may have had no frame accepted yet.
    strangers: Arc<Semaphore>,
    visitors: Arc<Visitors>,
}

/// What a connection holds as long as it is open.
#[derive(Debug)]
pub(crate) struct Pass {
    pub(crate) address: IpAddr,
    _place: OwnedSemaphorePermit,
    _visit: Visit,
    /// Given back with the first frame that is accepted.
    pub(crate) unknown: Option<OwnedSemaphorePermit>,
}

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TurnedAway {
    Draining,
    Unauthenticated,
    AddressFull,
    StrangersFull,
    Full,
}

/// A connection that has come through its opening handshake.
pub(crate) struct Guest {
    pub(crate) stream: Transport,
    pub(crate) head: Vec<u8>,
    pub(crate) pass: Pass,
}

impl Door {
    pub(crate) fn new(http: Http, tls: Option<Arc<Tls>>, config: &Config) -> Self {
        Self {
            hub: http.hub(),
            http,
            tls,
            trusted: config.trusted_proxies.clone(),
            require_header: config.require_header,
            public_metrics: config.public_metrics,
            places: Arc::new(Semaphore::new(config.max_connections)),
            strangers: Arc::new(Semaphore::new(config.max_unauthenticated)),
            visitors: Visitors::new(config.max_connections_per_address),
        }
    }

    /// Everything up to the end of the opening handshake. The caller sets a limit to the time.
    pub(crate) async fn receive(&self, stream: TcpStream, peer: SocketAddr) -> Option<Guest> {
        let stream = match &self.tls {
            None => Transport::Plain(stream),
            Some(tls) => match tls.accept(stream).await {
                Ok(stream) => Transport::Tls(Box::new(stream)),
                Err(error) => {
                    tracing::debug!(address = %peer.ip(), %error, "no TLS came about");
                    self.hub.metrics.turned_away("tls");
                    return None;
                }
            },
        };
        let (stream, head, pass) = upgrade(stream, self, peer.ip()).await?;
        Some(Guest { stream, head, pass })
    }

    /// Looks at an opening handshake that is right in itself.
    pub(crate) fn admit(&self, headers: &HeaderMap, peer: IpAddr) -> Result<Pass, TurnedAway> {
        let address = origin(peer, forwarded(headers), &self.trusted);
        let pass = self.try_admit(headers, address);
        if let Err(why) = &pass {
            self.hub.metrics.turned_away(why.word());
            tracing::debug!(%address, %why, "an upgrade was refused");
        }
        pass
    }

    fn try_admit(&self, headers: &HeaderMap, address: IpAddr) -> Result<Pass, TurnedAway> {
        if self.hub.is_draining() {
            return Err(TurnedAway::Draining);
        }
        if self.require_header && !self.knows(headers) {
            return Err(TurnedAway::Unauthenticated);
        }
        let visit = self.visitors.enter(address).ok_or(TurnedAway::AddressFull)?;
        let unknown = Arc::clone(&self.strangers).try_acquire_owned();
        let unknown = unknown.map_err(|_| TurnedAway::StrangersFull)?;
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| TurnedAway::Full)?;
        Ok(Pass { address, _place: place, _visit: visit, unknown: Some(unknown) })
    }

    /// Whether the header `Authorization` holds a token that is known, bare or behind the word `Bearer`.
    fn knows(&self, headers: &HeaderMap) -> bool {
        let value = headers.get(header::AUTHORIZATION).map(|value| std::str::from_utf8(value.as_bytes()));
        let Some(Ok(text)) = value else { return false };
        let tokens = &self.hub.rules.tokens;
        let bearer = text.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        tokens.knows(text) || bearer.is_some_and(|(_, token)| tokens.knows(token.trim_start()))
    }
}

/// The words of all headers `X-Forwarded-For`, in their order.
fn forwarded(headers: &HeaderMap) -> impl DoubleEndedIterator<Item = &str> {
    // A line that is no text holds nothing that could be read as an address, and stops whoever reads.
    let lines = headers.get_all("x-forwarded-for").into_iter();
    lines.flat_map(|line| line.to_str().unwrap_or("?").split(','))
}

impl TurnedAway {
    /// A word for it, to be counted under.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Draining => "draining",
            Self::Unauthenticated => "unauthenticated",
            Self::AddressFull => "address_full",
            Self::StrangersFull => "unauthenticated_full",
            Self::Full => "full",
        }
    }
}

impl fmt::Display for TurnedAway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Draining => "The server is about to stop. Try again later.",
            Self::Unauthenticated => "Authorization: expected a token that is known here.",
            Self::AddressFull => "There are too many connections from your address. Try again later.",
            Self::StrangersFull => "Too many connections have not said yet who they are. Try again later.",
            Self::Full => "The server is full. Try again later.",
        })
    }
}
