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
//! What the server keeps on purpose (what was said lately, the history) is bounded by count, bytes and time, and so is
//! what may wait at every connection: that is filled by a storm, in which the server is halted for a while and all
//! members shout and none reads. Once the last of these bounds is reached, which is known and not guessed, what still
//! grows grows for ever.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is what this program is for")]
#![allow(clippy::cast_precision_loss, reason = "what is measured is not as exact as that")]
#![allow(clippy::unwrap_used, reason = "a soak ends with what went wrong")]

mod member;
mod record;
mod watch;

use std::cell::RefCell;
use std::io::BufRead;
use std::net::SocketAddr;
use std::process::{Child, Command, ExitCode, Stdio};
use std::rc::Rc;
use std::time::{Duration, Instant};

use clap::Parser;
use roomwire_server::Args;

use record::Record;
use watch::Watch;

/// For how long the server is halted when the storm comes.
const HALT: Duration = Duration::from_secs(8);

/// Puts the reference server to work for a long time, and watches it.
#[derive(Clone, Parser)]
struct Options {
    /// How long
    #[arg(long, default_value_t = 30.0)]
    minutes: f64,
    /// After how many minutes the storm comes; it has to be before the warm-up is over, after 10.5 minutes
    #[arg(long, default_value_t = 5.0)]
    storm: f64,
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
    /// Used by this program itself
    #[arg(long, hide = true)]
    be_the_server: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    if options.be_the_server {
        be_the_server(options.threads);
        return ExitCode::SUCCESS;
    }
    let (server, address, operator) = start(options.threads);
    let watch = Watch::of(server.0.id(), operator);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let good = tokio::task::LocalSet::new().block_on(&runtime, soak(options, address, watch));
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

async fn soak(options: Options, address: SocketAddr, mut watch: Watch) -> bool {
    let record = Rc::new(RefCell::new(Record::default()));
    let length = Duration::from_secs_f64(options.minutes * 60.0);
    let until = Instant::now() + length;
    let storm = Instant::now() + Duration::from_secs_f64(options.storm * 60.0);
    let members: Vec<_> = (0..options.rooms * options.members)
        .map(|number| {
            let room = format!("room-{}", number % options.rooms);
            let every = Duration::from_millis(options.every_ms);
            let member = member::Member::new(number, room, address, every, Rc::clone(&record));
            tokio::task::spawn_local(member.live(storm, until))
        })
        .collect();
    tokio::task::spawn_local(halt(watch.process, storm));
    let mut seconds = tokio::time::interval(Duration::from_secs(1));
    seconds.tick().await;
    println!("{}", watch::HEADER);
    while Instant::now() < until && record.borrow().faults == 0 {
        seconds.tick().await;
        if watch.look(&record).await.is_multiple_of(60) {
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

/// Keeps the server from running for a while, as a machine does that has too much to do: whatever comes in piles up.
async fn halt(server: u32, storm: Instant) {
    let signal = |name: &str| Command::new("/bin/kill").args(["-s", name, &server.to_string()]).status();
    tokio::time::sleep_until(storm.into()).await;
    let halted = signal("STOP");
    tokio::time::sleep_until((storm + HALT).into()).await;
    let resumed = signal("CONT");
    println!("storm: halted for {HALT:?} ({halted:?}, {resumed:?}), and nobody reads");
}

/// The server. Dropped, it is ended.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts this program as the server, in a process of its own. Returns where it listens for members, and for the operator.
fn start(threads: usize) -> (Server, SocketAddr, SocketAddr) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--threads", &threads.to_string(), "--be-the-server"]);
    let mut server = Server(command.stdout(Stdio::piped()).spawn().unwrap());
    let mut lines = std::io::BufReader::new(server.0.stdout.take().unwrap()).lines();
    let mut address = || {
        let line = lines.next().expect("a line of the server's").unwrap();
        let (_, address) =
            line.split_once("://").unwrap_or_else(|| panic!("the server did not start: {line}"));
        address.parse().unwrap()
    };
    let (members, operator) = (address(), address());
    (server, members, operator)
}

/// Is the server, until it is ended.
fn be_the_server(threads: usize) {
    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        args: Args,
    }
    let (threads, chats) = (threads.to_string(), watch::HISTORY_CHATS.to_string());
    let mut flags = vec!["soak", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--threads", &threads];
    flags.extend(["--recent-bytes", "16777216", "--history-chats", &chats, "--max-message-bytes", "16384"]);
    flags.extend(["--log", "error"]);
    flags.extend(["--max-queue-bytes", "65536", "--heartbeat-timeout-ms", "60000"]);
    let _ = roomwire_server::run(&Flags::parse_from(flags).args);
}
