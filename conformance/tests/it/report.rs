//! The reports, rendered from events that are written by hand.

pub(crate) mod told;

use roomwire_conformance::event::Event;
use roomwire_conformance::exit_code::Exit;
use roomwire_conformance::report::{Human, Json, Reporter, Standing};
use roomwire_conformance::verdict::Verdict;

use told::{amended, failing, finished, footer, opening, twice};

/// The report for people, without colours.
fn human(width: Option<usize>, events: &[Event]) -> String {
    let mut text = Vec::new();
    let mut reporter = Human::new(anstream::StripStream::new(&mut text), width);
    for event in events {
        reporter.event(event).unwrap();
    }
    drop(reporter);
    String::from_utf8(text).unwrap()
}

/// The NDJSON report.
fn json(events: &[Event]) -> String {
    let mut text = Vec::new();
    let mut reporter = Json::new(&mut text);
    for event in events {
        reporter.event(event).unwrap();
    }
    String::from_utf8(text).unwrap()
}

#[test]
fn a_right_server_is_told_so_in_a_few_lines() {
    let events = [
        opening(3, &["ws://127.0.0.1:8017"], &[]),
        finished("rooms/a", &["ROOM-13"], Verdict::Pass).into(),
        finished("chat/b", &["CHAT-3"], Verdict::Pass).into(),
        finished("presence/c", &["PRES-1"], Verdict::NotApplicable).because("the 201 claims core").into(),
        footer(Exit::Conforms, [("pass", 2), ("not-applicable", 1)]).into(),
    ];
    insta::assert_snapshot!("human_pass", human(None, &events));
}

#[test]
fn failures_are_grouped_and_each_group_is_a_lesson() {
    let words = ["--profile", "core", "--token", "ann=…", "ws://127.0.0.1:8017"];
    let events = failing(&words);
    insta::assert_snapshot!("human_fail", human(None, &events));
    insta::assert_snapshot!("human_fail_at_72_columns", human(Some(72), &events));
}

#[test]
fn what_comes_from_a_stranger_does_nothing_to_a_terminal() {
    let mut case = twice("chat/b", &["CHAT-3"], false);
    case.case.findings[0].got = "\u{1b}[2J\u{202e}gone".into();
    let events = [
        opening(1, &["ws://127.0.0.1:8017"], &[]),
        case.into(),
        footer(Exit::Unreachable, [("fail", 1)])
            .reason("it went \u{7}away")
            .output(&["\u{1b}]0;title\u{7}"])
            .into(),
    ];
    let text = human(None, &events);
    assert!(text.contains(r"got       \u{1b}[2J\u{202e}gone"), "{text}");
    assert!(text.contains(r"it went \u{7}away") && text.contains(r"| \u{1b}]0;title\u{7}"), "{text}");
    let acts = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!text.contains(acts), "{text:?}");
}

#[test]
fn an_unreachable_server_is_told_with_what_to_do_next() {
    let events = [
        opening(84, &["ws://127.0.0.1:8017"], &[]),
        footer(Exit::Unreachable, []).not_run(84).reason("could not connect: Connection refused").into(),
    ];
    insta::assert_snapshot!("human_unreachable", human(None, &events));
}

#[test]
fn a_command_that_ends_is_told_with_its_last_words() {
    let lines: Vec<_> = (1..=30).map(|number| format!("line {number}")).collect();
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let reason = "the command ended (exit status: 1) before it listened on its port";
    let events = [
        opening(84, &["--", "node", "my server.js", "{port}"], &[]),
        footer(Exit::Unreachable, []).not_run(84).reason(reason).output(&lines).into(),
    ];
    let text = human(None, &events);
    assert!(text.contains("  | line 30\n") && !text.contains("line 10\n"), "{text}");
    insta::assert_snapshot!("human_command_ended", text);
}

#[test]
fn a_server_that_goes_away_is_told_with_what_was_broken_until_then() {
    let events = [
        opening(3, &["--", "node", "server.js"], &[]),
        twice("chat/b", &["CHAT-3"], false).into(),
        footer(Exit::Unreachable, [("fail", 1)])
            .not_run(2)
            .reason("the subject went away: the command died 21 times, and is not started again")
            .output(&["Error: EADDRINUSE"])
            .into(),
    ];
    let text = human(None, &events);
    insta::assert_snapshot!("human_went_away", text.split("repeat").last().unwrap());
}

#[test]
fn an_incomplete_run_says_what_is_open() {
    let waits = "it waits for a declared limit of 60 s, and --patience is 30 s";
    let events = [
        opening(9, &["ws://127.0.0.1:8017"], &["--case", "limits/*", "--case", "rooms/a"]),
        finished("rooms/a", &["ROOM-13"], Verdict::Pass).into(),
        finished("limits/b", &["LIMIT-1"], Verdict::Inconclusive).because(waits).into(),
        finished("limits/a", &["LIMIT-2"], Verdict::Inconclusive).because(waits).into(),
        finished("limits/c", &["LIMIT-2"], Verdict::Error).because("the runner itself failed").into(),
        footer(Exit::Incomplete, [("pass", 1), ("inconclusive", 2), ("error", 1)]).into(),
    ];
    insta::assert_snapshot!("human_incomplete", human(None, &events));
}

#[test]
fn an_interrupted_run_ends_with_what_is_known_so_far() {
    let mut events = vec![
        opening(84, &[], &[]),
        Event::CaseStarted { id: "rooms/a".into() },
        Event::CaseStarted { id: "chat/b".into() },
        finished("rooms/a", &["ROOM-13"], Verdict::Pass).into(),
    ];
    let mut standing = Standing::default();
    for event in &events {
        standing.event(event);
    }
    assert_eq!(standing.under_way, ["chat/b"]);
    let exit = standing.exit(false);
    assert_eq!(exit, Exit::Incomplete);
    events.push(standing.footer(exit, "the run was interrupted", std::time::Duration::from_millis(1234)));
    insta::assert_snapshot!("human_interrupted", human(None, &events));
    insta::assert_snapshot!("json_interrupted", json(&events[4..]));
}

#[test]
fn what_was_found_before_an_interruption_decides_the_exit_code() {
    let standing = |verdicts: &[Verdict]| {
        let mut standing = Standing::default();
        standing.event(&opening(9, &[], &[]));
        for (number, verdict) in verdicts.iter().enumerate() {
            standing.event(&finished(&format!("rooms/{number}"), &["ROOM-13"], *verdict).into());
        }
        standing
    };
    let found = standing(&[Verdict::Pass, Verdict::Warn, Verdict::Inconclusive]);
    assert_eq!((found.exit(false), found.exit(true)), (Exit::Incomplete, Exit::Violations));
    assert_eq!(standing(&[Verdict::Fail, Verdict::Pass]).exit(false), Exit::Violations);
    assert_eq!(standing(&[Verdict::Fail, Verdict::Error]).exit(false), Exit::Internal);
    let mut later = standing(&[Verdict::Pass]);
    later.event(&amended("rooms/0", "rooms/7"));
    assert_eq!(later.exit(false), Exit::Violations);
}

#[test]
fn strictness_and_warnings_are_told_apart_from_failures() {
    let warning = || twice("transport/a", &["WS-13"], false).warning("WS-13");
    let events = |exit| {
        [
            opening(1, &["--strict", "ws://127.0.0.1:8017"], &[]),
            warning().into(),
            footer(exit, [("warn", 1)]).into(),
        ]
    };
    let last = |text: String| text.trim_end().lines().last().unwrap().to_owned();
    let lax = human(None, &events(Exit::Conforms));
    assert!(lax.contains("WARN  WS-13 (SHOULD) not followed in 1 case") && !lax.contains("FAIL"), "{lax}");
    assert_eq!(last(lax), "conforms: nothing is wrong in 1 case; 1 recommendation is not followed");
    let strict = "does not conform, by --strict: 1 recommendation not followed in 1 case";
    assert_eq!(last(human(None, &events(Exit::Violations))), strict);
}

#[test]
fn of_many_findings_the_causes_are_told_in_full_and_the_rest_as_far_as_there_is_room() {
    let ids = ["ROOM-1", "ROOM-2", "ROOM-3", "ROOM-4", "ROOM-5", "ROOM-6", "ROOM-7", "ROOM-8", "ROOM-9"];
    let more = ["CHAT-1", "CHAT-2", "CHAT-4", "CHAT-5", "CHAT-6", "CHAT-7", "CHAT-8", "CHAT-9", "CHAT-10"];
    let yet = ["ERR-1", "ERR-2", "ERR-3", "ERR-4", "ERR-5", "ERR-6", "ERR-7", "ERR-8", "ERR-9", "ERR-10"];
    let all: Vec<_> = ids.into_iter().chain(more).chain(yet).collect();
    let mut events = vec![opening(all.len(), &["ws://127.0.0.1:8017"], &[])];
    for id in &all {
        events.push(twice(&format!("rooms/{id}"), &[id], false).against(id).into());
    }
    events.push(footer(Exit::Violations, [("fail", all.len())]).into());
    let text = human(None, &events);
    assert_eq!(text.matches("what happened").count(), 12);
    assert_eq!(text.matches("  expected  ").count(), 24);
    assert_eq!(text.lines().filter(|line| line.starts_with("FAIL  ")).count(), all.len());
    assert!(text.contains("\n16 more findings, which may follow from those above\n"), "{text}");
    assert!(text.contains("does not conform: 28 requirements broken in 28 cases"), "{text}");
}

#[test]
fn the_lines_that_others_rely_on_are_as_they_were() {
    let text = json(&failing(&["ws://127.0.0.1:8017"]));
    let lines: Vec<_> = text.lines().collect();
    // The transcript of a case is long, and its form is a matter of its own.
    let short = |line: &&str| line.split(r#","transcript":"#).next().unwrap_or_default().to_owned();
    insta::assert_snapshot!("json_lines", lines.iter().map(short).collect::<Vec<_>>().join("\n"));
    let read: Vec<Event> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(matches!(read.first(), Some(Event::RunStarted { report_version: 1, .. })));
    assert!(matches!(read.last(), Some(Event::RunFinished { exit_code: 1, .. })));
    // What is read back says the same as what was written.
    assert_eq!(json(&read), text);
    assert_eq!(human(None, &read), human(None, &failing(&["ws://127.0.0.1:8017"])));
}
