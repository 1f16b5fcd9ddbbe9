//! Right servers written from the spec by itself, on other stacks, pass without a finding.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use roomwire_conformance::catalog;
use roomwire_conformance::client::Target;
use roomwire_conformance::event::Event;
use roomwire_conformance::exit_code::Exit;
use roomwire_conformance::run::{Settings, run};
use roomwire_conformance::subject::{Spawned, Subject};
use roomwire_conformance::verdict::Verdict;

/// The folder of the Node peer, with its packages installed.
pub(crate) fn node_peer() -> PathBuf {
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _alone = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/node");
    if !folder.join("node_modules/ws").is_dir() {
        let installed =
            Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder).status();
        let installed = installed.unwrap_or_else(|error| {
            panic!("this test needs Node 20 or later and npm on the PATH, and npm could not be run: {error}")
        });
        assert!(installed.success(), "`npm ci` failed in {}", folder.display());
    }
    folder
}

/// The command that starts the Python peer, with its packages in an environment of its own under `target/`.
pub(crate) fn python_peer() -> Vec<String> {
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _alone = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/python");
    let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-peer");
    let python = environment.join("bin/python");
    let installed = environment.join("installed-requirements.txt");
    let requirements = fs::read_to_string(folder.join("requirements.txt")).unwrap();
    if fs::read_to_string(&installed).ok().as_ref() != Some(&requirements) {
        install(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment));
        let pip =
            ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"];
        install(Command::new(&python).args(pip).current_dir(&folder));
        fs::write(&installed, requirements).unwrap();
    }
    let server = folder.join("server.py").display().to_string();
    vec![python.display().to_string(), server, "--port".into(), "{port}".into()]
}

fn install(command: &mut Command) {
    let needed = "this test needs Python 3.11 or later with its module venv on the PATH (on Debian: apt-get install \
                  python3 python3-venv), and a network for the first time";
    let output =
        command.output().unwrap_or_else(|error| panic!("{needed}; {command:?} could not be run: {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{needed}; {command:?} failed with {}: {said}", output.status);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_node_peer_passes_without_a_finding() {
    let server = node_peer().join("server.mjs").display().to_string();
    passes_without_a_finding(vec!["node".into(), server, "{port}".into()]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_python_peer_passes_without_a_finding() {
    passes_without_a_finding(python_peer()).await;
}

#[test]
fn the_node_peer_passes_its_own_tests() {
    let folder = node_peer();
    passes(
        Command::new("node").args(["--test", "--test-timeout=60000", "server.test.mjs"]).current_dir(folder),
    );
}

#[test]
fn the_python_peer_passes_its_own_tests() {
    let command = python_peer();
    let folder = Path::new(&command[1]).parent().unwrap();
    // -B, since what Python compiles is not to lie about in the repository.
    passes(Command::new(&command[0]).args(["-B", "-W", "error", "-m", "unittest"]).current_dir(folder));
}

fn passes(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} could not be run: {error}"));
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{command:?}: {}\n{}", output.status, String::from_utf8_lossy(&said));
}

async fn passes_without_a_finding(command: Vec<String>) {
    let mut spawned = Spawned::new(command, Duration::from_secs(30));
    let url = spawned.start().await.unwrap();
    let mut subject = Subject::Spawned(Box::new(spawned));
    let mut trouble = Vec::new();
    let mut report = |event: &Event| match event {
        Event::CaseFinished(case) => {
            for finding in &case.findings {
                trouble.push(format!("{}: {finding:#?}", case.id));
            }
            // A case may ask for a limit that the server does not have. A profile that it does not claim is trouble: the
            // peers serve all of them.
            let beside = |reason: &&String| {
                case.verdict != Verdict::NotApplicable || reason.starts_with("the 201 claims the profiles")
            };
            if let Some(reason) = case.reason.as_ref().filter(beside) {
                trouble.push(format!("{}: {} {reason}", case.id, case.verdict));
            }
        }
        Event::CaseAmended { .. } => trouble.push(format!("{event:?}")),
        _ => {}
    };
    let settings = Settings::default();
    let exit = run(&mut subject, Target::new(url), "peer", &catalog::cases(), &settings, &mut report).await;
    subject.stop().await;
    assert!(trouble.is_empty(), "{}", trouble.join("\n"));
    assert_eq!(exit, Exit::Conforms);
}
