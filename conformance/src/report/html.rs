//! The report as one HTML page that needs nothing else: no network, no fonts, no script to be read.
//!
//! Script only filters. Everything that a stranger has sent is text, by the library that writes the markup; and a
//! policy in the page's head has the browser load nothing.

use std::collections::BTreeSet;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::groups::{self, Group};
use super::human;
use super::record::{Record, Shown};
use super::scene::{self, Short};
use super::text::{a_few, count, duration, place, printable};
use crate::event::CaseFinished;
use crate::exit_code::Exit;
use crate::known_failures::{Standing, standing};
use crate::picture::{self, svg};
use crate::requirements::{Level, requirement};
use crate::verdict::Verdict;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/filter.js");
/// How many findings of a case are shown: what comes behind them mostly follows from them.
const MOST_FINDINGS: usize = 2;
/// How many names of further cases are given.
const A_FEW: usize = 12;

/// Renders a run.
pub(super) fn render(record: &Record) -> String {
    let sentences = human::sentences(record);
    let first = sentences.first().map_or("", String::as_str);
    page(
        &format!("roomwire: {}", record.subject),
        &html! {
            header.top {
                p.tool { "roomwire " (record.tool_version) }
                h1 { (printable(&record.subject)) }
                p class=(format!("outcome {}", tone(record))) { (printable(first)) }
                @for sentence in sentences.iter().skip(1) { p { (printable(sentence)) } }
                (facts(record))
            }
            main {
                (wrong(record))
                (drifts(record))
                (all_cases(record))
                (output(record))
            }
        },
    )
}

/// A page around a body: for every page that this program writes.
pub(super) fn page(title: &str, body: &Markup) -> String {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta http-equiv="Content-Security-Policy" content=(policy);
                title { (title) }
                style { (PreEscaped(STYLE)) (PreEscaped(svg::STYLE)) }
            }
            body {
                (body)
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
    .into_string()
}

fn tone(record: &Record) -> &'static str {
    if record.ended_with(Exit::Conforms) {
        "good"
    } else if record.ended_with(Exit::Incomplete) {
        "wary"
    } else {
        "bad"
    }
}

fn facts(record: &Record) -> Markup {
    let footer = &record.footer;
    html! {
        ul.counts {
            @for verdict in Verdict::ALL {
                @if record.count(verdict) > 0 {
                    li { span class=(format!("word {verdict}")) { (record.count(verdict)) " " (verdict) } }
                }
            }
            @if footer.known_failures > 0 { li { span.word { (footer.known_failures) " of them known" } } }
            @if footer.not_run > 0 { li { span.word.inconclusive { (footer.not_run) " not run" } } }
        }
        p.facts {
            @if !record.profiles.is_empty() { "profiles " (record.profiles.join(", ")) " · " }
            "seed " (record.seed) " · " (duration(footer.duration_ms))
            @if footer.by_clock > 0 { " · " (footer.by_clock) " verdicts rest on a clock" }
            @if !record.url.is_empty() { " · " (printable(&record.url)) }
        }
        @if !record.invocation.selection.is_empty() {
            p.facts { "selected by " code { (printable(&record.invocation.selection.join(" "))) } }
        }
    }
}

/// What is wrong, by what broke, causes first.
fn wrong(record: &Record) -> Markup {
    let (violations, warnings) = groups::find(record);
    html! {
        @if !violations.is_empty() {
            section aria-labelledby="wrong" {
                h2 id="wrong" { "What is wrong" }
                @for (number, group) in violations.iter().enumerate() {
                    (lesson(record, group, "fail", &format!("v{number}")))
                }
            }
        }
        @if !warnings.is_empty() {
            section aria-labelledby="better" {
                h2 id="better" { "What might be better" }
                @for (number, group) in warnings.iter().enumerate() {
                    (lesson(record, group, "warn", &format!("w{number}")))
                }
            }
        }
    }
}

fn lesson(record: &Record, group: &Group<'_>, word: &str, id: &str) -> Markup {
    let shown = group.shown();
    let finding = Shown { finding: shown.finding, transcript: shown.transcript, seen_in: shown.seen_in };
    let cases = group.cases();
    let level = group.known().map_or(Level::Must, |requirement| requirement.level);
    html! {
        article.lesson {
            h3 {
                span class=(format!("word {word}")) { (word) } " "
                (printable(group.requirement)) " " small { "(" (level) ") in " (count(cases.len(), "case", "cases")) }
            }
            (sentence(group.requirement))
            p.case { b { (shown.case) } ": " (printable(shown.title)) }
            (difference(record, finding, id))
            p.label { "Repeat" }
            pre { code { (printable(&record.invocation.repeat(shown.cases()))) } }
            @if cases.len() > 1 {
                p.also { "Also in " (a_few(cases[1..].iter().copied(), A_FEW)) }
            }
            @if !group.besides.is_empty() {
                p.also {
                    "The same shows in cases about "
                    (a_few(group.besides.iter().map(|(requirement, _)| *requirement), A_FEW))
                }
            }
        }
    }
}

/// The sentence of the spec, word for word.
fn sentence(id: &str) -> Markup {
    html! {
        @match requirement(id) {
            Some(requirement) => {
                blockquote {
                    p { (requirement.text) }
                    footer { (requirement.id) ", " (place(requirement)) }
                }
            }
            None => p { "This version of roomwire does not know the sentence of " (printable(id)) "." }
        }
    }
}

/// The picture, what was expected, what there was, and the frames.
fn difference(record: &Record, shown: Shown<'_>, id: &str) -> Markup {
    let short = Short::of(shown.transcript, &record.run);
    let picture = shown.transcript.map(|transcript| picture::draw(transcript, &shown.finding.evidence));
    let picture = picture.filter(|picture| !picture.rows.is_empty());
    let scene = shown.transcript.map(|transcript| scene::tell(transcript, &shown.finding.evidence, &short));
    html! {
        dl.difference {
            div { dt { "Expected" } dd { (printable(&short.text(&shown.finding.expected))) } }
            div.got { dt { "Got" } dd { (printable(&short.text(&shown.finding.got))) } }
            @if let Some(seen_in) = shown.seen_in {
                div { dt { "Seen in" } dd { (seen_in) ", where it went astray or came late" } }
            }
        }
        @if shown.finding.by_clock { p.also { "This rests on a clock: something had not come in time." } }
        @if let Some(picture) = picture {
            figure { div.scroll { (svg::render(&picture, &format!("What happened: {}", shown.finding.expected), id)) } }
        }
        @if let Some(scene) = scene.filter(|scene| !scene.lines.is_empty()) {
            details {
                summary { "What was sent and received, in full" }
                ol.scene {
                    @for line in &scene.lines {
                        li.evidence[line.evidence] {
                            @if let Some(ms) = line.at_ms { span.time { (ms) " ms " } }
                            (printable(&line.text))
                        }
                    }
                }
                @for note in &scene.notes { p.also { (printable(note)) } }
            }
        }
    }
}

fn drifts(record: &Record) -> Markup {
    html! {
        @if !record.drifts.is_empty() {
            section aria-labelledby="drift" {
                h2 id="drift" { "What goes otherwise than the snapshots say" }
                @for drifted in &record.drifts {
                    @if drifted.diff.is_empty() {
                        p { (printable(&drifted.case)) ": " (format!("{:?}", drifted.drift).to_lowercase()) }
                    } @else {
                        details { summary { (printable(&drifted.case)) } pre { code { (printable_lines(&drifted.diff)) } } }
                    }
                }
            }
        }
    }
}

fn printable_lines(text: &str) -> String {
    text.lines().map(|line| printable(line).into_owned() + "\n").collect()
}

fn all_cases(record: &Record) -> Markup {
    let cases = record.sorted();
    let chapters: BTreeSet<&str> = cases.iter().map(|case| chapter(case)).collect();
    html! {
        section aria-labelledby="cases" {
            h2 id="cases" { "All cases" }
            form.filter hidden aria-label="Filter the cases" {
                fieldset {
                    legend { "Verdict" }
                    @for verdict in Verdict::ALL {
                        @if record.count(verdict) > 0 {
                            label { input type="checkbox" name="verdict" value=(verdict) checked; " " (verdict) }
                        }
                    }
                }
                label { "Chapter " select name="chapter" {
                    option value="" { "all" }
                    @for chapter in &chapters { option value=(chapter) { (chapter) } }
                } }
                label { "Words " input type="search" name="words" placeholder="id, title, requirement"; }
                p.shown aria-live="polite" {}
            }
            ul.cases {
                @for (number, case) in cases.iter().enumerate() { (listed(record, case, number)) }
            }
        }
    }
}

fn chapter(case: &CaseFinished) -> &str {
    case.id.split('/').next().unwrap_or_default()
}

fn listed(record: &Record, case: &CaseFinished, number: usize) -> Markup {
    let verdict = record.verdict(case);
    let findings = record.findings(case);
    let known = case.known_failure.as_ref();
    let head = html! {
        span class=(format!("word {verdict}")) { (verdict) } " "
        b { (case.id) } " " span.title { (printable(&case.title)) } " "
        span.cites { (case.level) " · " (case.requirements.join(", ")) }
        @if let Some(known) = known {
            " " span.known {
                "known failure"
                @if let Some(reason) = &known.reason { ": " (printable(reason)) }
                @if standing(verdict) == Standing::Mended { " — it passes: take it off the list" }
            }
        }
    };
    html! {
        li data-verdict=(verdict) data-chapter=(chapter(case)) {
            @if findings.is_empty() && case.reason.is_none() {
                div.head { (head) }
            } @else {
                details {
                    summary { (head) }
                    @if let Some(reason) = &case.reason { p { (printable(reason)) } }
                    @for (place, shown) in findings.iter().enumerate().take(MOST_FINDINGS) {
                        (sentence(&shown.finding.requirement))
                        (difference(record, *shown, &format!("c{number}-{place}")))
                    }
                    @if let Some(more) = findings.len().checked_sub(MOST_FINDINGS + 1) {
                        p.also { (count(more + 1, "more finding", "more findings")) " in this case" }
                    }
                    p.label { "Repeat" }
                    pre { code { (printable(&record.invocation.repeat([case.id.as_str()]))) } }
                }
            }
        }
    }
}

fn output(record: &Record) -> Markup {
    let lines = &record.footer.subject_output;
    html! {
        @if !lines.is_empty() {
            section aria-labelledby="output" {
                h2 id="output" { "The last that the subject printed" }
                pre { code { @for line in lines { (printable(line)) "\n" } } }
            }
        }
    }
}
