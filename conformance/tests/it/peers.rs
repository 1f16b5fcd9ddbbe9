//! Right servers written from the spec by itself, on other stacks, pass without a finding.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use roomwire_conformance::catalog;
use roomwire_conformance::client::Target;
use roomwire_conformance::event::Event;
use roomwire_conformance::exit_code::Exit;
use roomwire_conformance::run::{Settings, run};
use roomwire_conformance::subject::{Spawned, Subject};

/// The folder of the Node peer, with its packages installed.
pub(crate) fn node_peer() -> PathBuf {
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_node_peer_passes_without_a_finding() {
    let server = node_peer().join("server.mjs").display().to_string();
    let mut spawned = Spawned::new(vec!["node".into(), server, "{port}".into()], Duration::from_secs(30));
    let url = spawned.start().await.unwrap();
    let mut subject = Subject::Spawned(Box::new(spawned));
    let mut trouble = Vec::new();
    let mut report = |event: &Event| match event {
        Event::CaseFinished(case) => {
            for finding in &case.findings {
                trouble.push(format!("{}: {finding:#?}", case.id));
            }
            if let Some(reason) = &case.reason {
                trouble.push(format!("{}: {} {reason}", case.id, case.verdict));
            }
        }
        Event::CaseAmended { .. } => trouble.push(format!("{event:?}")),
        _ => {}
    };
    let settings = Settings::default();
    let exit = run(&mut subject, Target::new(url), "node", &catalog::cases(), &settings, &mut report).await;
    subject.stop().await;
    assert!(trouble.is_empty(), "{}", trouble.join("\n"));
    assert_eq!(exit, Exit::Conforms);
}
