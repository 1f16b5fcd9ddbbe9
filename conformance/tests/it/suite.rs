//! The whole suite against the reference server: what is right passes without a finding.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use roomwire_conformance::case::Case;
use roomwire_conformance::catalog;
use roomwire_conformance::client::Target;
use roomwire_conformance::clock::Pace;
use roomwire_conformance::driver::{Stage, play};
use roomwire_conformance::event::{CaseFinished, Event};
use roomwire_conformance::exit_code::Exit;
use roomwire_conformance::names::{self, Names, TryId, Users};
use roomwire_conformance::run::{Settings, run};
use roomwire_conformance::subject::{
    Declared, Ending, SHORT_AUTH_TIMEOUT_MS, SHORT_HEARTBEAT_TIMEOUT_MS, Subject,
};
use roomwire_conformance::transcript::Transcript;
use roomwire_conformance::verdict::Verdict;
use roomwire_protocol::code::Profiles;
use roomwire_server::{Config, Identity, Server};

/// A reference server on a free port, with time limits that a test can wait for.
pub(crate) async fn reference_server() -> Server {
    serving(Config::default()).await
}

/// The same with the core alone: what it sends does not depend on who came first.
pub(crate) async fn core_server() -> Server {
    serving(Config { profiles: Profiles::CORE, ..Config::default() }).await
}

/// How many users the closed server knows: as many as the largest case of a daily run has.
const KNOWN_USERS: usize = 202;
/// How long the closed server keeps users on the list who have vanished.
const GRACE_MS: u64 = 700;

/// One with all profiles that takes no token but those on its list, and keeps who has vanished on its lists for a
/// while; and its users. Two and two of these differ in the case of one letter alone, their tokens have spaces in
/// them, and the first has two.
pub(crate) async fn closed_server() -> (Server, Users) {
    static TOKENS: OnceLock<PathBuf> = OnceLock::new();
    let known: Vec<names::Identity> = (0..KNOWN_USERS).map(known_user).collect();
    let path = TOKENS.get_or_init(|| {
        let first = known[0].other_token.iter().map(|token| (token.clone(), known[0].user.clone()));
        let all = known.iter().map(|one| (one.token.clone(), one.user.clone())).chain(first);
        let list: serde_json::Map<_, _> = all.map(|(token, user)| (token, user.into())).collect();
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tokens-{}.json", std::process::id()));
        std::fs::write(&path, serde_json::to_vec(&list).unwrap()).unwrap();
        path
    });
    let mut config = Config { identity: Identity::Tokens(path.clone()), ..Config::default() };
    config.limits.presence_grace_ms = Some(GRACE_MS);
    (serving(config).await, Users::Known(known.into()))
}

fn known_user(number: usize) -> names::Identity {
    let user = format!("{}{}", if number.is_multiple_of(2) { "Kim " } else { "kim " }, number / 2);
    let mut identity = names::Identity::new(user, format!("the secret of number {number}"));
    identity.other_token = (number == 0).then(|| "another secret of number 0".into());
    identity
}

async fn serving(mut config: Config) -> Server {
    config.listen.set_port(0);
    config.limits.heartbeat_timeout_ms = SHORT_HEARTBEAT_TIMEOUT_MS;
    config.limits.auth_timeout_ms = SHORT_AUTH_TIMEOUT_MS;
    Server::bind(config).await.unwrap()
}

/// What came of judging a server.
pub(crate) struct Judged {
    pub(crate) exit: Exit,
    pub(crate) finished: Vec<CaseFinished>,
    pub(crate) amended: Vec<Event>,
}

/// Plays the program of a case once.
pub(crate) async fn played(server: &Server, case: &Case) -> Transcript {
    let target = Target::new(server.url().parse().unwrap());
    let pace = Pace::start();
    let declared = Declared::default();
    let id = TryId { run: Arc::from("once"), case: 0, attempt: 0 };
    let names = Names::new(id, &case.program, &Users::Fresh, "").unwrap();
    play(Stage::new(&target, &pace, &declared), &case.program, names).await.transcript
}

/// Judges the server at a URL by some cases, with users that are made up.
pub(crate) async fn judge(url: &str, cases: &[Case]) -> Judged {
    judge_with(url, cases, &Settings::default()).await
}

/// Judges the server at a URL by some cases.
pub(crate) async fn judge_with(url: &str, cases: &[Case], settings: &Settings) -> Judged {
    judge_subject(&mut Subject::Running, url, cases, settings).await
}

/// Judges a server that runs in this process by some cases, those that tell it to end among them.
pub(crate) async fn judge_to_the_end(server: Server, cases: &[Case], settings: &Settings) -> Judged {
    let url = server.url();
    judge_subject(&mut Subject::Kept(ending(server)), &url, cases, settings).await
}

/// By what a server that runs in this process is told to end.
pub(crate) fn ending(server: Server) -> Ending {
    let server = Mutex::new(Some(server));
    Ending::new(move || {
        if let Some(server) = server.lock().unwrap().take() {
            tokio::spawn(server.shutdown());
        }
    })
}

/// Judges the subject at a URL by some cases.
pub(crate) async fn judge_subject(
    subject: &mut Subject,
    url: &str,
    cases: &[Case],
    settings: &Settings,
) -> Judged {
    let mut target = Target::new(url.parse().unwrap());
    target.connect_timeout = Duration::from_secs(5);
    let (mut finished, mut amended) = (Vec::new(), Vec::new());
    let mut report = |event: &Event| match event {
        Event::CaseFinished(case) => finished.push(case.clone()),
        Event::CaseAmended { .. } => amended.push(event.clone()),
        _ => {}
    };
    let exit = run(subject, target, url, cases, settings, &mut report).await;
    Judged { exit, finished, amended }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_reference_server_passes_without_a_finding() {
    let server = reference_server().await;
    let judged = judge_to_the_end(server, &catalog::cases(), &Settings::default()).await;
    passes_without_a_finding(&judged);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_knows_its_users_passes_without_a_finding() {
    let (server, users) = closed_server().await;
    let settings = Settings { users, ..Settings::default() };
    let judged = judge_to_the_end(server, &catalog::cases(), &settings).await;
    passes_without_a_finding(&judged);
    let left = |case: &&CaseFinished| {
        let shares = case.reason.as_ref().is_some_and(|reason| reason.contains("a user whom it shares"));
        case.verdict == Verdict::NotApplicable && !is_about_fewer_profiles(case) && !shares
    };
    let left: Vec<_> = judged.finished.iter().filter(left).map(|case| (&case.id, &case.reason)).collect();
    assert!(left.is_empty(), "everything applies to a server that knows its users and has grace: {left:?}");
}

fn is_about_fewer_profiles(case: &CaseFinished) -> bool {
    case.reason.as_ref().is_some_and(|reason| reason.starts_with("it is about servers without"))
}

fn passes_without_a_finding(judged: &Judged) {
    let wrong = |case: &&CaseFinished| !matches!(case.verdict, Verdict::Pass | Verdict::NotApplicable);
    let wrong: Vec<_> = judged.finished.iter().filter(wrong).collect();
    let wrong: Vec<_> =
        wrong.iter().map(|case| (&case.id, case.verdict, &case.reason, &case.findings)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(judged.amended.is_empty(), "{:#?}", judged.amended);
    assert_eq!(judged.exit, Exit::Conforms);
}
