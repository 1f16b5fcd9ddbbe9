//! A fault that does nothing proves nothing. So each fault of the profiles beyond core has to make a difference to a
//! few people who do a little of everything, in front of a right server of all profiles (the Python peer). What the
//! cases make of that difference is another matter.

use std::{net::SocketAddr, process::Stdio};

use futures_util::{StreamExt, stream};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use super::{FAULTS, Fault, start};
use crate::peers::python_peer;
use stage::Stage;
use talk::{fall_silent, talk};

mod stage;
mod talk;

/// The files of faults of the profiles beyond core.
const FILES: [&str; 12] = [
    "presence",
    "changes",
    "notice",
    "addressees",
    "resume",
    "since",
    "dedupe",
    "history",
    "pages",
    "repeats",
    "queries",
    "questions",
];
/// How many faults are tried at the same time; they wait more than they work.
const SIDE_BY_SIDE: usize = 12;
/// Faults that need what the Python peer does not do, each with the reason.
const ASLEEP: [(&str, &str); 5] = [
    ("small-percent-signs-not-decoded", "nobody here percent-encodes a query in small letters"),
    ("deep-notice-refused", "no notice here is nested as deep as that"),
    (
        "refusals-of-notices-to-all-devices",
        "nobody here has a notice to a stranger refused and another device",
    ),
    ("ids-outlive-the-epoch", "the Python peer remembers an empty topic, so that nothing here ends an epoch"),
    ("ids-cut-at-32-characters", "no two ids here are as long as that, and alike up to there"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_fault_of_a_profile_makes_a_difference() {
    let (_patient, patient) = serve("20000").await;
    let (_strict, strict) = serve("1500").await;
    let told = all_told(None, patient, strict).await;
    let again = all_told(None, patient, strict).await;
    let differs = told.iter().zip(&again).find(|(one, two)| one != two);
    assert!(told == again, "two right runs differ: {differs:?}, of {} and {} lines", told.len(), again.len());
    let only = std::env::var("FAULT").unwrap_or_default();
    let files = FAULTS.into_iter().filter(|(file, _)| FILES.contains(file));
    let faults = files.flat_map(|(_, faults)| faults).filter(|fault| fault.name.contains(only.as_str()));
    let idle = stream::iter(faults).map(|fault| async {
        let same = all_told(Some(fault), patient, strict).await == told;
        same.then_some(fault.name)
    });
    let idle: Vec<_> = idle.buffer_unordered(SIDE_BY_SIDE).filter_map(std::future::ready).collect().await;
    let asleep: Vec<_> = ASLEEP.iter().map(|it| it.0).filter(|name| name.contains(only.as_str())).collect();
    let without_effect: Vec<_> = idle.iter().filter(|name| !asleep.contains(name)).collect();
    assert!(without_effect.is_empty(), "{without_effect:?} make no difference");
    let awake: Vec<_> = asleep.iter().filter(|name| !idle.contains(name)).collect();
    assert!(awake.is_empty(), "{awake:?} make a difference, and have to leave the list of those that cannot");
}

async fn serve(heartbeat_timeout_ms: &str) -> (Child, SocketAddr) {
    let mut command = python_peer();
    let port = command.len() - 1;
    command[port] = "0".into();
    let mut child = Command::new(&command[0])
        .args(&command[1..])
        .env("ROOMWIRE_HEARTBEAT_TIMEOUT_MS", heartbeat_timeout_ms)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.next_line().await.unwrap().expect("it says where it listens");
    let port: u16 = line.trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
    (child, SocketAddr::from(([127, 0, 0, 1], port)))
}

/// All that everybody was told.
async fn all_told(fault: Option<&'static Fault>, patient: SocketAddr, strict: SocketAddr) -> Vec<String> {
    let talk = async {
        let proxy = start(fault, patient).await.unwrap();
        let mut stage = Stage::new(&proxy.url());
        talk(&mut stage).await;
        stage.told()
    };
    let silence = async {
        let proxy = start(fault, strict).await.unwrap();
        let mut stage = Stage::new(&proxy.url());
        fall_silent(&mut stage).await;
        stage.told()
    };
    let (one, two) = tokio::join!(talk, silence);
    [one, two].concat()
}
