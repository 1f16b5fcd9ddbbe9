//! The stream below a WebSocket: TCP, which several hands may use at once, or anything else, which one has to itself.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;

use crate::peer::Peer;

/// A stream that can be read and written.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Duplex for S {}

/// What a connection's own task holds of its stream.
pub(crate) enum Wire {
    /// The reading half. The writing half is with the peer, where the courier finds it.
    Tcp(OwnedReadHalf),
    /// All of it: what is to be encrypted is written by the connection's own task.
    Whole(Box<dyn Duplex>),
}

impl Wire {
    /// Lets the courier of `peer` write to a TCP stream by itself.
    pub(crate) fn shared(stream: TcpStream, peer: &Peer) -> Self {
        let (read, write) = stream.into_split();
        peer.open(write);
        Self::Tcp(read)
    }

    pub(crate) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self {
            Self::Tcp(read) => Pin::new(read).poll_read(cx, buffer),
            Self::Whole(stream) => Pin::new(stream).poll_read(cx, buffer),
        }
    }

    /// Does what is left to the connection's own task of the writing.
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>, peer: &Peer, blocked: bool) -> io::Result<()> {
        match self {
            Self::Tcp(read) => {
                if blocked && let Poll::Ready(ready) = read.as_ref().poll_write_ready(cx) {
                    ready?;
                    peer.unblock();
                }
                Ok(())
            }
            Self::Whole(stream) => {
                peer.deliver_by(|bytes| match Pin::new(&mut *stream).poll_write(cx, bytes) {
                    Poll::Ready(written) => written,
                    Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
                });
                match Pin::new(stream).poll_flush(cx) {
                    Poll::Ready(flushed) => flushed,
                    Poll::Pending => Ok(()),
                }
            }
        }
    }

    /// All of the stream, for the connection's own task to end it. `None` where half of it has gone.
    pub(crate) async fn reclaim(self, peer: &Peer) -> Option<Box<dyn Duplex>> {
        match self {
            Self::Tcp(read) => {
                let write = peer.line().await?;
                Some(Box::new(read.reunite(write).ok()?))
            }
            Self::Whole(stream) => Some(stream),
        }
    }
}
