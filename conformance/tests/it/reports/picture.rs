//! Pictures of a violation, in all three forms.

use roomwire_conformance::picture::text::{Charset, ascii, render};
use roomwire_conformance::picture::{Picture, Row, Shape, Weight, draw, mermaid, svg};

use crate::report::told::twice;

fn lines(picture: &Picture, width: usize, charset: Charset) -> String {
    let lines = render(picture, width, charset).unwrap_or_default();
    lines.into_iter().map(|line| line.text + "\n").collect()
}

fn of_twice() -> Picture {
    let case = twice("chat/b", &["CHAT-3"], false).case;
    draw(&case.transcript.unwrap(), &case.findings[0].evidence)
}

#[test]
fn a_picture_has_what_the_evidence_names_and_marks_the_last_of_it() {
    let picture = of_twice();
    assert_eq!(picture.clients, ["ann", "ben"]);
    let weights: Vec<_> = picture.rows.iter().map(|row| (row.shape, row.weight)).collect();
    let expected = [
        (Shape::Up(0), Weight::Evidence),
        (Shape::Down(1), Weight::Evidence),
        (Shape::Down(1), Weight::Violation),
    ];
    assert_eq!(weights, expected);
    insta::assert_snapshot!("picture_unicode", lines(&picture, 100, Charset::Unicode));
    insta::assert_snapshot!("picture_ascii", lines(&picture, 60, Charset::Ascii));
    insta::assert_snapshot!("picture_mermaid", mermaid::render(&picture));
}

/// One row of each shape.
fn of_all_shapes() -> Picture {
    let row = |shape, label: &str, weight| Row { at_ms: Some(7), shape, label: label.into(), weight };
    Picture {
        clients: vec!["ann".into(), "ben".into(), "client 12".into()],
        rows: vec![
            row(Shape::Up(0), "join", Weight::Context),
            row(Shape::Down(2), "201 joined, seq 0", Weight::Context),
            row(Shape::Point(1), "stops reading", Weight::Evidence),
            row(Shape::Across, "all that has settled", Weight::Context),
            Row { at_ms: None, shape: Shape::Gap, label: "9 more".into(), weight: Weight::Context },
            row(Shape::Lost(1), "the ack of a heartbeat does not come within 3000 ms", Weight::Violation),
        ],
    }
}

#[test]
fn every_shape_is_drawn_within_the_width_that_there_is() {
    let picture = of_all_shapes();
    for (width, charset) in
        [(120, Charset::Unicode), (80, Charset::Unicode), (62, Charset::Ascii), (57, Charset::Ascii)]
    {
        let text = lines(&picture, width, charset);
        assert_eq!(text.lines().count(), 7, "{width}");
        for line in text.lines() {
            assert!(line.chars().count() <= width, "{width}: {line}");
            assert!(charset == Charset::Unicode || line.is_ascii(), "{line}");
        }
    }
    insta::assert_snapshot!("picture_shapes", lines(&picture, 80, Charset::Unicode));
    insta::assert_snapshot!("picture_shapes_mermaid", mermaid::render(&picture));
    assert_eq!(render(&picture, 50, Charset::Unicode), None, "it is too narrow");
}

#[test]
fn an_svg_is_well_formed_and_told_in_words_too() {
    let text = svg::render(&of_all_shapes(), "What <happened>", "p1").into_string();
    let document = roxmltree::Document::parse(&text).unwrap();
    let named =
        |name: &str| document.descendants().filter(|node| node.has_tag_name(name)).collect::<Vec<_>>();
    assert_eq!(named("title")[0].text(), Some("What <happened>"));
    assert!(named("desc")[0].text().unwrap().ends_with("does not come within 3000 ms (the violation)"));
    let violations = named("g").into_iter().filter(|node| node.attribute("class") == Some("violation"));
    assert_eq!(violations.count(), 1);
    // Nothing stands outside of the picture.
    let size: Vec<f64> = document
        .root_element()
        .attribute("viewBox")
        .unwrap()
        .split(' ')
        .map(|n| n.parse().unwrap())
        .collect();
    for text in named("text") {
        let x: f64 = text.attribute("x").unwrap().parse().unwrap();
        let y: f64 = text.attribute("y").unwrap().parse().unwrap();
        assert!(x <= size[2] && y <= size[3]);
    }
}

#[test]
fn labels_mean_nothing_to_mermaid_and_reports_can_be_said_in_ascii() {
    let mut picture = of_all_shapes();
    picture.rows[0].label = "a;b: \"c\" #d\nend %% <e>".into();
    let text = mermaid::render(&picture);
    assert!(text.contains("a#59;b#58; #34;c#34; #35;d end #37;#37; #60;e#62;"), "{text}");
    assert_eq!(ascii("“é” → ok…\n"), "\"\\u{e9}\" -> ok...\n");
}
