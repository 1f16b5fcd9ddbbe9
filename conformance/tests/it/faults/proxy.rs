//! The man in the middle: accepts connections, opens one to the right server for each, and lets a fault decide what
//! passes. Without a fault it is transparent: the same bytes both ways, a FIN as a FIN, a reset as a reset.

use std::{io, net::SocketAddr, sync::Arc};

use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    task::{JoinHandle, JoinSet},
};

use super::{
    Fault,
    behaviour::Behaviour,
    flow::{Flow, Upgrade},
    switchboard::{Doors, Switchboard},
    wire::Way,
    world::ConnectionId,
};

/// How many bytes the kernel may keep for each socket and direction. Little, so that a server notices a client that
/// does not read nearly as soon as it would without a proxy between them.
const SOCKET_BUFFER: u32 = 64 * 1024;

/// A proxy at work; it and all its connections end when it is dropped.
#[derive(Debug)]
pub(crate) struct Proxy {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Where clients connect.
    pub(crate) fn url(&self) -> String {
        format!("ws://{}/", self.address)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Starts a proxy on loopback before the server at `upstream`, with that fault, or transparent without one.
///
/// # Errors
/// When no port can be had.
pub(crate) async fn start(fault: Option<&'static Fault>, upstream: SocketAddr) -> io::Result<Proxy> {
    let behaviour = fault.map_or_else(Behaviour::default, |fault| (fault.behaviour)());
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(SOCKET_BUFFER)?;
    socket.set_send_buffer_size(SOCKET_BUFFER)?;
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let listener = socket.listen(1024)?;
    let address = listener.local_addr()?;
    let task = tokio::spawn(accept(listener, upstream, Arc::new(Switchboard::new(behaviour))));
    Ok(Proxy { address, task })
}

async fn accept(listener: TcpListener, upstream: SocketAddr, board: Arc<Switchboard>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // A connection that ended before it was accepted is its client's affair.
                if let Ok((client, _)) = accepted {
                    let board = Arc::clone(&board);
                    let (id, doors) = board.open();
                    connections.spawn(async move {
                        carry(client, upstream, &board, id, doors).await;
                        board.close(id);
                    });
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Carries one connection until both directions have ended, or either end was reset.
async fn carry(
    mut client: TcpStream,
    upstream: SocketAddr,
    board: &Switchboard,
    id: ConnectionId,
    doors: Doors,
) {
    let Ok(mut server) = connect(upstream).await else {
        // The client meets the same end as if it had connected by itself, as near as can be.
        let _ = client.set_zero_linger();
        return;
    };
    // Without this a small frame behind another would wait for the client's next word.
    let _ = client.set_nodelay(true);
    let upgrade = Upgrade::default();
    let result = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let up = Flow::new(board, &upgrade, (id, Way::Up), (from_client, to_server), doors.up);
        let down = Flow::new(board, &upgrade, (id, Way::Down), (from_server, to_client), doors.down);
        tokio::try_join!(up.run(), down.run())
    };
    if result.is_err() {
        let _ = client.set_zero_linger();
        let _ = server.set_zero_linger();
    }
}

async fn connect(upstream: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(SOCKET_BUFFER)?;
    socket.set_send_buffer_size(SOCKET_BUFFER)?;
    let stream = socket.connect(upstream).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
