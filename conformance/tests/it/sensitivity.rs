//! The suite sees: every fault is caught for the requirement that it breaks, and no stub passes a required case.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use roomwire_conformance::case::{Case, Demand};
use roomwire_conformance::catalog;
use roomwire_conformance::event::{CaseFinished, Event};
use roomwire_conformance::exit_code::Exit;
use roomwire_conformance::names::Users;
use roomwire_conformance::requirements::Level;
use roomwire_conformance::run::Settings;
use roomwire_conformance::subject::{Spawned, Subject};
use roomwire_conformance::verdict::Verdict;

use crate::faults::{self, FAULTS, Fault};
use crate::matrix;
use crate::peers::node_peer;
use crate::stubs::{self, Stub};
use crate::suite::{Judged, closed_server, core_server, ending, judge, judge_subject, reference_server};

/// How many subjects are judged at the same time.
const SIDE_BY_SIDE: usize = 24;
/// How often a case is played in front of a fault until it is judged.
const MOST_TRIES: usize = 3;

/// What stands behind the proxy. Some defects show in front of one of them only: a server that can resume does not
/// begin its numbers again while a test waits, and one that takes any token has no unknown one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ground {
    /// The reference server with all profiles, which takes any token.
    All,
    /// The same with a list of tokens, and with grace for those who vanish.
    Closed,
    /// The same with the core alone.
    Core,
    /// The Node peer: a room that everybody has left ends there at once, and with it its epoch.
    Node,
}

/// A server at work, and who may speak to it.
struct Opened {
    address: SocketAddr,
    users: Users,
    /// The server behind the proxy, which is told to end in place of the proxy; it ends when it is dropped.
    subject: Subject,
    _spawned: Option<Spawned>,
}

impl Ground {
    async fn open(self) -> Opened {
        let (server, users) = match self {
            Self::All => (reference_server().await, Users::Fresh),
            Self::Closed => closed_server().await,
            Self::Core => (core_server().await, Users::Fresh),
            Self::Node => {
                let server = node_peer().join("server.mjs").display().to_string();
                let command = vec!["node".into(), server, "{port}".into()];
                let mut spawned = Spawned::new(command, Duration::from_secs(30));
                let url = spawned.start().await.unwrap();
                let address = SocketAddr::from(([127, 0, 0, 1], url.port_u16().unwrap()));
                let subject = Subject::Kept(spawned.ending().unwrap());
                return Opened { address, users: Users::Fresh, subject, _spawned: Some(spawned) };
            }
        };
        let address = server.local_addr();
        Opened { address, users, subject: Subject::Kept(ending(server)), _spawned: None }
    }
}

/// Judges a right server with a fault put into it.
async fn judge_through(fault: Option<&'static Fault>, ground: Ground, cases: &[Case]) -> Judged {
    let mut opened = ground.open().await;
    let proxy = faults::start(fault, opened.address).await.unwrap();
    let settings = Settings { users: opened.users.clone(), ..Settings::default() };
    judge_subject(&mut opened.subject, &proxy.url(), cases, &settings).await
}

/// The cases that name a requirement which the fault breaks, and so must see it; of those that take a server to itself
/// and their time, only what was written for it.
fn cases_about(fault: &Fault) -> Vec<Case> {
    let mut cases = catalog::all();
    let under_load = |case: &Case| UNDER_LOAD.contains(&(fault.name, case.id));
    cases.retain(|case| case.demand != Demand::Heavy || under_load(case));
    cases.retain(|case| case.requirements.iter().any(|id| fault.breaks.contains(id)));
    cases
}

/// Faults that are there under load alone, or take long to see, each with the one case that sees it.
const UNDER_LOAD: [(&str, &str); 8] = [
    ("what-is-sent-counts-as-life", "limits/silence-amid-chatter"),
    ("members-beyond-32-unheard-of", "limits/a-crowd-of-a-hundred-and-forty"),
    ("members-beyond-128-unheard-of", "limits/a-crowd-of-a-hundred-and-forty"),
    ("members-beyond-256-unheard-of", "limits/a-crowd-of-five-hundred"),
    ("numbers-begin-again-at-512", "limits/a-thousand-chats"),
    ("numbers-begin-again-at-4096", "limits/ten-thousand-chats"),
    ("topics-beyond-forty-mixed-up", "limits/a-thousand-topics"),
    ("six-hundred-places-of-the-lost-stay-taken", "limits/a-storm"),
];

/// What came of a fault.
struct Trial {
    fault: &'static Fault,
    /// The cases about what it breaks that failed or warned, and the first thing that they found.
    seen_by: BTreeMap<String, String>,
    /// What the others made of it, where none did.
    instead: String,
    took: Duration,
}

impl Trial {
    /// Holds the cases about what a fault breaks to it: all of them in front of a server of all profiles; those that
    /// do not apply to that one, in front of one to which they apply; and all of them once more in front of the next,
    /// for as long as none has seen it.
    async fn of(fault: &'static Fault) -> Self {
        let start = Instant::now();
        let (seen_by, instead) = (BTreeMap::new(), String::new());
        let mut trial = Self { fault, seen_by, instead, took: Duration::ZERO };
        let cases = cases_about(fault);
        let mut unplayed: BTreeSet<&str> = cases.iter().map(|case| case.id).collect();
        for ground in [Ground::All, Ground::Closed, Ground::Core, Ground::Node] {
            let mut cases = cases.clone();
            if !trial.seen_by.is_empty() {
                cases.retain(|case| unplayed.contains(case.id));
            }
            // It is a right server like the first, and only there for what no other shows.
            if cases.is_empty() || ground == Ground::Node && !trial.seen_by.is_empty() {
                continue;
            }
            // A case in which the runner itself was held up says nothing, on a machine that has other things to do: it
            // is played again, and by itself.
            for _ in 0..MOST_TRIES {
                let judged = judge_through(Some(fault), ground, &cases).await;
                // What one case did may have been seen by another.
                for event in &judged.amended {
                    if let Event::CaseAmended { id, .. } = event {
                        trial.seen_by.entry(id.clone()).or_insert_with(|| format!("{event:?}"));
                    }
                }
                cases.clear();
                for case in judged.finished {
                    trial.take_in(ground, &case, &mut unplayed);
                    if case.verdict == Verdict::Inconclusive {
                        cases.extend(catalog::all().into_iter().find(|known| known.id == case.id));
                    }
                }
                if cases.is_empty() {
                    break;
                }
            }
        }
        trial.took = start.elapsed();
        trial
    }

    fn take_in(&mut self, ground: Ground, case: &CaseFinished, unplayed: &mut BTreeSet<&str>) {
        let CaseFinished { id, verdict, reason, findings, .. } = case;
        match verdict {
            Verdict::NotApplicable | Verdict::Inconclusive => {}
            Verdict::Fail | Verdict::Warn => {
                let first =
                    findings.first().map(|it| format!("{} {}; {}", it.requirement, it.expected, it.got));
                self.seen_by.insert(id.clone(), first.unwrap_or_default());
                unplayed.remove(id.as_str());
            }
            _ => {
                unplayed.remove(id.as_str());
            }
        }
        let _ = write!(self.instead, " {id} {ground:?} {verdict} {reason:?}");
    }
}

/// Faults that no scripted case can see, each with the reason. They must go on escaping: one that is caught has to
/// leave this list.
pub(crate) const UNSEEN: &[(&str, &str)] = &[
    (
        "slow-consumer-ends-without-a-close",
        "a close frame that could not get through looks like one never sent",
    ),
    (
        "refusals-announced-to-everybody",
        "it takes a comparison with what was heard where nobody was refused, which is made of generated programs alone",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[allow(clippy::print_stdout, reason = "shown with --nocapture, for whoever asks which cases see a fault")]
async fn every_fault_is_caught_by_a_case_about_the_requirement_that_it_breaks() {
    // FAULT=part-of-a-name and FAULT_FILE=part-of-a-file's-name try only those, to see what they do.
    let only = |variable: &str| std::env::var(variable).unwrap_or_default();
    let (name, file) = (only("FAULT"), only("FAULT_FILE"));
    let files = FAULTS.iter().filter(|(of, _)| of.contains(file.as_str()));
    let faults = files.flat_map(|(_, faults)| *faults).filter(|fault| fault.name.contains(name.as_str()));
    let trials: Vec<Trial> =
        stream::iter(faults).map(Trial::of).buffer_unordered(SIDE_BY_SIDE).collect().await;
    // Seen with --nocapture: by which cases, and how long it took.
    for Trial { fault, seen_by, took, .. } in &trials {
        let seen_by = seen_by.keys().cloned().collect::<Vec<_>>().join(" ");
        println!("{} is seen in {:.1} s by {seen_by}", fault.name, took.as_secs_f32());
    }
    if matrix::to_be_written() && name.is_empty() && file.is_empty() {
        let caught = trials.iter().map(|trial| (trial.fault.name, trial.seen_by.keys().cloned().collect()));
        matrix::write_sensitivity(&caught.collect());
    }
    let (escaped, caught): (Vec<_>, Vec<_>) = trials.iter().partition(|trial| trial.seen_by.is_empty());
    let is_unseen = |trial: &&&Trial| UNSEEN.iter().any(|(name, _)| *name == trial.fault.name);
    let escapes: Vec<_> = escaped
        .iter()
        .filter(|trial| !is_unseen(trial))
        .map(|trial| {
            format!("{} breaks {:?} and is not seen:{}", trial.fault.name, trial.fault.breaks, trial.instead)
        })
        .collect();
    assert!(escapes.is_empty(), "{} escapes:\n{}", escapes.len(), escapes.join("\n"));
    let listed: Vec<_> = caught.iter().filter(is_unseen).map(|trial| trial.fault.name).collect();
    if name.is_empty() && file.is_empty() {
        let proofs: BTreeSet<_> = trials.iter().flat_map(|trial| trial.seen_by.keys()).collect();
        let mut cases = catalog::all();
        cases.retain(|case| !proofs.contains(&case.id.to_owned()));
        let unproved: Vec<_> = cases.iter().map(|case| case.id).collect();
        assert!(unproved.is_empty(), "no fault about what they cite fails {unproved:?}");
    }
    for Trial { fault, seen_by, .. } in &trials {
        if let Some((_, case)) = UNDER_LOAD.iter().find(|(name, _)| *name == fault.name) {
            let alone = seen_by.len() == 1 && seen_by.contains_key(*case);
            assert!(alone, "{} is there under load alone, and is seen by {seen_by:#?}", fault.name);
        }
    }
    assert!(listed.is_empty(), "these are caught now, and have to leave the list of the unseen: {listed:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_man_in_the_middle_alone_breaks_nothing() {
    none_in_trouble(&judge_through(None, Ground::All, &catalog::cases()).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_others_receive_may_take_its_time() {
    let mut cases = catalog::cases();
    let chapters = ["rooms/", "chat/", "isolation/", "ordering/", "notices/", "history/"];
    cases.retain(|case| chapters.iter().any(|chapter| case.id.starts_with(chapter)));
    // A replay is no word of others': the join itself makes the connection receive it, before any later ack (ORD-7).
    cases.retain(|case| !case.requirements.contains(&"NOTE-10"));
    none_in_trouble(&judge_through(Some(&faults::LATE), Ground::All, &cases).await);
}

/// Nothing is found, and nothing left open.
fn none_in_trouble(judged: &Judged) {
    let trouble: Vec<_> = judged
        .finished
        .iter()
        .filter(|case| case.verdict != Verdict::Pass)
        // For want of a limit, or for being about servers of fewer profiles; never for a profile that is not claimed.
        .filter(|case| {
            let unclaimed = |reason: &String| reason.starts_with("the 201 claims the profiles");
            case.verdict != Verdict::NotApplicable || case.reason.as_ref().is_some_and(unclaimed)
        })
        .collect();
    let trouble: Vec<_> = trouble.iter().map(|case| (&case.id, &case.findings, &case.reason)).collect();
    assert!(trouble.is_empty(), "{trouble:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_stub_passes_a_required_case() {
    let cases = catalog::cases();
    let judged = stream::iter(Stub::ALL).map(|stub| {
        let cases = &cases;
        async move {
            let start = Instant::now();
            let running = stubs::start(stub).await.unwrap();
            let judged = judge(&running.url(), cases).await;
            println!("{stub:?} {:?} {:?}", start.elapsed(), judged.exit);
            (stub, judged)
        }
    });
    let judged: Vec<_> = judged.buffer_unordered(SIDE_BY_SIDE).collect().await;
    for (stub, judged) in judged {
        let passes = |case: &&CaseFinished| case.level == Level::Must && case.verdict == Verdict::Pass;
        let passed: Vec<_> = judged.finished.iter().filter(passes).map(|case| case.id.as_str()).collect();
        assert!(passed.is_empty(), "{stub:?} passes {passed:?}");
        assert_ne!(judged.exit, Exit::Conforms, "{stub:?}");
    }
}
