//! `roomwire bench`: measures a server a little.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use tokio::runtime::Runtime;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue};

use super::subject::{Address, parse_header, parse_url};
use super::{Usage, complain, print, tokens};
use crate::bench::{
    self, BenchError, MOST_CHATS, MOST_DELIVERIES, MOST_MEMBERS, MOST_TEXT_BYTES, MOST_WINDOW, Measured,
    Part, Plan,
};
use crate::client::Target;
use crate::exit_code::Exit;
use crate::names::Identity;

/// What the exit codes of `roomwire bench` are.
pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  measured
  1  the server lost, doubled, altered or misplaced a chat, or refused to go on
  2  the command line cannot be meant like that
  3  it took longer than --time
  4  the server could not be reached
  5  roomwire itself failed";

#[derive(clap::Args)]
pub(super) struct BenchArgs {
    /// Where the server listens, like `ws://127.0.0.1:8017`
    #[arg(value_name = "URL", value_parser = parse_url)]
    url: Address,

    /// How many members the room has
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = RangedU64ValueParser::<usize>::new().range(1..=MOST_MEMBERS as u64))]
    members: usize,

    /// How many chats are said, in each of the two parts
    #[arg(long, value_name = "N", default_value_t = 2000, value_parser = RangedU64ValueParser::<usize>::new().range(1..=MOST_CHATS as u64))]
    chats: usize,

    /// How many chats may be under way at the same time, in the busy part
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = RangedU64ValueParser::<usize>::new().range(1..=MOST_WINDOW as u64))]
    window: usize,

    /// How long each text is, in bytes
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = RangedU64ValueParser::<usize>::new().range(8..=MOST_TEXT_BYTES as u64))]
    text_bytes: usize,

    /// How long all of it may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = RangedU64ValueParser::<u64>::new().range(1..=600))]
    time: u64,

    /// Put load on a server that is not on this machine: it should be yours
    #[arg(long)]
    remote: bool,

    /// Write JSON instead of words
    #[arg(long)]
    json: bool,

    /// What the name of the topic begins with
    #[arg(long, value_name = "TEXT", default_value = "")]
    topic_prefix: String,

    /// A user that the server knows, with its token; may be given several times, and the members share them
    #[arg(long, value_name = "USER=TOKEN", value_parser = tokens::parse)]
    token: Vec<Identity>,

    /// The users that the server knows: a JSON file, as for `roomwire run`
    #[arg(long, value_name = "FILE", conflicts_with = "token")]
    tokens: Option<PathBuf>,

    /// A header for each upgrade request; may be given several times
    #[arg(long, value_name = "K: V", value_parser = parse_header)]
    header: Vec<(HeaderName, HeaderValue)>,
}

/// Measures what the flags say.
pub(super) fn bench(args: &BenchArgs) -> Result<Exit, Usage> {
    let mut target = Target::new(args.url.url.clone());
    target.headers.clone_from(&args.header);
    if !target.is_on_this_machine() && !args.remote {
        return Err(Usage::new(format!(
            "{} is not on this machine, and others may need it; --remote puts load on it all the same",
            args.url.words
        )));
    }
    let deliveries = 2 * args.members * args.chats;
    if deliveries > MOST_DELIVERIES {
        return Err(Usage::new(format!(
            "--members and --chats make {deliveries} deliveries, and {MOST_DELIVERIES} are the most"
        )));
    }
    let plan = Plan {
        members: args.members,
        chats: args.chats,
        window: args.window,
        text_bytes: args.text_bytes,
        limit: Duration::from_secs(args.time),
        users: tokens::users(&args.token, args.tokens.as_deref())?,
        topic_prefix: args.topic_prefix.clone(),
    };
    if !bench::raise_file_limit(plan.members).unwrap_or(true) {
        return Err(Usage::new(format!(
            "the system allows this process too few open files for {} members; see `ulimit -n`",
            plan.members
        )));
    }
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            complain(&format!("cannot start: {error}"));
            return Ok(Exit::Internal);
        }
    };
    let measured = runtime.block_on(bench::measure(&target, &plan));
    runtime.shutdown_background();
    Ok(match measured {
        Ok(measured) if args.json => {
            print(&(serde_json::to_string_pretty(&measured).unwrap_or_default() + "\n"))
        }
        Ok(measured) => print(&tell(&args.url.words, &measured)),
        Err(error) => {
            complain(&format!("{}: {error}", args.url.words));
            match error {
                BenchError::Open { .. } => Exit::Unreachable,
                BenchError::Wrong(_) => Exit::Violations,
                BenchError::TooLong { .. } => Exit::Incomplete,
            }
        }
    })
}

fn tell(url: &str, measured: &Measured) -> String {
    let Measured { members, text_bytes, joins_per_second, quiet, busy } = measured;
    let part = |title: &str, part: &Part| {
        let ms = |us: u64| format!("{}.{:02} ms", us / 1000, us % 1000 / 10);
        format!(
            "{title:<26}{:>9.0} deliveries/s   p50 {:>9}   p99 {:>9}   max {:>9}\n",
            part.deliveries_per_second,
            ms(part.p50_us),
            ms(part.p99_us),
            ms(part.max_us),
        )
    };
    format!(
        "{url}: a room of {members}, texts of {text_bytes} bytes\n\n{:<26}{joins_per_second:>9.0} joins/s, each with its \
         handshake\n{}{}\nall {} deliveries were verified: the very text, once, in order. The latency is from sending to each \
         delivery, by one process on this machine that also does the verifying\n",
        "connecting and joining",
        part("one chat at a time", quiet),
        part(&format!("up to {} at a time", busy.window), busy),
        quiet.deliveries + busy.deliveries,
    )
}
