//! The flags of `roomwire run`.

use std::collections::BTreeSet;
use std::fmt::Display;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, RangedU64ValueParser};
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, Uri};

use super::Job;
use super::outputs::ReportTo;
use super::selection::SelectionArgs;
use crate::case::Case;
use crate::catalog;
use crate::cli::subject::{Address, Given, parse_header, parse_url};
use crate::cli::trust::TrustArgs;
use crate::cli::{Usage, nearest, tokens};
use crate::client::Target;
use crate::generate::Kind;
use crate::known_failures::{KnownFailures, KnownFailuresError};
use crate::names::Identity;
use crate::report::ProgressMode;
use crate::requirements::REQUIREMENTS;
use crate::run::{Histories, Settings};
use crate::shrink::Budget;
use crate::snapshots::Snapshots;

/// `--connect-timeout` without being told.
pub(in crate::cli) const CONNECT_TIMEOUT_MS: u64 = 5000;
/// `--start-timeout` without being told.
pub(in crate::cli) const START_TIMEOUT_S: u64 = 30;
/// `--patience` without being told.
pub(in crate::cli) const PATIENCE_S: u64 = 30;
/// The longest that any wait may be told to be, in seconds.
const LONGEST_S: u64 = 3600;
/// The longest that generated programs may be run, in seconds: a week.
const LONGEST_TIME_S: u64 = 7 * 24 * 3600;
/// `--histories` without being told.
pub(in crate::cli) const HISTORIES: usize = 500;
/// Where failing programs are saved.
const SAVED_IN: &str = "roomwire-failures";
/// What a prefix may take of a topic's 128 characters, so that the rest is enough for a name.
const MOST_PREFIX_CHARACTERS: usize = 48;

/// Examples for the help.
pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  roomwire run ws://127.0.0.1:8017
      Judges a server that is running.
  roomwire run -- node server.js
      Starts a server, which takes its port from PORT, judges it, and stops it again.
  roomwire run -- ./server --listen 127.0.0.1:{port}
      The same for one that takes its port from a flag.
  roomwire run
      Judges the reference server that is built in, to see that all is well with this program.
  roomwire run --requirement ROOM-3 --level must ws://127.0.0.1:8017
      Runs the cases that put one requirement to the test.
  roomwire run --token ann=s3cret-1 --token ben=s3cret-2 --token cat=s3cret-3 ws://127.0.0.1:8017
      Judges a server that knows its users.
  roomwire run --report json=- ws://127.0.0.1:8017 | jq 'select(.verdict == \"fail\") | .id'
      Gives the report for machines to another program; the one for people goes to stderr then.
";

#[derive(clap::Args)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own, and any of them go together")]
pub(in crate::cli) struct RunArgs {
    /// Where the server listens, like `ws://127.0.0.1:8017`; without it and a command: the reference server
    #[arg(value_name = "URL", value_parser = parse_url, conflicts_with = "command")]
    pub(in crate::cli) url: Option<Address>,

    /// The command that starts the server, instead of a URL
    ///
    /// It gets a free port of 127.0.0.1 in its environment as PORT, and in place of {port} in an argument. So that the
    /// cases about time limits end soon, `ROOMWIRE_HEARTBEAT_TIMEOUT_MS` and `ROOMWIRE_AUTH_TIMEOUT_MS` hold short ones,
    /// which it may follow. It is stopped by SIGTERM when the run is over, and started again where it dies before.
    #[arg(last = true, value_name = "COMMAND")]
    pub(in crate::cli) command: Vec<String>,

    #[command(flatten)]
    pub(in crate::cli) selection: SelectionArgs,

    /// Profiles to judge, separated by commas, in place of those that the server claims; core is always judged
    #[arg(long, value_name = "P,…", value_delimiter = ',', value_parser = PossibleValuesParser::new(profiles()), help_heading = "Selection")]
    pub(in crate::cli) profile: Vec<String>,

    /// A user that the server knows, with its token; may be given several times
    #[arg(long, long_help = token_help(), value_name = "USER=TOKEN", value_parser = tokens::parse, help_heading = "Server")]
    pub(in crate::cli) token: Vec<Identity>,

    /// The users that the server knows: a JSON file, {"TOKEN": "USER"} or {"TOKEN": {"user": "USER"}}
    #[arg(long, value_name = "FILE", conflicts_with = "token", help_heading = "Server")]
    pub(in crate::cli) tokens: Option<PathBuf>,

    /// A header for each upgrade request; may be given several times
    #[arg(long, value_name = "K: V", value_parser = parse_header, help_heading = "Server")]
    pub(in crate::cli) header: Vec<(HeaderName, HeaderValue)>,

    /// A subprotocol that each upgrade request offers, for a server that takes no connection without it
    ///
    /// The cases that are about which subprotocols are offered say so themselves, and are not told.
    #[arg(long, value_name = "NAME", value_parser = parse_subprotocol, help_heading = "Server")]
    pub(in crate::cli) subprotocol: Option<String>,

    #[command(flatten)]
    pub(in crate::cli) trust: TrustArgs,

    /// How long one attempt to connect may take, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = CONNECT_TIMEOUT_MS, value_parser = up_to(1000 * LONGEST_S), help_heading = "Server")]
    pub(in crate::cli) connect_timeout: u64,

    /// How long the command may take until it listens, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = START_TIMEOUT_S, value_parser = up_to(LONGEST_S), help_heading = "Server")]
    pub(in crate::cli) start_timeout: u64,

    /// What the name of every topic begins with, on a server that others use too
    #[arg(long, value_name = "TEXT", value_parser = parse_prefix, help_heading = "Server")]
    pub(in crate::cli) topic_prefix: Option<String>,

    /// How many cases run at the same time
    ///
    /// Where more than one, those that wait for a time limit of the server, and ask next to nothing of it meanwhile, are
    /// not counted.
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024), help_heading = "Run")]
    pub(in crate::cli) jobs: usize,

    /// How many connections are open at the same time at most, on a server that others use too
    ///
    /// Fewer cases run at the same time then; a case that needs more of them for itself is not run, and is shown as
    /// not judged.
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<usize>::new().range(1..=1_000_000), help_heading = "Run")]
    pub(in crate::cli) max_connections: Option<usize>,

    /// How many messages are sent in a second at most, on a server that others use too
    #[arg(long, value_name = "N", value_parser = RangedU64ValueParser::<u32>::new().range(1..=1_000_000), help_heading = "Run")]
    pub(in crate::cli) max_rate: Option<u32>,

    /// What decides the order of the cases and which programs are generated; no verdict on a case depends on it
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Run")]
    pub(in crate::cli) seed: u64,

    /// How many generated programs are run behind the cases; 0 for none [default: 500, or as many as fit into --time]
    ///
    /// They are of four kinds, each reported as one case (generated/…), and --case selects among them. One that fails is
    /// made smaller on the server, and saved as a file that `roomwire replay` plays again.
    #[arg(long, value_name = "N", help_heading = "Generated programs")]
    pub(in crate::cli) histories: Option<usize>,

    /// For how long generated programs are run, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = up_to(LONGEST_TIME_S), help_heading = "Generated programs")]
    pub(in crate::cli) time: Option<u64>,

    /// How long a time limit of the server may be to be waited for, in seconds
    ///
    /// A case that waits for a declared limit which is longer is not run, and is shown as not judged.
    #[arg(long, value_name = "SECONDS", default_value_t = PATIENCE_S, value_parser = RangedU64ValueParser::<u64>::new().range(0..=LONGEST_S), help_heading = "Run")]
    pub(in crate::cli) patience: u64,

    /// End the run with the first failure
    #[arg(long, help_heading = "Run")]
    pub(in crate::cli) fail_fast: bool,

    /// A SHOULD that is not followed fails the run
    #[arg(long, help_heading = "Run")]
    pub(in crate::cli) strict: bool,

    /// A report besides the one for people; may be given several times
    ///
    /// KIND is one of
    /// json (NDJSON, an event a line, written as it happens: all others can be rendered from it by `roomwire report`),
    /// junit (XML for CI systems),
    /// tap (TAP 14),
    /// html (one page that needs nothing else, with a picture of each violation),
    /// markdown (with the same pictures as Mermaid diagrams),
    /// github (annotations for GitHub Actions, best to stdout; where `GITHUB_STEP_SUMMARY` is set, the report in Markdown is
    /// added to that file).
    /// PATH is a file, or - for stdout; the report for people goes to stderr then. Where a report cannot be written to its
    /// end, the exit code is 5.
    #[arg(long, value_name = "KIND=PATH", help_heading = "Output")]
    pub(in crate::cli) report: Vec<ReportTo>,

    /// Cases that are known to fail, and fail no run for that: a file with the id of a case a line
    ///
    /// A reason may stand behind it, after a #. A case on the list has to fail: one that passes is told, and the exit code
    /// is 1 until it leaves the list, which would otherwise hide its next failure.
    #[arg(long, value_name = "FILE", help_heading = "Run")]
    pub(in crate::cli) known_failures: Option<PathBuf>,

    /// A folder for the transcripts of the cases that do not pass, a file each
    ///
    /// It is made where it is not there. What earlier runs have left in it stays.
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub(in crate::cli) transcripts: Option<PathBuf>,

    /// A folder with golden transcripts, which the cases that pass are compared with
    ///
    /// They are plain text without names, clocks and numbers that differ from run to run, one file a case, for your own
    /// repository: they show where your server starts to do another thing, also one that the spec allows. What has changed
    /// is told with its differences, and fails the run with --strict only. A case that is new has none yet, and is told.
    /// --update-snapshots makes the folder.
    #[arg(long, value_name = "DIR", help_heading = "Output")]
    pub(in crate::cli) snapshots: Option<PathBuf>,

    /// Accept what has changed: write it into the folder of --snapshots, and remove from it what is no case any more
    #[arg(long, requires = "snapshots", help_heading = "Output")]
    pub(in crate::cli) update_snapshots: bool,

    /// When progress is shown on stderr
    #[arg(long, value_enum, value_name = "WHEN", default_value_t, help_heading = "Output")]
    pub(in crate::cli) progress: ProgressMode,
}

impl RunArgs {
    /// The run that the flags ask for.
    pub(super) fn job(&self) -> Result<Job, Usage> {
        let given = match (&self.url, self.command.as_slice()) {
            (Some(address), _) => Given::Url(address.clone()),
            (None, []) if cfg!(not(feature = "embedded")) => {
                return Err(Usage::new(
                    "there is no server: give a URL, or behind -- a command that starts one",
                ));
            }
            (None, []) => Given::Nothing,
            (None, command) => Given::Command(command.to_vec()),
        };
        let (cases, kinds) = self.selection.cases()?;
        let settings = Settings {
            histories: self.histories(kinds, cases.is_empty())?,
            jobs: self.jobs,
            max_connections: self.max_connections,
            max_rate: self.max_rate,
            seed: self.seed,
            patience: Duration::from_secs(self.patience),
            strict: self.strict,
            fail_fast: self.fail_fast,
            profiles: self.profile.clone(),
            users: tokens::users(&self.token, self.tokens.as_deref())?,
            topic_prefix: self.topic_prefix.clone().unwrap_or_default(),
            known_failures: self.known_failures()?,
            snapshots: self.snapshots()?,
            invocation: self.invocation(&given),
        };
        Ok(Job {
            cases,
            settings,
            target: Target {
                url: Uri::default(),
                headers: self.header.clone(),
                subprotocol: self.subprotocol.clone(),
                trust: self.trust.read()?,
                connect_timeout: Duration::from_millis(self.connect_timeout),
            },
            subject: given.subject(Duration::from_secs(self.start_timeout)),
            given,
        })
    }

    fn known_failures(&self) -> Result<KnownFailures, Usage> {
        let Some(path) = &self.known_failures else { return Ok(KnownFailures::default()) };
        let wrong = |why: &dyn Display| Usage::new(format!("--known-failures {}: {why}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
        let cases = catalog::cases();
        let ids = || cases.iter().map(|case| case.id).chain(Kind::ALL.into_iter().map(Kind::id));
        KnownFailures::parse(&text, |id| ids().any(|known| known == id)).map_err(|error| {
            let hint = match &error {
                KnownFailuresError::Unknown { id, .. } => nearest::hint(id, ids()),
                _ => String::new(),
            };
            wrong(&format!("{error}{hint}"))
        })
    }

    fn histories(&self, kinds: Vec<Kind>, alone: bool) -> Result<Option<Histories>, Usage> {
        let count = match (self.histories, self.time) {
            (Some(count), _) => Some(count),
            (None, Some(_)) => None,
            (None, None) => Some(HISTORIES),
        };
        if kinds.is_empty() {
            return match (self.histories, self.time) {
                (None | Some(0), None) => Ok(None),
                _ => Err(Usage::new(
                    "the selection has no generated programs for --histories and --time; name them as well, as in \
                     --case 'generated/*'",
                )),
            };
        }
        if count == Some(0) {
            let nothing = "--histories 0 leaves nothing of what was selected";
            return if alone { Err(Usage::new(nothing)) } else { Ok(None) };
        }
        Ok(Some(Histories {
            kinds,
            count,
            time: self.time.map(Duration::from_secs),
            save: Some(SAVED_IN.into()),
            budget: Budget::default(),
        }))
    }

    fn snapshots(&self) -> Result<Option<Arc<Snapshots>>, Usage> {
        let Some(folder) = &self.snapshots else { return Ok(None) };
        let snapshots = Snapshots::open(folder, self.update_snapshots).map_err(|error| {
            let hint = match error.kind() {
                ErrorKind::NotFound => "; --update-snapshots makes it, and writes how the cases go now",
                _ => "",
            };
            Usage::new(format!("--snapshots {}: {error}{hint}", folder.display()))
        })?;
        Ok(Some(Arc::new(snapshots)))
    }
}

/// A number from 1 to this.
fn up_to(most: u64) -> RangedU64ValueParser<u64> {
    RangedU64ValueParser::new().range(1..=most)
}

fn token_help() -> String {
    format!(
        "A user that the server knows, with its token; may be given several times, twice for a user who has two \
         tokens.\n\nWithout --token and --tokens \
         users are made up, with their names as tokens, for a server that takes any token. {} users are enough for \
         every case; one that needs more than are given is not judged",
        most_users()
    )
}

/// How many users the case that needs the most of them needs.
fn most_users() -> usize {
    let clients = |case: &Case| case.program.clients.iter().map(|client| client.user + 1).max();
    catalog::all().iter().filter_map(clients).max().unwrap_or(0)
}

/// The profiles of the spec.
fn profiles() -> BTreeSet<&'static str> {
    REQUIREMENTS.iter().map(|requirement| requirement.profile).collect()
}

fn parse_prefix(text: &str) -> Result<String, String> {
    if text.chars().count() > MOST_PREFIX_CHARACTERS || text.chars().any(char::is_control) {
        return Err(format!(
            "expected at most {MOST_PREFIX_CHARACTERS} characters, and no control characters"
        ));
    }
    Ok(text.to_owned())
}

pub(in crate::cli) fn parse_subprotocol(text: &str) -> Result<String, String> {
    // What RFC 9110 calls a token.
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if text.is_empty() || !text.chars().all(is_token) {
        return Err("expected the name of a subprotocol, like roomwire.v1: letters, digits and . - _".into());
    }
    Ok(text.to_owned())
}
