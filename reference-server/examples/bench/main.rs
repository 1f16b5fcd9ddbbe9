//! How fast the reference server is, beside others, on this machine:
//!
//! ```sh
//! cargo run --release -p roomwire-server --example bench
//! ```
//!
//! Each kind of work is done by each server in turn, several times over; the medians are printed as a table, with their
//! ratios to the floor. The floor is a server that reads no JSON, keeps no promise and does nothing but write, in as few
//! calls as it can: what it reaches is what the system gives. Node's `ws` is there where `conformance/peers/node` has
//! been set up (`npm ci` there). The server runs on the first processor and the load on the second, where this system
//! lets a program say so.
//!
//! What is compared are ratios of one run on one machine; the figures themselves say little about another one.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "printing is what this program is for")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is measured is not as exact as that"
)]
#![allow(clippy::unwrap_used, reason = "a bench ends with what went wrong")]

mod floor;
mod load;
mod peers;
mod plot;
mod work;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use mimalloc::MiMalloc;

use peers::Kind;
use work::{Figures, Work};

/// As the program `roomwire-server` has it.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Measures the reference server beside others.
#[derive(Parser)]
struct Options {
    /// Kinds of work, by name; all of them where none is named
    #[arg(long, value_delimiter = ',')]
    work: Vec<String>,
    /// Servers: roomwire, floor, node
    #[arg(long, value_delimiter = ',', default_value = "roomwire,floor,node")]
    servers: Vec<Kind>,
    /// How often each is measured
    #[arg(long, default_value_t = 3)]
    times: usize,
    /// How long each is measured, in seconds
    #[arg(long, default_value_t = 2.0)]
    seconds: f64,
    /// Threads of the reference server; with more than one, nothing is bound to a processor
    #[arg(long, default_value_t = 1)]
    threads: usize,
    /// Measure how the reference server's cost grows instead, and draw it into this file
    #[arg(long, value_name = "SVG")]
    growth: Option<PathBuf>,
    /// Used by this program itself: be the server of this kind, on this port
    #[arg(long, hide = true, num_args = 2)]
    be: Option<Vec<String>>,
}

fn main() {
    let options = Options::parse();
    if let Some([kind, port]) = options.be.as_deref() {
        return peers::be(kind, port.parse().unwrap(), options.threads);
    }
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let length = Duration::from_secs_f64(options.seconds);
    match &options.growth {
        Some(path) => std::fs::write(path, plot::draw(&grow(&options, length))).unwrap(),
        None => compare(&options, length),
    }
}

/// One after the other, so that what else the machine does meets them all alike.
fn compare(options: &Options, length: Duration) {
    let servers: Vec<_> = options.servers.iter().copied().filter(|kind| kind.is_there()).collect();
    for work in work::ALL
        .iter()
        .filter(|work| options.work.is_empty() || options.work.iter().any(|name| name == work.name))
    {
        let mut found: BTreeMap<Kind, Vec<Figures>> = BTreeMap::new();
        for round in 0..options.times {
            for place in 0..servers.len() {
                let kind = servers[(place + round) % servers.len()];
                eprint!("{} {:?} …\r", work.name, kind);
                found.entry(kind).or_default().push(measure(kind, work, length, options.threads));
            }
        }
        println!("{}", table(work, &found));
    }
}

fn measure(kind: Kind, work: &Work, length: Duration, threads: usize) -> Figures {
    let server = peers::start(kind, threads);
    match load::run(work, server.address(), server.process(), length, threads > 1) {
        Ok(figures) => figures,
        Err(why) => {
            eprintln!("\n{} of {kind:?}: {why}", work.name);
            std::process::exit(1);
        }
    }
}

fn table(work: &Work, found: &BTreeMap<Kind, Vec<Figures>>) -> String {
    let mut text = format!("### {}: {}\n\n| server |", work.name, work.about);
    for (name, _) in Figures::NAMES {
        let _ = write!(text, " {name} | to floor |");
    }
    text += "\n|---|";
    text += &"---|---|".repeat(Figures::NAMES.len());
    let floor = found.get(&Kind::Floor).map(|runs| Figures::median(runs));
    for (kind, runs) in found {
        let median = Figures::median(runs);
        let _ = write!(text, "\n| {kind:?} |");
        for (place, (_, value)) in Figures::NAMES.iter().enumerate() {
            let ratio =
                floor.as_ref().map_or(f64::NAN, |floor| value(&median) / Figures::NAMES[place].1(floor));
            let shown = |number: f64, digits| {
                if number.is_finite() { format!("{number:.digits$}") } else { String::new() }
            };
            let _ = write!(text, " {} | {} |", shown(value(&median), 1), shown(ratio, 2));
        }
    }
    text + "\n"
}

/// What grows, and at how many of it what was found.
fn grow(options: &Options, length: Duration) -> Vec<plot::Series> {
    work::growth()
        .into_iter()
        .map(|(title, unit, works, value)| {
            let points = works
                .into_iter()
                .map(|(count, work)| {
                    eprint!("{title}: {count} …        \r");
                    let runs: Vec<_> =
                        (0..options.times).map(|_| measure(Kind::Roomwire, &work, length, 1)).collect();
                    (count, value(&Figures::median(&runs)))
                })
                .collect();
            plot::Series { title, unit, points }
        })
        .collect()
}
