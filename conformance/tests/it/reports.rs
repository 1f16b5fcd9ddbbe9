//! The reports that are rendered from a whole run, from one recorded NDJSON.

mod flags;
mod picture;
mod schema;

use roomwire_conformance::event::Event;
use roomwire_conformance::exit_code::Exit;
use roomwire_conformance::known_failures::KnownFailure;
use roomwire_conformance::report::{
    By, Json, Kind, Matrix, ReadError, Record, Reporter, diff, github_summary, read, render_badge,
};
use roomwire_conformance::snapshots::Drift;
use roomwire_conformance::verdict::Verdict;
use scraper::{Html, Selector};

use crate::report::told::{Told, failing, finished, footer, opening, twice};

/// A run with all verdicts, a case that was amended, known failures of both kinds, and drifts.
pub(crate) fn recorded() -> String {
    let mut events = failing(&["ws://127.0.0.1:8017"]);
    let last = events.pop().unwrap();
    let known = |mut told: Told, reason: Option<&str>| {
        told.case.known_failure = Some(KnownFailure { reason: reason.map(str::to_owned) });
        Event::from(told)
    };
    events.push(known(twice("rooms/known", &["ROOM-2"], false), Some("issue #12, <b>soon</b>")));
    events.push(known(finished("rooms/mended", &["ROOM-3"], Verdict::Pass), None));
    events.push(
        finished("rooms/broken", &["ROOM-4"], Verdict::Error).because("the runner itself failed").into(),
    );
    for (id, drift, diff) in [
        ("rooms/a", Drift::Changed, "--- accepted\n+++ this run\n@@ -1 +1 @@\n-  ← 100\n+  ← 101\n"),
        ("rooms/b", Drift::New, ""),
        ("rooms/gone", Drift::Obsolete, ""),
    ] {
        let (id, diff) = (id.into(), diff.into());
        events.push(Event::CaseDrifted { id, drift, diff, accepted: false });
    }
    let Event::RunFinished { counts, .. } = &last else { panic!("it is the last one") };
    let mut counts = counts.clone();
    *counts.get_mut("fail").unwrap() += 1;
    *counts.get_mut("pass").unwrap() += 1;
    counts.insert("error".into(), 1);
    events.push(Event::RunFinished {
        exit_code: 5,
        counts,
        not_run: 0,
        by_clock: 1,
        known_failures: 1,
        duration_ms: 2345,
        operations: 0,
        checking_ms: 0,
        reason: None,
        subject_output: vec!["listening <here>".into()],
    });
    ndjson(&events)
}

fn ndjson(events: &[Event]) -> String {
    let mut text = Vec::new();
    let mut reporter = Json::new(&mut text);
    for event in events {
        reporter.event(event).unwrap();
    }
    String::from_utf8(text).unwrap()
}

fn record() -> Record {
    read(&recorded()).unwrap()
}

#[test]
fn every_kind_of_report_is_as_accepted() {
    let record = record();
    for (name, kind) in [
        ("junit", Kind::Junit),
        ("tap", Kind::Tap),
        ("markdown", Kind::Markdown),
        ("github", Kind::Github),
        ("human", Kind::Human),
        ("html", Kind::Html),
    ] {
        let text = kind.render(&record);
        let plain = anstream::adapter::strip_str(&text).to_string();
        // A page has its style and its script in it, which are not what is accepted here.
        let plain =
            plain.split("</head>").last().unwrap().split("<script>").next().unwrap().replace("><", ">\n<");
        insta::assert_snapshot!(format!("kind_{name}"), plain);
    }
    insta::assert_snapshot!("badge", render_badge(&record));
}

#[test]
fn junit_is_xml_whose_numbers_agree_with_what_is_in_it() {
    let text = Kind::Junit.render(&record());
    let document = roxmltree::Document::parse(&text).unwrap();
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "testsuites");
    let number =
        |node: roxmltree::Node<'_, '_>, name: &str| node.attribute(name).unwrap().parse::<usize>().unwrap();
    let mut all = 0;
    for suite in root.children().filter(roxmltree::Node::is_element) {
        let cases: Vec<_> = suite.children().filter(|node| node.has_tag_name("testcase")).collect();
        let with = |name: &str| {
            cases.iter().filter(|case| case.children().any(|child| child.has_tag_name(name))).count()
        };
        assert_eq!(number(suite, "tests"), cases.len());
        assert_eq!(number(suite, "failures"), with("failure"));
        assert_eq!(number(suite, "errors"), with("error"));
        assert_eq!(number(suite, "skipped"), with("skipped"));
        all += cases.len();
    }
    assert_eq!((number(root, "tests"), all), (14, 14));
    // Six cases fail and one was amended to; the known failure that fails is none of them, the mended one is.
    assert_eq!((number(root, "failures"), number(root, "errors")), (8, 2));
}

/// A test point: whether it is ok, its number, its description and its directive.
struct Point {
    ok: bool,
    description: String,
    directive: Option<String>,
}

/// Reads TAP 14 as strictly as it is written.
fn parse_tap(text: &str) -> Vec<Point> {
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("TAP version 14"));
    let plan: usize = lines.next().unwrap().strip_prefix("1..").unwrap().parse().unwrap();
    let mut points: Vec<Point> = Vec::new();
    let mut in_yaml = false;
    for line in lines {
        match line {
            "  ---" if !in_yaml && !points.is_empty() => in_yaml = true,
            "  ..." if in_yaml => in_yaml = false,
            yaml if in_yaml => assert!(yaml.starts_with("  "), "{yaml}"),
            comment if comment.starts_with("# ") => {}
            point => {
                let (ok, rest) = match point.strip_prefix("not ok ") {
                    Some(rest) => (false, rest),
                    None => (true, point.strip_prefix("ok ").unwrap_or_else(|| panic!("{point:?}"))),
                };
                let (number, rest) = rest.split_once(" - ").unwrap();
                assert_eq!(number.parse(), Ok(points.len() + 1));
                let (description, directive) = match rest.split_once(" # ") {
                    Some((description, directive)) => (description, Some(directive.to_owned())),
                    None => (rest, None),
                };
                points.push(Point { ok, description: description.into(), directive });
            }
        }
    }
    assert!(!in_yaml);
    assert_eq!(points.len(), plan);
    points
}

#[test]
fn tap_is_read_back_with_a_point_a_case() {
    let points = parse_tap(&Kind::Tap.render(&record()));
    let point =
        |id: &str| points.iter().find(|point| point.description.starts_with(&format!("{id}: "))).unwrap();
    assert!(point("rooms/a").ok && point("transport/a").ok);
    assert!(
        !point("rooms/b").ok
            && !point("isolation/a").ok
            && !point("limits/b").ok
            && !point("rooms/broken").ok
    );
    assert!(point("presence/c").directive.as_deref().unwrap().starts_with("SKIP not applicable"));
    let known = point("rooms/known");
    assert!(!known.ok && known.directive.as_deref().unwrap().starts_with("TODO known failure: issue #12"));
    let mended = point("rooms/mended");
    assert!(!mended.ok && mended.directive.is_none());
    assert_eq!(points.len(), 14);
}

#[test]
fn the_page_needs_nothing_else_and_each_failure_in_it_is_a_lesson() {
    let text = Kind::Html.render(&record());
    let page = Html::parse_document(&text);
    let all = |selector: &str| -> Vec<_> { page.select(&Selector::parse(selector).unwrap()).collect() };
    assert_eq!(page.errors, Vec::<String>::new());
    assert!(all("[src], link, iframe, object, embed, base, img").is_empty());
    assert!(!text.contains("http://") && !text.contains("https://") && !text.contains("url("), "{text}");
    assert!(all("a[href]").iter().all(|link| link.value().attr("href").unwrap().starts_with('#')));
    // Everything that has a name by which others refer to it has one of its own.
    let mut ids: Vec<_> = all("[id]").iter().map(|node| node.value().id().unwrap().to_owned()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
    for labelled in all("[aria-labelledby]") {
        let id = labelled.value().attr("aria-labelledby").unwrap().to_owned();
        assert!(ids.contains(&id), "{id}");
    }
    let lessons = all("article.lesson");
    assert!(lessons.len() >= 5);
    for lesson in lessons {
        for part in ["h3", "blockquote p", "blockquote footer", ".difference dd", ".got dd", "pre code"] {
            let part = Selector::parse(part).unwrap();
            assert!(
                lesson
                    .select(&part)
                    .next()
                    .is_some_and(|part| part.text().any(|text| !text.trim().is_empty()))
            );
        }
    }
    assert!(all("article.lesson svg.picture[role=img] title").len() >= 4);
    assert!(all("svg .violation").len() >= 4);
    assert_eq!(all("ul.cases > li").len(), 14);
    assert_eq!(all("html[lang], meta[name=viewport], main, header, h1").len(), 5);
    let inputs = all("form input, form select").len();
    assert_eq!(all("form label input, form label select").len(), inputs, "each has its label");
}

#[test]
fn what_comes_from_a_stranger_is_text_in_every_report() {
    const HOSTILE: &str = "]]><script>alert(1)</script>\u{1b}[2J\n::error::x\n```\n| a | # b\u{0}";
    let mut case = twice("chat/b", &["CHAT-3"], false);
    case.case.findings[0].got = HOSTILE.into();
    case.case.findings[0].expected = HOSTILE.into();
    case.case.title = HOSTILE.into();
    let events = [
        opening(1, &[HOSTILE], &[]),
        case.into(),
        footer(Exit::Violations, [("fail", 1)]).reason(HOSTILE).into(),
    ];
    let record = read(&ndjson(&events)).unwrap();
    let page = Html::parse_document(&Kind::Html.render(&record));
    let scripts: Vec<_> = page.select(&Selector::parse("script").unwrap()).collect();
    assert_eq!(scripts.len(), 1);
    let junit = Kind::Junit.render(&record);
    roxmltree::Document::parse(&junit).unwrap();
    let github = Kind::Github.render(&record);
    assert!(github.lines().all(|line| line.starts_with("::error title=")), "{github}");
    let tap = Kind::Tap.render(&record);
    let (points, bail) = tap.split_once("Bail out! ").unwrap();
    assert_eq!(parse_tap(points).len(), 1);
    assert_eq!(bail.lines().count(), 1);
    let markdown = Kind::Markdown.render(&record);
    // The command line, which a stranger may have had a word in, stands in a block that it cannot end.
    let blocks: Vec<_> = markdown.split("\n````").collect();
    assert_eq!(blocks.len(), 3, "{markdown}");
    assert!(blocks[1].starts_with("sh\nroomwire run "), "{markdown}");
    let around = [blocks[0], blocks[2]].concat();
    assert!(!around.contains("\n::error"), "{markdown}");
    roxmltree::Document::parse(&render_badge(&record)).unwrap();
}

#[test]
fn a_report_that_is_cut_off_is_read_as_far_as_it_goes_and_says_so() {
    let text = recorded();
    let without_footer = &text[..=text.trim_end().rfind('\n').unwrap()];
    let torn = &text[..text.len() - 20];
    let before_anything = text.lines().take(3).flat_map(|line| [line, "\n"]).collect::<String>();
    for (text, exit) in
        [(without_footer, Exit::Internal), (torn, Exit::Internal), (&before_anything, Exit::Incomplete)]
    {
        let record = read(text).unwrap();
        assert!(record.is_cut_off());
        assert_eq!(record.exit(), exit);
        for kind in [Kind::Human, Kind::Junit, Kind::Tap, Kind::Html, Kind::Markdown, Kind::Github] {
            assert!(kind.render(&record).contains("cut off"), "{kind:?}");
        }
    }
    assert!(!record().is_cut_off());
}

#[test]
fn what_is_no_report_is_refused_with_its_line() {
    let text = recorded();
    let start = text.lines().next().unwrap();
    let refused = |text: &str| read(text).unwrap_err();
    assert_eq!(refused(""), ReadError::Empty);
    assert!(matches!(refused("hello\n"), ReadError::Line { line: 1, .. }));
    assert!(matches!(refused(&format!("{start}\n{{\n{start}\n")), ReadError::Line { line: 2, .. }));
    assert_eq!(refused(&format!("{start}\n{start}\n")), ReadError::Start { line: 2 });
    assert_eq!(refused(text.split_once('\n').unwrap().1), ReadError::Start { line: 1 });
    assert!(matches!(refused(&format!("{text}{}\n", text.lines().nth(1).unwrap())), ReadError::Line { .. }));
    let later = start.replace("\"reportVersion\":1", "\"reportVersion\":2");
    assert_eq!(refused(&later), ReadError::Version { schema: "roomwire-report".into(), version: 2 });
}

#[test]
fn a_difference_puts_first_what_got_worse() {
    let run = |verdicts: &[(&str, Verdict)]| {
        let mut events = vec![opening(verdicts.len(), &["ws://127.0.0.1:8017"], &[])];
        events.extend(verdicts.iter().map(|(id, verdict)| match verdict {
            Verdict::Fail => twice(id, &["ROOM-1"], false).into(),
            _ => finished(id, &["ROOM-1"], *verdict).into(),
        }));
        events.push(footer(Exit::Violations, []).into());
        read(&ndjson(&events)).unwrap()
    };
    let before = run(&[
        ("rooms/a", Verdict::Pass),
        ("rooms/b", Verdict::Fail),
        ("rooms/c", Verdict::Pass),
        ("rooms/d", Verdict::Pass),
        ("rooms/e", Verdict::Pass),
    ]);
    let after = run(&[
        ("rooms/a", Verdict::Fail),
        ("rooms/b", Verdict::Pass),
        ("rooms/c", Verdict::Pass),
        ("rooms/d", Verdict::Inconclusive),
        ("rooms/f", Verdict::Fail),
    ]);
    let change = diff(&before, &after);
    insta::assert_snapshot!("diff", change.text());
    assert_eq!(change.worse(), 2);
    assert_eq!(diff(&before, &before).worse(), 0);
    insta::assert_snapshot!("matrix", Matrix::new(&[before, after], By::Cases).markdown());
}

#[test]
fn a_matrix_says_of_a_requirement_what_was_found_against_it() {
    let other = read(&ndjson(&[
        opening(1, &["ws://127.0.0.1:9000"], &[]),
        finished("rooms/a", &["ROOM-13"], Verdict::Warn).into(),
        footer(Exit::Conforms, [("warn", 1)]).into(),
    ]));
    let matrix = Matrix::new(&[record(), other.unwrap()], By::Requirements);
    insta::assert_snapshot!("matrix_requirements", matrix.markdown());
    let page = Html::parse_document(&matrix.html());
    let cells = page.select(&Selector::parse("tbody td").unwrap()).count();
    assert_eq!(cells, 2 * (matrix.markdown().lines().count() - 2));
}

#[test]
fn a_summary_that_is_too_long_is_cut_and_says_so() {
    let long = format!("# é\n```mermaid\n{}", "é line\n".repeat(200_000));
    let cut = github_summary(&long);
    assert!(
        cut.len() <= 1 << 20 && cut.contains("\n```\n\n…the rest is too long"),
        "{}",
        &cut[cut.len() - 100..]
    );
    assert_eq!(github_summary("short"), "short");
}
