//! `roomwire replay`: plays a saved program again, or judges again what was recorded with it.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::RangedU64ValueParser;
use tokio::runtime::Runtime;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, Uri};

use super::run::{CONNECT_TIMEOUT_MS, ReportTo, START_TIMEOUT_S, open_reports, parse_subprotocol};
use super::subject::{Address, Given, parse_header, parse_url};
use super::trust::TrustArgs;
use super::{Usage, complain, tokens};
use crate::client::Target;
use crate::client::tls::Trust;
use crate::event::Event;
use crate::exit_code::Exit;
use crate::names::Identity;
use crate::record_file::Record;
use crate::report::{ProgressMode, Reporters};
use crate::run::{self, Settings};

pub(super) const EXAMPLES: &str = "\
Examples:
  roomwire replay roomwire-failures/generated-concurrent-x.ndjson ws://127.0.0.1:8017
      Plays the program again, at most 20 times, until it fails.
  roomwire replay FILE -- node server.js
      The same against a server that is started for it.
  roomwire replay --offline FILE
      Judges what was recorded, without a server: by the checks of this version.
";

/// What is replayed, and against which server.
#[derive(clap::Args)]
pub(super) struct ReplayArgs {
    /// The file that a run has saved
    file: PathBuf,

    /// Where the server listens, like `ws://127.0.0.1:8017`; without it and a command: the reference server
    #[arg(value_name = "URL", value_parser = parse_url, conflicts_with_all = ["command", "offline"])]
    url: Option<Address>,

    /// The command that starts the server, instead of a URL
    #[arg(last = true, value_name = "COMMAND", conflicts_with = "offline")]
    command: Vec<String>,

    /// Judge what was recorded, without a server
    #[arg(long)]
    offline: bool,

    /// How often the program is played at most, until it fails
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = RangedU64ValueParser::<usize>::new().range(1..=100_000), conflicts_with = "offline")]
    tries: usize,

    /// A user that the server knows, with its token; may be given several times
    #[arg(long, value_name = "USER=TOKEN", value_parser = tokens::parse)]
    token: Vec<Identity>,

    /// The users that the server knows: a JSON file, as for `roomwire run`
    #[arg(long, value_name = "FILE", conflicts_with = "token")]
    tokens: Option<PathBuf>,

    /// A header for each upgrade request; may be given several times
    #[arg(long, value_name = "K: V", value_parser = parse_header)]
    header: Vec<(HeaderName, HeaderValue)>,

    /// A subprotocol that each upgrade request offers, for a server that takes no connection without it
    #[arg(long, value_name = "NAME", value_parser = parse_subprotocol)]
    subprotocol: Option<String>,

    #[command(flatten)]
    trust: TrustArgs,

    /// A SHOULD that is not followed fails the replay
    #[arg(long)]
    strict: bool,

    /// A report besides the one for people, as for `roomwire run`
    #[arg(long, value_name = "KIND=PATH")]
    report: Vec<ReportTo>,
}

/// Replays, and tells what came of it.
pub(super) fn replay(args: &ReplayArgs) -> Result<Exit, Usage> {
    let file = args.file.display();
    let record = Record::load(&args.file).map_err(|error| Usage::new(format!("{file}: {error}")))?;
    let given = match (&args.url, args.command.as_slice()) {
        (Some(address), _) => Given::Url(address.clone()),
        (None, []) => Given::Nothing,
        (None, command) => Given::Command(command.to_vec()),
    };
    if cfg!(not(feature = "embedded")) && !args.offline && matches!(given, Given::Nothing) {
        return Err(Usage::new("there is no server: give a URL, a command behind --, or --offline"));
    }
    let settings = Settings {
        users: tokens::users(&args.token, args.tokens.as_deref())?,
        strict: args.strict,
        ..Settings::default()
    };
    let trust = args.trust.read()?;
    let mut reporters = open_reports(&args.report, None, ProgressMode::Never)?;
    let exit = if args.offline {
        let name = format!("{} (as recorded in {file})", record.header.subject);
        run::judge_again(&record, &name, &settings, &mut |event: &Event| reporters.event(event))
    } else {
        match Runtime::new() {
            Ok(runtime) => {
                let exit = runtime.block_on(play(args, (&given, trust), &record, &settings, &mut reporters));
                runtime.shutdown_background();
                exit
            }
            Err(error) => {
                complain(&format!("cannot start: {error}"));
                Exit::Internal
            }
        }
    };
    for failure in reporters.failures() {
        complain(&format!("{failure}. It is cut off there, and the exit code is 5 for that reason"));
    }
    Ok(if reporters.failures().is_empty() { exit } else { exit.min(Exit::Internal) })
}

async fn play(
    args: &ReplayArgs,
    (given, trust): (&Given, Option<Trust>),
    record: &Record,
    settings: &Settings,
    reporters: &mut Reporters,
) -> Exit {
    let mut subject = given.subject(Duration::from_secs(START_TIMEOUT_S));
    let started = match given.start(&mut subject).await {
        Ok(started) => started,
        Err(why) => {
            complain(&format!("the server is not there: {why}"));
            return Exit::Unreachable;
        }
    };
    let target = Target {
        url: Uri::clone(&started.url),
        headers: args.header.clone(),
        subprotocol: args.subprotocol.clone(),
        trust,
        connect_timeout: Duration::from_millis(CONNECT_TIMEOUT_MS),
    };
    let mut tell = |event: &Event| reporters.event(event);
    let how = (args.tries, settings);
    let exit = run::replay(&mut subject, &target, &given.name(), record, how, &mut tell).await;
    subject.stop().await;
    exit
}
