//! The end of a TCP connection on which the last bytes still have to arrive.
//!
//! Closing a socket with unread input resets it, and a reset may overtake what was written last: a close frame or an
//! HTTP answer would be lost. So the writing side is shut first, and input is thrown away until the client, which has
//! seen the end, ends its own side. The caller sets a limit to the time.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};

/// Shuts the writing side and reads until the client has shut its own.
pub(crate) async fn say_goodbye(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    if stream.shutdown().await.is_err() {
        return;
    }
    poll_fn(|cx| {
        loop {
            let mut waste = [0; 4096];
            let mut buffer = ReadBuf::new(&mut waste);
            let read = ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer));
            if read.is_err() || buffer.filled().is_empty() {
                return Poll::Ready(());
            }
        }
    })
    .await;
}
