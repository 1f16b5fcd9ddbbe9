//! Every refusal, and which of several comes first.

use roomwire_server::Server;
use serde_json::{Value, json};

use crate::client::{Client, core, data, server};

const OTHERS: &str = r#"{"user":"other","content":"x","type":"message"}"#;

/// The one error that answers a text: its code, its reason, its type and the rest of it.
async fn refusal(client: &mut Client, text: impl Into<String>) -> (i64, String, i64, Value) {
    let text = text.into();
    let answers = client.answers(text.clone()).await;
    assert_eq!(answers.len(), 1, "one answer to {text}: {answers:?}");
    let frame = answers[0].clone();
    let reason = data(&frame)["reason"].as_str().unwrap().to_owned();
    (frame["code"].as_i64().unwrap(), reason, frame["type"].as_i64().unwrap(), frame)
}

#[track_caller]
fn is(found: &(i64, String, i64, Value), code: i64, reason: &str) {
    assert_eq!((found.0, found.1.as_str()), (code, reason), "{}", found.3);
}

#[tokio::test]
async fn a_frame_that_is_no_envelope_is_malformed() {
    let server = server().await;
    let mut client = Client::connect(&server, "u").await;
    let id65 = "x".repeat(65);
    for (text, number) in [
        (String::new(), 0),
        ("nonsense".into(), 0),
        ("[]".into(), 0),
        ("3".into(), 0),
        ("null".into(), 0),
        (r#"{"token":"u","type":1,"payLoad":""} {}"#.into(), 0),
        (r#"{"type":1,"payLoad":""}"#.into(), 1),
        (r#"{"token":"u","payLoad":""}"#.into(), 0),
        (r#"{"token":"u","type":1}"#.into(), 1),
        (r#"{"token":null,"type":77,"payLoad":""}"#.into(), 77),
        (r#"{"token":"u","type":"1","payLoad":""}"#.into(), 0),
        (r#"{"token":"u","type":3.5,"payLoad":""}"#.into(), 0),
        (r#"{"token":"u","type":1,"payLoad":{}}"#.into(), 1),
        (r#"{"token":"u","type":1,"payLoad":"","id":""}"#.into(), 1),
        (r#"{"token":"u","type":1,"payLoad":"","id":null}"#.into(), 1),
        (format!(r#"{{"token":"u","type":1,"payLoad":"","id":"{id65}"}}"#), 1),
    ] {
        let found = refusal(&mut client, text.clone()).await;
        is(&found, 400, "malformed_envelope");
        assert_eq!(found.2, number, "the type of {text}");
        assert_eq!(found.3.get("id"), None);
    }
    let found = refusal(&mut client, r#"{"type":1,"payLoad":"","id":"a"}"#).await;
    assert_eq!(found.3["id"], "a", "a valid id is carried also where the rest is malformed");
}

#[tokio::test]
async fn a_token_that_is_no_user_is_unknown() {
    let server = server().await;
    let mut client = Client::connect(&server, "u").await;
    for token in [String::new(), "x".repeat(129), "x".repeat(4097), "a\u{7f}b".into(), "a\nb".into()] {
        let frame = json!({ "token": token, "type": 1, "payLoad": "" }).to_string();
        is(&refusal(&mut client, frame).await, 401, "unauthenticated");
    }
    let mut longest = Client::connect(&server, &"🙂".repeat(128)).await;
    assert!(longest.fence().await.is_empty());
}

#[tokio::test]
async fn the_first_accepted_frame_settles_the_user_and_a_refused_one_settles_nothing() {
    let server = server().await;
    let mut client = Client::connect(&server, "ann").await;
    // Refused with the token of bob: for an unknown type, and for a payLoad.
    client.text(json!({ "token": "bob", "type": 99, "payLoad": "" }).to_string()).await;
    assert_eq!(client.next().await["code"], 501);
    client.text(json!({ "token": "bob", "type": 3, "payLoad": "" }).to_string()).await;
    assert_eq!(client.next().await["code"], 422);
    // Accepted with that of ann: from here on bob is somebody else.
    assert!(client.fence().await.is_empty());
    let frame = json!({ "token": "bob", "type": 3, "payLoad": r#"{"topic":"t"}"# }).to_string();
    is(&refusal(&mut client, frame).await, 403, "wrong_user");
    assert_eq!(data(&client.join("t").await)["user"], "ann");
}

#[tokio::test]
async fn unknown_types_and_those_of_other_profiles_are_answered_501() {
    let server = server().await;
    let mut client = Client::in_topic(&server, "u", "t").await;
    for number in [0, -1, 4, 5, 7, 100, i64::MAX] {
        let found = refusal(
            &mut client,
            json!({ "token": "u", "type": number, "payLoad": r#"{"topic":"t"}"# }).to_string(),
        )
        .await;
        is(&found, 501, "unknown_type");
        assert_eq!(found.2, number);
    }
}

#[tokio::test]
async fn a_payload_that_is_not_what_its_type_asks_for_is_invalid() {
    let server = server().await;
    let mut client = Client::in_topic(&server, "u", "t").await;
    let (name65, url513, topic129) = ("x".repeat(65), "x".repeat(513), "x".repeat(129));
    let chat = |info: Value| json!({ "topic": "t", "chatInfo": info.to_string() }).to_string();
    let cases: Vec<(i64, String)> = vec![
        (3, String::new()),
        (3, "nonsense".into()),
        (3, "[]".into()),
        (3, "{}".into()),
        (6, json!({ "topic": "" }).to_string()),
        (3, json!({ "topic": null }).to_string()),
        (3, json!({ "topic": 8017 }).to_string()),
        (3, json!({ "topic": topic129 }).to_string()),
        (3, json!({ "topic": "a\u{85}b" }).to_string()),
        (3, json!({ "topic": "t", "displayName": name65 }).to_string()),
        (3, json!({ "topic": "t", "displayName": null }).to_string()),
        (3, json!({ "topic": "t", "avatarurl": url513 }).to_string()),
        (2, json!({ "topic": "t" }).to_string()),
        (2, json!({ "topic": "t", "chatInfo": {} }).to_string()),
        (2, json!({ "topic": "t", "chatInfo": "" }).to_string()),
        (2, chat(json!([]))),
        (2, chat(json!({ "content": "x", "type": "message" }))),
        (2, chat(json!({ "user": "u", "type": "message" }))),
        (2, chat(json!({ "user": "u", "content": "x" }))),
        (2, chat(json!({ "user": "", "content": "x", "type": "message" }))),
        (2, chat(json!({ "user": "u", "content": "x", "type": "shout" }))),
        (2, chat(json!({ "user": "u", "content": "x", "type": "message", "stream": null }))),
        (2, chat(json!({ "user": "u", "content": "x", "type": "question" }))),
        (2, chat(json!({ "user": "u", "content": r#"{"content":1}"#, "type": "question" }))),
        (2, chat(json!({ "user": "u", "content": r#"{"question":"q"}"#, "type": "answer" }))),
    ];
    for (number, payload) in cases {
        let frame = json!({ "token": "u", "type": number, "payLoad": payload, "id": "i" }).to_string();
        let found = refusal(&mut client, frame).await;
        is(&found, 422, "invalid_payload");
        assert_eq!((found.2, &found.3["id"]), (number, &json!("i")));
    }
    // The named topic is on the error where there is one, and only then.
    let named = json!({ "topic": "t", "chatInfo": 1 }).to_string();
    let found = refusal(&mut client, json!({ "token": "u", "type": 2, "payLoad": named }).to_string()).await;
    assert_eq!(found.3["topic"], "t");
    let unnamed = json!({ "topic": 1, "chatInfo": 1 }).to_string();
    let found =
        refusal(&mut client, json!({ "token": "u", "type": 2, "payLoad": unnamed }).to_string()).await;
    assert_eq!(found.3.get("topic"), None);
}

#[tokio::test]
async fn what_is_left_open_to_a_client_is_accepted() {
    let server = server().await;
    let mut client = Client::in_topic(&server, "u", "t").await;
    // Any payLoad of a heartbeat; unknown members anywhere; `since` of whatever kind, without profile resume.
    for frame in [
        json!({ "token": "u", "type": 1, "payLoad": "{", "x": null }),
        json!({ "token": "u", "type": 1, "payLoad": "\u{0}" }),
        json!({ "token": "u", "type": 3, "payLoad": r#"{"x":1,"since":"yesterday","topic":"t"}"# }),
    ] {
        let answers = client.answers(frame.to_string()).await;
        assert!(answers[0]["code"].as_i64().unwrap() < 300, "{frame}: {answers:?}");
        assert_eq!(answers.len(), 1);
    }
    let joined = client.join("t").await;
    assert_eq!(data(&joined).get("recovered"), None);
    // White space and order.
    client.text("\n{ \"payLoad\" : \"\" ,\t\"type\":1, \"token\" : \"\\u0075\" }\r\n").await;
    assert_eq!(client.next().await["code"], 100);
}

#[tokio::test]
async fn past_max_topics_a_further_join_is_refused() {
    let mut config = core();
    config.limits.max_topics = 2;
    let server = Server::bind(config).await.unwrap();
    let mut client = Client::in_topic(&server, "u", "a").await;
    assert_eq!(client.join("b").await["code"], 201);
    let further = client.frame(3, &json!({ "topic": "c" }));
    let found = refusal(&mut client, further).await;
    is(&found, 403, "too_many_topics");
    assert_eq!(found.3["topic"], "c");
    assert_eq!(client.join("a").await["code"], 201, "this is no further topic");
    client.ask(6, json!({ "topic": "a" })).await;
    assert_eq!(client.next().await["code"], 204);
    assert_eq!(client.join("c").await["code"], 201, "what was left counts no more");
}

#[tokio::test]
async fn of_several_faults_the_first_in_the_order_is_answered() {
    let mut config = core();
    config.limits.max_topics = 1;
    let server = Server::bind(config).await.unwrap();
    let mut client = Client::in_topic(&server, "u", "t").await;
    let chat = |topic: &str, info: &str| json!({ "topic": topic, "chatInfo": info }).to_string();
    let frame = |token: &str, number: i64, payload: &str| {
        json!({ "token": token, "type": number, "payLoad": payload }).to_string()
    };
    // Each line has the fault of its reason and all those of the lines below it, as far as they go together.
    let malformed = json!({ "token": "", "type": 99, "payLoad": 1 }).to_string();
    is(&refusal(&mut client, malformed).await, 400, "malformed_envelope");
    is(&refusal(&mut client, frame("", 99, "")).await, 401, "unauthenticated");
    is(&refusal(&mut client, frame("bob", 99, "")).await, 403, "wrong_user");
    is(&refusal(&mut client, frame("bob", 2, "")).await, 403, "wrong_user");
    is(&refusal(&mut client, frame("u", 99, "")).await, 501, "unknown_type");
    is(
        &refusal(&mut client, frame("u", 2, &chat("else", r#"{"user":"other"}"#))).await,
        422,
        "invalid_payload",
    );
    is(&refusal(&mut client, frame("u", 2, &chat("else", OTHERS))).await, 403, "not_joined");
    is(&refusal(&mut client, frame("u", 2, &chat("t", OTHERS))).await, 403, "wrong_author");
    let join = json!({ "topic": "else", "displayName": 1 }).to_string();
    is(&refusal(&mut client, frame("u", 3, &join)).await, 422, "invalid_payload");
    is(&refusal(&mut client, frame("u", 3, r#"{"topic":"else"}"#)).await, 403, "too_many_topics");
}

#[tokio::test]
async fn a_refused_frame_changes_nothing() {
    let server = server().await;
    let mut ann = Client::in_topic(&server, "ann", "t").await;
    let mut bob = Client::in_topic(&server, "bob", "t").await;
    let refused = [
        "nonsense".to_owned(),
        ann.frame(2, &json!({ "topic": "t", "chatInfo": OTHERS })),
        ann.frame(2, &json!({ "topic": "t", "chatInfo": "{}" })),
        json!({ "token": "bob", "type": 6, "payLoad": r#"{"topic":"t"}"# }).to_string(),
        ann.frame(6, &json!({ "topic": "" })),
    ];
    for text in refused {
        let answers = ann.answers(text.clone()).await;
        assert!(answers.len() == 1 && answers[0]["code"].as_i64().unwrap() >= 400, "{text}: {answers:?}");
    }
    assert!(bob.fence().await.is_empty());
    ann.say("t", "still here").await;
    assert_eq!(ann.fence().await[0]["seq"], 1, "no refused chat has taken a number");
    assert_eq!(bob.next().await["seq"], 1);
}

#[tokio::test]
async fn an_error_never_quotes_the_token() {
    let server = server().await;
    let mut client = Client::connect(&server, "u").await;
    client.fence().await;
    let secret = "Secret-Of-Somebody".repeat(300);
    for (token, number) in [(&*secret, 1), (&secret[..100], 1), (&secret[..100], 99)] {
        client.text(json!({ "token": token, "type": number, "payLoad": "" }).to_string()).await;
        let answer = client.next().await.to_string();
        assert!(!answer.contains("Secret"), "{answer}");
    }
    client.text(r#"{"token":["Secret"],"type":1,"payLoad":""}"#).await;
    assert!(!client.next().await.to_string().contains("Secret"));
}
