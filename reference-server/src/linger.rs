//! The end of a TCP connection on which the last bytes still have to arrive.
//!
//! Closing a socket with unread input resets it, and a reset may overtake what was written last: a close frame or an
//! HTTP answer would be lost. So the writing side is shut first, and input is thrown away until the client, which has
//! seen the end, ends its own side. The caller sets a limit to the time.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Shuts the writing side and reads until the client has shut its own.
pub(crate) async fn say_goodbye(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    if stream.shutdown().await.is_err() {
        return;
    }
    let mut waste = [0; 1024];
    while matches!(stream.read(&mut waste).await, Ok(1..)) {}
}
