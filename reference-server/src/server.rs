//! The server as a whole: it listens, lets connections in, and stops in order.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use roomwire_protocol::code::{CloseCode, Profile};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::{JoinHandle, JoinSet};

use crate::admin;
use crate::config::{Config, HistoryConfig, milliseconds};
use crate::connection::Connection;
use crate::crew::Crew;
use crate::deadline;
use crate::history::memory::Memory;
use crate::history::sqlite::Sqlite;
use crate::history::{History, Retention, Revived, Store};
use crate::http::Http;
use crate::http::cors::Cors;
use crate::hub::{Hub, now};
use crate::session::Rules;
use crate::socket::{self, CLOSE_GRACE};
use crate::tokens::Tokens;
use crate::upgrade::upgrade;
use crate::wire::Wire;

/// How many connections may be in their opening handshake. Past that, one is dropped without a word.
const LOBBY_MAX: usize = 4096;

/// How long writing the last of the history may take.
const FLUSH_PATIENCE: Duration = Duration::from_secs(20);

/// How long nothing is accepted after the system refused to give a new connection, as when files run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A running server. Dropped, it ends at once; [`Server::shutdown`] ends it in order.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> std::io::Result<()> {
/// use roomwire_server::{Config, Server};
/// let server = Server::bind(Config::on_free_port()).await?;
/// println!("{}", server.url());
/// server.shutdown().await;
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    admin: Option<SocketAddr>,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<()>,
}

impl Server {
    /// Listens and begins to serve, on the runtime that this is called on.
    ///
    /// # Errors
    /// `InvalidInput` with a [`ConfigError`](crate::ConfigError) inside where the settings are refused; otherwise
    /// what the system says, like `AddrInUse`.
    pub async fn bind(config: Config) -> io::Result<Self> {
        Self::bind_with(config, Crew::here()).await
    }

    /// The same, with the connections served by this crew.
    pub(crate) async fn bind_with(config: Config, crew: Crew) -> io::Result<Self> {
        config.check().map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let rules = Rules {
            tokens: Tokens::NameTheirUser,
            profiles: config.profiles,
            max_topics: config.limits.max_topics,
        };
        // Before the history is opened: a second server on the same port leaves that alone.
        let listener = TcpListener::bind(config.listen).await?;
        let (history, rooms) = open_history(&config)?;
        let hub = Hub::new(
            rules,
            config.limits,
            milliseconds(config.reconnect_after),
            config.recent_bytes,
            history,
        )?;
        hub.revive(rooms);
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let hub = Arc::new(hub);
        let keeper = Arc::clone(&hub);
        let mut errands = JoinSet::new();
        errands.spawn(async move { keeper.keep_appointments().await });
        let admin = match config.admin {
            Some(address) => {
                let listener = TcpListener::bind(address).await?;
                let address = listener.local_addr()?;
                errands.spawn(admin::serve(listener, Arc::clone(&hub)));
                tracing::info!(%address, "listening for the operator");
                Some(address)
            }
            None => None,
        };
        let house = House {
            http: Http::new(Arc::clone(&hub), Cors::new(&config.history.cors)),
            hub,
            errands,
            places: Arc::new(Semaphore::new(config.max_connections)),
            crew,
            lobby: JoinSet::new(),
            talks: JoinSet::new(),
            config,
        };
        let running = tokio::spawn(house.run(listener, stopped));
        tracing::info!(%address, "listening");
        Ok(Self { address, admin, stop: Some(stop), running })
    }

    /// The address that it listens on, with the port that was found for port 0.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The address on which the operator announces, if there is one.
    #[must_use]
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.admin
    }

    /// Where clients on this machine reach it: `ws://127.0.0.1:8017`.
    #[must_use]
    pub fn url(&self) -> String {
        let reachable = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        format!("ws://{}", SocketAddr::new(reachable, self.address.port()))
    }

    /// Drains and ends: it takes no more connections, announces the end, refuses joins and chats with 503, and closes
    /// with 4202 after [`Config::drain`], or as soon as everybody has gone. It takes 10 s more than that at most.
    ///
    /// Where this future is dropped before it is done, the server ends at once.
    pub async fn shutdown(mut self) {
        if let Some(stop) = self.stop.take() {
            // Where nobody hears it, the server has ended already.
            let _ = stop.send(());
        }
        if let Err(error) = (&mut self.running).await {
            tracing::error!(%error, "the server did not end in order");
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// What the accepting task owns. With it, everything ends.
struct House {
    config: Config,
    hub: Arc<Hub>,
    http: Http,
    crew: Crew,
    /// One for each connection that may be open.
    places: Arc<Semaphore>,
    /// Connections in their opening handshake.
    lobby: JoinSet<Option<Guest>>,
    /// Connections that talk.
    talks: JoinSet<()>,
    /// What goes on beside all connections, for as long as the server runs.
    errands: JoinSet<()>,
}

/// A connection that has come through its opening handshake.
struct Guest {
    stream: TcpStream,
    head: Vec<u8>,
    place: OwnedSemaphorePermit,
}

impl House {
    async fn run(mut self, listener: TcpListener, mut stopped: oneshot::Receiver<()>) {
        loop {
            tokio::select! {
                // Also where the handle has gone without a word: then this task is about to be aborted.
                _ = &mut stopped => break,
                accepted = listener.accept() => match accepted {
                    Ok((stream, _)) => self.receive(stream),
                    // That one has gone again already.
                    Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                    Err(error) => {
                        tracing::warn!(%error, "cannot accept a connection, trying again");
                        deadline::pause(ACCEPT_PAUSE).await;
                    }
                },
                Some(guest) = self.lobby.join_next() => match guest {
                    Ok(Some(guest)) => self.admit(guest),
                    Ok(None) => {}
                    Err(error) => tracing::error!(%error, "an opening handshake failed"),
                },
                Some(ended) = self.talks.join_next() => report(ended),
            }
        }
        drop(listener);
        self.drain().await;
    }

    /// Lets a connection into the lobby, for its opening handshake.
    fn receive(&mut self, stream: TcpStream) {
        if self.lobby.len() >= LOBBY_MAX {
            tracing::debug!("too many opening handshakes at once: a connection was dropped");
            return;
        }
        // A frame is small and waits for no other.
        let _ = stream.set_nodelay(true);
        let place = Arc::clone(&self.places).try_acquire_owned().ok();
        let patience = self.config.limits.auth_timeout();
        let http = self.http.clone();
        self.lobby.spawn(async move {
            let (stream, head) =
                deadline::within(patience, upgrade(stream, place.is_some(), &http)).await??;
            Some(Guest { stream, head, place: place? })
        });
    }

    /// Begins to talk with a connection.
    fn admit(&mut self, Guest { stream, head, place }: Guest) {
        let connection = Connection::new(Arc::clone(&self.hub), Arc::clone(&self.crew.seat().courier));
        self.talks.spawn(async move {
            let wire = Wire::shared(stream, connection.peer());
            socket::talk(wire, head, connection).await;
            drop(place);
        });
    }

    async fn drain(mut self) {
        self.lobby.abort_all();
        while let Some(guest) = self.lobby.join_next().await {
            // One that was through already is told like all the others; the rest have been called off.
            if let Ok(Some(guest)) = guest {
                self.admit(guest);
            }
        }
        let talking = self.talks.len();
        tracing::info!(connections = talking, "draining");
        self.hub.drain();
        if deadline::within(self.config.drain, all(&mut self.talks)).await.is_none() {
            self.hub.end_all(CloseCode::Draining);
            deadline::within(2 * CLOSE_GRACE, all(&mut self.talks)).await;
        }
        self.errands.abort_all();
        if deadline::within(FLUSH_PATIENCE, self.hub.close_history()).await.is_none() {
            tracing::error!(
                "the history could not be written in time: its rooms begin anew with the next start"
            );
        }
        tracing::info!(dropped = self.talks.len(), "ended");
    }
}

/// Opens the history, where there is one, with the rooms that go on.
fn open_history(config: &Config) -> io::Result<(Option<History>, Vec<Revived>)> {
    let HistoryConfig { data, chats, age, chat_without, .. } = &config.history;
    let (profiles, retention) = (config.profiles, Retention { chats: *chats, age: *age });
    let over_a_restart = profiles.contains(Profile::Resume) && data.is_some();
    if !profiles.contains(Profile::History) && !over_a_restart {
        return Ok((None, Vec::new()));
    }
    let (store, mut rooms): (Box<dyn Store>, _) = match data {
        Some(folder) => {
            let (store, rooms) =
                Sqlite::open(folder, now()).map_err(|error| io::Error::other(error.to_string()))?;
            (Box::new(store), rooms)
        }
        None => (Box::new(Memory::new(retention)), Vec::new()),
    };
    if !over_a_restart {
        rooms.clear();
    }
    Ok((Some(History::open(store, retention, *chat_without)?), rooms))
}

async fn all(talks: &mut JoinSet<()>) {
    while let Some(ended) = talks.join_next().await {
        report(ended);
    }
}

fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection ended by a fault of the server");
    }
}
