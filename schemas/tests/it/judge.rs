//! What the judge says is of use: which layer, where in it, what, and by which requirement. It quotes nobody.

use roomwire_schemas::{Fault, Judge};

#[track_caller]
fn faults(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn check_client(frame: &str, wanted: &[&str]) {
    assert_eq!(faults(&Judge::new().client(frame).faults), wanted, "{frame}");
}

#[track_caller]
fn check_server(frame: &str, wanted: &[&str]) {
    assert_eq!(faults(&Judge::new().server(frame).faults), wanted, "{frame}");
}

#[test]
fn a_fault_of_an_envelope_is_told_of_the_variant_that_was_meant() {
    check_client(r#"{"token":"t","type":3}"#, &["(root): the member payLoad is missing [ERR-8]"]);
    check_client(r#"{"type":3,"payLoad":"{}"}"#, &["(root): the member token is missing [ERR-8, ERR-9]"]);
    check_client(
        r#"{"token":5,"type":1,"payLoad":"","id":""}"#,
        &[
            "/id: the value is shorter than 1 character [ENV-2, ERR-8]",
            "/token: must be of type string [ERR-8, ERR-9]",
        ],
    );
    check_client(
        r#"{"token":"t","type":9,"payLoad":""}"#,
        &["/type: is none of those that this version knows [ERR-8, ERR-11]"],
    );
    check_client("[]", &["(root): must be of type object [ERR-8]"]);
    check_client("{", &["(root): not JSON: EOF while parsing an object at line 1 column 1 [ERR-8, ERR-11]"]);
}

#[test]
fn a_fault_further_inside_says_the_way_to_it() {
    check_client(
        r#"{"token":"t","type":3,"payLoad":"{\"topic\":\"a\\n\",\"since\":{\"seq\":-1}}"}"#,
        &[
            "payLoad > /since: the member epoch is missing [RES-8]",
            "payLoad > /since/seq: the value is less than the minimum of 0 [RES-8]",
            "payLoad > /topic: contains a control character [ROOM-1, ROOM-3]",
        ],
    );
    check_client(
        r#"{"token":"t","type":6,"payLoad":""}"#,
        &["payLoad > (root): an empty text is no JSON [ERR-12]"],
    );
    check_client(
        r#"{"token":"t","type":2,"payLoad":"{\"topic\":\"8017\",\"chatInfo\":\"{\\\"user\\\":\\\"u\\\",\\\"content\\\":\\\"{}\\\",\\\"type\\\":\\\"answer\\\"}\"}"}"#,
        &[
            "payLoad > chatInfo > content > (root): the member answer is missing [CHAT-12]",
            "payLoad > chatInfo > content > (root): the member question is missing [CHAT-12]",
        ],
    );
    check_server(
        r#"{"type":3,"code":201,"data":"{\"topic\":\"8017\",\"user\":\"u\",\"epoch\":\"e\",\"seq\":0,\"version\":1,\"profiles\":[\"core\"],\"recovered\":true,\"limits\":{\"heartbeatTimeoutMs\":1,\"authTimeoutMs\":0,\"maxMessageBytes\":1,\"maxTopics\":1}}"}"#,
        &[
            "data > /limits: the member maxQueueBytes is missing [ROOM-7]",
            "data > /limits/authTimeoutMs: the value is less than the minimum of 1 [ROOM-7]",
            "data > /recovered: this member must not be here [ROOM-14]",
        ],
    );
    check_server(
        r#"{"type":4,"code":203,"data":"{\"data\":1}","id":"a"}"#,
        &["/id: this member must not be here [ENV-8, ENV-13]"],
    );
    check_server(r#"{"type":1,"code":100,"data":"{}"}"#, &[r#"/data: "" was expected [BEAT-1]"#]);
    check_server(
        r#"{"type":5,"code":203,"data":"{}"}"#,
        &["(root): is none of those that this version knows [ENV-8, ENV-11]"],
    );
    check_server(
        r#"{"type":2,"code":422,"data":"{\"reason\":\"bad_mood\"}"}"#,
        &["data > /reason: is none of those that this version knows [ERR-5]"],
    );
    check_server(
        r#"{"type":2,"code":429,"data":"{\"reason\":\"rate_limited\"}"}"#,
        &["data > (root): the member retryAfterMs is missing [ERR-14]"],
    );
    check_server(
        r#"{"type":5,"code":206,"data":"{\"topic\":\"t\",\"count\":0,\"left\":[]}"}"#,
        &["data > /left: the value has less than 1 item [PRES-14]"],
    );
}

#[test]
fn no_token_and_nothing_else_that_was_sent_is_repeated() {
    let secret = "hunter2";
    for frame in [
        format!(r#"{{"token":["{secret}"],"type":1,"payLoad":""}}"#),
        format!(r#"{{"token":"{}","type":1,"payLoad":""}}"#, secret.repeat(1000)),
        format!(r#"{{"token":"t","type":"{secret}","payLoad":{{"{secret}":1}}}}"#),
        format!(r#"{{"token":"t","type":2,"payLoad":"{{\"topic\":\"{secret}\\n\",\"chatInfo\":5}}"}}"#),
        format!("\"{secret}"),
    ] {
        let judgement = Judge::new().client(&frame);
        assert!(!judgement.is_valid());
        let told = format!("{judgement:?}{:?}", faults(&judgement.faults));
        assert!(!told.contains(secret), "{told}");
    }
}

#[test]
fn json_that_is_too_deep_for_this_program_is_told_as_such() {
    let deep = format!(r#"{{"token":"t","type":1,"payLoad":"","x":{}{}}}"#, "[".repeat(500), "]".repeat(500));
    let told = faults(&Judge::new().client(&deep).faults);
    assert!(told[0].contains("32 levels are what every server reads"), "{told:?}");
}

#[test]
fn a_schema_that_there_is_not_judges_nothing() {
    assert_eq!(Judge::new().document("no-such-schema", "{}"), None);
    assert!(Judge::new().document("left-data", r#"{"topic":"8017"}"#).unwrap().is_valid());
}
