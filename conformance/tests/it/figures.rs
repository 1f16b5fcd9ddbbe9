//! The figures of the search: how many generated programs it takes until a fault is caught, and how small the failing
//! ones become. They are written down in `docs/figures.md`.
//!
//! `FIGURES=100 cargo test --release -p roomwire-conformance --test it -- figures --nocapture` tries up to 100 programs a
//! fault and seed; `SEEDS=3` says how many seeds, and `FAULT=part` chooses some faults. A fault that the first seed does
//! not catch is not looked for with the others.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use roomwire_conformance::shrink::Budget;

use crate::faults;
use crate::hunt::Hunt;

/// How many faults are looked for at the same time.
const SIDE_BY_SIDE: usize = 3;
/// How long a search may take, and what the making smaller of what it has found may cost.
const TIME: Duration = Duration::from_mins(1);
const BUDGET: Budget = Budget { tries: 400, time: Duration::from_secs(15) };

fn number(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

/// What the seeds have said of one fault: how many programs it took with each, and the steps of the smallest.
struct Row {
    name: &'static str,
    after: Vec<usize>,
    steps: Vec<usize>,
}

#[allow(clippy::print_stdout, reason = "shown with --nocapture, as the figures are reported from it")]
async fn look_for(fault: &'static faults::Fault, programs: usize, seeds: usize) -> Row {
    let mut row = Row { name: fault.name, after: Vec::new(), steps: Vec::new() };
    for seed in 1..=seeds {
        let hunt = Hunt { seed: seed as u64, programs, time: TIME, budget: BUDGET };
        let Some(caught) = hunt.search(fault).await else { break };
        row.after.push(caught.after);
        row.steps.push(caught.steps);
    }
    println!("{}: after {:?}, {:?} steps", row.name, row.after, row.steps);
    row
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn figures_are_measured_where_that_is_asked_for() {
    let Some(programs) = number("FIGURES") else { return };
    let seeds = number("SEEDS").unwrap_or(3);
    let only = std::env::var("FAULT").unwrap_or_default();
    let chosen: Vec<_> = faults::all().filter(|fault| fault.name.contains(only.as_str())).collect();
    let count = chosen.len();
    let searches = chosen.into_iter().map(|fault| look_for(fault, programs, seeds));
    let rows: Vec<Row> = stream::iter(searches).buffer_unordered(SIDE_BY_SIDE).collect().await;
    let (caught, never): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| !row.after.is_empty());
    let told = |mut all: Vec<usize>| {
        all.sort_unstable();
        (all.get(all.len() / 2).copied(), all.last().copied())
    };
    let by_all = caught.iter().filter(|row| row.after.len() == seeds).count();
    let after = told(caught.iter().flat_map(|row| row.after.clone()).collect());
    let steps = told(caught.iter().flat_map(|row| row.steps.clone()).collect());
    let mut never: Vec<&str> = never.iter().map(|row| row.name).collect();
    never.sort_unstable();
    println!("{} of {count} faults caught, {by_all} of them with each of {seeds} seeds", caught.len());
    println!("median and worst number of programs: {after:?}");
    println!("median and worst number of steps: {steps:?}");
    println!("{} never within {programs} programs: {}", never.len(), never.join(", "));
}
