#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]
use roomwire_conformance::check;
use roomwire_conformance::client::Target;
use roomwire_conformance::clock::Pace;
use roomwire_conformance::driver::{Stage, play};
use roomwire_conformance::generate::{self, Kind, Scope};
use roomwire_conformance::names::{Names, TryId, Users};
use roomwire_conformance::subject::Declared;
use std::sync::Arc;
use std::time::Instant;

#[tokio::main]
async fn main() {
    let mut config = roomwire_server::Config::default();
    config.listen.set_port(0);
    let server = roomwire_server::Server::bind(config).await.unwrap();
    let (target, pace) = (Target::new(server.url().parse().unwrap()), Pace::start());
    let mut declared = Declared::default();
    let mut all: Vec<(Kind, roomwire_conformance::transcript::Transcript)> = Vec::new();
    for number in 0..501_usize {
        let kind = if number == 0 { Kind::Concurrent } else { generate::kind_of(number - 1, &Kind::ALL) };
        let scope = Scope { declared: declared.clone(), users: None };
        let program = generate::program(kind, 1, number, &scope);
        let id = TryId { run: Arc::from("cost"), case: number, attempt: 0 };
        let names = Names::new(id, &program, &Users::Fresh, "").unwrap();
        let began = Instant::now();
        let t = play(Stage { target: &target, pace: &pace, declared: &declared }, &program, names)
            .await
            .transcript;
        if number == 0 {
            let joined = t.events.iter().find_map(|e| {
                let roomwire_conformance::transcript::What::Received { text } = &e.what else { return None };
                let f: serde_json::Value = serde_json::from_str(text).ok()?;
                (f["code"] == 201)
                    .then(|| serde_json::from_str::<serde_json::Value>(f["data"].as_str().unwrap()).unwrap())
            });
            declared = Declared::read(&joined.unwrap());
            continue;
        }
        all.push((kind, t));
    }
    let rounds: usize = std::env::var("ROUNDS").ok().and_then(|r| r.parse().ok()).unwrap_or(5);
    for kind in Kind::ALL {
        let of: Vec<_> = all.iter().filter(|(k, _)| *k == kind).collect();
        let mut best = f64::MAX;
        for _ in 0..rounds {
            let start = Instant::now();
            for (_, t) in &of {
                std::hint::black_box(check::judge(t, "CHAT-1"));
            }
            best = best.min(start.elapsed().as_secs_f64());
        }
        let events: usize = of.iter().map(|(_, t)| t.events.len()).sum();
        println!(
            "{kind:?}: {} programs, {events} events, {:.1} ms, {:.0} ns an event",
            of.len(),
            best * 1e3,
            best * 1e9 / events as f64
        );
    }
}
