//! `roomwire validate` and `roomwire schema`, by the program itself.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use roomwire_conformance::validate::LONGEST_LINE;
use serde_json::Value;

const HEARTBEAT: &str = r#"{"token":"hunter2","type":1,"payLoad":""}"#;
const ACK: &str = r#"{"type":1,"code":100,"data":""}"#;

/// What came of a call that was given this on stdin: exit code, stdout, stderr.
fn call(words: &[&str], input: &[u8]) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_roomwire"))
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // A program that does not read its input, since it needs none, closes it.
    let _ = stdin.write_all(input);
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[track_caller]
fn check(words: &[&str], input: &[u8], code: i32, wanted: &[&str]) {
    let (found, out, err) = call(words, input);
    assert_eq!(out.lines().collect::<Vec<_>>(), wanted, "{err}");
    assert_eq!((found, err.as_str()), (code, ""));
}

#[test]
fn frames_of_both_sides_are_recognised_and_valid_ones_end_with_0() {
    let captured = r#"{"direction":"server","frame":"{\"type\":1,\"code\":100,\"data\":\"\"}","at":5}"#;
    let input = format!("{HEARTBEAT}\n{ACK}\r\n{captured}");
    check(&["validate"], input.as_bytes(), 0, &["3 frames, all valid"]);
    check(&["validate", "-"], HEARTBEAT.as_bytes(), 0, &["1 frame, all valid"]);
}

#[test]
fn what_is_wrong_is_told_by_line_layer_place_and_requirement_and_ends_with_1() {
    let input = [
        ACK,
        r#"{"type":6,"code":204,"data":"{\"topic\":\"\"}"}"#,
        r#"{"token":"hunter2","type":3,"payLoad":"{\"topic\":\"8017\",\"since\":{\"epoch\":\"e\",\"seq\":-1}}"}"#,
        r#"{"direction":"http","schema":"question-request","frame":"{}"}"#,
    ];
    check(
        &["validate"],
        input.join("\n").as_bytes(),
        1,
        &[
            "line 2: server, data: data > /topic: the value is shorter than 1 character [ROOM-16]",
            "line 3: client, payload: payLoad > /since/seq: the value is less than the minimum of 0 [RES-8]",
            "line 4: question-request, body: (root): the member content is missing [HIST-25]",
            "line 4: question-request, body: (root): the member streamId is missing [HIST-25]",
            "4 frames, 3 of them invalid",
        ],
    );
}

#[test]
fn a_line_that_cannot_be_read_is_told_and_the_rest_is_checked() {
    let mut input = b"\n\xff\nhello\n5\n{\"direction\":\"up\",\"frame\":\"\"}\n".to_vec();
    input.extend(std::iter::repeat_n(b'x', LONGEST_LINE + 1));
    input.extend(format!("\n{HEARTBEAT}\n").as_bytes());
    let unknown = "it does not show whether a client or a server sends this: say it by --direction, or in the line, \
                   as in {\"direction\":\"client\",\"frame\":\"…\"}";
    check(
        &["validate"],
        &input,
        1,
        &[
            "line 1: the line is empty, and an empty message is no frame [ERR-8, ENV-8]",
            "line 2: byte 1 is not UTF-8, so this is no text message [WS-10]",
            "line 3: not JSON: expected value at line 1 column 1 [ERR-8, ENV-8]",
            &format!("line 4: {unknown}"),
            "line 5: the direction must be client, server or http",
            "line 6: the line is longer than 16777216 bytes, and was not read",
            "7 frames, 6 of them invalid",
        ],
    );
}

#[test]
fn a_direction_or_a_schema_that_is_given_holds_for_lines_that_do_not_say_it() {
    let captured = format!(r#"{{"direction":"client","frame":{}}}"#, Value::from(HEARTBEAT));
    let input = format!("{captured}\n[]\n");
    let wrong = "line 2: server, envelope: (root): must be of type object [ENV-8]";
    check(
        &["validate", "--direction", "server"],
        input.as_bytes(),
        1,
        &[wrong, "2 frames, 1 of them invalid"],
    );
    check(&["validate", "--schema", "left-data"], br#"{"topic":"8017"}"#, 0, &["1 frame, all valid"]);
}

#[test]
fn what_cannot_be_meant_ends_with_2() {
    for (words, why) in [
        (&["validate"][..], "stdin: there is nothing in it, so nothing was checked"),
        (&["validate", "/nowhere"], "/nowhere: No such file"),
        (&["validate", "/"], "/: Is a directory"),
        (&["validate", "--direction", "up"], "possible values: client, server"),
        (&["validate", "--schema", "joind-data"], "did you mean joined-data"),
        (&["validate", "--schema", "left-data", "--direction", "client"], "cannot be used with"),
        (&["schema", "client-fram"], "did you mean client-frame"),
        (&["schema", "left-data", "--draft", "4"], "possible values: 2020-12, 7"),
    ] {
        let (code, out, err) = call(words, b"");
        assert_eq!((code, out.as_str()), (2, ""), "{words:?}: {err}");
        assert!(err.contains(why), "{words:?}: {err}");
    }
}

#[test]
fn schemas_are_listed_and_printed_as_they_are_published() {
    let (code, list, _) = call(&["schema"], b"");
    let (schemas, of_the_report) = list.split_once("\n\n").unwrap();
    assert_eq!((code, schemas.lines().count()), (0, 25));
    assert!(of_the_report.starts_with("report "), "{of_the_report}");
    for line in schemas.lines() {
        let name = line.split_whitespace().next().unwrap();
        let published = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas/v1");
        for (words, path) in [
            (vec!["schema", name], format!("{name}.schema.json")),
            (vec!["schema", name, "--draft", "7"], format!("draft-07/{name}.schema.json")),
        ] {
            let (code, printed, _) = call(&words, b"");
            assert_eq!(code, 0, "{name}");
            assert_eq!(printed, std::fs::read_to_string(published.join(path)).unwrap());
        }
    }
    let (code, by_file, _) = call(&["schema", "left-data.schema.json"], b"");
    assert_eq!((code, by_file.contains("urn:roomwire:v1:left-data")), (0, true));
}

#[test]
fn a_token_is_never_repeated() {
    let input = r#"{"token":["hunter2"],"type":"hunter2","payLoad":{"hunter2":1}}"#;
    let (code, out, err) = call(&["validate"], format!("{input}\n\"hunter2\n").as_bytes());
    assert_eq!(code, 1);
    assert!(!out.contains("hunter2") && !err.contains("hunter2"), "{out}{err}");
}
