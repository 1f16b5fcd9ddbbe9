//! A TCP proxy that delivers every byte a while after it came, each way: a server as it is from far away.
//!
//! It delays and does nothing else: bytes keep their order, what is under way is bounded, a FIN comes as late as a byte
//! would, and a reset goes on as a reset.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

/// How many pieces are under way at most, in one direction of a connection.
const UNDER_WAY: usize = 4096;
/// The largest piece.
const PIECE: usize = 16 * 1024;

/// Serves until it is dropped: connections to `listener` are carried to `server`, `delay` late each way.
///
/// # Errors
/// When nothing can be accepted any more.
pub(crate) async fn serve(listener: TcpListener, server: SocketAddr, delay: Duration) -> io::Result<()> {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (client, _) = accepted?;
                connections.spawn(carry(client, server, delay));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn carry(client: TcpStream, server: SocketAddr, delay: Duration) -> io::Result<()> {
    // The handshake of TCP itself takes the way there and back.
    pass(Instant::now() + 2 * delay).await;
    let server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (from_client, mut to_client) = client.into_split();
    let (from_server, mut to_server) = server.into_split();
    let up = carry_one_way(from_client, &mut to_server, delay);
    let down = carry_one_way(from_server, &mut to_client, delay);
    let carried = tokio::try_join!(up, down);
    if carried.is_err() {
        let _ = to_client.as_ref().set_zero_linger();
        let _ = to_server.as_ref().set_zero_linger();
    }
    carried.map(|_| ())
}

/// What is under way: bytes, or the end of the stream.
type Piece = (Instant, io::Result<Vec<u8>>);

async fn carry_one_way(from: OwnedReadHalf, to: &mut OwnedWriteHalf, delay: Duration) -> io::Result<()> {
    let (send, receive) = mpsc::channel::<Piece>(UNDER_WAY);
    let ((), written) = tokio::join!(take(from, send, delay), deliver(receive, to));
    written
}

async fn take(mut from: OwnedReadHalf, pieces: mpsc::Sender<Piece>, delay: Duration) {
    let mut buffer = vec![0; PIECE];
    loop {
        let piece = from.read(&mut buffer).await.map(|length| buffer[..length].to_vec());
        let last = piece.as_ref().map_or(true, Vec::is_empty);
        // Where nobody takes it any more, the connection is over.
        if pieces.send((Instant::now() + delay, piece)).await.is_err() || last {
            return;
        }
    }
}

async fn deliver(mut pieces: mpsc::Receiver<Piece>, to: &mut OwnedWriteHalf) -> io::Result<()> {
    while let Some((due, piece)) = pieces.recv().await {
        pass(due).await;
        let bytes = piece?;
        if bytes.is_empty() {
            return to.shutdown().await;
        }
        to.write_all(&bytes).await?;
    }
    Ok(())
}

async fn pass(until: Instant) {
    let _ = timeout_at(until, std::future::pending::<()>()).await;
}
