//! Puts a server far away: `cargo run --release -p roomwire-conformance --example delay -- SERVER [MS] [LISTEN]`
//! carries connections from `LISTEN` (127.0.0.1:9017) to `SERVER`, every byte `MS` (10) milliseconds late each way.
//! `docs/performance.md` has what a run takes through it.

#![allow(clippy::print_stdout, reason = "a program for a terminal: it says where it listens")]

mod proxy;

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let server: SocketAddr = words.next().ok_or("say which server: an address and a port")?.parse()?;
    let delay: u64 = words.next().map_or(Ok(10), |word| word.parse())?;
    let listen = words.next().unwrap_or_else(|| "127.0.0.1:9017".into());
    let listener = TcpListener::bind(&listen).await?;
    println!("ws://{}/ is {server}, {} ms of round trip away", listener.local_addr()?, 2 * delay);
    Ok(proxy::serve(listener, server, Duration::from_millis(delay)).await?)
}
