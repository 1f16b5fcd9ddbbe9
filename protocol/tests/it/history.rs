//! The HTTP beside the socket.

use roomwire_protocol::{
    ChatKind, Seq, Timestamp, Topic,
    code::Reason,
    history::{HistoryItem, HistoryPage, HistoryQuery, HttpAnswer, QuestionAdded, QuestionRequest},
    server::ErrorData,
};

#[test]
fn a_query_has_defaults_for_all_but_the_stream() {
    assert_eq!(HistoryQuery::from_pairs([("stream", "s1")]), Ok(HistoryQuery::new("s1")));
    assert_eq!(
        HistoryQuery::from_pairs([("stream", ""), ("type", ""), ("x", "y")]),
        Ok(HistoryQuery::new(""))
    );
    let all = [("type", "answer"), ("resultsPerPage", "1000"), ("page", "3"), ("stream", "ü 1")];
    let query = HistoryQuery::from_pairs(all).unwrap();
    assert_eq!((query.page, query.results_per_page, query.kind), (3, 1000, Some(ChatKind::Answer)));
}

#[test]
fn a_parameter_out_of_range_is_named() {
    for (name, value) in [
        ("page", "0"),
        ("page", "-1"),
        ("page", "+1"),
        ("page", "1.0"),
        ("page", ""),
        ("page", "one"),
        ("page", "99999999999999999999"),
        ("resultsPerPage", "0"),
        ("resultsPerPage", "1001"),
        ("resultsPerPage", " 1"),
        ("type", "shout"),
        ("stream", "again"),
    ] {
        let fault = HistoryQuery::from_pairs([("stream", "s1"), (name, value)]).unwrap_err();
        assert_eq!(fault.member(), name, "{fault}");
        assert!(!fault.to_string().contains("one value, found one"), "{fault}");
    }
    assert_eq!(ChatKind::Question.to_string(), "question");
    let fault = HistoryQuery::from_pairs([("page", "1")]).unwrap_err();
    assert_eq!(fault.to_string(), "stream: expected a stream's name, found nothing");
    let answer = HttpAnswer::from(fault);
    assert_eq!((answer.code, answer.data.reason.as_ref()), (422, "invalid_payload"));
}

#[test]
fn a_message_repeats_a_number_and_nothing_else() {
    let found = |value: &str| {
        let fault = HistoryQuery::from_pairs([("stream", "s1"), ("page", value)]).unwrap_err();
        fault.found().to_owned()
    };
    for number in ["0", "-17", "99999999999999999999"] {
        assert_eq!(found(number), number);
    }
    for other in ["", "1.0", "<b>", "0x1", "--------------------------------------"] {
        assert_eq!(found(other), "what is none");
    }
}

#[test]
fn a_question_needs_content_and_stream() {
    for (body, member) in [
        ("", "body"),
        ("[]", "body"),
        (r#"{"streamId":"s1"}"#, "body.content"),
        (r#"{"content":"Why?"}"#, "body.streamId"),
        (r#"{"content":"Why?","streamId":1}"#, "body.streamId"),
        (r#"{"content":"Why?","streamId":"s1","topic":""}"#, "body.topic"),
        (r#"{"content":"Why?","streamId":"s1","topic":null}"#, "body.topic"),
    ] {
        assert_eq!(QuestionRequest::parse(body).unwrap_err().member(), member, "{body}");
    }
    let question = QuestionRequest::parse(r#"{"content":"Why?","streamId":"s1","topic":"8017"}"#).unwrap();
    assert_eq!(QuestionRequest::parse(&question.to_json()), Ok(question));
}

#[test]
fn a_page_keeps_every_member_of_what_was_said() {
    let topic = Topic::parse("8017").unwrap();
    let said = r#"{"user":"u1","content":"hi","type":"message","n":123456789012345678901234567890,"topic":"mine","at":null}"#;
    let item =
        HistoryItem::new(said, topic.clone(), Seq::new(1).unwrap(), Timestamp::new(2).unwrap()).unwrap();
    assert_eq!(item.member("content").unwrap().get(), r#""hi""#);
    assert_eq!(item.member("topic"), None);
    let page = HistoryPage { items: vec![item], page: 1, results_per_page: 50, total: 1 };
    let answer = HttpAnswer::ok(page);
    let text = answer.to_json();
    assert_eq!(
        text,
        r#"{"code":200,"data":{"items":[{"content":"hi","n":123456789012345678901234567890,"type":"message","user":"u1","topic":"8017","seq":1,"at":2}],"page":1,"resultsPerPage":50,"total":1}}"#
    );
    assert_eq!(serde_json::from_str::<HttpAnswer<HistoryPage>>(&text).unwrap(), answer);
    assert!(HistoryItem::new("[]", topic, Seq::ZERO, Timestamp::ZERO).is_err());
}

#[test]
fn an_item_without_its_place_is_none() {
    for text in [
        "{}",
        r#"{"topic":"t","seq":1}"#,
        r#"{"topic":"t","seq":-1,"at":1}"#,
        r#"{"topic":"","seq":1,"at":1}"#,
    ] {
        assert!(serde_json::from_str::<HistoryItem>(text).is_err(), "{text}");
    }
}

#[test]
fn answers_carry_their_status_as_code() {
    let added = QuestionAdded { topic: Topic::parse("8017").unwrap(), seq: Seq::new(43).unwrap() };
    assert_eq!(HttpAnswer::ok(added).to_json(), r#"{"code":200,"data":{"topic":"8017","seq":43}}"#);
    let refused = HttpAnswer { code: 401, data: ErrorData::new(Reason::Unauthenticated) };
    assert_eq!(refused.to_json(), r#"{"code":401,"data":{"reason":"unauthenticated"}}"#);
}
