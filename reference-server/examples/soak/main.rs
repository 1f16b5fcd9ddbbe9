//! Whether the reference server stays right, and its memory flat, for as long as one likes to watch:
//!
//! ```sh
//! cargo run --release -p roomwire-server --example soak -- --minutes 30
//! ```
//!
//! Members of some rooms talk all the time, and are never long there: they leave in order, are cut off, or stop reading
//! for a while, come back with what they have, and look into rooms that nobody will ever see again. Each delivery is held
//! against what everybody else got, and against what was said. A line a minute says how it goes; the last one is the
//! verdict, and the exit code 1 where it is bad.
//!
//! What the server keeps on purpose (what was said lately, the history) is bounded so low that it is full soon: what
//! grows after that grows for ever.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is what this program is for")]
#![allow(clippy::cast_precision_loss, reason = "what is measured is not as exact as that")]
#![allow(clippy::unwrap_used, reason = "a soak ends with what went wrong")]

mod member;
mod record;
mod watch;

use std::cell::RefCell;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, ExitCode, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use clap::Parser;
use roomwire_server::Args;

use record::Record;
use watch::Watch;

/// Puts the reference server to work for a long time, and watches it.
#[derive(Clone, Parser)]
struct Options {
    /// How long
    #[arg(long, default_value_t = 30.0)]
    minutes: f64,
    /// How many rooms
    #[arg(long, default_value_t = 24)]
    rooms: usize,
    /// How many members each has
    #[arg(long, default_value_t = 12)]
    members: usize,
    /// How often a member says something, in milliseconds
    #[arg(long, default_value_t = 1500)]
    every_ms: u64,
    /// Threads of the server
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Used by this program itself: be the server, on this port
    #[arg(long, hide = true)]
    be: Option<u16>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    if let Some(port) = options.be {
        be(port, options.threads);
        return ExitCode::SUCCESS;
    }
    let (server, address) = start(options.threads);
    let watch = Watch::of(server.0.id());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let good = tokio::task::LocalSet::new().block_on(&runtime, soak(options, address, watch));
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn soak(options: Options, address: SocketAddr, mut watch: Watch) -> bool {
    let record = Rc::new(RefCell::new(Record::default()));
    let length = Duration::from_secs_f64(options.minutes * 60.0);
    let until = Instant::now() + length;
    let members: Vec<_> = (0..options.rooms * options.members)
        .map(|number| {
            let room = format!("room-{}", number % options.rooms);
            let every = Duration::from_millis(options.every_ms);
            let member = member::Member::new(number, room, address, every, Rc::clone(&record));
            tokio::task::spawn_local(member.live(until))
        })
        .collect();
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    seconds.tick().await;
    println!("{}", watch::HEADER);
    while Instant::now() < until && record.borrow().faults == 0 {
        seconds.tick().await;
        if watch.look().is_multiple_of(60) {
            println!("{}", watch.line(&record.borrow()));
        }
    }
    let mut ended_in_order = true;
    if record.borrow().faults == 0 {
        for member in members {
            ended_in_order &=
                tokio::time::timeout(Duration::from_mins(1), member).await.is_ok_and(|end| end.is_ok());
        }
    }
    println!("{}", watch.line(&record.borrow()));
    if !ended_in_order {
        println!("some members did not come to their end");
    }
    let right = ended_in_order && record.borrow().faults == 0;
    let (flat, words) = watch.verdict();
    println!("{}. {words}", if right { "All that was received was right" } else { "NOT RIGHT" });
    right && flat
}

/// The server. Dropped, it is ended.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts this program as the server, in a process of its own.
fn start(threads: usize) -> (Server, SocketAddr) {
    // Free a moment ago; nobody else is likely to take it.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--threads", &threads.to_string(), "--be", &port.to_string()]);
    let mut server = Server(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    let mut stdout = std::io::BufReader::new(server.0.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut stdout, &mut line).unwrap();
    assert!(line.contains("listening"), "the server did not start: {line}");
    (server, (Ipv4Addr::LOCALHOST, port).into())
}

/// Is the server, until it is ended.
fn be(port: u16, threads: usize) {
    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        args: Args,
    }
    let (listen, threads) = (format!("127.0.0.1:{port}"), threads.to_string());
    let mut flags = vec!["soak", "--listen", &listen, "--threads", &threads, "--log", "error"];
    flags.extend(["--recent-bytes", "16777216", "--history-chats", "10000", "--max-message-bytes", "16384"]);
    flags.extend(["--max-queue-bytes", "65536", "--heartbeat-timeout-ms", "60000"]);
    let _ = roomwire_server::run(&Flags::parse_from(flags).args);
}
