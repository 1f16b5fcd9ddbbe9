//! The servers: this one, the floor, and Node's, each in a process of its own.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use clap::{Parser, ValueEnum};
use roomwire_server::Args;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Kind {
    Roomwire,
    Floor,
    Node,
}

const NODE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../conformance/peers/node");

impl Kind {
    /// Whether it can be started; says so where it cannot.
    pub(crate) fn is_there(self) -> bool {
        let there = self != Self::Node
            || Path::new(NODE).join("node_modules").is_dir()
                && Command::new("node").arg("--version").stdout(Stdio::null()).status().is_ok();
        if !there {
            eprintln!(
                "Node's server is left out: install Node.js, and run `npm ci` in conformance/peers/node"
            );
        }
        there
    }
}

/// A server under load. Dropped, it is ended.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn start(kind: Kind, threads: usize) -> Server {
    // Free a moment ago; nobody else is likely to take it.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut command = match kind {
        Kind::Node => {
            let mut command = Command::new("node");
            command.arg("server.mjs").arg(port.to_string()).current_dir(NODE).env("PORT", port.to_string());
            command
        }
        Kind::Roomwire | Kind::Floor => {
            let mut command = Command::new(std::env::current_exe().unwrap());
            let name = kind.to_possible_value().unwrap();
            command.args(["--threads", &threads.to_string(), "--be", name.get_name(), &port.to_string()]);
            command
        }
    };
    if threads == 1 {
        bind_to(0);
    }
    let mut child = command.env("NODE_ENV", "production").stdout(Stdio::piped()).spawn().unwrap();
    if threads == 1 {
        bind_to(1);
    }
    // Each of them says a word when it is ready.
    let mut line = String::new();
    let _ = BufReader::new(child.stdout.take().unwrap()).read_line(&mut line);
    assert!(TcpStream::connect(address).is_ok(), "{kind:?} did not start: {line}");
    Server { child, address }
}

/// Is the server of this kind, until it is ended.
pub(crate) fn be(kind: &str, port: u16, threads: usize) {
    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        args: Args,
    }
    let listen = format!("127.0.0.1:{port}");
    if kind == "floor" {
        return super::floor::serve(&listen);
    }
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let flags = Flags::parse_from([
        "bench",
        "--listen",
        &listen,
        "--threads",
        &threads.to_string(),
        "--log",
        "error",
    ]);
    let _ = roomwire_server::run(&flags.args);
}

/// Binds this thread, and what it starts, to one processor, where there are two and the system knows how.
#[cfg(target_os = "linux")]
fn bind_to(processor: usize) {
    use nix::sched::{CpuSet, sched_setaffinity};
    use nix::unistd::Pid;
    let mut set = CpuSet::new();
    if set.set(processor).is_ok() {
        let _ = sched_setaffinity(Pid::from_raw(0), &set);
    }
}

#[cfg(not(target_os = "linux"))]
fn bind_to(_processor: usize) {}
