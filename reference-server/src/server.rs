//! The server as a whole: it listens, lets connections in, and stops in order.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use roomwire_protocol::code::{CloseCode, Profile};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

use crate::admin;
use crate::config::{Config, ConfigError, HistoryConfig, milliseconds};
use crate::connection::Connection;
use crate::crew::{Crew, Seat};
use crate::deadline;
use crate::door::{Door, Guest};
use crate::history::memory::Memory;
use crate::history::sqlite::Sqlite;
use crate::history::{History, Retention, Revived, Store};
use crate::http::Http;
use crate::http::cors::Cors;
use crate::hub::{Hub, now};
use crate::pace::Pace;
use crate::session::Rules;
use crate::socket;
use crate::tls::Tls;
use crate::tokens::Tokens;
use crate::transport::Transport;
use crate::wire::Wire;

/// How many connections may be in their opening handshake. Past that, one is dropped without a word.
const LOBBY_MAX: usize = 4096;

/// How long nothing is accepted after the system refused to give a new connection, as when files run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How often it is said in the log, at most, that connections cannot be accepted.
const COMPLAINT_PAUSE: Duration = Duration::from_secs(10);

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
    tokens: Tokens,
    tls: Option<Arc<Tls>>,
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
        Self::bind_to(config, crew, open_history).await
    }

    /// The same, with the history that this opens.
    async fn bind_to(
        config: Config,
        crew: Crew,
        open_history: impl FnOnce(&Config) -> io::Result<(Option<History>, Vec<Revived>)>,
    ) -> io::Result<Self> {
        let refused = |error: ConfigError| io::Error::new(io::ErrorKind::InvalidInput, error);
        config.check().map_err(refused)?;
        let tokens = Tokens::read(config.identity.clone()).map_err(refused)?;
        let tls = config.tls.clone().map(Tls::read).transpose().map_err(refused)?.map(Arc::new);
        let rules =
            Rules { tokens: tokens.clone(), profiles: config.profiles, max_topics: config.limits.max_topics };
        // Before the history is opened: a second server on the same ports leaves that alone.
        let listener = listen(config.listen).await?;
        let operators = match config.admin {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let (history, rooms) = open_history(&config)?;
        let mut hub = Hub::new(
            rules,
            config.kept_limits(),
            milliseconds(config.reconnect_after),
            config.recent_bytes,
            history,
        )?;
        hub.reconnect_spread_ms = milliseconds(config.reconnect_spread);
        hub.pace = Pace::new(config.rate_per_connection, config.rate_per_user);
        hub.revive(rooms);
        let hub = Arc::new(hub);
        let address = listener.local_addr()?;
        let mut errands = JoinSet::new();
        let (stop, stopped) = oneshot::channel();
        let keeper = Arc::clone(&hub);
        errands.spawn(async move { keeper.keep_appointments().await });
        let admin = operators.as_ref().map(TcpListener::local_addr).transpose()?;
        if let (Some(listener), Some(address)) = (operators, admin) {
            errands.spawn(admin::serve(listener, Arc::clone(&hub)));
            tracing::info!(%address, "listening for the operator");
        }
        let house = House {
            door: Arc::new(Door::new(
                Http::new(Arc::clone(&hub), Cors::new(&config.history.cors)),
                tls.clone(),
                &config,
            )),
            hub,
            crew,
            lobby: JoinSet::new(),
            talks: JoinSet::new(),
            errands,
            complained: None,
            config,
        };
        let running = tokio::spawn(house.run(listener, stopped));
        tracing::info!(%address, tls = tls.is_some(), "listening");
        Ok(Self { address, admin, tokens, tls, stop: Some(stop), running })
    }

    /// The address that it listens on, with the port that was found for port 0.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The address that it listens on for the operator, if it does.
    #[must_use]
    pub fn admin_addr(&self) -> Option<SocketAddr> {
        self.admin
    }

    /// Reads tokens, keys and certificate again. Whoever is connected stays so; a token that is no longer known is
    /// refused from the next frame on. It opens files, which are small, and waits for them.
    ///
    /// # Errors
    /// What is wrong with a file. What was read from it before then stays in use; the other files are read all the same.
    pub fn reload(&self) -> Result<(), Vec<ConfigError>> {
        let tls = self.tls.as_ref().map_or(Ok(()), |tls| tls.reload());
        let errors: Vec<_> = [self.tokens.reload(), tls].into_iter().filter_map(Result::err).collect();
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    /// Where clients on this machine reach it: `ws://127.0.0.1:8017`, or with `wss` where it speaks TLS.
    #[must_use]
    pub fn url(&self) -> String {
        let reachable = match self.address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
            ip => ip,
        };
        let scheme = if self.tls.is_some() { "wss" } else { "ws" };
        format!("{scheme}://{}", SocketAddr::new(reachable, self.address.port()))
    }

    /// Drains and ends: it refuses upgrades with HTTP status 503, announces the end, refuses joins and chats with 503,
    /// and closes with 4202 after [`Config::drain`], or as soon as everybody has gone. It takes
    /// [`Config::drain_limit`] in all at most.
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

/// A connection that has come through its opening handshake, and where it is served.
type Placed = (Guest, Arc<Seat>);

/// What the accepting task owns. With it, everything ends.
struct House {
    config: Config,
    hub: Arc<Hub>,
    door: Arc<Door>,
    crew: Crew,
    /// Connections in their opening handshake.
    lobby: JoinSet<Option<Placed>>,
    /// Connections that talk.
    talks: JoinSet<()>,
    /// What goes on beside all connections, for as long as the server runs.
    errands: JoinSet<()>,
    /// When it was last said that connections cannot be accepted.
    complained: Option<Instant>,
}

impl House {
    async fn run(mut self, listener: TcpListener, mut stopped: oneshot::Receiver<()>) {
        loop {
            tokio::select! {
                // Also where the handle has gone without a word: then this task is about to be aborted.
                _ = &mut stopped => break,
                () = self.serve(&listener) => {}
            }
        }
        self.drain(listener).await;
    }

    /// Sees to the next thing that happens.
    async fn serve(&mut self, listener: &TcpListener) {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => self.receive(stream, peer),
                // That one has gone again already.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    self.complain(&error);
                    deadline::pause(ACCEPT_PAUSE).await;
                }
            },
            Some(guest) = self.lobby.join_next() => self.welcome(guest),
            Some(ended) = self.talks.join_next() => report(ended),
        }
    }

    fn complain(&mut self, error: &io::Error) {
        self.hub.metrics.turned_away("system");
        if self.complained.is_some_and(|then| then.elapsed() < COMPLAINT_PAUSE) {
            return;
        }
        self.complained = Some(Instant::now());
        let open = self.talks.len();
        tracing::warn!(
            %error,
            open,
            "cannot accept a connection, trying again all the time. Where files have run out, allow this program more \
             of them (ulimit -n), or fewer connections (--max-connections)"
        );
    }

    /// Lets a connection into the lobby, for its opening handshake.
    fn receive(&mut self, stream: TcpStream, peer: SocketAddr) {
        if self.lobby.len() >= LOBBY_MAX {
            self.hub.metrics.turned_away("lobby_full");
            tracing::debug!("too many opening handshakes at once: a connection was dropped");
            return;
        }
        // A frame is small and waits for no other.
        let _ = stream.set_nodelay(true);
        let patience = self.config.limits.auth_timeout();
        let door = Arc::clone(&self.door);
        let seat = Arc::clone(self.crew.seat());
        let Ok(traveller) = seat.invite(stream) else { return };
        let handle = seat.handle.clone();
        let arriving = async move {
            let stream = traveller.arrive().ok()?;
            let guest = deadline::within(patience, door.receive(stream, peer)).await??;
            Some((guest, seat))
        };
        self.lobby.spawn_on(arriving, &handle);
    }

    fn welcome(&mut self, guest: Result<Option<Placed>, tokio::task::JoinError>) {
        match guest {
            Ok(Some(guest)) => self.admit(guest),
            Ok(None) => {}
            Err(error) if error.is_cancelled() => {}
            Err(error) => tracing::error!(%error, "an opening handshake failed"),
        }
    }

    /// Begins to talk with a connection.
    fn admit(&mut self, (Guest { stream, head, pass }, seat): Placed) {
        let courier = Arc::clone(&seat.courier);
        let connection = Connection::new(Arc::clone(&self.hub), courier).let_in_by(pass);
        let talking = async move {
            let wire = match stream {
                Transport::Plain(stream) => Wire::shared(stream, connection.peer()),
                Transport::Tls(stream) => Wire::Whole(stream),
            };
            socket::talk(wire, head, connection).await;
        };
        self.talks.spawn_on(talking, &seat.handle);
    }

    /// Ends in order. Upgrades are still answered, with 503, and so are those who ask how the server is.
    async fn drain(mut self, listener: TcpListener) {
        let end = Instant::now() + self.config.drain_limit;
        let left = || end.saturating_duration_since(Instant::now());
        self.hub.drain();
        tracing::info!(connections = self.talks.len(), "draining");
        // Also where the limit is no longer than that, there is to be time for the rest.
        let drain = self.config.drain.min(self.config.drain_limit * 3 / 4);
        if deadline::within(drain, self.serve_until_empty(&listener)).await.is_none() {
            // Whoever was let in just before the drain, and is not talking yet, is told like all the others.
            while let Some(guest) = self.lobby.try_join_next() {
                self.welcome(guest);
            }
            self.hub.end_all(CloseCode::Draining);
            // The other half is for the history, however long somebody takes to go.
            deadline::within(left() / 2, self.serve_until_empty(&listener)).await;
        }
        self.errands.abort_all();
        if deadline::within(left(), self.hub.close_history()).await.is_none() {
            tracing::error!(
                "the history could not be written within --drain-limit-ms: its rooms begin anew with the next start"
            );
        }
        tracing::info!(dropped = self.talks.len(), delivered = self.crew.delivered(), "ended");
    }

    async fn serve_until_empty(&mut self, listener: &TcpListener) {
        while !self.talks.is_empty() {
            self.serve(listener).await;
        }
    }
}

/// Listens, and says of an address that cannot be had which one it is.
async fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => io::Error::new(
            error.kind(),
            format!(
                "{address} is in use: another program listens there. Stop it, or choose another address; port 0 takes \
                 a free one"
            ),
        ),
        kind => io::Error::new(kind, format!("cannot listen on {address}: {error}")),
    })
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

fn report(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection ended by a fault of the server");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use roomwire_protocol::Timestamp;
    use roomwire_protocol::history::HistoryQuery;

    use super::*;
    use crate::history::{Record, Standing, StoreError};

    /// A disk that never comes to an end with its last words.
    #[derive(Debug)]
    struct Stuck(mpsc::Receiver<()>);

    impl Store for Stuck {
        fn append(&mut self, _: &[Arc<Record>]) -> Result<(), StoreError> {
            Ok(())
        }

        fn page(&mut self, _: &HistoryQuery) -> Result<String, StoreError> {
            Ok(String::new())
        }

        fn prune(&mut self, _: Retention, _: Timestamp) -> Result<(), StoreError> {
            Ok(())
        }

        fn close(&mut self, _: &[Standing]) -> Result<(), StoreError> {
            let _ = self.0.recv();
            Ok(())
        }
    }

    #[tokio::test]
    async fn the_end_is_in_time_also_where_the_disk_is_not() {
        let (let_go, held) = mpsc::sync_channel(0);
        let limit = Duration::from_millis(300);
        let config = Config { drain: limit, drain_limit: limit, ..Config::on_free_port() };
        let server = Server::bind_to(config, Crew::here(), |config| {
            let retention = Retention { chats: config.history.chats, age: None };
            Ok((Some(History::open(Box::new(Stuck(held)), retention, false)?), Vec::new()))
        });
        let server = server.await.unwrap();
        // Somebody who never goes.
        let client = TcpStream::connect(server.local_addr()).await.unwrap();
        let begun = Instant::now();
        server.shutdown().await;
        let took = begun.elapsed();
        assert!(took >= limit / 2 && took < limit + Duration::from_secs(5), "{took:?}");
        drop((client, let_go));
    }
}
